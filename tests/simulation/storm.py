"""What goes wrong while the production steps run: in the store, on the network, all at once."""

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from shared.core.errors import (
    Ambiguous,
    CredentialExpired,
    RateLimited,
    StoreUnavailable,
    Transient,
    Unreadable,
)
from shared.core.models import MINUTE, SECOND
from tests.fakes.network import Crash
from tests.fakes.social import SocialNetwork
from tests.simulation.tally import note


@dataclass
class Weather:
    """`share` of the calls of each kind go wrong; 0 is calm."""

    chance: random.Random
    store: float
    network: float
    nested: bool = False

    def calm(self) -> None:
        self.store = self.network = 0.0


class FaultyStore:
    """The store behind a bad line: calls crash or raise before or after their effect, and between
    two of them others work: people, and ticks that overlap.
    """

    def __init__(
        self, store: Any, weather: Weather, meanwhile: Callable[[str, Sequence[Any]], None]
    ) -> None:
        self._store, self._weather, self._meanwhile = store, weather, meanwhile
        self._last_due: list[Any] = []

    def __getattr__(self, name: str) -> Callable[..., Any]:
        call, weather = getattr(self._store, name), self._weather

        def faulty(*args: Any, **kwargs: Any) -> Any:
            if not weather.store:
                return call(*args, **kwargs)
            drawn = weather.chance.random() / weather.store
            if drawn < 2:
                _broken_off("before", drawn < 1)
            often = 0.9 if name == "save_item" else 0.98
            if drawn > often / weather.store and not weather.nested:
                weather.nested = True
                self._meanwhile(name, args)
                weather.nested = False
            answer = call(*args, **kwargs)
            if 2 <= drawn < 4:
                _broken_off("after", drawn < 3)
            return self._late(answer) if name == "due" else answer

        return faulty

    def _late(self, due: Sequence[Any]) -> list[Any]:
        """Indexes are behind: some timers that were moved on still stand in them."""
        behind = [one for one in self._last_due if self._weather.chance.random() < 0.1]
        if behind:
            note("store: an index that is behind")
        self._last_due = list(due)
        return list(dict.fromkeys([*due, *behind]))


def _broken_off(when: str, crash: bool) -> None:  # noqa: FBT001  one of two ways
    if crash:
        note(f"store: crash {when} the effect")
        raise Crash
    note(f"store: no answer, {when} the effect")
    raise StoreUnavailable("nobody knows")


def trouble(network: SocialNetwork, weather: Weather) -> Callable[[str], None]:
    """What one call to the network may run into."""
    chance = weather.chance

    def limited() -> None:
        at = network.clock.now() + chance.choice([30 * SECOND, 10 * MINUTE])
        raise RateLimited("slow down", at=chance.choice([None, at]))

    def slow() -> None:
        network.clock.sleep_until(network.clock.now() + chance.choice([5, 30]) * SECOND)

    def raising(error: BaseException) -> Callable[[], None]:
        def raise_it() -> None:
            raise error

        return raise_it

    faults: dict[str, Callable[[], None]] = {
        "429": limited,
        "connection refused": raising(Transient("refused")),
        "timeout": raising(Ambiguous("read timeout")),
        "session expired": raising(CredentialExpired("token expired")),
        "unreadable answer": raising(Unreadable("what?")),
        "crash during the call": raising(Crash()),
        "slow answer": slow,
        "pages forgotten": network.forget_pages,
    }

    def on_call(_verb: str) -> None:
        if weather.network and chance.random() < weather.network:
            name = chance.choice(sorted(faults))
            note(f"network: {name}")
            faults[name]()

    return on_call


def silence(network: SocialNetwork, weather: Weather) -> Callable[[str], bool]:
    """What answers leave out."""

    def omits(what: str) -> bool:
        left_out = bool(weather.network) and weather.chance.random() < weather.network
        if left_out:
            note(f"network: left out of an answer: {what}")
        return left_out

    return omits
