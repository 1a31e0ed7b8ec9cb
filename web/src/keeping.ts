/** What is being written stays in its tab: a wrong click or a reload loses nothing. */
import type { Attached, Form } from "./composing";

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
  return {
    ...kept.form,
    tags: kept.form.tags ?? [], // written before posts had them here
    campaign: kept.form.campaign ?? null,
    pieces: kept.form.pieces.map((piece) => ({ ...piece, media: finished(piece.media) })),
  };
}

export function forgetDraft(workspace: string, post: string | null): void {
  sessionStorage.removeItem(name(workspace, post));
}
