"""When the thread below a live post is looked at: often while it is young or lively, for 30 days.

A quiet post is looked at by a fixed timetable, whose gaps grow with its age up to a day; where they
are an hour or more, up to four minutes later (`resting.py` in `poll_engagement`). Whoever
answers makes it lively: then the gap is as long as it has been quiet, beginning at five units. Such
extra looks come out of what the timetable leaves of `MOST`, and no faster than the timetable itself
goes by, so that a post that is lively for weeks is looked at for weeks.

`unit` is `Timing.thread` (a minute): every span here is a multiple of it.
"""

from bisect import bisect_right

from shared.core.models import Millis

MOST = 105
"""Looks at one thread at most, whatever happens below it."""
GROWTH = 1.25
LIVELY = 5
_DAY = 24 * 60
WATCHED = 30 * _DAY


def _timetable() -> tuple[float, ...]:
    """The ages, in units, at which a quiet post is looked at."""
    ages = [1.0]
    while (following := ages[-1] + min(max(ages[-1] * (GROWTH - 1), 1), _DAY)) <= WATCHED:
        ages.append(following)
    return tuple(ages)


TIMETABLE = _timetable()


def next_look(
    *, published_at: Millis, active_at: Millis, looks: int, now: Millis, unit: Millis
) -> Millis | None:
    """When to look again at a thread that was looked at `looks` times, the last time now; None when
    its time is over. `active_at`: when something in it last changed.
    """
    age = (now - published_at) / unit
    turn = bisect_right(TIMETABLE, age)
    if turn == len(TIMETABLE) or looks >= MOST:
        return None
    planned = published_at + int(TIMETABLE[turn] * unit)
    lively = now + max(LIVELY * unit, now - active_at)
    if lively >= planned or looks >= MOST * turn // len(TIMETABLE):
        return max(planned, now + 1)
    return lively


def planned_after(at: Millis, *, published_at: Millis, unit: Millis) -> Millis | None:
    """The first look of the timetable after `at`; None when its time is over."""
    turn = _planned_until(at, published_at, unit)
    return published_at + int(TIMETABLE[turn] * unit) if turn < len(TIMETABLE) else None


def planned_between(after: Millis, until: Millis, *, published_at: Millis, unit: Millis) -> int:
    """How many looks the timetable has in (after, until]."""
    done = _planned_until(after, published_at, unit)
    return max(0, _planned_until(until, published_at, unit) - done)


def _planned_until(at: Millis, published_at: Millis, unit: Millis) -> int:
    return bisect_right(TIMETABLE, at - published_at, key=lambda age: int(age * unit))


def first_look(*, published_at: Millis, now: Millis, unit: Millis) -> Millis | None:
    """When to look for the first time; None for what was published too long ago."""
    if now - published_at > WATCHED * unit:
        return None
    return max(now, published_at + unit)
