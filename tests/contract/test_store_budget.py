"""What a text post costs in DynamoDB, counted call by call on realistic items."""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

import boto3
import pytest
from moto import mock_aws

from shared.core import lifecycle
from shared.core.errors import Conflict
from shared.core.models import (
    Content,
    Delivery,
    DeliveryRef,
    Lock,
    Plan,
    Post,
    Remote,
    WakeKind,
)
from shared.core.ports import Answered
from shared.core.timing import Timing
from shared.store import items, keys
from tests.contract.stores import Stores, new_table, on_table
from tests.fakes import make
from tests.fakes.meter import Meter, item_size
from tests.fakes.time import START

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

TIMING = Timing()
TEXT = (
    "Mañana abrimos la nueva tienda en la calle Mayor 12 ☀️ Ven a conocernos: café, música y "
    "descuentos del 20% toda la mañana. Más en https://casaazul.example/apertura #CasaAzul #Madrid"
)
LIVE = Remote(
    "at://did:plc:z72i7hdynmk6r22z27h6tvur/app.bsky.feed.post/3l6oveex3ii2l",
    "https://bsky.app/profile/casaazul.example/post/3l6oveex3ii2l",
    "bafyreidc6sydkkbchcyg62v77wbhzvb2mvytlmsychqgwf2xojjtirmzj4",
)


@pytest.fixture(scope="module")
def dynamodb() -> "Iterator[DynamoDBClient]":
    with mock_aws():
        yield boto3.Session().client("dynamodb", region_name="eu-west-1")


@pytest.fixture
def meter() -> Meter:
    return Meter()


@pytest.fixture
def table(dynamodb: "DynamoDBClient") -> str:
    return new_table(dynamodb)


@pytest.fixture
def stores(dynamodb: "DynamoDBClient", meter: Meter, table: str) -> Stores:
    opened = on_table(meter.watch(dynamodb), table)
    opened.api.create_workspace(make.workspace(), make.audit())
    account = make.account(platform="bluesky", limits={"max_graphemes": 300})
    opened.api.create_account(account, b"x" * 1_800, make.audit(2))
    opened.publish.set_epoch(1)
    meter.clear()
    return opened


def a_post(number: int = 1) -> tuple[Post, Delivery]:
    plan = Plan(START + 123_456, "2026-05-28T22:28:43.456", "Europe/Madrid")
    post = make.post(number, content=Content(TEXT), plan=plan, tags=("apertura",))
    return post, make.delivery(post, number=number, platform="bluesky")


def create(stores: Stores, post: Post, delivery: Delivery) -> None:
    """As the api does it for a request with an Idempotency-Key."""
    key = make.new_id("key", 1)
    stores.api.begin_request(key, post.id, "h" * 64, now=START)
    stores.add_post(post, delivery)
    body = f'{{"id":"{post.id}","text":"{TEXT}","deliveries":[{{"id":"{delivery.id}"}}]}}'
    stores.api.finish_request(key, post.id, Answered("h" * 64, 201, body))


def fill(dynamodb: "DynamoDBClient", table: str, posts: Sequence[tuple[Post, Delivery]]) -> None:
    """Many at once, past the meter and past moto's slow transactions."""
    for post, delivery in posts:
        place = keys.calendar_position(post)
        for item in (items.post_item(post), items.delivery_item(delivery, place)):
            dynamodb.put_item(TableName=table, Item=item)


def publish(stores: Stores, delivery: Delivery) -> Delivery:
    """As tick and deliverer do it when nothing goes wrong."""
    (wake,) = stores.publish.due(WakeKind.PUBLISH, before=delivery.due_at, limit=500)
    stores.publish.mark_dispatched(wake, wake_at=delivery.due_at + TIMING.redispatch)
    now = delivery.due_at - 2_500
    owner = make.new_id("own", 1)
    taken = stores.publish.claim(delivery.ref, owner=owner, now=now, lease=TIMING.lease)
    loaded = stores.publish.load(taken)
    assert loaded.account is not None
    holder = DeliveryRef(taken.workspace_id, taken.post_id, taken.id)
    profile = loaded.account.profile
    stores.publish.take_lock(Lock(profile, "f" * 40, holder, 1, now), replacing=None)
    sending = lifecycle.intent(taken, content_hash="h" * 40, now=now, lease=5_000)
    sending = stores.publish.advance(taken, sending)
    stores.publish.switches(sending, loaded.account)
    live = lifecycle.part_settled(
        sending, remote=LIVE, sent=now + 2_501, now=now + 2_822, follow=5_000
    )
    return stores.publish.advance(sending, live)


def test_creating_a_text_post_stays_in_its_budget(stores: Stores, meter: Meter) -> None:
    create(stores, *a_post())
    assert meter.writes <= 16, meter.calls
    assert len(meter.calls) == 3


def test_sending_a_text_post_stays_in_its_budget(stores: Stores, meter: Meter) -> None:
    post, delivery = a_post()
    create(stores, post, delivery)
    meter.clear()
    publish(stores, delivery)
    queries = [call for call in meter.calls if call.name == "dynamodb:query"]
    others = [call for call in meter.calls if call.name != "dynamodb:query"]
    assert len(queries) == keys.WAKE_SHARDS  # of one tick, whatever it finds
    assert meter.writes <= 24, meter.calls
    assert sum(call.reads for call in others) <= 8, meter.calls
    assert len(others) <= 7, meter.calls  # and one kms:Decrypt


def test_a_delivery_stays_below_one_kilobyte_all_its_life(stores: Stores) -> None:
    post, delivery = a_post()
    stores.add_post(post, delivery)
    settled = publish(stores, delivery)
    whole = items.delivery_item(settled, keys.calendar_position(post))
    assert item_size(whole | {"nonce": {"S": "12345678"}}) < 1024


def test_a_tick_costs_the_same_whatever_is_planned(
    stores: Stores, meter: Meter, dynamodb: "DynamoDBClient", table: str
) -> None:
    costs = []
    for planned in (10, 150):
        fill(dynamodb, table, [a_post(planned + number) for number in range(planned)])
        meter.clear()
        assert stores.publish.due(WakeKind.PUBLISH, before=START, limit=500) == []
        costs.append(list(meter.calls))
    assert costs[0] == costs[1]
    assert meter.reads == keys.WAKE_SHARDS * 0.5


def test_a_calendar_month_is_one_query(
    stores: Stores, meter: Meter, dynamodb: "DynamoDBClient", table: str
) -> None:
    fill(dynamodb, table, [a_post(number) for number in range(1, 41)])
    meter.clear()
    page = stores.api.calendar(
        make.WORKSPACE, start=START, end=START + 10**9, limit=100, after=None
    )
    assert len(page.items) == 40
    assert [call.name for call in meter.calls] == ["dynamodb:query"]
    assert meter.reads <= 6


def test_a_calm_conflict_reads_nothing_more(stores: Stores, meter: Meter) -> None:
    post, delivery = a_post()
    stores.add_post(post, delivery)
    taken = stores.publish.claim(delivery.ref, owner="own_1", now=START, lease=TIMING.lease)
    meter.clear()
    for _ in range(2):
        with pytest.raises(Conflict):
            stores.publish.claim(taken.ref, owner="own_2", now=START, lease=TIMING.lease)
    assert [call.writes for call in meter.calls] == [1, 1]
    assert meter.reads == 0
