"""What our Bluesky adapter relies on, asked of the real server; and that the harness shows it."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
import pytest

from tests.servers.bluesky import POSTS, PdsAccount, RealPds, XrpcError
from tests.servers.bluesky_network import RealNetwork
from tests.servers.loopback import RESET_AFTER_APPLYING, RESET_BEFORE_APPLYING

pytestmark = [pytest.mark.e2e, pytest.mark.enable_socket]

RKEY = "3lbjd7yhaqc2a"
PUT = "com.atproto.repo.putRecord"
CREATE = "com.atproto.repo.createRecord"


@pytest.fixture
def pds(bluesky: RealNetwork) -> RealPds:
    return bluesky


@pytest.fixture
def author(pds: RealPds) -> PdsAccount:
    return pds.create_account()


@pytest.fixture
def token(pds: RealPds, author: PdsAccount) -> str:
    return pds.session(author).access


def post(text: str = "Good morning") -> dict[str, Any]:
    return {"$type": POSTS, "text": text, "createdAt": "2026-11-22T09:00:00.000Z"}


def put_once(author: PdsAccount, record: dict[str, Any], rkey: str = RKEY) -> dict[str, Any]:
    """A write that creates and never overwrites."""
    target = {"repo": author.did, "collection": POSTS, "rkey": rkey}
    return target | {"record": record, "swapRecord": None}


def create(author: PdsAccount, record: dict[str, Any]) -> dict[str, Any]:
    return {"repo": author.did, "collection": POSTS, "record": record}


def test_a_created_post_is_read_back(pds: RealPds, author: PdsAccount, token: str) -> None:
    made = pds.call(CREATE, create(author, post("Grüße 👋")), token=token)
    (found,) = pds.records(author.did)
    assert (found.uri, found.cid) == (made["uri"], made["cid"])
    assert found.value["text"] == "Grüße 👋"
    assert pds.record(author.did, found.rkey) == found
    assert pds.record(author.did, RKEY) is None


def test_a_repeated_put_of_the_same_record_changes_nothing(
    pds: RealPds, author: PdsAccount, token: str
) -> None:
    first = pds.call(PUT, put_once(author, post()), token=token)
    again = pds.call(PUT, put_once(author, post()), token=token)
    assert "commit" in first
    assert "commit" not in again
    assert first["cid"] == again["cid"]
    assert len(pds.records(author.did)) == 1


def test_a_put_never_overwrites(pds: RealPds, author: PdsAccount, token: str) -> None:
    pds.call(PUT, put_once(author, post("first")), token=token)
    with pytest.raises(XrpcError, match="400 InvalidSwap"):
        pds.call(PUT, put_once(author, post("second")), token=token)
    assert [record.value["text"] for record in pds.records(author.did)] == ["first"]


def test_eight_puts_at_once_make_one_post(pds: RealPds, author: PdsAccount, token: str) -> None:
    with ThreadPoolExecutor(8) as pool:
        answers = list(
            pool.map(
                lambda _: pds.call(PUT, put_once(author, post()), token=token),
                range(8),
            )
        )
    assert len({answer["cid"] for answer in answers}) == 1
    assert len(pds.records(author.did)) == 1


@pytest.mark.parametrize(
    ("text", "accepted"),
    [
        ("x" * 300, True),
        ("x" * 301, False),
        ("👨‍👩‍👧‍👦" * 120, True),  # 3,000 bytes
        ("👨‍👩‍👧‍👦" * 121, False),  # 121 graphemes, but too many bytes
    ],
    ids=["300 graphemes", "301 graphemes", "3000 bytes", "3025 bytes"],
)
def test_text_is_limited_in_graphemes_and_in_bytes(
    pds: RealPds, author: PdsAccount, token: str, text: str, *, accepted: bool
) -> None:
    if accepted:
        pds.call(CREATE, create(author, post(text)), token=token)
    else:
        with pytest.raises(XrpcError, match="400 InvalidRequest"):
            pds.call(CREATE, create(author, post(text)), token=token)
    assert len(pds.records(author.did)) == accepted


def test_a_record_key_must_be_a_tid(pds: RealPds, author: PdsAccount, token: str) -> None:
    with pytest.raises(XrpcError, match="400 InvalidRequest"):
        pds.call(PUT, put_once(author, post(), rkey="my-post"), token=token)


def test_an_expired_token_is_400_and_a_missing_one_401(
    pds: RealPds, author: PdsAccount, token: str
) -> None:
    with pytest.raises(XrpcError, match="400 ExpiredToken"):
        pds.call(CREATE, create(author, post()), token=pds.expired(token))
    with pytest.raises(XrpcError, match="400 InvalidToken"):
        pds.call(CREATE, create(author, post()), token="nonsense")
    with pytest.raises(XrpcError, match="401 AuthMissing"):
        pds.call(CREATE, create(author, post()))


def test_a_revoked_app_password_ends_at_the_next_refresh(pds: RealPds, author: PdsAccount) -> None:
    app = pds.session(author, password=pds.app_password(author))
    pds.revoke_app_password(author)
    pds.call(CREATE, create(author, post()), token=app.access)
    with pytest.raises(XrpcError) as refused:
        pds.call("com.atproto.server.refreshSession", None, token=app.refresh)
    assert refused.value.status == 400


def test_an_account_that_was_taken_down_is_401(
    pds: RealPds, author: PdsAccount, token: str
) -> None:
    pds.take_down(author)
    with pytest.raises(XrpcError, match="401 AccountTakedown"):
        pds.call(CREATE, create(author, post()), token=token)


def test_a_blob_is_kept_once_a_post_shows_it(pds: RealPds, author: PdsAccount, token: str) -> None:
    picture = b"\x89PNG\r\n\x1a\n" + bytes(range(256))
    sent = httpx.post(
        f"{pds.url}/xrpc/com.atproto.repo.uploadBlob",
        content=picture,
        headers={"Content-Type": "image/png", "Authorization": f"Bearer {token}"},
    )
    blob = sent.json()["blob"]
    embed = {"$type": "app.bsky.embed.images", "images": [{"alt": "a picture", "image": blob}]}
    pds.call(CREATE, create(author, post() | {"embed": embed}), token=token)
    assert pds.blobs(author.did) == [blob["ref"]["$link"]]
    assert pds.blob(author.did, blob["ref"]["$link"]) == picture


def test_deleting_twice_is_success(pds: RealPds, author: PdsAccount, token: str) -> None:
    pds.call(PUT, put_once(author, post()), token=token)
    gone = {"repo": author.did, "collection": POSTS, "rkey": RKEY}
    for _ in range(2):
        pds.call("com.atproto.repo.deleteRecord", gone, token=token)
    assert pds.records(author.did) == []


@pytest.mark.parametrize(
    ("fault", "posts"), [(RESET_BEFORE_APPLYING, 0), (RESET_AFTER_APPLYING, 1)]
)
def test_a_client_cannot_tell_a_lost_request_from_a_lost_answer(
    pds: RealPds, author: PdsAccount, token: str, fault: Any, posts: int
) -> None:
    pds.on("POST", f"/xrpc/{PUT}", fault)
    headers = {"Authorization": f"Bearer {token}"}
    with pytest.raises((httpx.ReadError, httpx.RemoteProtocolError)):
        httpx.post(f"{pds.url}/xrpc/{PUT}", json=put_once(author, post()), headers=headers)
    assert len(pds.records(author.did)) == posts
    again = httpx.post(f"{pds.url}/xrpc/{PUT}", json=put_once(author, post()), headers=headers)
    assert again.status_code == 200
    assert len(pds.records(author.did)) == 1
    assert pds.unmet_faults() == 0


def test_rate_limits_can_be_switched_on() -> None:
    with RealPds(rate_limits=True) as limited:
        author = limited.create_account()
        answer = httpx.get(
            f"{limited.url}/xrpc/com.atproto.repo.listRecords",
            params={"repo": author.did, "collection": POSTS},
        )
    assert {"ratelimit-limit", "ratelimit-remaining", "ratelimit-reset"} <= answer.headers.keys()
