/** From the api's calendar to what stands on it. Pure. */
import type {
  CalendarAnswer,
  CalendarConflict,
  CalendarQuery,
  Campaign,
  PostSummary,
} from "./api/types";
import { m } from "./messages";
import type { Band, CalendarFilter, Entry } from "./planning";
import { moveWall, wallAt } from "./time";
import { sayPost } from "./words";

/** What is asked of the api to show these days; `to` is the day after the last. */
export function queryOf(
  days: { from: string; to: string },
  zone: string,
  filter: CalendarFilter,
): CalendarQuery {
  const { account, platform, status, campaign, tag, author, text, origin } = filter;
  return {
    from: days.from,
    to: moveWall(`${days.to}T00:00`, { days: -1 }).slice(0, 10),
    timezone: zone,
    ...(account ? { account_id: account } : {}),
    ...(platform ? { platform } : {}),
    ...(status ? { status } : {}),
    ...(campaign ? { campaign } : {}),
    ...(tag ? { tag } : {}),
    ...(author ? { author } : {}),
    ...(text ? { text } : {}),
    ...(origin ? { origin: origin as "tidings" | "elsewhere" } : {}),
  };
}

/** How each post gets in the way of others, by its id. */
export function warningsOf(conflicts: readonly CalendarConflict[]): Map<string, string[]> {
  const found = new Map<string, string[]>();
  for (const { code, limit, post_ids } of conflicts) {
    const words =
      code === "too_close"
        ? m.planning.tooClose(limit)
        : code === "same_words"
          ? m.planning.sameWords(limit)
          : m.planning.tooMany(post_ids.length, limit);
    for (const id of post_ids) found.set(id, [...(found.get(id) ?? []), words]);
  }
  return found;
}

interface Reader {
  zone: string;
  nameOf: (accountId: string) => string;
  /** Whether the reader's role lets them move posts. */
  mayMove: boolean;
}

/** Those that have a time, as the calendar draws them for this reader. */
export function entriesOf(
  posts: readonly PostSummary[],
  warnings: ReadonlyMap<string, string[]>,
  { zone, nameOf, mayMove }: Reader,
): Entry[] {
  return posts.flatMap((post): Entry[] =>
    post.due_at
      ? [
          {
            id: post.id,
            version: post.version,
            wall: wallAt(post.due_at, zone),
            title: post.excerpt || m.calendar.untitled,
            accounts: post.account_ids.map(nameOf).join(", "),
            accountIds: post.account_ids,
            tags: post.tags,
            said: sayPost(post),
            movable: mayMove && ["scheduled", "awaiting_approval"].includes(post.status),
            warning: (warnings.get(post.id) ?? []).join(". "),
          },
        ]
      : [],
  );
}

/** Key dates, public holidays, and campaigns that have both a first and a last day. */
export function bandsOf(
  keyDates: CalendarAnswer["key_dates"],
  campaigns: readonly Campaign[],
): Band[] {
  return [
    ...keyDates.map(({ id, title, first_day, last_day, country }): Band => ({
      id: `${id ?? country}-${first_day}-${title}`,
      title: country ? m.planning.holiday(title, country) : title,
      first_day,
      last_day,
      kind: "key-date",
      colour: country ? "grey" : "orange",
    })),
    ...campaigns.flatMap(({ id, name, first_day, last_day, colour }): Band[] =>
      first_day && last_day
        ? [{ id, title: name, first_day, last_day, kind: "campaign", colour }]
        : [],
    ),
  ];
}
