import { expect, test } from "vitest";
import { inserted, joined, parted } from "./reusing";
import { editVoice, readVoice } from "./voicing";
import type { Voice } from "./api/types";

test("what is inserted stands where the caret is, and never glued to a word", () => {
  expect(inserted("", "#a #b", 0, 0)).toEqual({ text: "#a #b", caret: 5 });
  expect(inserted("Fresh.", "#a", 6, 6).text).toBe("Fresh. #a");
  expect(inserted("one two", "X", 3, 4)).toEqual({ text: "one X two", caret: 5 });
  expect(inserted("Open, daily", "at six", 4, 4).text).toBe("Open at six, daily");
});

test("parts of a thread as one text, and back", () => {
  const parts = ["one\ntwo", "three --- four"];
  expect(parted(joined(parts))).toEqual(parts);
  expect(parted("  ")).toEqual([]);
});

test("a voice that is read and saved stays what it was", () => {
  const voice: Voice = {
    tone: "Warm",
    rules: [
      {
        name: "Say so",
        kind: "disclosure",
        severity: "warns",
        words: ["#ad", "#paid post"],
        domains: [],
        most: null,
        at_start: true,
        platforms: ["bluesky"],
        tags: ["sponsored", "ad"],
      },
    ],
    links: { domains: ["shop.example"], parameters: [{ name: "utm_source", value: "{platform}" }] },
    changed_at: null,
    changed_by: "",
    version: 1,
  };
  const { tone, rules, links } = voice;
  expect(editVoice(readVoice(voice))).toEqual({ tone, rules, links });
});
