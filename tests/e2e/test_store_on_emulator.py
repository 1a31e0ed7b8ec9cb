"""The contracts of store, queue, vault and media on the emulator that the local system runs on."""

from collections.abc import Callable, Iterator
from typing import Any

import boto3
import pytest

from local.emulator import server
from shared.core.ports import MediaBucket, Vault
from shared.store.aws import client_config
from shared.store.former_vault import FormerVault
from shared.store.keyring import Keyring
from shared.store.media import S3Media
from shared.store.vault import SealedBox
from tests.contract.races import RaceContract
from tests.contract.stores import Stores, new_table, on_table
from tests.contract.suite import StoreContract
from tests.contract.test_media import MediaContract
from tests.contract.test_queue import SqsContract
from tests.contract.test_vault import VaultContract

Clients = Callable[[str], Any]


@pytest.fixture(scope="module")
def clients(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Clients]:
    emulator = server.start(tmp_path_factory.mktemp("store"), front="http://127.0.0.1:1")

    def client(service: str) -> Any:
        return boto3.Session().client(
            service,  # type: ignore[call-overload]  # the name is only known at run time
            endpoint_url=emulator.url,
            region_name=server.REGION,
            aws_access_key_id=server.ROOT_KEY,
            aws_secret_access_key="local",
            config=client_config(service),
        )

    try:
        yield client
    finally:
        emulator.stop()


@pytest.fixture(scope="module")
def dynamodb(clients: Clients) -> Any:
    return clients("dynamodb")


class TestStoreOnEmulator(StoreContract, RaceContract):
    @pytest.fixture
    def stores(self, dynamodb: Any) -> Stores:
        return on_table(dynamodb, new_table(dynamodb))


@pytest.fixture(scope="module")
def sqs(clients: Clients) -> Any:
    return clients("sqs")


@pytest.fixture(scope="module")
def sealed_box(clients: Clients) -> Vault:
    keys = Keyring(clients("ssm"), "/tidings/credentials")
    keys.make()
    return SealedBox(keys, FormerVault(clients("kms"), ""))


@pytest.fixture(scope="module")
def s3_media(clients: Clients) -> MediaBucket:
    s3 = clients("s3")
    s3.create_bucket(Bucket="media-1")
    return S3Media(s3, "media-1")


class TestQueueOnEmulator(SqsContract):
    """Delays together with message groups, too."""


class TestVaultOnEmulator(VaultContract):
    @pytest.fixture
    def vault(self, sealed_box: Vault) -> Vault:
        return sealed_box


class TestMediaOnEmulator(MediaContract):
    @pytest.fixture
    def bucket(self, s3_media: MediaBucket) -> MediaBucket:
        return s3_media
