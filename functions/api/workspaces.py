"""Workspaces: the tenants, their settings and their switch."""

from collections.abc import Callable
from dataclasses import replace

from functions.api import pausing, views
from functions.api.acting import audit_entry
from functions.api.changing import repeating
from functions.api.releasing import still_leaving
from functions.api.routing import Access, Answer, Call, Routes
from functions.api.schemas import answers as out
from functions.api.schemas import people as shapes
from functions.api.schemas import requests as take
from shared.core import pauses
from shared.core.models import MINUTE
from shared.core.roles import Role
from shared.core.schedule import zone
from shared.core.services import Api
from shared.core.workspaces import AccountState, PauseScope, Workspace

routes = Routes(
    "Workspaces",
    "One brand or client each: its accounts, posts, settings and time zone.",
    access=Access.KEY,
)


@routes.add(
    "GET",
    "/v1/workspaces",
    "List workspaces",
    query=shapes.WorkspacesQuery,
    answer=out.Page[out.Workspace],
)
def list_workspaces(api: Api, call: Call, *, query: shapes.WorkspacesQuery) -> Answer:
    """Those that your key covers; archived ones only with `archived=true`."""
    covered = [w for w in api.store.workspaces() if call.covers(w.id)]
    found = [w for w in covered if query.archived or w.archived_at is None]
    return Answer(out.Page[out.Workspace](items=[views.workspace(w) for w in found], next=None))


@routes.add(
    "POST",
    "/v1/workspaces",
    "Create a workspace",
    body=take.WorkspaceCreate,
    answer=out.Workspace,
    status=201,
    role=Role.OWNER,
)
def create_workspace(api: Api, call: Call, *, body: take.WorkspaceCreate) -> Answer:
    """Another key would not reach the new one."""
    zone(body.timezone)
    made = Workspace(
        id=api.ids.new("wsp"),
        name=body.name,
        timezone=body.timezone,
        created_at=call.now,
        max_lateness=body.max_lateness * MINUTE,
        missed_window=body.missed_window,
        requires_approval=body.requires_approval,
    )
    inside = replace(call, workspace=made.id)
    api.store.create_workspace(made, audit_entry(api, inside, "workspace.created"))
    return Answer(views.workspace(made), status=201, version=made.version)


@routes.add("GET", "/v1/workspaces/{workspace_id}", "Get a workspace", answer=out.Workspace)
def get_workspace(api: Api, call: Call, *, workspace_id: str) -> Answer:
    found = api.store.workspace(workspace_id)
    return Answer(views.workspace(found), version=found.version)


@routes.add(
    "PATCH",
    "/v1/workspaces/{workspace_id}",
    "Change a workspace's settings",
    body=take.WorkspaceEdit,
    answer=out.Workspace,
    role=Role.ADMIN,
    if_match=True,
)
def edit_workspace(api: Api, call: Call, *, workspace_id: str, body: take.WorkspaceEdit) -> Answer:
    """Planned posts keep their instants when the time zone changes."""
    given = {k: v for k in sorted(body.model_fields_set) if (v := getattr(body, k)) is not None}
    if "timezone" in given:
        zone(given["timezone"])
    if "max_lateness" in given:
        given["max_lateness"] *= MINUTE
    detail = {name: str(value) for name, value in given.items() if name != "name"}
    saved = _saved(api, call, lambda w: replace(w, **given), "workspace.changed", **detail)
    return Answer(views.workspace(saved), version=saved.version)


def _saved(
    api: Api, call: Call, decide: Callable[[Workspace], Workspace], action: str, **detail: str
) -> Workspace:
    def once() -> Workspace:
        found = api.store.workspace(call.workspace_id)
        call.check_match(found.version)
        entry = audit_entry(api, call, action, **detail)
        return api.store.save_workspace(found, decide(found), entry)

    return repeating(once)


@routes.add(
    "POST",
    "/v1/workspaces/{workspace_id}/pause",
    "Pause a workspace",
    body=take.PauseAtOnce,
    answer=out.Paused,
    role=Role.APPROVER,
)
def pause_workspace(api: Api, call: Call, *, workspace_id: str, body: take.PauseAtOnce) -> Answer:
    """Nothing more leaves from any of its accounts, but for what `still_leaving` names."""
    return Answer(pausing.pause_all_of(api, call, PauseScope.WORKSPACE, body))


@routes.add(
    "POST",
    "/v1/workspaces/{workspace_id}/resume",
    "Resume a workspace",
    answer=out.Resumed,
    role=Role.APPROVER,
)
def resume_workspace(api: Api, call: Call, *, workspace_id: str) -> Answer:
    """What was held goes out, a few seconds apart per account; what is too late waits for you."""
    found = api.store.workspace(workspace_id)
    return Answer(pausing.resumed(pausing.resume(api, call, found)))


@routes.add(
    "POST",
    "/v1/workspaces/{workspace_id}/archive",
    "Archive a workspace",
    answer=out.Paused,
    role=Role.OWNER,
    when_archived=True,
)
def archive_workspace(api: Api, call: Call, *, workspace_id: str) -> Answer:
    """Puts it away: nothing more leaves from any of its accounts, but for what `still_leaving`
    names; it can only be read, and lists leave it out. Within minutes nothing more is asked of its
    accounts' networks, either: nothing comes in and nothing is counted. What is there stays, and
    its accounts stay connected.
    """
    why = "The workspace was archived."
    made = pausing.new_pause(api, call, scope=PauseScope.WORKSPACE, reason=why)

    def away(found: Workspace) -> Workspace:
        if found.archived_at is not None:
            return found
        kept = pauses.added(pauses.on(found), made, now=call.now)
        return replace(found, archived_at=call.now, paused=None, pauses=kept)

    saved = _saved(api, call, away, "workspace.archived")
    shown = pauses.at_once(saved) or made
    leaving = still_leaving(api, call, shown)
    return Answer(out.Paused(paused=views.in_force(shown), still_leaving=leaving))


@routes.add(
    "POST",
    "/v1/workspaces/{workspace_id}/restore",
    "Restore an archived workspace",
    answer=out.Workspace,
    role=Role.OWNER,
    when_archived=True,
)
def restore_workspace(api: Api, call: Call, *, workspace_id: str) -> Answer:
    """It comes back paused: look at what is planned, then resume it. What others wrote meanwhile
    comes in from now on, as far back as the networks show it.
    """
    saved = _saved(api, call, lambda w: replace(w, archived_at=None), "workspace.restored")
    for account in api.store.accounts(saved.id):
        if account.state is AccountState.CONNECTED:
            api.store.listen(account, now=call.now)
    return Answer(views.workspace(saved), version=saved.version)
