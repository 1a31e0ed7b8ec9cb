"""The api and the publisher in virtual time on DynamoDB, SQS and Parameter Store as moto has them,
each call counted.
"""

import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import boto3
from moto import mock_aws

from shared.core.models import Millis, WakeKind
from shared.core.ports import Clock, Wake
from shared.platforms.guard import Guard
from shared.platforms.http import Client
from shared.platforms.registry import Registry
from shared.store.api_store import DynamoApiStore
from shared.store.base import SharedStore
from shared.store.dynamo import Table
from shared.store.former_vault import FormerVault
from shared.store.keyring import Keyring
from shared.store.publish_store import DynamoPublishStore
from shared.store.queue import SqsQueue
from shared.store.vault import SealedBox
from tests.contract.stores import new_table
from tests.fakes.api_world import ApiWorld
from tests.fakes.meter import Meter
from tests.fakes.queue import FakeQueue
from tests.servers.mastodon import Mastodon

REGION = "eu-west-1"
KEY = "/tidings/credentials"
NOBODY = {"AWS_ACCESS_KEY_ID": "none", "AWS_SECRET_ACCESS_KEY": "none"}


class BothHalves(DynamoPublishStore, DynamoApiStore):
    """The store of the publisher and that of the api on one table."""

    def __init__(self, client: Any, table: str) -> None:
        SharedStore.__init__(self, Table(client, table))


class CountedQueue(FakeQueue):
    """Sends to SQS, where calls are counted, and keeps the messages itself, in virtual time."""

    def __init__(self, clock: Clock, sqs: Any) -> None:
        super().__init__(clock)
        names = {WakeKind.PUBLISH: "publish", WakeKind.PREPARE: "prepare"}
        urls = {kind: sqs.create_queue(QueueName=name)["QueueUrl"] for kind, name in names.items()}
        self._sqs = SqsQueue(sqs, urls=urls)

    def send(self, wakes: Sequence[Wake], *, now: Millis, lead: Millis) -> Sequence[Wake]:
        return super().send(self._sqs.send(wakes, now=now, lead=lead), now=now, lead=lead)


class MeteredWorld(ApiWorld):
    """`meter` holds what was called since it was last cleared."""

    def __init__(self, server: Mastodon) -> None:
        self.meter, self.server = Meter(), server
        self.dynamodb: Any = boto3.client("dynamodb", region_name=REGION)
        self.http = Client(Guard(frozenset({server.url.removeprefix("http://")})))
        super().__init__()
        store = self._on_aws()
        store.create_workspace(self.workspace, self.entry("workspace.created"))
        event = {"action": "first_key", "email": "a@b.example", "timezone": "UTC"}
        self.key = self.invoke(event)["api_key"]
        self.account_id = self._connect()
        self.meter.clear()

    def _on_aws(self) -> BothHalves:
        ssm = boto3.client("ssm", region_name=REGION)
        Keyring(ssm, KEY).make()
        sqs = boto3.client("sqs", region_name=REGION)
        self.table = new_table(self.dynamodb)
        store = BothHalves(self.meter.watch(self.dynamodb), self.table)
        self.queue = CountedQueue(self.clock, self.meter.watch(sqs))
        parts: Mapping[str, Any] = {
            "store": store,
            "queue": self.queue,
            "platforms": Registry(lambda: self.http, options={}, clock=self.clock),
        }
        self.store = store  # type: ignore[assignment]  # has what the world asks for
        vault, own = (
            SealedBox(Keyring(self.meter.watch(ssm), KEY), FormerVault(None, "")) for _ in range(2)
        )
        self.api = replace(self.api, vault=vault, **parts)
        self.publisher = replace(self.publisher, vault=own, media=self.bucket, **parts)
        return store

    def _connect(self) -> str:
        token = self.server.add_account().token
        fields = {"server": self.server.url, "access_token": token}
        body = {"platform": "mastodon", "fields": fields}
        made = self.send("/v1/accounts", body)
        return str(made.json["id"])


@contextmanager
def metered_world() -> Iterator[MeteredWorld]:
    """Nothing of the machine's own AWS credentials is used."""
    kept = {name: os.environ.get(name) for name in NOBODY}
    os.environ.update(NOBODY)
    try:
        with mock_aws(), Mastodon() as server:
            world = MeteredWorld(server)
            try:
                yield world
            finally:
                world.http.close()
    finally:
        for name, value in kept.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value
