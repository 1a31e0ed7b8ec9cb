"""How publishing goes: punctuality from the deliveries themselves, and what needs somebody."""

from dataclasses import replace
from typing import Any

import pytest

from functions.api import health
from functions.api.punctuality import percentile
from shared.core.errors import Transient
from shared.core.lifecycle import S
from shared.core.models import MINUTE, SECOND, ReconcileClass
from tests.fakes.api_world import ApiWorld
from tests.fakes.network import lost_request, refused_content

DAY = 24 * 60 * MINUTE


def punctuality(world: ApiWorld, **query: str) -> Any:
    answer = world.get("/v1/punctuality", query=query)
    assert answer.status == 200, answer.text
    return answer.json


def attention(world: ApiWorld, **query: str) -> Any:
    answer = world.get("/v1/attention", query=query)
    assert answer.status == 200, answer.text
    return answer.json


def every_item(world: ApiWorld, **query: str) -> list[Any]:
    found: list[Any] = []
    page = attention(world, **query)
    while True:
        found += page["items"]
        if page["next"] is None:
            return found
        page = attention(world, **{**query, "cursor": page["next"]})


def sent(world: ApiWorld, late: int, **fields: Any) -> None:
    """A post that left `late` milliseconds after its time."""
    post = world.write(seconds=10, **fields)
    world.run(20 * SECOND)
    for ref, d in list(world.store.delivery_items.items()):
        if ref.post_id == post["id"]:
            world.store.delivery_items[ref] = replace(d, sent_at=d.due_at + late)


# --- punctuality


def test_nothing_was_published_yet(world: ApiWorld) -> None:
    world.write(seconds=600)
    shown = punctuality(world)
    assert shown["total"] == {
        "account_id": None,
        "sent": 0,
        "not_sent": 0,
        "p50_ms": None,
        "p99_ms": None,
        "max_ms": None,
        "within_1_s": 0,
        "within_60_s": 0,
    }
    assert (shown["accounts"], shown["complete"], shown["posts"]) == ([], True, 1)


def test_lateness_is_what_the_deliveries_say(world: ApiWorld) -> None:
    for late in (0, 20, 40, 1_000, 1_001, 60_000, 61_000):
        sent(world, late)
    total = punctuality(world)["total"]
    assert (total["sent"], total["not_sent"]) == (7, 0)
    assert (total["p50_ms"], total["p99_ms"], total["max_ms"]) == (1_000, 61_000, 61_000)
    assert (total["within_1_s"], total["within_60_s"]) == (4, 6)


def test_each_account_has_its_own(world: ApiWorld) -> None:
    bea = world.connect("bea")
    idle = world.connect("idle")
    sent(world, 5)
    sent(world, 3_000, account_ids=[bea.id])
    shown = punctuality(world)
    of = {row["account_id"]: row for row in shown["accounts"]}
    assert of.keys() == {world.account.id, bea.id}
    assert idle.id not in of
    assert (of[world.account.id]["p50_ms"], of[bea.id]["p50_ms"]) == (5, 3_000)
    assert (of[world.account.id]["within_1_s"], of[bea.id]["within_1_s"]) == (1, 0)


def test_what_was_due_and_is_not_out_cannot_hide(world: ApiWorld) -> None:
    sent(world, 0)
    world.network.faults.append(refused_content)
    world.write("refused", seconds=10)
    world.run(30 * SECOND)
    assert punctuality(world)["total"]["not_sent"] == 0  # not a minute late yet
    world.run(MINUTE)
    total = punctuality(world)["total"]
    assert (total["sent"], total["not_sent"]) == (1, 1)


def test_a_cancelled_post_and_one_made_elsewhere_were_late_for_nobody(world: ApiWorld) -> None:
    post = world.write(seconds=600)
    world.send(f"/v1/posts/{post['id']}/cancel")
    world.run(20 * MINUTE)
    total = punctuality(world)["total"]
    assert (total["sent"], total["not_sent"]) == (0, 0)


def test_days_are_days_of_the_workspace_and_both_ends_count(world: ApiWorld) -> None:
    sent(world, 7)
    shown = punctuality(world)
    assert shown["timezone"] == "Europe/Madrid"
    assert shown["total"]["sent"] == 1
    today = shown["last"]
    assert punctuality(world, **{"from": today, "to": today})["total"]["sent"] == 1
    assert punctuality(world, **{"from": "2020-01-01", "to": "2020-12-31"})["total"]["sent"] == 0


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ({"from": "2026-02-30", "to": "2026-03-01"}, "bad_date"),
        ({"from": "2026-03-02", "to": "2026-03-01"}, "out_of_range"),
        ({"from": "2020-01-01", "to": "2026-03-01"}, "too_long"),
        ({"to": "0001-01-01"}, "out_of_range"),
        ({"timezone": "Mars/Base"}, "unknown_timezone"),
        ({"days": "3"}, "unknown_field"),
    ],
)
def test_a_span_that_cannot_be_shown(world: ApiWorld, query: dict[str, str], code: str) -> None:
    answer = world.get("/v1/punctuality", query=query)
    assert (answer.status, answer.codes[0]) == (422, code)


def test_reads_are_bounded_and_the_answer_says_what_it_covers(world: ApiWorld) -> None:
    for _ in range(5):
        sent(world, 1)
    end = world.clock.now() + MINUTE
    found, so_far = health.covered(world.api, "wks_1", 0, end, page=2, reads=2)
    # Of the four that were read the last stands on the edge: another might be due with it.
    assert len(found) == 3
    entries = world.store.calendar("wks_1", start=0, end=2**42, limit=9, after=None).items
    assert [e.post.id for e in entries if (e.post.due_at or 0) < so_far] == [
        e.post.id for e in found
    ]
    whole, so_far = health.covered(world.api, "wks_1", 0, end, page=2, reads=3)
    assert (len(whole), so_far) == (5, end)


def test_percentiles_are_values_that_were_measured() -> None:
    hundred = list(range(1, 101))
    assert (percentile(hundred, 500), percentile(hundred, 990)) == (50, 99)
    assert (percentile([7], 500), percentile([7], 990), percentile([], 500)) == (7, 7, None)


# --- attention


def test_all_is_well(world: ApiWorld) -> None:
    sent(world, 0)
    world.write(seconds=3600)
    assert attention(world) == {"items": [], "next": None}


def test_what_stopped_is_listed_with_what_to_do(world: ApiWorld) -> None:
    world.network.faults.append(refused_content)
    refused = world.write("refused", seconds=10)
    held = world.write("not approved", seconds=20, requires_approval=True)
    world.run(MINUTE)
    world.network.reconcile = ReconcileClass.NOTHING
    world.network.faults.append(lost_request)
    unclear = world.write("who knows", seconds=10)
    world.run(5 * MINUTE)
    found = every_item(world)
    assert [item["post_id"] for item in found] == [refused["id"], held["id"], unclear["id"]]
    troubles = [item["deliveries"][0] for item in found]
    assert [t["why"] for t in troubles] == ["failed", "held", "unconfirmed"]
    assert all(t["explanation"]["todo"] for t in troubles)
    assert found[0]["excerpt"] == "refused"
    assert troubles[0]["error"]["message"]
    assert troubles[1]["held_reason"] == "needs_approval"


def test_what_is_long_overdue_and_still_tried_is_stuck(world: ApiWorld) -> None:
    def down(network: Any, apply: Any) -> Any:
        raise Transient("503")

    world.network.faults.extend([down] * 40)
    world.write("again and again", seconds=10)
    world.run(30 * SECOND)
    assert every_item(world) == []
    world.run(2 * MINUTE)
    (item,) = every_item(world)
    (trouble,) = item["deliveries"]
    assert (trouble["why"], trouble["state"]) == ("stuck", "retry")
    assert trouble["explanation"]["next_at"]
    assert "503" in trouble["explanation"]["words"]


def test_only_the_accounts_of_a_post_that_need_somebody_are_named(world: ApiWorld) -> None:
    bea = world.connect("bea")
    world.network.faults.append(refused_content)
    post = world.write(seconds=10, account_ids=[world.account.id, bea.id])
    world.run(MINUTE)
    states = {d["state"] for d in world.read(post)["deliveries"]}
    assert states == {"failed", "published"}
    (item,) = every_item(world)
    assert [d["why"] for d in item["deliveries"]] == ["failed"]


def test_an_answer_that_is_held_is_listed_too(world: ApiWorld) -> None:
    world.send("/v1/workspaces/wks_1/pause", {"reason": "storm"})
    item = world.receive("Is it rye?")
    made = world.send(f"/v1/inbox/{item.id}/replies", {"text": "It is."})
    assert made.status == 201, made.text
    world.write("a post", seconds=10)
    world.run(MINUTE)
    post, answer = every_item(world)
    assert (post["reply_to"], answer["reply_to"]) == (None, item.id)
    assert answer["excerpt"] == "It is."
    assert answer["post_id"] == made.json["reply"]["post_id"]
    assert "storm" in answer["deliveries"][0]["explanation"]["words"]


def test_a_list_goes_on_over_posts_and_answers_though_time_passes(world: ApiWorld) -> None:
    world.send("/v1/workspaces/wks_1/pause", {})
    items = [world.receive(f"{n}?", remote_id=f"r{n}") for n in range(3)]
    for item in items:
        world.send(f"/v1/inbox/{item.id}/replies", {"text": "Yes."})
    posts = [world.write(f"post {n}", seconds=10 + n)["id"] for n in range(3)]
    world.run(2 * MINUTE)
    found, cursor = [], ""
    while True:
        page = attention(world, limit="2", **({"cursor": cursor} if cursor else {}))
        assert len(page["items"]) <= 2
        found += page["items"]
        world.clock.advance(DAY)  # the span stays that of the first page
        if page["next"] is None:
            break
        cursor = page["next"]
    assert [item["post_id"] for item in found[:3]] == posts
    assert sorted(item["reply_to"] for item in found[3:]) == sorted(item.id for item in items)


@pytest.mark.parametrize("cursor", ["x", "1.2.p.nonsense", "1.2.a.nonsense", "..", "1.2.z."])
def test_a_cursor_from_elsewhere(world: ApiWorld, cursor: str) -> None:
    answer = world.get("/v1/attention", query={"cursor": cursor})
    assert (answer.status, answer.codes) == (422, ["bad_cursor"])


def test_what_is_well_by_now_is_left_out_though_the_index_lags(world: ApiWorld) -> None:
    world.network.faults.append(refused_content)
    world.write("refused", seconds=10)
    world.run(MINUTE)
    entries = world.store.calendar("wks_1", start=0, end=2**42, limit=9, after=None)
    (ref,) = [d.ref for d in world.store.delivery_items.values() if d.state is S.FAILED]
    world.store.delivery_items[ref] = replace(
        world.store.delivery_items[ref], state=S.PUBLISHED, error=None
    )
    world.store.calendar = lambda *_, **__: entries  # type: ignore[method-assign]  # the index of a moment ago
    assert every_item(world) == []
