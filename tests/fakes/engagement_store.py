"""Listening and counting in the in-memory store."""

from collections.abc import Iterator, Mapping, Sequence

from shared.core.engagement import Due, DueWhat, Feed, InboxItem, Known, Watch
from shared.core.engagement_ports import AtHand
from shared.core.models import Delivery, Millis, Post, WakeKind
from shared.core.rollup import AccountDay, Counting, Series
from shared.core.workspaces import Account, AccountState
from tests.fakes.inbox_store import MemoryInboxStore
from tests.fakes.memory import Memory, add, exists, present, swap


class MemoryEngagementStore(MemoryInboxStore):
    """Implements `shared.core.engagement_ports.EngagementStore` over the state of `of`."""

    def __init__(self, of: Memory) -> None:
        self.__dict__ = of.__dict__

    def due(self, kind: WakeKind, *, before: Millis, limit: int) -> Sequence[Due]:
        with self._alone():
            timers = self._poll_timers() if kind is WakeKind.POLL else self._metrics_timers()
            follow = [*timers, *self._follow_timers(kind)]
            found = [timer for timer in follow if timer.wake_at <= before]
            return sorted(found, key=lambda t: (t.wake_at, t.id or t.account_id))[:limit]

    def _follow_timers(self, kind: WakeKind) -> Iterator[Due]:
        for d in self.delivery_items.values():
            if d.wake_kind is kind and d.wake_at is not None:
                yield Due(DueWhat.FOLLOW, d.workspace_id, d.account_id, d.wake_at, d.id, d.post_id)

    def _poll_timers(self) -> Iterator[Due]:
        for feed in self.feed_items.values():
            if feed.wake_at is not None and feed.turn is None:
                yield Due(DueWhat.FEED, feed.workspace_id, feed.account_id, feed.wake_at)
        for watch in self.watch_items.values():
            if watch.wake_at is not None:
                home = (watch.workspace_id, watch.account_id)
                yield Due(DueWhat.THREAD, *home, watch.wake_at, watch.delivery_id)

    def _metrics_timers(self) -> Iterator[Due]:
        for counting in self.counting_items.values():
            if counting.wake_at is not None:
                home = (counting.workspace_id, counting.account_id)
                yield Due(DueWhat.ACCOUNT_NUMBERS, *home, counting.wake_at)
        for series in self.series_items.values():
            if series.wake_at is not None:
                yield Due(
                    DueWhat.POST_NUMBERS,
                    series.workspace_id,
                    series.account_id,
                    series.wake_at,
                    series.delivery_id,
                    published_at=series.published_at,
                )

    def connected_accounts(self) -> Sequence[Account]:
        with self._alone():
            ordered = sorted(self.account_items.items())
            return [
                a
                for _, a in ordered
                if a.state is AccountState.CONNECTED and not self._is_archived(a.workspace_id)
            ]

    def _is_archived(self, workspace_id: str) -> bool:
        found = self.workspace_items.get(workspace_id)
        return found is not None and found.archived_at is not None

    def post(self, workspace_id: str, post_id: str) -> Post:
        with self._alone():
            return present(self.post_items, (workspace_id, post_id), "post")

    def taking_turns(self, turns: Sequence[int]) -> Sequence[Feed]:
        with self._alone():
            waiting = (feed for feed in self.feed_items.values() if feed.wake_at is not None)
            return [feed for feed in waiting if feed.turn in turns]

    def at_hand(self, workspace_id: str, account_id: str, *, feed: bool) -> AtHand:
        account = self.account(workspace_id, account_id)
        found = self.feed(workspace_id, account_id) if feed else None
        away = self._is_archived(workspace_id)
        return AtHand(account, self.sealed(account), found, archived=away)

    def feed(self, workspace_id: str, account_id: str) -> Feed | None:
        with self._alone():
            return self.feed_items.get((workspace_id, account_id))

    def create_feed(self, feed: Feed) -> bool:
        with self._alone():
            return add(self.feed_items, (feed.workspace_id, feed.account_id), feed)

    def save_feed(self, before: Feed, after: Feed) -> Feed:
        with self._alone():
            return swap(self.feed_items, (before.workspace_id, before.account_id), before, after)

    def watches(self, account: Account, delivery_ids: Sequence[str]) -> Sequence[Watch]:
        with self._alone():
            wanted = [(account.workspace_id, account.id, each) for each in delivery_ids]
            return [self.watch_items[key] for key in wanted if key in self.watch_items]

    def resting(self, account: Account) -> Sequence[tuple[Millis, str]]:
        with self._alone():
            home = (account.workspace_id, account.id)
            own = (w for w in self.watch_items.values() if (w.workspace_id, w.account_id) == home)
            return sorted((watch.published_at, watch.delivery_id) for watch in own if watch.resting)

    def create_watch(self, watch: Watch) -> bool:
        with self._alone():
            return add(self.watch_items, _watch_key(watch), watch)

    def save_watch(self, before: Watch, after: Watch) -> Watch:
        with self._alone():
            return swap(self.watch_items, _watch_key(before), before, after)

    def known(self, account: Account, remote_ids: Sequence[str]) -> Mapping[str, Known]:
        with self._alone():
            home = (account.workspace_id, account.id)
            found = {each: self.known_items.get((*home, each)) for each in remote_ids}
            return {remote_id: known for remote_id, known in found.items() if known is not None}

    def remember(self, known: Sequence[Known], *, workspace_id: str) -> None:
        with self._alone():
            for each in known:
                self.known_items[workspace_id, each.account_id, each.remote_id] = each

    def items(self, workspace_id: str, item_ids: Sequence[str]) -> Mapping[str, InboxItem]:
        with self._alone():
            found = {each: self.inbox_items.get((workspace_id, each)) for each in item_ids}
            return {item_id: item for item_id, item in found.items() if item is not None}

    def items_between(self, account: Account, *, start: Millis, end: Millis) -> Sequence[InboxItem]:
        with self._alone():
            return [
                item
                for _, item in self._listed(account.workspace_id)
                if item.account_id == account.id and start <= item.at < end
            ]

    def add_item(self, item: InboxItem) -> bool:
        with self._alone():
            return add(self.inbox_items, (item.workspace_id, item.id), item)

    def create_elsewhere(self, post: Post, delivery: Delivery) -> bool:
        with self._alone():
            if delivery.ref in self.delivery_items:
                return False
            if not add(self.post_items, (post.workspace_id, post.id), post):
                return False
            self.delivery_items[delivery.ref] = delivery
            return True

    def save_elsewhere(self, before: Post, after: Post) -> Post:
        with self._alone():
            return swap(self.post_items, (before.workspace_id, before.id), before, after)

    def counting(self, workspace_id: str, account_id: str) -> Counting | None:
        with self._alone():
            return self.counting_items.get((workspace_id, account_id))

    def create_counting(self, counting: Counting) -> bool:
        with self._alone():
            key = (counting.workspace_id, counting.account_id)
            return add(self.counting_items, key, counting)

    def save_counting(self, before: Counting, after: Counting) -> Counting:
        with self._alone():
            key = (before.workspace_id, before.account_id)
            return swap(self.counting_items, key, before, after)

    def create_series(self, series: Series) -> bool:
        with self._alone():
            return add(self.series_items, _series_key(series), series)

    def save_series(self, before: Series, after: Series) -> Series:
        with self._alone():
            return swap(self.series_items, _series_key(before), before, after)

    def account_day(self, workspace_id: str, account_id: str, day: str) -> AccountDay | None:
        with self._alone():
            return self.day_items.get((workspace_id, account_id, day))

    def save_account_day(self, before: AccountDay | None, after: AccountDay) -> AccountDay:
        with self._alone():
            key = (after.workspace_id, after.account_id, after.day)
            if before is not None:
                return swap(self.day_items, key, before, after)
            if not add(self.day_items, key, after):
                raise exists()
            return after


def _watch_key(watch: Watch) -> tuple[str, str, str]:
    return watch.workspace_id, watch.account_id, watch.delivery_id


def _series_key(series: Series) -> tuple[str, str, Millis, str]:
    return series.workspace_id, series.account_id, series.published_at, series.delivery_id
