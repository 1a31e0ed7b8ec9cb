"""Posts of the profile itself: by key from its own server, then by time from the AppView."""

from typing import Any

import pytest

from shared.core.engagement import SeenPost
from shared.core.errors import Gone, Transient
from shared.core.models import MINUTE, MediaKind, Remote, SeenMedia
from shared.platforms.bluesky_record import instant, key_at, record_key
from tests.fakes.bluesky_views import BO, ME, Json, reply, uri, view
from tests.fakes.time import START
from tests.fakes.wire import Sent, Step, answer
from tests.unit.platforms.test_bluesky import PDS, opened, refused

LIST = "/xrpc/com.atproto.repo.listRecords"
FEED = "/xrpc/app.bsky.feed.getAuthorFeed"
DAY = 24 * 60 * MINUTE
BLOB = {"$type": "blob", "ref": {"$link": "bafypic"}, "mimeType": "image/png", "size": 1}


class Profile:
    """A repository as its server lists it, and the author feed as the AppView sorts it."""

    def __init__(self, *, page: int = 100, feed_page: int = 100) -> None:
        self.records: dict[str, Json] = {}
        self.page = page
        self.feed_page = feed_page
        self.view_answers: Step | None = None
        self.asked: list[str] = []

    def post(self, key: str, *, at: int, text: str = "", **record: Any) -> None:
        made = {"$type": "app.bsky.feed.post", "text": text or key, "createdAt": instant(at)}
        self.records[key] = made | record

    def __call__(self, sent: Sent) -> Step:
        self.asked.append(sent.path)
        assert len(self.asked) < 50, "it never ends"
        if sent.path == LIST:
            return self._list(sent.query.get("cursor", "~"))
        return self.view_answers or self._feed(int(sent.query.get("cursor", "0")))

    def _list(self, before: str) -> Step:
        keys = sorted((key for key in self.records if key < before), reverse=True)[: self.page]
        found = [
            {"uri": uri(key, ME), "cid": f"cid{key}", "value": self.records[key]} for key in keys
        ]
        return answer(200, {"records": found, **({"cursor": keys[-1]} if keys else {})})

    def _feed(self, start: int) -> Step:
        keys = sorted(
            self.records, key=lambda key: str(self.records[key]["createdAt"]), reverse=True
        )
        shown = keys[start : start + self.feed_page]
        feed = [{"post": view(key, ME, record=self.records[key])} for key in shown]
        following = {"cursor": str(start + self.feed_page)} if shown else {}
        return answer(200, {"feed": feed, **following})

    def read(self, *, since: int) -> list[str]:
        adapter, _ = opened(self)
        found: list[str] = []
        page: str | None = None
        while True:
            got = adapter.own_posts(since=since, page=page)
            found += [post.text for post in got.posts]
            page = got.next
            if page is None:
                return found


def test_a_post_is_read_whole() -> None:
    profile = Profile()
    embed = {"images": [{"image": BLOB, "alt": "Red"}, {"image": {}}, 7]}
    key = key_at(START)
    profile.post(key, at=START, text="Hi", embed=embed)
    adapter, wire = opened(profile)
    got = adapter.own_posts(since=START - MINUTE, page=None)
    file = f"{PDS}/xrpc/com.atproto.sync.getBlob?did={ME}&cid=bafypic"
    assert got.posts == (
        SeenPost(
            Remote(uri(key, ME), f"https://bsky.app/profile/{ME}/post/{key}", f"cid{key}"),
            "Hi",
            START,
            (SeenMedia(MediaKind.IMAGE, file, "Red"),),
        ),
    )
    assert wire.sent[0].query == {"repo": ME, "collection": "app.bsky.feed.post", "limit": "100"}


@pytest.mark.parametrize(
    ("embed", "kinds"),
    [
        ({"video": BLOB, "alt": "x"}, [MediaKind.VIDEO]),
        ({"items": [{"image": BLOB}]}, [MediaKind.IMAGE]),
        ({"record": {}, "media": {"video": BLOB}}, [MediaKind.VIDEO]),
        ({"images": [{"image": {"ref": {"$link": "../../x"}}}]}, []),
        ({"external": {"uri": "https://e.example", "thumb": BLOB}}, []),
        ("x", []),
    ],
)
def test_what_it_shows(embed: object, kinds: list[MediaKind]) -> None:
    profile = Profile()
    profile.post(key_at(START), at=START, embed=embed)
    (post,) = opened(profile)[0].own_posts(since=0, page=None).posts
    assert [media.kind for media in post.media] == kinds


def test_answers_to_others_and_parts_of_threads_are_left_out() -> None:
    profile = Profile()
    profile.post(key_at(START), at=START, text="post")
    profile.post(key_at(START + 1), at=START + 1, text="answer", reply=reply("x", by=BO))
    profile.post(record_key("one"), at=START, text="part", reply=reply())
    assert profile.read(since=START - MINUTE) == ["post"]


def test_a_usual_look_is_two_calls_however_long_the_profile() -> None:
    profile = Profile()
    for number in range(300):
        profile.post(key_at(START - number * DAY), at=START - number * DAY)
    assert profile.read(since=START - MINUTE) == [key_at(START)]
    assert profile.asked == [LIST, FEED]


def test_pages_go_back_to_since() -> None:
    profile = Profile(page=3, feed_page=3)
    for number in range(30):
        profile.post(key_at(START - number * DAY), at=START - number * DAY, text=str(number))
    assert profile.read(since=START - 10 * DAY) == [str(number) for number in range(11)]


def test_a_key_that_lies_behind_is_found() -> None:
    """Clocks differ, and apps draw the key before the post is sent."""
    profile = Profile(page=1)
    for number in range(40):
        profile.post(
            key_at(START - number * 60 * MINUTE), at=START - number * 60 * MINUTE, text="x"
        )
    profile.post(key_at(START - 20 * 60 * MINUTE), at=START, text="behind")
    assert "behind" in profile.read(since=START - MINUTE)


def test_a_key_of_no_time_is_found_by_time() -> None:
    """As ours are, and so those of another installation for the same profile."""
    profile = Profile(page=2, feed_page=2)
    for number in range(9):
        profile.post(key_at(START - number * DAY), at=START - number * DAY, text=f"d{number}")
        profile.post(record_key(f"dlv_{number}"), at=START - number * DAY - 5, text=f"h{number}")
    found = profile.read(since=START - 3 * DAY)
    assert sorted(found) == ["d0", "d1", "d2", "d3", "h0", "h1", "h2"]


def test_what_an_app_brings_over_with_old_dates_is_found_when_it_appears() -> None:
    profile = Profile()
    profile.post(key_at(START), at=START - 900 * DAY, text="moved here")
    profile.post(key_at(START - 60 * MINUTE), at=START - 900 * DAY, text="moved before")
    assert profile.read(since=START - MINUTE) == ["moved here"]


@pytest.mark.parametrize(
    "step", [refused(501, "MethodNotImplemented"), refused(400, "InvalidRequest"), answer(404)]
)
def test_no_appview_is_needed(step: Step) -> None:
    profile = Profile()
    profile.post(key_at(START), at=START, text="post")
    profile.view_answers = step
    assert profile.read(since=START - MINUTE) == ["post"]


def test_while_the_appview_is_down_the_own_server_goes_on_alone() -> None:
    profile = Profile()
    profile.post(key_at(START), at=START, text="post")
    profile.records |= {key_at(START - n * DAY): {"createdAt": "x"} for n in range(9, 200)}
    profile.post(record_key("one"), at=START - 60 * MINUTE, text="key of no time")
    profile.view_answers = refused(502, "UpstreamFailure")
    assert profile.read(since=START - 90 * MINUTE) == ["post"]
    profile.view_answers = None
    assert profile.read(since=START - 90 * MINUTE) == ["post", "key of no time"]


def test_a_list_that_breaks_off_goes_on_where_it_was() -> None:
    adapter, _ = opened(lambda sent: refused(502, "UpstreamFailure"))
    with pytest.raises(Transient):
        adapter.own_posts(since=START, page="times:x")


@pytest.mark.parametrize("page", ["times:x", "elsewhere"])
def test_a_position_that_nobody_knows_any_more(page: str) -> None:
    adapter, _ = opened(lambda sent: refused(400, "InvalidRequest"))
    with pytest.raises(Gone):
        adapter.own_posts(since=START, page=page)


def test_reposts_and_pages_of_them() -> None:
    reposted = {"post": view("x", BO), "reason": {"indexedAt": instant(START - 10)}}
    key = record_key("a")
    late = {"post": view(key, ME, at=START - 20)}
    pages = {"": ([reposted], "1"), "1": ([reposted, 7, {}, late], "2"), "2": ([reposted], "3")}
    old = [reposted | {"reason": {"indexedAt": instant(START - DAY)}}]

    def network(sent: Sent) -> Step:
        feed, cursor = pages.get(sent.query.get("cursor", ""), (old, "9"))
        return answer(200, {"feed": feed, "cursor": cursor})

    adapter, wire = opened(network)
    found: list[str] = []
    page: str | None = "times"
    while page is not None:
        got = adapter.own_posts(since=START - MINUTE, page=page)
        found += [post.text for post in got.posts]
        page = got.next
    assert found == [key]
    assert len(wire.sent) == 4


def test_broken_records_are_passed_over() -> None:
    good = {"uri": uri(key_at(START), ME), "cid": "cid1", "value": {"createdAt": instant(START)}}
    broken: list[object] = [
        *(7, None, {}, good | {"cid": ""}, good | {"value": {}}, good | {"value": []}),
        *(good | {"uri": uri("x", BO)}, good | {"uri": "x"}),
    ]
    adapter, _ = opened(lambda sent: answer(200, {"records": [*broken, good], "cursor": "x"}))
    got = adapter.own_posts(since=START - MINUTE, page=None)
    assert [post.remote.id for post in got.posts] == [good["uri"]]
    assert got.next == "keys:x"


def test_a_date_to_come_is_now() -> None:
    profile = Profile()
    profile.post(key_at(START), at=START + 900 * DAY)
    (post,) = opened(profile)[0].own_posts(since=START - MINUTE, page=None).posts
    assert post.created_at == START


def test_a_list_that_repeats_itself_ends() -> None:
    adapter, _ = opened(
        lambda sent: answer(
            200, {"records": [{"uri": uri(key_at(START), ME)}], "feed": [], "cursor": "same"}
        )
    )
    assert adapter.own_posts(since=0, page="keys:same").next == "times"
    assert adapter.own_posts(since=0, page="times:same").next is None
