"""Crowded seconds: messages arrive in time for all to be ready, and nobody leaves early."""

from collections import Counter
from dataclasses import replace
from typing import Any

import pytest

from functions.publish import sending, ticking
from shared.core import lifecycle
from shared.core.lifecycle import S
from shared.core.models import MINUTE, SECOND, Millis, Post, WakeKind
from shared.core.timing import WIDEST, Timing, crowd_of
from tests.fakes.world import World

CROWD = 3 * ticking.TOGETHER


def crowded(number: int = CROWD, *, deliverers: int = 100) -> tuple[World, list[Post]]:
    """All due in the same second, each on an account of its own."""
    world = World(timing=Timing(crowd=crowd_of(deliverers)))
    posts = [
        world.post(f"{n}", after=2 * MINUTE, accounts=(world.connect(f"a{n}"),))
        for n in range(number)
    ]
    return world, posts


def arriving(world: World) -> Counter[Millis]:
    """How many messages arrive at each instant."""
    found: Counter[Millis] = Counter()
    while (at := world.queue.next_at()) is not None:
        world.clock.set(at)
        for message in world.queue.receive(limit=10_000):
            found[at] += 1
            world.queue.delete(message)
    return found


def early(world: World, posts: list[Post]) -> Counter[Millis]:
    """The same by how long before their common instant."""
    instant = world.delivery(posts[0]).due_at
    return Counter({instant - at: number for at, number in arriving(world).items()})


def test_a_crowd_arrives_no_faster_than_deliverers_start() -> None:
    world, posts = crowded()
    world.tick()
    lead, together = world.timing.lead, ticking.TOGETHER
    assert early(world, posts) == {lead + n * SECOND: together for n in range(3)}


def test_a_few_deliverers_are_not_kept_busy_with_what_they_cannot_hold() -> None:
    world, posts = crowded(deliverers=5)
    world.tick()
    assert set(early(world, posts)) == {world.timing.lead}


def test_whoever_finds_every_second_full_arrives_as_usual() -> None:
    world, posts = crowded(deliverers=10)  # a second more
    world.tick()
    lead, together = world.timing.lead, ticking.TOGETHER
    assert early(world, posts) == {lead + SECOND: together, lead: 2 * together}


def test_a_crowd_pushes_the_second_before_it_ahead() -> None:
    world = World(timing=Timing(crowd=crowd_of(100)))
    for n in range(2 * ticking.TOGETHER):
        account = world.connect(f"a{n}")
        world.post(f"{n}", after=2 * MINUTE + n % 2 * SECOND, accounts=(account,))
    world.tick()
    assert max(arriving(world).values()) == ticking.TOGETHER


def test_messages_arrive_when_meant_however_long_the_tick_takes() -> None:
    """It hands out all before it marks any, and each with the time that it is by then."""
    world, posts = crowded()

    class Slow:
        def __getattr__(self, name: str) -> object:
            if name == "mark_all_dispatched":
                world.clock.advance(5 * SECOND)
            return getattr(world.store, name)

    slow: Any = Slow()
    world.publisher = replace(world.publisher, store=slow)
    world.tick()
    assert max(early(world, posts)) == world.timing.lead + 2 * SECOND


def test_nobody_of_a_crowd_leaves_early_or_late_and_nothing_is_left_over() -> None:
    world, posts = crowded(ticking.TOGETHER + 30)
    world.run(3 * MINUTE)
    late = {lifecycle.lateness(world.delivery(post)) for post in posts}
    assert late == {0}
    assert len(world.live) == len(posts)


def test_the_intents_of_a_crowd_are_written_in_turn_and_none_long_before() -> None:
    timing = Timing(crowd=crowd_of(100))
    assert timing.stage_of(timing.lead) == timing.stage_of(0) == timing.stage
    stages = [timing.stage_of(timing.lead + n * SECOND) for n in range(60)]
    assert stages[3] - stages[2] == 100
    assert max(stages) <= timing.stage + WIDEST // 10


def test_a_widened_lead_leaves_time_to_send() -> None:
    """The earliest message of the largest crowd, by a clock that is off, within its invocation."""
    timing = Timing(crowd=crowd_of(1_000))
    longest = timing.lead + timing.crowd + lifecycle.EARLY
    assert longest + timing.send_timeout + timing.margin < 60 * SECOND
    assert timing.stage_of(longest) < 5 * SECOND, "a call that was allowed leaves in time"


def test_a_message_that_comes_too_early_comes_again() -> None:
    """From a tick that knew more deliverers than there are since: its timer is marked already."""
    world = World(ticking=False)
    post = world.post(after=2 * MINUTE)
    now = world.clock.now()
    wakes = world.store.due(WakeKind.PUBLISH, before=now + world.timing.horizon, limit=10)
    world.queue.send(wakes, now=now, lead=WIDEST)
    world.run(3 * MINUTE)
    assert lifecycle.lateness(world.delivery(post)) == 0
    assert len(world.queue.wakes) == 2


def test_what_was_planned_for_later_since_is_left_to_the_tick_from_beyond_the_lead() -> None:
    world, (post,) = crowded(1)
    world.tick()
    before = world.delivery(post)
    later = before.due_at + MINUTE
    world.move(
        before,
        lifecycle.scheduled(
            before, due_at=later, needs_prepare=False, now=world.clock.now(), timing=world.timing
        ),
    )
    world.run(2 * MINUTE)
    assert world.delivery(post).state is S.SCHEDULED
    world.run(2 * MINUTE)
    assert lifecycle.lateness(world.delivery(post)) == 0


@pytest.mark.parametrize("sooner", [0, 7 * SECOND])
def test_the_intent_is_written_as_long_before_as_the_message_came_early(
    sooner: Millis,
) -> None:
    world, (post,) = crowded(1)
    delivery = world.delivery(post)
    world.clock.set(delivery.due_at - world.timing.lead - sooner)
    claimed = world.store.claim(
        delivery.ref, owner="own_1", now=world.clock.now(), lease=world.timing.lease
    )
    stage = world.timing.stage_of(world.timing.lead + sooner)
    sending.send(world.publisher, claimed, time_left=lambda: MINUTE, stage=stage)
    intent = next(s for s in world.delivery(post).transitions if s.state is S.SENDING)
    assert intent.at == delivery.due_at - stage
    assert lifecycle.lateness(world.delivery(post)) == 0
