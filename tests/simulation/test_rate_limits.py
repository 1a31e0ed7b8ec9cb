"""Sixty-four deliverers on one profile, in virtual time: what the network's own window sees.

Clocks are up to two seconds wrong, workers die while they hold what they took, stall before they
send, and polling takes its share all the while. Who may leave is decided by production's own
`rates.turn`. The window slides, which is stricter than any network's.
"""

import heapq
import os
import random
from bisect import bisect_left
from dataclasses import dataclass, field, replace
from itertools import count

import pytest

from functions.publish import rates
from shared.core import rate
from shared.core.models import MINUTE, SECOND
from shared.core.rate import DELAY, SKEW, WINDOW, Meter
from tests.fakes import make
from tests.fakes.counting import CountingNetwork
from tests.fakes.store import MemoryStore
from tests.fakes.time import START, FakeClock
from tests.fakes.world import World
from tests.simulation import tally

DELIVERERS = 64
SPAN = 60 * MINUTE if os.environ.get("TIDINGS_PROVE") else 20 * MINUTE
SEEDS = 100 if os.environ.get("TIDINGS_PROVE") else 6


@dataclass
class Network:
    """Counts what arrives, by its own clock."""

    most: int = 300
    arrivals: list[int] = field(default_factory=list)

    def call(self, at: int) -> None:
        self.arrivals.append(at)

    def fullest(self) -> int:
        """Most that any window of the length of `WINDOW` held."""
        ordered = sorted(self.arrivals)
        return max(bisect_left(ordered, at + WINDOW) - n for n, at in enumerate(ordered))

    def used(self) -> float:
        """Of what could be used between the first window and the last, the part that was."""
        steady = [at for at in self.arrivals if START + WINDOW <= at < START + SPAN - WINDOW]
        return len(steady) / (self.most * (SPAN - 2 * WINDOW) / WINDOW)


class Worker:
    """A deliverer of its own process: its clock is its own, the store is everybody's."""

    def __init__(self, simulation: "Simulation") -> None:
        self.clock = FakeClock()
        network = CountingNetwork(self.clock, per_window=simulation.most)
        store = simulation.store if simulation.shared else MemoryStore()
        self.publisher = replace(
            World(clock=self.clock).publisher,
            store=store,
            platforms=network,
            random=simulation.chance,
        )


@dataclass
class Simulation:
    """Deliverers with endless work, one event at a time; `seed` decides everything."""

    seed: int
    crashes: float = 0.01
    stalls: float = 0.02
    most: int = 300
    shared: bool = True
    span: int = SPAN

    def __post_init__(self) -> None:
        self.chance = random.Random(self.seed)  # noqa: S311  repeatable on purpose
        self.network = Network(self.most)
        self.store = MemoryStore()
        self.account = make.account(platform="fake")
        self.delivery = make.delivery(make.post())
        self.workers = [Worker(self) for _ in range(DELIVERERS)]
        self.skews = [self.chance.randint(-SKEW, SKEW) for _ in range(DELIVERERS)]
        self.crashed = self.dropped = 0
        self._order = count()
        self._events: list[tuple[int, int, str, int]] = []

    def at(self, when: int, what: str, worker: int) -> None:
        heapq.heappush(self._events, (when, next(self._order), what, worker))

    def run(self) -> "Simulation":
        for worker in range(DELIVERERS):
            self.at(START + self.chance.randrange(SECOND), "new", worker)
        self.at(START, "poll", 0)
        self.at(START, "count", 0)
        while self._events and self._events[0][0] < START + self.span:
            now, _, what, worker = heapq.heappop(self._events)
            if what == "poll":
                self._listening(now)
            elif what == "count":
                self._burst(now, rate.counting(self.most))
                self.at(now + MINUTE, "count", 0)
            else:
                self._deliverer(now, worker, returning=what == "back")
        return self

    def _deliverer(self, now: int, worker: int, *, returning: bool) -> None:
        publisher = self.workers[worker]
        publisher.clock.set(now + self.skews[worker])
        delivery = replace(self.delivery, retry_at=now if returning else None)
        standing = self.store.standing(self.account, Meter.CALLS)
        turn = rates.turn(publisher.publisher, delivery, self.account, standing, alone=False)
        if turn.at is None:
            self._sends(now, worker)
        else:  # messages have whole seconds of delay, and clocks differ
            late = self.chance.randrange(SECOND)
            self.at(max(now, turn.at - self.skews[worker]) + late, "back", worker)

    def _sends(self, now: int, worker: int) -> None:
        """It holds a call: it may die with it, or be so slow that it must not use it any more."""
        drawn = self.chance.random()
        delay = self.chance.randrange(300)
        if drawn < self.crashes:
            self.crashed += 1
            self.at(now + self.chance.randrange(90 * SECOND), "new", worker)
            return
        if drawn < self.crashes + self.stalls:
            delay = self.chance.randrange(2 * DELAY)
        if delay > DELAY:
            self.dropped += 1
        else:
            self.network.call(now + delay)
        self.at(now + delay + self.chance.randrange(SECOND), "new", worker)

    def _listening(self, now: int) -> None:
        """Takes all that it may, at once, when a window of its own begins."""
        self._burst(now, rate.listening(self.most))
        self.at(now + WINDOW + 2 * SKEW, "poll", 0)

    def _burst(self, now: int, calls: int) -> None:
        for _ in range(calls):
            self.network.call(now)


@pytest.mark.parametrize(("seed", "most"), [(0, 1_000), *((seed, 300) for seed in range(1, SEEDS))])
def test_the_window_is_never_exceeded_and_nine_tenths_of_it_are_used(seed: int, most: int) -> None:
    done = Simulation(seed, most=most).run()
    exceeded = max(0, done.network.fullest() - most)
    tally.COUNTS["rate limits: calls of 64 workers"] += len(done.network.arrivals)
    tally.COUNTS["rate limits: windows exceeded"] += exceeded
    tally.COUNTS["rate limits: workers lost while holding a call"] += done.crashed
    assert exceeded == 0
    assert done.network.used() >= 0.9, (done.network.used(), done.crashed, done.dropped)
    assert done.crashed > 0, "some died while holding a call"


def test_workers_that_share_nothing_exceed_the_window() -> None:
    """The simulation sees what it is there to see."""
    done = Simulation(1, shared=False, span=2 * MINUTE).run()
    assert done.network.fullest() > done.most
