"""Threads at rest: their looks are an hour apart or more, and part of their account's own.

A timer that is moved at every look is written three times, and hardly ever does such a look find
anything. So a thread at rest has none: the index says which rest, the timetable when each is looked
at, and the account's listening how far that was done. Whatever is lost on the way is done again.
"""

from dataclasses import replace

from functions.poll_engagement import threads
from functions.poll_engagement.visit import Visit
from shared.core.cadence import planned_after
from shared.core.engagement import Watch
from shared.core.models import Millis

EVERY: Millis = threads.APART // 2
"""They are gone through at least as often: who comes to rest meanwhile is seen before its look."""


def look(visit: Visit) -> None:
    """Look at those whose turn came since they were last gone through, the longest due first."""
    feed, unit = visit.feed, visit.listener.timing.thread
    if feed.rest_at > visit.now:
        return
    resting = visit.store.resting(visit.account)
    due = sorted(
        (at, delivery_id)
        for published_at, delivery_id in resting
        if (at := _next(published_at, feed.rested_until, unit)) <= visit.now
    )
    _look_at(visit, [delivery_id for _, delivery_id in due])
    following = [_next(published_at, visit.now, unit) for published_at, _ in resting]
    at = min([visit.now + EVERY, *following])
    visit.feed = replace(visit.feed, rested_until=visit.now, rest_at=at)


def _next(published_at: Millis, after: Millis, unit: Millis) -> Millis:
    """A thread whose time is over is looked at once more, and then rests no longer."""
    return planned_after(after, published_at=published_at, unit=unit) or after


def _look_at(visit: Visit, delivery_ids: list[str]) -> None:
    if not delivery_ids:
        return
    found = {watch.delivery_id: watch for watch in visit.store.watches(visit.account, delivery_ids)}
    # The index may be a moment behind: only what is still due is looked at.
    due = [found[each] for each in delivery_ids if each in found]
    done: list[Watch] = []
    try:
        for watches in threads.looked_at(visit, [w for w in due if threads.is_due(visit, w)]):
            done += watches
    except Exception:
        threads.write_down(visit, done)
        raise
