"""What the parts of the store do alike."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from heapq import merge

from shared.core.errors import Conflict, NotFound
from shared.core.models import Delivery, DeliveryRef, Lock, Millis, WakeKind
from shared.core.workspaces import Account, Job, Workspace
from shared.store import items, keys
from shared.store.attributes import Item, attribute
from shared.store.dynamo import Table, Write, create, delete, swap, update
from shared.store.keys import CalendarPosition, Key


class SharedStore:
    def __init__(self, table: Table) -> None:
        self._table = table

    def delivery(self, ref: DeliveryRef) -> Delivery:
        return items.delivery_from(self._present(keys.delivery_key(ref), "delivery"))

    def deliveries(self, refs: Sequence[DeliveryRef]) -> Mapping[DeliveryRef, Delivery]:
        wanted = {ref: keys.delivery_key(ref) for ref in refs}
        found = self._table.read_many(list(wanted.values()))
        return {ref: items.delivery_from(found[key]) for ref, key in wanted.items() if key in found}

    def advance(self, before: Delivery, after: Delivery) -> Delivery:
        return items.delivery_from(self._table.write(moved(before, after)))

    def job(self, workspace_id: str, job_id: str) -> Job:
        return items.job_from(self._present(keys.job_key(workspace_id, job_id), "job"))

    def locks_of(self, profile: str) -> Sequence[Lock]:
        found = self._table.query_all(keys.lock_pk(profile), strong=True)
        return [items.lock_from(item) for item in found]

    def account(self, workspace_id: str, account_id: str) -> Account:
        key = keys.account_key(workspace_id, account_id)
        return items.account_from(self._present(key, "account"))

    def workspace(self, workspace_id: str) -> Workspace:
        item = self._present(keys.workspace_key(workspace_id), "workspace")
        return items.workspace_from(item)

    def accounts(self, workspace_id: str) -> Sequence[Account]:
        found = self._table.query_all(
            keys.workspace_pk(workspace_id), low="ACCOUNT#", high="ACCOUNT#~", strong=True
        )
        return [items.account_from(item) for item in found]

    def _workspace_ids(self) -> list[str]:
        pointers = self._table.query_all(
            keys.INSTALLATION.pk, low="WORKSPACE#", high="WORKSPACE#~", strong=True
        )
        return [items.workspace_pointed_to(item) for item in pointers]

    def _timers(
        self, kind: WakeKind, *, before: Millis, limit: int, low: str = "0"
    ) -> Iterator[Item]:
        """Entries of the wake index from `low` to `before`, oldest first: one query per shard,
        whatever is planned, because the index holds live timers in order.
        """
        high = f"{keys.instant(before)}~"
        if low > high:
            return iter(())
        shards = [
            self._table.query(pk, low=low, high=high, index=keys.WAKE_INDEX, limit=limit)[0]
            for pk in keys.wake_pks(kind)
        ]
        return merge(*shards, key=lambda item: str(item["wake_sk"]["S"]))

    def _created(self, item: Item) -> bool:
        """Where there is nothing yet; False when there was."""
        try:
            self._table.write(create(item))
        except Conflict:
            return False
        return True

    def _present(self, key: Key, what: str) -> Item:
        item = self._table.read(key)
        if item is None:
            raise NotFound(f"no such {what}")
        return item


class CredentialStore(SharedStore):
    """For the functions that open credentials."""

    def save_account(self, before: Account, after: Account) -> Account:
        writes = account_writes(before, after)
        if len(writes) == 1:
            return items.account_from(self._table.write(writes[0]))
        self._table.transact(writes)
        return replace(after, version=before.version + 1)

    def sealed(self, account: Account) -> bytes | None:
        item = self._table.read(keys.credential_key(account.workspace_id, account.id))
        return None if item is None else items.sealed_from(item)

    def save_sealed(self, account: Account, *, before: bytes, after: bytes) -> bool:
        write = update(
            keys.credential_key(account.workspace_id, account.id),
            sets={"sealed": attribute(after)},
            condition="#sealed = :before",
            values={":before": attribute(before)},
        )
        try:
            self._table.write(write)
        except Conflict:
            return False
        return True


def moved(before: Delivery, after: Delivery, *, to: CalendarPosition | None = None) -> Write:
    """One delivery's compare-and-set. Its place in the calendar is its post's; `to` moves it."""
    return swap(
        items.delivery_item(before, None),
        items.delivery_item(after, to),
        version=before.version,
    )


def account_writes(before: Account, after: Account) -> list[Write]:
    """The account's compare-and-set, and what follows for the profile it occupies."""
    writes = [swap(items.account_item(before), items.account_item(after), version=before.version)]
    old, new = items.occupied_profile(before), items.occupied_profile(after)
    if old != new:
        if old is not None:
            writes.append(delete(keys.profile_key(before.workspace_id, old)))
        if new is not None:
            writes.append(create(items.profile_item(after), conflict=already_connected()))
    return writes


def already_connected() -> Conflict:
    return Conflict("this profile is already connected here", code="already_connected")
