"""The round: who is listened to in peace has a minute of it, each round the same.

A timer that is moved at every look is written three times: the item, and its old and new place in
the index. Within the round the place stays, and only the item says when the next look is due. So a
run finds whose minute it is and looks at their items; which minutes it has to go through follows
from when everything was last done (`since`), and is all of them when nobody knows.
"""

from collections.abc import Iterable

from shared.core.engagement import Feed
from shared.core.models import MINUTE, Millis

TURNS = 4
"""Minutes of a round."""
ROUND: Millis = TURNS * MINUTE


def turn_of(at: Millis) -> int:
    return at // MINUTE % TURNS


def turns_to_take(*, since: Millis | None, now: Millis) -> tuple[int, ...]:
    """The turns of the minutes after that of `since`, up to that of `now`."""
    passed = TURNS if since is None else now // MINUTE - since // MINUTE
    if passed < 0:  # a clock that was set back
        passed = TURNS
    return tuple(turn_of(now - n * MINUTE) for n in range(min(passed, TURNS)))


def done_until(begun: Millis, feeds: Iterable[Feed]) -> Millis:
    """What `since` is for the run after one that found these feeds and looked at those that were
    due: a turn earlier when somebody's next look was due moments after it began.
    """
    soon = any(begun < (feed.wake_at or 0) <= begun + MINUTE for feed in feeds)
    return begun - MINUTE if soon else begun
