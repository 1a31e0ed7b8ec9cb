"""Listening and counting watch each other: whoever does not run cannot say that it does not."""

from shared.core.models import MINUTE, Millis, WakeKind
from shared.core.services import Listener

EVERY: Millis = 2 * MINUTE
"""Reading the other's timers costs; two looks in five minutes are enough for an alarm at ten."""


def behind(listener: Listener, kind: WakeKind) -> Millis:
    """How long the oldest timer of a kind has waited to be looked at; 0 when none waits, and in
    every other minute.
    """
    now = listener.clock.now()
    if now % EVERY >= MINUTE:
        return 0
    return max(
        (now - due.wake_at for due in listener.store.due(kind, before=now, limit=1)), default=0
    )
