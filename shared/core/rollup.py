"""Numbers over time: what was counted when, and what the hours, days and months make of it.

Snapshots are absolute: what a network said at one moment. They are kept one per quarter of an hour,
the last one winning, and everything else is folded from them when it is asked for (`folding.py`):
so the order in which they arrive, duplicates and delay change nothing. Quarters, because the
offsets of all time zones are multiples of them.
"""

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime

from shared.core.models import MINUTE, Millis, Remote
from shared.core.values import dataclass

QUARTER: Millis = 15 * MINUTE
ENGAGING = ("likes", "reposts", "replies", "quotes", "saves", "clicks")
"""The counters that engagement adds up: what people did with a post, not how often it was shown."""
AUDIENCES = ("reach", "impressions")
"""What a network may say of how many saw a post; the first that it reports divides engagement."""
FOLLOWERS = "followers"


@dataclass(frozen=True, slots=True)
class Snapshot:
    """Counters as a network reported them at `at`; one that it did not report is absent."""

    at: Millis
    values: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Series:
    """The numbers of one live delivery and the timer that takes the next ones. `gone_at`: the
    network no longer has the post; what was counted stays.
    """

    workspace_id: str
    account_id: str
    platform: str
    post_id: str
    delivery_id: str
    remotes: tuple[Remote, ...]
    published_at: Millis
    wake_at: Millis | None = None
    snapshots: tuple[Snapshot, ...] = ()
    gone_at: Millis | None = None
    failures_in_row: int = 0
    version: int = 1


@dataclass(frozen=True, slots=True)
class AccountDay:
    """The numbers of one account during one UTC day (`2026-11-22`)."""

    workspace_id: str
    account_id: str
    day: str
    snapshots: tuple[Snapshot, ...] = ()
    version: int = 1


@dataclass(frozen=True, slots=True)
class Counting:
    """The timer of one account's own numbers. Now and then (`swept_at`) all its posts of the last
    30 days are counted along, in the network's largest batches.
    """

    workspace_id: str
    account_id: str
    created_at: Millis
    wake_at: Millis | None
    swept_at: Millis | None = None
    failures_in_row: int = 0
    version: int = 1


@dataclass(frozen=True, slots=True)
class Engagement:
    """What people did with a post, and which counters that is made of."""

    total: int
    counted: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Audience:
    """How many could have done it: `per` says whether they are seen (`reach`, `impressions`) or
    supposed (`followers`).
    """

    size: int
    per: str


def merged(*series: Iterable[Snapshot]) -> tuple[Snapshot, ...]:
    """One snapshot per quarter of an hour (UTC), oldest first: the last one, and of two at the same
    instant the one whose JSON sorts last. The same snapshots give the same bytes, whatever their
    order, and however often and in how many pieces they came.
    """
    cells = last_of_each((s for one in series for s in one), lambda at: at // QUARTER)
    return tuple(cells[cell] for cell in sorted(cells))


def utc_day(at: Millis) -> str:
    """The day of an `AccountDay`."""
    return datetime.fromtimestamp(at // 1_000, UTC).date().isoformat()


def last_of_each(
    snapshots: Iterable[Snapshot], cell: Callable[[Millis], int]
) -> dict[int, Snapshot]:
    """The last snapshot of every cell; `cell` says in which one an instant lies."""
    found: dict[int, Snapshot] = {}
    for snapshot in snapshots:
        at = cell(snapshot.at)
        if at not in found or _wins(snapshot, found[at]):
            found[at] = snapshot
    return {at: Snapshot(s.at, dict(sorted(s.values.items()))) for at, s in found.items()}


def _wins(one: Snapshot, other: Snapshot) -> bool:
    if one.at == other.at:
        return _json(one) > _json(other)
    return one.at > other.at


def _json(snapshot: Snapshot) -> str:
    return json.dumps(dict(snapshot.values), sort_keys=True, separators=(",", ":"))


def combined(parts: Sequence[Mapping[str, int] | None]) -> dict[str, int]:
    """The counters of a thread: those of its parts added up, as far as every part reports them.

    None is a part that is gone. Networks count the next part of our own thread as a reply; people
    would not.
    """
    there = [
        _answered_by_others(values, followed=n + 1 < len(parts) and parts[n + 1] is not None)
        for n, values in enumerate(parts)
        if values is not None
    ]
    names = set.intersection(*(set(values) for values in there)) if there else set()
    return {name: sum(values[name] for values in there) for name in sorted(names)}


def _answered_by_others(values: Mapping[str, int], *, followed: bool) -> Mapping[str, int]:
    if not followed or "replies" not in values:
        return values
    return {**values, "replies": max(0, values["replies"] - 1)}


def engagement(values: Mapping[str, int]) -> Engagement | None:
    """Likes, reposts, replies, quotes, saves and clicks added up, as far as they are reported; None
    when none of them is.
    """
    counted = tuple(name for name in ENGAGING if name in values)
    return Engagement(sum(values[name] for name in counted), counted) if counted else None


def audience(values: Mapping[str, int], *, followers: int | None) -> Audience | None:
    """What engagement is divided by: the reach or the impressions that the network reports, else
    the account's followers. None when nobody is known of.
    """
    seen = next(((values[name], name) for name in AUDIENCES if name in values), None)
    size, per = seen or (followers or 0, FOLLOWERS)
    return Audience(size, per) if size > 0 else None


def engagement_rate(total: int, size: int) -> float:
    """Engagement per hundred of the audience, with four decimals."""
    return round(total / size * 100, 4)


def latest(snapshots: Iterable[Snapshot], name: str, *, at: Millis) -> int | None:
    """The counter as it was last reported at or before `at`."""
    cells = last_of_each((s for s in snapshots if s.at <= at and name in s.values), lambda _: 0)
    return cells[0].values[name] if cells else None
