"""The text that people read in what servers make of it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.platforms.mastodon_html import MAX_HTML, readable
from tests.servers.mastodon_text import render

LINK = (
    '<a href="https://example.com/a/long/path?x=1&amp;y=2" rel="nofollow">'
    '<span class="invisible">https://</span><span class="ellipsis">example.com/a/long/path?x</span>'
    '<span class="invisible">=1&amp;y=2</span></a>'
)


@pytest.mark.parametrize(
    ("html", "text"),
    [
        ("", ""),
        ("Hello", "Hello"),
        ("<p>one<br />two</p><p>three</p>", "one\ntwo\n\nthree"),
        ("<p>one</p>\n\n\n<p>two</p>", "one\n\ntwo"),
        ("<ul><li>one</li><li>two</li></ul>after", "one\ntwo\n\nafter"),
        ("a &lt; b &amp;&amp; c &gt; d", "a < b && c > d"),
        ("2 < 3 and 5 > 4", "2 < 3 and 5 > 4"),
        (f"<p>see {LINK}.</p>", "see https://example.com/a/long/path?x=1&y=2."),
        (
            '<a href="https://example.com/a/long">example.com/a/lo…</a>',
            "https://example.com/a/long",
        ),
        ('<a href="https://example.com">the page</a>', "the page (https://example.com)"),
        ('<a href="https://evil.example">bank.example</a>', "bank.example (https://evil.example)"),
        ('<a href="https://example.com"></a>', "https://example.com"),
        (
            '<a href="https://b.example/@ada" class="u-url mention">@<span>ada</span></a> hi',
            "@ada hi",
        ),
        ('<a href="https://b.example/@ada">@ada</a> hi', "@ada hi"),
        ('<a href="/tags/Sea" class="mention hashtag">#<span>Sea</span></a>', "#Sea"),
        ('<img class="emoji" alt=":blobcat:" src="x"> hi', ":blobcat: hi"),
        ("<!-- hidden -->seen<?php x ?>", "seen"),
        ("<script>alert(1)</script>", "alert(1)"),
        ("<P CLASS=x>loud</P>", "loud"),
        ('<a href="https://example.com">never ended', "never ended (https://example.com)"),
        ("a < b", "a < b"),
        ("broken <a href=", "broken <a href="),
    ],
)
def test_what_is_read(html: str, text: str) -> None:
    assert readable(html) == text


@given(st.text(alphabet="ab \n.,é👋", max_size=60))
def test_plain_words_come_back_as_they_were_written(text: str) -> None:
    written = "\n".join(line.rstrip() for line in text.split("\n"))
    assert words(readable(render(written, "https://social.example"))) == words(written)


def words(text: str) -> list[str]:
    return text.split()


@given(st.text(max_size=200) | st.text(alphabet="<>/a p=\"'&;#!-", max_size=200))
def test_no_html_crashes_it(html: str) -> None:
    assert isinstance(readable(html), str)


@pytest.mark.parametrize(
    "piece",
    [
        *("<", "<a ", "<!--", "</", "<a href='", '<a class="', "<a b=", "<p>", "&", "&#", "<br>"),
        *("<a href=x>", "<a href=x>y", "<a>…", "\n\n\n", "<?", "<![CDATA["),
    ],
)
def test_hostile_html_does_not_hold_us_up(piece: str) -> None:
    """The library's parser would not end within the run."""
    assert len(readable(piece * 300_000)) <= 2 * MAX_HTML
