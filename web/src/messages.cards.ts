/** The sentences about first comments, and about how a link is shown below a post. */

const whose = (what: string, name: string): string => (name ? `${what} for ${name}` : what);

export const cards = {
  comment: (name: string) => whose("First comment", name),
  commentHint:
    "Sent right after the post, below it. Where a network has no comments it is a reply of yours.",
  addComment: "Add a first comment",
  removeComment: "Remove the first comment",
  title: (name: string) => whose("Link card", name),
  asItsPage: (host: string) => `The link to ${host} is shown as its page says.`,
  look: "Show or change it",
  add: "Add a link card",
  url: "Link",
  notALink: "A link begins with https:// or http://.",
  read: "Read the page",
  reading: "Reading the page…",
  pageSays: "As its page says",
  differently: "Write it differently",
  leave: "Leave it so",
  heading: "Title",
  headingHint: "Empty: the name of the site.",
  description: "Description",
  picture: "Picture of the link card",
  choosePicture: "Choose a picture",
  anotherPicture: "Choose another picture",
  pagesPicture: "Take the page’s picture",
  bringing: "Bringing the page’s picture into the library…",
  removePicture: "Remove the picture",
  asThePage: "As the page says again",
  onlyPictures: "A link card shows a picture; choose one that is no video.",
  written: "Link card written for this post",
} as const;
