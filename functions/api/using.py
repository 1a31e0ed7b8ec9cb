"""Which files of the library are used: marked once, by the first post that is saved with them."""

from dataclasses import replace

from functions.api.changing import repeating
from functions.api.routing import Call
from shared.core.errors import NotFound
from shared.core.models import Content
from shared.core.services import Api
from shared.store.views import media_of


def mark_used(api: Api, call: Call, content: Content, *, before: Content | None = None) -> None:
    """Before a post is saved with this content, so that no file of a post counts as unused.
    `before`: what it said so far, whose files are marked already.
    """
    held = {media.id for media in media_of(before)} if before else set()
    for media_id in dict.fromkeys(media.id for media in media_of(content)):
        if media_id not in held:
            _mark(api, call, media_id)


def _mark(api: Api, call: Call, media_id: str) -> None:
    def once() -> None:
        file = api.store.media_file(call.workspace_id, media_id)
        if not file.used:
            api.store.save_media(file, replace(file, used=True))

    try:
        repeating(once)
    except NotFound:
        return  # deleted; posts keep what they hold
