"""A check says what each account's readers would see: its own words, as they go out."""

from typing import Any

from tests.fakes.api_world import ApiWorld


def previews(world: ApiWorld, *accounts: str, **body: Any) -> dict[str, list[dict[str, Any]]]:
    answer = world.send("/v1/posts/check", {"account_ids": list(accounts), **body})
    assert answer.status == 200, answer.text
    return {found["account_id"]: found["preview"] for found in answer.json["accounts"]}


def texts(parts: list[dict[str, Any]]) -> list[str]:
    return ["".join(segment["shown"] for segment in part["segments"]) for part in parts]


def test_each_account_is_shown_its_own_words_with_links_as_they_go_out(world: ApiWorld) -> None:
    rules = {"domains": ["shop.example"], "parameters": [{"name": "utm_source", "value": "social"}]}
    assert world.patch("/v1/voice", {"links": rules}).status == 200
    ada, bob = world.account.id, world.connect("bob").id
    found = previews(
        world,
        ada,
        bob,
        text="See https://shop.example/rye",
        parts=[{"text": "More"}],
        variants={bob: {"text": "Only for bob"}},
    )
    assert texts(found[ada]) == [
        "See https://shop.example/rye?utm_source=social",
        "More",
    ]
    assert texts(found[bob]) == ["Only for bob", "More"]


def test_a_first_comment_is_shown_as_what_it_becomes(world: ApiWorld) -> None:
    ada, bob = world.account.id, world.connect("bob").id
    found = previews(
        world,
        ada,
        bob,
        text="New today",
        first_comment="The recipe is on our page",
        variants={bob: {"first_comment": ""}},
    )
    assert texts(found[ada]) == ["New today", "The recipe is on our page"]
    assert [part["first_comment"] for part in found[ada]] == [False, True]
    assert [part["first_comment"] for part in found[bob]] == [False]
