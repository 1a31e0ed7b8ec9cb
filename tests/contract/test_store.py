"""Every store passes one suite: the in-memory one that tests use, and DynamoDB on moto."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

import boto3
import pytest
from moto import mock_aws

from shared.store.aws import client_config
from tests.contract.api_contract import (
    AccessContract,
    AccountContract,
    LibraryContract,
    WorkspaceContract,
)
from tests.contract.posts_contract import CalendarContract, PostContract
from tests.contract.publish_contract import MoveContract, SendingContract, TimerContract
from tests.contract.stores import Stores, in_memory, new_table, on_table

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient


class StoreContract(
    TimerContract,
    MoveContract,
    SendingContract,
    WorkspaceContract,
    AccountContract,
    LibraryContract,
    AccessContract,
    PostContract,
    CalendarContract,
):
    """The whole of it."""


@pytest.fixture(scope="module")
def dynamodb() -> "Iterator[DynamoDBClient]":
    with mock_aws():
        config = client_config("dynamodb")
        yield boto3.Session().client("dynamodb", region_name="eu-west-1", config=config)


class TestMemoryStore(StoreContract):
    @pytest.fixture
    def stores(self) -> Stores:
        return in_memory()


class TestDynamoStore(StoreContract):
    @pytest.fixture
    def stores(self, dynamodb: "DynamoDBClient") -> Stores:
        return on_table(dynamodb, new_table(dynamodb))
