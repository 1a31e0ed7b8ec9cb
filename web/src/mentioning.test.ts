import { describe, expect, test } from "vitest";
import type { Account, HashtagGroup, Mention, Platform } from "./api/types";
import { asked, completed, narrowed, peopleOffered, tagsOffered, typedAt } from "./mentioning";

const at = (text: string) => typedAt(text, text.length);

describe("what is being typed", () => {
  test.each([
    ["@al", "@", "al", 0],
    ["Hello @al", "@", "al", 6],
    ["(@alice.bsky.so", "@", "alice.bsky.so", 1],
    ["one\n@ada@social.ex", "@", "ada@social.ex", 4],
    ["«@Éva", "@", "Éva", 1],
    ["bread #sou", "#", "sou", 6],
    ["#2027_plans", "#", "2027_plans", 0],
  ] as const)("%s", (text, sign, query, from) => {
    expect(at(text)).toEqual({ sign, query, from });
  });

  test.each(["", "@", "me@mail", "me.too@mail.ex", "https://x.example/@ada", "@ada ", "a#b", "#"])(
    "nothing in %j",
    (text) => expect(at(text)).toBeNull(),
  );

  test("is what stands before the caret", () => {
    expect(typedAt("Hi @alice there", 6)).toEqual({ sign: "@", query: "al", from: 3 });
    expect(typedAt("Hi @alice there", 12)).toBeNull();
  });
});

test.each([
  ["Hi @al", "", "Hi @alice.example ", 18],
  ["Hi @al", ", you", "Hi @alice.example, you", 17],
  ["Hi @al", " and you", "Hi @alice.example and you", 18],
  ["Hi @al", "\nnext", "Hi @alice.example\nnext", 17],
])("%j before %j is completed", (before, after, text, caret) => {
  const typed = at(before);
  expect(typed && completed(before + after, typed, "@alice.example")).toEqual({ text, caret });
});

const account = (id: string, platform: string, server: string) =>
  ({ id, platform, server }) as Account;
const platform = (name: string, can_find_people = true) => ({ name, can_find_people }) as Platform;

test("each server of a network that can be searched is asked once", () => {
  const accounts = [
    account("a", "m", "https://one"),
    account("b", "m", "https://one"),
    account("c", "m", "https://two"),
    account("d", "n", "https://one"),
  ];
  const ids = asked(accounts, [platform("m"), platform("n", false)]).map(({ id }) => id);
  expect(ids).toEqual(["a", "c"]);
});

const person = (handle: string, platform = "m", known = false, name = ""): Mention => ({
  ...{ handle, platform, known, name },
});
const title = (name: string) => name.toUpperCase();

describe("people", () => {
  test("who wrote to us comes first, everybody once, and networks are named where there are two", () => {
    const answers = [
      [person("al@one"), person("ali@two", "m", true)],
      [person("AL@one"), person("al.example", "n", false, "Al")],
    ];
    const offers = peopleOffered(answers, { sign: "@", query: "al", from: 0 }, title);
    expect(offers.map(({ put, title, network }) => [put, title, network])).toEqual([
      ["@ali@two", "@ali@two", "M"],
      ["@al@one", "@al@one", "M"],
      ["@al.example", "Al", "N"],
    ]);
    const alone = peopleOffered([answers[0] ?? []], { sign: "@", query: "al", from: 0 }, title);
    expect(alone.map(({ network }) => network)).toEqual(["", ""]);
  });

  test("nothing is offered for what is complete", () => {
    const typed = { sign: "@", query: "Al@one", from: 0 } as const;
    expect(peopleOffered([[person("al@one")]], typed, title)).toEqual([]);
  });

  test("typing on narrows what is shown until the network answers", () => {
    const typed = { sign: "@", query: "a", from: 0 } as const;
    const people = [person("al@one"), person("zoe@one", "m", false, "Zoe Alba")];
    const offers = peopleOffered([people], typed, title);
    const left = (query: string) => narrowed(offers, { ...typed, query }).map(({ put }) => put);
    expect(left("Al")).toEqual(["@al@one", "@zoe@one"]);
    expect(left("alb")).toEqual(["@zoe@one"]);
    expect(left("zoe@o")).toEqual(["@zoe@one"]);
  });
});

test("tags of all groups and groups by name", () => {
  const groups = [
    { id: "1", name: "Our bread", tags: ["#bread", "#rye"] },
    { id: "2", name: "Cakes", tags: ["#bread", "#breakfast"] },
  ] as HashtagGroup[];
  const puts = (query: string) =>
    tagsOffered(groups, { sign: "#", query, from: 0 }).map(({ put }) => put);
  expect(puts("bre")).toEqual(["#bread", "#breakfast", "#bread #rye"]);
  expect(puts("bread")).toEqual(["#bread #rye"]);
  expect(puts("ca")).toEqual(["#bread #breakfast"]);
  expect(puts("x")).toEqual([]);
});
