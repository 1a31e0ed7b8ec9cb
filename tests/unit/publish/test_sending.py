"""A planned post leaves once, at its moment, and what happened is visible."""

from dataclasses import replace

import pytest

from functions.publish import ticking
from shared.core import lifecycle
from shared.core.content import approval_hash
from shared.core.errors import Conflict, Transient
from shared.core.lifecycle import S
from shared.core.models import (
    MINUTE,
    SECOND,
    Approval,
    HeldReason,
    MissedWindow,
    Part,
    ReconcileClass,
)
from shared.core.workspaces import AccountState, Pause
from shared.store import queue
from tests.fakes import network as faults
from tests.fakes.world import PICTURE, World


@pytest.fixture
def world() -> World:
    return World()


def test_a_post_is_live_at_its_moment_and_never_early(world: World) -> None:
    post = world.post(after=7 * MINUTE)
    world.run(10 * MINUTE)
    sent = world.delivery(post)
    assert world.live == ["hello"]
    assert sent.state is S.PUBLISHED
    assert sent.sent_at == sent.due_at
    assert lifecycle.lateness(sent) == 0
    assert sent.live[0].url == "https://fake.example/r1"
    assert sent.accepted_at is not None
    assert sent.wake_at == sent.accepted_at + world.timing.follow  # for those who listen
    assert world.network.posts[0].at == sent.due_at


def test_every_account_gets_its_own_delivery(world: World) -> None:
    bob = world.connect("bob")
    world.post(after=2 * MINUTE, accounts=(world.account, bob))
    world.run(5 * MINUTE)
    assert sorted(p.profile for p in world.network.posts) == sorted(
        [world.account.profile, bob.profile]
    )


def test_four_lost_ticks_cost_nothing(world: World) -> None:
    post = world.post(after=9 * MINUTE)
    world.run(4 * MINUTE + 30 * SECOND)  # the tick at four minutes and a bit has looked ahead
    world.ticking = False
    world.run(10 * MINUTE)
    assert lifecycle.lateness(world.delivery(post)) == 0


def test_a_lost_message_is_sent_again_within_the_redispatch_window(world: World) -> None:
    post = world.post(after=2 * MINUTE)
    world.queue.lose.add(world.delivery(post).id)
    world.run(3 * MINUTE)
    assert world.live == []
    world.queue.lose.clear()
    world.run(2 * MINUTE)
    assert world.live == ["hello"]
    late = lifecycle.lateness(world.delivery(post))
    assert late is not None
    assert 0 < late <= 2 * MINUTE


def test_posts_behind_a_crowd_that_is_already_dispatched_are_seen(world: World) -> None:
    crowd = ticking.PAGE + 20
    for number in range(crowd):
        world.post(f"crowd {number}", after=4 * MINUTE)
    world.tick()
    world.post("behind", after=4 * MINUTE + 70 * SECOND)
    before = len(world.queue.wakes)
    world.clock.advance(30 * SECOND)
    world.tick()
    assert len(world.queue.wakes) - before == 1


def test_a_duplicated_message_sends_nothing_twice(world: World) -> None:
    world.post(after=2 * MINUTE)
    world.tick()
    world.tick()
    for message in list(world.queue.receive(100)):
        world.queue.put(message.body)
        world.queue.put(message.body)
    world.run(10 * MINUTE)
    assert world.live == ["hello"]


def test_rescheduled_to_later_after_the_message_was_sent(world: World) -> None:
    post = world.post(after=2 * MINUTE)
    world.run(MINUTE)  # dispatched
    before = world.delivery(post)
    later = lifecycle.scheduled(
        before,
        due_at=before.due_at + 30 * MINUTE,
        needs_prepare=False,
        now=world.clock.now(),
        timing=world.timing,
    )
    world.move(before, later)
    world.run(10 * MINUTE)
    assert world.live == []
    world.run(30 * MINUTE)
    assert lifecycle.lateness(world.delivery(post)) == 0


def test_a_cancel_before_the_intent_is_a_promise(world: World) -> None:
    post = world.post(after=2 * MINUTE)
    world.run(MINUTE)
    before = world.delivery(post)
    world.move(before, lifecycle.cancelled(before, now=world.clock.now(), by="key_1"))
    world.run(10 * MINUTE)
    assert world.live == []
    assert world.delivery(post).state is S.CANCELLED


def test_from_the_intent_on_a_cancel_is_refused(world: World) -> None:
    post = world.post(after=2 * MINUTE)
    seen: list[str] = []

    def try_to_cancel() -> None:
        with pytest.raises(Conflict) as caught:
            lifecycle.cancelled(world.delivery(post), now=world.clock.now(), by="key_1")
        seen.append(caught.value.code)

    world.network.before_publish = try_to_cancel
    world.run(5 * MINUTE)
    assert seen == ["already_leaving"]
    assert world.live == ["hello"]


@pytest.mark.parametrize("what", ["workspace", "account"])
def test_a_paused_post_never_leaves_even_with_its_message_in_the_queue(
    world: World, what: str
) -> None:
    post = world.post(after=2 * MINUTE)
    world.run(MINUTE + 50 * SECOND)
    pause = Pause(world.clock.now(), "key_1", "holiday")
    if what == "workspace":
        before = world.store.workspace("wks_1")
        after = replace(before, paused=pause)
        world.store.save_workspace(before, after, world.entry("paused"))
    else:
        account = world.store.account("wks_1", world.account.id)
        paused = replace(account, paused=pause)
        world.store.change_account(account, paused, world.entry("paused"))
    world.run(10 * MINUTE)
    assert world.live == []
    held = world.delivery(post)
    assert (held.state, held.held_reason) == (S.HELD, HeldReason.PAUSED)
    assert held.attempt == 1  # the intent was written, then taken back


def test_a_pause_that_has_ended_stops_nothing(world: World) -> None:
    now = world.clock.now()
    before = world.store.workspace("wks_1")
    paused = replace(before, paused=Pause(now, "key_1", until=now + 2 * MINUTE))
    world.store.save_workspace(before, paused, world.entry("paused"))
    world.post(after=2 * MINUTE)
    world.run(5 * MINUTE)
    assert world.live == ["hello"]


def test_unapproved_content_is_held_and_approved_content_leaves(world: World) -> None:
    post = world.post(after=2 * MINUTE, requires_approval=True)
    approved = world.post("fine", after=2 * MINUTE, requires_approval=True)
    right = Approval("boss", world.clock.now(), approval_hash(approved))
    world.store.change_post(
        approved, replace(approved, approval=right), moves=[], audit=world.entry("approved")
    )
    world.run(10 * MINUTE)
    assert world.live == ["fine"]
    assert world.delivery(post).held_reason is HeldReason.NEEDS_APPROVAL


def test_an_approval_of_other_content_does_not_count(world: World) -> None:
    stale = Approval("boss", world.clock.now(), "of something else")
    post = world.post(after=2 * MINUTE, requires_approval=True, approval=stale)
    world.run(10 * MINUTE)
    assert world.live == []
    assert world.delivery(post).held_reason is HeldReason.NEEDS_APPROVAL


@pytest.mark.parametrize(
    ("policy", "live", "state"),
    [
        (MissedWindow.HOLD, [], S.HELD),
        (MissedWindow.SKIP, [], S.CANCELLED),
        (MissedWindow.SEND, ["hello"], S.PUBLISHED),
    ],
)
def test_a_missed_window_follows_the_policy(
    world: World, policy: MissedWindow, live: list[str], state: S
) -> None:
    post = world.post(after=2 * MINUTE, missed_window=policy)
    world.clock.advance(3 * 60 * MINUTE)  # nothing ran for three hours
    world.run(5 * MINUTE)
    assert world.live == live
    assert world.delivery(post).state is state


def test_after_a_short_outage_a_post_goes_late_without_asking(world: World) -> None:
    post = world.post(after=2 * MINUTE)
    world.clock.advance(30 * MINUTE)
    world.run(3 * MINUTE)
    assert world.live == ["hello"]
    assert (lifecycle.lateness(world.delivery(post)) or 0) > 20 * MINUTE


def test_a_thread_is_sent_part_by_part_as_replies(world: World) -> None:
    post = world.post("one", after=2 * MINUTE, parts=(Part("two"), Part("three")))
    world.run(5 * MINUTE)
    assert world.live == ["one", "two", "three"]
    assert [p.parent for p in world.network.posts] == [None, "r1", "r2"]
    assert len({p.key for p in world.network.posts}) == 3
    assert world.delivery(post).state is S.PUBLISHED


def test_a_thread_goes_on_where_it_stopped(world: World) -> None:
    post = world.post("one", after=2 * MINUTE, parts=(Part("two"), Part("three")))
    world.network.faults.extend([lambda n, apply: apply(), faults.refused_connection])
    world.run(10 * MINUTE)
    assert world.live == ["one", "two", "three"]
    sent = world.delivery(post)
    assert lifecycle.lateness(sent) == 0  # of the first part
    assert sent.error is None


def test_media_is_prepared_before_the_moment(world: World) -> None:
    world.network.processing = [5 * SECOND, 5 * SECOND]
    post = world.post(after=30 * MINUTE, media=(PICTURE,))
    world.run(21 * MINUTE)
    assert world.network.calls == ["prepare"] * 3
    assert world.delivery(post).prepared
    world.run(15 * MINUTE)
    assert world.live == ["hello"]
    assert lifecycle.lateness(world.delivery(post)) == 0


def test_what_the_platform_forgot_is_prepared_again(world: World) -> None:
    post = world.post(after=30 * MINUTE, media=(PICTURE,))
    world.network.faults.append(faults.forgot_the_upload)
    world.run(40 * MINUTE)
    assert world.network.calls == ["prepare", "publish", "prepare", "publish"]
    assert world.live == ["hello"]
    assert world.delivery(post).state is S.PUBLISHED


def test_a_lost_credential_is_the_accounts_state_not_the_posts_failure(world: World) -> None:
    post = world.post(after=2 * MINUTE)
    second = world.post("later", after=4 * MINUTE)
    world.network.faults.append(faults.revoked_access)
    world.run(10 * MINUTE)
    account = world.store.account("wks_1", world.account.id)
    assert account.state is AccountState.NEEDS_RECONNECT
    assert world.live == []
    for held in (world.delivery(post), world.delivery(second)):
        assert (held.state, held.held_reason) == (S.HELD, HeldReason.NEEDS_RECONNECT)
    assert world.telemetry.total("AccountNeedsReconnect") == 1


def test_an_expired_session_is_refreshed_once_and_the_post_goes_out(world: World) -> None:
    post = world.post(after=2 * MINUTE)
    world.network.faults.append(faults.expired_session)
    world.run(5 * MINUTE)
    assert world.network.calls.count("refresh") == 1
    assert world.delivery(post).state is S.PUBLISHED
    sealed = world.store.sealed(world.account)
    assert sealed is not None
    assert world.vault.open("wks_1", world.account.id, sealed)["token"] == "t1"


def test_what_a_former_key_sealed_is_sealed_anew_and_still_opens(world: World) -> None:
    post = world.post(after=2 * MINUTE)
    before = world.store.sealed(world.account)
    world.vault.key += 1
    world.run(5 * MINUTE)
    after = world.store.sealed(world.account)
    assert world.delivery(post).state is S.PUBLISHED
    assert after is not None
    assert after != before
    assert not world.vault.is_outdated(after)
    assert world.vault.open("wks_1", world.account.id, after) == {"token": "t0"}


def test_a_session_that_ends_soon_is_refreshed_before_the_moment(world: World) -> None:
    post = world.post(after=2 * MINUTE)
    world.network.expires = world.clock.now() + 3 * MINUTE
    world.run(5 * MINUTE)
    assert world.network.calls == ["refresh", "publish"]
    assert lifecycle.lateness(world.delivery(post)) == 0


def test_refused_content_fails_with_the_networks_words(world: World) -> None:
    post = world.post(after=2 * MINUTE)
    world.network.faults.append(faults.refused_content)
    world.run(30 * MINUTE)
    failed = world.delivery(post)
    assert failed.state is S.FAILED
    assert failed.error is not None
    assert failed.error.message == "the network does not want this text"
    assert world.network.calls.count("publish") == 1
    assert world.telemetry.total("DeliveryFailed") == 1


def test_nothing_happened_is_tried_again_with_patience(world: World) -> None:
    post = world.post(after=2 * MINUTE)
    world.network.faults.extend([faults.refused_connection] * 3)
    world.run(10 * MINUTE)
    assert world.live == ["hello"]
    assert world.delivery(post).attempt == 4


def test_patience_ends(world: World) -> None:
    post = world.post(after=2 * MINUTE, missed_window=MissedWindow.SEND)
    world.network.faults.extend([faults.refused_connection] * 50)
    world.run(6 * 60 * MINUTE)
    assert world.delivery(post).state is S.FAILED
    assert world.network.calls.count("publish") == world.timing.max_failures


def test_a_rate_limit_is_waited_out(world: World) -> None:
    world.post(after=2 * MINUTE)
    world.network.faults.append(faults.too_many_requests)
    world.run(2 * MINUTE + 20 * SECOND)
    assert world.live == []
    world.run(MINUTE)
    assert world.live == ["hello"]


@pytest.mark.parametrize("kind", list(ReconcileClass))
def test_identical_content_is_never_in_flight_twice_on_one_profile(
    world: World, kind: ReconcileClass
) -> None:
    world.network.reconcile = kind
    first = world.post("same", after=2 * MINUTE)
    second = world.post("same", after=2 * MINUTE)
    world.network.faults.append(faults.lost_answer)
    world.run(10 * MINUTE)
    states = sorted(d.state for d in (world.delivery(first), world.delivery(second)))
    assert len(world.live) == 2
    if kind is ReconcileClass.NOTHING:
        assert states == [S.PUBLISHED, S.UNCONFIRMED]
    else:
        assert states == [S.PUBLISHED, S.PUBLISHED]
        ids = {world.delivery(p).live[0].id for p in (first, second)}
        assert len(ids) == 2


def test_what_waits_for_another_is_taken_up_once_a_minute_however_often_it_is_handed_out(
    world: World,
) -> None:
    """Messages come twice, and each wait sends one more: they must end of themselves."""
    world.network.reconcile = ReconcileClass.LISTABLE
    world.post("same", after=2 * MINUTE)
    waiting = world.post("same", after=2 * MINUTE)
    world.network.faults.append(faults.lost_answer)
    world.network.look_faults.extend([Transient("down")] * 40)
    world.run(3 * MINUTE)
    early = next(wake for wake in world.queue.wakes if wake.id == world.delivery(waiting).id)
    for _ in range(60):
        world.queue.put(queue.message(early))
        world.run(MINUTE)
    held_back = world.delivery(waiting)
    assert held_back.state is S.RETRY
    taken_up_and_back = 2
    assert held_back.version <= taken_up_and_back * 65


def test_a_platforms_pause_is_kept_although_the_message_comes_twice(world: World) -> None:
    post = world.post(after=2 * MINUTE)
    world.network.faults.append(faults.too_many_requests)
    world.run(2 * MINUTE + SECOND)
    for _ in range(20):
        world.queue.put(queue.message(world.queue.wakes[0]))
        world.run(SECOND)
    assert world.network.calls.count("publish") == 1
    world.run(MINUTE)
    assert world.live == ["hello"]
    assert world.delivery(post).attempt == 2
