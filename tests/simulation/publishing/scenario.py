"""What one run is made of, as data: so that a failing one can be printed, repeated and shrunk."""

import random
from collections.abc import Callable
from dataclasses import dataclass, fields, replace
from typing import Any

from shared.core.models import MINUTE, SECOND, Millis, MissedWindow, ReconcileClass

POSTS = 8
STORM: Millis = 20 * MINUTE
"""Faults and people are about this long; then all is calm and must come to rest."""
EFFECTS = 300
"""About as many as a run of eight posts has; faults fall on these."""
ANYWHERE = (
    "crash before",
    "crash after",
    "no answer, not done",
    "no answer, but done",
    "stalls before",
    "stalls after",
)
ANSWERS = (
    "applied late",
    "crash, applied late",
    "429",
    "connection refused",
    "content refused",
    "upload forgotten",
    "unreadable",
)
MESSAGES = ("lost", "twice", "left out", "delayed")
PEOPLE = (
    "edit",
    "edit",
    "reschedule",
    "reschedule",
    "cancel",
    "cancel",
    "approve",
    "ask for approval",
    "pause account",
    "pause workspace",
    "resume account",
    "resume workspace",
    "pause something",
    "pause something",
    "pause something",
    "end pause",
    "tag",
    "take down",
    "send again",
    "verify",
    "expire",
    "rotate",
    "revoke",
    "reconnect",
)
OUTAGES = ("store", "network", "lambda")


@dataclass(frozen=True)
class Planned:
    """A post; `due` counts from the start."""

    number: int
    due: Millis
    account: int = 0
    text: str = ""
    parts: int = 1
    media: bool = False
    gated: bool = False
    tagged: bool = False
    missed: MissedWindow | None = None


@dataclass(frozen=True)
class Event:
    at: Millis
    what: str
    post: int = 0
    arg: int = 0


@dataclass(frozen=True)
class Fault:
    """At the `number`-th effect, answer or message."""

    number: int
    what: str


@dataclass(frozen=True)
class Outage:
    what: str
    start: Millis
    end: Millis


@dataclass(frozen=True)
class Scenario:
    """`faults` fall on effects, `answers` on requests to publish, `messages` on the queue."""

    seed: str
    kind: ReconcileClass
    posts: tuple[Planned, ...]
    events: tuple[Event, ...] = ()
    faults: tuple[Fault, ...] = ()
    answers: tuple[Fault, ...] = ()
    messages: tuple[Fault, ...] = ()
    outages: tuple[Outage, ...] = ()
    skew: Millis = 2 * SECOND
    lag: Millis = 0
    honours_keys: bool = True
    settles: bool = True
    """Whether somebody says in the end what became of unconfirmed deliveries."""

    def __str__(self) -> str:
        lines = [f"seed {self.seed}, class {self.kind.value}"]
        for one in fields(self)[2:]:
            value = getattr(self, one.name)
            listed = value if isinstance(value, tuple) else (value,)
            lines += [f"  {one.name}: {each}" for each in listed]
        return "\n".join(lines)


def drawn(number: int, kind: ReconcileClass) -> Scenario:
    """The scenario of one seed."""
    seed = f"{number} {kind.value}"
    chance = random.Random(seed)  # noqa: S311  repeatable on purpose
    posts = tuple(_post(chance, n) for n in range(POSTS))
    return Scenario(
        seed=seed,
        kind=kind,
        posts=posts,
        events=tuple(_event(chance, posts) for _ in range(chance.choice([0, 2, 5, 8]))),
        faults=_faults(chance, ANYWHERE, EFFECTS, chance.choice([0, 2, 6, 15])),
        answers=_faults(chance, ANSWERS, 2 * POSTS, chance.choice([0, 1, 4])),
        messages=_faults(chance, MESSAGES, 3 * POSTS, chance.choice([0, 2, 6])),
        outages=tuple(_outage(chance) for _ in range(chance.choice([0, 0, 0, 1, 2]))),
        skew=chance.choice([0, SECOND // 10, 2 * SECOND]),
        lag=chance.choice([0, SECOND, 8 * SECOND]),
        honours_keys=chance.random() < 0.8,
        settles=chance.random() < 0.7,
    )


def _post(chance: random.Random, number: int) -> Planned:
    same = chance.random() < 0.3
    return Planned(
        number=number,
        due=chance.choice([chance.randrange(10 * MINUTE), chance.choice([2, 4]) * MINUTE]),
        account=chance.randrange(2),
        text="the same words" if same else f"post {number}",
        parts=chance.choice([1, 1, 1, 3]),
        media=chance.random() < 0.15,
        gated=chance.random() < 0.15,
        tagged=chance.random() < 0.4,
        missed=chance.choice([None, None, MissedWindow.SEND, MissedWindow.SKIP]),
    )


def _event(chance: random.Random, posts: tuple[Planned, ...]) -> Event:
    """Most of them race a send."""
    post = chance.choice(posts)
    racing = post.due + chance.choice([-9, -4, -1, 0, 0, 1, 5, 90]) * SECOND
    at = racing + chance.randrange(2 * SECOND) if chance.random() < 0.7 else chance.randrange(STORM)
    later = chance.choice([5 * SECOND, 30 * SECOND, 3 * MINUTE, 10 * MINUTE])
    return Event(max(0, at), chance.choice(PEOPLE), post.number, later)


def _faults(chance: random.Random, kinds: tuple[str, ...], among: int, n: int) -> tuple[Fault, ...]:
    numbers = sorted(chance.sample(range(among), min(n, among)))
    return tuple(Fault(number, chance.choice(kinds)) for number in numbers)


def _outage(chance: random.Random) -> Outage:
    start = chance.randrange(12 * MINUTE)
    lasts = chance.choice([5 * SECOND, MINUTE, 7 * MINUTE, 80 * MINUTE])
    return Outage(chance.choice(OUTAGES), start, start + lasts)


DROPS = ("posts", "events", "faults", "answers", "messages", "outages")


def shrunk(scenario: Scenario, fails: Callable[[Scenario], bool], *, tries: int = 400) -> Scenario:
    """A smaller scenario that still fails: posts, events and faults are left out, in halves and
    then one by one, and faults moved forward, as long as that is so. `scenario` itself must fail.
    """
    left = tries
    changed = True
    while changed and left > 0:
        changed = False
        for name in DROPS:
            size = max(1, len(getattr(scenario, name)) // 2)
            while size >= 1 and left > 0:
                smaller, spent = _without(scenario, name, size, fails, left)
                left -= spent
                changed = changed or smaller is not scenario
                scenario = smaller
                size //= 2
        smaller, spent = _sooner(scenario, fails, left)
        left -= spent
        changed = changed or smaller is not scenario
        scenario = smaller
    return scenario


def _with(scenario: Scenario, name: str, listed: tuple[object, ...]) -> Scenario:
    changes: dict[str, Any] = {name: listed}
    return replace(scenario, **changes)


def _sooner(
    scenario: Scenario, fails: Callable[[Scenario], bool], left: int
) -> tuple[Scenario, int]:
    """With faults at the smallest number that will do: posts before them can then be left out."""
    spent = 0
    for name in ("faults", "answers", "messages"):
        for place, fault in enumerate(getattr(scenario, name)):
            for number in sorted({1, fault.number // 2, fault.number - 1} - {0, fault.number}):
                listed = list(getattr(scenario, name))
                listed[place] = Fault(number, fault.what)
                candidate = _with(scenario, name, tuple(listed))
                spent += 1
                if spent < left and fails(candidate):
                    scenario = candidate
                    break
    return scenario, spent


def _without(
    scenario: Scenario, name: str, size: int, fails: Callable[[Scenario], bool], left: int
) -> tuple[Scenario, int]:
    """Without as many runs of `size` entries of one list as possible."""
    start, spent = 0, 0
    while start < len(getattr(scenario, name)) and spent < left:
        listed = getattr(scenario, name)
        candidate = _with(scenario, name, listed[:start] + listed[start + size :])
        spent += 1
        if fails(candidate):
            scenario = candidate
        else:
            start += size
    return scenario, spent
