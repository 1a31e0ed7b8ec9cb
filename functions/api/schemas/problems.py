"""What went wrong, or is worth knowing."""

from pydantic import ConfigDict, Field

from functions.api.schemas.base import Id, Output, Time


class Finding(Output):
    """One thing that is wrong, or worth knowing."""

    where: str = Field(description="Path in the request, such as `parts[0].text`.")
    code: str = Field(description="Stable; for programs.")
    message: str = Field(description="What is wrong and how to mend it; for people.")
    account_id: Id | None = Field(
        default=None, description="The account that this is about, if one."
    )
    rule: str | None = Field(
        default=None,
        description="The name of the brand's own rule that found it, if one did. What it stops may "
        "be let pass for one post with `allow`.",
    )


class ProblemDocument(Output):
    """RFC 9457 (`application/problem+json`)."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "type": "urn:tidings:problem:invalid",
                    "title": "The request must be changed",
                    "status": 422,
                    "detail": "2026-01-01T08:00:00Z is in the past; plan a later time.",
                    "code": "past_date",
                    "problems": [
                        {
                            "where": "schedule.at",
                            "code": "past_date",
                            "message": "2026-01-01T08:00:00Z is in the past; plan a later time.",
                            "account_id": None,
                            "rule": None,
                        }
                    ],
                    "request_id": "L3f2kjEnoAMEV2w=",
                }
            ]
        }
    )

    type: str
    title: str
    status: int
    detail: str
    code: str
    problems: list[Finding]
    request_id: str


class Error(Output):
    code: str
    message: str
    at: Time
