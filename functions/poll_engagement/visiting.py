"""One account's turn, from opening its connection to moving its timers on."""

from collections.abc import Callable, Sequence
from dataclasses import replace

from functions.poll_engagement import elsewhere, feeds, resting, threads
from functions.poll_engagement.visit import Enough, Visit, is_about_one_thing
from shared.core.credentials import lost_credential
from shared.core.engagement import Due, DueWhat, Feed
from shared.core.errors import AccessRevoked, Conflict, RateLimited, StoreUnavailable
from shared.core.failing import backoff, failure
from shared.core.models import MINUTE, Millis
from shared.core.rate import WINDOW
from shared.core.services import Listener
from shared.core.turns import ROUND, turn_of
from shared.core.workspaces import Account, AccountState

AWAY: Millis = 6 * 60 * MINUTE
ASLEEP: dict[AccountState, Millis] = {
    AccountState.NEEDS_RECONNECT: 60 * MINUTE,
    AccountState.DISCONNECTED: AWAY,
}
"""How long threads rest while their account is not connected, and may go on resting after it is;
`AWAY` also while its workspace is archived.
"""
PARKED: Millis = 24 * 60 * MINUTE
"""A network may ask for patience, but not for ever."""


def visit_account(
    listener: Listener,
    home: tuple[str, str],
    due: Sequence[Due],
    *,
    known: Feed | None,
    go_on: Callable[[], bool],
) -> None:
    """Do what is due for one account. `known`: its feed, if it was read a moment ago. Raises
    StoreUnavailable; then its timers stand.
    """
    found = listener.store.at_hand(*home, feed=known is None)
    account, feed = found.account, known or found.feed or _new(listener, found.account)
    visit = Visit(listener, account, found.sealed, feed, go_on=go_on)
    watched = [each for each in due if each.what is DueWhat.THREAD]
    if not found.may_ask:
        threads.put_off(visit, watched, until=visit.now + ASLEEP.get(account.state, AWAY))
        _save(visit, feed, replace(feed, wake_at=None, turn=None, error=account.error))
        return
    if feed.failures_in_row and feed.wake_at is not None and feed.wake_at > visit.now:
        threads.put_off(visit, watched, until=feed.wake_at)
        return
    reads = feed.wake_at is not None and feed.wake_at <= visit.now
    if reads or watched:
        after = _looked_at(visit, watched, reads=reads)
        _save(visit, feed, replace(after, spent=visit.spent))


def _new(listener: Listener, account: Account) -> Feed:
    now = listener.clock.now()
    feed = Feed(account.workspace_id, account.id, created_at=now, wake_at=now)
    listener.store.create_feed(feed)
    return feed


def _looked_at(visit: Visit, watched: Sequence[Due], *, reads: bool) -> Feed:
    """Look at everything whose turn it is, the account's own lists among it if `reads`; the feed
    with what that came to.
    """
    if reads:
        visit.feed = replace(visit.feed, error=None)
    try:
        if reads:
            _try(visit, "activity", lambda: feeds.read(visit))
            _try(visit, "own posts", lambda: elsewhere.look(visit))
        _try(visit, "threads", lambda: threads.look(visit, watched))
        if reads:
            _try(visit, "threads at rest", lambda: resting.look(visit))
            _try(visit, "sweep", lambda: feeds.sweep(visit))
    except Enough:
        return _cut_off(visit, reads=reads)
    except StoreUnavailable:
        raise
    except Exception as error:  # noqa: BLE001  whatever it was, this account's turn comes again
        return _failed(visit, error)
    if not reads:
        return visit.feed
    turn = turn_of(visit.now) if visit.listener.timing.feed == ROUND else None
    return replace(visit.feed, failures_in_row=0, wake_at=_next(visit), turn=turn)


def _cut_off(visit: Visit, *, reads: bool) -> Feed:
    """It goes on as soon as it may."""
    feed = replace(visit.feed, failures_in_row=0)
    return replace(feed, wake_at=_as_soon_as_possible(visit), turn=None) if reads else feed


def _try(visit: Visit, what: str, step: Callable[[], None]) -> None:
    """What is wrong with one list does not keep the others from being read."""
    try:
        step()
    except Exception as error:
        if not is_about_one_thing(error):
            raise
        visit.failed(what, error)
        visit.feed = replace(visit.feed, error=failure(error, visit.now))


def _next(visit: Visit) -> Millis:
    """An eighth early: the schedule fires once a minute, and the next time is too late."""
    return visit.now + visit.listener.timing.feed * 7 // 8


def _as_soon_as_possible(visit: Visit) -> Millis:
    if visit.in_time() and visit.spent:  # then calls are what was used up
        return min(_next(visit), max(visit.now + 1, visit.spent[0].at + WINDOW))
    return visit.now


def _failed(visit: Visit, error: Exception) -> Feed:
    """Nothing of the account is worth asking for a while."""
    visit.failed("account", error)
    if isinstance(error, AccessRevoked):
        lost_credential(visit.listener, visit.account, error)
    failures = visit.feed.failures_in_row + 1
    at = visit.now + max(MINUTE, backoff(visit.listener, failures))
    if isinstance(error, RateLimited) and error.at is not None:
        at = max(at, min(error.at, visit.now + PARKED))
    seen = failure(error, visit.now)
    return replace(visit.feed, failures_in_row=failures, error=seen, wake_at=at, turn=None)


def _save(visit: Visit, before: Feed, after: Feed) -> None:
    if after == before:
        return
    try:
        visit.store.save_feed(before, after)
    except Conflict:
        visit.listener.telemetry.log(
            "somebody else listened too",
            workspace_id=before.workspace_id,
            account_id=before.account_id,
        )
