"""Every store passes one suite: the in-memory one that tests use, and DynamoDB on moto."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

import boto3
import pytest
from botocore.config import Config
from moto import mock_aws

from shared.store.aws import client_config
from tests.contract.races import RaceContract
from tests.contract.stores import Stores, in_memory, new_table, on_table
from tests.contract.suite import StoreContract

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient


@pytest.fixture(scope="module")
def dynamodb() -> "Iterator[DynamoDBClient]":
    with mock_aws():
        config = client_config("dynamodb").merge(Config(parameter_validation=True))
        yield boto3.Session().client("dynamodb", region_name="eu-west-1", config=config)


class TestMemoryStore(StoreContract, RaceContract):
    @pytest.fixture
    def stores(self) -> Stores:
        return in_memory()


class TestDynamoStore(StoreContract):
    """Without the races: moto lets two of eight win now and then."""

    @pytest.fixture
    def stores(self, dynamodb: "DynamoDBClient") -> Stores:
        return on_table(dynamodb, new_table(dynamodb))
