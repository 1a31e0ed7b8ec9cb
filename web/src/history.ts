/** What happened to a post, from its trail and its accounts' own steps, newest last. Pure. */
import type { Post } from "./api/types";
import { m } from "./messages";
import { say } from "./words";

export interface Step {
  at: string;
  text: string;
  account: string | null;
  by: string;
}

/** Words for a reason: the known ones are said kindly, sentences as they are, codes left out. */
export function sayWhy(why: string): string {
  const known = m.post.whys[why];
  if (known !== undefined) return known;
  return /\s/.test(why) ? why : "";
}

export function history(post: Post): Step[] {
  const trail = post.audit.map(({ at, by, action, detail }): Step => {
    const done = m.post.actions[action] ?? action;
    const text = detail.allowed ? `${done}; ${m.allowing.trail(detail.allowed)}` : done;
    return { at, by, account: null, text };
  });
  const moves = post.deliveries.flatMap(({ account_id, transitions }) => {
    let before = "";
    return transitions.flatMap(({ at, state, why }): Step[] => {
      const said = say({ state, held_reason: why }).label;
      const reason = sayWhy(why);
      const text = reason ? `${said}: ${reason}` : said;
      // Two steps of the protocol may be one to a reader (claimed and sending, say).
      if (text === before) return [];
      before = text;
      return [{ at, by: "", account: account_id, text }];
    });
  });
  // Within a millisecond, what a person did comes before what followed from it.
  return [...trail, ...moves].sort((a, b) => Date.parse(a.at) - Date.parse(b.at));
}
