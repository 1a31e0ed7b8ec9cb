"""Key dates: days and ranges of days that a workspace plans around."""

from collections.abc import Iterator
from datetime import date

from shared.core.models import Millis
from shared.core.values import dataclass


@dataclass(frozen=True, slots=True)
class KeyDate:
    """Days are dates of the workspace's zone, both included. `yearly`: again in each later year."""

    id: str
    workspace_id: str
    name: str
    first_day: str
    last_day: str
    created_at: Millis
    created_by: str
    yearly: bool = False
    notes: str = ""
    version: int = 1


def occurrences(of: KeyDate, first: date, last: date) -> Iterator[tuple[date, date]]:
    """Its days, once for each time that it touches `first` to `last`."""
    begins, ends = date.fromisoformat(of.first_day), date.fromisoformat(of.last_day)
    later = range(max(0, first.year - ends.year), max(0, last.year - begins.year) + 1)
    for years in later if of.yearly else (0,):
        days = _in_year(begins, begins.year + years), _in_year(ends, ends.year + years)
        if days[0] <= last and days[1] >= first:
            yield days


def _in_year(day: date, year: int) -> date:
    """29 February is kept on the 28th where there is none."""
    try:
        return day.replace(year=year)
    except ValueError:
        return day.replace(year=year, day=28)
