"""Credentials that were sealed when a KMS key of the installation's own did that: only opened.

Format: version (1 byte), length of the wrapped data key (2 bytes), the wrapped key, a nonce
(12 bytes), then AES-256-GCM ciphertext and tag. Workspace and account are KMS encryption context
and additional authenticated data. Each is sealed anew when it is opened (`shared/store/vault.py`).
"""

from typing import Any

from botocore.exceptions import ClientError

from shared.store.aws import DeploymentFault, code_of, translated
from shared.store.unreadable import unreadable_credential

FORMAT = 1
_NONCE = 12
_NOT_OURS = {"InvalidCiphertextException", "IncorrectKeyException"}


class FormerVault:
    """`key_id` is empty where there never was such a key. Needs `kms:Decrypt`."""

    def __init__(self, client: Any, key_id: str) -> None:
        self._client = client
        self._key_id = key_id

    def open(self, context: dict[str, str], bound: bytes, sealed: bytes) -> bytes:
        """The credential as text; `bound` is the context as it was authenticated.

        Raises AccessRevoked (`credential_unreadable`) when damaged or another account's, and
        DeploymentFault when the deployment does not say which key it was.
        """
        from cryptography.exceptions import InvalidTag
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM

        wrapped, nonce, text = _taken_apart(sealed)
        key = self._data_key(wrapped, context)
        try:
            return AESGCM(key).decrypt(nonce, text, bound)
        except InvalidTag:
            raise unreadable_credential() from None

    def _data_key(self, wrapped: bytes, context: dict[str, str]) -> bytes:
        if not self._key_id:
            raise DeploymentFault(
                "a KMS key sealed this credential: deploy again with its ARN as FormerKey"
            )
        with translated("kms:Decrypt"):
            try:
                answer = self._client.decrypt(
                    CiphertextBlob=wrapped, KeyId=self._key_id, EncryptionContext=context
                )
            except ClientError as error:
                if code_of(error) in _NOT_OURS:
                    raise unreadable_credential() from None
                raise
        return bytes(answer["Plaintext"])


def _taken_apart(sealed: bytes) -> tuple[bytes, bytes, bytes]:
    end = 3 + int.from_bytes(sealed[1:3])
    if len(sealed) <= end + _NONCE:
        raise unreadable_credential()
    return sealed[3:end], sealed[end : end + _NONCE], sealed[end + _NONCE :]
