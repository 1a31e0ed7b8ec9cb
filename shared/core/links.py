"""Links to a brand's own pages carry where they were published: the parameters (UTM and others)
that its analytics read.

A workspace says once what is added to links of which domains (`LinkRules`). When a post is written
they are frozen into its content (`frozen`), and each account's draft gets its links from there
(`sent_by`): the text in the editor stays as it was written, an edit never adds anything twice, and
what is counted, approved and sent is one and the same. docs/decisions/0025-voice-and-links.md
"""

import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import lru_cache
from urllib.parse import quote, unquote_plus

from shared.core.errors import Problem
from shared.core.models import Content, FrozenLinks, LinkParameter, Part, Variant
from shared.core.values import dataclass
from shared.core.workspaces import Account

VARIABLES = ("platform", "account", "campaign", "post", "date")
"""What a value may hold in braces. `platform` and `account` differ from draft to draft."""
PER_DRAFT = frozenset({"platform", "account"})
NAME_LENGTH = 60
"""Characters that a name takes in an address at most."""

# Only what begins with a scheme: on some networks `shop.example` is words and no link. What may
# stand before and within a link is what the networks agree on, see the modules of
# `shared/platforms` that count and mark links.
_LINK = re.compile(
    r"""(?<![a-z0-9@$#\uff20\uff03])https?://[^\s<>"“”‘’«»`、。，！？（）「」『』【】《》〈〉]+""",  # noqa: RUF001  punctuation of other languages
    re.IGNORECASE,
)
_ENDS_SENTENCE = ".,:;!?'…*"
_CLOSERS = {")": "(", "]": "[", "}": "{"}
_VARIABLE = re.compile(r"\{([^{}]*)\}")
_PARAMETER = re.compile(r"[A-Za-z][A-Za-z0-9_.-]{0,49}")
_LABEL = re.compile(r"[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?")
_ACCENTS = re.compile("[\u0300-\u036f]")


@dataclass(frozen=True, slots=True)
class LinkRules:
    """What a workspace adds to links of these domains and all below them; nothing by default."""

    domains: tuple[str, ...] = ()
    parameters: tuple[LinkParameter, ...] = ()

    def uses(self, variable: str) -> bool:
        return any(variable in variables_of(each.value) for each in self.parameters)


def variables_of(value: str) -> set[str]:
    return set(_VARIABLE.findall(value))


def rule_problems(rules: LinkRules, where: str) -> Iterator[Problem]:
    """What no link could be given, and names that nothing stands for."""
    yield from domain_problems(rules.domains, f"{where}.domains")
    seen: set[str] = set()
    for n, each in enumerate(rules.parameters):
        at = f"{where}.parameters[{n}]"
        if not _PARAMETER.fullmatch(each.name):
            words = "Letters, digits, `_`, `.` and `-`, beginning with a letter: utm_source, say."
            yield Problem(f"{at}.name", "bad_parameter", words)
        elif each.name.lower() in seen:
            yield Problem(f"{at}.name", "duplicate", f"{each.name} is there twice.")
        seen.add(each.name.lower())
        for unknown in sorted(variables_of(each.value) - set(VARIABLES)):
            known = ", ".join(f"{{{name}}}" for name in VARIABLES)
            words = f"Nothing stands for {{{unknown}}}; there are {known}."
            yield Problem(f"{at}.value", "unknown_variable", words)


def domain_problems(domains: Iterable[str], where: str) -> Iterator[Problem]:
    for n, domain in enumerate(domains):
        if comparable(domain) is None:
            words = f"{domain!r} is no domain; enter one such as shop.example, without https://."
            yield Problem(f"{where}[{n}]", "bad_domain", words)


@lru_cache(maxsize=512)
def comparable(host: str) -> str | None:
    """A host name in the one form in which names are compared: lower case, ASCII. None: it is no
    name with a dot in it.
    """
    name = host.rstrip(".").lower()
    if not name.isascii():
        import idna  # knows the rules that browsers follow; the standard library has those of 2003

        try:
            name = idna.encode(name, uts46=True).decode()
        except idna.IDNAError:
            return None
    labels = name.split(".")
    sound = len(labels) > 1 and all(_LABEL.fullmatch(label) for label in labels)
    return name if sound and len(name) <= 253 else None


def is_under(host: str | None, domains: Iterable[str]) -> bool:
    """True for these domains and everything below them. `host` as `comparable` gives it."""
    if host is None:
        return False
    named = (comparable(domain) for domain in domains)
    return any(name and (host == name or host.endswith(f".{name}")) for name in named)


def host_of(link: str) -> str | None:
    """The host of a link, comparable; None where it cannot be told."""
    rest = link.partition("://")[2]
    authority = re.split(r"[/?#\\]", rest, maxsplit=1)[0]
    host, colon, port = authority.rpartition("@")[2].partition(":")
    return comparable(host) if not colon or port.isdecimal() else None


def named(text: str) -> str:
    """A name as a part of an address: `Frühling & Co.` is `fruhling-co`."""
    plain = _ACCENTS.sub("", unicodedata.normalize("NFKD", text.casefold()))
    whole = unicodedata.normalize("NFC", plain)
    kept = (sign if sign in "_." or _is_of_a_word(sign) else "-" for sign in whole)
    return re.sub(r"-{2,}", "-", "".join(kept)).strip("-.")[:NAME_LENGTH].strip("-.")


def _is_of_a_word(sign: str) -> bool:
    return unicodedata.category(sign)[0] in "LMN"  # vowels of many scripts are marks


def frozen(
    rules: LinkRules,
    content: Content,
    *,
    values: Mapping[str, str],
    accounts: Iterable[Account],
) -> FrozenLinks | None:
    """The rules as they are for this post; None when they would add nothing to it.

    `values`: what the variables stand for that are the same for all accounts. A parameter whose
    variable stands for nothing (no campaign, say) is left out.
    """
    if not any(_has_link(text, rules.domains) for text in _texts(content)):
        return None
    own = {account.id: named(account.handle) for account in accounts}
    parameters = []
    for each in rules.parameters:
        needed = variables_of(each.value) - PER_DRAFT
        if all(values.get(name) for name in needed):
            value = _filled(each.value, lambda name: values.get(name, f"{{{name}}}"))
            parameters.append(LinkParameter(each.name, value))
    uses_account = any("account" in variables_of(each.value) for each in parameters)
    if not parameters:
        return None
    return FrozenLinks(rules.domains, tuple(parameters), own if uses_account else {})


def sent_by(parts: Sequence[Part], links: FrozenLinks, account: Account) -> tuple[Part, ...]:
    """The parts as this account sends them. Links keep every parameter that they have."""
    values = {"platform": account.platform, "account": links.accounts.get(account.id, "")}
    added = [
        (each.name, quote(_filled(each.value, values.__getitem__), safe=""))
        for each in links.parameters
        if all(values[name] for name in variables_of(each.value))
    ]

    def carrying(text: str) -> str:
        return with_parameters(text, links.domains, added)

    return tuple(
        replace(
            part,
            text=carrying(part.text),
            card=part.card and replace(part.card, url=carrying(part.card.url)),
        )
        for part in parts
    )


def with_parameters(text: str, domains: Sequence[str], added: Sequence[tuple[str, str]]) -> str:
    """The text with `added` (name, value ready for an address) in each link to these domains."""
    pieces, at = [], 0
    for start, end in _links(text, domains):
        pieces += [text[at:start], _with(text[start:end], added)]
        at = end
    return "".join([*pieces, text[at:]])


def _links(text: str, domains: Sequence[str]) -> Iterator[tuple[int, int]]:
    for match in _LINK.finditer(text):
        link = _without_sentence(match.group())
        if is_under(host_of(link), domains):
            yield match.start(), match.start() + len(link)


def _has_link(text: str, domains: Sequence[str]) -> bool:
    return next(_links(text, domains), None) is not None


def _without_sentence(link: str) -> str:
    """The link without what belongs to the sentence around it."""
    surplus = {closer: link.count(closer) - link.count(opens) for closer, opens in _CLOSERS.items()}
    end = len(link)
    while end:
        last = link[end - 1]
        if surplus.get(last, 0) > 0:
            surplus[last] -= 1
        elif last not in _ENDS_SENTENCE:
            break
        end -= 1
    return link[:end]


def _with(link: str, added: Sequence[tuple[str, str]]) -> str:
    base, hash_sign, fragment = link.partition("#")
    path, _, query = base.partition("?")
    there = {unquote_plus(pair.partition("=")[0]).lower() for pair in re.split("[&;]", query)}
    missing = [f"{name}={value}" for name, value in added if name.lower() not in there]
    if not missing:
        return link
    if "/" not in path.partition("://")[2]:
        path += "/"
    joint = "&" if query and not query.endswith("&") else ""
    return f"{path}?{query}{joint}{'&'.join(missing)}{hash_sign}{fragment}"


def _filled(value: str, of: Callable[[str], str]) -> str:
    return _VARIABLE.sub(lambda found: of(found[1]), value)


def _texts(content: Content) -> Iterator[str]:
    written: Iterable[Content | Variant] = (content, *content.variants.values())
    for each in written:
        yield each.text or ""
        yield from (part.text for part in each.parts or ())
        yield each.first_comment or ""
        yield each.card.url if each.card else ""
