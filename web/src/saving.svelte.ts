/**
 * What is typed, saved while it is typed; who else writes on the same post; and what happens where
 * two changed it at once. A draft is saved as it is. A post that is planned or approved changes when
 * somebody saves it: until then their changes are kept on the server as theirs alone.
 */
import { untrack } from "svelte";
import { api, caller } from "./api/client";
import { inWords, Refused } from "./api/problem";
import type { Post, PostCreate, Present, WorkingCopy } from "./api/types";
import { describePictures } from "./attaching";
import { content, filesOf, fromPost, isEmpty, type Content, type Form } from "./composing";
import { m } from "./messages";
import { notices } from "./notices.svelte";
import { people } from "./people.svelte";
import { poll } from "./poll";

/** Milliseconds. */
const PAUSE = 1_500;
const BEAT = 20_000;
const AGAIN = 10_000;

/** The form that is saved. */
export interface Page {
  form: Form;
  /** The post that is changed; null: it is new. */
  existing: Post | null;
  readonly asked: string;
  /** Nothing is to be saved: it is being read, or saved as a whole. */
  readonly resting: boolean;
  readonly keepsItsTime: boolean;
  /** In this tab, whatever becomes of the rest. */
  keep: () => void;
  /** Has the form say what the post says, but for its own time if that was chosen here. */
  show: (post: Post) => void;
  /** The post has another time now; the form follows unless one was chosen here. */
  retime: (post: Post) => void;
}

/** Somebody saved something else while this was written. */
export interface Clash {
  theirs: Post;
  /** What both began with, where it is known; and how many versions there were by then. */
  base: Content | null;
  since: number;
}

export type Kept = "nothing" | "saving" | "draft" | "copy" | "offline" | "refused";

const same = (one: unknown, other: unknown): boolean =>
  JSON.stringify(one) === JSON.stringify(other);
const saidBy = (post: Post): Content => content(fromPost(post, ""));

/** Whether typing alone may change it: it goes out to nobody, and nobody approved it. */
const isTypedInto = ({ status, plan, approval, deliveries }: Post): boolean =>
  status === "draft" && !plan && !approval && !deliveries.length;

export class Saving {
  state = $state<Kept>("nothing");
  /** When that was, and why it was refused. */
  at = $state("");
  why = $state("");
  /** A new post, as far as it was saved while it was typed. */
  draft = $state<Post | null>(null);
  others = $state<Present[]>([]);
  clash = $state<Clash | null>(null);
  readonly #page: Page;
  readonly #window = crypto.randomUUID();
  readonly #workspace = caller.workspace;
  #base: Content | null = null;
  #last = "";
  #hasCopy = false;
  /** The post that is gone, for whoever tidies up after it. */
  #dropped: string | null = null;
  /** Of people who were seen here, by what the trail calls them. */
  readonly #names = new Map<string, string>();
  #creating: PostCreate | null = null;
  #running: Promise<void> | null = null;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(page: Page) {
    this.#page = page;
  }

  get stored(): Post | null {
    return this.#page.existing ?? this.draft;
  }

  set stored(post: Post | null) {
    if (this.#page.existing) this.#page.existing = post;
    else this.draft = post;
  }

  #id = $derived.by(() => this.stored?.id ?? null);

  /** What the form says before anybody types is as it is stored, or nothing worth keeping. */
  begin(): void {
    this.#last = this.#now();
    const { existing } = this.#page;
    this.#base = existing && saidBy(existing);
  }

  /** One's own changes that were not saved, if there are any. Where the post says something else
   * by now, that is a clash.
   */
  async unfinished(): Promise<WorkingCopy | null> {
    const post = this.#page.existing;
    if (!post) return null;
    try {
      const { unfinished } = await api.workingCopy(post.id);
      this.#hasCopy = unfinished !== null;
      if (!unfinished) return null;
      const { base, based_on } = unfinished;
      if (base) this.#clashes(post, saidBy({ ...post, ...base }), based_on);
      return unfinished;
    } catch {
      return null; // What is stored can be changed all the same.
    }
  }

  /** A new post was being written in this tab, and saved as a draft: unless that left the drafts. */
  async goOnWith(id: string): Promise<void> {
    try {
      const post = await api.post(id);
      if (!isTypedInto(post)) return;
      this.draft = post;
      this.#base = saidBy(post);
    } catch {
      // It is a new draft then.
    }
  }

  /** A tab kept words for a post that somebody changed since. */
  foundOlder(): void {
    const { existing } = this.#page;
    if (existing && !same(this.#said(), saidBy(existing))) {
      this.#clashes(existing, null, existing.versions);
    }
  }

  // Saving while somebody types.

  /** Once typing pauses, saves what is new. For an effect. */
  follow(): (() => void) | undefined {
    void this.#page.asked;
    if (this.#page.resting) return undefined;
    this.#timer = setTimeout(() => void this.#save(), PAUSE);
    const online = (): void => void this.#save();
    addEventListener("online", online);
    return () => {
      clearTimeout(this.#timer);
      removeEventListener("online", online);
    };
  }

  /** Until what is on its way has arrived; nothing more leaves after it for now. */
  async rest(): Promise<void> {
    clearTimeout(this.#timer);
    await this.#running;
  }

  /** What a name in the trail stands for. */
  nameOf(by: string): string {
    return this.#names.get(by) ?? people.name(by);
  }

  /** The page is left: what was typed last is saved, too. */
  async end(): Promise<void> {
    clearTimeout(this.#timer);
    const isStill = caller.key && caller.workspace === this.#workspace;
    if (isStill && !this.#page.resting) await this.#save();
    clearTimeout(this.#timer);
  }

  /** All of it was saved: nothing is unfinished any more. */
  async done(): Promise<void> {
    this.#last = this.#now();
    await this.#dropCopy();
  }

  async #dropCopy(): Promise<void> {
    const post = this.stored;
    if (!this.#hasCopy || !post) return;
    this.#hasCopy = false;
    try {
      await api.dropWorkingCopy(post.id);
    } catch {
      // It says the same as the post now, and expires.
    }
  }

  /** Whoever begins afresh with a new post leaves the draft among the drafts. */
  async startAfresh(): Promise<void> {
    await this.rest();
    await this.#dropCopy();
    this.draft = null;
    this.clash = null;
    this.state = "nothing";
  }

  #said(): Content {
    return content($state.snapshot(this.#page.form));
  }

  #now(): string {
    const { form, keepsItsTime } = this.#page;
    const alts = filesOf(form).map(({ alt }) => alt);
    return JSON.stringify([this.#said(), alts, keepsItsTime || form.when !== "time" || form.local]);
  }

  async #save(): Promise<void> {
    await this.#running;
    const now = this.#now();
    if (now === this.#last || this.#page.resting) return;
    this.#running = this.#send(now).finally(() => (this.#running = null));
    await this.#running;
    if (!["offline", "refused"].includes(this.state) && now !== this.#now()) await this.#save();
  }

  async #send(now: string): Promise<void> {
    const before = this.state;
    this.state = "saving";
    try {
      const post = this.stored;
      if (!post) this.state = await this.#create();
      else if (this.clash || !isTypedInto(post)) this.state = await this.#keepCopy(post);
      else this.state = await this.#edit(post);
      this.#last = now;
      this.at = new Date().toISOString();
    } catch (error) {
      this.state = before;
      await this.#failed(error);
    }
  }

  /** The same request until it is answered: a lost answer makes no second draft. */
  async #create(): Promise<Kept> {
    if (isEmpty(this.#page.form) && !this.#creating) return "nothing";
    await describePictures(this.#page.form, null);
    this.#creating ??= { ...this.#said(), autosave: true };
    const asked = this.#creating;
    this.draft = await api.create(asked);
    this.#creating = null;
    this.#base = saidBy(this.draft);
    return same(asked, { ...this.#said(), autosave: true }) ? "draft" : this.#edit(this.draft);
  }

  async #edit(post: Post): Promise<Kept> {
    if (this.draft && !post.versions && isEmpty(this.#page.form)) {
      this.#dropped = post.id;
      await api.removeUnchanged(post.id, post.version);
      this.draft = null;
      return "nothing";
    }
    const describe_anew = await describePictures(this.#page.form, post);
    const typed = { ...this.#said(), describe_anew, autosave: true };
    this.#took(await api.edit(post.id, post.version, typed), false);
    await this.#dropCopy();
    return "draft";
  }

  async #keepCopy(post: Post): Promise<Kept> {
    const { form, keepsItsTime } = this.#page;
    if (same(this.#said(), saidBy(post)) && keepsItsTime) {
      await this.#dropCopy();
      return "nothing";
    }
    const local = !keepsItsTime && form.when === "time" ? form.local : null;
    const based_on = this.clash?.since ?? post.versions;
    await api.keepWorkingCopy(post.id, { ...this.#said(), based_on, local });
    this.#hasCopy = true;
    return "copy";
  }

  async #failed(error: unknown): Promise<void> {
    if (!(error instanceof Refused)) throw error;
    if (error.status === 0 || error.status >= 500) {
      this.state = "offline";
      this.#timer = setTimeout(() => void this.#save(), AGAIN);
    } else if (error.status === 412 || error.code === "not_a_draft") await this.look();
    else if (error.status === 404) this.#gone();
    else {
      this.#creating = null;
      this.state = "refused";
      this.why = inWords(error);
    }
  }

  /** Somebody deleted it: what is written here becomes a new draft. */
  #gone(): void {
    this.#dropped = this.stored?.id ?? null;
    notices.warn(m.versions.deleted);
    this.#page.existing = null;
    this.draft = null;
    this.clash = null;
    this.#last = "";
    this.#timer = setTimeout(() => void this.#save(), PAUSE);
  }

  // Writing it together.

  /** Says that the post is open here, and sees who else has it open. For an effect. */
  meet(): (() => void) | undefined {
    const id = this.#id;
    if (!id) return undefined;
    const { key, workspace } = caller;
    const leave = (): void => {
      const isStill = caller.key === key && caller.workspace === workspace;
      if (isStill && this.#dropped !== id) api.leave(id, this.#window).catch(() => undefined);
    };
    const stop = poll(async () => {
      const { others, version } = await api.enter(id, this.#window);
      this.others = others;
      for (const { by, name, you } of others) if (!you) this.#names.set(by, name);
      const known = untrack(() => this.stored?.version ?? version);
      if (version > known && !this.#running && !this.#page.resting) await this.look();
      return BEAT;
    });
    addEventListener("pagehide", leave);
    return () => {
      stop();
      leave();
      removeEventListener("pagehide", leave);
      this.others = [];
    };
  }

  /** Somebody may have changed the post: takes that over, or says that there are two of it now. */
  async look(): Promise<void> {
    const post = this.stored;
    if (!post) return;
    const theirs = await api.post(post.id);
    const [mine, now] = [this.#said(), saidBy(theirs)];
    if (same(now, this.#base)) {
      this.#took(theirs, false);
      this.#timer = setTimeout(() => void this.#save(), 0);
    } else if (same(mine, now) || same(mine, this.#base)) {
      this.#took(theirs, !same(mine, now));
      if (!same(mine, now)) notices.say(m.versions.changed(this.nameOf(theirs.edited_by)));
    } else if (this.clash) this.clash = { ...this.clash, theirs };
    else this.#clashes(theirs, this.#base, post.versions);
  }

  #clashes(theirs: Post, base: Content | null, since: number): void {
    this.clash = { theirs, base, since };
    this.#last = "";
    this.#timer = setTimeout(() => void this.#save(), PAUSE);
  }

  /** What is stored now is what the form began with. */
  #took(post: Post, words: boolean): void {
    this.stored = post;
    this.#base = saidBy(post);
    this.#page.keep();
    if (words) this.#page.show(post);
    else this.#page.retime(post);
    if (words) this.#last = this.#now();
  }

  keepMine(): void {
    if (!this.clash) return;
    this.#took(this.clash.theirs, false);
    this.clash = null;
    this.#last = "";
    notices.say(m.versions.kept);
    void this.#save();
  }

  async takeTheirs(): Promise<void> {
    if (!this.clash) return;
    const { theirs } = this.clash;
    try {
      await api.putAside(theirs.id, this.#said());
      this.#took(await api.post(theirs.id), true);
      this.clash = null;
      this.state = "nothing";
      await this.#dropCopy();
      notices.say(m.versions.taken);
    } catch (error) {
      notices.warn(inWords(error));
    }
  }

  async putTogether(): Promise<void> {
    if (!this.clash?.base) return;
    const { theirs, base } = this.clash;
    const { merged, saying } = await import("./merging");
    const { said, clean } = merged(base, this.#said(), saidBy(theirs));
    const files = [...filesOf(this.#page.form), ...filesOf(fromPost(theirs, ""))];
    this.#took(theirs, false);
    this.#page.show(saying(theirs, said, files));
    this.clash = null;
    this.#last = "";
    notices.say(clean ? m.versions.together : m.versions.togetherPartly);
    void this.#save();
  }
}
