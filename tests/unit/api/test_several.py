"""Several posts at once: each all or nothing, and the answer says what became of it."""

from typing import Any

import pytest

from shared.core.models import MINUTE, SECOND
from tests.fakes.api_world import ApiWorld


def plan(world: ApiWorld, text: str, local: str, **fields: Any) -> Any:
    return world.write(text, seconds=None, schedule={"local": local}, **fields)


def move(world: ApiWorld, posts: list[Any], **how: Any) -> Any:
    chosen = [{"id": post["id"], "version": post["version"]} for post in posts]
    answer = world.send("/v1/posts/reschedule", {"posts": chosen, **how})
    assert answer.status == 200, answer.text
    return answer.json


def walls(world: ApiWorld, posts: list[Any]) -> list[str]:
    return [world.read(post)["plan"]["local"] for post in posts]


def codes(done: Any) -> list[list[str]]:
    return [[problem["code"] for problem in item["problems"]] for item in done["items"]]


def test_a_shift_keeps_the_time_of_day_over_a_clock_change_and_is_undone(world: ApiWorld) -> None:
    posts = [plan(world, "one", "2026-10-24T09:00"), plan(world, "two", "2026-10-24T18:30")]
    done = move(world, posts, shift={"days": 7, "minutes": 15})
    assert done["done"] == 2
    assert walls(world, posts) == ["2026-10-31T09:15:00", "2026-10-31T18:45:00"]
    assert [i["plan"]["at"] for i in done["items"]] == [
        "2026-10-31T08:15:00Z",
        "2026-10-31T17:45:00Z",
    ]
    back = [
        {"id": i["id"], "schedule": {k: i["before"][k] for k in ("local", "timezone")}}
        for i in done["items"]
    ]
    assert world.send("/v1/posts/reschedule", {"posts": back}).json["done"] == 2
    assert walls(world, posts) == ["2026-10-24T09:00", "2026-10-24T18:30"]


def test_a_shift_that_is_asked_for_again_moves_nothing_further(world: ApiWorld) -> None:
    post = plan(world, "one", "2026-10-24T09:00")
    assert codes(move(world, [post], shift={"days": 1})) == [[]]
    assert codes(move(world, [post], shift={"days": 1})) == [["changed_meanwhile"]]
    assert walls(world, [post]) == ["2026-10-25T09:00:00"]
    unseen = {"posts": [{"id": post["id"]}], "shift": {"days": 1}}
    refused = world.send("/v1/posts/reschedule", unseen)
    assert [p["where"] for p in refused.json["problems"]] == ["posts[0].version"]


def test_undoing_a_move_does_not_bring_back_what_somebody_cancelled_since(world: ApiWorld) -> None:
    post = plan(world, "one", "2026-10-24T09:00")
    (moved,) = move(world, [post], shift={"days": 7})["items"]
    assert world.send(f"/v1/posts/{post['id']}/cancel").status == 200
    back = {"id": post["id"], "schedule": {"local": moved["before"]["local"]}}
    done = world.send("/v1/posts/reschedule", {"posts": [back]}).json
    assert codes(done) == [["not_waiting"]]
    assert world.read(post)["status"] == "cancelled"


def test_to_another_day_and_what_cannot_go_stays_as_it_was(world: ApiWorld) -> None:
    live = world.write("live", seconds=10)
    world.run(MINUTE)
    live = world.read(live)
    waits = plan(world, "waits", "2026-12-01T09:00")
    seen = plan(world, "seen", "2026-12-01T10:00")
    changed = world.patch(f"/v1/posts/{seen['id']}", {"text": "changed"}).json
    draft = world.write("draft", seconds=None)
    stopped = plan(world, "stopped", "2026-12-01T11:00")
    world.send(f"/v1/posts/{stopped['id']}/cancel")
    stopped = world.read(stopped)
    unknown = {"id": "pst_nowhere", "version": None}
    done = move(world, [live, waits, seen, draft, stopped, unknown, waits], date="2026-12-24")
    assert codes(done) == [
        ["not_waiting"], [], ["changed_meanwhile"], ["no_date"], ["not_waiting"], ["not_found"],
        ["twice"],
    ]  # fmt: skip
    assert done["done"] == 1
    assert walls(world, [waits, changed]) == ["2026-12-24T09:00:00", "2026-12-01T10:00"]
    assert world.read(stopped)["status"] == "cancelled"
    past = move(world, [world.read(waits)], date="2026-01-01")
    assert codes(past) == [["past_date"]]


def test_labels_are_given_and_taken(world: ApiWorld) -> None:
    spring = world.send("/v1/campaigns", {"name": "Spring"}).json["id"]
    one = plan(world, "one", "2026-12-01T09:00", tags=["a", "b"])
    full = plan(world, "full", "2026-12-01T10:00", tags=[f"t{n}" for n in range(20)])
    body = {"posts": [{"id": one["id"]}, {"id": full["id"]}], "add_tags": ["c"]}
    done = world.send("/v1/posts/label", {**body, "remove_tags": ["a"], "campaign": "Spring"})
    assert codes(done.json) == [[], ["too_many"]]
    assert [world.read(one)[name] for name in ("tags", "campaign")] == [["b", "c"], spring]
    assert world.read(full)["campaign"] is None
    posts = [{"id": one["id"]}]
    assert world.send("/v1/posts/label", {"posts": posts, "campaign": None}).json["done"] == 1
    assert [world.read(one)[name] for name in ("tags", "campaign")] == [["b", "c"], None]
    wrong = world.send("/v1/posts/label", {"posts": posts, "campaign": "Sprung"}).json
    assert codes(wrong) == [["unknown_campaign"]]


def test_several_are_cancelled_and_none_of_them_leaves(world: ApiWorld) -> None:
    posts = [world.write(f"{n}", seconds=60) for n in range(2)]
    gone = world.write("gone", seconds=1)
    world.run(10 * SECOND)
    chosen = [{"id": post["id"]} for post in [*posts, gone]]
    assert codes(world.send("/v1/posts/cancel", {"posts": chosen}).json) == [
        [],
        [],
        ["already_live"],
    ]
    world.run(5 * MINUTE)
    assert world.live == ["gone"]


@pytest.mark.parametrize(
    ("how", "code"),
    [
        ({}, "choose_one"),
        ({"shift": {"days": 1}, "date": "2026-12-01"}, "choose_one"),
        ({"shift": {}}, "no_shift"),
        ({"date": "tomorrow"}, "bad_date"),
    ],
)
def test_a_move_that_says_nothing_clear(world: ApiWorld, how: dict[str, Any], code: str) -> None:
    answer = world.send("/v1/posts/reschedule", {"posts": [{"id": "pst_1"}], **how})
    assert (answer.status, answer.codes) == (422, [code])
