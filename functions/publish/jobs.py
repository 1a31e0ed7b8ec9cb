"""Jobs: what people ask to be done with a credential that the api cannot read.

Each may safely be repeated (look at a profile, overwrite or delete what we own), so a lost worker
or an unknown outcome simply means that it is done again.
"""

from collections.abc import Callable
from dataclasses import replace
from typing import TypeVar

from functions.publish import moves
from functions.publish.answers import reopen
from shared.core import lifecycle
from shared.core.content import draft_of
from shared.core.credentials import Opened, open_account, refreshed
from shared.core.errors import (
    AccessRevoked,
    Conflict,
    CredentialExpired,
    Gone,
    InvalidDraft,
    NotFound,
    PlatformError,
    Rejected,
    StoreUnavailable,
    Unsupported,
)
from shared.core.models import Delivery, DeliveryRef, Failure, Target, WakeKind
from shared.core.platform import Outgoing, Verb
from shared.core.ports import Loaded, Wake
from shared.core.services import Publisher
from shared.core.workspaces import Account, AccountState, Job, JobKind, JobState

T = TypeVar("T")


def run(publisher: Publisher, wake: Wake) -> None:
    """One message about a job. Raises StoreUnavailable, so that the message comes back."""
    try:
        job = publisher.store.job(wake.workspace_id, wake.id)
        now = publisher.clock.now()
        if job.state in (JobState.DONE, JobState.FAILED) or (job.wake_at or 0) > now:
            return
        until = now + publisher.timing.lease
        running = replace(
            job, state=JobState.RUNNING, attempt=job.attempt + 1, lease_until=until, wake_at=until
        )
        job = publisher.store.advance_job(job, running)
    except (Conflict, NotFound):
        return
    _finish(publisher, job, _attempt(publisher, job))


def _attempt(publisher: Publisher, job: Job) -> Failure | None:
    """None when it is done. Raises nothing but StoreUnavailable."""
    try:
        _DO[job.kind](publisher, job)
    except StoreUnavailable:
        raise
    except Exception as error:  # noqa: BLE001  the verdict on every error is taken in _finish
        publisher.telemetry.log(
            "job failed", job_id=job.id, kind=job.kind, error=type(error).__name__
        )
        final = isinstance(
            error, AccessRevoked | Rejected | InvalidDraft | Unsupported | Gone | NotFound
        )
        seen = moves.failure(error, publisher.clock.now())
        return replace(seen, code=f"final:{seen.code}") if final else seen
    return None


def _finish(publisher: Publisher, job: Job, error: Failure | None) -> None:
    now = publisher.clock.now()
    if error is None:
        after = replace(job, state=JobState.DONE, wake_at=None, lease_until=None, error=None)
    elif error.code.startswith("final:") or job.attempt >= publisher.timing.max_failures:
        seen = replace(error, code=error.code.removeprefix("final:"))
        after = replace(job, state=JobState.FAILED, wake_at=None, lease_until=None, error=seen)
    else:
        at = now + moves.backoff(publisher, job.attempt)
        after = replace(job, state=JobState.QUEUED, wake_at=at, lease_until=None, error=error)
    try:
        job = publisher.store.advance_job(job, after)
    except Conflict:
        return  # its lease ran out and somebody else is at it
    if job.wake_at is not None:
        publisher.queue.send([job_wake(job)], now=now, lead=0)


def job_wake(job: Job) -> Wake:
    """The message for a job's timer."""
    at = job.wake_at or 0
    return Wake(
        kind=WakeKind.PUBLISH,
        workspace_id=job.workspace_id,
        id=job.id,
        post_id=None,
        account_id=job.account_id,
        state=job.state,
        due_at=at,
        wake_at=at,
    )


def _verify(publisher: Publisher, job: Job) -> None:
    """Ask the platform who we are; keep what it says, or that it no longer knows us."""
    account = publisher.store.account_of(job)
    try:
        opened = open_account(publisher, account, publisher.store.sealed(account))
        seen = _with_refresh(publisher, account, opened, lambda o: o.platform.verify())
    except AccessRevoked as error:
        moves.lost_credential(publisher, account, error)
        raise
    now = publisher.clock.now()
    after = replace(
        account,
        handle=seen.handle,
        display_name=seen.display_name,
        limits=seen.limits or account.limits,
        state=AccountState.CONNECTED,
        verified_at=now,
        error=None,
    )
    publisher.store.save_account(account, after)


def _takedown(publisher: Publisher, job: Job) -> None:
    """Delete the live parts, last first, then say so."""
    delivery, account, opened, _ = _target(publisher, job)
    for remote in reversed(delivery.live):
        _with_refresh(publisher, account, opened, lambda o, r=remote: o.platform.delete(r))  # type: ignore[misc]  # mypy cannot type a default in a lambda
    now = publisher.clock.now()
    reopen(publisher, delivery)
    publisher.store.advance(delivery, lifecycle.deleted(delivery, now=now, by=job.created_by))
    publisher.telemetry.log("taken down", **moves.ids(delivery))


def _edit(publisher: Publisher, job: Job) -> None:
    """Overwrite each live part with the post as it stands now."""
    delivery, account, opened, loaded = _target(publisher, job)
    if Verb.EDIT not in opened.platform.capabilities.verbs or loaded.post is None:
        raise Unsupported("this network does not allow editing a live post")
    draft = draft_of(loaded.post, account)
    handles = loaded.handles.get("handles", {}) if loaded.handles else {}
    live = list(delivery.live)
    for part, remote in enumerate(delivery.live):
        outgoing = Outgoing(
            draft=draft,
            part=part,
            key=f"{delivery.id}.{part}",
            created_at=delivery.due_at,
            handles=dict(handles) if isinstance(handles, dict) else {},
            earlier=tuple(live[:part]),
        )
        live[part] = _with_refresh(
            publisher,
            account,
            opened,
            lambda o, out=outgoing, r=remote: o.platform.edit(out, r),  # type: ignore[misc]  # mypy cannot type a default in a lambda
        )
    now = publisher.clock.now()
    after = replace(
        lifecycle.moved(delivery, delivery.state, now=now, why="edited", by=job.created_by),
        live=tuple(live),
    )
    publisher.store.advance(delivery, after)


def _like(publisher: Publisher, job: Job) -> None:
    """Like what the job's inbox item shows, or take that back; then keep that it is so."""
    liked = job.kind is JobKind.LIKE

    def act(opened: Opened, target: Target) -> None:
        opened.platform.like(target, liked=liked)

    _on_item(publisher, job, Verb.LIKE, act, liked=liked)


def _hide(publisher: Publisher, job: Job) -> None:
    """Hide what the job's inbox item shows from readers, or show it again; then keep that."""
    hidden = job.kind is JobKind.HIDE

    def act(opened: Opened, target: Target) -> None:
        opened.platform.hide(target, hidden=hidden)

    _on_item(publisher, job, Verb.HIDE, act, hidden=hidden)


def _on_item(
    publisher: Publisher,
    job: Job,
    verb: Verb,
    act: Callable[[Opened, Target], None],
    **changes: bool,
) -> None:
    """A Conflict while saving means that the job is done again, which is harmless."""
    if job.item_id is None:
        raise NotFound("the job names no inbox item")
    account = publisher.store.account_of(job)
    item = publisher.store.inbox_item(job.workspace_id, job.item_id)
    try:
        opened = open_account(publisher, account, publisher.store.sealed(account))
        if verb not in opened.platform.capabilities.verbs:
            raise Unsupported(f"this network does not offer to {job.kind} a message")
        _with_refresh(publisher, account, opened, lambda o: act(o, item.seen.target))
    except AccessRevoked as error:
        moves.lost_credential(publisher, account, error)
        raise
    publisher.store.save_item(item, replace(item, **changes))  # type: ignore[arg-type]  # `liked` or `hidden`


def _disconnect(publisher: Publisher, job: Job) -> None:
    """Tell the platform to forget the credential if it can, then forget it ourselves."""
    account = publisher.store.account_of(job)
    if account.state is not AccountState.DISCONNECTED:
        return  # connected again meanwhile
    sealed = publisher.store.sealed(account)
    if sealed is None:
        return
    try:
        opened = open_account(publisher, account, sealed)
        if Verb.REVOKE in opened.platform.capabilities.verbs:
            opened.platform.revoke()
    except PlatformError:
        publisher.telemetry.log("could not revoke at the platform", account_id=account.id)
    publisher.store.forget_sealed(account)


def _target(publisher: Publisher, job: Job) -> tuple[Delivery, Account, Opened, Loaded]:
    if job.post_id is None or job.delivery_id is None:
        raise NotFound("the job names no delivery")
    delivery = publisher.store.delivery(DeliveryRef(job.workspace_id, job.post_id, job.delivery_id))
    loaded = publisher.store.load(delivery)
    if loaded.account is None:
        raise NotFound("the account was deleted")
    return delivery, loaded.account, open_account(publisher, loaded.account, loaded.sealed), loaded


def _with_refresh(
    publisher: Publisher, account: Account, opened: Opened, call: Callable[[Opened], T]
) -> T:
    try:
        return call(opened)
    except CredentialExpired:
        return call(refreshed(publisher, account, opened))


_DO: dict[JobKind, Callable[[Publisher, Job], None]] = {
    JobKind.VERIFY: _verify,
    JobKind.TAKEDOWN: _takedown,
    JobKind.EDIT: _edit,
    JobKind.DISCONNECT: _disconnect,
    JobKind.LIKE: _like,
    JobKind.UNLIKE: _like,
    JobKind.HIDE: _hide,
    JobKind.UNHIDE: _hide,
}
