"""Lists of posts: one index read per page, filtered, never empty before its end."""

from collections.abc import Sequence

from functions.api import views
from functions.api.campaigns import belonging
from functions.api.routing import Call
from functions.api.schemas import answers as out
from functions.api.schemas import requests as take
from shared.core.campaigns import Campaign, belongs
from shared.core.errors import InvalidDraft, Problem
from shared.core.models import Millis
from shared.core.ports import CalendarEntry, Page
from shared.core.posts import PostStatus
from shared.core.schedule import instant
from shared.core.searching import holds, texts_of
from shared.core.services import Api

END_OF_TIME: Millis = 9_000_000_000_000
PAGES = 10
"""How many index pages one request reads at most while its filter lets nothing through."""


def list_page(api: Api, call: Call, query: take.PostsQuery) -> out.Page[out.PostSummary]:
    """A page of posts. Its cursor goes on in the same order, wherever the filter stopped."""
    start = instant(query.since, where="since") if query.since else 0
    end = instant(query.until, where="until") if query.until else END_OF_TIME
    if query.status is PostStatus.DRAFT and (query.since or query.until):
        words = "Drafts have no date; leave `since` and `until` out."
        raise InvalidDraft([Problem("since", "not_with_drafts", words)])
    campaign = belonging(api, call, query.campaign)
    found: list[CalendarEntry] = []
    after = query.cursor
    for _ in range(PAGES):
        page = _read(
            api, call, query, start=start, end=end, limit=query.limit - len(found), after=after
        )
        wanted = [entry for entry in page.items if _wanted(entry, query, campaign)]
        found += wanted if query.q is None else _saying(api, call, wanted, query.q)
        after = page.next
        if after is None or len(found) >= query.limit:
            break
    return out.Page[out.PostSummary](items=[views.post_summary(e) for e in found], next=after)


def _read(
    api: Api,
    call: Call,
    query: take.PostsQuery,
    *,
    start: Millis,
    end: Millis,
    limit: int,
    after: str | None,
) -> Page[CalendarEntry]:
    if query.status is PostStatus.DRAFT:
        return api.store.drafts(call.workspace_id, limit=limit, after=after)
    return api.store.calendar(
        call.workspace_id,
        start=start,
        end=end,
        limit=limit,
        after=after,
        latest=query.order == "latest",
    )


def _saying(
    api: Api, call: Call, entries: Sequence[CalendarEntry], words: str
) -> list[CalendarEntry]:
    """Those with all words. The index knows only how a post begins; the others are read."""
    seen = {e.post.id for e in entries if holds(words, e.post.excerpt, *e.post.tags)}
    rest = [entry.post.id for entry in entries if entry.post.id not in seen]
    posts = api.store.posts(call.workspace_id, rest) if rest else {}
    seen |= {post_id for post_id, post in posts.items() if holds(words, *texts_of(post))}
    return [entry for entry in entries if entry.post.id in seen]


def _wanted(entry: CalendarEntry, query: take.PostsQuery, campaign: Campaign | None) -> bool:
    post = entry.post
    return (
        (query.status is None or views.entry_status(entry) is query.status)
        and (query.account_id is None or query.account_id in post.account_ids)
        and (query.tag is None or query.tag in post.tags)
        and (query.campaign is None or belongs(post.campaign, campaign, asked=query.campaign))
        and (query.origin is None or (query.origin == "elsewhere") is post.elsewhere)
    )
