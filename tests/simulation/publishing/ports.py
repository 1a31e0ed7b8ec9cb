"""The ports of one process: each call is an effect, before, in and after which things go wrong."""

from collections.abc import Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any, TypeVar

from shared.core.errors import StoreUnavailable
from shared.core.lifecycle import S
from shared.core.models import SECOND, Delivery, Millis
from shared.core.ports import Wake
from tests.fakes.store import MemoryStore
from tests.simulation.publishing.machine import Process

if TYPE_CHECKING:
    from tests.simulation.publishing.installation import Installation

T = TypeVar("T")
STALL: Millis = 40 * SECOND
UNDIVIDED = frozenset({"sealed", "save_sealed", "refresh"})
"""Production lets one thread of a process refresh at a time, by a lock: nobody runs in between.
What another function does to the credential meanwhile is an event of its own.
"""

ON_THE_NETWORK = frozenset(
    {"publish", "locate", "prepare", "edit", "delete", "verify", "refresh", "revoke", "connect"}
)


class Ports:
    """`effect` is the one door to the outside."""

    def __init__(self, installation: "Installation", process: Process) -> None:
        self.installation = installation
        self.process = process

    def effect(self, name: str, act: Callable[[], T], *, subject: object = "") -> T:
        """Do it, and whatever the scenario says goes wrong with it."""
        world, process = self.installation, self.process
        process.alive()
        world.effects += 1
        number = world.effects
        if world.recording is not None:
            world.recording.append(name)
        fault = world.faults.get(number)
        if name not in UNDIVIDED:
            process.wait(world.machine.chance.randrange(2, 12))
        if fault is not None:
            world.note(fault)
            return self._faulty(fault, f"{number} {name}", act)
        if world.is_down("store") and name not in ON_THE_NETWORK:
            raise StoreUnavailable("the store is down")
        answer = act()
        if world.machine.tracing:
            world.machine.trace(process, f"[{number} {name}] {subject or brief(answer)}")
        return answer

    def _faulty(self, fault: str, what: str, act: Callable[[], T]) -> T:
        process, machine = self.process, self.process.machine
        machine.trace(process, f"[{what}] FAULT: {fault}")
        if fault == "crash before":
            process.die()
        if fault == "no answer, not done":
            raise StoreUnavailable("nobody knows")
        if fault == "stalls before" and what.split()[1] not in UNDIVIDED:
            process.wait(STALL)
        answer = act()
        machine.trace(process, f"[{what}] {brief(answer)}")
        if fault == "crash after":
            process.die()
        if fault == "no answer, but done":
            raise StoreUnavailable("nobody knows")
        if fault == "stalls after" and what.split()[1] not in UNDIVIDED:
            process.wait(STALL)
        return answer


def brief(answer: object) -> str:
    """What an answer says, for the trace."""
    state = getattr(answer, "state", None)
    if state is not None:
        where = str(getattr(answer, "id", ""))[-4:]
        return f"{where} v{getattr(answer, 'version', '?')} is {state}"
    shown = repr(answer)
    return shown if len(shown) <= 60 else f"{shown[:57]}..."


class StorePort:
    """Every method of the store is an effect."""

    def __init__(self, ports: Ports) -> None:
        self._ports = ports
        self._store = ports.installation.store

    def due(self, *args: Any, **kwargs: Any) -> Sequence[Wake]:
        """Indexes are behind: some timers that were moved on may still stand in them."""
        world = self._ports.installation
        found = self._ports.effect("due", partial(self._store.due, *args, **kwargs))
        behind = [w for w in world.last_due if world.machine.chance.random() < world.staleness]
        world.last_due = list(found)
        return list(dict.fromkeys([*found, *behind]))

    def mark_all_dispatched(self, marks: Sequence[tuple[Wake, Millis]]) -> None:
        """Each mark is an effect: between any two of them a tick may die."""
        for wake, at in marks:
            self._ports.effect(
                "mark_dispatched", partial(self._store.mark_dispatched, wake, wake_at=at)
            )

    def advance(self, before: Delivery, after: Delivery) -> Delivery:
        """Remembers about which a person was asked: a delivery's own history is short."""

        def act() -> Delivery:
            kept = self._store.advance(before, after)
            if kept.state is S.UNCONFIRMED:
                self._ports.installation.asked_about.add(kept.id)
            return kept

        return self._ports.effect("advance", act)


def _through(name: str) -> Callable[..., Any]:
    def call(self: StorePort, *args: Any, **kwargs: Any) -> Any:
        return self._ports.effect(name, partial(getattr(self._store, name), *args, **kwargs))

    return call


for _name in dir(MemoryStore):
    if callable(getattr(MemoryStore, _name)) and not hasattr(StorePort, _name):
        setattr(StorePort, _name, _through(_name))


class ClockPort:
    """True time and how far this process is off."""

    def __init__(self, process: Process) -> None:
        self._process = process

    def now(self) -> Millis:
        return self._process.local()

    def sleep_until(self, at: Millis) -> None:
        """Never wakes early; a little late sometimes."""
        span = at - self._process.local()
        if span > 0:
            self._process.wait(span + self._process.machine.chance.choice([0, 0, 1, 9]))


class QueuePort:
    def __init__(self, ports: Ports) -> None:
        self._ports = ports

    def send(self, wakes: Sequence[Wake], *, now: Millis, lead: Millis) -> Sequence[Wake]:
        world = self._ports.installation
        subject = [(w.id[-4:], w.kind.value, w.due_at - now) for w in wakes]
        return self._ports.effect(
            "send", lambda: world.accept(wakes, now=now, lead=lead), subject=subject
        )


class SilentTelemetry:
    """What production logs stands in the trace."""

    def __init__(self, process: Process) -> None:
        self._process = process

    def log(self, message: str, **fields: object) -> None:
        machine = self._process.machine
        if machine.tracing:
            said = {
                k: v for k, v in fields.items() if k in {"delivery_id", "error", "reason", "why"}
            }
            machine.trace(self._process, f"logs: {message} {said}")

    def count(self, metric: str, value: float = 1) -> None:
        """Numbers are of no interest here."""
