"""The api's part of what comes back: the list, answering, and the timers of a new connection."""

from collections.abc import Sequence
from typing import TypeAlias

from shared.core.engagement import InboxItem, ItemKind, ItemState
from shared.core.models import Delivery, Millis, Post, WakeKind
from shared.core.ports import Page
from shared.core.workspaces import Account, AuditEntry
from shared.store import engagement_items, items, keys
from shared.store.attributes import Item, attribute
from shared.store.bounds import check_post
from shared.store.cursors import cursor, position
from shared.store.dynamo import Write, create, put, update
from shared.store.inbox_items import DynamoInboxItems, item_swap
from shared.store.keys import INBOX_INDEX, Key
from shared.store.numbers import DynamoNumbers
from shared.store.records import SCHEMA, timer

LOOKED_AT = 200
"""How many items a filtered page looks at."""


class DynamoInbox(DynamoInboxItems, DynamoNumbers):
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
        """One query. Few lists are so long, and so sparse, that a filter needs an index."""
        asked = (account_id, kind, state, answered)
        query = ("inbox", workspace_id, *asked)
        high = position(after, query=query) if after else "~"
        if high < _LOW:
            return Page(())
        found, more = self._table.query(
            keys.inbox_pk(workspace_id),
            low=_LOW,
            high=high,
            index=INBOX_INDEX,
            forward=False,
            limit=limit + 2 if asked == _EVERYTHING else max(limit + 2, LOOKED_AT),
        )
        rest = [(place, entry) for entry in found if (place := _place(entry)) != high]
        read = [(place, engagement_items.inbox_item_from(entry)) for place, entry in rest]
        fitting = [(place, item) for place, item in read if _fits(item, asked)]
        shown = tuple(item for _, item in fitting[:limit])
        if len(fitting) > limit:
            return Page(shown, cursor(fitting[limit - 1][0], query=query))
        return Page(shown, cursor(rest[-1][0], query=query) if more else None)

    def create_reply(
        self,
        post: Post,
        deliveries: Sequence[Delivery],
        audit: AuditEntry,
        *,
        before: InboxItem,
        after: InboxItem,
    ) -> None:
        check_post(post, deliveries=len(deliveries))
        place = engagement_items.answer_item(after, post_id=post.id, at=post.created_at)
        writes = [create(items.post_item(post)), put(items.audit_item(audit)), put(place)]
        writes += [create(items.delivery_item(delivery, None)) for delivery in deliveries]
        self._table.transact([*writes, item_swap(before, after)])

    def listen(self, account: Account, *, now: Millis) -> None:
        home = account.workspace_id, account.id
        feed = keys.feed_key(*home)
        self._table.write(_woken(feed, WakeKind.POLL, account.id, now, removes=["look_at"]))
        self._table.write(_woken(keys.counting_key(*home), WakeKind.METRICS, account.id, now))


Asked: TypeAlias = tuple[str | None, ItemKind | None, ItemState | None, bool | None]
_LOW = "0"
_EVERYTHING: Asked = (None, None, None, None)


def _fits(item: InboxItem, asked: Asked) -> bool:
    is_so = (item.account_id, item.seen.kind, item.state, item.answered_at is not None)
    return all(want in (None, found) for want, found in zip(asked, is_so, strict=True))


def _place(entry: Item) -> str:
    return str(entry["inbox_sk"]["S"])


def _woken(
    key: Key, kind: WakeKind, account_id: str, now: Millis, *, removes: Sequence[str] = ()
) -> Write:
    """Begun where there is nothing yet; else only the timer moves, and past failures are over."""
    return update(
        key,
        sets=timer(kind, now, account_id) | {"v": attribute(SCHEMA)},
        formulas=[
            "#created_at = if_not_exists(#created_at, :now)",
            "#version = if_not_exists(#version, :none) + :one",
        ],
        removes=["failures_in_row", "error", *removes],
        values={":now": attribute(now), ":none": attribute(0), ":one": attribute(1)},
    )
