import { describe, expect, it } from "vitest";
import { changes, chunks, type Names, type Said } from "./differing";
import { merged } from "./merging";

const options = { visibility: "public", content_warning: "", sensitive: false, languages: [] };
const said = (more: Partial<Said> = {}): Said => ({
  text: "Fresh bread from six",
  media_ids: [],
  parts: [],
  options,
  first_comment: "",
  card: null,
  variants: {},
  account_ids: ["acc_1"],
  tags: [],
  campaign: null,
  missed_window: null,
  ...more,
});
const names: Names = {
  account: (id) => `@${id}`,
  file: (id) => `file ${id}`,
  campaign: (id) => id,
  variant: (key) => key,
};
const shown = (before: string, after: string): string =>
  chunks(before, after)
    .map(({ kind, text }) => ({ same: text, gone: `[-${text}-]`, new: `[+${text}+]` })[kind])
    .join("");

describe("the words of a difference", () => {
  it("are whole words, and changes side by side are one", () => {
    expect(shown("Fresh bread from six", "Fresh rolls from six")).toBe(
      "Fresh [-bread-][+rolls+] from six",
    );
    expect(shown("Open from six today", "Open until late today")).toBe(
      "Open [-from six-][+until late+] today",
    );
  });
  it("are found in scripts without spaces, and line by line", () => {
    expect(shown("今日は晴れです", "今日は雨です")).toBe("今日は[-晴れ-][+雨+]です");
    expect(shown("One\nTwo", "One\nTwo\nThree")).toBe("One\nTwo[+\nThree+]");
  });
  it("give both texts back", () => {
    const [before, after] = ["a b  c d e", "b a c  e f"];
    const parts = chunks(before, after);
    const without = (kind: string): string =>
      parts.flatMap((part) => (part.kind === kind ? [] : [part.text])).join("");
    expect([without("new"), without("gone")]).toEqual([before, after]);
  });
});

it("what differs is said field by field, and nothing else", () => {
  const after = said({
    text: "Fresh bread from seven",
    media_ids: ["med_1"],
    parts: [{ text: "More", media_ids: [] }],
    account_ids: ["acc_2"],
    options: { ...options, content_warning: "food" },
    variants: { acc_2: { text: "Hi" } },
    card: { url: "https://b.example", title: "B", description: "", media_id: null },
  });
  const found = changes(said(), after, names);
  expect(found.map(({ what, gone, added }) => [what, gone, added])).toEqual([
    ["Accounts", ["@acc_1"], ["@acc_2"]],
    ["Text", [], []],
    ["Files", [], ["file med_1"]],
    ["Part 2", [], []],
    ["Link card", [], ["B · https://b.example"]],
    ["Options", [], ["Content warning: food"]],
    ["acc_2: Text", [], []],
  ]);
  expect(changes(said(), said(), names)).toEqual([]);
});

describe("putting two together", () => {
  it("takes what each changed", () => {
    const base = said({ text: "Fresh bread from six in the morning", tags: ["a", "b"] });
    const mine = { ...base, text: "Fresh rolls from six in the morning", tags: ["a", "b", "m"] };
    const theirs = {
      ...base,
      text: "Fresh bread from six in the evening",
      tags: ["b", "t"],
      account_ids: ["acc_2"],
    };
    expect(merged(base, mine, theirs)).toEqual({
      clean: true,
      said: {
        ...base,
        text: "Fresh rolls from six in the evening",
        tags: ["b", "t", "m"],
        account_ids: ["acc_2"],
      },
    });
  });
  it("keeps mine where both changed the same, and says so", () => {
    const base = said({ text: "Fresh bread" });
    const found = merged(base, said({ text: "Fresh rolls" }), said({ text: "Fresh cake" }));
    expect([found.clean, found.said.text]).toEqual([false, "Fresh rolls"]);
  });
  it("goes through a thread part by part, and keeps what only one wrote for a network", () => {
    const part = (text: string) => ({ text, media_ids: [] as string[] });
    const base = said({ parts: [part("two"), part("three")] });
    const mine = said({ parts: [part("two!"), part("three")], variants: { fake: { text: "x" } } });
    const theirs = said({ parts: [part("two"), part("three?")] });
    const found = merged(base, mine, theirs);
    expect(found.clean).toBe(true);
    expect(found.said.parts.map(({ text }) => text)).toEqual(["two!", "three?"]);
    expect(found.said.variants).toEqual({ fake: { text: "x" } });
  });
});
