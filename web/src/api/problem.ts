/** Refusals as the api states them (RFC 9457), and how the page finds the field that each is about. */
import { m } from "../messages";

export interface Problem {
  where: string;
  code: string;
  message: string;
  /** The brand's own rule that found it, if one did. */
  rule?: string | null;
}

/** What the api refused, or (status 0) that it could not be reached. */
export class Refused extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    message: string,
    readonly problems: readonly Problem[] = [],
  ) {
    super(message);
    this.name = "Refused";
  }
}

interface ProblemDocument {
  code?: string;
  title?: string;
  detail?: string;
  problems?: Problem[];
}

/** Reads a problem document; an answer that is none (a gateway's, say) gets words of our own. */
export function refusal(status: number, body: unknown): Refused {
  const document = (typeof body === "object" && body !== null ? body : {}) as ProblemDocument;
  const problems = Array.isArray(document.problems) ? document.problems : [];
  const words = document.detail ?? document.title ?? m.wrong.unexpected;
  return new Refused(status, document.code ?? "", words, problems);
}

/** Any error, in words for a person. */
export function inWords(error: unknown): string {
  if (!(error instanceof Refused)) return m.wrong.unexpected;
  const [only, ...more] = error.problems;
  // Of a conflict the whole says more than each of its parts.
  return only && !more.length && error.status === 422 ? only.message : error.message;
}
