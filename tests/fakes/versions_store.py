"""Versions of posts, working copies and who has a post open, in memory."""

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
from shared.store.cursors import cursor, position
from tests.fakes.memory import Memory, present


class MemoryVersions(Memory):
    """Implements `shared.core.versions.VersionStore`."""

    def versions(
        self, workspace_id: str, post_id: str, *, limit: int, after: str | None
    ) -> Page[Version]:
        with self._alone():
            query = ("versions", workspace_id, post_id)
            start = position(after, query=query) if after else None
            found = [
                version
                for key, version in sorted(self.version_items.items(), reverse=True)
                if key[:2] == (workspace_id, post_id) and (start is None or version.id < start)
            ]
            more = cursor(found[limit - 1].id, query=query) if len(found) > limit else None
            return Page(tuple(found[:limit]), more)

    def version(self, workspace_id: str, post_id: str, version_id: str) -> Version:
        with self._alone():
            return present(self.version_items, (workspace_id, post_id, version_id), "version")

    def save_copy(self, copy: WorkingCopy) -> None:
        with self._alone():
            self.copy_items[copy.workspace_id, copy.post_id, copy.by] = copy

    def copy(self, workspace_id: str, post_id: str, *, by: str, now: Millis) -> WorkingCopy | None:
        with self._alone():
            found = self.copy_items.get((workspace_id, post_id, by))
            return found if found and found.at > now - COPY_LIFE else None

    def drop_copy(self, workspace_id: str, post_id: str, *, by: str) -> None:
        with self._alone():
            self.copy_items.pop((workspace_id, post_id, by), None)

    def enter(self, presence: Presence) -> None:
        with self._alone():
            self.presences[_whose(presence)] = presence

    def present(self, workspace_id: str, post_id: str, *, now: Millis) -> Sequence[Presence]:
        with self._alone():
            here = [
                each
                for key, each in self.presences.items()
                if key[:2] == (workspace_id, post_id) and each.at > now - HERE
            ]
            return here[:MOST_HERE]

    def leave(self, presence: Presence) -> None:
        with self._alone():
            self.presences.pop(_whose(presence), None)

    def _keep_version(self, kept: Version, *, of: int) -> None:
        home = kept.workspace_id, kept.post_id
        self.version_items[*home, kept.id] = kept
        self.version_items.pop((*home, version_id(of - MOST)), None)

    def _discard_written(self, post: Post) -> None:
        home = post.workspace_id, post.id
        for items in (self.version_items, self.copy_items, self.presences):
            for key in [key for key in items if key[:2] == home]:
                del items[key]


def _whose(presence: Presence) -> tuple[str, str, str]:
    return presence.workspace_id, presence.post_id, f"{presence.by}|{presence.window}"
