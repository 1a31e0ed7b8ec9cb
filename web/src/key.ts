/** Where this browser keeps its key. docs/decisions/0006-web-stack.md says why here. */

const KEY = "tidings.key";
const OWN = "tidings.key.own";

export function keptKey(): string | null {
  return localStorage.getItem(KEY);
}

/** `own`: made for this browser by a sign-in link, so that nobody else needs it. */
export function keepKey(key: string, { own }: { own: boolean }): void {
  localStorage.setItem(KEY, key);
  if (own) localStorage.setItem(OWN, "yes");
}

export function keptKeyIsOwn(): boolean {
  return localStorage.getItem(OWN) === "yes";
}

export function forgetKey(): void {
  localStorage.removeItem(KEY);
  localStorage.removeItem(OWN);
}
