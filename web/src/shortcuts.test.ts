import { expect, test } from "vitest";
import { m } from "./messages";
import { read, shortcuts, whileTyping } from "./shortcuts";

function press(...keys: string[]): string[] {
  let pressed: readonly string[] = [];
  return keys.map((key) => {
    const step = read(pressed, key);
    pressed = step.pressed;
    return step.found?.name ?? "";
  });
}

test("one key, two keys, and keys that lead nowhere", () => {
  expect(press("n")).toEqual(["write"]);
  expect(press("g", "r", "n")).toEqual(["", "reports", "write"]);
  expect(press("g", "n")).toEqual(["", "write"]);
  expect(press("g", "g", "c")).toEqual(["", "", "calendar"]);
  expect(press("x", "?")).toEqual(["", "help"]);
});

test("no two shortcuts are the same, none hides another, and each has its words", () => {
  const all = shortcuts.map(({ keys }) => keys.join(" "));
  expect(new Set(all).size).toBe(all.length);
  const single = new Set(shortcuts.flatMap(({ keys }) => (keys.length === 1 ? keys : [])));
  expect(shortcuts.filter(({ keys }) => keys.length > 1 && single.has(keys[0] ?? ""))).toEqual([]);
  const named = [...shortcuts, ...whileTyping].filter(({ name }) => !m.shortcuts.does[name]);
  expect(named).toEqual([]);
});
