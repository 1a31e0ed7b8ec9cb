"""What a post needs before its moment: mentions resolved, cards made, pictures and videos uploaded.

The handles that are kept: `mentions` (handle to DID, empty for nobody), `cards` by link, `blobs` by
the file's hash, `thumbs` likewise for the pictures of cards, `videos` on their way, `tries` of what
failed in passing.
"""

from collections.abc import Iterator, Mapping

from shared.core.errors import (
    AccessRevoked,
    Ambiguous,
    CredentialExpired,
    Gone,
    PlatformError,
    Problem,
    RateLimited,
    Rejected,
    Transient,
)
from shared.core.models import SECOND, Draft, Media, Millis, Part
from shared.core.platform import Prepared
from shared.core.ports import MediaBytes
from shared.platforms.base import Context, maybe_object, maybe_text, maybe_whole
from shared.platforms.bluesky_facts import CAPABILITIES, FACTS
from shared.platforms.bluesky_record import blob_key, fetched_link
from shared.platforms.bluesky_refusals import TooLarge
from shared.platforms.bluesky_server import Object, Server
from shared.platforms.bluesky_text import handles
from shared.platforms.bluesky_video import VideoService
from shared.platforms.card import Card, NoCardError, fetch_card
from shared.platforms.files import stream
from shared.platforms.images import Fitted, fitted

FRESH: Millis = FACTS["unused_blob_ms"].value // 2
"""An upload older than this is made again: the server may be about to forget it."""
_ASK_AGAIN: Millis = 10 * SECOND
_MOST_TRIES = 3
_SMALLEST = 200_000
"""Bytes; below it a picture is not worth showing, and no server refuses it for its size."""
_SECTIONS = ("mentions", "cards", "blobs", "thumbs", "videos", "tries")


class Preparation:
    """One call of `prepare`: brings everything a step further and keeps what it reached."""

    def __init__(
        self, context: Context, server: Server, *, did: str, kept: Mapping[str, object]
    ) -> None:
        self._context = context
        self._server = server
        self._did = did
        self._now = context.clock.now()
        self._reached: dict[str, dict[str, object]] = {
            section: dict(maybe_object(kept, section)) for section in _SECTIONS
        }
        self._waits: list[Millis] = []
        self._moved = False

    def advance(self, draft: Draft, media: MediaBytes) -> Prepared:
        """What was reached is kept even when a later step fails: then that one is tried again."""
        try:
            self.read(draft)
            for file in _files(draft):
                self._bring(file, media)
            for picture in _thumbs(draft):
                self._bring_thumb(picture, media)
        except (Transient, RateLimited, Ambiguous) as error:
            if not self._moved:
                raise
            self._waits.append(self._pause(error))
        return Prepared(
            handles={name: found for name, found in self._reached.items() if found},
            again_in=min(self._waits, default=None),
            notices=tuple(self._notices(draft)),
        )

    def read(self, draft: Draft) -> Mapping[str, object]:
        """Mentions and cards, which need no file; what is known afterwards."""
        for part in draft.parts:
            for handle in handles(part.text):
                self._resolve(handle)
            link = fetched_link(part)
            if link is not None:
                self._make_card(link)
        return self._reached

    def _pause(self, error: PlatformError) -> Millis:
        at = error.at if isinstance(error, RateLimited) else None
        return _ASK_AGAIN if at is None else max(0, at - self._now)

    def _keep(self, section: str, name: str, value: object) -> None:
        self._reached[section][name] = value
        self._moved = True

    # --- mentions -------------------------------------------------------------------------------

    def _resolve(self, handle: str) -> None:
        """Nobody of that name, or nobody to be found in three tries, is left as text."""
        if handle in self._reached["mentions"]:
            return
        try:
            found = self._server.read("com.atproto.identity.resolveHandle", {"handle": handle})
            self._keep("mentions", handle, maybe_text(found, "did"))
        except (Rejected, Gone):
            self._keep("mentions", handle, "")
        except Transient:
            tries = (maybe_whole(self._reached["tries"], handle) or 0) + 1
            self._keep("tries", handle, tries)
            if tries < _MOST_TRIES:
                self._waits.append(_ASK_AGAIN)
            else:
                self._keep("mentions", handle, "")

    # --- cards ----------------------------------------------------------------------------------

    def _make_card(self, link: str) -> None:
        known = maybe_object(self._reached["cards"], link)
        if known and ("at" not in known or self._is_fresh(known)):
            return
        try:
            card = fetch_card(
                self._context.http,
                link,
                mimes=CAPABILITIES.image_mimes,
                max_bytes=FACTS["thumb_bytes"].value,
                max_pixels=FACTS["thumb_pixels"].value,
            )
        except NoCardError as error:
            self._keep("cards", link, {"notice": str(error)})
            return
        self._keep("cards", link, self._card(link, card))

    def _card(self, link: str, card: Card) -> Object:
        external: dict[str, object] = {
            "uri": link,
            "title": card.title,
            "description": card.description,
        }
        if card.image is None:
            return {"external": external}
        try:
            external["thumb"] = self._uploaded(card.image)
        except (CredentialExpired, AccessRevoked):
            raise
        except PlatformError:
            return {"external": external}  # a card without its picture is still one
        return {"external": external, "at": self._now}

    # --- files ----------------------------------------------------------------------------------

    def _bring(self, media: Media, store: MediaBytes) -> None:
        key = blob_key(media)
        if self._is_fresh(maybe_object(self._reached["blobs"], key)):
            return
        if media.mime.startswith("video/"):
            self._bring_video(key, media, store)
        else:
            blob, shown = self._picture(store.read(media.key), of="image")
            size = {"width": shown.width, "height": shown.height}
            self._keep("blobs", key, {"blob": blob, "at": self._now, **size})

    def _bring_thumb(self, media: Media, store: MediaBytes) -> None:
        key = blob_key(media)
        if not self._is_fresh(maybe_object(self._reached["thumbs"], key)):
            blob, _ = self._picture(store.read(media.key), of="thumb")
            self._keep("thumbs", key, {"blob": blob, "at": self._now})

    def _bring_video(self, key: str, media: Media, store: MediaBytes) -> None:
        service = VideoService(self._context, self._server, did=self._did)
        before = maybe_object(self._reached["videos"], key)
        after, again_in = service.step(before, media, stream(store, media.key))
        blob = maybe_object(after, "blob")
        if not blob:
            self._keep("videos", key, after)
            self._waits.append(again_in or 0)
            return
        self._reached["videos"].pop(key, None)
        size = {"width": media.width, "height": media.height}
        self._keep("blobs", key, {"blob": blob, "at": self._now, **size})

    def _picture(self, data: bytes, *, of: str) -> tuple[Object, Fitted]:
        """Fitted to the network's limit, or to the server's own where that is lower."""
        most = FACTS[f"{of}_bytes"].value
        while True:
            shown = fitted(
                data,
                mimes=CAPABILITIES.image_mimes,
                max_bytes=most,
                max_pixels=FACTS[f"{of}_pixels"].value,
                animation=False,
            )
            try:
                return self._uploaded(shown), shown
            except TooLarge:
                most = min(most, len(shown.data)) // 2
                if most < _SMALLEST:
                    raise

    def _uploaded(self, image: Fitted) -> Object:
        return self._server.upload_blob(image.data, mime=image.mime, size=len(image.data))

    def _is_fresh(self, handle: Object) -> bool:
        at = maybe_whole(handle, "at")
        return at is not None and self._now - at < FRESH

    def _notices(self, draft: Draft) -> Iterator[Problem]:
        for number, part in enumerate(draft.parts):
            where = f"parts[{number}].text"
            for handle in handles(part.text):
                if self._reached["mentions"].get(handle) == "":
                    message = f"@{handle} is nobody on Bluesky, so it stays plain text."
                    yield Problem(where, "mention_unknown", message)
            yield from self._card_notices(where, part)

    def _card_notices(self, where: str, part: Part) -> Iterator[Problem]:
        known = maybe_object(self._reached["cards"], fetched_link(part) or "")
        if "notice" in known:
            message = f"The link gets no preview: {known['notice']}."
            yield Problem(where, "no_card", message)


def _thumbs(draft: Draft) -> Iterator[Media]:
    for part in draft.parts:
        if part.card is not None and part.card.media is not None:
            yield part.card.media


def _files(draft: Draft) -> Iterator[Media]:
    for part in draft.parts:
        yield from part.media
