import { m } from "./messages";

/**
 * The calendar component calls itself a table, but draws its days and its posts in two layers that a
 * table does not have. A screen reader that believes it finds an empty table; so the roles go, the
 * whole becomes a named group, and each post says its own date.
 */
export function plainRoles(node: HTMLElement): { destroy: () => void } {
  const mend = (): void => {
    for (const part of node.querySelectorAll(
      ".ec[role=table], .ec :is([role=row], [role=rowgroup], [role=cell], [role=columnheader])",
    )) {
      part.setAttribute("role", part.classList.contains("ec") ? "group" : "presentation");
      part.removeAttribute("aria-colindex");
    }
    // What scrolls can be scrolled by keyboard.
    for (const part of node.querySelectorAll(".ec-time-grid .ec-main")) {
      part.setAttribute("tabindex", "0");
      part.setAttribute("role", "region");
      part.setAttribute("aria-label", m.calendar.title);
    }
  };
  const observer = new MutationObserver(mend);
  observer.observe(node, { childList: true, subtree: true });
  mend();
  return { destroy: () => observer.disconnect() };
}
