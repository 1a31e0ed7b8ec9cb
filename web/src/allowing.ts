/** Rules of the brand's voice that stop a post, and that somebody may let pass for it. Pure. */
import type { Problem } from "./api/problem";

/** One rule, and what it says wherever it finds something. */
export interface Stop {
  rule: string;
  words: string[];
}

/** Which rules are among what was found; each once, with everything that it found. */
export function stopsOf(found: readonly Problem[]): Stop[] {
  const stops = new Map<string, Set<string>>();
  for (const { rule, message } of found) {
    if (!rule) continue;
    const words = stops.get(rule) ?? new Set<string>();
    stops.set(rule, words.add(message.replace(` (Rule: ${rule})`, "")));
  }
  return [...stops].map(([rule, words]) => ({ rule, words: [...words] }));
}
