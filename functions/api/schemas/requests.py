"""What the API takes. Bodies first, then the parameters of queries."""

from typing import Annotated, Literal

from pydantic import ConfigDict, Field, JsonValue, StringConstraints

from functions.api.schemas.base import GivenId, Input, Name
from shared.core.models import MissedWindow
from shared.core.posts import PostStatus

Text = Annotated[str, StringConstraints(max_length=25_000)]
Label = Annotated[str, StringConstraints(strip_whitespace=True, max_length=100)]
Tag = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=50)]
Language = Annotated[str, StringConstraints(pattern=r"^[A-Za-z]{2,3}(-[A-Za-z0-9]{1,8})*$")]
Ids = Annotated[tuple[GivenId, ...], Field(max_length=40)]
MediaIds = Annotated[tuple[GivenId, ...], Field(max_length=20)]
Fields = Annotated[
    dict[
        Annotated[str, StringConstraints(max_length=50)],
        Annotated[str, StringConstraints(max_length=4000)],
    ],
    Field(
        max_length=20,
        description="What `GET /v1/platforms` lists as `connect_fields` of the platform.",
    ),
]
Lateness = Annotated[
    int,
    Field(
        ge=1,
        le=7 * 24 * 60,
        description="Minutes after its due time from which a post has missed its window.",
    ),
]


class WorkspaceCreate(Input):
    model_config = ConfigDict(
        json_schema_extra={"examples": [{"name": "Bakery", "timezone": "Europe/Madrid"}]}
    )

    name: Name
    timezone: str = Field(description="An IANA name, such as Europe/Madrid.", max_length=64)
    max_lateness: Lateness = 60
    missed_window: MissedWindow = MissedWindow.HOLD
    requires_approval: bool = False


class WorkspaceEdit(Input):
    """What is left out stays as it is."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"max_lateness": 15}]})

    name: Name | None = None
    timezone: Annotated[str, StringConstraints(max_length=64)] | None = None
    max_lateness: Lateness | None = None
    missed_window: MissedWindow | None = None
    requires_approval: bool | None = None


class PauseAtOnce(Input):
    model_config = ConfigDict(json_schema_extra={"examples": [{"reason": "storm in the region"}]})

    reason: Annotated[str, StringConstraints(strip_whitespace=True, max_length=200)] = ""
    until: str | None = Field(
        default=None,
        description="RFC 3339: later posts leave again from then on. null: until resumed. "
        "What was held meanwhile waits for `resume`.",
    )


class AccountConnect(Input):
    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "platform": "mastodon",
                    "fields": {"server": "https://mastodon.example", "access_token": "…"},
                }
            ]
        }
    )

    platform: Annotated[str, StringConstraints(min_length=1, max_length=50)]
    fields: Fields
    label: Label = Field("", description="How your team calls it; empty: its handle.")


class AccountReconnect(Input):
    """A fresh credential for the same profile."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"fields": {"access_token": "…"}}]})

    fields: Fields


class AccountEdit(Input):
    model_config = ConfigDict(json_schema_extra={"examples": [{"label": "The shop"}]})

    label: Label


class OptionsInput(Input):
    """What a network does not offer, it says in `problems` or `notices`."""

    visibility: Annotated[str, StringConstraints(max_length=50)] = "public"
    content_warning: Annotated[str, StringConstraints(max_length=500)] = ""
    sensitive: bool = False
    languages: Annotated[tuple[Language, ...], Field(max_length=3)] = Field(
        default=(), examples=[["en"]], description="BCP 47 codes."
    )


class PartInput(Input):
    """One further part of a thread."""

    text: Text = ""
    media_ids: MediaIds = ()


class LinkCardInput(Input):
    """How a link is shown below the text, in place of what its page says of itself. What a network
    does with it, it says in `problems` or `notices`.
    """

    url: Annotated[str, StringConstraints(max_length=2000, pattern=r"^(https?://[^\s/]+\S*)?$")] = (
        Field(description="Empty: no card. In a variant that takes away the one of the post.")
    )
    title: Annotated[str, StringConstraints(max_length=300)] = Field(
        default="", description="Empty: the name of the site."
    )
    description: Annotated[str, StringConstraints(max_length=1000)] = ""
    media_id: GivenId | None = Field(default=None, description="A picture of the library.")


class VariantInput(Input):
    """What differs for one platform or account; what is left out is as in the post."""

    text: Text | None = None
    media_ids: MediaIds | None = None
    parts: Annotated[tuple[PartInput, ...], Field(max_length=50)] | None = None
    options: OptionsInput | None = None
    first_comment: Text | None = None
    card: LinkCardInput | None = None


Parts = Annotated[
    tuple[PartInput, ...], Field(max_length=50, description="What follows `text` in a thread.")
]
Variants = Annotated[
    dict[Annotated[str, StringConstraints(max_length=64)], VariantInput],
    Field(
        max_length=40, description="By account id or platform; the account's beats its platform's."
    ),
]


class Schedule(Input):
    """Exactly one of `at`, `local` and `now`."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {"at": "2030-12-01T09:00:00+01:00"},
                {"local": "2030-12-01T09:00", "timezone": "Europe/Madrid"},
                {"now": True},
            ]
        }
    )

    at: str | None = Field(
        default=None, max_length=64, description="RFC 3339 with an offset from UTC."
    )
    local: str | None = Field(
        default=None, max_length=64, description="Wall-clock time, without an offset."
    )
    timezone: str | None = Field(
        default=None,
        max_length=64,
        description="IANA name that `local` is in; by default the workspace's.",
    )
    fold: Literal[0, 1] | None = Field(
        default=None,
        description="Which one, where clocks go back and `local` happens twice. First by default.",
    )
    nonexistent: Literal["shift", "refuse"] = Field(
        default="shift",
        description="What to do with a `local` that clocks skip: move it by the gap, or refuse.",
    )
    now: Literal[True] | None = None


class Allow(Input):
    """Let a rule of the brand's voice pass for this one post, as it stands."""

    rule: Name = Field(description="Its name, as `rule` of the finding says it.")
    reason: Annotated[
        str, StringConstraints(strip_whitespace=True, min_length=1, max_length=300)
    ] = Field(description="Why; shown on the post and kept in its trail.")


Allows = Annotated[
    tuple[Allow, ...],
    Field(
        max_length=50,
        description="Takes an approver who may publish to these accounts. It holds for what is "
        "written now: an edit takes it back.",
    ),
]
_EXAMPLE: JsonValue = {
    "text": "Fresh bread from six o'clock.",
    "account_ids": ["acc_01"],
    "schedule": {"at": "2030-12-01T09:00:00+01:00"},
}


class PostCreate(Input):
    """A post. Without `schedule` it is a draft, which may be unfinished."""

    model_config = ConfigDict(json_schema_extra={"examples": [_EXAMPLE]})

    text: Text = ""
    account_ids: Ids = ()
    media_ids: MediaIds = ()
    parts: Parts = ()
    variants: Variants = Field(default_factory=dict)
    options: OptionsInput = Field(default_factory=lambda: OptionsInput())
    first_comment: Text = Field(
        default="",
        description="Sent right after the post, below it; without comments of its own the network "
        "gets it as a reply of yours.",
    )
    card: LinkCardInput | None = Field(default=None, description="null: as its page says.")
    schedule: Schedule | None = None
    tags: Annotated[tuple[Tag, ...], Field(max_length=20)] = ()
    campaign: Name | None = None
    requires_approval: bool = Field(
        default=False,
        description="Hold it until it is approved, even where the workspace does not ask for it.",
    )
    missed_window: MissedWindow | None = Field(
        default=None,
        description="What to do when it is too late to send; null: as the workspace says.",
    )
    allow: Allows = ()
    autosave: bool = Field(
        default=False, description="A draft saved while somebody types: see `PATCH`."
    )


class PostCheck(PostCreate):
    """The same, and which post this would be an edit of."""

    post_id: GivenId | None = Field(
        default=None,
        description="What was let pass for it still is while nothing of it changed, and files that "
        "it holds need not be in the library any more.",
    )


class PostContent(Input):
    """What is left out stays as it is; lists and variants are replaced as a whole."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"text": "Fresh bread from seven."}]})

    text: Text | None = None
    account_ids: Ids | None = None
    media_ids: MediaIds | None = None
    parts: Parts | None = None
    variants: Variants | None = None
    options: OptionsInput | None = None
    first_comment: Text | None = None
    card: LinkCardInput | None = Field(
        default=None, description="null takes away what was written; left out, it stays."
    )
    tags: Annotated[tuple[Tag, ...], Field(max_length=20)] | None = None
    campaign: Name | None = None
    missed_window: MissedWindow | None = None


class PostEdit(PostContent):
    """What is left out stays as it is; lists and variants are replaced as a whole."""

    requires_approval: bool | None = None
    update_live: bool = Field(
        default=False,
        description="Also change what is already live, on the networks that allow it.",
    )
    describe_anew: Ids = Field(
        default=(),
        description="Of the files given: those that take their descriptions from the library as "
        "it is now. The others keep the one that the post has.",
    )
    allow: Allows = ()
    autosave: bool = Field(
        default=False,
        description="Saved while somebody types: drafts only. One person's saves of ten minutes "
        "count as one version.",
    )


class Approve(Input):
    model_config = ConfigDict(json_schema_extra={"examples": [{}]})

    content_hash: str | None = Field(
        default=None,
        max_length=64,
        description="The post's `content_hash` as you saw it; refused if it changed.",
    )


class Retry(Input):
    """Send again what failed or was held: by default every such delivery, now."""

    model_config = ConfigDict(json_schema_extra={"examples": [{}]})

    delivery_ids: Ids | None = None
    schedule: Schedule | None = None


class LiveAt(Input):
    url: (
        Annotated[str, StringConstraints(max_length=2000, pattern=r"^https?://[^\s/]+\S*$")] | None
    ) = Field(default=None, description="Its link; without one it is looked for among what comes.")


class Settle(Input):
    """Exactly one: it is live (and where, if you know), or it should be sent again."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {"live": {"url": "https://mastodon.example/@bakery/1"}},
                {"send_again": True},
            ]
        }
    )

    live: LiveAt | None = None
    send_again: Literal[True] | None = None


class ListQuery(Input):
    limit: Annotated[int, Field(ge=1, le=100, strict=False)] = 50
    cursor: Annotated[str, StringConstraints(max_length=2000)] | None = Field(
        default=None, description="`next` of the page before."
    )


Words = Annotated[
    Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200)] | None,
    Field(description="Words that must all be in it, in any order; also parts of words."),
]


class PostsQuery(ListQuery):
    q: Words = None
    status: Annotated[PostStatus, Field(strict=False)] | None = None
    account_id: GivenId | None = None
    tag: Tag | None = None
    campaign: Name | None = None
    origin: Literal["tidings", "elsewhere"] | None = None
    since: str | None = Field(default=None, max_length=64, description="Due at or after; RFC 3339.")
    until: str | None = Field(default=None, max_length=64, description="Due before; RFC 3339.")
    order: Literal["earliest", "latest"] = Field(
        default="earliest",
        description="Which due time comes first. Drafts always begin with the latest change.",
    )
