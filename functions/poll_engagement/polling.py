"""The tick: once a minute, listen to every account and look at every thread whose turn it is.

One thread per account, so that a slow network keeps nobody else waiting. A timer moves on only when
its work is done: what was cut off stays due, and what two ticks do at once is done twice without
harm.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor

from functions.poll_engagement.following import follow
from functions.poll_engagement.visiting import visit_account
from shared.core.engagement import Due, DueWhat
from shared.core.errors import NotFound
from shared.core.failing import failure
from shared.core.models import SECOND, Millis, WakeKind
from shared.core.services import Listener
from shared.core.values import dataclass
from shared.core.watching import behind

PAGE = 1_000
WORKERS = 16
WORKING = 0.7
"""The part of an invocation in which new work is begun; the rest is for what is under way."""
Home = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Polled:
    """What one tick did; `oldest_overdue` is in milliseconds, 0 when nothing was late."""

    accounts: int
    timers: int
    oldest_overdue: Millis
    drained: bool


def poll(listener: Listener, *, time_left: Callable[[], Millis], workers: int = WORKERS) -> Polled:
    """Do what is due, oldest first, until nothing is left or the invocation nears its end."""
    reserve = time_left() * (1 - WORKING)
    seen: set[Due] = set()
    homes: set[Home] = set()
    oldest, drained = 0, False
    while time_left() > reserve and not drained:
        now = listener.clock.now()
        due = listener.store.due(WakeKind.POLL, before=now, limit=PAGE)
        oldest = max([oldest, *(now - each.wake_at for each in due)])
        fresh = [each for each in due if each not in seen]
        _attend(listener, fresh, lambda: time_left() > reserve, workers)
        seen.update(fresh)
        homes |= {_home(each) for each in fresh}
        drained = len(due) < PAGE or not fresh
    listener.telemetry.count("PollOverdueSeconds", oldest / SECOND)
    listener.telemetry.count("MetricsOverdueSeconds", behind(listener, WakeKind.METRICS) / SECOND)
    listener.telemetry.log(
        "polled", accounts=len(homes), timers=len(seen), oldest_overdue_ms=oldest, drained=drained
    )
    return Polled(len(homes), len(seen), oldest, drained)


def _home(due: Due) -> Home:
    return due.workspace_id, due.account_id


def _attend(
    listener: Listener, due: Iterable[Due], go_on: Callable[[], bool], workers: int
) -> None:
    """Every thread is joined before this returns: a thawed sandbox would resume a live one."""
    turns: defaultdict[Home, list[Due]] = defaultdict(list)
    for each in due:
        turns[_home(each)].append(each)
    if min(workers, len(turns)) <= 1:
        for home in turns:
            _turn(listener, home, turns[home], go_on)
        return
    with ThreadPoolExecutor(max_workers=min(workers, len(turns))) as pool:
        list(pool.map(lambda home: _turn(listener, home, turns[home], go_on), turns))


def _turn(listener: Listener, home: Home, due: Sequence[Due], go_on: Callable[[], bool]) -> None:
    """All that is due of one account; whatever is wrong with it is no other account's trouble."""
    if not go_on():
        return
    try:
        for each in due:
            if each.what is DueWhat.FOLLOW:
                follow(listener, each)
        rest = [each for each in due if each.what is not DueWhat.FOLLOW]
        if rest:
            visit_account(listener, listener.store.account(*home), rest, go_on=go_on)
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
