"""A brand's voice: its rules, how it wants to sound, and what its links carry."""

from typing import Annotated

from pydantic import ConfigDict, Field, JsonValue, StringConstraints

from functions.api.schemas.base import Input, Name, Output, Time
from functions.api.schemas.posts import Links
from functions.api.schemas.requests import Tag
from shared.core.voice import MOST_RULES, RuleKind, Severity

Word = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=100)]
Domain = Annotated[
    str, StringConstraints(strip_whitespace=True, to_lower=True, min_length=1, max_length=253)
]
PlatformName = Annotated[str, StringConstraints(min_length=1, max_length=50)]

_WORDS = (
    "For `banned`, `required` (every one) and `disclosure` (one of them): words or phrases, whole "
    "and in any case."
)
_DOMAINS = "For `allowed_domains` and `banned_domains`: each with everything below it."
_MOST = "For `emoji`: so many in one part. For `capitals`: percent of a part's letters."
_AT_START = "For `disclosure`: nothing but signs may come before the word."
_PLATFORMS = "It holds there only; empty: everywhere."
_TAGS = "It holds for posts with one of these tags only, `sponsored` say; empty: for all."


class RuleInput(Input):
    name: Name = Field(description="Said in everything that it finds.")
    kind: Annotated[RuleKind, Field(strict=False)]
    severity: Annotated[Severity, Field(strict=False)] = Severity.STOPS
    words: Annotated[tuple[Word, ...], Field(max_length=200)] = Field((), description=_WORDS)
    domains: Annotated[tuple[Domain, ...], Field(max_length=200)] = Field((), description=_DOMAINS)
    most: Annotated[int, Field(ge=0, le=1000)] | None = Field(default=None, description=_MOST)
    at_start: bool = Field(default=False, description=_AT_START)
    platforms: Annotated[tuple[PlatformName, ...], Field(max_length=50)] = Field(
        (), description=_PLATFORMS
    )
    tags: Annotated[tuple[Tag, ...], Field(max_length=20)] = Field((), description=_TAGS)


class LinkParameterInput(Input):
    name: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=50)]
    value: Annotated[
        str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200)
    ] = Field(
        description="May hold `{platform}`, `{account}`, `{campaign}`, `{post}` and `{date}` (the "
        "day it is planned for). Where one stands for nothing, the parameter is left out."
    )


class LinksInput(Input):
    """Added to links to these domains and everything below them. What a link says already stays."""

    domains: Annotated[tuple[Domain, ...], Field(max_length=50)] = ()
    parameters: Annotated[tuple[LinkParameterInput, ...], Field(max_length=20)] = ()


_EXAMPLE: JsonValue = {
    "tone": "Warm, short, no jokes about competitors.",
    "rules": [
        {"name": "No superlatives", "kind": "banned", "words": ["cheapest", "best in town"]},
        {
            "name": "Sponsored posts say so",
            "kind": "disclosure",
            "words": ["#ad", "#anzeige"],
            "at_start": True,
            "tags": ["sponsored"],
        },
    ],
    "links": {
        "domains": ["bakery.example"],
        "parameters": [
            {"name": "utm_source", "value": "{platform}"},
            {"name": "utm_medium", "value": "social"},
            {"name": "utm_campaign", "value": "{campaign}"},
        ],
    },
}


class VoiceEdit(Input):
    """What is left out stays as it is; rules and links are replaced as a whole."""

    model_config = ConfigDict(json_schema_extra={"examples": [_EXAMPLE]})

    tone: Annotated[str, StringConstraints(strip_whitespace=True, max_length=5_000)] | None = None
    rules: Annotated[tuple[RuleInput, ...], Field(max_length=MOST_RULES)] | None = None
    links: LinksInput | None = None


class Rule(Output):
    name: str
    kind: RuleKind = Field(description="Its findings have the code `voice.<kind>`.")
    severity: Severity = Field(
        description="`stops`: what breaks it cannot be planned or approved. `warns`: a notice."
    )
    words: list[str] = Field(description=_WORDS)
    domains: list[str] = Field(description=_DOMAINS)
    most: int | None = Field(description=_MOST)
    at_start: bool = Field(description=_AT_START)
    platforms: list[str] = Field(description=_PLATFORMS)
    tags: list[str] = Field(description=_TAGS)


class Voice(Output):
    tone: str = Field(description="Shown to those who write.")
    rules: list[Rule]
    links: Links
    changed_at: Time | None = Field(description="null: nobody has written any of it yet.")
    changed_by: str
    version: int
