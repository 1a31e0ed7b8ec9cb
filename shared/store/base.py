"""What both halves of the store do alike."""

from collections.abc import Sequence

from shared.core.errors import Conflict, NotFound
from shared.core.models import Account, Delivery, DeliveryRef, Job, Lock
from shared.store import items, keys
from shared.store.attributes import Item
from shared.store.dynamo import Table, Write, create, delete, swap
from shared.store.keys import CalendarPosition, Key


class SharedStore:
    def __init__(self, table: Table) -> None:
        self._table = table

    def delivery(self, ref: DeliveryRef) -> Delivery:
        return items.delivery_from(self._present(keys.delivery_key(ref), "delivery"))

    def job(self, workspace_id: str, job_id: str) -> Job:
        return items.job_from(self._present(keys.job_key(workspace_id, job_id), "job"))

    def locks_of(self, profile: str) -> Sequence[Lock]:
        found = self._table.query_all(keys.lock_pk(profile), strong=True)
        return [items.lock_from(item) for item in found]

    def _account(self, workspace_id: str, account_id: str) -> Account:
        key = keys.account_key(workspace_id, account_id)
        return items.account_from(self._present(key, "account"))

    def _present(self, key: Key, what: str) -> Item:
        item = self._table.read(key)
        if item is None:
            raise NotFound(f"no such {what}")
        return item


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
