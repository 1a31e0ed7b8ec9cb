"""What the services need from the outside, as small protocols, and the values that pass between.

The stores have modules of their own, by who needs them: `publish_ports.py`, `api_ports.py` and
`engagement_ports.py`.

Production wires them to AWS (`shared/runtime/wiring.py`); tests wire fakes that pass the same
contract tests. A method that changes something either did it or raised; `StoreUnavailable` means
that nobody knows, and the protocol is built so that repeating is safe.
"""

from collections.abc import Mapping, Sequence
from typing import Generic, Protocol, TypeVar

from shared.core.models import Delivery, DeliveryState, HeldReason, Millis, Post, WakeKind
from shared.core.rate import Breaker, Budget
from shared.core.values import dataclass
from shared.core.workspaces import Account, AuditEntry, Installation, Job, Workspace

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
    `alone`: when it was handed out, nothing else of its account was due within the horizon.
    """

    kind: WakeKind
    workspace_id: str
    id: str
    post_id: str | None
    account_id: str
    state: str
    due_at: Millis
    wake_at: Millis
    alone: bool = False

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
    """What can stop or delay a send at the last moment, read strongly in one call after the
    intent.
    """

    installation: Installation
    workspace: Workspace | None
    account: Account | None
    budget: Budget = Budget()
    breaker: Breaker = Breaker()


@dataclass(frozen=True, slots=True)
class PostRecord:
    """A post with everything that belongs to it, as one partition holds it."""

    post: Post
    deliveries: tuple[Delivery, ...]
    audit: tuple[AuditEntry, ...] = ()
    jobs: tuple[Job, ...] = ()


@dataclass(frozen=True, slots=True)
class PostSummary:
    """A post as the calendar shows it. `due_at` None: a draft without a date."""

    id: str
    workspace_id: str
    excerpt: str
    media_count: int
    part_count: int
    account_ids: tuple[str, ...]
    tags: tuple[str, ...]
    campaign: str | None
    due_at: Millis | None
    requires_approval: bool
    approved: bool
    cancelled: bool
    updated_at: Millis
    created_by: str
    version: int
    elsewhere: bool = False


@dataclass(frozen=True, slots=True)
class DeliverySummary:
    """A delivery as the calendar shows it."""

    id: str
    post_id: str
    account_id: str
    platform: str
    state: DeliveryState
    due_at: Millis
    sent_at: Millis | None = None
    url: str | None = None
    held_reason: HeldReason | None = None
    error_code: str | None = None


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


class Vault(Protocol):
    """Credentials at rest, bound to workspace and account. The api can seal and not open."""

    def seal(
        self, workspace_id: str, account_id: str, credential: Mapping[str, object]
    ) -> bytes: ...

    def open(self, workspace_id: str, account_id: str, sealed: bytes) -> dict[str, object]: ...

    def is_outdated(self, sealed: bytes) -> bool:
        """True when it should be sealed anew: with a former key, or in a former way."""
        ...


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


@dataclass(frozen=True, slots=True)
class PageCard:
    """How a link is shown as its page says it. `picture` is a small copy for showing it here,
    `picture_url` where it was found. `why`: a sentence where something is missing.
    """

    title: str = ""
    description: str = ""
    picture: Downloaded | None = None
    picture_url: str = ""
    why: str = ""


class ReadPage(Protocol):
    """Read what a link's page says of itself, bounded as `Download` is. Raises InvalidDraft for an
    address that may not be read.
    """

    def __call__(self, url: str) -> PageCard: ...


class Secrets(Protocol):
    """Unguessable text: 40 hexadecimal digits, 160 random bits."""

    def new(self) -> str: ...
