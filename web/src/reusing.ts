/** Snippets, templates and groups of hashtags, as they are shown and inserted. Pure. */
import type { HashtagGroup, Snippet, Template } from "./api/types";

export type Kind = "snippet" | "template" | "group";
export type Kept = { variables: string[] } & (
  | ({ kind: "snippet" } & Snippet)
  | ({ kind: "template" } & Template)
  | ({ kind: "group" } & HashtagGroup)
);

/** What it says, for people to recognise it by. */
export function words(kept: Kept): string {
  if (kept.kind === "group") return kept.tags.join(" ");
  return kept.kind === "template" ? [kept.text, ...kept.parts].join("\n") : kept.text;
}

/** Whether it holds every word of a search, in any case. */
export function holds(kept: Kept, search: string): boolean {
  const said = `${kept.name} ${words(kept)}`.toLocaleLowerCase();
  return search
    .toLocaleLowerCase()
    .split(/\s+/)
    .every((word) => said.includes(word));
}

const RULE = /^\s*---\s*$/m;

/** Parts of a thread as one text, and back. */
export const joined = (parts: readonly string[]): string => parts.join("\n---\n");
export const parted = (text: string): string[] =>
  text.trim() ? text.split(RULE).map((part) => part.replace(/^\n|\n$/g, "")) : [];

/** `piece` put into `text` in place of what is marked there, with a space where words would meet. */
export function inserted(
  text: string,
  piece: string,
  from: number,
  to: number,
): { text: string; caret: number } {
  const before = text.slice(0, from);
  const after = text.slice(to);
  const lead = before && !/\s$/.test(before) ? " " : "";
  const trail = after && !/^[\s.,;:!?)]/.test(after) ? " " : "";
  return {
    text: before + lead + piece + trail + after,
    caret: before.length + lead.length + piece.length,
  };
}
