"""Credentials open for their own account only, in the sealed box and in the fake alike."""

import json
from collections.abc import Iterator, Mapping
from types import SimpleNamespace
from typing import Any

import boto3
import pytest
from botocore.awsrequest import AWSResponse
from botocore.compat import HTTPHeaders
from botocore.exceptions import ClientError
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from moto import mock_aws

from shared.core.errors import AccessRevoked, StoreUnavailable
from shared.core.ports import Vault
from shared.store.aws import DeploymentFault, client_config
from shared.store.former_vault import FormerVault
from shared.store.keyring import KEPT, Keyring
from shared.store.vault import SealedBox
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

    @pytest.mark.parametrize(
        "sealed", [b"", b"\x02", b"\x02" + b"x" * 8, b"\x02" + b"x" * 99, b"\x09" * 99]
    )
    def test_garbage_is_refused(self, vault: Vault, sealed: bytes) -> None:
        with pytest.raises(AccessRevoked):
            vault.open("wsp_1", "acc_1", sealed)

    def test_what_was_just_sealed_is_not_outdated(self, vault: Vault) -> None:
        assert not vault.is_outdated(vault.seal("wsp_1", "acc_1", SECRET))


class TestFakeVault(VaultContract):
    @pytest.fixture
    def vault(self) -> Vault:
        return FakeVault()


NAME = "/tidings/test/credentials"


@pytest.fixture(scope="module")
def aws() -> Iterator[boto3.Session]:
    with mock_aws():
        yield boto3.Session(region_name="eu-west-1")


@pytest.fixture
def ssm(aws: boto3.Session) -> Any:
    """Parameter Store without the keys."""
    client = aws.client("ssm", config=client_config("ssm"))
    client.delete_parameters(Names=[f"{NAME}/private", f"{NAME}/public"])
    return client


def box(ssm: Any, former: FormerVault | None = None) -> SealedBox:
    """As a new process has it."""
    return SealedBox(Keyring(ssm, NAME), former or FormerVault(None, ""))


class TestSealedBox(VaultContract):
    @pytest.fixture
    def vault(self, ssm: Any) -> Vault:
        Keyring(ssm, NAME).make()
        return box(ssm)

    def test_no_byte_may_change(self, vault: Vault) -> None:
        sealed = vault.seal("wsp_1", "acc_1", {"token": "t"})
        for place in range(len(sealed)):
            tampered = sealed[:place] + bytes([sealed[place] ^ 1]) + sealed[place + 1 :]
            with pytest.raises(AccessRevoked if place else (AccessRevoked, DeploymentFault)):
                vault.open("wsp_1", "acc_1", tampered)
        for length in range(0, len(sealed), 7):
            with pytest.raises(AccessRevoked):
                vault.open("wsp_1", "acc_1", sealed[:length])

    def test_the_same_secret_never_looks_the_same(self, vault: Vault) -> None:
        sealed = {vault.seal("wsp_1", "acc_1", SECRET) for _ in range(3)}
        assert len(sealed) == 3
        assert all(b"tok_" not in each for each in sealed)

    def test_sealing_takes_the_public_key_only_and_it_opens_nothing(self, ssm: Any) -> None:
        """What the api can read is all that this client has."""
        Keyring(ssm, NAME).make()
        without: Any = Without(ssm, f"{NAME}/private")
        sealed = box(without).seal("wsp_1", "acc_1", SECRET)
        with pytest.raises(DeploymentFault, match="ssm:GetParameter"):
            box(without).open("wsp_1", "acc_1", sealed)
        assert box(ssm).open("wsp_1", "acc_1", sealed) == SECRET

    def test_a_process_reads_the_keys_once(self, ssm: Any) -> None:
        Keyring(ssm, NAME).make()
        meter = Meter()
        vault = box(meter.watch(ssm))
        sealed = [box(ssm).seal("wsp_1", f"acc_{n}", SECRET) for n in range(9)]
        for number, each in enumerate(sealed):
            vault.open("wsp_1", f"acc_{number}", each)
            vault.seal("wsp_1", f"acc_{number}", SECRET)
        assert [call.name for call in meter.calls] == ["ssm:get_parameter"]

    def test_before_there_is_a_key_it_is_a_matter_of_waiting(self, ssm: Any) -> None:
        with pytest.raises(StoreUnavailable, match="within a minute"):
            box(ssm).seal("wsp_1", "acc_1", SECRET)

    def test_a_lost_key_is_a_wrong_deployment_until_there_is_another(self, ssm: Any) -> None:
        Keyring(ssm, NAME).make()
        sealed = box(ssm).seal("wsp_1", "acc_1", SECRET)
        ssm.delete_parameter(Name=f"{NAME}/private")
        with pytest.raises(DeploymentFault, match="is missing"):
            box(ssm).open("wsp_1", "acc_1", sealed)
        Keyring(ssm, NAME).make()
        with pytest.raises(AccessRevoked):
            box(ssm).open("wsp_1", "acc_1", sealed)


class Without:
    """A client whose role may not read one parameter."""

    def __init__(self, ssm: Any, name: str) -> None:
        self._ssm, self._name = ssm, name

    def get_parameter(self, **asked: Any) -> Any:
        if asked["Name"] == self._name:
            raise ClientError({"Error": {"Code": "AccessDeniedException"}}, "GetParameter")
        return self._ssm.get_parameter(**asked)


class TestKeys:
    def test_the_private_key_is_encrypted_and_the_public_one_is_its_own(self, ssm: Any) -> None:
        Keyring(ssm, NAME).make()
        found = ssm.describe_parameters()["Parameters"]
        kinds = {each["Name"]: (each["Type"], each["Tier"]) for each in found}
        assert kinds == {
            f"{NAME}/private": ("SecureString", "Standard"),
            f"{NAME}/public": ("String", "Standard"),
        }

    def test_made_once_it_stays(self, ssm: Any) -> None:
        Keyring(ssm, NAME).make()
        sealed = box(ssm).seal("wsp_1", "acc_1", SECRET)
        Keyring(ssm, NAME).make()
        assert box(ssm).open("wsp_1", "acc_1", sealed) == SECRET
        assert not box(ssm).is_outdated(sealed)

    def test_of_two_that_make_it_at_once_one_wins(self, ssm: Any) -> None:
        """The other comes between looking and writing."""

        class Slow:
            def get_parameter(self, **asked: Any) -> Any:
                try:
                    return ssm.get_parameter(**asked)
                finally:
                    Keyring(ssm, NAME).make()

            def put_parameter(self, **asked: Any) -> Any:
                return ssm.put_parameter(**asked)

        slow: Any = Slow()
        Keyring(slow, NAME).make()
        sealed = box(ssm).seal("wsp_1", "acc_1", SECRET)
        assert box(slow).open("wsp_1", "acc_1", sealed) == SECRET

    def test_a_public_key_that_was_not_written_is_mended(self, ssm: Any) -> None:
        Keyring(ssm, NAME).make()
        ssm.delete_parameter(Name=f"{NAME}/public")
        Keyring(ssm, NAME).make()
        assert box(ssm).open("a", "b", box(ssm).seal("a", "b", SECRET)) == SECRET

    def test_after_a_rotation_the_former_key_still_opens(self, ssm: Any) -> None:
        Keyring(ssm, NAME).make()
        running = box(ssm)
        old = running.seal("wsp_1", "acc_1", SECRET)
        running.open("wsp_1", "acc_1", old)
        Keyring(ssm, NAME).rotate()
        new = box(ssm).seal("wsp_1", "acc_1", SECRET)
        for vault in (running, box(ssm)):  # also who began before
            assert vault.open("wsp_1", "acc_1", new) == SECRET
            assert vault.open("wsp_1", "acc_1", old) == SECRET
            assert (vault.is_outdated(old), vault.is_outdated(new)) == (True, False)

    def test_of_two_that_rotate_at_once_both_keys_stay(self, ssm: Any) -> None:
        """The others come between looking and writing, and seal something with theirs."""
        Keyring(ssm, NAME).make()
        sealed = [box(ssm).seal("wsp_1", "acc_1", SECRET)]

        class Interrupted:
            def get_parameter(self, **asked: Any) -> Any:
                return ssm.get_parameter(**asked)

            def put_parameter(self, **given: Any) -> Any:
                while len(sealed) < 3:
                    Keyring(ssm, NAME).rotate()
                    sealed.append(box(ssm).seal("wsp_1", "acc_1", SECRET))
                return ssm.put_parameter(**given)

        slow: Any = Interrupted()
        Keyring(slow, NAME).rotate()
        sealed.append(box(ssm).seal("wsp_1", "acc_1", SECRET))
        assert len({each[1:9] for each in sealed}) == 4
        assert [box(ssm).open("wsp_1", "acc_1", each) for each in sealed] == [SECRET] * 4
        outdated = [box(ssm).is_outdated(each) for each in sealed]
        assert outdated == [True, True, True, False]

    def test_as_many_keys_are_kept_as_a_parameter_holds(self, ssm: Any) -> None:
        for _ in range(KEPT + 2):
            Keyring(ssm, NAME).rotate()
        text = ssm.get_parameter(Name=f"{NAME}/private", WithDecryption=True)["Parameter"]["Value"]
        assert len(text.split(",")) == KEPT
        assert len(text) < 4_096


class Throttled:
    """Parameter Store, too busy for its next `times` answers."""

    def __init__(self, times: int) -> None:
        self.times, self.asked = times, 0

    def __call__(self, request: Any, **_: object) -> AWSResponse | None:
        self.asked += 1
        if self.asked > self.times:
            return None
        words = b'{"__type":"ThrottlingException","message":"Rate exceeded"}'
        return AWSResponse(request.url, 400, HTTPHeaders(), SimpleNamespace(stream=lambda: [words]))


class TestACrowdReadsTheKeyAtOnce:
    @pytest.fixture
    def pauses(self, monkeypatch: pytest.MonkeyPatch) -> list[float]:
        found: list[float] = []
        monkeypatch.setattr("botocore.endpoint.time.sleep", found.append)
        return found

    def test_whoever_is_throttled_asks_again(self, ssm: Any, pauses: list[float]) -> None:
        Keyring(ssm, NAME).make()
        sealed = box(ssm).seal("wsp_1", "acc_1", SECRET)
        busy = Throttled(times=5)
        ssm.meta.events.register_first("before-send.ssm", busy)
        assert box(ssm).open("wsp_1", "acc_1", sealed) == SECRET
        ssm.meta.events.unregister("before-send.ssm", busy)
        assert (busy.asked, len(pauses), len(set(pauses))) == (6, 5, 5)
        assert sum(pauses) <= 31

    def test_throttled_to_the_end_nothing_is_lost(self, ssm: Any, pauses: list[float]) -> None:
        """It is the store that is away, not the account's credential that is bad."""
        Keyring(ssm, NAME).make()
        vault = box(ssm)
        sealed = vault.seal("wsp_1", "acc_1", SECRET)
        waiting = box(ssm)
        busy = Throttled(times=99)
        ssm.meta.events.register_first("before-send.ssm", busy)
        with pytest.raises(StoreUnavailable, match="ssm:GetParameter: ThrottlingException"):
            waiting.open("wsp_1", "acc_1", sealed)
        ssm.meta.events.unregister("before-send.ssm", busy)
        assert busy.asked == 6
        assert waiting.open("wsp_1", "acc_1", sealed) == SECRET


@pytest.fixture(scope="module")
def kms(aws: boto3.Session) -> Any:
    return aws.client("kms", config=client_config("kms"))


@pytest.fixture(scope="module")
def key(kms: Any) -> str:
    return str(kms.create_key()["KeyMetadata"]["KeyId"])


def sealed_before(kms: Any, key: str, credential: Mapping[str, object]) -> bytes:
    """What earlier releases stored."""
    context = {"workspace": "wsp_1", "account": "acc_1"}
    made = kms.generate_data_key(KeyId=key, KeySpec="AES_256", EncryptionContext=context)
    bound = b'{"account":"acc_1","workspace":"wsp_1"}'
    text = AESGCM(made["Plaintext"]).encrypt(b"n" * 12, json.dumps(credential).encode(), bound)
    wrapped = bytes(made["CiphertextBlob"])
    return b"\x01" + len(wrapped).to_bytes(2) + wrapped + b"n" * 12 + text


class TestFormer:
    @pytest.fixture
    def vault(self, ssm: Any, kms: Any, key: str) -> Vault:
        Keyring(ssm, NAME).make()
        return box(ssm, FormerVault(kms, key))

    def test_it_still_opens_and_is_to_be_sealed_anew(
        self, vault: Vault, kms: Any, key: str
    ) -> None:
        sealed = sealed_before(kms, key, SECRET)
        assert vault.open("wsp_1", "acc_1", sealed) == SECRET
        assert vault.is_outdated(sealed)

    def test_it_is_sealed_anew_by_who_may_not_read_the_public_key(
        self, ssm: Any, kms: Any, key: str
    ) -> None:
        """Of those who send, only the deliverer may."""
        Keyring(ssm, NAME).make()
        without: Any = Without(ssm, f"{NAME}/public")
        vault = box(without, FormerVault(kms, key))
        sealed = sealed_before(kms, key, SECRET)
        assert vault.open("wsp_1", "acc_1", sealed) == SECRET
        assert vault.is_outdated(sealed)
        anew = vault.seal("wsp_1", "acc_1", SECRET)
        assert not vault.is_outdated(anew)
        assert box(ssm).open("wsp_1", "acc_1", anew) == SECRET

    def test_it_opens_nowhere_else_and_not_when_damaged(
        self, vault: Vault, kms: Any, key: str
    ) -> None:
        sealed = sealed_before(kms, key, SECRET)
        for place, what in [
            (("wsp_2", "acc_1"), sealed),
            (("wsp_1", "acc_2"), sealed),
            (("wsp_1", "acc_1"), sealed[:-1]),
            (("wsp_1", "acc_1"), sealed[:9]),
            (("wsp_1", "acc_1"), b"\x01\xff\xff" + b"x" * 99),
        ]:
            with pytest.raises(AccessRevoked):
                vault.open(*place, what)

    def test_a_deployment_that_forgot_the_key_loses_no_account(
        self, ssm: Any, kms: Any, key: str
    ) -> None:
        Keyring(ssm, NAME).make()
        with pytest.raises(DeploymentFault, match="FormerKey"):
            box(ssm).open("wsp_1", "acc_1", sealed_before(kms, key, SECRET))


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
    code: str, kind: type[Exception], ssm: Any, kms: Any, key: str
) -> None:
    """A damaged credential is the account's trouble; a busy or forbidden KMS is not."""
    refusing: Any = Refusing(code)
    with pytest.raises(kind):
        box(ssm, FormerVault(refusing, key)).open("wsp_1", "acc_1", sealed_before(kms, key, SECRET))
