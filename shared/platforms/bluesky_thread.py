"""Everything below a post of ours on Bluesky: its tree of replies, and who quotes it."""

from collections.abc import Iterator, Mapping, Sequence

from shared.core.engagement import Thread
from shared.core.errors import Gone, PlatformError, Rejected, Transient, Unreadable
from shared.core.models import Remote
from shared.core.values import dataclass
from shared.platforms.base import maybe_list, maybe_object, maybe_text, maybe_whole
from shared.platforms.bluesky_home import Home
from shared.platforms.bluesky_places import Places
from shared.platforms.bluesky_seen import is_post, items_of
from shared.platforms.bluesky_server import Object, Params
from shared.platforms.bluesky_view import AppView

_DEPTH = 200
"""Levels a call. The network gives 1,000, which nests deeper than a JSON reader goes."""
_MOST_BYTES = 8 * 1024 * 1024
"""Of one call: some 4,000 replies."""
_MOST_CALLS = 10
"""For one tree, where it is cut; and pages of quotes."""
_QUOTES = 100


@dataclass(frozen=True, slots=True)
class _Tree:
    """The nodes of a tree by address, parents first, and whether nothing was cut off."""

    nodes: Mapping[str, Object]
    complete: bool


def threads(
    view: AppView, home: Home, remotes: Sequence[Remote], *, did: str, places: Places
) -> Mapping[str, Thread | None]:
    """As `Platform.threads`. A part of a thread whose tree came along with an earlier part costs no
    call of its own. Raises when no thread at all could be read.
    """
    found: dict[str, Thread | None] = {}
    trees: list[_Tree] = []
    failed: PlatformError | None = None
    for uri in (remote.id for remote in remotes if is_post(remote.id)):
        try:
            tree = _within(trees, uri) or _tree(view, uri)
            trees.append(tree)
            quotes, all_quotes = _quotes(view, uri, tree.nodes[uri])
        except Gone:
            if home.is_gone(uri):
                found[uri] = None
        except (Transient, Unreadable, Rejected) as error:
            failed = error
        else:
            below = (_post(node) for one, node in tree.nodes.items() if one != uri)
            items = items_of([*below, *quotes], did=did, places=places)
            found[uri] = Thread(items, complete=tree.complete and all_quotes)
    if failed is not None and not found:
        raise failed
    return found


def _tree(view: AppView, uri: str) -> _Tree:
    """Asked again from where it was cut, within bounds. Raises Gone when there is no such post."""
    nodes: dict[str, Object] = {}
    cut = [uri]
    for _ in range(_MOST_CALLS):
        if not cut:
            break
        top = cut.pop()
        try:
            nodes[top] = _asked(view, top)
        except Gone:
            if top == uri:
                raise
            continue  # deleted between two calls
        for one, node in _walk(nodes[top], nodes):
            nodes[one] = node
            if one != top and _is_cut(node):
                cut.append(one)
    return _Tree(nodes, complete=not cut)


def _asked(view: AppView, uri: str) -> Object:
    """The node of a post. A tree too large to read in one go comes level by level."""
    try:
        return _node(view, uri, depth=_DEPTH)
    except Unreadable:
        return _node(view, uri, depth=1)


def _node(view: AppView, uri: str, *, depth: int) -> Object:
    params: Params = {"uri": uri, "depth": depth, "parentHeight": 0}
    answer = view.read("app.bsky.feed.getPostThread", params, max_bytes=_MOST_BYTES)
    node = maybe_object(answer, "thread")
    if node.get("notFound") is True:
        raise Gone(f"{uri} is not there")
    if maybe_text(_post(node), "uri") != uri:
        raise Unreadable("the answer holds no thread")
    return node


def _within(trees: Sequence[_Tree], uri: str) -> _Tree | None:
    """The part of a tree read before that stands below one of its posts."""
    for tree in trees:
        if uri in tree.nodes:
            return _Tree(dict(_walk(tree.nodes[uri], tree.nodes)), tree.complete)
    return None


def _walk(top: Object, known: Mapping[str, Object]) -> Iterator[tuple[str, Object]]:
    """A node and all below it, parents first; the `known` version of each. Posts that are blocked,
    hidden or gone have nothing to show.
    """
    seen: set[str] = set()
    waiting = [top]
    while waiting:
        shown = waiting.pop()
        uri = maybe_text(_post(shown), "uri")
        if not is_post(uri) or uri in seen:
            continue
        seen.add(uri)
        node = known.get(uri, shown)
        yield uri, node
        replies = maybe_list(node, "replies")
        waiting += [one for one in reversed(replies) if isinstance(one, dict)]


def _is_cut(node: Object) -> bool:
    """Where the depth ends, the network leaves the list out instead of leaving it empty."""
    has_replies = (maybe_whole(_post(node), "replyCount") or 0) > 0
    return has_replies and not isinstance(node.get("replies"), list)


def _quotes(view: AppView, uri: str, node: Object) -> tuple[list[Object], bool]:
    """The posts that quote this one, and whether that is all of them."""
    if maybe_whole(_post(node), "quoteCount") == 0:
        return [], True
    found: list[Object] = []
    cursor = ""
    for _ in range(_MOST_CALLS):
        params: Params = {"uri": uri, "limit": _QUOTES, **({"cursor": cursor} if cursor else {})}
        answer = view.read("app.bsky.feed.getQuotes", params)
        found += [one for one in maybe_list(answer, "posts") if isinstance(one, dict)]
        before, cursor = cursor, maybe_text(answer, "cursor")
        if cursor in {"", before}:
            return found, True
    return found, False


def _post(node: Object) -> Object:
    return maybe_object(node, "post")
