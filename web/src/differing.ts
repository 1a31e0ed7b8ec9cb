/** What differs between two states of a post, for people: by words, not by lines. Pure. */
import { diffComm } from "node-diff3";
import type { LinkCardInput, OptionsInput, VariantInput } from "./api/types";
import type { Content } from "./composing";
import { m } from "./messages";

/** What a post says and to whom it goes, as the api takes it. */
export type Said = Content;

export interface Chunk {
  kind: "same" | "gone" | "new";
  text: string;
}

/** One field that differs: words in their place, or things that are gone and new. */
export interface Change {
  what: string;
  chunks: Chunk[];
  gone: string[];
  added: string[];
}

/** How people call things that the api knows by id. */
export interface Names {
  account: (id: string) => string;
  file: (id: string) => string;
  campaign: (id: string) => string;
  /** Of a variant: by account id or platform. */
  variant: (key: string) => string;
}

const segmenter = new Intl.Segmenter(undefined, { granularity: "word" });

/** Words, and what stands between them, in any script. */
export function tokens(text: string): string[] {
  return Array.from(segmenter.segment(text), ({ segment }) => segment);
}

interface Step {
  same: string;
  gone: string;
  new: string;
}

/** The words of both, in order. A lone space between two changes belongs to them. */
export function chunks(before: string, after: string): Chunk[] {
  const steps: Step[] = [];
  for (const { common, buffer1, buffer2 } of diffComm(tokens(before), tokens(after))) {
    const step = { same: join(common), gone: join(buffer1), new: join(buffer2) };
    const [between, last] = [steps.at(-1), steps.at(-2)];
    if (!step.same && between && last && !last.same && /^\s+$/.test(between.same)) {
      steps.pop();
      last.gone += between.same + step.gone;
      last.new += between.same + step.new;
    } else steps.push(step);
  }
  const kinds = ["same", "gone", "new"] as const;
  return steps.flatMap((step) =>
    kinds.flatMap((kind) => (step[kind] ? [{ kind, text: step[kind] }] : [])),
  );
}

const join = (words: string[] | undefined): string => (words ?? []).join("");

const same = (one: unknown, other: unknown): boolean =>
  JSON.stringify(one) === JSON.stringify(other);

/** Every field that differs, in the order of the form. */
export function changes(before: Said, after: Said, names: Names): Change[] {
  const keys = [...new Set([...Object.keys(before.variants), ...Object.keys(after.variants)])];
  const { fields } = m.versions;
  return [
    lists(fields.accounts, before.account_ids, after.account_ids, names.account),
    ...once(before, after, names, ""),
    ...keys.flatMap((key) =>
      once(before.variants[key] ?? {}, after.variants[key] ?? {}, names, names.variant(key)),
    ),
    lists(fields.tags, before.tags, after.tags, (tag) => tag),
    lists(fields.campaign, listed(before.campaign), listed(after.campaign), names.campaign),
    lists(fields.late, listed(before.missed_window), listed(after.missed_window), (what) => what),
  ].filter(({ chunks, gone, added }) => chunks.length || gone.length || added.length);
}

/** Of everyone's, or of what a variant has of its own. */
function once(before: VariantInput, after: VariantInput, names: Names, whose: string): Change[] {
  const { fields } = m.versions;
  const call = (what: string): string => (whose ? fields.of(whose, what) : what);
  const [older, newer] = [before.parts ?? [], after.parts ?? []];
  const longer = older.length > newer.length ? older : newer;
  return [
    texts(call(fields.text), before.text, after.text),
    lists(call(fields.files), before.media_ids, after.media_ids, names.file),
    ...longer.flatMap((_, n) => [
      texts(call(fields.part(n + 2)), older[n]?.text, newer[n]?.text),
      lists(call(fields.partFiles(n + 2)), older[n]?.media_ids, newer[n]?.media_ids, names.file),
    ]),
    texts(call(fields.comment), before.first_comment, after.first_comment),
    lists(call(fields.card), cards(before.card), cards(after.card), (card) => card),
    lists(call(fields.options), options(before.options), options(after.options), (one) => one),
  ];
}

function texts(what: string, before: string | null = "", after: string | null = ""): Change {
  const differ = (before ?? "") !== (after ?? "");
  return { what, chunks: differ ? chunks(before ?? "", after ?? "") : [], gone: [], added: [] };
}

function lists(
  what: string,
  before: readonly string[] | null | undefined,
  after: readonly string[] | null | undefined,
  name: (each: string) => string,
): Change {
  const [old, now] = [before ?? [], after ?? []];
  const gone = old.filter((each) => !now.includes(each)).map(name);
  const added = now.filter((each) => !old.includes(each)).map(name);
  const moved = !gone.length && !added.length && !same(old, now);
  return moved
    ? { what, chunks: [], gone: [old.map(name).join(", ")], added: [now.map(name).join(", ")] }
    : { what, chunks: [], gone, added };
}

const listed = (one: string | null): string[] => (one === null ? [] : [one]);

function cards(card: LinkCardInput | null | undefined): string[] {
  if (!card) return [];
  return [
    [card.title, card.description, card.url || m.versions.fields.noCard]
      .filter(Boolean)
      .join(" · "),
  ];
}

function options(said: OptionsInput | null | undefined): string[] {
  if (!said) return [];
  const { fields } = m.versions;
  return [
    said.visibility ? fields.visibility(said.visibility) : "",
    said.content_warning ? fields.warning(said.content_warning) : "",
    said.sensitive ? fields.sensitive : "",
    said.languages?.length ? fields.language(said.languages.join(", ")) : "",
  ].filter(Boolean);
}
