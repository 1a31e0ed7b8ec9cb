"""What the page of a link says of itself."""

from typing import Annotated

from pydantic import Field, StringConstraints

from functions.api.schemas.base import Input, Output


class LinkCardQuery(Input):
    url: Annotated[str, StringConstraints(max_length=2000, pattern=r"^https?://[^\s/]+\S*$")]


class PageCard(Output):
    """How readers get a link where nobody wrote a card for it."""

    url: str
    title: str
    description: str
    picture: str | None = Field(description="A small copy to look at, as a `data:` address.")
    picture_url: str | None = Field(
        description="Where the page says that its picture is; as `url` of `POST /v1/media` it gets "
        "into the library, for a card of your own."
    )
    why: str = Field(description="What is missing and why; empty: nothing.")
