"""Several posts at once: moved, labelled, cancelled."""

from typing import Annotated

from pydantic import ConfigDict, Field, StringConstraints

from functions.api.schemas.base import GivenId, Id, Input, Name, Output
from functions.api.schemas.posts import Plan
from functions.api.schemas.problems import Finding
from functions.api.schemas.requests import Schedule, Tag

MOST = 100
Tags = Annotated[tuple[Tag, ...], Field(max_length=20)]


class Chosen(Input):
    id: GivenId
    version: int | None = Field(
        default=None, description="As you saw it; this post is refused if it changed since."
    )


class ToMove(Chosen):
    schedule: Schedule | None = Field(
        default=None, description="When this one leaves, where neither `shift` nor `date` is given."
    )


class Shift(Input):
    """On the clocks of the workspace: 09:00 stays 09:00 whatever clocks do between. Each post comes
    with its `version`, so that no repetition moves it twice.
    """

    days: Annotated[int, Field(ge=-3660, le=3660)] = 0
    minutes: Annotated[int, Field(ge=-1440, le=1440)] = 0


class Reschedule(Input):
    """Exactly one: `shift`, `date`, or a `schedule` in each of `posts`."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "posts": [{"id": "pst_01", "version": 3}, {"id": "pst_02", "version": 1}],
                    "shift": {"days": 7},
                },
                {"posts": [{"id": "pst_01"}], "date": "2030-12-24"},
                {"posts": [{"id": "pst_01", "schedule": {"local": "2030-12-24T09:00"}}]},
            ]
        }
    )

    posts: Annotated[tuple[ToMove, ...], Field(min_length=1, max_length=MOST)]
    shift: Shift | None = None
    date: Annotated[str, StringConstraints(max_length=10)] | None = Field(
        default=None, description="Each keeps its time of day."
    )


class LabelPosts(Input):
    """`campaign` null takes them out of theirs; left out, they stay in it."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"posts": [{"id": "pst_01"}], "add_tags": ["spring"]}]}
    )

    posts: Annotated[tuple[Chosen, ...], Field(min_length=1, max_length=MOST)]
    add_tags: Tags = ()
    remove_tags: Tags = ()
    campaign: Name | None = None


class CancelPosts(Input):
    model_config = ConfigDict(json_schema_extra={"examples": [{"posts": [{"id": "pst_01"}]}]})

    posts: Annotated[tuple[Chosen, ...], Field(min_length=1, max_length=MOST)]


class PostDone(Output):
    """What became of one post: all of it, or nothing."""

    id: Id
    done: bool
    before: Plan | None = Field(description="When it was to leave before; null: it had no date.")
    plan: Plan | None = Field(description="When it leaves now.")
    problems: list[Finding] = Field(description="Why it stayed as it was.")
    notices: list[Finding]


class PostsDone(Output):
    done: int
    items: list[PostDone] = Field(description="In the order in which they were given.")
