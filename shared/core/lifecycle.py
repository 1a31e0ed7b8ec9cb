"""The moves of a delivery, as pure functions: a delivery in, the next delivery out.

    draft ─► scheduled ─► preparing ─► scheduled ─► claimed ─► sending ─► published ─► deleted
                │  ▲                                   │          ├─► retry, failed, held
                ▼  │                                   ▼          └─► unknown
           cancelled, held                           retry
    unknown ─► published, retry, unconfirmed

Nothing here reads a clock or a store: the caller passes `now`, then writes the result with one
compare-and-set on the version that it read. A move that the state does not allow raises `Conflict`.
"""

from dataclasses import replace

from shared.core.errors import Conflict
from shared.core.models import (
    SECOND,
    Delivery,
    DeliveryState,
    Failure,
    HeldReason,
    Millis,
    Remote,
    Transition,
    WakeKind,
)
from shared.core.timing import Timing

S = DeliveryState
WAITING = frozenset({S.SCHEDULED, S.RETRY})
"""States from which a worker may claim."""
EARLY: Millis = 2 * SECOND
"""SQS delays are whole seconds and clocks differ: a message may arrive this much too early."""
CANCELLABLE = frozenset({S.DRAFT, S.SCHEDULED, S.PREPARING, S.CLAIMED, S.RETRY, S.HELD, S.FAILED})
"""States in which nothing of the first part has left, so that stopping it is a promise."""
LEAVING = frozenset({S.SENDING, S.UNKNOWN})
"""States in which it may already be out."""
SETTLED = frozenset({S.PUBLISHED, S.FAILED, S.UNCONFIRMED, S.CANCELLED, S.DELETED})
FORGOTTEN = "forgotten"
"""In place of a content hash: the platform no longer has what was prepared."""
HISTORY = 12
"""How many transitions a delivery carries; older ones are in the audit trail."""


def moved(
    delivery: Delivery, state: S, *, now: Millis, why: str = "", by: str = "", **changes: object
) -> Delivery:
    """The delivery in its new state, with its history extended; raises nothing, decides nothing."""
    step = Transition(now, state, why, by)
    history = (*delivery.transitions, step)[-HISTORY:]
    return replace(delivery, state=state, transitions=history, **changes)  # type: ignore[arg-type]  # checked by each caller below


def _require(delivery: Delivery, states: frozenset[S], doing: str) -> None:
    if delivery.state not in states:
        raise Conflict(f"cannot {doing} a delivery that is {delivery.state}", code="wrong_state")


def scheduled(
    delivery: Delivery,
    *,
    due_at: Millis,
    needs_prepare: bool,
    now: Millis,
    timing: Timing,
    by: str = "",
    why: str = "",
    consent_late: bool = False,
) -> Delivery:
    """Plan (again) for `due_at`: from a draft, a plan, a stop or a failure, as long as nothing has
    left.
    """
    _require(delivery, CANCELLABLE | {S.CANCELLED, S.UNCONFIRMED}, "schedule")
    kind = WakeKind.PREPARE if needs_prepare else WakeKind.PUBLISH
    wake = max(now, due_at - timing.prepare_lead) if needs_prepare else due_at
    return moved(
        delivery,
        S.SCHEDULED,
        now=now,
        by=by,
        why=why,
        due_at=due_at,
        wake_kind=kind,
        wake_at=wake,
        retry_at=None,
        prepared=not needs_prepare,
        owner=None,
        lease_until=None,
        held_reason=None,
        error=None,
        failures_in_row=0,
        content_hash=None,
        claimed_at=None,
        consent_late=consent_late,
    )


def claimed(delivery: Delivery, *, owner: str, now: Millis, lease: Millis) -> Delivery:
    """One worker takes it: the lease outlives the worker's hard timeout."""
    _require(delivery, WAITING, "claim")
    if delivery.retry_at is not None and delivery.retry_at > now + EARLY:
        raise Conflict("it is to be tried again later", code="too_early")
    until = now + lease
    return moved(
        delivery, S.CLAIMED, now=now, owner=owner, claimed_at=now, lease_until=until, wake_at=until
    )


def preparing(delivery: Delivery, *, owner: str, now: Millis, lease: Millis) -> Delivery:
    _require(delivery, frozenset({S.SCHEDULED}), "prepare")
    until = now + lease
    return moved(delivery, S.PREPARING, now=now, owner=owner, lease_until=until, wake_at=until)


def prepare_again(
    delivery: Delivery,
    *,
    at: Millis,
    now: Millis,
    why: str = "",
    error: Failure | None = None,
    forgotten: bool | None = None,
) -> Delivery:
    """The platform is still processing, or the worker was lost: look again at `at`. Uploads are
    harmless. `forgotten`: the platform no longer has them, or (False) there is a checkpoint anew.
    """
    _require(delivery, frozenset({S.PREPARING, S.SCHEDULED, S.CLAIMED, S.SENDING}), "prepare again")
    known = delivery.content_hash if forgotten is None else (FORGOTTEN if forgotten else None)
    return moved(
        delivery,
        S.SCHEDULED,
        now=now,
        why=why,
        error=error,
        content_hash=known,
        failures_in_row=delivery.failures_in_row + (1 if error else 0),
        owner=None,
        lease_until=None,
        prepared=False,
        wake_kind=WakeKind.PREPARE,
        wake_at=at,
    )


def ready(delivery: Delivery, *, content_hash: str, now: Millis, why: str = "prepared") -> Delivery:
    """Prepared: the handles are stored, bound to `content_hash`; hand over to publishing."""
    _require(delivery, frozenset({S.PREPARING}), "hand over")
    return moved(
        delivery,
        S.SCHEDULED,
        now=now,
        why=why,
        owner=None,
        lease_until=None,
        prepared=True,
        content_hash=content_hash,
        failures_in_row=0,
        wake_kind=WakeKind.PUBLISH,
        wake_at=max(now, delivery.due_at),
    )


def intent(delivery: Delivery, *, content_hash: str, now: Millis, lease: Millis) -> Delivery:
    """Write-ahead: from here on it may be out. The wake-up stays at the lease of the claim."""
    _require(delivery, frozenset({S.CLAIMED}), "send")
    if delivery.lease_until is None or delivery.lease_until < now + lease:
        raise Conflict("the lease is too short to send under", code="lease_too_short")
    return moved(
        delivery,
        S.SENDING,
        now=now,
        attempt=delivery.attempt + 1,
        attempt_at=now,
        content_hash=content_hash,
    )


def part_settled(
    delivery: Delivery, *, remote: Remote, sent: Millis, now: Millis, follow: Millis
) -> Delivery:
    """One part is live. Published when it was the last, with a timer `follow` from now for those
    who listen; else claimed again, to send the next part.
    """
    _require(delivery, LEAVING, "settle")
    live = (*delivery.live, remote)
    first = len(live) == 1
    sent_at = sent if first else delivery.sent_at
    accepted_at = now if first else delivery.accepted_at
    done = len(live) >= delivery.parts
    return moved(
        delivery,
        S.PUBLISHED if done else S.CLAIMED,
        now=now,
        why="" if done else f"part {len(live)} of {delivery.parts} is live",
        live=live,
        sent_at=sent_at,
        accepted_at=accepted_at,
        error=None,
        failures_in_row=0,
        wake_kind=WakeKind.POLL if done else delivery.wake_kind,
        wake_at=now + follow if done else delivery.wake_at,
        owner=None if done else delivery.owner,
        lease_until=None if done else delivery.lease_until,
    )


def retry(
    delivery: Delivery, *, at: Millis, now: Millis, error: Failure | None, why: str = ""
) -> Delivery:
    """Nothing happened, or it was proven that nothing did, or what held it is over: try again at
    `at`.
    """
    _require(delivery, frozenset({S.CLAIMED, S.SENDING, S.UNKNOWN, S.HELD}), "retry")
    return moved(
        delivery,
        S.RETRY,
        now=now,
        why=why or (error.code if error else ""),
        error=error or delivery.error,
        failures_in_row=delivery.failures_in_row + (1 if error else 0),
        held_reason=None,
        wake_kind=WakeKind.PUBLISH,
        wake_at=at,
        retry_at=at,
        owner=None,
        lease_until=None,
    )


def waiting(delivery: Delivery, *, at: Millis, now: Millis, why: str) -> Delivery:
    """Its turn comes at `at`: the intent is taken back and was no attempt."""
    _require(delivery, frozenset({S.SENDING}), "make wait")
    after = retry(delivery, at=at, now=now, error=None, why=why)
    return replace(after, attempt=delivery.attempt - 1)


def unknown(delivery: Delivery, *, look_at: Millis, now: Millis, error: Failure | None) -> Delivery:
    """Nobody can tell whether it went out: look at the platform at `look_at`, never resend
    blindly.
    """
    _require(delivery, frozenset({S.SENDING, S.UNKNOWN}), "mark as unknown")
    return moved(
        delivery,
        S.UNKNOWN,
        now=now,
        why=error.code if error else "",
        error=error or delivery.error,
        wake_kind=WakeKind.PUBLISH,
        wake_at=look_at,
        owner=None,
        lease_until=None,
    )


def fenced(delivery: Delivery, *, since: Millis, now: Millis, look_at: Millis) -> Delivery:
    """State was lost since `since`: whatever may have left in between counts as unknown."""
    _require(delivery, WAITING | LEAVING | {S.CLAIMED, S.PREPARING, S.HELD}, "fence")
    error = Failure(
        "state_lost",
        "Tidings was restored to an earlier state; looking on the platform first.",
        now,
    )
    return moved(
        delivery,
        S.UNKNOWN,
        now=now,
        why="state_lost",
        error=error,
        attempt_at=min(since, delivery.attempt_at or since),
        attempt=max(1, delivery.attempt),
        held_reason=None,
        wake_kind=WakeKind.PUBLISH,
        wake_at=look_at,
        owner=None,
        lease_until=None,
    )


def _at_rest(
    delivery: Delivery, state: S, *, now: Millis, why: str, by: str = "", **changes: object
) -> Delivery:
    return moved(
        delivery,
        state,
        now=now,
        why=why,
        by=by,
        wake_kind=None,
        wake_at=None,
        owner=None,
        lease_until=None,
        **changes,
    )


def held(
    delivery: Delivery,
    *,
    reason: HeldReason,
    now: Millis,
    error: Failure | None = None,
    look_at: Millis | None = None,
) -> Delivery:
    """Stopped on purpose before anything of this attempt left (an intent may be taken back). At
    `look_at` somebody looks whether that reason outlived the hold.
    """
    _require(delivery, WAITING | {S.CLAIMED, S.SENDING, S.PREPARING}, "hold")
    rested = _at_rest(
        delivery, S.HELD, now=now, why=reason, held_reason=reason, error=error or delivery.error
    )
    if look_at is None:
        return rested
    return replace(rested, wake_kind=WakeKind.PUBLISH, wake_at=look_at)


def left_held(delivery: Delivery, *, look_at: Millis | None = None) -> Delivery:
    """Looked at again, and rightly held: it waits for people, without a timer, or for `look_at`."""
    _require(delivery, frozenset({S.HELD}), "leave held")
    kind = None if look_at is None else WakeKind.PUBLISH
    return replace(delivery, wake_kind=kind, wake_at=look_at)


def failed(delivery: Delivery, *, error: Failure, now: Millis) -> Delivery:
    """The platform refused it, or patience ran out: a person must change something."""
    _require(delivery, WAITING | {S.CLAIMED, S.SENDING, S.PREPARING, S.UNKNOWN}, "fail")
    return _at_rest(delivery, S.FAILED, now=now, why=error.code, error=error)


def unconfirmed(delivery: Delivery, *, now: Millis, error: Failure | None = None) -> Delivery:
    """Nothing can be asked: a person must say whether it is live."""
    _require(delivery, frozenset({S.UNKNOWN}), "leave unconfirmed")
    return _at_rest(
        delivery, S.UNCONFIRMED, now=now, why="nobody can tell", error=error or delivery.error
    )


def cancelled(delivery: Delivery, *, now: Millis, by: str, why: str = "") -> Delivery:
    """Once this is acknowledged nothing goes out. Refused from the intent on."""
    if delivery.state in LEAVING:
        raise Conflict("it is already leaving", code="already_leaving")
    if delivery.live:
        raise Conflict("part of it is already live: take it down instead", code="already_live")
    _require(delivery, CANCELLABLE, "cancel")
    return _at_rest(delivery, S.CANCELLED, now=now, why=why, by=by, held_reason=None)


def skipped(delivery: Delivery, *, now: Millis, why: str) -> Delivery:
    """The rules say that it must not leave any more; nothing of this attempt did."""
    _require(delivery, WAITING | {S.CLAIMED, S.SENDING}, "skip")
    return _at_rest(delivery, S.CANCELLED, now=now, why=why)


def confirmed_live(delivery: Delivery, *, remote: Remote, now: Millis, by: str) -> Delivery:
    """A person says that it is live, and where. Of a thread that is the part in question: those
    behind it did not leave, and the platform cannot be told what they would follow.
    """
    _require(delivery, frozenset({S.UNCONFIRMED}), "confirm")
    live = (*delivery.live, remote)
    if len(live) < delivery.parts:
        words = f"Part {len(live)} of {delivery.parts} is live; the others were never sent."
        rest = Failure("rest_not_sent", words, now)
        why = "a person confirmed a part"
        return _at_rest(delivery, S.FAILED, now=now, why=why, by=by, live=live, error=rest)
    rested = _at_rest(
        delivery,
        S.PUBLISHED,
        now=now,
        why="a person confirmed it",
        by=by,
        live=live,
        error=None,
    )
    return replace(rested, wake_kind=WakeKind.POLL, wake_at=now)


def followed(delivery: Delivery) -> Delivery:
    """Listening and counting have begun, with timers of their own."""
    _require(delivery, SETTLED, "follow")
    return replace(delivery, wake_kind=None, wake_at=None)


def published_at(delivery: Delivery) -> Millis:
    """When readers first saw it, as well as we know; it never changes once it is live."""
    return delivery.due_at if delivery.sent_at is None else delivery.sent_at


def deleted(delivery: Delivery, *, now: Millis, by: str, why: str = "taken down") -> Delivery:
    """Taken down from the platform, or found to be gone."""
    _require(delivery, frozenset({S.PUBLISHED, S.DELETED, S.FAILED}), "take down")
    return _at_rest(delivery, S.DELETED, now=now, why=why, by=by)


def lateness(delivery: Delivery) -> Millis | None:
    """How long after its due instant the first request left, in milliseconds; None before it
    did.
    """
    return None if delivery.sent_at is None else delivery.sent_at - delivery.due_at
