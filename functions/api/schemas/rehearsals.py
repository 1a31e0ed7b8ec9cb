"""A rehearsal: what would become of everything planned, found out without sending."""

from enum import StrEnum
from typing import Annotated

from pydantic import ConfigDict, Field

from functions.api.schemas.accounts import Job
from functions.api.schemas.base import Id, Input, Output, Time
from functions.api.schemas.requests import Ids


class Rehearse(Input):
    """From `since` for so many `days`, or until `until`."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"days": 7}]})

    days: Annotated[int, Field(ge=1, le=14)] | None = Field(
        default=None, description="7 unless `until` is given."
    )
    since: str | None = Field(default=None, max_length=64, description="RFC 3339; by default now.")
    until: str | None = Field(
        default=None, max_length=64, description="RFC 3339; at most 14 days after `since`."
    )
    account_ids: Ids | None = Field(default=None, description="By default all accounts.")


class Effect(StrEnum):
    """What would come of it: it does not leave, it leaves late, or it is worth knowing."""

    STOPS = "stops"
    DELAYS = "delays"
    NOTICE = "notice"


class AccountAccess(StrEnum):
    """Whether an account's credential still works: it does, the network has been asked and has not
    answered yet, or it does not.
    """

    WORKS = "works"
    CHECKING = "checking"
    LOST = "lost"


class RehearsalFinding(Output):
    """One thing that would go wrong, or is worth knowing, and how to mend it."""

    post_id: Id
    delivery_id: Id
    account_id: Id
    excerpt: str
    due_at: Time
    effect: Effect
    code: str = Field(description="Stable; for programs.")
    words: str = Field(description="What is wrong; for people.")
    todo: str = Field(description="How to mend it; empty: `words` say so.")
    where: str = Field(description="Path in the post, such as `parts[0].text`; empty: the whole.")
    other_post_id: Id | None = Field(description="The other post that this is about, if one.")


class RehearsedAccount(Output):
    account_id: Id
    planned: int = Field(description="Deliveries to it in this time.")
    access: AccountAccess
    job: Job | None = Field(
        description="While `access` is `checking`: asks the network. Rehearse again after it."
    )


class Rehearsal(Output):
    since: Time
    until: Time
    deliveries: int = Field(description="How many were checked.")
    complete: bool = Field(description="False: more is planned than one answer covers.")
    covered_to: Time = Field(description="Everything due before this instant was checked.")
    ok: bool = Field(
        description="True when everything checked would leave on time, and every account works."
    )
    findings: list[RehearsalFinding] = Field(description="By due time.")
    accounts: list[RehearsedAccount]
