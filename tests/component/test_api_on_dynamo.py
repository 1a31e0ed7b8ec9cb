"""The api over the real store: what is written through one is found through the other."""

from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

import boto3
import pytest
from moto import mock_aws

from shared.core.models import MINUTE, SECOND
from shared.store.api_store import DynamoApiStore
from shared.store.base import SharedStore
from shared.store.dynamo import Table
from shared.store.engagement_store import DynamoEngagementStore
from shared.store.publish_store import DynamoPublishStore
from tests.contract.stores import new_table
from tests.fakes.api_world import ApiWorld, Got, rfc3339_in
from tests.fakes.meter import Meter
from tests.fakes.network import refused_content

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient


class DynamoStore(DynamoPublishStore, DynamoApiStore):
    """Both halves on one table, as the functions have them."""

    def __init__(self, client: "DynamoDBClient", table: str) -> None:
        SharedStore.__init__(self, Table(client, table))
        self.engagement = DynamoEngagementStore(client, table)


@pytest.fixture(scope="module")
def dynamodb() -> "Iterator[DynamoDBClient]":
    with mock_aws():
        yield boto3.Session().client("dynamodb", region_name="eu-west-1")


@pytest.fixture
def meter() -> Meter:
    return Meter()


@pytest.fixture
def world(dynamodb: "DynamoDBClient", meter: Meter) -> ApiWorld:
    world = ApiWorld()
    store = DynamoStore(meter.watch(dynamodb), new_table(dynamodb))
    world.store = store  # type: ignore[assignment]  # the real one instead
    world.api = replace(world.api, store=store)
    world.publisher = replace(world.publisher, store=store)
    store.create_workspace(world.workspace, world.entry("workspace.created"))
    world.account = world.connect("ada")
    event = {"action": "first_key", "email": "a@b.example", "timezone": "UTC"}
    world.key = world.invoke(event)["api_key"]
    meter.clear()
    return world


def test_a_post_from_draft_to_live_to_gone(world: ApiWorld) -> None:
    draft = world.write("first words", seconds=None, tags=["news"])
    assert world.read(draft) == draft
    path = f"/v1/posts/{draft['id']}"
    assert world.patch(path, {"text": "second words"}, if_match='"1"').status == 200
    assert world.patch(path, {"text": "third words"}, if_match='"1"').status == 412
    planned = world.send(f"{path}/schedule", {"at": rfc3339_in(world, 200)})
    assert planned.json["status"] == "scheduled"
    moved = world.send(f"{path}/schedule", {"at": rfc3339_in(world, 100)})
    assert moved.json["deliveries"][0]["id"] == planned.json["deliveries"][0]["id"]
    world.run(2 * MINUTE)
    live = world.read(draft)
    assert (live["status"], live["deliveries"][0]["lateness_ms"]) == ("published", 0)
    assert [e["action"] for e in live["audit"]] == [
        "post.created",
        "post.edited",
        "post.scheduled",
        "post.scheduled",
    ]
    assert world.delete(path).status == 202
    world.run(MINUTE)
    assert world.live == []
    assert world.read(draft)["status"] == "deleted"
    assert world.delete(path).status == 204
    assert world.get(path).status == 404


def test_stopping_and_going_on(world: ApiWorld) -> None:
    held = world.write("held", seconds=60)
    stopped = world.write("stopped", seconds=60)
    asked = world.write("asked", seconds=60, requires_approval=True)
    assert world.send(f"/v1/posts/{stopped['id']}/cancel").json["status"] == "cancelled"
    assert world.send("/v1/workspaces/wks_1/pause").json["still_leaving"] == []
    world.run(3 * MINUTE)
    assert world.live == []
    assert world.send("/v1/workspaces/wks_1/resume").json["rescheduled"] == 2
    world.run(MINUTE)
    assert world.live == ["held"]
    assert world.read(asked)["status"] == "awaiting_approval"
    world.send(f"/v1/posts/{asked['id']}/approve", {"content_hash": asked["content_hash"]})
    world.run(MINUTE)
    assert world.live == ["held", "asked"]
    assert world.read(held)["status"] == "published"


def test_sending_again_after_a_refusal(world: ApiWorld) -> None:
    world.network.faults.append(refused_content)
    post = world.write(seconds=10)
    world.run(MINUTE)
    assert world.read(post)["status"] == "failed"
    assert world.patch(f"/v1/posts/{post['id']}", {"text": "better"}).status == 200
    assert world.send(f"/v1/posts/{post['id']}/retry").status == 200
    world.run(MINUTE)
    assert world.live == ["better"]


def test_an_item_is_answered_refused_and_answered_again(world: ApiWorld) -> None:
    about = world.write("Fresh bread", seconds=60)
    item = world.receive("Is it rye?", conversation="root", post_id=about["id"])
    world.network.faults.append(refused_content)
    answer = world.send(f"/v1/inbox/{item.id}/replies", {"text": "It is."}, idempotency_key="k-1")
    assert (answer.status, answer.json["item"]["state"]) == (201, "closed")
    path = f"/v1/posts/{answer.json['reply']['post_id']}"
    world.run(20 * SECOND)
    (opened,) = world.get("/v1/inbox", query={"answered": "false"}).json["items"]
    assert (opened["state"], opened["reply"]["state"]) == ("open", "failed")
    assert world.patch(path, {"text": "It is!"}).status == 200
    assert world.send(f"{path}/retry").status == 200
    world.run(2 * MINUTE)
    assert world.live == ["It is!", "Fresh bread"]
    shown = world.get(f"/v1/inbox/{item.id}").json
    assert (shown["item"]["state"], shown["post"]["id"]) == ("closed", about["id"])
    assert [(e["reply"] or e["item"])["text"] for e in shown["entries"]] == ["Is it rye?", "It is!"]
    listed = world.get("/v1/posts").json["items"]
    assert [post["excerpt"] for post in listed] == ["Fresh bread"]  # answers stand in no calendar
    assert world.send(f"/v1/inbox/{item.id}/like").status == 202
    world.run(MINUTE)
    assert world.get(f"/v1/inbox/{item.id}").json["item"]["liked"] is True


def test_answers_that_were_held_go_out_again(world: ApiWorld) -> None:
    world.send("/v1/workspaces/wks_1/pause")
    items = [world.receive(name) for name in ("a", "b", "c")]
    for item in items[:2]:
        assert world.send(f"/v1/inbox/{item.id}/replies", {"text": "Yes!"}).status == 201
    world.run(MINUTE)
    assert world.send("/v1/workspaces/wks_1/resume").json["rescheduled"] == 2
    world.run(MINUTE)
    assert world.live == ["Yes!", "Yes!"]
    (left,) = world.get("/v1/inbox", query={"answered": "false"}).json["items"]
    assert left["id"] == items[2].id


def test_lists_and_the_calendar(world: ApiWorld) -> None:
    for n in range(5):
        world.write(f"post {n}", seconds=600 + n, tags=["odd"] if n % 2 else [])
    drafts = [world.write(f"draft {n}", seconds=None) for n in range(3)]
    seen: list[str] = []
    query = {"limit": "2"}
    while True:
        page = world.get("/v1/posts", query=query).json
        seen += [item["excerpt"] for item in page["items"]]
        if page["next"] is None:
            break
        query = {"limit": "2", "cursor": page["next"]}
    assert seen == [f"post {n}" for n in range(5)]
    odd = world.get("/v1/posts", query={"tag": "odd"}).json["items"]
    assert [item["excerpt"] for item in odd] == ["post 1", "post 3"]
    listed = world.get("/v1/posts", query={"status": "draft"}).json["items"]
    assert {item["id"] for item in listed} == {draft["id"] for draft in drafts}
    (day,) = world.get("/v1/calendar", query={"from": "2026-05-28", "to": "2026-05-28"}).json[
        "days"
    ]
    assert [post["excerpt"] for post in day["posts"]] == seen
    assert {d["state"] for post in day["posts"] for d in post["deliveries"]} == {"scheduled"}


def test_a_repeated_request_happens_once(world: ApiWorld) -> None:
    body = {"text": "x", "account_ids": [world.account.id]}
    first = world.send("/v1/posts", body, idempotency_key="k-1")
    again = world.send("/v1/posts", body, idempotency_key="k-1")
    assert (first.status, again.text) == (201, first.text)
    other = world.send("/v1/posts", {**body, "text": "y"}, idempotency_key="k-1")
    assert (other.status, other.json["code"]) == (422, "idempotency_key_reused")


def test_a_sign_in_link_and_a_key_work_once_and_until_revoked(world: ApiWorld) -> None:
    code = world.invoke({"action": "sign_in_link", "email": "a@b.example"})["code"]
    made = world.send("/v1/sign-in", {"code": code}, key=None)
    assert made.status == 201
    assert world.send("/v1/sign-in", {"code": code}, key=None).status == 401
    assert world.get("/v1/me", key=made.json["api_key"]).status == 200
    assert world.delete(f"/v1/keys/{made.json['id']}").status == 200
    assert world.get("/v1/me", key=made.json["api_key"]).json["code"] == "revoked_key"


def test_an_account_is_disconnected_and_comes_back(world: ApiWorld) -> None:
    path = f"/v1/accounts/{world.account.id}"
    assert world.send(f"{path}/disconnect").status == 202
    world.run(MINUTE)
    back = world.send("/v1/accounts", {"platform": "fake", "fields": {}})
    assert (back.status, back.json["id"], back.json["state"]) == (
        201,
        world.account.id,
        "connected",
    )
    assert world.send("/v1/accounts", {"platform": "fake", "fields": {}}).status == 409


def test_creating_a_text_post_stays_in_its_budget(world: ApiWorld, meter: Meter) -> None:
    """With an Idempotency-Key and a real post's length: 16 write units, indexes included."""
    text = "Mañana abrimos la nueva tienda en la calle Mayor 12 ☀️ Más en casaazul.example. " * 3
    body = {
        "text": text[:280],
        "account_ids": [world.account.id],
        "schedule": {"local": "2026-12-01T09:00", "timezone": "Europe/Madrid"},
        "tags": ["apertura"],
    }
    answer = world.send("/v1/posts", body, idempotency_key="0b9f6f0e-7a0e-4d5e-9d43-0f4f0f4f0f4f")
    assert answer.status == 201, answer.text
    assert meter.writes <= 16, meter.calls
    assert len(meter.calls) <= 9, meter.calls


def test_what_needs_somebody_is_listed_page_by_page(world: ApiWorld) -> None:
    world.network.faults.extend([refused_content] * 3)
    refused = [world.write(f"refused {n}", seconds=10 + 6 * n)["id"] for n in range(3)]
    world.write("well", seconds=40)
    world.run(MINUTE)
    world.send("/v1/workspaces/wks_1/pause", {"reason": "storm"})
    item = world.receive("Is it rye?")
    assert world.send(f"/v1/inbox/{item.id}/replies", {"text": "It is."}).status == 201
    world.run(MINUTE)
    seen, query = [], {"limit": "2"}
    while True:
        page = world.get("/v1/attention", query=query).json
        seen += page["items"]
        if page["next"] is None:
            break
        query = {"limit": "2", "cursor": page["next"]}
    *planned, answer = seen
    assert [each["post_id"] for each in planned] == refused
    assert answer["reply_to"] == item.id
    assert "storm" in answer["deliveries"][0]["explanation"]["words"]


def test_punctuality_and_a_rehearsal_read_little(world: ApiWorld, meter: Meter) -> None:
    for n in range(4):
        world.write(f"now {n}", seconds=10 + 6 * n)
    world.run(2 * MINUTE)
    posts = world.get("/v1/posts").json["items"]
    late = {d["lateness_ms"] for post in posts for d in world.read(post)["deliveries"]}
    meter.clear()
    total = world.get("/v1/punctuality").json["total"]
    assert (total["sent"], total["max_ms"]) == (4, max(late))
    # The key, the workspace, one page of the calendar.
    assert len(meter.calls) <= 4, meter.calls
    for n in range(3):
        world.write(f"then {n}", seconds=3600 * (n + 1))
    first = world.send("/v1/rehearsals", {})
    assert (first.status, first.json["deliveries"], first.json["findings"]) == (202, 3, [])
    world.run(10 * SECOND)
    meter.clear()
    second = world.send("/v1/rehearsals", {})
    assert (second.status, second.json["ok"]) == (200, True)
    # Beside those: accounts, installation, and each post.
    assert len(meter.calls) <= 7 + 3, meter.calls
    assert meter.writes == 0


def test_a_post_at_rest_is_explained_without_another_read(world: ApiWorld, meter: Meter) -> None:
    post = world.write(seconds=10)
    world.run(MINUTE)
    meter.clear()
    live = world.read(post)
    at_rest = len(meter.calls)
    assert live["deliveries"][0]["explanation"]["words"].startswith("It is live.")
    waiting = world.write(seconds=600)
    meter.clear()
    world.read(waiting)
    # Workspace, accounts and installation decide whether it will leave.
    assert len(meter.calls) == at_rest + 3


def test_a_feed_is_read_from_the_indexes_and_its_texts_in_batches(
    world: ApiWorld, meter: Meter
) -> None:
    for text in ("one", "two"):
        world.write(text, seconds=600)
    deleted = world.write("three", seconds=600)
    world.delete(f"/v1/posts/{deleted['id']}")
    link = world.send("/v1/feeds", {"name": "Plan", "text": True}).json["link"]
    path, _, key = link.partition("?key=")

    def ask(secret: str = key, **headers: str) -> tuple[Got, list[str]]:
        meter.clear()
        got = world.request("GET", path, query={"key": secret}, key=None, **headers)
        return got, [call.name.removeprefix("dynamodb:") for call in meter.calls]

    link_read, outline, texts = ["get_item"], ["query"] * 4, ["batch_get_item"]
    whole, calls = ask()
    assert [whole.text.count(words) for words in ("BEGIN:VEVENT", "STATUS:CANCELLED")] == [3, 1]
    assert calls == [*link_read, *outline, *texts]
    again, calls = ask()
    assert (again.text, calls) == (whole.text, link_read)
    world.clock.advance(MINUTE)
    unchanged, calls = ask(if_none_match=whole.headers["etag"])
    assert (unchanged.status, calls) == (304, [*link_read, *outline])
    wrong, calls = ask("x")
    assert (wrong.status, calls) == (404, link_read)
