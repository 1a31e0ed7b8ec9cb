/**
 * Signing in with an account elsewhere (OpenID Connect): the way to the issuer, and what it sends
 * back. The api exchanges the code, so that no token is ever where a script could read it; the
 * library is loaded when somebody leaves or comes back.
 */
import type { OidcSignIn, OidcWay } from "./api/types";
import { m } from "./messages";

const LEFT = "tidings.left";

/** What stays in this tab meanwhile, and proves that it is the one that left. */
interface Left {
  issuer: string;
  name: string;
  client_id: string;
  state: string;
  nonce: string;
  verifier: string;
  place: string;
}

/** The address to which the issuer sends the browser back: this page, whatever stands behind `#`. */
const home = (): string => `${location.origin}/`;

/** Somebody came back without what is needed; the words are for them. */
export class NotArrived extends Error {}

/** To the issuer's own page; this one is left. */
export async function leave(way: OidcWay): Promise<void> {
  const oauth = await import("./oauth");
  const left: Left = {
    issuer: way.issuer,
    name: way.name,
    client_id: way.client_id,
    state: oauth.generateRandomState(),
    nonce: oauth.generateRandomNonce(),
    verifier: oauth.generateRandomCodeVerifier(),
    place: location.hash,
  };
  sessionStorage.setItem(LEFT, JSON.stringify(left));
  const url = new URL(way.authorization_endpoint);
  const asked = {
    response_type: "code",
    client_id: way.client_id,
    redirect_uri: home(),
    scope: way.scope,
    state: left.state,
    nonce: left.nonce,
    code_challenge: await oauth.calculatePKCECodeChallenge(left.verifier),
    code_challenge_method: "S256",
  };
  for (const [name, value] of Object.entries(asked)) url.searchParams.set(name, value);
  location.assign(url);
}

/** The issuer's answer, which then leaves the address bar and the browser's history. */
export function takeAnswer(): URLSearchParams | null {
  const answer = new URLSearchParams(location.search);
  if (!answer.has("code") && !answer.has("error")) return null;
  const place = readLeft()?.place ?? location.hash;
  history.replaceState(null, "", `${location.pathname}${place || "#/"}`);
  return answer;
}

/** What the api needs of the answer. It is good for one try. Throws `NotArrived`. */
export async function arrived(answer: URLSearchParams): Promise<OidcSignIn> {
  const left = readLeft();
  sessionStorage.removeItem(LEFT);
  if (!left) throw new NotArrived(m.signIn.elsewhere.lost);
  const { AuthorizationResponseError, validateAuthResponse } = await import("./oauth");
  const { issuer, client_id, nonce, verifier } = left;
  try {
    const checked = validateAuthResponse({ issuer }, { client_id }, answer, left.state);
    return { code: checked.get("code") ?? "", nonce, verifier, redirect_uri: home() };
  } catch (error) {
    if (!(error instanceof AuthorizationResponseError)) {
      throw new NotArrived(m.signIn.elsewhere.lost);
    }
    const refused = error.error === "access_denied";
    throw new NotArrived(
      refused
        ? m.signIn.elsewhere.declined(left.name)
        : m.signIn.elsewhere.failed(left.name, error.error),
    );
  }
}

/** Where somebody signs out at the issuer as well; null where it offers no such place. */
export function farewell(way: OidcWay): string | null {
  if (!way.end_session_endpoint) return null;
  const url = new URL(way.end_session_endpoint);
  url.searchParams.set("client_id", way.client_id);
  url.searchParams.set("post_logout_redirect_uri", home());
  // Amazon Cognito calls it so:
  // https://docs.aws.amazon.com/cognito/latest/developerguide/logout-endpoint.html (2026-11-22)
  url.searchParams.set("logout_uri", home());
  return url.href;
}

function readLeft(): Left | null {
  const text = sessionStorage.getItem(LEFT);
  return text ? (JSON.parse(text) as Left) : null;
}
