/**
 * What two people made of one post at the same time, put together. Where both changed the very same
 * thing, mine stands: theirs is what the post says now, and stays among its versions. Pure.
 */
import { diff3Merge } from "node-diff3";
import type { Post, VariantInput } from "./api/types";
import type { Attached } from "./composing";
import { tokens, type Said } from "./differing";

export interface Merged {
  said: Said;
  /** False where both changed the same thing, and one had to give way. */
  clean: boolean;
}

type Thing = Record<string, unknown>;

/** `base`: what both began with. */
export function merged(base: Said, mine: Said, theirs: Said): Merged {
  const merging = new Merging();
  const said = merging.things(base as never, mine as never, theirs as never);
  return { said: said as never, clean: merging.clean };
}

const same = (one: unknown, other: unknown): boolean =>
  JSON.stringify(one) === JSON.stringify(other);

const isThing = (value: unknown): value is Thing =>
  typeof value === "object" && value !== null && !Array.isArray(value);

class Merging {
  clean = true;

  things(base: Thing, mine: Thing, theirs: Thing): Thing {
    const names = [...new Set([...Object.keys(theirs), ...Object.keys(mine)])];
    const all = names.map((name) => [name, this.#value(base[name], mine[name], theirs[name])]);
    return Object.fromEntries(all.filter(([, value]) => value !== undefined)) as Thing;
  }

  #value(base: unknown, mine: unknown, theirs: unknown): unknown {
    if (same(mine, theirs) || same(theirs, base)) return mine;
    if (same(mine, base)) return theirs;
    if (typeof base === "string" && typeof mine === "string" && typeof theirs === "string") {
      return this.#text(base, mine, theirs);
    }
    if (isThing(base) && isThing(mine) && isThing(theirs)) return this.things(base, mine, theirs);
    if (Array.isArray(base) && Array.isArray(mine) && Array.isArray(theirs)) {
      return this.#list(base, mine, theirs);
    }
    this.clean = false;
    return mine;
  }

  #text(base: string, mine: string, theirs: string): string {
    const regions = diff3Merge(tokens(mine), tokens(base), tokens(theirs), {
      excludeFalseConflicts: true,
    });
    return regions
      .map(({ ok, conflict }) => {
        if (conflict) this.clean = false;
        return (ok ?? conflict?.a ?? []).join("");
      })
      .join("");
  }

  /** Parts of a thread stand at their places; of ids, each is there or not. */
  #list(base: unknown[], mine: unknown[], theirs: unknown[]): unknown[] {
    if (![...base, ...mine, ...theirs].some(isThing)) {
      const kept = theirs.filter((each) => mine.includes(each) || !base.includes(each));
      return [...kept, ...mine.filter((each) => !base.includes(each) && !kept.includes(each))];
    }
    if (base.length === mine.length && base.length === theirs.length) {
      return base.map((each, n) => this.#value(each, mine[n], theirs[n]));
    }
    this.clean = false;
    return mine;
  }
}

type Held = Post["media"][number];

/** The post as if it said that. `files`: all that it may show. */
export function saying(post: Post, said: Said, files: readonly Attached[]): Post {
  const known = new Map(files.map((file) => [file.id, file]));
  const media = (ids: readonly string[]): Held[] =>
    ids.flatMap((id) => {
      const file = known.get(id);
      return file ? [{ id, mime: file.mime, alt: file.alt, width: null, height: null }] : [];
    });
  const parts = (given: NonNullable<VariantInput["parts"]>): Post["parts"] =>
    given.map(({ text = "", media_ids = [] }) => ({ text, media: media(media_ids) }));
  const variants = Object.entries(said.variants).map(([key, own]) => [
    key,
    {
      ...own,
      media: own.media_ids ? media(own.media_ids) : null,
      parts: own.parts ? parts(own.parts) : null,
    },
  ]);
  return {
    ...post,
    ...said,
    media: media(said.media_ids),
    parts: parts(said.parts),
    variants: Object.fromEntries(variants),
  } as Post;
}
