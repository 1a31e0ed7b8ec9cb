/** The sentences of signing in with an account elsewhere. */

export const elsewhere = {
  with: (name: string) => `Sign in with ${name}`,
  other: "With a link or an API key",
  lost: "That sign-in was begun in another tab, or too long ago. Try again.",
  declined: (name: string) => `You were not signed in, because ${name} was told not to.`,
  failed: (name: string, why: string) => `${name} could not sign you in (${why}). Try again.`,
  away: "The service that people sign in with here does not answer at present.",
  remembers: (name: string) => `${name} may still remember you in this browser.`,
  signOut: (name: string) => `Sign out of ${name}`,
};
