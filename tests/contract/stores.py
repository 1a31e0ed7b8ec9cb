"""Opens the stores that pass the contract: in memory, and on any DynamoDB client."""

import itertools
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from shared.core.api_ports import ApiStores
from shared.core.engagement_ports import EngagementStore
from shared.core.models import Delivery, Post
from shared.core.publish_ports import PublishStore
from shared.store import keys
from shared.store.api_store import DynamoApiStore
from shared.store.engagement_store import DynamoEngagementStore
from shared.store.publish_store import DynamoPublishStore
from tests.fakes import make
from tests.fakes.store import MemoryStore

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

_numbers = itertools.count(1)


@dataclass(frozen=True)
class Stores:
    """What each function works with, over one state."""

    publish: PublishStore
    api: ApiStores
    engagement: EngagementStore

    def add_post(self, post: Post, *deliveries: Delivery) -> None:
        self.api.create_post(post, deliveries, make.audit(post_id=post.id))


def in_memory() -> Stores:
    store = MemoryStore()
    return Stores(store, store, store.engagement)


def on_table(client: "DynamoDBClient", name: str) -> Stores:
    return Stores(
        DynamoPublishStore(client, name),
        DynamoApiStore(client, name),
        DynamoEngagementStore(client, name),
    )


def new_table(client: "DynamoDBClient") -> str:
    """A table as `template.yaml` makes it; a template test compares the two."""
    name = f"tidings-{next(_numbers)}"
    client.create_table(TableName=name, **table_shape())
    client.get_waiter("table_exists").wait(TableName=name, WaiterConfig={"Delay": 1})
    return name


def table_shape() -> dict[str, Any]:
    names = ["pk", "sk", "wake_pk", "wake_sk", "cal_pk", "cal_sk", "inbox_pk", "inbox_sk"]
    return {
        "BillingMode": "PAY_PER_REQUEST",
        "AttributeDefinitions": [{"AttributeName": n, "AttributeType": "S"} for n in names],
        "KeySchema": _key("pk", "sk"),
        "GlobalSecondaryIndexes": [
            _index(keys.WAKE_INDEX, "wake_pk", "wake_sk", keys.WAKE_PROJECTION),
            _index(keys.CALENDAR_INDEX, "cal_pk", "cal_sk", keys.CALENDAR_PROJECTION),
            _index(keys.INBOX_INDEX, "inbox_pk", "inbox_sk", None),
        ],
    }


def _key(pk: str, sk: str) -> list[dict[str, str]]:
    return [
        {"AttributeName": pk, "KeyType": "HASH"},
        {"AttributeName": sk, "KeyType": "RANGE"},
    ]


def _index(name: str, pk: str, sk: str, shown: tuple[str, ...] | None) -> dict[str, Any]:
    """`shown` None means everything."""
    projection: dict[str, Any] = {"ProjectionType": "ALL"}
    if shown is not None:
        projection = {"ProjectionType": "INCLUDE", "NonKeyAttributes": list(shown)}
    return {"IndexName": name, "KeySchema": _key(pk, sk), "Projection": projection}
