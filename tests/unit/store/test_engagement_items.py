"""What came back is written and reads back the same, also where it is packed."""

from base64 import b64decode
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shared.core.engagement import Due, DueWhat, Feed, InboxItem, Known, SeenItem, Watch
from shared.core.models import DeliveryRef, WakeKind
from shared.core.rollup import AccountDay, Counting, Series, Snapshot
from shared.core.workspaces import Job, JobKind
from shared.store import engagement_items as items
from shared.store import keys
from shared.store.attributes import Item, attribute
from shared.store.items import delivery_item, job_from, job_item
from shared.store.unreadable import UnreadableRecord
from tests.fakes import make
from tests.fakes.time import START

quick = settings(max_examples=30, deadline=None)  # no test may depend on the machine's load

ids = st.from_regex(r"[A-Za-z0-9_-]{1,30}", fullmatch=True)
instants = st.integers(0, 9_999_999_999_999)
timers = st.none() | instants
account = {"workspace_id": ids, "account_id": ids}
counters = st.dictionaries(st.text(max_size=8), st.integers(), max_size=6)
snapshots = st.lists(st.builds(Snapshot, st.integers(), counters), max_size=9).map(tuple)
inbox_items = st.builds(
    InboxItem, id=ids, workspace_id=ids, conversation_id=ids, seen=st.builds(SeenItem)
)


@quick
@given(st.builds(Feed, **account, wake_at=timers))
def test_feeds(feed: Feed) -> None:
    assert items.feed_from(items.feed_item(feed)) == feed


@quick
@given(st.builds(Watch, **account, delivery_id=ids, wake_at=timers))
def test_watches(watch: Watch) -> None:
    watch = replace(watch, wake_at=None) if watch.resting else watch
    assert items.watch_from(items.watch_item(watch)) == watch


@quick
@given(st.builds(Counting, **account, wake_at=timers))
def test_counting(counting: Counting) -> None:
    assert items.counting_from(items.counting_item(counting)) == counting


@quick
@given(
    st.builds(
        Series,
        **account,
        delivery_id=ids,
        published_at=instants,
        wake_at=timers,
        snapshots=snapshots,
    )
)
def test_series(series: Series) -> None:
    assert items.series_from(items.series_item(series)) == series


@quick
@given(st.builds(AccountDay, **account, day=st.dates().map(str), snapshots=snapshots))
def test_days_of_an_account(day: AccountDay) -> None:
    assert items.account_day_from(items.account_day_item(day)) == day


@quick
@given(st.builds(Known, ref=st.builds(DeliveryRef, ids, ids, ids)), ids)
def test_what_is_known(known: Known, workspace_id: str) -> None:
    assert items.known_from(items.known_item(known, workspace_id)) == known


@quick
@given(inbox_items)
def test_inbox_items(item: InboxItem) -> None:
    stored = items.inbox_item(item)
    assert items.inbox_item_from(stored) == item
    assert ("inbox_pk" in stored) is ("inbox_sk" in stored) is (not item.seen.ours)


@quick
@given(st.builds(Job, id=ids, workspace_id=ids, kind=st.sampled_from(JobKind), item_id=ids))
def test_jobs_about_items(job: Job) -> None:
    job = replace(job, wake_at=None)
    assert job_from(job_item(job)) == job


def test_half_a_character_does_not_keep_an_item_out() -> None:
    item = make.inbox_item(seen=make.seen_item(text="broken \ud83d here"))
    assert items.inbox_item_from(items.inbox_item(item)).seen.text == "broken ? here"


def test_only_what_is_reported_is_there() -> None:
    made = make.series(snapshots=(Snapshot(1, {"likes": 5}), Snapshot(2, {"replies": 0})))
    found = items.series_from(items.series_item(made))
    assert [dict(each.values) for each in found.snapshots] == [{"likes": 5}, {"replies": 0}]
    assert "numbers" not in items.series_item(make.series())


TIMERS: list[tuple[Item, Due]] = [
    (
        items.feed_item(make.feed(wake_at=7)),
        Due(DueWhat.FEED, make.WORKSPACE, make.ACCOUNT, 7),
    ),
    (
        items.watch_item(make.watch(wake_at=7)),
        Due(DueWhat.THREAD, make.WORKSPACE, make.ACCOUNT, 7, make.new_id("dlv", 1)),
    ),
    (
        items.counting_item(Counting(make.WORKSPACE, make.ACCOUNT, 1, 7)),
        Due(DueWhat.ACCOUNT_NUMBERS, make.WORKSPACE, make.ACCOUNT, 7),
    ),
    (
        items.series_item(make.series(published_at=3, wake_at=7)),
        Due(
            DueWhat.POST_NUMBERS,
            make.WORKSPACE,
            make.ACCOUNT,
            7,
            make.new_id("dlv", 1),
            published_at=3,
        ),
    ),
    (
        delivery_item(make.delivery(make.post(), wake_kind=WakeKind.POLL, wake_at=7), None),
        Due(
            DueWhat.FOLLOW,
            make.WORKSPACE,
            make.ACCOUNT,
            7,
            make.new_id("dlv", 1),
            make.new_id("pst", 1),
        ),
    ),
]


@pytest.mark.parametrize(("item", "due"), TIMERS)
def test_the_wake_index_says_what_is_due(item: Item, due: Due) -> None:
    own = {"pk", "sk", "wake_pk", "wake_sk", *keys.WAKE_PROJECTION}
    assert items.due_from({name: value for name, value in item.items() if name in own}) == due


def test_a_timer_of_a_newer_release_is_not_taken_for_another() -> None:
    item = items.feed_item(make.feed()) | {"sk": attribute("DIGEST")}
    with pytest.raises(UnreadableRecord, match="DIGEST: this release knows no such timer"):
        items.due_from(item)


def test_what_was_packed_by_an_earlier_release_opens() -> None:
    """These bytes are in people's tables: what they were packed with stays."""
    stored = items.inbox_item(make.inbox_item()) | {"seen": {"B": b64decode(PACKED_ITEM)}}
    assert items.inbox_item_from(stored).seen == make.seen_item()
    stored = items.series_item(make.series()) | {"numbers": {"B": b64decode(PACKED_NUMBERS)}}
    assert items.series_from(stored).snapshots == (
        Snapshot(START, {"likes": 5, "reposts": 1}),
        Snapshot(START + 900_000, {"likes": 4, "reposts": 1, "quotes": 2}),
    )


PACKED_ITEM = (
    "ePl4bKYAIzLgYCYW5ydnJubopVYk5hbkpOrngRKFviGKe0Es3OEHjMtcXUPkUMxNLMpMNHRANRkRtL6JRYfXJiq4"
    "JxYlA2mkMDy03zEJKFWsUJKYm5R5eGWeQk5+sUJKfi4w/eUX22MEsYUBGBgCMWpogx2M4QP0sETzuQPY2WCvYw1X"
    "AGB1ds0="
)
PACKED_NUMBERS = "ePl4bKYAi47GGsWwiDU0tzCAAx1LMAUUNtXRNQRSeaU5OTpGIGU6BrGxAFBFFSg="


@pytest.mark.parametrize("data", [b"", b"no zlib", b"x\x9c", b64decode(PACKED_ITEM)[:-20]])
@pytest.mark.parametrize(
    ("made", "name", "read"),
    [
        (items.inbox_item(make.inbox_item()), "seen", items.inbox_item_from),
        (items.series_item(make.series()), "numbers", items.series_from),
    ],
)
def test_damage_says_so(data: bytes, made: Item, name: str, read: Callable[[Item], Any]) -> None:
    with pytest.raises(UnreadableRecord, match="does not open"):
        read(made | {name: {"B": data}})


def test_an_item_that_lacks_what_was_seen_is_damaged() -> None:
    stored = items.inbox_item(make.inbox_item())
    del stored["seen"]
    with pytest.raises(UnreadableRecord):
        items.inbox_item_from(stored)
