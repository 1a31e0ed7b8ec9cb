"""The api's half of the store: workspaces, accounts, media, jobs, keys, sign-in, idempotency."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, TypeVar

from shared.core.errors import Conflict, NotFound
from shared.core.models import Millis
from shared.core.ports import RESERVED, Answered, Page
from shared.core.workspaces import (
    Account,
    ApiKey,
    AuditEntry,
    Installation,
    Job,
    MediaFile,
    Workspace,
)
from shared.store import items, keys
from shared.store.attributes import Item, attribute, plain
from shared.store.base import account_writes, already_connected
from shared.store.bounds import TRANSACTION
from shared.store.cursors import cursor, position
from shared.store.dynamo import (
    Table,
    Wait,
    Write,
    at_once,
    create,
    delete,
    exists,
    expression,
    put,
    remove,
    swap,
    update,
)
from shared.store.gone import DynamoGone
from shared.store.inbox import DynamoInbox
from shared.store.kept import DynamoKept
from shared.store.posts import DynamoPosts, job_writes
from shared.store.records import SCHEMA

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

T = TypeVar("T")


class DynamoApiStore(DynamoPosts, DynamoGone, DynamoInbox, DynamoKept):
    """Implements `ApiStores` on one table."""

    def __init__(self, client: "DynamoDBClient", table: str, wait: Wait = at_once) -> None:
        super().__init__(Table(client, table, wait))

    def installation(self) -> Installation:
        return items.installation_from(self._table.read(keys.INSTALLATION))

    def save_installation(
        self, before: Installation, after: Installation, audit: Sequence[AuditEntry]
    ) -> Installation:
        """The fence's epoch lies in the same item and is left alone."""
        entries = [put(items.audit_item(entry)) for entry in audit]
        room = TRANSACTION - 1
        self._table.transact([_pauses_of_all(before, after), *entries[:room]])
        for start in range(room, len(entries), TRANSACTION):
            self._table.transact(entries[start : start + TRANSACTION])
        return replace(before, paused=None, pauses=after.pauses, version=before.version + 1)

    def create_workspace(self, workspace: Workspace, audit: AuditEntry) -> None:
        self._table.transact(
            [
                create(items.workspace_item(workspace)),
                put(items.workspace_pointer_item(workspace)),
                put(items.audit_item(audit)),
            ]
        )

    def workspaces(self) -> Sequence[Workspace]:
        """One query for the list and one read per hundred."""
        wanted = [keys.workspace_key(workspace_id) for workspace_id in self._workspace_ids()]
        found = self._table.read_many(wanted)
        return [items.workspace_from(found[key]) for key in sorted(found)]

    def save_workspace(self, before: Workspace, after: Workspace, audit: AuditEntry) -> Workspace:
        old, new = items.workspace_item(before), items.workspace_item(after)
        write = swap(old, new, version=before.version)
        self._table.transact([write, put(items.audit_item(audit))])
        return replace(after, version=before.version + 1)

    def create_account(self, account: Account, sealed: bytes, audit: AuditEntry) -> None:
        self._table.transact(
            [
                create(items.profile_item(account), conflict=already_connected()),
                create(items.account_item(account)),
                put(items.credential_item(account, sealed)),
                put(items.audit_item(audit)),
            ]
        )

    def change_account(
        self, before: Account, after: Account, audit: AuditEntry, *, sealed: bytes | None = None
    ) -> Account:
        writes = [*account_writes(before, after), put(items.audit_item(audit))]
        if sealed is not None:
            writes.append(put(items.credential_item(after, sealed)))
        self._table.transact(writes)
        return replace(after, version=before.version + 1)

    def create_media(self, file: MediaFile) -> None:
        self._table.write(create(items.media_item(file)))

    def media_file(self, workspace_id: str, media_id: str) -> MediaFile:
        return items.media_from(self._present(keys.media_key(workspace_id, media_id), "file"))

    def media_files(self, workspace_id: str, *, limit: int, after: str | None) -> Page[MediaFile]:
        """Latest first: ids sort by time."""
        return self._newest(workspace_id, "MEDIA#", limit, after, items.media_from)

    def save_media(self, before: MediaFile, after: MediaFile) -> MediaFile:
        old, new = items.media_item(before), items.media_item(after)
        return items.media_from(self._table.write(swap(old, new, version=before.version)))

    def delete_media(self, file: MediaFile) -> None:
        self._table.write(remove(keys.media_key(file.workspace_id, file.id), version=file.version))

    def create_job(self, job: Job) -> None:
        writes = job_writes(job)
        if len(writes) == 1:
            self._table.write(writes[0])
        else:
            self._table.transact(writes)

    def create_key(self, key: ApiKey) -> None:
        self._table.write(create(items.api_key_item(key)))

    def key(self, key_id: str) -> ApiKey:
        return items.api_key_from(self._present(keys.api_key_key(key_id), "API key"))

    def keys(self) -> Sequence[ApiKey]:
        found = self._table.query_all(keys.API_KEYS_PK, strong=True)
        return [items.api_key_from(item) for item in found]

    def revoke_key(self, key_id: str, *, now: Millis) -> ApiKey:
        """The first revocation counts."""
        write = update(
            keys.api_key_key(key_id),
            sets={},
            formulas=["#revoked_at = if_not_exists(#revoked_at, :now)"],
            condition="attribute_exists(pk)",
            values={":now": attribute(now)},
            conflict=NotFound("no such API key"),
        )
        return items.api_key_from(self._table.write(write))

    def create_sign_in(self, code_hash: str, *, email: str, expires_at: Millis) -> None:
        self._table.write(put(items.sign_in_item(code_hash, email=email, expires_at=expires_at)))

    def redeem_sign_in(self, code_hash: str, *, now: Millis) -> str:
        """Marked as used rather than deleted, so that a repeated call recognises itself."""
        used = NotFound("this sign-in link was used before, or is too old")
        write = update(
            keys.sign_in_key(code_hash),
            sets={"used_at": attribute(now)},
            condition="attribute_not_exists(#used_at) AND #expires_at > :now",
            values={":now": attribute(now)},
            conflict=used,
        )
        return items.email_from(self._table.write(write))

    def begin_request(
        self, scope: str, key: str, request_hash: str, *, now: Millis
    ) -> Answered | None:
        """Deletion by TTL takes up to days, so the 24 hours are checked here."""
        where = keys.request_key(scope, key)
        item = items.request_item(where, request_hash, now=now)
        free = expression(
            "attribute_not_exists(pk) OR #until <= :now"
            " OR (attribute_not_exists(#status) AND #request_hash = :hash AND #until <= :lost)",
            names=["until", "status", "request_hash"],
            values={
                ":now": attribute(now),
                ":hash": attribute(request_hash),
                ":lost": attribute(now + items.REQUEST_LIFE - RESERVED),
            },
        )
        try:
            self._table.write(Write("Put", where, {"Item": item} | free, exists()))
        except Conflict:
            current = self._table.read(where)
            if current is None:  # it went away in between
                return self.begin_request(scope, key, request_hash, now=now)
            return items.answered_from(current)
        return None

    def finish_request(self, scope: str, key: str, answered: Answered) -> None:
        """A reservation that has expired meanwhile is left alone: there is nothing to finish."""
        write = update(
            keys.request_key(scope, key),
            sets=items.answer_attributes(answered),
            condition="attribute_exists(pk)",
        )
        try:
            self._table.write(write)
        except Conflict:
            return

    def forget_request(self, scope: str, key: str) -> None:
        self._table.write(delete(keys.request_key(scope, key)))

    def workspace_audit(
        self, workspace_id: str, *, limit: int, after: str | None
    ) -> Page[AuditEntry]:
        return self._newest(workspace_id, "A#", limit, after, items.audit_from)

    def _newest(
        self,
        workspace_id: str,
        prefix: str,
        limit: int,
        after: str | None,
        read: Callable[[Item], T],
    ) -> Page[T]:
        """One query: the workspace's latest items of one kind, and one more to see if it ends."""
        query = (prefix, workspace_id)
        pk, high = keys.workspace_pk(workspace_id), f"{prefix}~"
        if after:
            high = f"{prefix}{position(after, query=query)}"
        found, _ = self._table.query(
            pk, low=prefix, high=high, forward=False, strong=True, limit=limit + 2
        )
        rest = [item for item in found if item["sk"]["S"] != high]
        shown = tuple(read(item) for item in rest[:limit])
        if len(rest) <= limit:
            return Page(shown)
        last = rest[limit - 1]["sk"]["S"].removeprefix(prefix)
        return Page(shown, cursor(last, query=query))


def _pauses_of_all(before: Installation, after: Installation) -> Write:
    """The item comes into being with the first pause, or with the first fence."""
    first = before.version == 0
    return update(
        keys.INSTALLATION,
        sets={
            "v": attribute(SCHEMA),
            "version": attribute(before.version + 1),
            "pauses": attribute(plain(after.pauses)),
        },
        removes=["paused"],
        condition="attribute_not_exists(#version)" if first else "#version = :before",
        values={} if first else {":before": attribute(before.version)},
    )
