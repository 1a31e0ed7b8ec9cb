import { expect, test } from "vitest";
import {
  content,
  emptyForm,
  filesOf,
  fromPost,
  fromTemplate,
  isEmpty,
  newPiece,
  offer,
  request,
  schedule,
  sentWith,
  variantFor,
  type Attached,
} from "./composing";
import type { Platform, Post } from "./api/types";

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
    options: { ...emptyForm(LOCAL).options, languages: ["es"] },
    pieces: [newPiece("one", [picture("m1"), picture("m2", 0.5), picture(null)]), newPiece("two")],
  };
  expect(content(form)).toEqual({
    text: "one",
    media_ids: ["m1"],
    parts: [{ text: "two", media_ids: [] }],
    account_ids: ["acc_1"],
    options: { visibility: "public", content_warning: "", sensitive: false, languages: ["es"] },
    first_comment: "",
    card: null,
    variants: {},
    tags: [],
    campaign: null,
    missed_window: null,
  });
});

const CARD = { url: "https://bakery.example/", title: "Bakery", description: "", media_id: null };
const same = {
  text: null,
  media: null,
  parts: null,
  options: null,
  first_comment: null,
  card: null,
};
const POST = {
  text: "one",
  media: [{ id: "m1", mime: "image/png", width: 1, height: 1, alt: "a dot" }],
  parts: [{ text: "two", media: [] }],
  variants: {
    mastodon: {
      ...same,
      text: "uno",
      parts: [{ text: "dos", media: [{ id: "m2", mime: "image/png", alt: "" }] }],
      first_comment: "tres",
    },
    acc_1: {
      ...same,
      media: [],
      options: { visibility: "private", content_warning: "", sensitive: false, languages: [] },
    },
    acc_2: { ...same, parts: [], first_comment: "", card: { ...CARD, url: "", title: "" } },
  },
  account_ids: ["acc_1"],
  options: {
    visibility: "unlisted",
    content_warning: "cw",
    sensitive: true,
    languages: ["en", "es"],
  },
  first_comment: "three",
  card: CARD,
  plan: null,
  tags: ["weekly"],
  campaign: "cmp_1",
  missed_window: "skip",
  requires_approval: true,
} as unknown as Post;

test("a post opened for editing asks for itself again, with what is written for some", () => {
  const form = fromPost(POST, LOCAL);
  expect(form.when).toBe("draft");
  expect(form.pieces[0]?.media[0]?.alt).toBe("a dot");
  const { media, ...everyones } = same;
  const as = { ...everyones, media_ids: media };
  expect(content(form)).toEqual({
    text: "one",
    media_ids: ["m1"],
    parts: [{ text: "two", media_ids: [] }],
    variants: {
      mastodon: {
        ...as,
        text: "uno",
        parts: [{ text: "dos", media_ids: ["m2"] }],
        first_comment: "tres",
      },
      acc_1: { ...as, media_ids: [], options: POST.variants.acc_1?.options },
      acc_2: { ...as, parts: [], first_comment: "", card: { ...CARD, url: "", title: "" } },
    },
    account_ids: ["acc_1"],
    options: POST.options,
    first_comment: "three",
    card: CARD,
    tags: ["weekly"],
    campaign: "cmp_1",
    missed_window: "skip",
  });
});

test("an account's words are its own, its network's, or everyone's", () => {
  const form = fromPost(POST, LOCAL);
  const sent = (id: string, platform: string) => {
    const sent = sentWith(form, variantFor(form, { id, platform }));
    const said = sent.pieces.map(({ text, media }) => [text, ...media.map((file) => file.id)]);
    return [...said, sent.firstComment, sent.card?.title, sent.options.visibility];
  };
  expect(sent("acc_9", "mastodon")).toEqual([
    ["uno", "m1"],
    ["dos", "m2"],
    "tres",
    "Bakery",
    "unlisted",
  ]);
  // As the api has it: an account's variant stands in place of its network's, not on top of it.
  expect(sent("acc_1", "mastodon")).toEqual([["one"], ["two"], "three", "Bakery", "private"]);
  expect(sent("acc_2", "bluesky")).toEqual([["one", "m1"], "", undefined, "unlisted"]);
  expect(sent("acc_9", "bluesky")).toEqual([["one", "m1"], ["two"], "three", "Bakery", "unlisted"]);
  expect(filesOf(form).map(({ id }) => id)).toEqual(["m1", "m2"]);
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
  expect([form.accountIds, form.tags, form.options.visibility]).toEqual([
    ["acc_1"],
    ["weekly"],
    "unlisted",
  ]);
  const toOthers = fromTemplate(form, { ...template, account_ids: ["acc_2"] });
  expect(toOthers.accountIds).toEqual(["acc_2"]);
});

test("only what a chosen network offers is asked for", () => {
  const platform = (over: Partial<Platform>) =>
    ({ visibilities: [], image_mimes: [], video_mimes: [], ...over }) as unknown as Platform;
  const offered = offer([
    platform({ visibilities: ["public"], image_mimes: ["image/png"] }),
    platform({ visibilities: ["public", "private"], threads: true, video_mimes: ["video/mp4"] }),
  ]);
  expect(offered).toEqual({
    visibilities: ["public", "private"],
    contentWarning: false,
    threads: true,
    linkCards: false,
    files: ["image/png", "video/mp4"],
  });
});
