"""Clearing up an unknown outcome: look on the platform, then settle, try again, or ask a person."""

from functions.publish import moves
from functions.publish.locks import owned_by_others
from functions.publish.sending import handles_for, outgoing_for
from shared.core import lifecycle
from shared.core.content import draft_hash, draft_of, fingerprint
from shared.core.credentials import open_account
from shared.core.errors import Conflict, PlatformError, StoreUnavailable
from shared.core.models import MINUTE, SECOND, Account, Delivery, Failure, Millis, Remote
from shared.core.platform import Verb
from shared.core.services import Publisher

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
        _look_again(publisher, delivery, moves.failure(error, now))
        return
    if account is None:
        gone = Failure("gone", "Its post or account was deleted, so nobody can look.", now)
        moves.ask_a_person(publisher, delivery, gone)
    elif remote is not None:
        # The intent is written a moment before the instant at which the request leaves.
        sent = max(delivery.due_at, delivery.attempt_at or now)
        settled = moves.settle(publisher, delivery, remote, sent=sent)
        if settled.state is lifecycle.S.CLAIMED:  # the other parts of a thread are still to go
            moves.hand_over(publisher, settled, at=now, why="thread goes on")
    elif delivery.attempt >= publisher.timing.max_failures:
        lost = Failure("not_accepted", "The platform never took it; it is not there.", now)
        moves.fail(publisher, delivery, lost)
    else:
        after = lifecycle.retry(delivery, at=now, now=now, error=None, why="it is not there")
        moves.enqueue(publisher, publisher.store.advance(delivery, after))


def _look(publisher: Publisher, delivery: Delivery) -> tuple[Account | None, Remote | None]:
    loaded = publisher.store.load(delivery)
    if loaded.post is None or loaded.account is None:
        return None, None
    account = loaded.account
    draft = draft_of(loaded.post, account)
    opened = open_account(publisher, account, loaded.sealed)
    outgoing = outgoing_for(delivery, draft, handles_for(loaded.handles, draft_hash(draft)) or {})
    since = min(delivery.due_at, delivery.attempt_at or delivery.due_at) - SKEW
    owned = owned_by_others(publisher, delivery, account, fingerprint(draft))
    return account, opened.platform.locate(outgoing, since=since, owned=owned)


def _look_again(publisher: Publisher, delivery: Delivery, error: Failure) -> None:
    """Looking did not work; that says nothing about the post."""
    now = publisher.clock.now()
    since = delivery.attempt_at or delivery.due_at
    if now - since > GIVE_UP:
        moves.ask_a_person(publisher, delivery, error)
        return
    pause = min(publisher.timing.retry_cap, max(publisher.timing.retry_base, (now - since) // 2))
    after = lifecycle.unknown(delivery, look_at=now + pause, now=now, error=error)
    moves.enqueue(publisher, publisher.store.advance(delivery, after))
