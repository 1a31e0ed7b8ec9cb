"""What every change leaves behind: a line in the audit trail, and a word to the queue."""

from collections.abc import Iterable

from functions.api.routing import Call
from shared.core.errors import SocialError
from shared.core.models import SENDING_KINDS, Delivery
from shared.core.ports import Wake
from shared.core.posts import Doing
from shared.core.services import Api
from shared.core.workspaces import AuditEntry, Job, JobKind
from shared.store.views import delivery_wake, job_wake


def audit_entry(
    api: Api, call: Call, action: str, *, post_id: str | None = None, **detail: str
) -> AuditEntry:
    """Who did what; `detail` holds ids and settings, never content."""
    return AuditEntry(
        id=api.ids.new("aud"),
        workspace_id=call.workspace_id,
        at=call.now,
        by=call.by,
        action=action,
        post_id=post_id,
        detail=detail,
    )


def doing(api: Api, call: Call) -> Doing:
    return Doing(now=call.now, by=call.by, timing=api.timing)


def enqueue(api: Api, deliveries: Iterable[Delivery]) -> None:
    """Tell the queue about timers inside the horizon; a lost message costs a minute."""
    now = api.clock.now()
    wakes = [wake for d in deliveries if (wake := delivery_wake(d)) is not None]
    sending = [w for w in wakes if w.kind in SENDING_KINDS]
    near = [w for w in sending if w.wake_at <= now + api.timing.horizon]
    _send(api, near, now=now, lead=api.timing.lead)


def enqueue_jobs(api: Api, jobs: Iterable[Job]) -> None:
    wakes = [wake for job in jobs if (wake := job_wake(job)) is not None]
    _send(api, wakes, now=api.clock.now(), lead=0)


def _send(api: Api, wakes: list[Wake], *, now: int, lead: int) -> None:
    if not wakes:
        return
    try:
        accepted = {wake.id for wake in api.queue.send(wakes, now=now, lead=lead)}
    except Exception as error:  # noqa: BLE001  all is stored: whoever is told that it failed would do it twice
        code = error.code if isinstance(error, SocialError) else type(error).__name__
        api.telemetry.log("queue refused", error=code, count=len(wakes))
        return
    if left := [wake.id for wake in wakes if wake.id not in accepted]:
        api.telemetry.log("left to the tick", ids=left)


def new_job(
    api: Api, call: Call, kind: JobKind, account_id: str, *, delivery: Delivery | None = None
) -> Job:
    return Job(
        id=api.ids.new("job"),
        workspace_id=call.workspace_id,
        kind=kind,
        account_id=account_id,
        created_at=call.now,
        created_by=call.by,
        post_id=delivery.post_id if delivery else None,
        delivery_id=delivery.id if delivery else None,
        wake_at=call.now,
    )
