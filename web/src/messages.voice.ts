/** The sentences about a brand's voice, and about what is written again and again. */

export const voice = {
  title: "Voice and links",
  lead: "What posts of this workspace must keep to, how it wants to sound, and what its links carry.",
  open: "Rules, tone and links",
  later:
    "A change holds for what is written, planned or approved from now on. What is planned already leaves as it is; a rehearsal shows what the new rules find in it.",
  adminsOnly: "An admin of this workspace changes it.",
  saved: "Saved. It holds for what is written from now on.",

  tone: "How we sound",
  toneHint: "Shown to everybody who writes a post.",

  rules: "Rules",
  noRules:
    "No rules yet. A rule watches every post: its words, links, emoji, capitals or pictures.",
  addRule: "Add a rule",
  removeRule: (name: string) => `Remove the rule ${name || "without a name"}`,
  ruleNumber: (n: number) => `Rule ${n}`,
  name: "Name",
  nameHint: "Said whenever the rule finds something.",
  kind: "It is about",
  kinds: {
    banned: "Words that must not appear",
    required: "Words that every post must have",
    disclosure: "Saying that a post is sponsored",
    allowed_domains: "Links: only to these sites",
    banned_domains: "Links: never to these sites",
    emoji: "How many emoji",
    capitals: "How many capitals",
    alt_text: "Descriptions of pictures and videos",
  } as Record<string, string>,
  severity: "When a post breaks it",
  severities: { stops: "Stop it", warns: "Only warn" },
  words: "Words or phrases",
  wordsHint: "One in each line. Whole words, in capitals or not.",
  oneOf: "One of these",
  oneOfHint: "One in each line, such as #ad.",
  domains: "Sites",
  domainsHint: "One in each line, such as shop.example; with everything below it.",
  most: { emoji: "Emoji in one part at most", capitals: "Capitals at most, in percent" },
  mostHint: {
    emoji: "",
    capitals: "Of the letters of a part that has at least 20.",
  },
  atStart: "At the very beginning of the post",
  platforms: "Only on",
  platformsHint: "None chosen: everywhere.",
  tags: "Only for posts with a tag",
  tagsHint: "Separated by commas; empty: for all posts.",

  links: "Links to your own pages",
  linksLead:
    "Added to links as a post goes out, so that your web statistics show where visitors came from. The text in the editor stays as it is; counts include it.",
  ownDomains: "Your sites",
  parameter: "Parameter",
  value: "Value",
  valueHint:
    "May hold {platform}, {account}, {campaign}, {post} and {date}. Where there is none, the parameter is left out.",
  addParameter: "Add a parameter",
  removeParameter: (name: string) => `Remove ${name || "the parameter"}`,
  usual: "The usual three",

  inComposer: "How this workspace sounds",
  sponsored: "Sponsored",
  sponsoredHint: (name: string) => `Then this rule holds: ${name}.`,
  linksOut: "Links as they go out",
  linksCarry: (domains: string, parameters: string) =>
    `Links to ${domains} go out with ${parameters}.`,
} as const;

export const snippets = {
  title: "Snippets, templates and hashtags",
  lead: "What you write again and again. Insert it while you write, with Alt+I.",
  open: "Snippets and templates",
  kinds: { snippet: "Snippets", template: "Templates", group: "Hashtags" } as const,
  one: { snippet: "Snippet", template: "Template", group: "Hashtags" } as const,
  search: "Search",
  nothing: "Nothing here holds these words.",
  empty: {
    snippet: "A snippet is a piece of text: opening hours, a sign-off, a legal note.",
    template: "A template is a whole post to start from.",
    group: "A group is a list of hashtags that belong together.",
  },
  add: { snippet: "New snippet", template: "New template", group: "New group" },
  change: {
    snippet: "Change the snippet",
    template: "Change the template",
    group: "Change the group",
  },
  name: "Name",
  text: "Text",
  parts: "Further parts of the thread",
  partsHint: "Separate parts by a line with --- alone.",
  variablesHint: "A word in braces is asked for: {offer}. {date}, {account} and {brand} are known.",
  tags: "Hashtags",
  tagsHint: "Separated by spaces or lines.",
  postTags: "Tags of the post",
  postTagsHint: "Separated by commas.",
  edit: (name: string) => `Change ${name}`,
  remove: (name: string) => `Delete ${name}`,
  removed: (name: string) => `${name} is deleted.`,
  saved: "Saved.",
  asks: (names: readonly string[]) => `Asks for ${names.join(", ")}`,

  insert: "Insert",
  insertTitle: "Insert",
  insertHint: "Snippet, template or hashtags (Alt+I)",
  find: "Find by name or words",
  none: "Nothing is kept yet.",
  makeFirst: "Make your first snippet",
  fill: (name: string) => `Fill in ${name}`,
  fillIn: "Insert",
} as const;

export const labels = {
  title: "Tags and campaign",
  tags: "Tags",
  tagsHint: "For your team only; separated by commas.",
  campaign: "Campaign",
  none: "None",
} as const;
