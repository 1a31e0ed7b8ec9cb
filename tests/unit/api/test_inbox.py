"""The inbox: listed, shown with its conversation, worked through, liked and hidden."""

from dataclasses import replace
from typing import Any

import pytest

from shared.core.engagement import ItemKind, ItemState
from shared.core.errors import Gone, Transient
from shared.core.models import MINUTE, SECOND, MediaKind, SeenMedia
from shared.core.schedule import rfc3339
from shared.core.workspaces import AccountState, JobState
from tests.fakes.api_world import ApiWorld


def ids(page: Any) -> list[str]:
    return [item["id"] for item in page["items"]]


def conversation(world: ApiWorld, item: Any) -> Any:
    answer = world.get(f"/v1/inbox/{item.id}")
    assert answer.status == 200, answer.text
    return answer.json


# --- the list


def test_what_is_shown_of_an_item(world: ApiWorld) -> None:
    picture = SeenMedia(MediaKind.IMAGE, "https://fake.example/p.png", "a loaf")
    seen = {"media": (picture,), "url": "https://fake.example/x1", "content_warning": "bread"}
    item = world.receive("Is it rye?", seen=seen, post_id="pst_1")
    (shown,) = world.get("/v1/inbox").json["items"]
    now = rfc3339(world.clock.now())
    assert shown == {
        "id": item.id,
        "account_id": world.account.id,
        "platform": "fake",
        "kind": "reply",
        "state": "new",
        "ours": False,
        "author": {
            "handle": "@eve",
            "name": "Eve",
            "url": "https://fake.example/@eve",
            "avatar": None,
        },
        "text": "Is it rye?",
        "content_warning": "bread",
        "visibility": "public",
        "media": [{"kind": "image", "url": "https://fake.example/p.png", "alt": "a loaf"}],
        "url": "https://fake.example/x1",
        "created_at": now,
        "received_at": now,
        "edited_at": None,
        "deleted_at": None,
        "post_id": "pst_1",
        "liked": False,
        "hidden": False,
        "can": {"reply": True, "like": True, "hide": True},
        "reply": None,
        "answered_at": None,
        "version": 1,
    }


def test_newest_first_page_by_page(world: ApiWorld) -> None:
    items = []
    for n in range(5):
        items.append(world.receive(f"{n}"))
        world.clock.set(world.clock.now() + SECOND)
    first = world.get("/v1/inbox", query={"limit": "2"}).json
    second = world.get("/v1/inbox", query={"limit": "2", "cursor": first["next"]}).json
    third = world.get("/v1/inbox", query={"limit": "2", "cursor": second["next"]}).json
    assert ids(first) + ids(second) + ids(third) == [item.id for item in reversed(items)]
    assert third["next"] is None


def test_every_filter(world: ApiWorld) -> None:
    bob = world.connect("bob")
    plain = world.receive("a")
    mention = world.receive("b", seen={"kind": ItemKind.MENTION})
    closed = world.receive("c", state=ItemState.CLOSED, answered_at=world.clock.now())
    bobs = world.receive("d", account=bob)

    def listed(**query: str) -> set[str]:
        return set(ids(world.get("/v1/inbox", query=query).json))

    assert listed(account_id=bob.id) == {bobs.id}
    assert listed(kind="mention") == {mention.id}
    assert listed(state="closed") == {closed.id}
    assert listed(state="new", answered="false") == {plain.id, mention.id, bobs.id}
    assert listed(answered="true") == {closed.id}
    assert listed(kind="quote") == set()
    assert listed(q="C") == {closed.id}
    assert len(listed(q=plain.seen.author.handle.upper())) == 4


@pytest.mark.parametrize(
    ("query", "code"),
    [({"kind": "poke"}, "unknown_value"), ({"answered": "maybe"}, "wrong_type")],
)
def test_a_filter_that_is_none(world: ApiWorld, query: dict[str, str], code: str) -> None:
    answer = world.get("/v1/inbox", query=query)
    assert (answer.status, answer.codes) == (422, [code])


def test_a_filter_that_lets_little_through_still_fills_the_page(world: ApiWorld) -> None:
    wanted = world.receive("old", seen={"kind": ItemKind.QUOTE})
    for n in range(450):  # more than one page of the store looks at
        world.receive(f"{n}", at=world.clock.now() + n + 1)
    page = world.get("/v1/inbox", query={"kind": "quote"}).json
    assert (ids(page), page["next"]) == ([wanted.id], None)


def test_a_page_put_together_from_several_is_no_longer_than_asked(world: ApiWorld) -> None:
    now = world.clock.now()
    quotes = [world.receive(f"q{n}", at=now + n, seen={"kind": ItemKind.QUOTE}) for n in range(3)]
    for n in range(250):
        world.receive(f"{n}", at=now + 10 + n)
    quotes.append(world.receive("q3", at=now + 500, seen={"kind": ItemKind.QUOTE}))
    first = world.get("/v1/inbox", query={"kind": "quote", "limit": "2"}).json
    assert ids(first) == [quotes[3].id, quotes[2].id]
    query = {"kind": "quote", "limit": "2", "cursor": first["next"]}
    assert ids(world.get("/v1/inbox", query=query).json) == [quotes[1].id, quotes[0].id]


def test_addresses_that_are_none_are_not_handed_on(world: ApiWorld) -> None:
    """A network could be made to show a link that runs in the reader's page."""
    media = (SeenMedia(MediaKind.IMAGE, "javascript:alert(1)"),)
    world.receive("x", seen={"url": "javascript:alert(1)", "media": media})
    (shown,) = world.get("/v1/inbox").json["items"]
    assert (shown["url"], shown["media"]) == (None, [])


def test_another_workspace_sees_nothing_of_it(world: ApiWorld) -> None:
    made = {"name": "Other", "timezone": "Europe/Madrid"}
    other = world.send("/v1/workspaces", made).json["id"]
    item = world.receive()
    assert world.get("/v1/inbox", tidings_workspace=other).json["items"] == []
    for method, path, body in (
        ("GET", "", None),
        ("PATCH", "", {"state": "closed"}),
        ("POST", "/replies", {"text": "x"}),
        ("POST", "/like", None),
    ):
        url = f"/v1/inbox/{item.id}{path}"
        answer = world.request(method, url, body, tidings_workspace=other)
        assert answer.status == 404, answer.text


# --- the conversation


def test_a_conversation_tells_all_that_was_said_oldest_first(world: ApiWorld) -> None:
    post = world.write("Fresh bread", seconds=1)
    world.run(MINUTE)
    about: dict[str, Any] = {"conversation": "root", "post_id": post["id"]}
    first = world.receive("Is it rye?", **about)
    world.run(MINUTE)
    own = world.receive("It is!", seen={"ours": True}, **about)
    world.run(MINUTE)
    answered = world.send(f"/v1/inbox/{first.id}/replies", {"text": "With caraway, too."}).json
    world.run(MINUTE)
    thanks = world.receive("Thanks", **about)
    shown = conversation(world, first)
    assert (shown["item"]["id"], shown["complete"]) == (first.id, True)
    assert (shown["post"]["id"], shown["post"]["excerpt"]) == (post["id"], "Fresh bread")
    entries = [(e["item"] or {}).get("id") or e["reply"]["post_id"] for e in shown["entries"]]
    assert entries == [first.id, own.id, answered["reply"]["post_id"], thanks.id]
    mine, reply = shown["entries"][1]["item"], shown["entries"][2]["reply"]
    assert (mine["ours"], mine["can"]) == (True, {"reply": False, "like": False, "hide": False})
    assert (reply["state"], reply["text"]) == ("published", "With caraway, too.")
    assert reply["url"] == f"https://fake.example/{world.network.posts[1].id}"
    assert ids(world.get("/v1/inbox").json) == [thanks.id, first.id]


def test_an_answer_that_was_held_stands_where_it_went_out(world: ApiWorld) -> None:
    first = world.receive("one", conversation="root")
    world.send("/v1/workspaces/wks_1/pause", {})
    world.send(f"/v1/inbox/{first.id}/replies", {"text": "two"})
    world.run(MINUTE)
    world.receive("meanwhile", conversation="root")
    world.send("/v1/workspaces/wks_1/resume")
    world.run(MINUTE)
    entries = conversation(world, first)["entries"]
    texts = [(e["item"] or e["reply"])["text"] for e in entries]
    assert texts == ["one", "meanwhile", "two"]


def test_an_answer_of_ours_that_was_seen_on_the_network_is_shown_once(world: ApiWorld) -> None:
    """The network may show it before it is known whose it is."""
    item = world.receive(conversation="root")
    world.send(f"/v1/inbox/{item.id}/replies", {"text": "At six"})
    world.run(MINUTE)
    (live,) = world.network.posts
    world.receive("At six", remote_id=live.id, conversation="root", seen={"ours": True})
    entries = conversation(world, item)["entries"]
    assert [bool(e["reply"]) for e in entries] == [False, True]


def test_a_conversation_that_is_about_nothing_of_ours(world: ApiWorld) -> None:
    shown = conversation(world, world.receive(post_id="pst_gone"))
    assert shown["post"] is None
    assert len(shown["entries"]) == 1


def test_a_huge_conversation_is_shown_around_the_item(world: ApiWorld) -> None:
    items = [
        world.receive(str(n), conversation="root", seen={"created_at": n + 1}) for n in range(600)
    ]
    shown = conversation(world, items[400])
    assert (len(shown["entries"]), shown["complete"]) == (500, False)
    assert shown["entries"][0]["item"]["text"] == "100"
    shown = conversation(world, items[300])
    assert shown["entries"][250]["item"]["id"] == items[300].id


def test_a_deleted_answer_is_left_out(world: ApiWorld) -> None:
    world.send("/v1/workspaces/wks_1/pause", {})
    item = world.receive()
    made = world.send(f"/v1/inbox/{item.id}/replies", {"text": "At six"}).json
    world.run(MINUTE)
    assert world.delete(f"/v1/posts/{made['reply']['post_id']}").status == 204
    shown = conversation(world, item)
    assert [bool(e["reply"]) for e in shown["entries"]] == [False]
    assert shown["item"]["reply"]["state"] is None


# --- states


def test_an_item_is_worked_through(world: ApiWorld) -> None:
    path = f"/v1/inbox/{world.receive().id}"
    opened = world.patch(path, {"state": "open"}, if_match='"1"')
    assert (opened.status, opened.json["state"], opened.headers["etag"]) == (200, "open", '"2"')
    stale = world.patch(path, {"state": "closed"}, if_match='"1"')
    assert (stale.status, stale.json["code"]) == (412, "changed_meanwhile")
    assert world.patch(path, {"state": "open"}).json["version"] == 2
    assert world.patch(path, {"state": "new"}).json["state"] == "new"
    assert world.patch(path, {"state": "done"}).codes == ["unknown_value"]
    assert world.patch("/v1/inbox/itm_none", {"state": "open"}).status == 404


def test_what_the_account_wrote_itself_is_nobodys_task(world: ApiWorld) -> None:
    own = world.receive("mine", seen={"ours": True})
    for answer in (
        world.patch(f"/v1/inbox/{own.id}", {"state": "closed"}),
        world.send(f"/v1/inbox/{own.id}/replies", {"text": "x"}),
        world.send(f"/v1/inbox/{own.id}/like"),
    ):
        assert (answer.status, answer.json["code"]) == (409, "own_message")


# --- like and hide


@pytest.mark.parametrize(
    ("verb", "back", "flag"), [("like", "unlike", "liked"), ("hide", "unhide", "hidden")]
)
def test_likes_and_hides_are_jobs(world: ApiWorld, verb: str, back: str, flag: str) -> None:
    item = world.receive(post_id="pst_1")
    on_network = {"liked": world.network.liked, "hidden": world.network.hidden}[flag]
    for action, expected in ((verb, True), (back, False)):
        job = world.send(f"/v1/inbox/{item.id}/{action}")
        assert (job.status, job.json["kind"], job.json["item_id"]) == (202, action, item.id)
        world.run(SECOND)
        assert world.get(f"/v1/jobs/{job.json['id']}").json["state"] == "done"
        assert (item.seen.remote_id in on_network) is expected
        assert conversation(world, item)["item"][flag] is expected


def test_a_network_without_the_verb(world: ApiWorld) -> None:
    world.network.reacting = frozenset()
    item = world.receive(post_id="pst_1")
    for verb in ("like", "hide"):
        answer = world.send(f"/v1/inbox/{item.id}/{verb}")
        assert (answer.status, answer.json["code"]) == (422, f"cannot_{verb}")
    assert conversation(world, item)["item"]["can"] == {"reply": True, "like": False, "hide": False}


def test_only_replies_to_our_posts_can_be_hidden(world: ApiWorld) -> None:
    mention = world.receive(seen={"kind": ItemKind.MENTION})
    answer = world.send(f"/v1/inbox/{mention.id}/hide")
    assert (answer.status, answer.json["code"]) == (422, "cannot_hide")
    assert conversation(world, mention)["item"]["can"]["hide"] is False


def test_a_like_that_did_not_work_is_tried_again(world: ApiWorld) -> None:
    item = world.receive()
    world.network.react_faults.append(Transient("busy"))
    world.send(f"/v1/inbox/{item.id}/like")
    world.run(MINUTE)
    assert world.network.liked == {item.seen.remote_id}
    assert world.item(item).liked


def test_a_like_of_what_is_gone_ends_with_its_reason(world: ApiWorld) -> None:
    item = world.receive()
    world.network.react_faults.append(Gone("no such post"))
    job = world.send(f"/v1/inbox/{item.id}/like").json
    world.run(MINUTE)
    ended = world.get(f"/v1/jobs/{job['id']}").json
    assert (ended["state"], ended["error"]["code"]) == (JobState.FAILED, "gone")
    assert not world.item(item).liked


def test_nobody_acts_for_an_account_that_cannot(world: ApiWorld) -> None:
    item = world.receive()
    account = world.store.account("wks_1", world.account.id)
    lost = replace(account, state=AccountState.NEEDS_RECONNECT)
    lost = world.store.change_account(account, lost, world.entry("lost"))
    answer = world.send(f"/v1/inbox/{item.id}/like")
    assert (answer.status, answer.json["code"]) == (409, "needs_reconnect")
    assert conversation(world, item)["item"]["can"] == {"reply": True, "like": False, "hide": False}
    gone = replace(lost, state=AccountState.DISCONNECTED)
    world.store.change_account(lost, gone, world.entry("gone"))
    answer = world.send(f"/v1/inbox/{item.id}/like")
    assert (answer.status, answer.json["code"]) == (409, "account_disconnected")
    assert conversation(world, item)["item"]["can"]["reply"] is False
