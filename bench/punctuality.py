"""Lateness under the latencies that AWS publishes, in virtual time; nothing here takes real time.

The tick, the deliverer and the preparer are production's, within the AWS of
`tests/simulation/punctuality/cloud.py`. The million posts are a queueing model with what was
counted on them (`queueing.py`). `published.py` holds AWS's figures with their pages.
"""

from collections.abc import Iterator, Sequence

from bench.table import Row, percentile
from shared.core.models import SECOND, Millis
from tests.simulation.punctuality import queueing, scenes

MONTH = 30.4
LATE: Millis = SECOND


def measure() -> Sequence[Row]:
    return [*_million(), *_at_once(), *_lost_ticks(), *_outage(), *_video()]


def _million() -> Iterator[Row]:
    many = 1_000_000
    any_instant = queueing.lateness(queueing.any_instant(many, MONTH))
    yield from _spread("1,000,000 posts of a month at any instant (model)", any_instant, goal=50)
    planned = queueing.lateness(queueing.as_people_plan(many, MONTH))
    what = "the same, half at full quarters of an hour, half at full minutes (model)"
    yield from _spread(what, planned)


def _spread(what: str, late: Sequence[float], *, goal: float | None = None) -> Iterator[Row]:
    yield Row(f"{what}: p50", percentile(late, 0.5), " ms")
    yield Row("· p99", percentile(late, 0.99), " ms", goal=goal)
    yield Row("· last", max(late), " ms")
    yield Row("· early", sum(ms < 0 for ms in late), goal=0)


def _at_once() -> Iterator[Row]:
    yield from _crowd("5,500 due in one second, 110 deliverers", 5_500, 110, goal=2_000)
    yield from _crowd("the same with 100 deliverers", 5_500, 100)
    what = "the same, 110 deliverers, all in one workspace"
    yield from _crowd(what, 5_500, 110, per_workspace=5_500)
    yield from _crowd("1,000 due in one second, 20 deliverers", 1_000, 20)
    yield from _crowd("the same with 5 deliverers, as on a new account", 1_000, 5)


def _crowd(
    what: str, number: int, deliverers: int, *, per_workspace: int = 5, goal: int | None = None
) -> Iterator[Row]:
    outcome = scenes.at_once(number, deliverers=deliverers, per_workspace=per_workspace)
    yield Row(f"{what}: p50", percentile(outcome.late, 0.5), " ms")
    yield Row("· p99", percentile(outcome.late, 0.99), " ms")
    yield Row("· last", max(outcome.late), " ms", goal=goal)
    yield Row("· early, or not live", outcome.early + number - len(outcome.late), goal=0)
    yield Row("· calls refused by a full partition and repeated", outcome.cloud.refused.total())


def _lost_ticks() -> Iterator[Row]:
    outcome = scenes.lost_ticks(3_000)
    late = sum(ms > LATE for ms in outcome.late)
    yield Row("four lost ticks among 3,000 posts: over a second late", late, goal=0)
    yield Row("· last", max(outcome.late), " ms")


def _outage() -> Iterator[Row]:
    for deliverers in (5, 100):
        yield from _drained(deliverers)


def _drained(deliverers: int) -> Iterator[Row]:
    found = scenes.drained(scenes.outage(10_000, deliverers=deliverers))
    what = f"6 hours of outage, 10,000 overdue, 20 to an account, {deliverers} deliverers: sent"
    yield Row(what, found.sent)
    yield Row("· held for a person; skipped, as asked", found.held + found.skipped)
    yield Row("· stale and sent without consent", found.stale, goal=0)
    yield Row("· left over", found.open, goal=0)
    burst = "· an account's fifth call after its first, least (allowed: 2,138 ms)"
    yield Row(burst, found.fastest, " ms")
    yield Row("· from the first tick to the last overdue post", found.took / SECOND, " s")
    yield Row("· what the rate limits alone would take", found.bound / SECOND, " s")


def _video() -> Iterator[Row]:
    outcome, slow = scenes.slow_video(1_000)
    left = outcome.cloud.left
    others = [left[f"{d.id}.0"] - d.due_at for d in outcome.deliveries if d != slow]
    yield Row(
        "a video that uploads for 10 minutes among 1,000 posts: others late", max(others), " ms"
    )
    yield Row("· others over a second late", sum(ms > LATE for ms in others), goal=0)
    yield Row("· the video itself late", (left[f"{slow.id}.0"] - slow.due_at) / SECOND, " s")
