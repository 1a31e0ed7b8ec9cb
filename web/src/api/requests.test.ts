import { expect, test } from "vitest";
import { Requests } from "./requests";

function counted(): Requests {
  let n = 0;
  return new Requests(() => `key-${++n}`);
}

test("a request that was not answered is repeated under its key", () => {
  const requests = counted();
  const first = requests.keyFor("POST", "/v1/posts", "{}");
  expect(requests.keyFor("POST", "/v1/posts", "{}")).toBe(first);
  requests.answered(first, 503);
  expect(requests.keyFor("POST", "/v1/posts", "{}")).toBe(first);
});

test("once answered, the same words are a new wish", () => {
  const requests = counted();
  const first = requests.keyFor("POST", "/v1/posts", "{}");
  requests.answered(first, 201);
  expect(requests.keyFor("POST", "/v1/posts", "{}")).not.toBe(first);
});

test("different wishes have different keys", () => {
  const requests = counted();
  expect(requests.keyFor("POST", "/v1/posts", "{}")).not.toBe(
    requests.keyFor("POST", "/v1/posts", '{"text":"a"}'),
  );
});
