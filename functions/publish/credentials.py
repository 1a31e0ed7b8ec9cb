"""Opening an account's credential, refreshed before it is needed, by one worker at a time."""

import threading
from collections import defaultdict

from shared.core.errors import AccessRevoked, CredentialExpired
from shared.core.models import MINUTE, Account
from shared.core.platform import Platform, Verb
from shared.core.services import Publisher
from shared.core.values import dataclass

SOON = 2 * MINUTE
"""A credential that ends this soon is refreshed before the send, not during it."""

_refreshing: defaultdict[str, threading.Lock] = defaultdict(threading.Lock)


@dataclass(frozen=True, slots=True)
class Opened:
    """An adapter that is ready to speak, and the sealed credential that it was opened with."""

    platform: Platform
    sealed: bytes


def open_account(publisher: Publisher, account: Account, sealed: bytes | None) -> Opened:
    """The adapter for `account`. Raises AccessRevoked when there is nothing (left) to sign in
    with.
    """
    if sealed is None:
        raise AccessRevoked("the account has no credential any more; connect it again")
    credential = publisher.vault.open(account.workspace_id, account.id, sealed)
    opened = Opened(publisher.platforms.open(account, credential), sealed)
    expires = opened.platform.expires_at()
    if expires is not None and expires < publisher.clock.now() + SOON:
        return refreshed(publisher, account, opened)
    return opened


def refreshed(publisher: Publisher, account: Account, opened: Opened) -> Opened:
    """A fresh credential, stored before it is used. Whoever stores first wins; the others take
    theirs.

    Raises AccessRevoked when the platform will not refresh it.
    """
    if Verb.REFRESH not in opened.platform.capabilities.verbs:
        raise AccessRevoked("the platform no longer accepts this credential; reconnect the account")
    with _refreshing[account.id]:
        current = publisher.store.sealed(account)
        if current is not None and current != opened.sealed:
            return _reopened(publisher, account, current)
        try:
            fresh = opened.platform.refresh()
        except (AccessRevoked, CredentialExpired) as error:
            current = publisher.store.sealed(account)
            if current is not None and current != opened.sealed:
                return _reopened(publisher, account, current)
            raise AccessRevoked(error.message) from error
        sealed = publisher.vault.seal(account.workspace_id, account.id, fresh)
        if publisher.store.save_sealed(account, before=opened.sealed, after=sealed):
            return Opened(publisher.platforms.open(account, fresh), sealed)
        current = publisher.store.sealed(account)
        if current is None:
            raise AccessRevoked("the account was disconnected")
        return _reopened(publisher, account, current)


def _reopened(publisher: Publisher, account: Account, sealed: bytes) -> Opened:
    credential = publisher.vault.open(account.workspace_id, account.id, sealed)
    return Opened(publisher.platforms.open(account, credential), sealed)
