"""Likes and hidden replies: records of ours, written once whatever happens in between."""

from typing import Any

import httpx
import pytest

from shared.core.errors import Gone, PlatformError, Rejected, Transient
from shared.core.models import Target
from shared.platforms.bluesky import Bluesky
from shared.platforms.bluesky_record import record_key
from tests.fakes.bluesky_views import BO, ME, Json, uri, view
from tests.fakes.wire import Sent, Step, Wire, answer
from tests.unit.platforms.test_bluesky import opened, refused

LIKE, GATE = "app.bsky.feed.like", "app.bsky.feed.threadgate"
TARGET = Target(uri("a"), "cidold", uri("root", ME), "cidroot")
KEY = record_key(f"like {uri('a')}")


class Server:
    """The records of one account, and what the AppView shows of the post."""

    def __init__(self, *, post: Json | None, **records: Json) -> None:
        self.post = post
        self.records: dict[str, Json] = {name.replace("_", "/"): r for name, r in records.items()}
        self.versions = 0
        self.before_put: list[Json] = []
        self.faults: list[Step] = []

    def open(self) -> tuple[Bluesky, Wire]:
        return opened(self)

    def __call__(self, sent: Sent) -> Step:
        method = sent.path.rpartition(".")[2]
        if method == "getPosts":
            return answer(200, {"posts": [self.post] if self.post else []})
        if method == "getRecord":
            return self._get(f"{sent.query['collection']}/{sent.query['rkey']}")
        body: Any = sent.json()
        assert sent.headers["authorization"] == "Bearer access-1"
        assert body["repo"] == ME
        place = f"{body['collection']}/{body['rkey']}"
        if method == "deleteRecord":
            self.records.pop(place, None)
            return answer(200, {})
        return self._put(place, body)

    def _get(self, place: str) -> Step:
        if place not in self.records:
            return refused(400, "RecordNotFound")
        return answer(200, {"uri": place, "cid": self._cid(place), "value": self.records[place]})

    def _put(self, place: str, body: Any) -> Step:
        if self.before_put:
            self.records[place] = self.before_put.pop(0)
        current = self._cid(place) if place in self.records else None
        if body["swapRecord"] != current:
            return refused(400, "InvalidSwap")
        self.records[place] = body["record"]
        return self.faults.pop(0) if self.faults else answer(200, {"uri": place, "cid": "x"})

    def _cid(self, place: str) -> str:
        return f"cid{hash(str(self.records[place]))}"


def gate(server: Server) -> Json:
    return server.records[f"{GATE}/root"]


def with_root(**records: Json) -> Server:
    server = Server(post=view("a"), **records)
    server.records["app.bsky.feed.post/root"] = {"text": "root"}
    return server


def test_a_like_is_one_record_however_often() -> None:
    server = Server(post=view("a"))
    for _ in range(3):
        server.open()[0].like(TARGET, liked=True)
    assert server.records == {
        f"{LIKE}/{KEY}": {
            "$type": LIKE,
            "subject": {"uri": uri("a"), "cid": "cida"},
            "createdAt": "2026-05-28T20:26:40.000Z",
        }
    }


def test_what_was_liked_in_an_app_stays_one_like() -> None:
    liked = view("a", viewer={"like": f"at://{ME}/{LIKE}/3app"})
    server = Server(post=liked)
    server.records[f"{LIKE}/3app"] = {}
    server.open()[0].like(TARGET, liked=True)
    assert list(server.records) == [f"{LIKE}/3app"]


def test_taking_a_like_back_takes_back_both() -> None:
    server = Server(post=view("a", viewer={"like": f"at://{ME}/{LIKE}/3app"}))
    server.records = {f"{LIKE}/3app": {}, f"{LIKE}/{KEY}": {}, f"{LIKE}/other": {}}
    server.open()[0].like(TARGET, liked=False)
    assert list(server.records) == [f"{LIKE}/other"]
    server.open()[0].like(TARGET, liked=False)


def test_the_like_of_a_post_that_is_gone_can_be_taken_back_but_not_made() -> None:
    server = Server(post=None)
    server.records[f"{LIKE}/{KEY}"] = {}
    server.open()[0].like(TARGET, liked=False)
    assert server.records == {}
    for target in (TARGET, Target("https://no.example")):
        with pytest.raises(Gone):
            server.open()[0].like(target, liked=True)
    assert server.records == {}


@pytest.mark.parametrize("like", [f"at://{BO}/{LIKE}/x", f"at://{ME}/app.bsky.feed.post/x", 7, ""])
def test_only_a_like_of_our_own_is_ever_removed(like: object) -> None:
    server = Server(post=view("a", viewer={"like": like}))
    server.records["app.bsky.feed.post/x"] = {}
    adapter, wire = server.open()
    adapter.like(TARGET, liked=False)
    (removed,) = [sent.json() for sent in wire.sent if sent.method == "POST"]
    assert removed == {"repo": ME, "collection": LIKE, "rkey": KEY}


@pytest.mark.parametrize("step", [httpx.ReadTimeout("x"), refused(500, "InternalServerError")])
def test_a_like_whose_answer_is_lost_may_be_repeated(step: Step) -> None:
    server = Server(post=view("a"))
    server.faults = [step]
    with pytest.raises(Transient):
        server.open()[0].like(TARGET, liked=True)
    server.open()[0].like(TARGET, liked=True)
    assert len(server.records) == 1


def test_hiding_makes_a_gate_that_shuts_nobody_out() -> None:
    server = with_root()
    for _ in range(2):
        server.open()[0].hide(TARGET, hidden=True)
    assert gate(server) == {
        "$type": GATE,
        "post": uri("root", ME),
        "createdAt": "2026-05-28T20:26:40.000Z",
        "hiddenReplies": [uri("a")],
    }


def test_a_gate_keeps_everything_else() -> None:
    before = {
        "$type": GATE,
        "post": uri("root", ME),
        "allow": [{"$type": f"{GATE}#followingRule"}],
        "createdAt": "2026-01-01T00:00:00.000Z",
        "hiddenReplies": [uri("b")],
        "future": 1,
    }
    server = with_root()
    server.records[f"{GATE}/root"] = dict(before)
    server.open()[0].hide(TARGET, hidden=True)
    assert gate(server) == before | {"hiddenReplies": [uri("b"), uri("a")]}
    for _ in range(2):
        server.open()[0].hide(TARGET, hidden=False)
    assert gate(server) == before


def test_a_gate_that_changes_in_between_is_read_again() -> None:
    server = with_root()
    server.before_put = [{"hiddenReplies": [uri("b")]}, {"hiddenReplies": [uri("c")]}]
    server.open()[0].hide(TARGET, hidden=True)
    assert gate(server)["hiddenReplies"] == [uri("c"), uri("a")]
    server.before_put = [{"hiddenReplies": [uri(f"n{number}")]} for number in range(9)]
    with pytest.raises(Transient):
        server.open()[0].hide(Target(uri("z"), "", uri("root", ME)), hidden=True)


def test_showing_again_what_was_never_hidden_writes_nothing() -> None:
    server = Server(post=None)
    adapter, wire = server.open()
    adapter.hide(TARGET, hidden=False)
    assert [sent.method for sent in wire.sent] == ["GET"]


@pytest.mark.parametrize("root", ["", uri("root", BO), "at://x", uri("a")])
def test_only_a_thread_of_our_own_has_a_gate_of_ours(root: str) -> None:
    adapter, wire = with_root().open()
    with pytest.raises(Rejected) as caught:
        adapter.hide(Target(uri("a"), "", root), hidden=True)
    assert caught.value.problems[0].code == "not_our_thread"
    assert wire.sent == []


def test_a_full_gate_says_so() -> None:
    server = with_root()
    server.records[f"{GATE}/root"] = {"hiddenReplies": [uri(f"n{n}") for n in range(300)]}
    with pytest.raises(Rejected) as caught:
        server.open()[0].hide(TARGET, hidden=True)
    assert caught.value.problems[0].code == "too_many_hidden"
    server.open()[0].hide(Target(uri("n7"), "", uri("root", ME)), hidden=False)
    assert len(gate(server)["hiddenReplies"]) == 299


def test_below_a_post_that_is_gone_nothing_is_hidden() -> None:
    server = Server(post=view("a"))
    with pytest.raises(Gone):
        server.open()[0].hide(TARGET, hidden=True)
    assert server.records == {}


@pytest.mark.parametrize("step", [refused(401, "AccountTakedown"), refused(429), refused(502)])
def test_trouble_keeps_its_name(step: Step) -> None:
    adapter, _ = opened(lambda sent: step)
    for wanted in (True, False):
        with pytest.raises(PlatformError):
            adapter.like(TARGET, liked=wanted)
        with pytest.raises(PlatformError):
            adapter.hide(TARGET, hidden=wanted)
