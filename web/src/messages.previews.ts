/** The sentences of the previews: what each network's readers would see. */

const plural = (n: number, one: string, many: string): string => `${n} ${n === 1 ? one : many}`;

export const previews = {
  title: "How it will look",
  lead: "As far as each network’s own web page decides it. Apps may show it otherwise.",
  empty: "Write something to see what each network’s readers get.",
  of: (handle: string, network: string) => `${handle} on ${network}`,
  refused: "It cannot go out as it stands: see what to mend.",
  part: (place: string) => `Part ${place}`,
  firstComment: "First comment",
  firstCommentHint: "An answer of yours below the post, sent right after it.",

  folded: (lines: number) => `Folded after ${plural(lines, "line", "lines")}`,
  more: "Show more",
  less: "Show less",
  showFiles: "Show",
  hideFiles: "Hide",

  video: "Video",
  picture: "Picture without a description",
  alt: "ALT",
  sides: (which: string) => `${which}: left and right are cut off until it is opened.`,
  ends: (which: string) => `${which}: top and bottom are cut off until it is opened.`,
  only: "The picture",
  numbered: (numbers: string, several: boolean) => `${several ? "Pictures" : "Picture"} ${numbers}`,

  tags: "Hashtags below the post",
  moreTags: (n: number) => `…and ${n} more`,

  card: "Link card",
  reading: "Reading the page…",
} as const;
