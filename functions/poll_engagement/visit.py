"""One account's turn: what it is about, how it is spoken to, and what it may still spend."""

from collections.abc import Callable, Sequence
from typing import TypeVar

from shared.core.credentials import Line
from shared.core.engagement import Feed, Spent
from shared.core.engagement_ports import EngagementStore
from shared.core.errors import (
    AccessRevoked,
    Ambiguous,
    CredentialExpired,
    RateLimited,
    StoreUnavailable,
    Transient,
)
from shared.core.failing import failure
from shared.core.models import Millis
from shared.core.platform import Platform
from shared.core.rate import LEAST_HEARD, USUAL, WINDOW, listening
from shared.core.services import Listener
from shared.core.workspaces import Account

T = TypeVar("T")
PAGE = 2
"""Calls that a page of a list is reckoned at: some networks need a second one for its details."""


KEPT = 2 * PAGE
"""Calls of a window that nothing but the list of activity may use: it is read in time, always."""


class Enough(Exception):
    """Neither wrong nor lost: time or calls are used up, the rest waits for the next turn."""


def is_about_one_thing(error: Exception) -> bool:
    """False when it says something about the account, its network or ourselves: then nothing else
    is worth trying now. True when only this list or thread cannot be had.
    """
    return not isinstance(
        error,
        AccessRevoked
        | Ambiguous
        | CredentialExpired
        | Enough
        | RateLimited
        | StoreUnavailable
        | Transient,
    )


def _still_counting(spent: Sequence[Spent], now: Millis, *, whole: bool) -> tuple[Spent, ...]:
    """Of any window's length there are no more calls than allowed. Where the least is allowed that
    polling needs, a window is over as a `whole`: else the list of activity alone would use it up.
    """
    if whole:
        over = bool(spent) and spent[0].at + WINDOW <= now
        return () if over else tuple(spent)
    return tuple(each for each in spent if each.at + WINDOW > now)


class Visit:
    """`feed` is the account's listening as it will be stored when the visit ends; what was read is
    filed before that, so a visit that is cut off is only made again.
    """

    def __init__(
        self,
        listener: Listener,
        account: Account,
        sealed: bytes | None,
        feed: Feed,
        *,
        go_on: Callable[[], bool],
    ) -> None:
        self.listener = listener
        self.account = account
        self.now = listener.clock.now()
        self.facts = listener.platforms.capabilities(account.platform)
        self.feed = feed
        fact = self.facts.facts.get("calls_per_5_minutes")
        self._allowed = listening(fact.value if fact else USUAL)
        self._earlier = _still_counting(feed.spent, self.now, whole=self._allowed <= LEAST_HEARD)
        self._mine = Spent(self.now, 0)
        self.in_time = go_on
        self._line = Line(listener, account, sealed)

    @property
    def store(self) -> EngagementStore:
        return self.listener.store

    @property
    def spent(self) -> tuple[Spent, ...]:
        """What this visit and those of the window before it took."""
        return (*self._earlier, self._mine) if self._mine.calls else self._earlier

    @property
    def calls_left(self) -> int:
        """For everything that can wait."""
        return self._left() - KEPT

    def _left(self) -> int:
        return self._allowed - sum(each.calls for each in self.spent)

    def ask(self, question: Callable[[Platform], T], *, calls: int, may_wait: bool = True) -> T:
        """The network's answer. Raises Enough before it would take too long or cost too much."""
        left = self.calls_left if may_wait else self._left()
        if not self.in_time() or left < calls:
            raise Enough
        self._mine = Spent(self.listener.clock.now(), self._mine.calls + calls)
        return self._line.ask(question)

    def failed(self, doing: str, error: Exception, **ids: str) -> None:
        """Said and counted. Words of errors may hold content, so only ours are logged."""
        self.listener.telemetry.count("PollFailed")
        self.listener.telemetry.log(
            "listening failed",
            doing=doing,
            workspace_id=self.account.workspace_id,
            account_id=self.account.id,
            platform=self.account.platform,
            error=failure(error, self.now).code,
            kind=type(error).__name__,
            **ids,
        )
