"""Answering: sent once whatever happens, held where posts are held, never silently lost."""

from dataclasses import replace
from typing import Any

import pytest

from functions.api.releasing import LOOK_BACK
from shared.core.engagement import InboxItem, ItemState
from shared.core.errors import Conflict, StoreUnavailable
from shared.core.lifecycle import S
from shared.core.models import (
    MINUTE,
    SECOND,
    Delivery,
    Draft,
    Media,
    Part,
    Post,
    ReconcileClass,
    WakeKind,
)
from shared.core.platform import Capabilities, Check
from shared.core.ports import Wake
from shared.core.workspaces import Account, AccountState, MediaState
from tests.fakes import make
from tests.fakes import network as faults
from tests.fakes.api_world import ApiWorld, Got, rfc3339_in
from tests.fakes.network import FakeNetwork, Fault

LOOKABLE = [ReconcileClass.CLIENT_ID, ReconcileClass.KEY, ReconcileClass.LISTABLE]


def answer(world: ApiWorld, item: InboxItem, text: str = "At six.", **body: Any) -> Got:
    headers = {"idempotency_key": key} if (key := body.pop("key", None)) else {}
    return world.send(f"/v1/inbox/{item.id}/replies", {"text": text, **body}, **headers)


def answered(world: ApiWorld, item: InboxItem, text: str = "At six.", **body: Any) -> Any:
    got = answer(world, item, text, **body)
    assert got.status == 201, got.text
    return got.json


def act(world: ApiWorld, made: Any, action: str, body: object = None) -> Any:
    got = world.send(f"/v1/posts/{made['reply']['post_id']}/{action}", body)
    assert got.status == 200, got.text
    return got.json


def is_answered(world: ApiWorld, item: InboxItem) -> bool:
    found = world.item(item)
    assert (found.answered_at is not None) is (found.state is ItemState.CLOSED)
    return found.answered_at is not None


def picture(world: ApiWorld) -> str:
    shown = Media("med_1", "image/png", 3, "0" * 64, "media/wks_1/med_1", width=8, height=4)
    file = make.media_file(workspace_id="wks_1", state=MediaState.READY, media=shown)
    world.store.create_media(file)
    return file.id


# --- sending


def test_an_answer_goes_out_below_what_it_answers(world: ApiWorld) -> None:
    item = world.receive("When do you open?")
    made = answered(world, item)
    assert made["notices"] == []
    assert (made["reply"]["state"], made["reply"]["item_id"]) == ("scheduled", item.id)
    assert (made["item"]["state"], made["item"]["reply"]["by"]) == (
        "closed",
        made["reply"]["created_by"],
    )
    assert made["item"]["answered_at"] == made["reply"]["created_at"]
    world.run(SECOND)
    (live,) = world.network.posts
    assert (live.text, live.parent) == ("At six.", item.seen.remote_id)
    shown = world.get("/v1/inbox").json["items"][0]
    assert shown["reply"]["state"] == "published"
    post = world.get(f"/v1/posts/{made['reply']['post_id']}").json
    assert (post["reply_to"], post["origin"], post["status"]) == (item.id, "tidings", "published")


def test_an_answer_stands_in_no_calendar(world: ApiWorld) -> None:
    answered(world, world.receive())
    world.run(MINUTE)
    assert world.get("/v1/posts").json["items"] == []
    assert world.get("/v1/posts", query={"status": "draft"}).json["items"] == []


def test_an_item_may_stay_open(world: ApiWorld) -> None:
    new, opened = world.receive(), world.receive(state=ItemState.OPEN)
    for item in (new, opened):
        made = answered(world, item, close=False)
        assert (made["item"]["state"], bool(made["item"]["answered_at"])) == ("open", True)


def test_a_picture_is_uploaded_first(world: ApiWorld) -> None:
    item = world.receive()
    made = answered(world, item, media_ids=[picture(world)])
    assert [n["code"] for n in made["notices"]] == ["prepared_first"]
    world.run(MINUTE)
    assert world.network.calls == ["prepare", "publish"]
    assert world.network.posts[0].parent == item.seen.remote_id
    assert is_answered(world, item)


def test_what_only_answers_need_is_prepared_too(
    world: ApiWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    def answers(account: Account, draft: Draft) -> bool:
        return draft.reply_to is not None

    monkeypatch.setattr(world.network, "needs_prepare", answers)
    made = answered(world, world.receive())
    assert [n["code"] for n in made["notices"]] == ["prepared_first"]
    (delivery,) = world.store.post("wks_1", made["reply"]["post_id"]).deliveries
    assert delivery.wake_kind is WakeKind.PREPARE
    world.run(MINUTE)
    assert world.network.calls == ["prepare", "publish"]


def test_several_answers_to_one_item(world: ApiWorld) -> None:
    item = world.receive()
    first, second = answered(world, item, "At six."), answered(world, item, "On Sundays at eight.")
    world.run(MINUTE)
    assert sorted(world.live) == ["At six.", "On Sundays at eight."]
    assert world.item(item).reply is not None
    assert second["item"]["reply"]["post_id"] == second["reply"]["post_id"]
    assert first["reply"]["post_id"] != second["reply"]["post_id"]
    entries = world.get(f"/v1/inbox/{item.id}").json["entries"]
    assert len([e for e in entries if e["reply"]]) == 2


def test_the_same_words_to_two_people_both_go_out(world: ApiWorld) -> None:
    items = [world.receive("A?"), world.receive("B?")]
    for item in items:
        answered(world, item, "Yes!")
    world.run(10 * SECOND)
    assert [(p.text, p.parent) for p in world.network.posts] == [
        ("Yes!", item.seen.remote_id) for item in items
    ]


def test_the_same_words_twice_to_one_person_are_two_answers(world: ApiWorld) -> None:
    """The second waits until the first is settled, and is then told apart from it."""
    item = world.receive()
    world.network.faults.append(faults.lost_request)
    for _ in range(2):
        answered(world, item, "Yes!")
    world.run(10 * MINUTE)
    assert world.live == ["Yes!", "Yes!"]


# --- exactly once


@pytest.mark.parametrize("kind", LOOKABLE)
@pytest.mark.parametrize(
    "fault",
    [
        faults.lost_answer,
        faults.lost_request,
        faults.crash_before,
        faults.crash_after,
        faults.programming_error,
        faults.expired_session,
        faults.too_many_requests,
    ],
)
def test_exactly_one_answer_whatever_was_lost(
    world: ApiWorld, kind: ReconcileClass, fault: Fault
) -> None:
    world.network.reconcile = kind
    item = world.receive()
    world.network.faults.append(fault)
    answered(world, item)
    world.run(20 * MINUTE)
    assert [(p.text, p.parent) for p in world.network.posts] == [("At six.", item.seen.remote_id)]
    assert is_answered(world, item)
    assert world.get("/v1/inbox").json["items"][0]["reply"]["state"] == "published"


def test_duplicate_messages_send_nothing_twice(world: ApiWorld) -> None:
    item = world.receive()
    made = answered(world, item)["reply"]
    found = world.store.post("wks_1", made["post_id"]).deliveries[0]
    again = Wake(
        found.wake_kind or "publish",  # type: ignore[arg-type]  # it is set
        "wks_1",
        found.id,
        found.post_id,
        found.account_id,
        found.state,
        found.due_at,
        found.wake_at or 0,
    )
    for _ in range(3):
        world.queue.send([again], now=world.clock.now(), lead=0)
    world.run(5 * MINUTE)
    assert world.live == ["At six."]


def test_an_idempotency_key_answers_once(world: ApiWorld) -> None:
    item = world.receive()
    first = answer(world, item, key="k1")
    again = answer(world, item, key="k1")
    assert (again.status, again.json) == (201, first.json)
    assert again.headers["idempotency-replayed"] == "true"
    world.run(MINUTE)
    assert world.live == ["At six."]


def test_a_repeat_after_a_lost_answer_finds_the_answer_that_was_made(
    world: ApiWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The process died between storing the answer and telling anybody."""
    item = world.receive()
    real = world.store.create_reply

    def stored_and_lost(*args: Any, **options: Any) -> None:
        real(*args, **options)
        raise StoreUnavailable("nobody knows")

    monkeypatch.setattr(world.store, "create_reply", stored_and_lost)
    assert answer(world, item, key="k1").status == 503
    monkeypatch.setattr(world.store, "create_reply", real)
    again = answered(world, item, key="k1")
    world.run(2 * MINUTE)
    assert world.live == ["At six."]
    assert world.item(item).reply is not None
    assert again["item"]["reply"]["post_id"] == again["reply"]["post_id"]


def test_a_poll_in_between_is_no_reason_to_refuse(
    world: ApiWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    item = world.receive()
    real = world.store.create_reply

    def edited_meanwhile(*args: Any, **options: Any) -> None:
        monkeypatch.setattr(world.store, "create_reply", real)
        found = world.item(item)
        world.store.save_item(found, replace(found, seen=replace(found.seen, text="edited")))
        real(*args, **options)

    monkeypatch.setattr(world.store, "create_reply", edited_meanwhile)
    answered(world, item)
    world.run(MINUTE)
    assert world.live == ["At six."]
    assert world.item(item).seen.text == "edited"


# --- refusals


def test_what_the_network_would_refuse_is_refused_here(world: ApiWorld) -> None:
    item = world.receive()
    refused = answer(world, item, "x" * 301)
    assert (refused.status, refused.codes) == (422, ["too_long"])
    assert refused.json["problems"][0]["where"] == "text"
    refused = answer(world, item, media_ids=["med_none"])
    assert (refused.status, refused.codes) == (422, ["unknown_media"])
    refused = answer(world, item, parts=[{"text": "more"}])
    assert (refused.status, refused.codes) == (422, ["unknown_field"])
    assert world.item(item) == item


def test_what_was_deleted_cannot_be_answered(world: ApiWorld) -> None:
    refused = answer(world, world.receive(deleted_at=world.clock.now()))
    assert (refused.status, refused.json["code"]) == (409, "item_deleted")
    assert world.get("/v1/inbox").json["items"][0]["can"]["reply"] is False


def test_nothing_is_answered_from_a_disconnected_account(world: ApiWorld) -> None:
    item = world.receive()
    world.send(f"/v1/accounts/{world.account.id}/disconnect")
    refused = answer(world, item)
    assert (refused.status, refused.json["code"]) == (409, "account_disconnected")
    assert "reconnect" in refused.json["detail"]


class SilentNetwork(FakeNetwork):
    """Takes posts and no answers."""

    def capabilities(self, platform: str) -> Capabilities:
        return replace(super().capabilities(platform), replies=False)


def test_a_network_that_takes_no_answers(world: ApiWorld) -> None:
    world.api = replace(world.api, platforms=SilentNetwork(world.clock))
    refused = answer(world, world.receive())
    assert (refused.status, refused.json["code"]) == (422, "cannot_reply")


class DiscreetNetwork(FakeNetwork):
    def capabilities(self, platform: str) -> Capabilities:
        shown = frozenset({"public", "direct"})
        return replace(super().capabilities(platform), visibilities=shown)


def test_what_was_said_privately_is_answered_privately(world: ApiWorld) -> None:
    world.api = replace(world.api, platforms=DiscreetNetwork(world.clock))
    item = world.receive(seen={"visibility": "direct", "content_warning": "health"})
    reply = answered(world, item)["reply"]
    assert (reply["visibility"], reply["content_warning"]) == ("direct", "health")
    said = {"visibility": "public", "content_warning": ""}
    reply = answered(world, item, options=said)["reply"]
    assert (reply["visibility"], reply["content_warning"]) == ("public", "")
    reply = answered(world, item, options={"languages": ["en"]})["reply"]
    assert reply["visibility"] == "direct"
    strange = world.receive(seen={"visibility": "circle"})
    refused = answer(world, strange)
    assert (refused.status, refused.codes) == (422, ["choose_visibility"])
    assert answered(world, strange, options={"visibility": "direct"})["reply"]


# --- held


def test_while_paused_an_answer_waits_and_the_item_stays_open(world: ApiWorld) -> None:
    world.send("/v1/workspaces/wks_1/pause", {})
    item = world.receive()
    made = answered(world, item)
    assert [n["code"] for n in made["notices"]] == ["paused"]
    assert (made["item"]["state"], made["item"]["answered_at"]) == ("open", None)
    world.run(MINUTE)
    shown = world.get("/v1/inbox", query={"answered": "false"}).json["items"][0]
    assert (shown["reply"]["state"], shown["reply"]["held_reason"]) == ("held", "paused")
    assert world.send("/v1/workspaces/wks_1/resume").json["rescheduled"] == 1
    world.run(MINUTE)
    assert world.live == ["At six."]
    assert is_answered(world, item)


def test_an_answer_that_was_under_way_when_publishing_was_paused(world: ApiWorld) -> None:
    world.network.faults.append(faults.too_many_requests)
    item = world.receive()
    answered(world, item)
    world.run(SECOND)
    world.send(f"/v1/accounts/{world.account.id}/pause", {})
    assert is_answered(world, item)
    world.run(2 * MINUTE)
    found = world.item(item)
    assert (found.state, found.answered_at) == (ItemState.OPEN, None)
    resumed = world.send(f"/v1/accounts/{world.account.id}/resume").json
    assert resumed["rescheduled"] == 1
    world.run(MINUTE)
    assert world.live == ["At six."]
    assert is_answered(world, item)


def test_an_answer_of_another_account_stays_held(world: ApiWorld) -> None:
    bob = world.connect("bob")
    for account in (world.account, bob):
        world.send(f"/v1/accounts/{account.id}/pause", {})
        answered(world, world.receive(account=account), f"from {account.handle}")
    world.run(MINUTE)
    assert world.send(f"/v1/accounts/{bob.id}/resume").json["rescheduled"] == 1
    world.run(MINUTE)
    assert world.live == ["from @bob"]


def test_what_was_answered_on_the_network_meanwhile_is_not_answered_again(world: ApiWorld) -> None:
    world.send("/v1/workspaces/wks_1/pause", {})
    item = world.receive()
    answered(world, item)
    world.run(MINUTE)
    found = world.item(item)
    world.store.save_item(found, replace(found, answered_at=world.clock.now()))
    assert world.send("/v1/workspaces/wks_1/resume").json["rescheduled"] == 0
    shown = world.get(f"/v1/inbox/{item.id}").json["item"]
    assert (shown["state"], shown["reply"]["state"]) == ("open", "held")


def test_an_old_item_with_a_held_answer_is_left_to_people(world: ApiWorld) -> None:
    now = world.clock.now()
    item = world.receive(at=now - LOOK_BACK - MINUTE)
    world.send("/v1/workspaces/wks_1/pause", {})
    made = answered(world, item)
    world.run(MINUTE)
    for n in range(100):  # so that it is on a page of its own
        world.receive(str(n), at=now - LOOK_BACK - n)
    assert world.send("/v1/workspaces/wks_1/resume").json["rescheduled"] == 0
    act(world, made, "retry", {})
    world.run(MINUTE)
    assert world.live == ["At six."]


def test_where_posts_need_approval_answers_do(world: ApiWorld) -> None:
    world.patch("/v1/workspaces/wks_1", {"requires_approval": True})
    item = world.receive()
    made = answered(world, item)
    assert [n["code"] for n in made["notices"]] == ["needs_approval"]
    world.run(MINUTE)
    assert world.live == []
    assert world.item(item).state is ItemState.OPEN
    act(world, made, "approve")
    world.run(MINUTE)
    assert world.live == ["At six."]
    assert is_answered(world, item)


def test_a_lost_connection_holds_an_answer_until_it_is_back(world: ApiWorld) -> None:
    world.network.faults.append(faults.revoked_access)
    item = world.receive()
    answered(world, item)
    world.run(MINUTE)
    found = world.item(item)
    assert (found.state, found.answered_at) == (ItemState.OPEN, None)
    account = world.store.account("wks_1", world.account.id)
    assert account.state is AccountState.NEEDS_RECONNECT
    second = world.receive()
    assert [n["code"] for n in answered(world, second, "And you?")["notices"]] == [
        "needs_reconnect"
    ]
    back = replace(account, state=AccountState.CONNECTED)
    world.store.change_account(account, back, world.entry("back"))
    account = world.store.account("wks_1", world.account.id)
    network = ConnectableNetwork(world.clock)
    world.api = replace(world.api, platforms=network)
    fields = {"name": "ada", "token": "t1"}
    got = world.send(f"/v1/accounts/{world.account.id}/reconnect", {"fields": fields})
    assert got.status == 200, got.text
    world.run(MINUTE)
    assert sorted(world.live) == ["And you?", "At six."]
    assert is_answered(world, item)
    assert is_answered(world, second)


class ConnectableNetwork(FakeNetwork):
    def capabilities(self, platform: str) -> Capabilities:
        from shared.core.platform import Field

        fields = (Field("name", "Name"), Field("token", "Token", secret=True))
        return replace(super().capabilities(platform), connect_fields=fields)


# --- what did not go out


def test_an_answer_that_was_refused_opens_the_item_again(world: ApiWorld) -> None:
    world.network.faults.append(faults.refused_content)
    item = world.receive()
    made = answered(world, item)
    world.run(MINUTE)
    shown = world.get("/v1/inbox", query={"state": "open"}).json["items"][0]
    assert (shown["answered_at"], shown["reply"]["state"]) == (None, "failed")
    assert shown["reply"]["error"]["code"] == "rejected"
    path = f"/v1/posts/{made['reply']['post_id']}"
    assert world.patch(path, {"text": "At six o'clock."}).status == 200
    act(world, made, "retry", {})
    world.run(MINUTE)
    assert [(p.text, p.parent) for p in world.network.posts] == [
        ("At six o'clock.", item.seen.remote_id)
    ]
    assert is_answered(world, item)


def test_an_item_that_was_to_stay_open_does_so_after_a_retry(world: ApiWorld) -> None:
    world.network.faults.append(faults.refused_content)
    item = world.receive()
    made = answered(world, item, close=False)
    world.run(MINUTE)
    act(world, made, "retry", {})
    world.run(MINUTE)
    found = world.item(item)
    assert (found.state, found.answered_at is not None) == (ItemState.OPEN, True)


@pytest.mark.parametrize("outcome", ["live", "again"])
def test_an_answer_that_nobody_can_confirm(world: ApiWorld, outcome: str) -> None:
    world.network.reconcile = ReconcileClass.NOTHING
    world.network.faults.append(faults.lost_answer if outcome == "live" else faults.lost_request)
    item = world.receive()
    made = answered(world, item)
    world.run(20 * MINUTE)
    found = world.item(item)
    assert (found.state, found.answered_at) == (ItemState.OPEN, None)
    delivery = made["reply"]["delivery_id"]
    url = "https://fake.example/r1"
    body = {"live": {"url": url}} if outcome == "live" else {"send_again": True}
    act(world, made, f"deliveries/{delivery}/settle", body)
    assert {wake.kind for wake in world.queue.wakes} == {WakeKind.PUBLISH}
    world.run(MINUTE)
    assert world.live == ["At six."]
    assert is_answered(world, item)


@pytest.mark.parametrize("lost", ["inbox_item", "save_item"])
def test_a_delivery_does_not_fail_while_its_item_cannot_be_opened(
    world: ApiWorld, monkeypatch: pytest.MonkeyPatch, lost: str
) -> None:
    """Else the answer would be lost and nobody would look."""
    world.network.faults.extend([faults.refused_content, faults.refused_content])
    item = world.receive()
    answered(world, item)
    real = getattr(world.store, lost)

    def unavailable(*args: object) -> object:
        monkeypatch.setattr(world.store, lost, real)
        raise StoreUnavailable("throttled")

    monkeypatch.setattr(world.store, lost, unavailable)
    world.run(10 * MINUTE)
    found = world.item(item)
    reply = found.reply
    assert reply is not None
    (delivery,) = world.store.post("wks_1", reply.post_id).deliveries
    assert (delivery.state, found.state) == (S.FAILED, ItemState.OPEN)


def test_a_person_who_writes_at_the_same_time_is_not_overwritten(
    world: ApiWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.network.faults.append(faults.refused_content)
    item = world.receive()
    answered(world, item)
    real = world.store.save_item

    def liked_meanwhile(before: InboxItem, after: InboxItem) -> InboxItem:
        monkeypatch.setattr(world.store, "save_item", real)
        real(before, replace(before, liked=True))
        return real(before, after)

    monkeypatch.setattr(world.store, "save_item", liked_meanwhile)
    world.run(MINUTE)
    found = world.item(item)
    assert (found.liked, found.state) == (True, ItemState.OPEN)


def test_a_cancelled_answer_opens_the_item_again(world: ApiWorld) -> None:
    world.network.faults.append(faults.too_many_requests)
    item = world.receive()
    made = answered(world, item)
    world.run(SECOND)
    assert act(world, made, "cancel")["status"] == "cancelled"
    assert not is_answered(world, item)
    world.run(5 * MINUTE)
    assert world.live == []


def test_an_answer_that_is_taken_down_opens_the_item_again(world: ApiWorld) -> None:
    item = world.receive()
    made = answered(world, item)
    world.run(MINUTE)
    assert world.delete(f"/v1/posts/{made['reply']['post_id']}").status == 202
    world.run(MINUTE)
    assert world.live == []
    assert not is_answered(world, item)


def test_an_older_answer_that_is_stopped_does_not_undo_a_later_one(world: ApiWorld) -> None:
    world.network.faults.append(faults.too_many_requests)
    item = world.receive()
    first = answered(world, item, "first")
    world.run(SECOND)
    answered(world, item, "second")
    world.run(SECOND)
    act(world, first, "cancel")
    world.run(MINUTE)  # the network asked the account to wait
    assert world.live == ["second"]
    assert is_answered(world, item)


def test_an_answer_that_is_deleted_before_it_left_opens_the_item_again(world: ApiWorld) -> None:
    world.network.faults.append(faults.too_many_requests)
    item = world.receive()
    made = answered(world, item)
    world.run(SECOND)
    assert world.delete(f"/v1/posts/{made['reply']['post_id']}").status == 204
    assert not is_answered(world, item)


# --- as a post


def test_an_answer_keeps_its_account(world: ApiWorld) -> None:
    bob = world.connect("bob")
    world.send("/v1/workspaces/wks_1/pause", {})
    made = answered(world, world.receive())
    path = f"/v1/posts/{made['reply']['post_id']}"
    refused = world.patch(path, {"account_ids": [bob.id]})
    assert (refused.status, refused.codes) == (422, ["fixed_by_reply"])
    same = {"account_ids": [world.account.id], "text": "At seven."}
    assert world.patch(path, same).json["text"] == "At seven."


def test_an_answer_may_be_planned_for_later(world: ApiWorld) -> None:
    world.send("/v1/workspaces/wks_1/pause", {})
    item = world.receive()
    made = answered(world, item)
    world.run(MINUTE)
    world.send("/v1/workspaces/wks_1/resume")
    act(world, made, "schedule", {"at": rfc3339_in(world, 300)})
    world.run(2 * MINUTE)
    assert world.live == []
    world.run(5 * MINUTE)
    assert [p.parent for p in world.network.posts] == [item.seen.remote_id]


def test_a_conflict_that_does_not_end_is_said(
    world: ApiWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    def busy(post: Post, deliveries: list[Delivery], audit: object, **items: object) -> None:
        raise Conflict("somebody else changed it first; read it again", code="stale")

    monkeypatch.setattr(world.store, "create_reply", busy)
    got = answer(world, world.receive())
    assert (got.status, got.json["code"]) == (409, "stale")


# --- a dry run


class NamingNetwork(FakeNetwork):
    """Writes out whom it answers, which counts."""

    def check(self, account: Account, draft: Draft) -> Check:
        named = f"@eve {draft.parts[0].text}" if draft.reply_to else draft.parts[0].text
        return super().check(account, replace(draft, parts=(Part(named),)))


def dry_run(world: ApiWorld, item: InboxItem, text: str) -> Got:
    return world.send(f"/v1/inbox/{item.id}/replies/check", {"text": text})


def test_an_answer_is_checked_as_it_would_be_sent(world: ApiWorld) -> None:
    world.api = replace(world.api, platforms=NamingNetwork(world.clock))
    item = world.receive()
    fits = dry_run(world, item, "a" * 295).json
    assert (fits["ok"], fits["accounts"][0]["counts"][0]["used"]) == (True, 300)
    long = dry_run(world, item, "a" * 296).json
    assert (long["ok"], long["accounts"][0]["problems"][0]["where"]) == (False, "text")
    assert answer(world, item, "a" * 296).codes == ["too_long"]
    assert (world.item(item), len(world.store.post_items)) == (item, 0)


def test_a_dry_run_says_why_it_would_wait(world: ApiWorld) -> None:
    world.send("/v1/workspaces/wks_1/pause", {})
    assert [n["code"] for n in dry_run(world, world.receive(), "At six.").json["notices"]] == [
        "paused"
    ]


def test_what_cannot_be_answered_cannot_be_checked_either(world: ApiWorld) -> None:
    gone = world.receive(deleted_at=world.clock.now())
    refused = dry_run(world, gone, "At six.")
    assert (refused.status, refused.json["code"]) == (409, "item_deleted")
