"""Sending one claimed delivery: stage, lock, intent, switches, hold to the moment, send, settle.

Everything before the intent is harmless and everything after it is decided by what the platform
answered. Whatever goes wrong in between leaves a state from which the next worker knows what to do.
"""

from collections.abc import Callable

from functions.publish import moves, rates
from functions.publish.locks import take_content_lock
from functions.publish.rates import Turn
from functions.publish.switches import Verdict, verdict
from shared.core import lifecycle, rate
from shared.core.content import draft_hash, draft_of, fingerprint
from shared.core.credentials import Opened, open_account, refreshed
from shared.core.errors import (
    AccessRevoked,
    Ambiguous,
    Conflict,
    CredentialExpired,
    Gone,
    InvalidDraft,
    PlatformError,
    RateLimited,
    Rejected,
    SocialError,
    StoreUnavailable,
    Transient,
    Unprepared,
    Unreadable,
    Unsupported,
)
from shared.core.lifecycle import S
from shared.core.models import MINUTE, Delivery, Draft, Failure, HeldReason, Millis, Post, Remote
from shared.core.platform import Outgoing
from shared.core.ports import Switches
from shared.core.reasons import Reason
from shared.core.services import Publisher
from shared.core.values import dataclass
from shared.core.workspaces import Account, AccountState


@dataclass(frozen=True, slots=True)
class Staged:
    """All that a send needs, ready before its moment."""

    post: Post
    account: Account
    draft: Draft
    opened: Opened
    handles: dict[str, object]
    alone: bool
    stage: Millis


def send(
    publisher: Publisher,
    delivery: Delivery,
    *,
    time_left: Callable[[], Millis],
    alone: bool = False,
    stage: Millis | None = None,
) -> None:
    """Send what is left of a claimed delivery. Never raises what a repeat could make worse.

    `alone`: nothing else of its account was due around it, see `rate.resting`. `stage`: how long
    before its instant the intent is written.
    """
    try:
        stage = publisher.timing.stage if stage is None else stage
        staged = _stage(publisher, delivery, alone=alone, stage=stage)
        while staged is not None and delivery.state is S.CLAIMED:
            sent = _send_part(publisher, delivery, staged, time_left)
            if sent is None:
                return
            delivery = sent
    except Conflict:
        publisher.telemetry.log("somebody else moved the delivery", **moves.ids(delivery))


def _stage(
    publisher: Publisher, delivery: Delivery, *, alone: bool, stage: Millis
) -> Staged | None:
    """Load, decrypt, open. None when the delivery was put elsewhere instead."""
    try:
        loaded = publisher.store.load(delivery)
        if loaded.post is None or loaded.account is None:
            now = publisher.clock.now()
            moves.fail(
                publisher, delivery, Failure("gone", "Its post or account was deleted.", now)
            )
            return None
        if loaded.account.state is not AccountState.CONNECTED:
            moves.hold(publisher, delivery, HeldReason.NEEDS_RECONNECT, loaded.account.error)
            return None
        draft = draft_of(loaded.post, loaded.account)
        handles = handles_for(loaded.handles, draft_hash(draft))
        if handles is None and publisher.platforms.needs_prepare(loaded.account, draft):
            _prepare_first(publisher, delivery)
            return None
        opened = _opened(publisher, delivery, loaded.account, loaded.sealed)
        if opened is None:
            return None
        return Staged(loaded.post, loaded.account, draft, opened, handles or {}, alone, stage)
    except (Conflict, StoreUnavailable):
        raise
    except Exception as error:  # noqa: BLE001  nothing was sent yet, so any fault may be tried again
        publisher.telemetry.log("staging failed", **moves.ids(delivery), error=type(error).__name__)
        known = (
            error if isinstance(error, SocialError) else Transient(moves.failure(error, 0).message)
        )
        moves.retry_later(publisher, delivery, known)
        return None


def handles_for(stored: object, wanted_hash: str) -> dict[str, object] | None:
    """What preparing left, if it was made for exactly this content and is complete."""
    if (
        not isinstance(stored, dict)
        or stored.get("hash") != wanted_hash
        or not stored.get("complete")
    ):
        return None
    handles = stored.get("handles")
    return dict(handles) if isinstance(handles, dict) else None


def _prepare_first(publisher: Publisher, delivery: Delivery) -> None:
    now = publisher.clock.now()
    after = lifecycle.prepare_again(delivery, at=now, now=now, why="content changed")
    moves.enqueue(publisher, publisher.store.advance(delivery, after))


def _opened(
    publisher: Publisher, delivery: Delivery, account: Account, sealed: bytes | None
) -> Opened | None:
    try:
        return open_account(publisher, account, sealed)
    except AccessRevoked as error:
        moves.lost_credential(publisher, account, error)
        now = publisher.clock.now()
        moves.hold(publisher, delivery, HeldReason.NEEDS_RECONNECT, moves.failure(error, now))
        return None


def _send_part(
    publisher: Publisher, delivery: Delivery, staged: Staged, time_left: Callable[[], Millis]
) -> Delivery | None:
    """One part through lock, intent, switches, hold and send. None when it did not end up live."""
    needed = publisher.timing.send_timeout + publisher.timing.margin
    first = not delivery.live
    moment = delivery.due_at
    wait = max(0, moment - publisher.clock.now())
    lease_left = (delivery.lease_until or 0) - publisher.clock.now()
    if min(time_left(), lease_left) < needed + wait:
        moves.hand_over(publisher, delivery, at=publisher.clock.now(), why=Reason.TIME_IS_SHORT)
        return None
    publisher.clock.sleep_until(moment - staged.stage)
    if first and not take_content_lock(
        publisher, delivery, staged.account, fingerprint(staged.draft)
    ):
        at = publisher.clock.now() + MINUTE
        moves.hand_over(publisher, delivery, at=at, why=Reason.SAME_CONTENT)
        return None
    now = publisher.clock.now()
    after = lifecycle.intent(delivery, content_hash=draft_hash(staged.draft), now=now, lease=needed)
    delivery = publisher.store.advance(delivery, after)
    switches = publisher.store.switches(delivery, staged.account)
    turn = _its_turn(publisher, delivery, staged, switches)
    if turn is None:
        return None
    publisher.clock.sleep_until(moment)
    # A pause begins at its instant without a write: it may have begun since this was read.
    if _stopped(publisher, delivery, staged, switches):
        return None
    if publisher.clock.now() > turn.allowed_at + rate.DELAY:
        moves.wait(publisher, delivery, at=publisher.clock.now(), why=Reason.TOO_SLOW)
        return None
    return _attempt(publisher, delivery, staged, turn)


def _its_turn(
    publisher: Publisher, delivery: Delivery, staged: Staged, switches: Switches
) -> Turn | None:
    """The last look at everything that can stop or delay it. None when the intent was taken
    back.
    """
    if _stopped(publisher, delivery, staged, switches):
        return None
    first = delivery.retry_at is None and not delivery.live
    in_time = publisher.clock.now() <= delivery.due_at + rate.DELAY
    turn = rates.turn(
        publisher,
        delivery,
        staged.account,
        (switches.budget, switches.breaker),
        alone=staged.alone and first and in_time,
    )
    if turn.at is not None:
        moves.wait(publisher, delivery, at=turn.at, why=turn.why)
        return None
    return turn


def _stopped(publisher: Publisher, delivery: Delivery, staged: Staged, switches: Switches) -> bool:
    stop = verdict(publisher, delivery, staged.post, switches)
    if stop is not None:
        _take_back(publisher, delivery, stop)
    return stop is not None


def _take_back(publisher: Publisher, delivery: Delivery, stop: Verdict) -> None:
    """A switch said no after the intent and before the send: nothing left."""
    now = publisher.clock.now()
    if stop.held is not None:
        moves.hold(publisher, delivery, stop.held)
    elif stop.skip:
        moves.skip(publisher, delivery, stop.why)
    else:
        moves.hand_over(publisher, delivery, at=now + MINUTE, why=stop.why)


def outgoing_for(delivery: Delivery, draft: Draft, handles: dict[str, object]) -> Outgoing:
    """The next part of a delivery; always the same bytes for the same delivery and content."""
    part = len(delivery.live)
    return Outgoing(
        draft=draft,
        part=part,
        key=f"{delivery.id}.{part}",
        created_at=delivery.due_at,
        handles=handles,
        earlier=delivery.live,
    )


def _attempt(
    publisher: Publisher, delivery: Delivery, staged: Staged, turn: Turn
) -> Delivery | None:
    """The one irreversible call, and what its outcome means."""
    outgoing = outgoing_for(delivery, staged.draft, staged.handles)
    sent = publisher.clock.now()
    try:
        remote = _publish(publisher, staged, outgoing)
    except (RateLimited, Transient) as error:
        _not_now(publisher, delivery, staged, turn, error)
    except (AccessRevoked, CredentialExpired) as error:
        moves.lost_credential(publisher, staged.account, error)
        seen = moves.failure(error, publisher.clock.now())
        moves.hold(publisher, delivery, HeldReason.NEEDS_RECONNECT, seen)
    except (Rejected, InvalidDraft, Gone, Unsupported) as error:
        moves.fail(publisher, delivery, moves.failure(error, publisher.clock.now()))
    except Exception as error:  # noqa: BLE001  the outcome of anything else is unknown, by definition
        _cannot_know(publisher, delivery, staged, turn, error)
    else:
        settled = moves.settle(publisher, delivery, remote, sent=sent)
        rates.worked(publisher, staged.account, turn)
        return settled
    return None


def _not_now(
    publisher: Publisher,
    delivery: Delivery,
    staged: Staged,
    turn: Turn,
    error: RateLimited | Transient,
) -> None:
    """Nothing happened."""
    if isinstance(error, RateLimited):
        rates.wait_out(publisher, delivery, staged.account, error)
    elif isinstance(error, Unprepared):
        _prepare_anew(publisher, delivery, error)
    else:
        moves.retry_later(publisher, delivery, error)
        rates.did_not_work(publisher, staged.account, turn)


def _cannot_know(
    publisher: Publisher, delivery: Delivery, staged: Staged, turn: Turn, error: Exception
) -> None:
    """It may be out. An answer that was not understood is a fault of ours, none of the server's."""
    if not isinstance(error, Ambiguous):
        publisher.telemetry.count("UnreadableAnswer")
    known = isinstance(error, Ambiguous | Unreadable | PlatformError)
    publisher.telemetry.log(
        "unclear answer", **moves.ids(delivery), error=type(error).__name__, expected=known
    )
    moves.to_unknown(publisher, delivery, moves.failure(error, publisher.clock.now()))
    if isinstance(error, Ambiguous):
        rates.did_not_work(publisher, staged.account, turn)


def _prepare_anew(publisher: Publisher, delivery: Delivery, error: Unprepared) -> None:
    """Nothing happened: the platform forgot what was uploaded. Forget it too, and upload again.

    In the same write as the move: a worker that dies in between would leave an outcome to clear up
    and nothing to ask with.
    """
    now = publisher.clock.now()
    seen = moves.failure(error, now)
    if delivery.failures_in_row + 1 >= publisher.timing.max_failures:
        moves.fail(publisher, delivery, seen)
        return
    at = now + moves.backoff(publisher, delivery.failures_in_row)
    after = lifecycle.prepare_again(
        delivery, at=at, now=now, why=seen.code, error=seen, forgotten=True
    )
    moves.enqueue(publisher, publisher.store.advance(delivery, after))


def _publish(publisher: Publisher, staged: Staged, outgoing: Outgoing) -> Remote:
    """One attempt; an expired credential did nothing, so it is refreshed once and the attempt
    repeated once.
    """
    try:
        return staged.opened.platform.publish(outgoing)
    except CredentialExpired:
        opened = refreshed(publisher, staged.account, staged.opened)
        return opened.platform.publish(outgoing)
