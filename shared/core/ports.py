"""What the services need from the outside, as small protocols.

Production wires them to AWS (`shared/runtime/wiring.py`); tests wire fakes that pass the same
contract tests. A method that changes something either did it or raised; `StoreUnavailable` means
that nobody knows, and the protocol is built so that repeating is safe.
"""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Generic, Protocol, TypeVar

from shared.core.models import (
    Account,
    ApiKey,
    AuditEntry,
    Delivery,
    DeliveryRef,
    DeliveryState,
    DeliverySummary,
    Installation,
    Job,
    Lock,
    MediaFile,
    Millis,
    Post,
    PostSummary,
    WakeKind,
    Workspace,
)
from shared.core.values import dataclass

if TYPE_CHECKING:  # the publisher seldom meets an inbox item: it need not load what comes back
    from shared.core.engagement import InboxItem

T = TypeVar("T")


class Clock(Protocol):
    """Time, passed in so that tests own it."""

    def now(self) -> Millis: ...

    def sleep_until(self, at: Millis) -> None: ...


class Ids(Protocol):
    """Fresh identifiers: `new("pst")` gives `pst_` and 26 characters that sort by time."""

    def new(self, prefix: str) -> str: ...


class Random(Protocol):
    def uniform(self, low: float, high: float) -> float: ...


@dataclass(frozen=True, slots=True)
class Wake:
    """A timer that is due: a delivery (`post_id` set) or a job (`post_id` None).

    `wake_at` is what the index said; `due_at` is the instant for which a message should arrive.
    """

    kind: WakeKind
    workspace_id: str
    id: str
    post_id: str | None
    account_id: str
    state: str
    due_at: Millis
    wake_at: Millis

    @property
    def is_job(self) -> bool:
        return self.post_id is None


class Telemetry(Protocol):
    """Log lines with ids, never content, and numbers that alarms and dashboards watch."""

    def log(self, message: str, **fields: object) -> None: ...

    def count(self, metric: str, value: float = 1) -> None: ...


class Queue(Protocol):
    """SQS, one queue per kind. The message carries ids only: the store owns the truth."""

    def send(self, wakes: Sequence[Wake], *, now: Millis, lead: Millis) -> Sequence[Wake]:
        """Send one message each, arriving `lead` before its `due_at`; answers those that were
        accepted.
        """
        ...


@dataclass(frozen=True, slots=True)
class Loaded:
    """What a worker needs to send, read strongly in one call. `sealed` is the encrypted
    credential.
    """

    post: Post | None
    account: Account | None
    sealed: bytes | None
    handles: Mapping[str, object] | None


@dataclass(frozen=True, slots=True)
class Switches:
    """What can stop a send at the last moment, read strongly in one call after the intent."""

    installation: Installation
    workspace: Workspace | None
    account: Account | None


class PublishStore(Protocol):
    """The part of the store that the publisher works with."""

    def due(
        self, kind: WakeKind, *, before: Millis, limit: int, after: Wake | None = None
    ) -> Sequence[Wake]:
        """Wakes with `wake_at <= before` over all shards, oldest first, at most `limit`; with
        `after`, those behind it in that order.
        """
        ...

    def mark_dispatched(self, wake: Wake, *, wake_at: Millis) -> bool:
        """Move the timer of a waiting delivery to `wake_at` if it still is where the index said;
        else False.
        """
        ...

    def claim(self, ref: DeliveryRef, *, owner: str, now: Millis, lease: Millis) -> Delivery:
        """Blind claim from `lifecycle.WAITING` in one write; raises Conflict when it is not waiting
        for `publish`.
        """
        ...

    def claim_prepare(
        self, ref: DeliveryRef, *, owner: str, now: Millis, lease: Millis
    ) -> Delivery:
        """The same for the prepare stage, from `scheduled` with an open prepare timer."""
        ...

    def delivery(self, ref: DeliveryRef) -> Delivery:
        """Strong read; raises NotFound."""
        ...

    def advance(self, before: Delivery, after: Delivery) -> Delivery:
        """Replace `before` by `after` (its version counted up) if `before` is still current; else
        raises Conflict.
        """
        ...

    def load(self, delivery: Delivery) -> Loaded: ...

    def switches(self, delivery: Delivery) -> Switches: ...

    def save_handles(self, delivery: Delivery, handles: Mapping[str, object]) -> None:
        """Keep what the platform answered while preparing (upload ids, resolved mentions, card)."""
        ...

    def take_lock(self, lock: Lock, *, replacing: Lock | None) -> bool:
        """Conditional put: only where there is none, or where `replacing` still stands. False when
        somebody else won.
        """
        ...

    def read_lock(self, profile: str, fingerprint: str) -> Lock | None: ...

    def locks_of(self, profile: str) -> Sequence[Lock]:
        """Strong read of every lock on one profile."""
        ...

    def save_account(self, before: Account, after: Account) -> Account:
        """Compare-and-set on the version, like `advance`."""
        ...

    def sealed(self, account: Account) -> bytes | None:
        """The encrypted credential as it is now (strong read)."""
        ...

    def save_sealed(self, account: Account, *, before: bytes, after: bytes) -> bool:
        """Replace the encrypted credential if it is still `before`: rotation is single-winner."""
        ...

    def forget_sealed(self, account: Account) -> None:
        """Delete the account's credential; gone already is success."""
        ...

    def account_of(self, job: Job) -> Account:
        """Strong read of the account that a job concerns; raises NotFound."""
        ...

    def job(self, workspace_id: str, job_id: str) -> Job: ...

    def advance_job(self, before: Job, after: Job) -> Job: ...

    def inbox_item(self, workspace_id: str, item_id: str) -> "InboxItem":
        """Strong read of what a delivery answers or a job likes; raises NotFound."""
        ...

    def save_item(self, before: "InboxItem", after: "InboxItem") -> "InboxItem":
        """Compare-and-set on the version, like `advance`."""
        ...

    def fence_candidates(
        self, *, before: Millis, states: frozenset[DeliveryState]
    ) -> Sequence[DeliveryRef]:
        """Deliveries in `states` whose timer is before `before`, over all workspaces and kinds."""
        ...

    def set_epoch(self, epoch: int) -> None: ...


@dataclass(frozen=True, slots=True)
class PostRecord:
    """A post with everything that belongs to it, as one partition holds it."""

    post: Post
    deliveries: tuple[Delivery, ...]
    audit: tuple[AuditEntry, ...] = ()
    jobs: tuple[Job, ...] = ()


@dataclass(frozen=True, slots=True)
class CalendarEntry:
    """What the calendar index knows of a post: enough for a list, without the body."""

    post: PostSummary
    deliveries: tuple[DeliverySummary, ...]


@dataclass(frozen=True, slots=True)
class Page(Generic[T]):
    """One page of a list; `next` is the store's own position, None at the end."""

    items: tuple[T, ...]
    next: str | None = None


RESERVED: Millis = 60_000
"""Longer than any request runs."""


@dataclass(frozen=True, slots=True)
class Answered:
    """The kept answer to a request that carried an Idempotency-Key."""

    request_hash: str
    status: int | None
    body: str | None


class ApiStore(Protocol):
    """The part of the store that the api works with. Every key is built from the signed-in
    workspace.
    """

    def installation(self) -> Installation: ...

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
        audit: AuditEntry,
        jobs: Sequence[Job] = (),
    ) -> None:
        """All or nothing: the post and each (before, after) of its deliveries, each compare-and-
        set.

        (None, new) creates a delivery; (old, None) removes one; `jobs` are created with them. The
        store counts the versions up. Raises Conflict when anything moved.
        """
        ...

    def delete_post(self, record: PostRecord, audit: AuditEntry) -> None:
        """Remove a post and all its items if nothing of it moved since it was read; else raises
        Conflict.
        """
        ...

    def calendar(
        self, workspace_id: str, *, start: Millis, end: Millis, limit: int, after: str | None
    ) -> Page[CalendarEntry]:
        """Posts planned in [start, end), by due instant, deliveries included: one query a page."""
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


class Vault(Protocol):
    """Credentials at rest: AES-GCM under a KMS data key, bound to workspace and account."""

    def seal(
        self, workspace_id: str, account_id: str, credential: Mapping[str, object]
    ) -> bytes: ...

    def open(self, workspace_id: str, account_id: str, sealed: bytes) -> dict[str, object]: ...


class MediaBytes(Protocol):
    """The bytes of a file. Raises NotFound when it is not there."""

    def read(self, key: str, *, start: int = 0, length: int | None = None) -> bytes: ...

    def size(self, key: str) -> int: ...


class MediaBucket(MediaBytes, Protocol):
    """Where uploads land. The browser posts straight to it."""

    def presign_post(
        self, key: str, *, mime: str, max_size: int, expires_s: int
    ) -> Mapping[str, object]:
        """`{"url": …, "fields": {…}}`: a form whose policy binds key, type and size."""
        ...

    def presign_get(self, key: str, *, expires_s: int) -> str: ...

    def write(self, key: str, data: bytes, *, mime: str) -> None: ...

    def copy(self, source: str, target: str) -> None:
        """Within the bucket, without reading the bytes; raises NotFound when there is no
        `source`.
        """
        ...

    def delete(self, key: str) -> None: ...


@dataclass(frozen=True, slots=True)
class Downloaded:
    """What a URL answered. `mime` is what its server claims."""

    data: bytes
    mime: str


class Download(Protocol):
    """Fetch a URL that a stranger chose: public addresses only, bounded in size and time.

    Raises InvalidDraft when the URL cannot be used, Transient when its server does not answer.
    """

    def __call__(self, url: str, *, max_size: int) -> Downloaded: ...


class Secrets(Protocol):
    """Unguessable text: 40 hexadecimal digits, 160 random bits."""

    def new(self) -> str: ...
