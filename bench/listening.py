"""What it costs to listen and to count: write units of an inbox item, of a post's numbers over a
month, and of one look, with few posts kept and with many.

The steps of both functions are the real ones, in virtual time; DynamoDB is moto's, and units follow
AWS's published rules (`tests/fakes/meter.py`). The network is one in memory: it costs no units.
"""

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any

import boto3
from moto import mock_aws

from bench.metered import NOBODY, REGION
from bench.table import Row
from functions.metrics_rollup.ticking import tick
from functions.poll_engagement.polling import poll
from shared.core.engagement import Feed, Watch
from shared.core.lifecycle import S
from shared.core.models import MINUTE, Delivery, Millis, Post, Remote, WakeKind
from shared.core.services import Listener
from shared.core.timing import Timing
from shared.store import items, keys
from shared.store.api_store import DynamoApiStore
from shared.store.engagement_store import DynamoEngagementStore
from tests.contract.stores import new_table
from tests.fakes import make
from tests.fakes.meter import Call, Meter
from tests.fakes.network import LivePost
from tests.fakes.social import SocialNetwork
from tests.fakes.telemetry import FakeTelemetry
from tests.fakes.time import FakeClock, FixedRandom
from tests.fakes.vault import FakeVault

HOUR: Millis = 60 * MINUTE
MONTH = 30 * 24
"""Hours."""
ANSWERS = 20
FEW, MANY = 10, int(os.environ.get("BENCH_KEPT", "20000"))
WORDS = "Do you deliver on Sundays too? We are twelve people, two of them without gluten. " * 2
"""As long as answers are: some 160 characters."""


@dataclass(frozen=True, slots=True)
class Bill:
    calls: tuple[Call, ...]

    @property
    def writes(self) -> float:
        return sum(call.writes for call in self.calls)

    @property
    def reads(self) -> float:
        return sum(call.reads for call in self.calls)


class ListeningBench:
    """One connected account on a network in memory, its items on moto's DynamoDB."""

    def __init__(self) -> None:
        self.meter, self.clock = Meter(), FakeClock()
        self.heard: Millis | None = None
        self.posts: list[Delivery] = []
        self.network = SocialNetwork(self.clock)
        self.dynamodb: Any = boto3.client("dynamodb", region_name=REGION)
        self.table = new_table(self.dynamodb)
        watched = self.meter.watch(self.dynamodb)
        self.store, vault = DynamoEngagementStore(watched, self.table), FakeVault()
        self.listener = Listener(
            store=self.store,
            platforms=self.network,
            vault=vault,
            clock=self.clock,
            random=FixedRandom(),
            telemetry=FakeTelemetry(),
            timing=Timing(),
        )
        api = DynamoApiStore(watched, self.table)
        self.account = make.account(platform="fake", server="https://fake.example")
        api.create_workspace(make.workspace(), make.audit())
        sealed = vault.seal(self.account.workspace_id, self.account.id, {"token": "t0"})
        api.create_account(self.account, sealed, make.audit())
        api.listen(self.account, now=self.clock.now())

    def live(self, number: int, *, at: Millis) -> Post:
        """A post that is live, as the publisher leaves it."""
        made = make.post(number, due_at=at, account_ids=(self.account.id,))
        remote = Remote(f"r{number}", f"https://fake.example/r{number}")
        delivery: Delivery = replace(
            make.delivery(made, self.account.id, number=number),
            platform="fake",
            state=S.PUBLISHED,
            sent_at=at,
            live=(remote,),
            wake_kind=WakeKind.POLL,
            wake_at=at + self.listener.timing.follow,
        )
        self.store.create_elsewhere(made, delivery)
        self.posts.append(delivery)
        live = LivePost(remote.id, self.account.profile, made.content.text, at, delivery.id)
        self.network.posts.append(live)
        self.network.dates[remote.id] = at
        return made

    def look(self, *, minutes: int | None = None) -> Bill:
        """One run of poll_engagement, as if it had run `minutes` ago: one, on AWS. Without, when it
        really did.
        """
        self.meter.clear()
        since = self.heard if minutes is None else self.clock.now() - minutes * MINUTE
        done = poll(self.listener, time_left=lambda: 120_000, since=since)
        self.heard = done.until
        return Bill(tuple(self.meter.calls))

    def count(self) -> Bill:
        """One run of metrics_rollup."""
        self.meter.clear()
        tick(self.listener, time_left=lambda: 120_000)
        return Bill(tuple(self.meter.calls))

    @property
    def feed(self) -> Feed:
        found = self.store.feed(self.account.workspace_id, self.account.id)
        assert found is not None  # noqa: S101  made with the world
        return found

    @property
    def watch(self) -> Watch:
        """Of the first post."""
        (found,) = self.store.watches(self.account, [self.posts[0].id])
        return found

    def later(self, span: Millis) -> None:
        self.clock.advance(span)


@contextmanager
def listening() -> Iterator[ListeningBench]:
    """Nothing of the machine's own AWS credentials is used."""
    kept = {name: os.environ.get(name) for name in NOBODY}
    os.environ.update(NOBODY)
    try:
        with mock_aws():
            yield ListeningBench()
    finally:
        for name, value in kept.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value


def measure() -> Sequence[Row]:
    few, many = look_with(FEW), look_with(MANY)
    return [
        *new_items(),
        Row(f"a look at an account, {FEW:,} posts kept: AWS calls", len(few.calls)),
        Row(f"a look at an account, {FEW:,} posts kept: read units", few.reads),
        Row(f"a look at an account, {FEW:,} posts kept: write units", few.writes),
        Row(f"the same, {MANY:,} posts kept: AWS calls", len(many.calls), goal=len(few.calls)),
        Row(f"the same, {MANY:,} posts kept: read units", many.reads, goal=few.reads),
        Row(f"the same, {MANY:,} posts kept: write units", many.writes, goal=few.writes),
        *month(),
    ]


def new_items() -> Iterator[Row]:
    """What a look writes on top because there are new items."""
    with listening() as world:
        _settle(world)
        quiet = world.look()
        for number in range(ANSWERS):
            world.network.say(f"{WORDS}{number}", to="r1", by=f"reader{number}")
        world.later(world.listener.timing.feed)
        full = world.look()
        stored = world.store.items_between(world.account, start=0, end=world.clock.now() + 1)
        if len(stored) != ANSWERS:
            raise ValueError(f"{len(stored)} of {ANSWERS} answers were filed")
        more = (full.writes - quiet.writes) / ANSWERS
        yield Row("a new inbox item", more, " write units", goal=4)
        reads = (full.reads - quiet.reads) / ANSWERS
        yield Row("a new inbox item", reads, " read units")


def _settle(world: ListeningBench) -> None:
    """A post is live, and the first looks have been taken; the next is due now."""
    world.live(1, at=world.clock.now())
    for _ in range(10):
        world.later(world.listener.timing.feed)
        world.look()
    world.later(world.listener.timing.feed)


def look_with(kept: int) -> Bill:
    """One look at an account that is due, among `kept` posts whose own looks are over."""
    with listening() as world:
        _settle(world)
        _keep(world, range(2, kept + 2))
        return world.look()


def _keep(world: ListeningBench, numbers: range) -> None:
    """Straight into the table: posts of last year, and what was counted of them."""
    old = world.clock.now() - 100 * 24 * HOUR
    batch: list[object] = []
    for number in numbers:
        at = old - number * MINUTE
        made = make.post(number, due_at=at, account_ids=(world.account.id,))
        delivery = replace(
            make.delivery(made, world.account.id, number=number),
            state=S.PUBLISHED,
            live=(Remote(f"r{number}"),),
            wake_kind=None,
            wake_at=None,
        )
        place = keys.calendar_position(made)
        kept = [items.post_item(made), items.delivery_item(delivery, place)]
        batch += [{"PutRequest": {"Item": item}} for item in kept]
        if len(batch) >= 24 or number == numbers[-1]:
            world.dynamodb.batch_write_item(RequestItems={world.table: batch})
            batch = []


def month() -> Iterator[Row]:
    """A post's numbers over 30 days: when they change at every look, and when they soon rest."""
    lively, looks = _month(lively=True)
    yield Row("numbers of a post, 30 lively days", lively, " write units", goal=60)
    yield Row("· looks at it", looks, goal=104)
    calm, looks = _month(lively=False)
    yield Row("numbers of a post, 30 days of which 3 are lively", calm, " write units", goal=60)
    yield Row("· looks at it", looks, goal=104)


def _month(*, lively: bool) -> tuple[float, float]:
    """Write units and looks, without those for the account's own numbers."""
    posts = 5
    spent = _spent(posts, lively=lively)
    alone = _spent(0, lively=lively)
    return (spent[0] - alone[0]) / posts, spent[1] / posts


def _spent(posts: int, *, lively: bool) -> tuple[float, float]:
    with listening() as world:
        start = world.clock.now()
        for number in range(1, posts + 1):
            world.live(number, at=start)
        world.later(MINUTE)
        world.look()  # begins to follow them
        writes = _followed(world)
        while world.clock.now() < start + MONTH * HOUR:
            young = world.clock.now() < start + 26 * HOUR
            world.later(10 * MINUTE if young else 6 * HOUR)
            if lively or world.clock.now() < start + 72 * HOUR:
                world.network.likes.update({f"r{number}": 3 for number in range(1, posts + 1)})
                world.network.followers += 1
            writes += world.count().writes
        series = world.store.series_between(
            world.account.workspace_id, world.account.id, start=0, end=world.clock.now()
        )
        return writes, sum(len(each.snapshots) for each in series)


def _followed(world: ListeningBench) -> float:
    """What it took to put the series there: an item and its timer for each."""
    return sum(2.0 for post in world.network.posts if post.profile == world.account.profile)
