/** A post while somebody writes it: from and to the api's shapes. Pure. */
import type {
  Account,
  FilledTemplate,
  Finding,
  OptionsInput,
  Platform,
  Post,
  PostCreate,
  Schedule,
} from "./api/types";
import { m } from "./messages";
import type { Wall } from "./time";

/** A picture or video on its way into the post. `progress` 1: the api has checked and kept it. */
export interface Attached {
  key: string;
  id: string | null;
  name: string;
  mime: string;
  alt: string;
  preview: string | null;
  progress: number;
  error: string;
}

export interface Piece {
  key: string;
  text: string;
  media: Attached[];
}

export type When = "time" | "now" | "draft";

export interface Form {
  pieces: Piece[];
  accountIds: string[];
  visibility: string;
  contentWarning: string;
  sensitive: boolean;
  language: string;
  tags: string[];
  campaign: string | null;
  when: When;
  local: Wall;
}

let pieces = 0;
export function newPiece(text = "", media: Attached[] = []): Piece {
  return { key: `piece-${++pieces}`, text, media };
}

export function emptyForm(local: Wall, accountIds: string[] = []): Form {
  return {
    pieces: [newPiece()],
    accountIds,
    visibility: "public",
    contentWarning: "",
    sensitive: false,
    language: "",
    tags: [],
    campaign: null,
    when: "time",
    local,
  };
}

/** True while there is nothing that anybody would miss. */
export function isEmpty(form: Form): boolean {
  return (
    !form.contentWarning && form.pieces.every(({ text, media }) => !text.trim() && !media.length)
  );
}

export function attached(media: Post["media"][number]): Attached {
  const { id, mime, alt } = media;
  return { key: id, id, name: "", mime, alt, preview: null, progress: 1, error: "" };
}

export function fromPost(post: Post, local: Wall): Form {
  return {
    pieces: [
      newPiece(post.text, post.media.map(attached)),
      ...post.parts.map(({ text, media }) => newPiece(text, media.map(attached))),
    ],
    accountIds: [...post.account_ids],
    visibility: post.options.visibility,
    contentWarning: post.options.content_warning,
    sensitive: post.options.sensitive,
    language: post.options.languages[0] ?? "",
    tags: [...post.tags],
    campaign: post.campaign,
    when: post.plan ? "time" : "draft",
    local,
  };
}

/** A template's post in place of an empty one; who it goes to and when stay unless it says. */
export function fromTemplate(form: Form, template: FilledTemplate): Form {
  const { text, parts, options, tags, account_ids } = template;
  return {
    ...form,
    pieces: [newPiece(text), ...parts.map((part) => newPiece(part))],
    accountIds: account_ids.length ? [...account_ids] : form.accountIds,
    visibility: options.visibility,
    contentWarning: options.content_warning,
    sensitive: options.sensitive,
    language: options.languages[0] ?? "",
    tags: [...tags],
  };
}

export function schedule(form: Form, zone: string): Schedule | null {
  if (form.when === "now") return { now: true };
  if (form.when === "draft") return null;
  return { local: form.local, timezone: zone };
}

function ready(media: readonly Attached[]): string[] {
  return media.flatMap(({ id, progress }) => (id && progress === 1 ? [id] : []));
}

export interface Content {
  text: string;
  media_ids: string[];
  parts: { text: string; media_ids: string[] }[];
  account_ids: string[];
  options: OptionsInput;
  tags: string[];
  campaign: string | null;
}

export function content(form: Form): Content {
  const [first = newPiece(), ...rest] = form.pieces;
  return {
    text: first.text,
    media_ids: ready(first.media),
    parts: rest.map(({ text, media }) => ({ text, media_ids: ready(media) })),
    account_ids: form.accountIds,
    options: {
      visibility: form.visibility,
      content_warning: form.contentWarning,
      sensitive: form.sensitive,
      languages: form.language ? [form.language] : [],
    },
    tags: form.tags,
    campaign: form.campaign,
  };
}

export function request(form: Form, zone: string): PostCreate {
  const plan = schedule(form, zone);
  return plan ? { ...content(form), schedule: plan } : content(form);
}

/** What the chosen accounts' networks offer together, so that the page asks for nothing else. */
export interface Offer {
  visibilities: string[];
  contentWarning: boolean;
  threads: boolean;
  files: string[];
}

export function offer(platforms: readonly Platform[]): Offer {
  const all = (list: (platform: Platform) => string[]): string[] => [
    ...new Set(platforms.flatMap(list)),
  ];
  return {
    visibilities: all(({ visibilities }) => visibilities),
    contentWarning: platforms.some(({ content_warning }) => content_warning),
    threads: platforms.some(({ threads }) => threads),
    files: all(({ image_mimes, video_mimes }) => [...image_mimes, ...video_mimes]),
  };
}

export interface Placed {
  pieces: { text: string[]; media: string[] }[];
  accounts: string[];
  when: string[];
  options: string[];
  labels: string[];
  rest: string[];
}

/** Sorts what the api found to the fields that it is about; each sentence is said once per field. */
export function place(
  findings: readonly Finding[],
  pieceCount: number,
  nameOf: (accountId: string) => string,
): Placed {
  const placed: Placed = {
    pieces: Array.from({ length: pieceCount }, () => ({ text: [], media: [] })),
    accounts: [],
    when: [],
    options: [],
    labels: [],
    rest: [],
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
export function undescribed(
  findings: readonly Finding[],
  pieces: readonly Piece[],
): readonly Finding[] {
  return findings.filter(({ where }) => {
    const [, part, file] = /^(?:parts\[(\d+)\]\.)?media_ids\[(\d+)\]\.alt$/.exec(where) ?? [];
    if (file === undefined) return true;
    const piece = pieces[part === undefined ? 0 : Number(part) + 1];
    const known = piece?.media.filter(({ id, progress }) => id && progress === 1) ?? [];
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
  const { pieces, accounts, when, options, labels, rest } = placed;
  const written = pieces.flatMap(({ text, media }) => [...text, ...media]);
  return [...new Set([...accounts, ...written, ...when, ...options, ...labels, ...rest])];
}

/** `text` and `media_ids[0]` are of the first piece; `parts[0].text` is of the second. */
function fieldOf(where: string, placed: Placed): string[] {
  const [, part, own] = /^(?:parts\[(\d+)\]\.?)?(text|media_ids|$)/.exec(where) ?? [];
  const piece = placed.pieces[part === undefined ? 0 : Number(part) + 1];
  if (piece && own === "media_ids") return piece.media;
  if (piece && (own === "text" || (part !== undefined && own === ""))) return piece.text;
  if (where.startsWith("account_ids")) return placed.accounts;
  if (where.startsWith("schedule")) return placed.when;
  if (where.startsWith("options")) return placed.options;
  if (/^(tags|campaign)/.test(where)) return placed.labels;
  return placed.rest;
}

/** One line of counts: accounts whose networks count alike stand together. */
export interface CountLine {
  names: string[];
  used: number;
  limit: number;
}

export function countLines(
  checks: readonly { account_id: string; counts: readonly { used: number; limit: number }[] }[],
  piece: number,
  nameOf: (accountId: string) => string,
): CountLine[] {
  const lines = new Map<string, CountLine>();
  for (const { account_id, counts } of checks) {
    const count = counts[piece];
    if (!count) continue;
    const same = `${count.used}/${count.limit}`;
    const line = lines.get(same) ?? { names: [], used: count.used, limit: count.limit };
    line.names.push(nameOf(account_id));
    lines.set(same, line);
  }
  return [...lines.values()];
}

/** Accounts that a post can go to at all. */
export function usable(accounts: readonly Account[]): Account[] {
  return accounts.filter(({ state }) => state !== "disconnected");
}
