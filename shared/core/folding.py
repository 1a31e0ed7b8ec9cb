"""Hours, days and months of a time zone, made from snapshots when somebody asks for them.

Nothing folded is stored: a workspace may change its zone, and what comes late still counts.
"""

from collections.abc import Iterable
from datetime import date
from enum import StrEnum
from zoneinfo import ZoneInfo

from shared.core.models import Millis
from shared.core.rollup import QUARTER, Snapshot, last_of_each
from shared.core.schedule import day_start, local_day, to_datetime
from shared.core.values import dataclass


class By(StrEnum):
    """How wide a cell is."""

    HOUR = "hour"
    DAY = "day"
    MONTH = "month"


@dataclass(frozen=True, slots=True)
class Cell:
    """An hour, day or month: the instant at which it begins, and the last snapshot in it. One
    without a snapshot does not exist.
    """

    start: Millis
    snapshot: Snapshot


def folded(snapshots: Iterable[Snapshot], place: ZoneInfo, by: By) -> tuple[Cell, ...]:
    """The cells of a time zone that have numbers, oldest first."""
    cells = last_of_each(snapshots, lambda at: cell_start(at, place, by))
    return tuple(Cell(start, cells[start]) for start in sorted(cells))


def cell_start(at: Millis, place: ZoneInfo, by: By) -> Millis:
    """When the hour, day or month that holds `at` began, as clocks showed it there."""
    if by is By.HOUR:
        return _hour_start(at, place)
    of = local_day(at, place)
    return day_start(of if by is By.DAY else of.replace(day=1), place)


def _hour_start(at: Millis, place: ZoneInfo) -> Millis:
    """An hour that clocks show twice is two hours; one that they cut short is a short one."""
    start = at // QUARTER * QUARTER
    shown = _shown(start, place)
    while _shown(start - QUARTER, place) == shown:
        start -= QUARTER
    return start


def _shown(at: Millis, place: ZoneInfo) -> tuple[date, int, object]:
    local = to_datetime(at).astimezone(place)
    return local.date(), local.hour, local.utcoffset()
