"""Every zone there is, every clock change of ten years, and the hours around it, against an oracle.

The oracle is `whenever`: it reads the same files of `tzdata`, with zone arithmetic of its own.
Zones whose clocks do the same in these years (most names are links) are tried once; that they do is
checked for every name. `TIDINGS_PROVE=1` tries every name, minute by minute and further around.
"""

import os
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from functools import lru_cache
from importlib.resources import files

import pytest
import whenever

from shared.core.errors import InvalidDraft
from shared.core.folding import By, cell_start
from shared.core.models import MINUTE, SECOND, Millis
from shared.core.schedule import (
    REFUSE,
    SHIFT,
    day_start,
    local_day,
    planned_local,
    to_datetime,
    zone,
    zone_names,
)
from shared.core.values import dataclass
from tests.simulation import tally

PROVE = os.environ.get("TIDINGS_PROVE") == "1"
STEP: Millis = MINUTE if PROVE else 30 * MINUTE
AROUND: Millis = (12 if PROVE else 3) * 60 * MINUTE
ASKED = [(fold, policy) for fold in (None, 0, 1) for policy in (SHIFT, REFUSE)]
PLAINLY = ASKED if PROVE else [(None, SHIFT), (0, REFUSE), (1, SHIFT)]
"""Of a time that clocks do show."""
Reading = tuple[Millis, Millis, str]
"""The instants of the earlier and of the later reading, and the question that there is."""
HOUR: Millis = 60 * MINUTE
DAY: Millis = 24 * HOUR
FIRST, LAST = (whenever.Instant.from_utc(year, 1, 1) for year in (2026, 2037))

whenever.reset_tzpath([str(files("tzdata").joinpath("zoneinfo"))])


@dataclass(frozen=True, slots=True)
class Change:
    """Clocks go from one offset (milliseconds from UTC) to another."""

    at: Millis
    before: Millis
    after: Millis

    @property
    def gap(self) -> Millis:
        """Negative where an hour happens twice."""
        return self.after - self.before


def millis(moment: whenever.Instant | whenever.ZonedDateTime) -> Millis:
    return moment.timestamp(unit="millisecond")


def offset(moment: whenever.ZonedDateTime) -> Millis:
    return int(moment.offset.total("seconds")) * SECOND


@lru_cache(maxsize=1_000)
def changes(name: str) -> tuple[Change, ...]:
    """Of the years 2026 to 2036; the first entry is no change but the offset to begin with."""
    now = FIRST.to_tz(name)
    found = [Change(millis(FIRST), offset(now), offset(now))]
    while (after := now.next_transition()) is not None and after.to_instant() < LAST:
        if offset(after) != offset(now):  # others only change the name of the time
            found.append(Change(millis(after), offset(now), offset(after)))
        now = after
    return tuple(found)


def zones_apart() -> list[str]:
    """One name for each way in which clocks go; all of them when proving."""
    names = sorted(zone_names())
    return names if PROVE else sorted({changes(name): name for name in names}.values())


def walls(change: Change) -> Iterator[datetime]:
    """What clocks show around a change, by the offsets before and after it, and its very edges."""
    steps = range(change.at - AROUND, change.at + AROUND + 1, STEP)
    edges = [change.at + by for by in (-SECOND, -1, 1, SECOND)]
    shown = {at + by for at in (*steps, *edges) for by in (change.before, change.after)}
    return (to_datetime(at).replace(tzinfo=None) for at in sorted(shown))


def oracle(wall: datetime, name: str) -> Reading:
    plain, asks = whenever.PlainDateTime(wall), ""
    try:
        plain.assume_tz(name, disambiguation="raise")
    except whenever.SkippedTime:
        asks = "nonexistent_time"
    except whenever.RepeatedTime:
        asks = "ambiguous_time"
    earlier = plain.assume_tz(name, disambiguation="earlier")
    return millis(earlier), millis(plain.assume_tz(name, disambiguation="later")), asks


def resolved(wall: datetime, name: str, *, fold: int | None, policy: str) -> tuple[Millis, str]:
    """What Tidings makes of it: the instant (0 if refused) and the code of what it says."""
    tally.COUNTS["time zones: times planned, as the oracle says"] += 1
    text, now = wall.isoformat(), to_near(wall)
    try:
        planned = planned_local(text, timezone=name, now=now, fold=fold, nonexistent=policy)
    except InvalidDraft as refused:
        (problem,) = refused.problems
        return 0, problem.code
    plan = planned.plan
    assert (plan.local, plan.timezone, plan.fold) == (text, name, fold or 0)
    if fold is None:  # what is stored means the same for good
        again = planned_local(text, timezone=name, now=now, fold=plan.fold, nonexistent=policy)
        assert again.plan.at == plan.at
    return plan.at, "".join(notice.code for notice in planned.notices)


def to_near(wall: datetime) -> Millis:
    """A moment some days before, so that nothing is past or too far."""
    return millis(whenever.PlainDateTime(wall).assume_utc()) - 3 * DAY


def expected(reading: Reading, *, fold: int | None, policy: str) -> tuple[Millis, str]:
    earlier, later, asks = reading
    if asks == "nonexistent_time":
        return (0 if policy == REFUSE else later), asks
    said = asks if fold is None else ""
    return (later if fold == 1 else earlier), said


@pytest.mark.parametrize("name", zones_apart())
def test_a_plan_is_one_instant_or_one_question(name: str) -> None:
    tally.COUNTS["time zones: names"] += 1
    tally.COUNTS["time zones: changes of their clocks"] += len(changes(name)) - 1
    for change in changes(name):
        for wall in walls(change):
            reading = oracle(wall, name)
            for fold, policy in ASKED if reading[2] == "nonexistent_time" else PLAINLY:
                made = resolved(wall, name, fold=fold, policy=policy)
                assert made == expected(reading, fold=fold, policy=policy), (wall, fold, policy)


@pytest.mark.parametrize("name", zones_apart())
def test_the_notice_of_a_skipped_time_says_the_time_that_clocks_will_show(name: str) -> None:
    for change in changes(name):
        if change.gap <= 0:
            continue
        for at in range(change.at, change.at + change.gap, STEP):
            wall = to_datetime(at + change.before).replace(tzinfo=None)
            planned = planned_local(wall.isoformat(), timezone=name, now=to_near(wall))
            shown = whenever.PlainDateTime(wall).assume_tz(name, disambiguation="later")
            said = shown.to_plain().to_stdlib().isoformat(timespec="minutes")
            assert f"planned for {said} instead" in planned.notices[0].message
            assert shown.to_plain().to_stdlib() - wall == timedelta(milliseconds=change.gap)


def starts(name: str, of: date) -> Millis:
    """The oracle's first instant of a date."""
    return millis(whenever.PlainDateTime(of.year, of.month, of.day, 12).assume_tz(
        name, disambiguation="compatible"
    ).start_of("day"))  # fmt: skip


def days_around(name: str) -> Iterator[date]:
    """Those of each change, and the first of every month."""
    for change in changes(name):
        middle = to_datetime(change.at + change.before).date()
        yield from (middle + timedelta(days=by) for by in (-1, 0, 1, 2))
    for month in range(11 * 12):
        yield date(2026 + month // 12, month % 12 + 1, 1)


@pytest.mark.parametrize("name", zones_apart())
def test_days_and_months_begin_where_clocks_say(name: str) -> None:
    place = zone(name)
    for of in days_around(name):
        start, end = day_start(of, place), day_start(of + timedelta(days=1), place)
        assert (start, end) == (starts(name, of), starts(name, of + timedelta(days=1))), of
        assert (local_day(start, place), local_day(end - 1, place)) == (of, of)
        assert local_day(start - 1, place) == of - timedelta(days=1)
        for at in (start, end - 1):
            assert cell_start(at, place, By.DAY) == start
            assert cell_start(at, place, By.MONTH) == starts(name, of.replace(day=1))


def test_a_day_whose_midnight_lies_within_a_gap_begins_at_its_end() -> None:
    """No clock does so in these years; Toronto's went from 23:30 to 00:30 in 1919."""
    of = date(1919, 3, 31)
    assert day_start(of, zone("America/Toronto")) == starts("America/Toronto", of)


def hour_start(at: Millis, name: str) -> Millis:
    """The oracle's: when clocks last showed a full hour or were changed."""
    shown = whenever.Instant.from_timestamp(at, unit="millisecond").to_tz(name)
    full = at - (shown.minute * MINUTE + shown.second * SECOND + at % SECOND)
    return max([full, *(change.at for change in changes(name)[1:] if change.at <= at)])


@pytest.mark.parametrize("name", zones_apart())
def test_hours_begin_where_clocks_say(name: str) -> None:
    place = zone(name)
    for change in changes(name)[1:]:
        for at in range(change.at - 3 * HOUR, change.at + 3 * HOUR, STEP):
            for inside in (at, at + STEP - 1):
                assert cell_start(inside, place, By.HOUR) == hour_start(inside, name), inside


def test_zones_that_are_tried_once_are_the_same_to_us() -> None:
    """For every name: at each change, just before it, and every thirty days."""
    days = range(millis(FIRST), millis(LAST), 30 * DAY)
    for name in sorted(zone_names()):
        place = zone(name)
        edges = [at for change in changes(name) for at in (change.at - 1, change.at)]
        for at in (*edges[1:], *days):
            ours = to_datetime(at).astimezone(place).utcoffset()
            theirs = offset(whenever.Instant.from_timestamp(at, unit="millisecond").to_tz(name))
            assert ours == timedelta(milliseconds=theirs), (name, at)


def test_all_kinds_of_clock_change_are_among_them() -> None:
    """Otherwise what stands above would prove less than it says."""
    every = {name: changes(name)[1:] for name in zone_names()}
    gaps = {change.gap for found in every.values() for change in found}
    assert {-2 * HOUR, -HOUR, -30 * MINUTE, 30 * MINUTE, HOUR, 2 * HOUR} <= gaps
    assert any(not found for found in every.values())
    midnights = {
        name
        for name, found in every.items()
        for change in found
        if change.gap > 0 and (change.at + change.before) % DAY == 0
    }
    assert {"Africa/Cairo", "America/Havana", "Asia/Beirut"} <= midnights
    assert any((change.after % HOUR) for found in every.values() for change in found)
