"""All brands at once: the lists of every workspace that the caller belongs to, one after the other.

A page goes through a bounded number of workspaces and then says where to go on. It is sorted by
workspace, and within one as the list of that workspace is.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TypeVar

from pydantic import BaseModel

from functions.api import inbox_views
from functions.api.health import attention_of
from functions.api.listing import list_page
from functions.api.routing import Access, Answer, Call, Routes
from functions.api.schemas import health, requests
from functions.api.schemas import overview as shapes
from functions.api.schemas.answers import Page
from functions.api.schemas.base import Output
from shared.core.engagement import InboxItem, ItemState
from shared.core.errors import InvalidDraft, Problem
from shared.core.models import MINUTE, Millis
from shared.core.services import Api

T = TypeVar("T", bound=Output)
LOOKS = 25
"""Lists of workspaces that one request reads at most."""
HOUR: Millis = 60 * MINUTE
LOOK_BACK: Millis = 90 * 24 * HOUR

routes = Routes(
    "Overview",
    "All brands at once: what is planned, waits for approval, went wrong, or waits for an answer "
    "in any workspace that you belong to. Archived ones are left out.",
    access=Access.KEY,
)
Read = Callable[[Call, int, str | None], tuple[Sequence[BaseModel], str | None]]


def _across(api: Api, call: Call, query: requests.ListQuery, kind: type[T], read: Read) -> Answer:
    """`read` lists one workspace: its call, how many at most, and where it goes on."""
    at, inner = _place(query.cursor)
    ids = sorted(w.id for w in api.store.workspaces() if w.archived_at is None)
    left = [i for i in ids if i >= at and call.covers(i)]
    found: list[T] = []
    after = inner if left and left[0] == at else None
    for _ in range(LOOKS):
        if not left or len(found) >= query.limit:
            break
        here = left[0]
        items, after = read(replace(call, workspace=here), query.limit - len(found), after)
        found += [kind.model_validate(item.model_dump() | {"workspace_id": here}) for item in items]
        if after is None:
            left = left[1:]
    ends = f"{left[0]}:{after or ''}" if left else None
    return Answer(Page[kind](items=found, next=ends))  # type: ignore[valid-type]  # one of three


def _place(cursor: str | None) -> tuple[str, str | None]:
    """The workspace at which a list goes on, and where in it."""
    if cursor is None:
        return "", None
    workspace_id, colon, inner = cursor.partition(":")
    if not colon:
        words = "This cursor belongs to another list or an older version; start again without one."
        raise InvalidDraft([Problem("cursor", "bad_cursor", words)])
    return workspace_id, inner or None


@routes.add(
    "GET",
    "/v1/overview/posts",
    "List posts of all brands",
    query=shapes.OverviewPostsQuery,
    answer=Page[shapes.OverviewPost],
)
def list_all_posts(api: Api, call: Call, *, query: shapes.OverviewPostsQuery) -> Answer:
    """What is planned, by due time, or with a status only that: `awaiting_approval`, say. Drafts
    without a date come with `status=draft`.
    """

    def read(inside: Call, limit: int, after: str | None) -> tuple[Sequence[BaseModel], str | None]:
        asked = requests.PostsQuery(
            limit=limit, cursor=after, status=query.status, since=query.since, until=query.until
        )
        page = list_page(api, inside, asked)
        return page.items, page.next

    return _across(api, call, query, shapes.OverviewPost, read)


@routes.add(
    "GET",
    "/v1/overview/attention",
    "List what needs somebody, of all brands",
    query=requests.ListQuery,
    answer=Page[shapes.OverviewAttention],
)
def list_all_attention(api: Api, call: Call, *, query: requests.ListQuery) -> Answer:
    """As `GET /v1/attention` lists it for one: of the last 90 days."""

    def read(inside: Call, limit: int, after: str | None) -> tuple[Sequence[BaseModel], str | None]:
        asked = health.AttentionQuery(limit=limit, cursor=after)
        page = attention_of(api, inside, asked)
        return page.items, page.next

    return _across(api, call, query, shapes.OverviewAttention, read)


@routes.add(
    "GET",
    "/v1/overview/inbox",
    "List what waits for an answer, of all brands",
    query=shapes.OverviewInboxQuery,
    answer=Page[shapes.OverviewItem],
)
def list_all_overdue(api: Api, call: Call, *, query: shapes.OverviewInboxQuery) -> Answer:
    """What others wrote longer ago than `hours` and nobody has answered or closed, newest first. A
    page may be short of `limit`, even empty, and still have a `next`.
    """
    before = call.now - query.hours * HOUR

    def read(inside: Call, limit: int, after: str | None) -> tuple[Sequence[BaseModel], str | None]:
        page = api.store.inbox(inside.workspace_id, answered=False, limit=limit, after=after)
        over = bool(page.items) and page.items[-1].at < call.now - LOOK_BACK
        found = [item for item in page.items if _waits(item, call.now - LOOK_BACK, before)]
        return inbox_views.items(api, inside, found), None if over else page.next

    return _across(api, call, query, shapes.OverviewItem, read)


def _waits(item: InboxItem, since: Millis, before: Millis) -> bool:
    return (
        since <= item.at <= before
        and item.state is not ItemState.CLOSED
        and item.deleted_at is None
        and not item.seen.ours
    )
