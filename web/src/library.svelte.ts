/** What the library shows, as it is filtered; and files on their way into it. */
import { api } from "./api/client";
import { inWords } from "./api/problem";
import type { Media, Shelves } from "./api/types";
import { m } from "./messages";
import { upload } from "./uploads";

export interface Filter {
  q: string;
  folder: string;
  tag: string;
  kind: "" | "image" | "video";
  used: "" | "true" | "false";
}

/** A file being added. `part` is how much of it has arrived. */
export interface Arriving {
  key: string;
  name: string;
  part: number;
  error: string;
  stop: () => void;
}

export class Library {
  filter = $state<Filter>({ q: "", folder: "", tag: "", kind: "", used: "" });
  files = $state<Media[]>([]);
  shelves = $state<Shelves | null>(null);
  next = $state<string | null>(null);
  loading = $state(true);
  problem = $state("");
  arriving = $state<Arriving[]>([]);
  #asked = 0;

  /** Answers to an older filter are dropped. */
  async load(): Promise<void> {
    const asked = ++this.#asked;
    this.loading = true;
    this.problem = "";
    try {
      const [page, shelves] = await Promise.all([this.#page(null), api.shelves()]);
      if (asked !== this.#asked) return;
      this.files = page.items;
      this.next = page.next;
      this.shelves = shelves;
    } catch (error) {
      if (asked === this.#asked) this.problem = inWords(error);
    }
    if (asked === this.#asked) this.loading = false;
  }

  async more(): Promise<void> {
    const asked = this.#asked;
    this.loading = true;
    try {
      const page = await this.#page(this.next);
      if (asked !== this.#asked) return;
      this.files.push(...page.items);
      this.next = page.next;
    } catch (error) {
      this.problem = inWords(error);
    }
    this.loading = false;
  }

  async #page(cursor: string | null): Promise<{ items: Media[]; next: string | null }> {
    const { q, folder, tag, kind, used } = this.filter;
    const page = await api.library({
      limit: 48,
      ...(q.trim() ? { q: q.trim() } : {}),
      ...(folder ? { folder } : {}),
      ...(tag ? { tag } : {}),
      ...(kind ? { kind } : {}),
      ...(used ? { used: used === "true" } : {}),
      ...(cursor ? { cursor } : {}),
    });
    const items = page.items.filter(({ state }) => state === "ready");
    // A filter may find nothing for a while and still not be at the end.
    return items.length || !page.next ? { items, next: page.next } : this.#page(page.next);
  }

  /** Folders and tags anew, after something changed. */
  async count(): Promise<void> {
    try {
      this.shelves = await api.shelves();
    } catch {
      // The lists to choose from are those from before.
    }
  }

  put(file: Media): void {
    const at = this.files.findIndex(({ id }) => id === file.id);
    if (at >= 0) this.files[at] = file;
    else this.files.unshift(file);
  }

  drop(id: string): void {
    this.files = this.files.filter((file) => file.id !== id);
  }

  /** Each goes its own way; answers those that arrived. Into the folder that is looked at. */
  async add(files: readonly File[]): Promise<Media[]> {
    const folder = this.filter.folder === "/" ? "" : this.filter.folder;
    return this.#all(
      files.map((file) =>
        this.#arrive(file.name, (row, signal) =>
          upload(file, (part) => (row.part = Math.min(part, 0.99)), { signal, folder }),
        ),
      ),
    );
  }

  async fetch(url: string): Promise<Media[]> {
    const folder = this.filter.folder === "/" ? "" : this.filter.folder;
    return this.#all([
      this.#arrive(m.library.fetching(url), (_, signal) => api.fetchMedia(url, folder, signal)),
    ]);
  }

  async #all(arrivals: Promise<Media | null>[]): Promise<Media[]> {
    const arrived = (await Promise.all(arrivals)).filter((file) => file !== null);
    for (const file of arrived) this.put(file);
    if (arrived.length) await this.count();
    return arrived;
  }

  async #arrive(
    name: string,
    bring: (row: Arriving, signal: AbortSignal) => Promise<Media>,
  ): Promise<Media | null> {
    const key = crypto.randomUUID();
    const stopping = new AbortController();
    this.arriving.push({ key, name, part: 0, error: "", stop: () => stopping.abort() });
    // What was pushed is not what is watched: the page's state hands out its own view of it.
    const row = this.arriving.find((known) => known.key === key);
    if (!row) return null;
    try {
      const file = await bring(row, stopping.signal);
      this.dismiss(key);
      return file;
    } catch (error) {
      if (stopping.signal.aborted) this.dismiss(key);
      else row.error = inWords(error);
      return null;
    }
  }

  dismiss(key: string): void {
    this.arriving = this.arriving.filter((row) => row.key !== key);
  }
}
