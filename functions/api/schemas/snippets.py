"""Snippets, templates and groups of hashtags."""

from typing import Annotated

from pydantic import ConfigDict, Field, StringConstraints

from functions.api.schemas.base import GivenId, Id, Input, Name, Output, Time
from functions.api.schemas.posts import Options
from functions.api.schemas.requests import Ids, OptionsInput, Tag, Text

_TEXT = (
    "May hold variables such as `{offer}`. `{date}`, `{account}` and `{brand}` are known, the "
    "others are asked for."
)
SomeText = Annotated[str, StringConstraints(min_length=1, max_length=25_000)]
Hashtags = Annotated[
    tuple[Annotated[str, StringConstraints(min_length=1, max_length=100)], ...],
    Field(min_length=1, max_length=60, description="In their order, with or without `#`."),
]
Texts = Annotated[
    tuple[Text, ...], Field(max_length=50, description="What follows `text` in a thread.")
]


class SearchQuery(Input):
    search: Annotated[str, StringConstraints(strip_whitespace=True, max_length=100)] = Field(
        "", description="Words of the name or the text, in any case."
    )


class SnippetCreate(Input):
    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"name": "Opening hours", "text": "We open at {hour} on {date}."}]
        }
    )

    name: Name
    text: SomeText = Field(description=_TEXT)


class SnippetEdit(Input):
    """What is left out stays as it is."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"text": "Open from {hour}."}]})

    name: Name | None = None
    text: SomeText | None = None


class Fill(Input):
    """What its variables stand for."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"values": {"hour": "six"}}]})

    values: Annotated[
        dict[
            Annotated[str, StringConstraints(max_length=40)],
            Annotated[str, StringConstraints(max_length=2_000)],
        ],
        Field(max_length=50, description="By name. What is known may be given, too."),
    ] = Field(default_factory=dict)
    account_id: GivenId | None = Field(
        default=None, description="The account that is written for: `{account}` is its handle."
    )


class TemplateCreate(Input):
    """A whole post to start from."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"name": "Bread of the week", "text": "This week: {bread}."}]
        }
    )

    name: Name
    text: Text = Field("", description=_TEXT)
    parts: Texts = ()
    options: OptionsInput = Field(default_factory=lambda: OptionsInput())
    tags: Annotated[tuple[Tag, ...], Field(max_length=20)] = ()
    account_ids: Ids = ()


class TemplateEdit(Input):
    """What is left out stays as it is; lists are replaced as a whole."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"name": "Loaf of the week"}]})

    name: Name | None = None
    text: Text | None = None
    parts: Texts | None = None
    options: OptionsInput | None = None
    tags: Annotated[tuple[Tag, ...], Field(max_length=20)] | None = None
    account_ids: Ids | None = None


class HashtagGroupCreate(Input):
    model_config = ConfigDict(
        json_schema_extra={"examples": [{"name": "Bread", "tags": ["#bread", "#sourdough"]}]}
    )

    name: Name
    tags: Hashtags


class HashtagGroupEdit(Input):
    """What is left out stays as it is."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"tags": ["#bread"]}]})

    name: Name | None = None
    tags: Hashtags | None = None


class _Kept(Output):
    id: Id
    name: str
    created_at: Time
    created_by: str
    version: int


class Snippet(_Kept):
    text: str
    variables: list[str] = Field(description="In the order of the text.")


class Template(_Kept):
    text: str
    parts: list[str]
    options: Options
    tags: list[str]
    account_ids: list[Id]
    variables: list[str] = Field(description="In the order of the text.")


class HashtagGroup(_Kept):
    tags: list[str] = Field(description="With their sign.")


class Filled(Output):
    text: str


class FilledTemplate(Output):
    """As `POST /v1/posts` takes it. Accounts that are gone since are left out."""

    text: str
    parts: list[str]
    options: Options
    tags: list[str]
    account_ids: list[Id]
