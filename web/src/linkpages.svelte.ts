/** What the pages of links say of themselves: read once, when a link has stood still for a moment. */
import { api } from "./api/client";
import { inWords } from "./api/problem";
import type { PageCard } from "./api/types";

/** Milliseconds: a link that is still being typed is not worth reading. */
const SETTLED = 800;

class LinkPages {
  #pages = $state<Record<string, PageCard>>({});

  /** Null until it is known. */
  of(url: string): PageCard | null {
    return this.#pages[url] ?? null;
  }

  /** For an effect: what it answers takes the wish back. */
  wantSoon(url: string): () => void {
    const timer = setTimeout(() => {
      if (!this.#pages[url]) void this.#read(url);
    }, SETTLED);
    return () => clearTimeout(timer);
  }

  async #read(url: string): Promise<void> {
    try {
      this.#pages[url] = await api.linkCard(url);
    } catch (error) {
      const nothing = { title: "", description: "", picture: null, picture_url: null };
      this.#pages[url] = { url, ...nothing, why: inWords(error) };
    }
  }
}

export const linkPages = new LinkPages();
