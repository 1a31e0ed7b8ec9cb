"""The voice of a brand: what its posts must keep to, and how it wants to sound.

One document per workspace. The rules are applied by `judging.py`, to what each account would really
send; what is added to links is in `links.py`.
"""

import unicodedata
from collections.abc import Iterable, Iterator
from enum import StrEnum

from shared.core.errors import Problem
from shared.core.links import LinkRules, domain_problems, rule_problems
from shared.core.models import Millis
from shared.core.values import dataclass

DOCUMENT = "voice"
"""The id under which it is kept."""
MOST_RULES = 50
CODE = "voice."
"""Begins the codes of what a rule finds; the rule's kind follows."""


class RuleKind(StrEnum):
    """What a rule is about; a finding's code is `voice.<kind>`."""

    BANNED = "banned"
    REQUIRED = "required"
    DISCLOSURE = "disclosure"
    ALLOWED_DOMAINS = "allowed_domains"
    BANNED_DOMAINS = "banned_domains"
    EMOJI = "emoji"
    CAPITALS = "capitals"
    ALT_TEXT = "alt_text"


class Severity(StrEnum):
    """What follows: the post cannot be planned or approved, or its author is told."""

    STOPS = "stops"
    WARNS = "warns"


@dataclass(frozen=True, slots=True)
class Rule:
    """`platforms`, `tags`: it holds only there, and only for posts with one of the tags; empty:
    everywhere, for all. `most`: emoji in one part, or percent of its letters that are capitals.
    `at_start`: nothing but signs may come before the word.
    """

    name: str
    kind: RuleKind
    severity: Severity = Severity.STOPS
    words: tuple[str, ...] = ()
    domains: tuple[str, ...] = ()
    most: int | None = None
    at_start: bool = False
    platforms: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()

    def holds_for(self, platform: str, tags: Iterable[str]) -> bool:
        if self.platforms and platform not in self.platforms:
            return False
        theirs = {tag.casefold() for tag in tags}
        return not self.tags or any(tag.casefold() in theirs for tag in self.tags)


@dataclass(frozen=True, slots=True)
class Voice:
    """`tone` is for the people who write. Version 0: nobody has written any of it yet."""

    workspace_id: str
    tone: str = ""
    rules: tuple[Rule, ...] = ()
    links: LinkRules = LinkRules()
    changed_at: Millis | None = None
    changed_by: str = ""
    id: str = DOCUMENT
    version: int = 0


_WORDS = frozenset({RuleKind.BANNED, RuleKind.REQUIRED, RuleKind.DISCLOSURE})
_DOMAINS = frozenset({RuleKind.ALLOWED_DOMAINS, RuleKind.BANNED_DOMAINS})
_COUNTED = frozenset({RuleKind.EMOJI, RuleKind.CAPITALS})
_NEEDS = {
    "words": _WORDS,
    "domains": _DOMAINS,
    "most": _COUNTED,
    "at_start": frozenset({RuleKind.DISCLOSURE}),
}
_LACKS = {
    "words": "Enter at least one word or phrase.",
    "domains": "Enter at least one domain, such as shop.example.",
    "most": "Enter how many there may be at most.",
}


# What nobody sees: soft hyphens and spaces without width, put into a word by layout or by cunning.
_UNSEEN = dict.fromkeys(map(ord, "\u00ad\u200b\u2060\ufeff")) | {ord("’"): "'"}  # noqa: RUF001  the apostrophe


def folded(text: str) -> str:
    """The text as words are compared: one case, one Unicode form, one apostrophe."""
    once = unicodedata.normalize("NFKC", text.translate(_UNSEEN)).casefold()
    return unicodedata.normalize("NFKC", once)


def voice_problems(voice: Voice, platforms: Iterable[str]) -> list[Problem]:
    """What makes no sense as a rule. `platforms`: the names that there are."""
    found = list(rule_problems(voice.links, "links"))
    known, seen = frozenset(platforms), set[str]()
    for n, rule in enumerate(voice.rules):
        where = f"rules[{n}]"
        found += _rule_problems(rule, where, known)
        if rule.name.casefold() in seen:
            words = "Another rule has this name; findings are told apart by it."
            found.append(Problem(f"{where}.name", "duplicate", words))
        seen.add(rule.name.casefold())
    return found


def _rule_problems(rule: Rule, where: str, platforms: frozenset[str]) -> Iterator[Problem]:
    yield from _field_problems(rule, where)
    for n, word in enumerate(rule.words):
        if not folded(word).strip():
            yield Problem(f"{where}.words[{n}]", "missing", _LACKS["words"])
    yield from domain_problems(rule.domains, f"{where}.domains")
    if rule.kind is RuleKind.CAPITALS and (rule.most or 0) > 99:
        words = "At most so many percent of the letters: 0 to 99."
        yield Problem(f"{where}.most", "out_of_range", words)
    for n, name in enumerate(rule.platforms):
        if name not in platforms:
            words = f"There is no platform {name!r}; there are {', '.join(sorted(platforms))}."
            yield Problem(f"{where}.platforms[{n}]", "unknown_platform", words)


def _field_problems(rule: Rule, where: str) -> Iterator[Problem]:
    """What the kind of rule needs, and what goes with other kinds only."""
    for field, kinds in _NEEDS.items():
        given = getattr(rule, field)
        is_given = given is not None and given is not False and given != ()
        if is_given and rule.kind not in kinds:
            words = f"This does not go with a rule about {rule.kind.value}; leave it out."
            yield Problem(f"{where}.{field}", "does_not_go_with", words)
        elif not is_given and rule.kind in kinds and field in _LACKS:
            yield Problem(f"{where}.{field}", "missing", _LACKS[field])
