"""Counting as the server counts: https://docs.joinmastodon.org/user/posting/ (read 2026-11)."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.platforms.mastodon_count import length
from shared.platforms.text import graphemes

LONG = "a" * 80


def count(text: str, warning: str = "") -> int:
    return length(text, warning, per_url=23)


@pytest.mark.parametrize(
    "url",
    [
        "https://example.com",
        "http://example.com",
        "HTTPS://EXAMPLE.COM",
        f"https://example.com/{LONG}",
        f"https://example.com/?q={LONG}",
        f"https://example.com/a?b={LONG}#c",
        f"https://sub.domain.example.co.uk:8443/{LONG}",
        f"https://example.com/a_(b)_{LONG}",
        f"https://example.com/{LONG}_(film)",
        f"https://example.com/@user/{LONG}",
        f"https://example.com/ñandú/{LONG}",
        f"https://bücher.de/{LONG}",
        f"https://пример.рф/{LONG}",
        f"https://xn--e1afmkfd.xn--p1ai/{LONG}",
        f"https://example.photography/{LONG}",
    ],
)
def test_links_count_23_whatever_their_length(url: str) -> None:
    assert count(url) == 23
    assert count(f"see {url} now") == 8 + 23
    assert count(f"x\n{url}\ny") == 4 + 23


@pytest.mark.parametrize(
    "text",
    [
        f"http://192.168.1.1/{LONG}",
        f"https://8.8.8.8/{LONG}",
        f"http://localhost/{LONG}",
        f"https://localhost:3000/{LONG}",
        f"https://server.invalid/{LONG}",
        f"https://user:pass@example.com/{LONG}",
        f"https://user@example.com/{LONG}",
        f"https://example.com@example.org/{LONG}",
        f"https://example.com+{LONG}",
        f"ftp://example.com/{LONG}",
        f"git+ssh://example.com/{LONG}",
        f"mailto:somebody@{LONG}.example",
        f"example.com/{LONG}",
        f"www.example.com/{LONG}",
        f"xhttps://example.com/{LONG}",
        f"#https://example.com/{LONG}",
        "https://",
        "https:///path",
        "https://.com",
        "https://example.com/" + "a" * 4096,
    ],
)
def test_what_does_not_become_a_link_counts_in_full(text: str) -> None:
    assert count(text) == len(text)


@pytest.mark.parametrize(
    ("text", "used"),
    [
        ("(https://example.com/page)", 25),
        ("https://example.com/page.", 24),
        ("https://example.com/page, and", 28),
        ("https://example.com/page!", 24),
        ("https://example.com/page?", 24),
        ('"https://example.com/page"', 25),
        ("<https://example.com/page>", 25),
        ("https://example.com.", 24),
        ("https://example.com/a)b", 25),
        ("https://example.com/a_(b)).", 25),
        ("https://example.com/?q=a.", 24),
        ("https://example.com/#top", 23),
        ("https://example.com#top", 27),
        ("https://example.com.nowhere", 31),
        ("https://a.example.com/ https://b.example.com/", 47),
        ("https://example.com/https://example.com/", 23),
        ("日本語https://example.com/日本語", 26),
        ("https://example.com。", 24),
        ("https://example.com/🎈", 23),
    ],
)
def test_where_a_link_ends(text: str, used: int) -> None:
    assert count(text) == used


@pytest.mark.parametrize(
    ("text", "used"),
    [
        ("@ada", 4),
        ("@ada@social.example", 4),
        ("hi @ada@social.example!", 8),
        ("(@ada@social.example)", 6),
        ("@ada.lovelace@social.example", 13),
        ("@ada@social.example.", 5),
        ("@ada@social.example:", 5),
        ("@ada@localhost", 4),
        ("@ada@bücher.example", 4),
        ("@a@b.example @c@d.example", 5),
        ("mail ada@social.example", 23),
        ("see /@ada@social.example", 24),
        ("x=@ada@social.example", 21),
        ("@ada@social@example", 19),
        ("@adaé@social.example", 20),
        ("@ada://x", 8),
        ("@", 1),
        ("@@ada", 5),
        ("https://example.com/@ada@social.example/1", 23),
    ],
)
def test_of_a_remote_mention_only_the_name_counts(text: str, used: int) -> None:
    assert count(text) == used


@pytest.mark.parametrize(
    ("text", "warning", "used"),
    [
        ("", "", 0),
        ("hello", "careful", 12),
        ("👩‍👩‍👧‍👦", "", 1),
        ("e\u0301e\u0301", "", 2),
        # The warning is text alone: nothing in it becomes a link.
        ("", f"https://example.com/{LONG}", 100),
        ("", "@ada@social.example", 19),
        ("\u0301", "e", 1),
    ],
)
def test_warning_and_text_count_together_in_characters(text: str, warning: str, used: int) -> None:
    assert count(text, warning) == used


def test_the_rate_is_the_servers_own() -> None:
    assert length("https://example.com/a", "", per_url=30) == 30


PIECES = st.sampled_from(
    [
        *("https://", "example.com", "/", "(", ")", ".", "@ada", "@social.example", "?", "#", " "),
        *("é", "👍🏽", "localhost", ":443", "日本", "\n", "-", "_", "=", "a"),
    ]
)


@given(st.lists(PIECES, max_size=14).map("".join))
def test_it_never_counts_a_text_twice_or_forgets_the_rest(text: str) -> None:
    rate_of_nothing = length(text, "", per_url=0)
    links = length(text, "", per_url=1) - rate_of_nothing
    assert 0 <= links <= text.lower().count("http")
    assert length(text, "", per_url=23) == rate_of_nothing + 23 * links
    assert rate_of_nothing <= graphemes(text)


@given(st.text(max_size=80))
def test_plain_words_count_as_what_they_are(text: str) -> None:
    if "@" not in text and "://" not in text:
        assert count(text) == graphemes(text)


@pytest.mark.parametrize(
    "piece",
    ["https://", "https://a.", "https://e.com/", "https://e.com/(", "@a@", "@a.", "(a", "."],
)
@pytest.mark.parametrize("start", ["", "https://e.com/", "@"])
def test_a_hostile_text_does_not_hold_us_up(start: str, piece: str) -> None:
    """Its time grows with its length: anything worse would not end within the test run."""
    assert count(start + piece * 20_000) > 0
