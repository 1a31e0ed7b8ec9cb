"""Numbers over time: what was counted when, and what the hours, days and months make of it.

Snapshots are absolute: what a network said at one moment. They are kept one per quarter of an hour,
the last one winning, and everything else is folded from them when it is asked for: so the order in
which they arrive, duplicates and delay change nothing. Quarters, because the offsets of all time
zones are multiples of them.
"""

from collections.abc import Mapping

from shared.core.models import MINUTE, Millis, Remote
from shared.core.values import dataclass

QUARTER: Millis = 15 * MINUTE


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
