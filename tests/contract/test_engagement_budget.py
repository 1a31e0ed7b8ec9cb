"""What comes back costs in DynamoDB, counted call by call on realistic items."""

from collections.abc import Iterator
from dataclasses import replace
from itertools import pairwise
from random import Random
from string import ascii_lowercase
from typing import TYPE_CHECKING

import boto3
import pytest
from moto import mock_aws

from shared.core.engagement import (
    Author,
    InboxItem,
    ItemKind,
    Known,
    SeenItem,
    conversation_id,
    item_id,
)
from shared.core.models import (
    MINUTE,
    DeliveryRef,
    MediaKind,
    Millis,
    Remote,
    SeenMedia,
    Target,
    WakeKind,
)
from shared.core.rollup import AccountDay, Series, Snapshot
from shared.store import engagement_items, keys
from shared.store.cursors import cursor
from tests.contract.stores import Stores, new_table, on_table
from tests.fakes import make
from tests.fakes.meter import Meter, item_size
from tests.fakes.time import START

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

HOUR: Millis = 60 * MINUTE
DAY: Millis = 24 * HOUR
YOUNG = (10 * MINUTE, 25 * MINUTE, HOUR, 2 * HOUR, 4 * HOUR, 8 * HOUR, 14 * HOUR, 24 * HOUR)
OLD = tuple(day * DAY for day in range(2, 31))
ACCOUNT = make.account(platform="bluesky")
NONCE = {"nonce": {"S": "12345678"}}


@pytest.fixture(scope="module")
def dynamodb() -> "Iterator[DynamoDBClient]":
    with mock_aws():
        yield boto3.Session().client("dynamodb", region_name="eu-west-1")


@pytest.fixture
def meter() -> Meter:
    return Meter()


@pytest.fixture
def stores(dynamodb: "DynamoDBClient", meter: Meter) -> Stores:
    return on_table(meter.watch(dynamodb), new_table(dynamodb))


def letters(random: Random, count: int) -> str:
    """As random as a network's ids are: nothing that packing could shorten."""
    return "".join(random.choice(ascii_lowercase + "234567") for _ in range(count))


def cid(random: Random) -> str:
    return f"bafyrei{letters(random, 52)}"


def uri(random: Random, did: str) -> str:
    return f"at://{did}/app.bsky.feed.post/3{letters(random, 12)}"


def reply(random: Random, text: str, *pictures: str) -> InboxItem:
    """With everything that Bluesky says about one."""
    us, them = (f"did:plc:{letters(random, 24)}" for _ in range(2))
    ours, theirs = uri(random, us), uri(random, them)
    cdn = f"https://cdn.bsky.app/img/{{}}/plain/{them}/{cid(random)}@jpeg"
    page = "https://bsky.app/profile/mariagarcia.bsky.social"
    seen = SeenItem(
        kind=ItemKind.REPLY,
        target=Target(theirs, cid(random), ours, cid(random)),
        author=Author(
            them, "mariagarcia.bsky.social", "María García 🌊", page, cdn.format("avatar")
        ),
        text=text,
        created_at=START + 123,
        parent_id=ours,
        root_id=ours,
        url=f"{page}/post/{theirs[-13:]}",
        media=tuple(
            SeenMedia(MediaKind.IMAGE, cdn.format("feed_fullsize"), alt) for alt in pictures
        ),
    )
    return InboxItem(
        id=item_id(ACCOUNT.id, theirs),
        workspace_id=ACCOUNT.workspace_id,
        account_id=ACCOUNT.id,
        platform="bluesky",
        conversation_id=conversation_id(ACCOUNT.id, ours),
        seen=seen,
        at=START + 123,
        received_at=START + 60_123,
        post_id=make.new_id("pst", 1),
    )


SHORT = "¿Abrís también los domingos? Me encantaría pasar con los niños este fin de semana ☀️"
LONG = (
    "Mañana vamos todos: los niños, los abuelos y hasta el perro, si lo dejáis entrar 🐕 ¿Hay "
    "sitio para aparcar cerca o mejor venimos en metro? Y otra cosa: ¿hacéis también tartas de "
    "encargo para cumpleaños? El de Lucía es el día 12 y le haría muchísima ilusión una de "
    "chocolate."
)


@pytest.mark.parametrize(
    ("text", "pictures"), [(SHORT, ()), (LONG, ()), (LONG, ("La cola de esta mañana",))]
)
def test_a_new_item_stays_in_its_budget(
    stores: Stores, meter: Meter, text: str, pictures: tuple[str, ...]
) -> None:
    for seed in range(20):
        item = reply(Random(seed), text, *pictures)  # noqa: S311  a test's data
        meter.clear()
        assert stores.engagement.add_item(item)
        assert meter.writes <= 4, meter.calls
        assert len(meter.calls) == 2


def test_an_item_that_is_there_costs_two_units_at_most(stores: Stores, meter: Meter) -> None:
    item = reply(Random(1), SHORT)  # noqa: S311  a test's data
    stores.engagement.add_item(item)
    meter.clear()
    assert not stores.engagement.add_item(item)
    assert meter.writes <= 2, meter.calls


def a_series() -> Series:
    random = Random(7)  # noqa: S311  a test's data
    us = f"did:plc:{letters(random, 24)}"
    address = f"https://bsky.app/profile/{us}/post/3{letters(random, 12)}"
    remote = Remote(uri(random, us), address, cid(random))
    wake_at = START + YOUNG[0]
    made = make.series(remotes=(remote,), published_at=START, wake_at=wake_at)
    return replace(made, platform="bluesky")


def counted(series: Series, random: Random, age: Millis, wake_at: Millis | None) -> Series:
    """One more snapshot, every counter moving: the dearest case."""
    last = series.snapshots[-1].values if series.snapshots else {}
    names = ("likes", "quotes", "replies", "reposts")
    values = {name: last.get(name, 0) + random.randrange(1, 90) for name in names}
    at = START + age + random.randrange(60_000)
    snapshots = (*series.snapshots, Snapshot(at, values))
    return replace(series, snapshots=snapshots, wake_at=wake_at)


def test_a_post_counted_for_a_month_stays_in_its_budget(stores: Stores, meter: Meter) -> None:
    """By its own timer while it is young, then along with its account."""
    random, series = Random(3), a_series()  # noqa: S311  a test's data
    stores.engagement.create_series(series)
    timers = [*(START + age for age in YOUNG[1:]), *[None] * (1 + len(OLD))]
    for age, wake_at in zip(YOUNG + OLD, timers, strict=True):
        after = counted(series, random, age, wake_at)
        series = stores.engagement.save_series(series, after)
    assert len(series.snapshots) == 37
    assert meter.writes <= 60, meter.writes
    assert stores.engagement.due(WakeKind.METRICS, before=START * 2, limit=9) == []


def test_forty_snapshots_of_four_counters_stay_below_one_kilobyte() -> None:
    random, series = Random(5), a_series()  # noqa: S311  a test's data
    for number in range(1, 41):
        series = counted(series, random, number * DAY, START + DAY)
    assert item_size(engagement_items.series_item(series) | NONCE) <= 1024


def test_a_day_of_an_account_stays_below_one_kilobyte() -> None:
    """Also when it is looked at each quarter of an hour."""
    random = Random(5)  # noqa: S311  a test's data
    snapshots = tuple(
        Snapshot(
            START + quarter * 15 * MINUTE + random.randrange(60_000),
            {"followers": 10_000 + random.randrange(99), "following": 312, "posts": 4_000},
        )
        for quarter in range(96)
    )
    day = AccountDay(ACCOUNT.workspace_id, ACCOUNT.id, "2026-11-22", snapshots)
    assert item_size(engagement_items.account_day_item(day) | NONCE) <= 1024


def test_beginning_to_follow_costs_little(stores: Stores, meter: Meter) -> None:
    ref = DeliveryRef(make.WORKSPACE, make.new_id("pst", 1), make.new_id("dlv", 1))
    remote = a_series().remotes[0]
    known = Known(ACCOUNT.id, remote.id, ref, remote.id)
    stores.engagement.remember([known], workspace_id=make.WORKSPACE)
    stores.engagement.create_watch(make.watch(remotes=(remote,)))
    stores.engagement.create_series(a_series())
    assert meter.writes <= 5, meter.calls
    assert len(meter.calls) == 3


def test_a_look_at_a_feed_costs_one_write(stores: Stores, meter: Meter) -> None:
    """In the round its place in the index stays; a timer would move there, for two more."""
    looks = [
        make.feed(),
        make.feed(wake_at=START + 4 * MINUTE, version=2),
        make.feed(wake_at=START + 8 * MINUTE, turn=1, version=3),
        make.feed(wake_at=START + 12 * MINUTE, turn=1, version=4),
    ]
    stores.engagement.create_feed(looks[0])
    meter.clear()
    for before, after in pairwise(looks):
        stores.engagement.save_feed(before, after)
    assert [call.writes for call in meter.calls] == [3, 3, 1]


def test_a_turn_of_the_round_costs_half_a_unit_each(stores: Stores, meter: Meter) -> None:
    for number in range(60):
        account_id = make.new_id("acc", number + 1)
        stores.engagement.create_feed(make.feed(account_id=account_id, turn=number % 4))
    meter.clear()
    assert len(stores.engagement.taking_turns([2])) == 15
    assert [call.name for call in meter.calls] == ["dynamodb:query", "dynamodb:batch_get_item"]
    assert meter.reads <= 15 * 0.5 + 1


def test_what_is_due_costs_the_same_whatever_is_kept(stores: Stores, meter: Meter) -> None:
    costs = []
    for kept in (range(1, 11), range(11, 61)):
        for number in kept:
            stores.engagement.create_watch(make.watch(number, wake_at=START + DAY))
            stores.engagement.create_watch(make.watch(1_000 + number, wake_at=None))
        meter.clear()
        assert stores.engagement.due(WakeKind.POLL, before=START, limit=500) == []
        costs.append(list(meter.calls))
    assert costs[0] == costs[1]
    assert meter.reads == keys.WAKE_SHARDS * 0.5


def test_a_page_of_the_inbox_is_one_query(stores: Stores, meter: Meter) -> None:
    for seed in range(60):
        stores.engagement.add_item(reply(Random(seed), SHORT))  # noqa: S311  a test's data
    meter.clear()
    page = stores.api.inbox(make.WORKSPACE, limit=50, after=None)
    assert len(page.items) == 50
    assert [call.name for call in meter.calls] == ["dynamodb:query"]
    assert meter.reads <= 8


def test_what_dynamodb_would_refuse_is_not_asked(stores: Stores, meter: Meter) -> None:
    """A range that ends before it begins, a key that is named twice: emulators let both pass."""
    home = ACCOUNT.workspace_id, ACCOUNT.id
    query = ("inbox", make.WORKSPACE, None, None, None, None)
    assert stores.api.inbox(make.WORKSPACE, limit=9, after=cursor("#", query=query)).items == ()
    assert list(stores.api.series_between(*home, start=START, end=START - DAY)) == []
    assert list(stores.api.account_days(*home, first="2026-11-02", last="2026-11-01")) == []
    assert list(stores.engagement.items_between(ACCOUNT, start=START, end=START - DAY)) == []
    assert meter.calls == []
    stores.engagement.create_series(a_series())
    meter.clear()
    wanted = (a_series().published_at, a_series().delivery_id)
    stores.engagement.series(ACCOUNT, [wanted, wanted])
    assert meter.reads == 1
