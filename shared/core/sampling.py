"""When numbers are counted: often while a post is young, rarely when it is old.

A young post has a timer of its own. Afterwards its account's sweep counts it along, together with
all its posts of the last 30 days, in the network's largest batches: every day at first, then every
other day, and less while nothing moves. A post takes at most `MOST` snapshots in these 30 days.
"""

from dataclasses import replace

from shared.core.models import MINUTE, Millis
from shared.core.rollup import Counting, Series, Snapshot, merged

HOUR: Millis = 60 * MINUTE
DAY: Millis = 24 * HOUR
YOUNG = (1, 2.5, 6, 12, 24, 48, 84, 144)
"""After publication, as multiples of `Timing.sampling` (10 minutes): up to the end of the first
day, when most of what ever happens to a post has happened.
"""
FOLLOWED: Millis = 30 * DAY
OLD: Millis = 14 * DAY
"""From this age a post is counted every other day at most."""
EARLY: Millis = 2 * HOUR
"""A sweep takes along what would be due this soon: sweeps are not exactly a day apart."""
MOST = 30
RETRY: Millis = 5 * MINUTE
RETRY_MOST: Millis = 4 * HOUR
PATIENCE = 6
"""After so many failures in a row a post's own timer ends; the sweep goes on asking."""


def first_sampling(published_at: Millis, *, now: Millis, unit: Millis) -> Millis:
    """When the timer of a new series stands: soon after publication, or now for an older post."""
    return max(now, published_at + unit)


def next_sampling(published_at: Millis, *, now: Millis, unit: Millis) -> Millis | None:
    """The next look at a young post; None once the sweep takes over."""
    points = (published_at + int(unit * multiple) for multiple in YOUNG)
    return next((at for at in points if at > now), None)


def sampled(series: Series, snapshot: Snapshot, *, now: Millis, unit: Millis) -> Series:
    """With one more snapshot, and its timer moved on."""
    return replace(
        series,
        snapshots=merged(series.snapshots, [snapshot]),
        wake_at=next_sampling(series.published_at, now=now, unit=unit),
        failures_in_row=0,
    )


def gone(series: Series, *, now: Millis) -> Series:
    """The network no longer has the post: what was counted stays, and nobody asks again."""
    return replace(series, gone_at=series.gone_at or now, wake_at=None, failures_in_row=0)


def missed(series: Series, *, now: Millis, wait: Millis) -> Series:
    """The network did not say. Ask again after `wait`, or leave it to the sweep."""
    failures = series.failures_in_row + 1
    at = now + wait if failures < PATIENCE else None
    return replace(series, wake_at=at, failures_in_row=failures)


def unasked(series: Series) -> Series:
    """Nobody may ask for now: its account is not connected, or its network does not count."""
    return replace(series, wake_at=None)


def backoff(failures: int) -> Millis:
    """The longest wait after so many failures in a row."""
    return min(RETRY_MOST, RETRY << min(failures, 10))


def sweeps(counting: Counting, *, now: Millis, every: Millis = DAY) -> bool:
    """True when it is time to count all posts of the last 30 days."""
    return counting.swept_at is None or counting.swept_at + every <= now


def due_for_sweep(series: Series, *, now: Millis) -> bool:
    """True for a post of the last 30 days that has no timer of its own and was not counted lately:
    for a day, for two once it is old or did not move for a day, for four when it did not for three.
    """
    if series.gone_at is not None or series.wake_at is not None:
        return False
    if series.published_at <= now - FOLLOWED:
        return False
    if not series.snapshots:
        return True
    return series.snapshots[-1].at + _pause(series, now) - EARLY <= now


def _pause(series: Series, now: Millis) -> Millis:
    still = _unmoved_for(series.snapshots)
    if still >= 3 * DAY - EARLY:
        return 4 * DAY
    old = now - series.published_at > OLD
    return 2 * DAY if old or still >= DAY - EARLY else DAY


def _unmoved_for(snapshots: tuple[Snapshot, ...]) -> Millis:
    """How long the numbers have been as they were when last counted."""
    last = snapshots[-1]
    since = last.at
    for snapshot in reversed(snapshots):
        if snapshot.values != last.values:
            break
        since = snapshot.at
    return last.at - since


def next_counting(wake_at: Millis, *, now: Millis, every: Millis) -> Millis:
    """The account's next turn, in step with its earlier ones however late this one was."""
    return wake_at + every * max(0, -(-(now - wake_at + 1) // every))
