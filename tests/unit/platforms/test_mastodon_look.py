"""Recognising our own post in what servers make of it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.platforms.mastodon_html import MAX_HTML
from shared.platforms.mastodon_look import of_html, of_text
from tests.servers.mastodon_text import render

LINK = (
    '<a href="https://example.com/a/long/path?x=1&amp;y=2" rel="nofollow">'
    '<span class="invisible">https://</span><span class="ellipsis">example.com/a/long/path?x</span>'
    '<span class="invisible">=1&amp;y=2</span></a>'
)
MENTION = (
    '<span class="h-card"><a href="https://social.example/@ada" class="u-url mention">'
    "@<span>ada</span></a></span>"
)
TAG = '<a href="https://social.example/tags/Sea" class="mention hashtag">#<span>Sea</span></a>'


@pytest.mark.parametrize(
    ("text", "html"),
    [
        ("Hello", "<p>Hello</p>"),
        ("Hello", "Hello"),
        ("one\ntwo\n\nthree", "<p>one<br />two</p><p>three</p>"),
        ("one\r\ntwo", "<p>one<br>two</p>"),
        ("  padded  ", "<p>padded</p>"),
        ("a < b & c > d", "<p>a &lt; b &amp; c &gt; d</p>"),
        ("it's", "<p>it&#39;s</p>"),
        ("see https://example.com/a/long/path?x=1&y=2.", f"<p>see {LINK}.</p>"),
        ("hi @ada@social.example!", f"<p>hi {MENTION}!</p>"),
        ("hi @ada@social.example!", "<p>hi <a class='mention'>@ada@social.example</a>!</p>"),
        ("hi\n@ada@social.example", f"<p>hi<br />{MENTION}</p>"),
        ("by the #Sea", f"<p>by the {TAG}</p>"),
        ("cafe\u0301", "<p>caf\u00e9</p>"),
        ("❤\ufe0f", "<p>❤</p>"),
        (":blobcat: hi", '<p><img class="emoji" alt=":blobcat:" src="x"> hi</p>'),
        # A server that shortens the text of links for good.
        (
            "see https://example.com/a/long/path",
            '<p>see <a href="https://example.com/a/long/path/">example.com/a/lo…</a></p>',
        ),
        ("https://example.com/a", '<p><a href="https://example.com/a">example.com</a></p>'),
        # A server that links what Mastodon does not.
        (
            "http://localhost/x and example.com",
            '<p><a href="http://localhost/x">http://localhost/x</a> and '
            '<a href="https://example.com">example.com</a></p>',
        ),
        ("", ""),
    ],
)
def test_the_same_post_in_other_clothes(text: str, html: str) -> None:
    assert of_text(text).same(of_html(html))


@pytest.mark.parametrize(
    ("text", "html"),
    [
        ("Hello", "<p>Hello!</p>"),
        ("Hello", "<p>Hell</p>"),
        ("Hello", ""),
        ("", "<p>Hello</p>"),
        # The same words with another link are another post.
        (
            "new: https://example.com/1",
            '<p>new: <a href="https://example.com/2">https://example.com/2</a></p>',
        ),
        ("https://example.com/1", '<p><a href="https://example.com/2">example.com</a></p>'),
        # The same words and link in another order.
        (
            "one two https://example.com/1",
            '<p>one <a href="https://example.com/1">https://example.com/1</a> two</p>',
        ),
        ("hi @ada@social.example", "<p>hi @bob</p>"),
        ("👍", "<p>👎</p>"),
    ],
)
def test_another_post(text: str, html: str) -> None:
    assert not of_text(text).same(of_html(html))


WORDS = st.lists(
    st.sampled_from(
        [
            *("Hello", "https://example.com/a_(b)", "https://example.com/?q=1.", "@ada@b.example"),
            *(
                "#tag",
                "<b>",
                "&amp;",
                "👩‍👩‍👧‍👦",
                "\n",
                "\n\n",
                "http://localhost/x",
                "é",
                '"quoted"',
            ),
        ]
    ),
    min_size=1,
    max_size=8,
).map(" ".join)


@given(WORDS)
def test_what_a_server_renders_is_recognised(text: str) -> None:
    assert of_text(text).same(of_html(render(text, "https://social.example")))


@given(WORDS, WORDS)
def test_other_words_are_not(text: str, other: str) -> None:
    if "".join(text.split()) != "".join(other.split()):
        assert not of_text(text).same(of_html(render(other, "https://social.example")))


def test_a_long_post_is_recognised_to_its_end() -> None:
    """What a server makes of many tags and links is far longer than what was written."""
    text = " ".join(f"#tag{n} https://example.com/{n}" for n in range(400))
    html = render(text, "https://social.example")
    assert len(html) > MAX_HTML
    assert of_text(text).same(of_html(html))
    assert not of_text(text + "0").same(of_html(html))


@pytest.mark.parametrize("piece", ["<", "<a ", "</", '<a class="', "<a b=", "&", "<a>…", "<?"])
def test_hostile_html_does_not_hold_us_up(piece: str) -> None:
    """An answer may hold two million characters."""
    assert of_html(piece * 300_000).same(of_html(piece * 300_000))


@given(st.text(max_size=80))
def test_no_html_crashes_it(html: str) -> None:
    assert of_html(html).same(of_html(html))
