"""The tick: once a minute, listen to every account and look at every thread whose turn it is.

One thread per account, so that a slow network keeps nobody else waiting. A timer moves on only when
its work is done: what was cut off stays due, and what two ticks do at once is done twice without
harm.
"""

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor

from functions.poll_engagement.following import follow
from functions.poll_engagement.visiting import visit_account
from shared.core.engagement import Due, DueWhat, Feed
from shared.core.errors import NotFound
from shared.core.failing import failure
from shared.core.models import SECOND, Millis, WakeKind
from shared.core.services import Listener
from shared.core.turns import done_until, turns_to_take
from shared.core.values import dataclass
from shared.core.watching import behind

PAGE = 1_000
WORKERS = 32
"""Accounts at the same time: nearly all of a visit is waiting, and waiting is charged."""
WORKING = 0.7
"""The part of an invocation in which new work is begun; the rest is for what is under way."""
Home = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Polled:
    """What one tick did; `oldest_overdue` is in milliseconds, 0 when nothing was late. `until`:
    `since` for the next tick, None when something of the round was left.
    """

    accounts: int
    timers: int
    oldest_overdue: Millis
    drained: bool
    until: Millis | None


def poll(
    listener: Listener,
    *,
    time_left: Callable[[], Millis],
    workers: int = WORKERS,
    since: Millis | None = None,
) -> Polled:
    """Do what is due, oldest first, until nothing is left or the invocation nears its end.

    `since` (`turns.py`) only narrows where the round is looked at: without it, it is everywhere.
    """
    reserve = time_left() * (1 - WORKING)
    begun = listener.clock.now()
    feeds = listener.store.taking_turns(turns_to_take(since=since, now=begun))
    work = _Work(listener, lambda: time_left() > reserve, workers, {_place(f): f for f in feeds})
    turns = [_turn_of(feed, at) for feed in feeds if (at := feed.wake_at or begun) <= begun]
    drained = False
    while time_left() > reserve and not drained:
        timers = listener.store.due(WakeKind.POLL, before=listener.clock.now(), limit=PAGE)
        drained = not work.attend([*turns, *timers]) or len(timers) < PAGE
        turns = []
    listener.telemetry.count("PollOverdueSeconds", work.oldest / SECOND)
    listener.telemetry.count("MetricsOverdueSeconds", behind(listener, WakeKind.METRICS) / SECOND)
    done = Polled(
        accounts=len({_home(each) for each in work.seen}),
        timers=len(work.seen),
        oldest_overdue=work.oldest,
        drained=drained,
        until=done_until(begun, feeds) if drained and work.whole else None,
    )
    listener.telemetry.log(
        "polled",
        accounts=done.accounts,
        timers=done.timers,
        oldest_overdue_ms=done.oldest_overdue,
        drained=drained,
    )
    return done


def _place(feed: Feed) -> Home:
    return feed.workspace_id, feed.account_id


def _turn_of(feed: Feed, at: Millis) -> Due:
    return Due(DueWhat.FEED, feed.workspace_id, feed.account_id, at)


def _home(due: Due) -> Home:
    return due.workspace_id, due.account_id


class _Work:
    """What one tick has seen and done. `whole`: nothing was left and nothing went wrong here.
    `known`: feeds that were read when it began.
    """

    def __init__(
        self,
        listener: Listener,
        go_on: Callable[[], bool],
        workers: int,
        known: Mapping[Home, Feed],
    ) -> None:
        self._listener, self._go_on, self._workers = listener, go_on, workers
        self._known = dict(known)
        self.seen: set[Due] = set()
        self.oldest: Millis = 0
        self.whole = True

    def attend(self, due: Sequence[Due]) -> bool:
        """False when there was nothing new. Every thread is joined before this returns: a thawed
        sandbox would resume a live one.
        """
        now = self._listener.clock.now()
        self.oldest = max([self.oldest, *(now - each.wake_at for each in due)])
        turns: defaultdict[Home, list[Due]] = defaultdict(list)
        for each in due:
            if each not in self.seen:
                turns[_home(each)].append(each)
        self.seen.update(due)
        if min(self._workers, len(turns)) <= 1:
            done = [self._turn(home, turns[home]) for home in turns]
        else:
            with ThreadPoolExecutor(max_workers=min(self._workers, len(turns))) as pool:
                done = list(pool.map(lambda home: self._turn(home, turns[home]), turns))
        self.whole = self.whole and all(done)
        return bool(done)

    def _turn(self, home: Home, due: Sequence[Due]) -> bool:
        """All that is due of one account; whatever is wrong with it is no other account's
        trouble. False when it has to come again.
        """
        if not self._go_on():
            return False
        listener = self._listener
        try:
            for each in due:
                if each.what is DueWhat.FOLLOW:
                    follow(listener, each)
            rest = [each for each in due if each.what is not DueWhat.FOLLOW]
            if rest:
                known = self._known.pop(home, None)
                visit_account(listener, home, rest, known=known, go_on=self._go_on)
        except NotFound:
            listener.telemetry.log("nothing to listen to", workspace_id=home[0], account_id=home[1])
        except Exception as error:  # noqa: BLE001  its timers stand, so its turn comes again
            listener.telemetry.count("PollFailed")
            listener.telemetry.log(
                "polling failed",
                workspace_id=home[0],
                account_id=home[1],
                error=failure(error, 0).code,
                kind=type(error).__name__,
            )
            return False
        return True
