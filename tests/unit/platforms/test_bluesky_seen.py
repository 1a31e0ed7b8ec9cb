"""What becomes of a post's view: the item that the inbox keeps."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.core.engagement import Author, ItemKind, SeenItem, item_id
from shared.core.models import MediaKind, SeenMedia, Target
from shared.platforms.base import Context
from shared.platforms.bluesky_places import Places
from shared.platforms.bluesky_seen import item, items_of, link, quoted_in, time_of
from tests.fakes.bluesky_views import BO, ME, Json, ref, reply, uri, view
from tests.fakes.time import START, FakeClock
from tests.fakes.wire import answer, client

PDS = "https://pds.example"


def places(pds: str = PDS, *allowed: str) -> Places:
    return Places(Context(client(lambda sent: answer(404), *allowed), FakeClock(), {}), pds)


def seen(shown: Json) -> SeenItem | None:
    return item(shown, did=ME, places=places())


def kind_of(**record: Any) -> tuple[ItemKind, str | None, str | None]:
    found = seen(view("a", record=record))
    assert found is not None
    return found.kind, found.parent_id, found.root_id


def mention(did: str) -> list[Json]:
    return [{"features": [{"$type": "app.bsky.richtext.facet#mention", "did": did}]}]


def quote(name: str, owner: str = ME) -> Json:
    return {"$type": "app.bsky.embed.record", "record": ref(name, owner)}


def test_a_reply_is_read_whole() -> None:
    shown = view("a", at=START, record={"reply": reply("mid", by=BO), "text": "Hi"})
    shown["author"] |= {"displayName": "Bo", "avatar": "https://cdn.example/a.jpg"}
    assert seen(shown) == SeenItem(
        kind=ItemKind.REPLY,
        target=Target(uri("a"), "cida", uri("root", ME), "cidroot"),
        author=Author(
            BO,
            "bo.example",
            "Bo",
            "https://bsky.app/profile/did:plc:bo",
            "https://cdn.example/a.jpg",
        ),
        text="Hi",
        created_at=START,
        parent_id=uri("mid"),
        root_id=uri("root", ME),
        url="https://bsky.app/profile/did:plc:bo/post/a",
    )


def test_what_the_account_wrote_itself_is_marked() -> None:
    mine, theirs = seen(view("a", ME)), seen(view("a"))
    assert mine is not None
    assert theirs is not None
    assert (mine.ours, theirs.ours) == (True, False)


def test_a_reply_in_our_thread_is_one_whatever_else_it_does() -> None:
    answering = {"reply": reply("x", by=BO)}
    expected = (ItemKind.REPLY, uri("x"), uri("root", ME))
    assert kind_of(**answering) == expected
    assert kind_of(**answering, facets=mention(ME)) == expected
    assert kind_of(**answering, embed=quote("q")) == expected


def test_a_reply_to_us_in_somebody_elses_thread() -> None:
    inside = reply("mine", root="far", root_by=BO)
    assert kind_of(reply=inside) == (ItemKind.REPLY, uri("mine", ME), uri("far"))


def test_a_quote_of_ours() -> None:
    assert kind_of(embed=quote("q")) == (ItemKind.QUOTE, uri("q", ME), None)
    with_media = {"$type": "app.bsky.embed.recordWithMedia", "record": {"record": ref("q")}}
    assert kind_of(embed=with_media) == (ItemKind.QUOTE, uri("q", ME), None)
    elsewhere = reply("x", by=BO, root="far", root_by=BO)
    assert kind_of(embed=quote("q"), reply=elsewhere) == (ItemKind.QUOTE, uri("q", ME), uri("far"))


def test_a_mention() -> None:
    elsewhere = reply("x", by=BO, root="far", root_by=BO)
    assert kind_of(facets=mention(ME)) == (ItemKind.MENTION, None, None)
    assert kind_of(facets=mention(ME), reply=elsewhere) == (
        ItemKind.MENTION,
        uri("x"),
        uri("far"),
    )
    # Somebody further up the thread is ours: the network tells us of such replies, too.
    assert kind_of(reply=elsewhere) == (ItemKind.REPLY, uri("x"), uri("far"))
    assert kind_of(embed=quote("q", BO)) == (ItemKind.MENTION, None, None)


@pytest.mark.parametrize(
    ("embed", "media"),
    [
        (
            {"images": [{"fullsize": "https://cdn.example/1.jpg", "alt": "One"}, {"alt": "no"}]},
            [SeenMedia(MediaKind.IMAGE, "https://cdn.example/1.jpg", "One")],
        ),
        (
            {"items": [{"fullsize": "https://cdn.example/1.jpg", "alt": ""}]},
            [SeenMedia(MediaKind.IMAGE, "https://cdn.example/1.jpg")],
        ),
        (
            {"playlist": "https://video.example/a.m3u8", "alt": "Film"},
            [SeenMedia(MediaKind.VIDEO, "https://video.example/a.m3u8", "Film")],
        ),
        (
            {"record": {}, "media": {"images": [{"fullsize": "https://cdn.example/1.jpg"}]}},
            [SeenMedia(MediaKind.IMAGE, "https://cdn.example/1.jpg")],
        ),
        ({"external": {"uri": "https://e.example", "thumb": "https://cdn.example/t.jpg"}}, []),
        ({"images": [{"fullsize": "javascript:alert(1)"}, 7, None]}, []),
        ({"images": "no"}, []),
    ],
)
def test_what_it_shows(embed: Json, media: list[SeenMedia]) -> None:
    found = seen(view("a", embed=embed))
    assert found is not None
    assert list(found.media) == media


def test_the_author_s_own_warning() -> None:
    values = [{"val": "nudity"}, {"val": 7}, {"val": "spoiler"}, "x"]
    found = seen(view("a", record={"labels": {"values": values}}))
    assert found is not None
    assert found.content_warning == "nudity, spoiler"


def test_a_post_is_no_later_than_it_was_first_seen() -> None:
    """People may write any date; the network sorts by the earlier of the two."""
    late = seen(view("a", record={"createdAt": "2999-01-01T00:00:00Z"}))
    back = seen(view("a", record={"createdAt": "2020-01-01T00:00:00Z"}))
    none = seen(view("a", record={"createdAt": "yesterday"}))
    assert late is not None
    assert back is not None
    assert none is not None
    assert late.created_at == none.created_at == START + 500
    assert back.created_at == 1_577_836_800_000


@pytest.mark.parametrize(
    ("text", "at"),
    [
        ("2026-05-28T20:26:40.000Z", START),
        ("2026-05-28T22:26:40+02:00", START),
        ("2026-05-28T20:26:40.123456Z", START + 123),
        ("2026-05-28T20:26:40", START),
        ("1960-01-01T00:00:00Z", 0),
        ("9999-12-31T23:59:59Z", None),
        ("0001-01-01T00:00:00+10:00", 0),
        ("", None),
        (7, None),
    ],
)
def test_times(text: object, at: int | None) -> None:
    assert time_of({"t": text}, "t") == at


@pytest.mark.parametrize(
    "change",
    [
        {"uri": "at://bo.example/app.bsky.feed.post/a"},
        {"uri": f"at://{BO}/app.bsky.feed.like/a"},
        {"uri": uri("a#b")},
        {"uri": uri("a" * 513)},
        {"uri": 7},
        {"cid": ""},
        {"cid": "a b"},
        {"author": {"did": ME, "handle": "impostor.example"}},
        {"author": {}},
        {"author": []},
        {"indexedAt": "no", "record": {"createdAt": "no"}},
    ],
)
def test_what_cannot_be_read_is_left_out(change: Json) -> None:
    shown = view("a")
    broken = shown | change
    if "record" in change:
        broken["record"] = shown["record"] | change["record"]
    assert seen(shown) is not None
    assert seen(broken) is None
    assert len(items_of([broken, shown, shown], did=ME, places=places())) == 1


def test_hostile_words_can_be_kept() -> None:
    shown = view(
        "a", record={"text": "x\ud800" * 9_000, "labels": {"values": [{"val": "v" * 999}]}}
    )
    shown["author"] |= {"handle": "h" * 999, "displayName": "\udfff" * 9_999, "avatar": "ftp://x/"}
    shown["embed"] = {"images": [{"fullsize": "https://c.example/x", "alt": "a" * 9_999}] * 99}
    found = seen(shown)
    assert found is not None
    assert len(found.text) == 3_000
    assert "\ud800" not in found.text
    found.text.encode()
    found.author.name.encode()
    assert len(found.author.handle) == 253
    assert found.author.avatar is None
    assert len(found.media) == 20
    assert len(found.media[0].alt) == 2_000
    assert len(found.content_warning) == 128
    assert item_id("acc", found.remote_id)


@pytest.mark.parametrize(
    "url",
    [
        *("javascript:alert(1)", "data:text/html,x", "//cdn.example/x", "https://", "", "http:x"),
        *("https://c.example/a b", "https://c.example/\n", "https://[::1", "https://c.example/é"),
        f"https://c.example/{'x' * 3_000}",
    ],
)
def test_an_address_that_is_none(url: str) -> None:
    assert link(url) is None
    assert link("https://c.example/a?b=c#d") == "https://c.example/a?b=c#d"
    assert link("http://localhost:2584/img/x") == "http://localhost:2584/img/x"


def test_a_server_that_only_we_reach_has_no_pages() -> None:
    here = places("http://localhost:2583", "localhost:2583")
    assert here.profile(BO) is None
    assert here.post(BO, "a").startswith("http://localhost:2583/xrpc/com.atproto.repo.getRecord?")


NAMES = [
    *("uri", "cid", "did", "reply", "root", "parent", "embed", "record", "media", "images"),
    *("items", "playlist", "facets", "features", "labels", "values", "val", "text"),
]
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(NAMES), inner, max_size=4)
    ),
    max_leaves=12,
)


@given(
    record=st.dictionaries(st.sampled_from(["reply", "embed", "facets", "labels", "text"]), JSON)
)
def test_no_record_breaks_the_reading(record: Json) -> None:
    found = seen(view("a", record=record, embed=record.get("embed")))
    assert found is not None
    json.dumps(found.text)
    assert quoted_in(record) == "" or quoted_in(record).startswith("at://")
