"""Images and videos on their way to a server: fitted, uploaded, waited for.

The handles that are kept: for each file, named by part and place (`"0.1"`), the server's id,
whether it is ready, what it was made from, when it was uploaded and how often it was asked for.
"""

import io
from collections.abc import Iterator, Mapping

from shared.core.errors import (
    Ambiguous,
    Gone,
    PlatformError,
    Problem,
    RateLimited,
    Rejected,
    Transient,
    Unprepared,
)
from shared.core.models import MINUTE, SECOND, Draft, Media, Millis
from shared.core.platform import Outgoing, Prepared
from shared.core.ports import Clock, MediaBytes
from shared.core.workspaces import Account
from shared.platforms.base import as_object, id_of, maybe_object, maybe_text, maybe_whole
from shared.platforms.files import stream
from shared.platforms.mastodon_facts import CAPABILITIES, FACTS, limit_of, takes
from shared.platforms.mastodon_server import Server
from shared.platforms.request import Upload

Handles = dict[str, object]

UPLOAD: Millis = 10 * MINUTE
"""The longest a single file may take: 100 MB at 200 kB/s."""
FRESH: Millis = FACTS["unused_media_ms"].value // 2
"""An upload older than this is made again while there is time: it may be about to be dropped."""
_FIRST_LOOK: Millis = 1 * SECOND
_LONGEST_WAIT: Millis = 30 * SECOND
_MOST_LOOKS = 120
_BIG = 8 * 1024 * 1024


def slots(draft: Draft) -> Iterator[tuple[str, Media]]:
    for number, part in enumerate(draft.parts):
        for place, media in enumerate(part.media):
            yield f"{number}.{place}", media


def kept(handles: Mapping[str, object], slot: str, media: Media) -> Mapping[str, object]:
    """What is known of this very file in this place; empty when nothing is."""
    handle = maybe_object(maybe_object(handles, "media"), slot)
    return handle if handle.get("sha256") == media.sha256 else {}


def ready_id(handles: Mapping[str, object], slot: str, media: Media) -> str | None:
    """The server's id of a file that may be shown."""
    handle = kept(handles, slot, media)
    return maybe_text(handle, "id") or None if handle.get("ready") else None


def media_ids(outgoing: Outgoing) -> list[str]:
    """The server's ids of this part's files, in order. Raises Unprepared when one is missing."""
    found = [
        ready_id(outgoing.handles, f"{outgoing.part}.{place}", media)
        for place, media in enumerate(outgoing.draft.parts[outgoing.part].media)
    ]
    if any(one is None for one in found):
        raise Unprepared("a file of this part was not prepared")
    return [one for one in found if one is not None]


def is_forgotten(handles: Mapping[str, object], slot: str, media: Media, *, now: Millis) -> bool:
    """True for an upload so old that the server has dropped it, unless a post shows it."""
    uploaded = maybe_whole(kept(handles, slot, media), "at") or 0
    return uploaded < now - FACTS["unused_media_ms"].value


class Uploads:
    """One call of `prepare`: brings every file a step further and keeps what it reached."""

    def __init__(self, server: Server, account: Account, media: MediaBytes, clock: Clock) -> None:
        self._server = server
        self._account = account
        self._media = media
        self._clock = clock

    def advance(self, draft: Draft, handles: Mapping[str, object]) -> Prepared:
        """When a later file fails, earlier uploads are kept and it is tried again soon."""
        earlier = maybe_object(handles, "media")
        reached: Handles = dict(earlier)
        try:
            for slot, media in slots(draft):
                before = kept(handles, slot, media)
                reached[slot] = after = self._step(before, media)
                if media.size > _BIG and after.get("id") != before.get("id"):
                    break  # worth a checkpoint of its own
        except (Transient, RateLimited, Ambiguous) as error:
            if _ids(reached) == _ids(earlier):
                raise
            return _prepared(draft, reached, self._pause(error))
        waits = [_wait(kept({"media": reached}, slot, media)) for slot, media in slots(draft)]
        left = [wait for wait in waits if wait is not None]
        return _prepared(draft, reached, min(left, default=None))

    def _pause(self, error: PlatformError) -> Millis:
        at = error.at if isinstance(error, RateLimited) else None
        return max(_FIRST_LOOK, (at or 0) - self._clock.now())

    def _step(self, handle: Mapping[str, object], media: Media) -> Mapping[str, object]:
        uploaded = maybe_whole(handle, "at") or 0
        if not handle.get("id") or uploaded < self._clock.now() - FRESH:
            return self._uploaded(media)
        return handle if handle.get("ready") else self._looked(handle, media)

    def _looked(self, handle: Mapping[str, object], media: Media) -> Mapping[str, object]:
        """206 is still processing: https://docs.joinmastodon.org/methods/media/#get (2026-11)."""
        looks = (maybe_whole(handle, "looks") or 0) + 1
        if looks > _MOST_LOOKS:
            raise _refused(media, "The server does not get done with processing this file.")
        try:
            answer = self._server.read(f"/api/v1/media/{maybe_text(handle, 'id')}")
        except Gone:
            return {**handle, "id": "", "looks": looks}  # forgotten: upload it again
        except Rejected as error:
            raise _refused(media, f"The server cannot process this file: {error}") from error
        return {**handle, "ready": answer.status != 206, "looks": looks}

    def _uploaded(self, media: Media) -> Mapping[str, object]:
        """202 is still processing: https://docs.joinmastodon.org/methods/media/#v2 (2026-11)."""
        upload, stilled = self._upload(media)
        form = {"description": media.alt} if media.alt else {}
        try:
            answer = self._server.upload("/api/v2/media", form, upload, timeout=UPLOAD)
        except Rejected as error:
            raise _refused(media, f"The server refuses this file: {error}") from error
        made = as_object(answer.json(), "the upload")
        return {
            "id": id_of(made),
            "ready": answer.status != 202,
            "sha256": media.sha256,
            "at": self._clock.now(),
            "looks": 0,
            "stilled": stilled,
        }

    def _upload(self, media: Media) -> tuple[Upload, bool]:
        """The file as it leaves, and whether an animation came to a stop on the way."""
        if media.mime not in CAPABILITIES.image_mimes:
            file, mime, stilled = stream(self._media, media.key), media.mime, False
        else:
            # Imported here: only preparing redraws images, and the library is large.
            from shared.platforms.images import fitted

            image = fitted(
                self._media.read(media.key),
                mimes=frozenset(m for m in CAPABILITIES.image_mimes if takes(self._account, m)),
                max_bytes=limit_of(self._account, "image_bytes"),
                max_pixels=limit_of(self._account, "image_pixels"),
            )
            file, mime, stilled = io.BytesIO(image.data), image.mime, image.stilled
        kind = "mov" if mime == "video/quicktime" else mime.partition("/")[2]
        return Upload("file", f"{media.id}.{kind}", mime, file), stilled


def _prepared(draft: Draft, reached: Handles, again_in: Millis | None) -> Prepared:
    handles = {"media": reached}
    notices = [
        Problem(
            f"media.{media.id}",
            "animation_lost",
            "This animation is shown as a still picture; only GIF files move.",
        )
        for slot, media in slots(draft)
        if kept(handles, slot, media).get("stilled")
    ]
    return Prepared(handles, again_in, tuple(notices))


def _ids(handles: Mapping[str, object]) -> set[object]:
    return {handle.get("id") for handle in handles.values() if isinstance(handle, Mapping)}


def _wait(handle: Mapping[str, object]) -> Millis | None:
    """How long until it is worth looking at this file again; None when it is ready."""
    if handle.get("ready") and handle.get("id"):
        return None
    if not handle.get("id"):
        return 0
    return min(_FIRST_LOOK << min(maybe_whole(handle, "looks") or 0, 10), _LONGEST_WAIT)


def _refused(media: Media, message: str) -> Rejected:
    return Rejected([Problem(f"media.{media.id}", "media_refused", message)])
