import { expect, test } from "vitest";
import { inWords, Refused, refusal } from "./problem";

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

test("what is not ours is never shown raw", () => {
  expect(inWords(new TypeError("x is undefined"))).not.toMatch(/undefined/);
  const part = { where: "deliveries[d]", code: "x", message: "This one is sending." };
  const refused = new Refused(409, "already_leaving", "It is already leaving.", [part]);
  expect(inWords(refused)).toBe("It is already leaving.");
});
