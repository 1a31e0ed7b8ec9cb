"""The rules of a brand's voice, applied to what one account would send. Pure.

Words are whole words, in any case and Unicode form. Where a script puts no spaces between words
(Han, Kana, Thai and its neighbours), a word is found wherever its letters stand. Addresses of
links are not words: their letters, capitals and emoji do not count.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import lru_cache

import regex

from shared.core.allowing import letting_pass
from shared.core.errors import Problem
from shared.core.links import host_of, is_under
from shared.core.models import Allowance, Draft
from shared.core.voice import CODE, Rule, RuleKind, Severity, Voice, folded

LEAST_LETTERS = 20
"""A part with fewer letters is not judged by its capitals: `SALE TODAY` is no shouting."""

_LINK = regex.compile(r"https?://\S+", regex.IGNORECASE)
_SPACELESS = r"\p{Han}\p{Hiragana}\p{Katakana}\p{Thai}\p{Lao}\p{Khmer}\p{Myanmar}"
_LETTER = rf"[[\p{{L}}\p{{M}}\p{{N}}_\u200c\u200d]--[{_SPACELESS}]]"
_IS_LETTER = regex.compile(_LETTER, regex.VERSION1)
_GRAPHEME = regex.compile(r"\X")
# Shown as a picture: by default, by the variation selector after it, or as a key with its cap.
# https://unicode.org/reports/tr51/#Emoji_Presentation (2026-11)
_EMOJI = regex.compile(r"\p{Emoji_Presentation}(?!\ufe0e)|\p{Extended_Pictographic}\ufe0f|\u20e3")
_CAPITAL = regex.compile(r"[\p{Lu}\p{Lt}]")
_CASED = regex.compile(r"[\p{Lu}\p{Lt}\p{Ll}]")
_WORD = regex.compile(r"[\p{L}\p{N}]")

Found = tuple[str, str]
"""Where in the draft, and what is wrong and how to mend it."""


def judged(
    voice: Voice,
    draft: Draft,
    *,
    platform: str,
    tags: Iterable[str],
    links: Sequence[Sequence[str]],
    allowances: Sequence[Allowance] = (),
) -> tuple[list[Problem], list[Problem]]:
    """What stops it, and what its author should know, also of what was let pass. `links`: of each
    part, as the network sees them. An answer to somebody need not say what every post must.
    """
    stops: list[Problem] = []
    warns: list[Problem] = []
    for rule in voice.rules:
        of_posts = rule.kind in {RuleKind.REQUIRED, RuleKind.DISCLOSURE}
        if not rule.holds_for(platform, tags) or (draft.reply_to is not None and of_posts):
            continue
        stopping = rule.severity is Severity.STOPS
        allowed = letting_pass(rule, allowances) if stopping else None
        into = stops if stopping and allowed is None else warns
        said = f" It was allowed here: “{allowed.reason}”." if allowed else ""
        for where, words in _JUDGES[rule.kind](rule, draft, links):
            named = f"{words} (Rule: {rule.name}){said}"
            into.append(Problem(where, f"{CODE}{rule.kind.value}", named, rule.name))
    return stops, warns


def _banned(rule: Rule, draft: Draft, links: Sequence[Sequence[str]]) -> Iterator[Found]:
    for where, text in _read(draft):
        plain = _plain(text)
        said = [word for word in rule.words if _holds(plain, word)]
        if said:
            yield where, f"Take out {_listed(said, 'and')}."


def _required(rule: Rule, draft: Draft, links: Sequence[Sequence[str]]) -> Iterator[Found]:
    texts = [_plain(part.text) for part in draft.parts]
    missing = [word for word in rule.words if not any(_holds(text, word) for text in texts)]
    if missing:
        yield "parts[0].text", f"Add {_listed(missing, 'and')}."


def _disclosure(rule: Rule, draft: Draft, links: Sequence[Sequence[str]]) -> Iterator[Found]:
    if rule.at_start:
        if not any(begins_with(draft.parts[0].text, word) for word in rule.words):
            yield "parts[0].text", f"Begin with {_listed(rule.words, 'or')}."
        return
    texts = [_plain(part.text) for part in draft.parts]
    if not any(_holds(text, word) for text in texts for word in rule.words):
        yield "parts[0].text", f"Add {_listed(rule.words, 'or')}."


def _allowed_domains(rule: Rule, draft: Draft, links: Sequence[Sequence[str]]) -> Iterator[Found]:
    for where, link in _addresses(draft, links):
        if not is_under(host_of(link), rule.domains):
            listed = ", ".join(rule.domains)
            yield where, f"{_shown(link)} is not among the domains to link to: {listed}."


def _banned_domains(rule: Rule, draft: Draft, links: Sequence[Sequence[str]]) -> Iterator[Found]:
    for where, link in _addresses(draft, links):
        if is_under(host_of(link), rule.domains):
            yield where, f"Link to another page than {_shown(link)}."


def _emoji(rule: Rule, draft: Draft, links: Sequence[Sequence[str]]) -> Iterator[Found]:
    most = rule.most or 0
    for n, part in enumerate(draft.parts):
        used = emoji_in(part.text)
        if used > most:
            yield f"parts[{n}].text", f"This has {used} emoji of {most}; take out {used - most}."


def _capitals(rule: Rule, draft: Draft, links: Sequence[Sequence[str]]) -> Iterator[Found]:
    for n, part in enumerate(draft.parts):
        share = capitals_in(part.text)
        if share is not None and share > (rule.most or 0):
            words = f"{share} % of the letters are capitals, of {rule.most or 0} %; use small ones."
            yield f"parts[{n}].text", words


def _alt_text(rule: Rule, draft: Draft, links: Sequence[Sequence[str]]) -> Iterator[Found]:
    for n, part in enumerate(draft.parts):
        for place, media in enumerate(part.media):
            if not media.alt.strip():
                what = "video" if media.mime.startswith("video/") else "picture"
                words = f"Describe the {what} for people who cannot see it."
                yield f"parts[{n}].media[{place}].alt", words


_JUDGES: dict[RuleKind, Callable[[Rule, Draft, Sequence[Sequence[str]]], Iterator[Found]]] = {
    RuleKind.BANNED: _banned,
    RuleKind.REQUIRED: _required,
    RuleKind.DISCLOSURE: _disclosure,
    RuleKind.ALLOWED_DOMAINS: _allowed_domains,
    RuleKind.BANNED_DOMAINS: _banned_domains,
    RuleKind.EMOJI: _emoji,
    RuleKind.CAPITALS: _capitals,
    RuleKind.ALT_TEXT: _alt_text,
}


def says(text: str, word: str) -> bool:
    """Whether the text holds this word or phrase, whatever the spaces and cases in it."""
    return _holds(_plain(text), word)


def _holds(plain: str, word: str) -> bool:
    """A text without the letters of the word, as nearly all are, is told without a pattern."""
    return folded(word).split()[0] in plain and _pattern(word).search(plain) is not None


def begins_with(text: str, word: str) -> bool:
    """Whether nothing but spaces, brackets and other signs comes before it."""
    plain = _plain(text)
    found = _pattern(word).search(plain)
    return found is not None and _WORD.search(plain, 0, found.start()) is None


def emoji_in(text: str) -> int:
    """How many a reader sees: a family, a flag or a face with its skin is one."""
    clusters = (found.group() for found in _GRAPHEME.finditer(_LINK.sub(" ", text)))
    return sum(_EMOJI.search(cluster) is not None for cluster in clusters)


def capitals_in(text: str) -> int | None:
    """Percent of the letters that have a case; None when there are too few to tell."""
    bare = _LINK.sub(" ", text)
    letters = len(_CASED.findall(bare))
    return None if letters < LEAST_LETTERS else 100 * len(_CAPITAL.findall(bare)) // letters


def _plain(text: str) -> str:
    return folded(_LINK.sub(" ", text))


@lru_cache(maxsize=512)
def _pattern(word: str) -> "regex.Pattern[str]":
    """Of a whole word: no letter, mark or digit goes on at either end, in scripts with spaces."""
    pieces = folded(word).split()
    inner = r"\s+".join(regex.escape(piece) for piece in pieces)
    first, last = pieces[0][0], pieces[-1][-1]
    before = rf"(?<![{_LETTER}\#])" if first in "#@" else _edge("(?<!", first)
    return regex.compile(f"{before}{inner}{_edge('(?!', last)}", regex.VERSION1)


def _edge(look: str, sign: str) -> str:
    return f"{look}{_LETTER})" if _IS_LETTER.match(sign) else ""


def _read(draft: Draft) -> Iterator[tuple[str, str]]:
    """Everything of it that people read or hear."""
    yield "options.content_warning", draft.options.content_warning
    for n, part in enumerate(draft.parts):
        yield f"parts[{n}].text", part.text
        for place, media in enumerate(part.media):
            yield f"parts[{n}].media[{place}].alt", media.alt
        if part.card is not None:
            yield f"parts[{n}].card.title", part.card.title
            yield f"parts[{n}].card.description", part.card.description


def _addresses(draft: Draft, links: Sequence[Sequence[str]]) -> Iterator[tuple[str, str]]:
    for n, of_part in enumerate(links):
        part = draft.parts[n]
        for link in of_part:
            of_card = part.card is not None and link == part.card.url and link not in part.text
            yield f"parts[{n}].{'card.url' if of_card else 'text'}", link


def _shown(link: str) -> str:
    return host_of(link) or link[:80]


def _listed(words: Sequence[str], joint: str) -> str:
    quoted = [f"“{word}”" for word in words]
    *most, last = quoted
    return f"{', '.join(most)} {joint} {last}" if most else last
