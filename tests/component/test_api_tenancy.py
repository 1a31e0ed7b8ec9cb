"""Every route, from every side: without a key, with every role of its own workspace, from another
workspace, and by somebody who belongs to none.

The matrix is made from the route table, so that a new route cannot be forgotten: it needs a row in
`BODIES` where it takes a body, and an id where its path names something new. Refusals change
nothing, so one world serves all of them.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from functions.api.auth import DAY
from functions.api.routing import Access, Operation
from functions.api.table import operations
from shared.core.models import MINUTE
from shared.core.roles import Role
from tests.fakes.api_world import ApiWorld, Got

OPERATIONS = operations()
GUARDED = [o for o in OPERATIONS if o.access is not Access.OPEN]
INSIDE = [o for o in GUARDED if o.access is Access.WORKSPACE or "workspace_id" in o.parameters]
MEMBERS = [Role.VIEWER, Role.EDITOR, Role.APPROVER, Role.ADMIN]
OWN = "wks_1"


@dataclass
class Tenants:
    """Two workspaces. `ids` are things of the first; `keys` open it as each role, `foreign` opens
    the second as its admin, `nobody` belongs to none.
    """

    world: ApiWorld
    keys: dict[Role, str]
    foreign: str
    nobody: str
    expired: str
    ids: dict[str, str]

    def call(self, operation: Operation, key: str | None, **headers: str) -> Got:
        path = operation.path.format(**{name: self.ids[name] for name in operation.parameters})
        body = BODIES.get(operation.id, {} if operation.body else None)
        if callable(body):
            body = body(self.ids)
        query = {"from": "2026-05-01", "to": "2026-05-31"}
        asked = query if "from_" in operation.query.model_fields else None
        return self.world.request(operation.method, path, body, query=asked, key=key, **headers)

    def snapshot(self) -> str:
        """All that is stored of the first workspace, and of people."""
        store = self.world.store
        items: list[Any] = [
            store.workspace_items[OWN],
            {k: v for k, v in store.account_items.items() if k[0] == OWN},
            {k: v for k, v in store.media_items.items() if k[0] == OWN},
            {k: v for k, v in store.post_items.items() if k[0] == OWN},
            {k: v for k, v in store.version_items.items() if k[0] == OWN},
            {k: v for k, v in store.copy_items.items() if k[0] == OWN},
            {k: v for k, v in store.presences.items() if k[0] == OWN},
            {k: v for k, v in store.delivery_items.items() if k.workspace_id == OWN},
            {k: v for k, v in store.job_items.items() if k[0] == OWN},
            {k: v for k, v in store.inbox_items.items() if k[0] == OWN},
            {k: v for k, v in store.kept_items.items() if k[1] in (OWN, "installation")},
            store.key_items[self.ids["key_id"]],
            sorted(name for name in self.world.bucket.files if OWN in name),
            [a for a in store.audit if a.workspace_id == OWN],
        ]
        return repr(items)


BODIES: dict[str, Any] = {
    "create_workspace": {"name": "x", "timezone": "UTC"},
    "create_key": lambda ids: {"name": "x", "workspace_ids": [ids["workspace_id"]]},
    "edit_member": {"role": "editor"},
    "edit_person": {"name": "x"},
    "create_invitation": lambda ids: {
        "email": "new@other.example",
        "workspaces": [{"workspace_id": ids["workspace_id"], "role": "viewer"}],
    },
    "connect_account": {"platform": "fake", "fields": {}},
    "reconnect_account": {"fields": {}},
    "edit_account": {"label": "x"},
    "edit_workspace": {"name": "x"},
    "create_media": {"mime": "image/png", "size": 1},
    "edit_media": {"alt": "x"},
    "move_folder": {"folder": "theirs", "to": "x"},
    "crop_media": {"x": 0, "y": 0, "width": 1, "height": 1},
    "create_post": lambda ids: {"text": "x", "account_ids": [ids["account_id"]]},
    "check_post": lambda ids: {"text": "x", "account_ids": [ids["account_id"]]},
    "edit_post": {"text": "x"},
    "schedule_post": {"now": True},
    "settle_delivery": {"send_again": True},
    "put_aside": {"text": "x"},
    "put_working_copy": {"text": "x", "based_on": 0},
    "create_snippet": {"name": "x", "text": "x"},
    "edit_snippet": {"name": "x"},
    "create_template": {"name": "x"},
    "edit_template": {"name": "x"},
    "create_hashtag_group": {"name": "x", "tags": ["x"]},
    "edit_hashtag_group": {"name": "x"},
    "create_pause": {"scope": "workspace"},
    "check_pause": {"scope": "workspace"},
    "edit_pause": {"reason": "x"},
    "edit_item": {"state": "closed"},
    "create_reply": {"text": "x"},
    "check_reply": {"text": "x"},
    "create_campaign": {"name": "x"},
    "edit_campaign": {"name": "x"},
    "create_key_date": {"name": "x", "first_day": "2026-12-24"},
    "edit_key_date": {"name": "x"},
    "create_feed": {"name": "x"},
    "edit_feed": {"name": "x"},
    "edit_calendar_rules": {"min_gap": 5},
    "reschedule_posts": {"posts": [{"id": "pst_x", "version": 1}], "shift": {"days": 1}},
    "label_posts": {"posts": [{"id": "pst_x"}], "add_tags": ["x"]},
    "cancel_posts": {"posts": [{"id": "pst_x"}]},
}
ABOUT_ONESELF = {"remove_member", "revoke_key"}
"""Everybody may leave, and revoke their own keys; with others' it takes an admin."""
REFERRING = {"create_post", "check_post", "create_key", "create_invitation"}
"""Their bodies name things of the first workspace."""


def _person(world: ApiWorld, name: str, workspace_id: str, role: Role) -> tuple[str, str]:
    """The id and the browser key of somebody who accepted an invitation."""
    place = {"workspace_id": workspace_id, "role": role.value}
    invited = {"email": f"{name}@people.example", "workspaces": [place]}
    code = world.send("/v1/invitations", invited).json["code"]
    key = world.send("/v1/invitations/accept", {"code": code}, key=None).json["api_key"]
    return world.get("/v1/me", key=key).json["person"]["id"], key


def _things(world: ApiWorld) -> dict[str, str]:
    """One of everything that a path can name, made in the first workspace."""
    here = {"tidings_workspace": OWN}
    file = {"mime": "image/png", "size": 3, "name": "theirs.png", "folder": "theirs"}
    post = world.write("their words", seconds=600)
    place = {"workspace_id": OWN, "role": "viewer"}
    invited = {"email": "waiting@people.example", "workspaces": [place]}
    named = {"name": "k", "workspace_ids": [OWN]}

    def made(what: str, name: str | None = "their words", **fields: Any) -> str:
        named = {} if name is None else {"name": name}
        answer = world.send(f"/v1/{what}", {**named, **fields}, **here)
        assert answer.status == 201, answer.text
        return str(answer.json["id"])

    return {
        "workspace_id": OWN,
        "account_id": world.account.id,
        "media_id": world.send("/v1/media", file, **here).json["id"],
        "post_id": post["id"],
        "delivery_id": post["deliveries"][0]["id"],
        "job_id": world.send(f"/v1/accounts/{world.account.id}/verify", **here).json["id"],
        "key_id": world.send("/v1/keys", named).json["id"],
        "item_id": world.receive("their words", post_id=post["id"]).id,
        "person_id": _person(world, "member", OWN, Role.EDITOR)[0],
        "invitation_id": world.send("/v1/invitations", invited).json["id"],
        "snippet_id": made("snippets", text="their words"),
        "template_id": made("templates", text="their words"),
        "group_id": made("hashtag-groups", tags=["theirs"]),
        "pause_id": made("pauses", scope="tag", value="theirs", name=None),
        "campaign_id": made("campaigns"),
        "key_date_id": made("key-dates", first_day="2026-05-04"),
        "feed_id": made("feeds"),
        "version_id": world.send(f"/v1/posts/{post['id']}/versions", {}, **here).json["id"],
        "window_id": "their_window",
    }


def _tenants() -> Tenants:
    world = ApiWorld()
    soon = {"name": "k", "workspace_ids": [OWN], "expires_in_days": 1}
    expired = world.send("/v1/keys", soon).json["api_key"]
    world.clock.advance(DAY)
    ids = _things(world)
    other = world.send("/v1/workspaces", {"name": "Rival", "timezone": "UTC"}).json["id"]
    keys = {role: _person(world, role.value, OWN, role)[1] for role in MEMBERS}
    gone_id, nobody = _person(world, "gone", OWN, Role.ADMIN)
    world.delete(f"/v1/members/{gone_id}", tidings_workspace=OWN)
    _, foreign = _person(world, "rival", other, Role.ADMIN)
    return Tenants(world, {**keys, Role.OWNER: world.key}, foreign, nobody, expired, ids)


@pytest.fixture(scope="module")
def settled() -> Iterator[Tenants]:
    """For what is refused, and changes nothing."""
    tenants = _tenants()
    before = tenants.snapshot()
    yield tenants
    assert tenants.snapshot() == before


def _failures(
    operations: list[Operation], check: Callable[[Operation], str | None]
) -> dict[str, str]:
    return {o.id: wrong for o in operations if (wrong := check(o)) is not None}


@pytest.mark.parametrize("who", ["no_key", "expired_key"])
def test_without_a_key_that_works(settled: Tenants, who: str) -> None:
    before = settled.snapshot()
    key = None if who == "no_key" else settled.expired

    def check(operation: Operation) -> str | None:
        answer = settled.call(operation, key)
        return None if (answer.status, answer.json["code"]) == (401, who) else answer.text

    assert _failures(GUARDED, check) == {}
    assert settled.snapshot() == before


@pytest.mark.parametrize("role", MEMBERS)
def test_a_role_opens_what_it_reaches_and_nothing_else(settled: Tenants, role: Role) -> None:
    """What it reaches is tried in a world of its own, for it changes things."""
    before = settled.snapshot()

    def check(operation: Operation) -> str | None:
        answer = settled.call(operation, settled.keys[role], tidings_workspace=OWN)
        refused = (answer.status, answer.json["code"]) == (403, "role_needed")
        return None if refused and operation.least_role.value in answer.text else answer.text

    beyond = [o for o in GUARDED if not role.reaches(o.least_role)]
    assert role is Role.VIEWER or len(beyond) < len(GUARDED)
    assert _failures(beyond, check) == {}
    assert settled.snapshot() == before


@pytest.mark.parametrize("operation", GUARDED, ids=lambda o: o.id)
def test_the_least_role_is_enough(operation: Operation) -> None:
    tenants = _tenants()
    key = tenants.keys[operation.least_role]
    if operation.id in ABOUT_ONESELF:
        me = tenants.world.get("/v1/me", key=key).json
        tenants.ids |= {"person_id": me["person"]["id"], "key_id": me["key"]["id"]}
    answer = tenants.call(operation, key, tidings_workspace=OWN)
    assert answer.status < 500
    assert answer.status not in (401, 403, 404, 405), answer.text


def test_somebody_of_another_workspace(settled: Tenants) -> None:
    before = settled.snapshot()

    def check(operation: Operation) -> str | None:
        answer = settled.call(operation, settled.foreign)
        seen = [
            known
            for name, known in settled.ids.items()
            if known in answer.text
            and not (operation.id in REFERRING or name in operation.parameters)
        ]
        # Whoever has its credential may connect the same profile in a workspace of their own.
        told = operation.id != "connect_account" and "@ada" in answer.text
        if seen or told or "their words" in answer.text or "@people.example" in _others(answer):
            return f"tells {seen}: {answer.text}"
        if operation.least_role is Role.OWNER:
            return None if answer.status in (403, 404) else answer.text
        if operation.parameters and answer.status != 404:
            return answer.text
        if operation.id in REFERRING - {"check_post"}:
            return None if answer.status == 422 and "unknown_" in answer.text else answer.text
        return None if answer.status < 500 else answer.text

    assert _failures(GUARDED, check) == {}
    assert settled.snapshot() == before


def _others(answer: Got) -> str:
    return answer.text.replace("rival@people.example", "")


def test_naming_a_workspace_that_is_not_theirs(settled: Tenants) -> None:
    before = settled.snapshot()

    def check(operation: Operation) -> str | None:
        answer = settled.call(operation, settled.foreign, tidings_workspace=OWN)
        return None if answer.status in (403, 404) else answer.text

    assert _failures(INSIDE, check) == {}
    assert settled.snapshot() == before


def test_somebody_who_belongs_to_none_any_more(settled: Tenants) -> None:
    """Their key is as good as ever, but they were removed."""
    before = settled.snapshot()

    def check(operation: Operation) -> str | None:
        for headers in ({}, {"tidings_workspace": OWN}):
            answer = settled.call(operation, settled.nobody, **headers)
            if answer.status < 400:
                told = [i for i in settled.ids.values() if i in answer.text]
                if operation not in INSIDE and not told:
                    continue
            if answer.status not in (403, 404):
                return answer.text
        return None

    assert _failures(GUARDED, check) == {}
    assert settled.snapshot() == before


def test_a_checked_post_says_nothing_of_foreign_accounts(settled: Tenants) -> None:
    body = {"text": "x", "account_ids": [settled.ids["account_id"]]}
    answer = settled.world.send("/v1/posts/check", body, key=settled.foreign)
    assert answer.json["accounts"] == []
    assert [p["code"] for p in answer.json["problems"]] == ["unknown_account", "no_accounts"]


def test_several_posts_of_another_workspace_are_not_found(settled: Tenants) -> None:
    one = {"id": settled.ids["post_id"], "version": 1}
    before, chosen = settled.snapshot(), {"posts": [one]}
    for path, how in (
        ("reschedule", {"shift": {"days": 1}}),
        ("label", {"add_tags": ["x"]}),
        ("cancel", {}),
    ):
        answer = settled.world.send(f"/v1/posts/{path}", chosen | how, key=settled.foreign)
        (post,) = answer.json["items"]
        assert [problem["code"] for problem in post["problems"]] == ["not_found"]
    assert settled.snapshot() == before


def test_another_workspaces_file_cannot_be_posted(settled: Tenants) -> None:
    body = {"text": "x", "media_ids": [settled.ids["media_id"]]}
    answer = settled.world.send("/v1/posts", body, key=settled.foreign)
    assert (answer.status, answer.codes) == (422, ["unknown_media"])


def test_a_pause_names_no_delivery_of_another_workspace() -> None:
    """Both connected the same profile; the first is sending from it."""
    tenants = _tenants()
    world = tenants.world
    from tests.fakes.network import lost_request

    world.send("/v1/accounts", {"platform": "fake", "fields": {}}, key=tenants.foreign)
    world.network.faults.append(lost_request)
    world.run(10 * MINUTE + 1_000)
    accounts = world.get("/v1/accounts", key=tenants.foreign).json["items"]
    assert accounts[0]["handle"] == "@ada"
    theirs = world.send(f"/v1/accounts/{accounts[0]['id']}/pause", key=tenants.foreign)
    assert theirs.json["still_leaving"] == []
    mine = world.send(f"/v1/accounts/{world.account.id}/pause", key=tenants.keys[Role.ADMIN])
    assert [d["post_id"] for d in mine.json["still_leaving"]] == [tenants.ids["post_id"]]


def test_every_resource_is_tried(settled: Tenants) -> None:
    tried = {name for operation in OPERATIONS for name in operation.parameters}
    assert tried == set(settled.ids)
