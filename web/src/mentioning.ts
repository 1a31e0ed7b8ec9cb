/** Completing a name or a hashtag while it is typed: what is being typed, and what to offer. Pure. */
import type { Account, HashtagGroup, Mention, Platform } from "./api/types";

/** What stands before the caret: its sign, what follows it, and where the sign stands. */
export interface Typed {
  sign: "@" | "#";
  query: string;
  from: number;
}

export interface Offer {
  key: string;
  /** What takes the place of what was typed. */
  put: string;
  title: string;
  detail: string;
  /** The network of a person, where there is a choice of several. */
  network: string;
  known: boolean;
  handle: string;
}

// Not within a word or an address: in `me@mail.example` nobody is named.
const PERSON = /(?<![\p{L}\p{N}\p{M}_.@#/=+-])@([\p{L}\p{N}\p{M}_][\p{L}\p{N}\p{M}_.@-]{0,99})$/u;
const TAG = /(?<![\p{L}\p{N}\p{M}_@#/=&])#([\p{L}\p{N}\p{M}_]{1,50})$/u;

export function typedAt(text: string, caret: number): Typed | null {
  const before = text.slice(0, caret);
  for (const [sign, pattern] of [
    ["@", PERSON],
    ["#", TAG],
  ] as const) {
    const found = pattern.exec(before);
    if (found) return { sign, query: found[1] as string, from: found.index };
  }
  return null;
}

/** `put` in place of what was typed, with a space after it where the next words would touch it. */
export function completed(
  text: string,
  { from, query }: Typed,
  put: string,
): { text: string; caret: number } {
  const after = text.slice(from + 1 + query.length);
  const space = /^[\s.,;:!?)\]}"'”’]/.test(after) ? "" : " ";
  const before = text.slice(0, from) + put + space;
  return { text: before + after, caret: before.length + (after.startsWith(" ") ? 1 : 0) };
}

/** One account for each network and server: all of those would find the same people. */
export function asked(accounts: readonly Account[], platforms: readonly Platform[]): Account[] {
  const able = new Set(platforms.filter((one) => one.can_find_people).map(({ name }) => name));
  const places = new Map<string, Account>();
  for (const account of accounts) {
    const place = `${account.platform} ${account.server}`;
    if (able.has(account.platform) && !places.has(place)) places.set(place, account);
  }
  return [...places.values()];
}

/**
 * People of all the networks that were asked, each once. Those who wrote to us come first, else as
 * the networks put them.
 */
export function peopleOffered(
  answers: readonly (readonly Mention[])[],
  { query }: Typed,
  titleOf: (platform: string) => string,
): Offer[] {
  const networks = new Set(answers.flat().map(({ platform }) => platform));
  const made = new Map<string, Offer>();
  for (const person of answers.flat()) {
    const key = `${person.platform} ${person.handle.toLowerCase()}`;
    if (made.has(key)) continue;
    made.set(key, {
      key,
      put: `@${person.handle}`,
      title: person.name || `@${person.handle}`,
      detail: person.name && `@${person.handle}`,
      network: networks.size > 1 ? titleOf(person.platform) : "",
      known: person.known,
      handle: person.handle,
    });
  }
  const all = [...made.values()].sort((a, b) => Number(b.known) - Number(a.known));
  const [only, ...more] = all;
  // Nothing is left to complete.
  return !more.length && only?.handle.toLowerCase() === query.toLowerCase() ? [] : all;
}

/** What is left of `offers` while the network is asked again: typing on must not make them blink. */
export function narrowed(offers: readonly Offer[], { query }: Typed): Offer[] {
  const begins = query.toLocaleLowerCase();
  return offers.filter(({ handle, title }) =>
    [handle, ...title.split(/\s+/)].some((word) => word.toLocaleLowerCase().startsWith(begins)),
  );
}

/** Groups by their name, and every tag of the groups, that begin so. */
export function tagsOffered(groups: readonly HashtagGroup[], { query }: Typed): Offer[] {
  const begins = (word: string): boolean =>
    word.toLocaleLowerCase().startsWith(query.toLocaleLowerCase());
  const offer = (key: string, put: string, title: string, detail: string): Offer => ({
    ...{ key, put, title, detail },
    ...{ network: "", known: false, handle: "" },
  });
  const named = groups
    .filter(({ name }) => name.split(/\s+/).some(begins))
    .map(({ id, name, tags }) => offer(id, tags.join(" "), name, tags.join(" ")));
  const tags = [...new Set(groups.flatMap((group) => group.tags))]
    .filter((tag) => begins(tag.slice(1)) && tag.slice(1) !== query)
    .map((tag) => offer(tag, tag, tag, ""));
  return [...tags, ...named].slice(0, MOST);
}

export const MOST = 10;
