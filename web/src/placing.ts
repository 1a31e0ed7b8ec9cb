/** Where a form says what the api found and counted. Pure. */
import type { Finding } from "./api/types";
import { ready, sentWith, variantFor, type Form, type Written } from "./composing";
import { m } from "./messages";

/** What is wrong with what is written once. */
export interface PlacedIn {
  pieces: { text: string[]; media: string[] }[];
  options: string[];
  comment: string[];
  card: string[];
  /** What is said of it as a whole. */
  rest: string[];
}

export interface Placed extends PlacedIn {
  variants: Record<string, PlacedIn>;
  accounts: string[];
  when: string[];
  labels: string[];
}

const nowhere = ({ pieces }: Written): PlacedIn => ({
  pieces: pieces.map(() => ({ text: [], media: [] })),
  options: [],
  comment: [],
  card: [],
  rest: [],
});

/** Sorts what the api found to the fields that it is about; each sentence is said once per field. */
export function place(
  findings: readonly Finding[],
  form: Form,
  nameOf: (accountId: string) => string,
): Placed {
  const variants = Object.entries(form.variants).map(([key, variant]) => [key, nowhere(variant)]);
  const placed: Placed = {
    ...nowhere(form),
    variants: Object.fromEntries(variants) as Placed["variants"],
    accounts: [],
    when: [],
    labels: [],
  };
  for (const { where, code, message, names } of together(findings, nameOf)) {
    const said = m.wrong.codes[code] ?? message;
    const words = names.length ? `${names.join(", ")}: ${said}` : said;
    const list = fieldOf(where, placed);
    if (!list.includes(words)) list.push(words);
  }
  return placed;
}

/**
 * Without what a description mends that is typed but not stored: it goes to the api with the post.
 */
export function undescribed(findings: readonly Finding[], form: Form): readonly Finding[] {
  return findings.filter(({ where }) => {
    const { key, path } = parted(where);
    const [, part, file] = /^(?:parts\[(\d+)\]\.)?media_ids\[(\d+)\]\.alt$/.exec(path) ?? [];
    if (file === undefined) return true;
    const { pieces = [] } = (key === null ? form : form.variants[key]) ?? {};
    const known = ready(pieces[part === undefined ? 0 : Number(part) + 1]?.media ?? []);
    return !known[Number(file)]?.alt.trim();
  });
}

/** What several accounts' networks say alike is said once, with all their names. */
function together(
  findings: readonly Finding[],
  nameOf: (accountId: string) => string,
): (Finding & { names: string[] })[] {
  const said = new Map<string, Finding & { names: string[] }>();
  for (const finding of findings) {
    const same = JSON.stringify([finding.where, finding.message]);
    const known = said.get(same) ?? { ...finding, names: [] };
    const name = finding.account_id ? nameOf(finding.account_id) : "";
    if (name && !known.names.includes(name)) known.names.push(name);
    said.set(same, known);
  }
  return [...said.values()];
}

/** Everything that was placed, in the order of the form: for a summary. */
export function all(placed: Placed): string[] {
  const { accounts, variants, when, options, labels, rest } = placed;
  const own = Object.values(variants).flatMap((each) => [
    ...each.rest,
    ...written(each),
    ...each.options,
  ]);
  return [
    ...new Set([...accounts, ...written(placed), ...own, ...when, ...options, ...labels, ...rest]),
  ];
}

const written = ({ pieces, comment, card }: PlacedIn): string[] => [
  ...pieces.flatMap(({ text, media }) => [...text, ...media]),
  ...card,
  ...comment,
];

/** `variants.fake.parts[0].text` is the text of the variant `fake`'s second piece. */
function parted(where: string): { key: string | null; path: string } {
  const [, key = null, path = where] = /^variants\.([^.]+)\.?(.*)$/.exec(where) ?? [];
  return { key, path };
}

function fieldOf(where: string, placed: Placed): string[] {
  const { key, path } = parted(where);
  if (key !== null) {
    const variant = placed.variants[key];
    return variant ? inWritten(path, variant) : placed.rest;
  }
  if (where.startsWith("account_ids")) return placed.accounts;
  if (where.startsWith("schedule")) return placed.when;
  if (/^(tags|campaign)/.test(where)) return placed.labels;
  return inWritten(where, placed);
}

/** `text` and `media_ids[0]` are of the first piece; `parts[0].text` is of the second. */
function inWritten(path: string, placed: PlacedIn): string[] {
  if (path.startsWith("options")) return placed.options;
  if (path === "first_comment") return placed.comment;
  if (path.startsWith("card")) return placed.card;
  const [found, part, own] = /^(?:parts\[(\d+)\]\.?)?(text|media_ids|$)/.exec(path) ?? [];
  const piece = placed.pieces[part === undefined ? 0 : Number(part) + 1];
  if (!found || !piece) return placed.rest;
  return own === "media_ids" ? piece.media : piece.text;
}

/** One line of counts: accounts whose networks count alike stand together. */
export interface CountLine {
  names: string[];
  used: number;
  limit: number;
}

interface Counted {
  account_id: string;
  platform: string;
  counts: readonly { used: number; limit: number }[];
}

/** Of those accounts that send this very text: everyone's (`key` null) or a variant's. */
export function countLines(
  checks: readonly Counted[],
  form: Form,
  { key = null, piece }: { key?: string | null; piece: number | "comment" },
  nameOf: (accountId: string) => string,
): CountLine[] {
  const lines = new Map<string, CountLine>();
  for (const { account_id, platform, counts } of checks) {
    const variant = variantFor(form, { id: account_id, platform });
    // A comment counts as what follows the last part.
    const count = counts[piece === "comment" ? sentWith(form, variant).pieces.length : piece];
    const aspect = piece === "comment" ? "first_comment" : piece ? "parts" : "text";
    const own = variant !== null && form.variants[variant]?.own.includes(aspect);
    if (!count || (own ? variant : null) !== key) continue;
    const same = `${count.used}/${count.limit}`;
    const line = lines.get(same) ?? { names: [], used: count.used, limit: count.limit };
    line.names.push(nameOf(account_id));
    lines.set(same, line);
  }
  return [...lines.values()];
}
