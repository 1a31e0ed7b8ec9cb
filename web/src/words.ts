/** What the protocol knows, in the words of the people who plan posts. */
import { m } from "./messages";

/** How a state looks: a colour, an icon and whether a person is needed. */
export type Tone =
  "draft" | "waiting" | "moving" | "live" | "elsewhere" | "wrong" | "asking" | "stopped" | "gone";

export interface Said {
  label: string;
  tone: Tone;
  explain: string;
  needsYou: boolean;
}

export interface Stated {
  state: string;
  held_reason?: string | null | undefined;
}

const said: Record<string, [label: string, tone: Tone, explain: string]> = {
  draft: [m.state.draft, "draft", m.explain.draft],
  scheduled: [m.state.waiting, "waiting", m.explain.waiting],
  preparing: [m.state.preparing, "moving", m.explain.preparing],
  claimed: [m.state.sending, "moving", m.explain.sending],
  sending: [m.state.sending, "moving", m.explain.sending],
  published: [m.state.live, "live", m.explain.live],
  retry: [m.state.again, "moving", m.explain.again],
  unknown: [m.state.checking, "moving", m.explain.checking],
  failed: [m.state.failed, "wrong", m.explain.failed],
  unconfirmed: [m.state.asking, "asking", m.explain.asking],
  held: [m.state.held, "stopped", ""],
  cancelled: [m.state.cancelled, "gone", m.explain.cancelled],
  deleted: [m.state.down, "gone", m.explain.down],
};

const held: Record<string, string> = {
  paused: m.explain.paused,
  missed_window: m.explain.missed_window,
  needs_approval: m.explain.needs_approval,
  needs_reconnect: m.explain.needs_reconnect,
};

/** A state that a newer api may have added is shown as it is rather than hidden. */
export function say(stated: Stated): Said {
  const [label, tone, explain] = said[stated.state] ?? [stated.state, "stopped", ""];
  return {
    label,
    tone,
    explain: stated.state === "held" ? (held[stated.held_reason ?? ""] ?? "") : explain,
    needsYou:
      ["failed", "unconfirmed"].includes(stated.state) ||
      (stated.state === "held" && stated.held_reason !== "paused"),
  };
}

// What matters most comes first: a person is needed, then movement, then rest.
const order = [
  "unconfirmed",
  "failed",
  "held",
  "unknown",
  "retry",
  "sending",
  "claimed",
  "preparing",
  "scheduled",
  "published",
  "draft",
  "deleted",
  "cancelled",
];

/** One word for a post that goes to several accounts. */
export function sayAll(all: readonly Stated[]): Said {
  if (!all.length) return say({ state: "draft" });
  const rank = (stated: Stated): number => {
    const place = order.indexOf(stated.state);
    return place < 0 ? order.length : place;
  };
  const first = [...all].sort((a, b) => rank(a) - rank(b))[0] as Stated;
  const summary = say(first);
  const live = all.filter(({ state }) => state === "published").length;
  if (first.state === "scheduled" && live) return { ...summary, label: m.state.mixed };
  return summary;
}

export interface StatedPost {
  status: string;
  origin: "tidings" | "elsewhere";
  deliveries: readonly Stated[];
}

/** Live, and not by us. */
export const foundThere: Said = {
  label: m.elsewhere.label,
  tone: "elsewhere",
  explain: m.elsewhere.explain,
  needsYou: false,
};

/** One word for a post as a whole. */
export function sayPost(post: StatedPost): Said {
  if (post.origin === "elsewhere" && post.status === "published") {
    return foundThere;
  }
  if (post.status === "awaiting_approval") {
    return {
      label: m.state.approval,
      tone: "asking",
      explain: m.explain.needs_approval,
      needsYou: true,
    };
  }
  if (!post.deliveries.length) return say({ state: post.status });
  return sayAll(post.deliveries);
}

/** An answer to somebody. One without a state was deleted here. */
export function sayReply(
  reply: { state: string | null } & Omit<Stated, "state"> & {
      error?: { message: string } | null | undefined;
    },
): Said {
  if (reply.state === null) {
    return { label: m.inbox.reply.deleted, tone: "gone", explain: "", needsYou: false };
  }
  const stated = say({ state: reply.state, held_reason: reply.held_reason });
  // An answer leaves at once: whatever comes before that is sending, to those who wait for it.
  if (["scheduled", "preparing"].includes(reply.state)) {
    return { ...stated, label: m.inbox.reply.sending, tone: "moving" };
  }
  if (reply.state !== "failed") return stated;
  const why = reply.error?.message;
  return {
    ...stated,
    label: m.inbox.reply.failed,
    explain: why ? m.inbox.reply.failedWhy(why) : stated.explain,
  };
}

const inFlight = new Set(["preparing", "claimed", "sending", "retry", "unknown"]);

/** How soon to look again (ms), null when nothing moves by itself any more. */
export function lookAgain(
  all: readonly (Stated & { due_at?: string | null | undefined })[],
  now: number,
): number | null {
  if (all.some(({ state }) => inFlight.has(state))) return 1_500;
  const waiting = all
    .filter(({ state, due_at }) => state === "scheduled" && due_at)
    .map(({ due_at }) => Date.parse(due_at as string) - now);
  if (!waiting.length) return null;
  // Arrive just before the moment, then watch closely.
  return Math.min(60_000, Math.max(1_000, Math.min(...waiting) - 2_000));
}
