"""What networks refuse, and what dies: nothing is lost, and nobody is asked too often."""

import random
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from shared.core.errors import (
    AccessRevoked,
    Conflict,
    CredentialExpired,
    RateLimited,
    StoreUnavailable,
    Transient,
    Unreadable,
)
from shared.core.models import MINUTE
from shared.core.rollup import Snapshot
from shared.core.sampling import DAY, HOUR, PATIENCE
from shared.core.workspaces import AccountState
from tests.fakes import make
from tests.fakes.counting import CountingWorld
from tests.fakes.network import Crash
from tests.fakes.time import START

OTHER = "acc_00000000000000000000000002"


def account(world: CountingWorld) -> Any:
    return world.listener.store.account(make.WORKSPACE, world.account.id)


@pytest.mark.parametrize(
    "error", [Transient("down"), Unreadable("what?"), RateLimited("slow down"), ValueError("bug")]
)
def test_everything_that_was_due_waits_after_a_failure(
    world: CountingWorld, error: Exception
) -> None:
    post = world.publish(ago=2 * DAY)
    world.report(post, likes=1)
    world.network.errors.append(error)
    done = world.tick()
    assert (done.snapshots, done.failed) == (0, 1)
    assert world.series(post).wake_at == START + 5 * MINUTE
    assert (world.counting().wake_at, world.counting().failures_in_row) == (START + 5 * MINUTE, 1)
    world.run(5 * MINUTE)
    assert len(world.series(post).snapshots) == 1
    assert world.counting().failures_in_row == 0
    (line,) = [fields for message, fields in world.telemetry.lines if message == "counting failed"]
    assert "down" not in str(line)


def test_a_failure_between_batches_keeps_what_was_counted_before(world: CountingWorld) -> None:
    world.network.batch = 2
    posts = [world.publish(n, ago=2 * DAY) for n in range(1, 6)]
    for post in posts:
        world.report(post, likes=1)
    world.network.errors.extend([None, None, Transient("down")])
    world.tick()
    assert [len(world.series(post).snapshots) for post in posts] == [1, 1, 0, 0, 0]
    world.run(5 * MINUTE)
    assert [len(world.series(post).snapshots) for post in posts] == [1] * 5


def test_waiting_doubles_and_a_posts_own_timer_ends(world: CountingWorld) -> None:
    post = world.publish(ago=2 * DAY)
    world.network.errors.extend([Transient("down")] * 99)
    world.run(DAY)
    assert world.series(post).wake_at is None
    assert world.series(post).failures_in_row == PATIENCE
    assert world.counting().failures_in_row == len(world.network.asked) < 20
    assert (world.counting().wake_at or 0) <= world.clock.now() + 4 * HOUR
    world.network.errors.clear()
    world.report(post, likes=1)
    world.run(4 * HOUR)
    assert len(world.series(post).snapshots) == 1


def test_a_network_that_asks_to_wait_is_left_alone_until_then(world: CountingWorld) -> None:
    post = world.publish(ago=2 * DAY)
    world.report(post, likes=1)
    world.network.errors.append(RateLimited("slow down", at=START + HOUR))
    world.tick()
    world.run(HOUR - MINUTE)
    assert len(world.network.asked) == 1
    world.run(2 * MINUTE)
    assert len(world.series(post).snapshots) == 1


def test_an_expired_session_is_refreshed_and_the_question_repeated(world: CountingWorld) -> None:
    world.network.profiles[world.account.id] = {"followers": 1}
    world.network.errors.append(CredentialExpired("expired"))
    assert world.tick().failed == 0
    assert world.account_snapshots() == [Snapshot(START, {"followers": 1})]
    assert world.network.calls == ["refresh"]


def test_a_lost_credential_is_the_accounts_state_and_its_timers_stop(world: CountingWorld) -> None:
    post = world.publish(ago=2 * DAY)
    world.network.errors.append(AccessRevoked("the app was removed"))
    assert world.tick().failed == 1
    assert account(world).state is AccountState.NEEDS_RECONNECT
    assert world.telemetry.total("AccountNeedsReconnect") == 1
    assert (world.series(post).wake_at, world.counting().wake_at) == (None, None)
    other = world.connect(OTHER)
    world.run(2 * HOUR)
    assert world.account_snapshots() == []
    assert len(world.account_snapshots(other)) == 3


def test_timers_go_on_when_somebody_changed_the_account_meanwhile(world: CountingWorld) -> None:
    """Else nobody would ever start them again: the account still says that it is connected."""
    post = world.publish(ago=2 * DAY)
    world.report(post, likes=1)

    def rename() -> None:
        current = account(world)
        world.listener.store.save_account(current, replace(current, label="The shop"))

    world.network.errors.append(_Meanwhile(rename))
    world.tick()
    assert account(world).state is AccountState.CONNECTED
    world.run(10 * MINUTE)
    assert len(world.series(post).snapshots) == 1
    assert len(world.account_snapshots()) == 1


def test_timers_that_a_reconnection_started_are_not_stopped(world: CountingWorld) -> None:
    def reconnect() -> None:
        world.memory.listen(account(world), now=START + 1)
        current = account(world)
        off = replace(current, state=AccountState.NEEDS_RECONNECT)
        world.listener.store.save_account(current, off)

    world.network.errors.append(_Meanwhile(reconnect))
    world.tick()
    assert world.counting().wake_at == START + 1


class _Meanwhile(AccessRevoked):
    """Raised by a network that took its time: somebody did something before it reached us."""

    def __init__(self, meanwhile: Callable[[], None]) -> None:
        super().__init__("the app was removed")
        self._meanwhile: Callable[[], None] | None = meanwhile

    @property
    def message(self) -> str:
        if self._meanwhile is not None:
            meanwhile, self._meanwhile = self._meanwhile, None
            meanwhile()
        return "the app was removed"

    @message.setter
    def message(self, value: str) -> None:
        """The base sets it; ours is always the same."""


class _Faulty:
    """The store behind a bad line: calls crash or raise, before or after their effect."""

    def __init__(self, store: Any, chance: random.Random) -> None:
        self._store, self._chance = store, chance

    @property
    def store(self) -> Any:
        return self

    def __getattr__(self, name: str) -> Callable[..., Any]:
        call = getattr(self._store, name)

        def faulty(*args: Any, **kwargs: Any) -> Any:
            drawn = self._chance.random() * 12
            if drawn < 1:
                raise Crash if drawn < 0.5 else StoreUnavailable("not applied")
            answer = call(*args, **kwargs)
            if drawn > 11:
                raise Crash if drawn > 11.5 else StoreUnavailable("applied, but nobody knows")
            return answer

        return faulty


@pytest.mark.parametrize("seed", range(20))
def test_whatever_dies_everything_is_counted_in_the_end(seed: int) -> None:
    chance = random.Random(seed)  # noqa: S311  repeatable on purpose
    world = CountingWorld()
    world.network.batch = 3
    world.network.profiles[world.account.id] = {"followers": 5}
    posts = [world.publish(n, ago=chance.randrange(29) * DAY) for n in range(1, 12)]
    for post in posts:
        world.report(post, likes=1)
    sound = world.listener
    world.listener = replace(sound, store=_Faulty(sound.store, chance).store)
    for _ in range(60):
        world.clock.advance(MINUTE)
        try:
            world.tick()
        except (Crash, StoreUnavailable):
            continue
    world.listener = sound
    world.run(8 * HOUR)
    for post in posts:
        kept = world.series(post).snapshots
        assert kept
        assert len({s.at // (15 * MINUTE) for s in kept}) == len(kept)
        assert {s.values["likes"] for s in kept} == {1}
    assert world.account_snapshots()


def test_a_number_that_keeps_moving_is_left_for_the_next_run(world: CountingWorld) -> None:
    class Contended:
        def __init__(self, store: Any) -> None:
            self._store, self.refuse = store, True

        def __getattr__(self, name: str) -> Any:
            return getattr(self._store, name)

        def save_account_day(self, *args: Any) -> Any:
            if self.refuse:
                raise Conflict("somebody else was quicker")
            return self._store.save_account_day(*args)

    store: Any = Contended(world.listener.store)
    world.listener = replace(world.listener, store=store)
    assert world.tick().failed == 1
    store.refuse = False
    world.run(5 * MINUTE)
    assert len(world.account_snapshots()) == 1
