"""Hours, days and months as clocks show them somewhere."""

import random
from datetime import UTC, datetime
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.core.folding import By, cell_start, folded
from shared.core.models import MINUTE, Millis
from shared.core.rollup import QUARTER, Snapshot, merged
from shared.core.sampling import DAY, HOUR
from shared.core.schedule import rfc3339, to_datetime, to_millis, zone, zone_names

ZONES = sorted(zone_names())
SOME = [
    "Europe/Madrid",
    "America/New_York",
    "Asia/Kolkata",
    "Asia/Kathmandu",
    "Australia/Lord_Howe",
    "America/St_Johns",
    "America/Havana",
    "Africa/Cairo",
    "Pacific/Chatham",
    "Pacific/Apia",
]
FROM, TO = (to_millis(datetime(year, 1, 1, tzinfo=UTC)) for year in (2024, 2032))
instants = st.integers(FROM, TO)


def utc(text: str) -> Millis:
    return to_millis(datetime.fromisoformat(text).replace(tzinfo=UTC))


def shown(at: Millis, place: ZoneInfo) -> str:
    return to_datetime(at).astimezone(place).isoformat(timespec="minutes")


def hours(place: ZoneInfo, first: str, last: str) -> list[str]:
    """The hours of every quarter between two instants."""
    start, end = utc(first), utc(last)
    taken = [Snapshot(at, {"n": at}) for at in range(start, end, QUARTER)]
    return [shown(cell.start, place) for cell in folded(taken, place, By.HOUR)]


def test_an_hour_that_happens_twice_is_two_hours() -> None:
    assert hours(zone("Europe/Madrid"), "2026-10-24T23:00", "2026-10-25T03:00") == [
        "2026-10-25T01:00+02:00",
        "2026-10-25T02:00+02:00",
        "2026-10-25T02:00+01:00",
        "2026-10-25T03:00+01:00",
    ]


def test_an_hour_that_is_skipped_is_none() -> None:
    assert hours(zone("Europe/Madrid"), "2026-03-29T00:00", "2026-03-29T02:00") == [
        "2026-03-29T01:00+01:00",
        "2026-03-29T03:00+02:00",
    ]


def test_a_clock_change_of_half_an_hour() -> None:
    place = zone("Australia/Lord_Howe")
    assert hours(place, "2026-04-04T13:00", "2026-04-04T16:30") == [
        "2026-04-05T00:00+11:00",
        "2026-04-05T01:00+11:00",
        "2026-04-05T01:30+10:30",
        "2026-04-05T02:00+10:30",
    ]
    assert hours(place, "2026-10-03T14:30", "2026-10-03T17:00") == [
        "2026-10-04T01:00+10:30",
        "2026-10-04T02:30+11:00",
        "2026-10-04T03:00+11:00",
    ]


@pytest.mark.parametrize(
    ("name", "start"),
    [
        ("Asia/Kolkata", "2026-11-22T08:30:00Z"),
        ("Asia/Kathmandu", "2026-11-22T08:15:00Z"),
        ("UTC", "2026-11-22T09:00:00Z"),
    ],
)
def test_hours_of_zones_that_are_not_whole_hours_away(name: str, start: str) -> None:
    assert rfc3339(cell_start(utc("2026-11-22T09:14"), zone(name), By.HOUR)) == start


def test_a_day_whose_midnight_is_skipped() -> None:
    place = zone("America/Havana")
    start = cell_start(utc("2026-03-08T18:00"), place, By.DAY)
    assert shown(start, place) == "2026-03-08T01:00-04:00"


def test_days_and_months_have_their_last_snapshot() -> None:
    place = zone("Europe/Madrid")
    taken = [
        Snapshot(utc("2026-10-31T21:00"), {"likes": 9}),
        Snapshot(utc("2026-10-31T22:59"), {"likes": 4}),
        Snapshot(utc("2026-10-31T23:00"), {"likes": 5}),
    ]
    assert [(shown(c.start, place), c.snapshot.values) for c in folded(taken, place, By.DAY)] == [
        ("2026-10-31T00:00+01:00", {"likes": 4}),
        ("2026-11-01T00:00+01:00", {"likes": 5}),
    ]
    assert [(shown(c.start, place), c.snapshot.values) for c in folded(taken, place, By.MONTH)] == [
        ("2026-10-01T00:00+02:00", {"likes": 4}),
        ("2026-11-01T00:00+01:00", {"likes": 5}),
    ]


@given(instants, st.sampled_from(ZONES), st.sampled_from(By))
def test_a_cell_holds_what_clocks_show_as_it(at: Millis, name: str, by: By) -> None:
    place = zone(name)
    start = cell_start(at, place, by)
    assert start <= at
    assert cell_start(start, place, by) == start
    assert cell_start(start - 1, place, by) < start
    digits = {By.HOUR: 13, By.DAY: 10, By.MONTH: 7}[by]
    assert shown(start, place)[:digits] == shown(at, place)[:digits]


@given(
    st.lists(st.tuples(st.integers(0, 400), st.integers(0, 9)), max_size=40),
    instants,
    st.sampled_from(SOME),
    st.sampled_from(By),
    st.randoms(use_true_random=False),
)
def test_folding_what_was_kept_is_folding_what_was_said(
    taken: list[tuple[int, int]], start: Millis, name: str, by: By, chance: random.Random
) -> None:
    """And again, whatever came twice or in another order."""
    place = zone(name)
    said = [Snapshot(start + n * 7 * MINUTE, {"likes": likes}) for n, likes in taken]
    truth: dict[Millis, Snapshot] = {}
    for one in sorted(said, key=lambda s: (s.at, s.values["likes"])):
        truth[cell_start(one.at, place, by)] = one
    again = said + said[:3]
    chance.shuffle(again)
    cells = folded(merged(again), place, by)
    assert [(c.start, c.snapshot) for c in cells] == sorted(truth.items())


@given(instants, st.sampled_from(SOME))
def test_cells_never_overlap(at: Millis, name: str) -> None:
    """All quarters of three days: cells change exactly where clocks show another hour or day."""
    place = zone(name)
    first = at // QUARTER * QUARTER
    for by, longest in ((By.HOUR, HOUR), (By.DAY, 25 * HOUR)):
        starts = [cell_start(t, place, by) for t in range(first, first + 3 * DAY, QUARTER)]
        assert starts == sorted(starts)
        edges = sorted(set(starts))
        assert all(0 < b - a <= longest for a, b in pairwise(edges))
