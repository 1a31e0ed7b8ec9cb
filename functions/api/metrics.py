"""The numbers of posts and accounts, folded when they are asked for."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date, timedelta
from zoneinfo import ZoneInfo

from functions.api import reporting
from functions.api.releasing import entries_between
from functions.api.reporting import Counted, FollowersAt, followers_at
from functions.api.routing import Answer, Call, Routes
from functions.api.schemas import metrics as out
from functions.api.schemas.answers import Page
from functions.api.views import time
from shared.core.campaigns import Campaign, called
from shared.core.errors import InvalidDraft, NotFound, Problem
from shared.core.folding import By, folded
from shared.core.lifecycle import published_at
from shared.core.models import Delivery, Millis
from shared.core.ports import PostRecord
from shared.core.rollup import Series, utc_day
from shared.core.sampling import DAY
from shared.core.schedule import day, day_start, rfc3339, zone
from shared.core.services import Api
from shared.core.values import dataclass
from shared.store.cursors import page_of

LONGEST = 366
LONGEST_BY_HOUR = 31
"""Days that one request may ask for."""
EPOCH, END = 1971, 9999
"""Years between which every day is an instant in every time zone."""
BY_HOUR: Millis = 3 * DAY
"""How long a young post's curve is shown by the hour."""
UNSAMPLED: Millis = 90 * DAY
"""How far back an account's followers are looked for when none were counted lately."""

routes = Routes(
    "Metrics",
    "What networks report of posts and accounts. A number that a network does not report is absent "
    "everywhere, never 0. Engagement is `likes` + `reposts` + `replies` + `quotes` + `saves` + "
    "`clicks` as far as they are reported; the engagement rate is engagement / audience * 100, "
    "where the audience is the reach or the impressions that the network reports, else the "
    "account's followers when the post was last counted.",
)


@routes.add(
    "GET",
    "/v1/posts/{post_id}/metrics",
    "Get a post's numbers",
    query=out.PostMetricsQuery,
    answer=out.PostMetrics,
)
def get_post_metrics(api: Api, call: Call, *, post_id: str, query: out.PostMetricsQuery) -> Answer:
    """Each delivery and all of them added up: the latest counters, and how they came about.

    A post is counted eight times on its first day, then daily for two weeks, then every other day
    up to its thirtieth; less often while nothing changes. Answers to what is in the inbox are not
    counted.
    """
    record = api.store.post(call.workspace_id, post_id)
    name, place = _zone(api, call, query.timezone)
    live = {d.id: d for d in record.deliveries if d.live}
    found = _of_post(api, call, record)
    by = query.by or _usual(live.values(), now=call.now)
    shown = out.PostMetrics(
        post_id=post_id,
        timezone=name,
        by=by,
        total=out.Numbers(**reporting.numbers(list(found.values()))),
        cells=reporting.cells(reporting.summed(list(found.values()), place, by), place, by),
        deliveries=[_delivery(d, found.get(d.id), place, by) for d in live.values()],
    )
    return Answer(shown)


def _usual(live: Iterable[Delivery], *, now: Millis) -> By:
    first = min((published_at(d) for d in live), default=now)
    return By.HOUR if now - first < BY_HOUR else By.DAY


def _of_post(api: Api, call: Call, record: PostRecord) -> Mapping[str, Counted]:
    """By delivery, those that are followed."""
    found: dict[str, Counted] = {}
    for account_id in sorted({d.account_id for d in record.deliveries if d.live}):
        account = api.store.account(call.workspace_id, account_id)
        mine = [d for d in record.deliveries if d.live and d.account_id == account_id]
        series = api.store.series(account, [(published_at(d), d.id) for d in mine])
        followers = _followers(api, call, account_id, series)
        found |= {one.delivery_id: Counted(one, followers) for one in series}
    return found


def _delivery(
    delivery: Delivery, counted: Counted | None, place: ZoneInfo, by: By
) -> out.DeliveryMetrics:
    series = counted.series if counted else None
    curve = folded(series.snapshots, place, by) if series else ()
    return out.DeliveryMetrics(
        delivery_id=delivery.id,
        account_id=delivery.account_id,
        platform=delivery.platform,
        published_at=rfc3339(published_at(delivery)),
        gone_at=time(series.gone_at if series else None),
        cells=reporting.cells(curve, place, by),
        **reporting.numbers([counted] if counted else []),
    )


@routes.add(
    "GET",
    "/v1/accounts/{account_id}/metrics",
    "Get an account's numbers",
    query=out.AccountMetricsQuery,
    answer=out.AccountMetrics,
)
def get_account_metrics(
    api: Api, call: Call, *, account_id: str, query: out.AccountMetricsQuery
) -> Answer:
    """`followers`, `following` and `posts` as they were at the end of each hour, day or month in
    which they were counted. At most 366 days; by the hour, 31.
    """
    account = api.store.account(call.workspace_id, account_id)
    name, place = _zone(api, call, query.timezone)
    first, last = _span(query.from_, query.to, LONGEST_BY_HOUR if query.by is By.HOUR else LONGEST)
    start, end = day_start(first, place), day_start(last + timedelta(days=1), place)
    days = api.store.account_days(
        call.workspace_id, account_id, first=utc_day(start), last=utc_day(end - 1)
    )
    taken = [s for each in days for s in each.snapshots if start <= s.at < end]
    shown = out.AccountMetrics(
        account_id=account_id,
        platform=account.platform,
        timezone=name,
        by=query.by,
        cells=reporting.cells(folded(taken, place, query.by), place, query.by),
    )
    return Answer(shown)


@routes.add(
    "GET",
    "/v1/metrics",
    "Report on what was published",
    query=out.ReportQuery,
    answer=out.Report,
)
def get_report(api: Api, call: Call, *, query: out.ReportQuery) -> Answer:
    """The posts that were published from `from` to `to`, made here or elsewhere, with their latest
    counters added up per day, week, month, account, tag or campaign. At most 366 days.

    A post belongs to the day on which it was published, whenever it was liked. A sum over posts of
    several networks covers those that report its counter: `networks` names them.
    """
    name, place = _zone(api, call, query.timezone)
    first, last = _span(query.from_, query.to, LONGEST)
    start, end = day_start(first, place), day_start(last + timedelta(days=1), place)
    counted = published_between(api, call, start=start, end=end)
    shown = out.Report(
        timezone=name,
        first_day=first.isoformat(),
        last_day=last.isoformat(),
        by=query.by,
        total=reporting.row(counted),
        rows=reporting.rows(counted, _keys(api, call, query.by, place, counted)),
    )
    return Answer(shown)


@routes.add(
    "GET",
    "/v1/metrics/posts",
    "List posts by how they did",
    query=out.RankedQuery,
    answer=Page[out.RankedPost],
)
def list_ranked_posts(api: Api, call: Call, *, query: out.RankedQuery) -> Answer:
    """The posts that were published from `from` to `to`, made here or elsewhere, the best first.
    Those of which no network reports the number that is asked `by` come last. At most 366 days.
    """
    _, place = _zone(api, call, query.timezone)
    first, last = _span(query.from_, query.to, LONGEST)
    start, end = day_start(first, place), day_start(last + timedelta(days=1), place)
    found = reporting.ranked(published_between(api, call, start=start, end=end), query.by)
    asked = ("ranked", call.workspace_id, start, end, query.by.value)
    shown, more = page_of(found, limit=query.limit, after=query.cursor, query=asked)
    posts = api.store.posts(call.workspace_id, [of[0].series.post_id for of in shown])
    items = [reporting.ranked_post(of, posts.get(of[0].series.post_id)) for of in shown]
    return Answer(Page[out.RankedPost](items=items, next=more))


def published_between(api: Api, call: Call, *, start: Millis, end: Millis) -> list[Counted]:
    """Every delivery that went live in [start, end), on any account."""
    found: list[Counted] = []
    for account in api.store.accounts(call.workspace_id):
        series = api.store.series_between(call.workspace_id, account.id, start=start, end=end)
        followers = _followers(api, call, account.id, series)
        found += [Counted(one, followers) for one in series]
    return found


def _keys(
    api: Api, call: Call, by: out.Grouping, place: ZoneInfo, counted: Sequence[Counted]
) -> Callable[[Series], Iterable[str | None]]:
    if by is out.Grouping.ACCOUNT:
        return lambda series: (series.account_id,)
    if by in {out.Grouping.TAG, out.Grouping.CAMPAIGN}:
        marks = _marks(api, call, [one.series for one in counted])
        if by is out.Grouping.TAG:
            return lambda series: marks[series.post_id].tags or (None,)
        campaigns = api.store.all_kept(Campaign, call.workspace_id)
        return lambda series: (_campaign_key(campaigns, marks[series.post_id].campaign),)
    return reporting.date_key(by, place)


@dataclass(frozen=True, slots=True)
class _Marks:
    """What people sort a post by."""

    tags: tuple[str, ...] = ()
    campaign: str | None = None


def _campaign_key(campaigns: Sequence[Campaign], written: str | None) -> str | None:
    """The campaign's id; of a post that names none there is, its own words."""
    found = None if written is None else called(campaigns, written)
    return written if found is None else found.id


def _marks(api: Api, call: Call, series: Sequence[Series]) -> Mapping[str, _Marks]:
    """Of every post: from the calendar, where most stand close to when they left."""
    wanted = {one.post_id for one in series}
    if not wanted:
        return {}
    times = [one.published_at for one in series]
    near = entries_between(api, call.workspace_id, min(times) - DAY, max(times) + DAY)
    found = {entry.post.id: _Marks(entry.post.tags, entry.post.campaign) for entry in near}
    return found | {post_id: _marks_of(api, call, post_id) for post_id in wanted - found.keys()}


def _marks_of(api: Api, call: Call, post_id: str) -> _Marks:
    """Of one that left on another day than it was planned for; none if it was deleted here."""
    try:
        found = api.store.post(call.workspace_id, post_id).post
    except NotFound:
        return _Marks()
    return _Marks(found.tags, found.campaign)


def _followers(api: Api, call: Call, account_id: str, series: Sequence[Series]) -> FollowersAt:
    """The account's followers when these series were last counted."""
    ends = [one.snapshots[-1].at for one in series if one.snapshots]
    if not ends:
        return followers_at([])

    def read(first: Millis, last: Millis) -> FollowersAt:
        return followers_at(
            api.store.account_days(
                call.workspace_id, account_id, first=utc_day(first), last=utc_day(last)
            )
        )

    near = read(min(ends) - DAY, max(ends))
    if near(min(ends)) is not None:
        return near
    return read(min(ends) - UNSAMPLED, max(ends))


def _zone(api: Api, call: Call, asked: str | None) -> tuple[str, ZoneInfo]:
    name = asked or api.store.workspace(call.workspace_id).timezone
    return name, zone(name)


def _span(from_: str, to: str, longest: int) -> tuple[date, date]:
    """Raises InvalidDraft (`bad_date`, `out_of_range`, `too_long`)."""
    first, last = day(from_, where="from"), day(to, where="to")
    if not (first.year >= EPOCH and last.year < END):
        words = f"Ask for days from {EPOCH}-01-01 to {END - 1}-12-31."
        raise InvalidDraft([Problem("from", "out_of_range", words)])
    if last < first:
        raise InvalidDraft([Problem("to", "out_of_range", "`to` is before `from`.")])
    if (last - first).days >= longest:
        words = f"These are {(last - first).days + 1} days; ask for at most {longest} at once."
        raise InvalidDraft([Problem("to", "too_long", words)])
    return first, last
