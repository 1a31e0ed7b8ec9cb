"""Log lines and counts, kept for the test to look at."""

import threading


class FakeTelemetry:
    def __init__(self) -> None:
        self.lines: list[tuple[str, dict[str, object]]] = []
        self.counts: dict[str, list[float]] = {}
        self._lock = threading.Lock()

    def log(self, message: str, **fields: object) -> None:
        with self._lock:
            self.lines.append((message, fields))

    def count(self, metric: str, value: float = 1) -> None:
        with self._lock:
            self.counts.setdefault(metric, []).append(value)

    def total(self, metric: str) -> float:
        return sum(self.counts.get(metric, []))
