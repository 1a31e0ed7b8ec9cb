"""The Lambda entry of listening: its schedule starts it every minute.

Collaborators are made once per process, when the first event arrives.
"""

from collections.abc import Mapping
from functools import lru_cache
from typing import Any, Protocol

from functions.poll_engagement.beginning import listen_to_everybody
from functions.poll_engagement.polling import poll
from shared.core.services import Listener
from shared.runtime.observability import PowertoolsTelemetry
from shared.runtime.wiring import production_listener

Event = Mapping[str, Any]


class Context(Protocol):
    def get_remaining_time_in_millis(self) -> int: ...


@lru_cache(maxsize=1)
def _telemetry() -> PowertoolsTelemetry:
    return PowertoolsTelemetry("poll_engagement")


@lru_cache(maxsize=1)
def _listener() -> Listener:
    return production_listener(_telemetry())


@lru_cache(maxsize=1)
def _begin() -> None:
    """An error is not remembered: the next event tries again."""
    listen_to_everybody(_listener())


def handler(event: Event, context: Context) -> dict[str, object]:
    """EventBridge Scheduler, once a minute: listen to whoever's turn it is."""
    try:
        _begin()
        done = poll(_listener(), time_left=context.get_remaining_time_in_millis)
        return {
            "accounts": done.accounts,
            "timers": done.timers,
            "oldest_overdue_ms": done.oldest_overdue,
            "drained": done.drained,
        }
    finally:
        _telemetry().flush()
