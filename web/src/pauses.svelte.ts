/** The pauses of the workspace at hand: read by the banner, shown wherever something is paused. */
import { api } from "./api/client";
import { inWords } from "./api/problem";
import type { Pause } from "./api/types";
import { m } from "./messages";
import { notices } from "./notices.svelte";
import type { Names } from "./pausing";
import { session } from "./session.svelte";

const SOON = 60_000;

class Pauses {
  items = $state<Pause[]>([]);
  inForce = $derived(this.items.filter(({ state }) => state === "in_force"));
  /** Over, and what they stopped waits until somebody lets it go on. */
  waiting = $derived(this.items.filter(({ state, fate }) => state === "over" && fate === "hold"));
  next = $derived(this.items.find(({ state }) => state === "scheduled") ?? null);
  /** Changes whenever something is stopped or goes on. */
  signature = $derived(
    this.items.map(({ id, version, state }) => `${id}${version}${state}`).join(),
  );

  /** Answers how long to wait before looking again: until the next of them begins or ends. */
  async load(): Promise<number> {
    const { items } = await api.pauses();
    this.items = items;
    const now = Date.now();
    const turns = items
      .flatMap(({ since, until }) => [Date.parse(since), until ? Date.parse(until) : 0])
      .filter((at) => at > now);
    return Math.min(SOON, Math.max(1_000, Math.min(...turns, now + SOON) - now + 500));
  }

  /** Ends one: what it stopped goes on. */
  async end(pause: Pause): Promise<void> {
    try {
      const { missed } = await api.endPause(pause.id);
      await Promise.all([this.load(), session.refresh()]);
      notices.say(pause.state === "scheduled" ? m.pause.ended : m.pause.resumed(missed));
    } catch (error) {
      notices.warn(inWords(error));
    }
  }

  /** The one that stops a whole account. */
  ofAccount(id: string): Pause | null {
    return this.inForce.find(({ scope, value }) => scope === "account" && value === id) ?? null;
  }
}

export const pauses = new Pauses();
export const names: Names = {
  nameOf: (id) => session.nameOf(id),
  titleOf: (name) => session.platform(name)?.title ?? name,
};
