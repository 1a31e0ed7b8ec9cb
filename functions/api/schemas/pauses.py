"""Pauses: what stops, from when to when, and what becomes of what they stop."""

from enum import StrEnum
from typing import Annotated

from pydantic import ConfigDict, Field, StringConstraints

from functions.api.schemas.accounts import LeavingDelivery
from functions.api.schemas.base import Id, Input, Output, Time
from shared.core.workspaces import PauseFate, PauseScope

Reason = Annotated[str, StringConstraints(strip_whitespace=True, max_length=200)]
Value = Annotated[str, StringConstraints(strip_whitespace=True, max_length=64)]
Fate = Annotated[
    PauseFate,
    Field(
        description="What becomes of what comes due meanwhile. `hold`: it waits until somebody "
        "ends the pause. `send_after`: it leaves after the end, a few seconds apart, unless it is "
        "too late by then. `skip`: it is cancelled. Where several pauses stop it, the one that "
        "lets least out decides: `skip`, then `hold`."
    ),
]
Since = Annotated[
    str | None, Field(max_length=64, description="RFC 3339: when it begins. null: at once.")
]
Until = Annotated[
    str | None,
    Field(max_length=64, description="RFC 3339: when it ends. null: once somebody ends it."),
]


class PauseState(StrEnum):
    SCHEDULED = "scheduled"
    IN_FORCE = "in_force"
    OVER = "over"


class PauseAsk(Input):
    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "scope": "tag",
                    "value": "promo",
                    "since": "2030-12-24T00:00:00+01:00",
                    "until": "2030-12-27T00:00:00+01:00",
                    "fate": "skip",
                }
            ]
        }
    )

    scope: Annotated[PauseScope, Field(strict=False)]
    value: Value = Field("", description="The account's id, the platform's name, or the tag.")
    since: Since = None
    until: Until = None
    fate: Annotated[Fate, Field(strict=False)] = PauseFate.HOLD


class PauseCreate(PauseAsk):
    reason: Reason = ""


class PauseEdit(Input):
    """What is left out stays as it is. What a pause held already stays held."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"until": "2030-12-28T00:00:00Z"}]})

    since: Since = None
    until: Until = None
    fate: Annotated[PauseFate, Field(strict=False)] | None = None
    reason: Reason | None = None


class PausesQuery(Input):
    since: str | None = Field(
        default=None, max_length=64, description="Only what is in force at or after; RFC 3339."
    )
    until: str | None = Field(
        default=None, max_length=64, description="Only what begins before; RFC 3339."
    )


class Pause(Output):
    id: Id
    scope: PauseScope
    value: str = Field(description="The account's id, the platform's name, or the tag.")
    since: Time
    until: Time | None = Field(description="null: once somebody ends it.")
    fate: PauseFate
    reason: str
    state: PauseState = Field(
        description="`over`: it stops nothing any more. What it held with `hold` waits until "
        "somebody ends it for good."
    )
    created_at: Time
    created_by: str
    version: int


class PauseMade(Pause):
    still_leaving: list[LeavingDelivery] = Field(
        description="Already on their way; nothing else that it covers leaves while it is in force."
    )


class PauseOutlook(Output):
    """What a pause would stop as things are planned now."""

    posts: int = Field(description="Posts of which something comes due while it is in force.")
    first_due: Time | None
    last_due: Time | None
    covered_to: Time = Field(description="Posts that are due later were not looked at.")
    complete: bool = Field(description="False where `covered_to` is before its end.")
