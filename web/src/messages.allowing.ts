/** The sentences about a rule of the brand's voice that is let pass for one post. */

export const allowing = {
  open: "Allow it this once…",
  title: "Allow it this once?",
  lead: "It holds for this post as it is written now. An edit takes it back.",
  reason: "Why",
  reasonHint: "Everybody who sees the post reads this.",
  submit: "Allow it",
  byOthers: "Somebody who approves posts can allow it for this one.",
  stopped: "A rule of this workspace stops this",
  given: (rule: string, reason: string) => `${rule}: allowed, because “${reason}”`,
  takeBack: (rule: string) => `Do not allow ${rule}`,
  said: (who: string, rule: string, reason: string) =>
    `${who} allowed what “${rule}” stops: “${reason}”`,
  trail: (said: string) => `allowed ${said}`,
} as const;
