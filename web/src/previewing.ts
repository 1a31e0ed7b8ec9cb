/** What a preview says in words beside what it shows. Pure. */
import type { Account, AccountCheck, PreviewCard, PreviewGallery, PreviewPart } from "./api/types";
import { m } from "./messages";

/** An account together with what the api says of what it would send. */
export interface Previewed {
  account: Account;
  check: AccountCheck;
}

/** In the order in which the accounts are shown everywhere. */
export function previewed(
  accounts: readonly Account[],
  checks: readonly AccountCheck[],
): Previewed[] {
  return accounts.flatMap((account) => {
    const check = checks.find(({ account_id }) => account_id === account.id);
    return check ? [{ account, check }] : [];
  });
}

/** `2/3`; of a post that is no thread nothing. A first comment is no part of it. */
export function placeOf(parts: readonly PreviewPart[], index: number): string {
  const many = parts.filter(({ first_comment }) => !first_comment).length;
  return many > 1 && index < many ? `${index + 1}/${many}` : "";
}

/** What is cut off of which pictures, one sentence for each way. */
export function cuts({ files }: PreviewGallery): string[] {
  const said = { sides: m.previews.sides, ends: m.previews.ends };
  return (["sides", "ends"] as const).flatMap((cut) => {
    const numbers = files.flatMap((file, n) => (file.cut === cut ? [n + 1] : []));
    if (!numbers.length) return [];
    const which =
      files.length > 1
        ? m.previews.numbered(numbers.join(", "), numbers.length > 1)
        : m.previews.only;
    return [said[cut](which)];
  });
}

/** A file that is higher than wide is made smaller as a whole, so that it fits beside the form. */
export function widthOf({ ratio }: PreviewGallery): string {
  return `min(100%, ${Math.round(30 * ratio * 100) / 100}rem)`;
}

/** The page whose words the card shows; null: the post says them itself. */
export function pageOf(card: PreviewCard | null): string | null {
  return card && card.by !== "post" ? card.url : null;
}
