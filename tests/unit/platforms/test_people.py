"""Whom a network finds for a name that is being typed, from answers good and bad."""

from typing import Any

import pytest

from shared.core.engagement import Author
from shared.core.errors import AccessRevoked, Transient
from shared.core.platform import Platform
from shared.platforms.registry import Registry
from tests.fakes.make import account
from tests.fakes.time import FakeClock
from tests.fakes.wire import Wire, answer, client

ALICE = {"did": "did:plc:alice", "handle": "alice.bsky.social", "displayName": "Alice"}
PRIVATE = "http://127.0.0.1:9"


def bluesky(wire: Wire, *, server: str = "https://bsky.social", **options: str) -> Platform:
    own = {f"bluesky.{name}": value for name, value in options.items()}
    registry = Registry(lambda: client(wire, "127.0.0.1:9"), options=own, clock=FakeClock())
    return registry.open(account(platform="bluesky", server=server), {})


def mastodon(wire: Wire) -> Platform:
    registry = Registry(lambda: client(wire), options={}, clock=FakeClock())
    return registry.open(account(server="https://social.example", handle="me@social.example"), {})


def person(username: str, acct: str = "", name: str = "") -> dict[str, Any]:
    return {"id": username, "username": username, "acct": acct or username, "display_name": name}


def handles(people: Any) -> list[str]:
    return [one.handle for one in people]


def test_bluesky_is_asked_where_anybody_may_ask() -> None:
    wire = Wire(lambda _: answer(200, {"actors": [ALICE]}))
    (found,) = bluesky(wire).find_people("al")
    assert found == Author(
        "did:plc:alice", "alice.bsky.social", "Alice", "https://bsky.app/profile/did:plc:alice"
    )
    (sent,) = wire.sent
    assert sent.url.startswith("https://public.api.bsky.app/xrpc/app.bsky.actor.")
    assert sent.query == {"q": "al", "limit": "10"}


def test_what_is_typed_on_a_network_of_ones_own_stays_there() -> None:
    wire = Wire(lambda _: answer(200, {"actors": [ALICE]}))
    assert bluesky(wire, server=PRIVATE).find_people("al") == ()
    assert wire.sent == []
    named = bluesky(wire, server=PRIVATE, app_view="https://view.example")
    assert handles(named.find_people("al")) == ["alice.bsky.social"]
    assert wire.sent[0].url.startswith("https://view.example/xrpc/")


def test_bluesky_shows_only_whom_a_text_can_name() -> None:
    actors = [
        {**ALICE, "handle": "handle.invalid"},
        {**ALICE, "handle": "al ice.bsky.social"},
        {**ALICE, "handle": "<b>.bsky.social"},
        {**ALICE, "did": "nobody"},
        None,
        ALICE,
    ]
    wire = Wire(lambda _: answer(200, {"actors": actors}))
    assert handles(bluesky(wire).find_people("al")) == ["alice.bsky.social"]


def test_mastodon_is_asked_from_three_letters_on() -> None:
    people = [person("alice", name="Alice"), person("alan", "alan@far.example")]
    wire = Wire(lambda _: answer(200, {"accounts": people}))
    assert mastodon(wire).find_people("al") == ()
    assert wire.sent == []
    assert handles(mastodon(wire).find_people("ali")) == [
        "alice@social.example",
        "alan@far.example",
    ]
    (sent,) = wire.sent
    assert sent.query == {"q": "ali", "type": "accounts", "limit": "10"}


def test_mastodon_shows_only_whom_a_text_can_name() -> None:
    people = [
        person("al ice"),
        person("alice", "alice@evil.example\n#spam"),
        {"acct": "noid"},
        None,
        person("alice"),
    ]
    wire = Wire(lambda _: answer(200, {"accounts": people}))
    assert handles(mastodon(wire).find_people("ali")) == ["alice@social.example"]


@pytest.mark.parametrize("many", [10, 500])
def test_ten_are_enough(many: int) -> None:
    people = [person(f"ali{n}") for n in range(many)]
    wire = Wire(lambda _: answer(200, {"accounts": people, "actors": [ALICE] * many}))
    assert len(mastodon(wire).find_people("ali")) == 10
    assert len(bluesky(wire).find_people("ali")) == 10


def test_a_server_that_is_closed_or_away_says_so() -> None:
    with pytest.raises(AccessRevoked):
        mastodon(Wire(lambda _: answer(401, {"error": "no"}))).find_people("alice")
    with pytest.raises(Transient):
        bluesky(Wire(lambda _: answer(503))).find_people("alice")
