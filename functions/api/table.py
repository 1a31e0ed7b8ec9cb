"""Every operation of the API, in the order in which the documentation shows them.

A resource is loaded when the first request for one of its paths comes: a start pays for those that
it needs.
"""

from collections.abc import Mapping
from functools import cache
from importlib import import_module

from functions.api.routing import Operation, Routes

ROOT = "/v1/"
RESOURCES: Mapping[str, tuple[str, ...]] = {
    "keys": ("keys", "me", "sign-in"),
    "signing_in": ("sign-in",),
    "workspaces": ("workspaces",),
    "members": ("members", "people"),
    "invitations": ("invitations",),
    "accounts": ("accounts", "platforms"),
    "library": ("media",),
    "media": ("media",),
    "link_cards": ("link-card",),
    "posts": ("posts",),
    "actions": ("posts",),
    "versions": ("posts",),
    "voice": ("voice",),
    "snippets": ("hashtag-groups", "snippets", "templates"),
    "several": ("posts",),
    "calendar": ("calendar",),
    "overview": ("overview",),
    "tags": ("tags",),
    "pauses": ("pauses",),
    "rules": ("calendar",),
    "keydates": ("key-dates",),
    "campaigns": ("campaigns",),
    "feeds": ("feeds",),
    "health": ("attention", "punctuality"),
    "rehearsals": ("rehearsals",),
    "inbox": ("inbox",),
    "mentions": ("mentions",),
    "metrics": ("accounts", "metrics", "posts"),
    "jobs": ("jobs",),
    "trail": ("audit", "installation"),
}
"""The module of each resource, and how its paths begin, after `/v1/`."""


@cache
def routes_of(resource: str) -> Routes:
    """Loads its module."""
    routes: Routes = import_module(f"functions.api.{resource}").routes
    return routes


def is_of_the_api(path: str) -> bool:
    """False for the page and whatever else is there for browsers. A stage may stand in front."""
    return ROOT in path


def resources_at(path: str) -> list[str]:
    """Those that may have an operation for a request's path."""
    first = path.partition(ROOT)[2].partition("/")[0]
    return [resource for resource, firsts in RESOURCES.items() if first in firsts]


def operations() -> list[Operation]:
    """All of them; loads everything."""
    return [operation for resource in RESOURCES for operation in routes_of(resource).operations]
