"""A small reverse proxy on loopback: streams bodies both ways, knows nothing of what it carries."""

import http.client
import socket
import threading
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from io import BufferedIOBase
from typing import Any

CHUNK = 65_536
# https://www.rfc-editor.org/rfc/rfc9110#section-7.6.1 (2026-11)
HOP_BY_HOP = frozenset(
    {
        "connection",
        "keep-alive",
        "proxy-authenticate",
        "proxy-authorization",
        "te",
        "trailer",
        "transfer-encoding",
        "upgrade",
    }
)


@dataclass(frozen=True)
class Forward:
    """Where a request goes: a port of this machine and the target to ask it for. `limit`: bytes of
    body above which the request is refused, as API Gateway does."""

    port: int
    target: str
    limit: int | None = None


@dataclass(frozen=True)
class Answer:
    """An answer that we give ourselves."""

    status: int
    body: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Receive:
    """A request that we answer ourselves once its body, of up to `limit` bytes, is here. `answer`
    is given the headers, names in lower case, and the body."""

    limit: int
    answer: Callable[[Mapping[str, str], bytes], Answer]


Decision = Forward | Answer | Receive
# Method, target (path and query as sent) and Host of a request → what becomes of it.
Route = Callable[[str, str, str], Decision]


class Proxy(ThreadingHTTPServer):
    """Listens on 127.0.0.1 only. Raises OSError when the port is taken."""

    daemon_threads = True
    request_queue_size = 128

    def __init__(self, port: int, route: Route) -> None:
        self.route = route
        super().__init__(("127.0.0.1", port), _Handler)

    def server_bind(self) -> None:
        # Without the reverse look-up of HTTPServer, which may take seconds.
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self.socket.bind(self.server_address)
        self.server_address = self.socket.getsockname()
        self.server_name, self.server_port = "127.0.0.1", self.server_address[1]

    def start(self) -> None:
        threading.Thread(target=self.serve_forever, args=(0.1,), daemon=True).start()

    def stop(self) -> None:
        self.shutdown()
        self.server_close()

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that went away is no event."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: Proxy
    disable_nagle_algorithm = True
    timeout = 120

    def _handle(self) -> None:
        decision = self.server.route(self.command, self.path, self.headers.get("Host", ""))
        if isinstance(decision, Answer):
            self._answer(decision)
        elif isinstance(decision, Receive):
            self._receive(decision)
        else:
            self._forward(decision)

    def __getattr__(self, name: str) -> Any:
        """Every method alike: the base class asks for do_GET, do_POST and so on."""
        if name.startswith("do_"):
            return self._handle
        raise AttributeError(name)

    def log_message(self, format: str, *args: Any) -> None:
        """Requests are not logged: the functions log their own."""

    def _answer(self, answer: Answer) -> None:
        if self.headers.get("Content-Length", "0") != "0" or "Transfer-Encoding" in self.headers:
            # The body was not read, so the connection cannot carry another request.
            self.close_connection = True
        self.send_response(answer.status)
        for name, value in answer.headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(answer.body)))
        if self.close_connection:
            self.send_header("Connection", "close")
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(answer.body)

    def _receive(self, to: Receive) -> None:
        length = self._length()
        if length is None or length > to.limit:
            self._answer(Answer(411 if length is None else 413))
            return
        headers = {name.lower(): value for name, value in self.headers.items()}
        self._answer(to.answer(headers, b"".join(pieces(self.rfile, length))))

    def _forward(self, to: Forward) -> None:
        length = self._length()
        if length is None or (to.limit is not None and length > to.limit):
            body = b'{"message":"Request Entity Too Large"}' if length is not None else b""
            self._answer(Answer(413 if length is not None else 411, body))
            return
        upstream = http.client.HTTPConnection("127.0.0.1", to.port, timeout=120)
        try:
            response = self._response(upstream, to.target, length)
            if response is None:
                self._answer(Answer(503, b'{"message":"Service Unavailable"}'))
            else:
                self._relay(response)
        finally:
            upstream.close()

    def _response(
        self, upstream: http.client.HTTPConnection, target: str, length: int
    ) -> http.client.HTTPResponse | None:
        """None when there is none, as from a server that was stopped in the middle."""
        try:
            self._send_upstream(upstream, target, length)
            return upstream.getresponse()
        except (OSError, http.client.HTTPException):
            return None

    def _length(self) -> int | None:
        """None when the client does not say, which is refused: S3 and API Gateway need it too."""
        if "Transfer-Encoding" in self.headers:
            return None
        given = self.headers.get("Content-Length", "0")
        return int(given) if given.isdecimal() else None

    def _send_upstream(
        self, upstream: http.client.HTTPConnection, target: str, length: int
    ) -> None:
        upstream.putrequest(self.command, target, skip_host=True, skip_accept_encoding=True)
        for name, value in self.headers.items():
            if name.lower() not in HOP_BY_HOP and not name.lower().startswith("x-forwarded-"):
                upstream.putheader(name, value)
        # What API Gateway tells a function about the client.
        upstream.putheader("X-Forwarded-For", self.client_address[0])
        upstream.putheader("X-Forwarded-Proto", "http")
        upstream.putheader("X-Forwarded-Port", str(self.server.server_port))
        upstream.endheaders()
        if self.headers.get("Expect", "").lower() == "100-continue":
            self.send_response_only(100)
            self.end_headers()
        for piece in pieces(self.rfile, length):
            upstream.send(piece)

    def _relay(self, response: http.client.HTTPResponse) -> None:
        self.send_response_only(response.status, response.reason)
        known = response.getheader("Content-Length")
        for name, value in response.getheaders():
            if name.lower() not in HOP_BY_HOP:
                self.send_header(name, value)
        bodiless = self.command == "HEAD" or response.status in (204, 304)
        chunked = known is None and not bodiless
        if chunked:
            self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        if bodiless:
            return
        while piece := response.read1(CHUNK):
            self.wfile.write(b"%x\r\n%b\r\n" % (len(piece), piece) if chunked else piece)
        if chunked:
            self.wfile.write(b"0\r\n\r\n")


def pieces(source: BufferedIOBase, length: int) -> Iterator[bytes]:
    while length > 0:
        piece = source.read(min(CHUNK, length))
        if not piece:
            raise ConnectionError("the client went away")
        length -= len(piece)
        yield piece
