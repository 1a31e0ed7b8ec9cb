"""What somebody wrote on Bluesky, read from the views of it that the network shows.

Views come from servers that anybody may run: sizes are bounded, addresses checked, and what cannot
be read is left out, never guessed. One view makes the same item whichever list showed it.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime
from urllib.parse import urlsplit

from shared.core.engagement import Author, ItemKind, SeenItem
from shared.core.models import SECOND, MediaKind, Millis, SeenMedia, Target
from shared.platforms.base import maybe_list, maybe_object, maybe_text
from shared.platforms.bluesky_places import Places
from shared.platforms.bluesky_record import COLLECTION, key_of
from shared.platforms.bluesky_server import Object

# https://atproto.com/specs/did, /specs/handle and /specs/record-key (read 2026-11)
_DID = re.compile(r"did:[a-z]{1,20}:[a-zA-Z0-9._:%-]{1,200}")
_POST = re.compile(rf"at://({_DID.pattern})/{re.escape(COLLECTION)}/[a-zA-Z0-9._:~-]{{1,512}}")
_CID = re.compile(r"[a-zA-Z0-9]{1,120}")
_SURROGATE = re.compile("[\ud800-\udfff]")

# https://github.com/bluesky-social/atproto lexicons/app/bsky (post.json, actor/defs.json), read
# 2026-11; of alt texts the network bounds nothing, and we show no more than we would send.
MOST_TEXT = 3_000
_MOST_NAME = 640
_MOST_HANDLE = 253
MOST_ALT = 2_000
MOST_MEDIA = 20
_MOST_LABEL = 128
_MOST_LABELS = 10
_MOST_URL = 2_048
_LATEST: Millis = 10**13
"""2286: the last instant that is written in 13 digits, and no date that anybody means."""


def is_post(uri: str) -> bool:
    """Whether an address is that of a post, in a form that can be asked for and kept."""
    return _POST.fullmatch(uri) is not None


def owner_of(uri: str) -> str:
    """The DID in whose repository a post stands; empty when the address is none of a post."""
    found = _POST.fullmatch(uri)
    return found[1] if found else ""


def is_version(cid: str) -> bool:
    return _CID.fullmatch(cid) is not None


def time_of(holder: Object, name: str) -> Millis | None:
    """An instant as the network writes it; None when it is none that can be used."""
    try:
        at = datetime.fromisoformat(maybe_text(holder, name))
        found = round((at if at.tzinfo else at.replace(tzinfo=UTC)).timestamp() * SECOND)
    except (ValueError, OverflowError):
        return None
    return max(0, found) if found < _LATEST else None


def clean(text: str, most: int) -> str:
    """Bounded, and without halves of characters, which nobody can encode."""
    return _SURROGATE.sub("\N{REPLACEMENT CHARACTER}", text[:most])


def link(url: str) -> str | None:
    """An address to show; None for one that is no page's or file's."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return None
    if parts.scheme not in {"http", "https"} or not parts.netloc or len(url) > _MOST_URL:
        return None
    return url if url.isprintable() and " " not in url and url.isascii() else None


def items_of(views: Iterable[Object], *, did: str, places: Places) -> tuple[SeenItem, ...]:
    """Those of the views that can be read, each post once, in their order."""
    seen = (item(view, did=did, places=places) for view in views)
    return tuple({one.remote_id: one for one in seen if one is not None}.values())


def item(view: Object, *, did: str, places: Places) -> SeenItem | None:
    """A post view as the account `did` sees it; None when it is none or cannot be read."""
    uri, cid = maybe_text(view, "uri"), maybe_text(view, "cid")
    record = maybe_object(view, "record")
    created_at = _created_at(view, record)
    owner = owner_of(uri)
    if not owner or not is_version(cid) or created_at is None:
        return None
    by = author(maybe_object(view, "author"), places)
    if by is None or by.remote_id != owner:
        return None
    root, parent, quoted = _ref(record, "root"), _ref(record, "parent"), quoted_in(record)
    kind = _kind(record, did=did)
    return SeenItem(
        kind=kind,
        target=Target(uri, cid, *root),
        author=by,
        text=clean(maybe_text(record, "text"), MOST_TEXT),
        created_at=created_at,
        parent_id=(quoted if kind is ItemKind.QUOTE else parent[0]) or None,
        root_id=root[0] or None,
        url=places.post(owner, key_of(uri)),
        media=tuple(_media(maybe_object(view, "embed")))[:MOST_MEDIA],
        content_warning=", ".join(_labels(record)),
        ours=owner == did,
    )


def quoted_in(record: Object) -> str:
    """The post that a record quotes; empty for none."""
    embed = maybe_object(record, "embed")
    inner = maybe_object(embed, "record")
    quoted = maybe_text(inner, "uri") or maybe_text(maybe_object(inner, "record"), "uri")
    return quoted if is_post(quoted) else ""


def answers_somebody(record: Object) -> bool:
    return bool(maybe_object(record, "reply"))


def _created_at(view: Object, record: Object) -> Millis | None:
    """What the author says, but not later than it was first seen: so the network sorts it, too."""
    times = (time_of(record, "createdAt"), time_of(view, "indexedAt"))
    return min((at for at in times if at is not None), default=None)


def author(view: Object, places: Places) -> Author | None:
    did = maybe_text(view, "did")
    if not _DID.fullmatch(did):
        return None
    return Author(
        remote_id=did,
        handle=clean(maybe_text(view, "handle"), _MOST_HANDLE) or did,
        name=clean(maybe_text(view, "displayName"), _MOST_NAME),
        url=places.profile(did),
        avatar=link(maybe_text(view, "avatar")),
    )


def _ref(record: Object, end: str) -> tuple[str, str]:
    """Address and version of one end of what a record answers; both empty when it has none."""
    ref = maybe_object(maybe_object(record, "reply"), end)
    uri, cid = maybe_text(ref, "uri"), maybe_text(ref, "cid")
    return (uri, cid) if is_post(uri) and is_version(cid) else ("", "")


def _kind(record: Object, *, did: str) -> ItemKind:
    """From the record alone, so that a notification, a thread and a look agree. What stands in one
    of our threads is a reply, whomever it also names or quotes.
    """
    if did in {owner_of(_ref(record, "root")[0]), owner_of(_ref(record, "parent")[0])}:
        return ItemKind.REPLY
    if owner_of(quoted_in(record)) == did:
        return ItemKind.QUOTE
    if answers_somebody(record) and did not in _named(record):
        return ItemKind.REPLY
    return ItemKind.MENTION


def _named(record: Object) -> Iterator[str]:
    for facet in maybe_list(record, "facets"):
        for feature in maybe_list(facet, "features") if isinstance(facet, dict) else ():
            if isinstance(feature, dict):
                yield maybe_text(feature, "did")


def _labels(record: Object) -> Iterator[str]:
    """The warnings that the author put on it."""
    values = maybe_list(maybe_object(record, "labels"), "values")
    for value in values[:_MOST_LABELS]:
        if isinstance(value, dict) and (label := maybe_text(value, "val")):
            yield clean(label, _MOST_LABEL)


def _media(embed: Object) -> Iterator[SeenMedia]:
    """Pictures and videos of an embed's view; a link's card is neither."""
    shown = maybe_object(embed, "media") or embed
    for name in ("images", "items"):
        for image in maybe_list(shown, name):
            if isinstance(image, dict):
                yield from _seen(MediaKind.IMAGE, maybe_text(image, "fullsize"), image)
    yield from _seen(MediaKind.VIDEO, maybe_text(shown, "playlist"), shown)


def _seen(kind: MediaKind, url: str, described: Mapping[str, object]) -> Iterator[SeenMedia]:
    shown = link(url)
    if shown is not None:
        yield SeenMedia(kind, shown, clean(maybe_text(described, "alt"), MOST_ALT))
