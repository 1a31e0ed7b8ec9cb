"""One account's turn: its own numbers, its young posts, and now and then all posts of a month.

Each finished piece of work is one conditional write that moves its timer on; what was not finished
is still due. So a run that dies is simply made again, and two at once do no harm.
"""

from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import replace

from functions.metrics_rollup.keeping import keep_account, keep_counting, keep_series
from functions.metrics_rollup.posts import count_posts
from functions.metrics_rollup.visit import Enough, Visit
from shared.core import sampling
from shared.core.credentials import lost_credential
from shared.core.engagement import Due
from shared.core.errors import AccessRevoked, Conflict, RateLimited, StoreUnavailable
from shared.core.failing import failure
from shared.core.models import Millis
from shared.core.platform import Verb
from shared.core.rollup import Counting, Series, Snapshot
from shared.core.services import Listener
from shared.core.values import dataclass
from shared.core.workspaces import Account, AccountState

SWEEP_ON: Millis = sampling.RETRY
"""A sweep that used up its calls goes on after this long."""


@dataclass(frozen=True, slots=True)
class Turn:
    """What is due of one account: its own numbers, and posts by (`published_at`, delivery id)."""

    workspace_id: str
    account_id: str
    numbers: bool
    posts: tuple[tuple[Millis, str], ...]


@dataclass(frozen=True, slots=True)
class Attended:
    taken: int = 0
    failed: int = 0


def turn_of(dues: Sequence[Due]) -> Turn:
    """From the timers of one account."""
    posts = tuple((d.published_at, d.id) for d in dues if d.published_at is not None)
    first = dues[0]
    return Turn(first.workspace_id, first.account_id, len(posts) < len(dues), posts)


def attend(listener: Listener, turn: Turn, *, go_on: Callable[[], bool]) -> Attended:
    """Raises what is wrong with our own side; what is wrong with the network is dealt with."""
    store, now = listener.store, listener.clock.now()
    found = store.at_hand(turn.workspace_id, turn.account_id, feed=False)
    account = found.account
    counting = store.counting(turn.workspace_id, turn.account_id) if turn.numbers else None
    # The index may be a moment behind: only what is still due is done.
    due = counting if counting and _is_due(counting.wake_at, now) else None
    posts = [s for s in store.series(account, turn.posts) if _is_due(s.wake_at, now)]
    work = _Work(
        Visit(listener, account, found.sealed, go_on=go_on), due, {s.delivery_id: s for s in posts}
    )
    if not found.may_ask:
        work.stop()
        return Attended()
    try:
        work.do()
    except Enough:
        pass  # what is left is still due
    except StoreUnavailable:
        raise
    except AccessRevoked as error:
        _lost(listener, work, error)
        return Attended(work.visit.taken, 1)
    except Exception as error:  # noqa: BLE001  a bug in an adapter must not ask every minute
        _log(listener, account, error)
        work.postpone(error)
        return Attended(work.visit.taken, 1)
    return Attended(work.visit.taken, work.unsaid)


def _is_due(wake_at: Millis | None, now: Millis) -> bool:
    return wake_at is not None and wake_at <= now


def _lost(listener: Listener, work: "_Work", error: AccessRevoked) -> None:
    """Timers stop only once the account says why: else nobody would start them again."""
    account = work.visit.account
    lost_credential(listener, account, error)
    current = listener.store.account(account.workspace_id, account.id)
    if current.state is AccountState.CONNECTED:
        work.postpone(error)
    else:
        work.stop()


def _log(listener: Listener, account: Account, error: Exception) -> None:
    seen = failure(error, listener.clock.now())
    listener.telemetry.log(
        "counting failed",
        workspace_id=account.workspace_id,
        account_id=account.id,
        platform=account.platform,
        code=seen.code,
        error=type(error).__name__,
    )


class _Work:
    """What of the turn is not done yet: `counting`, if it is due, and `posts` by delivery."""

    def __init__(self, visit: Visit, counting: Counting | None, posts: dict[str, Series]) -> None:
        self.visit = visit
        self.counting = counting
        self.posts = posts
        self.unsaid = 0

    def do(self) -> None:
        """The account first: what a post's engagement is compared with is then known."""
        if self.counting is not None:
            self._count_account()
        if not self.visit.can(Verb.POST_METRICS):
            self._rest_posts()
        # Posts for which no call is left stay due; the account's own turn is over all the same.
        with suppress(Enough):
            self._count_posts()
        if self.counting is not None:
            self._finish(self.counting)

    def _count_account(self) -> None:
        if not self.visit.can(Verb.ACCOUNT_METRICS):
            return
        values = self.visit.ask(lambda platform: platform.account_metrics())
        if values:
            snapshot = Snapshot(self.visit.listener.clock.now(), dict(values))
            keep_account(self.visit.store, self.visit.account, snapshot)
            self.visit.taken += 1

    def _count_posts(self) -> None:
        oldest_first = sorted(self.posts.values(), key=lambda s: (s.wake_at or 0, s.delivery_id))
        for series, said in count_posts(self.visit, oldest_first):
            if not said:
                self.unsaid += 1
                self._ask_later(series)
            del self.posts[series.delivery_id]

    def _finish(self, counting: Counting) -> None:
        """The sweep, if its day has come, and the account's next turn."""
        now = self.visit.listener.clock.now()
        if self.visit.can(Verb.POST_METRICS) and sampling.sweeps(counting, now=now):
            if not self._sweep(now):
                self._keep_counting(lambda c: replace(c, wake_at=now + SWEEP_ON))
                return
            counting = replace(counting, swept_at=now)
        every = self.visit.listener.timing.counting
        self._keep_counting(
            lambda c: replace(
                c,
                wake_at=sampling.next_counting(c.wake_at or now, now=now, every=every),
                swept_at=counting.swept_at,
                failures_in_row=0,
            )
        )

    def _sweep(self, now: Millis) -> bool:
        """False when calls or time ran out before its end."""
        account = self.visit.account
        span = {"start": now - sampling.FOLLOWED, "end": now}
        known = self.visit.store.series_between(account.workspace_id, account.id, **span)
        due = [s for s in known if sampling.due_for_sweep(s, now=now)]
        due.sort(key=lambda s: s.snapshots[-1].at if s.snapshots else 0)
        try:
            self.unsaid += sum(not said for _, said in count_posts(self.visit, due))
        except Enough:
            return False
        return True

    def stop(self) -> None:
        """Nobody may ask in this account's name; connecting it again, or taking its workspace out
        of the archive, starts its timers.
        """
        self._rest_posts()
        if self.counting is not None:
            # Whoever changed it meanwhile may have connected the account again.
            with suppress(Conflict):
                self.visit.store.save_counting(self.counting, replace(self.counting, wake_at=None))

    def postpone(self, error: Exception) -> None:
        """Everything that is left waits: as long as the network asked, or longer each time."""
        for series in self.posts.values():
            self._ask_later(series, error)
        now = self.visit.listener.clock.now()
        self._keep_counting(
            lambda c: replace(
                c,
                wake_at=now + self._wait(c.failures_in_row, error),
                failures_in_row=c.failures_in_row + 1,
            )
        )

    def _rest_posts(self) -> None:
        for series in self.posts.values():
            with suppress(Conflict):
                self.visit.store.save_series(series, sampling.unasked(series))
        self.posts.clear()

    def _ask_later(self, series: Series, error: Exception | None = None) -> None:
        now, wait = self.visit.listener.clock.now(), self._wait(series.failures_in_row, error)
        keep_series(
            self.visit.store,
            self.visit.account,
            series,
            lambda s: sampling.missed(s, now=now, wait=wait),
        )

    def _wait(self, failures: int, error: Exception | None) -> Millis:
        longest = sampling.backoff(failures)
        wait = int(self.visit.listener.random.uniform(longest / 2, longest))
        asked = error.at if isinstance(error, RateLimited) else None
        return max(wait, (asked or 0) - self.visit.listener.clock.now())

    def _keep_counting(self, change: Callable[[Counting], Counting]) -> None:
        if self.counting is not None:
            keep_counting(self.visit.store, self.counting, change)
            self.counting = None
