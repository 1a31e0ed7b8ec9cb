/** The sentences about how publishing goes: what needs somebody, punctuality, and rehearsals. */

const plural = (n: number, one: string, many: string): string => `${n} ${n === 1 ? one : many}`;

export const health = {
  title: "Health",
  lead: "Whether everything leaves as planned, and what needs you.",

  attention: "Needs you",
  well: "Nothing needs you. Everything that was due is out.",
  more: "Show more",
  answer: "An answer",
  overdue: "Overdue",
  next: (when: string, distance: string) => `${when}, ${distance}`,
  anyMoment: "any moment now",

  punctuality: "On time",
  presets: "Days",
  last: (days: number) => `${days} days`,
  empty: "Nothing was due in these days.",
  covers: (posts: number) => `From ${plural(posts, "post", "posts")} in these days.`,
  partly: (posts: number, until: string) =>
    `There is more in these days than fits one view: this covers the first ${posts} posts, up to ${until}.`,
  account: "Account",
  all: "All accounts",
  sent: "Sent",
  notSent: "Due and not out",
  second: "Within a second",
  minute: "Within a minute",
  half: "Half left within",
  most: "99 of 100 within",
  how: "How late each post left: from its time to its first request. Answers leave at once and are not counted.",

  rehearsal: "The next 7 days",
  rehearsalLead:
    "Runs everything that is planned through every check, and sends nothing: accounts, what the networks take, files, approval, pauses, and whether it is too much at once.",
  rehearse: "Rehearse the next 7 days",
  again: "Rehearse again",
  rehearsing: "Rehearsing…",
  asking: (accounts: string) => `Asking the network whether ${accounts} still works…`,
  silent: (accounts: string) =>
    `The network has not said yet whether ${accounts} still works. Rehearse again in a while.`,
  nothing: "Nothing is planned for the next 7 days.",
  fine: (n: number) =>
    n === 1 ? "The one thing planned would leave on time." : `All ${n} would leave on time.`,
  trouble: (n: number, of: number) =>
    `${n} of ${of} ${n === 1 ? "needs" : "need"} a look before then.`,
  cut: (until: string) =>
    `More is planned than fits one rehearsal: this covers all until ${until}.`,
  effects: {
    stops: "Would not leave",
    delays: "Would leave late",
    notice: "Good to know",
  } as Record<string, string>,
  other: "The other post",
} as const;

export const evidence = {
  open: "See what is known, and answer",
  sent: "What was sent",
  sentAt: (when: string) => `Left ${when}.`,
  part: (n: number, of: number) => `Part ${n} of ${of}`,
  known: "What came back",
  said: "How it ended:",
  noWord: "Tidings was interrupted and did not see it.",
  looked: "Looking for it:",
  where: "Look for it yourself:",
  twice: "If it is live after all, sending it again puts it there twice.",
  link: "Link to the post (if you have it)",
  linkHint:
    "Without a link it is noted as live; Tidings finds it by itself when it next reads the profile.",
} as const;
