"""Snapshots come in any order, twice, late and in pieces; what is kept is the same."""

import json
import random
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.core.rollup import (
    QUARTER,
    Audience,
    Engagement,
    Snapshot,
    audience,
    combined,
    engagement,
    engagement_rate,
    latest,
    merged,
)
from tests.fakes.time import START

NAMES = ("likes", "reposts", "replies", "quotes")
values = st.dictionaries(st.sampled_from(NAMES), st.integers(0, 5))
instants = st.integers(START, START + 6 * QUARTER)
snapshots = st.builds(Snapshot, instants, values)


def as_bytes(kept: Sequence[Snapshot]) -> bytes:
    """Names are not sorted here: their order belongs to what must be the same."""
    return json.dumps([[s.at, dict(s.values)] for s in kept]).encode()


@given(st.lists(snapshots, max_size=30), st.randoms(use_true_random=False))
def test_order_duplicates_delay_and_pieces_change_nothing(
    taken: list[Snapshot], chance: random.Random
) -> None:
    known = as_bytes(merged(taken))
    again = taken + [chance.choice(taken) for _ in range(5) if taken]
    again = [
        Snapshot(s.at, dict(chance.sample(list(s.values.items()), len(s.values)))) for s in again
    ]
    chance.shuffle(again)
    one_by_one: tuple[Snapshot, ...] = ()
    for snapshot in again:
        one_by_one = merged(one_by_one, [snapshot])
    assert as_bytes(one_by_one) == known
    cut = chance.randrange(len(again) + 1)
    assert as_bytes(merged(merged(again[:cut]), merged(again[cut:]))) == known


@given(st.lists(snapshots, max_size=30))
def test_a_quarter_of_an_hour_keeps_what_was_counted_last_in_it(taken: list[Snapshot]) -> None:
    kept = merged(taken)
    assert [s.at // QUARTER for s in kept] == sorted({s.at // QUARTER for s in taken})
    for one in kept:
        same = [s for s in taken if s.at // QUARTER == one.at // QUARTER]
        assert one.at == max(s.at for s in same)
        assert one.values in [s.values for s in same if s.at == one.at]


def test_of_two_at_the_same_instant_one_is_chosen_whichever_came_first() -> None:
    few, many = Snapshot(START, {"likes": 1}), Snapshot(START, {"likes": 2})
    assert merged([few, many]) == merged([many, few]) == (many,)


def test_a_number_that_falls_is_kept_as_it_is() -> None:
    taken = [Snapshot(START + n * QUARTER, {"likes": likes}) for n, likes in enumerate((7, 3, 5))]
    assert [s.values["likes"] for s in merged(taken)] == [7, 3, 5]


def test_an_absent_counter_stays_absent() -> None:
    kept = merged([Snapshot(START, {"likes": 0})], [Snapshot(START + QUARTER, {})])
    assert [dict(s.values) for s in kept] == [{"likes": 0}, {}]


def test_the_parts_of_a_thread_are_added_up_without_our_own_continuation() -> None:
    first = {"likes": 5, "replies": 3, "quotes": 1}
    second = {"likes": 2, "replies": 1}
    last = {"likes": 1, "replies": 4, "quotes": 2}
    assert combined([first, second, last]) == {"likes": 8, "replies": 2 + 0 + 4}


def test_a_single_post_is_what_it_is() -> None:
    assert combined([{"replies": 2, "likes": 0}]) == {"likes": 0, "replies": 2}
    assert combined([{}]) == {}


def test_a_part_that_is_gone_counts_no_more_and_answers_nobody() -> None:
    assert combined([{"likes": 1, "replies": 1}, None]) == {"likes": 1, "replies": 1}
    assert combined([None, {"replies": 2}]) == {"replies": 2}
    assert combined([None, None]) == {}


def test_a_network_that_does_not_count_our_continuation_gives_no_negative_number() -> None:
    assert combined([{"replies": 0}, {"replies": 1}]) == {"replies": 1}


def test_engagement_adds_what_is_reported_and_says_what_that_was() -> None:
    reported = {"likes": 3, "replies": 2, "views": 900, "saves": 1}
    assert engagement(reported) == Engagement(6, ("likes", "replies", "saves"))
    assert engagement({"likes": 0}) == Engagement(0, ("likes",))
    assert engagement({"views": 900}) is None


@pytest.mark.parametrize(
    ("reported", "followers", "expected"),
    [
        ({"reach": 50, "impressions": 80}, 400, Audience(50, "reach")),
        ({"impressions": 80}, 400, Audience(80, "impressions")),
        ({"likes": 1}, 400, Audience(400, "followers")),
        ({"likes": 1}, None, None),
        ({"likes": 1}, 0, None),
        ({"reach": 0}, 400, None),
    ],
)
def test_whom_engagement_is_divided_by(
    reported: dict[str, int], followers: int | None, expected: Audience | None
) -> None:
    assert audience(reported, followers=followers) == expected


def test_the_rate_is_per_hundred() -> None:
    assert engagement_rate(3, 400) == 0.75
    assert engagement_rate(1, 3) == 33.3333


def test_the_latest_known_number_at_a_moment() -> None:
    taken = [
        Snapshot(START, {"followers": 10}),
        Snapshot(START + 5, {"followers": 12}),
        Snapshot(START + 9, {"following": 1}),
    ]
    assert latest(taken, "followers", at=START + 4) == 10
    assert latest(taken, "followers", at=START + 99) == 12
    assert latest(taken, "followers", at=START - 1) is None
    assert latest(taken, "posts", at=START + 99) is None
