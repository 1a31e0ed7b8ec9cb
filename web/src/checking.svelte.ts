/** What the api says of a text while somebody writes it: the newest question's answer alone counts. */
import { inWords, Refused } from "./api/problem";
import type { Checked, Finding } from "./api/types";

export class Checking {
  checked = $state<Checked | null>(null);
  /** A refusal of the request itself (a date that no calendar has, say): shown like any finding. */
  refused = $state<Refused | null>(null);
  #asking: AbortController | null = null;
  #refusedText: string | null = null;
  readonly #shown: readonly number[];

  /** `shown`: which refusals concern what was written; others pass, since the next check may do. */
  constructor(shown: readonly number[]) {
    this.#shown = shown;
  }

  /** A refusal to save this very `text` stays in sight: it says more than a check of it. */
  async ask(text: string, run: (signal: AbortSignal) => Promise<Checked>): Promise<void> {
    this.stop();
    this.#asking = new AbortController();
    try {
      this.checked = await run(this.#asking.signal);
      if (text !== this.#refusedText) this.refused = null;
    } catch (error) {
      if (error instanceof Refused && this.#shown.includes(error.status)) this.refused = error;
    }
  }

  stop(): void {
    this.#asking?.abort();
  }

  /** There is nothing to ask about. */
  clear(): void {
    this.stop();
    this.checked = null;
    this.refused = null;
    this.#refusedText = null;
  }

  /** What went wrong when `text` was to be saved or sent. */
  refuse(error: unknown, text: string): void {
    this.#refusedText = text;
    this.refused = error instanceof Refused ? error : new Refused(0, "", inWords(error));
  }

  findings = $derived.by((): Finding[] => {
    if (this.refused) {
      return this.refused.problems.map((problem) => ({ account_id: null, ...problem }));
    }
    if (!this.checked) return [];
    return [...this.checked.problems, ...this.checked.accounts.flatMap(({ problems }) => problems)];
  });
  notices = $derived.by((): Finding[] => {
    if (!this.checked) return [];
    return [...this.checked.notices, ...this.checked.accounts.flatMap(({ notices }) => notices)];
  });
  /** Why it was refused, where no place of the form says it. */
  refusal = $derived(this.refused && !this.refused.problems.length ? [inWords(this.refused)] : []);
}
