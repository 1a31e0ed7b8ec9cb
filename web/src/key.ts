/** Where this browser keeps its key. docs/decisions/0006-web-stack.md says why here. */

const KEY = "tidings.key";
const OWN = "tidings.key.own";
const ISSUER = "tidings.key.issuer";

export function keptKey(): string | null {
  return localStorage.getItem(KEY);
}

/** How this browser came by its key. */
export interface Origin {
  /** Made for this browser, so that nobody else needs it. */
  own: boolean;
  /** By signing in with an account elsewhere, which may remember this browser. */
  issuer?: boolean;
}

export function keepKey(key: string, { own, issuer = false }: Origin): void {
  localStorage.setItem(KEY, key);
  if (own) localStorage.setItem(OWN, "yes");
  if (issuer) localStorage.setItem(ISSUER, "yes");
}

export function keptKeyIsOwn(): boolean {
  return localStorage.getItem(OWN) === "yes";
}

export function keptKeyIsOfIssuer(): boolean {
  return localStorage.getItem(ISSUER) === "yes";
}

export function forgetKey(): void {
  localStorage.removeItem(ISSUER);
  localStorage.removeItem(KEY);
  localStorage.removeItem(OWN);
}
