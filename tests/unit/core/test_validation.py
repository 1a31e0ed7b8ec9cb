"""What must hold for a post wherever it goes."""

from typing import Any

import pytest

from shared.core.models import Content, Options, Part, Variant
from shared.core.validation import (
    MAX_CONTENT,
    content_problems,
    holding_notices,
    readiness_problems,
    target_problems,
    text_problem,
    where_in_post,
)
from shared.core.workspaces import Account, AccountState, Installation, Pause
from tests.fakes import make
from tests.fakes.time import START

ADA, BOB = make.account("acc_ada"), make.account("acc_bob")
KNOWN = {ADA.id: ADA, BOB.id: BOB}


def test_text_is_text() -> None:
    assert text_problem("text", "Olá\nmundo\t🌍 e\u0301 \u200d\u202e") is None
    for odd in ("\x00", "a\x1b[0m", "\x7f", "\uffff"):
        problem = text_problem("text", odd)
        assert problem is not None
        assert (problem.where, problem.code) == ("text", "bad_characters")


def test_every_text_of_a_post_is_looked_at() -> None:
    content = Content(
        text="\x00",
        parts=(Part("fine"), Part("\x00")),
        options=Options(content_warning="\x00"),
        variants={"mastodon": Variant(text="\x00", parts=(Part("\x00"),))},
    )
    assert [problem.where for problem in content_problems(content)] == [
        "text",
        "options.content_warning",
        "parts[1].text",
        "variants.mastodon.text",
        "variants.mastodon.parts[0].text",
    ]


def test_a_post_that_no_item_could_hold_is_refused() -> None:
    assert content_problems(Content("x" * (MAX_CONTENT // 2))) == []
    (problem,) = content_problems(Content("é" * (MAX_CONTENT // 2)))
    assert problem.code == "post_too_large"


def test_accounts_and_variants_must_exist() -> None:
    found = target_problems(
        ("acc_ada", "acc_eve", "acc_ada"),
        ("acc_bob", "bluesky", "myspace"),
        known=KNOWN,
        names=("bluesky", "mastodon"),
    )
    assert [(p.where, p.code) for p in found] == [
        ("account_ids[1]", "unknown_account"),
        ("account_ids[2]", "duplicate_account"),
        ("variants.myspace", "unknown_variant"),
    ]


def test_a_post_needs_accounts_that_are_connected() -> None:
    gone = make.account("acc_gone", state=AccountState.DISCONNECTED)
    lost = make.account("acc_lost", state=AccountState.NEEDS_RECONNECT)
    assert [p.code for p in readiness_problems([])] == ["no_accounts"]
    assert [p.where for p in readiness_problems([ADA, lost, gone])] == ["account_ids[2]"]


def test_what_would_hold_a_post_is_said_before() -> None:
    paused = Pause(START, "key_1")
    ended = Pause(START - 2, "key_1", until=START - 1)
    lost = make.account("acc_lost", state=AccountState.NEEDS_RECONNECT)
    resting = make.account("acc_rest", paused=paused)
    back = make.account("acc_back", paused=ended)

    def codes(*accounts: Account, approved: bool = True, **changes: Any) -> list[str]:
        place, free = make.workspace(**changes), Installation()
        found = holding_notices(free, place, accounts, approved=approved, at=START)
        return [p.code for p in found]

    assert codes(ADA, back) == []
    assert codes(ADA, paused=paused) == ["paused"]
    assert codes(resting, lost) == ["paused", "needs_reconnect"]
    assert codes(ADA, approved=False) == ["needs_approval"]


@pytest.mark.parametrize(
    ("where", "expected"),
    [
        ("parts[0].text", "text"),
        ("parts[0]", "text"),
        ("parts[0].media[1]", "media_ids[1]"),
        ("parts[0].media", "media_ids"),
        ("parts[1].text", "parts[0].text"),
        ("parts[2].media[0].alt", "parts[1].media_ids[0].alt"),
        ("parts[1]", "parts[0]"),
        ("options.visibility", "options.visibility"),
    ],
)
def test_a_place_in_a_draft_is_found_in_the_post(where: str, expected: str) -> None:
    assert where_in_post(where, Content("x"), ADA) == expected


def test_what_a_variant_sets_is_found_there() -> None:
    own = Variant(text="shorter", options=Options())
    content = Content("x", variants={ADA.id: own, ADA.platform: Variant(parts=(Part("y"),))})
    assert where_in_post("parts[0].text", content, ADA) == f"variants.{ADA.id}.text"
    assert (
        where_in_post("options.visibility", content, ADA) == f"variants.{ADA.id}.options.visibility"
    )
    # Only one variant is taken, and the account's beats its platform's.
    assert where_in_post("parts[1].text", content, ADA) == "parts[0].text"
    assert where_in_post("parts[1].text", content, BOB) == f"variants.{BOB.platform}.parts[0].text"
