"""Conflicts, gaps, and plan against target: pure, on entries of a calendar."""

from datetime import date

import pytest

from shared.core.gaps import Placed, conflicts, gaps, placed, weeks
from shared.core.keydates import KeyDate, occurrences
from shared.core.models import DeliveryState
from shared.core.ports import CalendarEntry, DeliverySummary
from shared.core.schedule import instant, local_day, zone
from shared.core.targets import ONE, CalendarRules, Target
from shared.store.views import post_summary
from tests.fakes import make

MADRID = zone("Europe/Madrid")
MONDAY, SUNDAY = date(2026, 12, 7), date(2026, 12, 13)


def on(number: int, at: str, *, words: str = "", live: bool = False, account: str = "a") -> Placed:
    moment = instant(f"2026-12-{at}:00+01:00", where="")
    day = local_day(moment, MADRID)
    return Placed(f"p{number}", account, "net", words or f"{number}", moment, day, live)


def rules(*targets: Target, min_gap: int = 30, quiet_days: int = 3) -> CalendarRules:
    return CalendarRules(ONE, "w", min_gap=min_gap, quiet_days=quiet_days, targets=targets)


def named(
    found: list[Placed], of: CalendarRules, most: int | None = None
) -> list[tuple[str, tuple[str, ...], int]]:
    return [(c.code, c.post_ids, c.limit) for c in conflicts(found, of, lambda _: most)]


def test_only_posts_of_one_account_that_are_still_to_come_are_too_close() -> None:
    close = [on(1, "08T09:00"), on(2, "08T09:29"), on(3, "08T09:30", account="b")]
    assert named(close, rules()) == [("too_close", ("p1", "p2"), 30)]
    assert named(close, rules(min_gap=29)) == []
    assert named([on(1, "08T09:00", live=True), on(2, "08T09:01", live=True)], rules()) == []
    half = [on(1, "08T09:00", live=True), on(2, "08T09:01")]
    assert named(half, rules()) == [("too_close", ("p1", "p2"), 30)]


def test_the_same_words_within_a_day() -> None:
    bread = [on(n, at, words="bread") for n, at in enumerate(("08T09:00", "09T08:59", "10T08:59"))]
    assert named(bread, rules()) == [("same_words", ("p0", "p1"), 24)]
    assert named([on(1, "08T09:00", words=""), on(2, "08T15:00", words="")], rules()) == []


@pytest.mark.parametrize(
    ("per_day", "network", "limit"), [(2, None, 2), (9, 2, 2), (None, 3, None)]
)
def test_a_day_holds_what_its_target_and_its_network_allow(
    per_day: int | None, network: int | None, limit: int | None
) -> None:
    day = [on(n, f"08T{9 + 2 * n:02d}:00") for n in range(3)] + [on(9, "09T09:00")]
    expected = [] if limit is None else [("too_many", ("p0", "p1", "p2"), limit)]
    assert named(day, rules(Target("a", per_day=per_day)), network) == expected


def test_plan_against_target_and_what_is_missing_from_today_on() -> None:
    of = rules(Target("a", per_week=3))
    found = [on(1, "07T09:00", live=True), on(2, "08T09:00"), on(3, "08T10:00", account="b")]
    counted = weeks(found, of, MONDAY, SUNDAY)
    assert [(w.account_id, w.planned, w.published, w.target) for w in counted] == [
        ("a", 1, 1, 3),
        ("b", 1, 0, None),
    ]

    def missing(today: date) -> list[tuple[str, str | None, int, int]]:
        shown = gaps(found, counted, of, MONDAY, SUNDAY, today=today)
        return [(g.code, g.account_id, g.first_day.day, g.last_day.day) for g in shown]

    assert missing(MONDAY) == [("below_target", "a", 7, 13), ("no_posts", "a", 9, 13)]
    assert missing(date(2026, 12, 12)) == [("below_target", "a", 7, 13)]
    assert missing(date(2026, 12, 14)) == []


def test_without_a_target_a_gap_is_one_of_the_whole_workspace() -> None:
    found = [on(1, "08T09:00"), on(2, "12T09:00", account="b")]
    (gap,) = gaps(found, [], rules(), MONDAY, SUNDAY, today=MONDAY)
    assert (gap.account_id, gap.first_day.day, gap.last_day.day) == (None, 9, 11)
    assert gaps(found, [], rules(quiet_days=0), MONDAY, SUNDAY, today=MONDAY) == []


def test_what_failed_or_was_cancelled_is_not_on_the_plan() -> None:
    post = make.post(due_at=instant("2026-12-08T09:00:00Z", where=""))

    def with_state(state: DeliveryState) -> CalendarEntry:
        one = DeliverySummary("d", post.id, "a", "net", state, due_at=0)
        return CalendarEntry(post_summary(post), (one,))

    kept = {s for s in DeliveryState if placed([with_state(s)], MADRID)}
    gone = {"draft", "failed", "cancelled", "deleted"}
    assert {s.value for s in DeliveryState} - kept == gone
    assert [p.live for p in placed([with_state(DeliveryState.PUBLISHED)], MADRID)] == [True]


def test_a_yearly_key_date_comes_again_and_a_leap_day_on_the_28th() -> None:
    def days(first: str, last: str, *, yearly: bool = True) -> list[str]:
        of = KeyDate("k", "w", "n", first, last, 0, "by", yearly=yearly)
        found = occurrences(of, date(2026, 12, 20), date(2028, 3, 1))
        return [f"{begins}/{ends}" for begins, ends in found]

    assert days("2024-02-29", "2024-02-29") == ["2027-02-28/2027-02-28", "2028-02-29/2028-02-29"]
    assert days("2020-12-30", "2021-01-02") == ["2026-12-30/2027-01-02", "2027-12-30/2028-01-02"]
    assert days("2027-02-01", "2027-02-02", yearly=False) == ["2027-02-01/2027-02-02"]
    assert days("2029-01-01", "2029-01-01") == []
