/** Who is signed in, for which workspace, and what every page needs to know of it. */
import { api, caller } from "./api/client";
import { inWords, Refused } from "./api/problem";
import type { Account, Key, OwnWorkspace, Person, Platform, Role, Workspace } from "./api/types";
import { arrived, NotArrived, takeAnswer } from "./issuer";
import { forgetKey, keepKey, keptKey, keptKeyIsOfIssuer, keptKeyIsOwn, type Origin } from "./key";
import { m } from "./messages";

const WORKSPACE = "tidings.workspace";

type Status = "starting" | "signed-out" | "invited" | "ready" | "unreachable";
const ranks: Role[] = ["viewer", "editor", "approver", "admin", "owner"];

class Session {
  status = $state<Status>("starting");
  /** Why the reader sees the sign-in page, when there is something to say. */
  reason = $state("");
  /** Whether the issuer of this installation may still remember the reader. */
  remembered = $state(false);
  key = $state<Key | null>(null);
  /** Whom the key acts for; null: it stands alone. */
  person = $state<Person | null>(null);
  owner = $state(false);
  /** The code of an invitation that the reader came with. */
  invitation = $state("");
  workspaces = $state<OwnWorkspace[]>([]);
  workspaceId = $state("");
  accounts = $state<Account[]>([]);
  platforms = $state<Platform[]>([]);

  workspace = $derived(this.workspaces.find(({ id }) => id === this.workspaceId) ?? null);
  zone = $derived(this.workspace?.timezone ?? "UTC");
  /** What the reader may do in the workspace at hand; null: they belong to none. */
  role = $derived<Role | null>(this.owner ? "owner" : (this.workspace?.role ?? null));

  can(least: Role): boolean {
    return this.role !== null && ranks.indexOf(this.role) >= ranks.indexOf(least);
  }

  async start(): Promise<void> {
    caller.onEnded = () => this.#end(m.signIn.ended);
    const answer = takeAnswer();
    const code = takeCode();
    if (code) return this.redeem(code);
    this.invitation = takeCode("invitation") ?? "";
    if (this.invitation) {
      this.status = "invited";
      return;
    }
    const key = keptKey();
    // Who is signed in already has no use for an answer, whoever sent it.
    if (answer && !key) return this.#arrive(answer);
    if (!key) {
      this.status = "signed-out";
      return;
    }
    await this.#enter(key, { own: keptKeyIsOwn(), issuer: keptKeyIsOfIssuer() });
  }

  /** What a person pasted: a sign-in link, its code, or an API key. Throws `Refused`. */
  async signInWith(pasted: string): Promise<void> {
    const text = pasted.trim();
    const code = /#sign-in=([^&\s]+)/.exec(text)?.[1];
    if (text.startsWith("tdg_") && !code) return this.#enter(text, { own: false });
    await this.redeem(code ? decodeURIComponent(code) : text);
  }

  async redeem(code: string): Promise<void> {
    this.status = "starting";
    caller.key = null;
    try {
      const { api_key } = await api.signIn(code);
      if (!api_key) throw new Refused(410, "used", m.signIn.used);
      await this.#enter(api_key, { own: true });
    } catch (error) {
      this.status = "signed-out";
      const refused = error instanceof Refused && error.status > 0 && error.status < 500;
      this.reason = refused ? m.signIn.used : m.wrong.offline;
    }
  }

  /** Back from the issuer, with a code or with a refusal. */
  async #arrive(answer: URLSearchParams): Promise<void> {
    try {
      const { api_key } = await api.signInFromIssuer(await arrived(answer));
      if (!api_key) throw new Refused(410, "used", m.signIn.elsewhere.lost);
      await this.#enter(api_key, { own: true, issuer: true });
    } catch (error) {
      this.status = "signed-out";
      this.remembered = error instanceof Refused && error.status > 0;
      this.reason = error instanceof NotArrived ? error.message : inWords(error);
    }
  }

  /** Becomes a member, and is signed in as one. Throws `Refused`. */
  async accept(name: string): Promise<void> {
    const present = keptKey();
    caller.key = null;
    const { api_key } = await api.acceptInvitation(this.invitation, name, present);
    if (!api_key) throw new Refused(410, "used", m.signIn.used);
    this.invitation = "";
    if (present) forgetKey();
    await this.#enter(api_key, { own: true });
  }

  /** Goes on as if there had been no invitation; its link can be opened later. */
  async putOff(): Promise<void> {
    this.invitation = "";
    this.status = "starting";
    await this.start();
  }

  async #enter(key: string, origin: Origin): Promise<void> {
    caller.key = key;
    caller.workspace = null;
    try {
      const me = await api.me();
      keepKey(key, origin);
      this.key = me.key;
      this.person = me.person;
      this.owner = me.owner;
      this.workspaces = me.workspaces.filter(({ archived_at }) => !archived_at);
      const wanted = localStorage.getItem(WORKSPACE);
      const first = this.workspaces.find(({ id }) => id === wanted) ?? this.workspaces[0];
      if (first) await this.choose(first.id);
      this.reason = "";
      this.status = "ready";
    } catch (error) {
      if (error instanceof Refused && error.status === 401) {
        this.#end(keptKey() === key ? m.signIn.ended : m.signIn.wrongKey);
      } else {
        this.status = "unreachable";
      }
    }
  }

  async choose(workspaceId: string): Promise<void> {
    caller.workspace = workspaceId;
    localStorage.setItem(WORKSPACE, workspaceId);
    const [accounts, platforms] = await Promise.all([
      api.accounts(),
      this.platforms.length ? { items: this.platforms } : api.platforms(),
    ]);
    this.accounts = accounts.items;
    this.platforms = platforms.items;
    this.workspaceId = workspaceId;
  }

  /** After a change that the header, the banner or the account list shows. */
  async refresh(): Promise<void> {
    const [me, accounts] = await Promise.all([api.me(), api.accounts()]);
    this.person = me.person;
    this.owner = me.owner;
    this.workspaces = me.workspaces.filter(({ archived_at }) => !archived_at);
    this.accounts = accounts.items;
  }

  put(account: Account): void {
    this.accounts = this.accounts.some(({ id }) => id === account.id)
      ? this.accounts.map((known) => (known.id === account.id ? account : known))
      : [...this.accounts, account];
  }

  putWorkspace(workspace: Workspace): void {
    this.workspaces = this.workspaces.map((known) =>
      known.id === workspace.id ? { ...known, ...workspace } : known,
    );
  }

  account(id: string): Account | null {
    return this.accounts.find((account) => account.id === id) ?? null;
  }

  /** An account in a line of text, with its team's label: a practice network says so here, too. */
  nameOf(id: string): string {
    const account = this.account(id);
    if (!account) return m.accounts.gone;
    return account.label ? `${account.handle} (${account.label})` : account.handle;
  }

  platform(name: string): Platform | null {
    return this.platforms.find((platform) => platform.name === name) ?? null;
  }

  /** Revokes the key that a sign-in link made; one that somebody pasted may serve other programs. */
  async signOut(): Promise<void> {
    const id = this.key?.id;
    this.remembered = keptKeyIsOfIssuer();
    try {
      if (id && keptKeyIsOwn()) await api.revokeKey(id);
    } catch {
      // Signing out works without the api; the key then ends by its date.
    }
    this.#end("");
  }

  #end(reason: string): void {
    forgetKey();
    caller.key = null;
    caller.workspace = null;
    this.key = null;
    this.person = null;
    this.owner = false;
    this.workspaces = [];
    this.accounts = [];
    this.workspaceId = "";
    this.reason = reason;
    this.status = "signed-out";
  }
}

/** The code of a link, which then leaves the address bar and the browser's history. */
function takeCode(kind: "sign-in" | "invitation" = "sign-in"): string | null {
  const code = new RegExp(`^#${kind}=([^&]+)`).exec(location.hash)?.[1];
  if (!code) return null;
  history.replaceState(null, "", `${location.pathname}#/`);
  return decodeURIComponent(code);
}

export const session = new Session();
