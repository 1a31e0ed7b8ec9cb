from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from tests.servers.loopback import (
    RESET_AFTER_APPLYING,
    RESET_BEFORE_APPLYING,
    RESET_THEN_APPLIED_LATE,
    Fault,
    Gate,
    Response,
    answered_wrongly,
    refused,
)
from tests.servers.mastodon import Mastodon
from tests.servers.mastodon_model import (
    BAD_TOKEN,
    NO_INSTANCE_V2,
    UNKNOWN_ID,
    Keys,
    page,
    too_many_requests,
)
from tests.servers.mastodon_text import count, render

pytestmark = pytest.mark.enable_socket

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
STATUSES = "/api/v1/statuses"
PNG = b"\x89PNG\r\n\x1a\n" + bytes(range(256)) + b"\r\n--not the boundary\r\n"


@dataclass
class Clock:
    at: datetime = NOON

    def __call__(self) -> datetime:
        return self.at


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def server(clock: Clock) -> Iterator[Mastodon]:
    with Mastodon(clock=clock) as server:
        yield server


@pytest.fixture
def client(server: Mastodon) -> Iterator[httpx.Client]:
    token = server.add_account("ada").token
    headers = {"Authorization": f"Bearer {token}"}
    with httpx.Client(base_url=server.url, headers=headers, timeout=10) as client:
        yield client


def post(client: httpx.Client, text: str = "Hello", *, key: str = "", **more: object) -> Any:
    headers = {"Idempotency-Key": key} if key else {}
    answer = client.post(STATUSES, json={"status": text} | more, headers=headers)
    assert answer.status_code == 200, answer.text
    return answer.json()


def texts(server: Mastodon) -> list[str]:
    return [status.text for status in server.statuses]


def upload(
    client: httpx.Client, content: bytes = PNG, mime: str = "image/png", **more: str
) -> httpx.Response:
    return client.post("/api/v2/media", files={"file": ("a", content, mime)}, data=more)


def test_a_post_is_made_from_json_and_from_a_form(server: Mastodon, client: httpx.Client) -> None:
    made = post(client, "Hello", visibility="unlisted", spoiler_text="Greeting", language="en")
    assert client.get(f"{STATUSES}/{made['id']}").json() == made
    form = {"status": "Again", "sensitive": "true", "in_reply_to_id": made["id"]}
    client.post(STATUSES, data=form)
    first, second = server.statuses
    assert (first.visibility, first.spoiler_text, first.language) == ("unlisted", "Greeting", "en")
    assert (second.text, second.sensitive, second.in_reply_to_id) == ("Again", True, first.id)
    assert made["url"] == f"{server.url}/@ada/{first.id}"
    assert made["created_at"] == "2026-11-22T12:00:00.000Z"


def test_the_account_is_verified_by_its_token(server: Mastodon, client: httpx.Client) -> None:
    post(client)
    me = client.get("/api/v1/accounts/verify_credentials").json()
    assert (me["acct"], me["statuses_count"]) == ("ada", 1)
    assert me["source"]["privacy"] == "public"


@pytest.mark.parametrize("kind", BAD_TOKEN)
def test_a_bad_token_is_refused_in_every_way_seen(
    server: Mastodon, client: httpx.Client, kind: str
) -> None:
    server.dialect.bad_token = BAD_TOKEN[kind]
    server.revoke("token-of-ada")
    answer = client.post(STATUSES, json={"status": "Hello"})
    assert answer.status_code == BAD_TOKEN[kind].status
    assert answer.content == BAD_TOKEN[kind].body
    assert server.statuses == []


@pytest.mark.parametrize("kind", UNKNOWN_ID)
def test_an_unknown_id_is_answered_in_every_way_seen(
    server: Mastodon, client: httpx.Client, kind: str
) -> None:
    server.dialect.unknown_id = UNKNOWN_ID[kind]
    for path in (f"{STATUSES}/1", f"{STATUSES}/1/context", "/api/v1/accounts/1/statuses"):
        assert client.get(path).status_code == UNKNOWN_ID[kind].status
    assert client.delete(f"{STATUSES}/1").content == UNKNOWN_ID[kind].body


def test_limits_are_told_by_both_versions(server: Mastodon, client: httpx.Client) -> None:
    server.dialect.max_characters = 1_000
    for version in ("v2", "v1"):
        about = client.get(f"/api/{version}/instance").json()
        assert about["configuration"]["statuses"]["max_characters"] == 1_000
    server.dialect.instance_v2 = NO_INSTANCE_V2["500"]
    assert client.get("/api/v2/instance").status_code == 500
    assert client.get("/api/v1/instance").status_code == 200


@pytest.mark.parametrize(
    ("bad", "status"),
    [
        ({"status": "x" * 501}, 422),
        ({"status": " "}, 422),
        ({"status": "Hello", "visibility": "secret"}, 422),
        ({"status": "Hello", "in_reply_to_id": "1"}, 404),
        ({"status": "Hello", "media_ids": ["1"]}, 422),
        ({"status": "Hello", "scheduled_at": "2026-11-22T12:04:00Z"}, 422),
    ],
    ids=lambda value: ",".join(value) if isinstance(value, dict) else None,
)
def test_bad_posts_are_refused(
    server: Mastodon, client: httpx.Client, bad: Mapping[str, object], status: int
) -> None:
    answer = client.post(STATUSES, json=bad)
    assert answer.status_code == status
    assert answer.json()["error"]
    assert server.statuses == []


def test_bodies_that_are_no_json_are_refused(server: Mastodon, client: httpx.Client) -> None:
    headers = {"Content-Type": "application/json"}
    for broken in (b"{", b"[]"):
        assert client.post(STATUSES, content=broken, headers=headers).status_code == 400
    assert server.statuses == []


def test_careless_servers_accept_what_others_refuse(server: Mastodon, client: httpx.Client) -> None:
    dialect = server.dialect
    dialect.too_long = dialect.no_text = dialect.unknown_parent = None
    dialect.schedules = False
    dialect.default_visibility = "unlisted"
    post(client, "x" * 501)
    post(client, "")
    assert post(client, "Lost", in_reply_to_id="1")["in_reply_to_id"] is None
    assert post(client, "Too early", scheduled_at="2027-01-01T00:00:00Z")["url"]
    assert {status.visibility for status in server.statuses} == {"unlisted"}
    assert len(server.statuses) == 4


def test_a_scheduled_post_waits_where_the_server_can(
    server: Mastodon, client: httpx.Client
) -> None:
    plan = client.post(STATUSES, json={"status": "Later", "scheduled_at": "2026-11-23T12:00:00Z"})
    assert "uri" not in plan.json()
    assert server.statuses == []
    assert len(server.scheduled) == 1


def test_a_repeated_key_answers_the_first_post(
    server: Mastodon, client: httpx.Client, clock: Clock
) -> None:
    first = post(client, "One", key="k")
    assert post(client, "Another body", key="k") == first
    assert texts(server) == ["One"]
    clock.at += timedelta(hours=1)
    assert post(client, "One", key="k")["id"] != first["id"]
    assert texts(server) == ["One", "One"]


def test_a_key_belongs_to_one_account(server: Mastodon, client: httpx.Client) -> None:
    post(client, "Ada's", key="k")
    other = server.add_account("grace")
    headers = {"Authorization": f"Bearer {other.token}", "Idempotency-Key": "k"}
    client.post(STATUSES, json={"status": "Grace's"}, headers=headers)
    assert texts(server) == ["Ada's", "Grace's"]


def test_some_servers_ignore_the_key(server: Mastodon, client: httpx.Client) -> None:
    server.dialect.keys = Keys.IGNORED
    assert post(client, key="k")["id"] != post(client, key="k")["id"]


@pytest.mark.parametrize(("keys", "posts"), [(Keys.HONOURED, 1), (Keys.ONE_AFTER_THE_OTHER, 2)])
def test_a_key_sent_twice_at_once_may_make_two_posts(
    server: Mastodon, client: httpx.Client, keys: Keys, posts: int
) -> None:
    server.dialect.keys = keys
    gate = Gate()
    server.on("POST", STATUSES, Fault(after=gate))
    with ThreadPoolExecutor(1) as pool:
        first = pool.submit(post, client, key="k")
        gate.wait_for_arrival()
        post(client, key="k")
        gate.open()
        first.result()
    assert len(server.statuses) == posts
    post(client, key="k")
    assert len(server.statuses) == posts


@pytest.mark.parametrize("keys", [Keys.HONOURED, Keys.ONE_AFTER_THE_OTHER])
def test_a_key_is_known_after_an_answer_was_lost(
    server: Mastodon, client: httpx.Client, keys: Keys
) -> None:
    server.dialect.keys = keys
    server.on("POST", STATUSES, RESET_AFTER_APPLYING, answered_wrongly(page(502, "Bad gateway")))
    with pytest.raises(httpx.TransportError):
        post(client, "One", key="1")
    headers = {"Idempotency-Key": "2"}
    assert client.post(STATUSES, json={"status": "Two"}, headers=headers).status_code == 502
    post(client, "One", key="1")
    post(client, "Two", key="2")
    assert texts(server) == ["One", "Two"]


def test_a_lost_request_leaves_nothing_until_it_is_applied_late(
    server: Mastodon, client: httpx.Client
) -> None:
    server.on("POST", STATUSES, RESET_BEFORE_APPLYING, RESET_THEN_APPLIED_LATE)
    for key in ("never", "late"):
        with pytest.raises(httpx.TransportError):
            post(client, key, key=key)
    assert server.statuses == []
    server.apply_late()
    assert texts(server) == ["late"]
    assert post(client, "late", key="late")["content"] == "<p>late</p>"
    assert texts(server) == ["late"]


def test_readers_may_lag_behind(server: Mastodon, client: httpx.Client) -> None:
    me = client.get("/api/v1/accounts/verify_credentials").json()["id"]
    own = f"/api/v1/accounts/{me}/statuses"
    server.read_lag = True
    made = post(client)
    assert client.get(own).json() == []
    assert client.get(f"{STATUSES}/{made['id']}").status_code == 404
    assert len(server.statuses) == 1
    server.catch_up()
    assert client.get(own).json() == [made]


def test_pages_of_an_accounts_posts(server: Mastodon, client: httpx.Client) -> None:
    made = [post(client, f"{number}")["id"] for number in range(6)]
    me = client.get("/api/v1/accounts/verify_credentials").json()["id"]

    def ids(**query: str | int) -> list[int]:
        answer = client.get(f"/api/v1/accounts/{me}/statuses", params=query)
        return [made.index(status["id"]) for status in answer.json()]

    assert ids() == [5, 4, 3, 2, 1, 0]
    assert ids(limit=2) == [5, 4]
    assert ids(since_id=made[1], limit=2) == [5, 4]
    assert ids(min_id=made[1], limit=2) == [3, 2]
    assert ids(max_id=made[2]) == [1, 0]
    link = client.get(f"/api/v1/accounts/{me}/statuses", params={"limit": 2}).links
    assert link["next"]["url"].endswith(f"max_id={made[4]}")
    assert link["prev"]["url"].endswith(f"min_id={made[5]}")
    server.dialect.link_header = False
    assert "link" not in client.get(f"/api/v1/accounts/{me}/statuses").headers


def test_private_posts_are_for_their_author(server: Mastodon, client: httpx.Client) -> None:
    made = post(client, visibility="private")
    me = made["account"]["id"]
    assert len(client.get(f"/api/v1/accounts/{me}/statuses").json()) == 1
    assert httpx.get(f"{server.url}/api/v1/accounts/{me}/statuses").json() == []
    assert httpx.get(f"{server.url}{STATUSES}/{made['id']}").status_code == 404


def test_ids_may_have_letters(server: Mastodon, client: httpx.Client) -> None:
    server.dialect.letters_in_ids = True
    first, second = post(client)["id"], post(client)["id"]
    assert not first.isdigit()
    assert first < second


def test_an_edit_replaces_everything(server: Mastodon, client: httpx.Client, clock: Clock) -> None:
    media = upload(client, description="A dot").json()["id"]
    made = post(client, "Helo", media_ids=[media])
    clock.at += timedelta(minutes=1)
    kept = {"status": "Hello", "media_ids": [media]}
    edited = client.put(f"{STATUSES}/{made['id']}", json=kept).json()
    assert (edited["id"], edited["content"]) == (made["id"], "<p>Hello</p>")
    assert edited["edited_at"] == "2026-11-22T12:01:00.000Z"
    assert len(edited["media_attachments"]) == 1
    source = client.get(f"{STATUSES}/{made['id']}/source").json()
    assert source == {"id": made["id"], "text": "Hello", "spoiler_text": ""}
    lost = client.put(f"{STATUSES}/{made['id']}", json={"status": "Hello"}).json()
    assert lost["media_attachments"] == []


def test_a_deleted_post_is_gone_at_once_or_later(server: Mastodon, client: httpx.Client) -> None:
    now, later = post(client, "now")["id"], post(client, "later")["id"]
    assert client.delete(f"{STATUSES}/{now}").json()["text"] == "now"
    assert client.delete(f"{STATUSES}/{now}").status_code == 404
    server.dialect.deletes_later = True
    assert client.delete(f"{STATUSES}/{later}").status_code == 200
    assert client.get(f"{STATUSES}/{later}").status_code == 200
    server.catch_up()
    assert client.get(f"{STATUSES}/{later}").status_code == 404
    assert server.statuses == []


def test_nobody_changes_a_strangers_post(server: Mastodon, client: httpx.Client) -> None:
    made = post(client)
    headers = {"Authorization": f"Bearer {server.add_account('mallory').token}"}
    path = f"{STATUSES}/{made['id']}"
    assert client.delete(path, headers=headers).status_code == 404
    assert client.put(path, json={"status": "Ha"}, headers=headers).status_code == 404
    assert texts(server) == ["Hello"]


def test_a_boost_changes_how_a_post_is_answered(server: Mastodon, client: httpx.Client) -> None:
    made = post(client)
    server.boost(made["id"])
    seen = client.get(f"{STATUSES}/{made['id']}").json()
    assert seen["reblogs_count"] == 1
    for field in ("id", "uri", "content"):
        assert seen[field] != made[field]


def test_a_thread_is_told_by_its_context(client: httpx.Client) -> None:
    root = post(client, "1")["id"]
    middle = post(client, "2", in_reply_to_id=root)["id"]
    last = post(client, "3", in_reply_to_id=middle)["id"]
    post(client, "alone")
    context = client.get(f"{STATUSES}/{middle}/context").json()
    assert [status["id"] for status in context["ancestors"]] == [root]
    assert [status["id"] for status in context["descendants"]] == [last]


def test_an_image_is_ready_at_once_and_kept_byte_for_byte(
    server: Mastodon, client: httpx.Client
) -> None:
    answer = upload(client, description="A dot", focus="0.1,-0.2")
    assert answer.status_code == 200
    media = server.media[answer.json()["id"]]
    assert (media.content, media.description, media.focus) == (PNG, "A dot", "0.1,-0.2")
    path = f"/api/v1/media/{media.id}"
    assert client.put(path, data={"description": "Better"}).json()["description"] == "Better"
    post(client, media_ids=[media.id])
    assert media.status_id == server.statuses[0].id
    assert client.get(path).status_code == 404  # it belongs to a post now
    again = client.post(STATUSES, json={"status": "Twice", "media_ids": [media.id]})
    assert again.status_code == 422


def test_a_video_takes_its_time(server: Mastodon, client: httpx.Client) -> None:
    answer = upload(client, bytes(10), "video/mp4")
    assert (answer.status_code, answer.json()["url"]) == (202, None)
    video = answer.json()["id"]
    early = client.post(STATUSES, json={"status": "Film", "media_ids": [video]})
    assert early.status_code == 422
    looks = [client.get(f"/api/v1/media/{video}").status_code for _ in range(3)]
    assert looks == [206, 206, 200]
    assert post(client, "Film", media_ids=[video])["media_attachments"][0]["type"] == "video"


def test_a_video_may_turn_out_unusable(server: Mastodon, client: httpx.Client) -> None:
    server.media_fails, server.dialect.looks_at_media = True, 0
    video = upload(client, bytes(10), "video/mp4").json()["id"]
    assert client.get(f"/api/v1/media/{video}").status_code == 422


def test_media_that_break_a_rule_are_refused(server: Mastodon, client: httpx.Client) -> None:
    assert upload(client, b"", "image/png").status_code == 422
    assert upload(client, PNG, "application/pdf").status_code == 422
    assert upload(client, bytes(16_777_217), "image/png").status_code == 422
    assert upload(client, description="x" * 1_501).status_code == 422
    assert server.media == {}
    five = [upload(client).json()["id"] for _ in range(5)]
    assert client.post(STATUSES, json={"status": "5", "media_ids": five}).status_code == 422


def test_requests_run_out_until_the_window_ends(
    server: Mastodon, client: httpx.Client, clock: Clock
) -> None:
    server.allowance = 1
    answer = client.post(STATUSES, json={"status": "Last"})
    assert answer.headers["x-ratelimit-remaining"] == "0"
    refusal = client.post(STATUSES, json={"status": "Too many"})
    assert refusal.status_code == 429
    assert refusal.headers["x-ratelimit-reset"] == "2026-11-22T12:05:00Z"
    assert "retry-after" not in refusal.headers
    clock.at += timedelta(minutes=5)
    post(client, "After")
    assert texts(server) == ["Last", "After"]


def test_a_single_request_can_be_refused_as_any_server_would(
    server: Mastodon, client: httpx.Client
) -> None:
    reset = NOON + timedelta(seconds=30, microseconds=754_511)
    server.on("POST", STATUSES, refused(too_many_requests(reset)), refused(Response(503)))
    first = client.post(STATUSES, json={"status": "Hello"})
    assert first.headers["x-ratelimit-reset"] == "2026-11-22T12:00:30.754511Z"
    assert client.post(STATUSES, json={"status": "Hello"}).status_code == 503
    assert server.statuses == []
    assert len(server.sent("POST", STATUSES)) == 2


@pytest.mark.parametrize(
    ("text", "counts"),
    [
        ("naïve 👨‍👩‍👧‍👦", 7),
        ("see https://example.com/" + "a" * 80, 27),
        ("(https://example.com).", 26),
        ("https://127.0.0.1/x", 19),
        ("https://me:pw@example.com/", 26),
        ("ftp://example.com/", 18),
        ("@ada@mastodon.example hi", 7),
        ("mail ada@example.com", 20),
    ],
)
def test_text_counts_as_mastodon_says(text: str, counts: int) -> None:
    assert count(text) == counts
    assert count(text, "cw") == counts + 2


def test_text_is_shown_as_mastodon_shows_it() -> None:
    shown = render("a < b\nc\n\n#Tag https://www.example.com/a/very/long/path/indeed.", "https://x")
    assert shown == (
        "<p>a &lt; b<br />c</p>"
        '<p><a href="https://x/tags/Tag" class="mention hashtag" rel="tag">#<span>Tag</span></a> '
        '<a href="https://www.example.com/a/very/long/path/indeed" target="_blank" '
        'rel="nofollow noopener" translate="no"><span class="invisible">https://www.</span>'
        '<span class="ellipsis">example.com/a/very/long/path/i</span>'
        '<span class="invisible">ndeed</span></a>.</p>'
    )
