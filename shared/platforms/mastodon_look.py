"""Recognising our own post among what a server shows.

Servers dress a text up: paragraphs, links shortened in ways of their own, mentions without their
host. A post of ours that is not recognised would be sent a second time wherever idempotency keys
are ignored, so two looks are the same when either what is seen is the same, or what is seen outside
of links is and the links lead to the same places.
"""

import unicodedata
from html.parser import HTMLParser
from urllib.parse import unquote

import regex

from shared.core.values import dataclass
from shared.platforms.mastodon_count import MENTION, links

_NOISE = regex.compile(r"[\s\p{Cf}\p{Cc}\uFE0F]")
_BREAKS = frozenset({"br", "p", "div", "li", "blockquote"})


@dataclass(frozen=True, slots=True)
class Look:
    """`seen`: everything; `words`: outside of links; `links`: where these lead."""

    seen: str
    words: str
    links: tuple[str, ...]

    def same(self, other: "Look") -> bool:
        return self.seen == other.seen or (self.words, self.links) == (other.words, other.links)


def of_text(text: str) -> Look:
    """What we sent."""
    words, targets, at = [], [], 0
    for start, end in links(text):
        words.append(text[at:start])
        targets.append(_target(text[start:end]))
        at = end
    words.append(text[at:])
    return Look(_bare(text), _bare(" ".join(words)), tuple(targets))


def of_html(html: str) -> Look:
    """What a server shows."""
    reader = _Reader()
    reader.feed(html)
    reader.close()
    return Look(_bare("".join(reader.seen)), _bare("".join(reader.words)), tuple(reader.links))


def _bare(text: str) -> str:
    """Without what servers add, drop or turn: blanks, invisible marks, case, a mention's host."""
    local = MENTION.sub(lambda match: f"@{match[1]}", text)
    return _NOISE.sub("", unicodedata.normalize("NFC", local)).casefold()


def _target(url: str) -> str:
    return unquote(url).casefold().rstrip("/")


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.seen: list[str] = []
        self.words: list[str] = []
        self.links: list[str] = []
        self._in_link = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        named = dict(attrs)
        if tag in _BREAKS:
            self.handle_data("\n")
        elif tag == "img":  # some servers show their own emoji as pictures
            self.handle_data(named.get("alt") or "")
        elif tag == "a" and not _is_name(named):
            self._in_link = True
            self.links.append(_target(named.get("href") or ""))
            self.words.append(" ")

    def handle_endtag(self, tag: str) -> None:
        if tag == "a":
            self._in_link = False

    def handle_data(self, data: str) -> None:
        self.seen.append(data)
        if not self._in_link:
            self.words.append(data)


def _is_name(attributes: dict[str, str | None]) -> bool:
    """A mention or hashtag: its text is what was written, not an address."""
    return not {"mention", "hashtag"}.isdisjoint((attributes.get("class") or "").split())
