"""How Mastodon's web client shows a post. Pure.

The server makes links, mentions and hashtags of the text (app/lib/text_formatter.rb,
app/lib/extractor.rb, app/models/tag.rb, app/services/post_status_service.rb), the client folds,
covers, crops and puts hashtags below (components/status_content.jsx, status.jsx, media_gallery.jsx
and hashtag_bar.tsx in app/javascript/mastodon; all of https://github.com/mastodon/mastodon, read
2026-11). Other servers and apps may show it otherwise.
"""

# ruff: noqa: RUF001  characters that look alike in different scripts are the subject here

import math
import unicodedata
from collections.abc import Iterator, Sequence
from urllib.parse import urlsplit

import regex

from shared.core.models import Draft, Media, Options, Part
from shared.core.previewing import (
    CardAhead,
    CardBy,
    Gallery,
    Segment,
    SegmentKind,
    ShownPart,
    grid,
    plain,
    shape,
    tile,
)
from shared.core.workspaces import Account
from shared.platforms.mastodon_count import MAX_URL, MENTION, links
from shared.platforms.mastodon_facts import FACTS
from shared.platforms.mastodon_reply import as_sent
from shared.platforms.text import graphemes

COVER = "Sensitive content"
SERVER_MAKES_IT = (
    "The Mastodon server makes the card from the page once the post is out; its words and picture"
    " cannot be set from here."
)
FILES_INSTEAD = "A post with pictures or a video shows no card of its link on Mastodon."

_LINE = 76
"""Characters in a line of its column: 566 pixels of 15-pixel letters. A telephone shows fewer."""
_SHOWN_WITHOUT = regex.compile(r"https?://(?:www\.)?", regex.IGNORECASE)
_GAP = regex.compile(r"\n{3,}")
# A name holds a letter, and other signs than these only between two that are part of a word.
_BETWEEN = "·・\u200c"
_TAG = regex.compile(rf"(?<![=/)\p{{L}}\p{{N}}])[#＃](?P<name>\w[\w{_BETWEEN}]*)(?![#＃]|://)")
_LETTER = regex.compile(r"\p{L}")


def preview(account: Account, draft: Draft) -> tuple[ShownPart, ...]:
    sent = as_sent(draft)
    return tuple(_shown(account, part, sent.options) for part in sent.parts)


def _shown(account: Account, part: Part, options: Options) -> ShownPart:
    text, warning = _as_stored(part.text), options.content_warning.strip()
    covered = bool(part.media) and (options.sensitive or bool(warning))
    if not text and warning:  # the server makes a warning without words below it the text
        text, warning = warning, ""
    segments = tuple(_segments(text))
    card, note = _card(account, segments, part.media)
    segments, tags = _tags_apart(segments, alone=bool(part.media) and not warning)
    at_once = FACTS["tags_shown"].value
    return ShownPart(
        segments=segments,
        lines=None if warning else _lines(segments),
        gallery=_gallery(part.media),
        warning=warning,
        cover=COVER if covered else "",
        card=card,
        card_note=note,
        tags_below=tags[:at_once],
        more_tags=len(tags[at_once:]),
    )


def _as_stored(text: str) -> str:
    """Without blanks around it; paragraphs stand one line apart, however many were typed."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n").strip()
    return _GAP.sub("\n\n", lines)


def _segments(text: str) -> Iterator[Segment]:
    at = 0
    for start, end, segment in sorted(_found(text), key=lambda found: found[:2]):
        if start < at:  # of two that overlap the first counts
            continue
        if start > at:
            yield plain(text[at:start])
        yield segment
        at = end
    if at < len(text):
        yield plain(text[at:])


def _found(text: str) -> Iterator[tuple[int, int, Segment]]:
    for start, end in links(text):
        if end - start <= MAX_URL:
            yield start, end, _link(text[start:end])
    for mention in MENTION.finditer(text):
        # Of somebody the server finds the name alone is shown, whichever server they are on.
        segment = Segment(SegmentKind.MENTION, mention.group(), f"@{mention[1]}")
        yield mention.start(), mention.end(), segment
    for tag in _TAG.finditer(text):
        name = tag["name"].rstrip(_BETWEEN)
        if _LETTER.search(name):
            shown = tag.group()[0] + name
            yield tag.start(), tag.start() + len(shown), Segment(SegmentKind.TAG, shown, shown)


def _link(url: str) -> Segment:
    bare = _SHOWN_WITHOUT.sub("", url, count=1)
    most = FACTS["link_characters_shown"].value
    return Segment(SegmentKind.LINK, url, bare if len(bare) <= most else f"{bare[:most]}…")


def _tags_apart(
    segments: tuple[Segment, ...], *, alone: bool
) -> tuple[tuple[Segment, ...], tuple[str, ...]]:
    """A last paragraph of nothing but hashtags is shown below everything else, without those that
    the text has already; where it is all that there is, only when it may stand `alone` so.
    """
    head, last = _last_paragraph(segments)
    tags = [segment.shown for segment in last if segment.kind is SegmentKind.TAG]
    others = "".join(segment.sent for segment in last if segment.kind is not SegmentKind.TAG)
    if not tags or others.strip() or "\n" in others or not (head or alone):
        return segments, ()
    known = {_alike(segment.shown) for segment in head if segment.kind is SegmentKind.TAG}
    below: dict[str, str] = {}
    for tag in tags:
        if _alike(tag) not in known:
            below.setdefault(_alike(tag), tag)
    return head, tuple(below.values())


def _last_paragraph(
    segments: tuple[Segment, ...],
) -> tuple[tuple[Segment, ...], tuple[Segment, ...]]:
    """What comes before it, and what it is made of."""
    for place, segment in reversed(list(enumerate(segments))):
        before, gap, after = segment.sent.rpartition("\n\n")
        if gap:
            head = (*segments[:place], *([plain(before)] if before else []))
            return head, (*([plain(after)] if after else []), *segments[place + 1 :])
    return (), segments


def _alike(tag: str) -> str:
    """Equal for tags that differ in case and accents alone."""
    bare = unicodedata.normalize("NFKD", tag)
    return "".join(sign for sign in bare if not unicodedata.combining(sign)).casefold()


def _lines(segments: Sequence[Segment]) -> int | None:
    """The client folds by height; here it is estimated from the width of its column."""
    shown = "".join(segment.shown for segment in segments).split("\n")
    used = sum(max(1, math.ceil(graphemes(line) / _LINE)) for line in shown)
    return FACTS["folded_to_lines"].value if used > FACTS["fold_lines"].value else None


def _gallery(files: Sequence[Media]) -> Gallery | None:
    """One file keeps its shape, several share a frame."""
    frame = FACTS["gallery_ratio_percent"].value / 100
    if len(files) > 1:
        return grid(files, frame)
    if not files:
        return None
    ratio = shape(files[0], frame)
    return Gallery(ratio, (tile(files[0], ratio),))


def _card(
    account: Account, segments: Sequence[Segment], files: Sequence[Media]
) -> tuple[CardAhead | None, str]:
    """Of the first link to another place than the server itself."""
    own = urlsplit(account.server).hostname
    linked = (segment.sent for segment in segments if segment.kind is SegmentKind.LINK)
    url = next((link for link in linked if _host(link) != own), None)
    if url is None:
        return None, ""
    if files:
        return None, FILES_INSTEAD
    return CardAhead(url, CardBy.SERVER), SERVER_MAKES_IT


def _host(url: str) -> str | None:
    try:
        return urlsplit(url).hostname
    except ValueError:
        return None
