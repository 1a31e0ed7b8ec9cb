"""Accounts: connected once, verified by a job, reconnected without losing a post."""

from dataclasses import replace
from typing import Any

import pytest

from shared.core.engagement import Reading
from shared.core.models import MINUTE
from shared.core.platform import Capabilities, Field
from shared.core.workspaces import AccountState
from tests.fakes.api_world import ApiWorld
from tests.fakes.network import FakeNetwork, revoked_access


class AskingNetwork(FakeNetwork):
    """Asks for a name and a token, as real networks do."""

    def capabilities(self, platform: str) -> Capabilities:
        fields = (Field("name", "Name"), Field("token", "Token", secret=True))
        return replace(super().capabilities(platform), connect_fields=fields)


@pytest.fixture
def world() -> ApiWorld:
    world = ApiWorld()
    network = AskingNetwork(world.clock)
    world.network = network
    world.api = replace(world.api, platforms=network)
    world.publisher = replace(world.publisher, platforms=network)
    return world


def connect(world: ApiWorld, name: str = "bob", **body: Any) -> Any:
    fields = {"name": name, "token": "t0"}
    return world.send("/v1/accounts", {"platform": "fake", "fields": fields, **body})


def test_networks_say_what_they_ask_for(world: ApiWorld) -> None:
    (network,) = world.get("/v1/platforms").json["items"]
    assert network["connect_fields"][1] == {
        "name": "token",
        "label": "Token",
        "secret": True,
        "required": True,
        "example": "",
    }
    can = ("can_edit", "can_delete", "can_reply", "can_like", "can_hide")
    assert [network[each] for each in can] == [True] * 5


def test_a_connected_account_can_be_read_but_not_its_credential(world: ApiWorld) -> None:
    made = connect(world, label="The shop")
    assert made.status == 201
    assert made.json["handle"] == "@bob"
    assert made.json["label"] == "The shop"
    assert made.json["verified_at"]
    assert world.get(f"/v1/accounts/{made.json['id']}").json == made.json
    assert "t0" not in made.text
    assert world.vault.open(
        "wks_1", made.json["id"], world.store.credentials["wks_1", made.json["id"]]
    )
    assert len(world.get("/v1/accounts").json["items"]) == 2


@pytest.mark.parametrize(
    ("body", "where", "code"),
    [
        ({"platform": "myspace", "fields": {}}, "platform", "unknown_platform"),
        ({"platform": "fake", "fields": {"pin": "1"}}, "fields.pin", "unknown_field"),
    ],
)
def test_a_network_or_field_that_does_not_exist(
    world: ApiWorld, body: dict[str, Any], where: str, code: str
) -> None:
    answer = world.send("/v1/accounts", body)
    assert (answer.status, answer.codes) == (422, [code])
    assert answer.json["problems"][0]["where"] == where


def test_a_credential_that_the_network_refuses_is_not_kept(world: ApiWorld) -> None:
    fields = {"name": "bob", "token": "wrong"}
    answer = world.send("/v1/accounts", {"platform": "fake", "fields": fields})
    assert (answer.status, answer.json["code"]) == (422, "access_revoked")
    assert len(world.store.account_items) == 1


def test_a_profile_is_connected_once(world: ApiWorld) -> None:
    first = connect(world)
    again = connect(world)
    assert (again.status, again.json["code"]) == (409, "already_connected")
    assert first.json["id"] in again.json["detail"]


def test_a_profile_that_comes_back_is_the_account_it_was(world: ApiWorld) -> None:
    first = connect(world, label="The shop").json
    gone = world.send(f"/v1/accounts/{first['id']}/disconnect")
    assert (gone.status, gone.json["account"]["state"]) == (202, "disconnected")
    world.run(MINUTE)
    assert ("wks_1", first["id"]) not in world.store.credentials
    assert world.get(f"/v1/jobs/{gone.json['job']['id']}").json["state"] == "done"
    back = connect(world)
    assert back.status == 201
    assert (back.json["id"], back.json["state"]) == (first["id"], "connected")
    assert back.json["label"] == "The shop"
    assert ("wks_1", first["id"]) in world.store.credentials


def test_nothing_leaves_from_a_disconnected_account(world: ApiWorld) -> None:
    post = world.write(seconds=90)
    world.send(f"/v1/accounts/{world.account.id}/disconnect")
    world.run(5 * MINUTE)
    assert world.live == []
    assert world.read(post)["deliveries"][0]["held_reason"] == "needs_reconnect"
    refused = world.send("/v1/posts", {"text": "x", "account_ids": [world.account.id],
                                       "schedule": {"now": True}})  # fmt: skip
    assert (refused.status, refused.codes) == (422, ["account_disconnected"])
    verify = world.send(f"/v1/accounts/{world.account.id}/verify")
    assert (verify.status, verify.json["code"]) == (409, "disconnected")


def test_verifying_is_a_job(world: ApiWorld) -> None:
    job = world.send(f"/v1/accounts/{world.account.id}/verify")
    assert (job.status, job.json["state"], job.json["kind"]) == (202, "queued", "verify")
    world.run(MINUTE)
    assert world.get(f"/v1/jobs/{job.json['id']}").json["state"] == "done"
    account = world.get(f"/v1/accounts/{world.account.id}").json
    assert account["handle"] == "@renamed"


def test_reconnecting_releases_what_was_held_for_it(world: ApiWorld) -> None:
    world.network.faults.append(revoked_access)
    world.write("first", seconds=90)
    world.run(5 * MINUTE)
    account = world.get(f"/v1/accounts/{world.account.id}").json
    assert (account["state"], account["error"]["code"]) == ("needs_reconnect", "access_revoked")
    notices = world.write("second", seconds=7_200)["notices"]
    assert [n["code"] for n in notices] == ["needs_reconnect"]
    fields = {"name": "ada", "token": "t1"}
    back = world.send(f"/v1/accounts/{world.account.id}/reconnect", {"fields": fields})
    assert (back.status, back.json["state"], back.json["error"]) == (200, "connected", None)
    world.run(MINUTE)
    assert world.live == ["first"]


def test_what_an_account_held_for_long_is_not_forgotten(world: ApiWorld) -> None:
    world.network.faults.append(revoked_access)
    post = world.write("first", seconds=90)
    world.run(5 * MINUTE)
    world.clock.advance(40 * 24 * 60 * MINUTE)
    fields = {"name": "ada", "token": "t1"}
    path = f"/v1/accounts/{world.account.id}/reconnect"
    assert world.send(path, {"fields": fields}).status == 200
    # It waits for somebody to say whether it still goes out, and no longer for the account.
    assert world.read(post)["deliveries"][0]["held_reason"] == "missed_window"


def test_reconnecting_with_somebody_elses_credential(world: ApiWorld) -> None:
    fields = {"name": "eve", "token": "t1"}
    answer = world.send(f"/v1/accounts/{world.account.id}/reconnect", {"fields": fields})
    assert (answer.status, answer.codes) == (422, ["another_profile"])
    stored = world.store.account_items["wks_1", world.account.id]
    assert stored.state is AccountState.CONNECTED
    assert stored.version == 1


def test_an_account_is_called_what_its_team_calls_it(world: ApiWorld) -> None:
    path = f"/v1/accounts/{world.account.id}"
    assert world.patch(path, {"label": "Main"}, if_match='"1"').json["label"] == "Main"
    assert world.patch(path, {"label": "Other"}, if_match='"1"').status == 412
    assert world.get(path).json["label"] == "Main"


def test_pausing_one_account_leaves_the_others_alone(world: ApiWorld) -> None:
    other = connect(world).json
    for account_id in (world.account.id, other["id"]):
        world.write(f"from {account_id}", seconds=90, account_ids=[account_id])
    world.send(f"/v1/accounts/{world.account.id}/pause", {"reason": "holiday"})
    world.run(5 * MINUTE)
    assert world.live == [f"from {other['id']}"]


def test_a_lost_message_only_waits_for_the_tick(world: ApiWorld) -> None:
    world.queue.lose.update(f"job_{n:026d}" for n in range(100))
    job = world.send(f"/v1/accounts/{world.account.id}/verify").json
    world.queue.lose.clear()
    world.run(2 * MINUTE)
    assert world.get(f"/v1/jobs/{job['id']}").json["state"] == "done"


def listening(world: ApiWorld, account_id: str) -> tuple[int | None, int | None]:
    """When the account is next listened to, and counted."""
    key = ("wks_1", account_id)
    return world.store.feed_items[key].wake_at, world.store.counting_items[key].wake_at


def test_what_is_connected_is_listened_to_and_counted_from_now_on(world: ApiWorld) -> None:
    made = connect(world).json
    now = world.clock.now()
    assert listening(world, made["id"]) == (now, now)


@pytest.mark.parametrize("again", ["connect", "reconnect"])
def test_what_is_connected_again_is_listened_to_again(world: ApiWorld, again: str) -> None:
    made = connect(world).json
    key = ("wks_1", made["id"])
    world.store.feed_items[key] = replace(
        world.store.feed_items[key], wake_at=None, failures_in_row=3, activity=Reading(since=5)
    )
    world.run(MINUTE)
    if again == "connect":
        world.send(f"/v1/accounts/{made['id']}/disconnect")
        assert connect(world).json["id"] == made["id"]
    else:
        fields = {"name": "bob", "token": "t1"}
        answer = world.send(f"/v1/accounts/{made['id']}/reconnect", {"fields": fields})
        assert answer.status == 200
    feed = world.store.feed_items[key]
    assert (feed.wake_at, feed.failures_in_row) == (world.clock.now(), 0)
    assert feed.activity.since == 5  # and goes on where it was
