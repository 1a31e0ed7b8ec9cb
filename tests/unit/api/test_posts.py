"""Writing posts: created, checked, edited, listed and deleted."""

from dataclasses import replace
from typing import Any

import pytest

from shared.core.errors import Ambiguous, Conflict, StoreUnavailable
from shared.core.models import MINUTE, SECOND, Delivery, DeliveryState, Media, Post
from shared.core.platform import Capabilities, Verb
from shared.core.workspaces import MediaState
from shared.store.aws import DeploymentFault
from tests.fakes import make
from tests.fakes.api_world import ApiWorld, Got, rfc3339_in
from tests.fakes.network import lost_request


def stored_file(world: ApiWorld, mime: str) -> str:
    """The id of a file in the library that is ready to be posted."""
    shown = Media("med_1", mime, 3, "0" * 64, "media/wks_1/med_1", width=8, height=4)
    mine = world.account.workspace_id
    file = make.media_file(workspace_id=mine, state=MediaState.READY, media=shown)
    world.store.create_media(file)
    return file.id


def test_the_example_of_the_documentation(world: ApiWorld) -> None:
    body = {
        "text": "Hello",
        "account_ids": [world.account.id],
        "media_ids": [],
        "parts": [],
        "variants": {},
        "schedule": {"at": "2026-12-01T09:00:00+01:00"},
    }
    made = world.send("/v1/posts", body)
    assert made.status == 201
    assert made.headers["etag"] == '"1"'
    (delivery,) = made.json["deliveries"]
    assert delivery | {"id": "", "transitions": []} == {
        "id": "",
        "account_id": world.account.id,
        "platform": "fake",
        "state": "scheduled",
        "due_at": "2026-12-01T08:00:00Z",
        "claimed_at": None,
        "sent_at": None,
        "accepted_at": None,
        "lateness_ms": None,
        "remote_id": None,
        "url": None,
        "error": None,
        "held_reason": None,
        "parts": 1,
        "live": [],
        "attempts": 0,
        "explanation": {
            "words": "It is ready and leaves at its time.",
            "next_at": "2026-12-01T08:00:00Z",
            "todo": "",
        },
        "evidence": None,
        "transitions": [],
    }
    assert world.get(f"/v1/posts/{made.json['id']}").json == made.json


def test_a_scheduled_post_is_live_at_its_moment_and_shows_it(world: ApiWorld) -> None:
    post = world.write(seconds=30)
    world.run(MINUTE)
    read = world.read(post)
    (delivery,) = read["deliveries"]
    assert world.live == ["hello"]
    assert read["status"] == "published"
    assert delivery["sent_at"] == delivery["due_at"] == post["plan"]["at"]
    assert delivery["lateness_ms"] == 0
    assert delivery["claimed_at"]
    assert delivery["accepted_at"]
    assert (delivery["remote_id"], delivery["url"]) == ("r1", "https://fake.example/r1")
    assert [t["state"] for t in delivery["transitions"]] == [
        "scheduled", "claimed", "sending", "published",
    ]  # fmt: skip


def test_now_is_live_within_three_seconds(world: ApiWorld) -> None:
    world.ticking = False
    post = world.write(seconds=None, schedule={"now": True})
    world.run(3 * SECOND)
    assert world.read(post)["status"] == "published"


def test_now_with_a_picture_says_why_it_takes_longer(world: ApiWorld) -> None:
    now: dict[str, Any] = {
        "schedule": {"now": True},
        "media_ids": [stored_file(world, "image/png")],
    }
    post = world.write(seconds=None, **now)
    (notice,) = post["notices"]
    assert (notice["where"], notice["code"]) == ("schedule", "prepared_first")
    assert "pictures are uploaded first" in notice["message"]
    checked = world.send("/v1/posts/check", {"account_ids": [world.account.id], "text": "x", **now})
    assert checked.json["notices"] == [notice]


@pytest.mark.parametrize(
    ("mime", "seconds", "told"),
    [
        ("image/png", 4, ["prepared_first"]),
        ("image/png", 5, []),
        ("video/mp4", 119, ["prepared_first"]),
        ("video/mp4", 120, []),
    ],
)
def test_what_is_planned_with_time_to_prepare_it_needs_no_word(
    world: ApiWorld, mime: str, seconds: int, told: list[str]
) -> None:
    post = world.write(seconds=seconds, media_ids=[stored_file(world, mime)])
    assert [notice["code"] for notice in post["notices"]] == told


def test_every_answer_about_a_plan_says_why_it_takes_longer(world: ApiWorld) -> None:
    def told(answer: Got) -> list[str]:
        assert answer.status == 200, answer.text
        return [notice["code"] for notice in answer.json["notices"]]

    file = stored_file(world, "image/png")
    path = f"/v1/posts/{world.write(seconds=None, media_ids=[file])['id']}"
    assert told(world.send(f"{path}/schedule", {"now": True})) == ["prepared_first"]
    assert told(world.send(f"{path}/schedule", {"at": rfc3339_in(world, 60)})) == []
    plain = f"/v1/posts/{world.write(seconds=2)['id']}"
    assert told(world.patch(plain, {"media_ids": [file]})) == ["prepared_first"]
    # A pause may be about a tag: whoever holds the post without it must not send it.
    assert told(world.patch(plain, {"tags": ["news"]})) == ["prepared_first"]
    assert told(world.patch(plain, {"missed_window": "skip"})) == []


def test_what_is_held_anyway_is_not_said_to_leave_soon(world: ApiWorld) -> None:
    file = stored_file(world, "image/png")
    post = world.write(seconds=1, media_ids=[file], requires_approval=True)
    assert [notice["code"] for notice in post["notices"]] == ["needs_approval"]


def test_links_that_a_network_looks_up_first_are_named(
    world: ApiWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(world.network, "needs_prepare", lambda account, draft: True)
    post = world.write(seconds=None, schedule={"now": True})
    (notice,) = post["notices"]
    assert "links and mentions are looked up first" in notice["message"]


def test_a_queue_that_refuses_only_costs_the_wait_for_the_tick(world: ApiWorld) -> None:
    world.queue.refuse.update(f"dlv_{n:026d}" for n in range(100))
    post = world.write(seconds=None, schedule={"now": True})
    assert ("left to the tick", {"ids": [post["deliveries"][0]["id"]]}) in world.telemetry.lines
    world.queue.refuse.clear()
    world.run(2 * MINUTE)
    assert world.live == ["hello"]


def test_a_queue_that_is_not_as_deployed_does_not_undo_what_is_stored(
    world: ApiWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Told that it failed, a client would write the post a second time."""

    def gone(*_: object, **__: object) -> None:
        raise DeploymentFault("AWS refused sqs:SendMessage (QueueDoesNotExist)")

    with monkeypatch.context() as broken:
        broken.setattr(world.queue, "send", gone)
        post = world.write(seconds=None, schedule={"now": True})
    assert ("queue refused", {"error": "DeploymentFault", "count": 1}) in world.telemetry.lines
    world.run(2 * MINUTE)
    assert world.read(post)["status"] == "published"


def test_what_is_due_later_is_left_to_the_tick(world: ApiWorld) -> None:
    world.write(seconds=600)
    assert world.queue.wakes == []
    world.run(11 * MINUTE)
    assert world.live == ["hello"]


def test_a_draft_may_be_unfinished_and_says_what_is_missing(world: ApiWorld) -> None:
    made = world.send("/v1/posts", {"text": "x" * 301})
    assert made.status == 201
    assert (made.json["status"], made.json["deliveries"]) == ("draft", [])
    assert [n["code"] for n in made.json["notices"]] == ["no_accounts"]
    long = world.write("x" * 301, seconds=None)
    (notice,) = long["notices"]
    assert (notice["where"], notice["account_id"]) == ("text", world.account.id)


@pytest.mark.parametrize(
    ("change", "where", "code"),
    [
        ({"account_ids": []}, "account_ids", "no_accounts"),
        ({"account_ids": ["acc_nope"]}, "account_ids[0]", "unknown_account"),
        ({"media_ids": ["med_nope"]}, "media_ids[0]", "unknown_media"),
        ({"parts": [{"media_ids": ["med_no"]}]}, "parts[0].media_ids[0]", "unknown_media"),
        ({"text": "x" * 301}, "text", "too_long"),
        ({"parts": [{"text": "x" * 301}]}, "parts[0].text", "too_long"),
        ({"variants": {"fake": {"text": "x" * 301}}}, "variants.fake.text", "too_long"),
        ({"variants": {"myspace": {}}}, "variants.myspace", "unknown_variant"),
        ({"text": "a\u0000"}, "text", "bad_characters"),
        ({"schedule": {"at": "2020-01-01T00:00:00Z"}}, "schedule.at", "past_date"),
        ({"schedule": {"at": "2026-12-01T09:00:00"}}, "schedule.at", "bad_time"),
        ({"schedule": {"at": "2050-01-01T00:00:00Z"}}, "schedule.at", "too_far"),
        ({"schedule": {}}, "schedule", "choose_one"),
        ({"schedule": {"now": True, "at": "2026-12-01T09:00:00Z"}}, "schedule", "choose_one"),
        ({"schedule": {"now": True, "timezone": "UTC"}}, "schedule.timezone", "only_with_local"),
        (
            {"schedule": {"local": "2026-12-01T09:00", "timezone": "Mars"}},
            "schedule.timezone",
            "unknown_timezone",
        ),
        (
            {"schedule": {"local": "2027-03-28T02:30", "timezone": "Europe/Madrid",
                          "nonexistent": "refuse"}},
            "schedule.local",
            "nonexistent_time",
        ),
    ],
)  # fmt: skip
def test_a_post_that_cannot_be_planned(
    world: ApiWorld, change: dict[str, Any], where: str, code: str
) -> None:
    body = {
        "text": "hello",
        "account_ids": [world.account.id],
        "schedule": {"at": "2026-12-01T09:00:00Z"},
        **change,
    }
    answer = world.send("/v1/posts", body)
    assert (answer.status, answer.codes) == (422, [code]), answer.text
    assert answer.json["problems"][0]["where"] == where
    assert answer.json["code"] == code
    assert world.store.post_items == {}


def test_every_account_that_refuses_is_named(world: ApiWorld) -> None:
    bob = world.connect("bob")
    answer = world.send(
        "/v1/posts",
        {
            "text": "x" * 301,
            "account_ids": [world.account.id, bob.id],
            "schedule": {"now": True},
        },
    )
    assert [p["account_id"] for p in answer.json["problems"]] == [world.account.id, bob.id]
    assert answer.json["code"] == "invalid"


def test_a_time_that_does_not_exist_moves_with_a_notice(world: ApiWorld) -> None:
    post = world.write(
        seconds=None, schedule={"local": "2027-03-28T02:30", "timezone": "Europe/Madrid"}
    )
    assert [n["code"] for n in post["notices"]] == ["nonexistent_time"]
    assert post["plan"] == {
        "at": "2027-03-28T01:30:00Z",
        "local": "2027-03-28T02:30",
        "timezone": "Europe/Madrid",
        "fold": 0,
        "nonexistent": "shift",
    }


def test_a_local_time_without_a_zone_is_the_workspaces(world: ApiWorld) -> None:
    post = world.write(seconds=None, schedule={"local": "2026-12-01T09:00"})
    assert post["plan"]["at"] == "2026-12-01T08:00:00Z"


def test_a_variant_replaces_the_base_for_its_accounts(world: ApiWorld) -> None:
    bob = world.connect("bob")
    world.write(
        "base",
        seconds=10,
        account_ids=[world.account.id, bob.id],
        variants={bob.id: {"text": "for bob"}},
        parts=[{"text": "more"}],
    )
    world.run(MINUTE)
    assert sorted(world.live) == ["base", "for bob", "more", "more"]


def test_checking_counts_and_finds_problems_without_saving(world: ApiWorld) -> None:
    answer = world.send(
        "/v1/posts/check",
        {
            "text": "x" * 301,
            "account_ids": [world.account.id, "acc_nope"],
            "parts": [{"text": "fine"}],
            "schedule": {"at": "2020-01-01T00:00:00Z"},
        },
    )
    assert answer.status == 200
    (account,) = answer.json["accounts"]
    assert account["counts"] == [
        {"used": 301, "limit": 300, "unit": "characters"},
        {"used": 4, "limit": 300, "unit": "characters"},
    ]
    assert [(p["where"], p["code"]) for p in account["problems"]] == [("text", "too_long")]
    assert [p["code"] for p in answer.json["problems"]] == ["unknown_account", "past_date"]
    assert answer.json["ok"] is False
    assert world.store.post_items == {}
    assert world.network.calls == []


def test_checking_a_good_post_shows_its_plan(world: ApiWorld) -> None:
    answer = world.send(
        "/v1/posts/check",
        {
            "text": "hi",
            "account_ids": [world.account.id],
            "schedule": {"local": "2026-10-25T02:30"},
        },
    )
    assert answer.json["ok"] is True
    assert answer.json["plan"]["at"] == "2026-10-25T00:30:00Z"
    assert [n["code"] for n in answer.json["notices"]] == ["ambiguous_time"]


# --- editing


def edit(world: ApiWorld, post: dict[str, Any], *, status: int = 200, **change: Any) -> Any:
    answer = world.patch(f"/v1/posts/{post['id']}", change)
    assert answer.status == status, answer.text
    return answer.json


def test_an_edit_before_it_leaves_is_what_goes_out(world: ApiWorld) -> None:
    post = world.write(seconds=600)
    edited = edit(world, post, text="better", tags=["news"])
    assert (edited["text"], edited["tags"], edited["version"]) == ("better", ["news"], 2)
    assert edited["deliveries"][0]["due_at"] == post["deliveries"][0]["due_at"]
    world.run(11 * MINUTE)
    assert world.live == ["better"]


def test_an_edit_while_a_worker_holds_it_is_what_goes_out(world: ApiWorld) -> None:
    """The worker has read the old text; its intent must fail."""
    post = world.write(seconds=60)
    (stored,) = world.store.post("wks_1", post["id"]).deliveries
    claimed = world.store.claim(stored.ref, owner="own_x", now=world.clock.now(), lease=75_000)
    edit(world, post, text="better")
    with pytest.raises(Conflict):
        world.store.advance(claimed, replace(claimed, state=DeliveryState.SENDING))
    world.run(2 * MINUTE)
    assert world.live == ["better"]


def test_fields_left_out_stay_and_null_clears(world: ApiWorld) -> None:
    spring = world.send("/v1/campaigns", {"name": "Spring"}).json["id"]
    post = world.write(seconds=None, campaign="Spring", missed_window="skip", tags=["a"])
    assert edit(world, post, text="x")["campaign"] == spring
    cleared = edit(world, post, campaign=None, missed_window=None, tags=[])
    assert (cleared["campaign"], cleared["missed_window"], cleared["tags"]) == (None, None, [])
    assert cleared["text"] == "x"


def test_an_edit_must_leave_a_planned_post_sound(world: ApiWorld) -> None:
    post = world.write(seconds=600)
    refused = edit(world, post, status=422, text="x" * 301)
    assert refused["code"] == "too_long"
    assert world.read(post) == post
    draft = world.write(seconds=None)
    assert [n["code"] for n in edit(world, draft, text="x" * 301)["notices"]] == ["too_long"]


def test_accounts_can_be_added_and_taken_off(world: ApiWorld) -> None:
    bob = world.connect("bob")
    post = world.write(seconds=600)
    both = edit(world, post, account_ids=[world.account.id, bob.id])
    assert {d["account_id"] for d in both["deliveries"]} == {world.account.id, bob.id}
    one = edit(world, post, account_ids=[bob.id])
    assert [d["account_id"] for d in one["deliveries"]] == [bob.id]
    world.run(11 * MINUTE)
    assert [p.profile for p in world.network.posts] == [bob.profile]


def test_no_account_is_added_once_its_time_has_come(world: ApiWorld) -> None:
    bob = world.connect("bob")
    post = world.write(seconds=10)
    world.run(MINUTE)
    refused = edit(world, post, status=409, account_ids=[world.account.id, bob.id])
    assert refused["code"] == "already_due"


def test_nothing_is_edited_while_it_is_leaving(world: ApiWorld) -> None:
    world.network.faults.append(lost_request)
    post = world.write(seconds=10)
    world.run(12 * SECOND)
    for answer in (
        world.patch(f"/v1/posts/{post['id']}", {"text": "better"}),
        world.send(f"/v1/posts/{post['id']}/cancel"),
        world.send(f"/v1/posts/{post['id']}/schedule", {"now": True}),
        world.delete(f"/v1/posts/{post['id']}"),
    ):
        assert (answer.status, answer.json["code"]) == (409, "already_leaving")
        assert answer.json["problems"][0]["where"] == f"deliveries[{post['deliveries'][0]['id']}]"
    assert world.read(post)["text"] == "hello"


def test_a_live_post_is_edited_on_request_by_a_job(world: ApiWorld) -> None:
    post = world.write(seconds=10)
    world.run(MINUTE)
    refused = edit(world, post, status=409, text="better")
    assert refused["code"] == "already_live"
    edited = edit(world, post, text="better", update_live=True)
    assert [j["kind"] for j in edited["jobs"]] == ["edit"]
    world.run(MINUTE)
    assert world.live == ["better"]
    assert world.read(post)["jobs"][0]["state"] == "done"


def test_tags_of_a_live_post_need_no_job(world: ApiWorld) -> None:
    post = world.write(seconds=10)
    world.run(MINUTE)
    assert edit(world, post, tags=["seen"])["jobs"] == []


@pytest.mark.parametrize(
    "change",
    [{"parts": [{"text": "more"}]}, {"options": {"visibility": "unlisted"}}],
)
def test_what_a_network_cannot_change_in_a_live_post(
    world: ApiWorld, change: dict[str, Any]
) -> None:
    post = world.write(seconds=10)
    world.run(MINUTE)
    refused = edit(world, post, status=409, update_live=True, **change)
    assert refused["code"] == "cannot_edit_live"
    assert world.read(post)["version"] == 1


def test_a_network_without_editing_refuses(world: ApiWorld) -> None:
    post = world.write(seconds=10)
    world.run(MINUTE)
    facts = world.network.capabilities("fake")

    def without(platform: str) -> Capabilities:
        return replace(facts, verbs=facts.verbs - {Verb.EDIT, Verb.DELETE})

    world.network.capabilities = without  # type: ignore[method-assign]  # another network
    assert edit(world, post, status=409, text="x", update_live=True)["code"] == "cannot_edit_live"
    answer = world.delete(f"/v1/posts/{post['id']}")
    assert (answer.status, answer.json["code"]) == (409, "cannot_take_down")


def test_if_match_keeps_two_writers_apart(world: ApiWorld) -> None:
    post = world.write(seconds=None)
    path = f"/v1/posts/{post['id']}"
    first = world.patch(path, {"text": "a"}, if_match='"1"')
    assert (first.status, first.headers["etag"]) == (200, '"2"')
    assert world.patch(path, {"text": "b"}, if_match='"1"').status == 412
    assert world.delete(path, if_match='"1"').status == 412
    assert world.read(post)["text"] == "a"


def test_somebody_quicker_is_taken_into_account(world: ApiWorld) -> None:
    """The tick moves a timer between our read and our write: the edit decides anew."""
    post = world.write(seconds=200)
    store = world.store
    reads: list[str] = []
    original = store.post

    def interrupted(workspace_id: str, post_id: str) -> Any:
        record = original(workspace_id, post_id)
        if not reads:
            (delivery,) = record.deliveries
            store.advance(delivery, replace(delivery, wake_at=delivery.due_at + 1))
        reads.append(post_id)
        return record

    store.post = interrupted  # type: ignore[method-assign]  # a tick at the worst moment
    assert edit(world, post, text="better")["text"] == "better"
    assert len(reads) == 3  # too late, decided anew, shown


# --- deleting


def test_a_post_that_never_went_out_is_removed(world: ApiWorld) -> None:
    for post in (world.write(seconds=None), world.write(seconds=600)):
        answer = world.delete(f"/v1/posts/{post['id']}")
        assert (answer.status, answer.text) == (204, "")
        assert world.get(f"/v1/posts/{post['id']}").status == 404
    world.run(11 * MINUTE)
    assert world.live == []
    assert world.store.delivery_items == {}
    assert [e["action"] for e in world.get("/v1/audit").json["items"]][:2] == ["post.deleted"] * 2


def test_a_live_post_is_taken_down_by_a_job(world: ApiWorld) -> None:
    post = world.write(seconds=10)
    world.run(MINUTE)
    answer = world.delete(f"/v1/posts/{post['id']}")
    assert answer.status == 202
    (job,) = answer.json["jobs"]
    assert (job["kind"], job["delivery_id"]) == ("takedown", post["deliveries"][0]["id"])
    world.run(MINUTE)
    assert world.live == []
    assert world.read(post)["status"] == "deleted"
    assert world.delete(f"/v1/posts/{post['id']}").status == 204


# --- lists


def test_a_list_goes_by_due_time_page_by_page(world: ApiWorld) -> None:
    posts = [world.write(f"post {n}", seconds=600 - n) for n in range(5)]
    world.write("a draft", seconds=None)
    seen: list[str] = []
    query = {"limit": "2"}
    while True:
        page = world.get("/v1/posts", query=query).json
        assert len(page["items"]) <= 2
        seen += [item["excerpt"] for item in page["items"]]
        if page["next"] is None:
            break
        query = {"limit": "2", "cursor": page["next"]}
    assert seen == [f"post {n}" for n in (4, 3, 2, 1, 0)]
    assert len(posts) == 5


def test_drafts_are_a_list_of_their_own(world: ApiWorld) -> None:
    world.write(seconds=600)
    drafts = [world.write(f"draft {n}", seconds=None) for n in range(3)]
    world.clock.advance(1_000)
    world.patch(f"/v1/posts/{drafts[0]['id']}", {"text": "draft 0 again"})
    page = world.get("/v1/posts", query={"status": "draft"}).json
    assert page["items"][0]["excerpt"] == "draft 0 again"
    assert len(page["items"]) == 3


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ({"tag": "news"}, ["one"]),
        ({"campaign": "Spring"}, ["two"]),
        ({"status": "scheduled"}, ["one", "two"]),
        ({"status": "published"}, ["three"]),
        ({"account_id": "acc_nope"}, []),
        ({"limit": "1", "tag": "news"}, ["one"]),
    ],
)
def test_filters(world: ApiWorld, query: dict[str, str], expected: list[str]) -> None:
    world.write("three", seconds=1)
    world.run(10 * SECOND)
    world.send("/v1/campaigns", {"name": "Spring"})
    world.write("one", seconds=600, tags=["news"])
    world.write("two", seconds=700, campaign="Spring")
    page = world.get("/v1/posts", query=query).json
    assert [item["excerpt"] for item in page["items"]] == expected


def test_words_find_what_was_written_the_latest_first(world: ApiWorld) -> None:
    variants = {"fake": {"text": "Sauerteig"}}
    world.write("Rye " + "and wheat " * 20 + "STRAẞE", seconds=600)
    world.write("wheat", seconds=500, tags=["Rye"])
    world.write("for one network only", seconds=400, variants=variants)
    world.write("no grain", seconds=300, parts=[{"text": "but rye in the thread"}])
    world.write("a rye draft", seconds=None)

    def found(**query: str) -> list[str]:
        page = world.get("/v1/posts", query={"order": "latest", **query}).json
        return [item["excerpt"].split()[0] for item in page["items"]]

    assert found() == ["Rye", "wheat", "for", "no"]
    assert found(q="rye") == ["Rye", "wheat", "no"]
    assert found(q="strasse  WHEAT") == ["Rye"]
    assert found(q="sauer") == ["for"]
    assert found(q="rye", status="draft") == ["a"]
    assert found(q="barley") == []


def test_a_span_of_time(world: ApiWorld) -> None:
    world.write("one", seconds=600)
    world.write("two", seconds=700)
    late = {"since": rfc3339_in(world, 650)}
    assert [i["excerpt"] for i in world.get("/v1/posts", query=late).json["items"]] == ["two"]
    early = {"until": rfc3339_in(world, 650)}
    assert [i["excerpt"] for i in world.get("/v1/posts", query=early).json["items"]] == ["one"]


def test_a_cursor_of_another_list(world: ApiWorld) -> None:
    for n in range(3):
        world.write(f"draft {n}", seconds=None)
    cursor = world.get("/v1/posts", query={"status": "draft", "limit": "1"}).json["next"]
    answer = world.get("/v1/posts", query={"cursor": cursor})
    assert (answer.status, answer.codes) == (422, ["bad_cursor"])


# --- trouble


def test_a_store_that_does_not_answer(world: ApiWorld) -> None:
    def down(*_: object, **__: object) -> None:
        raise StoreUnavailable("the table does not answer")

    world.store.create_post = down  # type: ignore[method-assign]  # an outage
    answer = world.send("/v1/posts", {"text": "hi"})
    assert (answer.status, answer.json["code"]) == (503, "store_unavailable")
    assert answer.headers["retry-after"] == "1"


def test_a_network_that_does_not_answer(world: ApiWorld) -> None:
    def hangs(platform: str, fields: object) -> Any:
        raise Ambiguous("read timeout")

    world.network.connect = hangs  # type: ignore[method-assign]  # an outage
    answer = world.send("/v1/accounts", {"platform": "fake", "fields": {}})
    assert (answer.status, answer.json["code"]) == (502, "ambiguous")


def test_the_parts_of_a_thread_are_all_planned(world: ApiWorld) -> None:
    post = world.write("one", seconds=10, parts=[{"text": "two"}, {"text": "three"}])
    assert post["deliveries"][0]["parts"] == 3
    world.run(MINUTE)
    assert world.live == ["one", "two", "three"]
    assert len(world.read(post)["deliveries"][0]["live"]) == 3


def test_a_stored_post_is_what_was_written(world: ApiWorld) -> None:
    post = world.write(
        "hello",
        seconds=600,
        options={"visibility": "public", "content_warning": "bread", "languages": ["es"]},
        tags=["a", "a", "b"],
    )
    stored: Post = world.store.post("wks_1", post["id"]).post
    deliveries: tuple[Delivery, ...] = world.store.post("wks_1", post["id"]).deliveries
    assert stored.content.options.content_warning == "bread"
    assert stored.tags == ("a", "b")
    assert [d.post_id for d in deliveries] == [post["id"]]
