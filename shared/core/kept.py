"""Small things that a workspace keeps beside its posts, each whole in one item.

A new kind is a frozen dataclass with these three members and a line in `shared/store/kept.py`.
"""

from collections.abc import Sequence
from typing import Protocol, TypeVar

from shared.core.workspaces import AuditEntry


class Kept(Protocol):
    """`version` is counted up by the store."""

    @property
    def id(self) -> str: ...

    @property
    def workspace_id(self) -> str: ...

    @property
    def version(self) -> int: ...


K = TypeVar("K", bound=Kept)


class KeptStore(Protocol):
    """Every change is written together with its audit entry, or not at all."""

    def keep(self, thing: Kept, audit: AuditEntry) -> None:
        """Raises Conflict (`exists`) when there is one with this id."""
        ...

    def kept(self, kind: type[K], workspace_id: str, thing_id: str) -> K:
        """Strong read; raises NotFound."""
        ...

    def all_kept(self, kind: type[K], workspace_id: str) -> Sequence[K]:
        """All of a kind, oldest first. There are hundreds at most: who adds one counts them."""
        ...

    def change_kept(self, before: K, after: K, audit: AuditEntry) -> K:
        """Compare-and-set; raises Conflict (`stale`)."""
        ...

    def drop_kept(self, thing: Kept, audit: AuditEntry) -> None:
        """Raises Conflict when it changed since it was read."""
        ...

    def move_kept(
        self, moves: Sequence[tuple[Kept | None, Kept | None]], audits: Sequence[AuditEntry]
    ) -> None:
        """Several at once, all or nothing: (None, new) keeps, (old, new) changes, (old, None)
        drops. (old, old) only makes sure that nobody changed it meanwhile. Raises Conflict.
        """
        ...
