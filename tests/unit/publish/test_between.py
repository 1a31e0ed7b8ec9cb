"""What somebody else does between two steps of a worker, or what happens to the worker there.

Each of these situations is met by one safeguard alone; elsewhere others would cover for it.
"""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from functions.publish import app
from functions.publish.fence import raise_fence
from functions.publish.sending import outgoing_for
from shared.core import lifecycle, posts, rate
from shared.core.content import draft_for
from shared.core.errors import CredentialExpired, StoreUnavailable
from shared.core.lifecycle import S
from shared.core.models import (
    MINUTE,
    SECOND,
    Content,
    Delivery,
    HeldReason,
    Millis,
    Post,
    ReconcileClass,
    Remote,
)
from shared.core.workspaces import Pause, PauseFate
from shared.store import queue
from tests.fakes import network as faults
from tests.fakes.network import Crash, FakeNetwork
from tests.fakes.time import FakeClock
from tests.fakes.world import PICTURE, World


@pytest.fixture
def world() -> World:
    return World()


class Watched:
    """The store; `meanwhile` runs once, right before the first call that `when` is waiting for."""

    def __init__(
        self, store: Any, when: Callable[[str, tuple[Any, ...]], bool], meanwhile: Callable[[], Any]
    ) -> None:
        self._store, self._when, self._meanwhile = store, when, [meanwhile]

    def __getattr__(self, name: str) -> Callable[..., Any]:
        call: Callable[..., Any] = getattr(self._store, name)

        def watched(*args: Any, **kwargs: Any) -> Any:
            if self._meanwhile and self._when(name, args):
                self._meanwhile.pop()()
            return call(*args, **kwargs)

        return watched


def before_moving_to(world: World, state: S, meanwhile: Callable[[], Any]) -> None:
    """`meanwhile` happens right before the first delivery moves to `state`."""

    def when(name: str, args: tuple[Any, ...]) -> bool:
        return name == "advance" and args[1].state is state

    before(world, when, meanwhile)


def before(
    world: World, when: Callable[[str, tuple[Any, ...]], bool], meanwhile: Callable[[], Any]
) -> None:
    watched: Any = Watched(world.store, when, meanwhile)
    world.publisher = replace(world.publisher, store=watched)


def while_sending(world: World, meanwhile: Callable[[], Any]) -> None:
    """`meanwhile` happens once, while the network has a request."""
    left = [meanwhile]
    world.network.before_publish = lambda: left.pop()() if left else None


def again(world: World, post: Post) -> None:
    """The message about `post`, handed to one more worker."""
    first = next(wake for wake in world.queue.wakes if wake.id == world.delivery(post).id)
    world.work(queue.message(first))


def pause(world: World) -> None:
    found = world.store.workspace("wks_1")
    switch = Pause(world.clock.now(), "key_1")
    world.store.save_workspace(found, replace(found, paused=switch), world.entry("paused"))


def resume(world: World) -> None:
    found = world.store.workspace("wks_1")
    world.store.save_workspace(found, replace(found, paused=None), world.entry("resumed"))


def ok(network: FakeNetwork, apply: Callable[[], Remote]) -> Remote:
    return apply()


def dies() -> None:
    raise Crash


def unavailable() -> None:
    raise StoreUnavailable("nobody knows")


class Stalling(FakeClock):
    """Stands still once, at the end of the next sleep."""

    _next: tuple[Millis, Callable[[], Any]] | None = None

    def stall(self, span: Millis, meanwhile: Callable[[], Any]) -> None:
        self._next = (span, meanwhile)

    def sleep_until(self, at: Millis) -> None:
        super().sleep_until(at)
        if self._next is not None:
            (span, meanwhile), self._next = self._next, None
            meanwhile()
            self.advance(span)


class Context:
    """What the Lambda runtime hands over."""

    def get_remaining_time_in_millis(self) -> int:
        return 60_000


# --- handing out


def test_a_tick_that_dies_while_it_hands_out_costs_nothing(world: World) -> None:
    """The next one, a minute later, must still find what was not handed out."""
    post = world.post(after=4 * MINUTE)
    real = world.publisher.queue

    class Dying:
        def send(self, *args: object, **kwargs: object) -> None:
            raise Crash

    dying: Any = Dying()
    world.publisher = replace(world.publisher, queue=dying)
    world.tick()
    world.publisher = replace(world.publisher, queue=real)
    world.run(10 * MINUTE)
    assert lifecycle.lateness(world.delivery(post)) == 0


def test_a_message_for_an_older_plan_leaves_the_delivery_to_the_tick(world: World) -> None:
    post = world.post(after=2 * MINUTE)
    world.run(MINUTE)
    planned = world.delivery(post)
    later = lifecycle.scheduled(
        planned,
        due_at=planned.due_at + 20 * SECOND,
        needs_prepare=False,
        now=world.clock.now(),
        timing=world.timing,
    )
    world.move(planned, later)
    world.clock.set(planned.due_at - world.timing.lead)
    again(world, post)
    assert world.delivery(post).state is S.SCHEDULED
    assert world.clock.now() == planned.due_at - world.timing.lead  # nobody waited
    assert [wake.id for wake in world.queue.wakes] == [planned.id]


def test_a_message_whose_outcome_could_not_be_stored_comes_back(world: World) -> None:
    post = world.post(after=2 * MINUTE)
    world.run(MINUTE)
    before_moving_to(world, S.PUBLISHED, unavailable)
    (wake,) = world.queue.wakes
    event = {"Records": [{"messageId": "m1", "body": queue.message(wake)}]}
    world.clock.set(wake.due_at)
    answer = app.each_message(world.publisher, event, Context(), app.deliver_one)
    assert answer == {"batchItemFailures": [{"itemIdentifier": "m1"}]}
    assert world.live == ["hello"]
    world.run(10 * MINUTE)
    assert world.live == ["hello"]
    assert world.delivery(post).state is S.PUBLISHED


# --- one worker and another


def test_a_message_that_comes_again_disturbs_no_worker_that_is_sending(world: World) -> None:
    post = world.post(after=2 * MINUTE)
    seen: list[S] = []

    def another() -> None:
        again(world, post)
        seen.append(world.delivery(post).state)

    while_sending(world, another)
    world.run(5 * MINUTE)
    assert seen == [S.SENDING]
    assert world.telemetry.total("DeliveryUnknown") == 0


def test_a_worker_keeps_its_delivery_for_as_long_as_it_may_live(world: World) -> None:
    """Slow to the last second of its invocation."""
    post = world.post(after=2 * MINUTE)
    seen: list[S] = []

    def another() -> None:
        started = world.delivery(post).claimed_at or 0
        world.clock.set(started + world.invocation)
        again(world, post)
        seen.append(world.delivery(post).state)

    while_sending(world, another)
    world.run(5 * MINUTE)
    assert seen == [S.SENDING]


def test_nobody_begins_to_send_who_may_be_killed_meanwhile(world: World) -> None:
    post = world.post(after=2 * MINUTE)
    world.run(MINUTE)
    world.clock.set(world.delivery(post).due_at)
    world.invocation = world.timing.send_timeout
    again(world, post)
    assert world.network.calls == []
    assert world.delivery(post).state is S.RETRY


def test_nobody_begins_to_send_whose_lease_may_end_meanwhile(world: World) -> None:
    """The store was slow after there had been time enough."""
    post = world.post(after=2 * MINUTE)
    left: list[Millis] = []

    def lease_left() -> None:
        left.append((world.delivery(post).lease_until or 0) - world.clock.now())

    world.network.before_publish = lease_left
    before(world, lambda name, _: name == "take_lock", lambda: world.clock.advance(60 * SECOND))
    world.run(10 * MINUTE)
    assert world.live == ["hello"]
    assert [one >= world.timing.send_timeout for one in left] == [True]


def test_a_copy_waits_until_it_is_known_what_became_of_the_other(world: World) -> None:
    """The first one's request got lost: what the second sends must not be taken for it."""
    world.network.reconcile = ReconcileClass.LISTABLE
    first = world.post("same", after=2 * MINUTE)
    second = world.post("same", after=2 * MINUTE)
    world.network.faults.append(faults.lost_request)
    world.run(20 * MINUTE)
    assert world.live == ["same", "same"]
    assert world.delivery(first).live != world.delivery(second).live


def test_a_copy_waits_also_for_a_holder_that_has_not_begun_to_send(world: World) -> None:
    """Else both are in flight, and the one that got lost takes the other's post for its own."""
    world.network.reconcile = ReconcileClass.LISTABLE
    first = world.post("same", after=2 * MINUTE)
    second = world.post("same", after=2 * MINUTE)
    world.run(MINUTE)
    world.network.faults.append(faults.lost_request)
    before_moving_to(world, S.SENDING, lambda: again(world, second))
    again(world, first)
    world.run(20 * MINUTE)
    assert world.live == ["same", "same"]
    assert world.delivery(first).live != world.delivery(second).live


def test_what_earlier_holders_of_a_lock_sent_is_remembered(world: World) -> None:
    world.network.reconcile = ReconcileClass.LISTABLE
    sent = [world.post("same", after=2 * MINUTE + n * 15 * SECOND) for n in range(3)]
    world.network.faults.extend([ok, ok, faults.lost_request])
    world.run(20 * MINUTE)
    assert world.live == ["same"] * 3
    assert len({world.delivery(post).live for post in sent}) == 3


def test_a_network_whose_clock_is_behind_shows_our_post_all_the_same(world: World) -> None:
    world.network.reconcile = ReconcileClass.LISTABLE

    def stamped_early(network: FakeNetwork, apply: Callable[[], Remote]) -> Remote:
        apply()
        network.posts[-1] = replace(network.posts[-1], at=network.clock.now() - 30 * SECOND)
        return faults.lost_request(network, apply)

    world.post(after=2 * MINUTE)
    world.network.faults.append(stamped_early)
    world.run(20 * MINUTE)
    assert world.live == ["hello"]


def test_a_request_that_may_yet_be_applied_is_not_believed_to_be_lost(world: World) -> None:
    """Its id is ours, so that sending it again would do no harm; but stopping it would not stop it:
    a pause would hold what then goes live all the same.
    """
    world.network.reconcile = ReconcileClass.CLIENT_ID
    post = world.post(after=2 * MINUTE)
    world.network.faults.append(faults.applied_late)
    world.run(2 * MINUTE + SECOND)
    pause(world)
    world.run(30 * SECOND)
    world.network.apply_late()
    world.run(10 * MINUTE)
    assert world.live == ["hello"]
    assert world.delivery(post).state is S.PUBLISHED


def test_whoever_looks_refreshes_a_session_that_ended(world: World) -> None:
    """Else nobody could look, until after a day a person is asked for nothing."""
    post = world.post(after=2 * MINUTE)
    world.network.faults.append(faults.lost_answer)
    world.network.look_faults.append(CredentialExpired("token expired"))
    world.run(10 * MINUTE)
    assert world.network.calls == ["publish", "locate", "refresh", "locate"]
    assert world.delivery(post).state is S.PUBLISHED


def test_an_answer_that_comes_after_the_lease_is_not_lost(world: World) -> None:
    """Where nothing can be asked, the answer is all that will ever be known."""
    world.network.reconcile = ReconcileClass.NOTHING
    post = world.post(after=2 * MINUTE)
    seen: list[S] = []

    def reaped() -> None:
        world.clock.advance(world.timing.lease)
        again(world, post)
        seen.append(world.delivery(post).state)

    while_sending(world, reaped)
    world.run(30 * MINUTE)
    assert [*seen, world.delivery(post).state] == [S.UNKNOWN, S.PUBLISHED]


def test_a_retry_waits_for_its_instant_although_it_is_handed_out_a_little_early(
    world: World,
) -> None:
    """Clocks differ: a message may come up to two seconds before its time."""
    post = world.post(after=2 * MINUTE)
    world.network.faults.append(faults.too_many_requests)
    world.run(2 * MINUTE + SECOND)
    at = world.delivery(post).retry_at or 0
    world.clock.set(at - lifecycle.EARLY // 2)
    again(world, post)
    assert [shown.at for shown in world.network.posts] == [at]


def test_a_second_worker_takes_the_credential_that_the_first_refreshed(world: World) -> None:
    """Most networks take a refresh token once: the second use ends the session for both."""
    first = world.post("first", after=2 * MINUTE)
    second = world.post("second", after=2 * MINUTE)
    world.run(MINUTE)
    world.clock.set(world.delivery(first).due_at - world.timing.lead)
    world.network.faults.extend([faults.expired_session, ok, faults.expired_session])
    before_moving_to(world, S.SENDING, lambda: again(world, second))
    again(world, first)
    assert sorted(world.live) == ["first", "second"]
    assert world.network.calls.count("refresh") == 1


def test_a_network_that_asks_for_patience_is_left_alone_by_every_worker(world: World) -> None:
    """For half a minute, it says: also by those that are in line already, with other posts."""
    asked: list[Millis] = []

    def patience(network: FakeNetwork, apply: Callable[[], Remote]) -> Remote:
        asked.append(network.clock.now())
        return faults.too_many_requests(network, apply)

    for number in range(10):
        world.post(f"post {number}", after=2 * MINUTE)
    world.network.faults.extend([*[ok] * 5, patience])
    world.run(10 * MINUTE)
    assert len(world.live) == 10
    meanwhile = range(asked[0], asked[0] + 30 * SECOND)
    assert [shown.at for shown in world.network.posts if shown.at in meanwhile] == []


def test_a_crowd_on_one_account_leaves_no_faster_than_its_network_allows(world: World) -> None:
    for number in range(40):
        world.post(f"post {number}", after=2 * MINUTE)
    world.run(20 * MINUTE)
    assert len(world.live) == 40
    at = sorted(shown.at for shown in world.network.posts)
    pace = rate.calls_pace(world.network.capabilities("fake").numbers_for(world.account))
    behind = range(len(at) - pace.burst)
    assert min(at[n + pace.burst] - at[n] for n in behind) >= pace.interval


def test_who_stood_still_right_before_sending_asks_everything_again() -> None:
    """Windows are counted from when calls leave, and somebody may have paused meanwhile."""
    clock = Stalling()
    world = World(clock=clock)
    post = world.post(after=2 * MINUTE)
    before_moving_to(world, S.SENDING, lambda: clock.stall(10 * SECOND, lambda: pause(world)))
    world.run(5 * MINUTE)
    assert world.live == []
    assert world.delivery(post).held_reason is HeldReason.PAUSED


# --- people and a worker


def test_a_pause_between_the_claim_and_the_intent_stops_the_send(world: World) -> None:
    """Whoever paused is told which deliveries had written their intent: nothing else may leave."""
    post = world.post(after=2 * MINUTE)
    before_moving_to(world, S.SENDING, lambda: pause(world))
    world.run(5 * MINUTE)
    assert world.live == []
    assert world.delivery(post).held_reason is HeldReason.PAUSED


def test_a_hold_that_is_stored_after_its_reason_ended_does_not_last(world: World) -> None:
    """The worker had seen the pause; who ended it released what was held by then, so nothing."""
    pause(world)
    post = world.post(after=2 * MINUTE)
    before_moving_to(world, S.HELD, lambda: resume(world))
    world.run(6 * MINUTE)
    assert world.live == ["hello"]
    assert world.delivery(post).state is S.PUBLISHED


def edited(world: World, post: Post, content: Content) -> None:
    """As the api stores it: what has not left is planned again."""
    doing = posts.Doing(world.clock.now(), "key_1", world.timing)
    fit = posts.Fit(parts=1, needs_prepare=bool(content.media))
    keep = frozenset(post.account_ids)
    found = world.deliveries(post)
    moves = posts.edit(found, keep=keep, fitting=lambda _: fit, doing=doing)
    after = replace(post, content=content)
    world.store.change_post(post, after, moves=moves, audit=world.entry("edited"))


def test_a_worker_that_read_the_old_words_does_not_send_them(world: World) -> None:
    post = world.post("teh cat", after=2 * MINUTE)
    before_moving_to(world, S.SENDING, lambda: edited(world, post, Content("the cat")))
    world.run(5 * MINUTE)
    assert world.live == ["the cat"]


def test_what_was_prepared_for_another_picture_is_not_sent(world: World) -> None:
    other = replace(PICTURE, id="med_2", sha256="cd" * 16)
    post = world.post(after=30 * MINUTE, media=(PICTURE,))
    world.run(25 * MINUTE)
    assert world.network.calls == ["prepare"]
    swapped = replace(post, content=Content("hello", (other,)))
    world.store.change_post(post, swapped, moves=[], audit=world.entry("edited"))
    world.run(10 * MINUTE)
    assert world.network.calls == ["prepare", "prepare", "publish"]


# --- after lost state


def test_a_fence_that_broke_off_stays_shut(world: World) -> None:
    restored = World(epoch=1)
    restored.post(after=30 * SECOND)
    saved = restored.clock.now()
    restored.clock.advance(40 * SECOND)
    before_moving_to(restored, S.UNKNOWN, dies)
    with pytest.raises(Crash):
        raise_fence(restored.publisher, epoch=1, since=saved)
    restored.run(10 * MINUTE)
    assert restored.live == []
    assert raise_fence(restored.publisher, epoch=1, since=saved) == 1


def test_the_fence_looks_back_to_what_was_saved_last(world: World) -> None:
    """It went out long before the restore was noticed, under an earlier plan."""
    restored = World(epoch=1)
    restored.network.reconcile = ReconcileClass.LISTABLE
    post = restored.post(after=10 * MINUTE)
    saved = restored.clock.now()
    restored.clock.advance(2 * MINUTE)
    sent_now = outgoing_for(restored.delivery(post), draft_for(post.content, restored.account), {})
    restored.network.open(restored.account, {"token": "t0"}).publish(sent_now)
    restored.clock.advance(10 * MINUTE)
    assert raise_fence(restored.publisher, epoch=1, since=saved) == 1
    restored.run(20 * MINUTE)
    assert restored.live == ["hello"]


@pytest.mark.parametrize("ended_early", [True, False])
def test_the_fence_looks_for_what_a_pause_had_held_and_let_go(
    world: World, *, ended_early: bool
) -> None:
    """The restored state holds it, and would let it go on by itself once more."""
    world.network.reconcile = ReconcileClass.LISTABLE
    post = world.post(after=2 * MINUTE)
    until = world.clock.now() + 50 * MINUTE
    pause = Pause(world.clock.now(), "key_1", id="pau_1", until=until, fate=PauseFate.SEND_AFTER)
    workspace = world.store.workspace("wks_1")
    world.store.save_workspace(
        workspace, replace(workspace, pauses=(pause,)), world.entry("paused")
    )
    world.run(5 * MINUTE)
    saved, delivery = world.clock.now(), world.delivery(post)
    assert delivery.wake_at is not None
    world.clock.set(saved + MINUTE if ended_early else delivery.wake_at + MINUTE)
    forgotten = outgoing_for(delivery, draft_for(post.content, world.account), {})
    world.network.open(world.account, {"token": "t0"}).publish(forgotten)
    world.publisher = replace(world.publisher, epoch=1)
    assert raise_fence(world.publisher, epoch=1, since=saved) == 1
    world.run(2 * 60 * MINUTE)
    assert world.live == ["hello"]
    assert world.delivery(post).state is S.PUBLISHED


# --- the bytes


def test_every_attempt_sends_the_same_bytes(world: World) -> None:
    """A repetition with a changed body is another post to some networks, and refused by others."""
    post = world.post(after=2 * MINUTE)
    draft = draft_for(post.content, world.account)
    first: Delivery = world.delivery(post)
    later = replace(first, attempt=3, attempt_at=first.due_at + MINUTE, retry_at=first.due_at)
    assert outgoing_for(first, draft, {}) == outgoing_for(later, draft, {})
