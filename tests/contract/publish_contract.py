"""What every PublishStore does; run against each store by `test_store.py` and on the emulator."""

from dataclasses import replace

import pytest

from shared.core import lifecycle
from shared.core.errors import Conflict, NotFound
from shared.core.lifecycle import HISTORY, S
from shared.core.models import Delivery, DeliveryRef, Failure, HeldReason, Lock, Remote, WakeKind
from shared.core.timing import Timing
from shared.core.workspaces import AccountState, JobState
from tests.contract.stores import Stores
from tests.fakes import make
from tests.fakes.time import START

TIMING = Timing()
LEASE = TIMING.lease
FAR = START + 10**9


def planned(stores: Stores, number: int = 1, **changes: object) -> Delivery:
    post = make.post(number)
    delivery = make.delivery(post, number=number, **changes)  # type: ignore[arg-type]  # shorthand
    stores.add_post(post, delivery)
    return delivery


def claimed(stores: Stores, delivery: Delivery, owner: str = "own_1") -> Delivery:
    return stores.publish.claim(delivery.ref, owner=owner, now=delivery.due_at, lease=LEASE)


class TimerContract:
    """The wake index and what moves a timer."""

    def test_due_answers_timers_up_to_an_instant_oldest_first(self, stores: Stores) -> None:
        for number in range(1, 8):
            planned(stores, number, wake_at=START + (10 - number) * 1_000)
        wakes = stores.publish.due(WakeKind.PUBLISH, before=START + 6_000, limit=10)
        assert [w.wake_at - START for w in wakes] == [3_000, 4_000, 5_000, 6_000]
        assert [w.id for w in wakes] == [make.new_id("dlv", n) for n in (7, 6, 5, 4)]

    def test_due_answers_at_most_the_limit_and_the_oldest_of_all_shards(
        self, stores: Stores
    ) -> None:
        for number in range(1, 8):
            planned(stores, number, wake_at=START + number)
        wakes = stores.publish.due(WakeKind.PUBLISH, before=FAR, limit=3)
        assert [w.wake_at for w in wakes] == [START + 1, START + 2, START + 3]

    def test_due_goes_on_behind_a_wake_also_among_equal_instants(self, stores: Stores) -> None:
        for number in range(1, 8):
            planned(stores, number, wake_at=START + number // 4)
        seen, last = [], None
        while page := stores.publish.due(WakeKind.PUBLISH, before=FAR, limit=2, after=last):
            seen += [w.id for w in page]
            last = page[-1]
        assert seen == [make.new_id("dlv", n) for n in range(1, 8)]

    def test_a_wake_says_whose_timer_it_is(self, stores: Stores) -> None:
        delivery = planned(stores)
        (wake,) = stores.publish.due(WakeKind.PUBLISH, before=FAR, limit=10)
        assert (wake.workspace_id, wake.post_id, wake.id) == (
            delivery.workspace_id,
            delivery.post_id,
            delivery.id,
        )
        assert (wake.account_id, wake.state, wake.kind) == (
            delivery.account_id,
            S.SCHEDULED,
            WakeKind.PUBLISH,
        )
        assert wake.due_at == wake.wake_at == delivery.due_at
        assert not wake.is_job

    def test_kinds_are_apart(self, stores: Stores) -> None:
        prepare = planned(stores, needs_prepare=True)
        assert stores.publish.due(WakeKind.PUBLISH, before=FAR, limit=10) == []
        (wake,) = stores.publish.due(WakeKind.PREPARE, before=FAR, limit=10)
        assert wake.wake_at == prepare.wake_at
        assert wake.due_at == prepare.wake_at  # preparing is wanted when the timer rings

    def test_a_retry_is_wanted_when_its_timer_rings(self, stores: Stores) -> None:
        delivery = claimed(stores, planned(stores))
        at = delivery.due_at + 5_000
        stores.publish.advance(delivery, lifecycle.retry(delivery, at=at, now=START, error=None))
        (wake,) = stores.publish.due(WakeKind.PUBLISH, before=FAR, limit=10)
        assert (wake.state, wake.due_at, wake.wake_at) == (S.RETRY, at, at)

    def test_what_is_done_has_no_timer(self, stores: Stores) -> None:
        delivery = planned(stores)
        gone = lifecycle.cancelled(delivery, now=START, by="ada")
        stores.publish.advance(delivery, gone)
        assert stores.publish.due(WakeKind.PUBLISH, before=FAR, limit=10) == []

    def test_dispatching_moves_the_timer_once(self, stores: Stores) -> None:
        delivery = planned(stores)
        (wake,) = stores.publish.due(WakeKind.PUBLISH, before=FAR, limit=10)
        later = delivery.due_at + 60_000
        assert stores.publish.mark_dispatched(wake, wake_at=later)
        assert not stores.publish.mark_dispatched(wake, wake_at=later + 1)
        (again,) = stores.publish.due(WakeKind.PUBLISH, before=FAR, limit=10)
        assert (again.wake_at, again.due_at) == (later, delivery.due_at)

    def test_many_are_marked_and_what_moved_meanwhile_is_left(self, stores: Stores) -> None:
        for number in range(1, 21):
            planned(stores, number)
        wakes = stores.publish.due(WakeKind.PUBLISH, before=FAR, limit=30)
        assert stores.publish.mark_dispatched(wakes[7], wake_at=FAR - 1)
        stores.publish.mark_all_dispatched([(wake, FAR) for wake in wakes])
        again = stores.publish.due(WakeKind.PUBLISH, before=FAR, limit=30)
        assert {w.wake_at for w in again if w.id != wakes[7].id} == {FAR}
        assert next(w for w in again if w.id == wakes[7].id).wake_at == FAR - 1

    def test_dispatching_is_no_change_of_the_delivery(self, stores: Stores) -> None:
        delivery = planned(stores)
        (wake,) = stores.publish.due(WakeKind.PUBLISH, before=FAR, limit=10)
        stores.publish.mark_dispatched(wake, wake_at=FAR)
        assert stores.publish.delivery(delivery.ref) == replace(delivery, wake_at=FAR)
        note = lifecycle.moved(delivery, S.SCHEDULED, now=START, why="noted")
        stored = stores.publish.advance(delivery, note)
        assert stored.wake_at == FAR  # the move did not touch the timer, so the mark stays

    def test_a_move_of_the_timer_wins_over_a_mark(self, stores: Stores) -> None:
        delivery = planned(stores)
        (wake,) = stores.publish.due(WakeKind.PUBLISH, before=FAR, limit=10)
        stores.publish.mark_dispatched(wake, wake_at=FAR)
        moved = lifecycle.scheduled(
            delivery, due_at=START + 9_000, needs_prepare=False, now=START, timing=TIMING
        )
        assert stores.publish.advance(delivery, moved).wake_at == START + 9_000

    def test_a_claimed_delivery_is_not_marked(self, stores: Stores) -> None:
        delivery = planned(stores)
        (wake,) = stores.publish.due(WakeKind.PUBLISH, before=FAR, limit=10)
        taken = claimed(stores, delivery)
        assert not stores.publish.mark_dispatched(wake, wake_at=FAR)
        assert stores.publish.delivery(delivery.ref) == taken

    def test_marking_what_is_gone_is_refused(self, stores: Stores) -> None:
        delivery = planned(stores)
        (wake,) = stores.publish.due(WakeKind.PUBLISH, before=FAR, limit=10)
        record = stores.api.post(delivery.workspace_id, delivery.post_id)
        stores.api.delete_post(record, make.audit(2, post_id=delivery.post_id))
        assert not stores.publish.mark_dispatched(wake, wake_at=FAR)

    def test_fence_candidates_are_the_states_asked_for_with_an_early_timer(
        self, stores: Stores
    ) -> None:
        early = planned(stores, 1, wake_at=START)
        planned(stores, 2, wake_at=START + 9_000)
        prepare = planned(stores, 3, needs_prepare=True, wake_at=START + 1)
        taken = claimed(stores, planned(stores, 4))
        stores.api.create_job(make.job())
        found = stores.publish.fence_candidates(
            before=START + 9_000, states=frozenset({S.SCHEDULED, S.CLAIMED})
        )
        assert set(found) == {early.ref, prepare.ref}
        everything = stores.publish.fence_candidates(before=FAR, states=frozenset({S.CLAIMED}))
        assert everything == [taken.ref]

    def test_a_job_wakes_too(self, stores: Stores) -> None:
        job = make.job(wake_at=START + 5, post_id=make.new_id("pst", 1))
        stores.api.create_job(job)
        (wake,) = stores.publish.due(WakeKind.PUBLISH, before=FAR, limit=10)
        assert wake.is_job
        assert (wake.id, wake.workspace_id, wake.due_at) == (job.id, job.workspace_id, START + 5)
        assert wake.state == JobState.QUEUED
        assert stores.publish.mark_dispatched(wake, wake_at=START + 50)
        assert stores.publish.job(job.workspace_id, job.id) == replace(job, wake_at=START + 50)


class MoveContract:
    """Claims and compare-and-set moves of a delivery."""

    def test_a_claim_is_the_lifecycles_claim(self, stores: Stores) -> None:
        delivery = planned(stores)
        taken = stores.publish.claim(delivery.ref, owner="own_1", now=START + 7, lease=LEASE)
        pure = lifecycle.claimed(delivery, owner="own_1", now=START + 7, lease=LEASE)
        assert taken == replace(pure, version=2)
        assert stores.publish.delivery(delivery.ref) == taken

    def test_only_one_claims(self, stores: Stores) -> None:
        delivery = planned(stores)
        claimed(stores, delivery)
        with pytest.raises(Conflict) as caught:
            claimed(stores, delivery, owner="own_2")
        assert caught.value.code == "not_waiting"
        assert stores.publish.delivery(delivery.ref).owner == "own_1"

    def test_a_retry_can_be_claimed(self, stores: Stores) -> None:
        delivery = claimed(stores, planned(stores))
        stores.publish.advance(delivery, lifecycle.retry(delivery, at=START, now=START, error=None))
        assert claimed(stores, delivery, owner="own_2").owner == "own_2"

    def test_but_not_before_its_time_whoever_handed_it_out(self, stores: Stores) -> None:
        delivery = claimed(stores, planned(stores))
        later = START + lifecycle.EARLY + 1
        stores.publish.advance(delivery, lifecycle.retry(delivery, at=later, now=START, error=None))
        (wake,) = stores.publish.due(WakeKind.PUBLISH, before=FAR, limit=10)
        assert stores.publish.mark_dispatched(wake, wake_at=FAR)
        with pytest.raises(Conflict) as caught:
            stores.publish.claim(delivery.ref, owner="own_2", now=START, lease=LEASE)
        assert caught.value.code == "not_waiting"
        again = stores.publish.claim(delivery.ref, owner="own_2", now=START + 1, lease=LEASE)
        assert (again.owner, again.retry_at) == ("own_2", later)

    def test_what_is_planned_anew_waits_for_no_retry(self, stores: Stores) -> None:
        delivery = claimed(stores, planned(stores))
        waiting = lifecycle.retry(delivery, at=FAR, now=START, error=None)
        anew = lifecycle.scheduled(
            stores.publish.advance(delivery, waiting),
            due_at=START,
            needs_prepare=False,
            now=START,
            timing=TIMING,
        )
        stores.publish.advance(stores.publish.delivery(delivery.ref), anew)
        assert claimed(stores, delivery, owner="own_2").owner == "own_2"

    @pytest.mark.parametrize("state", [s for s in S if s not in lifecycle.WAITING])
    def test_nothing_else_can_be_claimed(self, stores: Stores, state: S) -> None:
        delivery = planned(stores, state=state)
        with pytest.raises(Conflict):
            claimed(stores, delivery)

    def test_what_waits_for_preparing_is_not_claimed_for_sending(self, stores: Stores) -> None:
        delivery = planned(stores, needs_prepare=True)
        with pytest.raises(Conflict):
            claimed(stores, delivery)

    def test_claiming_what_does_not_exist_is_a_conflict(self, stores: Stores) -> None:
        delivery = make.delivery(make.post())
        with pytest.raises(Conflict):
            claimed(stores, delivery)

    def test_a_claim_to_prepare_is_the_lifecycles(self, stores: Stores) -> None:
        delivery = planned(stores, needs_prepare=True)
        taken = stores.publish.claim_prepare(delivery.ref, owner="own_1", now=START, lease=LEASE)
        pure = lifecycle.preparing(delivery, owner="own_1", now=START, lease=LEASE)
        assert taken == replace(pure, version=2)
        with pytest.raises(Conflict):
            stores.publish.claim_prepare(delivery.ref, owner="own_2", now=START, lease=LEASE)

    def test_what_waits_for_sending_is_not_claimed_for_preparing(self, stores: Stores) -> None:
        delivery = planned(stores)
        with pytest.raises(Conflict):
            stores.publish.claim_prepare(delivery.ref, owner="own_1", now=START, lease=LEASE)

    def test_history_stays_bounded_through_claims(self, stores: Stores) -> None:
        delivery = planned(stores)
        for turn in range(HISTORY):
            delivery = claimed(stores, delivery, owner=f"own_{turn}")
            assert len(delivery.transitions) <= HISTORY
            again = lifecycle.retry(delivery, at=START, now=START + turn, error=None)
            delivery = stores.publish.advance(delivery, again)
        assert len(delivery.transitions) == HISTORY
        assert delivery.transitions[-1].at == START + HISTORY - 1
        assert stores.publish.delivery(delivery.ref) == delivery

    def test_a_whole_life_reads_back_as_written(self, stores: Stores) -> None:
        delivery = claimed(stores, planned(stores))
        now = delivery.due_at
        sending = lifecycle.intent(delivery, content_hash="h" * 40, now=now, lease=LEASE)
        delivery = stores.publish.advance(delivery, sending)
        remote = Remote("at://did:plc:x/app.bsky.feed.post/3k", "https://x.example/1", "bafy")
        live = lifecycle.part_settled(
            delivery, remote=remote, sent=now + 3, now=now + 9, follow=5_000
        )
        delivery = stores.publish.advance(delivery, live)
        assert delivery == replace(live, version=4)
        assert stores.publish.delivery(delivery.ref) == delivery
        assert (delivery.owner, delivery.lease_until) == (None, None)
        assert (delivery.wake_kind, delivery.wake_at) == (WakeKind.POLL, now + 9 + 5_000)

    def test_only_the_current_version_moves(self, stores: Stores) -> None:
        delivery = planned(stores)
        first = lifecycle.cancelled(delivery, now=START, by="ada")
        stores.publish.advance(delivery, first)
        with pytest.raises(Conflict) as caught:
            stores.publish.advance(
                delivery, lifecycle.held(delivery, reason=HeldReason.PAUSED, now=START)
            )
        assert caught.value.code == "stale"
        assert stores.publish.delivery(delivery.ref).state is S.CANCELLED

    def test_a_failure_is_kept_and_cleared(self, stores: Stores) -> None:
        delivery = planned(stores)
        error = Failure("rejected", "Text is too long, it says.", START)
        failed = stores.publish.advance(
            delivery, lifecycle.failed(delivery, error=error, now=START)
        )
        assert stores.publish.delivery(delivery.ref).error == error
        again = lifecycle.scheduled(
            failed, due_at=START, needs_prepare=False, now=START, timing=TIMING
        )
        assert stores.publish.advance(failed, again).error is None

    def test_moving_what_does_not_exist_is_a_conflict(self, stores: Stores) -> None:
        delivery = make.delivery(make.post())
        with pytest.raises(Conflict):
            stores.publish.advance(delivery, delivery)

    def test_reading_what_does_not_exist(self, stores: Stores) -> None:
        with pytest.raises(NotFound):
            stores.publish.delivery(DeliveryRef(make.WORKSPACE, "pst_none", "dlv_none"))
        with pytest.raises(NotFound):
            stores.publish.delivery(DeliveryRef(make.WORKSPACE, "pst#P#other", "dlv_none"))
        with pytest.raises(NotFound):
            stores.publish.job(make.WORKSPACE, "job_none")


class SendingContract:
    """What a worker reads and writes around a send."""

    def test_a_load_brings_post_account_and_credential(self, stores: Stores) -> None:
        account = make.account()
        stores.api.create_account(account, b"sealed", make.audit())
        delivery = planned(stores)
        loaded = stores.publish.load(delivery)
        assert loaded.post == stores.api.post(delivery.workspace_id, delivery.post_id).post
        assert (loaded.account, loaded.sealed, loaded.handles) == (account, b"sealed", None)

    def test_a_load_brings_what_preparing_left(self, stores: Stores) -> None:
        delivery = planned(stores, needs_prepare=True)
        handles = {"media": ["m1", "m2"], "size": 1.5, "card": {"title": "é"}, "none": None}
        stores.publish.save_handles(delivery, {"first": True})
        stores.publish.save_handles(delivery, handles)
        assert stores.publish.load(delivery).handles == handles
        preparing = stores.publish.claim_prepare(
            delivery.ref, owner="own_1", now=START, lease=LEASE
        )
        ready = lifecycle.ready(preparing, content_hash="h" * 40, now=START)
        assert stores.publish.load(stores.publish.advance(preparing, ready)).handles == handles

    def test_what_a_later_turn_prepared_is_not_overwritten(self, stores: Stores) -> None:
        before = planned(stores, needs_prepare=True)
        later = stores.publish.claim_prepare(before.ref, owner="own_1", now=START, lease=LEASE)
        stores.publish.save_handles(before, {"container": "first"})
        stores.publish.save_handles(later, {"container": "second"})
        with pytest.raises(Conflict):
            stores.publish.save_handles(before, {"container": "first, late"})
        assert stores.publish.load(later).handles == {"container": "second"}

    def test_a_load_of_what_is_gone_is_empty(self, stores: Stores) -> None:
        loaded = stores.publish.load(make.delivery(make.post()))
        assert (loaded.post, loaded.account, loaded.sealed, loaded.handles) == (None,) * 4

    def test_switches(self, stores: Stores) -> None:
        delivery = make.delivery(make.post())
        before = stores.publish.switches(delivery, make.account())
        assert (before.installation.epoch, before.workspace, before.account) == (0, None, None)
        stores.api.create_workspace(make.workspace(), make.audit())
        stores.api.create_account(make.account(), b"sealed", make.audit(2))
        stores.publish.set_epoch(7)
        switches = stores.publish.switches(delivery, make.account())
        assert switches.installation.epoch == stores.api.installation().epoch == 7
        assert (switches.workspace, switches.account) == (make.workspace(), make.account())

    def test_one_lock_per_content_and_profile(self, stores: Stores) -> None:
        holder = DeliveryRef(make.WORKSPACE, "pst_1", "dlv_1")
        lock = Lock("mastodon|https://a|1", "f" * 40, holder, 1, START)
        other = replace(lock, holder=replace(holder, id="dlv_2"), owned=("r1", "r2"))
        assert stores.publish.take_lock(lock, replacing=None)
        assert not stores.publish.take_lock(other, replacing=None)
        assert stores.publish.read_lock(lock.profile, lock.fingerprint) == lock
        assert stores.publish.take_lock(other, replacing=lock)
        assert not stores.publish.take_lock(replace(lock, attempt=2), replacing=lock)
        assert stores.publish.read_lock(lock.profile, lock.fingerprint) == other

    def test_locks_of_a_profile(self, stores: Stores) -> None:
        holder = DeliveryRef(make.WORKSPACE, "pst_1", "dlv_1")
        lock = Lock("mastodon|https://a|1", "f" * 40, holder, 1, START)
        second = replace(lock, fingerprint="e" * 40)
        foreign = replace(lock, profile="mastodon|https://a|2")
        for each in (lock, second, foreign):
            stores.publish.take_lock(each, replacing=None)
        assert set(stores.publish.locks_of(lock.profile)) == {lock, second}
        assert stores.publish.locks_of("mastodon|https://a|3") == []
        assert stores.publish.read_lock(lock.profile, "d" * 40) is None

    def test_a_profile_may_be_of_any_length(self, stores: Stores) -> None:
        holder = DeliveryRef(make.WORKSPACE, "pst_1", "dlv_1")
        lock = Lock("mastodon|https://a|" + "é" * 4_000, "f" * 40, holder, 1, START)
        assert stores.publish.take_lock(lock, replacing=None)
        assert stores.publish.locks_of(lock.profile) == [lock]

    def test_credentials_rotate_once(self, stores: Stores) -> None:
        account = make.account()
        stores.api.create_account(account, b"one", make.audit())
        assert stores.publish.save_sealed(account, before=b"one", after=b"two")
        assert not stores.publish.save_sealed(account, before=b"one", after=b"three")
        assert stores.publish.sealed(account) == b"two"
        stores.publish.forget_sealed(account)
        stores.publish.forget_sealed(account)
        assert stores.publish.sealed(account) is None
        assert not stores.publish.save_sealed(account, before=b"two", after=b"four")

    def test_an_account_changes_by_compare_and_set(self, stores: Stores) -> None:
        account = make.account()
        stores.api.create_account(account, b"one", make.audit())
        error = Failure("access_revoked", "Gone.", START)
        lost = replace(account, state=AccountState.NEEDS_RECONNECT, error=error)
        stored = stores.publish.save_account(account, lost)
        assert stored == replace(lost, version=2)
        with pytest.raises(Conflict):
            stores.publish.save_account(account, replace(account, handle="x"))
        assert stores.api.account(account.workspace_id, account.id) == stored

    def test_a_job_moves_by_compare_and_set(self, stores: Stores) -> None:
        account = make.account()
        stores.api.create_account(account, b"one", make.audit())
        job = make.job()
        stores.api.create_job(job)
        assert stores.publish.account_of(job) == account
        running = replace(
            job, state=JobState.RUNNING, wake_at=START + 9, lease_until=START + 9, attempt=1
        )
        stored = stores.publish.advance_job(job, running)
        assert stored == replace(running, version=2)
        with pytest.raises(Conflict):
            stores.publish.advance_job(job, running)
        done = replace(stored, state=JobState.DONE, wake_at=None, lease_until=None)
        stores.publish.advance_job(stored, done)
        assert stores.api.job(job.workspace_id, job.id) == replace(done, version=3)
        assert stores.publish.due(WakeKind.PUBLISH, before=FAR, limit=10) == []
