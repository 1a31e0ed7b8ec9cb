"""What came to an account: its list of replies, mentions and quotes.

Every few minutes the list is read back to where the last look began. Because lists lose items and
put backdated ones last, now and then it is read deep; and what it should show and does not is
asked about one by one.
"""

from collections.abc import Sequence
from dataclasses import replace

from functions.poll_engagement import elsewhere
from functions.poll_engagement.filing import look_again, take_in
from functions.poll_engagement.reading import DAY, DEEP, HISTORY, OVERLAP, pages
from functions.poll_engagement.threads import wake_early
from functions.poll_engagement.visit import Visit
from shared.core.engagement import InboxItem, Reading, SeenPage
from shared.core.models import MINUTE, Millis
from shared.core.platform import Verb

EVERY: Millis = 6 * 60 * MINUTE
"""Between two deep looks."""
TOP = 10


def read(visit: Visit) -> None:
    """File what came since the last look. The first goes back a day; the first deep look takes in
    what is older, so that an old account's history never keeps today waiting.
    """
    if Verb.ACTIVITY not in visit.facts.verbs:
        return
    reading = visit.feed.activity
    since = reading.since - OVERLAP if reading.since else visit.feed.created_at - DAY
    for page, after in pages(
        visit, reading, lambda p, at: p.activity(since=since, page=at), may_wait=False
    ):
        if not _nothing_new(visit, page, since):
            _file(visit, page)
        visit.feed = replace(visit.feed, activity=after)


def _nothing_new(visit: Visit, page: SeenPage, since: Millis) -> bool:
    """True when the top of a page is old and stored already: some networks always show a whole
    page, and asking the store about all of it each time would cost more than everything else.
    """
    newest = max((max(one.created_at, one.edited_at or 0) for one in page.items), default=0)
    return newest < since and not _file(visit, replace(page, items=page.items[:TOP]))


def _file(visit: Visit, page: SeenPage) -> bool:
    """Until the first deep look is through, all of it was there before us."""
    taken = take_in(visit, page.items, history=visit.feed.swept_at is None)
    wake_early(visit, taken.below)
    return taken.changed > 0


def sweep(visit: Visit) -> None:
    """The deep look, when its time has come or it is under way. `sweep.since` is how far down it
    has compared what is stored with what is shown: wherever it is cut off, it goes on there.
    """
    feed = visit.feed
    rested = feed.swept_at is not None and visit.now < feed.swept_at + EVERY
    if Verb.ACTIVITY not in visit.facts.verbs or (feed.sweep.started_at is None and rested):
        return
    first = feed.swept_at is None
    if feed.sweep.started_at is None:
        begin = Reading(since=visit.now + 1, started_at=visit.now)
        visit.feed = replace(feed, sweep=begin)
        if not first:
            elsewhere.look_deep_next(visit)
    sweep = visit.feed.sweep
    begun = sweep.started_at or visit.now
    floor = feed.created_at - HISTORY if first else begun - DEEP
    shown: set[str] = set()
    for page, after in pages(visit, sweep, lambda p, at: p.activity(since=floor, page=at)):
        _file(visit, page)
        shown |= {one.remote_id for one in page.items}
        lowest = floor if after.page is None else _lowest(page, visit.feed.sweep.since)
        if not first:
            _compare(visit, lowest, shown)
        compared = min(visit.feed.sweep.since, lowest)
        visit.feed = replace(visit.feed, sweep=replace(after, since=compared))
    visit.feed = replace(visit.feed, sweep=Reading(), swept_at=begun)


def _lowest(page: SeenPage, otherwise: Millis) -> Millis:
    return page.items[-1].created_at if page.items else otherwise


def _compare(visit: Visit, start: Millis, shown: set[str]) -> None:
    """What is stored down to `start` and was not shown may be gone. Newest first, and what was
    asked about is kept, so that a list that shows nothing any more costs many windows but ends.
    """
    end = visit.feed.sweep.since
    if start >= end:
        return
    stored = visit.store.items_between(visit.account, start=start, end=end)
    gone = (i for i in stored if i.deleted_at is None and i.seen.remote_id not in shown)
    missing: Sequence[InboxItem] = sorted(gone, key=lambda item: (item.at, item.id), reverse=True)
    while missing:
        missing = look_again(visit, missing)
        reached = min(missing[0].at + 1, end - 1) if missing else start
        visit.feed = replace(visit.feed, sweep=replace(visit.feed.sweep, since=reached))
