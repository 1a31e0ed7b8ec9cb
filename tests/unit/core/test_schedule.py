"""Times that people write become the instants that they meant."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shared.core.errors import InvalidDraft
from shared.core.models import SECOND, Millis
from shared.core.schedule import (
    TOLERANCE,
    day,
    day_start,
    instant,
    local_day,
    planned_at,
    planned_local,
    planned_now,
    rfc3339,
    to_datetime,
    to_millis,
    zone,
    zone_names,
)

NOW = to_millis(datetime(2026, 11, 22, 12, tzinfo=UTC))


def utc(text: str) -> Millis:
    return to_millis(datetime.fromisoformat(text).replace(tzinfo=UTC))


def code_of(caught: pytest.ExceptionInfo[InvalidDraft]) -> str:
    (problem,) = caught.value.problems
    return problem.code


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2026-12-01T09:00:00+01:00", "2026-12-01T08:00:00"),
        ("2026-12-01T09:00:00Z", "2026-12-01T09:00:00"),
        ("2026-12-01t09:00:00z", "2026-12-01T09:00:00"),
        ("2026-12-01T09:00+05:45", "2026-12-01T03:15:00"),
        ("2026-12-01T09:00:00.250-00:00", "2026-12-01T09:00:00.250"),
        ("2026-12-01T09:00:00.123456Z", "2026-12-01T09:00:00.123"),
    ],
)
def test_an_instant_with_its_offset(text: str, expected: str) -> None:
    assert planned_at(text, now=NOW).plan.at == utc(expected)


@pytest.mark.parametrize(
    "text",
    [
        "2026-12-01T09:00:00",
        "2026-12-01",
        "20261201T090000Z",
        "2026-12-01 09:00:00Z",
        "2026-13-01T09:00:00Z",
        "2026-12-01T24:00:00Z",
        "2026-12-01T09:00:60Z",
        "2026-12-01T09:00:00+25:00",
        "٢٠٢٦-12-01T09:00:00Z",
        "tomorrow",
        "",
        "2026-12-01T09:00:00Z\n",
    ],
)
def test_an_instant_that_cannot_be_read(text: str) -> None:
    with pytest.raises(InvalidDraft) as caught:
        instant(text, where="schedule.at")
    assert code_of(caught) == "bad_time"


def test_the_past_is_refused_but_for_a_breath() -> None:
    late = rfc3339(NOW - TOLERANCE)
    assert planned_at(late, now=NOW).plan.at == NOW
    with pytest.raises(InvalidDraft) as caught:
        planned_at(rfc3339(NOW - TOLERANCE - 1), now=NOW)
    assert code_of(caught) == "past_date"


def test_more_than_ten_years_ahead_is_refused() -> None:
    assert planned_at("2036-11-01T00:00:00Z", now=NOW).plan.at > NOW
    with pytest.raises(InvalidDraft) as caught:
        planned_at("2037-01-01T00:00:00Z", now=NOW)
    assert code_of(caught) == "too_far"


def test_now_is_now() -> None:
    assert planned_now(NOW).plan.at == NOW


def test_a_local_time_is_kept_as_it_was_meant() -> None:
    planned = planned_local("2026-12-01T09:00", timezone="Europe/Madrid", now=NOW)
    assert planned.plan.at == utc("2026-12-01T08:00:00")
    assert (planned.plan.local, planned.plan.timezone) == ("2026-12-01T09:00", "Europe/Madrid")
    assert planned.notices == ()


def test_a_local_time_that_clocks_skip_moves_by_the_gap_and_says_so() -> None:
    planned = planned_local("2027-03-28T02:30", timezone="Europe/Madrid", now=NOW)
    assert planned.plan.at == utc("2027-03-28T01:30:00")  # 03:30 summer time
    (notice,) = planned.notices
    assert notice.code == "nonexistent_time"
    assert "2027-03-28T03:30" in notice.message


def test_a_local_time_that_clocks_skip_is_refused_on_request() -> None:
    with pytest.raises(InvalidDraft) as caught:
        planned_local("2027-03-28T02:30", timezone="Europe/Madrid", now=NOW, nonexistent="refuse")
    assert code_of(caught) == "nonexistent_time"


def test_a_local_time_that_happens_twice_is_the_first_unless_asked_otherwise() -> None:
    text, place = "2027-10-31T02:30", "Europe/Madrid"
    first = planned_local(text, timezone=place, now=NOW)
    second = planned_local(text, timezone=place, now=NOW, fold=1)
    assert first.plan.at == utc("2027-10-31T00:30:00")
    assert second.plan.at == utc("2027-10-31T01:30:00")
    assert [n.code for n in first.notices] == ["ambiguous_time"]
    assert planned_local(text, timezone=place, now=NOW, fold=0).notices == ()
    assert second.notices == ()


@pytest.mark.parametrize(
    "name",
    ["Mars/Olympus", "europe/madrid", "", "../UTC", "/etc/localtime", "America", "localtime",
     "right/Europe/Madrid", "posix/UTC", "Europe/Madrid ", "Factory", "CEST"],
)  # fmt: skip
def test_an_unknown_zone_is_refused_whatever_the_machine_has(name: str) -> None:
    with pytest.raises(InvalidDraft) as caught:
        planned_local("2026-12-01T09:00", timezone=name, now=NOW)
    assert code_of(caught) == "unknown_timezone"


@pytest.mark.parametrize("name", sorted(zone_names()))
def test_every_zone_there_is_can_be_used(name: str) -> None:
    assert zone(name).key == name
    planned = planned_local("2027-06-01T12:00", timezone=name, now=NOW)
    assert abs(planned.plan.at - utc("2027-06-01T12:00:00")) <= 14 * 3_600 * SECOND


ZONES = st.sampled_from(
    ["Europe/Madrid", "America/New_York", "Australia/Lord_Howe", "Africa/Casablanca",
     "America/Santiago", "Asia/Beirut", "Pacific/Apia", "Asia/Kathmandu", "UTC"]
)  # fmt: skip
WALLS = st.datetimes(datetime(2026, 11, 25), datetime(2036, 1, 1)).map(  # noqa: DTZ001 -- wall time
    lambda moment: moment.replace(second=0, microsecond=0)
)


@given(name=ZONES, wall=WALLS, fold=st.sampled_from([None, 0, 1]))
@settings(max_examples=400, deadline=None)
def test_a_plan_shows_the_wall_time_that_was_asked_for(
    name: str, wall: datetime, fold: int | None
) -> None:
    planned = planned_local(wall.isoformat(timespec="minutes"), timezone=name, now=NOW, fold=fold)
    shown = to_datetime(planned.plan.at).astimezone(zone(name)).replace(tzinfo=None)
    if any(notice.code == "nonexistent_time" for notice in planned.notices):
        assert timedelta(0) < shown - wall <= timedelta(hours=24)
    else:
        assert shown == wall


@given(name=ZONES, of=st.dates(date(2027, 1, 1), date(2035, 12, 30)))
@settings(max_examples=300, deadline=None)
def test_days_follow_each_other_without_gap_or_overlap(name: str, of: date) -> None:
    place = zone(name)
    start, end = day_start(of, place), day_start(of + timedelta(days=1), place)
    assert local_day(start, place) == of
    assert local_day(end - 1, place) == of
    assert local_day(start - 1, place) == of - timedelta(days=1)
    assert 22 * 3_600 * SECOND < end - start < 26 * 3_600 * SECOND


def test_a_midnight_that_clocks_skip_starts_the_day_after_the_gap() -> None:
    place = zone("Asia/Beirut")
    assert to_datetime(day_start(date(2027, 3, 28), place)).astimezone(place).hour == 1


@pytest.mark.parametrize("text", ["2026-02-30", "2026-1-1", "01.02.2026", "2026-12-01T00:00"])
def test_a_date_that_cannot_be_read(text: str) -> None:
    with pytest.raises(InvalidDraft) as caught:
        day(text, where="from")
    assert code_of(caught) == "bad_date"


@given(at=st.integers(0, 4_102_444_800_000))
def test_what_is_written_can_be_read_back(at: Millis) -> None:
    assert instant(rfc3339(at), where="x") == at
