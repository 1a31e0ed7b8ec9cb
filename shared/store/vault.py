"""Credentials at rest: each under a data key of its own, which only KMS can open.

Format: version (1 byte), length of the wrapped data key (2 bytes), the wrapped key, a nonce
(12 bytes), then AES-256-GCM ciphertext and tag. Workspace and account are KMS encryption context
and additional authenticated data: a credential copied to another account does not open.
"""

import json
import os
import threading
from collections import OrderedDict
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from shared.core.errors import AccessRevoked
from shared.store.aws import code_of, translated

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM
    from mypy_boto3_kms import KMSClient

_FORMAT = 1
_NONCE = 12
_NOT_OURS = {"InvalidCiphertextException", "IncorrectKeyException"}
KEYS_KEPT = 10_000
"""Opened data keys that a process remembers (some 6 MB at most). Listening comes round to every
account within minutes: with fewer keys than accounts, each look would ask KMS again.
"""


class KmsVault:
    """Implements the `Vault` port. Opening needs `kms:Decrypt`, sealing `kms:GenerateDataKey`."""

    def __init__(self, client: "KMSClient", key_id: str, *, keys_kept: int = KEYS_KEPT) -> None:
        self._client = client
        self._key_id = key_id
        self._keys_kept = keys_kept
        self._opened: OrderedDict[tuple[bytes, bytes], bytes] = OrderedDict()
        self._lock = threading.Lock()

    def seal(self, workspace_id: str, account_id: str, credential: Mapping[str, object]) -> bytes:
        context = _context(workspace_id, account_id)
        with translated("kms:GenerateDataKey"):
            made = self._client.generate_data_key(
                KeyId=self._key_id, KeySpec="AES_256", EncryptionContext=context
            )
        wrapped, nonce = bytes(made["CiphertextBlob"]), os.urandom(_NONCE)
        text = json.dumps(dict(credential), separators=(",", ":")).encode()
        sealed = _cipher(bytes(made["Plaintext"])).encrypt(nonce, text, _bytes(context))
        return bytes([_FORMAT]) + len(wrapped).to_bytes(2) + wrapped + nonce + sealed

    def open(self, workspace_id: str, account_id: str, sealed: bytes) -> dict[str, object]:
        """Raises AccessRevoked (`credential_unreadable`) when damaged or another account's."""
        from cryptography.exceptions import InvalidTag

        context = _context(workspace_id, account_id)
        wrapped, nonce, text = _taken_apart(sealed)
        cipher = _cipher(self._data_key(wrapped, context))
        try:
            credential = json.loads(cipher.decrypt(nonce, text, _bytes(context)))
        except InvalidTag:
            raise _unreadable() from None
        if not isinstance(credential, dict):
            raise _unreadable()
        return credential

    def _data_key(self, wrapped: bytes, context: dict[str, str]) -> bytes:
        place = (wrapped, _bytes(context))
        with self._lock:
            if place in self._opened:
                self._opened.move_to_end(place)
                return self._opened[place]
        key = self._decrypt(wrapped, context)
        with self._lock:
            self._opened[place] = key
            while len(self._opened) > self._keys_kept:
                self._opened.popitem(last=False)
        return key

    def _decrypt(self, wrapped: bytes, context: dict[str, str]) -> bytes:
        with translated("kms:Decrypt"):
            try:
                answer: Any = self._client.decrypt(
                    CiphertextBlob=wrapped, KeyId=self._key_id, EncryptionContext=context
                )
            except ClientError as error:
                if code_of(error) in _NOT_OURS:
                    raise _unreadable() from None
                raise
        return bytes(answer["Plaintext"])


def _cipher(key: bytes) -> "AESGCM":
    # Imported here: a tick opens no credential and should not pay for loading OpenSSL.
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    return AESGCM(key)


def _context(workspace_id: str, account_id: str) -> dict[str, str]:
    return {"workspace": workspace_id, "account": account_id}


def _bytes(context: dict[str, str]) -> bytes:
    return json.dumps(context, sort_keys=True, separators=(",", ":")).encode()


def _taken_apart(sealed: bytes) -> tuple[bytes, bytes, bytes]:
    end = 3 + int.from_bytes(sealed[1:3])
    if sealed[:1] != bytes([_FORMAT]) or len(sealed) <= end + _NONCE:
        raise _unreadable()
    return sealed[3:end], sealed[end : end + _NONCE], sealed[end + _NONCE :]


def _unreadable() -> AccessRevoked:
    return AccessRevoked(
        "the stored credential cannot be opened; connect the account again",
        code="credential_unreadable",
    )
