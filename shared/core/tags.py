"""Tags, which a team puts on its posts. `Promo` and `promo` are one, as people read them. Pure."""

from collections.abc import Callable, Iterable
from dataclasses import replace

from shared.core.models import Millis
from shared.core.pauses import added, without
from shared.core.workspaces import Pause, PauseScope


def same(one: str, other: str) -> bool:
    return one.casefold() == other.casefold()


def has(tags: Iterable[str], tag: str) -> bool:
    return any(same(each, tag) for each in tags)


def renamed(tags: tuple[str, ...], tag: str, to: str) -> tuple[str, ...]:
    """`to` in the place of `tag`, and once; the same where there is none."""
    if not has(tags, tag):
        return tags
    return tuple(dict.fromkeys(to if same(t, tag) or same(t, to) else t for t in tags))


def beside(tags: tuple[str, ...], tag: str, to: str) -> tuple[str, ...]:
    """Both, where there is `tag`: while some posts have the one and some the other."""
    return (*tags, to) if has(tags, tag) and not has(tags, to) else tags


def pauses_beside(
    known: tuple[Pause, ...], tag: str, to: str, *, new_id: Callable[[], str], now: Millis
) -> tuple[Pause, ...]:
    """With a twin for `to` of each pause of `tag` that still means something: what has either is
    held. Twins that there are already are not made again. Raises InvalidDraft when there are too
    many.
    """
    for pause in () if same(tag, to) else _of(known, tag):
        twin = replace(pause, id="", value=to, version=1)
        if all(replace(each, id="", value=to, version=1) != twin for each in _of(known, to)):
            known = added(known, replace(twin, id=new_id()), now=now)
    return known


def pauses_renamed(known: tuple[Pause, ...], tag: str, to: str) -> tuple[Pause, ...]:
    """Once nothing has `tag` any more, only what stands beside it holds anything."""
    old = _of(known, tag)
    if same(tag, to):
        return tuple(replace(each, value=to) if each in old else each for each in known)
    return without(known, [pause.id for pause in old])


def _of(known: Iterable[Pause], tag: str) -> list[Pause]:
    return [
        pause
        for pause in known
        if pause.scope is PauseScope.TAG and same(pause.value, tag) and not pause.ended
    ]
