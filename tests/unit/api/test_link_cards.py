"""First comments and link cards by hand, from the request to what readers see."""

from dataclasses import replace
from typing import Any

import pytest

from shared.core.models import MINUTE, LinkCard, Media
from shared.core.ports import Downloaded, PageCard
from shared.core.workspaces import MediaState
from tests.fakes import make
from tests.fakes.api_world import ApiWorld

LINK = "https://shop.example/a"
SHOWN = Media("med_1", "image/png", 3, "0" * 64, "media/wks_1/med_1", width=8, height=4)


def add(world: ApiWorld, media: Media = SHOWN) -> str:
    file = make.media_file(workspace_id="wks_1", state=MediaState.READY, media=media)
    world.store.create_media(replace(file, media=replace(media, id=file.id)))
    return file.id


def card(**said: Any) -> dict[str, Any]:
    return {"url": LINK, "title": "Bread", "description": "", "media_id": None, **said}


def test_both_go_out_as_they_were_written(world: ApiWorld) -> None:
    picture = add(world)
    written: dict[str, Any] = {"first_comment": "Recipe below", "card": card(media_id=picture)}
    made = world.write("Fresh", **written)
    assert {name: made[name] for name in written} == written
    assert world.get("/v1/posts").json["items"][0]["part_count"] == 2
    world.run(3 * MINUTE)
    first, comment = world.network.posts
    assert (first.text, first.card) == (
        "Fresh",
        LinkCard(LINK, "Bread", "", replace(SHOWN, id=picture)),
    )
    assert (comment.text, comment.parent, comment.card) == ("Recipe below", first.id, None)


def test_an_edit_changes_or_takes_away_either(world: ApiWorld) -> None:
    other: dict[str, Any] = {"variants": {"fake": {"first_comment": "Here", "card": card(url="")}}}
    made = world.write(seconds=None, first_comment="One", card=card(), **other)
    variant = made["variants"]["fake"]
    assert (variant["first_comment"], variant["card"], variant["text"]) == (
        "Here",
        card(url=""),
        None,
    )
    path = f"/v1/posts/{made['id']}"
    assert world.patch(path, {"text": "x"}).json["card"] == card()
    after = world.patch(path, {"card": None, "first_comment": "", "variants": {}}).json
    assert (after["card"], after["first_comment"]) == (None, "")
    assert after["content_hash"] != made["content_hash"]


def test_a_cards_picture_is_one_and_is_kept_while_it_is_needed(world: ApiWorld) -> None:
    video = Media("med_2", "video/mp4", 3, "1" * 64, "media/wks_1/med_2")
    store = make.media_file(number=2, workspace_id="wks_1", state=MediaState.READY, media=video)
    world.store.create_media(store)
    body = {"text": "x", "account_ids": [world.account.id], "card": card(media_id=store.id)}
    refused = world.send("/v1/posts", body)
    assert [(p["where"], p["code"]) for p in refused.json["problems"]] == [
        ("card.media_id", "not_a_picture")
    ]
    picture = add(world)
    post = world.write("Fresh", seconds=None, card=card(media_id=picture))
    refused = world.delete(f"/v1/media/{picture}")
    assert (refused.status, refused.json["code"]) == (409, "media_in_use")
    used = world.get(f"/v1/media/{picture}/posts").json["items"]
    assert [each["id"] for each in used] == [post["id"]]


@pytest.mark.parametrize(
    "given", [{"card": {"url": "shop.example"}}, {"card": card(title="x" * 301)}]
)
def test_what_is_no_card_is_refused(world: ApiWorld, given: dict[str, Any]) -> None:
    assert world.send("/v1/posts", {"text": "x", **given}).status in (400, 422)


def test_an_answer_has_no_first_comment_but_may_have_a_card(world: ApiWorld) -> None:
    item = world.receive("When do you open?")
    made = world.send(f"/v1/inbox/{item.id}/replies", {"text": "At six."}).json
    path = f"/v1/posts/{made['reply']['post_id']}"
    refused = world.patch(path, {"first_comment": "And more"})
    assert (refused.status, refused.codes) == (422, ["comment_on_answer"])
    assert world.patch(path, {"card": card()}).json["card"] == card()


def test_of_a_live_card_the_words_change_but_not_what_would_have_to_be_prepared(
    world: ApiWorld,
) -> None:
    made = world.write("Fresh", card=card(), first_comment="Recipe")
    world.run(3 * MINUTE)
    path, now = f"/v1/posts/{made['id']}", {"update_live": True}
    for change in ({"card": None}, {"card": card(media_id=add(world))}, {"first_comment": ""}):
        refused = world.patch(path, change | now)
        assert (refused.status, refused.json["code"]) == (409, "cannot_edit_live")
    changed = {"card": card(title="Rye"), "first_comment": "The recipe"}
    assert world.patch(path, changed | now).status == 200
    world.run(MINUTE)
    first, comment = world.network.posts
    assert first.card == LinkCard(LINK, "Rye")
    assert comment.text == "The recipe"


def test_what_a_page_says_of_itself_is_shown_to_those_who_write(world: ApiWorld) -> None:
    picture = Downloaded(b"png", "image/png")
    world.pages.said[LINK] = PageCard("Bread", "From six", picture, "https://shop.example/i.png")
    seen = world.get("/v1/link-card", query={"url": LINK}).json
    assert seen == {
        "url": LINK,
        "title": "Bread",
        "description": "From six",
        "picture": "data:image/png;base64,cG5n",
        "picture_url": "https://shop.example/i.png",
        "why": "",
    }
    empty = world.get("/v1/link-card", query={"url": "https://gone.example"}).json
    assert (empty["picture"], empty["picture_url"]) == (None, None)
    assert "404" in empty["why"]
    assert world.get("/v1/link-card", query={"url": "ftp://x.example"}).status in (400, 422)
    viewer = world.send("/v1/keys", {"name": "r", "workspace_ids": ["wks_1"], "role": "viewer"})
    asked = world.get("/v1/link-card", query={"url": LINK}, key=viewer.json["api_key"])
    assert (asked.status, asked.json["code"]) == (403, "role_needed")
