"""What readers would see of a draft, as far as a network's own client decides it.

Adapters say it from the very rules by which they count, mark and send, so that a preview never
knows a second truth. Pure values; what a preview looks like is the page's business.
"""

from collections.abc import Sequence
from enum import StrEnum

from shared.core.models import LinkCard, Media
from shared.core.values import dataclass

MOST_SHOWN = 4
"""More files than these are in no layout; `check` says that they are too many."""
_LIKE = 1.02
"""Shapes that differ by less are the same: a few rows of pixels are no crop."""


class SegmentKind(StrEnum):
    TEXT = "text"
    LINK = "link"
    MENTION = "mention"
    TAG = "tag"


class Cut(StrEnum):
    """What of a picture is outside of its place until it is opened."""

    NOTHING = "nothing"
    SIDES = "sides"
    ENDS = "ends"


class CardBy(StrEnum):
    """Who says what a link's card shows: the post itself, its page when we prepare the post, or the
    network's server when the post is out.
    """

    POST = "post"
    PAGE = "page"
    SERVER = "server"


@dataclass(frozen=True, slots=True)
class Segment:
    """A stretch of a text: what is `sent`, and what is `shown` of it."""

    kind: SegmentKind
    sent: str
    shown: str


@dataclass(frozen=True, slots=True)
class Tile:
    """The place of one file. `ratio`: its width by its height."""

    media: Media
    ratio: float
    cut: Cut


@dataclass(frozen=True, slots=True)
class Gallery:
    """All files of a part. One fills it; two stand side by side; of three the first is as high as
    the others together; four are in two rows. `ratio`: of the whole, width by height.
    """

    ratio: float
    tiles: tuple[Tile, ...]


@dataclass(frozen=True, slots=True)
class CardAhead:
    """The card that a link will have. `written`: its words, where the post says them."""

    url: str
    by: CardBy
    written: LinkCard | None = None


@dataclass(frozen=True, slots=True)
class ShownPart:
    """`lines`: how many are shown until a reader asks for the rest; None: all of it. `warning`
    stands in place of everything until it is opened, `cover` over the files alone; empty for
    nothing of the kind. `card_note`: what should be known of its card, or why it has none.
    `tags_below`: hashtags that are shown below everything else instead of in the text, `more_tags`
    how many of them only to those who ask.
    """

    segments: tuple[Segment, ...]
    lines: int | None = None
    gallery: Gallery | None = None
    warning: str = ""
    cover: str = ""
    card: CardAhead | None = None
    card_note: str = ""
    tags_below: tuple[str, ...] = ()
    more_tags: int = 0


def plain(text: str) -> Segment:
    return Segment(SegmentKind.TEXT, text, text)


def shape(media: Media, otherwise: float) -> float:
    """Width by height of a file whose size is known."""
    return media.width / media.height if media.width and media.height else otherwise


def tile(media: Media, ratio: float) -> Tile:
    own = shape(media, ratio)
    cut = Cut.NOTHING
    if own > ratio * _LIKE:
        cut = Cut.SIDES
    elif own * _LIKE < ratio:
        cut = Cut.ENDS
    return Tile(media, ratio, cut)


def grid(files: Sequence[Media], ratio: float) -> Gallery:
    """Two to four files in a frame of this shape; what is beyond `MOST_SHOWN` has no place."""
    shown = files[:MOST_SHOWN]
    half = ratio / 2
    ratios = {2: (half, half), 3: (half, ratio, ratio), 4: (ratio,) * 4}[len(shown)]
    return Gallery(ratio, tuple(tile(media, r) for media, r in zip(shown, ratios, strict=True)))
