/** What is being written stays in its tab: a wrong click or a reload loses nothing. */
import { emptyForm, everything, type Attached, type Form } from "./composing";

interface Kept {
  version: number | null;
  form: Form;
}

const name = (workspace: string, post: string | null): string =>
  `tidings.writing.${workspace}.${post ?? "new"}`;

/** Files that were still on their way when the tab closed are gone, and previews are made anew. */
const finished = (media: Attached[]): Attached[] =>
  media.filter(({ progress }) => progress === 1).map((file) => ({ ...file, preview: null }));

export function keepDraft(
  workspace: string,
  post: string | null,
  version: number | null,
  form: Form,
): void {
  const kept: Kept = { version, form };
  sessionStorage.setItem(name(workspace, post), JSON.stringify(kept));
}

/** Null when nothing is kept, or when the post was changed elsewhere in the meantime. */
export function keptDraft(
  workspace: string,
  post: string | null,
  version: number | null,
): Form | null {
  const text = sessionStorage.getItem(name(workspace, post));
  if (!text) return null;
  const kept = JSON.parse(text) as Kept;
  if (kept.version !== version) return null;
  // What was written before the form had all of its fields gets the others empty.
  const form = { ...emptyForm(kept.form.local), ...kept.form };
  for (const piece of everything(form).flatMap(({ pieces }) => pieces)) {
    piece.media = finished(piece.media);
  }
  return form;
}

export function forgetDraft(workspace: string, post: string | null): void {
  sessionStorage.removeItem(name(workspace, post));
}
