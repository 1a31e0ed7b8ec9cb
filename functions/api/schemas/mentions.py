"""What looking for people takes and answers."""

from typing import Annotated

from pydantic import Field, StringConstraints

from functions.api.schemas.base import GivenId, Input, Output
from functions.api.schemas.problems import Finding


class MentionsQuery(Input):
    account_id: GivenId = Field(
        description="On whose network to look, and as seen from its server."
    )
    q: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=100)] = (
        Field(description="How the handle or the name begins; an @ before it does not matter.")
    )


class Mention(Output):
    """Somebody whom a text can name."""

    handle: str = Field(description="What follows the @ in a text on this network.")
    name: str = Field(description="As they call themselves; may be empty. Only ever text.")
    platform: str
    known: bool = Field(description="They wrote to this workspace.")


class Mentions(Output):
    items: list[Mention] = Field(
        description="Ten at most. Those who wrote to you come first, then what the network found."
    )
    notices: list[Finding] = Field(
        description="Why the network itself is missing from this, where it is."
    )
