import { expect, test } from "vitest";
import {
  all,
  content,
  countLines,
  emptyForm,
  fromPost,
  fromTemplate,
  isEmpty,
  newPiece,
  offer,
  place,
  request,
  schedule,
  undescribed,
  type Attached,
} from "./composing";
import type { Finding, Platform, Post } from "./api/types";

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

test("a new form is empty until somebody writes or adds a picture", () => {
  expect(isEmpty(emptyForm(LOCAL))).toBe(true);
  expect(isEmpty({ ...emptyForm(LOCAL), pieces: [newPiece("  \n")] })).toBe(true);
  expect(isEmpty({ ...emptyForm(LOCAL), pieces: [newPiece("a")] })).toBe(false);
  expect(isEmpty({ ...emptyForm(LOCAL), pieces: [newPiece("", [picture(null, 0)])] })).toBe(false);
});

test("the wall time goes with its zone; the api decides which instant that is", () => {
  const form = emptyForm(LOCAL);
  expect(schedule(form, "Europe/Madrid")).toEqual({ local: LOCAL, timezone: "Europe/Madrid" });
  expect(schedule({ ...form, when: "now" }, "UTC")).toEqual({ now: true });
  expect(request({ ...form, when: "draft" }, "UTC")).not.toHaveProperty("schedule");
});

test("the first piece is the post, the others are its parts; unfinished files stay out", () => {
  const form = {
    ...emptyForm(LOCAL, ["acc_1"]),
    language: "es",
    pieces: [newPiece("one", [picture("m1"), picture("m2", 0.5), picture(null)]), newPiece("two")],
  };
  expect(content(form)).toEqual({
    text: "one",
    media_ids: ["m1"],
    parts: [{ text: "two", media_ids: [] }],
    account_ids: ["acc_1"],
    options: { visibility: "public", content_warning: "", sensitive: false, languages: ["es"] },
    tags: [],
    campaign: null,
  });
});

test("a post opened for editing asks for itself again", () => {
  const post = {
    text: "one",
    media: [{ id: "m1", mime: "image/png", width: 1, height: 1, alt: "a dot" }],
    parts: [{ text: "two", media: [] }],
    account_ids: ["acc_1"],
    options: { visibility: "unlisted", content_warning: "cw", sensitive: true, languages: ["en"] },
    plan: null,
    tags: ["weekly"],
    campaign: "cmp_1",
  } as unknown as Post;
  const form = fromPost(post, LOCAL);
  expect(form.when).toBe("draft");
  expect(form.pieces[0]?.media[0]?.alt).toBe("a dot");
  expect(content(form)).toEqual({
    text: "one",
    media_ids: ["m1"],
    parts: [{ text: "two", media_ids: [] }],
    account_ids: ["acc_1"],
    options: post.options,
    tags: ["weekly"],
    campaign: "cmp_1",
  });
});

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
      finding("variants.acc_1.text", "variant"),
      finding("parts[9].text", "gone"),
    ],
    3,
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
  expect(placed.options).toEqual(["visibility"]);
  expect(placed.rest).toEqual(["variant", "gone"]);
  expect(all(placed)).toHaveLength(10);
});

test("a description that is typed mends what asks for it before it is stored", () => {
  const pieces = [
    newPiece("", [picture(null, 0.5), picture("m1"), { ...picture("m2"), alt: "A loaf" }]),
    newPiece("", [{ ...picture("m3"), alt: "Bread" }]),
  ];
  const found = ["media_ids[0].alt", "media_ids[1].alt", "parts[0].media_ids[0].alt", "text"];
  const left = undescribed(
    found.map((where) => finding(where)),
    pieces,
  );
  expect(left.map(({ where }) => where)).toEqual(["media_ids[0].alt", "text"]);
});

test("a template takes the place of an empty post; who it goes to stays unless it says", () => {
  const template = {
    text: "one",
    parts: ["two"],
    options: { visibility: "unlisted", content_warning: "", sensitive: false, languages: [] },
    tags: ["weekly"],
    account_ids: [],
  };
  const form = fromTemplate(emptyForm(LOCAL, ["acc_1"]), template);
  expect(form.pieces.map(({ text }) => text)).toEqual(["one", "two"]);
  expect([form.accountIds, form.tags, form.visibility]).toEqual([
    ["acc_1"],
    ["weekly"],
    "unlisted",
  ]);
  const toOthers = fromTemplate(form, { ...template, account_ids: ["acc_2"] });
  expect(toOthers.accountIds).toEqual(["acc_2"]);
});

test("what two networks say alike is said once, with both names", () => {
  const found = [finding("text", "too long", "a"), finding("text", "too long", "b")];
  expect(place(found, 1, (id) => `@${id}`).pieces[0]?.text).toEqual(["@a, @b: too long"]);
});

test("what the api says to programs is said to people", () => {
  const past = { ...finding("schedule.local", 'send {"now": true}'), code: "past_date" };
  expect(place([past], 1, (id) => id).when.join()).not.toContain("{");
});

test("accounts that count alike share a line", () => {
  const checks = [
    { account_id: "a", counts: [{ used: 3, limit: 500 }] },
    {
      account_id: "b",
      counts: [
        { used: 3, limit: 500 },
        { used: 1, limit: 500 },
      ],
    },
    { account_id: "c", counts: [{ used: 3, limit: 300 }] },
  ];
  expect(countLines(checks, 0, (id) => id)).toEqual([
    { names: ["a", "b"], used: 3, limit: 500 },
    { names: ["c"], used: 3, limit: 300 },
  ]);
  expect(countLines(checks, 1, (id) => id)).toEqual([{ names: ["b"], used: 1, limit: 500 }]);
});

test("only what a chosen network offers is asked for", () => {
  const platform = (over: Partial<Platform>): Platform => ({
    name: "x",
    title: "X",
    connect_fields: [],
    visibilities: [],
    content_warning: false,
    threads: false,
    max_images: 4,
    image_mimes: [],
    video_mimes: [],
    can_edit: false,
    can_delete: false,
    can_reply: false,
    can_like: false,
    can_hide: false,
    ...over,
  });
  const offered = offer([
    platform({ visibilities: ["public"], image_mimes: ["image/png"] }),
    platform({ visibilities: ["public", "private"], threads: true, video_mimes: ["video/mp4"] }),
  ]);
  expect(offered).toEqual({
    visibilities: ["public", "private"],
    contentWarning: false,
    threads: true,
    files: ["image/png", "video/mp4"],
  });
});
