/**
 * Instants and wall times.
 *
 * The api speaks in instants (RFC 3339); people think in the wall time of their workspace's zone.
 * A wall time is kept as text, `2026-12-01T09:00`, because a `Date` would drag the browser's own
 * zone into it.
 */

export type Wall = string;

const wallParts = new Map<string, Intl.DateTimeFormat>();

function partsFormat(zone: string): Intl.DateTimeFormat {
  let format = wallParts.get(zone);
  if (!format) {
    format = new Intl.DateTimeFormat("en-GB", {
      timeZone: zone,
      hourCycle: "h23",
      year: "numeric",
      month: "2-digit",
      day: "2-digit",
      hour: "2-digit",
      minute: "2-digit",
      second: "2-digit",
    });
    wallParts.set(zone, format);
  }
  return format;
}

/** What a clock on the wall in `zone` shows at an instant, to the second. */
export function wallAt(instant: string | number, zone: string): Wall {
  const parts: Record<string, string> = {};
  for (const { type, value } of partsFormat(zone).formatToParts(new Date(instant))) {
    parts[type] = value;
  }
  const year = (parts.year ?? "").padStart(4, "0");
  return `${year}-${parts.month}-${parts.day}T${parts.hour}:${parts.minute}:${parts.second}`;
}

/** `2026-12-01T09:00`, as a date-time input wants it. */
export function toMinute(wall: Wall): Wall {
  return wall.slice(0, 16);
}

export interface Span {
  years?: number;
  months?: number;
  days?: number;
  seconds?: number;
}

/** Moves a wall time by what a calendar says it was dragged; no zone is involved. */
export function moveWall(wall: Wall, by: Span): Wall {
  const date = new Date(`${wall.length === 16 ? `${wall}:00` : wall}Z`);
  date.setUTCFullYear(date.getUTCFullYear() + (by.years ?? 0));
  date.setUTCMonth(date.getUTCMonth() + (by.months ?? 0));
  date.setUTCDate(date.getUTCDate() + (by.days ?? 0));
  date.setUTCSeconds(date.getUTCSeconds() + (by.seconds ?? 0));
  return date.toISOString().slice(0, 19);
}

/** The Monday with which the ISO week of a date begins. */
export function monday(date: string): string {
  const weekday = (new Date(`${date}T00:00Z`).getUTCDay() + 6) % 7;
  return moveWall(`${date}T00:00`, { days: -weekday }).slice(0, 10);
}

/** How far `zone` is from UTC at an instant: `+01:00`. */
export function offsetAt(instant: number, zone: string): string {
  const whole = Math.floor(instant / 1000) * 1000;
  const minutes = Math.round((Date.parse(`${wallAt(whole, zone)}Z`) - whole) / 60_000);
  const size = Math.abs(minutes);
  const two = (n: number): string => String(n).padStart(2, "0");
  return `${minutes < 0 ? "-" : "+"}${two(Math.floor(size / 60))}:${two(size % 60)}`;
}

/** The next full quarter of an hour that is at least an hour away: a sensible first proposal. */
export function proposedWall(now: number, zone: string): Wall {
  const quarter = 15 * 60_000;
  return toMinute(wallAt(Math.ceil((now + 60 * 60_000) / quarter) * quarter, zone));
}

export function formatInstant(
  instant: string | number,
  zone: string,
  style: Intl.DateTimeFormatOptions = { dateStyle: "medium", timeStyle: "short" },
): string {
  return new Intl.DateTimeFormat(undefined, { ...style, timeZone: zone }).format(new Date(instant));
}

/** A wall time in the reader's manner; the zone stays what it was. */
export function formatWall(
  wall: Wall,
  style: Intl.DateTimeFormatOptions = { dateStyle: "medium", timeStyle: "short" },
): string {
  return formatInstant(`${wall.length === 16 ? `${wall}:00` : wall}Z`, "UTC", style);
}

/** A span in milliseconds, as short as it can be said: `0.02 s`, `3 min 4 s`, `2 h 5 min`. */
export function formatSpan(ms: number): string {
  const seconds = Math.abs(ms) / 1000;
  if (seconds < 10) return `${(Math.round(seconds * 100) / 100).toLocaleString(undefined)} s`;
  if (seconds < 60) return `${Math.round(seconds)} s`;
  const whole = Math.round(seconds);
  const units: [number, string][] = [
    [Math.floor(whole / 86_400), "d"],
    [Math.floor(whole / 3600) % 24, "h"],
    [Math.floor(whole / 60) % 60, "min"],
    [whole % 60, "s"],
  ];
  const first = units.findIndex(([n]) => n > 0);
  return units
    .slice(first, first + 2)
    .filter(([n]) => n > 0)
    .map(([n, unit]) => `${n} ${unit}`)
    .join(" ");
}

/** `in 5 minutes`, `yesterday`, `3 hours ago`. */
export function formatDistance(instant: string | number, now: number): string {
  const seconds = (new Date(instant).getTime() - now) / 1000;
  const steps: [Intl.RelativeTimeFormatUnit, number][] = [
    ["day", 86_400],
    ["hour", 3600],
    ["minute", 60],
    ["second", 1],
  ];
  const [unit, size] = steps.find(([, s]) => Math.abs(seconds) >= s) ?? ["second", 1];
  const format = new Intl.RelativeTimeFormat(undefined, { numeric: "auto" });
  return format.format(Math.trunc(seconds / size), unit);
}

/** Every zone that the browser knows, for a list of suggestions. */
export function knownZones(): string[] {
  return ["UTC", ...Intl.supportedValuesOf("timeZone").filter((zone) => zone !== "UTC")];
}
