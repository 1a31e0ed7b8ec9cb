"""Who a token belongs to, and what its server says about itself."""

from collections.abc import Iterator, Mapping
from urllib.parse import urlsplit

from shared.core.errors import PlatformError
from shared.core.platform import Connected
from shared.platforms.base import (
    as_object,
    id_of,
    maybe_list,
    maybe_object,
    maybe_text,
    maybe_whole,
    text_of,
)
from shared.platforms.mastodon_facts import TAKES
from shared.platforms.mastodon_server import ME, Server

_NUMBERS = {
    # https://docs.joinmastodon.org/entities/Instance/ (read 2026-11)
    ("statuses", "max_characters"): "max_characters",
    ("statuses", "max_media_attachments"): "max_media",
    ("statuses", "characters_reserved_per_url"): "per_url",
    ("media_attachments", "description_limit"): "alt_characters",
    ("media_attachments", "image_size_limit"): "image_bytes",
    ("media_attachments", "image_matrix_limit"): "image_pixels",
    ("media_attachments", "video_size_limit"): "video_bytes",
    ("media_attachments", "video_matrix_limit"): "video_pixels",
}


def profile(server: Server, credential: Mapping[str, object]) -> Connected:
    """Ask the server who we are and what it allows. Raises `PlatformError`s."""
    me = as_object(server.read(ME).json(), "the profile")
    about = _about(server)
    username = text_of(me, "username")
    domain = maybe_text(about, "domain") or urlsplit(server.origin).netloc
    return Connected(
        server=server.origin,
        remote_id=id_of(me),
        handle=f"{username}@{domain}",
        display_name=maybe_text(me, "display_name") or username,
        credential=credential,
        limits=dict(_limits(about)),
    )


def _about(server: Server) -> Mapping[str, object]:
    """v2, where it is missing or broken v1, where that is too nothing: defaults do then."""
    for path in ("/api/v2/instance", "/api/v1/instance"):
        try:
            return as_object(server.read(path).json(), "the instance")
        except PlatformError:
            continue
    return {}


def _limits(about: Mapping[str, object]) -> Iterator[tuple[str, int]]:
    # Pleroma and its kin say it here: https://docs.pleroma.social/backend/development/API/differences_in_mastoapi_responses/
    elsewhere = maybe_whole(about, "max_toot_chars")
    if elsewhere:
        yield "max_characters", elsewhere
    configuration = maybe_object(about, "configuration")
    for (group, theirs), ours in _NUMBERS.items():
        number = maybe_whole(maybe_object(configuration, group), theirs)
        if number is not None and number > 0:
            yield ours, number
    for mime in maybe_list(
        maybe_object(configuration, "media_attachments"), "supported_mime_types"
    ):
        if isinstance(mime, str) and len(mime) < 100:
            yield f"{TAKES}{mime}", 1
