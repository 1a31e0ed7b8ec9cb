"""People: invited by a link, in as what they are at that moment, and out at the next request."""

from typing import Any

import pytest

from functions.api.auth import DAY
from shared.core.people import INSTALLATION, Person, normal_email
from tests.fakes.api_world import ApiWorld, Got

HERE = {"tidings_workspace": "wks_1"}


def invite(world: ApiWorld, email: str = "bo@x.example", key: str = "", **place: Any) -> Any:
    given = {"workspace_id": "wks_1", "role": "editor", **place}
    answer = world.send("/v1/invitations", {"email": email, "workspaces": [given]}, key=key)
    assert answer.status == 201, answer.text
    return answer.json


def accept(world: ApiWorld, code: str, **fields: Any) -> Got:
    return world.send("/v1/invitations/accept", {"code": code, **fields}, key=None)


def join(world: ApiWorld, email: str = "bo@x.example", key: str = "", **place: Any) -> str:
    """The browser key of a new member."""
    answer = accept(world, invite(world, email, key, **place)["code"])
    assert answer.status == 201, answer.text
    return str(answer.json["api_key"])


def me(world: ApiWorld, key: str) -> Any:
    return world.get("/v1/me", key=key).json


def second_workspace(world: ApiWorld) -> str:
    made = world.send("/v1/workspaces", {"name": "Second", "timezone": "UTC"})
    return str(made.json["id"])


def owner(world: ApiWorld, email: str = "a@b.example") -> str:
    code = world.invoke({"action": "sign_in_link", "email": email})["code"]
    return str(world.send("/v1/sign-in", {"code": code}, key=None).json["api_key"])


def test_an_invitation_says_what_it_offers_and_works_once(world: ApiWorld) -> None:
    made = invite(world, " Bo@X.example ")
    shown = world.send("/v1/invitations/open", {"code": made["code"]}, key=None).json
    assert (shown["email"], shown["workspaces"]) == (
        "bo@x.example",
        [{"name": "Bakery", "role": "editor"}],
    )
    assert [i["id"] for i in world.get("/v1/invitations").json["items"]] == [made["id"]]
    joined = accept(world, made["code"], name="Bo")
    found = me(world, joined.json["api_key"])
    assert (found["person"]["name"], found["owner"]) == ("Bo", False)
    assert [(w["id"], w["role"]) for w in found["workspaces"]] == [("wks_1", "editor")]
    assert world.get("/v1/invitations").json["items"] == []
    for path in ("open", "accept"):
        again = world.send(f"/v1/invitations/{path}", {"code": made["code"]}, key=None)
        assert (again.status, again.json["code"]) == (401, "bad_invitation")
    actions = [(a.action, a.by) for a in world.store.audit if a.action.startswith("member.")]
    assert actions[-1] == ("member.joined", "bo@x.example")
    assert made["code"].split(".")[1] not in repr(vars(world.store))


def test_an_invitation_ends_by_itself_or_is_revoked(world: ApiWorld) -> None:
    made, other = invite(world), invite(world, "cy@x.example")
    assert world.delete(f"/v1/invitations/{other['id']}").status == 204
    assert accept(world, other["code"]).status == 401
    world.clock.advance(7 * DAY)
    assert accept(world, made["code"]).status == 401
    (listed,) = world.get("/v1/invitations").json["items"]
    assert listed["expired"] is True
    fresh = invite(world)
    assert [i["id"] for i in world.get("/v1/invitations").json["items"]] == [fresh["id"]]


def test_only_admins_invite_and_only_to_what_is_theirs(world: ApiWorld) -> None:
    other = second_workspace(world)
    admin, editor = join(world, "ad@x.example", role="admin"), join(world)
    body = {"email": "n@x.example", "workspaces": [{"workspace_id": "wks_1", "role": "viewer"}]}
    refused = world.send("/v1/invitations", body, key=editor)
    assert (refused.status, refused.json["code"]) == (403, "role_needed")
    body["workspaces"] = [{"workspace_id": other, "role": "viewer"}]
    unknown = world.send("/v1/invitations", body, key=admin)
    assert (unknown.status, unknown.codes) == (422, ["unknown_workspace"])
    theirs = invite(world, workspace_id=other)
    assert world.delete(f"/v1/invitations/{theirs['id']}", key=admin).status == 404
    assert world.get("/v1/invitations", key=admin).json["items"] == []


@pytest.mark.parametrize(
    ("place", "code"),
    [
        ({"role": "owner"}, "not_in_a_workspace"),
        ({"role": "admin", "publishes_to": []}, "not_for_admins"),
        ({"role": "editor", "publishes_to": ["acc_nope"]}, "unknown_account"),
    ],
)
def test_a_membership_that_makes_no_sense(world: ApiWorld, place: Any, code: str) -> None:
    given = [{"workspace_id": "wks_1", **place}]
    answer = world.send("/v1/invitations", {"email": "n@x.example", "workspaces": given})
    assert (answer.status, answer.codes) == (422, [code])


def test_a_role_that_was_taken_away_is_gone_at_the_next_request(world: ApiWorld) -> None:
    key = join(world, role="approver")
    person = me(world, key)["person"]["id"]
    integration = world.send("/v1/keys", {"name": "k", "workspace_ids": ["wks_1"]}, key=key)
    assert integration.status == 403
    assert world.send("/v1/workspaces/wks_1/pause", key=key).status == 200
    changed = world.patch(f"/v1/members/{person}", {"role": "viewer"})
    assert changed.json["role"] == "viewer"
    refused = world.send("/v1/workspaces/wks_1/resume", key=key)
    assert (refused.status, refused.json["code"]) == (403, "role_needed")
    assert "approver" in refused.json["detail"]
    assert "An admin of the workspace can give it" in refused.json["detail"]
    assert world.get("/v1/posts", key=key).status == 200
    assert world.delete(f"/v1/members/{person}").status == 204
    gone = world.get("/v1/posts", key=key)
    assert (gone.status, gone.json["code"]) == (403, "no_workspace")
    assert me(world, key)["workspaces"] == []


def test_a_key_never_reaches_further_than_whoever_made_it(world: ApiWorld) -> None:
    admin = join(world, role="admin")
    person = me(world, admin)["person"]["id"]
    wanted = {"name": "k", "workspace_ids": ["wks_1"], "role": "editor"}
    made = world.send("/v1/keys", wanted, key=admin).json
    assert (made["role"], made["person"], made["browser"]) == ("editor", "bo@x.example", False)
    assert world.send("/v1/workspaces/wks_1/pause", key=made["api_key"]).status == 403
    assert world.send("/v1/posts", {"text": "x"}, key=made["api_key"]).status == 201
    world.patch(f"/v1/members/{person}", {"role": "viewer"})
    assert world.send("/v1/posts", {"text": "x"}, key=made["api_key"]).status == 403
    world.delete(f"/v1/people/{person}")
    answer = world.get("/v1/posts", key=made["api_key"])
    assert (answer.status, answer.json["code"]) == (401, "removed_person")


def test_who_keeps_a_link_gets_no_more_than_it_offers(world: ApiWorld) -> None:
    """An admin invites somebody who is more elsewhere, and opens the link themselves."""
    other = second_workspace(world)
    join(world, "boss@x.example", workspace_id=other, role="admin")
    admin = join(world, "ad@x.example", role="admin")
    stolen = join(world, "boss@x.example", admin, role="viewer")
    assert [w["id"] for w in me(world, stolen)["workspaces"]] == ["wks_1"]
    owner(world, "boss@x.example")
    again = join(world, "boss@x.example", admin, role="viewer")
    assert me(world, again)["owner"] is False
    assert world.get("/v1/accounts", key=again, tidings_workspace=other).status == 403


def test_who_keeps_a_link_neither_sees_nor_ends_what_is_elsewhere(world: ApiWorld) -> None:
    other = second_workspace(world)
    boss = join(world, "boss@x.example", workspace_id=other, role="admin")
    program = {"name": "reports", "workspace_ids": [other], "role": "viewer"}
    narrow = world.send("/v1/keys", program, key=boss).json
    admin = join(world, "ad@x.example", role="admin")
    stolen = join(world, "boss@x.example", admin, role="viewer")
    seen = me(world, stolen)
    assert [m["workspace_id"] for m in seen["person"]["memberships"]] == ["wks_1"]
    theirs = {me(world, boss)["key"]["id"], narrow["id"]}
    for key in (stolen, narrow["api_key"]):
        listed = {each["id"] for each in world.get("/v1/keys", key=key).json["items"]}
        assert listed & theirs == ({narrow["id"]} if key != stolen else set())
        for key_id in theirs - listed:
            assert world.delete(f"/v1/keys/{key_id}", key=key).status == 404
    own = {each["id"] for each in world.get("/v1/keys", key=boss).json["items"]}
    assert own >= {*theirs, seen["key"]["id"]}
    assert world.delete(f"/v1/keys/{seen['key']['id']}", key=boss).status == 200
    assert world.get("/v1/me", key=stolen).status == 401


def test_who_was_put_out_does_not_come_back_by_a_link_that_they_kept(world: ApiWorld) -> None:
    admin = join(world, "ad@x.example", role="admin")
    wanted = {"name": "k", "workspace_ids": ["wks_1"]}
    program = world.send("/v1/keys", wanted, key=admin).json["api_key"]
    kept = [
        invite(world, "alias@x.example", admin, role="admin"),
        invite(world, "other@x.example", program, role="admin"),
    ]
    person = me(world, admin)["person"]["id"]
    world.patch(f"/v1/members/{person}", {"role": "editor"})
    for made in kept:
        for path in ("open", "accept"):
            answer = world.send(f"/v1/invitations/{path}", {"code": made["code"]}, key=None)
            assert (answer.status, answer.json["code"]) == (401, "bad_invitation")


def test_a_former_owner_does_not_become_another_by_a_link_that_they_kept(world: ApiWorld) -> None:
    owner(world)
    former = owner(world, "former@x.example")
    kept = invite(world, "a@b.example", former)
    person = me(world, former)["person"]["id"]
    join(world, "former@x.example", role="admin")
    assert world.patch(f"/v1/people/{person}", {"owner": False}).status == 200
    assert accept(world, kept["code"]).status == 401


def test_who_comes_back_does_not_bring_the_keys_of_before(world: ApiWorld) -> None:
    before = join(world, role="admin")
    wanted = {"name": "k", "workspace_ids": ["wks_1"]}
    program = world.send("/v1/keys", wanted, key=before).json["api_key"]
    assert world.delete(f"/v1/people/{me(world, before)['person']['id']}").status == 204
    world.clock.advance(DAY)
    other = second_workspace(world)
    ad = join(world, "ad@x.example", workspace_id=other, role="admin")
    code = invite(world, key=ad, workspace_id=other)["code"]
    now = accept(world, code, api_key=before).json["api_key"]
    join(world)  # now they are in both
    for key in (before, program):
        refused = world.get("/v1/posts", key=key)
        assert (refused.status, refused.json["code"]) == (401, "removed_person")
    assert [w["id"] for w in me(world, now)["workspaces"]] == [other]


def test_a_second_invitation_adds_to_what_its_reader_has(world: ApiWorld) -> None:
    other = second_workspace(world)
    first = join(world, "ad@x.example", role="admin")
    elsewhere = join(world, "ed@x.example", workspace_id=other, role="admin")
    code = invite(world, "ad@x.example", elsewhere, workspace_id=other)["code"]
    both = accept(world, code, api_key=first).json["api_key"]
    assert {w["id"]: w["role"] for w in me(world, both)["workspaces"]} == {
        "wks_1": "admin",
        other: "editor",
    }


def test_who_has_a_name_keeps_it_whatever_the_next_invitation_is_accepted_with(
    world: ApiWorld,
) -> None:
    accept(world, invite(world)["code"], name="Bo")
    other = second_workspace(world)
    again = accept(world, invite(world, workspace_id=other)["code"], name="Somebody else")
    assert me(world, again.json["api_key"])["person"]["name"] == "Bo"


def test_members_are_listed_changed_and_leave(world: ApiWorld) -> None:
    boss, key = owner(world), join(world)
    person = me(world, key)["person"]["id"]
    listed = world.get("/v1/members", key=key).json["items"]
    assert [(m["email"], m["role"], m["owner"], m["you"]) for m in listed] == [
        ("a@b.example", "admin", True, False),
        ("bo@x.example", "editor", False, True),
    ]
    stale = world.patch(f"/v1/members/{person}", {"role": "admin"}, key=boss, if_match='"9"')
    assert stale.status == 412
    limited = {"publishes_to": [world.account.id]}
    assert world.patch(f"/v1/members/{person}", limited, key=boss).json["publishes_to"]
    admin = world.patch(f"/v1/members/{person}", {"role": "admin"}, key=boss).json
    assert (admin["role"], admin["publishes_to"]) == ("admin", None)
    owns = world.delete(f"/v1/members/{listed[0]['id']}", key=key)
    assert (owns.status, owns.json["code"]) == (409, "is_owner")
    assert world.delete(f"/v1/members/{person}", key=key).status == 204
    assert world.delete(f"/v1/members/{person}", key=boss).status == 404
    trail = [a.action for a in world.store.audit if a.workspace_id == "wks_1" and not a.post_id]
    assert trail[-4:] == ["member.joined", "member.changed", "member.changed", "member.removed"]


def test_the_last_owner_stays(world: ApiWorld) -> None:
    first = owner(world)
    person = me(world, first)["person"]["id"]
    for answer in (
        world.patch(f"/v1/people/{person}", {"owner": False}, key=first),
        world.delete(f"/v1/people/{person}", key=first),
    ):
        assert (answer.status, answer.json["code"]) == (409, "last_owner")
    owner(world, "second@b.example")
    assert world.patch(f"/v1/people/{person}", {"owner": False}, key=first).json["owner"] is False
    assert world.get("/v1/people", key=first).status == 403
    told = world.get("/v1/installation/audit").json["items"]
    assert [(a["action"], a["by"]) for a in told] == [
        ("person.changed", "a@b.example"),
        ("person.owner", "second@b.example"),
        ("person.owner", "a@b.example"),
    ]


def test_two_owners_cannot_take_it_from_each_other_at_once(world: ApiWorld) -> None:
    """Between reading and writing, the other was taken away: then the first stays."""
    first = owner(world)
    owner(world, "second@b.example")
    store, original = world.store, world.store.all_kept
    done: list[bool] = []
    one = store.kept(Person, INSTALLATION, me(world, first)["person"]["id"])

    def interrupted(kind: Any, workspace_id: str) -> Any:
        found = original(kind, workspace_id)
        if not done:
            done.append(True)
            (other,) = [p for p in found if p.id != one.id]
            world.delete(f"/v1/people/{other.id}", key=world.key)
        return found

    store.all_kept = interrupted  # type: ignore[method-assign]  # somebody was quicker
    answer = world.patch(f"/v1/people/{one.id}", {"owner": False})
    assert (answer.status, answer.json["code"]) == (409, "last_owner")


def test_who_may_not_publish_writes_and_somebody_else_approves(world: ApiWorld) -> None:
    writer = join(world, publishes_to=[])
    approver = join(world, "ap@x.example", role="approver")
    elsewhere = join(world, "el@x.example", role="approver", publishes_to=[])
    now = {"text": "x", "account_ids": [world.account.id], "schedule": {"now": True}}
    post = world.send("/v1/posts", now, key=writer).json
    assert (post["status"], post["requires_approval"]) == ("awaiting_approval", True)
    path = f"/v1/posts/{post['id']}"
    assert world.patch(path, {"requires_approval": False}, key=writer).json["requires_approval"]
    for key, code in ((writer, "role_needed"), (elsewhere, "may_not_publish")):
        refused = world.send(f"{path}/approve", key=key)
        assert (refused.status, refused.json["code"]) == (403, code)
    assert world.send(f"{path}/approve", key=approver).status == 200
    world.run(5_000)
    assert world.read(post)["status"] == "published"
    down = world.delete(path, key=writer)
    assert (down.status, down.json["code"]) == (403, "may_not_publish")


def test_what_others_planned_needs_approval_once_a_writer_changes_it(world: ApiWorld) -> None:
    writer = join(world, publishes_to=[])
    post = world.write("theirs", seconds=600)
    path = f"/v1/posts/{post['id']}"
    assert world.patch(path, {"tags": ["x"]}, key=writer).json["status"] == "scheduled"
    assert world.patch(path, {"text": "mine"}, key=writer).json["status"] == "awaiting_approval"
    other = world.write("theirs, too", seconds=600)
    moved = world.send(f"/v1/posts/{other['id']}/schedule", {"now": True}, key=writer)
    assert moved.json["status"] == "awaiting_approval", moved.text
    item = world.receive("a question", post_id=post["id"])
    answered = world.send(f"/v1/inbox/{item.id}/replies", {"text": "x"}, key=writer).json
    assert world.store.post("wks_1", answered["reply"]["post_id"]).post.requires_approval
    assert world.send(f"/v1/inbox/{item.id}/hide", key=writer).status == 403


def test_an_archived_workspace_sends_nothing_and_can_only_be_read(world: ApiWorld) -> None:
    post = world.write("planned", seconds=90)
    admin = join(world, role="admin")
    assert world.send("/v1/workspaces/wks_1/archive", key=admin).status == 403
    archived = world.send("/v1/workspaces/wks_1/archive")
    assert archived.json["paused"]["until"] is None
    assert world.send("/v1/workspaces/wks_1/archive").status == 200
    for path in ("/v1/workspaces/wks_1/resume", "/v1/posts", f"/v1/posts/{post['id']}/schedule"):
        refused = world.send(path, {"now": True} if "schedule" in path else {"text": "x"})
        if path.endswith("resume"):
            refused = world.send(path)
        assert (refused.status, refused.json["code"]) == (409, "archived")
    assert world.get("/v1/workspaces").json["items"] == []
    listed = world.get("/v1/workspaces", query={"archived": "true"}).json["items"]
    assert [w["archived_at"] is not None for w in listed] == [True]
    world.run(5 * 60_000)
    assert world.read(post)["deliveries"][0]["held_reason"] == "paused"
    restored = world.send("/v1/workspaces/wks_1/restore").json
    assert (restored["archived_at"], restored["paused"] is None) == (None, False)
    feed = world.store.engagement.feed("wks_1", world.account.id)
    assert feed is not None
    assert feed.wake_at == world.clock.now()
    world.run(5 * 60_000)
    assert world.read(post)["deliveries"][0]["state"] == "held"
    world.send("/v1/workspaces/wks_1/resume")
    world.run(60_000)
    assert world.read(post)["status"] == "published"


def test_a_person_in_several_workspaces_says_which(world: ApiWorld) -> None:
    other = second_workspace(world)
    key = owner(world)
    assert world.get("/v1/accounts", key=key).json["code"] == "workspace_needed"
    place = {"workspace_id": other, "role": "viewer"}
    both = {"email": "v@x.example", "workspaces": [place, {**place, "workspace_id": "wks_1"}]}
    code = world.send("/v1/invitations", both).json["code"]
    viewer = accept(world, code).json["api_key"]
    assert world.get("/v1/accounts", key=viewer).json["code"] == "workspace_needed"
    assert world.get("/v1/accounts", key=viewer, tidings_workspace=other).status == 200
    refused = world.send("/v1/posts", {"text": "x"}, key=viewer, tidings_workspace=other)
    assert refused.status == 403


@pytest.mark.parametrize(
    "given", ["", "bo", "@x.example", "bo@", "a@b@c", "b o@x.example", "ü" * 255]
)
def test_what_is_no_address(world: ApiWorld, given: str) -> None:
    place = [{"workspace_id": "wks_1", "role": "viewer"}]
    answer = world.send("/v1/invitations", {"email": given, "workspaces": place})
    assert answer.status == 422
    assert answer.json["problems"][0]["where"] == "email"


def test_one_form_for_all_spellings_of_an_address() -> None:
    assert normal_email(" Zoe\u0308@X.Example") == normal_email("zo\u00eb@x.example")
