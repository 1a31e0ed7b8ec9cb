import { describe, expect, it } from "vitest";
import { firstLink, hostOf, isLink } from "./carding";

describe("the link of a text", () => {
  it("is the first that is written out, without what belongs to the sentence", () => {
    expect(firstLink("See (https://shop.example/a?b=1#c). Or http://x.example")).toBe(
      "https://shop.example/a?b=1#c",
    );
    expect(firstLink("shop.example or mail@shop.example")).toBe("");
  });

  it("names its site", () => {
    expect(hostOf("https://www.shop.example:8443/a")).toBe("www.shop.example");
    expect(hostOf("nothing")).toBe("nothing");
  });

  it("is one that the api takes", () => {
    expect(isLink(" https://shop.example ")).toBe(true);
    for (const typed of ["shop.example", "https://", "ftp://x.example", "https://a b"])
      expect(isLink(typed)).toBe(false);
  });
});
