/** A post while somebody writes it: what is typed, what the api says of it, and saving it. */
import { api } from "./api/client";
import { inWords, Refused } from "./api/problem";
import type { Allow, Post, PostVersion } from "./api/types";
import { describePictures, showPictures } from "./attaching";
import { Checking } from "./checking.svelte";
import {
  content,
  emptyForm,
  filesOf,
  fromPost,
  isEmpty,
  offer,
  request,
  schedule,
  usable,
  type Form,
} from "./composing";
import { forgetDraft, keepDraft, keptDraft } from "./keeping";
import { m } from "./messages";
import { notices } from "./notices.svelte";
import { all, place, undescribed } from "./placing";
import { Saving } from "./saving.svelte";
import { session } from "./session.svelte";
import { proposedWall, toMinute, wallAt } from "./time";

/** What the composer was opened for; nothing of it: a new post. */
export interface Opening {
  edit: string | null;
  copy: string | null;
  /** A day, or a minute of one, on the workspace's clock. */
  at: string | null;
}

/** The time that somebody asks for, to see whether it is still that of the post. */
const timeOf = ({ when, local }: Form): string => (when === "time" ? local : when);

const nameOf = (id: string): string => session.nameOf(id);

export class Composer {
  readonly edit: string | null;
  readonly zone = session.zone;
  readonly checking = new Checking([422]);
  readonly saving = new Saving(this);
  form = $state<Form>(emptyForm(proposedWall(Date.now(), session.zone)));
  /** The post as it is stored; null while it is new. */
  existing = $state<Post | null>(null);
  loading = $state(false);
  /** Why there is nothing to change. */
  missing = $state("");
  restored = $state(false);
  /** Rules of the brand's voice that are let pass for what is written now. */
  allow = $state<Allow[]>([]);
  submitted = $state(false);
  busy = $state(false);
  #plannedAs = $state("");
  #untouched = "";
  readonly #opening: Opening;

  constructor(opening: Opening) {
    this.#opening = opening;
    this.edit = opening.edit;
  }

  // Who it goes to, and what their networks offer.
  /** One that was disconnected since stays in sight while the post still names it. */
  accounts = $derived(
    session.accounts.filter(
      ({ id, state }) => state !== "disconnected" || this.form.accountIds.includes(id),
    ),
  );
  chosen = $derived(this.accounts.filter(({ id }) => this.form.accountIds.includes(id)));
  offered = $derived(
    offer(
      session.platforms.filter(({ name }) => this.chosen.some(({ platform }) => platform === name)),
    ),
  );
  /** Types of files that any of them takes. */
  files = $derived(this.offered.files.length ? this.offered.files : offer(session.platforms).files);
  editableLive = $derived(
    (this.existing?.deliveries ?? []).some(
      ({ state, platform }) => state === "published" && session.platform(platform)?.can_edit,
    ),
  );
  /** The instant at which it leaves, where the api has derived it. */
  dueAt = $derived(
    this.checking.checked?.plan?.at ?? (this.keepsItsTime ? this.existing?.plan?.at : null) ?? null,
  );
  uploading = $derived(filesOf(this.form).some(({ progress, error }) => progress < 1 && !error));

  // What the api says of it.
  asked = $derived(JSON.stringify([request(this.form, this.zone), filesOf(this.form), this.allow]));
  checked = $derived(this.checking.checked);
  problems = $derived(place(undescribed(this.checking.findings, this.form), this.form, nameOf));
  hints = $derived(place(undescribed(this.checking.notices, this.form), this.form, nameOf));
  accountProblems = $derived(
    this.submitted && this.#goesNowhere()
      ? [m.compose.noAccount, ...this.problems.accounts]
      : this.problems.accounts,
  );
  /** What is wrong with no field of the form. */
  general = $derived([...this.problems.rest, ...this.checking.refusal]);
  mend = $derived([
    ...new Set([...this.general, ...all({ ...this.problems, accounts: this.accountProblems })]),
  ]);

  async begin(): Promise<void> {
    const { edit, copy, at } = this.#opening;
    const from = edit ?? copy;
    if (from) await this.#read(from);
    else this.form = blank(this.zone);
    this.#untouched = this.asked;
    this.saving.begin();
    if (!copy && !this.missing) await this.#goOn();
    if (at) {
      this.form.when = "time";
      this.form.local = at.length > 10 ? at : proposedOn(at, this.zone);
    }
  }

  /** With what this tab has of it and nobody saved, else with what the server has. */
  async #goOn(): Promise<void> {
    const kept = keptDraft(session.workspaceId, this.edit);
    const copy = this.edit ? await this.saving.unfinished() : null;
    if (kept && !isEmpty(kept.form)) {
      this.form = kept.form;
      if (kept.draft) await this.saving.goOnWith(kept.draft);
      else if (kept.version !== (this.existing?.version ?? null)) this.saving.foundOlder();
    } else if (copy && this.existing) {
      const local = copy.local ?? this.form.local;
      this.form = { ...fromPost({ ...this.existing, ...copy }, local), when: this.form.when };
    }
    this.restored = this.asked !== this.#untouched;
    await showPictures(this.form);
  }

  get keepsItsTime(): boolean {
    return timeOf(this.form) === this.#plannedAs;
  }

  /** Nothing is to be saved while it is read, or saved as a whole. */
  get resting(): boolean {
    return this.loading || this.busy || this.missing !== "";
  }

  show(post: Post): void {
    const { when, local } = this.form;
    const own = this.keepsItsTime ? {} : { when, local };
    this.form = { ...this.#formOf(post), ...own };
    this.retime(post);
    void showPictures(this.form);
  }

  retime(post: Post): void {
    if (!this.existing || !this.keepsItsTime) return;
    const { when, local } = this.#formOf(post);
    Object.assign(this.form, { when, local });
    this.#plannedAs = timeOf(this.form);
  }

  /** What is in the form now comes back with the notice's button. */
  bringBack(version: PostVersion): void {
    const { stored } = this.saving;
    if (!stored) return;
    const before = this.form;
    this.show({ ...stored, ...version, id: stored.id });
    const run = (): void => void (this.form = before);
    notices.say(m.versions.inForm, { label: m.versions.undo, run });
  }

  #formOf(post: Post): Form {
    const local = post.plan ? toMinute(wallAt(post.plan.at, this.zone)) : this.form.local;
    return fromPost(post, local);
  }

  async #read(id: string): Promise<void> {
    this.loading = true;
    try {
      const post = await api.post(id);
      const proposed = this.form.local;
      if (this.edit) {
        this.existing = post;
        this.form = this.#formOf(post);
      } else this.form = { ...fromPost(post, proposed), when: "time" };
      this.#plannedAs = timeOf(this.form);
      await showPictures(this.form);
    } catch (error) {
      this.missing = inWords(error);
    }
    this.loading = false;
  }

  /** Once typing pauses, keeps what is typed in this tab and has the api check it. For an effect. */
  follow(): (() => void) | undefined {
    const { asked } = this;
    if (this.loading || this.missing) return undefined;
    const timer = setTimeout(() => {
      if (asked === this.#untouched) forgetDraft(session.workspaceId, this.edit);
      else this.keep();
      if (isEmpty(this.form) || !this.form.accountIds.length) this.checking.clear();
      else void this.checking.ask(asked, (signal) => api.check(this.#toCheck(), signal));
    }, 350);
    return () => clearTimeout(timer);
  }

  /** In this tab, with the version of the post for which it was written. */
  keep(): void {
    const version = this.existing?.version ?? null;
    const draft = this.saving.draft?.id ?? null;
    const kept = { version, draft, form: $state.snapshot(this.form) };
    keepDraft(session.workspaceId, this.edit, kept);
  }

  /** The time of a post that keeps it is not asked about: it may have passed, and rightly so. */
  #toCheck() {
    const keeps = this.existing && this.keepsItsTime;
    const asked = keeps ? content(this.form) : request(this.form, this.zone);
    const id = this.saving.stored?.id;
    return { ...asked, allow: this.allow, ...(id ? { post_id: id } : {}) };
  }

  /** Whether there is no point in asking the api: nobody would get it. */
  #goesNowhere(): boolean {
    return this.form.when !== "draft" && !this.form.accountIds.length;
  }

  /** The post as it is stored now; null: it was not saved, and `mend` says why. */
  async save(): Promise<Post | null> {
    this.submitted = true;
    if (this.#goesNowhere()) return null;
    if (this.saving.clash) {
      notices.warn(m.versions.chooseFirst);
      return null;
    }
    this.busy = true;
    try {
      await this.saving.rest();
      const described = await describePictures(this.form, this.saving.stored);
      const post = await this.#store(described);
      forgetDraft(session.workspaceId, this.edit);
      await this.saving.done();
      return post;
    } catch (error) {
      if (!this.saving.clash) this.checking.refuse(error, this.asked);
      return null;
    } finally {
      this.busy = false;
    }
  }

  /** Once more where somebody was quicker, but with nothing that was written. */
  async #store(described: string[]): Promise<Post> {
    const { stored } = this.saving;
    try {
      if (stored) return await this.#change(stored, described);
      return await api.create({ ...request(this.form, this.zone), allow: this.allow });
    } catch (error) {
      if (!(error instanceof Refused) || error.status !== 412) throw error;
      await this.saving.look();
      if (this.saving.clash) throw error;
      return this.#store(described);
    }
  }

  async #change(post: Post, described: string[]): Promise<Post> {
    const written = { ...content(this.form), describe_anew: described, allow: this.allow };
    const body = this.editableLive ? { ...written, update_live: true } : written;
    const changed = await api.edit(post.id, post.version, body);
    this.saving.stored = changed;
    const plan = schedule(this.form, this.zone);
    return plan && !this.keepsItsTime ? api.reschedule(post.id, plan) : changed;
  }

  startAfresh(): void {
    forgetDraft(session.workspaceId, this.edit);
    this.restored = false;
    void this.saving.startAfresh();
    this.form = this.existing
      ? fromPost(this.existing, this.#plannedAs || this.form.local)
      : blank(this.zone);
    void showPictures(this.form);
  }
}

/** A post to begin with; with one account alone, nobody needs to choose it. */
function blank(zone: string): Form {
  const [only, ...more] = usable(session.accounts);
  return emptyForm(proposedWall(Date.now(), zone), only && !more.length ? [only.id] : []);
}

/** A day was chosen without a time: nine in the morning, unless that is over. */
function proposedOn(day: string, zone: string): string {
  const proposed = proposedWall(Date.now(), zone);
  const nine = `${day}T09:00`;
  return nine > proposed ? nine : proposed;
}
