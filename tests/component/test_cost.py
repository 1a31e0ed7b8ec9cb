"""The month's bill, counted on the real steps: what a change makes dearer is seen here."""

import json
from collections.abc import Mapping
from dataclasses import replace

import pytest

from bench import cost
from bench.usage import Usage, measured
from deploy import prices

pytestmark = pytest.mark.enable_socket

RENEW = "If the change is worth it, renew the table with `make cost RENEW=1` and commit it."
CENT = 0.01


@pytest.fixture(scope="module")
def used() -> Mapping[str, Usage]:
    return measured()


def test_no_line_of_the_bill_rises_by_more_than_a_tenth(used: Mapping[str, Usage]) -> None:
    committed = json.loads(cost.BILL.read_text(encoding="utf-8"))
    now = cost.table(used)
    assert now.keys() == committed.keys(), RENEW
    dearer = [
        f"{month}: {line} {usd:.3f} instead of {committed[month].get(line, 0):.3f}"
        for month, lines in now.items()
        for line, usd in lines.items()
        if usd > committed[month].get(line, 0) * 1.1 + CENT / 10
    ]
    assert dearer == [], RENEW


def test_a_dearer_step_would_be_seen(used: Mapping[str, Usage]) -> None:
    """One write unit more for each look at an account is a tenth more of its line."""
    look = used["look at an account"]
    dearer = {**used, "look at an account": replace(look, writes=look.writes + 2)}
    line = "100 accounts, 10,000 posts, above idle"
    before, after = (cost.table(u)[line]["DynamoDB write units"] for u in (used, dearer))
    assert after > before * 1.1


def test_the_estimate_of_make_deploy_is_the_bill_at_rest(used: Mapping[str, Usage]) -> None:
    for run, (ms, log_bytes) in cost.runs(used).items():
        assert prices.RUN_MS[run] == pytest.approx(ms, rel=0.1)
        assert prices.LOG_BYTES[run] == pytest.approx(log_bytes, rel=0.1)
    assert used["tick"].calls["dynamodb:query"] == prices.WAKE_QUERIES
    looks = ("look for what is due to be heard", "look for what is due to be counted")
    assert sum(used[name].calls["dynamodb:query"] for name in looks) == prices.LISTENING_QUERIES
    assert all(used[name].writes == 0 for name in ("tick", *looks))
    assert all(not used[name].metrics for name in ("tick", *looks))


def test_at_rest_as_deployed_by_default_is_three_dollars_at_most() -> None:
    assert prices.total(tuple(cost.idle_by_price("standard").values())) <= 3


def test_every_price_is_in_some_bill_or_is_said_to_be_nothing(used: Mapping[str, Usage]) -> None:
    """Nothing is left out: traces are off, and metrics speak only when something goes wrong."""
    seen = {line for lines in cost.table(used).values() for line in lines}
    assert prices.PRICES.keys() - seen == {"X-Ray traces", "metrics"}
    said = {metric for usage in used.values() for metric in usage.metrics}
    assert said <= {"OverdueSeconds", "PollOverdueSeconds", "MetricsOverdueSeconds"}


def test_posts_due_in_the_same_second_share_an_invocation() -> None:
    assert cost.batches(100) == pytest.approx(100, rel=0.15)
    assert cost.batches(10_000_000) < 10_000_000 / 1.3
