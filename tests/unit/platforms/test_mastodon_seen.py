"""What a status becomes, whatever stands in it."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.core.engagement import Author, ItemKind, SeenItem
from shared.core.errors import Unreadable
from shared.core.models import MediaKind, Remote, SeenMedia, Target
from shared.platforms.mastodon_seen import (
    MAX_TEXT,
    VISIBILITIES,
    counters,
    moment,
    seen_item,
    seen_post,
)
from tests.fakes.make import account

ME = account(server="https://social.example", remote_id="7", handle="casa@social.example")
BO = {
    "id": "8",
    "username": "bo",
    "acct": "bo@far.example",
    "display_name": "Bo 🚲",
    "url": "https://far.example/@bo",
    "avatar_static": "https://far.example/bo.png",
}


def status(**changes: Any) -> dict[str, Any]:
    return {
        "id": "43",
        "url": "https://far.example/@bo/43",
        "created_at": "2026-05-28T20:26:45.125Z",
        "edited_at": "2026-05-28T20:30:00Z",
        "in_reply_to_id": "42",
        "in_reply_to_account_id": "7",
        "visibility": "unlisted",
        "spoiler_text": "Food",
        "content": "<p>Lovely</p>",
        "account": BO,
        "mentions": [{"id": "7"}],
        "media_attachments": [
            {"type": "image", "url": "https://far.example/a.png", "description": "A boat"}
        ],
        **changes,
    }


def item(**changes: Any) -> SeenItem:
    return seen_item(status(**changes), ME)


def test_an_answer_as_it_is_shown() -> None:
    assert item() == SeenItem(
        kind=ItemKind.REPLY,
        target=Target("43", '{"names":["bo@far.example"],"visibility":"unlisted"}'),
        author=Author(
            "8", "bo@far.example", "Bo 🚲", "https://far.example/@bo", "https://far.example/bo.png"
        ),
        text="Lovely",
        created_at=1_780_000_005_125,
        parent_id="42",
        url="https://far.example/@bo/43",
        media=(SeenMedia(MediaKind.IMAGE, "https://far.example/a.png", "A boat"),),
        content_warning="Food",
        visibility="unlisted",
        edited_at=1_780_000_200_000,
    )


def quote(whose: str, state: str = "accepted") -> dict[str, Any]:
    return {"state": state, "quoted_status": {"id": "40", "account": {"id": whose}}}


NOWHERE = {"in_reply_to_id": None, "in_reply_to_account_id": None}
TO_OTHERS = {"in_reply_to_id": "41", "in_reply_to_account_id": "9"}


@pytest.mark.parametrize(
    ("changes", "kind", "parent"),
    [
        ({}, ItemKind.REPLY, "42"),
        ({"in_reply_to_id": 42, "in_reply_to_account_id": 7}, ItemKind.REPLY, "42"),
        (NOWHERE, ItemKind.MENTION, None),
        (TO_OTHERS, ItemKind.MENTION, "41"),
        ({**TO_OTHERS, "mentions": []}, ItemKind.REPLY, "41"),
        ({**TO_OTHERS, "mentions": [None, 5, {"id": "9"}]}, ItemKind.REPLY, "41"),
        ({**NOWHERE, "quote": quote("7")}, ItemKind.QUOTE, "40"),
        ({**TO_OTHERS, "quote": quote("7")}, ItemKind.QUOTE, "40"),
        ({"quote": quote("7")}, ItemKind.REPLY, "42"),
        ({**NOWHERE, "quote": quote("9")}, ItemKind.MENTION, None),
        ({**NOWHERE, "quote": {"state": "revoked", "quoted_status": None}}, ItemKind.MENTION, None),
        ({**NOWHERE, "quote": {"quoted_status_id": "40"}}, ItemKind.MENTION, None),
    ],
)
def test_why_it_is_in_the_inbox(
    changes: dict[str, Any], kind: ItemKind, parent: str | None
) -> None:
    seen = item(**changes)
    assert (seen.kind, seen.parent_id, seen.root_id) == (kind, parent, None)


def test_a_neighbour_is_written_short_and_shown_whole() -> None:
    seen = item(account={"id": 9, "acct": "cy", "display_name": "  Cy\n the   great "})
    assert (seen.author.handle, seen.author.name) == ("cy@social.example", "Cy the great")
    assert json.loads(seen.target.extra)["names"] == ["cy", "cy@social.example"]


def test_what_we_wrote_ourselves_is_ours_and_needs_nobody_named() -> None:
    seen = item(account={"id": "7", "acct": "casa"})
    assert (seen.ours, seen.target) == (True, Target("43"))


@pytest.mark.parametrize(
    ("said", "shown"),
    [*((one, one) for one in VISIBILITIES), ("local", "private"), (None, "public"), (5, "public")],
)
def test_a_visibility_that_nobody_knows_is_a_narrow_one(said: object, shown: str) -> None:
    seen = item(visibility=said)
    assert seen.visibility == json.loads(seen.target.extra)["visibility"] == shown


@pytest.mark.parametrize(
    "url",
    [
        *("javascript:alert(1)", "data:text/html,x", "//evil.example", "ftp://x.example", "", None),
        *("https://x.example/a b", "https://x.example/\n", f"https://x.example/{'a' * 3000}", 7),
    ],
)
def test_only_addresses_that_a_page_may_link_to(url: object) -> None:
    seen = item(
        url=url,
        account={**BO, "url": url, "avatar_static": url, "avatar": url},
        media_attachments=[
            {"type": "image", "url": url},
            {"type": "video", "url": "http://a.example"},
        ],
    )
    assert (seen.url, seen.author.url, seen.author.avatar) == (None, None, None)
    assert seen.media == (SeenMedia(MediaKind.VIDEO, "http://a.example"),)


BROKEN: dict[str, list[Any]] = {
    "id": [None, "", [], {"a": 1}, "x" * 300, "4\n3", True],
    "account": [None, "bo", [], {}, {"acct": "bo"}],
    "created_at": [None, "", "yesterday", 5, "9999-01-01T00:00:00Z", "1820-01-01T00:00:00Z"],
}


@pytest.mark.parametrize(
    "changes", [{name: value} for name, values in BROKEN.items() for value in values]
)
def test_without_an_id_an_author_or_a_time_it_is_nothing(changes: dict[str, Any]) -> None:
    with pytest.raises(Unreadable):
        item(**changes)


@pytest.mark.parametrize(
    ("said", "at"),
    [
        ("2026-05-28T20:26:40.000Z", 1_780_000_000_000),
        ("2026-05-28T20:26:40", 1_780_000_000_000),
        ("2026-05-28T22:26:40+02:00", 1_780_000_000_000),
        (" 2026-05-28 20:26:40Z ", 1_780_000_000_000),
        ("2026-05-28T20:26:40.000754Z", 1_780_000_000_001),
        ("Thu, 28 May 2026 20:26:40 GMT", 1_780_000_000_000),
        ("0001-01-01T00:00:00+14:00", None),
        ("2026-05-28T20:26:40.000Z" * 9, None),
        (1_780_000_000, None),
    ],
)
def test_every_way_to_write_a_time(said: object, at: int | None) -> None:
    assert moment(said) == at


def test_everything_has_an_end() -> None:
    huge = "x" * 1_000_000
    files = [
        {"type": "image", "url": f"https://a.example/{n}", "description": huge} for n in range(99)
    ]
    by = {**BO, "acct": huge, "display_name": huge}
    seen = item(content=huge, spoiler_text=huge, media_attachments=files, account=by)
    assert len(seen.text) == MAX_TEXT
    assert len(seen.media) == 20
    assert len(repr(seen)) < 80_000


def test_counters_that_make_no_sense_are_absent() -> None:
    shown = {
        "favourites_count": 0,
        "reblogs_count": -1,
        "replies_count": "5",
        "quotes_count": True,
    }
    assert counters(shown) == {"likes": 0}
    assert counters({"favourites_count": 10**30, "reblogs_count": 4.0}) == {}
    assert counters({"replies_count": 3, "quotes_count": 2}) == {"replies": 3, "quotes": 2}


def test_a_post_of_our_own() -> None:
    post = seen_post(status(url=None, uri="https://social.example/users/casa/statuses/43"))
    assert post.remote == Remote("43", "https://social.example/users/casa/statuses/43")
    assert (post.text, post.created_at) == ("Lovely", 1_780_000_005_125)
    assert (post.edited_at, len(post.media)) == (1_780_000_200_000, 1)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=9),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3)
    ),
    max_leaves=8,
)


@given(st.dictionaries(st.sampled_from(sorted(status())), JSON, max_size=5))
def test_no_status_makes_more_than_our_own_error(changes: dict[str, Any]) -> None:
    try:
        seen = item(**changes)
    except Unreadable:
        return
    assert len(seen.text) <= MAX_TEXT
    assert seen == item(**changes)
