"""What the in-memory store keeps, and how it compares and sets: exactly, one call at a time."""

import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import TypeVar

from shared.core.errors import Conflict, NotFound
from shared.core.models import (
    Account,
    ApiKey,
    AuditEntry,
    Delivery,
    DeliveryRef,
    Installation,
    Job,
    Lock,
    MediaFile,
    Millis,
    Post,
    Workspace,
)
from shared.core.ports import Answered

K = TypeVar("K")
V = TypeVar("V")
Versioned = TypeVar("Versioned", Post, Delivery, Workspace, Account, Job, MediaFile)


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
        self.deliveries: dict[DeliveryRef, Delivery] = {}
        self.handles: dict[DeliveryRef, dict[str, object]] = {}
        self.audit: list[AuditEntry] = []
        self.job_items: dict[tuple[str, str], Job] = {}
        self.locks: dict[tuple[str, str], Lock] = {}
        self.key_items: dict[str, ApiKey] = {}
        self.sign_ins: dict[str, tuple[str, Millis]] = {}
        self.requests: dict[tuple[str, str], tuple[Millis, Answered]] = {}

    @contextmanager
    def _alone(self) -> Iterator[None]:
        with self._lock:
            yield

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
                self.deliveries |= {d.ref: d for d in deliveries}

    def deliveries_of(self, workspace_id: str, post_id: str) -> tuple[Delivery, ...]:
        with self._alone():
            found = [
                d
                for d in self.deliveries.values()
                if (d.workspace_id, d.post_id) == (workspace_id, post_id)
            ]
            return tuple(sorted(found, key=lambda d: d.id))

    def delivery(self, ref: DeliveryRef) -> Delivery:
        with self._alone():
            return present(self.deliveries, ref, "delivery")

    def job(self, workspace_id: str, job_id: str) -> Job:
        with self._alone():
            return present(self.job_items, (workspace_id, job_id), "job")

    def locks_of(self, profile: str) -> Sequence[Lock]:
        with self._alone():
            return [lock for (held, _), lock in self.locks.items() if held == profile]

    def _move(self, before: Delivery, after: Delivery) -> Delivery:
        """Compare-and-set; a timer that `after` leaves alone stays where a dispatch put it."""
        check(self.deliveries, before.ref, before)
        current = self.deliveries[before.ref]
        stays = (before.wake_kind, before.wake_at) == (after.wake_kind, after.wake_at)
        wake_at = current.wake_at if stays else after.wake_at
        stored = replace(after, version=before.version + 1, wake_at=wake_at)
        self.deliveries[before.ref] = stored
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


def already_connected() -> Conflict:
    return Conflict("this profile is already connected here", code="already_connected")
