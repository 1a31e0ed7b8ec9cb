"""What Tidings plans, sends and remembers.

Plain frozen values. Every instant is UTC milliseconds (`Millis`); text for people is made at the
edge. Lifecycle changes are in `lifecycle.py`, content rules in `content.py`.
"""

from collections.abc import Mapping
from dataclasses import field
from enum import StrEnum
from typing import TypeAlias

from shared.core.values import dataclass

Millis: TypeAlias = int
"""Milliseconds since 1970-01-01T00:00:00Z, or a span of them."""

SECOND: Millis = 1_000
MINUTE: Millis = 60 * SECOND


class DeliveryState(StrEnum):
    """Where a delivery is. `lifecycle.py` holds the moves between them."""

    DRAFT = "draft"
    SCHEDULED = "scheduled"
    PREPARING = "preparing"
    CLAIMED = "claimed"
    SENDING = "sending"
    PUBLISHED = "published"
    RETRY = "retry"
    UNKNOWN = "unknown"
    FAILED = "failed"
    UNCONFIRMED = "unconfirmed"
    HELD = "held"
    CANCELLED = "cancelled"
    DELETED = "deleted"


class HeldReason(StrEnum):
    """Why publishing stopped on purpose."""

    PAUSED = "paused"
    MISSED_WINDOW = "missed_window"
    NEEDS_APPROVAL = "needs_approval"
    NEEDS_RECONNECT = "needs_reconnect"


class WakeKind(StrEnum):
    """Which function a timer wakes."""

    PUBLISH = "publish"
    PREPARE = "prepare"
    POLL = "poll"
    METRICS = "metrics"


SENDING_KINDS = (WakeKind.PUBLISH, WakeKind.PREPARE)
"""The timers of the publisher's tick; the others are fired by schedules of their own."""


class MissedWindow(StrEnum):
    """What to do with a post that is later than the workspace's `max_lateness`."""

    HOLD = "hold"
    SKIP = "skip"
    SEND = "send"


class ReconcileClass(StrEnum):
    """How an unknown outcome on a platform is cleared up (architecture: publishing, step 5)."""

    CLIENT_ID = "R"
    KEY = "K"
    LISTABLE = "L"
    TWO_PHASE = "P"
    NOTHING = "N"


@dataclass(frozen=True, slots=True)
class Media:
    """A checked file, frozen into the post that shows it. Sizes in bytes and pixels."""

    id: str
    mime: str
    size: int
    sha256: str
    key: str
    width: int | None = None
    height: int | None = None
    duration_ms: Millis | None = None
    alt: str = ""


@dataclass(frozen=True, slots=True)
class Part:
    """One message: a whole post, or one part of a thread."""

    text: str
    media: tuple[Media, ...] = ()


@dataclass(frozen=True, slots=True)
class Options:
    """How a post is shown. A platform that lacks an option says so in `check`."""

    visibility: str = "public"
    content_warning: str = ""
    sensitive: bool = False
    languages: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Target:
    """Something on a network that is answered, liked or hidden. `root_id` is the first of its
    thread. `extra` and `root_extra` are the adapter's own, never read elsewhere.
    """

    remote_id: str
    extra: str = ""
    root_id: str = ""
    root_extra: str = ""


@dataclass(frozen=True, slots=True)
class Draft:
    """What one account would send: the parts of a thread, or a single part. With `reply_to` its
    first part answers somebody.
    """

    parts: tuple[Part, ...]
    options: Options = Options()
    reply_to: Target | None = None


@dataclass(frozen=True, slots=True)
class Variant:
    """What differs for one platform or account; None means "as in the base"."""

    text: str | None = None
    media: tuple[Media, ...] | None = None
    parts: tuple[Part, ...] | None = None
    options: Options | None = None


@dataclass(frozen=True, slots=True)
class Content:
    """Everything a person wrote: the base and its variants, keyed by platform or account id."""

    text: str
    media: tuple[Media, ...] = ()
    parts: tuple[Part, ...] = ()
    options: Options = Options()
    variants: Mapping[str, Variant] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Plan:
    """When a post should leave: the wall time somebody meant, and the instant that follows
    from it.
    """

    at: Millis
    local: str | None = None
    timezone: str | None = None
    fold: int = 0
    nonexistent: str = "shift"


@dataclass(frozen=True, slots=True)
class Approval:
    """Who approved, when, and the hash of exactly what they saw."""

    by: str
    at: Millis
    content_hash: str


@dataclass(frozen=True, slots=True)
class ReplyTo:
    """The inbox item that a post of ours answers, and where that stands on the network. `closes`:
    with this answer the item is done with.
    """

    item_id: str
    conversation_id: str
    target: Target
    closes: bool = True


class MediaKind(StrEnum):
    IMAGE = "image"
    VIDEO = "video"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class SeenMedia:
    """A file that a network shows; it is not in our library."""

    kind: MediaKind
    url: str
    alt: str = ""


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """Marks a post that was not made here but found on the account's profile."""

    found_at: Millis
    media: tuple[SeenMedia, ...] = ()
    edited_at: Millis | None = None


@dataclass(frozen=True, slots=True)
class Post:
    """`reply_to`: it answers an inbox item. `elsewhere`: somebody published it without us."""

    id: str
    workspace_id: str
    content: Content
    account_ids: tuple[str, ...]
    created_at: Millis
    created_by: str
    updated_at: Millis
    plan: Plan | None = None
    tags: tuple[str, ...] = ()
    campaign: str | None = None
    requires_approval: bool = False
    approval: Approval | None = None
    missed_window: MissedWindow | None = None
    cancelled_at: Millis | None = None
    reply_to: ReplyTo | None = None
    elsewhere: Elsewhere | None = None
    version: int = 1


@dataclass(frozen=True, slots=True)
class Remote:
    """One live part on the platform. `extra` is the adapter's own (a cid, say), never read
    elsewhere.
    """

    id: str
    url: str | None = None
    extra: str = ""


@dataclass(frozen=True, slots=True)
class Failure:
    """What went wrong last, for people and for alarms."""

    code: str
    message: str
    at: Millis


@dataclass(frozen=True, slots=True)
class Transition:
    """One step of a delivery's history."""

    at: Millis
    state: DeliveryState
    why: str = ""
    by: str = ""


@dataclass(frozen=True, slots=True)
class Delivery:
    """A post going to one account: the unit of work.

    `live` holds the parts that are settled, in order: its length is the thread's checkpoint.
    `attempt_at` is the instant of the latest intent. `retry_at`: not to be taken up before it,
    whoever hands it out (`wake_at` moves on when it is handed out, this stays). `sent_at` and
    `accepted_at` bracket the first part's request; lateness is `sent_at - due_at`.
    """

    id: str
    workspace_id: str
    post_id: str
    account_id: str
    platform: str
    state: DeliveryState
    due_at: Millis
    created_at: Millis
    parts: int = 1
    wake_kind: WakeKind | None = None
    wake_at: Millis | None = None
    version: int = 1
    attempt: int = 0
    retry_at: Millis | None = None
    failures_in_row: int = 0
    owner: str | None = None
    lease_until: Millis | None = None
    prepared: bool = True
    live: tuple[Remote, ...] = ()
    content_hash: str | None = None
    attempt_at: Millis | None = None
    claimed_at: Millis | None = None
    sent_at: Millis | None = None
    accepted_at: Millis | None = None
    held_reason: HeldReason | None = None
    consent_late: bool = False
    error: Failure | None = None
    transitions: tuple[Transition, ...] = ()
    answers: str | None = None
    """The inbox item that it answers: opened again when the answer does not go out."""

    @property
    def ref(self) -> "DeliveryRef":
        return DeliveryRef(self.workspace_id, self.post_id, self.id)


@dataclass(frozen=True, slots=True)
class DeliveryRef:
    workspace_id: str
    post_id: str
    id: str


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


class AccountState(StrEnum):
    CONNECTED = "connected"
    NEEDS_RECONNECT = "needs_reconnect"
    DISCONNECTED = "disconnected"


@dataclass(frozen=True, slots=True)
class Pause:
    """A switch that stops publishing. `until` None means until somebody resumes."""

    at: Millis
    by: str
    reason: str = ""
    until: Millis | None = None


@dataclass(frozen=True, slots=True)
class Account:
    """One connected profile. `limits` is what its server said about itself when last asked."""

    id: str
    workspace_id: str
    platform: str
    server: str
    remote_id: str
    handle: str
    display_name: str
    created_at: Millis
    label: str = ""
    state: AccountState = AccountState.CONNECTED
    paused: Pause | None = None
    limits: Mapping[str, int] = field(default_factory=dict)
    verified_at: Millis | None = None
    error: Failure | None = None
    version: int = 1

    @property
    def profile(self) -> str:
        """The profile on its platform, whichever workspace or connection reaches it."""
        return f"{self.platform}|{self.server}|{self.remote_id}"


@dataclass(frozen=True, slots=True)
class Workspace:
    """One brand or client: the tenant boundary."""

    id: str
    name: str
    timezone: str
    created_at: Millis
    max_lateness: Millis = 60 * MINUTE
    missed_window: MissedWindow = MissedWindow.HOLD
    requires_approval: bool = False
    paused: Pause | None = None
    version: int = 1


@dataclass(frozen=True, slots=True)
class Installation:
    """What holds for everybody. `epoch` is the fence: see `functions/publish/fence.py`."""

    epoch: int = 0
    paused: Pause | None = None


@dataclass(frozen=True, slots=True)
class Lock:
    """Who is sending this content on this profile, and the remote ids earlier holders are known to
    own.
    """

    profile: str
    fingerprint: str
    holder: DeliveryRef
    attempt: int
    at: Millis
    owned: tuple[str, ...] = ()


class JobKind(StrEnum):
    """What the api asks the publisher to do with a credential it cannot read itself."""

    VERIFY = "verify"
    EDIT = "edit"
    TAKEDOWN = "takedown"
    DISCONNECT = "disconnect"
    LIKE = "like"
    UNLIKE = "unlike"
    HIDE = "hide"
    UNHIDE = "unhide"


class JobState(StrEnum):
    QUEUED = "queued"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Job:
    """A task for the publisher that may safely be repeated. `post_id` and `delivery_id`, or
    `item_id` of the inbox, where it concerns one.
    """

    id: str
    workspace_id: str
    kind: JobKind
    account_id: str
    created_at: Millis
    created_by: str
    post_id: str | None = None
    delivery_id: str | None = None
    item_id: str | None = None
    state: JobState = JobState.QUEUED
    wake_at: Millis | None = None
    lease_until: Millis | None = None
    attempt: int = 0
    error: Failure | None = None
    version: int = 1


@dataclass(frozen=True, slots=True)
class AuditEntry:
    """Who did what to a post (or, with `post_id` None, to the workspace) and when."""

    id: str
    workspace_id: str
    at: Millis
    by: str
    action: str
    post_id: str | None = None
    detail: Mapping[str, str] = field(default_factory=dict)


class MediaState(StrEnum):
    UPLOADING = "uploading"
    READY = "ready"
    REJECTED = "rejected"


@dataclass(frozen=True, slots=True)
class MediaFile:
    """A file in the library. `media` is set once its bytes have been checked."""

    id: str
    workspace_id: str
    name: str
    created_at: Millis
    created_by: str
    key: str
    declared_mime: str
    declared_size: int
    state: MediaState = MediaState.UPLOADING
    media: Media | None = None
    error: Failure | None = None
    version: int = 1
    alt: str = ""


@dataclass(frozen=True, slots=True)
class ApiKey:
    """A bearer token; only the hash of its secret is kept. `workspaces` None means all of them;
    `home` is the one that is meant when a request names none.
    """

    id: str
    secret_hash: str
    name: str
    created_at: Millis
    created_by: str
    workspaces: tuple[str, ...] | None = None
    expires_at: Millis | None = None
    revoked_at: Millis | None = None
    home: str | None = None
