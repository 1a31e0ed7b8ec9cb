import { expect, test } from "vitest";
import { stopsOf } from "./allowing";

const found = (rule: string | null, message: string) => ({
  where: "text",
  code: rule ? "voice.banned" : "too_long",
  message,
  rule,
});

test("each rule is named once, with all that it found, and a network is no rule", () => {
  const stops = stopsOf([
    found("Calm", "Take out “!!”. (Rule: Calm)"),
    found(null, "Too long."),
    found("Calm", "Take out “!!”. (Rule: Calm)"),
    found("Calm", "Take out “?!”. (Rule: Calm)"),
    found("No hype", "Take out “best”. (Rule: No hype)"),
  ]);
  expect(stops).toEqual([
    { rule: "Calm", words: ["Take out “!!”.", "Take out “?!”."] },
    { rule: "No hype", words: ["Take out “best”."] },
  ]);
});
