"""Every place at which a process can die: the effects of a reference run, before and after each."""

from collections.abc import Iterator
from dataclasses import replace

from shared.core.models import MINUTE, SECOND, ReconcileClass
from tests.simulation.publishing.installation import Installation
from tests.simulation.publishing.scenario import Event, Fault, Planned, Scenario

CRASHES = ("crash before", "crash after")


def reference(kind: ReconcileClass) -> Scenario:
    """A little of everything: a post, a thread, a file, the same words twice, and people."""
    posts = (
        Planned(0, MINUTE, text="a post"),
        Planned(1, MINUTE, text="the same words", parts=2),
        Planned(2, MINUTE + SECOND, text="the same words", media=True),
        Planned(3, 2 * MINUTE, account=1, text="approved in time", gated=True),
    )
    events = (
        Event(30 * SECOND, "approve", 3),
        Event(40 * SECOND, "edit", 0, 1),
        Event(3 * MINUTE + 10 * SECOND, "take down", 3),
    )
    return Scenario(f"reference {kind.value}", kind, posts, events, skew=0)


def effects(scenario: Scenario) -> list[str]:
    """The names of all effects of a run, in order: the first is number 1."""
    installation = Installation(scenario)
    recorded: list[str] = []
    installation.recording = recorded
    installation.run()
    return recorded


def points(number: int) -> list[Fault]:
    """Each crash at `number` effects, in order."""
    return [Fault(at, what) for at in range(1, number + 1) for what in CRASHES]


def singles(kind: ReconcileClass) -> Iterator[Scenario]:
    """The reference run with one crash, for each there can be."""
    base = reference(kind)
    for fault in points(len(effects(base))):
        yield replace(base, faults=(fault,))


def seconds(scenario: Scenario) -> Iterator[Scenario]:
    """A run with one crash, with each other crash that can follow it."""
    (first,) = scenario.faults
    for fault in points(len(effects(scenario))):
        if fault.number > first.number:
            yield replace(scenario, faults=(first, fault))
