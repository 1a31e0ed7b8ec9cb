"""Pauses of an installation, a workspace, an account, a platform or a tag."""

from collections.abc import Iterable
from dataclasses import replace

from functions.api import pausing, views
from functions.api.releasing import DAY, workspaces_under
from functions.api.routing import Answer, Call, Routes
from functions.api.schemas import answers as out
from functions.api.schemas import pauses as shapes
from shared.core import pauses
from shared.core.errors import Conflict, InvalidDraft, NotFound, Problem
from shared.core.lifecycle import S
from shared.core.models import Millis
from shared.core.pauses import Subject, covers
from shared.core.ports import CalendarEntry
from shared.core.roles import Role
from shared.core.schedule import instant, rfc3339
from shared.core.services import Api
from shared.core.workspaces import Pause, PauseScope

AHEAD: Millis = 90 * DAY
"""How far an outlook looks where a pause has no end."""
PAGE, READS = 250, 20
"""Posts of one read of the calendar, and how many reads an outlook makes."""
COMING = frozenset({S.SCHEDULED, S.PREPARING, S.CLAIMED, S.RETRY})

routes = Routes(
    "Pauses",
    "Nothing that a pause covers leaves while it is in force, even when it is already on a queue. "
    "It begins and ends to the instant.",
)


@routes.add(
    "GET",
    "/v1/pauses",
    "List pauses",
    query=shapes.PausesQuery,
    answer=out.Page[shapes.Pause],
)
def list_pauses(api: Api, call: Call, *, query: shapes.PausesQuery) -> Answer:
    """All that may stop something of this workspace, by when they begin: those to come, those in
    force, and those that ended in the last weeks unless somebody ended them.
    """
    since = instant(query.since, where="since") if query.since else None
    until = instant(query.until, where="until") if query.until else None
    found = [
        pause
        for pause in pausing.of_workspace(api, call)
        if (since is None or not pauses.is_over(pause, since))
        and (until is None or pauses.begins(pause) < until)
    ]
    items = [_shown(pause, now=call.now) for pause in found]
    return Answer(out.Page[shapes.Pause](items=items, next=None))


@routes.add(
    "POST",
    "/v1/pauses",
    "Pause something",
    body=shapes.PauseCreate,
    answer=shapes.PauseMade,
    status=201,
    role=Role.APPROVER,
)
def create_pause(api: Api, call: Call, *, body: shapes.PauseCreate) -> Answer:
    """Once this is answered, nothing that it covers leaves while it is in force, but for what
    `still_leaving` names. Pausing the whole installation takes an owner.
    """
    made = _asked(api, call, body, reason=body.reason)
    leaving = pausing.begin(api, call, made)
    return Answer(_made(made, leaving, now=call.now), status=201, version=made.version)


@routes.add(
    "POST",
    "/v1/pauses/check",
    "See what a pause would stop",
    body=shapes.PauseAsk,
    answer=shapes.PauseOutlook,
    role=Role.APPROVER,
    repeatable=False,
)
def check_pause(api: Api, call: Call, *, body: shapes.PauseAsk) -> Answer:
    """Counts the posts that come due meanwhile, as things are planned now. Changes nothing."""
    pause = _asked(api, call, body)
    start = max(call.now, pauses.begins(pause))
    end = start + AHEAD if pause.until is None else pause.until
    due: list[Millis] = []
    covered_to = end
    for workspace_id in workspaces_under(api, call, pause):
        entries, so_far = _planned(api, workspace_id, start, end)
        covered_to = min(covered_to, so_far)
        due += [entry.post.due_at or start for entry in entries if _concerns(pause, entry)]
    shown = shapes.PauseOutlook(
        posts=len(due),
        first_due=views.time(min(due, default=None)),
        last_due=views.time(max(due, default=None)),
        covered_to=rfc3339(covered_to),
        complete=pause.until is not None and covered_to == end,
    )
    return Answer(shown)


def _planned(
    api: Api, workspace_id: str, start: Millis, end: Millis
) -> tuple[list[CalendarEntry], Millis]:
    """As many as one answer may read, and the instant before which none is missing."""
    found: list[CalendarEntry] = []
    after = None
    for _ in range(READS):
        page = api.store.calendar(workspace_id, start=start, end=end, limit=PAGE, after=after)
        found += page.items
        after = page.next
        if after is None:
            return found, end
    return found, max(entry.post.due_at or start for entry in found)


def _concerns(pause: Pause, entry: CalendarEntry) -> bool:
    return any(
        d.state in COMING and covers(pause, Subject(d.account_id, d.platform, entry.post.tags))
        for d in entry.deliveries
    )


@routes.add("GET", "/v1/pauses/{pause_id}", "Get a pause", answer=shapes.Pause)
def get_pause(api: Api, call: Call, *, pause_id: str) -> Answer:
    found = pausing.find(api, call, pause_id)
    return Answer(_shown(found, now=call.now), version=found.version)


@routes.add(
    "PATCH",
    "/v1/pauses/{pause_id}",
    "Change a pause",
    body=shapes.PauseEdit,
    answer=shapes.PauseMade,
    role=Role.APPROVER,
    if_match=True,
)
def edit_pause(api: Api, call: Call, *, pause_id: str, body: shapes.PauseEdit) -> Answer:
    """When it begins can be changed until then. What it held goes by its new end and fate; once
    it is over, end it (DELETE) and make another.
    """
    before = _of_whoever_may(api, call, pause_id)
    if pauses.is_over(before, call.now):
        words = "This pause is over; end it to let go on what it held, and make another."
        raise Conflict(words, code="pause_over")
    after = _edited(before, body, now=call.now)
    leaving = pausing.edit(api, call, before, after)
    after = pausing.find(api, call, pause_id)
    return Answer(_made(after, leaving, now=call.now), version=after.version)


def _edited(before: Pause, body: shapes.PauseEdit, *, now: Millis) -> Pause:
    given = body.model_fields_set
    since, until = before.since, before.until
    if "since" in given:
        if pauses.begins(before) <= now:
            words = "It has begun already, so when it began cannot be changed."
            raise InvalidDraft([Problem("since", "already_begun", words)])
        since = pausing.beginning(body.since, now=now)
    if "until" in given or until is not None:
        asked = body.until if "until" in given else views.time(until)
        until = pausing.ending(asked, since=since, now=now)
    return replace(
        before,
        since=since,
        until=until,
        fate=body.fate or before.fate,
        reason=before.reason if body.reason is None else body.reason,
    )


@routes.add(
    "DELETE", "/v1/pauses/{pause_id}", "End a pause", answer=out.Resumed, role=Role.APPROVER
)
def end_pause(api: Api, call: Call, *, pause_id: str) -> Answer:
    """What it held goes out now, a few seconds apart per account, unless another pause keeps it;
    what is too late waits for you. One that has not begun is simply gone.
    """
    found = _of_whoever_may(api, call, pause_id)
    return Answer(pausing.resumed(pausing.end(api, call, found, [found.id])))


def _of_whoever_may(api: Api, call: Call, pause_id: str) -> Pause:
    found = pausing.find(api, call, pause_id)
    if found.scope is PauseScope.INSTALLATION:
        call.require(Role.OWNER)
    return found


def _asked(api: Api, call: Call, body: shapes.PauseAsk, *, reason: str = "") -> Pause:
    """Raises InvalidDraft where it names nothing that is there."""
    if body.scope is PauseScope.INSTALLATION:
        call.require(Role.OWNER)
    whole = body.scope in (PauseScope.INSTALLATION, PauseScope.WORKSPACE)
    if whole and body.value:
        words = f"Leave `value` out: there is only one {body.scope}."
        raise InvalidDraft([Problem("value", "not_wanted", words)])
    if not whole:
        _require_value(api, call, body)
    return pausing.new_pause(
        api,
        call,
        scope=body.scope,
        value=body.value,
        since=body.since,
        until=body.until,
        fate=body.fate,
        reason=reason,
    )


def _require_value(api: Api, call: Call, body: shapes.PauseAsk) -> None:
    if not body.value:
        words = f"Say in `value` which {body.scope} is to be paused."
        raise InvalidDraft([Problem("value", "required", words)])
    if body.scope is PauseScope.PLATFORM and body.value not in api.platforms.names():
        words = f"There is no network {body.value!r}; there is {_listed(api.platforms.names())}."
        raise InvalidDraft([Problem("value", "unknown_platform", words)])
    if body.scope is PauseScope.ACCOUNT:
        try:
            api.store.account(call.workspace_id, body.value)
        except NotFound:
            words = "There is no such account in this workspace."
            raise InvalidDraft([Problem("value", "unknown_account", words)]) from None


def _listed(names: Iterable[str]) -> str:
    return ", ".join(sorted(names))


def _shown(pause: Pause, *, now: Millis) -> shapes.Pause:
    return shapes.Pause(
        id=pause.id,
        scope=pause.scope,
        value=pause.value,
        since=rfc3339(pauses.begins(pause)),
        until=views.time(pause.until),
        fate=pause.fate,
        reason=pause.reason,
        state=_state(pause, now=now),
        created_at=rfc3339(pause.at),
        created_by=pause.by,
        version=pause.version,
    )


def _state(pause: Pause, *, now: Millis) -> shapes.PauseState:
    if pauses.is_over(pause, now):
        return shapes.PauseState.OVER
    begun = pauses.in_force(pause, now)
    return shapes.PauseState.IN_FORCE if begun else shapes.PauseState.SCHEDULED


def _made(pause: Pause, leaving: list[out.LeavingDelivery], *, now: Millis) -> shapes.PauseMade:
    known = _shown(pause, now=now).model_dump()
    return shapes.PauseMade(**known, still_leaving=leaving)
