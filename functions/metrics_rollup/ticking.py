"""The run: once a minute, count what is due, account by account, several accounts at once."""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor

from functions.metrics_rollup.accounts import Attended, Turn, attend, turn_of
from shared.core.engagement import Due
from shared.core.models import SECOND, Millis, WakeKind
from shared.core.services import Listener
from shared.core.values import dataclass
from shared.core.watching import behind

PAGE = 1_000
"""Timers that one run looks at; the others are older by a minute in the next one."""
THREADS = 16
WORKING = 0.7
"""Of a run's time; afterwards nothing new is begun, so that what runs can end."""


@dataclass(frozen=True, slots=True)
class Ticked:
    """What one run did; `oldest_overdue` is in milliseconds, 0 when nothing was due."""

    accounts: int
    snapshots: int
    failed: int
    oldest_overdue: Millis


def tick(listener: Listener, *, time_left: Callable[[], Millis], threads: int = THREADS) -> Ticked:
    """Count what is due, as far as time and the networks' limits allow; the rest stays due."""
    now, enough = listener.clock.now(), time_left() * (1 - WORKING)
    due = listener.store.due(WakeKind.METRICS, before=now, limit=PAGE)
    turns = _turns(due)

    done = _all_attended(listener, turns, go_on=lambda: time_left() > enough, threads=threads)
    ticked = Ticked(
        accounts=len(turns),
        snapshots=sum(each.taken for each in done),
        failed=sum(each.failed for each in done),
        oldest_overdue=max((now - each.wake_at for each in due), default=0),
    )
    _report(listener, ticked)
    return ticked


def _turns(due: Sequence[Due]) -> list[Turn]:
    """One per account, whoever has waited longest first."""
    accounts: dict[tuple[str, str], list[Due]] = {}
    for each in due:
        accounts.setdefault((each.workspace_id, each.account_id), []).append(each)
    return [turn_of(dues) for dues in accounts.values()]


def _all_attended(
    listener: Listener, turns: Sequence[Turn], *, go_on: Callable[[], bool], threads: int
) -> list[Attended]:
    """Every thread is joined before the run ends: a thawed sandbox would resume a live one."""
    if min(threads, len(turns)) <= 1:
        return [_attended(listener, turn, go_on=go_on) for turn in turns]
    with ThreadPoolExecutor(max_workers=min(threads, len(turns))) as pool:
        return list(pool.map(lambda turn: _attended(listener, turn, go_on=go_on), turns))


def _attended(listener: Listener, turn: Turn, *, go_on: Callable[[], bool]) -> Attended:
    if not go_on():
        return Attended()
    try:
        return attend(listener, turn, go_on=go_on)
    except Exception as error:  # noqa: BLE001  one account must not take the others with it
        listener.telemetry.log(
            "counting broke off",
            workspace_id=turn.workspace_id,
            account_id=turn.account_id,
            error=type(error).__name__,
        )
        return Attended(failed=1)


def _report(listener: Listener, ticked: Ticked) -> None:
    telemetry = listener.telemetry
    telemetry.count("MetricsOverdueSeconds", ticked.oldest_overdue / SECOND)
    telemetry.count("PollOverdueSeconds", behind(listener, WakeKind.POLL) / SECOND)
    telemetry.count("SnapshotsTaken", ticked.snapshots)
    telemetry.count("MetricsFailed", ticked.failed)
    telemetry.log(
        "counted",
        accounts=ticked.accounts,
        snapshots=ticked.snapshots,
        failed=ticked.failed,
        oldest_overdue_ms=ticked.oldest_overdue,
    )
