"""The HTTP client: what a broken request is called, and what an answer may cost."""

import gzip
import inspect
import ssl
import zlib
from collections.abc import Iterator

import httpx
import pytest

from shared.core.errors import Ambiguous, PlatformError, Transient, Unreadable
from shared.platforms.guard import ServerRefused
from shared.platforms.http import FAULTS, Client, Phase
from shared.platforms.request import Request
from tests.fakes.wire import Sent, Wire, answer, client

URL = "https://social.example/api"
EVERY_FAULT = [
    kind
    for _, kind in inspect.getmembers(httpx, inspect.isclass)
    if issubclass(kind, Exception)
    and not issubclass(kind, httpx.StreamError | httpx.HTTPStatusError)
]


def failing(error: Exception) -> Client:
    return client(lambda sent: error)


def made(kind: type[Exception]) -> Exception:
    try:
        return kind("broken")
    except TypeError:
        return kind()


def test_every_error_of_the_library_is_listed() -> None:
    kinds = {
        kind
        for _, kind in inspect.getmembers(httpx, inspect.isclass)
        if issubclass(kind, Exception)
    }
    assert kinds <= FAULTS.keys()


@pytest.mark.parametrize("kind", EVERY_FAULT, ids=lambda kind: kind.__name__)
@pytest.mark.parametrize("safe", [True, False], ids=["safe", "changing"])
def test_no_error_of_the_library_escapes(kind: type[Exception], safe: bool) -> None:  # noqa: FBT001  a parameter of the test
    with pytest.raises(PlatformError) as caught:
        failing(made(kind)).send(Request("POST", URL, safe=safe))
    expected = Transient if safe or FAULTS[kind] is Phase.BEFORE else Ambiguous
    assert type(caught.value) is expected


@pytest.mark.parametrize(
    "error",
    [
        httpx.ConnectError("refused"),
        httpx.ConnectTimeout("dns or tls took too long"),
        httpx.PoolTimeout("no free connection"),
        httpx.UnsupportedProtocol("gopher"),
        httpx.InvalidURL("no"),
    ],
)
def test_before_the_first_byte_nothing_happened(error: Exception) -> None:
    with pytest.raises(Transient):
        failing(error).send(Request("POST", URL))


@pytest.mark.parametrize(
    "error",
    [
        httpx.ReadTimeout("no answer"),
        httpx.ReadError("reset"),
        httpx.WriteError("broken pipe"),
        httpx.WriteTimeout("stuck"),
        httpx.RemoteProtocolError("closed without an answer"),
        ConnectionResetError("untranslated"),
        ssl.SSLError("bad record"),
    ],
)
def test_afterwards_nobody_can_tell_unless_nothing_could_change(error: Exception) -> None:
    with pytest.raises(Ambiguous):
        failing(error).send(Request("POST", URL))
    with pytest.raises(Transient):
        failing(error).send(Request("GET", URL, safe=True))


def test_messages_name_the_host_and_nothing_else() -> None:
    with pytest.raises(Ambiguous) as caught:
        failing(httpx.ReadTimeout("token=abc")).send(
            Request("POST", "https://social.example/secret/path?token=abc")
        )
    assert caught.value.message == "social.example: ReadTimeout"


def test_our_own_errors_pass_through() -> None:
    with pytest.raises(ServerRefused):
        failing(ServerRefused([])).send(Request("POST", URL))


def test_refused_addresses_are_never_asked() -> None:
    wire = Wire(lambda sent: answer())
    for url in ("http://social.example/", "https://127.0.0.1/", "file:///etc/passwd"):
        with pytest.raises(ServerRefused):
            client(wire).send(Request("GET", url, safe=True))
    assert wire.sent == []


def test_an_answer_is_bounded() -> None:
    big = client(lambda sent: answer(200, b"x" * 101))
    assert len(big.send(Request("GET", URL, safe=True, max_bytes=101)).body) == 101
    with pytest.raises(Unreadable):
        big.send(Request("GET", URL, safe=True, max_bytes=100))
    with pytest.raises(Ambiguous):
        big.send(Request("POST", URL, max_bytes=100))
    assert big.send(Request("GET", URL, safe=True, max_bytes=40, cut=True)).body == b"x" * 40


def test_a_long_answer_is_cut_off_and_not_read_to_the_end() -> None:
    read = 0

    def long() -> Iterator[bytes]:
        nonlocal read
        for _ in range(10_000):
            read += 1
            yield b"x" * 1000

    with pytest.raises(Unreadable):
        client(lambda sent: answer(200, long())).send(
            Request("GET", URL, safe=True, max_bytes=10_000)
        )
    assert read <= 12


@pytest.mark.parametrize(
    ("coding", "packed"),
    [("gzip", gzip.compress(b"hello", mtime=0)), ("deflate", zlib.compress(b"hello"))],
)
def test_packed_answers_are_unpacked(coding: str, packed: bytes) -> None:
    answered = client(lambda sent: answer(200, packed, headers={"content-encoding": coding})).send(
        Request("GET", URL, safe=True)
    )
    assert answered.body == b"hello"


def test_a_bomb_does_not_go_off() -> None:
    bomb = gzip.compress(b"\0" * 50_000_000)
    answered = client(lambda sent: answer(200, bomb, headers={"content-encoding": "gzip"}))
    with pytest.raises(Unreadable):
        answered.send(Request("GET", URL, safe=True, max_bytes=1_000_000))


def test_a_broken_packing_is_an_unclear_answer() -> None:
    broken = client(lambda sent: answer(200, b"nope", headers={"content-encoding": "gzip"}))
    with pytest.raises(Ambiguous):
        broken.send(Request("POST", URL))


def redirecting(sent: Sent) -> httpx.Response:
    places = {
        "/a": "https://social.example/b",
        "/b": "c",
        "/loop": "/loop",
        "/inside": "http://169.254.169.254/latest",
        "/file": "file:///etc/passwd",
    }
    there = places.get(sent.path)
    if there is None:
        return answer(200, sent.path.encode())
    return answer(302, headers={"location": there})


def test_redirects_are_not_followed_unless_asked() -> None:
    assert (
        client(redirecting).send(Request("GET", "https://social.example/a", safe=True)).status
        == 302
    )
    posted = Request("POST", "https://social.example/a", hops=5)
    assert client(redirecting).send(posted).status == 302


def test_redirects_are_followed_and_each_hop_is_checked() -> None:
    follow = client(redirecting).send
    answered = follow(Request("GET", "https://social.example/a", safe=True, hops=3))
    assert (answered.body, answered.url) == (b"/c", "https://social.example/c")
    for path in ("/inside", "/file"):
        with pytest.raises(ServerRefused):
            follow(Request("GET", f"https://social.example{path}", safe=True, hops=3))
    with pytest.raises(Transient):
        follow(Request("GET", "https://social.example/loop", safe=True, hops=3))


def test_cookies_of_one_account_never_travel_with_the_next() -> None:
    wire = Wire(lambda sent: answer(headers={"set-cookie": "session=ada; Path=/"}))
    shared = client(wire)
    shared.send(Request("GET", URL, safe=True))
    shared.send(Request("GET", URL, safe=True))
    assert [sent.headers.get("cookie") for sent in wire.sent] == [None, None]


def test_answers_are_read_as_json_or_not_at_all() -> None:
    def answered(body: bytes) -> object:
        return client(lambda sent: answer(200, body)).send(Request("GET", URL, safe=True)).json()

    assert answered(b'{"id": "1"}') == {"id": "1"}
    for broken in (b"", b"<html>", b"\xff\xfe", b'{"id": ', b"[" * 100_000):
        with pytest.raises(Unreadable):
            answered(broken)


def test_header_names_are_lower_case_and_the_type_is_bare() -> None:
    answered = client(
        lambda sent: answer(headers={"Content-Type": "Text/HTML; charset=utf-8"})
    ).send(Request("GET", URL, safe=True))
    assert answered.mime == "text/html"
    assert "content-type" in answered.headers
