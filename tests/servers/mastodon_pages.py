"""Pages of a list at the Mastodon double: https://docs.joinmastodon.org/api/guidelines/#pagination."""

from typing import Protocol, TypeVar

from tests.servers.loopback import Request


class Numbered(Protocol):
    id: str


Entry = TypeVar("Entry", bound=Numbered)


def page_of(entries: list[Entry], request: Request, most: int) -> list[Entry]:
    """Newest first; `min_id` alone takes those that come right after it."""
    at_most = min(int(request.parameter("limit") or 20), most)
    since = request.parameter("min_id") or request.parameter("since_id") or ""
    until = request.parameter("max_id")
    inside = [one for one in entries if one.id > since and (until is None or one.id < until)]
    first = inside[:at_most] if request.parameter("min_id") else inside[-at_most:]
    return first[::-1]


def links(page: list[Entry], base: str) -> dict[str, str]:
    after, before = f"{base}?max_id={page[-1].id}", f"{base}?min_id={page[0].id}"
    return {"Link": f'<{after}>; rel="next", <{before}>; rel="prev"'}
