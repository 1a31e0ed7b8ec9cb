/** Refusals as the api states them (RFC 9457), and how the page finds the field that each is about. */
import { m } from "../messages";

export interface Problem {
  where: string;
  code: string;
  message: string;
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

/** Sorts problems by the field that shows them; what fits no field is under "". */
export function byField<Name extends string>(
  problems: readonly Problem[],
  fields: Record<Name, (where: string) => boolean>,
): Record<Name | "", string[]> {
  const names = Object.keys(fields) as Name[];
  const sorted = Object.fromEntries(["", ...names].map((name) => [name, [] as string[]])) as Record<
    Name | "",
    string[]
  >;
  for (const { where, message } of problems) {
    const name = names.find((field) => fields[field](where)) ?? "";
    if (!sorted[name].includes(message)) sorted[name].push(message);
  }
  return sorted;
}

/** Any error, in words for a person. */
export function inWords(error: unknown): string {
  if (!(error instanceof Refused)) return m.wrong.unexpected;
  const [only, ...more] = error.problems;
  return only && !more.length ? only.message : error.message;
}
