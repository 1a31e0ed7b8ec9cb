"""Credentials at rest: whoever connects an account can seal one, only those who send can open it.

Format: version (1 byte), the key's id (8 bytes), then what HPKE makes of the credential (RFC 9180:
X25519, HKDF-SHA256, AES-256-GCM). Workspace and account are its `info`: a credential copied to
another account does not open. `FormerVault` opens the format before.
"""

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from shared.store import former_vault
from shared.store.former_vault import FormerVault
from shared.store.keyring import ID, Keyring
from shared.store.unreadable import unreadable_credential

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.hpke import Suite

_FORMAT = 2


class SealedBox:
    """Implements the `Vault` port. `keys` decides what it can do; nobody seals as `former` did."""

    def __init__(self, keys: Keyring, former: FormerVault) -> None:
        self._keys = keys
        self._former = former

    def seal(self, workspace_id: str, account_id: str, credential: Mapping[str, object]) -> bytes:
        """Raises StoreUnavailable while the installation is so new that it has no key yet."""
        key_id, public = self._keys.public()
        text = json.dumps(dict(credential), separators=(",", ":")).encode()
        info = _bytes(_context(workspace_id, account_id))
        return bytes([_FORMAT]) + key_id + _suite().encrypt(text, public, info=info)

    def open(self, workspace_id: str, account_id: str, sealed: bytes) -> dict[str, object]:
        """Raises AccessRevoked (`credential_unreadable`) when damaged or another account's, or when
        its key is gone.
        """
        context = _context(workspace_id, account_id)
        if sealed[:1] == bytes([former_vault.FORMAT]):
            text = self._former.open(context, _bytes(context), sealed)
            self._keys.load()  # it is sealed anew at once
        else:
            text = self._opened(_bytes(context), sealed)
        credential: Any = json.loads(text)
        if not isinstance(credential, dict):
            raise unreadable_credential()
        return credential

    def is_outdated(self, sealed: bytes) -> bool:
        return sealed[: 1 + ID] != bytes([_FORMAT]) + self._keys.public()[0]

    def _opened(self, info: bytes, sealed: bytes) -> bytes:
        from cryptography.exceptions import InvalidTag

        if sealed[:1] != bytes([_FORMAT]) or len(sealed) <= 1 + ID:
            raise unreadable_credential()
        key = self._keys.private(sealed[1 : 1 + ID])
        if key is None:
            raise unreadable_credential()
        try:
            return _suite().decrypt(sealed[1 + ID :], key, info=info)
        except InvalidTag:
            raise unreadable_credential() from None


def _suite() -> "Suite":
    # Imported here: a tick opens no credential and should not pay for loading OpenSSL.
    from cryptography.hazmat.primitives.hpke import AEAD, KDF, KEM, Suite

    return Suite(KEM.X25519, KDF.HKDF_SHA256, AEAD.AES_256_GCM)


def _context(workspace_id: str, account_id: str) -> dict[str, str]:
    return {"workspace": workspace_id, "account": account_id}


def _bytes(context: dict[str, str]) -> bytes:
    return json.dumps(context, sort_keys=True, separators=(",", ":")).encode()
