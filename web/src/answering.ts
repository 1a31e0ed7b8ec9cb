/** The inbox as a list that stays current, and an answer while somebody writes it. Pure. */
import type { ConversationEntry, InboxItem, InboxQuery, Platform, ReplyCreate } from "./api/types";
import { content, emptyForm, type Form } from "./composing";
import type { InboxFilter } from "./router.svelte";

export interface Listed {
  items: InboxItem[];
  next: string | null;
}

/** A filter as the api takes it. */
export function asked(filter: InboxFilter, limit: number, cursor?: string): InboxQuery {
  const { account, kind, state, answered } = filter;
  return {
    limit,
    ...(cursor ? { cursor } : {}),
    ...(account ? { account_id: account } : {}),
    ...(kind ? { kind: kind as NonNullable<InboxQuery["kind"]> } : {}),
    ...(state ? { state: state as NonNullable<InboxQuery["state"]> } : {}),
    ...(answered ? { answered: answered === "true" } : {}),
  };
}

/**
 * What is shown once the newest page was read again: its items as they are now, and behind them what
 * had been read further down. Where nothing of it is known, so much came in that it begins anew.
 */
export function renewed(shown: Listed, newest: Listed): Listed {
  if (!newest.next) return newest;
  const last = newest.items.at(-1);
  const place = shown.items.findIndex(({ id }) => id === last?.id);
  if (place < 0) return last ? newest : shown;
  const fresh = new Set(newest.items.map(({ id }) => id));
  const older = shown.items.slice(place + 1).filter(({ id }) => !fresh.has(id));
  return { items: [...newest.items, ...older], next: older.length ? shown.next : newest.next };
}

/** One changed item in its place. */
export function replaced(shown: Listed, item: InboxItem): Listed {
  const items = shown.items.map((known) => (known.id === item.id ? item : known));
  return { ...shown, items };
}

/** An answer to begin with: seen by the same people as what it answers, where the network can. */
export function emptyAnswer(item: InboxItem, platform: Platform | null): Form {
  const known = platform?.visibilities.includes(item.visibility) ?? true;
  const form = emptyForm("", [item.account_id]);
  const visibility = known ? item.visibility : "";
  return { ...form, when: "now", options: { ...form.options, visibility } };
}

/** The form as the api takes it; what is not chosen follows what it answers. */
export function answerOf(form: Form, { close }: { close: boolean }): ReplyCreate {
  const { text, media_ids } = content(form);
  const { visibility } = form.options;
  return {
    text,
    media_ids,
    close,
    ...(visibility ? { options: { visibility } } : {}),
  };
}

export const entryId = ({ item, reply }: ConversationEntry): string =>
  item?.id ?? reply?.post_id ?? "";

/** `Ada Lovelace` → `AL`; a picture of theirs would have to come from elsewhere. */
export function initials(name: string): string {
  const words = name.match(/[\p{L}\p{N}]+/gu) ?? [];
  const [first = "?", ...rest] = words;
  const last = rest.at(-1) ?? "";
  return `${[...first][0] ?? "?"}${[...last][0] ?? ""}`.toUpperCase();
}
