/** Words stand in one place, and none of them is the protocol's. */
import { expect, test } from "vitest";
import { m } from "./messages";

const OURS = /\b(claim|settl|deliver|unconfirmed|idempot|reconcil|leased?\b|intent\b)/i;

/** Every sentence under its name; those with gaps as they are written. */
function* sentences(value: unknown, name: string): Generator<[string, string]> {
  if (typeof value === "string" || typeof value === "function") yield [name, String(value)];
  else if (value && typeof value === "object") {
    for (const [key, inner] of Object.entries(value)) yield* sentences(inner, `${name}.${key}`);
  }
}

test("nobody reads the words of the protocol", () => {
  const all = [...sentences(m, "m")];
  expect(all.length).toBeGreaterThan(900);
  expect(all.filter(([, words]) => OURS.test(words))).toEqual([]);
});

/** A component's markup without what is computed: tags, and the words between and inside them. */
function markup(source: string): string {
  const bare = source.replace(/<(script|style)[\s\S]*?<\/\1>|<!--[\s\S]*?-->|&\w+;/g, "");
  let depth = 0;
  return [...bare]
    .filter((letter) => {
      if (letter === "{") depth += 1;
      if (letter === "}") depth -= 1;
      return !depth && letter !== "}";
    })
    .join("");
}

/** What it says by itself instead of taking it from the messages. An address is no word. */
function written(source: string): string[] {
  const bare = markup(source);
  const said =
    /\b(?:title|aria-label|placeholder|alt|label|hint)="(?!https?:)([^"]*\p{L}{2}[^"]*)"/gu;
  const between = bare.replace(/<[^>]*>/g, "\n").match(/.*\p{L}{2}.*/gu) ?? [];
  return [...between, ...[...bare.matchAll(said)].map(([, words]) => words ?? "")];
}

test("components take their words from the messages", () => {
  expect(written('<script>"no"</script><p title="x y">{a > b}Hi <b alt="Oh no">!</b></p>')).toEqual(
    ["Hi ", "Oh no"],
  );
  const sources: Record<string, string> = import.meta.glob("./**/*.svelte", {
    query: "?raw",
    import: "default",
    eager: true,
  });
  expect(Object.keys(sources).length).toBeGreaterThan(100);
  const found = Object.entries(sources).flatMap(([file, source]) =>
    written(source).map((words) => `${file}: ${words}`),
  );
  expect(found).toEqual([]);
});
