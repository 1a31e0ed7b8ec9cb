"""Links, mentions and hashtags in a text, as Bluesky's facets: byte ranges of its UTF-8 form.

The server links nothing by itself: what has no facet stays plain text
(https://docs.bsky.app/docs/advanced-guides/post-richtext, read 2026-11). What counts as one follows
the official app (https://github.com/bluesky-social/atproto packages/api/src/rich-text, read
2026-11), so that nobody is surprised by what becomes clickable. Where we differ: text without
spaces between words (Japanese, Thai) may stand directly before a link, a bracket before a hashtag,
and `home.It`, where a space was forgotten, is no link.
"""

# ruff: noqa: RUF001  characters that look alike in different scripts are the subject here

from collections.abc import Iterator, Mapping

import regex

from shared.core.values import dataclass
from shared.platforms.text import graphemes, is_real_hostname

TAG_GRAPHEMES = 64
TAG_BYTES = 640
"""https://github.com/bluesky-social/atproto lexicons/app/bsky/richtext/facet.json, read 2026-11."""

# Not within a word, an address or a hashtag. A keycap emoji ends in U+20E3, which is a mark, too.
_FREE = r"(?<![\p{Latin}\p{Greek}\p{Cyrillic}\p{N}@#$＠＃][\p{M}--[\u20e3]]*)"
# Brackets and full stops of languages that put no space after them, in no address unescaped.
_EAST = r"、。，！？（）「」『』【】《》〈〉"
_LABEL = r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"
_TAIL = rf"(?:[/?#][^\s<>{_EAST}]*)?"

_LINK = regex.compile(
    rf"{_FREE}https?://[^\s/?#\"'“”‘’«»`<>{_EAST}]+{_TAIL}",
    regex.IGNORECASE | regex.VERSION1,
)
_BARE = regex.compile(
    rf"{_FREE}(?<![-_./])(?P<host>{_LABEL}(?:\.{_LABEL})+)(?![a-z0-9_@(-]|\.\w)(?::\d{{1,5}}\b)?{_TAIL}",
    regex.IGNORECASE | regex.VERSION1,
)
# https://atproto.com/specs/handle (read 2026-11)
_MENTION = regex.compile(
    rf"{_FREE}(?<!/)@(?P<handle>(?:{_LABEL}\.)+[a-z](?:[a-z0-9-]{{0,61}}[a-z0-9])?)(?![a-z0-9_@-]|\.\w)",
    regex.IGNORECASE | regex.VERSION1,
)
# How networks of many servers write people: `@ada@social.example`.
_ELSEWHERE = regex.compile(r"(?<![\w@/=.])@[\w.-]*\w@(?:[\w-]+\.)+\w+")
# A tag ends at a space or at something invisible, and holds more than digits and punctuation; a
# hash that carries U+FE0F or U+20E3 is an emoji.
_HIDDEN = r"\s\u00ad\u2060\u200a\u200b\u200c\u200d\u20e2"
_TAG = regex.compile(
    rf"(?<![^\s\p{{Ps}}\p{{Pi}}])[#＃](?![\ufe0f\u20e3])"
    rf"(?P<tag>[^{_HIDDEN}]*[^\d\p{{P}}{_HIDDEN}][^{_HIDDEN}]*)",
    regex.VERSION1,
)
_TICKER = regex.compile(
    r"(?<![^\s(])\$(?P<ticker>[a-z][a-z0-9]{0,4})(?=$|[\s.,;:!?)\"'’])", regex.I
)

_ENDS_SENTENCE = regex.compile(r"[\p{Terminal_Punctuation}…–—]")
_TRAILING = regex.compile(r"\p{P}+$")
_CLOSERS = {")": "(", "]": "[", "}": "{"}
_QUOTES = {'"': '"', "“": "”", "‘": "’", "«": "»", "`": "`"}


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch of the text, in characters; `value` is its URI, its handle or its tag."""

    kind: str
    start: int
    end: int
    value: str


def spans(text: str) -> tuple[Span, ...]:
    """In the order of the text. None overlaps another: of two the link wins, then the mention."""
    kept: list[Span] = []
    taken = bytearray(len(text))  # comparing with every other span would be quadratic
    for find in (_links, _bare_links, _mentions, _tags, _tickers):
        for span in find(text):
            if not any(taken[span.start : span.end]):
                taken[span.start : span.end] = b"\1" * (span.end - span.start)
                kept.append(span)
    return tuple(sorted(kept, key=lambda span: span.start))


def facets(text: str, dids: Mapping[str, str]) -> list[dict[str, object]]:
    """The facets of a text; `dids` by lower-case handle. A mention of nobody known stays text."""
    found: list[dict[str, object]] = []
    for span in spans(text):
        feature = _feature(span, dids)
        if feature is not None:
            start = len(text[: span.start].encode())
            end = start + len(text[span.start : span.end].encode())
            index = {"byteStart": start, "byteEnd": end}
            found.append({"index": index, "features": [feature]})
    return found


def links(text: str) -> tuple[str, ...]:
    """Where its links lead, in the order of the text."""
    return tuple(span.value for span in spans(text) if span.kind == "link")


def first_link(text: str) -> str | None:
    """The link that a card is made for."""
    return next(iter(links(text)), None)


def handles(text: str) -> tuple[str, ...]:
    """The handles that a text mentions, each once, in lower case."""
    return tuple(dict.fromkeys(span.value for span in spans(text) if span.kind == "mention"))


def handles_elsewhere(text: str) -> tuple[str, ...]:
    """What names somebody on another network and nobody here, each once, as it is written."""
    return tuple(dict.fromkeys(match.group() for match in _ELSEWHERE.finditer(text)))


def _feature(span: Span, dids: Mapping[str, str]) -> dict[str, object] | None:
    kind = f"app.bsky.richtext.facet#{span.kind}"
    if span.kind == "link":
        return {"$type": kind, "uri": span.value}
    if span.kind == "tag":
        return {"$type": kind, "tag": span.value}
    did = dids.get(span.value)
    return {"$type": kind, "did": did} if did else None


def _links(text: str) -> Iterator[Span]:
    for match in _LINK.finditer(text):
        uri = _trimmed(text, match.start(), match.group())
        if uri.partition("://")[2]:
            yield Span("link", match.start(), match.start() + len(uri), uri)


def _bare_links(text: str) -> Iterator[Span]:
    for match in _BARE.finditer(text):
        host = match["host"]
        if is_real_hostname(host) and not _is_forgotten_space(host):
            shown = _trimmed(text, match.start(), match.group())
            yield Span("link", match.start(), match.start() + len(shown), f"https://{shown}")


def _is_forgotten_space(host: str) -> bool:
    """`I went home.It was late`: one sentence ends, the next begins."""
    last = host.rpartition(".")[2]
    return last[0].isupper() and not host.isupper()


def _mentions(text: str) -> Iterator[Span]:
    for match in _MENTION.finditer(text):
        yield Span("mention", match.start(), match.end(), match["handle"].lower())


def _tags(text: str) -> Iterator[Span]:
    for match in _TAG.finditer(text):
        tag = _TRAILING.sub("", match["tag"])
        if tag and graphemes(tag) <= TAG_GRAPHEMES and len(tag.encode()) <= TAG_BYTES:
            yield Span("tag", match.start(), match.start() + 1 + len(tag), tag)


def _tickers(text: str) -> Iterator[Span]:
    """`$AAPL`: a tag that keeps its sign."""
    for match in _TICKER.finditer(text):
        yield Span("tag", match.start(), match.end(), f"${match['ticker'].upper()}")


def _trimmed(text: str, start: int, link: str) -> str:
    """The link without what belongs to the sentence around it."""
    closer = _QUOTES.get(text[start - 1]) if start else None
    if closer:
        link = link.partition(closer)[0]
    surplus = {
        closer: link.count(closer) - link.count(opener) for closer, opener in _CLOSERS.items()
    }
    while link:
        last = link[-1]
        if surplus.get(last, 0) > 0:
            surplus[last] -= 1
        elif not (_ENDS_SENTENCE.match(last) or (last in "@'*" and _is_all_host(link))):
            break
        link = link[:-1]
    return link


def _is_all_host(link: str) -> bool:
    """True before the path begins, where these characters cannot belong to the address."""
    return not any(mark in link.partition("://")[2] or "" for mark in "/?#")
