"""The inbox and its conversations in the in-memory store, and the numbers that the api reads."""

from collections.abc import Sequence
from dataclasses import replace

from shared.core.engagement import Conversation, Feed, InboxItem, ItemKind, ItemState
from shared.core.models import Delivery, Millis, Post
from shared.core.ports import Page
from shared.core.rollup import AccountDay, Counting, Series
from shared.core.workspaces import Account, AuditEntry
from shared.store.bounds import check_post
from shared.store.cursors import cursor, position
from tests.fakes.memory import Memory, check, exists, present, swap

LOOKED_AT = 200
"""How many items one filtered page looks at."""


class MemoryInboxStore(Memory):
    """Implements `shared.core.api_ports.InboxStore`."""

    def inbox(
        self,
        workspace_id: str,
        *,
        account_id: str | None = None,
        kind: ItemKind | None = None,
        state: ItemState | None = None,
        answered: bool | None = None,
        limit: int,
        after: str | None,
    ) -> Page[InboxItem]:
        query = ("inbox", workspace_id, account_id, kind, state, answered)
        with self._alone():
            seen = position(after, query=query) if after else None
            behind = [
                (place, item)
                for place, item in reversed(self._listed(workspace_id))
                if seen is None or place < seen
            ]
            looked_at = behind[: max(limit, LOOKED_AT)]
            found = [
                (place, item)
                for place, item in looked_at
                if account_id in (None, item.account_id)
                and kind in (None, item.seen.kind)
                and state in (None, item.state)
                and answered in (None, item.answered_at is not None)
            ]
            shown = tuple(item for _, item in found[:limit])
            if len(found) > limit:
                return Page(shown, cursor(found[limit - 1][0], query=query))
            if len(behind) > len(looked_at):
                return Page(shown, cursor(looked_at[-1][0], query=query))
            return Page(shown)

    def _listed(self, workspace_id: str) -> list[tuple[str, InboxItem]]:
        """Oldest first."""
        found = [
            (f"{item.at:013d}#{item.id}", item)
            for (ws, _), item in self.inbox_items.items()
            if ws == workspace_id and not item.seen.ours
        ]
        return sorted(found, key=lambda pair: pair[0])

    def inbox_item(self, workspace_id: str, item_id: str) -> InboxItem:
        with self._alone():
            return present(self.inbox_items, (workspace_id, item_id), "item of the inbox")

    def conversation(self, workspace_id: str, conversation_id: str) -> Conversation:
        with self._alone():
            items = [
                item
                for item in self.inbox_items.values()
                if (item.workspace_id, item.conversation_id) == (workspace_id, conversation_id)
            ]
            here = {item.id for item in items}
            answers = [
                (at, post_id)
                for (ws, item_id, post_id), at in self.answers.items()
                if ws == workspace_id and item_id in here
            ]
            return Conversation(
                conversation_id,
                tuple(sorted(items, key=lambda i: (i.seen.created_at, i.id))),
                tuple(post_id for _, post_id in sorted(answers)),
            )

    def save_item(self, before: InboxItem, after: InboxItem) -> InboxItem:
        with self._alone():
            return swap(self.inbox_items, (before.workspace_id, before.id), before, after)

    def create_reply(
        self,
        post: Post,
        deliveries: Sequence[Delivery],
        audit: AuditEntry,
        *,
        before: InboxItem,
        after: InboxItem,
    ) -> None:
        with self._alone():
            check_post(post, deliveries=len(deliveries))
            if (post.workspace_id, post.id) in self.post_items:
                raise exists()
            check(self.inbox_items, (before.workspace_id, before.id), before)
            self.post_items[post.workspace_id, post.id] = post
            self.delivery_items |= {d.ref: d for d in deliveries}
            self.audit.append(audit)
            swap(self.inbox_items, (before.workspace_id, before.id), before, after)
            self.answers[post.workspace_id, before.id, post.id] = post.created_at

    def listen(self, account: Account, *, now: Millis) -> None:
        with self._alone():
            key = (account.workspace_id, account.id)
            feed = self.feed_items.get(key) or Feed(*key, created_at=now, wake_at=None, version=0)
            counting = self.counting_items.get(key) or Counting(
                *key, created_at=now, wake_at=None, version=0
            )
            self.feed_items[key] = replace(
                feed,
                wake_at=now,
                turn=None,
                failures_in_row=0,
                error=None,
                version=feed.version + 1,
            )
            self.counting_items[key] = replace(
                counting, wake_at=now, failures_in_row=0, version=counting.version + 1
            )

    def series(self, account: Account, keys: Sequence[tuple[Millis, str]]) -> Sequence[Series]:
        with self._alone():
            wanted = [(account.workspace_id, account.id, at, delivery) for at, delivery in keys]
            return [self.series_items[key] for key in wanted if key in self.series_items]

    def series_between(
        self, workspace_id: str, account_id: str, *, start: Millis, end: Millis
    ) -> Sequence[Series]:
        with self._alone():
            found = [
                each
                for (ws, account, at, _), each in self.series_items.items()
                if (ws, account) == (workspace_id, account_id) and start <= at < end
            ]
            return sorted(found, key=lambda s: (s.published_at, s.delivery_id))

    def account_days(
        self, workspace_id: str, account_id: str, *, first: str, last: str
    ) -> Sequence[AccountDay]:
        with self._alone():
            found = [
                each
                for (ws, account, day), each in self.day_items.items()
                if (ws, account) == (workspace_id, account_id) and first <= day <= last
            ]
            return sorted(found, key=lambda each: each.day)
