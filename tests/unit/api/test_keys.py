"""Keys, signing in, and which workspace a request is about."""

from typing import Any

import pytest

from functions.api import direct
from functions.api.auth import BROWSER_KEY, DAY
from functions.api.direct import BadInvocation
from shared.core.errors import InvalidDraft
from tests.fakes.api_world import ApiWorld


def new_key(world: ApiWorld, key: str = "", **fields: Any) -> Any:
    answer = world.send("/v1/keys", {"name": "a key", **fields}, key=key)
    assert answer.status == 201, answer.text
    return answer.json


def second_workspace(world: ApiWorld) -> str:
    answer = world.send("/v1/workspaces", {"name": "Cafe", "timezone": "UTC"})
    assert answer.status == 201
    return str(answer.json["id"])


@pytest.mark.parametrize(
    ("header", "code"),
    [
        (None, "no_key"),
        ("tdg_1_2", "bad_key"),
        ("Basic dXNlcjpwdw==", "bad_key"),
        ("Bearer ", "bad_key"),
        ("Bearer tdg_", "bad_key"),
        ("Bearer tdg_00000000000000000000000004_wrong", "bad_key"),
        ("Bearer tdg_99999999999999999999999999_0", "bad_key"),
        ("Bearer xyz_00000000000000000000000004_0", "bad_key"),
        ("Bearer tdg_../KEYS_0", "bad_key"),
    ],
)
def test_without_a_key_nothing_is_answered(world: ApiWorld, header: str | None, code: str) -> None:
    headers = {} if header is None else {"authorization": header}
    answer = world.get("/v1/posts", key=None, **headers)
    assert (answer.status, answer.json["code"]) == (401, code)
    assert answer.headers["www-authenticate"].startswith("Bearer")


def test_the_secret_is_not_kept(world: ApiWorld) -> None:
    made = new_key(world, all_workspaces=True)
    secret = made["api_key"].rpartition("_")[2]
    assert secret not in repr(world.store.key_items)
    assert "api_key" not in world.get("/v1/keys").json["items"][0]


def test_an_expired_and_a_revoked_key_say_so(world: ApiWorld) -> None:
    made = new_key(world, all_workspaces=True, expires_in_days=1)
    assert world.get("/v1/me", key=made["api_key"]).status == 200
    world.clock.advance(DAY)
    answer = world.get("/v1/me", key=made["api_key"])
    assert (answer.status, answer.json["code"]) == (401, "expired_key")
    other = new_key(world, all_workspaces=True)
    assert world.delete(f"/v1/keys/{other['id']}").json["revoked_at"]
    answer = world.get("/v1/me", key=other["api_key"])
    assert (answer.status, answer.json["code"]) == (401, "revoked_key")


def test_revoking_twice_changes_nothing(world: ApiWorld) -> None:
    made = new_key(world, all_workspaces=True)
    first = world.delete(f"/v1/keys/{made['id']}").json
    world.clock.advance(DAY)
    assert world.delete(f"/v1/keys/{made['id']}").json == first


def test_a_key_for_one_workspace_needs_not_name_it(world: ApiWorld) -> None:
    second_workspace(world)
    made = new_key(world, workspace_ids=["wks_1"])
    listed = world.get("/v1/accounts", key=made["api_key"])
    assert [a["id"] for a in listed.json["items"]] == [world.account.id]
    assert [w["id"] for w in world.get("/v1/me", key=made["api_key"]).json["workspaces"]] == [
        "wks_1"
    ]


def test_a_key_for_several_must_name_one(world: ApiWorld) -> None:
    assert world.get("/v1/accounts").status == 200  # all workspaces, of which there is one
    other = second_workspace(world)
    several = new_key(world, workspace_ids=["wks_1", other])["api_key"]
    everywhere = new_key(world, all_workspaces=True)["api_key"]
    for key in (everywhere, several):
        answer = world.get("/v1/accounts", key=key)
        assert (answer.status, answer.json["code"]) == (400, "workspace_needed")
        named = world.get("/v1/accounts", key=key, tidings_workspace=other)
        assert (named.status, named.json["items"]) == (200, [])


def test_a_workspace_that_the_key_does_not_cover(world: ApiWorld) -> None:
    other = second_workspace(world)
    narrow = new_key(world, workspace_ids=["wks_1"])["api_key"]
    for key, name in ((narrow, other), (narrow, "wsp_nope"), (world.key, "wsp_nope")):
        answer = world.get("/v1/accounts", key=key, tidings_workspace=name)
        assert (answer.status, answer.json["code"]) == (403, "workspace_not_covered")


def test_a_key_never_makes_a_wider_one(world: ApiWorld) -> None:
    other = second_workspace(world)
    narrow = new_key(world, workspace_ids=["wks_1"])["api_key"]
    wider = world.send("/v1/keys", {"name": "x", "all_workspaces": True}, key=narrow)
    assert (wider.status, wider.json["code"]) == (403, "role_needed")
    foreign = world.send("/v1/keys", {"name": "x", "workspace_ids": ["wks_1", other]}, key=narrow)
    assert (foreign.status, foreign.codes) == (422, ["unknown_workspace"])
    assert world.send("/v1/workspaces", {"name": "x", "timezone": "UTC"}, key=narrow).status == 403
    assert new_key(world, narrow, workspace_ids=["wks_1"])["workspace_ids"] == ["wks_1"]


def test_a_key_made_by_a_key_does_not_outlive_it(world: ApiWorld) -> None:
    short = new_key(world, all_workspaces=True, expires_in_days=2)["api_key"]
    for expires in ({}, {"expires_in_days": 3}):
        answer = world.send("/v1/keys", {"name": "x", "all_workspaces": True, **expires}, key=short)
        assert (answer.status, answer.json["code"]) == (403, "outlives_its_maker")
    new_key(world, short, all_workspaces=True, expires_in_days=1)


def test_a_key_sees_and_revokes_only_what_it_covers(world: ApiWorld) -> None:
    other = second_workspace(world)
    mine = new_key(world, workspace_ids=["wks_1"])
    theirs = new_key(world, workspace_ids=[other])
    owner = world.get("/v1/me").json["key"]["id"]
    listed = world.get("/v1/keys", key=mine["api_key"]).json["items"]
    assert [k["id"] for k in listed] == [mine["id"]]
    for wider in (theirs["id"], owner, "key_nope"):
        assert world.delete(f"/v1/keys/{wider}", key=mine["api_key"]).status == 404
    assert world.get("/v1/me", key=theirs["api_key"]).status == 200


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({}, "choose_one"),
        ({"workspace_ids": ["wks_1"], "all_workspaces": True}, "choose_one"),
        ({"workspace_ids": []}, "too_few"),
        ({"workspace_ids": ["wsp_nope"]}, "unknown_workspace"),
        ({"all_workspaces": True, "expires_in_days": 0}, "out_of_range"),
    ],
)
def test_a_key_for_nothing_in_particular(
    world: ApiWorld, fields: dict[str, Any], code: str
) -> None:
    answer = world.send("/v1/keys", {"name": "x", **fields})
    assert (answer.status, answer.codes) == (422, [code])


def test_a_sign_in_link_works_once(world: ApiWorld) -> None:
    code = world.invoke({"action": "sign_in_link", "email": "a@b.example"})["code"]
    first = world.send("/v1/sign-in", {"code": code}, key=None)
    assert first.status == 201
    assert world.get("/v1/me", key=first.json["api_key"]).json["key"]["created_by"] == "a@b.example"
    again = world.send("/v1/sign-in", {"code": code}, key=None)
    assert (again.status, again.json["code"]) == (401, "bad_code")
    world.clock.advance(BROWSER_KEY)
    assert world.get("/v1/me", key=first.json["api_key"]).json["code"] == "expired_key"


def test_a_sign_in_link_grows_old(world: ApiWorld) -> None:
    code = world.invoke({"action": "sign_in_link", "email": "a@b.example"})["code"]
    world.clock.advance(direct.CODE)
    assert world.send("/v1/sign-in", {"code": code}, key=None).status == 401


def test_who_signed_in_may_make_lasting_keys(world: ApiWorld) -> None:
    code = world.invoke({"action": "sign_in_link", "email": "a@b.example"})["code"]
    browser = world.send("/v1/sign-in", {"code": code}, key=None).json["api_key"]
    assert new_key(world, browser, all_workspaces=True)["expires_at"] is None


def test_the_first_key_makes_the_first_workspace_once() -> None:
    world = ApiWorld()
    world.store.workspace_items.clear()
    event = {"action": "first_key", "email": "a@b.example", "timezone": "Europe/Madrid"}
    first, second = world.invoke(event), world.invoke(event)
    assert first["workspace_id"] == second["workspace_id"]
    assert first["api_key"] != second["api_key"]
    (made,) = world.get("/v1/workspaces", key=second["api_key"]).json["items"]
    assert (made["id"], made["timezone"]) == (first["workspace_id"], "Europe/Madrid")


def test_the_first_key_goes_on_meaning_the_first_workspace(world: ApiWorld) -> None:
    event = {"action": "first_key", "email": "a@b.example", "timezone": "UTC"}
    first = world.invoke(event)
    other = second_workspace(world)
    listed = world.get("/v1/accounts", key=first["api_key"])
    assert [a["id"] for a in listed.json["items"]] == [world.account.id]
    named = world.get("/v1/accounts", key=first["api_key"], tidings_workspace=other)
    assert named.json["items"] == []


@pytest.mark.parametrize(
    "event",
    [{}, {"action": "reset"}, {"action": "first_key"}, {"action": "sign_in_link", "email": 1}],
)
def test_an_invocation_that_asks_for_nothing_we_do(
    world: ApiWorld, event: dict[str, object]
) -> None:
    with pytest.raises(BadInvocation):
        world.invoke(event)


def test_an_unknown_zone_makes_no_workspace(world: ApiWorld) -> None:
    with pytest.raises(InvalidDraft):
        world.invoke({"action": "first_key", "email": "a@b.example", "timezone": "Mars"})


def test_administrators_actions_are_not_reachable_by_http(world: ApiWorld) -> None:
    answer = world.send("/", {"action": "first_key", "email": "a@b.example", "timezone": "UTC"})
    assert answer.status == 405
    assert len(world.store.key_items) == 1
