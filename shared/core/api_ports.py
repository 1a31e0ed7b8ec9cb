"""What the api needs from the store.

As in `ports.py`: a method that changes something either did it or raised.
"""

from collections.abc import Mapping, Sequence
from typing import Protocol

from shared.core.engagement import Conversation, InboxItem, ItemKind, ItemState
from shared.core.feeds import GonePost
from shared.core.kept import KeptStore
from shared.core.models import Delivery, DeliveryRef, Lock, Millis, Post
from shared.core.ports import Answered, CalendarEntry, Page, PostRecord
from shared.core.rollup import AccountDay, Series
from shared.core.versions import Version, VersionStore
from shared.core.workspaces import (
    Account,
    ApiKey,
    AuditEntry,
    Installation,
    Job,
    MediaFile,
    Workspace,
)


class ApiStore(Protocol):
    """The part of the store that the api works with. Every key is built from the signed-in
    workspace.
    """

    def installation(self) -> Installation: ...

    def save_installation(
        self, before: Installation, after: Installation, audit: Sequence[AuditEntry]
    ) -> Installation:
        """Compare-and-set of its pauses, and an entry for each workspace that it is about."""
        ...

    def create_workspace(self, workspace: Workspace, audit: AuditEntry) -> None: ...

    def workspace(self, workspace_id: str) -> Workspace: ...

    def workspaces(self) -> Sequence[Workspace]: ...

    def save_workspace(
        self, before: Workspace, after: Workspace, audit: AuditEntry
    ) -> Workspace: ...

    def create_account(self, account: Account, sealed: bytes, audit: AuditEntry) -> None:
        """Raises Conflict (`already_connected`) when this workspace holds the same profile."""
        ...

    def account(self, workspace_id: str, account_id: str) -> Account: ...

    def accounts(self, workspace_id: str) -> Sequence[Account]: ...

    def change_account(
        self, before: Account, after: Account, audit: AuditEntry, *, sealed: bytes | None = None
    ) -> Account:
        """Compare-and-set; with `sealed`, its credential is replaced in the same write."""
        ...

    def create_media(self, file: MediaFile) -> None: ...

    def media_file(self, workspace_id: str, media_id: str) -> MediaFile: ...

    def media_files(
        self, workspace_id: str, *, limit: int, after: str | None
    ) -> Page[MediaFile]: ...

    def save_media(self, before: MediaFile, after: MediaFile) -> MediaFile: ...

    def delete_media(self, file: MediaFile) -> None:
        """Remove it from the library; raises Conflict when it changed since it was read."""
        ...

    def create_post(self, post: Post, deliveries: Sequence[Delivery], audit: AuditEntry) -> None:
        """All or nothing; raises Conflict (`exists`) when there is a post with this id."""
        ...

    def post(self, workspace_id: str, post_id: str) -> PostRecord:
        """Strong read of the whole partition; raises NotFound."""
        ...

    def change_post(
        self,
        before: Post,
        after: Post,
        *,
        moves: Sequence[tuple[Delivery | None, Delivery | None]],
        audit: AuditEntry | None,
        jobs: Sequence[Job] = (),
        version: Version | None = None,
    ) -> None:
        """All or nothing: the post and each (before, after) of its deliveries, each compare-and-
        set.

        (None, new) creates a delivery; (old, None) removes one; `jobs` are created with them, and
        `version`, what the post said until now; the one that is too old by then goes. `audit` None:
        the trail has told of it. The store counts the versions up. Raises Conflict when anything
        moved.
        """
        ...

    def delete_post(self, record: PostRecord, audit: AuditEntry) -> None:
        """Remove a post and all its items if nothing of it moved since it was read; else raises
        Conflict.
        """
        ...

    def posts(self, workspace_id: str, post_ids: Sequence[str]) -> Mapping[str, Post]:
        """Strong reads, one call per 100; what does not exist is left out."""
        ...

    def gone_posts(self, workspace_id: str, *, since: Millis, limit: int) -> Sequence[GonePost]:
        """Posts that were deleted while they stood in the calendar, latest first."""
        ...

    def calendar(
        self,
        workspace_id: str,
        *,
        start: Millis,
        end: Millis,
        limit: int,
        after: str | None,
        latest: bool = False,
    ) -> Page[CalendarEntry]:
        """Posts planned in [start, end), by due instant, deliveries included: one query a page.
        `latest`: from the end backwards.
        """
        ...

    def drafts(self, workspace_id: str, *, limit: int, after: str | None) -> Page[CalendarEntry]:
        """Posts without a date, latest change first."""
        ...

    def create_job(self, job: Job) -> None: ...

    def job(self, workspace_id: str, job_id: str) -> Job: ...

    def locks_of(self, profile: str) -> Sequence[Lock]: ...

    def delivery(self, ref: DeliveryRef) -> Delivery: ...

    def create_key(self, key: ApiKey) -> None: ...

    def key(self, key_id: str) -> ApiKey: ...

    def keys(self) -> Sequence[ApiKey]: ...

    def revoke_key(self, key_id: str, *, now: Millis) -> ApiKey: ...

    def create_sign_in(self, code_hash: str, *, email: str, expires_at: Millis) -> None: ...

    def redeem_sign_in(self, code_hash: str, *, now: Millis) -> str:
        """The e-mail it was made for; works once, then raises NotFound."""
        ...

    def begin_request(
        self, scope: str, key: str, request_hash: str, *, now: Millis
    ) -> Answered | None:
        """None: go ahead, the key is reserved. Otherwise what is known of the earlier request.

        Answers are kept for 24 hours. The same request may take over a reservation without an
        answer after `RESERVED`: whoever made it has ended.
        """
        ...

    def finish_request(self, scope: str, key: str, answered: Answered) -> None: ...

    def forget_request(self, scope: str, key: str) -> None:
        """Release a reserved key: the request changed nothing."""
        ...

    def workspace_audit(
        self, workspace_id: str, *, limit: int, after: str | None
    ) -> Page[AuditEntry]: ...


class InboxStore(Protocol):
    """What the api needs of inbox and numbers, beside `ApiStore`."""

    def inbox(
        self,
        workspace_id: str,
        *,
        account_id: str | None = None,
        kind: ItemKind | None = None,
        state: ItemState | None = None,
        answered: bool | None = None,
        limit: int,
        after: str | None,
    ) -> Page[InboxItem]:
        """Listed items, newest first. A page may be short of `limit`, even empty, and still have a
        `next`: the filter looked at a bounded number of items.
        """
        ...

    def inbox_item(self, workspace_id: str, item_id: str) -> InboxItem:
        """Strong read; raises NotFound."""
        ...

    def conversation(self, workspace_id: str, conversation_id: str) -> Conversation: ...

    def deliveries(self, refs: Sequence[DeliveryRef]) -> Mapping[DeliveryRef, Delivery]:
        """Those of the answers that a list shows, in batches; what does not exist is left out."""
        ...

    def save_item(self, before: InboxItem, after: InboxItem) -> InboxItem: ...

    def create_reply(
        self,
        post: Post,
        deliveries: Sequence[Delivery],
        audit: AuditEntry,
        *,
        before: InboxItem,
        after: InboxItem,
    ) -> None:
        """The post with its deliveries, its place in the conversation and the item's new state, all
        or nothing. A reply stands in no calendar. Raises Conflict: `exists` when there is a post
        with this id, whatever the item's version; else `stale` when the item changed.
        """
        ...

    def listen(self, account: Account, *, now: Millis) -> None:
        """Begin, or go on, to listen to a connected account and to count it: timers for now."""
        ...

    def series_between(
        self, workspace_id: str, account_id: str, *, start: Millis, end: Millis
    ) -> Sequence[Series]: ...

    def series(self, account: Account, keys: Sequence[tuple[Millis, str]]) -> Sequence[Series]: ...

    def account_days(
        self, workspace_id: str, account_id: str, *, first: str, last: str
    ) -> Sequence[AccountDay]:
        """UTC days from `first` to `last`, both included; a day without numbers is left out."""
        ...


class ApiStores(ApiStore, InboxStore, KeptStore, VersionStore, Protocol):
    """All that the api works with."""
