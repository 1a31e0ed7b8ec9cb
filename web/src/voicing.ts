/** A brand's voice while somebody edits it: from and to the api's shapes. Pure. */
import type { Rule, RuleInput, Voice, VoiceEdit } from "./api/types";

/** Lists are edited as text: a line each, tags between commas. */
export interface RuleForm {
  key: string;
  name: string;
  kind: Rule["kind"];
  severity: Rule["severity"];
  words: string;
  domains: string;
  most: number | null;
  atStart: boolean;
  platforms: string[];
  tags: string;
}

export interface VoiceForm {
  tone: string;
  rules: RuleForm[];
  domains: string;
  parameters: { key: string; name: string; value: string }[];
}

let made = 0;
const key = (): string => `made-${++made}`;
const list = (text: string, separator: RegExp): string[] =>
  text
    .split(separator)
    .map((each) => each.trim())
    .filter(Boolean);
export const lines = (text: string): string[] => list(text, /\n/);
export const commas = (text: string): string[] => list(text, /[,\n]/);

/** What a kind of rule is made of; the others are neither shown nor sent. */
export const fieldsOf: Record<Rule["kind"], readonly ("words" | "domains" | "most")[]> = {
  banned: ["words"],
  required: ["words"],
  disclosure: ["words"],
  allowed_domains: ["domains"],
  banned_domains: ["domains"],
  emoji: ["most"],
  capitals: ["most"],
  alt_text: [],
};

export function newRule(): RuleForm {
  return {
    key: key(),
    name: "",
    kind: "banned",
    severity: "stops",
    words: "",
    domains: "",
    most: null,
    atStart: false,
    platforms: [],
    tags: "",
  };
}

export const newParameter = (name = "", value = ""): VoiceForm["parameters"][number] => ({
  key: key(),
  name,
  value,
});

/** Those that nearly every web statistic reads. */
export const usual = (): VoiceForm["parameters"] => [
  newParameter("utm_source", "{platform}"),
  newParameter("utm_medium", "social"),
  newParameter("utm_campaign", "{campaign}"),
];

export function readVoice(voice: Voice): VoiceForm {
  return {
    tone: voice.tone,
    rules: voice.rules.map(({ words, domains, at_start, platforms, tags, ...rule }) => ({
      ...rule,
      key: key(),
      words: words.join("\n"),
      domains: domains.join("\n"),
      atStart: at_start,
      platforms: [...platforms],
      tags: tags.join(", "),
    })),
    domains: voice.links.domains.join("\n"),
    parameters: voice.links.parameters.map(({ name, value }) => newParameter(name, value)),
  };
}

function editRule(rule: RuleForm): RuleInput {
  const fields = fieldsOf[rule.kind];
  const { name, kind, severity, platforms } = rule;
  return {
    name,
    kind,
    severity,
    platforms,
    words: fields.includes("words") ? lines(rule.words) : [],
    domains: fields.includes("domains") ? lines(rule.domains) : [],
    most: fields.includes("most") ? rule.most : null,
    at_start: kind === "disclosure" && rule.atStart,
    tags: commas(rule.tags),
  };
}

export function editVoice(form: VoiceForm): VoiceEdit {
  return {
    tone: form.tone,
    rules: form.rules.map(editRule),
    links: {
      domains: lines(form.domains),
      parameters: form.parameters.map(({ name, value }) => ({ name, value })),
    },
  };
}

/** The tag by which a post says that it is sponsored, and the rule that then holds. */
export function sponsoring(rules: readonly Rule[]): { tag: string; rule: string } | null {
  const rule = rules.find(({ kind, tags }) => kind === "disclosure" && tags.length);
  return rule ? { tag: rule.tags[0] as string, rule: rule.name } : null;
}
