"""Two views of the same thing made one. Pure."""

from dataclasses import replace

from shared.core.engagement import ItemKind, SeenItem
from shared.core.models import Millis

LAST: Millis = 9_999_999_999_999
"""Instants beyond are somebody's joke: they would not sort."""
_STRENGTH = {ItemKind.MENTION: 0, ItemKind.REPLY: 1, ItemKind.QUOTE: 2}


def sound(one: SeenItem) -> SeenItem:
    """Instants are whatever an author's program claims."""
    created = min(max(one.created_at, 0), LAST)
    edited = None if one.edited_at is None else min(max(one.edited_at, 0), LAST)
    if (created, edited) == (one.created_at, one.edited_at):
        return one
    return replace(one, created_at=created, edited_at=edited)


def merged(known: SeenItem, shown: SeenItem) -> SeenItem:
    """Two views of one thing: the later words, and every link that either of them knows. Views
    differ in what they tell, and a copy may be stale.
    """
    if known == shown:
        return known
    words = known if (known.edited_at or 0) > (shown.edited_at or 0) else shown
    one, other = known.target, words.target
    return replace(
        words,
        kind=max(known.kind, shown.kind, key=lambda kind: _STRENGTH[kind]),
        target=replace(
            other,
            extra=other.extra or one.extra,
            root_id=other.root_id or one.root_id,
            root_extra=other.root_extra or one.root_extra,
        ),
        parent_id=known.parent_id or shown.parent_id,
        root_id=known.root_id or shown.root_id,
        created_at=known.created_at,
        ours=known.ours,
    )
