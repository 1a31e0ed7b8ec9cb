/** Sends a file straight to where media are kept, with progress, and has the api check it. */
import { api } from "./api/client";
import { Refused } from "./api/problem";
import type { Media, UploadForm } from "./api/types";
import { m } from "./messages";

export interface UploadOptions {
  /** Aborting it stops the upload: what has arrived of the file is never kept. */
  signal?: AbortSignal | undefined;
  folder?: string;
}

/** Posts the form that the api signed. Throws `Refused`, or `AbortError` when it was stopped. */
function send(
  form: UploadForm,
  file: File,
  onProgress: (part: number) => void,
  signal: AbortSignal | undefined,
): Promise<void> {
  return new Promise((resolve, reject) => {
    const data = new FormData();
    for (const [name, value] of Object.entries(form.fields)) data.append(name, value);
    data.append("file", file);
    const request = new XMLHttpRequest(); // fetch cannot report how much has been sent
    request.upload.onprogress = ({ loaded, total }) => onProgress(total ? loaded / total : 0);
    request.onload = () =>
      request.status < 300
        ? resolve()
        : reject(new Refused(request.status, "upload", m.compose.uploadFailed));
    request.onerror = () => reject(new Refused(0, "unreachable", m.wrong.offline));
    request.onabort = () => reject(new DOMException("stopped", "AbortError"));
    signal?.addEventListener("abort", () => request.abort());
    request.open("POST", form.url);
    request.send(data);
  });
}

/** Uploads `file`; the answer is checked by its bytes and ready to be posted. Throws `Refused`. */
export async function upload(
  file: File,
  onProgress: (part: number) => void,
  { signal, folder = "" }: UploadOptions = {},
): Promise<Media> {
  const started = await api.startUpload(file, folder);
  signal?.throwIfAborted();
  if (!started.upload) return started;
  try {
    // The last stretch is the api's look at the bytes.
    await send(started.upload, file, (part) => onProgress(part * 0.95), signal);
    signal?.throwIfAborted();
  } catch (error) {
    // What never arrived needs no place in the library.
    await api.deleteMedia(started.id).catch(() => undefined);
    throw error;
  }
  const media = await api.finishUpload(started.id);
  if (media.state !== "ready") {
    throw new Refused(422, "rejected", media.error?.message ?? m.compose.uploadFailed);
  }
  return media;
}
