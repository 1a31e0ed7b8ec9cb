"""The estimate adds up, and its quantities are the template's."""

import re

import pytest

from deploy.prices import (
    PRICES,
    PRICES_OF,
    Line,
    estimate,
    idle,
    posts,
    total,
    total_after_free,
)
from tests.template.reading import FUNCTION, resources


def test_a_line_is_units_times_price() -> None:
    assert Line("alarms", 18).usd == pytest.approx(1.80)
    assert Line("alarms", 18).usd_after_free == pytest.approx(0.80)
    assert Line("alarms", 3).usd_after_free == 0


@pytest.mark.parametrize(
    ("footprint", "listed", "after_free"),
    [("full", 5.40, 0.60), ("standard", 2.00, 0.20), ("small", 1.22, 0.19)],
)
def test_a_month_at_rest(footprint: str, listed: float, after_free: float) -> None:
    lines = idle(footprint)
    assert total(lines) == pytest.approx(listed, abs=0.005)
    assert total_after_free(lines) == pytest.approx(after_free, abs=0.005)
    assert total(lines) == pytest.approx(sum(line.units * PRICES[line.price].usd for line in lines))


def test_posts_cost_in_proportion() -> None:
    assert total(posts(1_000)) == pytest.approx(0.31, abs=0.005)
    assert total(posts(50_000)) == pytest.approx(50 * total(posts(1_000)))
    assert total(posts(0)) == 0


def test_what_is_shown_is_what_was_calculated() -> None:
    shown = estimate("standard")
    assert re.search(r"a month at rest +2\.00 +0\.20", shown)
    assert re.search(r"1,000 posts with a 1 MB image +0\.31", shown)
    assert PRICES_OF in shown
    assert "dashboard" not in estimate("small")


def test_the_memory_that_is_charged_is_the_memory_that_is_set() -> None:
    functions = resources(FUNCTION)
    assert functions["TickFunction"]["MemorySize"] == 0.5 * 1024
    for name in ("PollEngagementFunction", "MetricsRollupFunction"):
        assert functions[name]["MemorySize"] == 0.5 * 1024
    for name in ("PrepareFunction", "DeliverFunction", "ApiFunction"):
        assert functions[name]["MemorySize"] / 1024 == pytest.approx(1.73, abs=0.005)
