"""The publisher's half of the store: timers, claims, moves of a delivery, locks."""

from collections.abc import Iterator, Mapping, Sequence
from itertools import islice
from typing import TYPE_CHECKING

from shared.core.errors import Conflict
from shared.core.lifecycle import EARLY, WAITING
from shared.core.models import (
    SENDING_KINDS,
    Delivery,
    DeliveryRef,
    DeliveryState,
    Lock,
    Millis,
    Transition,
    WakeKind,
)
from shared.core.ports import Loaded, Switches, Wake
from shared.core.rate import Meter
from shared.core.workspaces import Account, Job
from shared.store import items, keys
from shared.store.attributes import Item, attribute, plain
from shared.store.base import CredentialStore
from shared.store.dynamo import (
    Table,
    Wait,
    Write,
    at_once,
    create,
    delete,
    expression,
    stale,
    swap,
    update,
)
from shared.store.rates import RateStore, rate_keys, standing_from
from shared.store.records import SCHEMA, stored_key

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

    from shared.core.engagement import InboxItem

_AT_ONCE = 8


class DynamoPublishStore(CredentialStore, RateStore):
    """Implements `shared.core.publish_ports.PublishStore` on one table."""

    def __init__(self, client: "DynamoDBClient", table: str, wait: Wait = at_once) -> None:
        super().__init__(Table(client, table, wait))

    def due(
        self, kind: WakeKind, *, before: Millis, limit: int, after: Wake | None = None
    ) -> Sequence[Wake]:
        low = "0" if after is None else f"{keys.wake_sk(after.wake_at, after.id)}!"
        found = self._timers(kind, low=low, before=before, limit=limit)
        return [items.wake_from(item) for item in islice(found, limit)]

    def mark_dispatched(self, wake: Wake, *, wake_at: Millis) -> bool:
        """Not a change of the delivery: its version stays, and only the timer is compared."""
        moved = attribute(keys.wake_sk(wake_at, wake.id))
        write = update(
            items.key_of(wake),
            sets={"wake_sk": moved},
            condition="wake_pk = :pk AND #wake_sk = :seen",
            values={
                ":pk": attribute(keys.wake_pk(wake.kind, wake.id)),
                ":seen": attribute(keys.wake_sk(wake.wake_at, wake.id)),
            },
        )
        try:
            self._table.write(write)
        except Conflict:
            return False
        return True

    def mark_all_dispatched(self, marks: Sequence[tuple[Wake, Millis]]) -> None:
        """Several at once where there are many: one after the other is mostly waiting."""

        def mark(one: tuple[Wake, Millis]) -> bool:
            return self.mark_dispatched(one[0], wake_at=one[1])

        if len(marks) < 2 * _AT_ONCE:
            for one in marks:
                mark(one)
            return
        from concurrent.futures import ThreadPoolExecutor

        with ThreadPoolExecutor(_AT_ONCE) as pool:
            list(pool.map(mark, marks))

    def claim(self, ref: DeliveryRef, *, owner: str, now: Millis, lease: Millis) -> Delivery:
        """The same as `lifecycle.claimed`, without reading first; `advance` trims the history."""
        until = now + lease
        sets = {
            "owner": attribute(owner),
            "claimed_at": attribute(now),
            "lease_until": attribute(until),
            "wake_sk": attribute(keys.wake_sk(until, ref.id)),
        }
        return self._take(ref, WakeKind.PUBLISH, sets, Transition(now, DeliveryState.CLAIMED))

    def claim_prepare(
        self, ref: DeliveryRef, *, owner: str, now: Millis, lease: Millis
    ) -> Delivery:
        """The same as `lifecycle.preparing`, without reading first."""
        until = now + lease
        sets = {
            "owner": attribute(owner),
            "lease_until": attribute(until),
            "wake_sk": attribute(keys.wake_sk(until, ref.id)),
        }
        return self._take(ref, WakeKind.PREPARE, sets, Transition(now, DeliveryState.PREPARING))

    def _take(self, ref: DeliveryRef, kind: WakeKind, sets: Item, step: Transition) -> Delivery:
        states = sorted(WAITING) if kind is WakeKind.PUBLISH else [DeliveryState.SCHEDULED]
        allowed = {f":from{number}": attribute(state) for number, state in enumerate(states)}
        write = update(
            keys.delivery_key(ref),
            sets=sets | {"state": attribute(step.state)},
            formulas=[
                "#version = #version + :one",
                "#transitions = list_append(if_not_exists(#transitions, :none), :step)",
            ],
            condition=f"wake_pk = :pk AND #state IN ({', '.join(allowed)})"
            " AND (attribute_not_exists(retry_at) OR retry_at <= :soon)",
            values=allowed
            | {
                ":pk": attribute(keys.wake_pk(kind, ref.id)),
                ":soon": attribute(step.at + EARLY),
                ":one": attribute(1),
                ":none": attribute([]),
                ":step": attribute([plain(step)]),
            },
            conflict=Conflict("it is not waiting to be taken up", code="not_waiting"),
        )
        return items.delivery_from(self._table.write(write))

    def load(self, delivery: Delivery) -> Loaded:
        """Handles are asked for only where preparing may have left some: a text post has none."""
        workspace = delivery.workspace_id
        post = keys.post_key(workspace, delivery.post_id)
        account = keys.account_key(workspace, delivery.account_id)
        credential = keys.credential_key(workspace, delivery.account_id)
        handles = keys.handles_key(delivery.ref)
        has_handles = not delivery.prepared or delivery.content_hash is not None
        wanted = [post, account, credential, *([handles] if has_handles else [])]
        found = self._table.read_many(wanted)
        return Loaded(
            post=items.post_from(found[post]) if post in found else None,
            account=items.account_from(found[account]) if account in found else None,
            sealed=items.sealed_from(found[credential]) if credential in found else None,
            handles=items.handles_from(found[handles]) if handles in found else None,
        )

    def switches(self, delivery: Delivery, account: Account | None = None) -> Switches:
        workspace = keys.workspace_key(delivery.workspace_id)
        key = keys.account_key(delivery.workspace_id, delivery.account_id)
        rates = [] if account is None else rate_keys(account, Meter.CALLS)
        found = self._table.read_many([keys.INSTALLATION, workspace, key, *rates])
        budget, breaker = standing_from(found, rates)
        return Switches(
            installation=items.installation_from(found.get(keys.INSTALLATION)),
            workspace=items.workspace_from(found[workspace]) if workspace in found else None,
            account=items.account_from(found[key]) if key in found else None,
            budget=budget,
            breaker=breaker,
        )

    def save_handles(self, delivery: Delivery, handles: Mapping[str, object]) -> None:
        item = items.handles_item(delivery, handles)
        condition = expression(
            "attribute_not_exists(#turn) OR #turn <= :turn",
            names=["turn"],
            values={":turn": attribute(delivery.version)},
        )
        self._table.write(Write("Put", stored_key(item), {"Item": item} | condition, stale()))

    def take_lock(self, lock: Lock, *, replacing: Lock | None) -> bool:
        item = items.lock_item(lock)
        try:
            self._table.write(create(item) if replacing is None else _replacing(item, replacing))
        except Conflict:
            return False
        return True

    def read_lock(self, profile: str, fingerprint: str) -> Lock | None:
        item = self._table.read(keys.lock_key(profile, fingerprint))
        return None if item is None else items.lock_from(item)

    def account_of(self, job: Job) -> Account:
        return self.account(job.workspace_id, job.account_id)

    def forget_sealed(self, account: Account) -> None:
        self._table.write(delete(keys.credential_key(account.workspace_id, account.id)))

    def advance_job(self, before: Job, after: Job) -> Job:
        write = swap(items.job_item(before), items.job_item(after), version=before.version)
        return items.job_from(self._table.write(write))

    def inbox_item(self, workspace_id: str, item_id: str) -> "InboxItem":
        from shared.store.inbox_items import read_item  # few messages are about one

        return read_item(self._table, workspace_id, item_id)

    def save_item(self, before: "InboxItem", after: "InboxItem") -> "InboxItem":
        from shared.store.inbox_items import save_item

        return save_item(self._table, before, after)

    def fence_candidates(
        self, *, before: Millis, states: frozenset[DeliveryState]
    ) -> Sequence[DeliveryRef]:
        """Read from the wake index: every state in which something may leave has a timer.

        Failed and unconfirmed deliveries have none, nor has what is held for people; they leave
        only when a person says so.
        """
        return [
            DeliveryRef(wake.workspace_id, wake.post_id, wake.id)
            for wake in self._every_timer()
            if wake.post_id is not None and wake.wake_at < before and wake.state in states
        ]

    def _every_timer(self) -> Iterator[Wake]:
        for kind in SENDING_KINDS:
            for pk in keys.wake_pks(kind):
                for item in self._table.query_all(pk, index=keys.WAKE_INDEX):
                    yield items.wake_from(item)

    def set_epoch(self, epoch: int) -> None:
        write = update(
            keys.INSTALLATION,
            sets={"epoch": attribute(epoch), "v": attribute(SCHEMA)},
        )
        self._table.write(write)


def _replacing(item: Item, replacing: Lock) -> Write:
    condition = expression(
        "#holder = :holder AND #attempt = :attempt AND #at = :at",
        names=["holder", "attempt", "at"],
        values={
            ":holder": attribute(plain(replacing.holder)),
            ":attempt": attribute(replacing.attempt),
            ":at": attribute(replacing.at),
        },
    )
    lost = Conflict("somebody else holds this content now", code="locked")
    return Write("Put", stored_key(item), {"Item": item} | condition, lost)
