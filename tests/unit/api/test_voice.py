"""A brand's voice over HTTP: rules that posts are held to, and what their links carry."""

from dataclasses import replace
from typing import Any

from shared.core.models import MINUTE, Media
from shared.core.workspaces import MediaState
from tests.fakes import make
from tests.fakes.api_world import ApiWorld

BANNED = {"name": "No superlatives", "kind": "banned", "words": ["cheapest"]}
LINKS = {
    "domains": ["shop.example"],
    "parameters": [
        {"name": "utm_source", "value": "{platform}"},
        {"name": "utm_campaign", "value": "{campaign}"},
        {"name": "day", "value": "{date}"},
    ],
}


def write_rules(world: ApiWorld, **voice: Any) -> None:
    answer = world.patch("/v1/voice", voice)
    assert answer.status == 200, answer.text


def checked(world: ApiWorld, text: str, **more: Any) -> Any:
    body = {"text": text, "account_ids": [world.account.id], **more}
    (account,) = world.send("/v1/posts/check", body).json["accounts"]
    return account


def make_campaigns(world: ApiWorld, *names: str) -> None:
    for name in names:
        assert world.send("/v1/campaigns", {"name": name}).status == 201


def links_of(world: ApiWorld, post: dict[str, Any]) -> str:
    """The text as its account would send it."""
    world.run(2 * MINUTE)
    assert world.read(post)["status"] == "published"
    return world.live[-1]


def test_the_document_is_written_in_parts_and_by_version(world: ApiWorld) -> None:
    empty = world.get("/v1/voice")
    assert empty.headers["etag"] == '"0"'
    assert (empty.json["rules"], empty.json["changed_at"]) == ([], None)
    first = world.patch("/v1/voice", {"tone": "Warm.", "rules": [BANNED]}, if_match='"0"')
    assert first.json["version"] == 1
    assert world.patch("/v1/voice", {"tone": "Cold."}, if_match='"0"').status == 412
    later = world.patch("/v1/voice", {"links": LINKS}, if_match='"1"').json
    assert world.get("/v1/voice").json == later
    assert (later["tone"], later["rules"][0]["words"]) == ("Warm.", ["cheapest"])
    assert later["links"] == LINKS
    trail = world.get("/v1/audit").json["items"]
    assert [(e["action"], e["detail"]) for e in trail][:2] == [
        ("voice.changed", {"fields": "links"}),
        ("voice.changed", {"fields": "rules,tone"}),
    ]
    wrong = world.patch("/v1/voice", {"rules": [{"name": "x", "kind": "emoji"}]})
    assert [p["where"] for p in wrong.json["problems"]] == ["rules[0].most"]


def test_what_breaks_a_rule_is_neither_planned_nor_sent_again(world: ApiWorld) -> None:
    write_rules(world, rules=[BANNED, {**BANNED, "name": "Mild", "severity": "warns"}])
    account = checked(world, "The cheapest bread")
    assert [(p["where"], p["code"], p["message"]) for p in account["problems"]] == [
        ("text", "voice.banned", "Take out “cheapest”. (Rule: No superlatives)")
    ]
    assert [p["message"] for p in account["notices"]] == ["Take out “cheapest”. (Rule: Mild)"]
    body = {"text": "cheapest", "account_ids": [world.account.id], "schedule": {"now": True}}
    refused = world.send("/v1/posts", body)
    assert (refused.status, refused.codes) == (422, ["voice.banned"])
    draft = world.write("cheapest", seconds=None)
    assert "voice.banned" in [notice["code"] for notice in draft["notices"]]
    path = f"/v1/posts/{draft['id']}"
    assert world.send(f"{path}/schedule", {"now": True}).codes == ["voice.banned"]
    assert world.send(f"{path}/approve", {}).codes == ["voice.banned"]
    planned = world.write("fine")
    assert world.patch(f"/v1/posts/{planned['id']}", {"text": "cheapest"}).codes == ["voice.banned"]
    mended = {"text": "low prices", "variants": {"fake": {"text": "Cheapest!"}}}
    assert world.patch(path, mended).status == 200
    assert world.send(f"{path}/approve", {}).json["problems"][0]["where"] == "variants.fake.text"
    assert world.patch(path, {"variants": {}}).status == 200
    assert world.send(f"{path}/approve", {}).status == 200


def test_a_disclosure_is_asked_of_posts_with_its_tag_alone(world: ApiWorld) -> None:
    disclosure = {"name": "Say so", "kind": "disclosure", "words": ["#ad"], "tags": ["sponsored"]}
    write_rules(world, rules=[disclosure])
    post = world.write("Bread", tags=["spring"])
    path = f"/v1/posts/{post['id']}"
    assert world.patch(path, {"tags": ["Sponsored"]}).codes == ["voice.disclosure"]
    assert world.patch(path, {"tags": ["Sponsored"], "text": "Bread #AD"}).status == 200


def test_a_description_that_is_missing_is_given_in_the_library(world: ApiWorld) -> None:
    file = make.media_file(workspace_id="wks_1", state=MediaState.READY)
    shown = Media(file.id, "image/png", 3, "0" * 64, "media/wks_1/1", width=8, height=4)
    file = replace(file, media=shown)
    world.store.create_media(file)
    post = world.write("Bread", media_ids=[file.id])
    path = f"/v1/posts/{post['id']}"
    write_rules(world, rules=[{"name": "Describe", "kind": "alt_text"}])
    edit = {"text": "Fresh bread", "media_ids": [file.id]}
    refused = world.patch(path, edit)
    assert (refused.json["problems"][0]["where"], refused.codes) == (
        "media_ids[0].alt",
        ["voice.alt_text"],
    )
    world.patch(f"/v1/media/{file.id}", {"alt": "A loaf"})
    assert [media["alt"] for media in world.patch(path, edit).json["media"]] == ["A loaf"]
    world.patch(f"/v1/media/{file.id}", {"alt": "Another"})
    assert [media["alt"] for media in world.patch(path, edit).json["media"]] == ["A loaf"]


def test_a_younger_rule_changes_nothing_that_is_planned_and_a_rehearsal_says_so(
    world: ApiWorld,
) -> None:
    post = world.write("cheapest", seconds=60)
    write_rules(world, rules=[BANNED])
    rehearsal = world.send("/v1/rehearsals", {}).json
    (finding,) = [f for f in rehearsal["findings"] if f["code"] == "voice.banned"]
    assert (finding["effect"], finding["where"]) == ("notice", "text")
    assert "leaves as it is" in finding["todo"]
    assert links_of(world, post) == "cheapest"


def test_links_go_out_with_what_the_check_shows_and_the_text_stays_as_written(
    world: ApiWorld,
) -> None:
    write_rules(world, links=LINKS)
    make_campaigns(world, "Frühling 26")
    text = "Look: https://shop.example/a, https://other.example"
    at = world.write(text, campaign="Frühling 26")["plan"]["at"]
    day = at[:10]
    sent = f"https://shop.example/a?utm_source=fake&utm_campaign=fruhling-26&day={day}"
    account = checked(world, text, campaign="Frühling 26", schedule={"at": at})
    assert account["links"] == [sent, "https://other.example"]
    assert account["counts"][0]["used"] == len(text) - len("https://shop.example/a") + len(sent)
    post = world.read(world.write(text, campaign="Frühling 26"))
    assert (post["text"], post["links"]["domains"]) == (text, ["shop.example"])
    assert links_of(world, post) == f"Look: {sent}, https://other.example"


def test_an_edit_adds_nothing_twice_and_a_campaign_of_a_live_post_changes_nothing(
    world: ApiWorld,
) -> None:
    write_rules(world, links=LINKS)
    make_campaigns(world, "one", "two", "three")
    post = world.write("https://shop.example/", campaign="one", requires_approval=True)
    path = f"/v1/posts/{post['id']}"
    approved = world.send(f"{path}/approve", {}).json
    write_rules(world, links={**LINKS, "parameters": [{"name": "new", "value": "x"}]})
    same = world.patch(path, {"tags": ["spring"], "text": "https://shop.example/"}).json
    assert (same["approval"]["valid"], same["links"]) == (True, approved["links"])
    moved = world.send(f"{path}/schedule", {"at": "2027-01-01T10:00:00Z"}).json
    assert (moved["approval"]["valid"], moved["links"]) == (True, approved["links"])
    edited = world.patch(path, {"campaign": "two"}).json
    assert (edited["approval"], edited["links"]["parameters"]) == (
        None,
        [{"name": "new", "value": "x"}],
    )
    assert world.send(f"{path}/approve", {}).status == 200
    assert world.send(f"{path}/schedule", {"now": True}).status == 200
    assert links_of(world, post) == "https://shop.example/?new=x"
    write_rules(world, links=LINKS)
    assert world.patch(path, {"campaign": "three"}).json["links"] == edited["links"]


def test_a_draft_gets_its_links_when_it_is_planned(world: ApiWorld) -> None:
    draft = world.write("https://shop.example/", seconds=None)
    assert draft["links"] is None
    write_rules(world, links=LINKS)
    planned = world.send(f"/v1/posts/{draft['id']}/schedule", {"now": True}).json
    day = planned["plan"]["at"][:10]
    assert links_of(world, draft) == f"https://shop.example/?utm_source=fake&day={day}"
