/** Numbers as people read them: what was reported, by whom, and as lines with gaps. Pure. */
import type { MetricsCell, Numbers } from "./api/types";
import { m } from "./messages";

/** The order in which counters stand; what a newer api may add comes behind. */
const ORDER = ["followers", "following", "posts", "likes", "reposts", "replies", "quotes"];

export function counters(all: readonly { metrics: Record<string, number> }[]): string[] {
  const names = new Set(all.flatMap(({ metrics }) => Object.keys(metrics)));
  const place = (name: string): number =>
    (ORDER.indexOf(name) + ORDER.length + 1) % (ORDER.length + 1);
  return [...names].sort((a, b) => place(a) - place(b) || a.localeCompare(b));
}

export function nameOf(counter: string): string {
  return m.numbers.counters[counter] ?? counter;
}

const whole = new Intl.NumberFormat();
const percent = new Intl.NumberFormat(undefined, { style: "percent", maximumFractionDigits: 2 });

export function formatCount(value: number): string {
  return whole.format(value);
}

/** The api's rate is in percent already. */
export function formatRate(rate: number): string {
  return percent.format(rate / 100);
}

/** `+12`, `−3`, `±0`. */
export function formatChange(change: number): string {
  if (!change) return "±0";
  return `${change > 0 ? "+" : "−"}${whole.format(Math.abs(change))}`;
}

/** One number of some networks, in words: never 0 where nobody reported it. */
export interface Shown {
  text: string;
  known: boolean;
  /** The networks that it covers, where that is not all of them. */
  only: string[];
}

/** A counter, or `engagement` or `engagement_rate`. `networks`: all that it could cover. */
export function show(numbers: Numbers, name: string, networks: readonly string[]): Shown {
  const value = valueOf(numbers, name);
  if (value === null) {
    const missing = name === "engagement_rate" ? m.numbers.notKnown : m.numbers.notReported;
    const text = numbers.at ? missing : m.numbers.notYet;
    return { text, known: false, only: [] };
  }
  const covered = numbers.networks[name] ?? [];
  const text = name === "engagement_rate" ? formatRate(value) : formatCount(value);
  const all = networks.every((network) => covered.includes(network));
  return { text, known: true, only: all ? [] : covered };
}

function valueOf({ metrics, engagement }: Numbers, name: string): number | null {
  if (name === "engagement") return engagement?.total ?? null;
  if (name === "engagement_rate") return engagement?.rate ?? null;
  return metrics[name] ?? null;
}

/** Every network that any of its numbers covers. */
export function networksOf({ networks }: Numbers): string[] {
  return [...new Set(Object.values(networks).flat())].sort();
}

/** Lines over a common axis: instants in seconds, and a value, or null where there is a gap. */
export interface Lines {
  at: number[];
  values: (number | null)[][];
}

const DAY = 86_400;
/** Seconds between two readings of an account from which on one is missing. */
export const MISSING = { hour: 1.5 * 3600, day: 1.5 * DAY, month: 45 * DAY } as const;
/** Old posts are read every fourth day at the longest: what lies further apart is a gap. */
export const POST_MISSING = 4.5 * DAY;

/** Each counter as a line; broken where a reading did not report it, or where readings are missing. */
export function lines(
  cells: readonly MetricsCell[],
  names: readonly string[],
  missing: number,
): Lines {
  const at: number[] = [];
  const values: (number | null)[][] = names.map(() => []);
  for (const { start, metrics } of cells) {
    const now = Date.parse(start) / 1000;
    const before = at.at(-1);
    if (before !== undefined && now - before > missing) {
      at.push((before + now) / 2);
      for (const line of values) line.push(null);
    }
    at.push(now);
    names.forEach((name, index) => values[index]?.push(metrics[name] ?? null));
  }
  return { at, values };
}

/** The first and the last that were reported: how a number moved. */
export function moved(
  cells: readonly MetricsCell[],
  name: string,
): { last: number | null; change: number | null } {
  const known = cells.flatMap(({ metrics }) => metrics[name] ?? []);
  const [first] = known;
  const last = known.at(-1);
  if (first === undefined || last === undefined) return { last: null, change: null };
  return { last, change: known.length > 1 ? last - first : null };
}

export type Range = "week" | "month" | "quarter" | "year";

/** Days back from `today`, and how wide a cell then is. */
export function span(
  range: Range,
  today: string,
): { from: string; to: string; by: "hour" | "day" } {
  const days = { week: 6, month: 29, quarter: 89, year: 364 }[range];
  const first = new Date(`${today}T00:00:00Z`);
  first.setUTCDate(first.getUTCDate() - days);
  return {
    from: first.toISOString().slice(0, 10),
    to: today,
    by: range === "week" ? "hour" : "day",
  };
}
