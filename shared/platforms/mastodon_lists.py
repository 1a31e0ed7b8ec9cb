"""The lists that an account's server keeps, page by page: what came to it and what it posted.

Pages go back by `max_id`, from the `Link` header or, where a server sends none, from the last
entry (https://docs.joinmastodon.org/api/guidelines/#pagination, read 2026-11). An entry that
cannot be read is left out: one broken post must not hide the others behind it. A page on which
nothing is an entry at all is Unreadable.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from typing import TypeAlias
from urllib.parse import parse_qs, quote, urlsplit

from shared.core.engagement import OwnPage, SeenItem, SeenPage, SeenPost
from shared.core.errors import AccessRevoked, Gone, Problem, Rejected, Unreadable
from shared.core.models import Millis
from shared.core.values import dataclass
from shared.core.workspaces import Account
from shared.platforms.base import as_list, as_object, maybe_text
from shared.platforms.mastodon_seen import (
    MAX_ID,
    Status,
    maybe_id,
    moment,
    seen_item,
    seen_post,
    status_id,
    visibility,
)
from shared.platforms.mastodon_server import Server
from shared.platforms.mastodon_statuses import LIST_BYTES
from shared.platforms.request import Answer

NOTIFICATIONS = "/api/v1/notifications"
# https://docs.joinmastodon.org/methods/notifications/ and /methods/accounts/#statuses (2026-11)
MOST_NOTIFICATIONS = 80
MOST_STATUSES = 40
FEW = 5
"""How many are asked for where a whole page was too large to be read."""
WANTED = ("mention", "quote")
_NEXT = re.compile(r"<([^<>]{1,4000})>\s{0,9};\s{0,9}rel=\"?next\b")

Params: TypeAlias = Mapping[str, str | int | Sequence[str]]


@dataclass(frozen=True, slots=True)
class Listed:
    """One page: entries that have an id, newest first, and where the next page begins."""

    entries: tuple[Mapping[str, object], ...]
    next: str | None

    def after(self, since: Millis) -> str | None:
        """Where to go on, unless this page reaches back before `since`."""
        if not self.entries:
            return None
        at = moment(self.entries[-1].get("created_at"))
        return None if at is not None and at < since else self.next


def activity(server: Server, account: Account, *, since: Millis, page: str | None) -> SeenPage:
    """Mentions, which replies and answers in threads are where they name us, and quotes.

    Ordered by when they came to the server, which also says when `since` is reached: posts from
    elsewhere may be older than that.
    """
    params: Params = {"types[]": WANTED}
    try:
        listed = read_list(server, NOTIFICATIONS, params, page=page, most=MOST_NOTIFICATIONS)
    except Rejected:  # some servers refuse a type that they do not know
        params = {"types[]": WANTED[:1]}
        listed = read_list(server, NOTIFICATIONS, params, page=page, most=MOST_NOTIFICATIONS)
    items: dict[str, SeenItem] = {}
    for status in _told_of(listed):
        with suppress(Unreadable):
            item = seen_item(status, account)
            items.setdefault(item.remote_id, item)
    return SeenPage(tuple(items.values()), listed.after(since))


def own_posts(server: Server, account: Account, *, since: Millis, page: str | None) -> OwnPage:
    """Neither replies nor reposts nor private messages; of a thread its first post."""
    path = f"/api/v1/accounts/{quote(account.remote_id, safe='')}/statuses"
    params: Params = {"exclude_replies": "true", "exclude_reblogs": "true"}
    listed = read_list(server, path, params, page=page, most=MOST_STATUSES)
    posts: list[SeenPost] = []
    for status in listed.entries:
        if _is_own_post(status, account):
            with suppress(Unreadable):
                posts.append(seen_post(status))
    return OwnPage(tuple(posts), listed.after(since))


def read_list(server: Server, path: str, params: Params, *, page: str | None, most: int) -> Listed:
    """Raises Gone for a page that the server no longer knows; never for the list itself."""
    asked = {**params, **({} if page is None else {"max_id": page})}
    try:
        answer, shown, limit = _read(server, path, asked, most)
    except AccessRevoked as refused:
        server.may_still(refused)
        raise _not_allowed(path, refused) from refused
    except Gone as error:
        if page is None:
            raise Unreadable(f"{server.origin} has no {path}") from error
        raise
    entries = tuple(_entries(shown))
    if shown and not entries:
        raise Unreadable(f"{path} lists nothing that has an id")
    return Listed(entries, _next(answer, entries, page, is_full=len(shown) >= limit))


def _read(
    server: Server, path: str, asked: Params, limit: int
) -> tuple[Answer, Sequence[object], int]:
    try:
        answer = server.read(path, {**asked, "limit": limit}, max_bytes=LIST_BYTES)
        return answer, as_list(answer.json(), path), limit
    except Unreadable:  # perhaps some posts are very long: smaller pages come past them
        if limit <= FEW:
            raise
        return _read(server, path, asked, FEW)


def _entries(shown: Sequence[object]) -> Iterator[Mapping[str, object]]:
    for one in shown:
        with suppress(Unreadable):
            entry = as_object(one, "an entry")
            status_id(entry)
            yield entry


def _next(
    answer: Answer, entries: Sequence[Mapping[str, object]], page: str | None, *, is_full: bool
) -> str | None:
    """None at the end, and where a server gives the same page again."""
    if not entries:
        return None
    link = answer.headers.get("link")
    after = _linked(link or "")
    if after is None and (link is None or is_full):
        after = status_id(entries[-1])
    return None if after == page else after


def _linked(link: str) -> str | None:
    """Only the id is taken from it: where to ask is ours to know."""
    match = _NEXT.search(link[:10_000])
    if match is None:
        return None
    try:
        found = parse_qs(urlsplit(match[1]).query).get("max_id", [""])[0]
    except ValueError:
        return None
    return found if found and len(found) <= MAX_ID and found.isprintable() else None


def _told_of(listed: Listed) -> Iterator[Status]:
    """The posts of those notifications that are wanted; one without is of a deleted post."""
    for entry in listed.entries:
        status = entry.get("status")
        if maybe_text(entry, "type") in WANTED and isinstance(status, dict):
            yield status


def _is_own_post(status: Status, account: Account) -> bool:
    by = status.get("account")
    if isinstance(by, dict) and maybe_id(by, "id") not in {None, account.remote_id}:
        return False
    answers = (maybe_id(status, "in_reply_to_id"), maybe_id(status, "in_reply_to_account_id"))
    return answers == (None, None) and not status.get("reblog") and visibility(status) != "direct"


def _not_allowed(path: str, refused: AccessRevoked) -> Rejected:
    message = (
        f"This access token may not read {path} ({refused.message}). "
        "Make a new one with the scopes read and write and connect the account again."
    )
    return Rejected([Problem("fields.access_token", "not_allowed", message)])
