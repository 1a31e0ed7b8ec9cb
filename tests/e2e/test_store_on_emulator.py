"""The store's contract on the emulator that the local system runs on, races included."""

from collections.abc import Iterator
from typing import Any

import boto3
import pytest

from local.emulator import server
from shared.store.aws import client_config
from tests.contract.races import RaceContract
from tests.contract.stores import Stores, new_table, on_table
from tests.contract.suite import StoreContract


@pytest.fixture(scope="module")
def dynamodb(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    emulator = server.start(tmp_path_factory.mktemp("store"), front="http://127.0.0.1:1")
    try:
        yield boto3.Session().client(
            "dynamodb",
            endpoint_url=emulator.url,
            region_name=server.REGION,
            aws_access_key_id=server.ROOT_KEY,
            aws_secret_access_key="local",
            config=client_config("dynamodb"),
        )
    finally:
        emulator.stop()


class TestStoreOnEmulator(StoreContract, RaceContract):
    @pytest.fixture
    def stores(self, dynamodb: Any) -> Stores:
        return on_table(dynamodb, new_table(dynamodb))
