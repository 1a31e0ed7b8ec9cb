/** The keys that lead somewhere or do something, wherever nobody is typing. Pure. */
import { to } from "./router.svelte";

export type Doing = "help" | "search" | "write" | "pause" | "undo" | "next" | "previous" | "shown";

export interface Shortcut {
  /** Pressed one after the other. */
  keys: readonly string[];
  /** Its words in the list of shortcuts. */
  name: string;
  group: "go" | "do" | "here";
  does: Doing | { go: string } | { brand: number };
}

const go = (key: string, name: string, place: string): Shortcut => ({
  keys: ["g", key],
  name,
  group: "go",
  does: { go: place },
});
const act = (key: string, name: Doing): Shortcut => ({
  keys: [key],
  name,
  group: "do",
  does: name,
});
/** Presses what the page shows under this key (`aria-keyshortcuts`). */
const shown = (key: string, name: string): Shortcut => ({
  keys: [key],
  name,
  group: "here",
  does: "shown",
});

export const shortcuts: readonly Shortcut[] = [
  go("c", "calendar", to.calendar),
  go("i", "inbox", to.inbox()),
  go("d", "drafts", to.drafts),
  go("a", "accounts", to.accounts),
  go("r", "reports", to.reports),
  go("h", "health", to.health),
  go("l", "library", to.library),
  go("b", "all", to.all),
  go("s", "settings", to.settings),
  ...[1, 2, 3, 4, 5, 6, 7, 8, 9].map((n): Shortcut => ({
    keys: ["g", `${n}`],
    name: "brand",
    group: "go",
    does: { brand: n },
  })),
  act("n", "write"),
  act("/", "search"),
  act("p", "pause"),
  act("u", "undo"),
  act("?", "help"),
  { keys: ["j"], name: "next", group: "here", does: "next" },
  { keys: ["k"], name: "previous", group: "here", does: "previous" },
  shown("e", "edit"),
  shown("t", "today"),
  shown("[", "earlier"),
  shown("]", "later"),
];

/** Keys with modifiers, which work while typing; they are handled where the typing is. */
export const whileTyping = [
  { keys: ["Control", "Enter"], name: "submit" },
  { keys: ["Alt", "I"], name: "insert" },
  { keys: ["Alt", "W"], name: "when" },
] as const;

/** What was pressed so far, and what it means. Begins anew with a key that leads nowhere. */
export function read(
  before: readonly string[],
  key: string,
): { pressed: readonly string[]; found: Shortcut | null } {
  for (const pressed of [[...before, key], [key]]) {
    const begun = shortcuts.filter(({ keys }) => pressed.every((k, n) => keys[n] === k));
    const found = begun.find(({ keys }) => keys.length === pressed.length);
    if (found) return { pressed: [], found };
    if (begun.length) return { pressed, found: null };
  }
  return { pressed: [], found: null };
}
