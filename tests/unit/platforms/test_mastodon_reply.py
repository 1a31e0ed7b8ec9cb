"""What an answer becomes before it leaves, and what is said of it before."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.core.models import Draft, Media, Options, Part, Target
from shared.platforms.mastodon import Mastodon
from shared.platforms.mastodon_reply import as_sent
from shared.platforms.mastodon_seen import VISIBILITIES
from tests.fakes.make import account

BO = ["bo@far.example"]
CY = ["cy", "cy@social.example"]
IMAGE = Media("med_1", "image/jpeg", 1000, "sha", "key", 640, 480, alt="A boat")


def answer(
    *texts: str,
    names: object = BO,
    parent: object = "public",
    chosen: str = "public",
    extra: str | None = None,
) -> Draft:
    known = json.dumps({"names": names, "visibility": parent}) if extra is None else extra
    parts = tuple(Part(text) for text in texts or ("Thanks!",))
    return Draft(parts, Options(visibility=chosen), Target("43", known))


@pytest.mark.parametrize(
    ("text", "names", "sent"),
    [
        ("Thanks!", BO, "@bo@far.example Thanks!"),
        ("", BO, "@bo@far.example"),
        ("@bo@far.example Thanks!", BO, "@bo@far.example Thanks!"),
        ("Thanks, @Bo@Far.Example!", BO, "Thanks, @Bo@Far.Example!"),
        ("@bo Thanks!", BO, "@bo@far.example @bo Thanks!"),
        ("a@bo@far.example", BO, "@bo@far.example a@bo@far.example"),
        ("Thanks!", CY, "@cy Thanks!"),
        ("@cy Thanks!", CY, "@cy Thanks!"),
        ("@cy@social.example Thanks!", CY, "@cy@social.example Thanks!"),
        ("@cyd Thanks!", CY, "@cy @cyd Thanks!"),
        ("Thanks!", [], "Thanks!"),
        ("Thanks!", ["bo\nBuy", 7, None, "b o", "<bo>"], "Thanks!"),
        ("Thanks!", "bo@far.example", "Thanks!"),
    ],
)
def test_the_reader_is_named_once(text: str, names: object, sent: str) -> None:
    assert as_sent(answer(text, names=names)).parts[0].text == sent


def test_only_the_first_part_names() -> None:
    sent = as_sent(answer("one", "two", parent="private"))
    assert [part.text for part in sent.parts] == ["@bo@far.example one", "two"]
    assert sent.options.visibility == "private"


@pytest.mark.parametrize("chosen", VISIBILITIES)
@pytest.mark.parametrize("parent", VISIBILITIES)
def test_an_answer_is_shown_to_no_more_people(chosen: str, parent: str) -> None:
    sent = as_sent(answer(parent=parent, chosen=chosen)).options.visibility
    assert VISIBILITIES.index(sent) == max(map(VISIBILITIES.index, (chosen, parent)))


@pytest.mark.parametrize("extra", ["", "{", "[]", "7", "null", '{"names": 7, "visibility": []}'])
def test_where_nothing_is_known_the_draft_is_sent(extra: str) -> None:
    draft = answer(extra=extra)
    assert as_sent(draft) == draft


@given(st.text(max_size=40), st.sampled_from([BO, CY]))
def test_naming_twice_changes_nothing(text: str, names: list[str]) -> None:
    once = as_sent(answer(text, names=names))
    assert as_sent(once) == once


def test_the_name_counts_and_an_empty_answer_is_empty() -> None:
    check = Mastodon.check(account(), answer("a" * 497))
    assert [(count.used, count.limit) for count in check.counts] == [(501, 500)]
    assert [problem.code for problem in check.problems] == ["too_long"]
    assert [p.code for p in Mastodon.check(account(), answer(" ")).problems] == ["empty"]
    shown = Draft((Part("", (IMAGE,)),), reply_to=answer().reply_to)
    assert Mastodon.check(account(), shown).problems == ()


def test_that_fewer_people_see_it_is_said() -> None:
    noted = Mastodon.check(account(), answer(parent="private")).notices
    assert [(notice.where, notice.code) for notice in noted] == [("options.visibility", "narrowed")]
    assert Mastodon.check(account(), answer(parent="public")).notices == ()
