"""The calendar: days of a time zone with their posts, and what is to be seen of them together."""

from collections.abc import Iterable, Sequence
from datetime import date, timedelta

from functions.api import views
from functions.api.campaigns import belonging
from functions.api.keydates import key_dates_between
from functions.api.planned import conflict, gap, week
from functions.api.routing import Answer, Call, Routes
from functions.api.rules import rules_of
from functions.api.schemas import calendar as shapes
from functions.api.showing import showing
from shared.core.errors import InvalidDraft, Problem
from shared.core.gaps import WEEK, Placed, conflicts, gaps, monday, placed, weeks
from shared.core.ports import CalendarEntry
from shared.core.schedule import day, day_start, local_day, zone
from shared.core.services import Api
from shared.core.targets import CalendarRules

LONGEST = 62
"""Days that one request may ask for: any two months."""
MOST = 5_000
"""Posts and deliveries in one answer, about: Lambda answers 6 MB at most."""
PAGE = 1_000
"""Posts that one query asks for; DynamoDB ends it after 1 MB, some 2,000 posts and deliveries."""
MOST_CONFLICTS = 500

routes = Routes("Calendar", "What is planned, by day.")


@routes.add(
    "GET",
    "/v1/calendar",
    "Show a calendar",
    query=shapes.CalendarQuery,
    answer=shapes.Calendar,
)
def get_calendar(api: Api, call: Call, *, query: shapes.CalendarQuery) -> Answer:
    """Every day from `from` to `to` with its posts and deliveries, as days are in the time zone.

    With key dates, and for the whole ISO weeks that these days touch: conflicts, gaps, and plan
    against target. A post is shown if it passes every filter that is given.
    """
    return Answer(calendar_of(api, call, query))


def calendar_of(
    api: Api, call: Call, query: shapes.CalendarQuery, *, most: int = MOST
) -> shapes.Calendar:
    """About `most` posts and deliveries; then its `next` is set."""
    name = query.timezone or api.store.workspace(call.workspace_id).timezone
    place = zone(name)
    first, last = _span(query)
    begins, ends = monday(first), monday(last) + WEEK
    start, end = day_start(begins, place), day_start(ends, place)
    wanted = showing(query, belonging(api, call, query.campaign))
    entries, after = _entries(api, call, start, end, query.cursor, most=most)
    days: dict[date, list[CalendarEntry]] = {
        first + timedelta(days=n): [] for n in range((last - first).days + 1)
    }
    for entry in entries:
        # An index entry of this query has an instant.
        of = local_day(entry.post.due_at or start, place)
        if of in days and wanted.shows(entry):
            days[of].append(entry)
    rules = rules_of(api, call)
    planning = None
    if query.cursor is None and after is None:
        found = wanted.of_accounts(placed(entries, place))
        today = local_day(call.now, place)
        planning = _planning(
            api, found, wanted.narrowed(rules), begins, ends - timedelta(days=1), today=today
        )
    listed = [
        shapes.CalendarDay(date=d.isoformat(), posts=[views.post_summary(e) for e in shown])
        for d, shown in days.items()
    ]
    return shapes.Calendar(
        timezone=name,
        days=listed,
        key_dates=key_dates_between(api, call, rules.countries, first, last),
        choices=_choices(entries),
        planning=planning,
        next=after,
    )


def _entries(
    api: Api, call: Call, start: int, end: int, after: str | None, *, most: int
) -> tuple[list[CalendarEntry], str | None]:
    found: list[CalendarEntry] = []
    size = 0
    while True:
        page = api.store.calendar(
            call.workspace_id, start=start, end=end, limit=min(PAGE, most), after=after
        )
        found += page.items
        size += sum(1 + len(entry.deliveries) for entry in page.items)
        after = page.next
        if after is None or size >= most:
            return found, after


def _planning(
    api: Api, found: Sequence[Placed], rules: CalendarRules, first: date, last: date, *, today: date
) -> shapes.CalendarPlanning:
    def most_a_day(platform: str) -> int | None:
        fact = api.platforms.capabilities(platform).facts.get("posts_per_day")
        return fact.value if fact else None

    counted = weeks(found, rules, first, last)
    clashing = conflicts(found, rules, most_a_day)[:MOST_CONFLICTS]
    return shapes.CalendarPlanning(
        conflicts=[conflict(each) for each in clashing],
        gaps=[gap(each) for each in gaps(found, counted, rules, first, last, today=today)],
        weeks=[week(each) for each in counted],
    )


def _choices(entries: Iterable[CalendarEntry]) -> shapes.CalendarChoices:
    posts = [entry.post for entry in entries]
    return shapes.CalendarChoices(
        campaigns=sorted({post.campaign for post in posts if post.campaign}),
        tags=sorted({tag for post in posts for tag in post.tags}),
        authors=sorted({post.created_by for post in posts if not post.elsewhere}),
        elsewhere=any(post.elsewhere for post in posts),
    )


def _span(query: shapes.CalendarQuery) -> tuple[date, date]:
    first, last = day(query.from_, where="from"), day(query.to, where="to")
    if not (first.year > 1970 and last.year < 9999):
        words = "Ask for days from 1971-01-01 to 9998-12-31."
        raise InvalidDraft([Problem("from", "out_of_range", words)])
    if last < first:
        raise InvalidDraft([Problem("to", "out_of_range", "`to` is before `from`.")])
    if (last - first).days >= LONGEST:
        words = f"Ask for at most {LONGEST} days at once."
        raise InvalidDraft([Problem("to", "out_of_range", words)])
    return first, last
