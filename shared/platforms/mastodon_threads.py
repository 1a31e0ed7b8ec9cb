"""Everything below a post: its replies, theirs, and the posts that quote it.

https://docs.joinmastodon.org/methods/statuses/#context and #quotes (read 2026-11): to whom it knows
a server shows up to 4,096 descendants; quotes can be listed since Mastodon 4.5.
"""

from collections import deque
from collections.abc import Mapping, Sequence
from contextlib import suppress

from shared.core.engagement import ItemKind, SeenItem, Thread
from shared.core.errors import AccessRevoked, Gone, Rejected, Transient, Unreadable
from shared.core.models import Remote
from shared.core.workspaces import Account
from shared.platforms.base import as_list, as_object
from shared.platforms.mastodon_lists import MOST_STATUSES, read_list
from shared.platforms.mastodon_seen import Status, counters, maybe_id, seen_item
from shared.platforms.mastodon_server import SERVER_ERROR, Server
from shared.platforms.mastodon_statuses import LIST_BYTES, by_ids, path_of

QUOTE_PAGES = 5
"""How many pages of quotes are read at a look; further ones come as notifications."""


def threads(
    server: Server, account: Account, remotes: Sequence[Remote]
) -> dict[str, Thread | None]:
    """One call for twenty posts, one for each thread; the later parts of a thread of ours stand in
    the first one's already. Left out: what the server answered with an error of its own.
    """
    posts = by_ids(server, [remote.id for remote in remotes])
    found: dict[str, Thread | None] = {}
    contexts: list[Sequence[Status]] = []
    for asked in [remote.id for remote in remotes if remote.id in posts]:
        post = posts[asked]
        if post is None:
            found[asked] = None
            continue
        shown = _shown_before(contexts, asked)
        if shown is None and (shown := _context(server, asked)) is not None:
            contexts.append(shown)
        if shown is not None:
            found[asked] = _thread(server, account, asked, post, shown)
    return found


def _context(server: Server, asked: str) -> Sequence[Status] | None:
    try:
        answer = server.read(path_of(asked, "/context"), max_bytes=LIST_BYTES)
        context = as_object(answer.json(), "the context")
        shown = as_list(context.get("descendants"), "the descendants")
    except (Gone, Rejected, Unreadable):
        return None
    except AccessRevoked as refused:
        server.may_still(refused)
        return None
    except Transient as broken:
        if broken.code != SERVER_ERROR:
            raise
        return None
    return [one if isinstance(one, dict) else {} for one in shown]


def _shown_before(contexts: Sequence[Sequence[Status]], asked: str) -> Sequence[Status] | None:
    """What stands below a post that itself stands below one that was read."""
    for shown in contexts:
        if any(maybe_id(status, "id") == asked for status in shown):
            return below(shown, asked)
    return None


def below(shown: Sequence[Status], root: str) -> list[Status]:
    """Parents before their children."""
    children: dict[str | None, list[Status]] = {}
    for status in shown:
        children.setdefault(maybe_id(status, "in_reply_to_id"), []).append(status)
    order: list[Status] = []
    parents = deque([root])
    while parents:  # taken out as they are visited, so that no circle is walked twice
        for child in children.pop(parents.popleft(), []):
            order.append(child)
            parents.append(maybe_id(child, "id") or "")
    return order


def _thread(
    server: Server, account: Account, asked: str, post: Status, shown: Sequence[Status]
) -> Thread:
    """Complete unless the post counts more answers than were shown or one could not be read."""
    ordered = below(shown, asked)
    placed = {id(status) for status in ordered}
    # Whose parent is not shown (blocked, deleted): below it all the same.
    ordered += [status for status in shown if id(status) not in placed]
    items: dict[str, SeenItem] = {}
    unreadable = 0
    for status in ordered:
        try:
            item = seen_item(status, account)
            items.setdefault(item.remote_id, item)
        except Unreadable:
            unreadable += 1
    answers = sum(maybe_id(status, "in_reply_to_id") == asked for status in shown)
    counted = counters(post)
    quotes, whole = _quotes(server, account, asked) if counted.get("quotes") else ([], True)
    for item in quotes:
        items.setdefault(item.remote_id, item)
    items.pop(asked, None)
    complete = whole and not unreadable and answers >= counted.get("replies", 0)
    return Thread(tuple(items.values()), complete)


def _quotes(server: Server, account: Account, asked: str) -> tuple[list[SeenItem], bool]:
    """The posts that quote this one, and whether these are all."""
    quotes: list[SeenItem] = []
    page: str | None = None
    for _ in range(QUOTE_PAGES):
        try:
            listed = read_list(server, path_of(asked, "/quotes"), {}, page=page, most=MOST_STATUSES)
        except (Gone, Rejected, Unreadable):
            return quotes, False
        except Transient as broken:
            if broken.code != SERVER_ERROR:
                raise
            return quotes, False
        quotes += _quoting(listed.entries, account, asked)
        if listed.next is None:
            return quotes, True
        page = listed.next
    return quotes, False


def _quoting(
    entries: Sequence[Mapping[str, object]], account: Account, asked: str
) -> list[SeenItem]:
    found: list[SeenItem] = []
    for status in entries:
        with suppress(Unreadable):
            item = seen_item(status, account)
            if item.kind is ItemKind.QUOTE and item.parent_id == asked:
                found.append(item)
    return found
