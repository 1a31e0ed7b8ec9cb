"""What a workspace keeps beside its posts: one item each, read and written whole."""

from collections.abc import Sequence
from dataclasses import replace
from typing import TypeVar

from shared.core.campaigns import Campaign
from shared.core.feeds import CalendarFeed
from shared.core.kept import Kept
from shared.core.keydates import KeyDate
from shared.core.people import Invitation, Person
from shared.core.snippets import HashtagGroup, PostTemplate, Snippet
from shared.core.targets import CalendarRules
from shared.core.voice import Voice
from shared.core.workspaces import AuditEntry
from shared.store import items, keys
from shared.store.attributes import Item, build
from shared.store.base import SharedStore
from shared.store.dynamo import Write, create, put, remove, swap
from shared.store.keys import Key
from shared.store.records import data_of, home, record, tail, without

K = TypeVar("K", bound=Kept)
PREFIXES: dict[type, str] = {
    CalendarFeed: "CALENDARFEED",
    CalendarRules: "CALENDARRULES",
    Campaign: "CAMPAIGN",
    KeyDate: "KEYDATE",
    Person: "PERSON",
    Invitation: "INVITATION",
    HashtagGroup: "HASHTAGS",
    PostTemplate: "TEMPLATE",
    Snippet: "SNIPPET",
    Voice: "VOICE",
}
"""Of the sort key: `CAMPAIGN#<id>`."""


class DynamoKept(SharedStore):
    """Implements `KeptStore`."""

    def keep(self, thing: Kept, audit: AuditEntry) -> None:
        self._table.transact([create(_item(thing)), put(items.audit_item(audit))])

    def kept(self, kind: type[K], workspace_id: str, thing_id: str) -> K:
        return _from(kind, self._present(_key(kind, workspace_id, thing_id), kind.__name__.lower()))

    def all_kept(self, kind: type[K], workspace_id: str) -> Sequence[K]:
        prefix = PREFIXES[kind]
        found = self._table.query_all(
            keys.workspace_pk(workspace_id), low=f"{prefix}#", high=f"{prefix}#~", strong=True
        )
        return [_from(kind, item) for item in found]

    def change_kept(self, before: K, after: K, audit: AuditEntry) -> K:
        write = swap(_item(before), _item(after), version=before.version)
        self._table.transact([write, put(items.audit_item(audit))])
        return _with_version(after, before.version + 1)

    def drop_kept(self, thing: Kept, audit: AuditEntry) -> None:
        key = _item_key(thing)
        self._table.transact([remove(key, version=thing.version), put(items.audit_item(audit))])

    def move_kept(
        self, moves: Sequence[tuple[Kept | None, Kept | None]], audits: Sequence[AuditEntry]
    ) -> None:
        writes = [_moved(before, after) for before, after in moves]
        self._table.transact([*writes, *(put(items.audit_item(audit)) for audit in audits)])


def _moved(before: Kept | None, after: Kept | None) -> Write:
    if before is None:
        if after is None:
            raise ValueError("from nothing to nothing")
        return create(_item(after))
    if after is None:
        return remove(_item_key(before), version=before.version)
    return swap(_item(before), _item(after), version=before.version)


def _key(kind: type, workspace_id: str, thing_id: str) -> Key:
    return keys.kept_key(workspace_id, PREFIXES[kind], thing_id)


def _item_key(thing: Kept) -> Key:
    return _key(type(thing), thing.workspace_id, thing.id)


def _item(thing: Kept) -> Item:
    return record(_item_key(thing), without(thing, "id", "workspace_id"))


def _from(kind: type[K], item: Item) -> K:
    workspace_id, _ = home(item)
    return build(kind, data_of(item) | {"id": tail(item), "workspace_id": workspace_id})


def _with_version(thing: K, version: int) -> K:
    return replace(thing, version=version)  # type: ignore[type-var]  # kinds are dataclasses
