"""What a calendar shows beside its posts: where they are in each other's way, where too few are.

Pure: the entries of some whole ISO weeks in, findings out. What is over is not found fault with:
every conflict has a post that is still to come, every gap a day.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import date, timedelta
from itertools import groupby, pairwise
from zoneinfo import ZoneInfo

from shared.core.lifecycle import S
from shared.core.models import MINUTE, Millis
from shared.core.ports import CalendarEntry
from shared.core.schedule import local_day
from shared.core.targets import CalendarRules, Target
from shared.core.values import dataclass

SAME_WORDS: Millis = 24 * 60 * MINUTE
"""The same words twice on one account within this long look like a mistake."""
WEEK = timedelta(days=7)
_DAY = timedelta(days=1)
_LIVE = frozenset({S.PUBLISHED})
_AHEAD = frozenset(
    {S.SCHEDULED, S.PREPARING, S.CLAIMED, S.SENDING, S.RETRY, S.UNKNOWN, S.UNCONFIRMED, S.HELD}
)


@dataclass(frozen=True, slots=True)
class Placed:
    """A post on an account, planned or live."""

    post_id: str
    account_id: str
    platform: str
    excerpt: str
    at: Millis
    day: date
    live: bool


@dataclass(frozen=True, slots=True)
class Conflict:
    """`code`: `too_close`, `same_words` or `too_many`. `limit`: minutes, hours or posts."""

    code: str
    account_id: str
    day: date
    post_ids: tuple[str, ...]
    limit: int


@dataclass(frozen=True, slots=True)
class Gap:
    """`code`: `below_target` (a week with fewer posts than wanted) or `no_posts` (days in a row).
    `account_id` None: the workspace as a whole.
    """

    code: str
    account_id: str | None
    first_day: date
    last_day: date
    posts: int = 0
    target: int | None = None


@dataclass(frozen=True, slots=True)
class Week:
    """Plan against target of an account, from Monday to Sunday."""

    account_id: str
    first_day: date
    planned: int
    published: int
    target: int | None


def placed(entries: Iterable[CalendarEntry], place: ZoneInfo) -> list[Placed]:
    """What is planned or live, in order; what failed, was cancelled or taken down is not."""
    found = [
        Placed(
            post_id=entry.post.id,
            account_id=delivery.account_id,
            platform=delivery.platform,
            excerpt=entry.post.excerpt,
            at=entry.post.due_at,
            day=local_day(entry.post.due_at, place),
            live=delivery.state in _LIVE,
        )
        for entry in entries
        for delivery in entry.deliveries
        if entry.post.due_at is not None and delivery.state in _LIVE | _AHEAD
    ]
    return sorted(found, key=lambda each: (each.at, each.post_id))


def conflicts(
    found: Sequence[Placed], rules: CalendarRules, most_a_day: Callable[[str], int | None]
) -> list[Conflict]:
    """`most_a_day`: what a network takes of one account, by its name. In order of their days."""
    made: list[Conflict] = []
    for account_id, mine in _by_account(found):
        made += _too_close(mine, rules.min_gap)
        made += _same_words(mine)
        made += _too_many(mine, rules.target(account_id), most_a_day)
    return sorted(made, key=lambda each: (each.day, each.code, each.account_id, each.post_ids))


def _by_account(found: Iterable[Placed]) -> Iterator[tuple[str, list[Placed]]]:
    ordered = sorted(found, key=lambda each: each.account_id)
    for account_id, mine in groupby(ordered, key=lambda each: each.account_id):
        yield account_id, list(mine)


def _too_close(mine: Sequence[Placed], minutes: int) -> Iterator[Conflict]:
    for one, next_one in pairwise(mine):
        if next_one.at - one.at < minutes * MINUTE and not (one.live and next_one.live):
            ids = (one.post_id, next_one.post_id)
            yield Conflict("too_close", one.account_id, next_one.day, ids, minutes)


def _same_words(mine: Sequence[Placed]) -> Iterator[Conflict]:
    last: dict[str, Placed] = {}
    for each in mine:
        if not each.excerpt:
            continue
        before = last.get(each.excerpt)
        last[each.excerpt] = each
        if before is None or each.at - before.at >= SAME_WORDS or (before.live and each.live):
            continue
        ids = (before.post_id, each.post_id)
        yield Conflict("same_words", each.account_id, each.day, ids, SAME_WORDS // (60 * MINUTE))


def _too_many(
    mine: Sequence[Placed], target: Target, most_a_day: Callable[[str], int | None]
) -> Iterator[Conflict]:
    for day, group in groupby(mine, key=lambda each: each.day):
        posts = list(group)
        limits = [n for n in (target.per_day, most_a_day(posts[0].platform)) if n is not None]
        if limits and len(posts) > min(limits) and not all(each.live for each in posts):
            ids = tuple(each.post_id for each in posts)
            yield Conflict("too_many", target.account_id, day, ids, min(limits))


def weeks(found: Iterable[Placed], rules: CalendarRules, first: date, last: date) -> list[Week]:
    """A row for each ISO week that begins within `first` to `last` and each account that has a
    target or a post in them.
    """
    live: Counter[tuple[str, date]] = Counter()
    ahead: Counter[tuple[str, date]] = Counter()
    accounts = {each.account_id for each in rules.targets if each.per_week is not None}
    for each in found:
        (live if each.live else ahead)[each.account_id, monday(each.day)] += 1
        accounts.add(each.account_id)
    return [
        Week(
            account_id=account_id,
            first_day=begins,
            planned=ahead[account_id, begins],
            published=live[account_id, begins],
            target=rules.target(account_id).per_week,
        )
        for begins in _days(first, last)
        if begins.weekday() == 0
        for account_id in sorted(accounts)
    ]


def gaps(
    found: Sequence[Placed],
    counted: Iterable[Week],
    rules: CalendarRules,
    first: date,
    last: date,
    *,
    today: date,
) -> list[Gap]:
    """Weeks below their target, and runs of days without a post, from today on."""
    made = [
        Gap(
            "below_target",
            week.account_id,
            week.first_day,
            week.first_day + WEEK - _DAY,
            week.planned + week.published,
            week.target,
        )
        for week in counted
        if week.target is not None
        and week.planned + week.published < week.target
        and week.first_day + WEEK > today
    ]
    wanted: list[str | None] = [t.account_id for t in rules.targets if t.per_week is not None]
    for account_id in wanted or [None]:
        taken = {p.day for p in found if account_id is None or p.account_id == account_id}
        made += _quiet(account_id, taken, rules.quiet_days, max(first, today), last)
    return sorted(made, key=lambda gap: (gap.first_day, gap.code, gap.account_id or ""))


def _quiet(
    account_id: str | None, taken: set[date], least: int, first: date, last: date
) -> Iterator[Gap]:
    if least == 0:
        return
    for quiet, run in groupby(_days(first, last), key=lambda day: day not in taken):
        days = list(run)
        if quiet and len(days) >= least:
            yield Gap("no_posts", account_id, days[0], days[-1])


def monday(day: date) -> date:
    """With which its ISO week begins."""
    return day - timedelta(days=day.weekday())


def _days(first: date, last: date) -> Iterator[date]:
    return (first + timedelta(days=n) for n in range((last - first).days + 1))
