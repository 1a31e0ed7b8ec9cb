"""Versions of posts, working copies, and who has a post open: beside the post, so that reading it
does not read them.
"""

import hashlib
from collections.abc import Sequence

from shared.core.models import Millis, Post
from shared.core.ports import Page
from shared.core.versions import (
    COPY_LIFE,
    HERE,
    MOST,
    MOST_HERE,
    Presence,
    Version,
    WorkingCopy,
    version_id,
)
from shared.store import keys
from shared.store.attributes import Item, build
from shared.store.base import SharedStore
from shared.store.cursors import cursor, position
from shared.store.dynamo import Write, delete, put
from shared.store.keys import Key
from shared.store.records import data_of, home, record, stored_key, tail, without

_KEY = ("workspace_id", "post_id")


class DynamoVersions(SharedStore):
    """Implements `VersionStore`."""

    def versions(
        self, workspace_id: str, post_id: str, *, limit: int, after: str | None
    ) -> Page[Version]:
        """One query, and one more item to see if it ends."""
        query = ("versions", workspace_id, post_id)
        high = f"V#{position(after, query=query)}" if after else "V#~"
        found, _ = self._table.query(
            keys.written_pk(workspace_id, post_id),
            low="V#",
            high=high,
            forward=False,
            strong=True,
            limit=limit + 2,
        )
        rest = [item for item in found if item["sk"]["S"] != high]
        shown = tuple(_version_from(item) for item in rest[:limit])
        more = cursor(shown[-1].id, query=query) if len(rest) > limit else None
        return Page(shown, more)

    def version(self, workspace_id: str, post_id: str, version_id: str) -> Version:
        key = keys.version_key(workspace_id, post_id, version_id)
        return _version_from(self._present(key, "version"))

    def save_copy(self, copy: WorkingCopy) -> None:
        key = _copy_key(copy.workspace_id, copy.post_id, copy.by)
        expires = (copy.at + COPY_LIFE) // 1_000
        self._table.write(put(record(key, without(copy, *_KEY), expires=expires)))

    def copy(self, workspace_id: str, post_id: str, *, by: str, now: Millis) -> WorkingCopy | None:
        """What has expired may lie there for days more."""
        item = self._table.read(_copy_key(workspace_id, post_id, by))
        if item is None:
            return None
        found = build(WorkingCopy, data_of(item) | _home(item))
        return found if found.at > now - COPY_LIFE else None

    def drop_copy(self, workspace_id: str, post_id: str, *, by: str) -> None:
        self._table.discard([_copy_key(workspace_id, post_id, by)])

    def enter(self, presence: Presence) -> None:
        expires = (presence.at + HERE) // 1_000
        data = without(presence, *_KEY)
        self._table.write(put(record(_presence_key(presence), data, expires=expires)))

    def present(self, workspace_id: str, post_id: str, *, now: Millis) -> Sequence[Presence]:
        pk = keys.written_pk(workspace_id, post_id)
        found, _ = self._table.query(pk, low="S#", high="S#~", strong=True, limit=MOST_HERE)
        all_of_them = [build(Presence, data_of(item) | _home(item)) for item in found]
        return [each for each in all_of_them if each.at > now - HERE]

    def leave(self, presence: Presence) -> None:
        self._table.discard([_presence_key(presence)])

    def _discard_written(self, post: Post) -> None:
        found = self._table.query_all(keys.written_pk(post.workspace_id, post.id), strong=True)
        self._table.discard([stored_key(item) for item in found])


def version_writes(kept: Version, *, of: int) -> list[Write]:
    """The latest `of` so many, and the one that is too old now."""
    home = kept.workspace_id, kept.post_id
    writes = [put(record(keys.version_key(*home, kept.id), without(kept, "id", *_KEY)))]
    if of > MOST:
        writes.append(delete(keys.version_key(*home, version_id(of - MOST))))
    return writes


def _version_from(item: Item) -> Version:
    return build(Version, data_of(item) | _home(item) | {"id": tail(item)})


def _home(item: Item) -> dict[str, str]:
    return dict(zip(_KEY, home(item), strict=True))


def _copy_key(workspace_id: str, post_id: str, by: str) -> Key:
    """An e-mail is nothing for a key."""
    return keys.copy_key(workspace_id, post_id, _digest(by))


def _presence_key(presence: Presence) -> Key:
    who = _digest(f"{presence.by}|{presence.window}")
    return keys.presence_key(presence.workspace_id, presence.post_id, who)


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:40]
