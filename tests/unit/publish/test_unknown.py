"""When nobody can tell whether it went out: look first, never resend blindly, never lose it."""

from dataclasses import replace

import pytest

from functions.publish.fence import raise_fence
from functions.publish.sending import outgoing_for
from shared.core.content import draft_for
from shared.core.errors import Transient
from shared.core.lifecycle import S
from shared.core.models import MINUTE, SECOND, HeldReason, Part, ReconcileClass
from shared.core.workspaces import Pause
from tests.fakes import network as faults
from tests.fakes.network import Fault
from tests.fakes.world import World

LOOKABLE = [ReconcileClass.CLIENT_ID, ReconcileClass.KEY, ReconcileClass.LISTABLE]


@pytest.fixture
def world() -> World:
    return World()


@pytest.mark.parametrize("kind", LOOKABLE)
@pytest.mark.parametrize(
    "fault",
    [
        faults.lost_answer,
        faults.lost_request,
        faults.crash_before,
        faults.crash_after,
        faults.programming_error,
    ],
)
def test_exactly_one_copy_whatever_was_lost(
    world: World, kind: ReconcileClass, fault: Fault
) -> None:
    world.network.reconcile = kind
    post = world.post(after=2 * MINUTE)
    world.network.faults.append(fault)
    world.run(20 * MINUTE)
    assert world.live == ["hello"]
    settled = world.delivery(post)
    assert settled.state is S.PUBLISHED
    assert settled.live[0].id == world.network.posts[0].id


@pytest.mark.parametrize("kind", LOOKABLE)
def test_a_thread_whose_middle_was_lost_is_completed_once(
    world: World, kind: ReconcileClass
) -> None:
    world.network.reconcile = kind
    post = world.post("one", after=2 * MINUTE, parts=(Part("two"), Part("three")))
    world.network.faults.extend([lambda n, apply: apply(), faults.crash_after])
    world.run(20 * MINUTE)
    assert world.live == ["one", "two", "three"]
    assert world.delivery(post).state is S.PUBLISHED


def test_the_look_waits_for_the_quiet_window_so_that_a_late_application_is_seen(
    world: World,
) -> None:
    world.network.honours_keys = False
    post = world.post(after=2 * MINUTE)
    world.network.faults.append(faults.applied_late)
    world.run(2 * MINUTE + 30 * SECOND)
    assert world.delivery(post).state is S.UNKNOWN
    world.network.apply_late()
    world.run(10 * MINUTE)
    assert world.live == ["hello"]
    assert world.delivery(post).state is S.PUBLISHED


def test_where_nothing_can_be_asked_a_person_decides(world: World) -> None:
    world.network.reconcile = ReconcileClass.NOTHING
    post = world.post(after=2 * MINUTE)
    world.network.faults.append(faults.lost_request)
    world.run(30 * MINUTE)
    assert world.delivery(post).state is S.UNCONFIRMED
    assert world.network.calls == ["publish"]
    assert world.telemetry.total("DeliveryUnconfirmed") == 1


def test_a_look_that_fails_says_nothing_about_the_post(world: World) -> None:
    post = world.post(after=2 * MINUTE)
    world.network.faults.append(faults.lost_answer)
    world.network.look_faults.extend([Transient("down"), Transient("down")])
    world.run(30 * MINUTE)
    assert world.live == ["hello"]
    assert world.network.calls.count("locate") == 3
    assert world.delivery(post).state is S.PUBLISHED


def test_after_a_day_of_not_being_able_to_look_a_person_is_asked(world: World) -> None:
    post = world.post(after=2 * MINUTE)
    world.network.faults.append(faults.lost_answer)
    world.network.look_faults.extend([Transient("down")] * 500)
    world.run(26 * 60 * MINUTE)
    assert world.delivery(post).state is S.UNCONFIRMED
    assert world.live == ["hello"]


def test_somebody_elses_identical_post_is_not_adopted(world: World) -> None:
    """The first was sent long ago with the same words; the second's request was lost."""
    world.network.reconcile = ReconcileClass.LISTABLE
    first = world.post("same", after=2 * MINUTE)
    world.run(2 * MINUTE + 30 * SECOND)
    second = world.post("same", after=30 * SECOND)
    world.tick()
    world.network.faults.append(faults.lost_request)
    world.run(20 * MINUTE)
    assert len(world.live) == 2
    assert world.delivery(first).live != world.delivery(second).live


def test_a_worker_lost_after_the_claim_sent_nothing_and_the_post_still_goes(world: World) -> None:
    post = world.post(after=2 * MINUTE)
    world.run(MINUTE + 30 * SECOND)
    delivery = world.delivery(post)
    world.store.claim(delivery.ref, owner="lost", now=world.clock.now(), lease=75 * SECOND)
    world.run(5 * MINUTE)
    assert world.live == ["hello"]


def test_after_lost_state_nothing_leaves_before_the_fence(world: World) -> None:
    restored = World(epoch=1)  # the environment says 1, the table still 0
    post = restored.post(after=2 * MINUTE)
    restored.run(10 * MINUTE)
    assert restored.live == []
    assert restored.delivery(post).state is S.RETRY


def test_the_fence_turns_a_forgotten_send_into_a_look(world: World) -> None:
    restored = World(epoch=1)
    post = restored.post(after=30 * SECOND)
    saved = restored.clock.now()
    # It went out after the last save, and the restored table has forgotten that.
    delivery = restored.delivery(post)
    restored.clock.set(delivery.due_at)
    forgotten = outgoing_for(delivery, draft_for(post.content, restored.account), {})
    restored.network.open(restored.account, {"token": "t0"}).publish(forgotten)
    restored.clock.advance(40 * SECOND)
    assert raise_fence(restored.publisher, epoch=1, since=saved) == 1
    restored.run(10 * MINUTE)
    assert restored.live == ["hello"]
    assert restored.delivery(post).state is S.PUBLISHED


def test_the_fence_leaves_what_is_not_yet_due_alone(world: World) -> None:
    restored = World(epoch=1)
    post = restored.post(after=20 * MINUTE)
    assert raise_fence(restored.publisher, epoch=1, since=restored.clock.now()) == 0
    restored.run(30 * MINUTE)
    assert restored.delivery(post).sent_at == restored.delivery(post).due_at


def test_an_unknown_outcome_found_live_is_not_held_by_a_pause(world: World) -> None:
    post = world.post(after=2 * MINUTE)
    world.network.faults.append(faults.lost_answer)
    world.run(2 * MINUTE + 10 * SECOND)
    before = world.store.workspace("wks_1")
    pause = Pause(world.clock.now(), "key_1")
    world.store.save_workspace(before, replace(before, paused=pause), world.entry("paused"))
    world.run(10 * MINUTE)
    assert world.delivery(post).state is S.PUBLISHED


def test_an_unknown_outcome_that_is_not_there_is_held_by_a_pause(world: World) -> None:
    post = world.post(after=2 * MINUTE)
    world.network.faults.append(faults.lost_request)
    world.run(2 * MINUTE + 10 * SECOND)
    before = world.store.workspace("wks_1")
    pause = Pause(world.clock.now(), "key_1")
    world.store.save_workspace(before, replace(before, paused=pause), world.entry("paused"))
    world.run(10 * MINUTE)
    assert world.live == []
    assert world.delivery(post).held_reason is HeldReason.PAUSED
