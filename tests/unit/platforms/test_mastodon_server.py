"""What each refusal means, row by row."""

import httpx
import pytest

from shared.core.errors import (
    AccessRevoked,
    Ambiguous,
    Gone,
    PlatformError,
    RateLimited,
    Rejected,
    Transient,
)
from shared.platforms.guard import ServerRefused
from shared.platforms.mastodon_server import ME, REFUSALS, WITHOUT_JSON, Means, Server, meaning
from shared.platforms.request import Answer
from tests.fakes.time import START, FakeClock
from tests.fakes.wire import Sent, Step, Wire, answer, client

PAGE = b"<!DOCTYPE html><html><body><h1>Error</h1></body></html>"
ORIGIN = "https://social.example"


def server(wire: Wire) -> Server:
    return Server(client(wire), FakeClock(), origin=ORIGIN, token="t0ken")


def refusing(step: Step, *, me: Step | None = None) -> Wire:
    """Refuses everything; `me` is what it answers when asked who we are."""

    def route(sent: Sent) -> Step:
        return me if me is not None and sent.path == ME else step

    return Wire(route)


def json_error(status: int) -> httpx.Response:
    return answer(status, {"error": "入力に誤りがあります"})


def page(status: int) -> httpx.Response:
    return answer(status, PAGE, mime="text/html; charset=utf-8")


def empty(status: int) -> httpx.Response:
    return answer(status, mime="text/html")


def post(wire: Wire) -> None:
    server(wire).change("POST", "/api/v1/statuses", {"status": "hi"})


def read(wire: Wire) -> None:
    server(wire).read("/api/v1/accounts/1/statuses")


KNOWN = answer(200, {"id": "1", "username": "ada"})
ROWS = [
    # What the server answers, what it says of us when asked, and what that means for a post.
    (json_error(400), None, Rejected),
    (page(400), json_error(401), AccessRevoked),
    (page(400), KNOWN, Rejected),
    (json_error(401), None, AccessRevoked),
    (answer(401, {"error": "invalid_token"}), None, AccessRevoked),
    (empty(401), None, AccessRevoked),
    (page(401), None, AccessRevoked),
    (json_error(403), KNOWN, Rejected),
    (json_error(403), json_error(403), AccessRevoked),
    (page(403), page(503), Transient),
    (page(403), httpx.ConnectError("refused"), Transient),
    (json_error(404), None, Gone),
    (page(404), None, Gone),
    (json_error(405), None, Rejected),
    (json_error(406), None, Rejected),
    (json_error(408), None, Ambiguous),
    (json_error(409), None, Ambiguous),
    (json_error(410), None, Gone),
    (json_error(411), None, Rejected),
    (page(413), None, Rejected),
    (page(414), None, Rejected),
    (page(415), None, Rejected),
    (page(418), None, Ambiguous),
    (page(421), None, Transient),
    (json_error(422), None, Rejected),
    (empty(422), json_error(401), AccessRevoked),
    (empty(422), empty(422), AccessRevoked),
    (empty(422), KNOWN, Rejected),
    (page(425), None, Transient),
    (json_error(429), None, RateLimited),
    (page(429), None, RateLimited),
    (page(431), None, Rejected),
    (page(451), None, Rejected),
    (json_error(500), None, Ambiguous),
    (page(500), None, Ambiguous),
    (page(502), None, Ambiguous),
    (page(503), None, Ambiguous),
    (page(504), None, Ambiguous),
    (page(522), None, Ambiguous),
    (answer(301, headers={"location": "https://www.social.example/"}), None, Rejected),
    (answer(308), None, Rejected),
]


def named(row: object) -> str:
    if isinstance(row, httpx.Response):
        return f"{row.status_code} {row.headers.get('content-type', '')[:9]}"
    return getattr(row, "__name__", str(row))


@pytest.mark.parametrize(("step", "me", "error"), ROWS, ids=named)
def test_a_refused_post(step: httpx.Response, me: Step | None, error: type[PlatformError]) -> None:
    wire = refusing(step, me=me)
    with pytest.raises(PlatformError) as caught:
        post(wire)
    assert type(caught.value) is error
    assert [sent.method for sent in wire.sent] == (["POST"] if me is None else ["POST", "GET"])


def test_every_row_of_the_table_is_tested() -> None:
    tested = {step.status_code for step, _, _ in ROWS}
    assert REFUSALS.keys() | WITHOUT_JSON.keys() <= tested


@pytest.mark.parametrize("status", [500, 502, 503, 408, 409, 418])
def test_a_read_that_failed_changed_nothing(status: int) -> None:
    with pytest.raises(Transient):
        read(refusing(page(status)))


@pytest.mark.parametrize("step", [page(400), empty(422), json_error(403), page(401)], ids=named)
def test_a_read_that_is_not_understood_is_the_token(step: httpx.Response) -> None:
    with pytest.raises(AccessRevoked):
        read(refusing(step))


def test_a_busy_server_says_when_in_iso_8601() -> None:
    limited = answer(
        429, {"error": "Too many requests"}, headers={"X-RateLimit-Reset": "2026-05-28T20:30:00.5Z"}
    )
    with pytest.raises(RateLimited) as caught:
        post(refusing(limited))
    assert caught.value.at == START + 200_500


def test_a_busy_server_may_say_nothing() -> None:
    with pytest.raises(RateLimited) as caught:
        post(refusing(page(429)))
    assert caught.value.at is None


def test_people_read_what_the_server_said_and_where_it_went() -> None:
    with pytest.raises(Rejected) as refused:
        post(refusing(json_error(422)))
    assert "入力に誤りがあります" in refused.value.problems[0].message
    moved = answer(301, headers={"location": "https://www.social.example/"})
    with pytest.raises(Rejected) as elsewhere:
        post(refusing(moved))
    assert elsewhere.value.problems[0].code == "server_moved"
    assert "https://www.social.example/" in elsewhere.value.problems[0].message


def test_no_message_tells_the_token() -> None:
    long = answer(422, {"error": "x" * 5000})
    with pytest.raises(Rejected) as caught:
        post(refusing(long))
    assert "t0ken" not in str(caught.value)
    assert len(str(caught.value)) < 400


@pytest.mark.parametrize("status", range(300, 600))
def test_no_status_goes_unnamed(status: int) -> None:
    for body in (b"", PAGE, b'{"error": "no"}', b"[]", b"null"):
        means = meaning(Answer(status, {}, body))
        assert isinstance(means, Means)
        if status >= 500:
            assert means is Means.UNKNOWN


def test_the_guard_is_asked_every_time() -> None:
    inside = Server(
        client(Wire(lambda sent: answer())), FakeClock(), origin="http://10.0.0.1", token="t"
    )
    with pytest.raises(ServerRefused):
        inside.read(ME)
