"""HTTP servers on 127.0.0.1 that tests start in their own process, with faults on demand.

A request passes four points: it arrived, it is *applied* (the server changes its state), it is
answered, its answer was sent. A `Fault` says what goes wrong between them, so that a test can make
every outcome that a client cannot tell apart, in a fixed order and without sleeping.
"""

import fnmatch
import json
import socket
import struct
import tempfile
import threading
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping
from contextlib import nullcontext, suppress
from dataclasses import dataclass, field, replace
from enum import Enum
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self
from urllib.parse import parse_qs, urlsplit

LOOPBACK = "127.0.0.1"
CHUNK = 64 * 1024
IN_MEMORY = 1024 * 1024  # larger bodies are kept on disk
PATIENCE_S = 60.0  # nothing in a test is held longer than this


@dataclass(frozen=True)
class Request:
    """One request as it arrived; `headers` are in lower case, of repeated ones the last counts."""

    method: str
    target: str
    path: str
    query: Mapping[str, list[str]]
    headers: Mapping[str, str]
    stream: tempfile.SpooledTemporaryFile[bytes]
    size: int

    def body(self) -> bytes:
        return self.rewound().read()

    def rewound(self) -> tempfile.SpooledTemporaryFile[bytes]:
        """The body from its beginning, for those who read it in pieces; gone when the server is."""
        self.stream.seek(0)
        return self.stream

    def json(self) -> Any:
        return json.loads(self.body() or b"null")

    def parameter(self, name: str) -> str | None:
        return self.query[name][-1] if name in self.query else None


@dataclass(frozen=True)
class Response:
    status: int = 200
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)
    when_sent: Callable[[], None] = lambda: None
    cut_short: bool = False  # the connection breaks in the middle of the body

    @classmethod
    def of_json(cls, value: object, status: int = 200, **headers: str) -> "Response":
        named = {name.replace("_", "-"): text for name, text in headers.items()}
        content = {"Content-Type": "application/json; charset=utf-8"}
        return cls(status, json.dumps(value).encode(), content | named)

    @classmethod
    def of_html(cls, text: str, status: int) -> "Response":
        return cls(status, text.encode(), {"Content-Type": "text/html; charset=utf-8"})


class Apply(Enum):
    NOW = "now"
    NEVER = "never"
    LATE = "late"  # when the test calls `apply_late`, after the answer


class Gate:
    """Holds a request at one point until the test opens it."""

    def __init__(self) -> None:
        self._arrived = threading.Event()
        self._open = threading.Event()

    def hold(self) -> None:
        self._arrived.set()
        self._open.wait(PATIENCE_S)

    def wait_for_arrival(self, seconds: float = PATIENCE_S) -> None:
        """Returns once a request is held here; raises TimeoutError when none comes."""
        if not self._arrived.wait(seconds):
            raise TimeoutError("no request arrived at the gate")

    def open(self) -> None:
        self._open.set()


@dataclass(frozen=True, kw_only=True)
class Fault:
    """What happens to one request instead of the ordinary.

    `answer` replaces the server's own, `cut_short` breaks off in the middle of it, `reset` drops
    the connection instead of answering; `before` and `after` hold the request before it is applied,
    and between that and its answer; `delay_s` is waited before answering.
    """

    apply: Apply = Apply.NOW
    answer: Response | None = None
    reset: bool = False
    cut_short: bool = False
    before: Gate | None = None
    after: Gate | None = None
    delay_s: float = 0.0


# The outcomes that a client sees as one: the connection broke.
RESET_BEFORE_APPLYING = Fault(apply=Apply.NEVER, reset=True)
RESET_AFTER_APPLYING = Fault(reset=True)
RESET_THEN_APPLIED_LATE = Fault(apply=Apply.LATE, reset=True)


def refused(answer: Response) -> Fault:
    """Answered without changing anything."""
    return Fault(apply=Apply.NEVER, answer=answer)


def answered_wrongly(answer: Response) -> Fault:
    """Applied, but the answer says otherwise, as a 502 from a proxy in front of a server does."""
    return Fault(answer=answer)


@dataclass
class _Rule:
    method: str
    pattern: str
    faults: list[Fault]

    def matches(self, request: Request) -> bool:
        return (
            bool(self.faults)
            and self.method == request.method
            and fnmatch.fnmatchcase(request.path, self.pattern)
        )


class LoopbackServer(ABC):
    """Serves on a free port of 127.0.0.1 between `__enter__` and `__exit__`."""

    one_at_a_time = True

    def __init__(self) -> None:
        self.requests: list[Request] = []
        self._rules: list[_Rule] = []
        self._gates: list[Gate] = []
        self._late: list[Request] = []
        self._lock = threading.RLock()
        self._stopping = threading.Event()
        self._bugs: list[Exception] = []
        self._listener = _Listener(self)
        self._thread = threading.Thread(target=self._listener.serve_forever, args=(0.02,))

    @abstractmethod
    def respond(self, request: Request) -> Response:
        """Applies the request and answers it."""

    @property
    def port(self) -> int:
        return int(self._listener.server_address[1])

    @property
    def url(self) -> str:
        return f"http://{LOOPBACK}:{self.port}"

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def stop(self) -> None:
        """Lets go of what is held, and returns when every request has come to its end."""
        self._stopping.set()
        for gate in self._gates:
            gate.open()
        self._listener.stop()
        self._thread.join()

    def __exit__(self, *_: object) -> None:
        self.stop()
        for request in self.requests:
            request.stream.close()
        if self._bugs:
            raise ExceptionGroup("a server of the tests failed", self._bugs)

    def on(self, method: str, path: str, *faults: Fault) -> None:
        """The next matching requests meet these faults, one each and in this order.

        `path` may have `*` in it.
        """
        self._rules.append(_Rule(method, path, list(faults)))
        self._gates += [gate for fault in faults for gate in (fault.before, fault.after) if gate]

    def sent(self, method: str, path: str) -> list[Request]:
        """The requests that arrived, in order; `path` may have `*` in it."""
        wanted = _Rule(method, path, [Fault()])
        return [request for request in self.requests if wanted.matches(request)]

    def unmet_faults(self) -> int:
        """How many faults no request has met."""
        return sum(len(rule.faults) for rule in self._rules)

    def apply_late(self) -> int:
        """Applies what was left for later, and says how much that was."""
        with self._lock:
            late, self._late = self._late, []
        for request in late:
            self._respond(request).when_sent()
        return len(late)

    def handle(self, request: Request) -> tuple[Response | None, Callable[[], None]]:
        """The answer, or None where the connection is to be dropped; and what to do after that."""
        with self._lock:
            self.requests.append(request)
            fault = self._next_fault(request)
        if fault.before:
            fault.before.hold()
        own = self._apply(request, fault)
        if fault.after:
            fault.after.hold()
        if fault.delay_s:
            self._stopping.wait(fault.delay_s)
        answer = fault.answer or own
        sent = None if fault.reset else replace(answer, cut_short=fault.cut_short)
        return sent, own.when_sent

    def _next_fault(self, request: Request) -> Fault:
        rule = next((rule for rule in self._rules if rule.matches(request)), None)
        return rule.faults.pop(0) if rule else Fault()

    def _apply(self, request: Request, fault: Fault) -> Response:
        if fault.apply is Apply.NOW:
            return self._respond(request)
        if fault.apply is Apply.LATE:
            with self._lock:
                self._late.append(request)
        return Response(500)

    def _respond(self, request: Request) -> Response:
        with self._lock if self.one_at_a_time else nullcontext():
            return self.respond(request)

    def note_bug(self, error: Exception) -> None:
        """A mistake in the double must not look like an answer: it fails the test at the end."""
        self._bugs.append(error)


class _Listener(ThreadingHTTPServer):
    daemon_threads = False
    request_queue_size = 128

    def __init__(self, double: LoopbackServer) -> None:
        self.double = double
        self._open: set[socket.socket] = set()
        super().__init__((LOOPBACK, 0), _Handler)

    def process_request(self, request: Any, client_address: Any) -> None:
        self._open.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        self._open.discard(request)
        super().shutdown_request(request)

    def handle_error(self, request: object, client_address: object) -> None:
        """Nothing: what matters was noted by the handler, the rest are clients that went away."""

    def stop(self) -> None:
        self.shutdown()
        for connection in list(self._open):  # kept-alive ones wait for a next request
            with suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
        self.server_close()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: _Listener
    disable_nagle_algorithm = True

    def __getattr__(self, name: str) -> Callable[[], None]:
        if name.startswith("do_"):
            return self._serve
        raise AttributeError(name)

    def log_message(self, *_: object) -> None:
        """Tests look at `requests` instead."""

    def _serve(self) -> None:
        request = self._read()
        try:
            answer, when_sent = self.server.double.handle(request)
        except Exception as error:
            self.server.double.note_bug(error)
            raise
        try:
            if answer is None:
                self._reset()
            else:
                self._write(answer)
        finally:
            when_sent()

    def _read(self) -> Request:
        parts = urlsplit(self.path)
        headers = {name.lower(): value for name, value in self.headers.items()}
        stream = tempfile.SpooledTemporaryFile[bytes](IN_MEMORY)
        try:
            size = sum(stream.write(chunk) for chunk in self._chunks(headers))
        except (OSError, ValueError):
            stream.close()
            raise
        query = parse_qs(parts.query, keep_blank_values=True)
        return Request(self.command, self.path, parts.path, query, headers, stream, size)

    def _chunks(self, headers: Mapping[str, str]) -> Iterator[bytes]:
        if headers.get("transfer-encoding") == "chunked":
            while size := int(self.rfile.readline().split(b";")[0], 16):
                yield self.rfile.read(size)
                self.rfile.readline()
            self.rfile.readline()
            return
        left = int(headers.get("content-length", 0))
        while left:
            chunk = self.rfile.read(min(CHUNK, left))
            if not chunk:
                raise ConnectionAbortedError("the client left in the middle of its request")
            left -= len(chunk)
            yield chunk

    def _write(self, answer: Response) -> None:
        self.send_response(answer.status)
        for name, value in answer.headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(answer.body)))
        self.end_headers()
        if answer.cut_short:
            self.wfile.write(answer.body[: len(answer.body) // 2])
            self._reset()
        elif self.command != "HEAD":
            self.wfile.write(answer.body)

    def _reset(self) -> None:
        """Closes with RST instead of FIN: the client cannot take it for an orderly end."""
        self.close_connection = True
        linger = struct.pack("ii", 1, 0)
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
        self.connection.close()
