"""The calendar: days of a time zone with their posts."""

from datetime import date, timedelta

from functions.api import views
from functions.api.routing import Answer, Call, Routes
from functions.api.schemas import answers as out
from functions.api.schemas import requests as take
from shared.core.errors import InvalidDraft, Problem
from shared.core.schedule import day, day_start, local_day, zone
from shared.core.services import Api

LONGEST = 62
"""Days that one request may ask for: any two months."""
MOST = 5_000
"""Posts and deliveries in one answer, about: Lambda answers 6 MB at most."""

routes = Routes("Calendar", "What is planned, by day.")


@routes.add("GET", "/v1/calendar", "Show a calendar", query=take.CalendarQuery, answer=out.Calendar)
def get_calendar(api: Api, call: Call, *, query: take.CalendarQuery) -> Answer:
    """Every day from `from` to `to` with its posts and deliveries, as days are in the time zone."""
    return Answer(calendar_of(api, call, query))


def calendar_of(
    api: Api, call: Call, query: take.CalendarQuery, *, most: int = MOST
) -> out.Calendar:
    """About `most` posts and deliveries; then its `next` is set."""
    name = query.timezone or api.store.workspace(call.workspace_id).timezone
    place = zone(name)
    first, last = _span(query)
    start, end = day_start(first, place), day_start(last + timedelta(days=1), place)
    count = (last - first).days + 1
    days: dict[date, list[out.PostSummary]] = {first + timedelta(n): [] for n in range(count)}
    after, shown = query.cursor, 0
    while True:
        page = api.store.calendar(call.workspace_id, start=start, end=end, limit=100, after=after)
        for entry in page.items:
            if entry.post.due_at is not None:
                days[local_day(entry.post.due_at, place)].append(views.post_summary(entry))
        after = page.next
        shown += sum(1 + len(entry.deliveries) for entry in page.items)
        if after is None or shown >= most:
            break
    listed = [out.CalendarDay(date=d.isoformat(), posts=posts) for d, posts in days.items()]
    return out.Calendar(timezone=name, days=listed, next=after)


def _span(query: take.CalendarQuery) -> tuple[date, date]:
    first, last = day(query.from_, where="from"), day(query.to, where="to")
    if last < first:
        raise InvalidDraft([Problem("to", "out_of_range", "`to` is before `from`.")])
    if (last - first).days >= LONGEST:
        words = f"Ask for at most {LONGEST} days at once."
        raise InvalidDraft([Problem("to", "out_of_range", words)])
    return first, last
