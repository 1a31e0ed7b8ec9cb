"""The adapter's requests and what it makes of odd answers. The real server: tests/e2e."""

import json
from collections.abc import Callable
from dataclasses import replace

import httpx
import pytest

from shared.core.errors import (
    AccessRevoked,
    Ambiguous,
    CredentialExpired,
    Gone,
    PlatformError,
    RateLimited,
    Rejected,
    Transient,
    Unprepared,
)
from shared.core.models import Draft, Media, Options, Part, ReconcileClass, Remote, Target
from shared.core.platform import Outgoing, Verb
from shared.platforms.base import Context
from shared.platforms.bluesky import Bluesky
from shared.platforms.bluesky_record import record_key
from tests.fakes import make
from tests.fakes.time import START, FakeClock
from tests.fakes.wire import Sent, Step, Wire, answer, client

DID = "did:plc:alice"
PDS = "https://morel.us-east.host.bsky.network"
PUT = "/xrpc/com.atproto.repo.putRecord"
GET = "/xrpc/com.atproto.repo.getRecord"
RKEY = record_key("dlv_1.0")
URI = f"at://{DID}/app.bsky.feed.post/{RKEY}"
CREDENTIAL: dict[str, object] = {
    "did": DID,
    "pds": PDS,
    "access": "access-1",
    "refresh": "refresh-1",
    "access_expires_at": START + 1_000,
    "app_password": "abcd",
    "identifier": "alice.bsky.social",
}
DONE = {"uri": URI, "cid": "bafy1", "commit": {"cid": "x", "rev": "y"}}


def outgoing(text: str = "Hello", **changes: object) -> Outgoing:
    made = Outgoing(Draft((Part(text),), Options()), 0, "dlv_1.0", START, {})
    return replace(made, **changes)  # type: ignore[arg-type]  # the tests' own shorthand


def opened(route: Callable[[Sent], Step], *allowed: str, pds: str = PDS) -> tuple[Bluesky, Wire]:
    wire = Wire(route)
    account = make.account(platform="bluesky", server="https://bsky.social", remote_id=DID)
    context = Context(client(wire, *allowed), FakeClock(), {})
    return Bluesky(account, CREDENTIAL | {"pds": pds}, context), wire


def refused(status: int, name: str = "", **headers: str) -> httpx.Response:
    named = {key.replace("_", "-"): value for key, value in headers.items()}
    body = json.dumps({"error": name, "message": "no"}).encode()
    return answer(status, body, headers=named, mime="application/json")


def standing(text: str, cid: str = "bafy9") -> httpx.Response:
    value = {"$type": "app.bsky.feed.post", "text": text, "createdAt": "2026-01-01T00:00:00.000Z"}
    return answer(200, {"uri": URI, "cid": cid, "value": value})


def test_what_is_declared() -> None:
    facts = Bluesky.capabilities
    assert facts.reconcile is ReconcileClass.CLIENT_ID
    assert facts.quiet == 0
    assert facts.verbs == set(Verb)
    assert facts.visibilities == {"public"}
    assert not facts.content_warning
    # Honest about the one thing people would expect and not get.
    assert "bsky.app" in facts.cautions[Verb.EDIT]
    assert all(fact.source.startswith("https://") for fact in facts.facts.values())
    assert [f.name for f in facts.connect_fields if f.required] == ["identifier", "app_password"]
    assert [f.name for f in facts.connect_fields if f.secret] == ["app_password"]


def test_publishing_is_one_request_under_a_key_of_our_own() -> None:
    adapter, wire = opened(lambda sent: answer(200, DONE))
    remote = adapter.publish(outgoing())
    (sent,) = wire.sent
    assert (sent.method, sent.url) == ("POST", PDS + PUT)
    assert sent.headers["authorization"] == "Bearer access-1"
    assert sent.json() == {
        "repo": DID,
        "collection": "app.bsky.feed.post",
        "rkey": RKEY,
        "record": {
            "$type": "app.bsky.feed.post",
            "text": "Hello",
            "createdAt": "2026-05-28T20:26:40.000Z",
        },
        "swapRecord": None,
    }
    assert remote == Remote(URI, f"https://bsky.app/profile/{DID}/post/{RKEY}", extra="bafy1")


def test_a_repetition_sends_the_same_bytes() -> None:
    adapter, wire = opened(lambda sent: answer(200, DONE))
    adapter.publish(outgoing())
    adapter.publish(outgoing())
    assert wire.sent[0].body == wire.sent[1].body


@pytest.mark.parametrize(
    ("pds", "url"),
    [
        (PDS, f"https://bsky.app/profile/{DID}/post/{RKEY}"),
        ("https://pds.example", f"https://bsky.app/profile/{DID}/post/{RKEY}"),
        (
            "http://localhost:2583",
            "http://localhost:2583/xrpc/com.atproto.repo.getRecord"
            f"?repo={DID}&collection=app.bsky.feed.post&rkey={RKEY}",
        ),
        (
            "https://pds.internal",
            "https://pds.internal/xrpc/com.atproto.repo.getRecord"
            f"?repo={DID}&collection=app.bsky.feed.post&rkey={RKEY}",
        ),
    ],
)
def test_the_link_is_one_that_opens(pds: str, url: str) -> None:
    allowed = ("localhost:2583", "pds.internal")
    adapter, _ = opened(lambda sent: answer(200, DONE), *allowed, pds=pds)
    assert adapter.publish(outgoing()).url == url


@pytest.mark.parametrize(
    ("step", "kind"),
    [
        (httpx.ConnectError("x"), Transient),
        (httpx.ConnectTimeout("x"), Transient),
        (httpx.ReadTimeout("x"), Ambiguous),
        (httpx.WriteError("x"), Ambiguous),
        (httpx.RemoteProtocolError("x"), Ambiguous),
        (refused(500, "InternalServerError"), Ambiguous),
        (refused(502, "UpstreamFailure"), Ambiguous),
        (refused(503), Ambiguous),
        (answer(200, b"<html>", mime="text/html"), Ambiguous),
        (answer(200, b"[]", mime="application/json"), Ambiguous),
        (answer(200, {"uri": URI}), Ambiguous),
        (answer(200), Ambiguous),
        (refused(400, "ExpiredToken"), CredentialExpired),
        (refused(400, "InvalidToken"), CredentialExpired),
        (refused(401, "AccountTakedown"), AccessRevoked),
        (refused(401, "AccountDeactivated"), AccessRevoked),
        (refused(400, "InvalidRequest"), Rejected),
        (refused(413, "PayloadTooLarge"), Rejected),
        (refused(400, "BlobNotFound"), Unprepared),
        (refused(429, "RateLimitExceeded"), RateLimited),
    ],
)
def test_what_a_send_can_come_to(step: Step, kind: type[PlatformError]) -> None:
    adapter, wire = opened(lambda sent: step)
    with pytest.raises(PlatformError) as caught:
        adapter.publish(outgoing())
    assert isinstance(caught.value, kind)
    assert len(wire.sent) == 1


def test_the_limit_s_end_is_passed_on() -> None:
    ends = START // 1_000 + 600
    adapter, _ = opened(lambda sent: refused(429, ratelimit_reset=str(ends)))
    with pytest.raises(RateLimited) as caught:
        adapter.publish(outgoing())
    assert caught.value.at == ends * 1_000


def swapping(*puts: Step, found: Step) -> Callable[[Sent], Step]:
    queue = list(puts)
    return lambda sent: queue.pop(0) if sent.path == PUT else found


def test_what_stands_there_with_the_same_text_is_ours() -> None:
    adapter, wire = opened(swapping(refused(400, "InvalidSwap"), found=standing("Hello")))
    assert adapter.publish(outgoing()).extra == "bafy9"
    assert [sent.path for sent in wire.sent] == [PUT, GET]


def test_what_stands_there_with_another_text_is_replaced_by_version() -> None:
    puts = (refused(400, "InvalidSwap"), answer(200, DONE))
    adapter, wire = opened(swapping(*puts, found=standing("Helo")))
    assert adapter.publish(outgoing()).extra == "bafy1"
    last = wire.sent[-1].json()
    assert isinstance(last, dict)
    assert last["swapRecord"] == "bafy9"


def test_a_post_that_keeps_changing_is_left_to_be_looked_up() -> None:
    puts = (refused(400, "InvalidSwap"), refused(400, "InvalidSwap"))
    adapter, _ = opened(swapping(*puts, found=standing("Helo")))
    with pytest.raises(Ambiguous):
        adapter.publish(outgoing())


def test_what_stood_in_the_way_and_is_gone_is_tried_again() -> None:
    adapter, _ = opened(swapping(refused(400, "InvalidSwap"), found=refused(400, "RecordNotFound")))
    with pytest.raises(Transient):
        adapter.publish(outgoing())


@pytest.mark.parametrize("step", [refused(400, "RecordNotFound"), refused(400, "InvalidRequest")])
def test_nothing_there(step: Step) -> None:
    adapter, wire = opened(lambda sent: step)
    assert adapter.locate(outgoing(), since=0, owned=frozenset()) is None
    (sent,) = wire.sent
    assert sent.query == {"repo": DID, "collection": "app.bsky.feed.post", "rkey": RKEY}
    assert "authorization" not in sent.headers  # the look works with any session or none


@pytest.mark.parametrize("step", [httpx.ReadTimeout("x"), refused(500), refused(502)])
def test_not_being_able_to_look_is_not_an_answer(step: Step) -> None:
    adapter, _ = opened(lambda sent: step)
    with pytest.raises(Transient):
        adapter.locate(outgoing(), since=0, owned=frozenset())


def test_a_post_of_another_delivery_is_never_adopted() -> None:
    adapter, _ = opened(lambda sent: standing("Hello"))
    assert adapter.locate(outgoing(), since=0, owned=frozenset()) is not None
    assert adapter.locate(outgoing(), since=0, owned=frozenset({URI})) is None


def test_a_file_that_was_not_prepared_is_noticed_before_anything_is_sent() -> None:
    adapter, wire = opened(lambda sent: answer(200, DONE))
    part = Part("x", (Media("med_1", "image/png", 1, "aa", "k"),))
    with pytest.raises(Unprepared):
        adapter.publish(outgoing(draft=Draft((part,))))
    assert not wire.sent


def answering(target: Target) -> Outgoing:
    return outgoing(draft=Draft((Part("Thanks"),), reply_to=target))


ITEM = "at://did:plc:bo/app.bsky.feed.post/2bo"
ROOT = f"at://{DID}/app.bsky.feed.post/2root"


def test_an_answer_whose_versions_are_known_is_one_request() -> None:
    adapter, wire = opened(lambda sent: answer(200, DONE))
    adapter.publish(answering(Target(ITEM, "cidbo", ROOT, "cidroot")))
    adapter.publish(answering(Target(ITEM, "cidbo")))
    assert [sent.path for sent in wire.sent] == [PUT, PUT]


def test_the_versions_of_what_is_answered_are_looked_up_before_anything_is_sent() -> None:
    views = [{"uri": ITEM, "cid": "cidbo"}, {"uri": ROOT, "cid": "cidroot"}]
    adapter, wire = opened(lambda sent: answer(200, DONE if sent.path == PUT else {"posts": views}))
    adapter.publish(answering(Target(ITEM, "", ROOT, "")))
    assert [sent.method for sent in wire.sent] == ["GET", "POST"]
    body = wire.sent[-1].json()
    assert isinstance(body, dict)
    assert body["record"]["reply"] == {
        "root": {"uri": ROOT, "cid": "cidroot"},
        "parent": {"uri": ITEM, "cid": "cidbo"},
    }


@pytest.mark.parametrize(
    ("step", "kind"),
    [
        (answer(200, {"posts": []}), Rejected),
        (answer(200, {"posts": [{"uri": ITEM, "cid": "cidbo"}]}), Rejected),
        (httpx.ReadTimeout("x"), Transient),
        (refused(502), Transient),
        (refused(400, "ExpiredToken"), CredentialExpired),
    ],
)
def test_an_answer_to_what_cannot_be_found_is_not_sent(
    step: Step, kind: type[PlatformError]
) -> None:
    """Nothing was written, so nothing is ever ambiguous here."""
    adapter, wire = opened(lambda sent: step)
    with pytest.raises(kind):
        adapter.publish(answering(Target(ITEM, "", ROOT, "")))
    assert [sent.method for sent in wire.sent] == ["GET"]


def test_an_edit_names_the_version_that_we_know() -> None:
    puts = (answer(200, DONE | {"cid": "bafy2"}),)
    adapter, wire = opened(swapping(*puts, found=standing("Hello")))
    after = adapter.edit(outgoing("Hello!"), Remote(URI, "https://bsky.app/x", extra="bafy1"))
    assert after.extra == "bafy2"
    sent = wire.sent[-1].json()
    assert isinstance(sent, dict)
    assert sent["swapRecord"] == "bafy1"
    assert sent["record"]["createdAt"] == "2026-01-01T00:00:00.000Z"


def test_deleting_what_is_gone_is_success() -> None:
    for step in (answer(200, {}), refused(400, "RecordNotFound"), answer(200)):
        adapter, wire = opened(lambda sent, step=step: step)  # type: ignore[misc]  # a default binds it
        adapter.delete(Remote(URI))
        body = wire.sent[0].json()
        assert body == {"repo": DID, "collection": "app.bsky.feed.post", "rkey": RKEY}


def test_a_failed_deletion_may_be_repeated() -> None:
    adapter, _ = opened(lambda sent: httpx.ReadTimeout("x"))
    with pytest.raises(Transient):
        adapter.delete(Remote(URI))


def test_an_edit_of_what_is_gone_says_so() -> None:
    adapter, _ = opened(lambda sent: refused(400, "RecordNotFound"))
    with pytest.raises(Gone):
        adapter.edit(outgoing(), Remote(URI))


def test_an_inactive_account_cannot_be_verified() -> None:
    seen = {"did": DID, "handle": "a.test", "active": False, "status": "suspended"}
    adapter, _ = opened(lambda sent: answer(200, dict(seen)))
    with pytest.raises(AccessRevoked) as caught:
        adapter.verify()
    assert caught.value.code == "account_suspended"


def test_the_session_says_when_it_ends() -> None:
    adapter, _ = opened(lambda sent: answer(200))
    assert adapter.expires_at() == START + 1_000
