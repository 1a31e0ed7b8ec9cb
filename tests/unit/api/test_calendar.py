"""The calendar shows days as they are in a time zone."""

from typing import Any

import pytest

from functions.api.calendar import calendar_of
from functions.api.routing import Call
from functions.api.schemas.calendar import CalendarQuery
from tests.fakes.api_world import ApiWorld


def show(world: ApiWorld, first: str, last: str, **query: str) -> Any:
    answer = world.get("/v1/calendar", query={"from": first, "to": last, **query})
    assert answer.status == 200, answer.text
    return answer.json


def filled(shown: Any) -> dict[str, list[str]]:
    return {
        day["date"]: [post["excerpt"] for post in day["posts"]]
        for day in shown["days"]
        if day["posts"]
    }


def test_days_hold_their_posts_and_deliveries(world: ApiWorld) -> None:
    world.write("late", seconds=None, schedule={"local": "2026-12-01T23:59"})
    world.write("early", seconds=None, schedule={"local": "2026-12-02T00:00"})
    shown = show(world, "2026-12-01", "2026-12-03")
    assert [day["date"] for day in shown["days"]] == ["2026-12-01", "2026-12-02", "2026-12-03"]
    assert filled(shown) == {"2026-12-01": ["late"], "2026-12-02": ["early"]}
    assert shown["timezone"] == "Europe/Madrid"
    assert shown["next"] is None
    (delivery,) = shown["days"][0]["posts"][0]["deliveries"]
    assert (delivery["state"], delivery["account_id"]) == ("scheduled", world.account.id)


def test_another_zone_has_other_days(world: ApiWorld) -> None:
    world.write("late", seconds=None, schedule={"local": "2026-12-01T23:59"})
    assert filled(show(world, "2026-12-01", "2026-12-02", timezone="Asia/Tokyo")) == {
        "2026-12-02": ["late"]
    }


def test_posts_outside_and_drafts_are_not_shown(world: ApiWorld) -> None:
    world.write("draft", seconds=None)
    world.write("after", seconds=None, schedule={"local": "2026-12-02T00:00"})
    assert filled(show(world, "2026-12-01", "2026-12-01")) == {}


def test_a_day_of_a_clock_change_loses_nothing(world: ApiWorld) -> None:
    for hour in ("00:00", "01:30", "03:30", "23:59"):
        world.write(hour, seconds=None, schedule={"local": f"2027-03-28T{hour}"})
    assert filled(show(world, "2027-03-28", "2027-03-28")) == {
        "2027-03-28": ["00:00", "01:30", "03:30", "23:59"]
    }


def test_what_does_not_fit_comes_with_a_cursor(world: ApiWorld) -> None:
    for n in range(150):
        world.write(f"{n:03d}", seconds=None, schedule={"local": f"2026-12-01T09:{n % 60:02d}"})
    call = Call(world.clock.now(), workspace="wks_1")
    query = CalendarQuery.model_validate({"from": "2026-12-01", "to": "2026-12-01"})
    first = calendar_of(world.api, call, query, most=100)
    assert sum(len(day.posts) for day in first.days) == 100
    rest = show(world, "2026-12-01", "2026-12-01", cursor=str(first.next))
    both = [post.excerpt for day in first.days for post in day.posts]
    both += filled(rest)["2026-12-01"]
    assert sorted(both) == [f"{n:03d}" for n in range(150)]
    assert rest["next"] is None


NOWHERE = {"from": "2026-12-01", "to": "2026-12-31", "timezone": "Mars"}


@pytest.mark.parametrize(
    ("query", "where", "code"),
    [
        ({"to": "2026-12-01"}, "from", "required"),
        ({"from": "2026-12-01", "to": "2026-11-30"}, "to", "out_of_range"),
        ({"from": "2026-01-01", "to": "2026-12-31"}, "to", "out_of_range"),
        ({"from": "01.12.2026", "to": "2026-12-31"}, "from", "bad_date"),
        (NOWHERE, "timezone", "unknown_timezone"),
    ],
)  # fmt: skip
def test_a_span_that_makes_no_sense(
    world: ApiWorld, query: dict[str, str], where: str, code: str
) -> None:
    answer = world.get("/v1/calendar", query=query)
    assert (answer.status, answer.codes) == (422, [code])
    assert answer.json["problems"][0]["where"] == where
