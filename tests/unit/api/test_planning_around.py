"""What the calendar shows beside its posts, over HTTP: filters, rules, key dates, campaigns."""

from typing import Any

import pytest

from shared.core.models import MINUTE
from tests.fakes.api_world import ApiWorld

DECEMBER = {"from": "2026-12-01", "to": "2026-12-31"}


def plan(world: ApiWorld, text: str, local: str, **fields: Any) -> Any:
    return world.write(text, seconds=None, schedule={"local": local}, **fields)


def calendar(world: ApiWorld, **query: str) -> Any:
    answer = world.get("/v1/calendar", query=DECEMBER | query)
    assert answer.status == 200, answer.text
    return answer.json


def shown(world: ApiWorld, **query: str) -> list[str]:
    return [p["excerpt"] for d in calendar(world, **query)["days"] for p in d["posts"]]


def test_a_calendar_is_narrowed_by_anything(world: ApiWorld) -> None:
    other = world.connect("eve")
    world.send("/v1/campaigns", {"name": "Spring"})
    plan(world, "rye bread", "2026-12-01T09:00", tags=["news"], campaign="spring")
    plan(world, "white rolls", "2026-12-02T09:00", account_ids=[other.id])
    plan(world, "ask first", "2026-12-03T09:00", requires_approval=True)
    everything = ["rye bread", "white rolls", "ask first"]
    author = world.get("/v1/posts").json["items"][0]["created_by"]
    for query, expected in (
        ({"account_id": other.id}, everything[1:2]),
        ({"account_id": f"{other.id},{world.account.id}"}, everything),
        ({"platform": "fake"}, everything),
        ({"platform": "other"}, []),
        ({"status": "awaiting_approval,failed"}, everything[2:]),
        ({"campaign": "Spring"}, everything[:1]),
        ({"campaign": "no such"}, []),
        ({"tag": "news"}, everything[:1]),
        ({"author": author}, everything),
        ({"author": "somebody"}, []),
        ({"text": "BREAD"}, everything[:1]),
        ({"origin": "elsewhere"}, []),
        ({"origin": "tidings", "text": "r"}, everything),
    ):
        assert shown(world, **query) == expected, query
    choices = calendar(world, tag="nothing")["choices"]
    assert (choices["tags"], choices["authors"], choices["elsewhere"]) == (
        ["news"],
        [author],
        False,
    )
    wrong = world.get("/v1/calendar", query=DECEMBER | {"status": "waiting"})
    assert (wrong.status, wrong.codes) == (422, ["unknown_value"])


def test_conflicts_gaps_and_targets_come_with_the_calendar(world: ApiWorld) -> None:
    rules = world.get("/v1/calendar/rules")
    assert (rules.json["min_gap"], rules.headers["etag"]) == (15, '"0"')
    target = {"account_id": world.account.id, "per_week": 3}
    saved = world.patch(
        "/v1/calendar/rules", {"targets": [target], "min_gap": 60}, if_match=rules.headers["etag"]
    )
    assert (saved.status, saved.json["version"], saved.json["quiet_days"]) == (200, 1, 7)
    assert world.patch("/v1/calendar/rules", {"min_gap": 5}, if_match='"0"').status == 412
    one = plan(world, "one", "2026-12-07T09:00")["id"]
    two = plan(world, "two", "2026-12-07T09:59")["id"]
    planning = calendar(world, **{"from": "2026-12-09", "to": "2026-12-09"})["planning"]
    assert [(c["code"], c["post_ids"], c["date"]) for c in planning["conflicts"]] == [
        ("too_close", [one, two], "2026-12-07")
    ]
    assert [(g["code"], g["posts"], g["target"]) for g in planning["gaps"]] == [
        ("below_target", 2, 3)
    ]
    assert planning["weeks"] == [
        {"account_id": world.account.id, "first_day": "2026-12-07", "planned": 2, "published": 0,
         "target": 3}
    ]  # fmt: skip
    nobody = calendar(world, account_id="acc_else")["planning"]
    assert (nobody["conflicts"], nobody["weeks"]) == ([], [])


def test_rules_that_make_no_sense_are_refused_with_what_is_known(world: ApiWorld) -> None:
    wrong = {
        "countries": ["ES", "XX", "US-ZZ"],
        "targets": [{"account_id": world.account.id, "per_week": 1}] * 2
        + [{"account_id": "acc_else", "per_week": 1}],
    }
    answer = world.patch("/v1/calendar/rules", wrong)
    assert [(p["where"], p["code"]) for p in answer.json["problems"]] == [
        ("countries[1]", "unknown_country"),
        ("countries[2]", "unknown_country"),
        ("targets[1].account_id", "twice"),
        ("targets[2].account_id", "unknown_account"),
    ]
    assert "TX" in answer.json["problems"][1]["message"]
    assert world.get("/v1/calendar/rules").json["version"] == 0


def test_holidays_and_own_dates_stand_on_the_calendar(world: ApiWorld) -> None:
    world.patch("/v1/calendar/rules", {"countries": ["ES-CT", "US"]})
    own = {"name": "Market days", "first_day": "2024-12-24", "last_day": "2024-12-26"}
    made = world.send("/v1/key-dates", own | {"yearly": True}).json
    dates = calendar(world, **{"from": "2026-12-24", "to": "2026-12-26"})["key_dates"]
    assert [(d["title"], d["first_day"], d["last_day"], d["country"]) for d in dates] == [
        ("Market days", "2026-12-24", "2026-12-26", None),
        ("Christmas Day", "2026-12-25", "2026-12-25", "ES-CT"),
        ("Christmas Day", "2026-12-25", "2026-12-25", "US"),
        ("Saint Stephen's Day", "2026-12-26", "2026-12-26", "ES-CT"),
    ]
    path = f"/v1/key-dates/{made['id']}"
    wrong = world.patch(path, {"last_day": "2024-12-23"})
    assert (wrong.status, wrong.codes) == (422, ["out_of_range"])
    assert world.patch(path, {"yearly": False}, if_match='"1"').json["version"] == 2
    assert world.delete(path).status == 204
    assert world.get("/v1/key-dates").json["items"] == []
    listed = {c["code"]: c for c in world.get("/v1/calendar/countries").json["items"]}
    assert (len(listed) > 200, listed["ES"]["name"], listed["ES"]["parts"]) == (True, "Spain", None)
    (spain,) = world.get("/v1/calendar/countries", query={"code": "ES"}).json["items"]
    assert "CT" in spain["parts"]


def test_a_campaign_from_its_goals_to_the_archive(world: ApiWorld) -> None:
    body = {
        "name": "Spring",
        "first_day": "2026-05-01",
        "last_day": "2026-12-31",
        "colour": "pink",
        "goals": [{"metric": "posts", "target": 2}, {"metric": "likes", "target": 50}],
    }
    made = world.send("/v1/campaigns", body).json
    path = f"/v1/campaigns/{made['id']}"
    world.write("out", seconds=60, campaign=made["id"])
    post = world.write("to come", seconds=6_000, campaign="SPRING")
    assert post["campaign"] == made["id"]
    world.run(2 * MINUTE)
    progress = world.get(f"{path}/progress").json
    assert (progress["planned"], progress["published"]) == (1, 1)
    assert progress["goals"] == [
        {"metric": "posts", "target": 2, "reached": 1},
        {"metric": "likes", "target": 50, "reached": None},
    ]
    assert world.send("/v1/campaigns", {"name": "spring"}).codes == ["name_taken"]
    assert world.delete(path).json["code"] == "campaign_in_use"
    assert world.patch(path, {"archived": True}, if_match='"1"').json["archived_at"]
    late = world.patch(f"/v1/posts/{post['id']}", {"campaign": "Spring"})
    assert (late.status, late.codes) == (422, ["archived_campaign"])
    assert world.patch(f"/v1/posts/{post['id']}", {"campaign": made["id"]}).status == 200
    assert world.get("/v1/campaigns").json["items"] == []
    assert len(world.get("/v1/campaigns", query={"archived": "true"}).json["items"]) == 1
    empty = world.send("/v1/campaigns", {"name": "Empty"}).json
    assert world.delete(f"/v1/campaigns/{empty['id']}").status == 204


@pytest.mark.parametrize("field", ["create", "check", "edit"])
def test_a_campaign_that_does_not_exist(world: ApiWorld, field: str) -> None:
    body = {"text": "x", "account_ids": [world.account.id], "campaign": "Sprung"}
    if field == "edit":
        post = world.write(seconds=None)
        answer = world.patch(f"/v1/posts/{post['id']}", {"campaign": "Sprung"})
    else:
        answer = world.send("/v1/posts/check" if field == "check" else "/v1/posts", body)
    assert (answer.status, answer.codes) == (422, ["unknown_campaign"])
    assert answer.json["problems"][0]["where"] == "campaign"
