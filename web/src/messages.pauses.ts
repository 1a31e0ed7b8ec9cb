/** The sentences about pauses: what stops, from when to when, and what becomes of what they stop. */

const plural = (n: number, one: string, many: string): string => `${n} ${n === 1 ? one : many}`;

export const pause = {
  title: "Publishing is paused",
  heading: "Pauses",
  lead: "While something is paused, nothing of it leaves, not even at the last moment.",
  none: "Nothing is paused, and no pause is planned.",
  pause: "Pause publishing",
  resume: "Resume publishing",
  end: "End",
  endNamed: (what: string) => `End: ${what}`,
  change: "Change",
  changeNamed: (what: string) => `Change: ${what}`,
  confirm: "Pause",
  plan: "Plan the pause",
  changeTitle: (what: string) => `Change the pause: ${what}`,

  /** What is paused, for one pause. */
  is: {
    installation: () => "Everything in every workspace is paused.",
    workspace: () => "Publishing is paused.",
    account: (name: string) => `${name} is paused.`,
    platform: (name: string) => `Posts to ${name} are paused.`,
    tag: (name: string) => `Posts tagged “${name}” are paused.`,
  } as Record<string, (name: string) => string>,
  /** The same as a name, in a list and on the calendar. */
  of: {
    installation: () => "Every workspace",
    workspace: () => "This workspace",
    account: (name: string) => name,
    platform: (name: string) => `Posts to ${name}`,
    tag: (name: string) => `Posts tagged “${name}”`,
  } as Record<string, (name: string) => string>,
  since: (when: string, who: string) => `Nothing has left since ${when}, when ${who} stopped it.`,
  began: (when: string, who: string) => `Nothing has left since ${when}, as ${who} planned.`,
  ends: {
    hold: (when: string) => `It ends at ${when}; what it stopped then waits for you.`,
    send_after: (when: string) => `It ends at ${when}; what it stopped leaves after that.`,
    skip: (when: string) => `It ends at ${when}; what comes due until then is cancelled.`,
  } as Record<string, (when: string) => string>,
  waits: (what: string) =>
    `${what}: the pause is over. What it stopped, if anything, waits for you.`,
  next: (what: string, when: string) => `Next pause: ${what}, from ${when}.`,
  nextUntil: (what: string, from: string, to: string) => `Next pause: ${what}, ${from} – ${to}.`,
  from: (from: string) => `From ${from}, until somebody ends it`,
  fromTo: (from: string, to: string) => `${from} – ${to}`,
  states: { scheduled: "Planned", in_force: "Paused now", over: "Over" } as Record<string, string>,
  resumeOne: { workspace: "Resume publishing" } as Record<string, string>,
  letGo: "Let it go on",

  what: "What is paused",
  scopes: {
    workspace: "Everything in this workspace",
    account: "One account",
    platform: "One network",
    tag: "Posts with a tag",
    installation: "Every workspace",
  } as Record<string, string>,
  account: "Account",
  platform: "Network",
  tag: "Tag",
  begins: "It begins",
  beginChoices: { now: "Now", later: "At a time" } as Record<string, string>,
  beginAt: (zone: string) => `From (${zone})`,
  endsLabel: "It ends",
  endChoices: { open: "Until ended", at: "At a time" } as Record<string, string>,
  endAt: (zone: string) => `Until (${zone})`,
  fate: "Posts that come due meanwhile",
  fates: {
    hold: "Wait until somebody lets them go on",
    send_after: "Leave after the end, one after the other",
    skip: "Are cancelled",
  } as Record<string, string>,
  fateHints: {
    hold: "Nothing leaves by itself, also after the end.",
    send_after: "What is too late by then is treated as the settings say.",
    skip: "They stay on the calendar as cancelled, and can be planned anew.",
  } as Record<string, string>,
  reason: "Why (your team sees it)",
  outlook: (n: number, complete: boolean) =>
    n
      ? `${plural(n, "planned post comes", "planned posts come")} due in that time${complete ? "" : " so far"}.`
      : "No planned post comes due in that time.",
  outlookFirst: (when: string) => `The first at ${when}.`,

  leaving: (n: number) =>
    n
      ? `Paused. ${plural(n, "post was", "posts were")} leaving already.`
      : "Paused. Nothing leaves.",
  planned: "The pause is planned.",
  changed: "The pause is changed.",
  ended: "The pause is gone.",
  resumed: (missed: number) =>
    missed
      ? `Publishing goes on. ${plural(missed, "post is", "posts are")} too late now and wait for you.`
      : "Publishing goes on.",
};
