"""The Lambda entry of listening: its schedule starts it every minute.

Collaborators are made once per process, when the first event arrives.
"""

from collections.abc import Mapping
from functools import lru_cache
from typing import Any, Protocol

from functions.poll_engagement.beginning import listen_to_everybody
from functions.poll_engagement.polling import poll
from shared.core.models import Millis
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


class _Progress:
    """How far this process knows the round to be done; another process need not know."""

    def __init__(self) -> None:
        self.until: Millis | None = None


@lru_cache(maxsize=1)
def _progress() -> _Progress:
    return _Progress()


def handler(event: Event, context: Context) -> dict[str, object]:
    """EventBridge Scheduler, once a minute: listen to whoever's turn it is."""
    try:
        _begin()
        since, _progress().until = _progress().until, None
        done = poll(_listener(), time_left=context.get_remaining_time_in_millis, since=since)
        _progress().until = done.until
        return {
            "accounts": done.accounts,
            "timers": done.timers,
            "oldest_overdue_ms": done.oldest_overdue,
            "drained": done.drained,
        }
    finally:
        _telemetry().flush()
