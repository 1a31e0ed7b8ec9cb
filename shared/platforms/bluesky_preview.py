"""How Bluesky's own app shows a post in a feed, in a browser. Pure.

https://github.com/bluesky-social/social-app (src/view/com/posts/PostFeedItem.tsx,
src/components/RichText.tsx, src/components/Post/Embed, src/components/images/AutoSizedImage.tsx and
ImageLayoutGrid.tsx, src/lib/strings/url-helpers.ts; read 2026-11). Other apps may show it
otherwise.
"""

from collections.abc import Iterator, Sequence
from urllib.parse import quote, urlsplit

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
from shared.platforms.bluesky_facts import FACTS
from shared.platforms.bluesky_record import label
from shared.platforms.bluesky_text import Span, spans

FILES_INSTEAD = "A post with pictures or a video shows no card of its link on Bluesky."
PAGE_SAYS_IT = "The card shows what the page says of itself when the post is prepared."

# What the app covers unless a reader chose otherwise; "nudity" is shown, "porn" left out of feeds:
# https://github.com/bluesky-social/atproto packages/api/src/moderation/const/labels.ts (2026-11).
COVERS = {
    "graphic-media": "Graphic media",
    "sexual": "Sexually suggestive",
    "porn": "Adult content; feeds leave the post out unless a reader asked for such",
}
_KINDS = {"link": SegmentKind.LINK, "mention": SegmentKind.MENTION, "tag": SegmentKind.TAG}
_AS_THEY_ARE = "/:?#[]@!$&'()*+,;=%~"
_PORTS = {"http": 80, "https": 443}


def preview(draft: Draft) -> tuple[ShownPart, ...]:
    return tuple(_shown(part, draft.options) for part in draft.parts)


def _shown(part: Part, options: Options) -> ShownPart:
    found = spans(part.text)
    card, note = _card(part, next((span.value for span in found if span.kind == "link"), None))
    breaks, most = part.text.count("\n"), FACTS["fold_line_breaks"].value
    return ShownPart(
        segments=tuple(_segments(part.text, found)),
        lines=most if breaks >= most else None,
        gallery=_gallery(part.media),
        cover=COVERS.get(label(options), "") if part.media else "",
        card=card,
        card_note=note,
    )


def _segments(text: str, found: Sequence[Span]) -> Iterator[Segment]:
    at = 0
    for span in found:
        if span.start > at:
            yield plain(text[at : span.start])
        kind, written = _KINDS[span.kind], text[span.start : span.end]
        yield Segment(kind, written, short(written) if kind is SegmentKind.LINK else written)
        at = span.end
    if at < len(text):
        yield plain(text[at:])


def short(written: str) -> str:
    """A link as the app shows it. One that was written without its scheme stays as it is."""
    try:
        url = urlsplit(written)
        port = url.port
    except ValueError:
        return written
    if url.scheme not in _PORTS or not url.hostname:
        return written
    host = _ascii(url.hostname) + ("" if port in (None, _PORTS[url.scheme]) else f":{port}")
    path = "" if url.path == "/" else url.path
    query = (f"?{url.query}" if url.query else "") + (f"#{url.fragment}" if url.fragment else "")
    rest = quote(path + query, safe=_AS_THEY_ARE)
    most, kept = FACTS["link_path_shown"].value, FACTS["link_path_kept"].value
    return host + rest if len(rest) <= most else f"{host}{rest[:kept]}..."


def _ascii(host: str) -> str:
    try:
        return host.encode("idna").decode()
    except UnicodeError:
        return host


def _gallery(files: Sequence[Media]) -> Gallery | None:
    """One file keeps its shape down to 1:2 and is never higher than the post is wide."""
    if len(files) > 1:
        few, many = FACTS["pair_ratio_percent"].value, FACTS["grid_of_4_ratio_percent"].value
        return grid(files, (few if len(files) < 4 else many) / 100)
    if not files:
        return None
    ratio = max(shape(files[0], 1.0), FACTS["narrowest_ratio_percent"].value / 100)
    return Gallery(max(ratio, 1.0), (tile(files[0], ratio),))


def _card(part: Part, link: str | None) -> tuple[CardAhead | None, str]:
    """The one that somebody wrote, else that of the first link."""
    written = part.card
    if written is None and link is None:
        return None, ""
    if part.media:
        return None, FILES_INSTEAD
    if written is not None:
        return CardAhead(written.url, CardBy.POST, written), ""
    return CardAhead(link or "", CardBy.PAGE), PAGE_SAYS_IT
