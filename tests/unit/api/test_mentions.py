"""Whom a text can name: people who wrote to us, then whom the network finds."""

from typing import Any

import pytest

from shared.core.engagement import Author
from shared.core.errors import AccessRevoked, PlatformError, RateLimited, Transient
from shared.core.mentions import MOST
from tests.fakes.api_world import ApiWorld, Got

BEA = Author("bea", "@bea", "Bea")


def ask(world: ApiWorld, q: str) -> Got:
    return world.get("/v1/mentions", query={"account_id": world.account.id, "q": q})


def offered(world: ApiWorld, q: str) -> list[tuple[str, bool]]:
    answer = ask(world, q)
    assert answer.status == 200, answer.text
    return [(one["handle"], one["known"]) for one in answer.json["items"]]


def test_who_wrote_to_us_comes_first_and_is_there_once(world: ApiWorld) -> None:
    world.receive("hi", seen={"author": Author("e", "@eve", "Formerly Adam")})
    world.clock.advance(1)
    world.receive("hi", seen={"author": Author("z", "@zed", "Mr. Evans")})
    world.receive("a DID only", seen={"author": Author("d", "did:plc:eve", "Eve")})
    world.clock.advance(1)
    world.receive("again")
    world.network.people = [
        Author("e2", "evelyn", "Evelyn  of\nTroy"),
        Author("e", "eve", "Somebody else's words"),
    ]
    assert offered(world, "@Ev") == [("eve", True), ("zed", True), ("evelyn", False)]
    assert world.network.calls == ["find Ev"]
    assert ask(world, "evelyn").json == {
        "items": [
            {"handle": "evelyn", "name": "Evelyn of Troy", "platform": "fake", "known": False}
        ],
        "notices": [],
    }


def test_what_we_wrote_ourselves_and_other_networks_are_left_out(world: ApiWorld) -> None:
    world.receive("ours", seen={"author": BEA, "ours": True})
    world.receive("there", seen={"author": BEA}, platform="elsewhere")
    assert offered(world, "bea") == []


def test_ten_at_most(world: ApiWorld) -> None:
    world.network.people = [Author(f"a{n}", f"anna{n}") for n in range(30)]
    assert len(offered(world, "anna")) == MOST


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (Transient("fake.example: ReadTimeout"), "network_silent"),
        (RateLimited("slow down"), "network_busy"),
        (AccessRevoked("sign in"), "network_closed"),
    ],
)
def test_a_network_that_does_not_answer_takes_nobody_away(
    world: ApiWorld, error: PlatformError, code: str
) -> None:
    world.receive("hi")
    world.network.find_faults.append(error)
    answer = ask(world, "eve").json
    assert [one["handle"] for one in answer["items"]] == ["eve"]
    (notice,) = answer["notices"]
    assert (notice["code"], notice["account_id"]) == (code, world.account.id)
    assert "type any other handle in full" in notice["message"]


def test_a_network_without_such_a_search_says_so(world: ApiWorld) -> None:
    def platform() -> Any:
        return world.get("/v1/platforms").json["items"][0]

    assert platform()["can_find_people"] is True
    world.network.finds = False
    assert platform()["can_find_people"] is False
    answer = ask(world, "eve")
    assert (answer.status, answer.json["code"]) == (422, "cannot_find_people")
    assert world.network.calls == []


def test_what_is_wrong_with_a_question(world: ApiWorld) -> None:
    assert ask(world, " ").status == 422
    assert ask(world, "x" * 101).status == 422
    unknown = world.get("/v1/mentions", query={"account_id": "acc_x", "q": "eve"})
    assert unknown.status == 404
    assert world.network.calls == []


def test_asking_opens_no_credential(world: ApiWorld) -> None:
    world.network.people = [BEA]
    assert offered(world, "be") == [("bea", False)]
    assert world.vault.opened == 0
