"""Answers about workspaces, accounts and the jobs that are done with them."""

from pydantic import Field

from functions.api.schemas.base import Id, Output, Time
from functions.api.schemas.problems import Error
from shared.core.models import DeliveryState, MissedWindow
from shared.core.workspaces import AccountState, JobKind, JobState


class PauseInForce(Output):
    """One of the whole workspace or account that was made to hold at once. `GET /v1/pauses` lists
    all, also those from a date on, and of its platforms and tags.
    """

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
    archived_at: Time | None = Field(description="Since when it can only be read; null: it is not.")
    created_at: Time
    version: int


class LeavingDelivery(Output):
    """Already past the point of no return when publishing was paused."""

    workspace_id: Id
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
    link_cards: bool = Field(
        description="It takes the preview of a link from you; elsewhere its servers make one."
    )
    max_images: int
    image_mimes: list[str]
    video_mimes: list[str]
    can_edit: bool
    can_delete: bool
    can_reply: bool = Field(description="Answer what is in the inbox.")
    can_like: bool = Field(description="Like what is in the inbox.")
    can_hide: bool = Field(description="Hide replies to your own posts.")
    can_find_people: bool = Field(description="Find people to name in a text.")


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
