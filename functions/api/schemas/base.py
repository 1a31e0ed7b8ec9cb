"""What every JSON shape shares."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, StringConstraints


class Input(BaseModel):
    """What a client sends: nothing unknown, nothing converted. Built at first use."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True, defer_build=True)


class NoQuery(Input):
    pass


class Output(BaseModel):
    """What a client gets."""

    model_config = ConfigDict(frozen=True, defer_build=True)


Time = Annotated[
    str,
    Field(
        description="An instant, RFC 3339 in UTC.",
        json_schema_extra={"format": "date-time"},
        examples=["2026-12-01T08:00:00Z"],
    ),
]
Id = Annotated[str, Field(description="Opaque; compare it, never take it apart.")]
GivenId = Annotated[str, StringConstraints(min_length=1, max_length=64)]
Name = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=100)]
Millis = Annotated[int, Field(description="Milliseconds.")]
