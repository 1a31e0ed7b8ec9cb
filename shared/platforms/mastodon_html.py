"""The HTML that servers make of a text: its tags and words, and the text that people read.

Read by a pattern and not by the library's parser: that one takes minutes for a hostile page
(measured on Python 3.11, 2026-11: 100,000 characters of `<a ` took 184 s), and what is shown was
written by anybody. Everything here takes time proportional to the length.
"""

import html
import re
from collections.abc import Iterator

from shared.core.values import dataclass

MAX_HTML = 50_000
"""Of what is shown: five times the longest text that is kept."""
BREAKS = frozenset({"br", "p", "div", "li", "blockquote"})
_PARAGRAPHS = frozenset({"p", "div", "blockquote", "ul", "ol"})
_TAG = re.compile(r"<(/?)([a-z][a-z0-9]{0,20})((?:[\s/][^<>]{0,8000})?)>|<[!?][^<>]{0,8000}>", re.I)
_ATTRIBUTE = re.compile(r"""\b(href|class|alt)\s{0,9}=\s{0,9}(?:"([^"]*)"|'([^']*)'|([^\s"']+))""")
_BLANK_LINES = re.compile(r"\n{3,}")


@dataclass(frozen=True, slots=True)
class Tag:
    """`name` in lower case; `attributes` are only those that somebody asks for."""

    name: str
    ends: bool
    href: str = ""
    alt: str = ""
    classes: frozenset[str] = frozenset()

    @property
    def is_name(self) -> bool:
        """A mention or hashtag: its text is what was written, not an address."""
        return not {"mention", "hashtag"}.isdisjoint(self.classes)


def pieces(source: str) -> Iterator[Tag | str]:
    """Tags and the words between them, in order."""
    at = 0
    for match in _TAG.finditer(source):
        if match.start() > at:
            yield html.unescape(source[at : match.start()])
        if match[2]:
            yield _tag(match[2].lower(), ends=bool(match[1]), rest=match[3])
        at = match.end()
    if at < len(source):
        yield html.unescape(source[at:])


def readable(source: str) -> str:
    """The text as a person would have typed it: paragraphs, lines, links in full. What stands
    beyond `MAX_HTML` is left out.
    """
    lines: list[str] = []
    link: Tag | None = None
    shown: list[str] = []
    for piece in pieces(source[:MAX_HTML]):
        if isinstance(piece, str):
            (shown if link else lines).append(piece)
        elif piece.name == "a":
            lines += _link(link, shown)
            link, shown = (None if piece.ends else piece), []
        elif piece.name == "img":
            (shown if link else lines).append(piece.alt)
        else:
            lines.append(_break(piece))
    lines += _link(link, shown)
    return _BLANK_LINES.sub("\n\n", "".join(lines)).strip()


def _tag(name: str, *, ends: bool, rest: str) -> Tag:
    named = {
        match[1]: html.unescape(match[2] or match[3] or match[4] or "")
        for match in _ATTRIBUTE.finditer(rest)
    }
    classes = frozenset(named.get("class", "").split())
    return Tag(name, ends, named.get("href", ""), named.get("alt", ""), classes)


def _break(tag: Tag) -> str:
    if tag.name == "br":
        return "\n"
    if tag.ends and tag.name in _PARAGRAPHS:
        return "\n\n"
    return "\n" if tag.ends and tag.name == "li" else ""


def _link(tag: Tag | None, shown: list[str]) -> list[str]:
    """A link by its address: what is shown of it may be shortened, or say something else."""
    text = "".join(shown)
    bare = text.rstrip("…").strip()
    if tag is None or tag.is_name or not tag.href or bare.startswith(("@", "#")):
        return [text]
    if bare and bare in tag.href:
        return [tag.href]
    return [f"{text} ({tag.href})" if text.strip() else tag.href]
