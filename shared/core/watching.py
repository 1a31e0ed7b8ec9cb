"""Listening and counting watch each other: whoever does not run cannot say that it does not."""

from shared.core.models import MINUTE, Millis, WakeKind
from shared.core.services import Listener
from shared.core.turns import turn_of

EVERY: Millis = 2 * MINUTE
"""Reading the other's timers costs; two looks in five minutes are enough for an alarm at ten."""


def behind(listener: Listener, kind: WakeKind) -> Millis:
    """How long the oldest timer of a kind has waited to be looked at; 0 when none waits, and in
    every other minute.
    """
    now = listener.clock.now()
    if now % EVERY >= MINUTE:
        return 0
    waiting = [due.wake_at for due in listener.store.due(kind, before=now, limit=1)]
    if kind is WakeKind.POLL:
        waiting += _turns_before(listener, now)
    return max((now - wake_at for wake_at in waiting), default=0)


def _turns_before(listener: Listener, now: Millis) -> list[Millis]:
    """Two turns of the round that are over, however long they took; in four minutes it is all."""
    feeds = listener.store.taking_turns([turn_of(now - EVERY), turn_of(now - EVERY - MINUTE)])
    return [feed.wake_at for feed in feeds if feed.wake_at is not None and feed.wake_at <= now]
