"""The HTTP client on real sockets: which address, which connection, and how long at most."""

import socket
import struct
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress

import pytest

from shared.core.errors import Ambiguous, Transient
from shared.platforms.guard import Guard, ServerRefused
from shared.platforms.http import CONNECTIONS, Client
from shared.platforms.request import Request
from tests.servers.loopback import (
    LOOPBACK,
    RESET_AFTER_APPLYING,
    RESET_BEFORE_APPLYING,
    Fault,
    LoopbackServer,
    Response,
)
from tests.servers.loopback import Request as Arrived

pytestmark = pytest.mark.enable_socket


class Echo(LoopbackServer):
    one_at_a_time = False

    def respond(self, request: Arrived) -> Response:
        return Response(200, request.body(), {"Content-Type": "text/plain"})


@pytest.fixture
def echo() -> Iterator[Echo]:
    with Echo() as server:
        yield server


@pytest.fixture
def clients() -> Iterator[Callable[[Guard], Client]]:
    made: list[Client] = []

    def make(guard: Guard) -> Client:
        made.append(Client(guard))
        return made[-1]

    yield make
    for one in made:
        one.close()


Make = Callable[[Guard], Client]
LOCAL = Guard(frozenset({LOOPBACK}))


class Raw:
    """A server of bytes: `serve` is given each connection, on a thread of its own."""

    def __init__(self, serve: Callable[[socket.socket], None]) -> None:
        self._serve = serve
        self._listener = socket.create_server((LOOPBACK, 0))
        self.url = f"http://{LOOPBACK}:{self._listener.getsockname()[1]}/"
        self.connections = 0
        self._open: list[socket.socket] = []
        self._threads = [threading.Thread(target=self._accept, daemon=True)]

    def __enter__(self) -> "Raw":
        self._threads[0].start()
        return self

    def __exit__(self, *_: object) -> None:
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        for connection in self._open:
            with suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
        for thread in self._threads:
            thread.join(5)

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            self.connections += 1
            self._open.append(connection)
            thread = threading.Thread(target=self._run, args=(connection,), daemon=True)
            self._threads.append(thread)
            thread.start()

    def _run(self, connection: socket.socket) -> None:
        with connection:
            try:
                self._serve(connection)
            except OSError:
                return


def take(connection: socket.socket) -> bytes:
    """One request whose body, if any, came with its head."""
    data = b""
    while b"\r\n\r\n" not in data:
        chunk = connection.recv(65536)
        if not chunk:
            return b""
        data += chunk
    return data


OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"


# Which address.


def test_the_connection_goes_to_the_checked_address_under_the_servers_name(
    echo: Echo, clients: Make
) -> None:
    guard = Guard(frozenset({"social.test"}), resolve=lambda host, port: [LOOPBACK])
    answer = clients(guard).send(
        Request("POST", f"http://social.test:{echo.port}/x", content=b"hi")
    )
    assert answer.body == b"hi"
    assert echo.requests[0].headers["host"] == f"social.test:{echo.port}"


def test_a_name_that_changes_its_mind_is_refused_when_it_does(echo: Echo, clients: Make) -> None:
    """DNS rebinding: what was public at the check is private at the connection."""
    answers = [["93.184.216.34"], [LOOPBACK]]
    guard = Guard(resolve=lambda host, port: answers.pop(0))
    assert guard.addresses("social.test", 443) == ["93.184.216.34"]
    with pytest.raises(ServerRefused):
        clients(guard).send(Request("POST", f"https://social.test:{echo.port}/"))
    assert echo.requests == []


def test_a_private_address_is_never_connected_to(clients: Make) -> None:
    with Raw(lambda connection: None) as server:
        for name in ("localhost", "social.test"):
            guard = Guard(resolve=lambda host, port: [LOOPBACK])
            url = server.url.replace(LOOPBACK, name).replace("http:", "https:")
            with pytest.raises(ServerRefused):
                clients(guard).send(Request("GET", url, safe=True))
        assert server.connections == 0


def test_the_next_address_is_tried_where_one_does_not_answer(echo: Echo, clients: Make) -> None:
    guard = Guard(frozenset({"social.test"}), resolve=lambda host, port: ["127.0.0.2", LOOPBACK])
    answer = clients(guard).send(Request("GET", f"http://social.test:{echo.port}/", safe=True))
    assert answer.status == 200


def test_a_refused_connection_is_nothing(clients: Make) -> None:
    with socket.create_server((LOOPBACK, 0)) as listener:
        port = listener.getsockname()[1]
    with pytest.raises(Transient, match="ConnectError"):
        clients(LOCAL).send(Request("POST", f"http://{LOOPBACK}:{port}/"))


# Which connection.


def answering(connection: socket.socket) -> None:
    while take(connection):
        connection.sendall(OK)


def test_what_changes_something_has_a_connection_of_its_own(clients: Make) -> None:
    with Raw(answering) as server:
        client = clients(LOCAL)
        for _ in range(3):
            client.send(Request("POST", server.url))
        assert server.connections == 3


def test_reads_share_a_connection_that_posts_do_not_take(clients: Make) -> None:
    with Raw(answering) as server:
        client = clients(LOCAL)
        for _ in range(3):
            client.send(Request("GET", server.url, safe=True))
        assert server.connections == 1
        client.send(Request("POST", server.url))
        assert server.connections == 2


def test_no_connection_is_ever_lost_to_the_pool(clients: Make) -> None:
    with Raw(answering) as server:
        client = clients(LOCAL)
        for number in range(CONNECTIONS + 5):
            client.send(Request("POST", server.url, safe=number % 2 == 0))


def test_a_connection_that_the_server_dropped_meanwhile_costs_a_post_nothing(clients: Make) -> None:
    """Kept-alive connections are reset without notice (observed 2026-11): never under a post."""

    def answer_once(connection: socket.socket) -> None:
        take(connection)
        connection.sendall(OK)
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))

    with Raw(answer_once) as server:
        client = clients(LOCAL)
        for _ in range(3):
            assert client.send(Request("POST", server.url)).body == b"ok"


def test_threads_may_share_it(echo: Echo, clients: Make) -> None:
    client = clients(LOCAL)

    def ask(number: int) -> bytes:
        safe = number % 2 == 0
        request = Request("POST", f"{echo.url}/{number}", content=str(number).encode(), safe=safe)
        return client.send(request).body

    with ThreadPoolExecutor(20) as pool:
        assert [*pool.map(ask, range(60))] == [str(number).encode() for number in range(60)]


# What a broken connection means.


@pytest.mark.parametrize("fault", [RESET_BEFORE_APPLYING, RESET_AFTER_APPLYING])
def test_a_reset_instead_of_an_answer_tells_nothing(
    echo: Echo, clients: Make, fault: Fault
) -> None:
    echo.on("POST", "/x", fault)
    with pytest.raises(Ambiguous):
        clients(LOCAL).send(Request("POST", f"{echo.url}/x", json={"a": 1}))
    echo.on("GET", "/x", fault)
    with pytest.raises(Transient):
        clients(LOCAL).send(Request("GET", f"{echo.url}/x", safe=True))


def test_an_answer_that_is_cut_short_tells_nothing(echo: Echo, clients: Make) -> None:
    long = Response(200, b"x" * 100_000)
    echo.on("POST", "/x", Fault(answer=long, cut_short=True))
    with pytest.raises(Ambiguous):
        clients(LOCAL).send(Request("POST", f"{echo.url}/x"))


@pytest.mark.parametrize(
    "said",
    [b"", b"220 mail.example ESMTP\r\n", b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nshort"],
)
def test_what_is_no_answer_tells_nothing(clients: Make, said: bytes) -> None:
    def serve(connection: socket.socket) -> None:
        take(connection)
        connection.sendall(said)

    with Raw(serve) as server, pytest.raises(Ambiguous):
        clients(LOCAL).send(Request("POST", server.url, content=b"hello"))


def test_an_answer_before_the_end_of_an_upload_is_read(clients: Make) -> None:
    """A server that refuses a large file does so early and hangs up: that is a 413, no riddle."""
    refused = b"HTTP/1.1 413 Too Large\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"

    def serve(connection: socket.socket) -> None:
        take(connection)
        connection.sendall(refused)
        connection.shutdown(socket.SHUT_WR)
        while connection.recv(1 << 20):
            pass

    with Raw(serve) as server:
        answer = clients(LOCAL).send(Request("POST", server.url, content=b"x" * 5_000_000))
    assert answer.status == 413


# How long at most: each of these servers does answer, long after the request should have ended.

PIECES = 100


def slowly(connection: socket.socket, head: bytes, piece: bytes, end: bytes) -> None:
    take(connection)
    connection.sendall(head)
    gone = threading.Event()
    for _ in range(PIECES):
        gone.wait(0.01)
        connection.sendall(piece)
    connection.sendall(end)


@pytest.mark.parametrize(
    ("head", "piece", "end"),
    [
        (b"", b"", OK),
        (b"HTTP/1.1 200 OK\r\n", b"X-Wait: yes\r\n", b"Content-Length: 0\r\n\r\n"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n", b"x", b""),
        (b"HTTP/1.1 100 Continue\r\n\r\n", b"HTTP/1.1 102 Processing\r\n\r\n", OK),
    ],
    ids=["silence", "headers", "body", "promises"],
)
def test_a_slow_answer_ends_with_the_whole_request(
    clients: Make, head: bytes, piece: bytes, end: bytes
) -> None:
    with Raw(lambda connection: slowly(connection, head, piece, end)) as server:
        with pytest.raises(Ambiguous):
            clients(LOCAL).send(Request("POST", server.url, timeout=300))
        assert clients(LOCAL).send(Request("POST", server.url, timeout=60_000)).status == 200


def test_a_server_that_reads_nothing_ends_with_the_whole_request(clients: Make) -> None:
    held = threading.Event()
    size = 50_000_000

    def serve(connection: socket.socket) -> None:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1024)
        held.wait(3)
        left = size
        while left > 0 and (chunk := connection.recv(1 << 20)):
            left -= len(chunk)
        connection.sendall(OK)

    with Raw(serve) as server:
        with pytest.raises(Ambiguous):
            clients(LOCAL).send(Request("POST", server.url, content=b"x" * size, timeout=300))
        held.set()


def test_one_request_out_of_time_does_not_shorten_the_next(clients: Make) -> None:
    with Raw(answering) as server:
        client = clients(LOCAL)
        with pytest.raises(Transient):
            client.send(Request("POST", server.url, timeout=-1))
        assert client.send(Request("POST", server.url)).status == 200
