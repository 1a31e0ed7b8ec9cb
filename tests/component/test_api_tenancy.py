"""Every route, from every side: no key, an expired one, another workspace's, and its own.

The cases are made from the route table, so that a new route cannot be forgotten.
"""

from dataclasses import dataclass
from typing import Any

import pytest

from functions.api.keys import DAY
from functions.api.routing import Access, Operation
from functions.api.table import operations
from shared.core.models import MINUTE
from tests.fakes.api_world import ApiWorld, Got

OPERATIONS = operations()
GUARDED = [o for o in OPERATIONS if o.access is not Access.OPEN]
INSIDE = [o for o in GUARDED if o.access is Access.WORKSPACE or "workspace_id" in o.parameters]


@dataclass
class Tenants:
    """Two workspaces; `ids` are things of the first, `mine` and `foreign` a key for each."""

    world: ApiWorld
    mine: str
    foreign: str
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
        """All that is stored of the first workspace."""
        store = self.world.store
        items: list[Any] = [
            store.workspace_items["wks_1"],
            store.account_items,
            store.media_items,
            store.post_items,
            store.delivery_items,
            store.job_items,
            store.credentials,
            store.key_items,
            store.inbox_items,
            sorted(self.world.bucket.files),
            [a for a in store.audit if a.workspace_id == "wks_1"],
        ]
        return repr(items)


BODIES: dict[str, Any] = {
    "create_workspace": {"name": "x", "timezone": "UTC"},
    "create_key": lambda ids: {"name": "x", "workspace_ids": [ids["workspace_id"]]},
    "connect_account": {"platform": "fake", "fields": {}},
    "reconnect_account": {"fields": {}},
    "edit_account": {"label": "x"},
    "edit_workspace": {"name": "x"},
    "create_media": {"mime": "image/png", "size": 1},
    "edit_media": {"alt": "x"},
    "create_post": lambda ids: {"text": "x", "account_ids": [ids["account_id"]]},
    "check_post": lambda ids: {"text": "x", "account_ids": [ids["account_id"]]},
    "edit_post": {"text": "x"},
    "schedule_post": {"now": True},
    "settle_delivery": {"send_again": True},
    "edit_item": {"state": "closed"},
    "create_reply": {"text": "x"},
    "check_reply": {"text": "x"},
}
REFERRING = {"create_post", "check_post", "create_key"}
"""Their bodies name things of the first workspace."""


@pytest.fixture
def tenants() -> Tenants:
    world = ApiWorld()
    other = world.send("/v1/workspaces", {"name": "Rival", "timezone": "UTC"}).json["id"]

    def key(workspace_id: str, **fields: Any) -> Any:
        return world.send("/v1/keys", {"name": "k", "workspace_ids": [workspace_id], **fields}).json

    mine, foreign = key("wks_1"), key(other)
    expired = key("wks_1", expires_in_days=1)["api_key"]
    world.clock.advance(DAY)
    world.key = mine["api_key"]
    post = world.write("their words", seconds=600)
    file = world.send("/v1/media", {"mime": "image/png", "size": 3, "name": "theirs.png"}).json
    job = world.send(f"/v1/accounts/{world.account.id}/verify").json
    ids = {
        "workspace_id": "wks_1",
        "account_id": world.account.id,
        "media_id": file["id"],
        "post_id": post["id"],
        "delivery_id": post["deliveries"][0]["id"],
        "job_id": job["id"],
        "key_id": mine["id"],
        "item_id": world.receive("their words", post_id=post["id"]).id,
    }
    return Tenants(world, mine["api_key"], foreign["api_key"], expired, ids)


@pytest.mark.parametrize("operation", GUARDED, ids=lambda o: o.id)
def test_without_a_key(tenants: Tenants, operation: Operation) -> None:
    before = tenants.snapshot()
    answer = tenants.call(operation, None)
    assert (answer.status, answer.json["code"]) == (401, "no_key")
    assert tenants.snapshot() == before


@pytest.mark.parametrize("operation", GUARDED, ids=lambda o: o.id)
def test_with_an_expired_key(tenants: Tenants, operation: Operation) -> None:
    before = tenants.snapshot()
    answer = tenants.call(operation, tenants.expired)
    assert (answer.status, answer.json["code"]) == (401, "expired_key")
    assert tenants.snapshot() == before


@pytest.mark.parametrize("operation", GUARDED, ids=lambda o: o.id)
def test_with_a_key_of_another_workspace(tenants: Tenants, operation: Operation) -> None:
    before = tenants.snapshot()
    answer = tenants.call(operation, tenants.foreign)
    if operation.parameters:
        assert (answer.status, answer.json["code"]) == (404, "not_found")
    elif operation.id in REFERRING and operation.id != "check_post":
        assert answer.status == 422
        assert answer.codes[0].startswith("unknown_")
    for name, known in tenants.ids.items():
        sent = operation.id in REFERRING or name in operation.parameters
        assert sent or known not in answer.text
    assert "their words" not in answer.text
    # Whoever has its credential may connect the same profile in a workspace of their own.
    assert operation.id == "connect_account" or "@ada" not in answer.text
    added = {"connect_account", "create_media", "create_post", "create_key"}
    assert operation.id in added or tenants.snapshot() == before


@pytest.mark.parametrize("operation", INSIDE, ids=lambda o: o.id)
def test_naming_a_workspace_that_the_key_does_not_cover(
    tenants: Tenants, operation: Operation
) -> None:
    before = tenants.snapshot()
    answer = tenants.call(operation, tenants.foreign, tidings_workspace="wks_1")
    assert answer.status in (403, 404)
    assert tenants.snapshot() == before


@pytest.mark.parametrize("operation", GUARDED, ids=lambda o: o.id)
def test_with_its_own_key_every_route_is_reached(tenants: Tenants, operation: Operation) -> None:
    answer = tenants.call(operation, tenants.mine)
    forbidden = operation.id == "create_workspace"
    assert answer.status == 403 if forbidden else answer.status < 500
    assert forbidden or answer.status not in (401, 403, 404, 405)


def test_a_checked_post_says_nothing_of_foreign_accounts(tenants: Tenants) -> None:
    body = {"text": "x", "account_ids": [tenants.ids["account_id"]]}
    answer = tenants.world.send("/v1/posts/check", body, key=tenants.foreign)
    assert answer.json["accounts"] == []
    assert [p["code"] for p in answer.json["problems"]] == ["unknown_account", "no_accounts"]


def test_another_workspaces_file_cannot_be_posted(tenants: Tenants) -> None:
    body = {"text": "x", "media_ids": [tenants.ids["media_id"]]}
    answer = tenants.world.send("/v1/posts", body, key=tenants.foreign)
    assert (answer.status, answer.codes) == (422, ["unknown_media"])


def test_a_pause_names_no_delivery_of_another_workspace(tenants: Tenants) -> None:
    """Both connected the same profile; the first is sending from it."""
    world = tenants.world
    from tests.fakes.network import lost_request

    world.send("/v1/accounts", {"platform": "fake", "fields": {}}, key=tenants.foreign)
    world.network.faults.append(lost_request)
    world.run(10 * MINUTE + 1_000)
    accounts = world.get("/v1/accounts", key=tenants.foreign).json["items"]
    assert accounts[0]["handle"] == "@ada"
    theirs = world.send(f"/v1/accounts/{accounts[0]['id']}/pause", key=tenants.foreign)
    assert theirs.json["still_leaving"] == []
    mine = world.send(f"/v1/accounts/{world.account.id}/pause", key=tenants.mine)
    assert [d["post_id"] for d in mine.json["still_leaving"]] == [tenants.ids["post_id"]]


def test_every_resource_is_tried() -> None:
    tried = {name for operation in OPERATIONS for name in operation.parameters}
    assert tried == {"workspace_id", "account_id", "media_id", "post_id", "delivery_id", "job_id",
                     "key_id", "item_id"}  # fmt: skip
