"""What a post said before, what somebody has not saved yet, and who has it open. Pure.

A version is what an edit took the place of. While one person types, the saves between are folded
into one; what somebody else wrote is always kept.
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import Protocol

from shared.core.models import MINUTE, SECOND, Content, Edited, Millis, MissedWindow, Post
from shared.core.ports import Page
from shared.core.values import dataclass

MOST = 100
"""Versions of one post; with the next one the oldest goes."""
FOLDED: Millis = 10 * MINUTE
"""For how long one person's saves while typing count as one."""
HERE: Millis = 60 * SECOND
"""Without a word for so long, somebody has closed the post: two heartbeats may be lost."""
MOST_HERE = 100
COPY_LIFE: Millis = 30 * 24 * 60 * MINUTE


@dataclass(frozen=True, slots=True)
class Version:
    """What a post said until an edit, and who had written it when. `aside`: it was never what the
    post said, but somebody's words that gave way to another's.
    """

    id: str
    workspace_id: str
    post_id: str
    by: str
    at: Millis
    content: Content
    account_ids: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    campaign: str | None = None
    missed_window: MissedWindow | None = None
    aside: bool = False


@dataclass(frozen=True, slots=True)
class WorkingCopy:
    """One person's unfinished changes to a post. `based_on`: how many versions it had when they
    began. `local`: the wall time to which they mean to move it.
    """

    workspace_id: str
    post_id: str
    by: str
    at: Millis
    based_on: int
    content: Content
    account_ids: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    campaign: str | None = None
    missed_window: MissedWindow | None = None
    local: str | None = None


@dataclass(frozen=True, slots=True)
class Presence:
    """Somebody who has a post open to edit it, in one window."""

    workspace_id: str
    post_id: str
    window: str
    by: str
    name: str
    at: Millis


@dataclass(frozen=True, slots=True)
class Saved:
    """What an edit writes: the post, what it took the place of (None: nothing worth a version),
    and whether the trail has told of it already.
    """

    post: Post
    version: Version | None
    told: bool


class VersionStore(Protocol):
    """Versions are written by `ApiStore.change_post`, together with the edit."""

    def versions(
        self, workspace_id: str, post_id: str, *, limit: int, after: str | None
    ) -> Page[Version]:
        """Latest first."""
        ...

    def version(self, workspace_id: str, post_id: str, version_id: str) -> Version:
        """Strong read; raises NotFound."""
        ...

    def save_copy(self, copy: WorkingCopy) -> None:
        """In place of the one that this person had."""
        ...

    def copy(
        self, workspace_id: str, post_id: str, *, by: str, now: Millis
    ) -> WorkingCopy | None: ...

    def drop_copy(self, workspace_id: str, post_id: str, *, by: str) -> None: ...

    def enter(self, presence: Presence) -> None: ...

    def present(self, workspace_id: str, post_id: str, *, now: Millis) -> Sequence[Presence]:
        """Whoever gave word within `HERE`, `MOST_HERE` at most."""
        ...

    def leave(self, presence: Presence) -> None: ...


def version_id(number: int) -> str:
    """They sort as they were made."""
    return f"ver_{number:08d}"


def edited(before: Post, after: Post, *, by: str, now: Millis, typing: bool) -> Saved:
    """The edit of a post with all that it writes. `typing`: a save between, as somebody types."""
    last = before.edited or Edited(before.created_by, before.created_at, before.created_at)
    if _words(before) == _words(after):
        if last.typing and not typing:  # saved on purpose now
            after = replace(after, edited=replace(last, typing=False))
        return Saved(after, None, told=False)
    folds = last.typing and last.by == by and now - last.since < FOLDED
    since = last.since if folds and typing else now
    after = replace(after, edited=Edited(by, now, since, typing))
    if folds:
        return Saved(after, None, told=typing)
    number = before.versions + 1
    return Saved(replace(after, versions=number), _version(before, number, last), told=False)


def put_aside(post: Post, words: Post, *, by: str, now: Millis) -> tuple[Post, Version]:
    """The post as it is, and beside its versions what somebody would have it say."""
    number = post.versions + 1
    kept = _version(words, number, Edited(by, now, now))
    return replace(post, versions=number), replace(kept, aside=True)


def saying_again(post: Post, version: Version) -> Post:
    """Its links go out as they did: that is for the rules to say anew."""
    return replace(
        post,
        content=replace(version.content, links=post.content.links),
        account_ids=version.account_ids,
        tags=version.tags,
        campaign=version.campaign,
        missed_window=version.missed_window,
    )


def _version(post: Post, number: int, written: Edited) -> Version:
    return Version(
        id=version_id(number),
        workspace_id=post.workspace_id,
        post_id=post.id,
        by=written.by,
        at=written.at,
        content=post.content,
        account_ids=post.account_ids,
        tags=post.tags,
        campaign=post.campaign,
        missed_window=post.missed_window,
    )


def _words(post: Post) -> tuple[object, ...]:
    """All that a version holds, but how its links go out: that follows from the rules."""
    content = replace(post.content, links=None)
    return content, post.account_ids, post.tags, post.campaign, post.missed_window
