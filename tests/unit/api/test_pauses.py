"""Pauses over the API: of anything, from when to when, and what becomes of what they stop."""

from dataclasses import replace
from itertools import pairwise
from typing import Any

import pytest

from functions.publish.locks import take_content_lock
from shared.core import lifecycle
from shared.core.lifecycle import S
from shared.core.models import MINUTE, SECOND, Millis
from shared.core.pauses import MOST
from shared.core.posts import SPACING
from shared.core.workspaces import Pause
from tests.fakes.api_world import ApiWorld, rfc3339_in

HOUR: Millis = 60 * MINUTE


def made(world: ApiWorld, scope: str, value: str = "", **fields: Any) -> Any:
    body = {"scope": scope, "value": value, **fields}
    answer = world.send("/v1/pauses", body)
    assert answer.status == 201, answer.text
    return answer.json


def listed(world: ApiWorld, **query: str) -> list[Any]:
    items: list[Any] = world.get("/v1/pauses", query=query).json["items"]
    return items


def end(world: ApiWorld, pause: Any) -> Any:
    answer = world.delete(f"/v1/pauses/{pause['id']}")
    assert answer.status == 200, answer.text
    return answer.json


@pytest.mark.parametrize("scope", ["installation", "workspace", "account", "platform", "tag"])
def test_one_model_for_every_scope(world: ApiWorld, scope: str) -> None:
    values = {"account": world.account.id, "platform": "fake", "tag": "promo"}
    post = world.write(seconds=90, tags=["promo"])
    pause = made(world, scope, values.get(scope, ""), reason="holiday")
    assert pause["still_leaving"] == []
    shown = {**pause}
    del shown["still_leaving"]
    assert listed(world) == [shown]
    assert world.get(f"/v1/pauses/{pause['id']}").json == shown
    assert (shown["state"], shown["fate"], shown["until"]) == ("in_force", "hold", None)
    world.run(5 * MINUTE)
    assert world.live == []
    said = world.read(post)["deliveries"][0]["explanation"]
    assert "holiday" in said["words"]
    assert end(world, pause) == {"rescheduled": 1, "missed": 0, "still_paused": False}
    world.run(MINUTE)
    assert world.live == ["hello"]
    assert listed(world) == []
    assert world.delete(f"/v1/pauses/{pause['id']}").status == 404
    trail = [entry["action"] for entry in world.get("/v1/audit").json["items"]]
    assert {"pause.made", "pause.ended", "pause.released"} <= set(trail)


def test_a_pause_is_planned_and_shows_where_it_stands(world: ApiWorld) -> None:
    since, until = rfc3339_in(world, 600), rfc3339_in(world, 1200)
    pause = made(world, "workspace", since=since, until=until, fate="skip")
    assert (pause["since"], pause["until"], pause["state"]) == (since, until, "scheduled")
    assert listed(world, until=since) == []
    assert listed(world, since=until) == []
    assert len(listed(world, since=rfc3339_in(world, 700), until=rfc3339_in(world, 800))) == 1
    planned = world.write("in between", seconds=700)
    assert [notice["code"] for notice in planned["notices"]] == ["paused"]
    assert world.write("before", seconds=90)["notices"] == []
    (found,) = world.send("/v1/rehearsals", {}).json["findings"]
    assert (found["effect"], found["code"]) == ("stops", "paused")
    world.run(15 * MINUTE)
    assert world.live == ["before"]
    assert listed(world)[0]["state"] == "in_force"
    said = world.read(planned)["deliveries"][0]
    assert (said["state"], "leaves out" in said["explanation"]["words"]) == ("cancelled", True)
    world.run(10 * MINUTE)
    assert listed(world)[0]["state"] == "over"


def test_what_leaves_after_the_end_is_only_delayed(world: ApiWorld) -> None:
    until = rfc3339_in(world, 1200)
    pause = made(world, "platform", "fake", until=until, fate="send_after")
    post = world.write(seconds=600)
    (found,) = world.send("/v1/rehearsals", {}).json["findings"]
    assert (found["effect"], found["code"]) == ("delays", "paused")
    world.run(15 * MINUTE)
    said = world.read(post)["deliveries"][0]["explanation"]
    assert until <= said["next_at"]
    # Ending it sooner by an edit lets it go on at that end, and not at the old one.
    sooner = rfc3339_in(world, 60)
    answer = world.patch(f"/v1/pauses/{pause['id']}", {"until": sooner}, if_match='"1"')
    assert (answer.status, answer.json["version"], answer.json["until"]) == (200, 2, sooner)
    world.run(3 * MINUTE)
    assert world.live == ["hello"]


def test_pauses_that_make_no_sense(world: ApiWorld) -> None:
    past, soon, later = (rfc3339_in(world, seconds) for seconds in (-60, 60, 120))
    wrong: list[tuple[dict[str, Any], str, str]] = [
        ({"scope": "planet"}, "scope", "unknown_value"),
        ({"scope": "tag"}, "value", "required"),
        ({"scope": "workspace", "value": "wks_1"}, "value", "not_wanted"),
        ({"scope": "account", "value": "acc_9"}, "value", "unknown_account"),
        ({"scope": "platform", "value": "myspace"}, "value", "unknown_platform"),
        ({"scope": "workspace", "since": past}, "since", "past_date"),
        ({"scope": "workspace", "until": past}, "until", "past_date"),
        ({"scope": "workspace", "since": later, "until": soon}, "until", "out_of_range"),
        ({"scope": "workspace", "since": "soon"}, "since", "bad_time"),
        ({"scope": "workspace", "fate": "burn"}, "fate", "unknown_value"),
        ({"scope": "workspace", "reason": "x" * 201}, "reason", "too_long"),
    ]
    for body, where, code in wrong:
        answer = world.send("/v1/pauses", body)
        problems = [(p["where"], p["code"]) for p in answer.json["problems"]]
        assert (answer.status, problems) == (422, [(where, code)])
    assert listed(world) == []


def test_no_more_than_can_be_read_at_once(world: ApiWorld) -> None:
    for n in range(MOST):
        made(world, "tag", f"tag {n}")
    full = world.send("/v1/pauses", {"scope": "workspace"})
    assert (full.status, full.codes) == (422, ["too_many_pauses"])
    made(world, "account", world.account.id)  # has room of its own


def test_only_an_owner_pauses_everybody(world: ApiWorld) -> None:
    body = {"name": "one", "workspace_ids": ["wks_1"]}
    key = world.send("/v1/keys", body).json["api_key"]
    everybody = {"scope": "installation"}
    assert world.send("/v1/pauses", everybody, key=key).status == 403
    assert world.send("/v1/pauses/check", everybody, key=key).status == 403
    pause = made(world, "installation")
    seen = world.get("/v1/pauses", key=key).json["items"]
    assert [each["id"] for each in seen] == [pause["id"]]
    path = f"/v1/pauses/{pause['id']}"
    assert world.request("DELETE", path, key=key).status == 403
    assert world.request("PATCH", path, {"reason": "x"}, key=key).status == 403
    assert world.send("/v1/workspaces/wks_1/resume", key=key).json["still_paused"] is True
    assert len(listed(world)) == 1
    # Whoever plans into it is told so, as of a pause of their own workspace.
    (notice,) = world.write("into it", seconds=90)["notices"]
    assert (notice["code"], "for everybody" in notice["message"]) == ("paused", True)


def test_everybody_goes_on_in_every_workspace_and_never_as_a_burst(world: ApiWorld) -> None:
    other = world.send("/v1/workspaces", {"name": "Cafe", "timezone": "UTC"}).json["id"]
    there = {"tidings_workspace": other}
    account = world.send("/v1/accounts", {"platform": "fake", "fields": {}}, **there)
    assert account.status == 201, account.text
    here = {"tidings_workspace": "wks_1"}
    when = {"schedule": {"at": rfc3339_in(world, 120)}}
    for n in range(3):
        for account_id, named in ((world.account.id, here), (account.json["id"], there)):
            body = {"text": f"{n} of {account_id}", "account_ids": [account_id], **when}
            assert world.send("/v1/posts", body, **named).status == 201
    pause = world.send("/v1/pauses", {"scope": "installation"}, **here).json
    world.run(5 * MINUTE)
    assert world.live == []
    answer = world.delete(f"/v1/pauses/{pause['id']}", **there)
    assert answer.json == {"rescheduled": 6, "missed": 0, "still_paused": False}
    world.run(2 * MINUTE)
    times = sorted(post.at for post in world.network.posts)
    assert len(times) == 6  # both workspaces speak for one profile
    assert all(later - sooner >= SPACING for sooner, later in pairwise(times))
    for named in (here, there):
        trail = world.get("/v1/audit", **named).json["items"]
        assert "pause.made" in {entry["action"] for entry in trail}


def test_what_two_pauses_hold_waits_for_both(world: ApiWorld) -> None:
    world.write(seconds=90, tags=["promo"])
    world.write("plain", seconds=95)
    tag = made(world, "tag", "promo", until=rfc3339_in(world, 1200), fate="send_after")
    all_of_it = made(world, "workspace")
    world.run(5 * MINUTE)
    assert end(world, all_of_it) == {"rescheduled": 1, "missed": 0, "still_paused": False}
    world.run(5 * MINUTE)
    assert world.live == ["plain"]
    assert world.get(f"/v1/pauses/{tag['id']}").json["state"] == "in_force"
    world.run(15 * MINUTE)  # nobody ends it: what it holds leaves after its end
    assert world.live == ["plain", "hello"]


def test_a_tag_that_is_taken_off_does_not_leave_a_post_behind(world: ApiWorld) -> None:
    post = world.write(seconds=90, tags=["promo"])
    pause = made(world, "tag", "promo")
    world.run(5 * MINUTE)
    assert world.patch(f"/v1/posts/{post['id']}", {"tags": []}).status == 200
    assert end(world, pause)["rescheduled"] == 1
    world.run(MINUTE)
    assert world.live == ["hello"]


def test_a_tag_that_is_added_while_a_worker_has_the_post_is_heeded(world: ApiWorld) -> None:
    post = world.write(seconds=30)
    made(world, "tag", "promo")
    store, original = world.store, world.store.advance
    left = [lambda: world.patch(f"/v1/posts/{post['id']}", {"tags": ["Promo"]})]

    def an_edit_first(before: Any, after: Any) -> Any:
        if after.state is S.SENDING and left:
            assert left.pop()().status == 200
        return original(before, after)

    store.advance = an_edit_first  # type: ignore[method-assign]  # between two steps of a worker
    world.run(5 * MINUTE)
    assert left == []
    assert world.live == []
    assert world.read(post)["deliveries"][0]["held_reason"] == "paused"


def test_a_tag_that_is_added_between_two_parts_of_a_thread_holds_the_rest(world: ApiWorld) -> None:
    post = world.write("one", seconds=30, parts=[{"text": "two"}])
    pause = made(world, "tag", "promo", fate="skip")
    store, original = world.store, world.store.advance
    left = [lambda: world.patch(f"/v1/posts/{post['id']}", {"tags": ["Promo"]})]

    def an_edit_first(before: Any, after: Any) -> Any:
        if after.state is S.SENDING and before.live and left:
            assert left.pop()().status == 200
        return original(before, after)

    store.advance = an_edit_first  # type: ignore[method-assign]  # between two steps of a worker
    world.run(5 * MINUTE)
    assert world.live == ["one"]
    assert world.read(post)["deliveries"][0]["held_reason"] == "paused"
    end(world, pause)
    world.run(MINUTE)
    assert world.live == ["one", "two"]


@pytest.mark.parametrize("parts", [["two", "three"], []])
def test_what_is_edited_while_it_is_held_leaves_as_it_is_then(
    world: ApiWorld, parts: list[str]
) -> None:
    post = world.write("one", seconds=90, parts=[{"text": "two"}])
    made(world, "workspace", until=rfc3339_in(world, 600), fate="send_after")
    world.run(5 * MINUTE)
    assert world.read(post)["deliveries"][0]["state"] == "held"
    edit = {"parts": [{"text": text} for text in parts]}
    assert world.patch(f"/v1/posts/{post['id']}", edit).status == 200
    world.run(10 * MINUTE)
    assert world.live == ["one", *parts]
    assert world.read(post)["deliveries"][0]["state"] == "published"


def test_a_pause_of_a_tag_names_only_what_has_it_and_is_leaving(world: ApiWorld) -> None:
    posts = [world.write(f"{n}", seconds=1, tags=["promo"] * n) for n in range(2)]
    for n, post in enumerate(posts):
        (delivery,) = world.store.post("wks_1", post["id"]).deliveries
        now = world.clock.now()
        claimed = world.store.claim(delivery.ref, owner="own", now=now, lease=world.timing.lease)
        assert take_content_lock(world.publisher, claimed, world.account, f"words {n}")
        world.move(claimed, lifecycle.intent(claimed, content_hash="h", now=now, lease=1))
    (leaving,) = made(world, "tag", "promo")["still_leaving"]
    assert leaving["post_id"] == posts[1]["id"]
    assert len(made(world, "platform", "fake")["still_leaving"]) == 2
    assert len(made(world, "installation")["still_leaving"]) == 2
    later = made(world, "workspace", since=rfc3339_in(world, 600))
    assert later["still_leaving"] == []
    soon = made(world, "workspace", since=rfc3339_in(world, 2))
    assert len(soon["still_leaving"]) == 2, "they may send after it began, and have not seen it"


def test_what_a_pause_would_stop_is_counted_before(world: ApiWorld) -> None:
    world.write("soon", seconds=90, tags=["promo"])
    world.write("later", seconds=600)
    world.write("much later", seconds=7200, tags=["Promo"])
    asked = {"scope": "tag", "value": "promo"}
    found = world.send("/v1/pauses/check", asked).json
    assert (found["posts"], found["complete"]) == (2, False)
    assert (found["first_due"], found["last_due"]) == (
        rfc3339_in(world, 90),
        rfc3339_in(world, 7200),
    )
    ends = {"scope": "workspace", "since": rfc3339_in(world, 100), "until": rfc3339_in(world, 700)}
    found = world.send("/v1/pauses/check", ends).json
    assert (found["posts"], found["complete"]) == (1, True)
    assert listed(world) == []


def test_a_pause_is_changed_until_it_is_over(world: ApiWorld) -> None:
    pause = made(world, "tag", "promo", since=rfc3339_in(world, 60), until=rfc3339_in(world, 600))
    path = f"/v1/pauses/{pause['id']}"
    change = {"since": rfc3339_in(world, 120), "reason": "fair", "fate": "skip", "until": None}
    changed = world.patch(path, change)
    assert changed.status == 200
    assert {name: changed.json[name] for name in change} == change
    stale = world.patch(path, {"reason": "x"}, if_match='"1"')
    assert (stale.status, stale.json["code"]) == (412, "changed_meanwhile")
    world.run(3 * MINUTE)
    begun = world.patch(path, {"since": rfc3339_in(world, 600)})
    assert (begun.status, begun.codes) == (422, ["already_begun"])
    assert world.patch(path, {"until": rfc3339_in(world, 60)}).status == 200
    world.run(2 * MINUTE)
    over = world.patch(path, {"reason": "x"})
    assert (over.status, over.json["code"]) == (409, "pause_over")
    coming = made(world, "tag", "promo", since=rfc3339_in(world, 60))
    assert end(world, coming) == {"rescheduled": 0, "missed": 0, "still_paused": False}


def test_what_an_earlier_release_paused_is_listed_and_ended(world: ApiWorld) -> None:
    world.write(seconds=90)
    old = Pause(world.clock.now(), "key_1", "storm")
    store = world.store
    workspace, account = store.workspace("wks_1"), store.account("wks_1", world.account.id)
    store.save_workspace(workspace, replace(workspace, paused=old), world.entry("paused"))
    store.change_account(account, replace(account, paused=old), world.entry("paused"))
    assert world.get("/v1/workspaces/wks_1").json["paused"]["reason"] == "storm"
    assert {pause["scope"] for pause in listed(world)} == {"workspace", "account"}
    world.run(5 * MINUTE)
    assert world.live == []
    first, second = listed(world)
    assert end(world, first)["still_paused"] is True
    assert end(world, second)["rescheduled"] == 1
    world.run(30 * SECOND)
    assert world.live == ["hello"]
    assert store.workspace("wks_1").paused is None


def test_whoever_gets_no_answer_asks_again(world: ApiWorld) -> None:
    """The first request to end it broke off before anything was released."""
    world.write(seconds=90)
    pause = made(world, "workspace")
    world.run(5 * MINUTE)
    store, original = world.store, world.store.calendar

    def breaks(*args: Any, **kwargs: Any) -> Any:
        raise RuntimeError("out of time")

    store.calendar = breaks  # type: ignore[method-assign]  # the process ends there
    assert world.delete(f"/v1/pauses/{pause['id']}").status == 500
    store.calendar = original  # type: ignore[method-assign]  # all is well again
    world.run(5 * MINUTE)
    assert world.live == []
    assert listed(world)[0]["state"] == "over"
    assert end(world, pause)["rescheduled"] == 1
    world.run(MINUTE)
    assert world.live == ["hello"]
