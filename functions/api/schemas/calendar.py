"""The calendar: what is asked of it, how it answers, its rules, campaigns and key dates."""

from typing import Annotated, Literal

from pydantic import ConfigDict, Field, StringConstraints

from functions.api.schemas.base import GivenId, Id, Input, Name, Output, Time
from functions.api.schemas.posts import PostSummary

Day = Annotated[
    str, Field(json_schema_extra={"format": "date"}, max_length=10, examples=["2026-12-24"])
]
Several = Annotated[str, StringConstraints(max_length=1_000)]
Notes = Annotated[str, StringConstraints(strip_whitespace=True, max_length=2_000)]
Colour = Literal["teal", "blue", "violet", "pink", "red", "orange", "green", "grey"]
GoalMetric = Literal[
    "posts",
    "engagement",
    "impressions",
    "reach",
    "likes",
    "reposts",
    "replies",
    "quotes",
    "saves",
    "clicks",
]


class CalendarQuery(Input):
    model_config = ConfigDict(populate_by_name=True)

    from_: str = Field(
        alias="from", max_length=10, description="First day.", examples=["2026-12-01"]
    )
    to: str = Field(max_length=10, description="Last day, included.", examples=["2026-12-31"])
    timezone: Annotated[str, StringConstraints(max_length=64)] | None = Field(
        default=None, description="IANA name; by default the workspace's."
    )
    account_id: Several | None = Field(
        default=None,
        description="Posts to any of these accounts, with commas between them.",
        examples=["acc_01,acc_02"],
    )
    platform: Several | None = Field(
        default=None,
        description="Posts to any of these networks, with commas between them.",
        examples=["bluesky,mastodon"],
    )
    status: Several | None = Field(
        default=None,
        description="Posts in any of these states, with commas between them.",
        examples=["awaiting_approval,needs_attention"],
    )
    campaign: Name | None = Field(default=None, description="A campaign's id or name.")
    tag: Annotated[str, StringConstraints(min_length=1, max_length=50)] | None = None
    author: Annotated[str, StringConstraints(min_length=1, max_length=254)] | None = Field(
        default=None, description="Who wrote it, as `created_by` of a post names them."
    )
    text: Annotated[str, StringConstraints(strip_whitespace=True, max_length=100)] | None = Field(
        default=None,
        description="Words that its `excerpt` (the first 140 characters) holds, in any case.",
    )
    origin: Literal["tidings", "elsewhere"] | None = None
    cursor: Annotated[str, StringConstraints(max_length=2000)] | None = Field(
        default=None, description="`next` of the answer before."
    )


class CalendarDay(Output):
    date: Day
    posts: list[PostSummary]


class KeyDateShown(Output):
    """A public holiday, or one of the workspace's own dates and ranges."""

    id: Id | None = Field(description="null: a public holiday.")
    title: str
    first_day: Day
    last_day: Day
    country: str | None = Field(description="Whose holiday it is; null: the workspace's own date.")


class CalendarConflict(Output):
    code: Literal["too_close", "same_words", "too_many"]
    account_id: Id
    date: Day
    post_ids: list[Id]
    limit: int = Field(
        description="Of `too_close` the minutes that should lie between two posts, of "
        "`same_words` the hours, of `too_many` the posts that the day may have."
    )
    message: str


class CalendarGap(Output):
    code: Literal["below_target", "no_posts"]
    account_id: Id | None = Field(
        description="null: no account has anything. So it is where no account has a target."
    )
    first_day: Day
    last_day: Day
    posts: int
    target: int | None
    message: str


class CalendarWeek(Output):
    """Plan against target: an ISO week, from Monday to Sunday, of an account."""

    account_id: Id
    first_day: Day
    planned: int = Field(description="Still to come, also what is on hold.")
    published: int = Field(description="Live, made here or elsewhere.")
    target: int | None = Field(description="null: the account has none.")


class CalendarPlanning(Output):
    """Of whole ISO weeks, and of every post in them that `account_id` lets through: other filters
    do not change it.
    """

    conflicts: list[CalendarConflict] = Field(
        description="Where posts get in each other's way; at most 500. At least one of them is "
        "still to come."
    )
    gaps: list[CalendarGap] = Field(description="From today on.")
    weeks: list[CalendarWeek]


class CalendarChoices(Output):
    """What there is to filter by in these weeks, before any filter."""

    campaigns: list[str]
    tags: list[str]
    authors: list[str]
    elsewhere: bool = Field(description="Whether a post was made elsewhere.")


class Calendar(Output):
    timezone: str
    days: list[CalendarDay]
    key_dates: list[KeyDateShown]
    choices: CalendarChoices
    planning: CalendarPlanning | None = Field(
        description="null where the days came in several answers: ask for fewer days."
    )
    next: str | None = Field(
        description="Set when there is more than fits: ask again with `cursor`."
    )


class GoalInput(Input):
    metric: GoalMetric = Field(
        description="`posts`: live ones; `engagement` as reports count it; or one counter."
    )
    target: Annotated[int, Field(ge=1, le=1_000_000_000)]


Goals = Annotated[tuple[GoalInput, ...], Field(max_length=10)]


class CampaignCreate(Input):
    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "name": "Wedding season",
                    "first_day": "2027-04-01",
                    "last_day": "2027-09-30",
                    "colour": "pink",
                    "goals": [{"metric": "posts", "target": 24}],
                }
            ]
        }
    )

    name: Name = Field(description="Of those in use, each has a name of its own.")
    first_day: Day | None = None
    last_day: Day | None = None
    colour: Colour = "teal"
    notes: Notes = ""
    goals: Goals = ()


class CampaignEdit(Input):
    """What is left out stays as it is."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"archived": True}]})

    name: Name | None = None
    first_day: Day | None = None
    last_day: Day | None = None
    colour: Colour | None = None
    notes: Notes | None = None
    goals: Goals | None = None
    archived: bool | None = None


class CampaignsQuery(Input):
    archived: Annotated[bool, Field(strict=False)] = Field(
        default=False, description="Those that were archived, too."
    )


class Goal(Output):
    metric: GoalMetric
    target: int


class Campaign(Output):
    id: Id
    name: str
    first_day: Day | None
    last_day: Day | None
    colour: Colour
    notes: str
    goals: list[Goal]
    archived_at: Time | None
    created_at: Time
    created_by: str
    version: int


class GoalProgress(Goal):
    reached: int | None = Field(description="null: no network has reported it yet.")


class CampaignProgress(Output):
    """Its posts in its days (of an open end: a year from today), counted."""

    campaign_id: Id
    first_day: Day
    last_day: Day
    planned: int = Field(description="Posts still to come.")
    published: int = Field(description="Posts that are live on at least one account.")
    goals: list[GoalProgress]


class KeyDateCreate(Input):
    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "name": "Wedding season",
                    "first_day": "2027-04-01",
                    "last_day": "2027-09-30",
                    "yearly": True,
                }
            ]
        }
    )

    name: Name
    first_day: Day
    last_day: Day | None = Field(default=None, description="Included; null: one day.")
    yearly: bool = Field(default=False, description="Again in each later year.")
    notes: Notes = ""


class KeyDateEdit(Input):
    """What is left out stays as it is."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"yearly": True}]})

    name: Name | None = None
    first_day: Day | None = None
    last_day: Day | None = None
    yearly: bool | None = None
    notes: Notes | None = None


class KeyDate(Output):
    id: Id
    name: str
    first_day: Day
    last_day: Day
    yearly: bool
    notes: str
    version: int


class TargetInput(Input):
    account_id: GivenId
    per_week: Annotated[int, Field(ge=1, le=500)] | None = Field(
        default=None, description="Posts wanted in a week."
    )
    per_day: Annotated[int, Field(ge=1, le=500)] | None = Field(
        default=None, description="Posts at most on a day."
    )


class CalendarRulesEdit(Input):
    """What is left out stays as it is; `countries` and `targets` are replaced as a whole."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "countries": ["ES", "US-CA"],
                    "targets": [{"account_id": "acc_01", "per_week": 5, "per_day": 2}],
                }
            ]
        }
    )

    min_gap: Annotated[int, Field(ge=0, le=24 * 60)] | None = Field(
        default=None, description="Minutes that should lie between two posts of an account; 0: any."
    )
    quiet_days: Annotated[int, Field(ge=0, le=31)] | None = Field(
        default=None, description="Days without a post that are called a gap; 0: none are."
    )
    countries: (
        Annotated[
            tuple[Annotated[str, StringConstraints(max_length=10)], ...], Field(max_length=10)
        ]
        | None
    ) = Field(
        default=None,
        description="Whose public holidays are shown: ISO 3166 codes as `GET "
        "/v1/calendar/countries` lists them, a part of a country as `US-CA`.",
    )
    targets: Annotated[tuple[TargetInput, ...], Field(max_length=100)] | None = None


class Target(Output):
    account_id: Id
    per_week: int | None
    per_day: int | None


class CalendarRules(Output):
    min_gap: int
    quiet_days: int
    countries: list[str]
    targets: list[Target]
    version: int


class CountriesQuery(Input):
    code: Annotated[str, StringConstraints(max_length=10)] | None = Field(
        default=None, description="Only this country, with its parts."
    )


class Country(Output):
    code: str = Field(description="ISO 3166.")
    name: str
    parts: list[str] | None = Field(
        description="Codes of those that have holidays of their own: write one as `US-CA`. Given "
        "where one country is asked for."
    )
