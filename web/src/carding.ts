/** How a link is shown below a post, while somebody writes that. Pure. */
import type { LinkCard, PageCard } from "./api/types";

/** In a variant: as the page says, whatever everyone has. */
export const noCard: LinkCard = { url: "", title: "", description: "", media_id: null };

/** Begins with what the page says, but for its picture: that has to come into the library first. */
export function cardOf({ url, title, description }: PageCard): LinkCard {
  return { url, title, description, media_id: null };
}

/** The first link that is written out; networks may find others, such as `shop.example`. */
export function firstLink(text: string): string {
  const [found = ""] = /https?:\/\/[^\s<>"]+/i.exec(text) ?? [];
  return found.replace(/[.,:;!?'…)\]]+$/, "");
}

export function isLink(text: string): boolean {
  return /^https?:\/\/[^\s/]+\S*$/i.test(text.trim());
}

export function hostOf(url: string): string {
  return URL.canParse(url) ? new URL(url).hostname : url;
}
