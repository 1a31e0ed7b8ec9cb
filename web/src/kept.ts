/** Snippets, templates and groups of hashtags, in one list. */
import { api } from "./api/client";
import type { Kept } from "./reusing";

export async function allKept(): Promise<Kept[]> {
  const [snippets, templates, groups] = await Promise.all([
    api.snippets(),
    api.templates(),
    api.hashtagGroups(),
  ]);
  return [
    ...templates.items.map((each) => ({ ...each, kind: "template" as const })),
    ...snippets.items.map((each) => ({ ...each, kind: "snippet" as const })),
    ...groups.items.map((each) => ({ ...each, kind: "group" as const, variables: [] })),
  ];
}
