"""Items of the inbox and their conversations: how each is read and written."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from shared.core.engagement import Conversation, InboxItem
from shared.core.errors import NotFound
from shared.store import engagement_items as items
from shared.store import keys
from shared.store.attributes import Item
from shared.store.base import SharedStore
from shared.store.dynamo import Table, Write, put, swap
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
    writes = [write, put(items.member_item(after))]
    if old.pk != new.pk:
        writes += [put(place) for place in _answers_along(table, before, after)]
    table.transact(writes)
    return replace(after, version=before.version + 1)


def item_swap(before: InboxItem, after: InboxItem) -> Write:
    old, new = items.inbox_item(before), items.inbox_item(after)
    return swap(old, new, version=before.version)


def _answers_along(table: Table, before: InboxItem, after: InboxItem) -> Iterator[Item]:
    """Our answers stand where that stands which they answer. The places that they leave mean
    nothing any more, so that nobody who listens needs leave to delete.
    """
    pk = keys.conversation_pk(before.workspace_id, before.conversation_id)
    for member in table.query_all(pk, strong=True):
        if items.answered_in(member) == before.id:
            at = int(member["sk"]["S"].split("#")[0])
            yield items.answer_item(after, post_id=tail(member), at=at)


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

        A place means something while its item, or the one that it answers, stands here: it may have
        been written for an item that never came, and be left behind by one that moved.
        """
        pk = keys.conversation_pk(workspace_id, conversation_id)
        members = list(self._table.query_all(pk, strong=True))
        answered = {tail(member): items.answered_in(member) for member in members}
        wanted = [member_id for member_id, to in answered.items() if to is None]
        found = self.items(workspace_id, wanted).values()
        standing = [item for item in found if item.conversation_id == conversation_id]
        standing.sort(key=lambda item: (item.seen.created_at, item.id))
        here = {item.id for item in standing}
        answers = tuple(member_id for member_id, to in answered.items() if to in here)
        return Conversation(conversation_id, tuple(standing), answers)
