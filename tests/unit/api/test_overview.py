"""All brands at once: one list over every workspace that the caller belongs to, and no other."""

from typing import Any

import pytest

from functions.api import overview
from shared.core.models import MINUTE
from tests.fakes.api_world import ApiWorld
from tests.unit.api.test_people import join, second_workspace


def all_pages(world: ApiWorld, what: str, key: str = "", **query: str) -> list[Any]:
    found: list[Any] = []
    cursor: dict[str, str] = {}
    while True:
        page = world.get(f"/v1/overview/{what}", key=key, query={**query, **cursor}).json
        found += page["items"]
        if page["next"] is None:
            return found
        cursor = {"cursor": page["next"]}


def test_posts_of_all_brands_page_by_page(world: ApiWorld) -> None:
    for n in range(3):
        world.write(f"first {n}", seconds=600 + n)
    other = second_workspace(world)
    for n in range(3):
        world.send("/v1/posts", {"text": f"second {n}"}, tidings_workspace=other)
    planned = all_pages(world, "posts", limit="2")
    assert [(p["workspace_id"], p["excerpt"]) for p in planned] == [
        ("wks_1", f"first {n}") for n in range(3)
    ]
    drafts = all_pages(world, "posts", limit="2", status="draft")
    assert sorted((p["workspace_id"], p["excerpt"]) for p in drafts) == [
        (other, f"second {n}") for n in range(3)
    ]


def test_nobody_sees_other_brands_or_archived_ones(world: ApiWorld) -> None:
    world.write("first", seconds=600)
    other = second_workspace(world)
    stranger = join(world, workspace_id=other, role="viewer")
    insider = join(world, "in@x.example", role="viewer")
    assert all_pages(world, "posts", key=stranger) == []
    (seen,) = all_pages(world, "posts", key=insider)
    cursor = {"cursor": "wks_1:"}
    assert world.get("/v1/overview/posts", key=stranger, query=cursor).json["items"] == []
    world.send("/v1/workspaces/wks_1/archive")
    assert seen["excerpt"] == "first"
    assert all_pages(world, "posts", key=insider) == []


def test_what_went_wrong_and_what_waits_for_approval(world: ApiWorld) -> None:
    second_workspace(world)
    here = {"tidings_workspace": "wks_1"}
    gated = {
        "text": "not yet",
        "account_ids": [world.account.id],
        "requires_approval": True,
        "schedule": {"now": True},
    }
    post = world.send("/v1/posts", gated, **here).json
    (waiting,) = all_pages(world, "posts", status="awaiting_approval")
    assert (waiting["id"], waiting["workspace_id"]) == (post["id"], "wks_1")
    world.run(MINUTE)
    (trouble,) = all_pages(world, "attention")
    assert (trouble["post_id"], trouble["workspace_id"]) == (post["id"], "wks_1")


def test_only_what_waits_too_long_is_overdue(world: ApiWorld) -> None:
    other = second_workspace(world)
    old = world.receive("how much is it?")
    closed = world.receive("never mind")
    path = f"/v1/inbox/{closed.id}"
    world.request("PATCH", path, {"state": "closed"}, tidings_workspace="wks_1")
    world.clock.advance(25 * overview.HOUR)
    world.receive("and today?")
    assert [(i["id"], i["workspace_id"]) for i in all_pages(world, "inbox")] == [(old.id, "wks_1")]
    assert len(all_pages(world, "inbox", hours="26")) == 0
    stranger = join(world, workspace_id=other, role="admin")
    assert all_pages(world, "inbox", key=stranger) == []


def test_a_request_reads_a_bounded_number_of_lists(world: ApiWorld) -> None:
    for _ in range(overview.LOOKS):
        second_workspace(world)
    calls: list[str] = []
    original = world.store.calendar

    def counted(workspace_id: str, **options: Any) -> Any:
        calls.append(workspace_id)
        return original(workspace_id, **options)

    world.store.calendar = counted  # type: ignore[method-assign]  # counts
    page = world.get("/v1/overview/posts").json
    assert len(calls) == overview.LOOKS
    rest = world.get("/v1/overview/posts", query={"cursor": page["next"]}).json
    assert (len(set(calls)), rest["next"]) == (overview.LOOKS + 1, None)


@pytest.mark.parametrize("cursor", ["x", "wks_1:x"])
def test_a_cursor_of_another_list(world: ApiWorld, cursor: str) -> None:
    answer = world.get("/v1/overview/posts", query={"cursor": cursor})
    assert (answer.status, answer.codes) == (422, ["bad_cursor"])
