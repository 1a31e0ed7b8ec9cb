"""Signing in and staying signed in, on a server in memory."""

import base64
import json
from collections.abc import Callable, Mapping

import httpx
import pytest

from shared.core.errors import AccessRevoked, InvalidDraft, RateLimited, Transient
from shared.core.platform import Connected
from shared.platforms.base import Context
from shared.platforms.bluesky import Bluesky
from shared.platforms.bluesky_session import expiry, home
from tests.fakes import make
from tests.fakes.time import START, FakeClock
from tests.fakes.wire import Sent, Step, Wire, answer, client

DID = "did:plc:alice"
PDS = "https://morel.us-east.host.bsky.network"
CREATE = "/xrpc/com.atproto.server.createSession"
REFRESH = "/xrpc/com.atproto.server.refreshSession"
FIELDS = {"identifier": "@Alice.bsky.social", "app_password": "abcd-efgh"}


def token(ends: float) -> str:
    claims = base64.urlsafe_b64encode(json.dumps({"exp": ends}).encode()).decode().rstrip("=")
    return f"head.{claims}.signature"


def session(pds: str | None = PDS, **changes: object) -> dict[str, object]:
    made: dict[str, object] = {
        "did": DID,
        "handle": "alice.bsky.social",
        "accessJwt": token(START // 1_000 + 7_200),
        "refreshJwt": "refresh-2",
        "active": True,
    }
    if pds is not None:
        endpoint = {"id": "#atproto_pds", "type": "x", "serviceEndpoint": pds}
        made["didDoc"] = {"id": DID, "service": [{"id": "#other"}, endpoint]}
    return made | changes


def refused(status: int, name: str, message: str = "no") -> httpx.Response:
    body: dict[str, object] = {"error": name, "message": message}
    return answer(status, body)


def unexpected() -> Step:
    return AssertionError("nobody should ask for this")


class Server:
    """Answers sign-ins as a test says; everything else is not there."""

    def __init__(
        self, *, create: Callable[[], Step] = unexpected, refresh: Callable[[], Step] = unexpected
    ) -> None:
        self.create, self.refresh = create, refresh
        self.wire = Wire(self._route)

    def _route(self, sent: Sent) -> Step:
        if sent.path == CREATE:
            return self.create()
        if sent.path == REFRESH:
            return self.refresh()
        return refused(400, "RecordNotFound")

    def sent(self, path: str) -> list[Sent]:
        return [sent for sent in self.wire.sent if sent.path == path]

    def connect(self, **fields: str) -> Connected:
        return Bluesky.connect({**FIELDS, **fields}, self._context())

    def adapter(self, **changes: object) -> Bluesky:
        account = make.account(platform="bluesky", server="https://bsky.social", remote_id=DID)
        credential: Mapping[str, object] = {
            "did": DID,
            "pds": PDS,
            "access": "access-1",
            "refresh": "refresh-1",
            "access_expires_at": START,
            "app_password": "abcd-efgh",
            "identifier": "alice.bsky.social",
            **changes,
        }
        return Bluesky(account, credential, self._context())

    def _context(self) -> Context:
        return Context(client(self.wire), FakeClock(), {})


def test_connecting_signs_in_once_and_keeps_the_session() -> None:
    server = Server(create=lambda: answer(200, session()))
    connected = server.connect()
    (sign_in,) = server.sent(CREATE)
    assert sign_in.url == f"https://bsky.social{CREATE}"
    assert sign_in.json() == {"identifier": "alice.bsky.social", "password": "abcd-efgh"}
    assert connected == Connected(
        server="https://bsky.social",
        remote_id=DID,
        handle="alice.bsky.social",
        display_name="",
        credential={
            "did": DID,
            "pds": PDS,
            "access": token(START // 1_000 + 7_200),
            "refresh": "refresh-2",
            "access_expires_at": START + 7_200_000,
            "app_password": "abcd-efgh",
            "identifier": "alice.bsky.social",
        },
    )


def test_a_profile_is_the_same_whichever_entrance_was_used() -> None:
    direct = Server(create=lambda: answer(200, session())).connect(server=PDS)
    entrance = Server(create=lambda: answer(200, session())).connect(server="bsky.social")
    assert direct.server == entrance.server == "https://bsky.social"
    own = Server(create=lambda: answer(200, session("https://pds.example:8443/")))
    assert own.connect(server="bsky.social").server == "https://pds.example:8443"
    assert home("https://not-bsky.network") == "https://not-bsky.network"


def test_a_server_without_a_did_document_keeps_the_account_itself() -> None:
    server = Server(create=lambda: answer(200, session(pds=None)))
    connected = server.connect(server="https://pds.example/some/path")
    assert connected.server == connected.credential["pds"] == "https://pds.example"


@pytest.mark.parametrize(
    "endpoint",
    [
        "http://169.254.169.254",
        "https://127.0.0.1:2583",
        "file:///etc/passwd",
        "https://a:b@pds.example",
        "",
    ],
)
def test_the_account_s_server_is_a_stranger_s_word(endpoint: str) -> None:
    server = Server(create=lambda: answer(200, session(endpoint)))
    with pytest.raises(InvalidDraft) as caught:
        server.connect()
    assert caught.value.problems[0].where == "fields.server"
    assert len(server.wire.sent) == 1


@pytest.mark.parametrize(
    ("reply", "where", "code"),
    [
        (refused(401, "AuthenticationRequired"), "fields.app_password", "sign_in_refused"),
        (refused(401, "AuthFactorTokenRequired"), "fields.app_password", "app_password_needed"),
        (refused(401, "AccountTakedown"), "fields.identifier", "account_taken_down"),
        (refused(400, "InvalidRequest"), "fields.identifier", "refused"),
        (refused(404, "XRPCNotSupported"), "fields.server", "not_a_bluesky_server"),
        (answer(404, b"<html>", mime="text/html"), "fields.server", "not_a_bluesky_server"),
        (answer(200, b"<html>", mime="text/html"), "fields.server", "not_a_bluesky_server"),
        (answer(200, {}), "fields.server", "not_a_bluesky_server"),
        (answer(301, headers={"Location": "/x"}), "fields.server", "not_a_bluesky_server"),
        (
            answer(200, session(active=False, status="deactivated")),
            "fields.identifier",
            "account_deactivated",
        ),
    ],
)
def test_every_refusal_names_the_field_to_mend(
    reply: httpx.Response, where: str, code: str
) -> None:
    with pytest.raises(InvalidDraft) as caught:
        Server(create=lambda: reply).connect()
    (problem,) = caught.value.problems
    assert (problem.where, problem.code) == (where, code)


@pytest.mark.parametrize("missing", ["identifier", "app_password"])
def test_nothing_is_sent_while_something_is_missing(missing: str) -> None:
    server = Server(create=lambda: answer(200, session()))
    with pytest.raises(InvalidDraft) as caught:
        server.connect(**{missing: "  "})
    assert caught.value.problems[0].where == f"fields.{missing}"
    assert not server.wire.sent


@pytest.mark.parametrize(
    "fault",
    [httpx.ConnectError("x"), httpx.ReadTimeout("x"), refused(502, "UpstreamFailure")],
    ids=["no connection", "no answer", "a broken server"],
)
def test_a_fault_on_the_way_is_nobody_s_mistake(fault: Step) -> None:
    with pytest.raises(Transient):
        Server(create=lambda: fault).connect()


def test_too_many_log_ins_say_until_when() -> None:
    headers = {"ratelimit-reset": str(START // 1_000 + 60)}
    busy = answer(429, b'{"error": "RateLimitExceeded"}', headers=headers)
    with pytest.raises(RateLimited) as caught:
        Server(create=lambda: busy).connect()
    assert caught.value.at == START + 60_000


def test_refreshing_uses_the_refresh_token_and_no_password() -> None:
    server = Server(refresh=lambda: answer(200, session()))
    adapter = server.adapter()
    fresh = adapter.refresh()
    (asked,) = server.wire.sent
    assert asked.url == f"{PDS}{REFRESH}"
    assert asked.headers["authorization"] == "Bearer refresh-1"
    assert asked.body == b""
    assert (fresh["refresh"], fresh["app_password"]) == ("refresh-2", "abcd-efgh")
    assert adapter.credential == fresh
    assert adapter.expires_at() == START + 7_200_000


@pytest.mark.parametrize(
    "reply",
    [
        refused(400, "ExpiredToken"),
        refused(400, "InvalidToken"),
        refused(400, "InvalidRequest"),
        refused(401, "AuthenticationRequired"),
        refused(401, "AuthMissing"),
    ],
)
def test_a_refused_refresh_leads_to_one_log_in(reply: httpx.Response) -> None:
    server = Server(create=lambda: answer(200, session()), refresh=lambda: reply)
    assert server.adapter().refresh()["refresh"] == "refresh-2"
    (sign_in,) = server.sent(CREATE)
    assert sign_in.url == f"https://bsky.social{CREATE}"
    assert sign_in.json() == {"identifier": "alice.bsky.social", "password": "abcd-efgh"}


def test_a_revoked_app_password_needs_a_person() -> None:
    server = Server(
        create=lambda: refused(401, "AuthenticationRequired"),
        refresh=lambda: refused(400, "ExpiredToken"),
    )
    with pytest.raises(AccessRevoked) as caught:
        server.adapter().refresh()
    assert caught.value.code == "sign_in_refused"
    assert len(server.sent(CREATE)) == 1


def test_an_account_taken_down_is_not_signed_in_again() -> None:
    server = Server(refresh=lambda: refused(401, "AccountTakedown"))
    with pytest.raises(AccessRevoked) as caught:
        server.adapter().refresh()
    assert caught.value.code == "account_taken_down"
    assert not server.sent(CREATE)


def test_a_fault_while_refreshing_changes_nothing() -> None:
    server = Server(refresh=lambda: httpx.ReadTimeout("x"))
    adapter = server.adapter()
    before = adapter.credential
    with pytest.raises(Transient):
        adapter.refresh()
    assert adapter.credential == before
    assert not server.sent(CREATE)


def test_another_account_is_never_taken_over() -> None:
    server = Server(refresh=lambda: answer(200, session(did="did:plc:eve")))
    with pytest.raises(AccessRevoked):
        server.adapter().refresh()


def test_a_credential_that_lost_a_piece_needs_reconnecting() -> None:
    with pytest.raises(AccessRevoked):
        Server().adapter(refresh=None).refresh()


@pytest.mark.parametrize(
    ("text", "at"),
    [
        (token(1_800_000_000), 1_800_000_000_000),
        (token(1_800_000_000.5), 1_800_000_000_500),
        (token(0), None),
        (token(1e300), None),
        ("opaque", None),
        ("a.b.c", None),
        ("a.!!!.c", None),
        ("", None),
    ],
)
def test_when_a_token_ends(text: str, at: int | None) -> None:
    assert expiry(text) == at
