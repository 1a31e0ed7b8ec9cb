"""Time, ids and chance that the test owns."""

import threading

from shared.core.models import Millis

START: Millis = 1_780_000_000_000
"""2026-05-28T20:26:40Z: where fake clocks start."""


class FakeClock:
    """Stands still until told otherwise; sleeping jumps ahead and returns at once."""

    def __init__(self, start: Millis = START) -> None:
        self._now = start
        self._lock = threading.Lock()
        self.slept: list[Millis] = []

    def now(self) -> Millis:
        with self._lock:
            return self._now

    def sleep_until(self, at: Millis) -> None:
        with self._lock:
            self.slept.append(at)
            self._now = max(self._now, at)

    def advance(self, span: Millis) -> Millis:
        """Let `span` pass; answers the new instant."""
        with self._lock:
            self._now += span
            return self._now

    def set(self, at: Millis) -> None:
        with self._lock:
            self._now = at


class SeqIds:
    """Counts up: `pst_00000000000000000000000001`, then 2, in the length of real ids."""

    def __init__(self) -> None:
        self._last = 0
        self._lock = threading.Lock()

    def new(self, prefix: str) -> str:
        with self._lock:
            self._last += 1
            return f"{prefix}_{self._last:026d}"


class FixedRandom:
    """Always the same point between the bounds: 0 the lower, 1 the upper."""

    def __init__(self, point: float = 0.5) -> None:
        self.point = point

    def uniform(self, low: float, high: float) -> float:
        return low + (high - low) * self.point
