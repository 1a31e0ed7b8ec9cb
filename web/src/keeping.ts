/** What is being written stays in its tab: a wrong click or a reload loses nothing. */
import { emptyForm, everything, type Attached, type Form } from "./composing";

/** `version`: of the post for which it was written; `draft`: as which the new post is saved. */
interface Kept {
  version: number | null;
  draft: string | null;
  form: Form;
}

const name = (workspace: string, post: string | null): string =>
  `tidings.writing.${workspace}.${post ?? "new"}`;

/** Files that were still on their way when the tab closed are gone, and previews are made anew. */
const finished = (media: Attached[]): Attached[] =>
  media.filter(({ progress }) => progress === 1).map((file) => ({ ...file, preview: null }));

export function keepDraft(workspace: string, post: string | null, kept: Kept): void {
  sessionStorage.setItem(name(workspace, post), JSON.stringify(kept));
}

/** Null when nothing is kept. */
export function keptDraft(workspace: string, post: string | null): Kept | null {
  const text = sessionStorage.getItem(name(workspace, post));
  if (!text) return null;
  const kept = JSON.parse(text) as Kept;
  // What was written before the form had all of its fields gets the others empty.
  const form = { ...emptyForm(kept.form.local), ...kept.form };
  for (const piece of everything(form).flatMap(({ pieces }) => pieces)) {
    piece.media = finished(piece.media);
  }
  return { ...kept, form };
}

export function forgetDraft(workspace: string, post: string | null): void {
  sessionStorage.removeItem(name(workspace, post));
}
