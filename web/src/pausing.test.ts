import { describe, expect, it } from "vitest";
import type { Pause } from "./api/types";
import { bandOf, instantAt, sayPause } from "./pausing";

const names = { nameOf: (id: string) => `@${id}`, titleOf: (name: string) => name.toUpperCase() };
const pause: Pause = {
  id: "pau_1",
  scope: "tag",
  value: "promo",
  since: "2026-12-23T23:00:00Z",
  until: "2026-12-26T23:00:00Z",
  fate: "hold",
  reason: "",
  state: "scheduled",
  created_at: "2026-12-01T08:00:00Z",
  created_by: "key_1",
  version: 1,
};

describe("a pause", () => {
  it("begins and ends at the wall time of the workspace, whatever the clocks do", () => {
    expect(instantAt("2026-12-24T00:00", "Europe/Madrid")).toBe("2026-12-24T00:00:00+01:00");
    expect(instantAt("2026-07-01T09:30", "Europe/Madrid")).toBe("2026-07-01T09:30:00+02:00");
    expect(instantAt("2026-10-25T00:30", "Europe/Madrid")).toBe("2026-10-25T00:30:00+02:00");
    expect(instantAt("2026-10-25T12:00", "Europe/Madrid")).toBe("2026-10-25T12:00:00+01:00");
    expect(instantAt("2026-03-08T03:30", "America/New_York")).toBe("2026-03-08T03:30:00-04:00");
  });

  it("is a band of the days that it touches", () => {
    const band = bandOf(pause, names, "Europe/Madrid", "2026-12-31");
    expect([band.first_day, band.last_day]).toEqual(["2026-12-24", "2026-12-26"]);
    expect(bandOf({ ...pause, until: null }, names, "UTC", "2026-12-31").last_day).toBe(
      "2026-12-31",
    );
    const short = { ...pause, until: pause.since };
    expect(bandOf(short, names, "UTC", "2026-12-31").last_day).toBe("2026-12-23");
  });

  it("is named as people call what it stops", () => {
    expect(sayPause(pause, names)).toBe("Posts tagged “promo”");
    expect(sayPause({ scope: "account", value: "ada" }, names)).toBe("@ada");
    expect(sayPause({ scope: "platform", value: "x" }, names)).toBe("Posts to X");
    expect(sayPause({ scope: "installation", value: "" }, names)).toBe("Every workspace");
  });
});
