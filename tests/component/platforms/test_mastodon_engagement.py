"""What comes back, over HTTP, from a server that behaves in every way observed."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from shared.core.engagement import ItemKind, SeenItem, SeenPage, SeenPost
from shared.core.errors import (
    AccessRevoked,
    Ambiguous,
    Gone,
    RateLimited,
    Rejected,
    Transient,
    Unreadable,
)
from shared.core.models import MINUTE, SECOND, Draft, Millis, Options, Part, Remote, Target
from shared.core.platform import Outgoing, Platform
from shared.core.workspaces import Account
from shared.platforms.guard import Guard
from shared.platforms.http import Client
from shared.platforms.registry import Registry
from tests.fakes.make import account
from tests.fakes.time import START, FakeClock
from tests.servers.loopback import LOOPBACK, RESET_BEFORE_APPLYING, Response, refused
from tests.servers.mastodon import Mastodon as Server
from tests.servers.mastodon_model import UNKNOWN_ID, Dialect, error, page

pytestmark = pytest.mark.enable_socket

DIALECTS = {
    "mastodon": Dialect(),
    "no link header": Dialect(link_header=False),
    "before quotes and batches": Dialect(batches=False, quotes=False),
    "refuses unknown types": Dialect(quotes=False, unknown_type=error(422, "Invalid type")),
    "letters in ids": Dialect(letters_in_ids=True),
    "html errors": Dialect(unknown_id=UNKNOWN_ID["404 page"], batches=False),
    "no second like": Dialect(second_like=error(404, "Record not found")),
}
every_dialect = pytest.mark.parametrize("dialect", DIALECTS.values(), ids=DIALECTS)


class World:
    """A server with the author and two visitors, and the adapter between."""

    def __init__(self, server: Server, client: Client) -> None:
        self.server = server
        self.at = START
        server.clock = server.state.clock = self.moment
        self.author = server.add_account("ada", followers=12)
        self.bo, self.cy = server.add_account("bo"), server.add_account("cy")
        self.registry = Registry(lambda: client, options={}, clock=FakeClock())

    def moment(self) -> datetime:
        return datetime.fromtimestamp(self.at / 1000, UTC)

    def use(self, dialect: Dialect) -> None:
        self.server.state.dialect = replace(dialect)

    def later(self, span: Millis = SECOND) -> None:
        self.at += span

    @property
    def account(self) -> Account:
        url, author = self.server.url, self.author
        return replace(
            account(), server=url, remote_id=author.id, handle=f"ada@{url.partition('//')[2]}"
        )

    @property
    def adapter(self) -> Platform:
        return self.registry.open(self.account, {"access_token": self.author.token})

    def publish(self, *texts: str, reply_to: Target | None = None) -> tuple[Remote, ...]:
        draft = Draft(tuple(Part(text) for text in texts), Options(), reply_to)
        live: tuple[Remote, ...] = ()
        for number in range(len(texts)):
            key = f"{len(self.server.statuses)}.{number}"
            live += (self.adapter.publish(Outgoing(draft, number, key, START, {}, live)),)
        return live

    def activity(self, since: Millis = 0) -> list[SeenPage]:
        pages = [self.adapter.activity(since=since, page=None)]
        while pages[-1].next is not None:
            pages.append(self.adapter.activity(since=since, page=pages[-1].next))
        return pages

    def came(self, since: Millis = 0) -> list[str]:
        return [item.remote_id for page in self.activity(since) for item in page.items]

    def item(self, remote_id: str) -> SeenItem:
        found = self.adapter.look([remote_id])[remote_id]
        assert found is not None
        return found


@pytest.fixture
def world() -> Iterator[World]:
    client = Client(Guard(frozenset({LOOPBACK})), timeout=5 * SECOND)
    with Server() as server:
        yield World(server, client)
        client.close()


@every_dialect
def test_every_way_of_reading_sees_the_same(world: World, dialect: Dialect) -> None:
    world.use(dialect)
    (post,) = world.publish("Hello")
    said = world.server.say(world.bo, "@ada Lovely https://example.com/a/b", to=post.id)
    below = world.server.say(world.cy, "@bo indeed", to=said.id)
    (page,) = [page for page in world.activity() if page.items]
    thread = world.adapter.threads([post])[post.id]
    assert thread is not None
    assert thread.complete
    assert [item.remote_id for item in thread.items] == [said.id, below.id]
    assert page.items == (thread.items[0],) == (world.item(said.id),)
    assert thread.items[1] == world.item(below.id)
    first = thread.items[0]
    assert (first.kind, first.parent_id) == (ItemKind.REPLY, post.id)
    assert first.text == "@ada Lovely https://example.com/a/b"
    assert first.author.handle == f"bo@{LOOPBACK}:{world.server.port}"


def test_people_are_found_without_a_token_where_the_server_lets_anybody_search(
    world: World,
) -> None:
    far = world.server.add_account("bonnie")
    far.host = "far.example"
    anybody = world.registry.open(world.account, {})
    assert anybody.find_people("bo") == ()  # nothing that this short is looked for
    assert [one.handle for one in anybody.find_people("bon")] == ["bonnie@far.example"]
    assert [one.handle for one in anybody.find_people("ada")] == ["ada"]  # its server has a port
    world.use(Dialect(closed_search=error(401, "This method requires an authenticated user")))
    with pytest.raises(AccessRevoked):
        anybody.find_people("bonnie")


@every_dialect
def test_pages_lose_nothing_and_end(world: World, dialect: Dialect) -> None:
    world.use(dialect)
    said = [world.server.say(world.bo, f"@ada {number}") for number in range(170)]
    assert world.came() == [status.id for status in reversed(said)]
    asked = len(world.server.sent("GET", "/api/v1/notifications"))
    assert asked <= (8 if dialect.unknown_type else 4)


def test_reading_stops_where_the_last_one_began(world: World) -> None:
    for number in range(100):
        world.server.say(world.bo, f"@ada {number}")
        world.later()
    assert len(world.activity(since=world.at - 10 * SECOND)) == 1
    assert len(world.activity(since=START + 10 * SECOND)) == 2
    # What was written long ago and came just now is read with what came just now.
    old = world.server.say(world.bo, "@ada old", at=world.moment() - timedelta(days=9))
    assert old.id in world.came(since=world.at - MINUTE)


def test_a_quote_comes_as_a_notification_and_in_the_thread(world: World) -> None:
    (post,) = world.publish("Hello")
    quote = world.server.say(world.bo, "Look at this", quotes=post.id)
    (item,) = world.activity()[0].items
    thread = world.adapter.threads([post])[post.id]
    assert thread is not None
    assert thread.items == (item,) == (world.item(quote.id),)
    assert (item.kind, item.parent_id) == (ItemKind.QUOTE, post.id)


def test_edits_and_deletions_are_seen(world: World) -> None:
    (post,) = world.publish("Hello")
    said, other = (world.server.say(world.bo, f"@ada {n}", to=post.id) for n in range(2))
    before = world.item(said.id)
    world.later()
    said.text, said.edited_at = "@ada changed", world.moment()
    after = world.item(said.id)
    assert (after.text, after.edited_at) == ("@ada changed", world.at)
    assert replace(after, text=before.text, edited_at=None) == before
    world.server.remove(other.id)
    assert world.adapter.look([said.id, other.id]) == {said.id: after, other.id: None}
    thread = world.adapter.threads([post])[post.id]
    assert thread is not None
    assert (thread.items, thread.complete) == ((after,), True)
    world.server.remove(post.id)
    assert world.adapter.threads([post]) == {post.id: None}


def test_a_long_thread_that_the_server_cuts(world: World) -> None:
    world.server.dialect.most_descendants = 60
    (post,) = world.publish("Hello")
    for number in range(61):
        world.server.say(world.bo, str(number), to=post.id)
    thread = world.adapter.threads([post])[post.id]
    assert thread is not None
    assert (len(thread.items), thread.complete) == (60, False)


@pytest.mark.parametrize("batches", [True, False])
def test_one_call_for_twenty_posts_and_one_for_each_thread(world: World, *, batches: bool) -> None:
    world.server.dialect.batches = batches
    parts = world.publish("one", "two", "three")
    others = [world.publish(f"post {number}")[0] for number in range(19)]
    before = len(world.server.requests)
    threads = world.adapter.threads([*parts, *others])
    assert len(threads) == 22
    first = threads[parts[0].id]
    assert first is not None
    assert [item.ours for item in first.items] == [True, True]
    calls = len(world.server.requests) - before
    assert calls == (2 if batches else 1 + 22) + 20


@pytest.mark.parametrize("name", UNKNOWN_ID)
def test_what_is_gone_is_told_as_well_as_the_server_tells_it(world: World, name: str) -> None:
    world.server.dialect.unknown_id = UNKNOWN_ID[name]
    said = world.server.say(world.bo, "@ada hi")
    expected: dict[str, SeenItem | None] = {said.id: world.item(said.id)}
    if not name.startswith("500"):
        expected["999"] = None
    assert world.adapter.look([said.id, "999"]) == expected


def test_own_posts_are_the_profiles_own(world: World) -> None:
    mine = world.server.say(world.author, "From the phone")
    world.later()
    first, _ = world.publish("one", "two")
    theirs = world.server.say(world.bo, "@ada hi")
    world.server.say(world.author, "@bo hi", to=theirs.id)
    world.server.say(world.author, "@bo psst", visibility="direct")
    posts = own_posts(world)
    assert [post.remote for post in posts] == [
        first,
        Remote(mine.id, f"{world.server.url}/@ada/{mine.id}"),
    ]
    assert (posts[1].text, posts[1].created_at) == ("From the phone", START)


@every_dialect
def test_own_posts_page_by_page(world: World, dialect: Dialect) -> None:
    world.use(dialect)
    made = [world.server.say(world.author, str(number)) for number in range(90)]
    assert [post.remote.id for post in own_posts(world)] == [one.id for one in reversed(made)]


def own_posts(world: World) -> list[SeenPost]:
    found: list[SeenPost] = []
    page: str | None = None
    for _ in range(10):
        shown = world.adapter.own_posts(since=START, page=page)
        found += shown.posts
        page = shown.next
        if page is None:
            return found
    raise AssertionError("the pages do not end")


@every_dialect
def test_counters_rise_and_fall(world: World, dialect: Dialect) -> None:
    world.use(dialect)
    (post,) = world.publish("Hello")
    answer = world.server.say(world.bo, "Hi", to=post.id)
    visitor = world.registry.open(
        replace(world.account, remote_id=world.bo.id), {"access_token": world.bo.token}
    )
    for _ in range(2):
        visitor.like(Target(post.id), liked=True)
    expected = {"likes": 1, "reposts": 0, "replies": 1}
    if dialect.quotes:
        expected["quotes"] = 0
    assert world.adapter.post_metrics([post, Remote("999")]) == {post.id: expected, "999": None}
    for _ in range(2):
        visitor.like(Target(post.id), liked=False)
    world.server.remove(answer.id)
    assert world.adapter.post_metrics([post])[post.id] == expected | {"likes": 0, "replies": 0}
    world.server.boost(post.id)
    assert world.adapter.post_metrics([post])[post.id] == expected | {
        "likes": 0,
        "replies": 0,
        "reposts": 1,
    }
    with pytest.raises(Gone):
        visitor.like(Target("999"), liked=True)


def test_the_accounts_numbers_where_the_server_shows_them(world: World) -> None:
    world.publish("Hello")
    assert world.adapter.account_metrics() == {"followers": 12, "following": 0, "posts": 1}
    world.server.dialect.profile = {"followers_count": -1, "following_count": None}
    assert world.adapter.account_metrics() == {"posts": 1}


# Answers.


@pytest.mark.parametrize("visibility", ["public", "unlisted", "private", "direct"])
def test_an_answer_reaches_whom_it_is_for(world: World, visibility: str) -> None:
    said = world.server.say(world.bo, "@ada hi", visibility=visibility)
    (answer,) = world.publish("Hello back", reply_to=world.item(said.id).target)
    status = world.server.state.statuses[answer.id]
    assert (status.text, status.in_reply_to_id) == ("@bo Hello back", said.id)
    assert status.visibility == visibility
    visitor = world.registry.open(
        replace(world.account, remote_id=world.bo.id), {"access_token": world.bo.token}
    )
    (item,) = visitor.activity(since=0, page=None).items
    assert (item.remote_id, item.kind) == (answer.id, ItemKind.REPLY)
    assert world.item(answer.id).ours


def test_a_lost_answer_is_found_by_what_it_answers(world: World) -> None:
    said, other = (world.server.say(world.bo, f"@ada {number}") for number in range(2))
    for status in (said, other):
        draft = Draft((Part("Thanks"),), reply_to=world.item(status.id).target)
        sent = Outgoing(draft, 0, f"dlv.{status.id}", START, {})
        assert world.adapter.locate(sent, since=START, owned=frozenset()) is None
        remote = world.adapter.publish(sent)
        assert world.adapter.locate(sent, since=START, owned=frozenset()) == remote


@pytest.mark.parametrize("refuses", [True, False])
def test_an_answer_to_what_is_gone_is_no_post(world: World, *, refuses: bool) -> None:
    if not refuses:
        world.server.dialect.unknown_parent = None
    said = world.server.say(world.bo, "@ada hi")
    target = world.item(said.id).target
    world.server.remove(said.id)
    with pytest.raises(Rejected) as caught:
        world.publish("Hello back", reply_to=target)
    assert [(p.where, p.code) for p in caught.value.problems] == [("reply_to", "parent_lost")]
    assert world.server.statuses == []


def test_an_answer_outside_of_its_thread_that_stays_is_reported(world: World) -> None:
    world.server.dialect.unknown_parent = None
    world.server.on("DELETE", "/api/v1/statuses/*", refused(Response(500)))
    with pytest.raises(Ambiguous) as caught:
        world.publish("Hello back", reply_to=Target("999"))
    assert caught.value.code == "outside_thread"


def test_an_answer_can_be_edited(world: World) -> None:
    said = world.server.say(world.bo, "@ada hi")
    target = world.item(said.id).target
    (answer,) = world.publish("Hello", reply_to=target)
    edited = Outgoing(Draft((Part("Goodbye"),), reply_to=target), 0, "dlv.0", START, {})
    world.adapter.edit(edited, answer)
    assert world.server.state.statuses[answer.id].text == "@bo Goodbye"


# A server in trouble.


def test_a_busy_server_says_when(world: World) -> None:
    world.server.say(world.bo, "@ada hi")
    world.server.allowance = 0
    adapter = world.adapter
    for ask in (
        lambda: adapter.activity(since=0, page=None),
        lambda: adapter.look(["1", "2"]),
        lambda: adapter.threads([Remote("1")]),
        lambda: adapter.own_posts(since=0, page=None),
        adapter.account_metrics,
    ):
        with pytest.raises(RateLimited) as caught:
            ask()
        assert caught.value.at is not None
        assert caught.value.at > START


def test_a_connection_that_breaks_changes_nothing(world: World) -> None:
    said = world.server.say(world.bo, "@ada hi")
    for path in ("/api/v1/notifications", f"/api/v1/statuses/{said.id}"):
        world.server.on("GET", path, RESET_BEFORE_APPLYING)
    with pytest.raises(Transient):
        world.came()
    with pytest.raises(Transient):
        world.item(said.id)
    assert world.came() == [said.id]


def test_a_page_of_html_is_not_an_empty_inbox(world: World) -> None:
    world.server.say(world.bo, "@ada hi")
    welcome = refused(page(200, "Welcome"))
    world.server.on("GET", "/api/v1/notifications", welcome, welcome)
    with pytest.raises(Unreadable):
        world.came()
