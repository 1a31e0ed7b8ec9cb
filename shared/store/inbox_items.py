"""Items of the inbox and their conversations: how each is read and written."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from shared.core.engagement import Conversation, InboxItem
from shared.core.errors import NotFound
from shared.store import engagement_items as items
from shared.store import keys
from shared.store.base import SharedStore
from shared.store.dynamo import Table, Write, delete, put, swap
from shared.store.records import tail


def read_item(table: Table, workspace_id: str, item_id: str) -> InboxItem:
    found = table.read(keys.inbox_item_key(workspace_id, item_id))
    if found is None:
        raise NotFound("no such item of the inbox")
    return items.inbox_item_from(found)


def save_item(table: Table, before: InboxItem, after: InboxItem) -> InboxItem:
    """One write; one transaction where the item gets another place in the conversations."""
    write = item_swap(before, after)
    old, new = items.member_key(before), items.member_key(after)
    if old == new:
        return items.inbox_item_from(table.write(write))
    writes = [write, put(items.member_item(after)), delete(old)]
    if old.pk != new.pk:
        writes += _answer_moves(before, after)
    table.transact(writes)
    return replace(after, version=before.version + 1)


def item_swap(before: InboxItem, after: InboxItem) -> Write:
    old, new = items.inbox_item(before), items.inbox_item(after)
    return swap(old, new, version=before.version)


def _answer_moves(before: InboxItem, after: InboxItem) -> list[Write]:
    """Our answer stands in the conversation of what it answers."""
    if after.reply is None:
        return []
    post_id, at = after.reply.post_id, after.reply.at
    old = keys.member_key(before.workspace_id, before.conversation_id, at=at, member_id=post_id)
    return [put(items.answer_item(after, post_id=post_id, at=at)), delete(old)]


class DynamoInboxItems(SharedStore):
    """What both the api and those who listen do with items."""

    def items(self, workspace_id: str, item_ids: Sequence[str]) -> Mapping[str, InboxItem]:
        wanted = {item_id: keys.inbox_item_key(workspace_id, item_id) for item_id in item_ids}
        found = self._table.read_many(list(wanted.values()))
        return {
            item_id: items.inbox_item_from(found[key])
            for item_id, key in wanted.items()
            if key in found
        }

    def inbox_item(self, workspace_id: str, item_id: str) -> InboxItem:
        return read_item(self._table, workspace_id, item_id)

    def save_item(self, before: InboxItem, after: InboxItem) -> InboxItem:
        return save_item(self._table, before, after)

    def conversation(self, workspace_id: str, conversation_id: str) -> Conversation:
        """One query, and one more call per hundred items.

        A pointer whose item is missing, or stands elsewhere by now, is one that was written before
        an item that never came: it means nothing.
        """
        pk = keys.conversation_pk(workspace_id, conversation_id)
        members = list(self._table.query_all(pk, strong=True))
        answers = tuple(tail(member) for member in members if items.is_answer(member))
        places = {tail(member): member for member in members if not items.is_answer(member)}
        found = self.items(workspace_id, list(places)).values()
        standing = [item for item in found if item.conversation_id == conversation_id]
        standing.sort(key=lambda item: (item.seen.created_at, item.id))
        return Conversation(conversation_id, tuple(standing), answers)
