import { expect, test } from "vitest";
import {
  formatDistance,
  formatSpan,
  monday,
  moveWall,
  offsetAt,
  proposedWall,
  toMinute,
  wallAt,
} from "./time";

test("a wall time is what a clock in that zone shows", () => {
  expect(wallAt("2026-12-01T08:00:00Z", "Europe/Madrid")).toBe("2026-12-01T09:00:00");
  expect(wallAt("2026-12-01T23:30:00Z", "Asia/Kathmandu")).toBe("2026-12-02T05:15:00");
});

test("midnight is hour 00, never 24", () => {
  expect(wallAt("2026-06-30T22:00:00Z", "Europe/Berlin")).toBe("2026-07-01T00:00:00");
});

test("the hour that occurs twice keeps its two instants at one wall time", () => {
  const first = wallAt("2026-10-25T00:30:00Z", "Europe/Berlin");
  expect(first).toBe("2026-10-25T02:30:00");
  expect(wallAt("2026-10-25T01:30:00Z", "Europe/Berlin")).toBe(first);
});

test("dragging by days keeps the wall time over a clock change", () => {
  expect(moveWall("2026-10-24T09:00", { days: 2 })).toBe("2026-10-26T09:00:00");
  expect(moveWall("2026-10-24T09:00:30", { seconds: 5400 })).toBe("2026-10-24T10:30:30");
  expect(moveWall("2026-01-31T09:00", { days: -31 })).toBe("2025-12-31T09:00:00");
});

test("a week begins on Monday, also for a Sunday", () => {
  expect(monday("2026-11-22")).toBe("2026-11-16");
  expect(monday("2026-11-23")).toBe("2026-11-23");
});

test("a wall time may exist in no zone at all and is moved all the same", () => {
  expect(moveWall("2026-03-28T02:30", { days: 1 })).toBe("2026-03-29T02:30:00");
});

test("offsets follow the season and the half hours", () => {
  expect(offsetAt(Date.parse("2026-07-01T12:00:00.400Z"), "Europe/Madrid")).toBe("+02:00");
  expect(offsetAt(Date.parse("2026-12-01T12:00:00Z"), "America/St_Johns")).toBe("-03:30");
  expect(offsetAt(0, "UTC")).toBe("+00:00");
});

test("the first proposal is a full quarter of an hour, at least an hour away", () => {
  const now = Date.parse("2026-12-01T08:01:00Z");
  expect(proposedWall(now, "UTC")).toBe("2026-12-01T09:15");
  expect(proposedWall(Date.parse("2026-12-01T08:00:00Z"), "UTC")).toBe("2026-12-01T09:00");
});

test("an input wants minutes", () => {
  expect(toMinute("2026-12-01T09:00:59")).toBe("2026-12-01T09:00");
});

test.each([
  [20, "0.02 s"],
  [1234, "1.23 s"],
  [42_400, "42 s"],
  [184_000, "3 min 4 s"],
  [7_500_000, "2 h 5 min"],
  [3_600_000, "1 h"],
  [90_000_000, "1 d 1 h"],
])("%d ms is said as %s", (ms, said) => {
  expect(formatSpan(ms)).toBe(said);
});

test("distances are said towards and from now", () => {
  const now = Date.parse("2026-12-01T08:00:00Z");
  expect(formatDistance("2026-12-01T08:05:10Z", now)).toBe("in 5 minutes");
  expect(formatDistance("2026-12-01T05:00:00Z", now)).toBe("3 hours ago");
  expect(formatDistance("2026-12-01T08:00:00.200Z", now)).toBe("now");
});
