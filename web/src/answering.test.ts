import { expect, test } from "vitest";
import {
  answerOf,
  asked,
  emptyAnswer,
  initials,
  renewed,
  replaced,
  type Listed,
} from "./answering";
import type { InboxItem, Platform } from "./api/types";
import { newPiece } from "./composing";

const item = (id: string, over: Partial<InboxItem> = {}): InboxItem =>
  ({ id, account_id: "acc_1", visibility: "public", state: "new", ...over }) as InboxItem;
const listed = (ids: string, next: string | null = null): Listed => ({
  items: [...ids].map((id) => item(id)),
  next,
});
const ids = ({ items }: Listed): string => items.map(({ id }) => id).join("");
const all = { account: "", kind: "", state: "", answered: "" };

test("only what is chosen is asked for", () => {
  expect(asked(all, 30)).toEqual({ limit: 30 });
  expect(asked({ ...all, account: "acc_1", answered: "false" }, 30, "c")).toEqual({
    limit: 30,
    cursor: "c",
    account_id: "acc_1",
    answered: false,
  });
});

test("news come before what was read further down, which stays", () => {
  const shown = renewed(listed("bcdef", "after-f"), listed("abc", "after-c"));
  expect(ids(shown)).toBe("abcdef");
  expect(shown.next).toBe("after-f");
});

test("an item that no longer belongs there goes, and one that moved up is not shown twice", () => {
  expect(ids(renewed(listed("abcd", "n"), listed("acd", "n")))).toBe("acd");
  expect(ids(renewed(listed("abcd", "n"), listed("dab", "n")))).toBe("dabc");
});

test("where all of it is new, or all of it is there, the list begins anew", () => {
  expect(renewed(listed("xyz", "old"), listed("abc", "after-c"))).toEqual(listed("abc", "after-c"));
  expect(renewed(listed("abc", "old"), listed("ab"))).toEqual(listed("ab"));
  expect(renewed(listed("abc", "old"), listed("", "further"))).toEqual(listed("abc", "old"));
});

test("the end of the newest page is the end of the list when nothing lies behind it", () => {
  expect(renewed(listed("bc", null), listed("abc", "after-c")).next).toBe("after-c");
});

test("a changed item stays in its place", () => {
  const changed = replaced(listed("abc", "n"), item("b", { state: "closed" }));
  expect(ids(changed)).toBe("abc");
  expect(changed.items[1]?.state).toBe("closed");
});

test("an answer is seen by the same people, where the network knows how", () => {
  const platform = { visibilities: ["public", "direct"] } as Platform;
  expect(emptyAnswer(item("a", { visibility: "direct" }), platform).options.visibility).toBe(
    "direct",
  );
  const unknown = emptyAnswer(item("a", { visibility: "circle" }), platform);
  expect(unknown.options.visibility).toBe("");
  expect(answerOf(unknown, { close: true })).not.toHaveProperty("options");
});

test("an answer goes to the api with its words, its files and what becomes of the message", () => {
  const form = { ...emptyAnswer(item("a"), null), pieces: [newPiece("Thanks")] };
  expect(answerOf(form, { close: false })).toEqual({
    text: "Thanks",
    media_ids: [],
    close: false,
    options: { visibility: "public" },
  });
});

test.each([
  ["Ada Lovelace", "AL"],
  ["María José García", "MG"],
  ["@ada", "A"],
  ["李小龙", "李"],
  ["🌻", "?"],
  ["", "?"],
])("%s is shown as %s", (name, letters) => {
  expect(initials(name)).toBe(letters);
});
