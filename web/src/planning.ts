/** What the calendar's views share: what stands on them, and what is asked of them. */
import type { Plan, Schedule } from "./api/types";
import { m } from "./messages";
import type { Wall } from "./time";
import type { Said } from "./words";

export const calendarViews = ["day", "week", "month", "list", "accounts"] as const;
export type CalendarView = (typeof calendarViews)[number];

/** A post on the calendar. `warning`: how it gets in the way of others. */
export interface Entry {
  id: string;
  version: number;
  wall: Wall;
  title: string;
  accounts: string;
  accountIds: readonly string[];
  tags: readonly string[];
  said: Said;
  movable: boolean;
  warning: string;
}

/** What lasts whole days; both days are included. `colour` is a name of the palette in app.css. */
export interface Band {
  id: string;
  title: string;
  first_day: string;
  last_day: string;
  kind: "key-date" | "campaign" | "pause";
  colour: string;
}

/** Where the reader is and what they see, as the address keeps it; empty: everything. */
export const filterNames = [
  "account",
  "platform",
  "status",
  "campaign",
  "tag",
  "author",
  "text",
  "origin",
] as const;
export type CalendarFilter = Record<(typeof filterNames)[number], string>;

export const noFilter = Object.fromEntries(filterNames.map((name) => [name, ""])) as CalendarFilter;

export interface CalendarPlace {
  view: CalendarView | null;
  date: string | null;
  filter: CalendarFilter;
}

export function readPlace(asked: URLSearchParams): CalendarPlace {
  const view = calendarViews.find((name) => name === asked.get("view")) ?? null;
  const date = asked.get("date") ?? "";
  const filter = Object.fromEntries(filterNames.map((name) => [name, asked.get(name) ?? ""]));
  return {
    view,
    date: /^\d{4}-\d\d-\d\d$/.test(date) ? date : null,
    filter: filter as CalendarFilter,
  };
}

export function writePlace({ view, date, filter }: Partial<CalendarPlace>): string {
  const asked = new URLSearchParams();
  if (view) asked.set("view", view);
  if (date) asked.set("date", date);
  for (const name of filterNames) {
    const value = filter?.[name];
    if (value) asked.set(name, value);
  }
  return asked.size ? `?${asked}` : "";
}

/** How a post is planned again for the time that it had. */
export function scheduleOf({ at, local, timezone, fold, nonexistent }: Plan): Schedule {
  if (!local || !timezone) return { at };
  return { local, timezone, fold: fold as 0 | 1, nonexistent };
}

/** When a campaign runs, also where an end is open. */
export function campaignDays(campaign: {
  first_day: string | null;
  last_day: string | null;
}): string {
  const { first_day, last_day } = campaign;
  if (first_day && last_day) return m.planning.days(first_day, last_day);
  if (first_day) return m.campaigns.openEnd(first_day);
  return last_day ? m.campaigns.openStart(last_day) : m.campaigns.noDays;
}
