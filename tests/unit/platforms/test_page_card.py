"""What a writer sees of a link's page: small, and with a reason where something is missing."""

import io

import httpx
import pytest
from PIL import Image

from shared.core.errors import InvalidDraft
from shared.platforms.page_card import PICTURE_BYTES, PageReader
from tests.fakes.wire import Sent, Step, Wire, answer, client

URL = "https://news.example/a"
HTML = "text/html"
PAGE = (
    b'<title>T</title><meta name="description" content="D"><meta property="og:image" content="/i">'
)


def noisy() -> bytes:
    out = io.BytesIO()
    Image.effect_noise((1_600, 1_200), 90).convert("RGB").save(out, "JPEG", quality=95)
    return out.getvalue()


def test_a_large_picture_becomes_a_small_copy() -> None:
    wire = Wire(
        lambda sent: (
            answer(200, noisy(), mime="image/jpeg")
            if sent.path == "/i"
            else answer(200, PAGE, mime=HTML)
        )
    )
    seen = PageReader(client(wire))(URL)
    assert (seen.title, seen.description, seen.why) == ("T", "D", "")
    assert seen.picture_url == "https://news.example/i"
    assert seen.picture is not None
    assert len(seen.picture.data) <= PICTURE_BYTES
    with Image.open(io.BytesIO(seen.picture.data)) as small:
        assert Image.MIME[small.format or ""] == seen.picture.mime


@pytest.mark.parametrize(
    ("page", "why"),
    [
        (answer(200, b"<title>T</title>", mime=HTML), "The page names no picture."),
        (answer(200, PAGE, mime=HTML), "The page names a picture that cannot be had or read."),
        (answer(404, mime=HTML), "The page says nothing of itself: news.example answered 404."),
        (
            answer(302, headers={"Location": "http://10.0.0.1/"}),
            "The page says nothing of itself: 10.0.0.1 is inside a private network. Whoever runs "
            "this installation can allow it by name in AllowedPrivateHosts.",
        ),
        (
            httpx.ReadTimeout("slow"),
            "The page says nothing of itself: news.example: ReadTimeout.",
        ),
    ],
)
def test_what_is_missing_is_said(page: Step, why: str) -> None:
    def route(sent: Sent) -> Step:
        return answer(404) if sent.path == "/i" else page

    seen = PageReader(client(Wire(route)))(URL)
    assert (seen.picture, seen.picture_url, seen.why) == (None, "", why)


@pytest.mark.parametrize("url", ["http://127.0.0.1/", "https://a:b@news.example/", "http://x:22/"])
def test_addresses_from_inside_are_not_asked(url: str) -> None:
    wire = Wire(lambda sent: answer())
    with pytest.raises(InvalidDraft) as caught:
        PageReader(client(wire))(url)
    assert caught.value.problems[0].where == "url"
    assert wire.sent == []
