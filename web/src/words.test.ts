import { expect, test } from "vitest";
import { lookAgain, say, sayAll, sayPost, sayReply } from "./words";

const STATES = [
  "draft",
  "scheduled",
  "preparing",
  "claimed",
  "sending",
  "published",
  "retry",
  "unknown",
  "failed",
  "unconfirmed",
  "held",
  "cancelled",
  "deleted",
];

test("every state is said without the protocol's own words", () => {
  for (const state of STATES) {
    const { label, explain } = say({ state, held_reason: "paused" });
    expect(`${label} ${explain}`).not.toMatch(/claim|settle|deliver|unconfirmed|intent|\blease/i);
    expect(label).not.toBe(state);
    expect(explain).not.toBe("");
  }
});

test("a post on hold says why", () => {
  const reasons = ["paused", "missed_window", "needs_approval", "needs_reconnect"];
  const explained = reasons.map((held_reason) => say({ state: "held", held_reason }).explain);
  expect(new Set(explained).size).toBe(reasons.length);
});

test("a pause needs nobody; the other stops do", () => {
  expect(say({ state: "held", held_reason: "paused" }).needsYou).toBe(false);
  expect(say({ state: "held", held_reason: "missed_window" }).needsYou).toBe(true);
  expect(say({ state: "unconfirmed" }).needsYou).toBe(true);
  expect(say({ state: "published" }).needsYou).toBe(false);
});

test("of several accounts, the one that needs somebody speaks for the post", () => {
  const all = ["published", "failed", "scheduled"].map((state) => ({ state }));
  expect(sayAll(all).label).toBe("Failed");
  expect(sayAll([{ state: "published" }, { state: "scheduled" }]).label).toBe("Partly live");
  expect(sayAll([{ state: "published" }, { state: "cancelled" }]).label).toBe("Live");
  expect(sayAll([]).label).toBe("Draft");
});

test("the page looks again soon only while something moves", () => {
  const now = Date.parse("2026-12-01T09:00:00Z");
  expect(lookAgain([{ state: "published" }, { state: "failed" }], now)).toBeNull();
  expect(lookAgain([{ state: "sending" }], now)).toBe(1_500);
  const due = (at: string): { state: string; due_at: string } => ({
    state: "scheduled",
    due_at: at,
  });
  expect(lookAgain([due("2026-12-01T09:00:30Z")], now)).toBe(28_000);
  expect(lookAgain([due("2026-12-01T09:00:01Z")], now)).toBe(1_000);
  expect(lookAgain([due("2026-12-05T09:00:00Z")], now)).toBe(60_000);
});

test("a post that was made elsewhere says so, until it is gone from there", () => {
  const post = (state: string) => ({
    status: state,
    origin: "elsewhere" as const,
    deliveries: [{ state }],
  });
  expect(sayPost(post("published"))).toMatchObject({ tone: "elsewhere", needsYou: false });
  expect(sayPost({ ...post("published"), origin: "tidings" }).label).toBe("Live");
  expect(sayPost(post("deleted")).label).toBe("Taken down");
});

test("an answer says plainly how far it got", () => {
  expect(STATES.map((state) => sayReply({ state }).label)).not.toContain("Waiting");
  expect(sayReply({ state: "scheduled" }).label).toBe("Sending");
  expect(sayReply({ state: "published" }).label).toBe("Live");
  const refused = { state: "failed", error: { message: "It is too long." } };
  expect(sayReply(refused).explain).toBe("Could not be sent: It is too long.");
  expect(sayReply({ state: "failed" }).explain).not.toBe("");
  expect(sayReply({ state: null }).label).toBe("The answer was deleted");
});
