import { expect, test } from "vitest";
import type { Delivery, Post } from "./api/types";
import { history, sayWhy } from "./history";

const step = (at: string, state: string, why = ""): object => ({ at, state, why, by: "" });
const post = (transitions: object[], audit: object[] = []): Post =>
  ({ audit, deliveries: [{ account_id: "acc_1", transitions } as unknown as Delivery] }) as Post;
const words = (found: Post): string[] => history(found).map(({ text }) => text);

test("what two steps of the protocol mean alike is said once", () => {
  const steps = ["scheduled", "claimed", "sending", "published"].map((state, n) =>
    step(`2026-12-01T09:00:0${n}Z`, state),
  );
  expect(words(post(steps))).toEqual(["Waiting", "Sending", "Live"]);
});

test("people's deeds and what followed stand in order", () => {
  const deeds = [
    { id: "a", at: "2026-12-01T08:00:00Z", by: "key_1", action: "post.created", detail: {} },
    { id: "b", at: "2026-12-01T10:00:00Z", by: "key_1", action: "post.cancelled", detail: {} },
  ];
  const found = history(post([step("2026-12-01T09:00:00Z", "scheduled", "rescheduled")], deeds));
  expect(found.map(({ text }) => text)).toEqual([
    "Written",
    "Waiting: at another time",
    "Cancelled",
  ]);
  expect(found.map(({ by }) => by)).toEqual(["key_1", "", "key_1"]);
});

test("reasons are said kindly, sentences as they are, codes not at all", () => {
  expect(sayWhy("worker lost")).toBe("it was interrupted");
  expect(sayWhy("part 1 of 2 is live")).toBe("part 1 of 2 is live");
  expect(sayWhy("rate_limited")).toBe("");
  expect(sayWhy("")).toBe("");
});

test("a post on hold says why in its history", () => {
  expect(words(post([step("2026-12-01T09:00:00Z", "held", "missed_window")]))).toEqual([
    "On hold: its time had passed",
  ]);
});
