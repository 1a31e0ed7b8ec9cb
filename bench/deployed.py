"""The whole local system: how long it takes to be ready, and how late posts leave from it.

Lateness has no goal here: the emulator, the practice network, the functions and this program share
the machine, whose load is told beside the figures.
"""

import os
import random
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from bench.table import Row, percentile
from tests.servers.local_system import LocalSystem

POSTS = int(os.environ.get("BENCH_POSTS", "50"))
SPREAD_S = 60
AHEAD_S = 30
"""Time to create them all; then everything is dispatched by the api itself, within the horizon."""


def measure() -> Sequence[Row]:
    with tempfile.TemporaryDirectory(prefix="tidings-bench-") as folder:
        system, cold = LocalSystem(Path(folder) / "data"), 0.0
        try:
            cold = _ready(system)
            system.stop()
            warm = _ready(system)
            late, load = _lateness(system)
        finally:
            system.stop()
    return [
        Row("make run to ready, new data (installed and built before)", cold, " s"),
        Row("make run to ready, again on the same data", warm, " s", goal=30),
        *late,
        Row("load of the machine while they left", load),
    ]


def _ready(system: LocalSystem) -> float:
    """Seconds; what `make run` needs is installed and built already."""
    began = time.monotonic()
    system.start()
    return time.monotonic() - began


def _lateness(system: LocalSystem) -> tuple[list[Row], float]:
    chance = random.Random(7)  # noqa: S311  a measurement, not a secret
    account = system.practice["account_id"]
    begin = time.monotonic() + AHEAD_S
    made = []
    for number in range(POSTS):
        after = begin - time.monotonic() + chance.uniform(0, SPREAD_S)
        made.append(system.post(f"post {number}", account, after=after)["id"])
    time.sleep(max(0.0, begin + SPREAD_S - time.monotonic()))
    load = os.getloadavg()[0]
    deliveries = [delivery for post_id in made for delivery in _published(system, post_id)]
    sent = [float(delivery["lateness_ms"]) for delivery in deliveries]
    return list(_rows(sent)), load


def _published(system: LocalSystem, post_id: str) -> list[dict[str, Any]]:
    post = system.wait_for(post_id, "published", within=120)
    found: list[dict[str, Any]] = post["deliveries"]
    return found


def _rows(sent: Sequence[float]) -> Iterator[Row]:
    yield Row("posts that went live", len(sent))
    yield Row("sent before their instant", sum(value < 0 for value in sent), goal=0)
    yield Row("sent after their instant, p50", percentile(sent, 0.5), " ms")
    yield Row("sent after their instant, p99", percentile(sent, 0.99), " ms")
    yield Row("sent after their instant, most", max(sent), " ms")
