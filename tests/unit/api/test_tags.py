"""Tags: how often each is used, and one name in place of another wherever it stands."""

from typing import Any

from shared.core.models import MINUTE
from tests.fakes import make
from tests.fakes.api_world import ApiWorld
from tests.unit.api.test_people import HERE, join


def used(world: ApiWorld) -> dict[str, tuple[int, ...]]:
    """As a client reads it: page by page."""
    items, query = [], {"limit": "2"}
    while True:
        found = world.get("/v1/tags", query=query).json
        assert found["complete"]
        assert len(found["items"]) <= 2
        items += found["items"]
        if found["next"] is None:
            break
        query = {"limit": "2", "cursor": found["next"]}
    return {t["tag"]: (t["posts"], t["templates"], t["rules"], t["pauses"]) for t in items}


def rename(world: ApiWorld, tag: str, to: str) -> int:
    """As a client does it: until there is no next."""
    changed, cursor = 0, ""
    while True:
        body = {"tag": tag, "to": to} | ({"cursor": cursor} if cursor else {})
        answer = world.send("/v1/tags/rename", body)
        assert (answer.status, answer.json["left"]) == (200, []), answer.text
        changed += int(answer.json["changed"])
        cursor = answer.json["next"]
        if cursor is None:
            return changed


def with_everything(world: ApiWorld) -> dict[str, Any]:
    rule = {"name": "Say so", "kind": "disclosure", "words": ["#ad"], "tags": ["Promo"]}
    world.patch("/v1/voice", {"rules": [rule]})
    world.send("/v1/templates", {"name": "Weekly", "text": "x", "tags": ["promo", "week"]})
    world.send("/v1/pauses", {"scope": "tag", "value": "promo", "reason": "holiday"})
    return {
        "draft": world.write("draft #ad", seconds=None, tags=["promo"]),
        "planned": world.write("planned #ad", seconds=90, tags=["promo", "spring"]),
        "both": world.write("both #ad", seconds=95, tags=["Spring", "PROMO"]),
        "other": world.write("other", seconds=90, tags=["other"]),
    }


def test_a_tag_takes_another_name_wherever_it_stands(world: ApiWorld) -> None:
    posts = with_everything(world)
    assert used(world) == {"other": (1, 0, 0, 0), "promo": (3, 1, 1, 1), "spring": (2, 0, 0, 0)} | {
        "week": (0, 1, 0, 0)
    }
    assert rename(world, "promo", "spring") == 3
    assert used(world) == {
        "other": (1, 0, 0, 0),
        "spring": (3, 1, 1, 1),
        "week": (0, 1, 0, 0),
    }
    assert [world.read(posts[each])["tags"] for each in ("draft", "planned", "both")] == [
        ["spring"],
        ["spring"],
        ["spring"],
    ]
    world.run(5 * MINUTE)
    assert world.live == ["other"]  # the pause still holds what it held
    (pause,) = world.get("/v1/pauses").json["items"]
    assert (pause["value"], pause["reason"]) == ("spring", "holiday")
    world.delete(f"/v1/pauses/{pause['id']}")
    world.run(MINUTE)
    assert sorted(world.live) == ["both #ad", "other", "planned #ad"]
    assert "tag.renamed" in {e["action"] for e in world.get("/v1/audit").json["items"]}
    assert rename(world, "Spring", "SPRING") == 3  # only its spelling
    assert used(world)["SPRING"] == (3, 1, 1, 0)


def test_what_breaks_off_holds_both_names_and_is_begun_again(world: ApiWorld) -> None:
    with_everything(world)
    for n in range(1, 101):
        draft = make.post(1_000 + n, workspace_id="wks_1", plan=None, tags=("promo",))
        world.store.create_post(draft, [], make.audit(n))
    first = world.send("/v1/tags/rename", {"tag": "promo", "to": "spring"}).json
    assert (first["changed"], first["next"] is None) == (100, False)
    named = world.write("planned meanwhile #ad", seconds=90, tags=["spring"])
    world.run(5 * MINUTE)
    assert world.live == ["other"]
    held = world.read(named)["deliveries"][0]["held_reason"]
    assert (held, len(world.get("/v1/pauses").json["items"])) == ("paused", 2)
    refused = world.send(
        "/v1/posts",
        {
            "text": "x",
            "account_ids": [world.account.id],
            "tags": ["spring"],
            "schedule": {"now": True},
        },
    )
    assert refused.codes == ["voice.disclosure"]
    assert rename(world, "promo", "spring") == 3
    (pause,) = world.get("/v1/pauses").json["items"]
    assert pause["value"] == "spring"


def test_only_admins_rename_and_a_name_must_be_another(world: ApiWorld) -> None:
    key = join(world, role="approver")
    assert world.get("/v1/tags", key=key, **HERE).status == 200
    body = {"tag": "a", "to": "b"}
    assert world.send("/v1/tags/rename", body, key=key, **HERE).status == 403
    assert world.send("/v1/tags/rename", {"tag": "a", "to": "a"}).codes == ["same_tag"]
