"""Answers about posts and their deliveries."""

from typing import Annotated, Literal

from pydantic import Field

from functions.api.schemas.accounts import Job
from functions.api.schemas.base import Id, Millis, Output, Time
from functions.api.schemas.previews import PreviewPart
from functions.api.schemas.problems import Error, Finding
from shared.core.models import DeliveryState, HeldReason, MediaKind, MissedWindow
from shared.core.posts import PostStatus


class MediaRef(Output):
    """A file as the post has it."""

    id: Id
    mime: str
    width: int | None
    height: int | None
    alt: str


class SeenMedia(Output):
    """A file as a network shows it; it is not in your library."""

    kind: MediaKind
    url: str
    alt: str


class Elsewhere(Output):
    """Where a post was not made here but found on the account's profile."""

    found_at: Time
    edited_at: Time | None
    media: list[SeenMedia]


Origin = Annotated[
    Literal["tidings", "elsewhere"],
    Field(
        description="`elsewhere`: published without Tidings, and found on the account's profile."
    ),
]


class Options(Output):
    visibility: str
    content_warning: str
    sensitive: bool
    languages: list[str]


class Part(Output):
    text: str
    media: list[MediaRef]


class LinkCard(Output):
    """How a link is shown, in place of what its page says of itself."""

    url: str
    title: str
    description: str
    media_id: Id | None


class Variant(Output):
    text: str | None
    media: list[MediaRef] | None
    parts: list[Part] | None
    options: Options | None
    first_comment: str | None
    card: LinkCard | None


class Plan(Output):
    at: Time
    local: str | None
    timezone: str | None
    fold: int
    nonexistent: Literal["shift", "refuse"]


class LinkParameter(Output):
    name: str
    value: str = Field(description="`{platform}` and `{account}` stand for where it goes.")


class Links(Output):
    """What is added to links to these domains as the post goes out, fixed when it was written."""

    domains: list[str]
    parameters: list[LinkParameter]


class Approval(Output):
    by: str
    at: Time
    valid: bool = Field(description="False when the post was changed since.")


class Allowance(Output):
    """A rule of the brand's voice that somebody let pass for this post as it stands."""

    rule: str = Field(description="The rule's name.")
    reason: str
    by: str
    at: Time


class Transition(Output):
    at: Time
    state: DeliveryState
    why: str
    by: str


class LivePart(Output):
    remote_id: str | None = Field(
        description="null: a person said that it is live, and its id there is not known."
    )
    url: str | None


class Explanation(Output):
    """How a delivery stands, in words for the people who planned it."""

    words: str = Field(description="What is so, and what follows by itself.")
    next_at: Time | None = Field(
        description="When the next step is; in the past: any moment now. null: none follows by "
        "itself."
    )
    todo: str = Field(description="What somebody should do; empty: nothing.")


class Evidence(Output):
    """What is known of a delivery of which nobody can tell whether it went out."""

    sent_at: Time | None = Field(description="When the request left, as well as is known.")
    part: int = Field(description="Which part of the thread, from 1.")
    text: str = Field(description="What was sent.")
    media: list[MediaRef]
    card: LinkCard | None
    content_warning: str
    answered: str | None = Field(
        description="How it ended, in the words of the network if it said any; null: unseen."
    )
    answered_at: Time | None
    looked: str = Field(description="What looking for it on the network showed.")
    where: str = Field(description="The server on which to look for it.")


class Delivery(Output):
    """A post going to one account."""

    id: Id
    account_id: Id
    platform: str
    state: DeliveryState
    due_at: Time
    claimed_at: Time | None
    sent_at: Time | None
    accepted_at: Time | None
    lateness_ms: Millis | None = Field(description="`sent_at` after `due_at`, in milliseconds.")
    remote_id: str | None
    url: str | None
    error: Error | None
    held_reason: HeldReason | None
    parts: int
    live: list[LivePart] = Field(description="The parts that are live, in order.")
    attempts: int
    explanation: Explanation
    evidence: Evidence | None = Field(
        description="Where nobody can tell whether it went out: what a person needs to find out."
    )
    transitions: list[Transition]


class AuditEntry(Output):
    id: Id
    at: Time
    by: str
    action: str
    detail: dict[str, str]


class Post(Output):
    id: Id
    status: PostStatus
    origin: Origin
    elsewhere: Elsewhere | None = Field(description="null: it was made here.")
    reply_to: Id | None = Field(description="The inbox item that it answers, if one.")
    text: str
    media: list[MediaRef]
    parts: list[Part]
    variants: dict[str, Variant]
    options: Options
    first_comment: str = Field(description="Empty: none.")
    card: LinkCard | None = Field(description="null: links are shown as their pages say.")
    links: Links | None = Field(description="null: links go out as they are written.")
    account_ids: list[Id]
    plan: Plan | None
    tags: list[str]
    campaign: str | None
    requires_approval: bool
    approval: Approval | None
    allowances: list[Allowance] = Field(
        description="Rules of the brand's voice that were let pass; an edit takes them back."
    )
    content_hash: str = Field(description="Of all that would be sent; hand it to `approve`.")
    missed_window: MissedWindow | None
    created_at: Time
    created_by: str
    updated_at: Time
    edited_by: str = Field(description="Who wrote what it says now.")
    edited_at: Time
    versions: int = Field(
        description="How often what it said gave way to something else. The latest hundred of "
        "these versions are kept."
    )
    cancelled_at: Time | None
    version: int
    deliveries: list[Delivery]
    jobs: list[Job]
    audit: list[AuditEntry] = Field(description="Who did what to the post.")
    notices: list[Finding] = Field(description="Worth knowing about what you just did.")


class DeliverySummary(Output):
    id: Id
    account_id: Id
    platform: str
    state: DeliveryState
    due_at: Time
    sent_at: Time | None
    url: str | None
    held_reason: HeldReason | None
    error_code: str | None


class PostSummary(Output):
    id: Id
    status: PostStatus
    origin: Origin
    excerpt: str
    media_count: int
    part_count: int
    account_ids: list[Id]
    tags: list[str]
    campaign: str | None
    due_at: Time | None
    requires_approval: bool
    approved: bool
    updated_at: Time
    created_by: str
    version: int
    deliveries: list[DeliverySummary]


class Count(Output):
    used: int
    limit: int
    unit: str


class AccountCheck(Output):
    account_id: Id
    platform: str
    counts: list[Count] = Field(description="One per part.")
    links: list[str] = Field(description="As they would go out, in the order of the text.")
    preview: list[PreviewPart] = Field(
        description="What readers would see in the network's own web client, as far as is known."
    )
    problems: list[Finding]
    notices: list[Finding]


class Checked(Output):
    """What a dry run found. It called no network and changed nothing."""

    ok: bool = Field(description="True when the post could be scheduled as it stands.")
    accounts: list[AccountCheck]
    problems: list[Finding] = Field(description="Of the post itself.")
    notices: list[Finding]
    plan: Plan | None


class TakenDown(Output):
    post: Post
    jobs: list[Job] = Field(description="One per live delivery; watch them.")
