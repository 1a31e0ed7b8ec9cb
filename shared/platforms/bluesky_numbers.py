"""The counters of posts and of the account, as the AppView keeps them."""

from collections.abc import Mapping, Sequence

from shared.core.engagement import Metrics
from shared.core.models import Remote
from shared.platforms.base import maybe_whole
from shared.platforms.bluesky_home import Home
from shared.platforms.bluesky_seen import is_post
from shared.platforms.bluesky_server import Object
from shared.platforms.bluesky_view import AppView

_OF_POST = {
    "likeCount": "likes",
    "repostCount": "reposts",
    "replyCount": "replies",
    "quoteCount": "quotes",
    "bookmarkCount": "saves",
}
_OF_ACCOUNT = {"followersCount": "followers", "followsCount": "following", "postsCount": "posts"}
_MOST = 2**53 - 1
"""What every JSON reader keeps exactly; no counter is larger."""


def post_metrics(
    view: AppView, home: Home, remotes: Sequence[Remote]
) -> Mapping[str, Metrics | None]:
    """As `Platform.post_metrics`. A post that the AppView does not know is gone only when the
    account's own server says so.
    """
    found: dict[str, Metrics | None] = {}
    for uri, one in view.posts([remote.id for remote in remotes if is_post(remote.id)]).items():
        if one is not None:
            found[uri] = _counters(one, _OF_POST)
        elif home.is_gone(uri):
            found[uri] = None
    return found


def account_metrics(view: AppView, did: str) -> Metrics:
    return _counters(view.read("app.bsky.actor.getProfile", {"actor": did}), _OF_ACCOUNT)


def _counters(holder: Object, names: Mapping[str, str]) -> Metrics:
    found = {ours: maybe_whole(holder, theirs) for theirs, ours in names.items()}
    return {
        name: count for name, count in found.items() if count is not None and 0 <= count <= _MOST
    }
