"""What Tidings plans, sends and remembers.

Plain frozen values. Every instant is UTC milliseconds (`Millis`); text for people is made at the
edge. Lifecycle changes are in `lifecycle.py`, content rules in `content.py`; accounts, files, jobs
and the rest of what a workspace has are in `workspaces.py`.
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
class LinkCard:
    """The preview of a link, as somebody wrote it in place of what the page says of itself. Without
    a `title` it shows the name of the site; without `url` there is no card.
    """

    url: str
    title: str = ""
    description: str = ""
    media: Media | None = None


@dataclass(frozen=True, slots=True)
class Part:
    """One message: a whole post, or one part of a thread. Its `card` comes with the draft."""

    text: str
    media: tuple[Media, ...] = ()
    card: LinkCard | None = None


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
    first_comment: str | None = None
    card: LinkCard | None = None


@dataclass(frozen=True, slots=True)
class LinkParameter:
    """What is added to a link's query, such as `utm_source`. `value` may hold variables:
    `{platform}`, say.
    """

    name: str
    value: str


@dataclass(frozen=True, slots=True)
class FrozenLinks:
    """What is added to the links of one post, fixed when it was written: see `links.py`.

    In `parameters` only `{platform}` and `{account}` are still variables. `accounts` holds what the
    latter stood for then, by account id: a handle may change.
    """

    domains: tuple[str, ...]
    parameters: tuple[LinkParameter, ...]
    accounts: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Content:
    """Everything a person wrote: the base and its variants, keyed by platform or account id; and
    what is added to their links on the way out.
    """

    text: str
    media: tuple[Media, ...] = ()
    parts: tuple[Part, ...] = ()
    options: Options = Options()
    variants: Mapping[str, Variant] = field(default_factory=dict)
    links: FrozenLinks | None = None
    first_comment: str = ""
    card: LinkCard | None = None


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
class Allowance:
    """A rule of the brand's voice that somebody let pass for one post, and why. It holds for the
    rule as it was (`rule_hash`) and for what was written then (`content_hash`): see `allowing.py`.
    """

    rule: str
    rule_hash: str
    reason: str
    by: str
    at: Millis
    content_hash: str = ""


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
class Edited:
    """Who wrote what a post says now, and when. `typing`: it was saved as they typed, and so were
    its predecessors back to `since`.
    """

    by: str
    at: Millis
    since: Millis
    typing: bool = False


@dataclass(frozen=True, slots=True)
class Post:
    """`reply_to`: it answers an inbox item. `elsewhere`: somebody published it without us. `edited`
    None: it says what it was made with. `versions`: how many there were, kept or not.
    """

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
    allowances: tuple[Allowance, ...] = ()
    missed_window: MissedWindow | None = None
    cancelled_at: Millis | None = None
    reply_to: ReplyTo | None = None
    elsewhere: Elsewhere | None = None
    edited: Edited | None = None
    versions: int = 0
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
