"""Recognising our own post among what a server shows.

Servers dress a text up: paragraphs, links shortened in ways of their own, mentions without their
host. A post of ours that is not recognised would be sent a second time wherever idempotency keys
are ignored, so two looks are the same when either what is seen is the same, or what is seen outside
of links is and the links lead to the same places.
"""

import unicodedata
from urllib.parse import unquote

import regex

from shared.core.values import dataclass
from shared.platforms.mastodon_count import MENTION, links
from shared.platforms.mastodon_html import BREAKS, Tag, pieces

_LINK = "\ue000"
"""Stands for a link in `words`, so that they differ when it stands elsewhere among them."""
_NOISE = regex.compile(r"[\s\p{Cf}\p{Cc}\uFE0F]")


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
    return Look(_bare(text), _bare(_LINK.join(words)), tuple(targets))


def of_html(html: str) -> Look:
    """What a server shows."""
    seen: list[str] = []
    words: list[str] = []
    targets: list[str] = []
    in_link = False
    for piece in pieces(html):
        text = _shown(piece) if isinstance(piece, Tag) else piece
        if isinstance(piece, Tag) and piece.name == "a":
            in_link = not piece.ends and not piece.is_name
            if in_link:
                targets.append(_target(piece.href))
                words.append(_LINK)
        seen.append(text)
        if not in_link:
            words.append(text)
    return Look(_bare("".join(seen)), _bare("".join(words)), tuple(targets))


def _shown(tag: Tag) -> str:
    """Some servers show their own emoji as pictures."""
    if tag.name == "img":
        return tag.alt
    return "\n" if tag.name in BREAKS and not tag.ends else ""


def _bare(text: str) -> str:
    """Without what servers add, drop or turn: blanks, invisible marks, case, a mention's host."""
    local = MENTION.sub(lambda match: f"@{match[1]}", text)
    return _NOISE.sub("", unicodedata.normalize("NFC", local)).casefold()


def _target(url: str) -> str:
    return unquote(url).casefold().rstrip("/")
