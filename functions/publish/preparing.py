"""The prepare stage: upload, resolve and wait for processing before the moment of sending.

All of it is harmless to repeat. What the platform answered is stored bound to the hash of the
content, so that an edited post is prepared again and an unedited one never twice.
"""

from collections.abc import Callable, Mapping

from functions.publish import moves, rates
from shared.core import lifecycle
from shared.core.content import draft_hash, draft_of
from shared.core.credentials import Opened, open_account, refreshed
from shared.core.errors import (
    AccessRevoked,
    Ambiguous,
    Conflict,
    CredentialExpired,
    InvalidDraft,
    NotFound,
    RateLimited,
    Rejected,
    SocialError,
    StoreUnavailable,
    Transient,
)
from shared.core.lifecycle import S
from shared.core.models import Delivery, Draft, Failure, HeldReason, Millis, WakeKind
from shared.core.platform import Prepared
from shared.core.ports import Loaded, Wake
from shared.core.rate import Meter
from shared.core.reasons import Reason
from shared.core.services import Publisher
from shared.core.workspaces import Account, AccountState

NOTED = 160
"""Characters of notices that a delivery's history keeps: it stays one small item."""


def prepare(publisher: Publisher, wake: Wake, *, time_left: Callable[[], Millis]) -> None:
    """One message of the prepare queue. Raises StoreUnavailable, so that the message comes back."""
    now = publisher.clock.now()
    ref = moves.wake_ref(wake)
    try:
        lease = min(publisher.timing.prepare_lease, time_left() + publisher.timing.margin)
        delivery = publisher.store.claim_prepare(
            ref, owner=publisher.ids.new("own"), now=now, lease=lease
        )
    except Conflict:
        _reap(publisher, wake, now)
        return
    try:
        _prepare(publisher, delivery)
    except Conflict:
        publisher.telemetry.log("somebody else moved the delivery", **moves.ids(delivery))


def _reap(publisher: Publisher, wake: Wake, now: Millis) -> None:
    """A worker was lost while preparing: nothing was published, so start over."""
    try:
        delivery = publisher.store.delivery(moves.wake_ref(wake))
        lost = delivery.state is S.PREPARING and delivery.wake_kind is WakeKind.PREPARE
        if lost and delivery.wake_at is not None and delivery.wake_at <= now:
            _again(publisher, delivery, at=now, why=Reason.WORKER_LOST)
    except (Conflict, NotFound):
        return


def _prepare(publisher: Publisher, delivery: Delivery) -> None:
    loaded = publisher.store.load(delivery)
    if loaded.post is None or loaded.account is None:
        now = publisher.clock.now()
        moves.fail(publisher, delivery, Failure("gone", "Its post or account was deleted.", now))
        return
    if loaded.account.state is not AccountState.CONNECTED:
        moves.hold(publisher, delivery, HeldReason.NEEDS_RECONNECT, loaded.account.error)
        return
    draft = draft_of(loaded.post, loaded.account)
    files = _files_to_send(delivery, loaded, draft)
    wait = rates.uploads_wait(publisher, loaded.account, files=files)
    if wait is None:
        _speak(publisher, delivery, loaded, loaded.account, draft)
    else:
        _again(publisher, delivery, at=wait[0], why=wait[1])


def _speak(
    publisher: Publisher, delivery: Delivery, loaded: Loaded, account: Account, draft: Draft
) -> None:
    """One turn of the adapter, and what its outcome means."""
    try:
        prepared = _asked(publisher, delivery, loaded, account, draft)
    except (Conflict, StoreUnavailable):
        raise
    except AccessRevoked as error:
        moves.lost_credential(publisher, account, error)
        seen = moves.failure(error, publisher.clock.now())
        moves.hold(publisher, delivery, HeldReason.NEEDS_RECONNECT, seen)
    except (Rejected, InvalidDraft) as error:
        moves.fail(publisher, delivery, moves.failure(error, publisher.clock.now()))
    except RateLimited as error:
        until = rates.park(publisher, delivery, account, Meter.UPLOADS, error)
        _again(publisher, delivery, at=until, why=Reason.ASKED_TO_WAIT)
    except Exception as error:  # noqa: BLE001  uploads are harmless, so any other fault may be tried again
        _later(publisher, delivery, error)
    else:
        _keep(publisher, delivery, prepared, draft_hash(draft))


def _asked(
    publisher: Publisher, delivery: Delivery, loaded: Loaded, account: Account, draft: Draft
) -> Prepared:
    """Let the adapter go on from its checkpoint; an expired credential is refreshed once."""
    opened = open_account(publisher, account, loaded.sealed)
    stored = _checkpoint(delivery, loaded.handles, draft_hash(draft))
    try:
        return opened.platform.prepare(draft, stored, publisher.media)
    except CredentialExpired:
        again: Opened = refreshed(publisher, account, opened)
        return again.platform.prepare(draft, stored, publisher.media)


def _files_to_send(delivery: Delivery, loaded: Loaded, draft: Draft) -> int:
    """How many uploads this may come to: none while the platform works on what it has."""
    under_way = (
        _checkpoint(delivery, loaded.handles, draft_hash(draft)) and not delivery.failures_in_row
    )
    return 0 if under_way else sum(len(part.media) for part in draft.parts)


def _checkpoint(
    delivery: Delivery, stored: Mapping[str, object] | None, wanted_hash: str
) -> Mapping[str, object]:
    """What earlier turns left, if it was made for this content and is still there."""
    gone = delivery.content_hash == lifecycle.FORGOTTEN
    if gone or not stored or stored.get("hash") != wanted_hash:
        return {}
    handles = stored.get("handles")
    return handles if isinstance(handles, Mapping) else {}


def _keep(publisher: Publisher, delivery: Delivery, prepared: Prepared, content: str) -> None:
    """Store the handles first, then hand over: a crash in between only prepares from the
    checkpoint.
    """
    complete = prepared.again_in is None
    kept = {"hash": content, "complete": complete, "handles": dict(prepared.handles)}
    publisher.store.save_handles(delivery, kept)
    now = publisher.clock.now()
    if prepared.again_in is not None:
        at, why = now + prepared.again_in, Reason.PROCESSING
        _again(publisher, delivery, at=at, why=why, forgotten=False)
        return
    notices = "; ".join(notice.message for notice in prepared.notices)
    after = lifecycle.ready(
        delivery, content_hash=content, now=now, why=notices[:NOTED] or "prepared"
    )
    moves.enqueue(publisher, publisher.store.advance(delivery, after))


def _again(
    publisher: Publisher,
    delivery: Delivery,
    *,
    at: Millis,
    why: str,
    forgotten: bool | None = None,
) -> None:
    now = publisher.clock.now()
    after = lifecycle.prepare_again(delivery, at=at, now=now, why=why, forgotten=forgotten)
    moves.enqueue(publisher, publisher.store.advance(delivery, after))


def _later(publisher: Publisher, delivery: Delivery, error: Exception) -> None:
    now = publisher.clock.now()
    seen = moves.failure(error, now)
    expected = isinstance(error, Transient | Ambiguous | SocialError)
    publisher.telemetry.log(
        "preparing failed", **moves.ids(delivery), error=type(error).__name__, expected=expected
    )
    if delivery.failures_in_row + 1 >= publisher.timing.max_failures:
        moves.fail(publisher, delivery, seen)
        return
    at = now + moves.backoff(publisher, delivery.failures_in_row)
    after = lifecycle.prepare_again(delivery, at=at, now=now, why=seen.code, error=seen)
    moves.enqueue(publisher, publisher.store.advance(delivery, after))
