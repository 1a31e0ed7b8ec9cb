"""Accounts that are parked, servers in trouble, backlogs: who waits, how long, in which order."""

from collections.abc import Callable
from dataclasses import replace
from itertools import pairwise

import pytest

from functions.publish import rates, ticking
from shared.core import lifecycle, rate
from shared.core.errors import RateLimited, Transient
from shared.core.lifecycle import S
from shared.core.models import MINUTE, SECOND, HeldReason, Media, MissedWindow, Part, Post, Remote
from shared.core.rate import Meter
from shared.core.reasons import Reason
from tests.fakes import network as faults
from tests.fakes.network import FakeNetwork
from tests.fakes.world import PICTURE, World


@pytest.fixture
def world() -> World:
    return World()


def refusing_until(at: int) -> faults.Fault:
    """Every call is refused before that instant, by the network's clock."""

    def refuse(network: FakeNetwork, apply: Callable[[], Remote]) -> Remote:
        if network.clock.now() < at:
            network.faults.appendleft(refuse)
            raise RateLimited("slow down", at=at)
        return apply()

    return refuse


def down_until(at: int) -> faults.Fault:
    def refuse(network: FakeNetwork, apply: Callable[[], Remote]) -> Remote:
        network.faults.appendleft(refuse)
        if network.clock.now() < at:
            raise Transient("connection refused")
        return apply()

    return refuse


def sent_at(world: World) -> list[int]:
    return [post.at for post in world.network.posts]


def calls(world: World) -> int:
    return world.network.calls.count("publish")


def states(world: World, posts: list[Post]) -> set[S]:
    return {world.delivery(post).state for post in posts}


def test_a_post_that_stands_alone_is_not_counted_and_a_crowd_is(world: World) -> None:
    world.post("alone", after=2 * MINUTE)
    world.run(20 * MINUTE)
    assert world.store.budgets == {}
    for number in range(2):
        world.post(f"{number}", after=2 * MINUTE)
    world.run(20 * MINUTE)
    budget = world.store.budgets[world.account.profile, Meter.CALLS]
    assert budget.arrival > sent_at(world)[-1]
    assert len(world.live) == 3


def test_alone_means_that_nothing_else_of_the_account_is_due_within_the_horizon(
    world: World,
) -> None:
    other = world.connect("bob")
    lonely = world.post(after=2 * MINUTE)
    for minutes in (1, 3):
        world.post(f"{minutes}", after=minutes * MINUTE, accounts=(other,))
    world.post("much later", after=10 * MINUTE)
    world.tick()
    alone = {wake.id: wake.alone for wake in world.queue.wakes}
    assert len(alone) == 3
    assert [one for one, it in alone.items() if it] == [world.delivery(lonely).id]


def test_who_comes_late_is_counted_although_it_was_alone(world: World) -> None:
    post = world.post(after=2 * MINUTE)
    world.tick()
    world.clock.set(world.delivery(post).due_at + rate.DELAY + 1)
    world.run(MINUTE)
    assert world.live == ["hello"]
    assert world.store.budgets


def test_a_refusal_parks_the_account_and_each_leaves_once_when_it_listens_again(
    world: World,
) -> None:
    reset = world.clock.now() + 12 * MINUTE
    world.network.faults.append(refusing_until(reset))
    posts = [world.post(f"{n}", after=2 * MINUTE + n * 20 * SECOND) for n in range(8)]
    world.run(8 * MINUTE)
    assert calls(world) == 1, "the others did not run into it"
    assert states(world, posts) == {S.RETRY}
    waiting = world.delivery(posts[3])
    assert waiting.transitions[-1].why == Reason.ASKED_TO_WAIT
    assert (waiting.retry_at or 0) >= reset
    assert waiting.failures_in_row == 0
    first = world.delivery(posts[0])
    assert first.error is not None
    assert first.error.code == "rate_limited"
    assert world.telemetry.total("AccountParked") == 1
    world.run(10 * MINUTE)
    assert world.live == [f"{n}" for n in range(8)], "in order"
    assert calls(world) == 9
    pace = rate.calls_pace({})
    gaps = [after - before for before, after in pairwise(sent_at(world))]
    assert min(gaps) >= pace.interval - SECOND
    assert sent_at(world)[0] >= reset


def test_an_account_that_is_parked_keeps_no_other_waiting(world: World) -> None:
    other = world.connect("bob")
    world.network.faults.append(faults.too_many_requests)
    world.post("refused", after=2 * MINUTE)
    world.run(2 * MINUTE + SECOND)
    post = world.post("fine", after=10 * SECOND, accounts=(other,))
    world.tick()
    world.run(15 * SECOND)
    assert world.live == ["fine"]
    assert lifecycle.lateness(world.delivery(post)) == 0


def test_a_network_that_names_no_time_is_left_alone_for_a_minute_at_least(world: World) -> None:
    def refuse(network: FakeNetwork, apply: Callable[[], Remote]) -> Remote:
        raise RateLimited("slow down")

    world.network.faults.append(refuse)
    world.post(after=2 * MINUTE)
    world.run(3 * MINUTE)
    assert calls(world) == 1
    world.run(MINUTE)
    assert world.live == ["hello"]


def test_what_waits_too_long_is_treated_as_its_workspace_says(world: World) -> None:
    reset = world.clock.now() + 3 * 60 * MINUTE
    world.network.faults.append(refusing_until(reset))
    held = world.post("held", after=2 * MINUTE)
    sent = world.post("sent", after=3 * MINUTE, missed_window=MissedWindow.SEND)
    skipped = world.post("skipped", after=4 * MINUTE, missed_window=MissedWindow.SKIP)
    world.run(4 * 60 * MINUTE)
    assert world.live == ["sent"]
    assert world.delivery(held).held_reason is HeldReason.MISSED_WINDOW
    assert world.delivery(skipped).state is S.CANCELLED
    assert world.delivery(sent).state is S.PUBLISHED


def test_a_backlog_leaves_oldest_first_and_spaced_and_newer_ones_stand_behind_it(
    world: World,
) -> None:
    due = [world.post(f"{n:03}", after=2 * MINUTE + n * SECOND) for n in range(200)]
    world.clock.advance(30 * MINUTE)  # nothing ran
    later = world.post("new", after=2 * MINUTE)
    world.run(40 * MINUTE)
    assert states(world, [*due, later]) == {S.PUBLISHED}
    assert len(world.live) == 201
    times, pace = sent_at(world), rate.calls_pace({})
    burst = pace.burst
    for place in range(len(times) - burst - 2):
        assert times[place + burst + 2] > times[place] + pace.interval, "never a burst"
    ranks = sorted(range(201), key=lambda n: world.live[n])
    assert max(abs(place - rank) for place, rank in enumerate(ranks)) <= 2 * rates.SPREAD
    used = 200 * pace.interval / (times[-1] - times[0])
    assert used >= 0.85, "one pause of a minute, where the tick takes over from the queue"


def test_a_thread_that_has_begun_goes_on_before_those_in_line(world: World) -> None:
    parts = tuple(Part(f"{n}") for n in range(2, 9))
    post = world.post("1", after=2 * MINUTE, parts=parts)
    world.run(10 * MINUTE)
    assert world.live == [f"{n}" for n in range(1, 9)]
    sent = world.delivery(post)
    assert (sent.state, lifecycle.lateness(sent)) == (S.PUBLISHED, 0)


def test_a_server_that_fails_for_everybody_is_left_alone_and_tried_by_one(world: World) -> None:
    names = [f"a{n}" for n in range(30)]
    accounts = [world.connect(name) for name in names]
    over = world.clock.now() + 20 * MINUTE
    world.network.faults.append(down_until(over))
    posts = [
        world.post(account.handle, after=2 * MINUTE + n * 10 * SECOND, accounts=(account,))
        for n, account in enumerate(accounts)
    ]
    world.run(17 * MINUTE)
    assert world.live == []
    assert states(world, posts) == {S.RETRY}
    assert calls(world) <= rate.FAILURES + 10, "one tries at a time, ever more seldom"
    assert world.telemetry.total("BreakerOpened") >= 1
    whys = {world.delivery(post).transitions[-1].why for post in posts}
    assert Reason.SILENT in whys
    world.run(15 * MINUTE)
    assert states(world, posts) == {S.PUBLISHED}
    breaker = world.store.breaker(accounts[0])
    assert (breaker.failures, breaker.is_open) == (0, False)


def test_one_that_is_refused_among_others_that_work_opens_nothing(world: World) -> None:
    other = world.connect("bob")
    works: faults.Fault = lambda network, apply: apply()  # noqa: E731
    for number in range(8):
        world.network.faults.extend([faults.refused_connection, works])
        world.post(f"{number}", after=2 * MINUTE + number * MINUTE, accounts=(other,))
    world.run(30 * MINUTE)
    assert len(world.live) == 8
    assert world.telemetry.total("BreakerOpened") == 0


def test_one_that_tried_and_was_lost_is_followed_by_another(world: World) -> None:
    account = world.account
    opened = rate.Breaker(failures=rate.FAILURES, open_until=world.clock.now())
    world.store.save_breaker(account, rate.Breaker(), opened)
    world.network.faults.append(faults.crash_before)
    world.post("lost", after=2 * MINUTE)
    other = world.post("other", after=2 * MINUTE, accounts=(world.connect("bob"),))
    world.run(2 * MINUTE + 10 * SECOND)
    assert world.live == []
    world.run(MINUTE)
    assert world.delivery(other).state is S.PUBLISHED


def test_files_go_up_no_faster_than_the_network_takes_them(world: World) -> None:
    limited = replace(world.account, limits={"uploads_per_30_minutes": 8})
    world.account = world.store.save_account(world.account, limited)
    pictures: tuple[Media, ...] = (PICTURE, PICTURE)
    posts = [world.post(f"{n}", after=20 * MINUTE, media=pictures) for n in range(4)]
    world.run(11 * MINUTE)
    assert world.network.calls.count("prepare") == 2, "half of them at once"
    assert {world.delivery(post).state for post in posts} == {S.SCHEDULED}
    waits = [d for d in map(world.delivery, posts) if d.transitions[-1].why == Reason.ITS_TURN]
    assert len(waits) == 2
    world.run(60 * MINUTE)
    assert states(world, posts) == {S.PUBLISHED}


def test_a_refused_upload_waits_and_keeps_no_text_waiting(world: World) -> None:
    world.store.park(world.account, Meter.UPLOADS, until=world.clock.now() + 40 * MINUTE)
    picture = world.post("picture", after=20 * MINUTE, media=(PICTURE,))
    world.post("text", after=20 * MINUTE)
    world.run(25 * MINUTE)
    assert world.live == ["text"]
    assert world.delivery(picture).transitions[-1].why == Reason.ASKED_TO_WAIT
    world.run(30 * MINUTE)
    assert world.live == ["text", "picture"]


def test_those_in_line_keep_their_distance_when_the_tick_hands_them_out(world: World) -> None:
    posts = [world.post(f"{n}", after=MINUTE) for n in range(3)]
    start = world.clock.now()
    for n, post in enumerate(posts):
        planned = world.delivery(post)
        taken = world.store.claim(planned.ref, owner="own", now=planned.due_at, lease=1)
        at = start + 10 * MINUTE + n * 40 * SECOND
        world.move(taken, lifecycle.retry(taken, at=at, now=start, error=None, why=Reason.ITS_TURN))
    world.clock.set(start + 20 * MINUTE)
    world.queue.wakes.clear()
    ticking.tick(world.publisher, time_left=lambda: world.invocation)
    now = world.clock.now()
    arriving = [wake.due_at - world.timing.lead - now for wake in world.queue.wakes]
    assert arriving == [0, 40 * SECOND]


def test_a_look_that_is_refused_parks_the_account_and_waits_as_long(world: World) -> None:
    reset = world.clock.now() + 12 * MINUTE
    world.network.faults.append(faults.lost_answer)
    world.network.look_faults.append(RateLimited("slow down", at=reset))
    asked = world.post("asked", after=2 * MINUTE)
    later = world.post("later", after=8 * MINUTE)
    world.run(11 * MINUTE)
    assert (world.network.calls.count("locate"), calls(world)) == (1, 1)
    assert world.delivery(asked).state is S.UNKNOWN
    assert world.delivery(later).transitions[-1].why == Reason.ASKED_TO_WAIT
    world.run(5 * MINUTE)
    assert states(world, [asked, later]) == {S.PUBLISHED}
    assert world.live == ["asked", "later"]
