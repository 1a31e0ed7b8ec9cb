import { expect, test } from "vitest";
import type { CalendarConflict, PostSummary } from "./api/types";
import { entriesOf, queryOf, warningsOf } from "./entries";
import { noFilter } from "./planning";

const post = {
  id: "pst_1",
  version: 1,
  status: "scheduled",
  due_at: "2026-12-01T08:00:00Z",
  excerpt: "Fresh bread",
  account_ids: ["acc_1"],
  tags: [],
  origin: "tidings",
  deliveries: [{ state: "scheduled" }],
} as unknown as PostSummary;
const reader = { zone: "Europe/Madrid", nameOf: () => "@ada", mayMove: true };

test("only whoever may change posts can drag them", () => {
  const [entry] = entriesOf([post], new Map(), reader);
  expect(entry?.wall).toBe("2026-12-01T09:00:00");
  expect(entry?.movable).toBe(true);
  expect(entriesOf([post], new Map(), { ...reader, mayMove: false })[0]?.movable).toBe(false);
});

test("what is out stays where it is, and what has no time is not on the calendar", () => {
  const out = { ...post, status: "published" } as PostSummary;
  expect(entriesOf([out], new Map(), reader)[0]?.movable).toBe(false);
  expect(entriesOf([{ ...post, due_at: null }], new Map(), reader)).toEqual([]);
});

test("a post says everything in which it gets in the way of others", () => {
  const warnings = warningsOf([
    { code: "too_close", limit: 15, post_ids: ["pst_1", "pst_2"] },
    { code: "too_many", limit: 1, post_ids: ["pst_1", "pst_2"] },
  ] as CalendarConflict[]);
  expect(warnings.get("pst_2")).toHaveLength(2);
  expect(entriesOf([post], warnings, reader)[0]?.warning).toContain(". ");
});

test("the last day that is asked for is the last that is shown", () => {
  const asked = queryOf({ from: "2026-12-01", to: "2027-01-01" }, "UTC", {
    ...noFilter,
    account: "acc_1",
  });
  expect(asked).toEqual({
    from: "2026-12-01",
    to: "2026-12-31",
    timezone: "UTC",
    account_id: "acc_1",
  });
});
