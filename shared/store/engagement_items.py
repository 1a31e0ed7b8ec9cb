"""What comes back from the networks as items of the table, and back. Pure.

Two things are packed, because what they cost is their size: what a network showed of an inbox item
(long addresses that repeat each other), and the numbers of a post or an account.
"""

import json
import zlib
from collections.abc import Iterable, Sequence
from itertools import accumulate
from typing import Any

from shared.core.engagement import Due, DueWhat, Feed, InboxItem, Known, Watch
from shared.core.models import Millis, WakeKind
from shared.core.rollup import AccountDay, Counting, Series, Snapshot
from shared.store import keys
from shared.store.attributes import Item, build, plain, value_of
from shared.store.keys import Key
from shared.store.records import data_of, home, record, tail, timer, without, woken
from shared.store.unreadable import UnreadableRecord


def feed_item(feed: Feed) -> Item:
    key = keys.feed_key(feed.workspace_id, feed.account_id)
    body = without(feed, "workspace_id", "account_id", "wake_at", "turn")
    if feed.turn is None or feed.wake_at is None:
        return record(key, body) | timer(WakeKind.POLL, feed.wake_at, feed.account_id)
    place = {"wake_pk": keys.turn_pk(feed.turn), "wake_sk": feed.account_id}
    return record(key, body, look_at=feed.wake_at, **place)


def feed_from(item: Item) -> Feed:
    data = data_of(item)
    look_at = data.pop("look_at", None)
    kind, _, turn = item["wake_pk"]["S"].partition("#") if "wake_pk" in item else ("", "", "")
    timed = {"wake_at": look_at, "turn": int(turn)} if kind == "turn" else _wake_at(item)
    return build(Feed, data | _account(item) | timed)


def watch_item(watch: Watch) -> Item:
    key = keys.watch_key(watch.workspace_id, watch.account_id, watch.delivery_id)
    body = without(watch, "workspace_id", "account_id", "delivery_id", "wake_at", "resting")
    if not watch.resting:
        return record(key, body) | timer(WakeKind.POLL, watch.wake_at, watch.delivery_id)
    place = {
        "wake_pk": keys.rest_pk(watch.workspace_id, watch.account_id),
        "wake_sk": keys.wake_sk(watch.published_at, watch.delivery_id),
    }
    return record(key, body, **place)


def watch_from(item: Item) -> Watch:
    key = _account(item) | {"delivery_id": tail(item)}
    resting = "wake_pk" in item and item["wake_pk"]["S"].startswith("rest#")
    timed = {"wake_at": None, "resting": True} if resting else _wake_at(item)
    return build(Watch, data_of(item) | key | timed)


def rested_from(item: Item) -> tuple[Millis, str]:
    """When the post was published, and its delivery, from an entry of the wake index."""
    published_at, _, delivery_id = item["wake_sk"]["S"].partition("#")
    return int(published_at), delivery_id


def counting_item(counting: Counting) -> Item:
    key = keys.counting_key(counting.workspace_id, counting.account_id)
    body = without(counting, "workspace_id", "account_id", "wake_at")
    return record(key, body) | timer(WakeKind.METRICS, counting.wake_at, counting.account_id)


def counting_from(item: Item) -> Counting:
    return build(Counting, data_of(item) | _account(item) | _wake_at(item))


def series_key(series: Series) -> Key:
    account = series.workspace_id, series.account_id
    return keys.series_key(*account, series.published_at, series.delivery_id)


def series_item(series: Series) -> Item:
    held_by_key = ("workspace_id", "account_id", "delivery_id", "published_at", "wake_at")
    body = without(series, *held_by_key, "snapshots")
    made = record(series_key(series), body, numbers=_packed_numbers(series.snapshots))
    return made | timer(WakeKind.METRICS, series.wake_at, series.delivery_id)


def series_from(item: Item) -> Series:
    _, published_at, delivery_id = item["sk"]["S"].split("#")
    key = {"published_at": int(published_at), "delivery_id": delivery_id}
    data = data_of(item)
    return build(Series, data | _account(item) | key | _wake_at(item) | _numbers(data))


def account_day_item(day: AccountDay) -> Item:
    key = keys.account_day_key(day.workspace_id, day.account_id, day.day)
    body = without(day, "workspace_id", "account_id", "day", "snapshots")
    return record(key, body, numbers=_packed_numbers(day.snapshots))


def account_day_from(item: Item) -> AccountDay:
    data = data_of(item)
    return build(AccountDay, data | _account(item) | {"day": tail(item)} | _numbers(data))


def known_item(known: Known, workspace_id: str) -> Item:
    key = keys.known_key(workspace_id, known.account_id, known.remote_id)
    return record(key, plain(known))


def known_from(item: Item) -> Known:
    return build(Known, data_of(item))


def inbox_item_key(item: InboxItem) -> Key:
    return keys.inbox_item_key(item.workspace_id, item.id)


def inbox_item(item: InboxItem) -> Item:
    """What the account itself wrote stands in its conversation only, not in the list."""
    listed = not item.seen.ours
    return record(
        inbox_item_key(item),
        without(item, "id", "workspace_id", "seen"),
        seen=_packed(plain(item.seen)),
        inbox_pk=keys.inbox_pk(item.workspace_id) if listed else None,
        inbox_sk=keys.inbox_sk(item.at, item.id) if listed else None,
    )


def inbox_item_from(item: Item) -> InboxItem:
    workspace_id, item_id = home(item)
    data = data_of(item)
    key = {"id": item_id, "workspace_id": workspace_id, "seen": _unpacked(data.get("seen"))}
    return build(InboxItem, data | key)


def member_key(item: InboxItem) -> Key:
    """Where the item stands in its conversation."""
    return keys.member_key(
        item.workspace_id, item.conversation_id, at=item.seen.created_at, member_id=item.id
    )


def member_item(item: InboxItem) -> Item:
    return record(member_key(item), {})


def answer_item(item: InboxItem, *, post_id: str, at: Millis) -> Item:
    """The place of our answer to `item`, beside the items of the same conversation."""
    key = keys.member_key(item.workspace_id, item.conversation_id, at=at, member_id=post_id)
    return record(key, {"answers": item.id})


def answered_in(member: Item) -> str | None:
    """The item that is answered by what has this place; None where an item has it."""
    return data_of(member).get("answers")


def due_from(item: Item) -> Due:
    """From an entry of the wake index."""
    workspace_id, about = home(item)
    wake_at = woken(item)["wake_at"]
    what, *rest = item["sk"]["S"].split("#")
    if what == "D":
        account_id = value_of(item["account_id"])
        return Due(DueWhat.FOLLOW, workspace_id, account_id, wake_at, rest[0], post_id=about)
    if what == "S":
        numbers = DueWhat.POST_NUMBERS
        return Due(numbers, workspace_id, about, wake_at, rest[1], published_at=int(rest[0]))
    if what not in _TIMERS:
        raise UnreadableRecord(f"{item['sk']['S']}: this release knows no such timer")
    return Due(_TIMERS[what], workspace_id, about, wake_at, *rest)


_TIMERS = {
    "FEED": DueWhat.FEED,
    "T": DueWhat.THREAD,
    "COUNTING": DueWhat.ACCOUNT_NUMBERS,
}


def _packed_numbers(snapshots: Sequence[Snapshot]) -> bytes | None:
    """Names once, then a column of instants and one per name, each as what it grew by: forty
    snapshots of four counters take some 400 bytes. What was not reported is null.
    """
    if not snapshots:
        return None
    names = sorted({name for snapshot in snapshots for name in snapshot.values})
    columns: list[list[int | None]] = [[snapshot.at for snapshot in snapshots]]
    columns += [[snapshot.values.get(name) for snapshot in snapshots] for name in names]
    return _packed([names, *(list(_steps(column)) for column in columns)])


def _numbers(data: dict[str, Any]) -> dict[str, Any]:
    """The snapshots in plain form."""
    if "numbers" not in data:
        return {"snapshots": []}
    names, *columns = _unpacked(data["numbers"])
    rows = zip(*(_sums(column) for column in columns), strict=True)
    return {"snapshots": [{"at": at, "values": _reported(names, row)} for at, *row in rows]}


def _reported(names: Sequence[str], row: Sequence[int | None]) -> dict[str, int]:
    return {name: value for name, value in zip(names, row, strict=True) if value is not None}


def _steps(column: Iterable[int | None]) -> Iterable[int | None]:
    last = 0
    for value in column:
        yield None if value is None else value - last
        last = last if value is None else value


def _sums(column: Sequence[int | None]) -> Iterable[int | None]:
    sums = accumulate(step or 0 for step in column)
    return (None if step is None else total for step, total in zip(column, sums, strict=True))


_WORDS = (
    b'[["followers","following","posts","likes","quotes","replies","reposts"],['
    b'"content_warning":"","visibility":"unlisted","edited_at":17,"ours":true'
    b'"kind":"video""kind":"other""kind":"mention""kind":"quote"'
    b'{"kind":"reply","target":{"remote_id":"","extra":"","root_id":"","root_extra":""},'
    b'"author":{"remote_id":"","handle":"","name":"","url":"https://","avatar":"https://"},'
    b'"text":"","created_at":17,"parent_id":"","root_id":"","url":"https://",'
    b'"media":[{"kind":"image","url":"https://","alt":""}],"visibility":"public"}'
)
"""What packed values have in common, so that each need not spell it out. What is stored depends on
every byte of it: it can never change, only get a successor under another attribute's name.
"""


def _packed(value: object) -> bytes:
    """A network may send half a character; DynamoDB takes none."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    packer = zlib.compressobj(level=9, zdict=_WORDS)
    return packer.compress(text.encode(errors="replace")) + packer.flush()


def _unpacked(data: object) -> Any:
    try:
        packed = data if isinstance(data, bytes) else b""
        return json.loads(zlib.decompressobj(zdict=_WORDS).decompress(packed))
    except (zlib.error, ValueError) as error:
        raise UnreadableRecord(f"what was packed does not open: {error}") from error


def _account(item: Item) -> dict[str, Any]:
    workspace_id, account_id = home(item)
    return {"workspace_id": workspace_id, "account_id": account_id}


def _wake_at(item: Item) -> dict[str, Any]:
    return {"wake_at": woken(item).get("wake_at")}
