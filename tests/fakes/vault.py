"""A vault without encryption that refuses what the real one refuses."""

import json
from collections.abc import Mapping

from shared.core.errors import AccessRevoked


class FakeVault:
    """Binds a credential to its workspace and account; `opened` counts how often one was read.
    `key`: raise it, and whatever was sealed before is outdated.
    """

    def __init__(self) -> None:
        self.opened = 0
        self.key = 1

    def seal(self, workspace_id: str, account_id: str, credential: Mapping[str, object]) -> bytes:
        return json.dumps([self.key, workspace_id, account_id, dict(credential)]).encode()[::-1]

    def is_outdated(self, sealed: bytes) -> bool:
        return bool(json.loads(sealed[::-1])[0] != self.key)

    def open(self, workspace_id: str, account_id: str, sealed: bytes) -> dict[str, object]:
        self.opened += 1
        try:
            _, workspace, account, credential = json.loads(sealed[::-1])
        except (ValueError, TypeError):
            raise _unreadable() from None
        if (workspace, account) != (workspace_id, account_id) or not isinstance(credential, dict):
            raise _unreadable()
        return credential


def _unreadable() -> AccessRevoked:
    return AccessRevoked(
        "the stored credential cannot be opened; connect the account again",
        code="credential_unreadable",
    )
