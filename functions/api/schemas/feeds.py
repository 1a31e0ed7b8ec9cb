"""Calendar feeds: links for calendar programs."""

from typing import Annotated

from pydantic import ConfigDict, Field

from functions.api.schemas.base import GivenId, Id, Input, Name, Output, Time

Text = Annotated[
    bool,
    Field(description="Whole posts (their first 1,000 characters), not only their first words."),
]
Drafts = Annotated[bool, Field(description="Also posts that still wait for somebody's approval.")]


class FeedCreate(Input):
    """What is left out does not narrow it; what is given narrows it together."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"name": "For the bakery", "account_id": "acc_01", "text": True}]
        }
    )

    name: Name
    account_id: GivenId | None = None
    campaign: Name | None = Field(default=None, description="Its id or its name.")
    person: Name | None = Field(
        default=None, description="Whose posts: `created_by` of a post, an e-mail or a key's id."
    )
    text: Text = False
    drafts: Drafts = False


class FeedEdit(Input):
    """What is left out stays as it is. What a feed is about never changes: make another."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"text": True}]})

    name: Name | None = None
    text: Text | None = None
    drafts: Drafts | None = None


class Feed(Output):
    id: Id
    name: str
    account_id: Id | None
    campaign: Id | None
    person: str | None
    text: Text
    drafts: Drafts
    created_at: Time
    created_by: str
    link_made_at: Time = Field(description="When the link that works now was made.")
    version: int


class FeedWithLink(Feed):
    link: str | None = Field(
        description="Shown this once: the path and query, to be put behind this installation's "
        "address. Whoever has it can read the feed, without signing in."
    )
