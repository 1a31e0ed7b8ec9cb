/** The sentences about people, invitations, and all brands at once. */

const plural = (n: number, one: string, many: string): string => `${n} ${n === 1 ? one : many}`;

export const roles = {
  viewer: "Viewer",
  editor: "Editor",
  approver: "Approver",
  admin: "Admin",
  owner: "Owner",
} as const;

export const needs = {
  title: "Not with your role",
  lead: (needed: string, own: string) =>
    `This takes the role ${needed} here; yours is ${own}. An admin of this workspace can give it to you, under Settings, People.`,
  none: "none",
  notYours: "This is in a workspace that you do not belong to.",
  short: (needed: string) => `Takes the role ${needed}.`,
  toAct: (needed: string) => `Acting on it takes the role ${needed}.`,
  toAnswer: (needed: string) => `Answering takes the role ${needed}.`,
  nowhere: "You belong to no workspace any more",
  nowhereLead: "An admin of a workspace can invite you; the link that you get then brings you in.",
} as const;

export const members = {
  title: "People",
  link: "People and roles",
  linkLead: "Who belongs to this workspace, what they may do, and where they may publish.",
  lead: "A role that you change or take away holds from the next click on.",
  list: "Members",
  none: "Nobody has joined yet. Whoever opens an invitation’s link stands here.",
  you: "you",
  role: "Role",
  about: {
    viewer: "Sees everything, changes nothing.",
    editor: "Writes, schedules and answers.",
    approver: "Also approves, pauses and resumes.",
    admin: "Also connects accounts, changes settings and invites.",
  },
  publishes: "May publish to",
  everywhere: "All accounts",
  nowhere: "No account: somebody else approves",
  some: (n: number) => plural(n, "account", "accounts"),
  publishesHint: "On the others, what they write waits until somebody else approves it.",
  change: "Change",
  changeTitle: (name: string) => `Change ${name}`,
  saved: "Saved. It holds from their next click on.",
  remove: "Remove",
  removeTitle: (name: string) => `Remove ${name} from this workspace?`,
  removeLead: "They are out at their next click. What they wrote stays.",
  removed: "Removed.",
  ownerNote: "Owns this installation",
  limitedTo: (names: string) => `Publishes to ${names}`,
  invite: "Invite somebody",
  email: "E-mail",
  link7: "You get a link to send them. It works once, within 7 days, and you can revoke it.",
  submit: "Make a link",
  linkOnce: (email: string) =>
    `This is the link for ${email}. Copy it and send it to nobody else: it is not shown again.`,
  mailed: (email: string) =>
    `${email} gets a mail with a first password, if there is none yet. It does not say where: send them this link as well, and nobody else. It is not shown again.`,
  copy: "Copy the link",
  copied: "Copied.",
  waiting: "Invitations that nobody has accepted yet",
  until: (when: string) => `until ${when}`,
  expired: "too old by now",
  revoke: "Revoke",
  revoked: "Revoked. The link no longer works.",
} as const;

export const workspaces = {
  title: "Workspaces",
  lead: "One for each brand or client, with accounts, people and settings of its own.",
  create: "New workspace",
  name: "Name",
  submit: "Create",
  created: (name: string) => `${name} is ready.`,
  archive: "Archive",
  archiveTitle: (name: string) => `Archive ${name}?`,
  archiveLead:
    "Nothing more is published from it from now on, and it can only be read. You can restore it at any time.",
  archived: "Archived",
  archivedNow: (name: string) => `${name} is archived. Nothing more is published from it.`,
  restore: "Restore",
  restored: (name: string) => `${name} is back, and paused until you resume it.`,
} as const;

export const invitation = {
  title: "You are invited",
  lead: (by: string, email: string) => `${by} invites ${email} to:`,
  somebody: "Somebody",
  as: (role: string) => `as ${role}`,
  name: "Your name",
  nameHint: "How others see you. If you have a name here already, it stays.",
  accept: "Accept and sign in",
  other: "You are signed in as somebody else on this browser. Accepting signs you in anew.",
  later: "Not now",
} as const;

export const brands = {
  title: "All brands",
  lead: "Everything that is planned or needs somebody, in all your workspaces.",
  awaiting: "Waiting for approval",
  awaitingNone: "Nothing waits for approval.",
  wrong: "Went wrong",
  wrongNone: "Nothing needs you.",
  overdue: "Waiting for an answer for over a day",
  overdueNone: "Nobody has been waiting for over a day.",
  planned: "Planned for the next 14 days",
  plannedNone: "Nothing is planned for the next 14 days.",
  only: "Show",
  every: "All brands",
  more: "Show more",
  from: (handle: string) => `From ${handle}`,
} as const;
