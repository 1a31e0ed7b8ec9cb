"""Liking a post, or taking that back, on servers that may refuse to do it twice."""

from shared.core.errors import Gone
from shared.platforms.base import as_object
from shared.platforms.mastodon_server import Server
from shared.platforms.mastodon_statuses import path_of


def like(server: Server, status_id: str, *, liked: bool) -> None:
    """Looks first: some servers answer 404 to a second favourite (observed, 2026-11). Raises
    Gone.
    """
    if _is_liked(server, status_id) is liked:
        return
    try:
        server.change("POST", path_of(status_id, "/favourite" if liked else "/unfavourite"))
    except Gone:
        if _is_liked(server, status_id) is not liked:
            raise


def _is_liked(server: Server, status_id: str) -> bool | None:
    """None where the server does not say."""
    status = as_object(server.read(path_of(status_id)).json(), "the status")
    said = status.get("favourited")
    return said if isinstance(said, bool) else None
