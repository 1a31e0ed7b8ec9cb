"""What becomes clickable on Bluesky, and that its byte ranges are right in every script."""

# ruff: noqa: RUF001  characters that look alike in different scripts are the subject here

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from shared.platforms.bluesky_text import TAG_GRAPHEMES, facets, first_link, handles, spans
from shared.platforms.text import graphemes

FAMILY = "👨‍👩‍👧‍👦"


def found(text: str, kind: str) -> list[tuple[str, str]]:
    """The pieces of the text that are of this kind, with what each stands for."""
    return [(text[s.start : s.end], s.value) for s in spans(text) if s.kind == kind]


def shown(text: str, kind: str) -> list[str]:
    return [piece for piece, _ in found(text, kind)]


@pytest.mark.parametrize(
    ("text", "links"),
    [
        ("start https://middle.com/foo/bar?baz=bux#hash end", ["https://middle.com/foo/bar?baz=bux#hash"]),
        ("https://one.com\nhttps://two.com", ["https://one.com", "https://two.com"]),
        ("HTTPS://EXAMPLE.COM/A", ["HTTPS://EXAMPLE.COM/A"]),
        ("https://münchen.de/größe", ["https://münchen.de/größe"]),
        ("http://localhost:3000/x", ["http://localhost:3000/x"]),
        # Punctuation of the sentence stays outside, of any script.
        ("https://foo.com, https://bar.com/x;", ["https://foo.com", "https://bar.com/x"]),
        ("https://foo.com/x?!…", ["https://foo.com/x"]),
        ("رابط https://example.com/x؟", ["https://example.com/x"]),
        ("記事はhttps://example.com/日本語。次も", ["https://example.com/日本語"]),
        # Brackets: those of the address are kept, those around it are not.
        ("(https://foo.com)", ["https://foo.com"]),
        ("https://foo.com/thing_(cool)", ["https://foo.com/thing_(cool)"]),
        ("(see https://foo.com/thing_(cool))", ["https://foo.com/thing_(cool)"]),
        ("[https://foo.com/a]", ["https://foo.com/a"]),
        ("«https://foo.com/a»then", ["https://foo.com/a"]),
        ('"https://foo.com/a"', ["https://foo.com/a"]),
        ("**https://foo.com**", ["https://foo.com"]),
        ("https://foo.com/*", ["https://foo.com/*"]),
        ("https://example.com'dan", ["https://example.com"]),
        ("<https://foo.com/a>", ["https://foo.com/a"]),
        # No link at all.
        ("https://,,,", []),
        ("xhttps://foo.com", []),
        ("ftp://foo.com", []),
    ],
)  # fmt: skip
def test_links(text: str, links: list[str]) -> None:
    assert shown(text, "link") == links


@pytest.mark.parametrize(
    ("text", "links"),
    [
        ("see example.com now", ["example.com"]),
        ("example.com/a?b#c, and", ["example.com/a?b#c"]),
        ("a.com:8080/x", ["a.com:8080/x"]),
        ("bsky.appを見て", ["bsky.app"]),
        ("⚠️example.com", ["example.com"]),
        ("xn--80ak6aa92e.com", ["xn--80ak6aa92e.com"]),
        ("EXAMPLE.COM", ["EXAMPLE.COM"]),
        # Not every dot makes an address.
        ("e.g. not.. a..url ..here", []),
        ("something-cool.jpg e.g./foo", []),
        ("I went home.It was late", []),
        ("array.map(fn) performance.now()", []),
        ("info.me@example.com", []),
        ("path/to/site.com trailing_example.com", []),
        ("example.comé", ["example.com"]),
    ],
)
def test_links_without_a_scheme(text: str, links: list[str]) -> None:
    assert found(text, "link") == [(link, f"https://{link}") for link in links]


@pytest.mark.parametrize(
    ("text", "mentioned"),
    [
        ("@handle.com middle end", ["@handle.com"]),
        ("(@handle.com) @full123-chars.test!", ["@handle.com", "@full123-chars.test"]),
        ("👍@alice.bsky.social's", ["@alice.bsky.social"]),
        ("見て@alice.bsky.socialを", ["@alice.bsky.social"]),
        ("@alice.bsky.social.", ["@alice.bsky.social"]),
        ("@alice not@right.com @alice@mastodon.social", []),
        ("https://example.com/@alice.bsky.social", []),
        ("@-bad.com @bad-.com", []),
    ],
)
def test_mentions(text: str, mentioned: list[str]) -> None:
    assert shown(text, "mention") == mentioned


def test_handles_are_asked_for_once_and_in_lower_case() -> None:
    assert handles("@Alice.test and @alice.TEST") == ("alice.test",)


@pytest.mark.parametrize(
    ("text", "tags"),
    [
        ("#a #b2 #1a", ["a", "b2", "1a"]),
        ("body #b_ #a-b #a__b", ["b", "a-b", "a__b"]),
        ("#like. #this! #that,", ["like", "this", "that"]),
        ("works #with,punctuation", ["with,punctuation"]),
        ("#🦋 #butter🦋fly #👍🏻", ["🦋", "butter🦋fly", "👍🏻"]),
        ("#وسم #тег #標籤", ["وسم", "тег", "標籤"]),
        ("＃全角", ["全角"]),
        ("(#ATL)", ["ATL"]),
        ("#" + "a" * 64, ["a" * 64]),
        # Not a tag.
        ("#1 #2026 # #_ #- text#tag", []),
        ("#️⃣ #⃣", []),
        ("#" + "a" * 65, []),
        ("#\u200bhidden", []),
        ("https://bsky.app/profile#header bsky.app/#x", []),
    ],
)
def test_hashtags(text: str, tags: list[str]) -> None:
    assert [value for _, value in found(text, "tag")] == tags


def test_a_tag_is_measured_as_readers_and_as_the_network_see_it() -> None:
    assert found("#" + "é" * 64, "tag") == [("#" + "é" * 64, "é" * 64)]
    # 64 readers' characters of 11 bytes each are more than the network's 640 bytes.
    assert found("#" + "e\u0301\u0302\u0303\u0304\u0305" * 64, "tag") == []


def test_tickers_are_tags_that_keep_their_sign() -> None:
    assert found("$aapl, ($MSFT) $GOOGLE $5 US$AAPL", "tag") == [
        ("$aapl", "$AAPL"),
        ("$MSFT", "$MSFT"),
    ]


def test_facets_count_bytes_of_utf8() -> None:
    text = f"✨ {FAMILY} @alice.test https://example.com/é #ñandú"
    made = facets(text, {"alice.test": "did:plc:alice"})
    data = text.encode()
    pieces = [data[f["index"]["byteStart"] : f["index"]["byteEnd"]].decode() for f in made]  # type: ignore[index]  # JSON
    assert pieces == ["@alice.test", "https://example.com/é", "#ñandú"]
    assert [f["features"] for f in made] == [
        [{"$type": "app.bsky.richtext.facet#mention", "did": "did:plc:alice"}],
        [{"$type": "app.bsky.richtext.facet#link", "uri": "https://example.com/é"}],
        [{"$type": "app.bsky.richtext.facet#tag", "tag": "ñandú"}],
    ]


def test_a_mention_of_nobody_stays_text() -> None:
    assert facets("@nobody.test", {}) == []
    assert facets("@nobody.test", {"nobody.test": ""}) == []


def test_the_card_is_made_for_the_first_link() -> None:
    assert first_link("#a @b.test see b.com and https://c.com") == "https://b.com"
    assert first_link("nothing") is None


PIECES = st.sampled_from(
    [
        "https://example.com/a_(b)", "example.com/x", "@alice.test", "#tag", "#1", "$AAPL",
        "(", ")", " ", "\n", ".", ",", "。", "؟", "«", "»", FAMILY, "👍🏻", "1️⃣", "é",
        "e\u0301", "שלום",
        "\u200f", "\u202b", "\ufe0f", "日本", "@", "#", "＃", "'", "https://", "a.b", "\u0000",
    ]
)  # fmt: skip
TEXTS = st.lists(PIECES | st.text(max_size=4), max_size=30).map("".join)


@given(TEXTS)
@example("a" * 100)
def test_every_facet_covers_exactly_the_piece_it_was_found_in(text: str) -> None:
    dids = dict.fromkeys(handles(text), "did:plc:x")
    data, at = text.encode(), 0
    made = facets(text, dids)
    assert len(made) == len(spans(text))
    for span, facet in zip(spans(text), made, strict=True):
        index = facet["index"]
        assert isinstance(index, dict)
        start, end = index["byteStart"], index["byteEnd"]
        assert data[start:end].decode() == text[span.start : span.end]
        assert at <= start < end <= len(data)  # in order, not empty, never overlapping
        at = end


@given(TEXTS)
def test_what_is_found_means_what_is_shown(text: str) -> None:
    for span in spans(text):
        piece = text[span.start : span.end]
        if span.kind == "link":
            assert span.value in {piece, f"https://{piece}"}
            assert not piece[-1].isspace()
            assert piece[-1] not in ".,;!?。"
            assert span.value.partition("://")[2]
        elif span.kind == "mention":
            assert piece.lower() == f"@{span.value}"
        else:
            assert piece.lower() in {
                f"#{span.value}".lower(),
                f"＃{span.value}".lower(),
                span.value.lower(),
            }
            assert graphemes(span.value) <= TAG_GRAPHEMES
            assert not span.value.isdigit()


@given(st.integers(1, 4_000))
def test_long_texts_take_time_in_proportion(size: int) -> None:
    """Not timed: a pattern that explodes never comes back."""
    for piece in ("#", "@a.", "a.", "https://", "(", "#a", "\u0301", "$A", "-", "a-"):
        spans(piece * size)
