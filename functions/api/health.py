"""How publishing goes: how punctual it was, and everything that needs somebody."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import date, timedelta

from functions.api import views
from functions.api.punctuality import by_account, on_time, ours
from functions.api.routing import Answer, Call, Routes
from functions.api.schemas import answers as out
from functions.api.schemas import health as shapes
from functions.api.standing import for_post, standing_of
from shared.core.engagement import InboxItem
from shared.core.errors import InvalidDraft, NotFound, Problem
from shared.core.explaining import explain, stuck
from shared.core.hindrances import Standing
from shared.core.lifecycle import S
from shared.core.models import MINUTE, Delivery, DeliveryRef, Millis
from shared.core.ports import CalendarEntry, DeliverySummary
from shared.core.schedule import day, day_start, instant, local_day, rfc3339, zone
from shared.core.services import Api
from shared.core.values import dataclass
from shared.store.views import excerpt

DAY: Millis = 24 * 60 * MINUTE
USUAL = 30
LONGEST = 366
"""Days."""
LOOK_BACK: Millis = 90 * DAY
AHEAD: Millis = DAY
"""What is prepared ahead of its time may be stopped before it."""
PAGE, READS = 250, 40
"""Posts of one read of the calendar, and how many reads one answer about punctuality makes."""
LOOKS = 20
"""Pages that a list reads at most while it finds nothing."""
_CURSOR = re.compile(r"(\d{1,13})\.(\d{1,13})\.([pa])\.([\w=-]*)", re.ASCII)
WHY = {S.HELD: shapes.Why.HELD, S.FAILED: shapes.Why.FAILED, S.UNCONFIRMED: shapes.Why.UNCONFIRMED}

routes = Routes("Health", "How punctual publishing was, and what needs somebody.")


@routes.add(
    "GET",
    "/v1/punctuality",
    "Show how punctual publishing was",
    query=shapes.PunctualityQuery,
    answer=shapes.Punctuality,
)
def get_punctuality(api: Api, call: Call, *, query: shapes.PunctualityQuery) -> Answer:
    """How late what was planned for these days left, of all accounts and of each, computed from
    every post itself. At most 366 days; a workspace with very many posts gets as many of them as
    one answer covers, from the first day on, and `complete` says so. Answers to what is in the
    inbox leave at once and are not counted.
    """
    name = query.timezone or api.store.workspace(call.workspace_id).timezone
    place = zone(name)
    first, last = _days(query, today=local_day(call.now, place))
    start, end = day_start(first, place), day_start(last + timedelta(days=1), place)
    entries, so_far = covered(api, call.workspace_id, start, end)
    deliveries = ours(entries)
    shown = shapes.Punctuality(
        timezone=name,
        first=first.isoformat(),
        last=last.isoformat(),
        posts=len(entries),
        complete=so_far == end,
        covered_to=rfc3339(so_far),
        total=on_time(deliveries, now=call.now),
        accounts=by_account(deliveries, now=call.now),
    )
    return Answer(shown)


def _days(query: shapes.PunctualityQuery, *, today: date) -> tuple[date, date]:
    last = day(query.to, where="to") if query.to else today
    if not 1971 <= last.year < 9999:
        words = "Ask for days from 1971-01-01 to 9998-12-31."
        raise InvalidDraft([Problem("to", "out_of_range", words)])
    first = day(query.from_, where="from") if query.from_ else last - timedelta(days=USUAL - 1)
    if last < first:
        raise InvalidDraft([Problem("to", "out_of_range", "`to` is before `from`.")])
    if (last - first).days >= LONGEST:
        words = f"Ask for at most {LONGEST} days at once."
        raise InvalidDraft([Problem("from", "too_long", words)])
    return first, last


def covered(
    api: Api, workspace_id: str, start: Millis, end: Millis, *, page: int = PAGE, reads: int = READS
) -> tuple[list[CalendarEntry], Millis]:
    """As many posts as one answer may read, and the instant before which none is missing."""
    found: list[CalendarEntry] = []
    after = None
    for _ in range(reads):
        read = api.store.calendar(workspace_id, start=start, end=end, limit=page, after=after)
        found += read.items
        after = read.next
        if after is None:
            return found, end
    # Posts of the last instant that was read may stand on the next page.
    latest = max((entry.post.due_at or start for entry in found), default=start)
    return [entry for entry in found if (entry.post.due_at or start) < latest], latest


@routes.add(
    "GET",
    "/v1/attention",
    "List what needs somebody",
    query=shapes.AttentionQuery,
    answer=out.Page[shapes.Attention],
)
def list_attention(api: Api, call: Call, *, query: shapes.AttentionQuery) -> Answer:
    """Posts of which something is on hold, failed, stuck, or nobody can tell whether it went out,
    by due time, then such answers to what is in the inbox; each with what to do. A page may be
    short of `limit`, even empty, and still have a `next`.
    """
    return Answer(attention_of(api, call, query))


def attention_of(api: Api, call: Call, query: shapes.AttentionQuery) -> out.Page[shapes.Attention]:
    at = _place(query, now=call.now)
    found: list[shapes.Attention] = []
    while len(found) < query.limit:
        read = _answers if at.answers else _planned
        more, inner = read(api, call, at, query.limit - len(found))
        found += more
        if inner is not None:
            at = replace(at, inner=inner)
            break
        if at.answers:
            return out.Page[shapes.Attention](items=found, next=None)
        at = replace(at, answers=True, inner="")
    return out.Page[shapes.Attention](items=found, next=at.cursor)


@dataclass(frozen=True, slots=True)
class Place:
    """Where a list goes on: its span, as it was for the first page, and the store's own position
    in the calendar or, behind that, in the inbox: answers stand in no calendar.
    """

    since: Millis
    until: Millis
    answers: bool = False
    inner: str = ""

    @property
    def cursor(self) -> str:
        return f"{self.since}.{self.until}.{'a' if self.answers else 'p'}.{self.inner}"


def _place(query: shapes.AttentionQuery, *, now: Millis) -> Place:
    if query.cursor is None:
        since = instant(query.since, where="since") if query.since else now - LOOK_BACK
        return Place(max(0, since), now + AHEAD)
    found = _CURSOR.fullmatch(query.cursor)
    if found is None:
        words = "This cursor belongs to another list or an older version; start again without one."
        raise InvalidDraft([Problem("cursor", "bad_cursor", words)])
    return Place(int(found[1]), int(found[2]), found[3] == "a", found[4])


def _planned(
    api: Api, call: Call, at: Place, limit: int
) -> tuple[list[shapes.Attention], str | None]:
    """From the calendar, and where that goes on."""
    found: list[CalendarEntry] = []
    after = at.inner or None
    for _ in range(LOOKS):
        page = api.store.calendar(
            call.workspace_id,
            start=at.since,
            end=at.until,
            limit=limit - len(found),
            after=after,
        )
        found += [entry for entry in page.items if _troubled(entry.deliveries, call.now)]
        after = page.next
        if after is None or len(found) >= limit:
            break
    return _shown(api, call, found), after


def _troubled(deliveries: Iterable[DeliverySummary], now: Millis) -> list[DeliverySummary]:
    return [d for d in deliveries if d.state in WHY or stuck(d.state, d.due_at, now=now)]


def _shown(api: Api, call: Call, found: Sequence[CalendarEntry]) -> list[shapes.Attention]:
    if not found:
        return []
    refs = [
        DeliveryRef(call.workspace_id, entry.post.id, d.id)
        for entry in found
        for d in _troubled(entry.deliveries, call.now)
    ]
    whole, known = api.store.deliveries(refs), standing_of(api, call.workspace_id)
    shown = []
    for entry in found:
        approved = entry.post.approved or not entry.post.requires_approval
        standing = replace(known, approved=approved, tags=entry.post.tags)
        troubles = [
            trouble
            for d in entry.deliveries
            if (ref := DeliveryRef(call.workspace_id, entry.post.id, d.id)) in whole
            and (trouble := _trouble(whole[ref], standing, call.now))
        ]
        if troubles:
            shown.append(
                shapes.Attention(
                    post_id=entry.post.id,
                    reply_to=None,
                    excerpt=entry.post.excerpt,
                    due_at=troubles[0].due_at,
                    deliveries=troubles,
                )
            )
    return shown


def _trouble(delivery: Delivery, standing: Standing, now: Millis) -> shapes.Trouble | None:
    """None when it is well by now: the index follows a moment later."""
    why = WHY.get(delivery.state)
    if why is None:
        if not stuck(delivery.state, delivery.due_at, now=now):
            return None
        why = shapes.Why.STUCK
    return shapes.Trouble(
        delivery_id=delivery.id,
        account_id=delivery.account_id,
        platform=delivery.platform,
        why=why,
        state=delivery.state,
        held_reason=delivery.held_reason,
        due_at=rfc3339(delivery.due_at),
        error=views.error(delivery.error),
        explanation=views.explanation(explain(delivery, standing, now=now)),
    )


def _answers(
    api: Api, call: Call, at: Place, limit: int
) -> tuple[list[shapes.Attention], str | None]:
    """Answers that are not out, from the inbox, and where that goes on."""
    found: list[shapes.Attention] = []
    after = at.inner or None
    for _ in range(LOOKS):
        page = api.store.inbox(call.workspace_id, limit=limit - len(found), after=after)
        items = [item for item in page.items if item.reply is not None and item.at >= at.since]
        found += _shown_answers(api, call, items)
        after = page.next
        if page.items and page.items[-1].at < at.since:
            after = None
        if after is None or len(found) >= limit:
            break
    return found, after


def _shown_answers(api: Api, call: Call, items: Sequence[InboxItem]) -> list[shapes.Attention]:
    refs = {
        DeliveryRef(call.workspace_id, item.reply.post_id, item.reply.delivery_id): item
        for item in items
        if item.reply is not None
    }
    if not refs:
        return []
    known, shown = standing_of(api, call.workspace_id), []
    for ref, delivery in api.store.deliveries(list(refs)).items():
        if _trouble(delivery, known, call.now) is None:
            continue
        try:
            post = api.store.post(call.workspace_id, ref.post_id).post
        except NotFound:
            continue
        trouble = _trouble(delivery, for_post(known, post), call.now)
        if trouble is not None:
            shown.append(
                shapes.Attention(
                    post_id=post.id,
                    reply_to=refs[ref].id,
                    excerpt=excerpt(post.content),
                    due_at=trouble.due_at,
                    deliveries=[trouble],
                )
            )
    return shown
