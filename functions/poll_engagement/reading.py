"""Reading a list of a network from its newest entry back, over as many visits as that takes."""

from collections.abc import Callable, Iterator
from typing import Protocol, TypeVar

from functions.poll_engagement.visit import PAGE, Visit
from shared.core.engagement import Reading
from shared.core.errors import Gone
from shared.core.models import MINUTE, Millis
from shared.core.platform import Platform

OVERLAP: Millis = 10 * MINUTE
"""How far each look goes back behind the one before: clocks differ, and lists are late."""
DAY: Millis = 24 * 60 * MINUTE
HISTORY: Millis = 90 * DAY
"""How much of what was there before us is taken in."""
DEEP: Millis = 30 * DAY
"""How far back edits and deletions are followed."""


class Paged(Protocol):
    @property
    def next(self) -> str | None: ...


P = TypeVar("P", bound=Paged)


def pages(
    visit: Visit,
    reading: Reading,
    fetch: Callable[[Platform, str | None], P],
    *,
    may_wait: bool = True,
) -> Iterator[tuple[P, Reading]]:
    """Each page, with the reading as it stands once that page is taken in. `since` moves only when
    the end is reached, to the instant at which the look began: what came meanwhile is read next.

    A place that the network no longer knows means beginning again, once; then it raises Gone.
    """
    begun, page, again = reading.started_at or visit.now, reading.page, False
    while True:
        at = page
        try:
            seen = visit.ask(
                lambda platform, at=at: fetch(platform, at),  # type: ignore[misc]  # mypy cannot type a default in a lambda
                calls=PAGE,
                may_wait=may_wait,
            )
        except Gone:
            if page is None or again:
                raise
            begun, page, again = visit.now, None, True
            continue
        if seen.next is None:
            yield seen, Reading(since=begun)
            return
        page = seen.next
        yield seen, Reading(reading.since, page, begun)
