"""Changing what is stored: read, decide, write; anew when somebody else was quicker."""

from collections.abc import Callable, Sequence
from typing import TypeVar

from functions.api.routing import Answer, Call
from functions.api.schemas import answers as out
from functions.api.standing import post_view
from shared.core.errors import Conflict
from shared.core.ports import PostRecord
from shared.core.services import Api

T = TypeVar("T")
ATTEMPTS = 4
"""The tick and the workers write too; what they did is read and taken into account."""


def repeating(decide: Callable[[], T]) -> T:
    """`decide` reads and writes; when somebody wrote in between it decides anew."""
    for _ in range(ATTEMPTS - 1):
        try:
            return decide()
        except Conflict as error:
            if error.code != "stale":
                raise
    return decide()


def changing(
    api: Api,
    call: Call,
    post_id: str,
    decide: Callable[[PostRecord], T],
    *,
    elsewhere_too: bool = False,
) -> T:
    """The same for a post. Raises Stale when it is not the version that the client saw, Conflict
    (`made_elsewhere`) when it was not made here, unless `elsewhere_too`.
    """

    def once() -> T:
        record = api.store.post(call.workspace_id, post_id)
        call.check_match(record.post.version)
        if record.post.elsewhere and not elsewhere_too:
            words = "This post was not made here but found on the profile: change it where it was "
            raise Conflict(f"{words}made. Here it can only be taken down.", code="made_elsewhere")
        return decide(record)

    return repeating(once)


def shown(
    api: Api, call: Call, post_id: str, notices: Sequence[out.Finding] = (), *, status: int = 200
) -> Answer:
    """The post as it is stored now."""
    record = api.store.post(call.workspace_id, post_id)
    return Answer(
        post_view(api, record, notices, now=call.now), status=status, version=record.post.version
    )
