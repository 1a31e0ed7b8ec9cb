"""What listening remembers: how far each account was read, whose threads are watched, what is ours,
and what came in.
"""

from collections.abc import Mapping, Sequence

from shared.core.engagement import Feed, InboxItem, Known, Watch
from shared.core.engagement_ports import AtHand
from shared.core.errors import Conflict, NotFound
from shared.core.models import Delivery, Millis, Post
from shared.core.workspaces import Account
from shared.store import engagement_items, items, keys
from shared.store.dynamo import create, put, swap
from shared.store.inbox_items import DynamoInboxItems
from shared.store.keys import INBOX_INDEX, WAKE_INDEX
from shared.store.records import stored_key


class DynamoListening(DynamoInboxItems):
    def post(self, workspace_id: str, post_id: str) -> Post:
        return items.post_from(self._present(keys.post_key(workspace_id, post_id), "post"))

    def taking_turns(self, turns: Sequence[int]) -> Sequence[Feed]:
        """One query for each turn; the items in one call per 100."""
        places = [
            stored_key(entry)
            for turn in turns
            for entry in self._table.query_all(keys.turn_pk(turn), index=WAKE_INDEX)
        ]
        found = self._table.read_many(places, strong=False)
        feeds = (engagement_items.feed_from(item) for item in found.values())
        return [feed for feed in feeds if feed.turn in turns]

    def at_hand(self, workspace_id: str, account_id: str, *, feed: bool) -> AtHand:
        home = workspace_id, account_id
        own, credential, listening, above = (
            keys.account_key(*home),
            keys.credential_key(*home),
            keys.feed_key(*home),
            keys.workspace_key(workspace_id),
        )
        wanted = [own, credential, above, *([listening] if feed else [])]
        found = self._table.read_many(wanted, strong=False)
        if own not in found:
            raise NotFound("no such account")
        return AtHand(
            items.account_from(found[own]),
            items.sealed_from(found[credential]) if credential in found else None,
            engagement_items.feed_from(found[listening]) if listening in found else None,
            archived=above in found and items.workspace_from(found[above]).archived_at is not None,
        )

    def feed(self, workspace_id: str, account_id: str) -> Feed | None:
        found = self._table.read(keys.feed_key(workspace_id, account_id))
        return None if found is None else engagement_items.feed_from(found)

    def create_feed(self, feed: Feed) -> bool:
        return self._created(engagement_items.feed_item(feed))

    def save_feed(self, before: Feed, after: Feed) -> Feed:
        old, new = engagement_items.feed_item(before), engagement_items.feed_item(after)
        return engagement_items.feed_from(self._table.write(swap(old, new, version=before.version)))

    def watches(self, account: Account, delivery_ids: Sequence[str]) -> Sequence[Watch]:
        wanted = [keys.watch_key(account.workspace_id, account.id, each) for each in delivery_ids]
        found = self._table.read_many(wanted, strong=False)  # whoever saves one compares
        return [engagement_items.watch_from(found[key]) for key in wanted if key in found]

    def resting(self, account: Account) -> Sequence[tuple[Millis, str]]:
        """One query; 150 bytes for each thread."""
        pk = keys.rest_pk(account.workspace_id, account.id)
        found = self._table.query_all(pk, index=WAKE_INDEX)
        return [engagement_items.rested_from(entry) for entry in found]

    def create_watch(self, watch: Watch) -> bool:
        return self._created(engagement_items.watch_item(watch))

    def save_watch(self, before: Watch, after: Watch) -> Watch:
        old, new = engagement_items.watch_item(before), engagement_items.watch_item(after)
        return engagement_items.watch_from(
            self._table.write(swap(old, new, version=before.version))
        )

    def known(self, account: Account, remote_ids: Sequence[str]) -> Mapping[str, Known]:
        home = account.workspace_id, account.id
        wanted = {remote_id: keys.known_key(*home, remote_id) for remote_id in remote_ids}
        found = self._table.read_many(list(wanted.values()))
        return {
            remote_id: engagement_items.known_from(found[key])
            for remote_id, key in wanted.items()
            if key in found
        }

    def remember(self, known: Sequence[Known], *, workspace_id: str) -> None:
        for each in known:
            self._table.write(put(engagement_items.known_item(each, workspace_id)))

    def items_between(self, account: Account, *, start: Millis, end: Millis) -> Sequence[InboxItem]:
        """From the index, where an item appears moments after it was written."""
        if start >= end:
            return []
        pk, low, high = keys.inbox_pk(account.workspace_id), keys.instant(start), keys.instant(end)
        entries = self._table.query_all(pk, low=low, high=high, index=INBOX_INDEX)
        found = (engagement_items.inbox_item_from(entry) for entry in entries)
        return [item for item in found if item.account_id == account.id]

    def add_item(self, item: InboxItem) -> bool:
        """The place in the conversation first: without its item it means nothing, but an item that
        no conversation shows would be lost.
        """
        self._table.write(put(engagement_items.member_item(item)))
        return self._created(engagement_items.inbox_item(item))

    def create_elsewhere(self, post: Post, delivery: Delivery) -> bool:
        place = keys.calendar_position(post)
        writes = [
            create(items.post_item(post)),
            create(items.delivery_item(delivery, place)),
        ]
        try:
            self._table.transact(writes)
        except Conflict:
            return False
        return True

    def save_elsewhere(self, before: Post, after: Post) -> Post:
        old, new = items.post_item(before), items.post_item(after)
        return items.post_from(self._table.write(swap(old, new, version=before.version)))
