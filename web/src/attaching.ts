/** Files of a form that is being written. The form is the page's own state: changes show at once. */
import { api } from "./api/client";
import { inWords } from "./api/problem";
import type { Media, Post } from "./api/types";
import { filesOf, fromPost, type Attached, type Form, type Piece } from "./composing";
import { upload } from "./uploads";

/** Uploads that can be stopped, by the file's key. */
const underway = new Map<string, AbortController>();

/** Each file shows at once, with its progress; what goes wrong with one is said at its place. */
export async function addFiles(piece: Piece, files: readonly File[]): Promise<void> {
  await Promise.all(files.map((file) => addFile(piece, file)));
}

/** Files that are in the library already; one that the piece shows is not added again. */
export function addFromLibrary(piece: Piece, files: readonly Media[]): void {
  for (const { id, name, mime, alt, preview_url: preview } of files) {
    if (piece.media.some((known) => known.id === id)) continue;
    const key = crypto.randomUUID();
    piece.media.push({ key, id, name, mime, alt, preview, progress: 1, error: "" });
  }
}

async function addFile(piece: Piece, file: File): Promise<void> {
  const key = crypto.randomUUID();
  const stopping = new AbortController();
  underway.set(key, stopping);
  piece.media.push({
    key,
    id: null,
    name: file.name,
    mime: file.type,
    alt: "",
    preview: URL.createObjectURL(file),
    progress: 0,
    error: "",
  });
  // What was pushed is not what is watched: the page's state hands out its own view of it.
  const shown = piece.media.find((known) => known.key === key);
  if (!shown) return;
  try {
    const media = await upload(file, (part) => (shown.progress = Math.min(part, 0.99)), {
      signal: stopping.signal,
    });
    shown.id = media.id;
    shown.mime = media.mime;
    shown.progress = 1;
  } catch (error) {
    shown.error = `${file.name}: ${inWords(error)}`;
  } finally {
    underway.delete(key);
  }
}

/** What is still being uploaded is stopped, unless another variant of the post shows it as well. */
export function removeFile(form: Form, piece: Piece, key: string): void {
  const file = piece.media.find((known) => known.key === key);
  piece.media = piece.media.filter((known) => known.key !== key);
  if (filesOf(form).some((known) => known.key === key)) return;
  underway.get(key)?.abort();
  if (file?.preview?.startsWith("blob:")) URL.revokeObjectURL(file.preview);
}

/** One file has one description, in however many places of a post it is shown. */
export function describe(form: Form, { id, alt }: Attached): void {
  for (const file of filesOf(form)) if (id && file.id === id) file.alt = alt;
}

/** Asks where files that the api knows can be looked at. */
export async function showPictures(form: Form): Promise<void> {
  await Promise.all(
    filesOf(form).map(async (file) => {
      if (!file.id || file.preview) return;
      try {
        const media = await api.media(file.id);
        file.preview = media.preview_url;
        file.name = media.name;
      } catch {
        // Without its preview the picture is still in the post.
      }
    }),
  );
}

/**
 * The api freezes a picture's description into the post, so descriptions go first. Answers whose:
 * a post that has them with another one is to take it anew.
 */
export async function describePictures(form: Form, existing: Post | null): Promise<string[]> {
  const held = existing ? filesOf(fromPost(existing, form.local)) : [];
  const before = new Map(held.map(({ id, alt }) => [id, alt]));
  const said = new Map(filesOf(form).map(({ id, alt }) => [id, alt]));
  const anew = [...said].flatMap(([id, alt]) =>
    id && alt !== (before.get(id) ?? "") ? [{ id, alt }] : [],
  );
  await Promise.all(anew.map(({ id, alt }) => api.describe(id, alt)));
  return anew.map(({ id }) => id);
}
