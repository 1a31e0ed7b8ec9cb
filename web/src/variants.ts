/**
 * What is written for one network or account, of a form that is being written. The form is the
 * page's own state: changes show at once.
 */
import type { Account } from "./api/types";
import {
  aspects,
  newPiece,
  nothingWritten,
  type Aspect,
  type Form,
  type Variant,
} from "./composing";

/** Whom one could still write differently for: some of the chosen accounts, but not all. */
export function targets(
  form: Form,
  chosen: readonly Account[],
): { platforms: string[]; accounts: Account[] } {
  const platforms = [...new Set(chosen.map(({ platform }) => platform))];
  const shared = chosen.filter(({ id, platform }) =>
    chosen.some((other) => other.id !== id && other.platform === platform),
  );
  return {
    platforms: platforms.length > 1 ? platforms.filter((name) => !(name in form.variants)) : [],
    accounts: shared.filter(({ id }) => !(id in form.variants)),
  };
}

/** Those of the accounts that a variant is for; an account's own stands in place of its network's. */
export function meant(form: Form, key: string, accounts: readonly Account[]): Account[] {
  return accounts.filter(
    ({ id, platform }) => id === key || (platform === key && !(id in form.variants)),
  );
}

/** Begins what is written for one network or account with everyone's words. */
export function differ(form: Form, key: string): void {
  form.variants[key] = { own: [], ...nothingWritten() };
  makeOwn(form, key, "text");
  if (form.pieces.length > 1) makeOwn(form, key, "parts");
}

/** From now on it has this of its own; it begins with everyone's. */
export function makeOwn(form: Form, key: string, aspect: Aspect): void {
  const variant = form.variants[key];
  const [first, ...rest] = form.pieces;
  const mine = variant?.pieces[0];
  if (!variant || !mine || !first || variant.own.includes(aspect)) return;
  if (aspect === "text") mine.text = first.text;
  else if (aspect === "media") mine.media = [...first.media];
  else if (aspect === "options") variant.options = { ...form.options };
  else if (aspect === "first_comment") variant.firstComment = form.firstComment;
  else if (aspect === "card") variant.card = form.card && { ...form.card };
  else {
    const others = rest.map(({ text, media }) => newPiece(text, [...media]));
    variant.pieces = [mine, ...others];
  }
  variant.own = aspects.filter((each) => each === aspect || variant.own.includes(each));
}

/** Everyone's holds for it again, in one respect or in all. Answers how to undo that. */
export function giveUp(form: Form, key: string, aspect: Aspect | null): () => void {
  const variant = form.variants[key] as Variant;
  const own = [...variant.own];
  variant.own = aspect ? own.filter((each) => each !== aspect) : [];
  if (!variant.own.length) delete form.variants[key];
  return () => {
    variant.own = own;
    form.variants[key] = variant;
  };
}
