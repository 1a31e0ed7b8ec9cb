"""Changing a stored post: read, decide, write with compare-and-set, answer what is stored now."""

from collections.abc import Callable, Sequence
from typing import TypeVar

from functions.api import views
from functions.api.routing import Answer, Call
from functions.api.schemas import answers as out
from shared.core.errors import Conflict
from shared.core.ports import PostRecord
from shared.core.services import Api

T = TypeVar("T")
ATTEMPTS = 4
"""The tick and the workers move deliveries too; what they did is read and taken into account."""


def changing(api: Api, call: Call, post_id: str, decide: Callable[[PostRecord], T]) -> T:
    """`decide` reads a record and writes; when somebody wrote first it decides anew."""
    for attempt in range(1, ATTEMPTS + 1):
        record = api.store.post(call.workspace_id, post_id)
        call.check_match(record.post.version)
        try:
            return decide(record)
        except Conflict as error:
            if error.code != "stale" or attempt == ATTEMPTS:
                raise
    raise AssertionError("unreachable")


def shown(
    api: Api, call: Call, post_id: str, notices: Sequence[out.Finding] = (), *, status: int = 200
) -> Answer:
    """The post as it is stored now."""
    record = api.store.post(call.workspace_id, post_id)
    return Answer(views.post(record, notices), status=status, version=record.post.version)
