"""Every post of a workspace, a page at a time: drafts first, then by due time."""

from functions.api.listing import END_OF_TIME
from functions.api.routing import Call
from shared.core.ports import CalendarEntry, Page
from shared.core.services import Api

DRAFTS, PLANNED = "drafts:", "planned:"
"""How a place begins; the store's own cursor follows."""


def posts_at(
    api: Api, call: Call, place: str, *, limit: int
) -> tuple[Page[CalendarEntry], str | None]:
    """A page of posts, and where the next one begins. Answers to the inbox are not among them."""
    if place.startswith(DRAFTS):
        after = place.removeprefix(DRAFTS) or None
        page = api.store.drafts(call.workspace_id, limit=limit, after=after)
        return page, f"{DRAFTS}{page.next}" if page.next else PLANNED
    after = place.removeprefix(PLANNED) or None
    page = api.store.calendar(call.workspace_id, start=0, end=END_OF_TIME, limit=limit, after=after)
    return page, f"{PLANNED}{page.next}" if page.next else None
