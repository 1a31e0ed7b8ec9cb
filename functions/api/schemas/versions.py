"""What a post said before, what somebody has not saved yet, and who has it open."""

from typing import Annotated

from pydantic import ConfigDict, Field, StringConstraints

from functions.api.schemas.base import Id, Input, Output, Time
from functions.api.schemas.posts import LinkCard, MediaRef, Options, Part, Variant
from functions.api.schemas.requests import PostContent
from shared.core.models import MissedWindow


class Written(Output):
    """All that somebody wrote in a post, and where it goes."""

    text: str
    media: list[MediaRef]
    parts: list[Part]
    variants: dict[str, Variant]
    options: Options
    first_comment: str
    card: LinkCard | None
    account_ids: list[Id]
    tags: list[str]
    campaign: str | None
    missed_window: MissedWindow | None


class VersionSummary(Output):
    id: Id
    by: str = Field(description="Who had written it.")
    at: Time
    aside: bool = Field(
        description="The post never said this: it was put aside when two had changed it at once."
    )
    excerpt: str


class Version(Written):
    id: Id
    by: str
    at: Time
    aside: bool


class Restore(Input):
    model_config = ConfigDict(json_schema_extra={"examples": [{}]})

    update_live: bool = Field(
        default=False,
        description="Also change what is already live, on the networks that allow it.",
    )


class WorkingCopyInput(PostContent):
    """What differs from the post."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"text": "Fresh bread from seven.", "based_on": 2}]}
    )

    based_on: Annotated[int, Field(ge=0, description="The post's `versions` as you read it.")]
    local: Annotated[str, StringConstraints(pattern=r"^\d{4}-\d\d-\d\dT\d\d:\d\d$")] | None = Field(
        default=None, description="The wall-clock time to which it is to be moved, if it is."
    )


class WorkingCopy(Written):
    at: Time
    based_on: int
    local: str | None
    base: Written | None = Field(
        description="What the post said when this was begun, where it says something else now."
    )


class OwnWork(Output):
    """Yours alone."""

    unfinished: WorkingCopy | None = Field(description="null: you have none.")


class Present(Output):
    """Somebody who has the post open to edit it."""

    name: str
    by: str
    you: bool = Field(description="In another window of your own.")


class Presence(Output):
    others: list[Present]
    version: int = Field(description="The post's, as it is stored now.")
    versions: int
