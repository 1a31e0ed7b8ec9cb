/** The sentences about tags of posts. */

const plural = (n: number, one: string, many: string): string => `${n} ${n === 1 ? one : many}`;

export const tags = {
  title: "Tags",
  lead: "Words that your team puts on its posts, to find, report, pause and check them together.",
  open: "Tags",
  nothing: "No post has a tag yet. Give one under “Tags and campaign” while you write.",
  used: (posts: number, templates: number, rules: number, pauses: number): string =>
    [
      plural(posts, "post", "posts"),
      templates ? plural(templates, "template", "templates") : "",
      rules ? plural(rules, "rule", "rules") : "",
      pauses ? plural(pauses, "pause", "pauses") : "",
    ]
      .filter(Boolean)
      .join(" · "),
  incomplete: "There are more posts than are counted here; the latest are.",
  rename: "Rename",
  renameOf: (tag: string) => `Rename ${tag}`,
  renameTitle: (tag: string) => `Rename “${tag}”`,
  renameLead:
    "In all posts, planned and past, templates, rules and pauses. Nothing leaves at another time.",
  to: "New name",
  merge: (to: string) => `“${to}” is a tag already: the two become one, and stay one.`,
  working: (posts: number) => `${plural(posts, "post", "posts")} so far. Leave this open.`,
  done: (tag: string, to: string, posts: number) =>
    `“${tag}” is “${to}” now, in ${plural(posts, "post", "posts")}.`,
  left: (posts: number) =>
    `${plural(posts, "post was", "posts were")} being changed by somebody else and kept the old name. Rename it once more.`,
} as const;
