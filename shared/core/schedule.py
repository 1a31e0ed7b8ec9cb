"""When a post leaves: what people wrote as a time, checked and turned into an instant.

Zone data come from the `tzdata` package, never from the machine, so that a laptop, Lambda and CI
agree to the minute.
"""

import re
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from importlib.resources import files
from zoneinfo import ZoneInfo

from shared.core.errors import InvalidDraft, Problem
from shared.core.models import SECOND, Millis, Plan
from shared.core.values import dataclass

TOLERANCE: Millis = 30 * SECOND
"""An instant this far in the past counts as now: clocks differ and requests take time."""
FURTHEST = timedelta(days=3653)
SHIFT, REFUSE = "shift", "refuse"

_RFC3339 = re.compile(
    r"\d{4}-\d{2}-\d{2}[Tt]\d{2}:\d{2}(:\d{2}(\.\d+)?)?([Zz]|[+-]\d{2}:\d{2})", re.ASCII
)
_LOCAL = re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2}(\.\d+)?)?", re.ASCII)
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Planned:
    """A plan, and what its author should know about it."""

    plan: Plan
    notices: tuple[Problem, ...] = ()


def _refuse(where: str, code: str, message: str) -> InvalidDraft:
    return InvalidDraft([Problem(where, code, message)])


@lru_cache(maxsize=1)
def zone_names() -> frozenset[str]:
    """Every IANA name there is, links included, spelled exactly as it must be written."""
    listed = files("tzdata").joinpath("zones").read_text(encoding="utf-8").split()
    return frozenset(listed) - {"Factory"}


@lru_cache(maxsize=128)
def zone(name: str, *, where: str = "timezone") -> ZoneInfo:
    """The time zone called `name`. Raises InvalidDraft (`unknown_timezone`)."""
    if name not in zone_names():
        raise _refuse(
            where,
            "unknown_timezone",
            f"There is no time zone {name[:64]!r}; use an IANA name such as Europe/Madrid.",
        )
    with files("tzdata").joinpath("zoneinfo", *name.split("/")).open("rb") as data:
        return ZoneInfo.from_file(data, key=name)


def to_millis(moment: datetime) -> Millis:
    """Whole milliseconds of an aware moment, rounded down."""
    return (moment - _EPOCH) // timedelta(milliseconds=1)


def to_datetime(instant: Millis) -> datetime:
    return _EPOCH + timedelta(milliseconds=instant)


def rfc3339(instant: Millis) -> str:
    """`2026-12-01T08:00:00.250Z`; the fraction is left out when it is zero."""
    moment = to_datetime(instant)
    text = moment.strftime("%Y-%m-%dT%H:%M:%S").rjust(19, "0")
    return f"{text}.{instant % 1000:03d}Z" if instant % 1000 else f"{text}Z"


def instant(text: str, *, where: str) -> Millis:
    """An RFC 3339 time with its offset. Raises InvalidDraft (`bad_time`)."""
    if _RFC3339.fullmatch(text):
        try:
            return to_millis(datetime.fromisoformat(text.upper()))
        except (ValueError, OverflowError):
            pass
    raise _refuse(
        where,
        "bad_time",
        "Write the time with its offset from UTC, such as 2026-12-01T09:00:00+01:00 "
        "or 2026-12-01T08:00:00Z.",
    )


def day(text: str, *, where: str) -> date:
    """A calendar date. Raises InvalidDraft (`bad_date`)."""
    if _DATE.fullmatch(text):
        try:
            return date.fromisoformat(text)
        except ValueError:
            pass
    raise _refuse(where, "bad_date", "Write the date as 2026-12-01.")


def planned_now(now: Millis) -> Planned:
    return Planned(Plan(at=now))


def planned_at(text: str, *, now: Millis, where: str = "schedule.at") -> Planned:
    """A plan for an instant. Raises InvalidDraft (`bad_time`, `past_date`, `too_far`)."""
    return Planned(Plan(at=_within_reach(instant(text, where=where), now=now, where=where)))


def planned_local(
    text: str,
    *,
    timezone: str,
    now: Millis,
    fold: int | None = None,
    nonexistent: str = SHIFT,
    where: str = "schedule",
) -> Planned:
    """A plan for a wall-clock time somewhere.

    A time that a clock change skips is moved by the gap (or refused, code `nonexistent_time`); one
    that happens twice is taken the first time unless `fold` is 1. Both are said in a notice.
    """
    place = zone(timezone, where=f"{where}.timezone")
    wall = _wall_time(text, where=f"{where}.local")
    try:
        first, second = (_utc(wall, place, which) for which in (0, 1))
    except (OverflowError, ValueError):
        raise _refuse(f"{where}.local", "bad_time", "This time is out of range.") from None
    notices: tuple[Problem, ...] = ()
    chosen = second if fold == 1 else first
    if second < first:
        if nonexistent == REFUSE:
            raise _refuse(f"{where}.local", "nonexistent_time", _skipped(text, timezone))
        chosen = first  # the offset before the change: later by exactly the gap
        moved = chosen.astimezone(place).replace(tzinfo=None).isoformat(timespec="minutes")
        words = f"{_skipped(text, timezone)} The post is planned for {moved} instead."
        notices = (Problem(f"{where}.local", "nonexistent_time", words),)
    elif first < second and fold is None:
        words = (
            f"{text} happens twice in {timezone} because clocks go back; the first is taken. "
            'Use "fold": 1 for the second.'
        )
        notices = (Problem(f"{where}.local", "ambiguous_time", words),)
    at = _within_reach(to_millis(chosen), now=now, where=f"{where}.local")
    return Planned(Plan(at, text, timezone, fold or 0, nonexistent), notices)


def _wall_time(text: str, *, where: str) -> datetime:
    if _LOCAL.fullmatch(text):
        try:
            return datetime.fromisoformat(text)
        except ValueError:
            pass
    words = "Write the local time without an offset, such as 2026-12-01T09:00."
    raise _refuse(where, "bad_time", words)


def _utc(wall: datetime, place: ZoneInfo, fold: int) -> datetime:
    return wall.replace(tzinfo=place, fold=fold).astimezone(UTC)


def _skipped(text: str, timezone: str) -> str:
    return f"{text} does not exist in {timezone}, because clocks go forward over it."


def _within_reach(at: Millis, *, now: Millis, where: str) -> Millis:
    if at < now - TOLERANCE:
        words = f'{rfc3339(at)} is in the past; plan a later time, or send {{"now": true}}.'
        raise _refuse(where, "past_date", words)
    if at > now + FURTHEST // timedelta(milliseconds=1):
        raise _refuse(where, "too_far", f"{rfc3339(at)} is more than ten years ahead.")
    return max(at, now)


def day_start(of: date, place: ZoneInfo) -> Millis:
    """The first instant of a date somewhere; where midnight is skipped, the end of the gap."""
    midnight = datetime(of.year, of.month, of.day)  # noqa: DTZ001 -- a wall-clock time by intent
    first, second = _utc(midnight, place, 0), _utc(midnight, place, 1)
    if second < first:
        return to_millis(_gap_end(midnight, place))
    return to_millis(first)


def _gap_end(wall: datetime, place: ZoneInfo) -> datetime:
    """The instant at which clocks jump over `wall`, found by halving: zones tell no transitions."""
    low, high = _utc(wall, place, 1), _utc(wall, place, 0)
    before = low.astimezone(place).utcoffset()
    while high - low > timedelta(milliseconds=1):
        middle = low + (high - low) / 2
        if middle.astimezone(place).utcoffset() == before:
            low = middle
        else:
            high = middle
    return high.replace(microsecond=0)


def local_day(at: Millis, place: ZoneInfo) -> date:
    return to_datetime(at).astimezone(place).date()
