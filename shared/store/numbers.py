"""Numbers of posts and accounts over time."""

from collections.abc import Sequence

from shared.core.models import Millis
from shared.core.rollup import AccountDay, Counting, Series
from shared.core.workspaces import Account
from shared.store import engagement_items as items
from shared.store import keys
from shared.store.base import SharedStore
from shared.store.dynamo import create, swap
from shared.store.keys import series_key


class DynamoNumbers(SharedStore):
    def counting(self, workspace_id: str, account_id: str) -> Counting | None:
        found = self._table.read(keys.counting_key(workspace_id, account_id))
        return None if found is None else items.counting_from(found)

    def create_counting(self, counting: Counting) -> bool:
        return self._created(items.counting_item(counting))

    def save_counting(self, before: Counting, after: Counting) -> Counting:
        old, new = items.counting_item(before), items.counting_item(after)
        return items.counting_from(self._table.write(swap(old, new, version=before.version)))

    def series(self, account: Account, keys: Sequence[tuple[Millis, str]]) -> Sequence[Series]:
        home = account.workspace_id, account.id
        wanted = [series_key(*home, published_at, delivery) for published_at, delivery in keys]
        found = self._table.read_many(wanted)
        return [items.series_from(found[key]) for key in wanted if key in found]

    def create_series(self, series: Series) -> bool:
        return self._created(items.series_item(series))

    def save_series(self, before: Series, after: Series) -> Series:
        old, new = items.series_item(before), items.series_item(after)
        return items.series_from(self._table.write(swap(old, new, version=before.version)))

    def series_between(
        self, workspace_id: str, account_id: str, *, start: Millis, end: Millis
    ) -> Sequence[Series]:
        pk = keys.account_pk(workspace_id, account_id)
        if start >= end:
            return []
        low, high = f"S#{keys.instant(start)}", f"S#{keys.instant(end)}"
        found = self._table.query_all(pk, low=low, high=high, strong=True)
        return [items.series_from(item) for item in found]

    def account_day(self, workspace_id: str, account_id: str, day: str) -> AccountDay | None:
        found = self._table.read(keys.account_day_key(workspace_id, account_id, day))
        return None if found is None else items.account_day_from(found)

    def save_account_day(self, before: AccountDay | None, after: AccountDay) -> AccountDay:
        new = items.account_day_item(after)
        if before is None:
            write = create(new)
        else:
            write = swap(items.account_day_item(before), new, version=before.version)
        return items.account_day_from(self._table.write(write))

    def account_days(
        self, workspace_id: str, account_id: str, *, first: str, last: str
    ) -> Sequence[AccountDay]:
        low = keys.account_day_key(workspace_id, account_id, first)
        high = keys.account_day_key(workspace_id, account_id, last)
        if low.sk > high.sk:
            return []
        found = self._table.query_all(low.pk, low=low.sk, high=high.sk, strong=True)
        return [items.account_day_from(item) for item in found]
