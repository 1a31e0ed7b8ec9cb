import { expect, test } from "vitest";
import type { Finding } from "./api/types";
import { emptyForm, newPiece, type Attached, type Form, type Variant } from "./composing";
import { all, countLines, place, undescribed } from "./placing";

const LOCAL = "2026-12-01T09:00";
const picture = (id: string | null, progress = 1): Attached => ({
  key: "k",
  id,
  name: "a.png",
  mime: "image/png",
  alt: "",
  preview: null,
  progress,
  error: "",
});
const finding = (where: string, message = where, account_id: string | null = null): Finding => ({
  where,
  code: "x",
  message,
  account_id,
});
const THREAD: Form = {
  ...emptyForm(LOCAL),
  pieces: [newPiece(), newPiece(), newPiece()],
  variants: {
    acc_1: { ...emptyForm(LOCAL), own: ["text"], pieces: [newPiece(), newPiece()] },
  },
};

test("every finding is shown at its field, once, with the account it is about", () => {
  const placed = place(
    [
      finding("text", "too long", "acc_1"),
      finding("text", "too long", "acc_1"),
      finding("parts[0].text", "second"),
      finding("parts[1]", "third"),
      finding("media_ids[2]", "picture"),
      finding("parts[0].media_ids", "pictures"),
      finding("account_ids[0]", "account"),
      finding("schedule.local", "time"),
      finding("options.visibility", "visibility"),
      finding("variants.acc_1.text", "theirs"),
      finding("variants.acc_1.parts[0].media_ids[1].alt", "their picture"),
      finding("variants.acc_1.options.visibility", "their visibility"),
      finding("variants.acc_1.card.url", "their card"),
      finding("first_comment", "comment"),
      finding("variants.acc_1", "no such account"),
      finding("variants.acc_9.text", "variant"),
      finding("parts[9].text", "gone"),
    ],
    THREAD,
    (id) => `@${id}`,
  );
  expect(placed.pieces.map(({ text }) => text)).toEqual([
    ["@acc_1: too long"],
    ["second"],
    ["third"],
  ]);
  expect(placed.pieces.map(({ media }) => media)).toEqual([["picture"], ["pictures"], []]);
  expect(placed.accounts).toEqual(["account"]);
  expect(placed.when).toEqual(["time"]);
  expect(placed.comment).toEqual(["comment"]);
  expect(placed.options).toEqual(["visibility"]);
  expect(placed.rest).toEqual(["variant", "gone"]);
  expect(placed.variants).toEqual({
    acc_1: {
      pieces: [
        { text: ["theirs"], media: [] },
        { text: [], media: ["their picture"] },
      ],
      options: ["their visibility"],
      comment: [],
      card: ["their card"],
      rest: ["no such account"],
    },
  });
  expect(all(placed)).toHaveLength(16);
});

test("a description that is typed mends what asks for it before it is stored", () => {
  const pieces = [
    newPiece("", [picture(null, 0.5), picture("m1"), { ...picture("m2"), alt: "A loaf" }]),
    newPiece("", [{ ...picture("m3"), alt: "Bread" }]),
  ];
  const own: Variant = { ...THREAD, own: ["media"], pieces: [...pieces].reverse() };
  const form = { ...THREAD, pieces, variants: { fake: own } };
  const places = ["media_ids[0].alt", "media_ids[1].alt", "parts[0].media_ids[0].alt", "text"];
  const found = [...places, "variants.fake.media_ids[0].alt", "variants.gone.media_ids[0].alt"];
  const left = undescribed(
    found.map((where) => finding(where)),
    form,
  );
  expect(left.map(({ where }) => where)).toEqual([
    "media_ids[0].alt",
    "text",
    "variants.gone.media_ids[0].alt",
  ]);
});

test("what two networks say alike is said once, with both names", () => {
  const found = [finding("text", "too long", "a"), finding("text", "too long", "b")];
  expect(place(found, emptyForm(LOCAL), (id) => `@${id}`).pieces[0]?.text).toEqual([
    "@a, @b: too long",
  ]);
});

test("what the api says to programs is said to people", () => {
  const past = { ...finding("schedule.local", 'send {"now": true}'), code: "past_date" };
  expect(place([past], emptyForm(LOCAL), (id) => id).when.join()).not.toContain("{");
});

test("accounts that count alike share a line, beside the text that they send", () => {
  const check = (account_id: string, ...counts: { used: number; limit: number }[]) => ({
    account_id,
    platform: "fake",
    counts,
  });
  const checks = [
    check("a", { used: 3, limit: 500 }),
    check("b", { used: 3, limit: 500 }, { used: 1, limit: 500 }),
    check("c", { used: 3, limit: 300 }),
  ];
  const lines = (form: Form, key: string | null, piece: number | "comment") =>
    countLines(checks, form, { key, piece }, (id) => id);
  const form = emptyForm(LOCAL);
  expect(lines(form, null, 0)).toEqual([
    { names: ["a", "b"], used: 3, limit: 500 },
    { names: ["c"], used: 3, limit: 300 },
  ]);
  expect(lines(form, null, 1)).toEqual([{ names: ["b"], used: 1, limit: 500 }]);
  const own: Form = { ...form, variants: { b: { ...form, own: ["text"] } } };
  expect(lines(own, null, 0).map(({ names }) => names)).toEqual([["a"], ["c"]]);
  expect(lines(own, "b", 0).map(({ names }) => names)).toEqual([["b"]]);
  expect(lines(own, null, 1).map(({ names }) => names)).toEqual([["b"]]);
  // What follows the last part is the first comment.
  expect(lines(own, null, "comment").map(({ names }) => names)).toEqual([["b"]]);
});
