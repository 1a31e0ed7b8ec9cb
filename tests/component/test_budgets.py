"""What a post and a tick may cost: counted on the real handlers, never timed. See `bench/`."""

import pytest

from bench import calendar, capacity, tick
from bench.metered import metered_world
from bench.table import Row

pytestmark = pytest.mark.enable_socket


def missed(rows: list[Row]) -> list[str]:
    return [f"{row.what}: {row.value} > {row.goal}" for row in rows if row.verdict == "MISSED"]


def test_a_text_post_stays_within_its_budget() -> None:
    """Raises as well when another call is made than the table of the bench names."""
    rows = list(capacity.measure())
    assert sum(row.goal is not None for row in rows) == 6
    assert missed(rows) == []


def test_the_keys_of_credentials_are_read_once_per_process() -> None:
    with metered_world() as world:
        opened = []
        for text in ("first", "second"):
            capacity.creation(world, text)
            opened.append(capacity.dispatch(world).opening)
    assert opened == [1, 0]


def test_a_tick_costs_the_same_whatever_is_planned() -> None:
    few, many = tick.ticked(10), tick.ticked(1_000)
    assert [call.name for call in many.calls] == [call.name for call in few.calls]
    assert missed([*tick.rows(many, at_most=few)]) == []


def test_a_month_of_a_thousand_posts_is_three_queries() -> None:
    """For its posts, its key dates, and what does not fit a query's megabyte. The rest of the
    workspace costs nothing: `make bench` shows the same with 10,000.
    """
    with metered_world() as world:
        calendar.fill(world, in_month=1_000, others=100, accounts=2)
        seen = calendar.shown(world)
    assert seen.posts == 1_000
    assert missed([*calendar.figures("month", seen)]) == []
    assert {call.name for call in seen.calls} == {"dynamodb:query", "dynamodb:get_item"}
