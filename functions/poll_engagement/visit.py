"""One account's turn: what it is about, how it is spoken to, and what it may still spend."""

from collections.abc import Callable
from typing import TypeVar

from shared.core.credentials import Line
from shared.core.engagement import Feed
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
from shared.core.models import MINUTE, Account, Millis
from shared.core.platform import Platform
from shared.core.services import Listener

T = TypeVar("T")
WINDOW: Millis = 5 * MINUTE
SHARE = 0.4
"""Polling's part of the calls that an account may make; half is kept for publishing."""
LEAST = 12
"""Calls per window that polling may make at least, whatever a network says it allows."""
USUAL = 300
"""What we suppose of a network that names no limit."""
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


class Visit:
    """`feed` is the account's listening as it will be stored when the visit ends; what was read is
    filed before that, so a visit that is cut off is only made again.
    """

    def __init__(
        self, listener: Listener, account: Account, feed: Feed, *, go_on: Callable[[], bool]
    ) -> None:
        self.listener = listener
        self.account = account
        self.now = listener.clock.now()
        self.facts = listener.platforms.capabilities(account.platform)
        self.feed = feed
        self.calls, self.calls_since = feed.calls, feed.calls_since
        if feed.calls_since + WINDOW <= self.now:
            self.calls, self.calls_since = 0, self.now
        self.in_time = go_on
        self._line = Line(listener, account)

    @property
    def store(self) -> EngagementStore:
        return self.listener.store

    @property
    def calls_left(self) -> int:
        """For everything that can wait."""
        return self._left() - KEPT

    def _left(self) -> int:
        fact = self.facts.facts.get("calls_per_5_minutes")
        allowed = int(SHARE * (fact.value if fact else USUAL))
        return max(LEAST, allowed) - self.calls

    def ask(self, question: Callable[[Platform], T], *, calls: int, may_wait: bool = True) -> T:
        """The network's answer. Raises Enough before it would take too long or cost too much."""
        left = self.calls_left if may_wait else self._left()
        if not self.in_time() or left < calls:
            raise Enough
        self.calls += calls
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
