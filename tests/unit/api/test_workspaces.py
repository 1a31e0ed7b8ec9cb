"""Workspaces: settings, and a pause that holds until somebody resumes."""

from dataclasses import replace
from itertools import pairwise
from typing import Any

import pytest

from functions.publish.locks import take_content_lock
from shared.core import lifecycle
from shared.core.lifecycle import S
from shared.core.models import MINUTE, SECOND
from shared.core.posts import SPACING
from shared.core.workspaces import AuditEntry, Workspace
from tests.fakes.api_world import ApiWorld, rfc3339_in
from tests.fakes.network import lost_request

WORKSPACE = "/v1/workspaces/wks_1"


def test_a_workspace_is_created_with_its_settings(world: ApiWorld) -> None:
    body = {"name": " Cafe ", "timezone": "Europe/Madrid", "max_lateness": 5}
    made = world.send("/v1/workspaces", body)
    assert made.status == 201
    read = world.get(f"/v1/workspaces/{made.json['id']}")
    assert read.json == made.json
    assert read.headers["etag"] == '"1"'
    assert (read.json["name"], read.json["max_lateness"]) == ("Cafe", 5)
    assert [w["id"] for w in world.get("/v1/workspaces").json["items"]] == sorted(
        ["wks_1", made.json["id"]]
    )


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"name": " "}, "too_short"),
        ({"timezone": "Mars"}, "unknown_timezone"),
        ({"max_lateness": 0}, "out_of_range"),
        ({"max_lateness": 7 * 24 * 60 + 1}, "out_of_range"),
        ({"missed_window": "drop"}, "unknown_value"),
    ],
)
def test_settings_that_make_no_sense(world: ApiWorld, change: dict[str, Any], code: str) -> None:
    before = world.get(WORKSPACE).json
    for answer in (
        world.patch(WORKSPACE, change),
        world.send("/v1/workspaces", {"name": "x", "timezone": "UTC", **change}),
    ):
        assert (answer.status, answer.codes) == (422, [code])
    assert world.get(WORKSPACE).json == before
    assert len(world.store.workspace_items) == 1


def test_settings_change_one_by_one(world: ApiWorld) -> None:
    changes: list[dict[str, Any]] = [
        {"timezone": "UTC"},
        {"max_lateness": 15},
        {"missed_window": "skip"},
        {"requires_approval": True},
        {"name": "Bread"},
    ]
    expected = world.get(WORKSPACE).json
    for n, change in enumerate(changes, start=2):
        answer = world.patch(WORKSPACE, change)
        expected |= change | {"version": n}
        assert (answer.status, answer.json) == (200, expected)
    trail = world.get("/v1/audit").json["items"]
    assert trail[0]["action"] == "workspace.changed"
    assert {"max_lateness": "900000"} in [entry["detail"] for entry in trail]


def test_two_people_do_not_overwrite_each_other(world: ApiWorld) -> None:
    assert world.patch(WORKSPACE, {"name": "A"}, if_match='"1"').status == 200
    stale = world.patch(WORKSPACE, {"name": "B"}, if_match='"1"')
    assert (stale.status, stale.json["code"]) == (412, "changed_meanwhile")
    assert world.get(WORKSPACE).json["name"] == "A"
    assert world.patch(WORKSPACE, {"name": "B"}, if_match='W/"1", "2"').status == 200
    assert world.patch(WORKSPACE, {"name": "C"}, if_match="*").status == 200


def test_a_paused_workspace_sends_nothing_until_resumed(world: ApiWorld) -> None:
    posts = [world.write(f"post {n}", seconds=90 + n) for n in range(3)]
    paused = world.send(f"{WORKSPACE}/pause", {"reason": "storm"})
    assert paused.status == 200
    assert paused.json["still_leaving"] == []
    assert world.get(WORKSPACE).json["paused"]["reason"] == "storm"
    late = world.write("said so", seconds=None, schedule={"now": True}, requires_approval=True)
    assert [n["code"] for n in late["notices"]] == ["paused", "needs_approval"]
    world.run(5 * MINUTE)
    assert world.live == []
    assert {world.read(p)["status"] for p in posts} == {"needs_attention"}
    resumed = world.send(f"{WORKSPACE}/resume")
    assert resumed.json == {"rescheduled": 4, "missed": 0, "still_paused": False}
    world.run(MINUTE)
    assert sorted(world.live) == ["post 0", "post 1", "post 2"]


def test_a_pause_names_what_wrote_its_intent_right_before_it(world: ApiWorld) -> None:
    """That worker may have looked for a pause already, and found none."""
    post = world.write("on its way", seconds=1)
    store, original = world.store, world.store.save_workspace
    (delivery,) = store.post("wks_1", post["id"]).deliveries

    def a_worker_first(before: Workspace, after: Workspace, audit: AuditEntry) -> Workspace:
        now = world.clock.now()
        claimed = store.claim(delivery.ref, owner="own_1", now=now, lease=world.timing.lease)
        assert take_content_lock(world.publisher, claimed, world.account, "the words")
        world.move(claimed, lifecycle.intent(claimed, content_hash="h", now=now, lease=1))
        return original(before, after, audit)

    store.save_workspace = a_worker_first  # type: ignore[method-assign]  # between two steps of ours
    paused = world.send(f"{WORKSPACE}/pause")
    assert [one["delivery_id"] for one in paused.json["still_leaving"]] == [delivery.id]


def test_a_pause_holds_though_somebody_writes_at_the_same_time(world: ApiWorld) -> None:
    store, original = world.store, world.store.workspace
    reads: list[str] = []

    def interrupted(workspace_id: str) -> Workspace:
        found = original(workspace_id)
        reads.append(workspace_id)
        if len(reads) == 1:
            store.save_workspace(found, replace(found, name="Renamed"), world.entry("renamed"))
        return found

    store.workspace = interrupted  # type: ignore[method-assign]  # somebody was quicker
    assert world.send(f"{WORKSPACE}/pause", tidings_workspace="wks_1").status == 200
    assert (original("wks_1").name, bool(original("wks_1").pauses)) == ("Renamed", True)


def test_what_was_held_leaves_spaced_and_never_as_a_burst(world: ApiWorld) -> None:
    for n in range(4):
        world.write(f"post {n}", seconds=90)
    world.send(f"{WORKSPACE}/pause")
    world.run(5 * MINUTE)
    world.send(f"{WORKSPACE}/resume")
    world.run(2 * MINUTE)
    times = sorted(post.at for post in world.network.posts)
    assert len(times) == 4
    assert all(later - sooner >= SPACING for sooner, later in pairwise(times))


def test_what_missed_its_window_waits_for_a_person(world: ApiWorld) -> None:
    post = world.write(seconds=90)
    world.send(f"{WORKSPACE}/pause")
    world.run(90 * MINUTE)
    resumed = world.send(f"{WORKSPACE}/resume")
    assert resumed.json == {"rescheduled": 0, "missed": 1, "still_paused": False}
    world.run(5 * MINUTE)
    assert world.live == []
    (delivery,) = world.read(post)["deliveries"]
    assert (delivery["state"], delivery["held_reason"]) == ("held", "missed_window")
    retried = world.send(f"/v1/posts/{post['id']}/retry")
    assert retried.status == 200
    world.run(MINUTE)
    assert world.live == ["hello"]


def test_a_pause_names_what_is_already_leaving(world: ApiWorld) -> None:
    world.network.faults.append(lost_request)
    post = world.write(seconds=10)
    world.run(12 * SECOND)
    assert world.read(post)["deliveries"][0]["state"] == S.UNKNOWN
    for path in (WORKSPACE, f"/v1/accounts/{world.account.id}"):
        (leaving,) = world.send(f"{path}/pause").json["still_leaving"]
        assert leaving == {
            "workspace_id": "wks_1",
            "post_id": post["id"],
            "delivery_id": post["deliveries"][0]["id"],
            "account_id": world.account.id,
            "state": "unknown",
        }


def test_two_switches_must_both_be_off(world: ApiWorld) -> None:
    account = f"/v1/accounts/{world.account.id}"
    world.write(seconds=90)
    world.send(f"{WORKSPACE}/pause")
    world.send(f"{account}/pause")
    world.run(5 * MINUTE)
    assert world.send(f"{WORKSPACE}/resume").json == {
        "rescheduled": 0,
        "missed": 0,
        "still_paused": True,
    }
    world.run(MINUTE)
    assert world.live == []
    assert world.send(f"{account}/resume").json["rescheduled"] == 1
    world.run(MINUTE)
    assert world.live == ["hello"]


def test_an_account_resumed_in_a_paused_workspace_stays_quiet(world: ApiWorld) -> None:
    account = f"/v1/accounts/{world.account.id}"
    world.write(seconds=90)
    world.send(f"{account}/pause")
    world.run(5 * MINUTE)
    world.send(f"{WORKSPACE}/pause")
    assert world.send(f"{account}/resume").json["still_paused"] is True
    assert world.send(f"{WORKSPACE}/resume").json["rescheduled"] == 1


def test_a_pause_can_end_by_itself(world: ApiWorld) -> None:
    world.write(seconds=300)
    until = rfc3339_in(world, 299)
    assert world.send(f"{WORKSPACE}/pause", {"until": until}).json["paused"]["until"] == until
    world.write("too early", seconds=90)
    world.run(10 * MINUTE)
    assert world.live == ["hello"]


@pytest.mark.parametrize(
    ("until", "code"), [("2020-01-01T00:00:00Z", "past_date"), ("x", "bad_time")]
)
def test_a_pause_until_the_past(world: ApiWorld, until: str, code: str) -> None:
    answer = world.send(f"{WORKSPACE}/pause", {"until": until})
    assert (answer.status, answer.codes) == (422, [code])
    assert world.get(WORKSPACE).json["paused"] is None


def test_resuming_what_is_not_paused_changes_nothing(world: ApiWorld) -> None:
    before = world.get(WORKSPACE).json
    assert world.send(f"{WORKSPACE}/resume").status == 200
    assert world.get(WORKSPACE).json == before
