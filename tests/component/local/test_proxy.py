"""The proxy over real sockets of this machine."""

import http.client
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from local.proxy import Answer, Decision, Forward, Proxy, Receive


class Upstream(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    seen: list[tuple[str, str, dict[str, str], bytes]]

    def do_POST(self) -> None:
        length = int(self.headers.get("Content-Length", 0))
        body = self.rfile.read(length)
        names = {name.lower(): value for name, value in self.headers.items()}
        self.server.seen.append((self.command, self.path, names, body))  # type: ignore[attr-defined]  # set below
        self.send_response(201)
        self.send_header("Set-Cookie", "a=1")
        self.send_header("Set-Cookie", "b=2")
        if self.path.endswith("/stream"):
            self.send_header("Transfer-Encoding", "chunked")
            self.end_headers()
            self.wfile.write(b"3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n")
            return
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_PUT(self) -> None:
        """Ends in the middle of a request, as a server that is stopped."""
        self.close_connection = True

    def do_HEAD(self) -> None:
        self.send_response(200)
        self.send_header("Content-Length", "99")
        self.end_headers()

    def log_message(self, *_: Any) -> None:
        pass


@pytest.fixture
def upstream() -> Iterator[Any]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Upstream)
    server.seen = []  # type: ignore[attr-defined]  # read by the handler
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    yield server
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture
def client(upstream: Any) -> Iterator[http.client.HTTPConnection]:
    def route(method: str, target: str, host: str) -> Decision:
        if target == "/form":
            return Receive(10, lambda headers, body: Answer(200, headers["origin"].encode() + body))
        if target == "/own":
            return Answer(418, host.encode(), {"X-Own": method})
        if target == "/gone":
            return Forward(1, target)
        return Forward(upstream.server_port, f"/prefix{target}", limit=1_000_000)

    proxy = Proxy(0, route)
    proxy.start()
    connection = http.client.HTTPConnection("127.0.0.1", proxy.server_port, timeout=10)
    yield connection
    connection.close()
    proxy.stop()


def test_request_arrives_as_it_was_sent(upstream: Any, client: http.client.HTTPConnection) -> None:
    body = bytes(range(256)) * 1000
    client.request(
        "POST", "/a%2Fb?x=%C3%A9&x=2", body, {"Host": "example:8080", "X-Forwarded-Host": "evil"}
    )
    answer = client.getresponse()
    assert (answer.status, answer.read()) == (201, body)
    assert answer.headers.get_all("Set-Cookie") == ["a=1", "b=2"]
    method, target, headers, received = upstream.seen[0]
    assert (method, target, received) == ("POST", "/prefix/a%2Fb?x=%C3%A9&x=2", body)
    assert headers["host"] == "example:8080"
    assert headers["x-forwarded-for"] == "127.0.0.1"
    assert "x-forwarded-host" not in headers


def test_connection_is_kept_and_streams_pass(client: http.client.HTTPConnection) -> None:
    for _ in range(3):
        client.request("POST", "/stream", b"x")
        answer = client.getresponse()
        assert answer.read() == b"abcde"
        assert not answer.will_close


def test_answers_of_our_own(client: http.client.HTTPConnection) -> None:
    client.request("DELETE", "/own", headers={"Host": "me"})
    answer = client.getresponse()
    assert (answer.status, answer.read(), answer.headers["X-Own"]) == (418, b"me", "DELETE")


def test_a_form_is_received_up_to_its_limit(client: http.client.HTTPConnection) -> None:
    client.request("POST", "/form", b"0123456789", {"Origin": "here"})
    answer = client.getresponse()
    assert (answer.status, answer.read()) == (200, b"here0123456789")
    client.request("POST", "/form", b"01234567890", {"Origin": "here"})
    refused = client.getresponse()
    assert (refused.status, refused.read(), refused.will_close) == (413, b"", True)


def test_head_has_no_body(client: http.client.HTTPConnection) -> None:
    client.request("HEAD", "/x")
    answer = client.getresponse()
    assert (answer.status, answer.headers["Content-Length"], answer.read()) == (200, "99", b"")


def test_too_large_a_body_is_refused_unread(
    upstream: Any, client: http.client.HTTPConnection
) -> None:
    client.putrequest("POST", "/x")
    client.putheader("Content-Length", "1000001")
    client.endheaders()
    answer = client.getresponse()
    assert answer.status == 413
    assert upstream.seen == []


def test_body_of_unknown_length_is_refused(client: http.client.HTTPConnection) -> None:
    client.putrequest("POST", "/x")
    client.putheader("Transfer-Encoding", "chunked")
    client.endheaders()  # refused by its head: what follows might meet a closed door
    assert client.getresponse().status == 411


def test_upstream_that_is_gone_is_503(client: http.client.HTTPConnection) -> None:
    client.request("GET", "/gone")
    assert client.getresponse().status == 503


def test_upstream_that_ends_without_an_answer_is_503(client: http.client.HTTPConnection) -> None:
    client.request("PUT", "/x", b"abc")
    answer = client.getresponse()
    assert (answer.status, answer.read()) == (503, b'{"message":"Service Unavailable"}')


def test_taken_port_is_an_error() -> None:
    first = Proxy(0, lambda *_: Answer(200))
    try:
        with pytest.raises(OSError, match="in use"):
            Proxy(first.server_port, lambda *_: Answer(200))
    finally:
        first.server_close()
