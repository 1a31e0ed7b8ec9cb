"""The record that one part of a post becomes on Bluesky, and the key under which it stands.

Both follow from the delivery alone, never from a clock, so that a repeated send carries the same
bytes to the same place.
"""

import hashlib
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from urllib.parse import urlsplit

from shared.core.models import LinkCard, Media, Millis, Options, Part
from shared.core.platform import Outgoing
from shared.platforms.base import maybe_object
from shared.platforms.bluesky_text import facets, first_link

COLLECTION = "app.bsky.feed.post"
SELF_LABELS = ("porn", "sexual", "nudity", "graphic-media")
"""Which warnings an author may put on a post; each covers its pictures
(https://docs.bsky.app/docs/advanced-guides/moderation, read 2026-11)."""
COVERED = "graphic-media"
"""The label for pictures that are `sensitive` without saying why: apps cover them by default, as
they do not for `nudity`, and it claims nothing of a sexual kind."""

_TID_ALPHABET = "234567abcdefghijklmnopqrstuvwxyz"
_TID_LENGTH = 13
_CLOCK_BITS = 10
_TID_LATEST_US = 1_600_000_000_000_000
"""2020-09-13: before the network existed, so that no reader takes the key for a time to come."""


def record_key(key: str) -> str:
    """The record key of a part, always the same for the same delivery.

    The server takes nothing but TIDs: 53 bits of microseconds and 10 of a clock's number, in 13
    letters (https://atproto.com/specs/tid, read 2026-11). Here all of them come from a hash: keys
    made from planned times would collide, since people plan for full minutes.
    """
    drawn = int.from_bytes(hashlib.sha256(key.encode()).digest())
    micros, clock = divmod(drawn, 1 << _CLOCK_BITS)
    return _tid(micros % _TID_LATEST_US, clock)


def key_at(at: Millis) -> str:
    """The least key that somebody's clock draws at an instant: keys sort as the times they hold."""
    return _tid(max(0, at) * 1_000, 0)


def _tid(micros: int, clock: int) -> str:
    value = micros << _CLOCK_BITS | clock
    letters = [_TID_ALPHABET[value >> 5 * place & 31] for place in reversed(range(_TID_LENGTH))]
    return "".join(letters)


def key_of(uri: str) -> str:
    """The record key at the end of an at:// address."""
    return uri.rpartition("/")[2]


def blob_key(media: Media) -> str:
    """Under which a file's blob is kept among the handles: equal files are uploaded once."""
    return media.sha256


def record(outgoing: Outgoing) -> dict[str, object]:
    """The part as a record. Raises KeyError when a file of it has not been prepared."""
    part, options = outgoing.draft.parts[outgoing.part], outgoing.draft.options
    handles = outgoing.handles
    made: dict[str, object] = {
        "$type": COLLECTION,
        "text": part.text,
        "createdAt": instant(outgoing.created_at + outgoing.part),
    }
    dids = {k: v for k, v in maybe_object(handles, "mentions").items() if isinstance(v, str) and v}
    optional = {
        "langs": list(options.languages),
        "facets": facets(part.text, dids),
        "embed": _embed(part, handles),
        "reply": _reply(outgoing),
        "labels": _labels(part, options),
    }
    return made | {name: value for name, value in optional.items() if value}


def instant(at: Millis) -> str:
    """As records write it."""
    time = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=at)
    return time.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def strong_ref(uri: str, cid: str) -> dict[str, str]:
    return {"uri": uri, "cid": cid}


def _reply(outgoing: Outgoing) -> dict[str, object] | None:
    """What the part answers: the part before it, else what the draft answers; all under one root.
    A target without a root is one itself.
    """
    target = outgoing.draft.reply_to
    refs = []
    if target is not None and target.root_id:
        refs.append(strong_ref(target.root_id, target.root_extra))
    if target is not None:
        refs.append(strong_ref(target.remote_id, target.extra))
    refs += [strong_ref(remote.id, remote.extra) for remote in outgoing.earlier]
    return {"root": refs[0], "parent": refs[-1]} if refs else None


def label(options: Options) -> str:
    """The self-label that the options ask for; empty for none."""
    warning = options.content_warning.strip().lower()
    if warning in SELF_LABELS:
        return warning
    return COVERED if options.sensitive else ""


def _labels(part: Part, options: Options) -> dict[str, object] | None:
    value = label(options)
    if not value or not part.media:
        return None
    return {"$type": "com.atproto.label.defs#selfLabels", "values": [{"val": value}]}


def _embed(part: Part, handles: Mapping[str, object]) -> dict[str, object] | None:
    """What hangs below the text: pictures or a video, else the card of the first link, or the one
    that somebody wrote.
    """
    if not part.media:
        external = _written(part.card, handles) if part.card else _found(part, handles)
        return {"$type": "app.bsky.embed.external", "external": external} if external else None
    blobs = maybe_object(handles, "blobs")
    made = [_attached(media, maybe_object(blobs, blob_key(media))) for media in part.media]
    if part.media[0].mime.startswith("video/"):
        return {"$type": "app.bsky.embed.video", "video": made[0].pop("file"), **made[0]}
    images = [{"image": attached.pop("file"), **attached} for attached in made]
    return {"$type": "app.bsky.embed.images", "images": images}


def fetched_link(part: Part) -> str | None:
    """The link of which the page says how it is shown, if any."""
    return None if part.media or part.card else first_link(part.text)


def _found(part: Part, handles: Mapping[str, object]) -> Mapping[str, object]:
    """What that page said, empty where it said nothing."""
    card = maybe_object(maybe_object(handles, "cards"), fetched_link(part) or "")
    return maybe_object(card, "external")


def _written(card: LinkCard, handles: Mapping[str, object]) -> Mapping[str, object]:
    external: dict[str, object] = {
        "uri": card.url,
        "title": card.title.strip() or urlsplit(card.url).hostname or card.url,
        "description": card.description,
    }
    if card.media is None:
        return external
    thumb = maybe_object(maybe_object(handles, "thumbs"), blob_key(card.media))
    return external | {"thumb": thumb["blob"]}


def _attached(media: Media, handle: Mapping[str, object]) -> dict[str, object]:
    attached: dict[str, object] = {"file": handle["blob"], "alt": media.alt}
    width, height = handle.get("width"), handle.get("height")
    if width and height:
        attached["aspectRatio"] = {"width": width, "height": height}
    return attached
