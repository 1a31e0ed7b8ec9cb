/** Where a small form of a picture can be looked at: the api answers a link that works for an hour. */
import { api } from "./api/client";

class Pictures {
  #urls = $state<Record<string, string | null>>({});
  readonly #asked = new Set<string>();

  /** Null until it is known; asking happens by itself. */
  url(mediaId: string): string | null {
    if (!this.#asked.has(mediaId)) {
      this.#asked.add(mediaId);
      queueMicrotask(() => void this.#ask(mediaId));
    }
    return this.#urls[mediaId] ?? null;
  }

  async #ask(mediaId: string): Promise<void> {
    try {
      this.#urls[mediaId] = (await api.media(mediaId)).preview_url;
      setTimeout(() => this.#asked.delete(mediaId), 50 * 60_000);
    } catch {
      // A file that is gone from the library is shown by its description.
    }
  }
}

export const pictures = new Pictures();
