"""How often a post is counted, and that this stays within bounds."""

from dataclasses import replace
from itertools import count, pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.core.models import MINUTE, Millis, Remote
from shared.core.rollup import Counting, Series, Snapshot
from shared.core.sampling import (
    DAY,
    FOLLOWED,
    HOUR,
    MOST,
    PATIENCE,
    RETRY,
    RETRY_MOST,
    backoff,
    due_for_sweep,
    first_sampling,
    gone,
    missed,
    next_counting,
    next_sampling,
    sampled,
    sweeps,
)
from tests.fakes.time import START

UNIT = 10 * MINUTE


def series(**changes: object) -> Series:
    made = Series("wks_1", "acc_1", "fake", "pst_1", "dlv_1", (Remote("r1"),), START, START + UNIT)
    return replace(made, **changes)  # type: ignore[arg-type]  # the tests' own shorthand


def followed(*, changing: bool, late: Millis = 0) -> Series:
    """A post through 31 days, with a tick every minute and its account's turn every hour."""
    one, number = series(), count()
    swept: Millis | None = None
    for now in range(START, START + 31 * DAY, MINUTE):
        value = next(number) if changing else 1
        if one.wake_at is not None and one.wake_at + late <= now:
            one = sampled(one, Snapshot(now, {"likes": value}), now=now, unit=UNIT)
        turn = Counting("wks_1", "acc_1", START, now, swept)
        if now % HOUR == START % HOUR and sweeps(turn, now=now):
            swept = now
            if due_for_sweep(one, now=now):
                one = sampled(one, Snapshot(now, {"likes": value}), now=now, unit=UNIT)
    return one


def test_a_young_post_is_counted_often_and_then_no_more_by_itself() -> None:
    at: Millis | None = first_sampling(START, now=START, unit=UNIT)
    points = []
    while at is not None:
        points.append((at - START) // MINUTE)
        at = next_sampling(START, now=at, unit=UNIT)
    assert points == [10, 25, 60, 120, 240, 480, 840, 1440]


def test_what_is_found_later_is_counted_at_once() -> None:
    now = START + 40 * DAY
    assert first_sampling(START, now=now, unit=UNIT) == now
    assert next_sampling(START, now=now, unit=UNIT) is None


@pytest.mark.parametrize("late", [0, 20 * MINUTE])
def test_a_post_that_always_moves_takes_no_more_snapshots_than_promised(late: Millis) -> None:
    taken = followed(changing=True, late=late).snapshots
    assert MOST - 4 <= len(taken) <= MOST <= 104
    ages = [s.at - START for s in taken]
    assert sum(age <= DAY + late for age in ages) >= 7
    assert max(ages) <= FOLLOWED
    # No gap is longer than a day (then two), but for what a sweep may be late.
    gaps = [b - a for a, b in pairwise(ages)]
    assert max(gaps) <= 2 * DAY + HOUR


def test_a_post_that_does_not_move_is_left_alone_more_and_more() -> None:
    taken = followed(changing=False).snapshots
    ages = [round((s.at - START) / DAY) for s in taken]
    assert ages[8:] == [3, 7, 11, 15, 19, 23, 27]


def test_one_change_brings_it_back_to_every_day() -> None:
    still = tuple(Snapshot(START + n * DAY, {"likes": 1}) for n in (1, 2, 4))
    quiet = series(wake_at=None, snapshots=still)
    assert not due_for_sweep(quiet, now=START + 6 * DAY)
    assert due_for_sweep(quiet, now=START + 8 * DAY)
    moved = replace(quiet, snapshots=(*still, Snapshot(START + 8 * DAY, {"likes": 2})))
    assert due_for_sweep(moved, now=START + 9 * DAY)


@pytest.mark.parametrize(
    ("changes", "after", "due"),
    [
        ({}, 2 * DAY, True),
        ({"wake_at": START + 2 * DAY}, 2 * DAY, False),
        ({"gone_at": START + DAY}, 2 * DAY, False),
        ({}, FOLLOWED - 1, True),
        ({}, FOLLOWED, False),
    ],
)
def test_what_a_sweep_takes_along(changes: dict[str, object], *, after: Millis, due: bool) -> None:
    one = series(**{"wake_at": None, **changes})
    assert due_for_sweep(one, now=START + after) is due


def test_what_was_counted_while_young_is_not_swept_the_same_day() -> None:
    one = series(wake_at=None, snapshots=(Snapshot(START + DAY, {"likes": 1}),))
    assert not due_for_sweep(one, now=START + DAY + 20 * HOUR)
    assert due_for_sweep(one, now=START + 2 * DAY - 2 * HOUR)


def test_a_network_that_does_not_say_is_asked_again_for_a_while() -> None:
    one, now = series(), START + UNIT
    for failures in range(1, PATIENCE):
        one = missed(one, now=now, wait=RETRY)
        assert (one.wake_at, one.failures_in_row) == (now + RETRY, failures)
    one = missed(one, now=now, wait=RETRY)
    assert one.wake_at is None
    assert due_for_sweep(one, now=now)
    again = sampled(one, Snapshot(now, {}), now=now, unit=UNIT)
    assert (again.failures_in_row, again.snapshots) == (0, (Snapshot(now, {}),))


def test_waiting_doubles_up_to_a_bound() -> None:
    assert [backoff(n) // MINUTE for n in (0, 1, 2)] == [5, 10, 20]
    assert backoff(6) == backoff(1_000) == RETRY_MOST


def test_a_post_that_is_gone_keeps_its_numbers_and_is_asked_about_no_more() -> None:
    one = series(snapshots=(Snapshot(START + UNIT, {"likes": 3}),))
    ended = gone(one, now=START + HOUR)
    assert (ended.gone_at, ended.wake_at) == (START + HOUR, None)
    assert ended.snapshots == one.snapshots
    assert gone(ended, now=START + DAY).gone_at == START + HOUR


@given(st.integers(0, 10 * HOUR), st.integers(MINUTE, 2 * HOUR))
def test_an_accounts_turns_stay_in_step(late: Millis, every: Millis) -> None:
    now = START + late
    after = next_counting(START, now=now, every=every)
    assert now < after <= now + every
    assert (after - START) % every == 0
