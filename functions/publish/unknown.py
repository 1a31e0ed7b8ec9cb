"""Clearing up an unknown outcome: look on the platform, then settle, try again, or ask a person."""

from functions.publish import moves, rates
from functions.publish.locks import owned_by_others
from functions.publish.sending import handles_for, outgoing_for
from shared.core import lifecycle, rate
from shared.core.content import draft_hash, draft_of, fingerprint
from shared.core.credentials import Line, lost_credential
from shared.core.errors import (
    AccessRevoked,
    Conflict,
    PlatformError,
    RateLimited,
    StoreUnavailable,
)
from shared.core.models import MINUTE, SECOND, Delivery, Failure, Millis, ReconcileClass, Remote
from shared.core.platform import Verb
from shared.core.rate import Meter
from shared.core.reasons import Reason
from shared.core.services import Publisher
from shared.core.workspaces import Account

GIVE_UP: Millis = 24 * 60 * MINUTE
"""After this long of not being able to look, a person is asked."""
SKEW: Millis = 60 * SECOND
"""How far a platform's clock may be behind ours."""


def reconcile(publisher: Publisher, delivery: Delivery) -> None:
    """One look at an unknown outcome. Raises Conflict when another worker was quicker."""
    facts = publisher.platforms.capabilities(delivery.platform)
    now = publisher.clock.now()
    if Verb.LOCATE not in facts.verbs:
        moves.ask_a_person(publisher, delivery, None)
        return
    try:
        account, remote = _look(publisher, delivery)
    except (Conflict, StoreUnavailable):
        raise
    except PlatformError as error:
        asked = error.at if isinstance(error, RateLimited) else None
        _look_again(publisher, delivery, moves.failure(error, now), not_before=asked or now)
        return
    if account is None:
        gone = Failure("gone", "Its post or account was deleted, so nobody can look.", now)
        moves.ask_a_person(publisher, delivery, gone)
    elif remote is not None:
        # The intent is written a moment before the instant at which the request leaves.
        sent = max(delivery.due_at, delivery.attempt_at or now)
        settled = moves.settle(publisher, delivery, remote, sent=sent)
        if settled.state is lifecycle.S.CLAIMED:  # the other parts of a thread are still to go
            moves.hand_over(publisher, settled, at=now, why=Reason.THREAD_GOES_ON)
    else:
        _not_there(publisher, delivery, now)


def _not_there(publisher: Publisher, delivery: Delivery, now: Millis) -> None:
    quiet = _quiet_until(publisher, delivery)
    if quiet > now:
        after = lifecycle.unknown(delivery, look_at=quiet, now=now, error=None)
    elif delivery.attempt >= publisher.timing.max_failures:
        lost = Failure("not_accepted", "The platform never took it; it is not there.", now)
        moves.fail(publisher, delivery, lost)
        return
    else:
        after = lifecycle.retry(delivery, at=now, now=now, error=None, why=Reason.NOT_THERE)
    moves.enqueue(publisher, publisher.store.advance(delivery, after))


def _quiet_until(publisher: Publisher, delivery: Delivery) -> Millis:
    """Until when a request may yet be applied, so that its post is not there says nothing.

    Where the id is ours the first look comes at once, since what is found is found; the others look
    only after their quiet window. To repeat at once would be safe too, but not to be stopped then.
    """
    facts = publisher.platforms.capabilities(delivery.platform)
    if facts.reconcile is not ReconcileClass.CLIENT_ID:
        return 0
    timing = publisher.timing
    return (delivery.attempt_at or delivery.due_at) + timing.send_timeout + timing.quiet


def _look(publisher: Publisher, delivery: Delivery) -> tuple[Account | None, Remote | None]:
    loaded = publisher.store.load(delivery)
    if loaded.post is None or loaded.account is None:
        return None, None
    account = loaded.account
    draft = draft_of(loaded.post, account)
    outgoing = outgoing_for(delivery, draft, handles_for(loaded.handles, draft_hash(draft)) or {})
    since = min(delivery.due_at, delivery.attempt_at or delivery.due_at) - SKEW
    owned = owned_by_others(publisher, delivery, account, fingerprint(draft))
    line = Line(publisher, account, loaded.sealed)
    try:
        return account, line.ask(lambda p: p.locate(outgoing, since=since, owned=owned))
    except RateLimited as error:
        rates.park(publisher, delivery, account, Meter.CALLS, error)
        raise
    except AccessRevoked as error:  # its people are told, so that one can look again
        lost_credential(publisher, account, error)
        raise


def _look_again(
    publisher: Publisher, delivery: Delivery, error: Failure, *, not_before: Millis
) -> None:
    """Looking did not work; that says nothing about the post."""
    now = publisher.clock.now()
    since = delivery.attempt_at or delivery.due_at
    if now - since > GIVE_UP:
        moves.ask_a_person(publisher, delivery, error)
        return
    pause = min(publisher.timing.retry_cap, max(publisher.timing.retry_base, (now - since) // 2))
    after = lifecycle.unknown(
        delivery, look_at=max(now + pause, not_before + rate.SKEW), now=now, error=error
    )
    moves.enqueue(publisher, publisher.store.advance(delivery, after))
