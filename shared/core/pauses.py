"""Which pauses stop a post, and what becomes of what they stop. Pure.

A pause is kept in the item that is read anyway before anything leaves: the installation's, the
workspace's (also for a platform or a tag of it) or the account's. It begins and ends by comparing
instants: nothing is written at either.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace

from shared.core.errors import InvalidDraft, Problem
from shared.core.models import MINUTE, Delivery, Millis
from shared.core.values import dataclass
from shared.core.workspaces import (
    Account,
    Installation,
    Pause,
    PauseFate,
    PauseScope,
    Workspace,
)

MOST = 20
"""Of one installation, workspace or account, those that are over included."""
MOST_WORDS = 2_500
"""Bytes of all their reasons: with them the item stays within two read units."""
REMEMBERED: Millis = 35 * 24 * 60 * MINUTE
"""How long after its end a pause is kept: what it held may wait for somebody."""

Place = Installation | Workspace | Account


@dataclass(frozen=True, slots=True)
class Subject:
    """What a pause is asked about: a post that goes to an account. `tags` as the post has them."""

    account_id: str
    platform: str
    tags: tuple[str, ...] = ()


def subject(delivery: Delivery, tags: tuple[str, ...]) -> Subject:
    return Subject(delivery.account_id, delivery.platform, tags)


def on(place: Place | None) -> tuple[Pause, ...]:
    """The pauses kept in one item. One that an earlier release wrote looks like the others."""
    if place is None:
        return ()
    if place.paused is None:
        return place.pauses
    if isinstance(place, Account):
        known = replace(
            place.paused, id=f"pau_{place.id}", scope=PauseScope.ACCOUNT, value=place.id
        )
    elif isinstance(place, Workspace):
        known = replace(place.paused, id=f"pau_{place.id}", scope=PauseScope.WORKSPACE)
    else:
        known = replace(place.paused, id="pau_installation", scope=PauseScope.INSTALLATION)
    return (known, *place.pauses)


def on_all(*places: Place | None) -> tuple[Pause, ...]:
    return tuple(pause for place in places for pause in on(place))


def at_once(place: Workspace | Account) -> Pause | None:
    """The one of the whole workspace or account that somebody made to hold at once."""
    own = PauseScope.ACCOUNT if isinstance(place, Account) else PauseScope.WORKSPACE
    return next((p for p in on(place) if p.scope is own and p.since is None), None)


def covers(pause: Pause, what: Subject) -> bool:
    """Tags are compared as people read them: `Promo` is `promo`."""
    if pause.scope is PauseScope.ACCOUNT:
        return pause.value == what.account_id
    if pause.scope is PauseScope.PLATFORM:
        return pause.value == what.platform
    if pause.scope is PauseScope.TAG:
        return pause.value.casefold() in {tag.casefold() for tag in what.tags}
    return True


def begins(pause: Pause) -> Millis:
    return pause.at if pause.since is None else pause.since


def in_force(pause: Pause | None, at: Millis) -> bool:
    """From its first instant on, and no longer at its last."""
    if pause is None or (pause.since is not None and at < pause.since):
        return False
    return pause.until is None or at < pause.until


def is_over(pause: Pause, now: Millis) -> bool:
    return pause.until is not None and pause.until <= now


def stopping(pauses: Iterable[Pause], what: Subject, *, at: Millis) -> list[Pause]:
    """Those that keep it from leaving at the instant `at`."""
    return [pause for pause in pauses if in_force(pause, at) and covers(pause, what)]


def fate_of(pauses: Iterable[Pause], *, begun: bool) -> PauseFate:
    """Of several the one that lets least out. `begun`: a thread of which parts are live waits for
    somebody rather than being left out halfway.
    """
    fates = {pause.fate for pause in pauses}
    if PauseFate.SKIP in fates:
        return PauseFate.HOLD if begun else PauseFate.SKIP
    return PauseFate.HOLD if PauseFate.HOLD in fates else PauseFate.SEND_AFTER


def keeping(
    pauses: Iterable[Pause], delivery: Delivery, tags: tuple[str, ...], *, now: Millis
) -> list[Pause]:
    """Those for which a held delivery goes on waiting: what covers it now, and what was in force
    when it was held and hands what it held to somebody, until they end it.

    A pause that would leave it out does not keep it: the next worker leaves it out.
    """
    what, begun = subject(delivery, tags), bool(delivery.live)
    since = max(delivery.transitions[-1].at if delivery.transitions else 0, delivery.due_at)
    return [
        pause
        for pause in pauses
        if covers(pause, what)
        and not pause.ended
        and (begun or pause.fate is not PauseFate.SKIP)
        and (
            in_force(pause, max(now, delivery.due_at))
            or (pause.fate is not PauseFate.SEND_AFTER and _was_in_force(pause, since))
        )
    ]


def _was_in_force(pause: Pause, at: Millis) -> bool:
    """One that holds at once has no beginning, but what was held before somebody made it was held
    by another; the clocks of two differ.
    """
    return pause.at <= at + MINUTE and in_force(pause, at)


def next_look(keeping: Iterable[Pause], delivery: Delivery) -> Millis | None:
    """When a held delivery may go on by itself; None when somebody has to say so.

    In the order in which they were due, all within a minute: the tick spaces those of an account.
    """
    ends = [p for p in keeping if p.fate is PauseFate.SEND_AFTER and p.until is not None]
    last = max(ends, key=lambda pause: pause.until or 0, default=None)
    if last is None or last.until is None:
        return None
    length = max(1, last.until - begins(last))
    passed = min(max(0, delivery.due_at - begins(last)), length - 1)
    return last.until + MINUTE * passed // length


def added(known: Sequence[Pause], pause: Pause, *, now: Millis) -> tuple[Pause, ...]:
    """With one more, and without what ended long ago. Raises InvalidDraft when there are too many.

    Where room is needed, what ended first is forgotten first.
    """
    kept = [p for p in known if p.until is None or now < p.until + REMEMBERED]
    over = sorted((p for p in kept if is_over(p, now)), key=lambda p: p.until or 0)
    while over and not _fits([*kept, pause]):
        kept.remove(over.pop(0))
    if not _fits([*kept, pause]):
        words = (
            f"At most {MOST} pauses are kept here at once, with reasons of {MOST_WORDS} bytes in "
            "all; end one that is no longer needed, or give a shorter reason."
        )
        raise InvalidDraft([Problem("", "too_many_pauses", words)])
    return (*kept, pause)


def _fits(pauses: Sequence[Pause]) -> bool:
    return len(pauses) <= MOST and sum(len(p.reason.encode()) for p in pauses) <= MOST_WORDS


def without(known: Iterable[Pause], ids: Collection[str]) -> tuple[Pause, ...]:
    return tuple(pause for pause in known if pause.id not in ids)


def closed(known: Iterable[Pause], ids: Collection[str], *, now: Millis) -> tuple[Pause, ...]:
    """What has begun ends now, if not sooner, and keeps nothing; what has not begun is gone."""
    left = [p for p in known if p.id not in ids or p.since is None or p.since <= now]
    return tuple(_ended(p, now) if p.id in ids and not p.ended else p for p in left)


def _ended(pause: Pause, now: Millis) -> Pause:
    until = now if pause.until is None else min(now, pause.until)
    return replace(pause, until=until, ended=True, version=pause.version + 1)
