"""Credentials open for their own account only, on KMS (moto) and in the fake alike."""

from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError
from moto import mock_aws

from shared.core.errors import AccessRevoked, StoreUnavailable
from shared.core.ports import Vault
from shared.store.aws import DeploymentFault, client_config
from shared.store.vault import KmsVault
from tests.fakes.meter import Meter
from tests.fakes.vault import FakeVault

SECRET = {"access_token": "tok_…☂", "scopes": ["read", "write"], "expires_at": 5, "x": None}


class VaultContract:
    def test_what_was_sealed_opens(self, vault: Vault) -> None:
        sealed = vault.seal("wsp_1", "acc_1", SECRET)
        assert vault.open("wsp_1", "acc_1", sealed) == SECRET

    @pytest.mark.parametrize("place", [("wsp_2", "acc_1"), ("wsp_1", "acc_2"), ("wsp_1acc_1", "")])
    def test_it_opens_nowhere_else(self, vault: Vault, place: tuple[str, str]) -> None:
        sealed = vault.seal("wsp_1", "acc_1", SECRET)
        with pytest.raises(AccessRevoked) as caught:
            vault.open(*place, sealed)
        assert caught.value.code == "credential_unreadable"
        assert "connect the account again" in caught.value.message

    @pytest.mark.parametrize("sealed", [b"", b"\x01", b"\x01\x00\x00", b"\x01\xff\xff" + b"x" * 99])
    def test_garbage_is_refused(self, vault: Vault, sealed: bytes) -> None:
        with pytest.raises(AccessRevoked):
            vault.open("wsp_1", "acc_1", sealed)


class TestFakeVault(VaultContract):
    @pytest.fixture
    def vault(self) -> Vault:
        return FakeVault()


@pytest.fixture(scope="module")
def kms() -> Iterator[Any]:
    with mock_aws():
        yield boto3.Session().client("kms", region_name="eu-west-1", config=client_config("kms"))


@pytest.fixture(scope="module")
def key(kms: Any) -> str:
    return str(kms.create_key()["KeyMetadata"]["KeyId"])


class TestKmsVault(VaultContract):
    @pytest.fixture
    def vault(self, kms: Any, key: str) -> Vault:
        return KmsVault(kms, key)

    def test_no_byte_may_change(self, kms: Any, key: str) -> None:
        sealed = KmsVault(kms, key).seal("wsp_1", "acc_1", {"token": "t"})
        named = range(3, 3 + len(key))  # moto writes the key's id there; KMS has nothing so plain
        for place in (place for place in range(len(sealed)) if place not in named):
            tampered = sealed[:place] + bytes([sealed[place] ^ 1]) + sealed[place + 1 :]
            with pytest.raises(AccessRevoked):
                KmsVault(kms, key).open("wsp_1", "acc_1", tampered)
        for length in range(0, len(sealed), 7):
            with pytest.raises(AccessRevoked):
                KmsVault(kms, key).open("wsp_1", "acc_1", sealed[:length])

    def test_the_same_secret_never_looks_the_same(self, vault: Vault) -> None:
        sealed = {vault.seal("wsp_1", "acc_1", SECRET) for _ in range(3)}
        assert len(sealed) == 3
        assert all(b"tok_" not in each for each in sealed)

    def test_a_burst_on_one_account_asks_kms_once(self, kms: Any, key: str) -> None:
        meter = Meter()
        vault = KmsVault(meter.watch(kms), key)
        sealed = vault.seal("wsp_1", "acc_1", SECRET)
        for _ in range(50):
            vault.open("wsp_1", "acc_1", sealed)
        names = [call.name for call in meter.calls]
        assert names == ["kms:generate_data_key", "kms:decrypt"]

    def test_a_remembered_key_opens_nothing_for_others(self, kms: Any, key: str) -> None:
        vault = KmsVault(kms, key)
        sealed = vault.seal("wsp_1", "acc_1", SECRET)
        vault.open("wsp_1", "acc_1", sealed)
        with pytest.raises(AccessRevoked):
            vault.open("wsp_1", "acc_2", sealed)

    def test_few_keys_are_remembered(self, kms: Any, key: str) -> None:
        meter, kept = Meter(), 64
        vault = KmsVault(meter.watch(kms), key, keys_kept=kept)
        sealed = [vault.seal("wsp_1", f"acc_{n}", SECRET) for n in range(kept + 1)]
        for number, each in enumerate(sealed):
            vault.open("wsp_1", f"acc_{number}", each)
        meter.clear()
        vault.open("wsp_1", f"acc_{kept}", sealed[kept])
        assert meter.calls == []
        vault.open("wsp_1", "acc_0", sealed[0])
        assert len(meter.calls) == 1

    def test_a_disabled_key_is_a_wrong_deployment(self, kms: Any, key: str) -> None:
        vault = KmsVault(kms, "00000000-0000-0000-0000-000000000000")
        with pytest.raises(DeploymentFault, match="kms:GenerateDataKey"):
            vault.seal("wsp_1", "acc_1", SECRET)


class Refusing:
    """Stands for a KMS client that refuses to decrypt."""

    def __init__(self, code: str) -> None:
        self._code = code

    def decrypt(self, **_: object) -> None:
        raise ClientError({"Error": {"Code": self._code, "Message": "no"}}, "Decrypt")


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        ("InvalidCiphertextException", AccessRevoked),
        ("IncorrectKeyException", AccessRevoked),
        ("AccessDeniedException", DeploymentFault),
        ("DisabledException", DeploymentFault),
        ("ThrottlingException", StoreUnavailable),
        ("KMSInternalException", StoreUnavailable),
    ],
)
def test_what_kms_refuses_is_told_apart(
    code: str, kind: type[Exception], kms: Any, key: str
) -> None:
    """A damaged credential is the account's trouble; a busy or forbidden KMS is not."""
    sealed = KmsVault(kms, key).seal("wsp_1", "acc_1", SECRET)
    refusing: Any = Refusing(code)
    with pytest.raises(kind):
        KmsVault(refusing, key).open("wsp_1", "acc_1", sealed)
