"""The keys of all credentials, in two parameters of AWS Systems Manager.

`<name>/private` holds the private keys, newest first, as a SecureString: AWS encrypts it with its
own key for Parameter Store, and IAM says who may read it. `<name>/public` holds the newest one's
public half, which is all that sealing takes. Neither costs anything (standard parameters,
https://aws.amazon.com/systems-manager/pricing, 2026-11-22). Few reads a second are answered: of a
crowd of new processes some have to ask again, see `SSM_ATTEMPTS`.
"""

import threading
from base64 import b64decode, b64encode
from hashlib import sha256
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from shared.core.errors import StoreUnavailable
from shared.store.aws import DeploymentFault, code_of, translated

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.x25519 import (
        X25519PrivateKey,
        X25519PublicKey,
    )

ID = 8
"""Bytes of a key's id: the beginning of its public half's SHA-256."""
KEPT = 20
"""Private keys at most: what an older one sealed cannot be opened. A parameter has 4 KB."""
_NONE = {"ParameterNotFound", "ParameterVersionNotFound"}


class Keyring:
    """Sealing needs `ssm:GetParameter` on the public parameter, opening on the private one; `make`
    and `rotate` need `ssm:PutParameter` on both. Each parameter is read once per process.
    """

    def __init__(self, client: Any, name: str) -> None:
        self._client = client
        self._private_name, self._public_name = f"{name}/private", f"{name}/public"
        self._private: dict[bytes, X25519PrivateKey] = {}
        self._public: tuple[bytes, X25519PublicKey] | None = None
        self._lock = threading.Lock()

    def public(self) -> "tuple[bytes, X25519PublicKey]":
        """The newest key's id and public half. Raises StoreUnavailable before there is one."""
        with self._lock:
            if self._public is None:
                text = self._read(self._public_name)
                if text is None:
                    raise _not_yet()
                self._public = _public_half(b64decode(text))
            return self._public

    def private(self, key_id: bytes) -> "X25519PrivateKey | None":
        """None when there is no such key. One that this process does not know is looked for once
        more: it may be new. Raises DeploymentFault when there is no key at all.
        """
        with self._lock:
            if key_id not in self._private and not self._load():
                raise DeploymentFault(f"the parameter {self._private_name} is missing")
            return self._private.get(key_id)

    def load(self) -> None:
        """For whoever may read the private keys and is about to seal: they tell the public one, and
        its parameter need not be readable. Raises StoreUnavailable before there is one.
        """
        with self._lock:
            if not self._private and not self._load():
                raise _not_yet()

    def make(self) -> None:
        """Once there is a key this changes nothing, whoever calls it, and however many at once."""
        with self._lock:
            self._make()

    def rotate(self) -> None:
        """From now on credentials are sealed with a new key. The former ones still open, also those
        that others make at the same moment.
        """
        with self._lock:
            self._make()
            found = self._parameter(self._private_name)
            keys, seen = [_text(_new()), *_each(found)], int(found["Version"]) if found else 0
            while (written := self._put_private(keys, overwrite=True)) > seen + 1:
                # Others wrote in between, and this stands in the place of theirs: add their keys.
                for version in range(seen + 1, written):
                    keys[1:1] = _each(self._parameter(f"{self._private_name}:{version}"))
                seen = written
            self._load()
            self._publish()

    def _make(self) -> None:
        if not self._load():
            self._put_private([_text(_new())], overwrite=False)
            self._load()
        self._publish()

    def _load(self) -> bool:
        text = self._read(self._private_name)
        if text is None:
            return False
        found = [_private(b64decode(each)) for each in text.split(",")]
        halves = [_public_half(key.public_key().public_bytes_raw()) for key in found]
        self._private = {half[0]: key for half, key in zip(halves, found, strict=True)}
        self._public = halves[0]
        return True

    def _publish(self) -> None:
        newest = next(iter(self._private.values())).public_key().public_bytes_raw()
        text = b64encode(newest).decode()
        if self._read(self._public_name) != text:
            self._put(self._public_name, text, kind="String", overwrite=True)

    def _put_private(self, keys: list[str], *, overwrite: bool) -> int:
        text = ",".join(list(dict.fromkeys(keys))[:KEPT])
        return self._put(self._private_name, text, kind="SecureString", overwrite=overwrite)

    def _put(self, name: str, value: str, *, kind: str, overwrite: bool) -> int:
        """The version that this is; each is one more than the last. 0: there was one already."""
        with translated("ssm:PutParameter"):
            try:
                answer = self._client.put_parameter(
                    Name=name, Value=value, Type=kind, Overwrite=overwrite
                )
            except ClientError as error:
                if code_of(error) != "ParameterAlreadyExists":
                    raise
                return 0  # somebody was quicker, and theirs is the key
        return int(answer["Version"])

    def _read(self, name: str) -> str | None:
        found = self._parameter(name)
        return None if found is None else str(found["Value"])

    def _parameter(self, name: str) -> "dict[str, Any] | None":
        """`name` may end with `:` and a version."""
        with translated("ssm:GetParameter"):
            try:
                answer = self._client.get_parameter(Name=name, WithDecryption=True)
            except ClientError as error:
                if code_of(error) in _NONE:
                    return None
                raise
        return dict(answer["Parameter"])


def _not_yet() -> StoreUnavailable:
    return StoreUnavailable("the key of credentials is made within a minute")


def _each(found: "dict[str, Any] | None") -> list[str]:
    return str(found["Value"]).split(",") if found else []


# cryptography is imported where it is used: a tick opens no credential and should not pay for
# loading OpenSSL.


def _new() -> "X25519PrivateKey":
    from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

    return X25519PrivateKey.generate()


def _text(key: "X25519PrivateKey") -> str:
    return b64encode(key.private_bytes_raw()).decode()


def _private(raw: bytes) -> "X25519PrivateKey":
    from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

    return X25519PrivateKey.from_private_bytes(raw)


def _public_half(raw: bytes) -> "tuple[bytes, X25519PublicKey]":
    from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PublicKey

    return sha256(raw).digest()[:ID], X25519PublicKey.from_public_bytes(raw)
