"""Accounts: connecting profiles, keeping them connected, and their switch."""

from collections import defaultdict
from collections.abc import Callable
from dataclasses import replace

from functions.api import pausing, views
from functions.api.acting import audit_entry, enqueue_jobs, new_job
from functions.api.changing import repeating
from functions.api.releasing import release_held
from functions.api.routing import Access, Answer, Call, Routes
from functions.api.schemas import answers as out
from functions.api.schemas import requests as take
from shared.core.errors import Conflict, InvalidDraft, Problem
from shared.core.models import HeldReason
from shared.core.platform import Connected
from shared.core.roles import Role
from shared.core.services import Api
from shared.core.workspaces import Account, AccountState, JobKind, PauseScope

routes = Routes("Accounts", "Connected profiles, pages and channels, each on one network.")


@routes.add(
    "GET", "/v1/platforms", "List networks", answer=out.Page[out.Platform], access=Access.KEY
)
def list_platforms(api: Api, call: Call) -> Answer:
    """What can be connected, which fields each network asks for, and what it can do."""
    facts = [api.platforms.capabilities(name) for name in api.platforms.names()]
    return Answer(out.Page[out.Platform](items=[views.platform(f) for f in facts], next=None))


@routes.add("GET", "/v1/accounts", "List accounts", answer=out.Page[out.Account])
def list_accounts(api: Api, call: Call) -> Answer:
    found = api.store.accounts(call.workspace_id)
    return Answer(out.Page[out.Account](items=[views.account(a) for a in found], next=None))


@routes.add(
    "POST",
    "/v1/accounts",
    "Connect an account",
    body=take.AccountConnect,
    answer=out.Account,
    status=201,
    role=Role.ADMIN,
)
def connect_account(api: Api, call: Call, *, body: take.AccountConnect) -> Answer:
    """The credential is verified with the network, then stored encrypted, never shown again.

    From then on what comes back is gathered, beginning with what the last 90 days brought, and the
    posts that the account published elsewhere appear on the calendar.
    """
    connected = _verified(api, body.platform, body.fields)
    made = Account(
        id=api.ids.new("acc"),
        workspace_id=call.workspace_id,
        platform=body.platform,
        server=connected.server,
        remote_id=connected.remote_id,
        handle=connected.handle,
        display_name=connected.display_name,
        created_at=call.now,
        label=body.label,
        limits=connected.limits,
        verified_at=call.now,
    )
    known = next(
        (a for a in api.store.accounts(call.workspace_id) if a.profile == made.profile), None
    )
    if known is not None:
        return _again(api, call, known, connected, label=body.label)
    sealed = api.vault.seal(call.workspace_id, made.id, connected.credential)
    entry = audit_entry(api, call, "account.connected", account_id=made.id)
    api.store.create_account(made, sealed, entry)
    api.store.listen(made, now=call.now)
    return Answer(views.account(made), status=201, version=made.version)


def _again(api: Api, call: Call, known: Account, connected: Connected, *, label: str) -> Answer:
    """A profile that was connected before comes back as the account it was."""
    if known.state is AccountState.CONNECTED:
        words = f"This profile is connected already, as account {known.id}."
        raise Conflict(words, code="already_connected")
    saved = _restored(api, call, replace(known, label=label or known.label), known, connected)
    return Answer(views.account(saved), status=201, version=saved.version)


def _verified(api: Api, platform: str, fields: dict[str, str]) -> Connected:
    """Who these fields belong to, as the network says."""
    names = api.platforms.names()
    if platform not in names:
        words = f"There is no network {platform!r} here; there is {', '.join(names)}."
        raise InvalidDraft([Problem("platform", "unknown_platform", words)])
    known = {f.name for f in api.platforms.capabilities(platform).connect_fields}
    wrong = [name for name in fields if name not in known]
    if wrong:
        words = f"{platform} asks for {', '.join(sorted(known))}."
        raise InvalidDraft([Problem(f"fields.{w}", "unknown_field", words) for w in wrong])
    return api.platforms.connect(platform, fields)


@routes.add("GET", "/v1/accounts/{account_id}", "Get an account", answer=out.Account)
def get_account(api: Api, call: Call, *, account_id: str) -> Answer:
    found = api.store.account(call.workspace_id, account_id)
    return Answer(views.account(found), version=found.version)


@routes.add(
    "PATCH",
    "/v1/accounts/{account_id}",
    "Rename an account",
    body=take.AccountEdit,
    answer=out.Account,
    role=Role.ADMIN,
    if_match=True,
)
def edit_account(api: Api, call: Call, *, account_id: str, body: take.AccountEdit) -> Answer:
    """Its label is yours; nothing changes on the network."""
    saved = _saved(api, call, account_id, lambda a: replace(a, label=body.label), "account.renamed")
    return Answer(views.account(saved), version=saved.version)


def _saved(
    api: Api, call: Call, account_id: str, decide: Callable[[Account], Account], action: str
) -> Account:
    def once() -> Account:
        found = api.store.account(call.workspace_id, account_id)
        call.check_match(found.version)
        entry = audit_entry(api, call, action, account_id=account_id)
        return api.store.change_account(found, decide(found), entry)

    return repeating(once)


@routes.add(
    "POST",
    "/v1/accounts/{account_id}/verify",
    "Check that an account still works",
    answer=out.Job,
    status=202,
)
def verify_account(api: Api, call: Call, *, account_id: str) -> Answer:
    """Asks the network; watch the job, then look at the account's state."""
    found = api.store.account(call.workspace_id, account_id)
    if found.state is AccountState.DISCONNECTED:
        raise Conflict("It is disconnected: reconnect it instead.", code="disconnected")
    job = new_job(api, call, JobKind.VERIFY, found.id)
    api.store.create_job(job)
    enqueue_jobs(api, [job])
    return Answer(views.job(job), status=202)


@routes.add(
    "POST",
    "/v1/accounts/{account_id}/reconnect",
    "Reconnect an account",
    body=take.AccountReconnect,
    answer=out.Account,
    role=Role.ADMIN,
)
def reconnect_account(
    api: Api, call: Call, *, account_id: str, body: take.AccountReconnect
) -> Answer:
    """A fresh credential for the same profile. Posts that were held for it go out again."""
    found = api.store.account(call.workspace_id, account_id)
    connected = _verified(api, found.platform, body.fields)
    if (connected.server, connected.remote_id) != (found.server, found.remote_id):
        words = f"This credential is for {connected.handle}, not {found.handle}."
        raise InvalidDraft([Problem("fields", "another_profile", words)])
    saved = _restored(api, call, found, found, connected)
    return Answer(views.account(saved), version=saved.version)


def _restored(
    api: Api, call: Call, after: Account, before: Account, connected: Connected
) -> Account:
    """Store the fresh credential, then release what was held for want of it."""
    sealed = api.vault.seal(call.workspace_id, before.id, connected.credential)
    fresh = replace(
        after,
        handle=connected.handle,
        display_name=connected.display_name,
        limits=connected.limits,
        state=AccountState.CONNECTED,
        verified_at=call.now,
        error=None,
    )
    entry = audit_entry(api, call, "account.reconnected", account_id=before.id)
    saved = api.store.change_account(before, fresh, entry, sealed=sealed)
    api.store.listen(saved, now=call.now)
    workspace = api.store.workspace(call.workspace_id)
    lost_at = before.error.at if before.error else call.now
    release_held(
        api,
        call,
        since=min(lost_at, call.now),
        reason=HeldReason.NEEDS_RECONNECT,
        workspace=workspace,
        accounts=[saved],
        taken=defaultdict(int),
    )
    return saved


@routes.add(
    "POST",
    "/v1/accounts/{account_id}/disconnect",
    "Disconnect an account",
    answer=out.Disconnected,
    status=202,
    role=Role.ADMIN,
    when_archived=True,
)
def disconnect_account(api: Api, call: Call, *, account_id: str) -> Answer:
    """Nothing more is sent from now on, and nothing new comes in; what came in stays. The job
    revokes the credential and erases it.
    """
    found = api.store.account(call.workspace_id, account_id)
    if found.state is not AccountState.DISCONNECTED:
        found = _saved(api, call, account_id, _disconnected, "account.disconnected")
    job = new_job(api, call, JobKind.DISCONNECT, found.id)
    api.store.create_job(job)
    enqueue_jobs(api, [job])
    return Answer(out.Disconnected(account=views.account(found), job=views.job(job)), status=202)


def _disconnected(account: Account) -> Account:
    return replace(account, state=AccountState.DISCONNECTED, error=None)


@routes.add(
    "POST",
    "/v1/accounts/{account_id}/pause",
    "Pause an account",
    body=take.PauseAtOnce,
    answer=out.Paused,
    role=Role.APPROVER,
)
def pause_account(api: Api, call: Call, *, account_id: str, body: take.PauseAtOnce) -> Answer:
    """Nothing more leaves from it, but for what `still_leaving` names."""
    return Answer(pausing.pause_all_of(api, call, PauseScope.ACCOUNT, body, value=account_id))


@routes.add(
    "POST",
    "/v1/accounts/{account_id}/resume",
    "Resume an account",
    answer=out.Resumed,
    role=Role.APPROVER,
)
def resume_account(api: Api, call: Call, *, account_id: str) -> Answer:
    """What was held goes out now, a few seconds apart; what is too late waits for you."""
    found = api.store.account(call.workspace_id, account_id)
    return Answer(pausing.resumed(pausing.resume(api, call, found)))
