/** The sentences about completing names and hashtags. */

export const mentions = {
  people: "People",
  tags: "Hashtags",
  /** Said to who cannot see the list: it opened while they were typing. */
  found: (count: number, sign: "@" | "#"): string =>
    sign === "@"
      ? `${count === 1 ? "1 person" : `${count} people`}. Arrow keys to choose, Enter to insert.`
      : `${count === 1 ? "1 suggestion" : `${count} suggestions`}. Arrow keys to choose.`,
  known: "wrote to you",
};
