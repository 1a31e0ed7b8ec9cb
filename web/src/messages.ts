/**
 * Every sentence that the page itself says, in one place.
 *
 * The words are the users': nobody reads "claimed", "settled", "unconfirmed" or "delivery" here.
 */
import { formatSpan } from "./time";

const plural = (n: number, one: string, many: string): string => `${n} ${n === 1 ? one : many}`;

export const m = {
  app: "Tidings",
  loading: "Loading…",
  retry: "Try again",
  cancel: "Cancel",
  close: "Close",
  save: "Save",
  back: "Back",
  skip: "Skip to the content",
  practice: "Practice",
  practiceHint: "A practice network on this machine: nobody outside can see what is posted to it.",
  newPost: "New post",
  workspace: "Workspace",
  signOut: "Sign out",
  menu: {
    label: "Main",
    calendar: "Calendar",
    drafts: "Drafts",
    accounts: "Accounts",
    settings: "Settings",
    api: "API",
  },

  signIn: {
    title: "Sign in",
    lead: "Plan posts on a calendar, and see each one go out to the second.",
    working: "Signing you in…",
    how: "Open the sign-in link that you were given. A link works once and for a short time.",
    locally: "On your own machine, `make run` prints a link each time it starts.",
    deployed:
      "On AWS, whoever administers this installation makes a new link; the README says how.",
    label: "Sign-in link or API key",
    hint: "Paste it here if opening the link did not work.",
    submit: "Sign in",
    used: "That sign-in link has been used already, or it is too old. Ask for a new one.",
    wrongKey: "That API key is not valid: it may have been revoked or have expired.",
    empty: "Paste a sign-in link or an API key first.",
    ended: "You were signed out, because your key was revoked or has expired.",
  },

  wrong: {
    offline: "Tidings cannot be reached. Check your connection; nothing was lost.",
    unexpected: "Something went wrong that is not your fault. Try again in a moment.",
    changed: "Somebody changed this in the meantime. Here is how it stands now.",
    notFound: "This does not exist, or it belongs to another workspace.",
    several: (n: number) => `${plural(n, "thing needs", "things need")} your attention:`,
  },

  state: {
    draft: "Draft",
    waiting: "Waiting",
    preparing: "Getting ready",
    sending: "Sending",
    live: "Live",
    again: "Trying again",
    checking: "Checking whether it went out",
    failed: "Failed",
    asking: "Did this go out?",
    held: "On hold",
    cancelled: "Cancelled",
    down: "Taken down",
    approval: "Waiting for approval",
    mixed: "Partly live",
  },
  explain: {
    draft: "It has no date yet. Nothing goes out until you give it one.",
    waiting: "It leaves at its time.",
    preparing: "Its pictures are on their way to the network, so that it can leave on time.",
    sending: "It is leaving right now.",
    live: "It is live.",
    again: "The network did not take it. Nothing went out; it is tried again.",
    checking:
      "The network did not answer clearly. Tidings looks there first, so that nothing is posted twice.",
    failed: "Nothing went out. See what the network said, mend it, and try again.",
    asking:
      "Nobody can tell from here whether the network published this. Please look there and say.",
    cancelled: "It was cancelled. Nothing goes out.",
    down: "It was taken down from the network.",
    paused: "Publishing is paused. It waits here and never leaves by itself.",
    missed_window: "Its time passed by too long ago, so it was not sent without asking you.",
    needs_approval: "Somebody needs to approve exactly this before it may leave.",
    needs_reconnect: "The account lost its access to the network. Reconnect it to go on.",
  },

  late: (ms: number): string =>
    ms < 5 ? "exactly at its time" : `${formatSpan(ms)} after its time`,
  parts: (live: number, all: number): string => `${live} of ${all} parts are live`,
  due: (when: string): string => `due ${when}`,
  next: (when: string): string => `next try ${when}`,

  calendar: {
    title: "Calendar",
    month: "Month",
    week: "Week",
    list: "List",
    view: "Show as",
    today: "Today",
    previous: "Earlier",
    next: "Later",
    zone: (zone: string) => `Times in ${zone}`,
    more: (n: number) => `${n} more`,
    moved: (when: string) => `Moved to ${when}.`,
    undo: "Undo",
    past: "A post cannot be moved into the past.",
    fixed: "Only posts that are still waiting can be moved.",
    add: (when: string) => `New post on ${when}`,
    emptyTitle: "Nothing planned here yet",
    emptyLead: "Write a post, choose a time, and it appears on this calendar.",
    noAccountsTitle: "First, connect an account",
    noAccountsLead:
      "Tidings publishes to your own accounts on social networks. Connect one, then plan the first post.",
    connect: "Connect an account",
    updated: "Calendar updated",
    untitled: "(only pictures)",
    attention: (n: number) => plural(n, "post needs you", "posts need you"),
  },
} as const;
