"""What a workspace keeps beside its posts, in memory."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, TypeVar

from shared.core.errors import Conflict
from shared.core.kept import Kept
from shared.core.workspaces import AuditEntry
from tests.fakes.memory import Memory, exists, present

K = TypeVar("K", bound=Kept)


class MemoryKept(Memory):
    """Implements `shared.core.kept.KeptStore`."""

    def keep(self, thing: Kept, audit: AuditEntry) -> None:
        with self._alone():
            if _key(thing) in self.kept_items:
                raise exists()
            self.kept_items[_key(thing)] = thing
            self.audit.append(audit)

    def kept(self, kind: type[K], workspace_id: str, thing_id: str) -> K:
        with self._alone():
            found: Any = present(
                self.kept_items, (kind, workspace_id, thing_id), kind.__name__.lower()
            )
            return found  # type: ignore[no-any-return]  # its key says its kind

    def all_kept(self, kind: type[K], workspace_id: str) -> Sequence[K]:
        with self._alone():
            home: Any = (kind, workspace_id)
            keys = sorted(key for key in self.kept_items if key[:2] == home)
            return [self.kept(kind, workspace_id, key[2]) for key in keys]

    def change_kept(self, before: K, after: K, audit: AuditEntry) -> K:
        with self._alone():
            self._check_kept(before)
            version = before.version + 1
            stored: K = replace(after, version=version)  # type: ignore[type-var]  # a dataclass
            self.kept_items[_key(before)] = stored
            self.audit.append(audit)
            return stored

    def drop_kept(self, thing: Kept, audit: AuditEntry) -> None:
        with self._alone():
            self._check_kept(thing)
            del self.kept_items[_key(thing)]
            self.audit.append(audit)

    def move_kept(
        self, moves: Sequence[tuple[Kept | None, Kept | None]], audits: Sequence[AuditEntry]
    ) -> None:
        with self._alone():
            for before, after in moves:
                if before is not None:
                    self._check_kept(before)
                elif after is not None and _key(after) in self.kept_items:
                    raise exists()
            for before, after in moves:
                if before is None and after is not None:
                    self.kept_items[_key(after)] = after
                elif before is not None and after is None:
                    del self.kept_items[_key(before)]
                elif before is not None:
                    changed: Any = after
                    self.kept_items[_key(before)] = replace(changed, version=before.version + 1)
            self.audit += audits

    def _check_kept(self, before: Kept) -> None:
        current = self.kept_items.get(_key(before))
        if current is None or current.version != before.version:
            raise Conflict("somebody else changed it first; read it again", code="stale")


def _key(thing: Kept) -> tuple[type, str, str]:
    return type(thing), thing.workspace_id, thing.id
