"""How Mastodon counts a text, and what it takes for a link or a mention.

The rules are those of the server itself, which counts what it will turn into links
(https://github.com/mastodon/mastodon: app/validators/status_length_validator.rb,
app/lib/extractor.rb, config/initializers/twitter_regex.rb; read 2026-11). A link or mention that it
would not recognise counts in full.
"""

from collections.abc import Iterator

import regex

from shared.core.values import dataclass
from shared.platforms.text import graphemes, is_real_hostname

MAX_URL = 4096
"""Longer ones are not made into links."""

# What may not stand before a link, and what a host is made of. Punctuation ends it.
_SCHEME = regex.compile(r"(?<![a-z0-9@\uff20$#\uff03])https?://", regex.IGNORECASE)
_HOST = regex.compile(r"[\p{L}\p{M}\p{N}\p{So}_-]+(?:\.[\p{L}\p{M}\p{N}\p{So}_-]+)+")
_LONGEST_HOST = 253
_GLUED = regex.compile(r"[0-9a-z@+-]", regex.IGNORECASE)
_PORT = regex.compile(r":[0-9]+")
# Round brackets belong to a path in pairs only, one pair inside another at most. Never backtracks.
_PATH = regex.compile(
    r"/(?:[^\s<>()?]++|\((?:[^\s<>()?]++|[^\s<>()?]*+\([^\s<>()?]++\)[^\s<>()?]*+)\))*+"
)
_NO_END_OF_PATH = "!*\"'「」;:=,.$%[]~&|@"
_QUERY = regex.compile(
    r"""\?[a-z0-9!?*'();:&=+$/%#\[\]_.,~|@^\u00a0-\U0010fffd-]*"""
    r"""[a-z0-9_&=#/\u00a0-\U0010fffd-]""",
    regex.IGNORECASE,
)
# What was taken for a name stays taken: "@ada@social@example" is no mention, not a shorter one.
MENTION = regex.compile(
    r"(?<![=/\w])@(?>([a-z0-9_]+(?:[.-]+[a-z0-9_]+)*)(?:@[\w.-]*\w)?)(?![@\uff20\u00c0-\u024f]|://)",
    regex.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class _Entity:
    """A stretch of the text and the text that it counts as."""

    start: int
    end: int
    counts_as: str


def length(text: str, warning: str, *, per_url: int) -> int:
    """What the server compares with its limit: content warning and text, links at a flat rate."""
    return graphemes(warning + _countable(text, "x" * per_url))


def _countable(text: str, placeholder: str) -> str:
    pieces, at = [], 0
    entities = [*_links(text, placeholder), *_mentions(text)]
    for entity in sorted(entities, key=lambda found: found.start):
        if entity.start >= at:  # of two that overlap the first counts
            pieces += [text[at : entity.start], entity.counts_as]
            at = entity.end
    return "".join([*pieces, text[at:]])


def _mentions(text: str) -> Iterator[_Entity]:
    for match in MENTION.finditer(text):
        yield _Entity(match.start(), match.end(), f"@{match[1]}")


def names_elsewhere(text: str) -> tuple[str, ...]:
    """Names without a server that read like a site's address, each once: so another network writes
    people. A guess, since servers differ in what names they give, so good for a notice only.
    """
    found = (match[1] for match in MENTION.finditer(text) if match.group() == f"@{match[1]}")
    return tuple(dict.fromkeys(name for name in found if is_real_hostname(name)))


def _links(text: str, placeholder: str) -> Iterator[_Entity]:
    for start, end in links(text):
        if end - start <= MAX_URL:
            yield _Entity(start, end, placeholder)


def links(text: str) -> Iterator[tuple[int, int]]:
    """Where the server sees links, from left to right and never one inside another."""
    at = 0
    for scheme in _SCHEME.finditer(text):
        end = _link_end(text, scheme.end()) if scheme.start() >= at else None
        if end is not None:
            yield scheme.start(), end
            at = end


def _link_end(text: str, start: int) -> int | None:
    at = _host_end(text, start)
    if at is None:
        return None
    port = _PORT.match(text, at)
    at = _path_end(text, port.end() if port else at)
    query = _QUERY.match(text, at)
    return query.end() if query else at


def _host_end(text: str, start: int) -> int | None:
    """Where the longest name with a real top-level domain ends; nothing may stick to it."""
    match = _HOST.match(text, start, start + _LONGEST_HOST + 1)
    if match is None or match.end() > start + _LONGEST_HOST:
        return None
    end = match.end()
    while end > start:
        if is_real_hostname(text[start:end]) and not _GLUED.match(text, end):
            return end
        end = text.rfind(".", start, end)
    return None


def _path_end(text: str, start: int) -> int:
    """The path up to the last character that can end one: a full stop stays outside."""
    match = _PATH.match(text, start)
    if match is None:
        return start
    return start + 1 + len(match.group()[1:].rstrip(_NO_END_OF_PATH))
