/**
 * Where the reader is, kept in the address's fragment: the server needs to know one page only, and
 * a link to a post can be shared between colleagues.
 */

import { readPlace, writePlace, type CalendarPlace } from "./planning";

/** What the inbox shows of all that came in; empty: everything. */
export interface InboxFilter {
  account: string;
  kind: string;
  state: string;
  answered: string;
}

export type Route =
  | { page: "calendar"; place: CalendarPlace }
  | { page: "calendar-settings" }
  | { page: "campaigns" }
  | { page: "campaign"; id: string }
  | { page: "inbox"; id: string | null; filter: InboxFilter }
  | { page: "drafts" }
  | { page: "compose"; at: string | null; copy: string | null }
  | { page: "post"; id: string }
  | { page: "edit"; id: string }
  | { page: "accounts" }
  | { page: "connect"; account: string | null }
  | { page: "account"; id: string }
  | { page: "reports" }
  | { page: "health" }
  | { page: "feeds" }
  | { page: "library"; q: string }
  | { page: "search"; q: string }
  | { page: "voice" }
  | { page: "tags" }
  | { page: "snippets" }
  | { page: "people" }
  | { page: "all" }
  | { page: "elsewhere"; workspace: string; rest: string }
  | { page: "settings"; pausing: boolean };

/** Reads a fragment such as `#/posts/pst_1/edit`; what is not known is the calendar. */
export function parseRoute(fragment: string): Route {
  const [path = "", query = ""] = fragment.replace(/^#?\/?/, "").split("?", 2);
  const asked = new URLSearchParams(query);
  const [first, second, third] = path.split("/").map(decodeURIComponent);
  if (first === "posts" && second === "new") {
    return { page: "compose", at: asked.get("at"), copy: asked.get("copy") };
  }
  if (first === "posts" && second) {
    return third === "edit" ? { page: "edit", id: second } : { page: "post", id: second };
  }
  if (first === "inbox") {
    const filter = Object.fromEntries(filters.map((name) => [name, asked.get(name) ?? ""]));
    return { page: "inbox", id: second || null, filter: filter as unknown as InboxFilter };
  }
  if (first === "accounts" && second === "connect") {
    return { page: "connect", account: asked.get("account") };
  }
  if (first === "in" && second) {
    const rest = fragment.replace(/^#?\/?in\/[^/]*\/?/, "");
    return { page: "elsewhere", workspace: second, rest };
  }
  if (first === "all") return { page: "all" };
  if (first === "settings" && second === "people") return { page: "people" };
  if (first === "settings" && second === "feeds") return { page: "feeds" };
  if (first === "settings" && second === "tags") return { page: "tags" };
  if (first === "library") return { page: "library", q: asked.get("q") ?? "" };
  if (first === "search") return { page: "search", q: asked.get("q") ?? "" };
  if (first === "settings" && (second === "voice" || second === "snippets"))
    return { page: second };
  if (first === "accounts" && second) return { page: "account", id: second };
  if (first === "settings") return { page: "settings", pausing: asked.has("pause") };
  const plain = (["accounts", "drafts", "health", "reports"] as const).find(
    (page) => page === first,
  );
  if (plain) return { page: plain };
  if (first === "calendar" && second === "settings") return { page: "calendar-settings" };
  if (first === "campaigns")
    return second ? { page: "campaign", id: second } : { page: "campaigns" };
  return { page: "calendar", place: readPlace(asked) };
}

const filters = ["account", "kind", "state", "answered"] as const;

export const to = {
  calendar: "#/",
  calendarAt: (place: Partial<CalendarPlace>): string => `#/${writePlace(place)}`,
  calendarSettings: "#/calendar/settings",
  campaigns: "#/campaigns",
  campaign: (id: string): string => `#/campaigns/${encodeURIComponent(id)}`,
  drafts: "#/drafts",
  inbox: (id: string | null = null, filter: Partial<InboxFilter> = {}): string => {
    const asked = new URLSearchParams(
      filters.flatMap((name) => (filter[name] ? [[name, filter[name]]] : [])),
    );
    const query = asked.size ? `?${asked}` : "";
    return `#/inbox${id ? `/${encodeURIComponent(id)}` : ""}${query}`;
  },
  reports: "#/reports",
  health: "#/health",
  accounts: "#/accounts",
  connect: "#/accounts/connect",
  settings: "#/settings",
  /** The settings, with the question what is to be paused. */
  pausing: "#/settings?pause",
  feeds: "#/settings/feeds",
  library: "#/library",
  libraryOf: (words: string): string => `#/library?q=${encodeURIComponent(words)}`,
  search: (words = ""): string => (words ? `#/search?q=${encodeURIComponent(words)}` : "#/search"),
  all: "#/all",
  people: "#/settings/people",
  /** The same place in another workspace, whichever the reader is in. */
  inside: (workspace: string, place: string): string =>
    `#/in/${encodeURIComponent(workspace)}/${place.replace(/^#\/?/, "")}`,
  voice: "#/settings/voice",
  tags: "#/settings/tags",
  snippets: "#/settings/snippets",
  compose: (at?: string): string =>
    at ? `#/posts/new?at=${encodeURIComponent(at)}` : "#/posts/new",
  copy: (id: string): string => `#/posts/new?copy=${encodeURIComponent(id)}`,
  account: (id: string): string => `#/accounts/${encodeURIComponent(id)}`,
  reconnect: (id: string): string => `#/accounts/connect?account=${encodeURIComponent(id)}`,
  post: (id: string): string => `#/posts/${encodeURIComponent(id)}`,
  edit: (id: string): string => `#/posts/${encodeURIComponent(id)}/edit`,
};

class Router {
  current = $state<Route>(parseRoute(""));

  start(): void {
    const read = (): void => {
      this.current = parseRoute(location.hash);
    };
    addEventListener("hashchange", read);
    read();
  }

  go(fragment: string): void {
    location.hash = fragment.replace(/^#/, "");
  }

  /** Goes on without leaving the present place in the browser's history. */
  replace(fragment: string): void {
    history.replaceState(null, "", fragment);
    this.current = parseRoute(fragment);
  }
}

export const router = new Router();
