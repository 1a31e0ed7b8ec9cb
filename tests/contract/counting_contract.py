"""What every store does with numbers over time."""

from dataclasses import replace

import pytest

from shared.core.errors import Conflict
from shared.core.models import Remote
from shared.core.rollup import AccountDay, Counting, Series, Snapshot
from tests.contract.stores import Stores
from tests.fakes import make
from tests.fakes.time import START

ACCOUNT = make.account()
OTHER_WORKSPACE = make.new_id("wsp", 2)
SNAPSHOTS = (
    Snapshot(START + 2, {"likes": 3, "replies": 0}),
    Snapshot(START + 1, {"likes": 2, "reposts": 10**12}),
    Snapshot(START + 1, {}),
    Snapshot(START + 900_000, {"likes": 1, "replies": 0, "views ☂": 7}),
)


def key(series: Series) -> tuple[int, str]:
    return series.published_at, series.delivery_id


def day(date: str, **changes: object) -> AccountDay:
    made = AccountDay(make.WORKSPACE, make.ACCOUNT, date, SNAPSHOTS)
    return replace(made, **changes)  # type: ignore[arg-type]  # shorthand


class SeriesContract:
    def test_numbers_read_back_as_they_were_reported(self, stores: Stores) -> None:
        """In their order, with what falls and without what is absent."""
        store = stores.engagement
        made = make.series(remotes=(Remote("a", "https://x.example/a", "cid"), Remote("b")))
        assert store.create_series(made)
        assert not store.create_series(replace(made, failures_in_row=3))
        after = replace(made, snapshots=SNAPSHOTS, wake_at=None, gone_at=START, failures_in_row=1)
        stored = store.save_series(made, after)
        assert stored == replace(after, version=2)
        for reads in (stores.engagement, stores.api):
            assert list(reads.series(ACCOUNT, [key(made)])) == [stored]
        with pytest.raises(Conflict):
            store.save_series(made, after)
        assert store.save_series(stored, replace(stored, snapshots=())).snapshots == ()

    def test_series_by_key(self, stores: Stores) -> None:
        made = [make.series(number) for number in range(1, 104)]
        for series in made:
            stores.engagement.create_series(series)
        wanted = [key(series) for series in made]
        found = stores.engagement.series(ACCOUNT, [*wanted, (START, "dlv_none")])
        assert list(found) == made
        assert list(stores.api.series(ACCOUNT, [])) == []
        foreign = make.account(workspace_id=OTHER_WORKSPACE)
        assert list(stores.api.series(foreign, wanted)) == []

    def test_series_of_a_time_oldest_first(self, stores: Stores) -> None:
        made = [make.series(number, published_at=START + number // 2) for number in range(1, 8)]
        for series in reversed(made):
            stores.engagement.create_series(series)
        stores.engagement.create_series(make.series(8, account_id=make.new_id("acc", 2)))
        home = make.WORKSPACE, make.ACCOUNT
        for reads in (stores.engagement, stores.api):
            found = reads.series_between(*home, start=START + 1, end=START + 3)
            assert list(found) == made[1:5]
            assert list(reads.series_between(*home, start=START + 3, end=START + 1)) == []
            everything = reads.series_between(*home, start=0, end=10**13)
            assert list(everything) == made
        assert list(stores.api.series_between(OTHER_WORKSPACE, home[1], start=0, end=10**13)) == []


class AccountNumbersContract:
    def test_counting(self, stores: Stores) -> None:
        store = stores.engagement
        made = Counting(make.WORKSPACE, make.ACCOUNT, created_at=START, wake_at=START)
        assert store.counting(make.WORKSPACE, make.ACCOUNT) is None
        assert store.create_counting(made)
        assert not store.create_counting(replace(made, wake_at=None))
        after = replace(made, wake_at=None, swept_at=START + 1, failures_in_row=2)
        stored = store.save_counting(made, after)
        assert stored == replace(after, version=2)
        assert store.counting(make.WORKSPACE, make.ACCOUNT) == stored
        assert store.counting(OTHER_WORKSPACE, make.ACCOUNT) is None
        with pytest.raises(Conflict):
            store.save_counting(made, made)

    def test_a_day_is_created_once_and_changes_by_compare_and_set(self, stores: Stores) -> None:
        store = stores.engagement
        home = make.WORKSPACE, make.ACCOUNT
        assert store.account_day(*home, "2026-11-22") is None
        first = store.save_account_day(None, day("2026-11-22"))
        assert first == day("2026-11-22")
        with pytest.raises(Conflict):
            store.save_account_day(None, day("2026-11-22", snapshots=()))
        after = replace(first, snapshots=SNAPSHOTS[:1])
        stored = store.save_account_day(first, after)
        assert stored == replace(after, version=2)
        assert store.account_day(*home, "2026-11-22") == stored
        with pytest.raises(Conflict):
            store.save_account_day(first, after)

    def test_days_from_first_to_last(self, stores: Stores) -> None:
        dates = ["2026-10-31", "2026-11-01", "2026-11-03", "2026-11-10"]
        made = [stores.engagement.save_account_day(None, day(date)) for date in reversed(dates)]
        stores.engagement.save_account_day(None, day("2026-11-02", workspace_id=OTHER_WORKSPACE))
        home = make.WORKSPACE, make.ACCOUNT
        found = stores.api.account_days(*home, first="2026-11-01", last="2026-11-10")
        assert list(found) == list(reversed(made))[1:]
        assert list(stores.api.account_days(*home, first="2026-11-10", last="2026-11-01")) == []
        assert list(stores.api.account_days(*home, first="2027-01-01", last="2027-02-01")) == []
