import socket
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor

import httpx
import pytest

from tests.servers.loopback import (
    RESET_AFTER_APPLYING,
    RESET_BEFORE_APPLYING,
    RESET_THEN_APPLIED_LATE,
    Apply,
    Fault,
    Gate,
    LoopbackServer,
    Request,
    Response,
    answered_wrongly,
    refused,
)
from tests.servers.proxy import FaultyProxy

pytestmark = pytest.mark.enable_socket


class Notebook(LoopbackServer):
    """Writes down every body it is sent."""

    def __init__(self) -> None:
        super().__init__()
        self.notes: list[bytes] = []

    def respond(self, request: Request) -> Response:
        if request.path == "/broken":
            raise ZeroDivisionError("a mistake in the double")
        self.notes.append(request.body())
        return Response.of_json({"notes": len(self.notes)}, X_Kind="note")


@pytest.fixture
def notebook() -> Iterator[Notebook]:
    with Notebook() as server:
        yield server


@pytest.fixture
def client(notebook: Notebook) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=notebook.url, timeout=10) as client:
        yield client


@pytest.fixture
def pool() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(4) as pool:
        yield pool


def test_requests_are_answered_and_remembered(notebook: Notebook, client: httpx.Client) -> None:
    answer = client.post("/notes?day=1&day=2", content=b"milk", headers={"X-Mood": "good"})
    assert answer.json() == {"notes": 1}
    assert answer.headers["X-Kind"] == "note"
    (request,) = notebook.sent("POST", "/n*")
    assert request.query == {"day": ["1", "2"]}
    assert request.headers["x-mood"] == "good"
    assert request.body() == b"milk"


def test_bodies_without_a_length_are_read_whole(notebook: Notebook, client: httpx.Client) -> None:
    client.post("/notes", content=iter([b"milk ", b"and ", b"honey"]))
    assert notebook.sent("POST", "/notes")[0].headers["transfer-encoding"] == "chunked"
    assert notebook.notes == [b"milk and honey"]


def test_half_a_request_is_none(notebook: Notebook) -> None:
    head = b"POST /notes HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\n"
    with socket.create_connection(("127.0.0.1", notebook.port), timeout=10) as raw:
        raw.sendall(head + b"half")
        raw.shutdown(socket.SHUT_WR)
        assert raw.recv(1) == b""
    assert notebook.requests == []


@pytest.mark.parametrize(
    ("fault", "applied"), [(RESET_BEFORE_APPLYING, 0), (RESET_AFTER_APPLYING, 1)]
)
def test_a_reset_looks_the_same_before_and_after(
    notebook: Notebook, client: httpx.Client, fault: Fault, applied: int
) -> None:
    notebook.on("POST", "/notes", fault)
    with pytest.raises(httpx.ReadError, match="reset"):
        client.post("/notes", content=b"milk")
    assert len(notebook.notes) == applied


def test_a_kept_connection_is_reset_without_notice(
    notebook: Notebook, client: httpx.Client
) -> None:
    client.post("/notes", content=b"first")
    notebook.on("POST", "/notes", RESET_BEFORE_APPLYING)
    with pytest.raises(httpx.ReadError, match="reset"):
        client.post("/notes", content=b"second")
    client.post("/notes", content=b"third")
    assert notebook.notes == [b"first", b"third"]


def test_a_late_application_waits_for_the_test(notebook: Notebook, client: httpx.Client) -> None:
    notebook.on("POST", "/notes", RESET_THEN_APPLIED_LATE)
    with pytest.raises(httpx.ReadError):
        client.post("/notes", content=b"milk")
    assert notebook.notes == []
    assert notebook.apply_late() == 1
    assert notebook.apply_late() == 0
    assert notebook.notes == [b"milk"]


def test_a_wrong_answer_can_hide_what_happened(notebook: Notebook, client: httpx.Client) -> None:
    bad_gateway = Response.of_html("<h1>Bad gateway</h1>", 502)
    notebook.on("POST", "/notes", refused(bad_gateway), answered_wrongly(bad_gateway))
    answers = [client.post("/notes", content=note) for note in (b"one", b"two", b"three")]
    assert [answer.status_code for answer in answers] == [502, 502, 200]
    assert answers[0].headers["content-type"].startswith("text/html")
    assert notebook.notes == [b"two", b"three"]


def test_an_answer_can_break_off_in_its_middle(notebook: Notebook, client: httpx.Client) -> None:
    notebook.on("POST", "/notes", Fault(cut_short=True))
    with pytest.raises((httpx.ReadError, httpx.RemoteProtocolError)):
        client.post("/notes", content=b"milk")
    assert notebook.notes == [b"milk"]


def test_a_late_answer_runs_into_the_clients_time_out(
    notebook: Notebook, client: httpx.Client
) -> None:
    notebook.on("POST", "/notes", Fault(delay_s=30))  # cut off when the server stops
    with pytest.raises(httpx.ReadTimeout):
        client.post("/notes", content=b"milk", timeout=0.2)
    assert notebook.notes == [b"milk"]


def test_gates_hold_a_request_on_either_side_of_its_application(
    notebook: Notebook, client: httpx.Client, pool: ThreadPoolExecutor
) -> None:
    before, after = Gate(), Gate()
    notebook.on("POST", "/notes", Fault(before=before, after=after))
    sent: Future[httpx.Response] = pool.submit(client.post, "/notes", content=b"milk")
    before.wait_for_arrival()
    assert notebook.notes == []
    before.open()
    after.wait_for_arrival()
    assert notebook.notes == [b"milk"]
    assert not sent.done()
    after.open()
    assert sent.result().status_code == 200


def test_a_held_request_need_not_happen_at_all(
    notebook: Notebook, client: httpx.Client, pool: ThreadPoolExecutor
) -> None:
    gate = Gate()
    notebook.on("POST", "/notes", Fault(before=gate, apply=Apply.NEVER, reset=True))
    sent = pool.submit(client.post, "/notes", content=b"milk")
    gate.wait_for_arrival()
    gate.open()
    with pytest.raises(httpx.ReadError):
        sent.result()
    assert notebook.notes == []


@pytest.mark.parametrize(
    ("where", "applied"),
    [("before", [b"milk"]), ("after", [b"milk"]), ("never", [])],
)
def test_a_client_can_be_killed_while_its_request_is_held(
    notebook: Notebook, where: str, applied: list[bytes]
) -> None:
    gate = Gate()
    faults = {
        "before": Fault(before=gate),
        "after": Fault(after=gate),
        "never": Fault(before=gate, apply=Apply.NEVER, reset=True),
    }
    notebook.on("POST", "/notes", faults[where])
    program = f"import urllib.request as u; u.urlopen('{notebook.url}/notes', b'milk')"
    with subprocess.Popen([sys.executable, "-c", program]) as sender:  # noqa: S603 -- our own words
        gate.wait_for_arrival()
        sender.kill()
    gate.open()
    httpx.get(f"{notebook.url}/still-there")
    notebook.stop()
    assert [note for note in notebook.notes if note] == applied


def test_a_gate_that_nothing_reaches_says_so() -> None:
    with pytest.raises(TimeoutError, match="no request"):
        Gate().wait_for_arrival(0)


def test_other_requests_pass_while_one_is_held(
    notebook: Notebook, client: httpx.Client, pool: ThreadPoolExecutor
) -> None:
    gate = Gate()
    notebook.on("POST", "/notes", Fault(before=gate))
    held = pool.submit(client.post, "/notes", content=b"slow")
    gate.wait_for_arrival()
    client.post("/notes", content=b"quick")
    gate.open()
    held.result()
    assert notebook.notes == [b"quick", b"slow"]


def test_stopping_frees_what_is_held_and_kept_alive(pool: ThreadPoolExecutor) -> None:
    gate = Gate()
    with httpx.Client() as client, Notebook() as server:
        client.post(f"{server.url}/notes", content=b"kept alive")
        server.on("POST", "/notes", Fault(after=gate, reset=True))
        held = pool.submit(client.post, f"{server.url}/notes", content=b"held")
        gate.wait_for_arrival()
    with pytest.raises(httpx.TransportError):
        held.result()


def test_faults_that_nothing_met_are_counted(notebook: Notebook, client: httpx.Client) -> None:
    notebook.on("POST", "/notes", RESET_AFTER_APPLYING)
    notebook.on("POST", "/*", refused(Response(503)), refused(Response(503)))
    client.get("/notes")
    assert notebook.unmet_faults() == 3


def test_a_mistake_in_a_double_fails_the_test_that_used_it() -> None:
    with (
        pytest.raises(ExceptionGroup, match="server of the tests"),
        Notebook() as server,
        pytest.raises(httpx.TransportError),
    ):
        httpx.get(f"{server.url}/broken")


def test_a_proxy_passes_on_everything_but_its_faults(notebook: Notebook) -> None:
    with FaultyProxy(notebook.url) as proxy, httpx.Client(base_url=proxy.url) as client:
        proxy.on("POST", "/notes", RESET_AFTER_APPLYING)
        with pytest.raises(httpx.ReadError):
            client.post("/notes?a=%20b", content=b"one")
        answer = client.post("/notes", content=iter([b"t", b"wo"]), headers={"X-Mood": "good"})
    assert answer.json() == {"notes": 2}
    assert answer.headers["X-Kind"] == "note"
    assert notebook.notes == [b"one", b"two"]
    assert notebook.requests[0].target == "/notes?a=%20b"
    assert notebook.requests[1].headers["x-mood"] == "good"
