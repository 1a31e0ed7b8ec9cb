"""Threads at rest: looked at with their account when the timetable says so, and written down only
when something came of it.
"""

from dataclasses import replace

from functions.poll_engagement.resting import EVERY
from shared.core.cadence import TIMETABLE, planned_after
from shared.core.models import MINUTE, SECOND, Millis, Post
from shared.core.turns import ROUND
from shared.core.workspaces import AccountState
from tests.fakes.listening import DAY, HOUR, ListeningWorld


def looks_at_threads(world: ListeningWorld) -> list[Millis]:
    """When threads were asked for from now on, one entry a call."""
    looks: list[Millis] = []

    def heard(verb: str) -> None:
        if verb == "threads":
            looks.append(world.clock.now())

    world.network.on_call = heard
    return looks


def planned(world: ListeningWorld, post: Post, *, after: Millis, until: Millis) -> list[Millis]:
    """What the timetable says of the post."""
    found, published_at = [], world.watch(post).published_at
    at = planned_after(after, published_at=published_at, unit=world.timing.thread)
    while at is not None and at <= until:
        found.append(at)
        at = planned_after(at, published_at=published_at, unit=world.timing.thread)
    return found


def polled(world: ListeningWorld, span: Millis, *, step: Millis = MINUTE) -> None:
    """Only listening, which is quicker than `run`."""
    for _ in range(span // step):
        world.clock.advance(step)
        world.poll()


def test_a_look_is_part_of_the_accounts_own_and_nothing_is_written(world: ListeningWorld) -> None:
    post = world.live_post()
    world.run(DAY)
    watch, begun, looks = world.watch(post), world.clock.now(), looks_at_threads(world)
    assert (watch.resting, watch.wake_at) == (True, None)
    polled(world, 3 * DAY)
    plan = planned(world, post, after=begun, until=world.clock.now() - ROUND - MINUTE)
    assert len(plan) > 5
    for look, at in zip(looks, plan, strict=False):
        assert at <= look <= at + ROUND + MINUTE
    assert len(looks) - len(plan) in (0, 1)
    assert world.watch(post) == watch


def test_after_thirty_days_nothing_rests_and_all_looks_were_counted(world: ListeningWorld) -> None:
    post = world.live_post()
    looks = looks_at_threads(world)
    polled(world, 31 * DAY, step=10 * MINUTE)
    watch = world.watch(post)
    assert (watch.resting, watch.wake_at) == (False, None)
    assert world.store.engagement.resting(world.account) == []
    assert len(looks) < watch.polls <= len(TIMETABLE) + 1
    assert watch.polls - len(looks) < 16, "those that come a minute apart, at these steps"


def test_a_thread_that_changed_is_lively_again_and_rests_later(world: ListeningWorld) -> None:
    post = world.live_post()
    world.run(2 * DAY)
    said = world.network.say(to=world.remote(post))
    world.network.unlisted.add(said)
    polled(world, 12 * HOUR)
    assert said in world.items()
    looked = world.watch(post)
    assert looked.active_at > looked.published_at + 2 * DAY
    polled(world, 2 * DAY)
    assert world.watch(post).resting


def test_what_the_account_missed_is_looked_at_once_when_it_is_back(world: ListeningWorld) -> None:
    post = world.live_post()
    world.run(2 * DAY)
    away = replace(world.account, state=AccountState.DISCONNECTED)
    away = world.store.change_account(world.account, away, world.entry("disconnected"))
    polled(world, 3 * DAY, step=HOUR)
    looks = looks_at_threads(world)
    back = replace(away, state=AccountState.CONNECTED)
    world.store.change_account(away, back, world.entry("connected"))
    feed = world.feed
    world.store.engagement.save_feed(feed, replace(feed, wake_at=world.clock.now()))
    polled(world, 10 * MINUTE)
    assert len(looks) == 1
    assert world.watch(post).resting


def test_when_calls_run_out_every_thread_has_its_look_and_none_two(world: ListeningWorld) -> None:
    posts = [world.post(f"{n}", after=MINUTE + n * SECOND) for n in range(12)]
    world.run(DAY)
    assert all(world.watch(post).resting for post in posts)
    asked: list[str] = []
    below = world.network.below

    def answers(remote_id: str) -> list[str]:
        asked.append(remote_id)
        return below(remote_id)

    world.network.below = answers  # type: ignore[method-assign]  # the fake's own ear
    world.network.calls_allowed = 1  # the least there is: a dozen for polling
    begun = world.clock.now()
    polled(world, 8 * HOUR)
    ids = [world.remote(post) for post in posts]
    until = world.clock.now() - HOUR
    due = len(planned(world, posts[-1], after=begun, until=until))
    assert due > 0
    assert all(due <= asked.count(each) <= due + 1 for each in ids)


def test_they_are_gone_through_now_and_then_whoever_came_to_rest(world: ListeningWorld) -> None:
    """Two listeners at once: what one put to rest the other did not know of."""
    world.run(HOUR)
    feed = world.feed
    assert feed.rest_at - feed.rested_until <= EVERY
    assert feed.rested_until > world.clock.now() - EVERY - ROUND - MINUTE
