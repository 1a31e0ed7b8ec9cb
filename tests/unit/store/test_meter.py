"""The meter against the examples and rules in AWS's own documentation."""

from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError
from moto import mock_aws

from tests.fakes.meter import Meter, attribute_size, item_size, read_units, write_units

KB = 1024
KEYS = {"pk": {"S": "a"}, "sk": {"S": "b"}}


def item_of(size: int) -> dict[str, dict[str, Any]]:
    """An item of exactly `size` bytes."""
    return KEYS | {"x": {"S": "." * (size - item_size(KEYS) - 1)}}


def text(value: str) -> dict[str, str]:
    return {"S": value}


def test_sizes_of_attributes() -> None:
    assert item_size({"shirt-color": text("R")}) == 12  # the documentation's own example
    assert attribute_size(text("é")) == 2
    assert attribute_size({"N": "0"}) == 2
    assert attribute_size({"N": "1780000000000"}) == 3  # trailing zeros are trimmed
    assert attribute_size({"N": "1780000000001"}) == 8
    assert attribute_size({"N": "-27"}) == 3
    assert attribute_size({"BOOL": True}) == attribute_size({"NULL": True}) == 1
    assert attribute_size({"B": b"four"}) == 4
    assert attribute_size({"L": []}) == attribute_size({"M": {}}) == 3
    assert attribute_size({"L": [text("ab"), text("c")]}) == 3 + 2 + 3
    assert attribute_size({"M": {"ab": text("c")}}) == 3 + 1 + 2 + 1


def test_documented_reads() -> None:
    assert read_units(int(3.5 * KB), strong=True) == 1
    assert read_units(10 * KB, strong=True) == 3
    assert read_units(8 * KB, strong=True) == 2
    assert read_units(8 * KB, strong=False) == 1
    assert read_units(int(40.8 * KB), strong=False) == 5.5  # a query: 40.8 KB round up to 44
    assert read_units(0, strong=True) == 1
    assert read_units(0, strong=False) == 0.5


def test_documented_writes() -> None:
    assert write_units(item_of(KB)) == 1
    assert write_units(item_of(KB + 1)) == 2
    assert write_units(item_of(500)) == 1
    assert write_units({}) == 1


@pytest.fixture(scope="module")
def client() -> Iterator[Any]:
    with mock_aws():
        dynamodb = boto3.Session().client("dynamodb", region_name="eu-west-1")
        names = ["pk", "sk", "ik", "whole"]
        dynamodb.create_table(
            TableName="items",
            BillingMode="PAY_PER_REQUEST",
            AttributeDefinitions=[{"AttributeName": n, "AttributeType": "S"} for n in names],
            KeySchema=[
                {"AttributeName": "pk", "KeyType": "HASH"},
                {"AttributeName": "sk", "KeyType": "RANGE"},
            ],
            GlobalSecondaryIndexes=[
                {
                    "IndexName": "index",
                    "KeySchema": [{"AttributeName": "ik", "KeyType": "HASH"}],
                    "Projection": {"ProjectionType": "INCLUDE", "NonKeyAttributes": ["shown"]},
                },
                {
                    "IndexName": "whole",
                    "KeySchema": [{"AttributeName": "whole", "KeyType": "HASH"}],
                    "Projection": {"ProjectionType": "ALL"},
                },
            ],
        )
        yield dynamodb


@pytest.fixture
def meter(client: Any) -> Iterator[Meter]:
    yield Meter()
    client.delete_item(TableName="items", Key=KEYS)


def put(watched: Any, meter: Meter, item: dict[str, Any]) -> float:
    meter.clear()
    watched.put_item(TableName="items", Item=KEYS | item)
    return meter.writes


def test_index_writes(client: Any, meter: Meter) -> None:
    table = meter.watch(client)
    assert put(table, meter, {"other": text("1")}) == 1  # not in the index
    assert put(table, meter, {"ik": text("A"), "shown": text("1")}) == 2  # enters the index
    assert put(table, meter, {"ik": text("A"), "shown": text("1"), "other": text("2")}) == 1
    assert put(table, meter, {"ik": text("A"), "shown": text("2")}) == 2  # what is shown changes
    assert put(table, meter, {"ik": text("B"), "shown": text("2")}) == 3  # its key moves
    assert put(table, meter, {"shown": text("2")}) == 2  # leaves the index
    assert put(table, meter, {"ik": text("A"), "shown": text("." * KB)}) == 2 + 2  # over 1 KB


def test_an_index_of_everything_changes_with_everything(client: Any, meter: Meter) -> None:
    table = meter.watch(client)
    assert put(table, meter, {"whole": text("A")}) == 2
    assert put(table, meter, {"whole": text("A"), "other": text("1")}) == 2
    assert put(table, meter, {"whole": text("A"), "other": text("." * KB)}) == 2 + 2
    assert put(table, meter, {"other": text("." * KB)}) == 2 + 2  # leaves the index


def test_the_larger_of_both_sizes_counts(client: Any, meter: Meter) -> None:
    table = meter.watch(client)
    assert put(table, meter, {"x": text("." * 2 * KB)}) == 3
    assert put(table, meter, {"x": text("small")}) == 3
    meter.clear()
    table.update_item(
        TableName="items",
        Key=KEYS,
        UpdateExpression="SET x = :x",
        ExpressionAttributeValues={":x": text("." * 1500)},
    )
    table.delete_item(TableName="items", Key=KEYS)
    table.delete_item(TableName="items", Key=KEYS)
    assert [call.writes for call in meter.calls] == [2, 2, 1]


def test_a_refused_condition_costs_what_stands_there(client: Any, meter: Meter) -> None:
    table = meter.watch(client)
    put(table, meter, {"x": text("." * 1500)})
    meter.clear()
    condition = {"ConditionExpression": "attribute_not_exists(pk)"}
    with pytest.raises(ClientError):
        table.put_item(TableName="items", Item=KEYS, **condition)
    assert meter.writes == 2
    meter.clear()
    members = [{"Put": {"TableName": "items", "Item": KEYS} | condition}]
    with pytest.raises(ClientError):
        table.transact_write_items(TransactItems=members)
    assert meter.writes == 4


def test_transactions_cost_double(client: Any, meter: Meter) -> None:
    table = meter.watch(client)
    item = KEYS | {"ik": text("A"), "x": text("." * 2500)}
    table.transact_write_items(TransactItems=[{"Put": {"TableName": "items", "Item": item}}])
    assert meter.writes == 2 * 3 + 2


def test_reads(client: Any, meter: Meter) -> None:
    table = meter.watch(client)
    table.put_item(TableName="items", Item=KEYS | {"ik": text("A"), "x": text("." * 5000)})
    meter.clear()
    missing = {"pk": text("none"), "sk": text("none")}
    table.get_item(TableName="items", Key=KEYS, ConsistentRead=True)
    table.get_item(TableName="items", Key=KEYS)
    table.get_item(TableName="items", Key=missing, ConsistentRead=True)
    table.batch_get_item(RequestItems={"items": {"Keys": [KEYS, missing], "ConsistentRead": True}})
    table.query(
        TableName="items",
        IndexName="index",
        KeyConditionExpression="ik = :a",
        ExpressionAttributeValues={":a": text("A")},
    )
    assert [call.reads for call in meter.calls] == [2, 1, 1, 3, 0.5]
    assert meter.calls[0].name == "dynamodb:get_item"


def test_other_services_are_counted_as_calls(meter: Meter) -> None:
    with mock_aws():
        queue = meter.watch(boto3.Session().client("sqs", region_name="eu-west-1"))
        queue.create_queue(QueueName="q")
    assert [(call.name, call.writes, call.reads) for call in meter.calls] == [
        ("sqs:create_queue", 0, 0)
    ]
