"""What the API answers."""

from typing import Annotated, Generic, Literal, TypeVar

from pydantic import ConfigDict, Field

from functions.api.schemas.base import Id, Millis, Output, Time
from shared.core.models import (
    AccountState,
    DeliveryState,
    HeldReason,
    JobKind,
    JobState,
    MediaKind,
    MediaState,
    MissedWindow,
)
from shared.core.posts import PostStatus

T = TypeVar("T")


class Page(Output, Generic[T]):
    items: list[T]
    next: str | None = Field(description="`cursor` of the next page; null at the end.")


class Finding(Output):
    """One thing that is wrong, or worth knowing."""

    where: str = Field(description="Path in the request, such as `parts[0].text`.")
    code: str = Field(description="Stable; for programs.")
    message: str = Field(description="What is wrong and how to mend it; for people.")
    account_id: Id | None = Field(
        default=None, description="The account that this is about, if one."
    )


class ProblemDocument(Output):
    """RFC 9457 (`application/problem+json`)."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "type": "urn:tidings:problem:invalid",
                    "title": "The request must be changed",
                    "status": 422,
                    "detail": "2026-01-01T08:00:00Z is in the past; plan a later time.",
                    "code": "past_date",
                    "problems": [
                        {
                            "where": "schedule.at",
                            "code": "past_date",
                            "message": "2026-01-01T08:00:00Z is in the past; plan a later time.",
                            "account_id": None,
                        }
                    ],
                    "request_id": "L3f2kjEnoAMEV2w=",
                }
            ]
        }
    )

    type: str
    title: str
    status: int
    detail: str
    code: str
    problems: list[Finding]
    request_id: str


class Error(Output):
    code: str
    message: str
    at: Time


class PauseInForce(Output):
    at: Time
    by: str
    reason: str
    until: Time | None


class Workspace(Output):
    id: Id
    name: str
    timezone: str
    max_lateness: int = Field(description="Minutes.")
    missed_window: MissedWindow
    requires_approval: bool
    paused: PauseInForce | None
    created_at: Time
    version: int


class LeavingDelivery(Output):
    """Already past the point of no return when publishing was paused."""

    post_id: Id
    delivery_id: Id
    account_id: Id
    state: DeliveryState


class Paused(Output):
    paused: PauseInForce
    still_leaving: list[LeavingDelivery] = Field(
        description="Already on their way; nothing else leaves until somebody resumes."
    )


class Resumed(Output):
    rescheduled: int = Field(description="Deliveries that go out again, spaced per account.")
    missed: int = Field(description="Deliveries that are too late now and wait for a decision.")
    still_paused: bool = Field(description="True while another switch still stops them.")


class ConnectField(Output):
    name: str
    label: str
    secret: bool
    required: bool
    example: str


class Platform(Output):
    """A network and what it can do here."""

    name: str
    title: str
    connect_fields: list[ConnectField]
    visibilities: list[str]
    content_warning: bool
    threads: bool
    max_images: int
    image_mimes: list[str]
    video_mimes: list[str]
    can_edit: bool
    can_delete: bool
    can_reply: bool = Field(description="Answer what is in the inbox.")
    can_like: bool = Field(description="Like what is in the inbox.")
    can_hide: bool = Field(description="Hide replies to your own posts.")


class Account(Output):
    id: Id
    platform: str
    server: str
    handle: str
    display_name: str
    label: str
    state: AccountState
    paused: PauseInForce | None
    limits: dict[str, int]
    verified_at: Time | None
    error: Error | None
    created_at: Time
    version: int


class Job(Output):
    """Something the publisher does on request; ask again until it is `done` or `failed`."""

    id: Id
    kind: JobKind
    state: JobState
    account_id: Id
    post_id: Id | None
    delivery_id: Id | None
    item_id: Id | None = Field(description="The inbox item that it is about, if one.")
    created_at: Time
    error: Error | None


class Disconnected(Output):
    account: Account
    job: Job


class UploadForm(Output):
    """Post `fields` and then the file, as `file`, to `url` as multipart/form-data."""

    url: str
    fields: dict[str, str]
    expires_at: Time


class Media(Output):
    id: Id
    name: str
    state: MediaState
    mime: str
    size: int = Field(description="Bytes.")
    width: int | None
    height: int | None
    duration_ms: Millis | None
    alt: str
    url: str | None = Field(description="Where to look at it, for an hour; null until it is ready.")
    error: Error | None
    created_at: Time
    version: int


class MediaUpload(Media):
    upload: UploadForm | None = Field(
        description="null when the file is ready already, and in the repeated answer to an "
        "Idempotency-Key, since it is not kept."
    )


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


class Variant(Output):
    text: str | None
    media: list[MediaRef] | None
    parts: list[Part] | None
    options: Options | None


class Plan(Output):
    at: Time
    local: str | None
    timezone: str | None
    fold: int
    nonexistent: Literal["shift", "refuse"]


class Approval(Output):
    by: str
    at: Time
    valid: bool = Field(description="False when the post was changed since.")


class Transition(Output):
    at: Time
    state: DeliveryState
    why: str
    by: str


class LivePart(Output):
    remote_id: str
    url: str | None


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
    account_ids: list[Id]
    plan: Plan | None
    tags: list[str]
    campaign: str | None
    requires_approval: bool
    approval: Approval | None
    content_hash: str = Field(description="Of all that would be sent; hand it to `approve`.")
    missed_window: MissedWindow | None
    created_at: Time
    created_by: str
    updated_at: Time
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
    version: int
    deliveries: list[DeliverySummary]


class CalendarDay(Output):
    date: Annotated[str, Field(json_schema_extra={"format": "date"})]
    posts: list[PostSummary]


class Calendar(Output):
    timezone: str
    days: list[CalendarDay]
    next: str | None = Field(
        description="Set when there is more than fits: ask again with `cursor`."
    )


class Count(Output):
    used: int
    limit: int
    unit: str


class AccountCheck(Output):
    account_id: Id
    platform: str
    counts: list[Count] = Field(description="One per part.")
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


class Key(Output):
    id: Id
    name: str
    workspace_ids: list[Id] | None = Field(description="null: all workspaces.")
    created_at: Time
    created_by: str
    expires_at: Time | None
    revoked_at: Time | None


class KeyCreated(Key):
    api_key: str | None = Field(
        description="The bearer token, shown this once. null in the repeated answer to an "
        "Idempotency-Key, since it is not kept."
    )


class Me(Output):
    key: Key
    workspaces: list[Workspace]
