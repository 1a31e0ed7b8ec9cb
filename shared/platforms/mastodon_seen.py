"""What a server shows of a post, as our own values. Pure, and ready for anything in the answer.

The entity: https://docs.joinmastodon.org/entities/Status/ (read 2026-11). Everything is bounded;
a value that makes no sense is left out, and what a post cannot do without (its id, its author, its
time) raises Unreadable. The same post gives the same item in whichever list it stands.
"""

import json
import math
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import TypeAlias
from urllib.parse import urlsplit

from shared.core.engagement import Author, ItemKind, Metrics, SeenItem, SeenPost
from shared.core.errors import Unreadable
from shared.core.models import SECOND, MediaKind, Millis, Remote, SeenMedia, Target
from shared.core.workspaces import Account
from shared.platforms.base import (
    as_object,
    id_of,
    maybe_list,
    maybe_object,
    maybe_text,
    maybe_whole,
)
from shared.platforms.mastodon_html import readable

Status: TypeAlias = Mapping[str, object]

MAX_TEXT = 10_000
MAX_ID = 256
MAX_COUNT = 10**15
"""No post was seen so often; a counter beyond is a fault of the server."""
VISIBILITIES = ("public", "unlisted", "private", "direct")
"""From the widest to the narrowest."""
_MAX_LABEL = 500
_MAX_ALT = 2_000
_MAX_URL = 2_048
_MAX_MEDIA = 20
_LATEST: Millis = 10**13 - 1
"""The year 2286: times are kept in thirteen digits."""
_KINDS = {"image": MediaKind.IMAGE, "video": MediaKind.VIDEO, "gifv": MediaKind.VIDEO}
_COUNTERS = {
    "likes": "favourites_count",
    "reposts": "reblogs_count",
    "replies": "replies_count",
    "quotes": "quotes_count",
}


def seen_item(status: Status, account: Account) -> SeenItem:
    """Raises Unreadable when this is no post that we could answer."""
    by = as_object(status.get("account"), "the author of a status")
    kind, parent = _why(status, account)
    ours = status_id(by) == account.remote_id
    return SeenItem(
        kind=kind,
        target=Target(status_id(status), "" if ours else _answering(status, by, account)),
        author=author(by, account),
        text=text_of(status),
        created_at=created(status),
        parent_id=parent,
        url=_page(status),
        media=media(status),
        content_warning=_line(status, "spoiler_text"),
        visibility=visibility(status),
        edited_at=moment(status.get("edited_at")),
        ours=ours,
    )


def seen_post(status: Status) -> SeenPost:
    """Raises Unreadable."""
    return SeenPost(
        remote=Remote(status_id(status), _page(status)),
        text=text_of(status),
        created_at=created(status),
        media=media(status),
        edited_at=moment(status.get("edited_at")),
    )


def counters(status: Status) -> Metrics:
    """A counter that is absent or no number stays absent."""
    return whole(status, _COUNTERS)


def whole(holder: Mapping[str, object], names: Mapping[str, str]) -> Metrics:
    """Counters under our names for them. A negative one is how some servers hide it."""
    found = ((ours, maybe_whole(holder, theirs)) for ours, theirs in names.items())
    return {name: n for name, n in found if n is not None and 0 <= n <= MAX_COUNT}


def status_id(holder: Mapping[str, object]) -> str:
    """Raises Unreadable, also for an id that is too long to be one."""
    found = id_of(holder)
    if len(found) > MAX_ID or not found.isprintable():
        raise Unreadable("an id is too long or not printable")
    return found


def maybe_id(holder: Mapping[str, object], name: str) -> str | None:
    """An id that may be absent, as null is for a post that answers nothing."""
    try:
        return status_id({"id": holder.get(name)})
    except Unreadable:
        return None


def created(holder: Mapping[str, object]) -> Millis:
    """Raises Unreadable."""
    at = moment(holder.get("created_at"))
    if at is None:
        raise Unreadable("a status has no readable date")
    return at


def moment(value: object) -> Millis | None:
    """ISO 8601 with or without a zone, or the date of a mail; None for anything else."""
    if not isinstance(value, str) or len(value) > 64:
        return None
    for parse in (datetime.fromisoformat, parsedate_to_datetime):
        try:
            found = parse(value.strip())
            seconds = (found if found.tzinfo else found.replace(tzinfo=UTC)).timestamp()
        except (ValueError, TypeError, OverflowError, IndexError):
            continue
        at = math.floor(seconds * SECOND + 0.5)
        return at if 0 <= at <= _LATEST else None
    return None


def text_of(status: Status) -> str:
    return readable(maybe_text(status, "content"))[:MAX_TEXT]


def visibility(status: Status) -> str:
    """One that we do not know is some server's own way to show it to fewer people."""
    said = maybe_text(status, "visibility") or "public"
    return said if said in VISIBILITIES else "private"


def media(status: Status) -> tuple[SeenMedia, ...]:
    return tuple(_media(status))[:_MAX_MEDIA]


def link(holder: Mapping[str, object], *names: str) -> str | None:
    """The first of these that is an address which a page may link to."""
    for name in names:
        found = maybe_text(holder, name)
        usable = found.isprintable() and " " not in found and len(found) <= _MAX_URL
        if usable and found.lower().startswith(("https://", "http://")):
            return found
    return None


def quoted(status: Status) -> Status:
    """What it quotes, where the server shows that; else empty."""
    return maybe_object(maybe_object(status, "quote"), "quoted_status")


def _why(status: Status, account: Account) -> tuple[ItemKind, str | None]:
    """By the post alone: whom it answers, whom it quotes, whom it names."""
    me, parent = account.remote_id, maybe_id(status, "in_reply_to_id")
    if parent is not None and maybe_id(status, "in_reply_to_account_id") == me:
        return ItemKind.REPLY, parent
    whose = maybe_id(maybe_object(quoted(status), "account"), "id")
    if whose == me:
        return ItemKind.QUOTE, maybe_id(quoted(status), "id")
    named = (maybe_id(one, "id") for one in maybe_list(status, "mentions") if isinstance(one, dict))
    if parent is None or me in named:
        return ItemKind.MENTION, parent
    return ItemKind.REPLY, parent  # to somebody below a post of ours, without naming us


def _answering(status: Status, by: Mapping[str, object], account: Account) -> str:
    """What `mastodon_reply` needs to know. The short name first: it is the one to write."""
    acct = maybe_text(by, "acct")
    names = [acct[:_MAX_LABEL]] if acct else []
    if names and (handle := _handle(by, account)) != acct:
        names.append(handle)
    known = {"names": names, "visibility": visibility(status)}
    return json.dumps(known, sort_keys=True, separators=(",", ":"))


def author(by: Mapping[str, object], account: Account) -> Author:
    return Author(
        remote_id=status_id(by),
        handle=_handle(by, account),
        name=_line(by, "display_name") or _line(by, "username"),
        url=link(by, "url", "uri"),
        avatar=link(by, "avatar_static", "avatar"),
    )


def _handle(by: Mapping[str, object], account: Account) -> str:
    """Whole: servers leave out the host of their own people."""
    acct = _line(by, "acct") or _line(by, "username")
    if "@" in acct or not acct:
        return acct
    host = account.handle.partition("@")[2] or urlsplit(account.server).netloc
    return f"{acct}@{host}"


def _line(holder: Mapping[str, object], name: str) -> str:
    return " ".join(maybe_text(holder, name)[:_MAX_LABEL].split())


def _page(status: Status) -> str | None:
    return link(status, "url", "uri")


def _media(status: Status) -> Iterator[SeenMedia]:
    for file in maybe_list(status, "media_attachments"):
        if not isinstance(file, dict):
            continue
        url = link(file, "url", "remote_url", "preview_url")
        if url:
            kind = _KINDS.get(maybe_text(file, "type"), MediaKind.OTHER)
            yield SeenMedia(kind, url, maybe_text(file, "description")[:_MAX_ALT])
