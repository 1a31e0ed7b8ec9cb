"""Scheduling, cancelling, approving, sending again, and saying what became of a post."""

from typing import Any

import pytest

from shared.core.models import MINUTE, SECOND, ReconcileClass
from shared.core.schedule import rfc3339
from tests.fakes.api_world import ApiWorld, rfc3339_in
from tests.fakes.network import lost_answer, lost_request, refused_content


def act(
    world: ApiWorld, post: dict[str, Any], action: str, body: object = None, *, status: int = 200
) -> Any:
    answer = world.send(f"/v1/posts/{post['id']}/{action}", body)
    assert answer.status == status, answer.text
    return answer.json


# --- schedule


def test_a_draft_is_planned(world: ApiWorld) -> None:
    draft = world.write(seconds=None)
    planned = act(world, draft, "schedule", {"at": rfc3339_in(world, 600)})
    assert (planned["status"], len(planned["deliveries"])) == ("scheduled", 1)
    world.run(11 * MINUTE)
    assert world.live == ["hello"]


def test_an_unfinished_draft_is_not_planned(world: ApiWorld) -> None:
    draft = world.write(seconds=None, account_ids=[])
    refused = act(world, draft, "schedule", {"now": True}, status=422)
    assert refused["code"] == "no_accounts"
    assert world.read(draft)["plan"] is None


@pytest.mark.parametrize("seconds", [30, 3_600])
def test_a_planned_post_moves(world: ApiWorld, seconds: int) -> None:
    post = world.write(seconds=600)
    moved = act(world, post, "schedule", {"at": rfc3339_in(world, seconds)})
    assert moved["deliveries"][0]["id"] == post["deliveries"][0]["id"]
    world.run((seconds + 60) * SECOND)
    assert rfc3339(world.network.posts[0].at) == moved["plan"]["at"]


def test_a_post_moved_to_later_does_not_leave_at_its_old_time(world: ApiWorld) -> None:
    post = world.write(seconds=60)
    act(world, post, "schedule", {"at": rfc3339_in(world, 1_200)})
    world.run(10 * MINUTE)
    assert world.live == []
    world.run(12 * MINUTE)
    assert world.live == ["hello"]


def test_a_cancelled_post_comes_back_with_all_its_accounts(world: ApiWorld) -> None:
    bob = world.connect("bob")
    post = world.write(seconds=600)
    act(world, post, "cancel")
    world.patch(f"/v1/posts/{post['id']}", {"account_ids": [world.account.id, bob.id]})
    back = act(world, post, "schedule", {"at": rfc3339_in(world, 60)})
    assert (back["status"], back["cancelled_at"]) == ("scheduled", None)
    assert len(back["deliveries"]) == 2
    world.run(2 * MINUTE)
    assert world.live == ["hello", "hello"]


def test_what_is_live_is_not_planned_again(world: ApiWorld) -> None:
    post = world.write(seconds=10)
    world.run(MINUTE)
    refused = act(world, post, "schedule", {"now": True}, status=409)
    assert refused["code"] == "already_live"


# --- cancel


def test_an_acknowledged_cancel_is_a_promise(world: ApiWorld) -> None:
    post = world.write(seconds=60)
    cancelled = act(world, post, "cancel")
    assert (cancelled["status"], cancelled["deliveries"][0]["state"]) == ("cancelled", "cancelled")
    assert cancelled["cancelled_at"]
    world.run(10 * MINUTE)
    assert world.live == []


def test_cancelling_twice_is_still_cancelled(world: ApiWorld) -> None:
    post = world.write(seconds=60)
    first = act(world, post, "cancel")
    world.clock.advance(1_000)
    assert act(world, post, "cancel")["cancelled_at"] == first["cancelled_at"]


def test_a_draft_can_be_cancelled(world: ApiWorld) -> None:
    assert act(world, world.write(seconds=None), "cancel")["status"] == "cancelled"


def test_a_live_post_is_not_cancelled(world: ApiWorld) -> None:
    post = world.write(seconds=10)
    world.run(MINUTE)
    assert act(world, post, "cancel", status=409)["code"] == "already_live"


# --- approve


def test_nothing_leaves_without_the_approval_it_needs(world: ApiWorld) -> None:
    post = world.write(seconds=60, requires_approval=True)
    assert post["status"] == "awaiting_approval"
    world.run(5 * MINUTE)
    assert world.live == []
    assert world.read(post)["deliveries"][0]["held_reason"] == "needs_approval"
    approved = act(world, post, "approve", {"content_hash": post["content_hash"]})
    assert approved["approval"]["valid"] is True
    world.run(MINUTE)
    assert world.live == ["hello"]


def test_an_approval_before_its_time_lets_it_leave_on_time(world: ApiWorld) -> None:
    post = world.write(seconds=60, requires_approval=True)
    assert act(world, post, "approve")["status"] == "scheduled"
    world.run(2 * MINUTE)
    assert world.read(post)["deliveries"][0]["lateness_ms"] == 0


def test_an_approval_that_comes_too_late_sends_nothing_by_itself(world: ApiWorld) -> None:
    post = world.write(seconds=60, requires_approval=True)
    world.run(70 * MINUTE)
    approved = act(world, post, "approve")
    assert approved["deliveries"][0]["held_reason"] == "missed_window"
    world.run(5 * MINUTE)
    assert world.live == []


def test_an_edit_voids_the_approval(world: ApiWorld) -> None:
    post = world.write(seconds=60, requires_approval=True)
    act(world, post, "approve")
    edited = world.patch(f"/v1/posts/{post['id']}", {"text": "something else"}).json
    assert (edited["approval"], edited["status"]) == (None, "awaiting_approval")
    world.run(5 * MINUTE)
    assert world.live == []


def test_tags_do_not_void_an_approval(world: ApiWorld) -> None:
    post = world.write(seconds=600, requires_approval=True)
    act(world, post, "approve")
    edited = world.patch(f"/v1/posts/{post['id']}", {"tags": ["x"]}).json
    assert edited["approval"]["valid"] is True


def test_an_approval_is_of_what_was_seen(world: ApiWorld) -> None:
    post = world.write(seconds=600, requires_approval=True)
    world.patch(f"/v1/posts/{post['id']}", {"text": "something else"})
    refused = act(world, post, "approve", {"content_hash": post["content_hash"]}, status=409)
    assert refused["code"] == "changed_meanwhile"
    assert world.read(post)["approval"] is None


def test_a_workspace_can_ask_for_approval_of_everything(world: ApiWorld) -> None:
    world.patch("/v1/workspaces/wks_1", {"requires_approval": True})
    post = world.write(seconds=60)
    assert post["requires_approval"] is True
    edited = world.patch(f"/v1/posts/{post['id']}", {"requires_approval": False}).json
    assert edited["requires_approval"] is True


def test_a_live_post_that_needed_approval_is_not_edited(world: ApiWorld) -> None:
    post = world.write(seconds=60, requires_approval=True)
    act(world, post, "approve")
    world.run(2 * MINUTE)
    answer = world.patch(f"/v1/posts/{post['id']}", {"text": "x", "update_live": True})
    assert (answer.status, answer.json["code"]) == (409, "needs_approval")


# --- retry


def test_what_the_network_refused_is_sent_again_after_an_edit(world: ApiWorld) -> None:
    world.network.faults.append(refused_content)
    post = world.write(seconds=10)
    world.run(MINUTE)
    failed = world.read(post)
    assert (failed["status"], failed["deliveries"][0]["error"]["code"]) == ("failed", "rejected")
    world.patch(f"/v1/posts/{post['id']}", {"text": "better"})
    act(world, post, "retry")
    world.run(MINUTE)
    assert world.live == ["better"]
    assert world.read(post)["deliveries"][0]["error"] is None


def test_sending_again_can_wait_for_a_better_moment(world: ApiWorld) -> None:
    world.network.faults.append(refused_content)
    post = world.write(seconds=10)
    world.run(MINUTE)
    again = act(world, post, "retry", {"schedule": {"at": rfc3339_in(world, 600)}})
    assert again["deliveries"][0]["due_at"] == rfc3339_in(world, 600)
    world.run(11 * MINUTE)
    assert world.live == ["hello"]


def test_only_the_chosen_deliveries_are_sent_again(world: ApiWorld) -> None:
    bob = world.connect("bob")
    world.network.faults.extend([refused_content, refused_content])
    post = world.write(seconds=10, account_ids=[world.account.id, bob.id])
    world.run(MINUTE)
    bobs = next(d for d in post["deliveries"] if d["account_id"] == bob.id)
    act(world, post, "retry", {"delivery_ids": [bobs["id"]]})
    world.run(MINUTE)
    assert [p.profile for p in world.network.posts] == [bob.profile]
    assert world.read(post)["status"] == "partly_published"


def test_there_must_be_something_to_send_again(world: ApiWorld) -> None:
    post = world.write(seconds=600)
    assert act(world, post, "retry", status=409)["code"] == "nothing_to_retry"
    unknown = act(world, post, "retry", {"delivery_ids": ["dlv_nope"]}, status=422)
    assert unknown["code"] == "unknown_delivery"
    mine = {"delivery_ids": [post["deliveries"][0]["id"]]}
    assert act(world, post, "retry", mine, status=409)["code"] == "wrong_state"


# --- settle


@pytest.fixture
def unconfirmed(world: ApiWorld) -> Any:
    """A post on a network that can be asked nothing."""
    world.network.reconcile = ReconcileClass.NOTHING
    world.network.faults.append(lost_request)
    post = world.write(seconds=10)
    world.run(5 * MINUTE)
    read = world.read(post)
    assert (read["status"], read["deliveries"][0]["state"]) == ("needs_attention", "unconfirmed")
    return read


def settle(world: ApiWorld, post: dict[str, Any], body: object, *, status: int = 200) -> Any:
    return act(world, post, f"deliveries/{post['deliveries'][0]['id']}/settle", body, status=status)


def test_a_person_says_that_it_is_live(world: ApiWorld, unconfirmed: Any) -> None:
    url = "https://fake.example/@ada/1"
    settled = settle(world, unconfirmed, {"live": {"url": url}})
    assert settled["status"] == "published"
    assert settled["deliveries"][0]["url"] == url
    assert settled["deliveries"][0]["transitions"][-1]["by"] == settled["created_by"]
    world.run(5 * MINUTE)
    assert world.live == []
    # Its id on the network is not known, so that nobody but a person can delete it there.
    answer = world.delete(f"/v1/posts/{unconfirmed['id']}")
    assert (answer.status, answer.json["code"]) == (409, "cannot_take_down")


def test_a_person_says_that_it_is_live_and_knows_no_link(world: ApiWorld, unconfirmed: Any) -> None:
    settled = settle(world, unconfirmed, {"live": {}})
    (delivery,) = settled["deliveries"]
    assert settled["status"] == "published"
    assert (delivery["url"], delivery["remote_id"]) == (None, None)
    assert delivery["live"] == [{"remote_id": None, "url": None}]
    world.run(5 * MINUTE)
    assert world.live == []
    answer = world.delete(f"/v1/posts/{unconfirmed['id']}")
    assert (answer.status, answer.json["code"]) == (409, "cannot_take_down")


def test_whoever_is_asked_sees_what_was_sent_and_what_came_of_it(
    world: ApiWorld, unconfirmed: Any
) -> None:
    (delivery,) = unconfirmed["deliveries"]
    evidence, said = delivery["evidence"], delivery["explanation"]
    assert evidence["text"] == "hello"
    assert evidence["sent_at"] == delivery["due_at"]
    assert evidence["answered"] == "connection reset"
    assert evidence["looked"].startswith("Fake offers no way to ask")
    assert evidence["where"] == "https://fake.example"
    assert "say whether it is live" in said["todo"]
    assert said["next_at"] is None
    sent = settle(world, unconfirmed, {"send_again": True})["deliveries"][0]
    assert sent["evidence"] is None


def test_a_person_asks_to_send_it_again(world: ApiWorld, unconfirmed: Any) -> None:
    settle(world, unconfirmed, {"send_again": True})
    world.run(MINUTE)
    assert world.live == ["hello"]
    assert world.read(unconfirmed)["status"] == "published"


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({}, "choose_one"),
        ({"live": {"url": "https://a.example/1"}, "send_again": True}, "choose_one"),
        ({"live": {"url": "javascript:alert(1)"}}, "bad_format"),
        ({"live": {"url": ""}}, "bad_format"),
        ({"send_again": False}, "unknown_value"),
    ],
)
def test_an_answer_that_settles_nothing(
    world: ApiWorld, unconfirmed: Any, body: object, code: str
) -> None:
    assert settle(world, unconfirmed, body, status=422)["code"] == code
    assert world.read(unconfirmed) == unconfirmed


def test_only_what_nobody_can_tell_is_settled_by_hand(world: ApiWorld) -> None:
    post = world.write(seconds=600)
    refused = settle(world, post, {"send_again": True}, status=409)
    assert refused["code"] == "not_unconfirmed"
    assert "deliver" not in refused["detail"]
    assert act(world, post, "deliveries/dlv_nope/settle", {"send_again": True}, status=404)


def test_first_settle_then_everything_else(world: ApiWorld, unconfirmed: Any) -> None:
    for action, body in (("cancel", None), ("schedule", {"now": True})):
        assert act(world, unconfirmed, action, body, status=409)["code"] == "unconfirmed"


def test_a_lost_answer_is_cleared_up_without_a_person(world: ApiWorld) -> None:
    world.network.faults.append(lost_answer)
    post = world.write(seconds=10)
    world.run(5 * MINUTE)
    assert world.read(post)["status"] == "published"
    assert world.live == ["hello"]


def test_what_happened_to_a_post_can_be_seen(world: ApiWorld) -> None:
    post = world.write(seconds=600)
    world.patch(f"/v1/posts/{post['id']}", {"text": "a", "tags": ["b"]})
    act(world, post, "approve")
    act(world, post, "cancel")
    trail = world.read(post)["audit"]
    assert [entry["action"] for entry in trail] == [
        "post.created",
        "post.edited",
        "post.approved",
        "post.cancelled",
    ]
    assert trail[1]["detail"] == {"fields": "tags,text"}
    assert {entry["by"] for entry in trail} == {post["created_by"]}
