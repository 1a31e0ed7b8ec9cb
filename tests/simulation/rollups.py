"""What holds of numbers once everything is at rest, whatever happened on the way.

`said` is the truth: every answer that a network gave, and when. Numbers that were kept must be
among them, one a quarter of an hour; hours, days and months must be the last of what was kept in
them, found here in another way than in `shared/core/folding.py`.
"""

import random
from collections.abc import Iterable, Mapping, Sequence
from itertools import groupby
from zoneinfo import ZoneInfo

from shared.core.engagement import Metrics
from shared.core.folding import By, folded
from shared.core.models import Millis
from shared.core.rollup import QUARTER, Series, Snapshot, combined, merged
from shared.core.schedule import to_datetime, zone

Said = Sequence[tuple[Millis, Mapping[str, Metrics | None]]]
ZONES = ("UTC", "Europe/Madrid", "Asia/Kathmandu", "Australia/Lord_Howe", "America/St_Johns")
_SHOWN = {By.HOUR: "%Y-%m-%d %H %z", By.DAY: "%Y-%m-%d", By.MONTH: "%Y-%m"}


def check_series(series: Iterable[Series], said: Said, chance: random.Random) -> None:
    """The numbers of posts are the fold of what their networks said."""
    answers = _by_instant(said)
    for one in series:
        ids = [remote.id for remote in one.remotes]
        for kept in one.snapshots:
            at_once = [a for a in answers[kept.at] if all(remote_id in a for remote_id in ids)]
            truths = [combined([answer[remote_id] for remote_id in ids]) for answer in at_once]
            assert kept.values in truths, (one.delivery_id, kept)
        check_fold(one.snapshots, chance)


def check_account(account_id: str, snapshots: Sequence[Snapshot], said: Said) -> None:
    """The numbers of an account are what its network said of it."""
    answers = _by_instant(said)
    for kept in snapshots:
        assert kept.values in [a[account_id] for a in answers[kept.at] if account_id in a]


def check_fold(snapshots: Sequence[Snapshot], chance: random.Random) -> None:
    """One a quarter; every permutation and repetition of them folds to the same cells, each with
    the last snapshot that clocks show in it.
    """
    quarters = [snapshot.at // QUARTER for snapshot in snapshots]
    assert quarters == sorted(set(quarters))
    again = [*snapshots, *snapshots[::2]]
    chance.shuffle(again)
    assert merged(again) == tuple(snapshots)
    place = zone(chance.choice(ZONES))
    for by in By:
        cells = folded(again, place, by)
        assert [cell.snapshot for cell in cells] == _last_of_each(snapshots, place, by)


def _last_of_each(snapshots: Sequence[Snapshot], place: ZoneInfo, by: By) -> list[Snapshot]:
    """As a person with a calendar would: what the clock shows tells the cells apart."""

    def shown(snapshot: Snapshot) -> str:
        return to_datetime(snapshot.at).astimezone(place).strftime(_SHOWN[by])

    return [list(cell)[-1] for _, cell in groupby(snapshots, key=shown)]


def _by_instant(said: Said) -> dict[Millis, list[Mapping[str, Metrics | None]]]:
    found: dict[Millis, list[Mapping[str, Metrics | None]]] = {}
    for at, answer in said:
        found.setdefault(at, []).append(answer)
    return found
