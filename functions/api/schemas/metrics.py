"""The numbers: what is asked for, and how they are answered."""

from enum import StrEnum
from typing import Annotated, Literal

from pydantic import ConfigDict, Field, StringConstraints

from functions.api.schemas.base import Id, Input, Output, Time
from shared.core.folding import By

Zone = Annotated[
    Annotated[str, StringConstraints(max_length=64)] | None,
    Field(description="IANA name; by default the workspace's."),
]


class Grouping(StrEnum):
    """What a report has a row for. Weeks are ISO 8601 weeks: from Monday to Sunday."""

    DAY = "day"
    WEEK = "week"
    MONTH = "month"
    ACCOUNT = "account"
    TAG = "tag"
    CAMPAIGN = "campaign"


class PostMetricsQuery(Input):
    by: Annotated[By, Field(strict=False)] | None = Field(
        default=None,
        description="How wide a cell of the curves is; by default an hour during the first three "
        "days, then a day.",
    )
    timezone: Zone = None


class _Span(Input):
    model_config = ConfigDict(populate_by_name=True)

    from_: str = Field(
        alias="from", max_length=10, description="First day.", examples=["2026-11-01"]
    )
    to: str = Field(max_length=10, description="Last day, included.", examples=["2026-11-30"])
    timezone: Zone = None


class AccountMetricsQuery(_Span):
    by: Annotated[By, Field(strict=False)] = Field(
        default=By.DAY, description="How wide a cell of the curve is."
    )


class ReportQuery(_Span):
    by: Annotated[Grouping, Field(strict=False)] = Field(
        default=Grouping.DAY, description="What the report has a row for."
    )


Counters = Annotated[
    dict[str, int],
    Field(
        description="Counters by name, as the network last reported them: for posts `likes`, "
        "`reposts`, `replies`, `quotes`, for accounts `followers`, `following`, `posts`. One that "
        "is not reported is not there; it is never 0 for want of a report. One that falls is shown "
        "as it is.",
        examples=[{"likes": 12, "replies": 0, "reposts": 3}],
    ),
]


class Engagement(Output):
    """What people did with posts, and how many of those did who could have."""

    total: int = Field(
        description="`likes` + `reposts` + `replies` + `quotes` + `saves` + `clicks`, as far as "
        "they are reported."
    )
    counted: list[str] = Field(description="The counters that `total` is made of.")
    rate: float | None = Field(
        description="The engagement rate in percent: `total` / `audience` * 100, over the posts "
        "whose audience is known. null while it is known of none."
    )
    audience: int | None = Field(
        description="Of each post the `reach` that its network reports, else the `impressions`, "
        "else the followers that its account had when the post was last counted; added up."
    )
    per: list[Literal["reach", "impressions", "followers"]] = Field(
        description="What the audience is made of."
    )


class MetricsCell(Output):
    """An hour, day or month. One in which nothing was counted is left out: a gap in the curve."""

    start: Time
    label: str = Field(
        description="The same on clocks of the time zone: `2026-11-22T14:00+01:00`, `2026-11-22` "
        "or `2026-11`. An hour that clocks show twice comes twice."
    )
    at: Time = Field(description="When it was last counted in this cell.")
    metrics: Counters


class Numbers(Output):
    """The latest counters of one or more deliveries, added up."""

    at: Time | None = Field(description="When it was last counted; null: not yet.")
    metrics: Counters
    networks: dict[str, list[str]] = Field(
        description="For each number the networks that it covers, `engagement` and "
        "`engagement_rate` included: one that is missing here does not report that number, or was "
        "not asked yet.",
        examples=[{"likes": ["bluesky", "mastodon"], "quotes": ["bluesky"]}],
    )
    engagement: Engagement | None = Field(
        description="null while nothing that it is made of is reported."
    )


class DeliveryMetrics(Numbers):
    """The numbers of one delivery: for a thread those of its parts added up, without our own next
    part among the replies.
    """

    delivery_id: Id
    account_id: Id
    platform: str
    published_at: Time
    gone_at: Time | None = Field(
        description="When the network was found to have it no longer; its numbers stay."
    )
    cells: list[MetricsCell]


class PostMetrics(Output):
    post_id: Id
    timezone: str
    by: By
    total: Numbers
    cells: list[MetricsCell] = Field(
        description="The deliveries added up, each as it was last counted by then."
    )
    deliveries: list[DeliveryMetrics] = Field(description="Those that are or were live.")


class AccountMetrics(Output):
    account_id: Id
    platform: str
    timezone: str
    by: By
    cells: list[MetricsCell]


class ReportRow(Numbers):
    key: str | None = Field(
        description="`2026-11-22`, `2026-W47`, `2026-11`, the id of an account, or a tag; null: "
        "posts without a tag, or the whole report."
    )
    posts: int
    deliveries: int = Field(description="A post that went to two accounts is two deliveries.")
    counted: int = Field(description="How many of the deliveries have been counted yet.")


class Ranking(StrEnum):
    """The number that says which post did best."""

    ENGAGEMENT = "engagement"
    ENGAGEMENT_RATE = "engagement_rate"
    LIKES = "likes"
    REPOSTS = "reposts"
    REPLIES = "replies"
    QUOTES = "quotes"
    SAVES = "saves"
    CLICKS = "clicks"
    REACH = "reach"
    IMPRESSIONS = "impressions"


class RankedQuery(_Span):
    by: Annotated[Ranking, Field(strict=False)] = Ranking.ENGAGEMENT
    limit: Annotated[int, Field(ge=1, le=100, strict=False)] = 20
    cursor: Annotated[str, StringConstraints(max_length=2000)] | None = Field(
        default=None, description="`next` of the page before."
    )


class RankedPost(Numbers):
    """A post that was published, with the latest counters of all its accounts added up."""

    post_id: Id
    excerpt: str = Field(description="How it begins; empty when it was deleted here.")
    account_ids: list[Id] = Field(description="Where it was published in these days.")
    published_at: Time = Field(description="When the first of them had it.")


class Report(Output):
    """Posts by when they were published, with their latest counters: also those made elsewhere."""

    timezone: str
    first_day: Annotated[str, Field(json_schema_extra={"format": "date"})]
    last_day: Annotated[str, Field(json_schema_extra={"format": "date"})]
    by: Grouping
    total: ReportRow
    rows: list[ReportRow] = Field(
        description="In order of their keys; one without posts is left out. A post with several "
        "tags counts in each of their rows."
    )
