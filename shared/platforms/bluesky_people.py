"""Finding people by what somebody typed, as anybody may: without a token.

`app.bsky.actor.searchActorsTypeahead` takes the beginning of a name and is public
(https://docs.bsky.app/docs/api/app-bsky-actor-search-actors-typeahead, read 2026-11-22). Who is not
signed in asks the AppView itself, not the account's server, under a name of its own that caches
(https://docs.bsky.app/docs/advanced-guides/api-directory, read 2026-11-22).
"""

from shared.core.engagement import Author
from shared.core.models import SECOND, Millis
from shared.platforms.base import Context, maybe_list
from shared.platforms.bluesky_places import Places
from shared.platforms.bluesky_seen import author
from shared.platforms.bluesky_server import Server
from shared.platforms.bluesky_session import is_private
from shared.platforms.bluesky_text import handles

OPTION = "app_view"
"""`PLATFORM_OPTIONS` may name another AppView: `bluesky.app_view=https://view.example.com`."""
PUBLIC = "https://public.api.bsky.app"
MOST = 10
WAIT: Millis = 3 * SECOND
"""Somebody is typing: what comes later is of no use."""
_MAX_ANSWER = 512 * 1024


def find_people(context: Context, typed: str, *, home: str) -> tuple[Author, ...]:
    """Whom the AppView knows. `home` is the account's server: one that only we reach is a network
    of its own, and what is typed there goes to no other unless the option names it.
    """
    origin = context.options.get(OPTION)
    if origin is None and is_private(context, home):
        return ()
    server = Server(context.http, context.clock, origin=origin or PUBLIC)
    answer = server.read(
        "app.bsky.actor.searchActorsTypeahead",
        {"q": typed, "limit": MOST},
        max_bytes=_MAX_ANSWER,
        timeout=WAIT,
    )
    places = Places(context, home)
    views = (one for one in maybe_list(answer, "actors")[:MOST] if isinstance(one, dict))
    people = (author(view, places) for view in views)
    return tuple(one for one in people if one is not None and _can_be_named(one.handle))


def _can_be_named(handle: str) -> bool:
    """Not somebody whose handle does not work (`handle.invalid`) or who has none."""
    return handles(f"@{handle}") == (handle.lower(),) and not handle.endswith(".invalid")
