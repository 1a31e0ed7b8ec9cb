import { expect, test } from "vitest";
import type { MetricsCell, Numbers } from "./api/types";
import {
  counters,
  formatChange,
  lines,
  MISSING,
  moved,
  networksOf,
  POST_MISSING,
  show,
  span,
} from "./numbers";

const cell = (start: string, metrics: Record<string, number>): MetricsCell => ({
  start,
  label: start,
  at: start,
  metrics,
});
const numbers = (over: Partial<Numbers> = {}): Numbers => ({
  at: "2026-11-22T12:00:00Z",
  metrics: { likes: 12, quotes: 0 },
  networks: {
    likes: ["bluesky", "mastodon"],
    quotes: ["bluesky"],
    engagement: ["bluesky", "mastodon"],
    engagement_rate: ["mastodon"],
  },
  engagement: {
    total: 12,
    counted: ["likes", "quotes"],
    rate: 1.25,
    audience: 960,
    per: ["followers"],
  },
  ...over,
});
const both = ["bluesky", "mastodon"];

test("counters stand in one order, unknown ones behind", () => {
  expect(
    counters([{ metrics: { views: 1, quotes: 2, likes: 3 } }, { metrics: { posts: 1 } }]),
  ).toEqual(["posts", "likes", "quotes", "views"]);
});

test("a number that nobody reported is never 0", () => {
  expect(show(numbers(), "replies", both)).toEqual({
    text: "not reported",
    known: false,
    only: [],
  });
  expect(show(numbers({ at: null, metrics: {} }), "likes", both).text).toBe("not counted yet");
  expect(show(numbers({ engagement: null }), "engagement", both).known).toBe(false);
  expect(show(numbers(), "quotes", ["bluesky"])).toEqual({ text: "0", known: true, only: [] });
});

test("a number names the networks that it covers where that is not all of them", () => {
  expect(show(numbers(), "likes", both).only).toEqual([]);
  expect(show(numbers(), "quotes", both).only).toEqual(["bluesky"]);
  const rate = show(numbers(), "engagement_rate", both);
  expect([rate.text, rate.only]).toEqual(["1.25%", ["mastodon"]]);
  expect(networksOf(numbers())).toEqual(both);
});

test("a line is broken where a counter was not reported", () => {
  const cells = [
    cell("2026-11-20T00:00:00Z", { likes: 1 }),
    cell("2026-11-21T00:00:00Z", { quotes: 4 }),
    cell("2026-11-22T00:00:00Z", { likes: 3, quotes: 4 }),
  ];
  const { at, values } = lines(cells, ["likes", "quotes"], MISSING.day);
  expect(at).toHaveLength(3);
  expect(values).toEqual([
    [1, null, 3],
    [null, 4, 4],
  ]);
});

test("a line is broken where a day is missing, not where one is an hour longer", () => {
  const days = ["2026-10-23T22:00:00Z", "2026-10-24T22:00:00Z", "2026-10-25T23:00:00Z"];
  const whole = lines(
    days.map((day) => cell(day, { followers: 5 })),
    ["followers"],
    MISSING.day,
  );
  expect(whole.values).toEqual([[5, 5, 5]]);
  const broken = [days[0], days[2]].map((day) => cell(day as string, { followers: 5 }));
  const { at, values } = lines(broken, ["followers"], MISSING.day);
  expect(values).toEqual([[5, null, 5]]);
  expect(at).toEqual([...at].sort((a, b) => a - b));
});

test("an old post that is read every fourth day has no gaps", () => {
  const cells = ["01", "05", "09", "20"].map((d) => cell(`2026-11-${d}T00:00:00Z`, { likes: 2 }));
  expect(lines(cells, ["likes"], POST_MISSING).values).toEqual([[2, 2, 2, null, 2]]);
});

test("how a number moved is between the first and the last that were reported", () => {
  const cells = [
    cell("2026-11-20T00:00:00Z", {}),
    cell("2026-11-21T00:00:00Z", { followers: 10 }),
    cell("2026-11-22T00:00:00Z", { followers: 7 }),
    cell("2026-11-23T00:00:00Z", {}),
  ];
  expect(moved(cells, "followers")).toEqual({ last: 7, change: -3 });
  expect(moved(cells.slice(0, 2), "followers")).toEqual({ last: 10, change: null });
  expect(moved(cells, "posts")).toEqual({ last: null, change: null });
  expect([12, 0, -3].map(formatChange)).toEqual(["+12", "±0", "−3"]);
});

test("a range ends today, and is never longer than the api answers", () => {
  expect(span("week", "2026-03-02")).toEqual({ from: "2026-02-24", to: "2026-03-02", by: "hour" });
  expect(span("year", "2026-11-22")).toEqual({ from: "2025-11-23", to: "2026-11-22", by: "day" });
});
