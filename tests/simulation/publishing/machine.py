"""Virtual time and the processes that live in it: one thread, and a seed decides who runs next.

Each thread of each Lambda invocation is a greenlet. Production code calls its ports; a port waits
in virtual time, and meanwhile others run. A process that crashes, or meets its hard timeout, is
dead: whatever it still tries, no `finally` of it has an effect any more.
"""

import heapq
import random
from collections.abc import Callable
from itertools import count

from greenlet import getcurrent, greenlet

from shared.core.models import MINUTE, Millis
from tests.fakes.network import Crash
from tests.fakes.time import START


class Dead(Crash):
    """What a dead process gets from every port."""


class Stuck(Exception):
    """It does not come to rest."""


class Process:
    """One invocation: its clock is off by `skew`, and it ends at `ends` whatever it is doing."""

    def __init__(self, machine: "Machine", name: str, *, skew: Millis, limit: Millis) -> None:
        self.machine = machine
        self.name = name
        self.skew = skew
        self.ends = machine.now + limit
        self.dead = False

    def local(self) -> Millis:
        """What its clock says."""
        return self.machine.now + self.skew

    def time_left(self) -> Millis:
        return self.ends - self.machine.now

    def alive(self) -> None:
        if self.dead:
            raise Dead

    def die(self) -> None:
        self.dead = True
        raise Crash

    def wait(self, span: Millis) -> None:
        """Others run; raises when this process ends meanwhile."""
        self.alive()
        killed = self.machine.now + span >= self.ends
        self.machine.pause(self.ends if killed else self.machine.now + span)
        self.alive()
        if killed:
            self.machine.trace(self, "the hard timeout ends it")
            self.die()


class Machine:
    """True time, and a heap of what happens next."""

    def __init__(self, seed: str, *, tracing: bool) -> None:
        self.chance = random.Random(seed)  # noqa: S311  repeatable on purpose
        self.now: Millis = START
        self.lines: list[str] = []
        self.tracing = tracing
        self._heap: list[tuple[Millis, int, Callable[[], object]]] = []
        self._order = count()
        self._hub = getcurrent()

    def trace(self, process: Process | None, words: str) -> None:
        if self.tracing:
            who = process.name if process else "the world"
            self.lines.append(f"{(self.now - START) / 1000:10.3f}  {who:<14}  {words}")

    def at(self, when: Millis, happens: Callable[[], object]) -> None:
        heapq.heappush(self._heap, (max(when, self.now), next(self._order), happens))

    def pause(self, until: Millis) -> None:
        """Called by a process: go on at `until`, after everything that happens before."""
        if self._heap and self._heap[0][0] <= until:
            self.at(until, getcurrent().switch)
            self._hub.switch()
        else:
            self.now = max(self.now, until)

    def start(self, run: Callable[[], None]) -> None:
        """A new thread; it runs until it first waits."""
        greenlet(run, parent=self._hub).switch()

    def next_at(self) -> Millis | None:
        return self._heap[0][0] if self._heap else None

    def step(self) -> None:
        when, _, happens = heapq.heappop(self._heap)
        self.now = max(self.now, when)
        happens()

    def run(
        self, *, until: Millis, tick_at: Callable[[], Millis | None], tick: Callable[[], None]
    ) -> None:
        """Until nothing is left to happen; raises Stuck when that is not so by `until`."""
        while True:
            following = self.next_at()
            ticks = tick_at()
            if ticks is not None and (following is None or ticks <= following):
                self.now = max(self.now, ticks)
                tick()
            elif following is not None:
                self.step()
            else:
                return
            if self.now > until:
                raise Stuck


def next_minute(at: Millis, second: Millis) -> Millis:
    """The first instant from `at` on that is `second` milliseconds into a minute."""
    return at + (second - at) % MINUTE
