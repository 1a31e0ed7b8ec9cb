"""Whom to offer while somebody types a name: those who wrote to us before, then whom else the
network finds. Pure.
"""

import re
from collections.abc import Iterable, Iterator

from shared.core.engagement import Author, InboxItem
from shared.core.values import dataclass

MOST = 10
"""People in one answer: more than that, and typing another letter is quicker than reading."""
MOST_NAME = 100

_ADDRESS = re.compile(r"[\s:/]")
_BETWEEN = re.compile(r"[\s._@-]+")


@dataclass(frozen=True, slots=True)
class Offered:
    """`handle` is what follows the @ in a text. `known`: they wrote to this workspace."""

    handle: str
    name: str
    known: bool


def writers(items: Iterable[InboxItem], *, platform: str) -> tuple[Author, ...]:
    """Who wrote these, of one network, each once and as they last called themselves: `items` come
    newest first. Who has only an address (a DID, a server's port) cannot be named in a text.
    """
    found: dict[str, Author] = {}
    for item in items:
        one = item.seen.author
        if item.platform == platform and not item.seen.ours and not _ADDRESS.search(one.handle):
            found.setdefault(one.handle, one)
    return tuple(found.values())


def offered(typed: str, *, known: Iterable[Author], found: Iterable[Author]) -> tuple[Offered, ...]:
    """`known` are everybody's whom we might name; `found` is the network's answer to `typed`, in
    its order.
    """
    everybody = tuple(known)
    wrote = {_handle(one).casefold() for one in everybody}
    made: dict[str, Offered] = {}
    for one in (*(one for one in everybody if fits(one, typed)), *found):
        handle = _handle(one)
        if handle and handle.casefold() not in made:
            name = " ".join(one.name.split())[:MOST_NAME]
            made[handle.casefold()] = Offered(handle, name, handle.casefold() in wrote)
    return tuple(made.values())[:MOST]


def fits(one: Author, typed: str) -> bool:
    """Whether the handle or the name begins so, or a word of them does."""
    begins = typed.strip().removeprefix("@").casefold()
    return any(place.casefold().startswith(begins) for place in _places(one))


def _places(one: Author) -> Iterator[str]:
    for said in (_handle(one), one.name):
        yield said
        yield from _BETWEEN.split(said)


def _handle(one: Author) -> str:
    return one.handle.removeprefix("@")
