"""The Lambda entry of counting, started once a minute by its schedule."""

from collections.abc import Mapping
from functools import lru_cache
from typing import Any, Protocol

from functions.metrics_rollup.ticking import tick
from shared.core.services import Listener
from shared.runtime.observability import PowertoolsTelemetry
from shared.runtime.wiring import production_listener


class Context(Protocol):
    def get_remaining_time_in_millis(self) -> int: ...


@lru_cache(maxsize=1)
def _telemetry() -> PowertoolsTelemetry:
    return PowertoolsTelemetry("metrics_rollup")


@lru_cache(maxsize=1)
def _listener() -> Listener:
    return production_listener(_telemetry())


def handler(event: Mapping[str, Any], context: Context) -> dict[str, object]:
    """EventBridge Scheduler: count the posts and accounts whose turn it is."""
    try:
        done = tick(_listener(), time_left=context.get_remaining_time_in_millis)
        return {
            "accounts": done.accounts,
            "snapshots": done.snapshots,
            "failed": done.failed,
            "oldest_overdue_ms": done.oldest_overdue,
        }
    finally:
        _telemetry().flush()
