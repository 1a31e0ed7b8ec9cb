/** A post while somebody writes it: from and to the api's shapes. Pure. */
import type {
  Account,
  FilledTemplate,
  LinkCard,
  Platform,
  Post,
  PostCreate,
  Schedule,
  Variant as StoredVariant,
  VariantInput,
} from "./api/types";
import { noCard } from "./carding";
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

/** How it is shown, where a network offers a choice. */
export interface Choices {
  visibility: string;
  contentWarning: string;
  sensitive: boolean;
  languages: string[];
}

/** What is written once: for everyone, or for one network or account. The first piece is the post. */
export interface Written {
  pieces: Piece[];
  options: Choices;
  firstComment: string;
  /** Null: links are shown as their pages say. */
  card: LinkCard | null;
}

/** What one network or account can have of its own; `text` and `media` are the first piece's. */
export const aspects = ["text", "media", "parts", "options", "first_comment", "card"] as const;
export type Aspect = (typeof aspects)[number];

/** What is written for one network or account; of what is not `own`, everyone's holds. */
export interface Variant extends Written {
  own: Aspect[];
}

export type When = "time" | "now" | "draft";

export interface Form extends Written {
  /** By account id or platform; the account's beats its platform's. */
  variants: Record<string, Variant>;
  accountIds: string[];
  tags: string[];
  campaign: string | null;
  /** Not asked about here, but a copy is like its original. */
  missedWindow: Post["missed_window"];
  requiresApproval: boolean;
  when: When;
  local: Wall;
}

let pieces = 0;
export function newPiece(text = "", media: Attached[] = []): Piece {
  return { key: `piece-${++pieces}`, text, media };
}

export function nothingWritten(): Written {
  return {
    pieces: [newPiece()],
    options: { visibility: "public", contentWarning: "", sensitive: false, languages: [] },
    firstComment: "",
    card: null,
  };
}

export function emptyForm(local: Wall, accountIds: string[] = []): Form {
  return {
    ...nothingWritten(),
    variants: {},
    accountIds,
    tags: [],
    campaign: null,
    missedWindow: null,
    requiresApproval: false,
    when: "time",
    local,
  };
}

/** Everyone's, and what is written for some. */
export const everything = (form: Form): Written[] => [form, ...Object.values(form.variants)];
const filesIn = ({ pieces }: Written): Attached[] => pieces.flatMap(({ media }) => media);

/** All files, wherever they are shown: one may stand in several places. */
export const filesOf = (form: Form): Attached[] => everything(form).flatMap(filesIn);

/** True while there is nothing that anybody would miss. */
export function isEmpty(form: Form): boolean {
  const nothing = ({ pieces, firstComment, card }: Written): boolean =>
    !firstComment.trim() &&
    !card &&
    pieces.every(({ text, media }) => !text.trim() && !media.length);
  return !form.options.contentWarning && everything(form).every(nothing);
}

function attached(media: Post["media"][number]): Attached {
  const { id, mime, alt } = media;
  return { key: id, id, name: "", mime, alt, preview: null, progress: 1, error: "" };
}

function choices(options: Post["options"]): Choices {
  const { visibility, content_warning, sensitive, languages } = options;
  return { visibility, contentWarning: content_warning, sensitive, languages: [...languages] };
}

export function fromPost(post: Post, local: Wall): Form {
  const variants = Object.entries(post.variants).map(([key, of]) => [key, fromVariant(of)]);
  return {
    ...written(post),
    variants: Object.fromEntries(variants) as Form["variants"],
    accountIds: [...post.account_ids],
    tags: [...post.tags],
    campaign: post.campaign,
    missedWindow: post.missed_window,
    requiresApproval: post.requires_approval,
    when: post.plan ? "time" : "draft",
    local,
  };
}

function written({ text, media, parts, options, first_comment, card }: StoredVariant): Written {
  return {
    pieces: [
      newPiece(text ?? "", media?.map(attached)),
      ...(parts ?? []).map((part) => newPiece(part.text, part.media.map(attached))),
    ],
    options: options ? choices(options) : nothingWritten().options,
    firstComment: first_comment ?? "",
    card,
  };
}

function fromVariant(of: StoredVariant): Variant {
  const card = of.card?.url ? of.card : null;
  return { own: aspects.filter((aspect) => of[aspect] !== null), ...written({ ...of, card }) };
}

/** A template's post in place of an empty one; who it goes to and when stay unless it says. */
export function fromTemplate(form: Form, template: FilledTemplate): Form {
  const { text, parts, options, tags, account_ids } = template;
  return {
    ...form,
    pieces: [newPiece(text), ...parts.map((part) => newPiece(part))],
    options: choices(options),
    accountIds: account_ids.length ? [...account_ids] : form.accountIds,
    tags: [...tags],
  };
}

export function schedule(form: Form, zone: string): Schedule | null {
  if (form.when === "now") return { now: true };
  if (form.when === "draft") return null;
  return { local: form.local, timezone: zone };
}

/** The files that the api has checked and kept: a post can name no other. */
export const ready = (media: readonly Attached[]): Attached[] =>
  media.filter(({ id, progress }) => id && progress === 1);

const ids = (media: readonly Attached[]): string[] => ready(media).map(({ id }) => id as string);

function whole({ pieces, options, firstComment, card }: Written) {
  const [first = newPiece(), ...rest] = pieces;
  return {
    text: first.text,
    media_ids: ids(first.media),
    parts: rest.map(({ text, media }) => ({ text, media_ids: ids(media) })),
    options: {
      visibility: options.visibility,
      content_warning: options.contentWarning,
      sensitive: options.sensitive,
      languages: options.languages,
    },
    first_comment: firstComment,
    card,
  };
}

/** What is not its own is null: it follows everyone's. */
function asVariant(variant: Variant): VariantInput {
  const { text, media_ids, parts, options, first_comment, card } = whole(variant);
  const own = <T>(aspect: Aspect, value: T): T | null =>
    variant.own.includes(aspect) ? value : null;
  return {
    text: own("text", text),
    media_ids: own("media", media_ids),
    parts: own("parts", parts),
    options: own("options", options),
    first_comment: own("first_comment", first_comment),
    card: own("card", card ?? noCard),
  };
}

export type Content = ReturnType<typeof content>;

export function content(form: Form) {
  const variants = Object.entries(form.variants).map(([key, variant]) => [key, asVariant(variant)]);
  return {
    ...whole(form),
    variants: Object.fromEntries(variants) as Record<string, VariantInput>,
    account_ids: form.accountIds,
    tags: form.tags,
    campaign: form.campaign,
    missed_window: form.missedWindow,
  };
}

export function request(form: Form, zone: string): PostCreate {
  const plan = schedule(form, zone);
  const body = { ...content(form), requires_approval: form.requiresApproval };
  return plan ? { ...body, schedule: plan } : body;
}

/** The key of the variant that holds for an account, if one does. */
export function variantFor(form: Form, account: { id: string; platform: string }): string | null {
  return [account.id, account.platform].find((key) => key in form.variants) ?? null;
}

/** All that is sent where a variant holds: what is its own, and for the rest everyone's. */
export function sentWith(form: Form, key: string | null): Written {
  const variant = key === null ? undefined : form.variants[key];
  const from = (aspect: Aspect): Written => (variant?.own.includes(aspect) ? variant : form);
  const [{ key: id } = newPiece()] = form.pieces;
  const text = from("text").pieces[0]?.text ?? "";
  const media = from("media").pieces[0]?.media ?? [];
  return {
    pieces: [{ key: id, text, media }, ...from("parts").pieces.slice(1)],
    options: from("options").options,
    firstComment: from("first_comment").firstComment,
    card: from("card").card,
  };
}

/** What the chosen accounts' networks offer together, so that the page asks for nothing else. */
export interface Offer {
  visibilities: string[];
  contentWarning: boolean;
  threads: boolean;
  linkCards: boolean;
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
    linkCards: platforms.some(({ link_cards }) => link_cards),
    files: all(({ image_mimes, video_mimes }) => [...image_mimes, ...video_mimes]),
  };
}

/** Accounts that a post can go to at all. */
export function usable(accounts: readonly Account[]): Account[] {
  return accounts.filter(({ state }) => state !== "disconnected");
}
