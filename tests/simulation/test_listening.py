"""Listening under random faults in virtual time: at rest, what is stored is what the network shows.

The production steps of publishing, listening and counting run against a store and a network that
crash, refuse, forget, lose and lie where a seed says so, while people speak, edit, delete, answer
and post elsewhere. A failing seed is the test's own name: run it alone to see it again.

The mutants take one safeguard away each, at a port; the same checks must then fail. They prove that
the checks can see.
"""

import os
import random
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Any

import pytest

from functions.metrics_rollup.ticking import tick as count
from shared.core.errors import SocialError
from shared.core.models import MINUTE, SECOND, SENDING_KINDS, Millis, ReconcileClass, WakeKind
from shared.core.services import Listener
from shared.core.timing import Timing
from tests.fakes.listening import DAY, HOUR, ListeningWorld
from tests.fakes.network import Crash
from tests.fakes.social import Order, Paging
from tests.fakes.world import World
from tests.simulation import mutants, truth
from tests.simulation.life import Life, decide, reconnect
from tests.simulation.rollups import check_series
from tests.simulation.storm import FaultyStore, Weather, silence, trouble
from tests.simulation.tally import note

SEEDS = 20_000 if os.environ.get("TIDINGS_PROVE") else 500
MUTANT_SEEDS = 160
"""How many seeds a mutant may need to be found out."""
STORM: Millis = 8 * HOUR
SOON: Millis = 75 * MINUTE
"""After the last fault: pauses run out, and each list has been read again."""
REST: Millis = 12 * HOUR
"""A deep look comes round, and every thread's turn."""
NEVER: Millis = 2**53
LOOKABLE = [ReconcileClass.CLIENT_ID, ReconcileClass.KEY, ReconcileClass.LISTABLE]


@dataclass
class Simulation:
    seed: int
    mutant: mutants.Mutant | None = None

    def __post_init__(self) -> None:
        self.chance = random.Random(self.seed)  # noqa: S311  repeatable on purpose
        thread = self.chance.choice([4, 10]) * MINUTE
        self.world = ListeningWorld(timing=Timing(feed=20 * MINUTE, thread=thread))
        self.weather = Weather(
            self.chance,
            store=self.chance.choice([0.0, 0.001, 0.004, 0.01]),
            network=self.chance.choice([0.0, 0.01, 0.05]),
        )
        self._choose_network()
        self.life = Life(self.world, self.chance)
        self._choose_history()
        listener = self.world.listener
        if self.mutant is not None:
            listener = self.mutant(listener)
        store = FaultyStore(listener.store, self.weather, self._meanwhile)
        self.world.listener = self._with(listener, store)
        self.world.publisher = replace(self.world.publisher, random=self.chance)

    def _with(self, listener: Listener, store: Any) -> Listener:
        return replace(listener, store=store, random=self.chance)

    def _choose_network(self) -> None:
        network, chance = self.world.network, self.chance
        network.reconcile = chance.choice(LOOKABLE)
        network.order = chance.choice(list(Order))
        network.paging = chance.choice(list(Paging))
        network.page_size = chance.choice([2, 3, 7, 40])
        network.names_roots = chance.random() < 0.5
        network.only_since = chance.random() < 0.5
        network.calls_allowed = chance.choice([100, 300, 3_000])
        network.on_call = trouble(network, self.weather)
        network.omits = silence(network, self.weather)
        note(f"lists: by {network.order.value}, paged by {network.paging.value}")
        note(f"publishing: class {network.reconcile.value}")

    def _choose_history(self) -> None:
        """What was there when the account was connected."""
        now, network = self.world.clock.now(), self.world.network
        for number in range(self.chance.choice([0, 0, 3])):
            at = now - self.chance.randrange(1, 20) * DAY - number * MINUTE
            post = network.post_elsewhere(self.world.account, self.life.words("old"), created_at=at)
            network.say(self.life.words("old reply"), to=post, created_at=at + HOUR)

    def _meanwhile(self, name: str, args: Sequence[Any]) -> None:
        """Between two calls of a tick: another tick, or somebody at the desk. One process refreshes
        one credential at a time, and all of this is one process.
        """
        if name in {"sealed", "save_sealed"}:
            return
        if name == "save_item" or self.chance.random() < 0.5:
            note("desk: somebody decides during a tick")
            decide(self.life, args[0].seen.remote_id if name == "save_item" else None)
            return
        note("tick: two at once")
        with suppress(Crash, SocialError):
            self.world.poll()

    def run(self) -> None:
        world = self.world
        begun, ends = world.clock.now(), world.clock.now() + STORM
        while world.clock.now() < ends:
            self.life.happen()
            self._pass(int(self.chance.expovariate(1 / (12 * MINUTE))))
        self.weather.calm()
        world.network.faults.clear()
        world.network.look_faults.clear()
        reconnect(world)
        calm = world.clock.now()
        self._pass(SOON)
        truth.check_prompt(self.life, since=begun)
        self._pass(calm + REST - world.clock.now())

    def _pass(self, span: Millis) -> None:
        """Let `span` go by, minute by minute where something is to be done."""
        world, ends = self.world, self.world.clock.now() + span
        while (at := (self._next_timer() // MINUTE + 1) * MINUTE) <= ends:
            world.clock.sleep_until(at)
            self._minute()
        world.clock.sleep_until(ends)

    def _next_timer(self) -> Millis:
        first = min(self._sending(), self._polling(), self._counting())
        return max(first, self.world.clock.now())

    def _sending(self) -> Millis:
        """When the publisher has something to do; it looks ahead."""
        ahead = self.world.timing.horizon
        waits = (d for d in self.world.store.delivery_items.values() if d.wake_at is not None)
        timers = [(d.wake_at or 0) - ahead for d in waits if d.wake_kind in SENDING_KINDS]
        message = self.world.queue.next_at()
        return min([*timers, NEVER if message is None else message], default=NEVER)

    def _polling(self) -> Millis:
        store = self.world.store
        listening = [
            *(feed.wake_at for feed in store.feed_items.values()),
            *(watch.wake_at for watch in store.watch_items.values()),
            *(d.wake_at for d in store.delivery_items.values() if d.wake_kind is WakeKind.POLL),
        ]
        return min((at for at in listening if at is not None), default=NEVER)

    def _counting(self) -> Millis:
        store = self.world.store
        counting = [
            *(counting.wake_at for counting in store.counting_items.values()),
            *(series.wake_at for series in store.series_items.values()),
        ]
        return min((at for at in counting if at is not None), default=NEVER)

    def _minute(self) -> None:
        """One minute of the installation: every function that has something to do."""
        world, now = self.world, self.world.clock.now()
        world.network.apply_late()
        if self._sending() <= now:
            World.tick(world)
            world.drain()
        if self._polling() <= now:
            with suppress(Crash, SocialError):
                world.poll()
        if self._counting() <= now:
            with suppress(Crash, SocialError):
                count(world.listener, time_left=lambda: 60 * SECOND, threads=1)

    def check(self) -> None:
        truth.check_inbox(self.life)
        truth.check_conversations(self.life)
        truth.check_elsewhere(self.life)
        truth.check_own(self.life)
        truth.check_people(self.life)
        truth.check_timers(self.life)
        check_series(self.world.store.series_items.values(), self.world.network.told, self.chance)


@pytest.mark.parametrize("seed", range(SEEDS))
def test_at_rest_all_is_as_the_network_shows_it(seed: int) -> None:
    simulation = Simulation(seed)
    simulation.run()
    simulation.check()


@pytest.mark.parametrize("name", mutants.MUTANTS)
def test_the_checks_see_a_safeguard_that_is_missing(name: str) -> None:
    """One of the first seeds finds it out."""
    for seed in range(MUTANT_SEEDS):
        simulation = Simulation(seed, mutants.MUTANTS[name])
        try:
            simulation.run()
            simulation.check()
        except AssertionError:
            return
    pytest.fail(f"nobody noticed: {name}")
