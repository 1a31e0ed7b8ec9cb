import { expect, test } from "vitest";
import type { PreviewGallery, PreviewPart } from "./api/types";
import { cuts, pageOf, placeOf, widthOf } from "./previewing";

function part(first_comment = false): PreviewPart {
  return {
    first_comment,
    segments: [],
    lines: null,
    warning: "",
    cover: "",
    gallery: null,
    card: null,
    card_note: "",
    tags_below: [],
    more_tags: 0,
  };
}

function gallery(ratio: number, ...cut: PreviewGallery["files"][number]["cut"][]): PreviewGallery {
  const files = cut.map((how, n) => ({
    id: `med_${n}`,
    mime: "image/png",
    alt: "",
    ratio: 1,
    cut: how,
  }));
  return { ratio, files };
}

test("only parts of a thread are numbered, and a first comment is none", () => {
  expect(placeOf([part()], 0)).toBe("");
  expect(placeOf([part(), part(true)], 0)).toBe("");
  const thread = [part(), part(), part(true)];
  expect(thread.map((_, index) => placeOf(thread, index))).toEqual(["1/2", "2/2", ""]);
});

test("what is cut off is said once for each way", () => {
  expect(cuts(gallery(1, "nothing"))).toEqual([]);
  expect(cuts(gallery(1, "ends"))).toEqual([
    "The picture: top and bottom are cut off until it is opened.",
  ]);
  expect(cuts(gallery(1.5, "sides", "ends", "ends"))).toEqual([
    "Picture 1: left and right are cut off until it is opened.",
    "Pictures 2, 3: top and bottom are cut off until it is opened.",
  ]);
});

test("a high picture is made narrower, a wide one fills its column", () => {
  expect(widthOf(gallery(0.25, "nothing"))).toBe("min(100%, 7.5rem)");
  expect(widthOf(gallery(2, "nothing"))).toBe("min(100%, 60rem)");
});

test("a card that the post writes asks for no page", () => {
  const card = { url: "https://shop.example/rye", title: null, description: null, media_id: null };
  expect(pageOf(null)).toBeNull();
  expect(pageOf({ ...card, by: "post" })).toBeNull();
  expect(pageOf({ ...card, by: "server" })).toBe(card.url);
});
