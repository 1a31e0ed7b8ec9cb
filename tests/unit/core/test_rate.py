"""The arithmetic of budgets and breakers: no window of a network ever holds more than it allows."""

from bisect import bisect_left
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shared.core import rate
from shared.core.models import MINUTE, SECOND
from shared.core.rate import DELAY, SKEW, WINDOW, Breaker, Budget, Limit, Pace
from shared.core.timing import Timing

START = 1_800_000_000_000
PACE = Pace(interval=2_000, burst=3)
TIMING = Timing()
MASTODON = {"calls_per_5_minutes": 300, "uploads_per_30_minutes": 30}
BLUESKY = {"calls_per_5_minutes": 3_000, "posts_per_hour": 1_666, "posts_per_day": 11_666}

WISHES = st.lists(
    st.tuples(
        st.sampled_from([0, 1, 100, 2_000, 3_000, 20_000, MINUTE, 6 * MINUTE]),
        st.integers(-SKEW, SKEW),
        st.integers(0, DELAY),
        st.booleans(),
    ),
    min_size=1,
    max_size=400,
)


def fullest(arrivals: list[int], window: int) -> int:
    """Most of `arrivals` that any half-open window holds."""
    ordered = sorted(arrivals)
    return max(bisect_left(ordered, at + window) - n for n, at in enumerate(ordered))


@settings(max_examples=60, deadline=None)
@given(most=st.sampled_from([1, 2, 5, 8, 9, 10, 30, 150]), wishes=WISHES)
def test_no_window_holds_more_than_allowed_whatever_clocks_and_lines_do(
    most: int, wishes: list[tuple[int, int, int, bool]]
) -> None:
    limit = Limit(most, WINDOW)
    pace, budget, now, arrivals = rate.pace([limit]), Budget(), START, []
    stood_alone = 0
    for gap, skew, delay, alone in wishes * 2:
        now += gap
        seen = now + skew
        if alone and now >= stood_alone + MINUTE and rate.resting(budget, pace, now=seen):
            stood_alone = now
            arrivals.append(now + delay)
            continue
        after = rate.taken(budget, pace, now=seen)
        if after is not None:
            budget = after
            arrivals.append(now + delay)
    assert not arrivals or fullest(arrivals, WINDOW) <= most


@pytest.mark.parametrize("most", [10, 40, 150, 1_500])
def test_at_worst_a_window_holds_what_is_allowed(most: int) -> None:
    """Before it opens callers have slow clocks and their calls are slow to leave, then fast ones;
    and as many as may be are not counted.
    """
    pace, budget = rate.pace([Limit(most, WINDOW)]), Budget()
    opens = START + DELAY
    arrivals = [opens] * (rate.UNCOUNTED if rate.resting(budget, pace, now=START - SKEW) else 0)
    for now in range(START, opens + WINDOW, 20):
        skew = -SKEW if now < opens else min(SKEW, now - opens - SKEW)
        after = rate.taken(budget, pace, now=now + skew)
        if after is not None:
            budget = after
            arrivals.append(max(now, opens))
    assert most - most // 100 - 2 <= fullest(arrivals, WINDOW) <= most


@pytest.mark.parametrize("most", [40, 150, 500, 1_500])
def test_of_a_window_nine_tenths_can_be_used(most: int) -> None:
    pace = rate.pace([Limit(most, WINDOW)])
    budget, arrivals = Budget(), []
    for now in range(START, START + 4 * WINDOW, 20):
        after = rate.taken(budget, pace, now=now)
        if after is not None:
            budget = after
            arrivals.append(now)
    used = [at for at in arrivals if START + WINDOW <= at < START + 2 * WINDOW]
    assert fullest(arrivals, WINDOW) <= most
    if most >= 150:
        assert len(used) >= most * 0.9
    assert fullest(arrivals, 20) <= rate.BURST, "never more at once"


def test_the_slowest_of_several_limits_is_kept() -> None:
    pace = rate.calls_pace(BLUESKY)
    day, hour = 24 * 60 * MINUTE, 60 * MINUTE
    assert day / pace.interval + pace.burst <= 11_666
    assert hour / pace.interval + pace.burst <= 1_666
    assert day / pace.interval >= 0.99 * 11_666


def test_a_network_that_names_nothing_is_supposed_to_be_usual() -> None:
    assert rate.calls_pace({}) == rate.calls_pace({"calls_per_5_minutes": rate.USUAL})
    assert rate.uploads_pace({}) is None
    assert rate.uploads_pace(MASTODON) == Pace(interval=129_215, burst=15)


@pytest.mark.parametrize("most", range(100, 5_000, 37))
def test_the_parts_never_add_up_to_more_and_half_is_publishings(most: int) -> None:
    counted = rate.counting(most) * rate.RUNS
    assert rate.publishing(most) >= most / 2
    assert rate.publishing(most) + rate.listening(most) + counted <= most


def test_a_burst_leaves_at_once_and_then_one_by_one() -> None:
    budget, left = Budget(), []
    for now in range(START, START + 10_000, 500):
        after = rate.taken(budget, PACE, now=now)
        if after is not None:
            left.append(now - START)
            budget = after
    assert left == [0, 500, 1_000, 2_000, 4_000, 6_000, 8_000]


def test_more_than_a_burst_is_taken_once_all_is_there_and_paid_for_afterwards() -> None:
    after = rate.taken(Budget(), PACE, now=START, cost=10)
    assert after == Budget(arrival=START + 20_000)
    assert rate.taken(after, PACE, now=START + 15_999) is None
    assert rate.taken(after, PACE, now=START + 16_000) is not None


def test_nothing_is_taken_while_parked_and_a_park_is_never_shortened() -> None:
    parked = rate.parked(rate.parked(Budget(), until=START + 9), until=START + 5)
    assert parked.parked_until == START + 9
    assert rate.taken(parked, PACE, now=START + 8) is None
    assert rate.taken(parked, PACE, now=START + 9) is not None


def test_who_stands_alone_is_not_counted_only_when_all_has_been_at_rest_for_a_minute() -> None:
    at = START + MINUTE
    assert rate.resting(Budget(), PACE, now=at)
    assert rate.resting(Budget(arrival=START, line=START, parked_until=START), PACE, now=at)
    for busy in ("arrival", "line", "parked_until"):
        assert not rate.resting(replace(Budget(), **{busy: START + 1}), PACE, now=at)
    slow = Pace(interval=MINUTE + 1, burst=1)
    assert not rate.resting(Budget(), slow, now=at), "a minute would not make up for it"


def test_places_in_line_are_one_interval_apart_and_begin_where_asked() -> None:
    first, budget = rate.in_line(Budget(), PACE, not_before=START)
    second, budget = rate.in_line(budget, PACE, not_before=START - 9)
    later, budget = rate.in_line(budget, PACE, not_before=START + MINUTE)
    assert [at - START for at in (first, second, later)] == [0, 2_000, MINUTE]
    assert budget.line == START + MINUTE + 2_000


def failing(breaker: Breaker, times: int, *, now: int = START, probing: bool = False) -> Breaker:
    for _ in range(times):
        breaker = rate.failed(breaker, TIMING, now=now, probing=probing)
    return breaker


def test_a_breaker_opens_after_several_failures_and_not_before() -> None:
    assert not failing(Breaker(), rate.FAILURES - 1).is_open
    opened = failing(Breaker(), rate.FAILURES)
    assert (opened.is_open, opened.open_until) == (True, START + TIMING.breaker_base)


def test_failures_far_apart_are_not_one_trouble() -> None:
    before = failing(Breaker(), rate.FAILURES - 1)
    assert rate.failed(before, TIMING, now=START + rate.TOGETHER + 1).failures == 1
    assert rate.failed(before, TIMING, now=START + rate.TOGETHER).is_open


def test_only_the_one_that_tries_makes_the_pause_longer_up_to_a_bound() -> None:
    breaker = failing(Breaker(), rate.FAILURES)
    assert failing(breaker, 50) == breaker, "what was under way says nothing new"
    pauses = []
    for _ in range(8):
        breaker = rate.failed(breaker, TIMING, now=START, probing=True)
        pauses.append((breaker.open_until - START) // SECOND)
    assert pauses == [10, 20, 40, 80, 160, 300, 300, 300]


def test_while_one_tries_it_stays_open_and_success_forgets_everything() -> None:
    breaker = replace(failing(Breaker(), rate.FAILURES), version=7)
    probed = rate.probed(breaker, TIMING, now=START + MINUTE)
    assert (probed.is_open, probed.open_until) == (True, START + MINUTE + TIMING.breaker_probe)
    assert rate.closed(probed) == Breaker(version=7)
