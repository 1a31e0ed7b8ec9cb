"""What the in-memory store keeps, and how it compares and sets: exactly, one call at a time."""

import threading
from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import replace
from typing import TypeVar

from shared.core.engagement import Feed, InboxItem, Known, Watch
from shared.core.errors import Conflict, NotFound
from shared.core.feeds import GonePost
from shared.core.kept import Kept
from shared.core.models import Delivery, DeliveryRef, Lock, Millis, Post
from shared.core.ports import Answered
from shared.core.rate import Breaker, Budget, Meter
from shared.core.rollup import AccountDay, Counting, Series
from shared.core.versions import Presence, Version, WorkingCopy
from shared.core.workspaces import (
    Account,
    ApiKey,
    AuditEntry,
    Installation,
    Job,
    MediaFile,
    Workspace,
)

K = TypeVar("K")
V = TypeVar("V")
Versioned = TypeVar(
    "Versioned",
    Post,
    Delivery,
    Workspace,
    Account,
    Job,
    MediaFile,
    InboxItem,
    Feed,
    Watch,
    Counting,
    Series,
    AccountDay,
)


class Memory:
    """Every kind of item as a dictionary that tests may read; `seed` puts things in unchecked."""

    def __init__(self) -> None:
        self._lock = threading.RLock()
        self.settings = Installation()
        self.workspace_items: dict[str, Workspace] = {}
        self.account_items: dict[tuple[str, str], Account] = {}
        self.credentials: dict[tuple[str, str], bytes] = {}
        self.profiles: dict[tuple[str, str], str] = {}
        self.media_items: dict[tuple[str, str], MediaFile] = {}
        self.post_items: dict[tuple[str, str], Post] = {}
        self.delivery_items: dict[DeliveryRef, Delivery] = {}
        self.handles: dict[DeliveryRef, dict[str, object]] = {}
        self.handle_turns: dict[DeliveryRef, int] = {}
        self.audit: list[AuditEntry] = []
        self.job_items: dict[tuple[str, str], Job] = {}
        self.locks: dict[tuple[str, str], Lock] = {}
        self.budgets: dict[tuple[str, Meter], Budget] = {}
        self.breakers: dict[tuple[str, str], Breaker] = {}
        self.key_items: dict[str, ApiKey] = {}
        self.sign_ins: dict[str, tuple[str, Millis]] = {}
        self.kept_items: dict[tuple[type, str, str], Kept] = {}
        self.gone_items: list[GonePost] = []
        self.version_items: dict[tuple[str, str, str], Version] = {}
        self.copy_items: dict[tuple[str, str, str], WorkingCopy] = {}
        self.presences: dict[tuple[str, str, str], Presence] = {}
        self.requests: dict[tuple[str, str], tuple[Millis, Answered]] = {}
        self.inbox_items: dict[tuple[str, str], InboxItem] = {}
        self.answers: dict[tuple[str, str, str], Millis] = {}
        """Our answers: workspace, item, post, and when."""
        self.known_items: dict[tuple[str, str, str], Known] = {}
        self.feed_items: dict[tuple[str, str], Feed] = {}
        self.watch_items: dict[tuple[str, str, str], Watch] = {}
        self.counting_items: dict[tuple[str, str], Counting] = {}
        self.series_items: dict[tuple[str, str, Millis, str], Series] = {}
        self.day_items: dict[tuple[str, str, str], AccountDay] = {}

    def _alone(self) -> AbstractContextManager[object]:
        return self._lock

    def seed(
        self,
        *,
        installation: Installation | None = None,
        workspaces: Sequence[Workspace] = (),
        accounts: Sequence[tuple[Account, bytes]] = (),
        posts: Sequence[tuple[Post, Sequence[Delivery]]] = (),
    ) -> None:
        with self._alone():
            self.settings = installation or self.settings
            self.workspace_items |= {w.id: w for w in workspaces}
            for account, sealed in accounts:
                self.account_items[account.workspace_id, account.id] = account
                self.credentials[account.workspace_id, account.id] = sealed
                self.profiles[account.workspace_id, account.profile] = account.id
            for post, deliveries in posts:
                self.post_items[post.workspace_id, post.id] = post
                self.delivery_items |= {d.ref: d for d in deliveries}

    def deliveries_of(self, workspace_id: str, post_id: str) -> tuple[Delivery, ...]:
        with self._alone():
            found = [
                d
                for d in self.delivery_items.values()
                if (d.workspace_id, d.post_id) == (workspace_id, post_id)
            ]
            return tuple(sorted(found, key=lambda d: d.id))

    def delivery(self, ref: DeliveryRef) -> Delivery:
        with self._alone():
            return present(self.delivery_items, ref, "delivery")

    def deliveries(self, refs: Sequence[DeliveryRef]) -> Mapping[DeliveryRef, Delivery]:
        with self._alone():
            return {ref: self.delivery_items[ref] for ref in refs if ref in self.delivery_items}

    def job(self, workspace_id: str, job_id: str) -> Job:
        with self._alone():
            return present(self.job_items, (workspace_id, job_id), "job")

    def locks_of(self, profile: str) -> Sequence[Lock]:
        with self._alone():
            return [lock for (held, _), lock in self.locks.items() if held == profile]

    def account(self, workspace_id: str, account_id: str) -> Account:
        with self._alone():
            return present(self.account_items, (workspace_id, account_id), "account")

    def workspace(self, workspace_id: str) -> Workspace:
        with self._alone():
            return present(self.workspace_items, workspace_id, "workspace")

    def advance(self, before: Delivery, after: Delivery) -> Delivery:
        with self._alone():
            return self._move(before, after)

    def save_account(self, before: Account, after: Account) -> Account:
        with self._alone():
            return self._save_account(before, after)

    def sealed(self, account: Account) -> bytes | None:
        with self._alone():
            return self.credentials.get((account.workspace_id, account.id))

    def save_sealed(self, account: Account, *, before: bytes, after: bytes) -> bool:
        with self._alone():
            key = (account.workspace_id, account.id)
            if self.credentials.get(key) != before:
                return False
            self.credentials[key] = after
            return True

    def _move(self, before: Delivery, after: Delivery) -> Delivery:
        """Compare-and-set; a timer that `after` leaves alone stays where a dispatch put it."""
        check(self.delivery_items, before.ref, before)
        current = self.delivery_items[before.ref]
        stays = (before.wake_kind, before.wake_at) == (after.wake_kind, after.wake_at)
        wake_at = current.wake_at if stays else after.wake_at
        stored = replace(after, version=before.version + 1, wake_at=wake_at)
        self.delivery_items[before.ref] = stored
        return stored

    def _save_account(self, before: Account, after: Account) -> Account:
        key = (before.workspace_id, before.id)
        check(self.account_items, key, before)
        old, new = held_profile(before), held_profile(after)
        if new != old:
            if new is not None and (before.workspace_id, new) in self.profiles:
                raise already_connected()
            if old is not None:
                self.profiles.pop((before.workspace_id, old), None)
            if new is not None:
                self.profiles[before.workspace_id, new] = before.id
        return swap(self.account_items, key, before, after)


def held_profile(account: Account) -> str | None:
    """The profile that this account occupies in its workspace; none once it is disconnected."""
    return None if account.state == "disconnected" else account.profile


def present(table: dict[K, V], key: K, what: str) -> V:
    try:
        return table[key]
    except KeyError:
        raise NotFound(f"no such {what}") from None


def check(table: dict[K, Versioned], key: K, before: Versioned) -> None:
    current = table.get(key)
    if current is None or current.version != before.version:
        raise Conflict("somebody else changed it first; read it again", code="stale")


def swap(table: dict[K, Versioned], key: K, before: Versioned, after: Versioned) -> Versioned:
    """Compare-and-set on the version, which is counted up."""
    check(table, key, before)
    stored = replace(after, version=before.version + 1)
    table[key] = stored
    return stored


def add(table: dict[K, V], key: K, value: V) -> bool:
    """Where there is nothing yet; False when there was."""
    if key in table:
        return False
    table[key] = value
    return True


def exists() -> Conflict:
    return Conflict("there is one with this id already", code="exists")


def already_connected() -> Conflict:
    return Conflict("this profile is already connected here", code="already_connected")
