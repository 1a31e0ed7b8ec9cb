"""Opaque positions in a list: versioned, and bound to the query that they were made for."""

import base64
import binascii
import hashlib
import json
import re
from collections.abc import Sequence
from typing import TypeVar

from shared.core.errors import InvalidDraft, Problem

T = TypeVar("T")
_VERSION = 1
_POSITION = re.compile(r"[A-Za-z0-9_#-]{1,160}")


def cursor(position: str, *, query: tuple[object, ...]) -> str:
    """Where the next page of `query` starts."""
    text = json.dumps([_VERSION, _digest(query), position], separators=(",", ":"))
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def position(text: str, *, query: tuple[object, ...]) -> str:
    """The position in `text`; raises InvalidDraft (`bad_cursor`) if it is from another list."""
    try:
        padded = text + "=" * (-len(text) % 4)
        version, digest, found = json.loads(base64.urlsafe_b64decode(padded))
    except (binascii.Error, ValueError, TypeError, RecursionError):
        raise _foreign() from None
    if (version, digest) != (_VERSION, _digest(query)) or not isinstance(found, str):
        raise _foreign()
    if not _POSITION.fullmatch(found):
        raise _foreign()
    return found


def page_of(
    found: Sequence[T], *, limit: int, after: str | None, query: tuple[object, ...]
) -> tuple[Sequence[T], str | None]:
    """Some of a list that is made anew for each page, and the cursor of the next; None: no more."""
    place = position(after, query=query) if after else "0"
    begin = int(place) if place.isdecimal() else 0
    stop = begin + limit
    return found[begin:stop], cursor(str(stop), query=query) if stop < len(found) else None


def _digest(query: tuple[object, ...]) -> str:
    return hashlib.sha256(repr(query).encode()).hexdigest()[:12]


def _foreign() -> InvalidDraft:
    words = "This cursor belongs to another list or an older version; start again without one."
    return InvalidDraft([Problem("cursor", "bad_cursor", words)])
