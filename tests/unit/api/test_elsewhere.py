"""Posts that were made without us: shown as what they are, and left to those who made them."""

from dataclasses import replace
from typing import Any

import pytest

from shared.core.engagement import elsewhere_delivery_id, elsewhere_post_id
from shared.core.lifecycle import S
from shared.core.models import (
    MINUTE,
    Content,
    Delivery,
    Elsewhere,
    MediaKind,
    Plan,
    Post,
    Remote,
    SeenMedia,
)
from shared.core.platform import Capabilities, Verb
from shared.core.schedule import rfc3339
from tests.fakes.api_world import ApiWorld
from tests.fakes.network import FakeNetwork, LivePost

PICTURE = SeenMedia(MediaKind.IMAGE, "https://fake.example/p.png", "a loaf")


@pytest.fixture
def post(world: ApiWorld) -> Post:
    """Found on the profile, as listening stores it."""
    now, account = world.clock.now(), world.account
    live = LivePost("r77", account.profile, "By hand", now, "")
    world.network.posts.append(live)
    made = Post(
        id=elsewhere_post_id(account.id, live.id),
        workspace_id="wks_1",
        content=Content("By hand"),
        account_ids=(account.id,),
        created_at=now,
        created_by="",
        updated_at=now,
        plan=Plan(now),
        elsewhere=Elsewhere(now, (PICTURE,)),
    )
    delivery = Delivery(
        id=elsewhere_delivery_id(account.id, live.id),
        workspace_id="wks_1",
        post_id=made.id,
        account_id=account.id,
        platform="fake",
        state=S.PUBLISHED,
        due_at=now,
        created_at=now,
        live=(Remote(live.id, "https://fake.example/r77"),),
        sent_at=now,
        accepted_at=now,
    )
    assert world.store.engagement.create_elsewhere(made, delivery)
    return made


def test_it_is_shown_with_what_it_shows(world: ApiWorld, post: Post) -> None:
    shown = world.get(f"/v1/posts/{post.id}").json
    assert (shown["origin"], shown["status"], shown["text"]) == (
        "elsewhere",
        "published",
        "By hand",
    )
    assert shown["elsewhere"] == {
        "found_at": rfc3339(world.clock.now()),
        "edited_at": None,
        "media": [{"kind": "image", "url": "https://fake.example/p.png", "alt": "a loaf"}],
    }
    assert shown["reply_to"] is None
    ours = world.read(world.write(seconds=60))
    assert (ours["origin"], ours["elsewhere"]) == ("tidings", None)


def test_lists_and_the_calendar_tell_them_apart(world: ApiWorld, post: Post) -> None:
    ours = world.write(seconds=60)

    def listed(**query: str) -> list[tuple[str, str]]:
        items = world.get("/v1/posts", query=query).json["items"]
        return [(each["id"], each["origin"]) for each in items]

    both = [(post.id, "elsewhere"), (ours["id"], "tidings")]
    assert listed() == both
    assert listed(origin="elsewhere") == both[:1]
    assert listed(origin="tidings") == both[1:]
    day = rfc3339(world.clock.now())[:10]
    calendar = world.get("/v1/calendar", query={"from": day, "to": day, "timezone": "UTC"}).json
    assert [each["origin"] for each in calendar["days"][0]["posts"]] == ["elsewhere", "tidings"]
    (first, _) = calendar["days"][0]["posts"]
    assert (first["excerpt"], first["media_count"]) == ("By hand", 1)


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("PATCH", "", {"text": "mine now", "update_live": True}),
        ("POST", "/schedule", {"now": True}),
        ("POST", "/cancel", None),
        ("POST", "/approve", {}),
        ("POST", "/retry", {}),
        ("POST", "/deliveries/{delivery}/settle", {"send_again": True}),
    ],
)
def test_it_is_not_ours_to_change(
    world: ApiWorld, post: Post, method: str, path: str, body: Any
) -> None:
    delivery = world.delivery(post)
    url = f"/v1/posts/{post.id}{path.format(delivery=delivery.id)}"
    refused = world.request(method, url, body)
    assert (refused.status, refused.json["code"]) == (409, "made_elsewhere")
    assert "found on the profile" in refused.json["detail"]
    assert world.delivery(post) == delivery


def test_it_can_be_taken_down_and_then_removed(world: ApiWorld, post: Post) -> None:
    assert world.delete(f"/v1/posts/{post.id}").status == 202
    world.run(MINUTE)
    assert world.live == []
    assert world.get(f"/v1/posts/{post.id}").json["status"] == "deleted"
    assert world.delete(f"/v1/posts/{post.id}").status == 204
    assert world.get(f"/v1/posts/{post.id}").status == 404


class KeepingNetwork(FakeNetwork):
    """Deletes nothing for others."""

    def capabilities(self, platform: str) -> Capabilities:
        facts = super().capabilities(platform)
        return replace(facts, verbs=facts.verbs - {Verb.DELETE})


def test_where_the_network_deletes_nothing_it_stays(world: ApiWorld, post: Post) -> None:
    world.api = replace(world.api, platforms=KeepingNetwork(world.clock))
    refused = world.delete(f"/v1/posts/{post.id}")
    assert (refused.status, refused.json["code"]) == (409, "cannot_take_down")


def test_what_answers_it_names_it(world: ApiWorld, post: Post) -> None:
    item = world.receive("Nice!", post_id=post.id)
    shown = world.get(f"/v1/inbox/{item.id}").json
    assert (shown["post"]["id"], shown["post"]["origin"]) == (post.id, "elsewhere")
