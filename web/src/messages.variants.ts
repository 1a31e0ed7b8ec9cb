/** The sentences about what is written differently for some networks and accounts. */

export const variants = {
  everyone: "For everyone",
  title: (name: string) => `For ${name}`,
  goesTo: (names: readonly string[]) => `Goes to ${names.join(", ")}`,
  unused: "None of the chosen accounts sends this. It is kept for when one does.",
  differently: "Write differently for",
  text: (name: string) => `Text for ${name}`,
  part: (n: number, of: number, name: string) => `Part ${n} of ${of} for ${name}`,
  back: "Use everyone’s again",
  backNow: (name: string) => `${name} gets everyone’s again.`,
  /** What follows everyone's, how to change that, and how to go back. */
  aspects: {
    text: {
      inherited: "Text as for everyone",
      change: "Write differently",
      back: "Everyone’s text again",
    },
    media: {
      inherited: "Pictures as for everyone",
      change: "Choose others",
      back: "Everyone’s pictures again",
    },
    parts: {
      inherited: "Goes on as for everyone",
      change: "Write differently",
      back: "Everyone’s other parts again",
    },
    options: {
      inherited: "Visibility, warning, language as for everyone",
      change: "Choose differently",
      back: "Everyone’s visibility, warning, language again",
    },
    first_comment: {
      inherited: "First comment as for everyone",
      change: "Write differently",
      back: "Everyone’s first comment again",
    },
    card: {
      inherited: "Link card as for everyone",
      change: "Show it differently",
      back: "Everyone’s link card again",
    },
  },
} as const;
