import { expect, test } from "vitest";
import type { Account } from "./api/types";
import { content, emptyForm, newPiece, type Form } from "./composing";
import { differ, giveUp, makeOwn, meant, targets } from "./variants";

const account = (id: string, platform: string) => ({ id, platform }) as Account;
const ADA = account("acc_1", "mastodon");
const SHOP = account("acc_2", "mastodon");
const SKY = account("acc_3", "bluesky");

const begun = (...texts: string[]): Form => ({
  ...emptyForm("2026-12-01T09:00"),
  pieces: texts.map((text) => newPiece(text)),
});

test("one can write differently for some of the chosen accounts, not for all of them", () => {
  const form = begun("one");
  expect(targets(form, [ADA])).toEqual({ platforms: [], accounts: [] });
  expect(targets(form, [ADA, SHOP])).toEqual({ platforms: [], accounts: [ADA, SHOP] });
  const all = targets(form, [ADA, SHOP, SKY]);
  expect(all).toEqual({ platforms: ["mastodon", "bluesky"], accounts: [ADA, SHOP] });
  differ(form, "mastodon");
  differ(form, SHOP.id);
  expect(targets(form, [ADA, SHOP, SKY])).toEqual({ platforms: ["bluesky"], accounts: [ADA] });
  expect(meant(form, "mastodon", [ADA, SHOP, SKY])).toEqual([ADA]);
});

test("a variant begins with everyone's words, and what it does not change stays everyone's", () => {
  const form = begun("one", "two");
  differ(form, "bluesky");
  const first = form.variants.bluesky?.pieces[0];
  if (first) first.text = "uno";
  expect(content(form).text).toBe("one");
  expect(content(form).variants).toEqual({
    bluesky: {
      text: "uno",
      media_ids: null,
      parts: [{ text: "two", media_ids: [] }],
      options: null,
      first_comment: null,
      card: null,
    },
  });
});

test("everyone's again can be undone, whether it was a part of it or all", () => {
  const form = begun("one");
  differ(form, "bluesky");
  makeOwn(form, "bluesky", "options");
  const before = content(form);
  const again = giveUp(form, "bluesky", "options");
  expect(content(form).variants.bluesky?.options).toBeNull();
  again();
  expect(content(form)).toEqual(before);
  const all = giveUp(form, "bluesky", null);
  expect(content(form).variants).toEqual({});
  all();
  expect(content(form)).toEqual(before);
  giveUp(form, "bluesky", "options");
  giveUp(form, "bluesky", "text");
  expect(content(form).variants).toEqual({});
});
