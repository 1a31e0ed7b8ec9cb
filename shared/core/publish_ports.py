"""What the publisher needs from the store.

As in `ports.py`: a method that changes something either did it or raised.
"""

from collections.abc import Mapping, Sequence
from typing import Protocol

from shared.core.engagement import InboxItem
from shared.core.models import Delivery, DeliveryRef, DeliveryState, Lock, Millis, WakeKind
from shared.core.ports import Loaded, Switches, Wake
from shared.core.rate import Breaker, Budget, Meter, Pace
from shared.core.workspaces import Account, Job


class PublishStore(Protocol):
    """The part of the store that the publisher works with."""

    def due(
        self, kind: WakeKind, *, before: Millis, limit: int, after: Wake | None = None
    ) -> Sequence[Wake]:
        """Wakes with `wake_at <= before` over all shards, oldest first, at most `limit`; with
        `after`, those behind it in that order.
        """
        ...

    def mark_dispatched(self, wake: Wake, *, wake_at: Millis) -> bool:
        """Move the timer of a waiting delivery to `wake_at` if it still is where the index said;
        else False.
        """
        ...

    def mark_all_dispatched(self, marks: Sequence[tuple[Wake, Millis]]) -> None:
        """`mark_dispatched` for each, in any order; what fails may leave others undone."""
        ...

    def claim(self, ref: DeliveryRef, *, owner: str, now: Millis, lease: Millis) -> Delivery:
        """Blind claim from `lifecycle.WAITING` in one write; raises Conflict when it is not waiting
        for `publish`, or is to be tried again more than `lifecycle.EARLY` later.
        """
        ...

    def claim_prepare(
        self, ref: DeliveryRef, *, owner: str, now: Millis, lease: Millis
    ) -> Delivery:
        """The same for the prepare stage, from `scheduled` with an open prepare timer."""
        ...

    def delivery(self, ref: DeliveryRef) -> Delivery:
        """Strong read; raises NotFound."""
        ...

    def advance(self, before: Delivery, after: Delivery) -> Delivery:
        """Replace `before` by `after` (its version counted up) if `before` is still current; else
        raises Conflict.
        """
        ...

    def load(self, delivery: Delivery) -> Loaded: ...

    def switches(self, delivery: Delivery, account: Account | None = None) -> Switches:
        """With `account`, its budget of calls and its server's breaker are read along."""
        ...

    def standing(self, account: Account, meter: Meter) -> tuple[Budget, Breaker]:
        """Strong read of a profile's budget and of its server's breaker."""
        ...

    def spend(
        self, account: Account, meter: Meter, pace: Pace, *, seen: Budget, now: Millis, cost: int
    ) -> bool:
        """Take `cost` calls now if `rate.taken` allows it as things stand; False when not, or when
        somebody was quicker. `seen` is what was read last.
        """
        ...

    def queue_up(
        self, account: Account, meter: Meter, pace: Pace, *, not_before: Millis, cost: int
    ) -> Millis:
        """When to come back: a place of one's own in `rate.in_line`."""
        ...

    def park(self, account: Account, meter: Meter, *, until: Millis) -> bool:
        """The network will not listen before `until`; False when that is not later than known."""
        ...

    def breaker(self, account: Account) -> Breaker:
        """Strong read of what is known of the account's server."""
        ...

    def save_breaker(self, account: Account, before: Breaker, after: Breaker) -> bool:
        """Compare-and-set on the version; False when somebody else changed it."""
        ...

    def save_handles(self, delivery: Delivery, handles: Mapping[str, object]) -> None:
        """Keep what the platform answered while preparing (upload ids, resolved mentions, card).
        Raises Conflict when somebody prepared a later version of `delivery`: what may be leaving
        with those handles could not be asked about any more.
        """
        ...

    def take_lock(self, lock: Lock, *, replacing: Lock | None) -> bool:
        """Conditional put: only where there is none, or where `replacing` still stands. False when
        somebody else won.
        """
        ...

    def read_lock(self, profile: str, fingerprint: str) -> Lock | None: ...

    def locks_of(self, profile: str) -> Sequence[Lock]:
        """Strong read of every lock on one profile."""
        ...

    def save_account(self, before: Account, after: Account) -> Account:
        """Compare-and-set on the version, like `advance`."""
        ...

    def sealed(self, account: Account) -> bytes | None:
        """The encrypted credential as it is now (strong read)."""
        ...

    def save_sealed(self, account: Account, *, before: bytes, after: bytes) -> bool:
        """Replace the encrypted credential if it is still `before`: rotation is single-winner."""
        ...

    def forget_sealed(self, account: Account) -> None:
        """Delete the account's credential; gone already is success."""
        ...

    def account_of(self, job: Job) -> Account:
        """Strong read of the account that a job concerns; raises NotFound."""
        ...

    def job(self, workspace_id: str, job_id: str) -> Job: ...

    def advance_job(self, before: Job, after: Job) -> Job: ...

    def inbox_item(self, workspace_id: str, item_id: str) -> InboxItem:
        """Strong read of what a delivery answers or a job likes; raises NotFound."""
        ...

    def save_item(self, before: InboxItem, after: InboxItem) -> InboxItem:
        """Compare-and-set on the version, like `advance`."""
        ...

    def fence_candidates(
        self, *, before: Millis, states: frozenset[DeliveryState]
    ) -> Sequence[DeliveryRef]:
        """Deliveries in `states` whose timer is before `before`, over all workspaces and kinds."""
        ...

    def set_epoch(self, epoch: int) -> None: ...
