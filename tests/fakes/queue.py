"""SQS in memory, in virtual time: delays, visibility, redelivery and a dead-letter queue."""

import threading
from collections.abc import Sequence
from dataclasses import dataclass, replace

from shared.core.models import SECOND, Millis
from shared.core.ports import Clock, Wake
from shared.store.queue import delay_seconds, message


@dataclass(frozen=True, slots=True)
class Message:
    """One message; `id` stays the same over redeliveries, `received` counts them."""

    id: int
    body: str
    group: str
    visible_at: Millis
    received: int = 0


class FakeQueue:
    """One queue per kind, as one: `wakes` keeps everything ever accepted."""

    def __init__(
        self, clock: Clock, *, visibility: Millis = 360 * SECOND, max_receives: int = 5
    ) -> None:
        self._clock = clock
        self._visibility = visibility
        self._max_receives = max_receives
        self._lock = threading.RLock()
        self._messages: dict[int, Message] = {}
        self._count = 0
        self.wakes: list[Wake] = []
        self.dead: list[Message] = []
        self.refuse: set[str] = set()
        """Ids of deliveries and jobs whose messages are not accepted."""
        self.lose: set[str] = set()
        """Ids whose messages are accepted and then never arrive."""

    def send(self, wakes: Sequence[Wake], *, now: Millis, lead: Millis) -> Sequence[Wake]:
        with self._lock:
            accepted = [wake for wake in wakes if wake.id not in self.refuse]
            for wake in accepted:
                self.wakes.append(wake)
                if wake.id not in self.lose:
                    delay = delay_seconds(wake.due_at, now=now, lead=lead)
                    self.put(
                        message(wake), group=wake.account_id, at=self._clock.now() + delay * SECOND
                    )
            return accepted

    def put(self, body: str, *, group: str = "", at: Millis | None = None) -> None:
        """Any body, visible from `at` on: for duplicates and messages that are not ours."""
        with self._lock:
            self._count += 1
            visible = self._clock.now() if at is None else at
            self._messages[self._count] = Message(self._count, body, group, visible)

    def receive(self, limit: int = 10) -> list[Message]:
        """What is visible now, oldest first; hidden until deleted or its visibility ends."""
        with self._lock:
            now = self._clock.now()
            taken: list[Message] = []
            for found in sorted(self._messages.values(), key=lambda m: (m.visible_at, m.id)):
                if found.visible_at > now or len(taken) == limit:
                    break
                if found.received >= self._max_receives:
                    self.dead.append(self._messages.pop(found.id))
                    continue
                hidden = replace(
                    found, visible_at=now + self._visibility, received=found.received + 1
                )
                self._messages[found.id] = hidden
                taken.append(hidden)
            return taken

    def delete(self, received: Message) -> None:
        with self._lock:
            self._messages.pop(received.id, None)

    def next_at(self) -> Millis | None:
        """When the next message becomes visible; None when there is none."""
        with self._lock:
            return min((m.visible_at for m in self._messages.values()), default=None)

    def __len__(self) -> int:
        with self._lock:
            return len(self._messages)
