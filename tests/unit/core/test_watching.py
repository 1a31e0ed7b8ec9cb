"""Who does not run cannot say so: listening and counting say it of each other."""

import pytest

from functions.metrics_rollup import ticking
from functions.poll_engagement.polling import poll
from shared.core.models import MINUTE, SECOND, WakeKind
from shared.core.turns import TURNS
from shared.core.watching import EVERY, behind
from tests.fakes.listening import ListeningWorld


@pytest.fixture
def world() -> ListeningWorld:
    """Nobody has looked for twenty minutes."""
    world = ListeningWorld()
    world.clock.advance(20 * MINUTE - world.clock.now() % EVERY)
    return world


def test_counting_says_how_far_listening_is_behind(world: ListeningWorld) -> None:
    ticking.tick(world.listener, time_left=lambda: 120 * SECOND)
    late = world.clock.now() - (world.feed.wake_at or 0)
    assert world.telemetry.counts["PollOverdueSeconds"] == [late / SECOND]
    assert late >= 10 * MINUTE


@pytest.mark.parametrize("turn", range(TURNS))
def test_an_account_of_the_round_that_nobody_listens_to_is_seen(turn: int) -> None:
    world = ListeningWorld()
    world.clock.advance(turn * MINUTE)
    world.poll()
    assert world.feed.turn is not None
    assert world.listener.store.due(WakeKind.POLL, before=world.clock.now(), limit=9) == []
    world.clock.advance(20 * MINUTE - world.clock.now() % EVERY)
    late = []
    for _ in range(2):
        late.append(behind(world.listener, WakeKind.POLL))
        world.clock.advance(EVERY)
    assert max(late) >= 14 * MINUTE


def test_listening_says_how_far_counting_is_behind(world: ListeningWorld) -> None:
    late = behind(world.listener, WakeKind.METRICS)
    poll(world.listener, time_left=lambda: 120 * SECOND)
    assert world.telemetry.counts["MetricsOverdueSeconds"] == [late / SECOND]
    assert late >= 10 * MINUTE


def test_nothing_waits_after_a_look(world: ListeningWorld) -> None:
    poll(world.listener, time_left=lambda: 120 * SECOND)
    ticking.tick(world.listener, time_left=lambda: 120 * SECOND)
    assert behind(world.listener, WakeKind.POLL) == behind(world.listener, WakeKind.METRICS) == 0


def test_the_other_is_watched_every_other_minute(world: ListeningWorld) -> None:
    late = [behind(world.listener, WakeKind.POLL)]
    world.clock.advance(MINUTE)
    late.append(behind(world.listener, WakeKind.POLL))
    world.clock.advance(MINUTE)
    late.append(behind(world.listener, WakeKind.POLL))
    assert [each > 0 for each in late] == [True, False, True]
