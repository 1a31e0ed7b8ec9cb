"""Storing numbers: read again and merge again whenever somebody else was quicker.

Two runs may count the same thing at once. Since snapshots merge in any order, whoever writes last
only adds to what the other wrote.
"""

from collections.abc import Callable
from dataclasses import replace
from typing import TypeVar

from shared.core import lifecycle
from shared.core.engagement_ports import EngagementStore
from shared.core.errors import Conflict, NotFound
from shared.core.lifecycle import S
from shared.core.models import DeliveryRef, Millis
from shared.core.rollup import AccountDay, Counting, Series, Snapshot, merged, utc_day
from shared.core.workspaces import Account

T = TypeVar("T")
TRIES = 4


def keep_series(
    store: EngagementStore, account: Account, series: Series, change: Callable[[Series], Series]
) -> None:
    """`change` is made again of what is stored by then, when somebody else wrote first."""

    def once(current: Series) -> None:
        store.save_series(current, change(current))

    def again() -> Series | None:
        found = store.series(account, [(series.published_at, series.delivery_id)])
        return found[0] if found else None

    _repeated(series, once, again)


def keep_counting(
    store: EngagementStore, counting: Counting, change: Callable[[Counting], Counting]
) -> None:
    def once(current: Counting) -> None:
        store.save_counting(current, change(current))

    _repeated(counting, once, lambda: store.counting(counting.workspace_id, counting.account_id))


def keep_account(store: EngagementStore, account: Account, snapshot: Snapshot) -> None:
    """Into the account's UTC day."""
    blank = AccountDay(account.workspace_id, account.id, utc_day(snapshot.at))

    def read() -> AccountDay:
        return store.account_day(blank.workspace_id, blank.account_id, blank.day) or blank

    def once(current: AccountDay) -> None:
        after = replace(current, snapshots=merged(current.snapshots, [snapshot]))
        store.save_account_day(current if current is not blank else None, after)

    _repeated(read(), once, read)


def note_gone(store: EngagementStore, series: Series, *, now: Millis) -> None:
    """The delivery says so too, unless somebody took it down or is changing it."""
    ref = DeliveryRef(series.workspace_id, series.post_id, series.delivery_id)
    for _ in range(TRIES):
        try:
            delivery = store.delivery(ref)
            if delivery.state is S.PUBLISHED:
                why = "gone from the network"
                store.advance(delivery, lifecycle.deleted(delivery, now=now, by="", why=why))
        except Conflict:
            continue
        except NotFound:
            return
        return
    raise Conflict("the delivery keeps moving", code="contended")


def _repeated(first: T, once: Callable[[T], None], again: Callable[[], T | None]) -> None:
    current: T | None = first
    for _ in range(TRIES):
        if current is None:
            return
        try:
            once(current)
        except Conflict:
            current = again()
        else:
            return
    raise Conflict("it keeps moving while it is counted", code="contended")
