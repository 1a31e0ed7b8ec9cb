"""Opening an account's credential, refreshed before it is needed, by one worker at a time."""

import threading
from collections import defaultdict
from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Protocol, TypeVar

from shared.core.errors import AccessRevoked, Conflict, CredentialExpired, SocialError
from shared.core.failing import failure
from shared.core.models import MINUTE
from shared.core.platform import Platform, Platforms, Verb
from shared.core.ports import Clock, Telemetry, Vault
from shared.core.values import dataclass
from shared.core.workspaces import Account, AccountState

if TYPE_CHECKING:  # the publisher need not load what comes back
    from shared.core.engagement_ports import CredentialStore

T = TypeVar("T")
SOON = 2 * MINUTE
"""A credential that ends this soon is refreshed before the send, not during it."""

_refreshing: defaultdict[str, threading.Lock] = defaultdict(threading.Lock)


class Opener(Protocol):
    """What opening an account takes: a publisher has it, and whoever listens or counts."""

    @property
    def store(self) -> "CredentialStore": ...

    @property
    def vault(self) -> Vault: ...

    @property
    def platforms(self) -> Platforms: ...

    @property
    def clock(self) -> Clock: ...

    @property
    def telemetry(self) -> Telemetry: ...


@dataclass(frozen=True, slots=True)
class Opened:
    """An adapter that is ready to speak, and the sealed credential that it was opened with."""

    platform: Platform
    sealed: bytes


def open_account(opener: Opener, account: Account, sealed: bytes | None) -> Opened:
    """The adapter for `account`. Raises AccessRevoked when there is nothing (left) to sign in
    with.
    """
    if sealed is None:
        raise AccessRevoked("the account has no credential any more; connect it again")
    credential = opener.vault.open(account.workspace_id, account.id, sealed)
    if opener.vault.is_outdated(sealed):
        sealed = _sealed_anew(opener, account, credential, sealed)
    opened = Opened(opener.platforms.open(account, credential), sealed)
    expires = opened.platform.expires_at()
    if expires is not None and expires < opener.clock.now() + SOON:
        return refreshed(opener, account, opened)
    return opened


def _sealed_anew(
    opener: Opener, account: Account, credential: dict[str, object], sealed: bytes
) -> bytes:
    """With the key of today; as it was where somebody else stores another one meanwhile."""
    after = opener.vault.seal(account.workspace_id, account.id, credential)
    return after if opener.store.save_sealed(account, before=sealed, after=after) else sealed


def refreshed(opener: Opener, account: Account, opened: Opened) -> Opened:
    """A fresh credential, stored before it is used. Whoever stores first wins; the others take
    theirs.

    Raises AccessRevoked when the platform will not refresh it.
    """
    if Verb.REFRESH not in opened.platform.capabilities.verbs:
        raise AccessRevoked("the platform no longer accepts this credential; reconnect the account")
    with _refreshing[account.id]:
        current = opener.store.sealed(account)
        if current is not None and current != opened.sealed:
            return _reopened(opener, account, current)
        try:
            fresh = opened.platform.refresh()
        except (AccessRevoked, CredentialExpired) as error:
            current = opener.store.sealed(account)
            if current is not None and current != opened.sealed:
                return _reopened(opener, account, current)
            raise AccessRevoked(error.message) from error
        sealed = opener.vault.seal(account.workspace_id, account.id, fresh)
        if opener.store.save_sealed(account, before=opened.sealed, after=sealed):
            return Opened(opener.platforms.open(account, fresh), sealed)
        current = opener.store.sealed(account)
        if current is None:
            raise AccessRevoked("the account was disconnected")
        return _reopened(opener, account, current)


def _reopened(opener: Opener, account: Account, sealed: bytes) -> Opened:
    credential = opener.vault.open(account.workspace_id, account.id, sealed)
    return Opened(opener.platforms.open(account, credential), sealed)


class Line:
    """One account, spoken to several times in a row: opened when it is first needed, refreshed once
    when its session ended meanwhile.
    """

    def __init__(self, opener: Opener, account: Account, sealed: bytes | None) -> None:
        self._opener = opener
        self._account = account
        self._sealed = sealed
        self._opened: Opened | None = None

    def ask(self, question: Callable[[Platform], T]) -> T:
        """The answer of the network. Only for what may be repeated: an expired credential did
        nothing, so the question is put again once. Raises what the adapter raises.
        """
        if self._opened is None:
            self._opened = open_account(self._opener, self._account, self._sealed)
        try:
            return question(self._opened.platform)
        except CredentialExpired:
            self._opened = refreshed(self._opener, self._account, self._opened)
            return question(self._opened.platform)


def lost_credential(opener: Opener, account: Account, error: SocialError) -> None:
    """The account's state, not each post's failure: its people reconnect once and everything goes
    on.
    """
    if account.state is not AccountState.CONNECTED:
        return
    seen = failure(error, opener.clock.now())
    after = replace(account, state=AccountState.NEEDS_RECONNECT, error=seen)
    try:
        opener.store.save_account(account, after)
    except Conflict:
        return  # somebody changed the account meanwhile; the next attempt finds out again
    opener.telemetry.count("AccountNeedsReconnect")
    opener.telemetry.log(
        "account needs reconnecting", account_id=account.id, workspace_id=account.workspace_id
    )
