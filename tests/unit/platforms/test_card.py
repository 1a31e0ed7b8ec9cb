"""Previews of links: what pages state, and that no page can hurt us."""

import io

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from shared.platforms.card import (
    DESCRIPTION_LENGTH,
    IMAGE_BYTES,
    PAGE_BYTES,
    TITLE_LENGTH,
    Card,
    NoCardError,
    Stated,
    fetch_card,
    read_page,
)
from tests.fakes.wire import Sent, Step, Wire, answer, client

URL = "https://news.example/a/story"
HTML = "text/html; charset=utf-8"


def stated(html: str | bytes, *, url: str = URL, charset: str = "") -> Stated:
    return read_page(html if isinstance(html, bytes) else html.encode(), url=url, charset=charset)


def test_open_graph_wins_over_twitter_over_html() -> None:
    page = """<html><head><title>Plain</title><meta name="description" content="plain d">
      <meta name="twitter:title" content="Tweet"><meta name="twitter:description" content="tweet d">
      <meta property="og:title" content="Graph"><meta name="twitter:image" content="/t.png">"""
    assert stated(page) == Stated("Graph", "tweet d", "https://news.example/t.png")
    assert stated(page.replace("og:title", "x").replace("twitter:title", "x")).title == "Plain"


def test_the_first_of_several_counts_and_names_are_read_whatever_their_case() -> None:
    page = """<META PROPERTY=OG:TITLE CONTENT='One'><meta property="og:title" content="Two">
      <meta name="og:image" content="1.png"><meta property="og:image" content="2.png">"""
    assert stated(page) == Stated("One", "", "https://news.example/a/1.png")


def test_text_is_cleaned_and_bounded() -> None:
    page = f"""<title>
      A &amp; B &#187;   &lt;b&gt; "quoted"
    </title><meta property="og:description" content="{"é " * 2_000}">"""
    seen = stated(page)
    assert seen.title == 'A & B » <b> "quoted"'
    assert seen.description.startswith("é é")
    assert len(seen.description) == DESCRIPTION_LENGTH
    family = "👨‍👩‍👧‍👦"
    title = stated(f"<title>{family * 400}</title>").title
    assert title == family * TITLE_LENGTH


@pytest.mark.parametrize(
    ("reference", "image"),
    [
        ("https://cdn.example/i.jpg", "https://cdn.example/i.jpg"),
        ("//cdn.example/i.jpg", "https://cdn.example/i.jpg"),
        ("/i.jpg?a=1&amp;b=2", "https://news.example/i.jpg?a=1&b=2"),
        ("", ""),
        ("https://[broken", ""),
    ],
)
def test_pictures_are_found_from_where_the_page_came(reference: str, image: str) -> None:
    assert stated(f'<meta property="og:image" content="{reference}">').image_url == image


def test_a_page_may_name_its_base() -> None:
    page = '<base href="https://other.example/x/"><meta property="og:image" content="i.png">'
    assert stated(page).image_url == "https://other.example/x/i.png"


def test_what_is_commented_out_or_drawn_is_not_read() -> None:
    page = """<!-- <meta property="og:title" content="old"> --><svg><title>Icon</title></svg>
      <script>document.write('<meta property="og:title" content="js">')</script>
      <?xml version="1.0"?><title>Real</title>"""
    assert stated(page).title == "Real"


@pytest.mark.parametrize(
    ("page", "charset", "title"),
    [
        ("<title>Grüße</title>".encode(), "", "Grüße"),
        ("<title>Привет</title>".encode("windows-1251"), "windows-1251", "Привет"),
        ('<meta charset="shift_jis"><title>日本</title>'.encode("shift_jis"), "", "日本"),
        ("<title>“é”</title>".encode("windows-1252"), "iso-8859-1", "“é”"),
        ("<title>“é”</title>".encode("windows-1252"), "", "“é”"),
        ("<title>日本</title>".encode(), "made-up", "日本"),
        ("<title>日本</title>".encode(), "rot13", "日本"),
        (b"<title>+ADw-b+AD4-</title>", "utf-7", "+ADw-b+AD4-"),
        (b"<title>a\x81\xffb</title>", "utf-8", "a\ufffdÿb"),
    ],
)
def test_encodings(page: bytes, charset: str, title: str) -> None:
    assert stated(page, charset=charset).title == title


@pytest.mark.parametrize(
    "page",
    [
        b"<!-- " * 200_000,
        b"<!" * 500_000,
        b"<meta " * 170_000,
        b"<meta content='" * 60_000,
        b'<meta content="' * 60_000,
        b"<title>" * 150_000,
        b"<script>" + b"</scrip" * 140_000,
        b"<svg" * 250_000,
        b"<base href=" * 90_000,
        b"\0" * 1_000_000,
        (b"<meta " + b"a=b " * 4_000 + b">") * 60,
        (b"<title>" + b"&#x" * 4_000 + b"</title>") * 80,
        b"<div>" * 200_000,
    ],
    ids=lambda page: page[:8].decode(),
)
def test_pages_made_to_hurt_are_read_in_one_pass(page: bytes) -> None:
    """Not timed: with the parser alone the first of these takes minutes."""
    stated(page)


@given(st.binary(max_size=2_000) | st.text(max_size=500).map(str.encode), st.text(max_size=20))
def test_any_bytes_can_be_read(page: bytes, charset: str) -> None:
    stated(b"<title>" + page + b"</title><meta content=" + page, charset=charset)


def picture(width: int = 40, height: int = 30) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (width, height), "teal").save(out, "PNG")
    return out.getvalue()


def fetched(route: object) -> tuple[Card, list[Sent]]:
    wire = Wire(route)  # type: ignore[arg-type]  # a function of the test
    card = fetch_card(
        client(wire),
        URL,
        mimes=frozenset({"image/jpeg", "image/png"}),
        max_bytes=1_000_000,
        max_pixels=4_000_000,
    )
    return card, wire.sent


def page_with_picture(sent: Sent) -> Step:
    if sent.path == "/i.png":
        return answer(200, picture(), mime="image/png")
    html = b'<title>T</title><meta property="og:image" content="/i.png">'
    return answer(200, html, mime=HTML)


def test_a_card_is_made_of_the_page_and_its_picture() -> None:
    card, sent = fetched(page_with_picture)
    assert (card.title, card.description) == ("T", "")
    assert card.image is not None
    assert (card.image.mime, card.image.width, card.image.height) == ("image/png", 40, 30)
    assert [request.url for request in sent] == [URL, "https://news.example/i.png"]
    assert all("authorization" not in request.headers for request in sent)


def test_redirects_are_followed_and_guarded_one_by_one() -> None:
    def away(sent: Sent) -> Step:
        if sent.path == "/a/story":
            return answer(302, headers={"Location": "https://www.news.example/b/"})
        if sent.path == "/b/":
            return answer(200, b'<meta property="og:image" content="i.png">', mime=HTML)
        return page_with_picture(Sent("GET", "", "/i.png", {}, {}, b""))

    card, sent = fetched(away)
    assert sent[-1].url == "https://www.news.example/b/i.png"
    assert card.title == "news.example"

    def inside(sent: Sent) -> Step:
        return answer(302, headers={"Location": "http://169.254.169.254/latest/meta-data"})

    with pytest.raises(NoCardError, match=r"169\.254\.169\.254"):
        fetched(inside)


@pytest.mark.parametrize(
    "broken",
    [
        answer(404, b"", mime=HTML),
        answer(200, b"\x89PNG", mime="image/png"),
        answer(200, b"<svg>", mime="image/svg+xml"),
        answer(200, (b"x" * IMAGE_BYTES, b"x"), mime="image/png"),
        httpx.ReadTimeout("x"),
    ],
    ids=["missing", "broken", "of another kind", "too large", "too slow"],
)
def test_a_picture_that_cannot_be_had_leaves_a_card_without(broken: Step) -> None:
    def route(sent: Sent) -> Step:
        return broken if sent.path == "/i.png" else page_with_picture(sent)

    card, _ = fetched(route)
    assert card == Card("T", "", image_url="https://news.example/i.png")


@pytest.mark.parametrize(
    "reference", ["http://127.0.0.1/x.png", "data:image/png;base64,AA", "file:///x"]
)
def test_pictures_from_inside_are_not_asked_for(reference: str) -> None:
    def route(sent: Sent) -> Step:
        html = f'<title>T</title><meta property="og:image" content="{reference}">'
        return answer(200, html.encode(), mime=HTML)

    card, sent = fetched(route)
    assert card == Card("T", "", image_url=reference)
    assert len(sent) == 1


@pytest.mark.parametrize(
    ("reply", "why"),
    [
        (answer(404, b"", mime=HTML), "404"),
        (answer(200, b"%PDF", mime="application/pdf"), "application/pdf"),
        (httpx.ConnectError("x"), "ConnectError"),
        (httpx.ReadTimeout("x"), "ReadTimeout"),
    ],
)
def test_no_card_says_why(reply: Step, why: str) -> None:
    with pytest.raises(NoCardError, match=why):
        fetched(lambda sent: reply)


def test_a_page_that_fails_twice_has_no_card() -> None:
    with pytest.raises(NoCardError, match="503"):
        fetched(lambda sent: answer(503))


def test_a_page_that_failed_once_is_asked_again() -> None:
    replies = [answer(503), answer(200, b"<title>T</title>", mime=HTML)]
    card, sent = fetched(lambda sent: replies.pop(0))
    assert card.title == "T"
    assert len(sent) == 2


def test_only_the_beginning_of_a_long_page_is_read() -> None:
    def long(sent: Sent) -> Step:
        late = b'<meta property="og:title" content="no">'
        chunks = (b"<title>T</title>", b"x" * PAGE_BYTES, late)
        return answer(200, chunks, mime=HTML)

    assert fetched(long)[0].title == "T"


def test_large_pictures_are_made_to_fit() -> None:
    def route(sent: Sent) -> Step:
        if sent.path == "/i.png":
            return answer(200, picture(2_400, 2_000), mime="image/png")
        return page_with_picture(sent)

    image = fetched(route)[0].image
    assert image is not None
    assert image.width * image.height <= 4_000_000
    assert len(image.data) <= 1_000_000
