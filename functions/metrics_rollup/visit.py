"""One account's turn: how it is spoken to, and how many calls it may still make."""

from collections.abc import Callable
from typing import TypeVar

from shared.core.credentials import Line
from shared.core.engagement_ports import EngagementStore
from shared.core.platform import Platform, Verb
from shared.core.rate import USUAL, counting
from shared.core.services import Listener
from shared.core.workspaces import Account

T = TypeVar("T")


class Enough(Exception):
    """Neither wrong nor lost: time or calls are used up, the rest waits for the next run."""


class Visit:
    """`taken` counts the snapshots."""

    def __init__(
        self,
        listener: Listener,
        account: Account,
        sealed: bytes | None,
        *,
        go_on: Callable[[], bool],
    ) -> None:
        self.listener = listener
        self.account = account
        self.taken = 0
        self._facts = listener.platforms.capabilities(account.platform)
        self._calls_left = counting(self._fact("calls_per_5_minutes", USUAL))
        self._go_on = go_on
        self._line = Line(listener, account, sealed)

    @property
    def store(self) -> EngagementStore:
        return self.listener.store

    @property
    def batch(self) -> int:
        """Posts per call."""
        return self._fact("metrics_batch", 1)

    def can(self, verb: Verb) -> bool:
        return verb in self._facts.verbs

    def ask(self, question: Callable[[Platform], T]) -> T:
        """The network's answer to one call. Raises Enough before it would take too long or cost too
        much.
        """
        if not self._go_on() or self._calls_left < 1:
            raise Enough
        self._calls_left -= 1
        return self._line.ask(question)

    def _fact(self, name: str, otherwise: int) -> int:
        fact = self._facts.facts.get(name)
        return fact.value if fact else otherwise
