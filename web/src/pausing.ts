/** What the page shows of pauses, and what a person chooses for one. */
import type { Pause } from "./api/types";
import { m } from "./messages";
import type { Band } from "./planning";
import { moveWall, offsetAt, wallAt, type Wall } from "./time";

/** The instant of a wall time, as the api wants it. Of one that clocks show twice, the later. */
export function instantAt(wall: Wall, zone: string): string {
  const whole = wall.length === 16 ? `${wall}:00` : wall;
  const guess = Date.parse(`${whole}${offsetAt(Date.parse(`${whole}Z`), zone)}`);
  return `${whole}${offsetAt(guess, zone)}`;
}

export interface Names {
  nameOf: (accountId: string) => string;
  titleOf: (platform: string) => string;
}

/** The account, network or tag that a pause is about, as people call it. */
export function nameOf(pause: Pick<Pause, "scope" | "value">, names: Names): string {
  if (pause.scope === "account") return names.nameOf(pause.value);
  return pause.scope === "platform" ? names.titleOf(pause.value) : pause.value;
}

/** The pause as a name. */
export function sayPause(pause: Pick<Pause, "scope" | "value">, names: Names): string {
  return m.pause.of[pause.scope]?.(nameOf(pause, names)) ?? pause.scope;
}

/** On the calendar: whole days, since that is what a month can show; one without an end lasts as
long as what is looked at. */
export function bandOf(pause: Pause, names: Names, zone: string, last: string): Band {
  const end = pause.until ? wallAt(pause.until, zone) : null;
  // What ends at midnight does not touch the day that begins then.
  const lastDay = end ? moveWall(end, { seconds: -1 }).slice(0, 10) : last;
  const firstDay = wallAt(pause.since, zone).slice(0, 10);
  const name = sayPause(pause, names);
  return {
    id: pause.id,
    title: pause.reason ? `${name}: ${pause.reason}` : name,
    first_day: firstDay,
    last_day: lastDay < firstDay ? firstDay : lastDay,
    kind: "pause",
    colour: "red",
  };
}
