"""What the API answers, under one name; its larger groups have modules of their own."""

from typing import Generic, TypeVar

from pydantic import Field

from functions.api.schemas.accounts import (
    Account,
    ConnectField,
    Disconnected,
    Job,
    LeavingDelivery,
    Paused,
    PauseInForce,
    Platform,
    Resumed,
    Workspace,
)
from functions.api.schemas.base import Id, Millis, Output, Time
from functions.api.schemas.posts import (
    AccountCheck,
    Allowance,
    Approval,
    AuditEntry,
    Checked,
    Count,
    Delivery,
    DeliverySummary,
    Elsewhere,
    Evidence,
    Explanation,
    LinkCard,
    LinkParameter,
    Links,
    LivePart,
    MediaRef,
    Options,
    Part,
    Plan,
    Post,
    PostSummary,
    SeenMedia,
    TakenDown,
    Transition,
    Variant,
)
from functions.api.schemas.problems import Error, Finding, ProblemDocument
from shared.core.roles import Role
from shared.core.workspaces import MediaState

__all__ = [
    "Account",
    "AccountCheck",
    "Allowance",
    "Approval",
    "AuditEntry",
    "Checked",
    "ConnectField",
    "Count",
    "Delivery",
    "DeliverySummary",
    "Disconnected",
    "Elsewhere",
    "Error",
    "Evidence",
    "Explanation",
    "Finding",
    "Job",
    "Key",
    "KeyCreated",
    "LeavingDelivery",
    "LinkCard",
    "LinkParameter",
    "Links",
    "LivePart",
    "Media",
    "MediaRef",
    "MediaUpload",
    "Options",
    "Page",
    "Part",
    "PauseInForce",
    "Paused",
    "Plan",
    "Platform",
    "Post",
    "PostSummary",
    "ProblemDocument",
    "Resumed",
    "SeenMedia",
    "TakenDown",
    "Transition",
    "UploadForm",
    "Variant",
    "Workspace",
]

T = TypeVar("T")


class Page(Output, Generic[T]):
    items: list[T]
    next: str | None = Field(description="`cursor` of the next page; null at the end.")


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
    folder: str = Field(description="Empty: it is in none.")
    tags: list[str]
    used: bool = Field(description="A post was saved with it at some time, and may be gone since.")
    url: str | None = Field(description="Where to look at it, for an hour; null until it is ready.")
    preview_url: str | None = Field(
        description="The same for lists: of a large picture a small form, a WebP of at most 960 "
        "pixels each way; of anything else the file itself."
    )
    error: Error | None
    created_at: Time
    version: int


class MediaUpload(Media):
    upload: UploadForm | None = Field(
        description="null when the file is ready already, and in the repeated answer to an "
        "Idempotency-Key, since it is not kept."
    )


class Key(Output):
    id: Id
    name: str
    workspace_ids: list[Id] | None = Field(description="null: all workspaces.")
    created_at: Time
    created_by: str
    expires_at: Time | None
    revoked_at: Time | None
    role: Role = Field(description="At most this.")
    person: str | None = Field(
        description="The e-mail of whom it acts for: never more than they may. null: it stands "
        "alone."
    )
    browser: bool = Field(description="They signed in with it.")


class KeyCreated(Key):
    api_key: str | None = Field(
        description="The bearer token, shown this once. null in the repeated answer to an "
        "Idempotency-Key, since it is not kept."
    )
