"""How publishing goes: how punctual it was, and what needs somebody."""

from enum import StrEnum
from typing import Annotated

from pydantic import ConfigDict, Field, StringConstraints

from functions.api.schemas.base import Id, Input, Millis, Output, Time
from functions.api.schemas.posts import Explanation
from functions.api.schemas.problems import Error
from functions.api.schemas.requests import ListQuery
from shared.core.models import DeliveryState, HeldReason

Day = Annotated[
    Annotated[str, StringConstraints(max_length=10)] | None,
    Field(examples=["2026-11-30"]),
]


class PunctualityQuery(Input):
    """By default the last 30 days."""

    model_config = ConfigDict(populate_by_name=True)

    from_: Day = Field(
        default=None, alias="from", description="First day; by default 29 days before `to`."
    )
    to: Day = Field(default=None, description="Last day, included; by default today.")
    timezone: Annotated[str, StringConstraints(max_length=64)] | None = Field(
        default=None, description="IANA name; by default the workspace's."
    )


class OnTime(Output):
    """How late what was due left: its first request after its due instant."""

    account_id: Id | None = Field(description="null: all accounts.")
    sent: int = Field(description="Deliveries that left.")
    not_sent: int = Field(
        description="Deliveries that were due and are not out: on hold, failed, still being tried, "
        "or nobody can tell. Those cancelled in time do not count."
    )
    p50_ms: Millis | None = Field(description="Half left at most so late; null: none left.")
    p99_ms: Millis | None = Field(description="99 of 100 left at most so late.")
    max_ms: Millis | None
    within_1_s: int = Field(description="Deliveries that left within a second.")
    within_60_s: int = Field(description="Deliveries that left within a minute.")


class Punctuality(Output):
    timezone: str
    first: str = Field(description="First day.")
    last: str = Field(description="Last day, included.")
    posts: int = Field(description="How many posts this was computed from.")
    complete: bool = Field(
        description="False: there are more posts in these days than one answer covers."
    )
    covered_to: Time = Field(description="Posts due before this instant are covered.")
    total: OnTime
    accounts: list[OnTime] = Field(description="Those to which anything was due.")


class Why(StrEnum):
    """Why something needs somebody."""

    HELD = "held"
    FAILED = "failed"
    UNCONFIRMED = "unconfirmed"
    STUCK = "stuck"
    """It should have left more than a minute ago, nothing stopped it on purpose, and it is not
    out.
    """


class AttentionQuery(ListQuery):
    since: str | None = Field(
        default=None,
        max_length=64,
        description="Due at or after, RFC 3339; by default the last 90 days.",
    )


class Trouble(Output):
    """A delivery that needs somebody."""

    delivery_id: Id
    account_id: Id
    platform: str
    why: Why
    state: DeliveryState
    held_reason: HeldReason | None
    due_at: Time
    error: Error | None
    explanation: Explanation


class Attention(Output):
    """A post of which something is on hold, failed, stuck, or nobody can tell."""

    post_id: Id
    reply_to: Id | None = Field(description="The inbox item that it answers, if one.")
    excerpt: str
    due_at: Time
    deliveries: list[Trouble]
