"""The Lambda entry of listening: its schedule starts it every minute.

Collaborators are made once per process, when the first event arrives.
"""

from collections.abc import Mapping
from functools import lru_cache
from typing import Any, Protocol

from functions.poll_engagement.beginning import is_time, listen_to_everybody
from functions.poll_engagement.polling import poll
from shared.core.models import SECOND, Millis
from shared.core.services import Listener
from shared.runtime.observability import PowertoolsTelemetry
from shared.runtime.wiring import production_listener

Event = Mapping[str, Any]
SPARE: Millis = 10 * SECOND
"""Before the end of an invocation nothing more is begun."""


class Context(Protocol):
    def get_remaining_time_in_millis(self) -> int: ...


@lru_cache(maxsize=1)
def _telemetry() -> PowertoolsTelemetry:
    return PowertoolsTelemetry("poll_engagement")


@lru_cache(maxsize=1)
def _listener() -> Listener:
    return production_listener(_telemetry())


class _Progress:
    """How far this process knows the round to be done; another process need not know."""

    def __init__(self) -> None:
        self.until: Millis | None = None


@lru_cache(maxsize=1)
def _progress() -> _Progress:
    return _Progress()


def handler(event: Event, context: Context) -> dict[str, object]:
    """EventBridge Scheduler, once a minute: listen to whoever's turn it is."""
    time_left = context.get_remaining_time_in_millis
    try:
        since, _progress().until = _progress().until, None
        done = poll(_listener(), time_left=time_left, since=since)
        _progress().until = done.until
        if is_time(_listener().clock.now()):
            listen_to_everybody(_listener(), go_on=lambda: time_left() > SPARE)
        return {
            "accounts": done.accounts,
            "timers": done.timers,
            "oldest_overdue_ms": done.oldest_overdue,
            "drained": done.drained,
        }
    finally:
        _telemetry().flush()
