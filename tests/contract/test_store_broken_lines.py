"""What a bad line does to the store: lost answers, lost requests, contention, throttling.

The line is cut where botocore hands a request over, so botocore's own repeating is part of it.
"""

import io
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from typing import Any

import boto3
import pytest
from botocore.awsrequest import AWSPreparedRequest, AWSResponse, HTTPHeaders
from botocore.exceptions import ReadTimeoutError
from moto import mock_aws
from moto.core.models import botocore_stubber

from shared.core import lifecycle
from shared.core.errors import Conflict, StoreUnavailable
from shared.core.models import Delivery, DeliveryRef, Lock, WakeKind
from shared.store import keys
from shared.store.aws import ATTEMPTS, client_config
from shared.store.dynamo import Table
from tests.contract.stores import Stores, new_table, on_table
from tests.fakes import make
from tests.fakes.time import START

Happening = Callable[[AWSPreparedRequest], AWSResponse | None]


class _Raw(io.BytesIO):
    def stream(self, **_: object) -> Iterator[bytes]:
        yield self.read()


def answer(request: AWSPreparedRequest, status: int, body: dict[str, Any]) -> AWSResponse:
    """In moto's place; moto sees every request, so it is given a harmless one."""
    request.headers["X-Amz-Target"] = "DynamoDB_20120810.ListTables"
    request.body = "{}"
    raw = _Raw(json.dumps(body).encode())
    return AWSResponse(request.url, status, HTTPHeaders(), raw)


def refused(code: str, **more: object) -> Happening:
    body = {"__type": f"com.amazonaws.dynamodb.v20120810#{code}", "message": code} | more
    return lambda request: answer(request, 400, body)


def body_of(request: AWSPreparedRequest) -> dict[str, Any]:
    text = request.body
    assert isinstance(text, str | bytes)
    body: dict[str, Any] = json.loads(text)
    return body


def lost_answer(request: AWSPreparedRequest) -> AWSResponse:
    """It is applied, and nobody hears of it."""
    botocore_stubber("before-send", request)
    raise ReadTimeoutError(endpoint_url=request.url)


def lost_request(request: AWSPreparedRequest) -> AWSResponse:
    raise ReadTimeoutError(endpoint_url=request.url)


@dataclass
class Line:
    """Each request takes the next of `happenings`, then all goes well; `sent` keeps the bodies."""

    happenings: list[Happening] = field(default_factory=list)
    sent: list[dict[str, Any]] = field(default_factory=list)

    def carry(self, request: AWSPreparedRequest, **_: object) -> AWSResponse | None:
        self.sent.append(body_of(request))
        return self.happenings.pop(0)(request) if self.happenings else None

    def will(self, *happenings: Happening) -> None:
        self.sent.clear()
        self.happenings[:] = happenings


@pytest.fixture
def line() -> Line:
    return Line()


@pytest.fixture(scope="module")
def dynamodb() -> Iterator[Any]:
    with mock_aws():
        config = client_config("dynamodb")
        yield boto3.Session().client("dynamodb", region_name="eu-west-1", config=config)


@pytest.fixture
def stores(dynamodb: Any, line: Line, monkeypatch: pytest.MonkeyPatch) -> Iterator[Stores]:
    monkeypatch.setattr("botocore.endpoint.time.sleep", lambda _: None)  # its pauses
    table = new_table(dynamodb)
    dynamodb.meta.events.register_first("before-send.dynamodb", line.carry)
    yield on_table(dynamodb, table)
    dynamodb.meta.events.unregister("before-send.dynamodb", line.carry)


@pytest.fixture
def delivery(stores: Stores) -> Delivery:
    post = make.post()
    delivery = make.delivery(post)
    stores.add_post(post, delivery)
    return delivery


def claim(stores: Stores, delivery: Delivery, owner: str = "own_1") -> Delivery:
    return stores.publish.claim(delivery.ref, owner=owner, now=START, lease=9)


def test_a_claim_whose_answer_was_lost_is_ours(
    stores: Stores, delivery: Delivery, line: Line
) -> None:
    line.will(lost_answer)
    taken = claim(stores, delivery)
    pure = lifecycle.claimed(delivery, owner="own_1", now=START, lease=9)
    assert taken == replace(pure, version=2)
    assert stores.publish.delivery(delivery.ref) == taken


def test_a_claim_whose_request_was_lost_is_made_again(
    stores: Stores, delivery: Delivery, line: Line
) -> None:
    line.will(lost_request)
    assert claim(stores, delivery) == stores.publish.delivery(delivery.ref)


def test_a_repeated_claim_does_not_take_what_another_holds(
    stores: Stores, delivery: Delivery, line: Line
) -> None:
    def another_claims(request: AWSPreparedRequest) -> AWSResponse:
        line.happenings.clear()
        claim(stores, delivery, owner="own_2")
        raise ReadTimeoutError(endpoint_url=request.url)

    line.will(another_claims)
    with pytest.raises(Conflict):
        claim(stores, delivery)
    assert stores.publish.delivery(delivery.ref).owner == "own_2"


def test_equal_moves_of_two_workers_are_not_mistaken_for_one(
    stores: Stores, delivery: Delivery, line: Line
) -> None:
    after = lifecycle.cancelled(delivery, now=START, by="ada")

    def another_moves(request: AWSPreparedRequest) -> AWSResponse:
        line.happenings.clear()
        stores.publish.advance(delivery, after)
        raise ReadTimeoutError(endpoint_url=request.url)

    line.will(another_moves)
    with pytest.raises(Conflict):
        stores.publish.advance(delivery, after)


def test_a_move_whose_answer_was_lost_counts_once(
    stores: Stores, delivery: Delivery, line: Line
) -> None:
    line.will(lost_answer)
    moved = stores.publish.advance(delivery, lifecycle.cancelled(delivery, now=START, by="ada"))
    assert moved.version == 2
    assert stores.publish.delivery(delivery.ref) == moved


def test_a_lock_whose_answer_was_lost_is_held(stores: Stores, line: Line) -> None:
    lock = Lock("p", "f" * 40, DeliveryRef("w", "p", "d"), 1, START)
    line.will(lost_answer)
    assert stores.publish.take_lock(lock, replacing=None)
    line.will(lost_answer)
    assert stores.publish.take_lock(replace(lock, attempt=2), replacing=lock)


def test_a_mark_whose_answer_was_lost_is_made(
    stores: Stores, delivery: Delivery, line: Line
) -> None:
    (wake,) = stores.publish.due(WakeKind.PUBLISH, before=delivery.due_at, limit=1)
    line.will(lost_answer)
    assert stores.publish.mark_dispatched(wake, wake_at=START)


def test_a_rotation_whose_answer_was_lost_is_ours(stores: Stores, line: Line) -> None:
    account = make.account()
    stores.api.create_account(account, b"one", make.audit())
    line.will(lost_answer)
    assert stores.publish.save_sealed(account, before=b"one", after=b"two")


def test_an_item_whose_answer_was_lost_is_ours(stores: Stores, line: Line) -> None:
    item = make.inbox_item()
    line.will(lost_answer, lambda _: None, lost_answer)  # its place, and again, and the item
    assert stores.engagement.add_item(item)
    assert not stores.engagement.add_item(item)


def test_a_look_whose_answer_was_lost_counts_once(stores: Stores, line: Line) -> None:
    stores.engagement.create_feed(make.feed())
    line.will(lost_answer)
    moved = stores.engagement.save_feed(make.feed(), make.feed(wake_at=START))
    assert moved == make.feed(wake_at=START, version=2)


def test_a_sign_in_whose_answer_was_lost_still_signs_in(stores: Stores, line: Line) -> None:
    stores.api.create_sign_in("c" * 64, email="ada@example.com", expires_at=START + 9)
    line.will(lost_answer)
    assert stores.api.redeem_sign_in("c" * 64, now=START) == "ada@example.com"


def test_a_reservation_whose_answer_was_lost_is_ours(stores: Stores, line: Line) -> None:
    line.will(lost_answer)
    assert stores.api.begin_request("key_1", "k", "hash", now=START) is None


def test_a_deletion_whose_answer_was_lost_is_done(stores: Stores, line: Line) -> None:
    file = make.media_file()
    stores.api.create_media(file)
    line.will(lost_answer)
    stores.api.delete_media(file)
    line.will()
    with pytest.raises(Conflict):
        stores.api.delete_media(file)


def test_a_repeated_transaction_carries_the_same_token(stores: Stores, line: Line) -> None:
    line.will(lost_request)
    stores.api.create_workspace(make.workspace(), make.audit())
    first, second = (body["ClientRequestToken"] for body in line.sent)
    assert first == second
    line.will()
    stores.api.create_workspace(make.workspace("wsp_2"), make.audit(2))
    assert line.sent[0]["ClientRequestToken"] != first


def test_a_dead_line_is_unavailable(stores: Stores, delivery: Delivery, line: Line) -> None:
    line.will(*[lost_request] * ATTEMPTS)
    with pytest.raises(StoreUnavailable, match="dynamodb:UpdateItem: ReadTimeoutError"):
        claim(stores, delivery)
    assert len(line.sent) == ATTEMPTS
    assert claim(stores, delivery).owner == "own_1"


def test_throttling_is_unavailable(stores: Stores, delivery: Delivery, line: Line) -> None:
    throttled = refused("ProvisionedThroughputExceededException")
    line.will(*[throttled] * ATTEMPTS)
    with pytest.raises(StoreUnavailable, match="ProvisionedThroughputExceededException"):
        stores.publish.delivery(delivery.ref)


def test_contention_with_a_transaction_is_tried_again_at_once(
    stores: Stores, delivery: Delivery, line: Line
) -> None:
    line.will(refused("TransactionConflictException"), refused("TransactionConflictException"))
    assert claim(stores, delivery).owner == "own_1"
    assert len(line.sent) == 3


def test_a_claim_that_landed_before_the_contention_is_ours(
    stores: Stores, delivery: Delivery, line: Line
) -> None:
    line.will(lost_answer, refused("TransactionConflictException"))
    assert claim(stores, delivery).owner == "own_1"
    assert len(line.sent) == 3


def test_a_contended_transaction_is_tried_again_at_once(stores: Stores, line: Line) -> None:
    reasons = [{"Code": "None"}, {"Code": "TransactionConflict"}, {"Code": "None"}]
    line.will(refused("TransactionCanceledException", CancellationReasons=reasons))
    stores.api.create_workspace(make.workspace(), make.audit())
    assert stores.api.workspace(make.WORKSPACE) == make.workspace()


def test_endless_contention_is_unavailable(stores: Stores, delivery: Delivery, line: Line) -> None:
    line.will(*[refused("TransactionConflictException")] * 4)
    with pytest.raises(StoreUnavailable, match="keep writing the same items"):
        claim(stores, delivery)
    assert len(line.sent) == 4


def unprocessed(request: AWSPreparedRequest) -> AWSResponse:
    """All the keys come back untouched."""
    wanted = body_of(request)["RequestItems"]
    return answer(request, 200, {"Responses": {}, "UnprocessedKeys": wanted})


def test_unprocessed_keys_are_asked_for_again(
    stores: Stores, delivery: Delivery, line: Line
) -> None:
    line.will(unprocessed)
    assert stores.publish.load(delivery).post is not None
    assert len(line.sent) == 2


@pytest.mark.usefixtures("stores")
def test_it_waits_longer_each_time_before_it_asks_again(dynamodb: Any, line: Line) -> None:
    waits: list[int] = []
    line.will(*[unprocessed] * 4)
    with pytest.raises(StoreUnavailable):
        Table(dynamodb, "tidings", waits.append).read_many([keys.INSTALLATION])
    assert waits == [50, 100, 200]


def test_keys_that_stay_unprocessed_are_unavailable(
    stores: Stores, delivery: Delivery, line: Line
) -> None:
    line.will(*[unprocessed] * 4)
    with pytest.raises(StoreUnavailable, match="BatchGetItem"):
        stores.publish.load(delivery)
