"""The threads below our live posts: complete where lists are not; deletions are seen here first."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from functions.poll_engagement.filing import ASKED, look_again, take_in
from functions.poll_engagement.ownership import known_parts
from functions.poll_engagement.placing import Place, hanging_below, places_of
from functions.poll_engagement.visit import Enough, Visit, is_about_one_thing
from shared.core import lifecycle
from shared.core.cadence import WATCHED, next_look
from shared.core.engagement import Due, Thread, Watch
from shared.core.errors import Conflict, NotFound
from shared.core.lifecycle import S
from shared.core.models import MINUTE, Delivery, DeliveryRef, Millis
from shared.core.turns import ROUND

BATCH = 10
"""Posts per question: small enough that one that cannot be read costs the others little."""
CALLS = 2
"""Per post: its replies and its quotes."""
SURE = 2
"""A post that the network does not find is looked for once more before it counts as gone: what is
new may not be everywhere yet.
"""
APART: Millis = 60 * MINUTE
"""A look that is this far away may wait for the account's own, which is never far."""
AGAIN = 15
"""Units of the cadence until that."""


def look(visit: Visit, due: Sequence[Due]) -> None:
    """Look at the threads whose turn it is, oldest first."""
    found = visit.store.watches(visit.account, [each.id for each in due])
    turn = [watch for watch in found if watch.wake_at is not None and watch.wake_at <= visit.now]
    refs = [_ref(watch) for watch in turn]
    deliveries = visit.store.deliveries(refs) if refs else {}
    watched = []
    for watch in turn:
        delivery = deliveries.get(_ref(watch))
        if delivery is None or delivery.state is not S.PUBLISHED:
            _save(visit, watch, replace(watch, wake_at=None))
        else:
            watched.append((watch, delivery))
    watched.sort(key=lambda pair: (pair[0].wake_at or 0, pair[0].delivery_id))
    while watched:
        size = min(BATCH, visit.calls_left // CALLS)
        if size < 1:
            raise Enough
        _batch(visit, watched[:size])
        watched = watched[size:]


def put_off(visit: Visit, due: Sequence[Due], *, until: Millis) -> None:
    """Nobody is asked before `until`: the account is not connected, or its network asked for
    patience.
    """
    for watch in visit.store.watches(visit.account, [each.id for each in due]):
        if watch.wake_at is not None and watch.wake_at <= visit.now:
            over = until - watch.published_at > WATCHED * visit.listener.timing.thread
            _save(visit, watch, replace(watch, wake_at=None if over else until))


def wake_early(visit: Visit, refs: Iterable[DeliveryRef]) -> None:
    """Something new below these posts came in: where there is one answer there may be more."""
    ids = sorted(ref.id for ref in refs)
    for watch in visit.store.watches(visit.account, ids) if ids else ():
        if watch.failures_in_row:
            continue  # it is to be looked for again after a pause, no sooner
        at = _next(visit, watch, looks=watch.polls, active_at=visit.now)
        if watch.wake_at is not None and at is not None and at < watch.wake_at:
            _save(visit, watch, replace(watch, active_at=visit.now, wake_at=at))


def _batch(visit: Visit, watched: Sequence[tuple[Watch, Delivery]]) -> None:
    remotes = [remote for watch, _ in watched for remote in watch.remotes]
    try:
        shown = visit.ask(lambda p: p.threads(remotes), calls=CALLS * len(watched))
    except Exception as error:
        if not is_about_one_thing(error):
            raise
        if len(watched) == 1:
            _could_not_be_read(visit, watched[0][0], error)
            return
        for pair in watched:
            _batch(visit, [pair])
        return
    for watch, delivery in watched:
        _take_in(visit, watch, delivery, shown)


def _could_not_be_read(visit: Visit, watch: Watch, error: Exception) -> None:
    visit.failed("thread", error, delivery_id=watch.delivery_id)
    at = _next(visit, watch, looks=watch.polls + 1, active_at=watch.active_at)
    _save(visit, watch, replace(watch, polls=watch.polls + 1, wake_at=at))


def _take_in(
    visit: Visit, watch: Watch, delivery: Delivery, shown: Mapping[str, Thread | None]
) -> None:
    """File what a thread shows, look for what it no longer shows, then move its timer on."""
    told = {remote.id: shown[remote.id] for remote in watch.remotes if remote.id in shown}
    threads = [thread for thread in told.values() if thread is not None]
    if told and not threads and len(told) == len(watch.remotes):
        _gone(visit, watch, delivery)
        return
    ours = places_of(visit, known_parts(delivery), {delivery.ref: delivery})
    place = ours[watch.remotes[0].id]
    items = [one for thread in threads for one in thread.items]
    history = watch.polls == 0 and watch.published_at < visit.feed.created_at
    changed = take_in(visit, items, under=place, history=history).changed
    if len(told) == len(watch.remotes) and all(thread.complete for thread in threads):
        _compare(visit, watch, place, {one.remote_id for one in items})
    active_at, looks = visit.now if changed else watch.active_at, watch.polls + 1
    at = _next(visit, watch, looks=looks, active_at=active_at)
    after = replace(watch, polls=looks, active_at=active_at, failures_in_row=0, wake_at=at)
    _save(visit, watch, after)


def _gone(visit: Visit, watch: Watch, delivery: Delivery) -> None:
    """Somebody deleted the post on the network, or it is not to be seen there yet."""
    times = watch.failures_in_row + 1
    missed = replace(watch, polls=watch.polls + 1, failures_in_row=times, wake_at=None)
    if times < SURE:
        at = visit.now + AGAIN * visit.listener.timing.thread
        _save(visit, watch, replace(missed, wake_at=at))
        return
    after = lifecycle.deleted(delivery, now=visit.now, by="", why="gone from the network")
    try:
        visit.store.advance(delivery, after)
    except (Conflict, NotFound):
        return  # somebody is at it; its timer stands
    visit.listener.telemetry.log(
        "gone from the network", workspace_id=watch.workspace_id, delivery_id=watch.delivery_id
    )
    _save(visit, watch, missed)


def _compare(visit: Visit, watch: Watch, place: Place, shown: set[str]) -> None:
    """Ask about some of what is stored below these posts and was not shown, others each time: what
    hangs below a deleted answer is in no thread and there for good.
    """
    kept = visit.store.conversation(watch.workspace_id, place.conversation_id).items
    below = hanging_below(kept, {remote.id for remote in watch.remotes})
    missing = [
        item for item in below if item.deleted_at is None and item.seen.remote_id not in shown
    ]
    turn = watch.polls * ASKED % len(missing) if missing else 0
    look_again(visit, [*missing[turn:], *missing[:turn]])


def _next(visit: Visit, watch: Watch, *, looks: int, active_at: Millis) -> Millis | None:
    at = next_look(
        published_at=watch.published_at,
        active_at=active_at,
        looks=looks,
        now=visit.now,
        unit=visit.listener.timing.thread,
    )
    return at if at is None or at < visit.now + APART else _with_the_account(visit, at)


def _with_the_account(visit: Visit, at: Millis) -> Millis:
    """Minutes later, when the account has its turn: one visit costs less than two."""
    feed, timing = visit.feed, visit.listener.timing
    if feed.turn is None or feed.wake_at is None:
        return at
    due = feed.wake_at if feed.wake_at > visit.now else visit.now + timing.feed * 7 // 8
    return due + -((due - at) // ROUND) * ROUND


def _save(visit: Visit, before: Watch, after: Watch) -> None:
    try:
        visit.store.save_watch(before, after)
    except Conflict:
        return  # another tick looked at the same time, and did the same


def _ref(watch: Watch) -> DeliveryRef:
    return DeliveryRef(watch.workspace_id, watch.post_id, watch.delivery_id)
