"""How fast one account may be spoken to, and when a server is left alone. Pure.

A network counts calls in windows by its own clock; several workers, whose clocks differ, share one
account. They share a `Budget` under the generic cell rate algorithm (GCRA): one instant, `arrival`,
that each call moves on by an `interval`, and that may run `burst` intervals ahead of the clock. The
interval is chosen so that no window of the network holds more than it allows, however the calls
fall (`pace`). See docs/decisions/0017-rate-limits.md.
"""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from enum import StrEnum

from shared.core.models import MINUTE, SECOND, Millis
from shared.core.timing import Timing
from shared.core.values import dataclass

SKEW: Millis = 2 * SECOND
"""How far a worker's clock may be from the network's, either way."""
DELAY: Millis = 5 * SECOND
"""A call that has not left this long after it was allowed is not made."""
UNCOUNTED = 2
"""Calls that may leave without being counted before they are made up for; see `resting`."""
BURST = 4
"""Calls that may leave at once after a rest: more would be a burst to readers as well."""
USUAL = 300
"""Calls in five minutes that we suppose of a network that names no limit."""
WINDOW: Millis = 5 * MINUTE
LEAST_HEARD = 12
"""Calls per window that listening may make at least: networks that allow fewer than 100 do not
exist among ours (`tests/contract/test_platforms.py`)."""
LEAST_COUNTED = 2
"""Calls of one run of counting at least: one for the account, one for its posts."""
RUNS = 5
"""Runs of counting in a window: one a minute."""


@dataclass(frozen=True, slots=True)
class Limit:
    """A network takes `most` calls of one account in any `window`."""

    most: int
    window: Millis


@dataclass(frozen=True, slots=True)
class Pace:
    """`interval` between calls in the long run; `burst` may leave at once after a rest."""

    interval: Millis
    burst: int


class Meter(StrEnum):
    """What is counted of a profile, each by itself."""

    CALLS = "CALLS"
    UPLOADS = "UPLOADS"


@dataclass(frozen=True, slots=True)
class Budget:
    """What all workers know of one meter of one profile.

    `arrival`: when the next call would be due if they came evenly. `line`: the end of the line of
    those that were told to come back. `parked_until`: the network said "not before".
    """

    arrival: Millis = 0
    line: Millis = 0
    parked_until: Millis = 0


def publishing(most: int) -> int:
    """Publishing's part of `most` calls: half at least, whatever else is going on."""
    return max(1, most - most // 2)


def listening(most: int) -> int:
    """Listening's part: four tenths."""
    return max(LEAST_HEARD, most * 2 // 5)


def counting(most: int) -> int:
    """Counting's part of one run: a tenth in all runs of a window together."""
    return max(LEAST_COUNTED, most // 10 // RUNS)


def pace(limits: Iterable[Limit], *, burst: int = BURST) -> Pace:
    """The fastest that keeps within all of `limits`.

    In a window there are at most `burst` calls and one for each interval. The window is taken as
    longer than it is: by the clocks of the first and the last caller, and by how long a call may
    take to leave.
    """
    interval = 1
    for limit in limits:
        burst = min(burst, max(1, limit.most // 2))
        spare = UNCOUNTED if limit.most > 4 * UNCOUNTED else 0
        steady = limit.most - spare - burst + 1
        interval = max(interval, (limit.window + 2 * SKEW + DELAY) // steady + 1)
    return Pace(interval, burst)


def calls_pace(numbers: Mapping[str, int]) -> Pace:
    """Publishing's pace under a network's numbers, by the names of `Capabilities.facts`."""
    most = publishing(numbers.get("calls_per_5_minutes", USUAL))
    limits = [Limit(most, WINDOW)]
    for name, window in (("posts_per_hour", 60 * MINUTE), ("posts_per_day", 24 * 60 * MINUTE)):
        if name in numbers:
            limits.append(Limit(numbers[name], window))
    return pace(limits)


def uploads_pace(numbers: Mapping[str, int]) -> Pace | None:
    """The pace of files, half of them at once: they go up ahead of time. None: no such limit."""
    most = numbers.get("uploads_per_30_minutes")
    return None if most is None else pace([Limit(most, 30 * MINUTE)], burst=most // 2)


def resting(budget: Budget, pace: Pace, *, now: Millis) -> bool:
    """True when a call that stands alone need not be counted.

    Of those there is at most one a minute (the tick sees to that), and nothing was counted for a
    minute: so each is made up for before the next, and a window holds two more than counted.
    """
    idle = max(budget.arrival, budget.line, budget.parked_until) + MINUTE <= now
    return idle and pace.interval <= MINUTE


def earliest(budget: Budget, pace: Pace, *, cost: int = 1) -> Millis:
    """From when on `cost` calls may leave, as things stand. More than a burst waits for as much."""
    return max(budget.parked_until, budget.arrival - ahead(pace, cost))


def ahead(pace: Pace, cost: int) -> Millis:
    """How far ahead of the clock `arrival` may be for `cost` calls to leave."""
    return (pace.burst - min(cost, pace.burst)) * pace.interval


def taken(budget: Budget, pace: Pace, *, now: Millis, cost: int = 1) -> Budget | None:
    """The budget after `cost` calls now; None when it is not yet time."""
    if earliest(budget, pace, cost=cost) > now:
        return None
    return replace(budget, arrival=max(budget.arrival, now) + cost * pace.interval)


def in_line(
    budget: Budget, pace: Pace, *, not_before: Millis, cost: int = 1
) -> tuple[Millis, Budget]:
    """A place at the end of the line: when to come back, and the budget with the line longer."""
    at = max(not_before, budget.line)
    return at, replace(budget, line=at + cost * pace.interval)


def parked(budget: Budget, *, until: Millis) -> Budget:
    """The network will not listen before `until`."""
    return replace(budget, parked_until=max(budget.parked_until, until))


FAILURES = 5
"""Failures in a row, nothing having worked in between, after which a server is left alone."""
TOGETHER: Millis = 10 * MINUTE
"""Failures further apart than this are not one trouble."""


@dataclass(frozen=True, slots=True)
class Breaker:
    """What all workers know of one server's trouble. After `FAILURES` nobody speaks to it before
    `open_until`; then one may try, and the others wait for what becomes of it.
    """

    failures: int = 0
    failed_at: Millis = 0
    open_until: Millis = 0
    version: int = 0

    @property
    def is_open(self) -> bool:
        """Also while one tries."""
        return self.failures >= FAILURES


def failed(breaker: Breaker, timing: Timing, *, now: Millis, probing: bool = False) -> Breaker:
    """One more failure: from `FAILURES` on the pause doubles with each that tried. What was under
    way when it opened says nothing new.
    """
    if breaker.is_open and not probing:
        return breaker
    together = breaker.is_open or now - breaker.failed_at <= TOGETHER
    failures = breaker.failures + 1 if together else 1
    if failures < FAILURES:
        return replace(breaker, failures=failures, failed_at=now, open_until=now)
    pause = min(timing.breaker_cap, timing.breaker_base * 2 ** min(failures - FAILURES, 16))
    return replace(breaker, failures=failures, failed_at=now, open_until=now + pause)


def probed(breaker: Breaker, timing: Timing, *, now: Millis) -> Breaker:
    """One tries; should it be lost, another one may after `breaker_probe`."""
    return replace(breaker, open_until=now + timing.breaker_probe)


def closed(breaker: Breaker) -> Breaker:
    """Something worked."""
    return Breaker(version=breaker.version)
