import { expect, test } from "vitest";
import { byField, inWords, Refused, refusal } from "./problem";

test("a problem document keeps its words and its problems", () => {
  const problem = { where: "text", code: "too_long", message: "It is 3 characters too long." };
  const refused = refusal(422, { code: "invalid", detail: "Mend one thing.", problems: [problem] });
  expect(refused.status).toBe(422);
  expect(refused.problems).toEqual([problem]);
  expect(inWords(refused)).toBe("It is 3 characters too long.");
});

test("an answer that is no problem document still says something", () => {
  for (const body of [null, "<html>", { message: "Internal Server Error" }]) {
    expect(refusal(500, body).message).toMatch(/Try again/);
  }
});

test("problems are sorted to their fields, each said once, the rest kept", () => {
  const said = (where: string, message: string): { where: string; code: string; message: string } => ({
    where,
    code: "x",
    message,
  });
  const sorted = byField(
    [said("text", "a"), said("text", "a"), said("schedule.at", "b"), said("elsewhere", "c")],
    { text: (w) => w === "text", when: (w) => w.startsWith("schedule") },
  );
  expect(sorted).toEqual({ text: ["a"], when: ["b"], "": ["c"] });
});

test("what is not ours is never shown raw", () => {
  expect(inWords(new TypeError("x is undefined"))).not.toMatch(/undefined/);
  expect(inWords(new Refused(409, "conflict", "It is already leaving."))).toBe("It is already leaving.");
});
