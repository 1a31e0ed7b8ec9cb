"""What comes back, read by the adapter from the real PDS and the real AppView."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from urllib.parse import urlsplit

import pytest

from shared.core.engagement import ItemKind, SeenItem, Thread
from shared.core.errors import Rejected, Transient
from shared.core.models import MINUTE, Draft, Millis, Part, Remote, Target
from shared.core.platform import Outgoing
from shared.platforms import bluesky_listen
from shared.platforms.base import Context
from shared.platforms.bluesky import Bluesky
from shared.platforms.guard import Guard
from shared.platforms.http import Client
from shared.runtime.clock import SystemClock
from tests.fakes import make
from tests.servers.bluesky import PdsAccount, RealPds, Record
from tests.servers.bluesky_network import LIKES, RealNetwork, post_record

pytestmark = [pytest.mark.e2e, pytest.mark.enable_socket]

GATES = "app.bsky.feed.threadgate"
DAY = 24 * 60 * MINUTE


@dataclass
class Brand:
    """An account connected through the adapter."""

    pds: RealPds
    person: PdsAccount
    http: Client
    count: int = 0
    began: Millis = field(default_factory=lambda: SystemClock().now())

    def __post_init__(self) -> None:
        context = Context(self.http, SystemClock(), {})
        fields = {
            "server": self.pds.url,
            "identifier": self.person.handle,
            "app_password": self.pds.app_password(self.person),
        }
        found = Bluesky.connect(fields, context)
        account = make.account(platform="bluesky", server=found.server, remote_id=found.remote_id)
        self.adapter = Bluesky(account, found.credential, context)

    @property
    def since(self) -> Millis:
        return self.began - MINUTE

    def publish(self, *texts: str, to: Target | None = None) -> list[Record]:
        self.count += 1
        draft = Draft(tuple(map(Part, texts)), reply_to=to)
        live: tuple[Remote, ...] = ()
        for part in range(len(texts)):
            key = f"{self.person.did}.{self.count}.{part}"
            outgoing = Outgoing(draft, part, key, SystemClock().now(), {}, live)
            live = (*live, self.adapter.publish(outgoing))
        found = (self.pds.record(self.person.did, remote.id.rpartition("/")[2]) for remote in live)
        return [record for record in found if record is not None]

    def activity(self, *, since: Millis | None = None) -> list[SeenItem]:
        found: list[SeenItem] = []
        page: str | None = None
        for _ in range(50):
            got = self.adapter.activity(since=since or self.since, page=page)
            found += got.items
            page = got.next
            if page is None:
                return found
        raise AssertionError("the list never ends")

    def thread(self, record: Record) -> Thread:
        found = self.adapter.threads([remote(record)])[record.uri]
        assert found is not None
        return found

    def own_posts(self, *, since: Millis) -> set[str]:
        found: set[str] = set()
        page: str | None = None
        for _ in range(50):
            got = self.adapter.own_posts(since=since, page=page)
            found |= {post.text for post in got.posts}
            page = got.next
            if page is None:
                return found
        raise AssertionError("the list never ends")


def remote(record: Record) -> Remote:
    return Remote(record.uri, extra=record.cid)


def words(items: Thread | list[SeenItem]) -> list[str]:
    return sorted(item.text for item in (items.items if isinstance(items, Thread) else items))


@pytest.fixture
def network(bluesky: RealNetwork) -> RealNetwork:
    return bluesky


def connected(pds: RealPds) -> Iterator[Brand]:
    http = Client(Guard(frozenset({f"localhost:{pds.port}"})))
    yield Brand(pds, pds.create_account(), http)
    http.close()


@pytest.fixture
def brand(network: RealNetwork) -> Iterator[Brand]:
    yield from connected(network)


@pytest.fixture
def fan(network: RealNetwork) -> PdsAccount:
    return network.create_account()


def test_replies_quotes_and_mentions_arrive(
    network: RealNetwork, brand: Brand, fan: PdsAccount
) -> None:
    (mine,) = brand.publish("Hello")
    first = network.post(fan, "first", reply_to=mine)
    network.post(fan, "below", reply_to=first)
    network.post(fan, "look", quote=mine)
    network.post(fan, "you there", mention=brand.person)
    network.like(fan, mine)
    network.wait_indexed()
    found = {item.text: item for item in brand.activity()}
    assert {text: item.kind for text, item in found.items()} == {
        "first": ItemKind.REPLY,
        "below": ItemKind.REPLY,
        "look": ItemKind.QUOTE,
        f"@{brand.person.handle} you there": ItemKind.MENTION,
    }
    assert found["first"].target == Target(first.uri, first.cid, mine.uri, mine.cid)
    assert found["below"].parent_id == first.uri
    assert found["look"].parent_id == mine.uri
    assert found["first"].author.handle == fan.handle


def test_every_way_of_reading_sees_the_same(
    network: RealNetwork, brand: Brand, fan: PdsAccount
) -> None:
    (mine,) = brand.publish("Hello")
    network.post(fan, "reply", reply_to=mine)
    network.post(fan, "quote", quote=mine)
    network.wait_indexed()
    listed = {item.remote_id: item for item in brand.activity()}
    assert {item.remote_id: item for item in brand.thread(mine).items} == listed
    assert brand.adapter.look(list(listed)) == listed
    assert len(listed) == 2


def test_ten_replies_in_one_moment_and_a_backdated_one(
    network: RealNetwork, brand: Brand, fan: PdsAccount, monkeypatch: pytest.MonkeyPatch
) -> None:
    (mine,) = brand.publish("Hello")
    now = datetime.now(UTC)
    network.posts(fan, [post_record(f"r{n}", reply_to=mine, at=now) for n in range(10)])
    network.post(fan, "old", reply_to=mine, at=now - timedelta(days=3))
    network.wait_indexed()
    all_of_them = sorted([*(f"r{n}" for n in range(10)), "old"])
    thread = brand.thread(mine)
    assert words(thread) == all_of_them
    assert thread.complete
    assert words(brand.activity(since=brand.began - 5 * DAY)) == all_of_them
    # Pages that end within a moment: all of it is seen as long as it fits on one.
    for page in (11, 12):
        monkeypatch.setattr(bluesky_listen, "_PAGE", page)
        assert set(words(brand.activity())) >= {f"r{n}" for n in range(10)}


def test_pages_that_end_within_a_moment_lose_nothing(
    network: RealNetwork, brand: Brand, fan: PdsAccount, monkeypatch: pytest.MonkeyPatch
) -> None:
    (mine,) = brand.publish("Hello")
    now = datetime.now(UTC)
    times = [0, 1, 1, 1, 2, 3, 3, 4]
    records = [
        post_record(f"r{n}", reply_to=mine, at=now - timedelta(milliseconds=ms))
        for n, ms in enumerate(times)
    ]
    network.posts(fan, records)
    network.wait_indexed()
    for page in (4, 5, 6, 7):
        monkeypatch.setattr(bluesky_listen, "_PAGE", page)
        assert set(words(brand.activity())) == {f"r{n}" for n in range(8)}, page


def test_a_thread_of_ours_is_one_call_and_parts_are_told_apart(
    network: RealNetwork, brand: Brand, fan: PdsAccount
) -> None:
    one, two = brand.publish("one", "two")
    network.post(fan, "to one", reply_to=one)
    network.post(fan, "to two", reply_to=two)
    network.wait_indexed()
    before = len(network.requests)
    found = brand.adapter.threads([remote(one), remote(two)])
    assert len(network.requests) == before + 1
    first, second = found[one.uri], found[two.uri]
    assert first is not None
    assert second is not None
    assert words(first) == ["to one", "to two", "two"]
    assert {item.text: item.ours for item in first.items}["two"]
    assert words(second) == ["to two"]


def test_an_answer_appears_where_it_belongs(
    network: RealNetwork, brand: Brand, fan: PdsAccount
) -> None:
    (mine,) = brand.publish("Hello")
    network.post(fan, "question", reply_to=mine)
    network.post(fan, "psst", mention=brand.person)
    network.wait_indexed()
    asked, named = sorted(brand.activity(), key=lambda item: item.kind, reverse=True)
    first, second = brand.publish("answer", "and more", to=asked.target)
    (told,) = brand.publish("hi", to=Target(named.target.remote_id))  # its version is looked up
    root = {"uri": mine.uri, "cid": mine.cid}
    assert first.value["reply"]["root"] == second.value["reply"]["root"] == root
    assert first.value["reply"]["parent"]["uri"] == asked.remote_id
    assert second.value["reply"]["parent"]["uri"] == first.uri
    assert told.value["reply"]["root"] == told.value["reply"]["parent"]
    got = network.ask(fan, "app.bsky.notification.listNotifications", limit=50)
    texts = {one["record"]["text"] for one in got["notifications"] if one["reason"] == "reply"}
    assert texts == {"answer", "and more", "hi"}
    assert words(brand.thread(mine)) == ["and more", "answer", "question"]


def test_what_is_deleted_or_edited_is_seen(
    network: RealNetwork, brand: Brand, fan: PdsAccount
) -> None:
    (mine,) = brand.publish("Hello")
    stays, goes = (network.post(fan, text, reply_to=mine) for text in ("stays", "goes"))
    network.wait_indexed()
    assert words(brand.activity()) == ["goes", "stays"]
    network.delete(fan, goes)
    network.edit(fan, stays, "changed")
    network.wait_indexed()
    looked = brand.adapter.look([stays.uri, goes.uri])
    assert looked[goes.uri] is None
    assert looked[stays.uri] is not None
    assert words(brand.thread(mine)) == ["changed"] == words(brand.activity())


def test_counts_rise_and_fall(network: RealNetwork, brand: Brand, fan: PdsAccount) -> None:
    (mine,) = brand.publish("Hello")
    like = network.like(fan, mine)
    network.repost(fan, mine)
    network.post(fan, "reply", reply_to=mine)
    network.post(fan, "quote", quote=mine)
    network.follow(fan, brand.person)
    network.wait_indexed()
    counted = {"likes": 1, "reposts": 1, "replies": 1, "quotes": 1, "saves": 0}
    assert brand.adapter.post_metrics([remote(mine)]) == {mine.uri: counted}
    assert brand.adapter.account_metrics() == {"followers": 1, "following": 0, "posts": 1}
    network.delete(fan, like)
    network.wait_indexed()
    assert brand.adapter.post_metrics([remote(mine)]) == {mine.uri: counted | {"likes": 0}}


def test_a_post_of_ours_that_is_gone_is_told_from_one_not_indexed_yet(
    network: RealNetwork, brand: Brand
) -> None:
    stays, goes = brand.publish("stays")[0], brand.publish("goes")[0]
    network.wait_indexed()
    brand.adapter.delete(remote(goes))
    network.wait_indexed()
    asked = [remote(stays), remote(goes)]
    assert brand.adapter.post_metrics(asked)[goes.uri] is None
    assert brand.adapter.threads(asked)[goes.uri] is None
    assert brand.adapter.threads(asked)[stays.uri] == Thread(())


def test_likes_are_made_once_and_taken_back(
    network: RealNetwork, brand: Brand, fan: PdsAccount
) -> None:
    theirs = network.post(fan, "hello", mention=brand.person)
    network.wait_indexed()
    (item,) = brand.activity()
    for _ in range(2):
        brand.adapter.like(item.target, liked=True)
    network.wait_indexed()
    brand.adapter.like(item.target, liked=True)
    assert len(network.records(brand.person.did, LIKES)) == 1
    assert brand.adapter.post_metrics([remote(theirs)])[theirs.uri]["likes"] == 1  # type: ignore[index]  # it is there
    for _ in range(2):
        brand.adapter.like(item.target, liked=False)
    assert network.records(brand.person.did, LIKES) == []
    network.like(brand.person, theirs)  # in an app
    network.wait_indexed()
    brand.adapter.like(item.target, liked=True)
    assert len(network.records(brand.person.did, LIKES)) == 1
    brand.adapter.like(item.target, liked=False)
    assert network.records(brand.person.did, LIKES) == []


def test_a_reply_is_hidden_and_shown_again(
    network: RealNetwork, brand: Brand, fan: PdsAccount
) -> None:
    (mine,) = brand.publish("Hello")
    rude = network.post(fan, "rude", reply_to=mine)
    own = network.post(fan, "of their own")
    network.wait_indexed()
    (item,) = brand.activity()
    for _ in range(2):
        brand.adapter.hide(item.target, hidden=True)
    (gate,) = network.records(brand.person.did, GATES)
    assert (gate.rkey, gate.value["hiddenReplies"]) == (mine.rkey, [rude.uri])
    network.wait_indexed()
    assert brand.activity() == []  # the network no longer tells us of it
    assert words(brand.thread(mine)) == ["rude"]  # but it is not deleted
    assert brand.adapter.look([rude.uri]) == {rude.uri: item}
    brand.adapter.hide(item.target, hidden=False)
    (gate,) = network.records(brand.person.did, GATES)
    assert gate.value["hiddenReplies"] == []
    with pytest.raises(Rejected):
        brand.adapter.hide(Target(item.remote_id, root_id=own.uri), hidden=True)


def test_posts_made_elsewhere_whatever_their_key(
    network: RealNetwork, brand: Brand, fan: PdsAccount
) -> None:
    brand.publish("ours")
    network.post(brand.person, "in an app")
    network.post(brand.person, "dated back", at=datetime.now(UTC) - timedelta(days=400))
    theirs = network.post(fan, "theirs")
    network.post(brand.person, "an answer", reply_to=theirs)
    network.repost(brand.person, theirs)
    assert brand.own_posts(since=brand.since) == {"ours", "in an app", "dated back"}
    many = [post_record(f"p{n}") for n in range(130)]
    for start in (0, 100):
        network.posts(brand.person, many[start : start + 100])
    network.wait_indexed()
    # Ours has a key of no time, and stands behind a page of others.
    found = brand.own_posts(since=brand.since)
    assert found == {"ours", "in an app", "dated back", *(f"p{n}" for n in range(130))}


def test_people_are_found_on_the_appview_by_the_beginning_of_a_handle(
    network: RealNetwork,
) -> None:
    """Without a credential, and without the account's server in between."""
    found_here = network.create_account("marta-bakes")
    network.wait_indexed()
    http = Client(Guard(frozenset(urlsplit(url).netloc for url in (network.url, network.appview))))
    account = make.account(platform="bluesky", server=network.url)
    context = Context(http, SystemClock(), {"app_view": network.appview})
    (found,) = Bluesky(account, {}, context).find_people("marta-b")
    assert (found.remote_id, found.handle) == (found_here.did, "marta-bakes.test")
    http.close()


def test_a_server_without_an_appview_goes_on_publishing() -> None:
    with RealPds() as pds, contextmanager(connected)(pds) as brand:
        (mine,) = brand.publish("Hello")
        for call in (
            brand.activity,
            brand.adapter.account_metrics,
            lambda: brand.adapter.threads([remote(mine)]),
            lambda: brand.adapter.look([mine.uri]),
            lambda: brand.adapter.post_metrics([remote(mine)]),
        ):
            with pytest.raises(Transient):
                call()
        assert brand.own_posts(since=brand.since) == {"Hello"}
