"""The publisher's half of the in-memory store."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from shared.core import lifecycle, rate
from shared.core.errors import Conflict
from shared.core.models import (
    SENDING_KINDS,
    Delivery,
    DeliveryRef,
    DeliveryState,
    Lock,
    Millis,
    WakeKind,
)
from shared.core.ports import Loaded, Switches, Wake
from shared.core.rate import Breaker, Budget, Meter, Pace
from shared.core.workspaces import Account, Job
from shared.store.views import delivery_wake, job_wake
from tests.fakes.memory import Memory, present, swap


class MemoryPublishStore(Memory):
    """Implements `shared.core.publish_ports.PublishStore`."""

    def due(
        self, kind: WakeKind, *, before: Millis, limit: int, after: Wake | None = None
    ) -> Sequence[Wake]:
        with self._alone():
            found = [w for w in self._wakes() if w.kind is kind and w.wake_at <= before]
            behind = [w for w in found if after is None or _place(w) > _place(after)]
            return sorted(behind, key=_place)[:limit]

    def _wakes(self) -> list[Wake]:
        wakes = [delivery_wake(d) for d in self.delivery_items.values()]
        wakes += [job_wake(j) for j in self.job_items.values()]
        return [w for w in wakes if w is not None]

    def mark_dispatched(self, wake: Wake, *, wake_at: Millis) -> bool:
        with self._alone():
            if wake.post_id is None:
                job = self.job_items.get((wake.workspace_id, wake.id))
                if job is None or job.wake_at != wake.wake_at:
                    return False
                self.job_items[wake.workspace_id, wake.id] = replace(job, wake_at=wake_at)
                return True
            ref = DeliveryRef(wake.workspace_id, wake.post_id, wake.id)
            current = self.delivery_items.get(ref)
            if current is None or (current.wake_kind, current.wake_at) != (wake.kind, wake.wake_at):
                return False
            self.delivery_items[ref] = replace(current, wake_at=wake_at)
            return True

    def mark_all_dispatched(self, marks: Sequence[tuple[Wake, Millis]]) -> None:
        for wake, at in marks:
            self.mark_dispatched(wake, wake_at=at)

    def claim(self, ref: DeliveryRef, *, owner: str, now: Millis, lease: Millis) -> Delivery:
        with self._alone():
            current = self.delivery_items.get(ref)
            if current is None or current.wake_kind is not WakeKind.PUBLISH:
                raise _not_waiting()
            try:
                taken = lifecycle.claimed(current, owner=owner, now=now, lease=lease)
            except Conflict:
                raise _not_waiting() from None
            return self._move(current, taken)

    def claim_prepare(
        self, ref: DeliveryRef, *, owner: str, now: Millis, lease: Millis
    ) -> Delivery:
        with self._alone():
            current = self.delivery_items.get(ref)
            if current is None or current.wake_kind is not WakeKind.PREPARE:
                raise _not_waiting()
            if current.state is not DeliveryState.SCHEDULED:
                raise _not_waiting()
            return self._move(
                current, lifecycle.preparing(current, owner=owner, now=now, lease=lease)
            )

    def load(self, delivery: Delivery) -> Loaded:
        with self._alone():
            account = (delivery.workspace_id, delivery.account_id)
            return Loaded(
                post=self.post_items.get((delivery.workspace_id, delivery.post_id)),
                account=self.account_items.get(account),
                sealed=self.credentials.get(account),
                handles=self.handles.get(delivery.ref),
            )

    def switches(self, delivery: Delivery, account: Account | None = None) -> Switches:
        with self._alone():
            budget, breaker = Budget(), Breaker()
            if account is not None:
                budget, breaker = self.standing(account, Meter.CALLS)
            return Switches(
                installation=self.settings,
                workspace=self.workspace_items.get(delivery.workspace_id),
                account=self.account_items.get((delivery.workspace_id, delivery.account_id)),
                budget=budget,
                breaker=breaker,
            )

    def standing(self, account: Account, meter: Meter) -> tuple[Budget, Breaker]:
        with self._alone():
            return self.budgets.get((account.profile, meter), Budget()), self.breaker(account)

    def spend(
        self, account: Account, meter: Meter, pace: Pace, *, seen: Budget, now: Millis, cost: int
    ) -> bool:
        with self._alone():
            current = self.budgets.get((account.profile, meter), Budget())
            after = rate.taken(current, pace, now=now, cost=cost)
            if after is not None:
                self.budgets[account.profile, meter] = after
            return after is not None

    def queue_up(
        self, account: Account, meter: Meter, pace: Pace, *, not_before: Millis, cost: int
    ) -> Millis:
        with self._alone():
            current = self.budgets.get((account.profile, meter), Budget())
            at, after = rate.in_line(current, pace, not_before=not_before, cost=cost)
            self.budgets[account.profile, meter] = after
            return at

    def park(self, account: Account, meter: Meter, *, until: Millis) -> bool:
        with self._alone():
            current = self.budgets.get((account.profile, meter), Budget())
            after = rate.parked(current, until=until)
            self.budgets[account.profile, meter] = after
            return after != current

    def breaker(self, account: Account) -> Breaker:
        with self._alone():
            return self.breakers.get((account.platform, account.server), Breaker())

    def save_breaker(self, account: Account, before: Breaker, after: Breaker) -> bool:
        with self._alone():
            if self.breaker(account).version != before.version:
                return False
            stored = replace(after, version=before.version + 1)
            self.breakers[account.platform, account.server] = stored
            return True

    def save_handles(self, delivery: Delivery, handles: Mapping[str, object]) -> None:
        with self._alone():
            if self.handle_turns.get(delivery.ref, 0) > delivery.version:
                raise Conflict("a later turn kept its own", code="stale")
            self.handle_turns[delivery.ref] = delivery.version
            self.handles[delivery.ref] = dict(handles)

    def take_lock(self, lock: Lock, *, replacing: Lock | None) -> bool:
        with self._alone():
            key = (lock.profile, lock.fingerprint)
            if self.locks.get(key) != replacing:
                return False
            self.locks[key] = lock
            return True

    def read_lock(self, profile: str, fingerprint: str) -> Lock | None:
        with self._alone():
            return self.locks.get((profile, fingerprint))

    def account_of(self, job: Job) -> Account:
        with self._alone():
            return present(self.account_items, (job.workspace_id, job.account_id), "account")

    def forget_sealed(self, account: Account) -> None:
        with self._alone():
            self.credentials.pop((account.workspace_id, account.id), None)

    def advance_job(self, before: Job, after: Job) -> Job:
        with self._alone():
            return swap(self.job_items, (before.workspace_id, before.id), before, after)

    def fence_candidates(
        self, *, before: Millis, states: frozenset[DeliveryState]
    ) -> Sequence[DeliveryRef]:
        with self._alone():
            return [
                DeliveryRef(w.workspace_id, w.post_id, w.id)
                for w in self._wakes()
                if w.kind in SENDING_KINDS
                and w.post_id is not None
                and w.wake_at < before
                and w.state in states
            ]

    def set_epoch(self, epoch: int) -> None:
        with self._alone():
            self.settings = replace(self.settings, epoch=epoch)


def _place(wake: Wake) -> tuple[Millis, str]:
    return wake.wake_at, wake.id


def _not_waiting() -> Conflict:
    return Conflict("it is not waiting to be taken up", code="not_waiting")
