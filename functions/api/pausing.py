"""Making, changing and ending pauses, where they are kept."""

from collections import defaultdict
from collections.abc import Callable, Collection
from dataclasses import replace

from functions.api import views
from functions.api.acting import audit_entry
from functions.api.changing import repeating
from functions.api.releasing import (
    Released,
    accounts_under,
    release_paused,
    still_leaving,
    workspaces_under,
)
from functions.api.routing import Call
from functions.api.schemas import answers as out
from functions.api.schemas import requests as take
from shared.core import pauses
from shared.core.errors import InvalidDraft, NotFound, Problem
from shared.core.models import SECOND, Millis
from shared.core.schedule import instant, rfc3339
from shared.core.services import Api
from shared.core.workspaces import Account, Pause, PauseFate, PauseScope, Workspace

Decide = Callable[[tuple[Pause, ...]], tuple[Pause, ...]]


def new_pause(
    api: Api,
    call: Call,
    *,
    scope: PauseScope,
    value: str = "",
    since: str | None = None,
    until: str | None = None,
    fate: PauseFate = PauseFate.HOLD,
    reason: str = "",
) -> Pause:
    """Raises InvalidDraft where its times make no sense."""
    start = beginning(since, now=call.now)
    return Pause(
        at=call.now,
        by=call.by,
        reason=reason,
        until=ending(until, since=start, now=call.now),
        id=api.ids.new("pau"),
        scope=scope,
        value=value,
        since=start,
        fate=fate,
    )


def beginning(since: str | None, *, now: Millis) -> Millis | None:
    """None: at once. What lies in the past is refused: what left then cannot be stopped."""
    if since is None:
        return None
    start = instant(since, where="since")
    if start < now - SECOND:
        words = f"{rfc3339(start)} is in the past; leave `since` out to pause at once."
        raise InvalidDraft([Problem("since", "past_date", words)])
    return start if start > now else None


def ending(until: str | None, *, since: Millis | None, now: Millis) -> Millis | None:
    end = None if until is None else instant(until, where="until")
    if end is not None and end <= now + SECOND:
        words = f"{rfc3339(end)} is in the past; leave `until` out to pause until somebody resumes."
        raise InvalidDraft([Problem("until", "past_date", words)])
    if end is not None and since is not None and end <= since:
        words = "It would end before it begins; choose a later end, or leave it out."
        raise InvalidDraft([Problem("until", "out_of_range", words)])
    return end


def of_workspace(api: Api, call: Call) -> tuple[Pause, ...]:
    """Every pause that may stop something of the workspace at hand, as they begin."""
    accounts = api.store.accounts(call.workspace_id)
    workspace = api.store.workspace(call.workspace_id)
    found = pauses.on_all(api.store.installation(), workspace, *accounts)
    return tuple(sorted(found, key=lambda pause: (pauses.begins(pause), pause.id)))


def find(api: Api, call: Call, pause_id: str) -> Pause:
    for pause in of_workspace(api, call):
        if pause.id == pause_id:
            return pause
    raise NotFound("there is no such pause")


def changed(api: Api, call: Call, like: Pause, decide: Decide, action: str, **detail: str) -> None:
    """What is kept where `like` is, changed and told in the audit trail: of each workspace, where
    it is about all of them.
    """

    def once() -> None:
        if like.scope is PauseScope.INSTALLATION:
            found = api.store.installation()
            after = replace(found, paused=None, pauses=decide(pauses.on(found)))
            told = [replace(call, workspace=w.id) for w in api.store.workspaces()]
            entries = [audit_entry(api, each, action, **detail) for each in told]
            api.store.save_installation(found, after, entries)
            return
        entry = audit_entry(api, call, action, **detail)
        if like.scope is PauseScope.ACCOUNT:
            account = api.store.account(call.workspace_id, like.value)
            kept = decide(pauses.on(account))
            api.store.change_account(account, replace(account, paused=None, pauses=kept), entry)
            return
        workspace = api.store.workspace(call.workspace_id)
        kept = decide(pauses.on(workspace))
        api.store.save_workspace(workspace, replace(workspace, paused=None, pauses=kept), entry)

    repeating(once)


def begin(api: Api, call: Call, pause: Pause) -> list[out.LeavingDelivery]:
    """Keep it; then say what is past stopping."""

    def decide(known: tuple[Pause, ...]) -> tuple[Pause, ...]:
        return pauses.added(known, pause, now=call.now)

    changed(api, call, pause, decide, "pause.made", **told(pause))
    return leaving_under(api, call, pause)


def pause_all_of(
    api: Api, call: Call, place: PauseScope, body: take.PauseAtOnce, *, value: str = ""
) -> out.Paused:
    """The whole workspace or account, at once: instead of an earlier pause of this kind."""
    made = new_pause(api, call, scope=place, value=value, until=body.until, reason=body.reason)

    def decide(known: tuple[Pause, ...]) -> tuple[Pause, ...]:
        left = tuple(p for p in known if p.scope is not place or p.since is not None)
        return pauses.added(left, made, now=call.now)

    changed(api, call, made, decide, "pause.made", **told(made))
    leaving = still_leaving(api, call, made)
    return out.Paused(paused=views.in_force(made), still_leaving=leaving)


def leaving_under(api: Api, call: Call, pause: Pause) -> list[out.LeavingDelivery]:
    """Also of one that begins in a moment: who wrote an intent before it was kept has not seen it,
    and may send after it began.
    """
    soon = pauses.begins(pause) <= call.now + api.timing.lease
    return still_leaving(api, call, pause) if soon else []


def edit(api: Api, call: Call, before: Pause, after: Pause) -> list[out.LeavingDelivery]:
    """Keep it, and look at what it held anew: it may end sooner now. Answers what is past
    stopping.
    """

    def decide(known: tuple[Pause, ...]) -> tuple[Pause, ...]:
        current = next((p for p in known if p.id == before.id), None)
        if current is None:
            raise NotFound("there is no such pause")
        call.check_match(current.version)
        rest = pauses.without(known, [before.id])
        return pauses.added(rest, replace(after, version=current.version + 1), now=call.now)

    changed(api, call, before, decide, "pause.changed", **told(after))
    leaving = leaving_under(api, call, after)
    if pauses.begins(before) <= call.now:
        _release(api, call, before)
    return leaving


def end(api: Api, call: Call, like: Pause, ids: Collection[str]) -> Released:
    """What `ids` held goes on, unless another pause keeps it. They are kept where `like` is, which
    began first of them.

    They end first and are forgotten last: whoever gets no answer in between asks again, and of two
    that end one each at the same time one sees that both have ended.
    """

    def close(known: tuple[Pause, ...]) -> tuple[Pause, ...]:
        return pauses.closed(known, ids, now=call.now)

    def forget(known: tuple[Pause, ...]) -> tuple[Pause, ...]:
        return pauses.without(known, ids)

    if ids:
        changed(api, call, like, close, "pause.ended", **told(like))
    if pauses.begins(like) > call.now:
        return Released()
    released = _release(api, call, like)
    if ids:
        count = {"rescheduled": str(released.gone), "missed": str(released.missed)}
        changed(api, call, like, forget, "pause.released", **count)
    return released


def resume(api: Api, call: Call, place: Workspace | Account) -> Released:
    """Ends every pause of the whole workspace or account that has begun."""
    whole, value = PauseScope.WORKSPACE, ""
    if isinstance(place, Account):
        whole, value = PauseScope.ACCOUNT, place.id
    begun = [p for p in pauses.on(place) if p.scope is whole and pauses.begins(p) <= call.now]
    nothing = Pause(call.now, call.by, scope=whole, value=value)
    first = min(begun, key=pauses.begins, default=nothing)
    return end(api, call, first, [pause.id for pause in begun])


def resumed(released: Released) -> out.Resumed:
    return out.Resumed(
        rescheduled=released.gone, missed=released.missed, still_paused=released.stopped
    )


def _release(api: Api, call: Call, pause: Pause) -> Released:
    released = Released()
    taken: defaultdict[str, int] = defaultdict(int)
    for workspace_id in workspaces_under(api, call, pause):
        inside = replace(call, workspace=workspace_id)
        released += release_paused(
            api,
            inside,
            since=pauses.begins(pause),
            accounts=accounts_under(api, workspace_id, pause),
            taken=taken,
        )
    return released


def told(pause: Pause) -> dict[str, str]:
    """What the audit trail keeps of it: ids and settings."""
    known = {
        "scope": pause.scope.value,
        "value": pause.value,
        "fate": pause.fate.value,
        "since": rfc3339(pauses.begins(pause)),
        "until": rfc3339(pause.until) if pause.until is not None else "",
    }
    return {name: value for name, value in known.items() if value}
