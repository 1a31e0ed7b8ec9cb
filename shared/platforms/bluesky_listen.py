"""What came to a Bluesky account: the list of its notifications, and single posts looked up again.

The list's position is a time, and what shares the time of a page's last entry is skipped by the
next page (observed on the AppView 0.0.280; as in its source, packages/bsky
src/data-plane/server/db/pagination.ts and src/api/app/bsky/notification/listNotifications.ts, read
2026-11). So we go on one millisecond later than it says and see those entries again.
"""

from collections.abc import Mapping, Sequence

from shared.core.engagement import SeenItem, SeenPage
from shared.core.errors import Gone
from shared.core.models import MINUTE, Millis
from shared.platforms.base import maybe_list, maybe_text
from shared.platforms.bluesky_places import Places
from shared.platforms.bluesky_record import instant
from shared.platforms.bluesky_refusals import Refused
from shared.platforms.bluesky_seen import is_post, item, items_of, time_of
from shared.platforms.bluesky_server import Object
from shared.platforms.bluesky_view import AppView

_PAGE = 100
_REASONS = ("reply", "mention", "quote")
_RECENT: Millis = 24 * 60 * MINUTE


def activity(
    view: AppView, *, did: str, places: Places, since: Millis, page: str | None, now: Millis
) -> SeenPage:
    """One page of the notifications that are replies, mentions or quotes, as posts stand now."""
    answer = _notifications(view, page, deep=now - since > _RECENT)
    entries = [one for one in maybe_list(answer, "notifications") if isinstance(one, dict)]
    uris = [
        uri
        for one in entries
        if maybe_text(one, "reason") in _REASONS
        and is_post(uri := maybe_text(one, "uri"))
        and _at(one, otherwise=since) >= since
    ]
    # A notification holds neither pictures nor what became of the post since.
    views = view.posts(uris) if uris else {}
    found = (shown for uri in uris if (shown := views.get(uri)) is not None)
    items = items_of(found, did=did, places=places)
    told = maybe_text(answer, "cursor")
    reached = [_at(one, otherwise=since) for one in (*entries[-1:], {"indexedAt": told})]
    return SeenPage(items, None if min(reached) < since else _next(page, told))


def look(
    view: AppView, remote_ids: Sequence[str], *, did: str, places: Places
) -> Mapping[str, SeenItem | None]:
    """As `Platform.look`; an address that is no post's is left out."""
    views = view.posts([uri for uri in remote_ids if is_post(uri)])
    found: dict[str, SeenItem | None] = {}
    for uri, one in views.items():
        seen = None if one is None else item(one, did=did, places=places)
        if one is None or seen is not None:
            found[uri] = seen
    return found


def _notifications(view: AppView, page: str | None, *, deep: bool) -> Object:
    """Asked for certain reasons, the AppView itself turns pages until it has enough of them, and
    loses what shares a time at each turn. So only a deep look, which would read through every like
    of a month, asks for them. `priority` false: of everybody, whatever the person set in an app.
    """
    params: dict[str, str | int | Sequence[str]] = {"limit": _PAGE, "priority": "false"}
    if deep:
        params["reasons"] = _REASONS
    if page is not None:
        params["cursor"] = page
    try:
        return view.read("app.bsky.notification.listNotifications", params)
    except Refused as error:
        if page is None:
            raise
        raise Gone("the place in the list is not known any more") from error


def _at(entry: Object, *, otherwise: Millis) -> Millis:
    """The time that sorts the list, which the network calls `indexedAt` here."""
    at = time_of(entry, "indexedAt")
    return otherwise if at is None else at


def _next(asked: str | None, said: str) -> str | None:
    """Where to go on: one millisecond before (in the list) what the answer says, unless that is
    where we asked, because the whole page shares one time. Always further down, or the end.
    """
    if not said or said == asked:
        return None
    told, began = time_of({"at": said}, "at"), time_of({"at": asked}, "at")
    if told is None:
        return said  # a server with another kind of position
    if began is not None and told >= began:
        return None
    again = told + 1
    return said if began is not None and again >= began else instant(again)
