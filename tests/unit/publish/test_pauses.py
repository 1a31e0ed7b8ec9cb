"""Pauses of every kind as a worker sees them: to the instant, and what they stopped afterwards."""

from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise
from typing import Any

import pytest

from functions.publish.ticking import PAGE
from shared.core import lifecycle
from shared.core.lifecycle import S
from shared.core.models import (
    MINUTE,
    SECOND,
    Delivery,
    HeldReason,
    Millis,
    MissedWindow,
    Part,
    WakeKind,
)
from shared.core.posts import SPACING
from shared.core.reasons import Reason
from shared.core.workspaces import Account, Pause, PauseFate, PauseScope
from tests.fakes.world import World
from tests.unit.publish.test_between import Stalling, before_moving_to

HOUR: Millis = 60 * MINUTE


@pytest.fixture
def world() -> World:
    return World()


def pause(world: World, **changes: Any) -> Pause:
    """Kept where it belongs, as the api does it."""
    made = Pause(world.clock.now(), "key_1", id="pau_1", **changes)
    keep(world, made.scope, (made,))
    return made


def keep(world: World, scope: PauseScope, pauses: tuple[Pause, ...]) -> None:
    store = world.store
    if scope is PauseScope.INSTALLATION:
        store.save_installation(store.settings, replace(store.settings, pauses=pauses), [])
    elif scope is PauseScope.ACCOUNT:
        account = store.account("wks_1", world.account.id)
        store.change_account(account, replace(account, pauses=pauses), world.entry("paused"))
    else:
        workspace = store.workspace("wks_1")
        store.save_workspace(workspace, replace(workspace, pauses=pauses), world.entry("paused"))


def times(world: World) -> Sequence[Millis]:
    return sorted(post.at for post in world.network.posts)


@pytest.mark.parametrize("scope", list(PauseScope))
def test_what_is_paused_never_leaves_even_with_its_message_in_the_queue(
    world: World, scope: PauseScope
) -> None:
    values = {PauseScope.ACCOUNT: world.account.id, PauseScope.PLATFORM: "fake"}
    values[PauseScope.TAG] = "promo"
    post = world.post(after=2 * MINUTE, tags=("Promo",))
    world.run(MINUTE + 50 * SECOND)
    assert world.queue.wakes
    pause(world, scope=scope, value=values.get(scope, ""))
    world.run(2 * HOUR)
    assert world.live == []
    held = world.delivery(post)
    assert (held.state, held.held_reason, held.wake_at) == (S.HELD, HeldReason.PAUSED, None)


def test_what_it_does_not_cover_leaves_in_its_second(world: World) -> None:
    posts = [world.post(f"{n}", after=(2 + n) * MINUTE, tags=("news",)) for n in range(2)]
    now = world.clock.now()
    pause(world, scope=PauseScope.TAG, value="promo")
    pause(world, scope=PauseScope.PLATFORM, value="elsewhere")
    pause(world, scope=PauseScope.INSTALLATION, since=now + HOUR)
    pause(world, scope=PauseScope.ACCOUNT, value=world.account.id, until=now + MINUTE)
    world.run(10 * MINUTE)
    assert times(world) == [world.delivery(post).due_at for post in posts]


def test_it_begins_and_ends_to_the_instant(world: World) -> None:
    """The pause lasts from the third to the fifth minute; its ends are posts' own instants."""
    now = world.clock.now()
    dues = [3 * MINUTE - 1, 3 * MINUTE, 5 * MINUTE - 1, 5 * MINUTE]
    posts = [world.post(f"{n}", after=due) for n, due in enumerate(dues)]
    pause(world, since=now + 3 * MINUTE, until=now + 5 * MINUTE)
    world.run(10 * MINUTE)
    states = [world.delivery(post).state for post in posts]
    assert states == [S.PUBLISHED, S.HELD, S.HELD, S.PUBLISHED]
    assert times(world) == [now + dues[0], now + dues[3]]


def test_a_worker_that_oversleeps_the_beginning_sends_nothing() -> None:
    """It read the switches before the pause began, and nothing is written when that happens."""
    clock = Stalling()
    world = World(clock=clock)
    post = world.post(after=2 * MINUTE)
    pause(world, since=world.clock.now() + 2 * MINUTE + SECOND)
    before_moving_to(world, S.SENDING, lambda: clock.stall(2 * SECOND, lambda: None))
    world.run(5 * MINUTE)
    assert world.live == []
    assert world.delivery(post).held_reason is HeldReason.PAUSED


def test_what_leaves_after_the_end_is_spaced_and_oldest_first(world: World) -> None:
    now = world.clock.now()
    late = [world.post(f"{n}", after=(20 - n) * MINUTE) for n in range(15)]
    other = world.connect("bob")
    at_once = world.post("from another account", after=10 * MINUTE, accounts=(other,))
    pause(world, until=now + 40 * MINUTE, fate=PauseFate.SEND_AFTER)
    world.run(39 * MINUTE)
    assert world.live == []
    world.run(HOUR)
    assert {world.delivery(post).state for post in [*late, at_once]} == {S.PUBLISHED}
    own = [post for post in world.network.posts if post.key.split(".")[0] in _ids(world, late)]
    assert [post.at for post in own] == sorted(post.at for post in own)
    assert [post.text for post in own] == [str(n) for n in range(14, -1, -1)]
    assert all(b.at - a.at >= SPACING for a, b in pairwise(own))
    assert own[0].at >= now + 40 * MINUTE
    assert own[-1].at < now + 45 * MINUTE


def test_what_a_pause_held_is_spaced_however_much_lies_between(world: World) -> None:
    """Its account's turns are counted over all pages of a tick."""
    other, now = world.connect("bob"), world.clock.now()

    def held(account: Account, *, look_at: Millis) -> Delivery:
        planned = world.delivery(world.post(after=MINUTE, accounts=(account,)))
        reason = HeldReason.PAUSED
        return world.move(planned, lifecycle.held(planned, reason=reason, now=now, look_at=look_at))

    first = held(world.account, look_at=now - 2 * MINUTE)
    for _ in range(PAGE):
        held(other, look_at=now - MINUTE)
    last = held(world.account, look_at=now)
    world.tick()
    arrive = {wake.id: wake.due_at - world.timing.lead for wake in world.queue.wakes}
    assert (arrive[first.id], arrive[last.id]) == (now, now + SPACING)


def _ids(world: World, posts: Sequence[Any]) -> set[str]:
    return {world.delivery(post).id for post in posts}


@pytest.mark.parametrize(
    ("policy", "state"),
    [
        (MissedWindow.HOLD, S.HELD),
        (MissedWindow.SKIP, S.CANCELLED),
        (MissedWindow.SEND, S.PUBLISHED),
    ],
)
def test_what_is_too_late_by_the_end_follows_its_own_policy(
    world: World, policy: MissedWindow, state: S
) -> None:
    post = world.post(after=2 * MINUTE, missed_window=policy)
    pause(world, until=world.clock.now() + 3 * HOUR, fate=PauseFate.SEND_AFTER)
    world.run(4 * HOUR)
    found = world.delivery(post)
    assert found.state is state
    if state is S.HELD:
        assert found.held_reason is HeldReason.MISSED_WINDOW


def test_what_is_left_out_is_cancelled_with_the_reason(world: World) -> None:
    post = world.post(after=2 * MINUTE)
    pause(world, until=world.clock.now() + 5 * MINUTE, fate=PauseFate.SKIP)
    world.run(HOUR)
    assert world.live == []
    found = world.delivery(post)
    assert (found.state, found.transitions[-1].why) == (S.CANCELLED, Reason.PAUSE_SKIPS)


def test_a_thread_that_has_begun_waits_and_is_not_cut_off(world: World) -> None:
    post = world.post(after=2 * MINUTE, parts=(Part("two"), Part("three")))
    world.network.before_publish = lambda: pause_once(world)
    world.run(HOUR)
    assert world.live == ["hello"]
    found = world.delivery(post)
    assert (found.state, found.held_reason) == (S.HELD, HeldReason.PAUSED)


def pause_once(world: World) -> None:
    if not world.store.workspace("wks_1").pauses:
        pause(world, fate=PauseFate.SKIP)


def test_what_a_pause_hands_to_people_waits_though_it_ended(world: World) -> None:
    """Also when it ended between the hold and the second look at it."""
    post = world.post(after=2 * MINUTE)
    pause(world, until=world.clock.now() + 2 * MINUTE + SECOND)
    world.run(HOUR)
    assert world.live == []
    assert world.delivery(post).held_reason is HeldReason.PAUSED
    keep(world, PauseScope.WORKSPACE, ())  # somebody ended it; the hold was stored after that
    before = world.delivery(post)
    world.move(before, replace(before, wake_kind=WakeKind.PUBLISH, wake_at=world.clock.now()))
    world.run(5 * MINUTE)
    assert world.live == ["hello"]


def test_two_pauses_keep_it_until_the_later_end(world: World) -> None:
    now = world.clock.now()
    post = world.post(after=2 * MINUTE)
    made = [
        Pause(now, "key_1", id="pau_1", until=now + 10 * MINUTE, fate=PauseFate.SEND_AFTER),
        Pause(now, "key_1", id="pau_2", until=now + 20 * MINUTE, fate=PauseFate.SEND_AFTER),
    ]
    keep(world, PauseScope.WORKSPACE, tuple(made))
    world.run(HOUR)
    assert world.delivery(post).state is S.PUBLISHED
    assert times(world)[0] >= now + 20 * MINUTE
