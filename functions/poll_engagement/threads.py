"""The threads below our live posts: complete where lists are not; deletions are seen here first."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace

from functions.poll_engagement.filing import ASKED, look_again, take_in
from functions.poll_engagement.ownership import known_parts
from functions.poll_engagement.placing import Place, hanging_below, places_of
from functions.poll_engagement.visit import Enough, Visit, is_about_one_thing
from shared.core import lifecycle
from shared.core.cadence import WATCHED, next_look, planned_after, planned_between
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
    turn.sort(key=lambda watch: (watch.wake_at or 0, watch.delivery_id))
    for _ in looked_at(visit, turn):
        pass


def looked_at(visit: Visit, turn: Sequence[Watch]) -> Iterator[Sequence[Watch]]:
    """Look at these threads in their order; those that were are given back, as they were before.
    Raises Enough when calls are used up.
    """
    refs = [_ref(watch) for watch in turn]
    deliveries = visit.store.deliveries(refs) if refs else {}
    watched = []
    for watch in turn:
        delivery = deliveries.get(_ref(watch))
        if delivery is None or delivery.state is not S.PUBLISHED:
            _save(visit, watch, replace(watch, wake_at=None, resting=False))
        else:
            watched.append((watch, delivery))
    while watched:
        size = min(BATCH, visit.calls_left // CALLS)
        if size < 1:
            raise Enough
        _batch(visit, watched[:size])
        yield [watch for watch, _ in watched[:size]]
        watched = watched[size:]


def is_due(visit: Visit, watch: Watch) -> bool:
    """Of a thread at rest."""
    after = max(watch.looked_at, visit.feed.rested_until)
    unit = visit.listener.timing.thread
    at = planned_after(after, published_at=watch.published_at, unit=unit)
    return watch.resting and (at is None or at <= visit.now)


def write_down(visit: Visit, watches: Iterable[Watch]) -> None:
    """That these, at rest, have been looked at just now, though not all were whose turn it was."""
    for watch in watches:
        _save(visit, watch, _looked(visit, watch))


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
        looks = _looks_until(visit, watch, visit.feed.rested_until)
        sooner = _timed(visit, replace(watch, polls=looks, active_at=visit.now))
        if sooner.wake_at is None:
            continue
        if watch.resting or (watch.wake_at is not None and sooner.wake_at < watch.wake_at):
            _save(visit, watch, sooner)


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
    _note(visit, watch, _timed(visit, _looked(visit, watch)))


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
    active_at = visit.now if changed else watch.active_at
    after = replace(_looked(visit, watch), active_at=active_at, failures_in_row=0)
    _note(visit, watch, _timed(visit, after))


def _gone(visit: Visit, watch: Watch, delivery: Delivery) -> None:
    """Somebody deleted the post on the network, or it is not to be seen there yet."""
    times = watch.failures_in_row + 1
    looked = _looked(visit, watch)
    missed = replace(looked, failures_in_row=times, wake_at=None, resting=False)
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
    turn = (_looks(visit, watch) - 1) * ASKED % len(missing) if missing else 0
    look_again(visit, [*missing[turn:], *missing[:turn]])


def _looked(visit: Visit, watch: Watch) -> Watch:
    return replace(watch, polls=_looks(visit, watch), looked_at=visit.now)


def _looks(visit: Visit, watch: Watch) -> int:
    """At this thread, the one of now among them."""
    return max(watch.polls + 1, _looks_until(visit, watch, visit.now))


def _looks_until(visit: Visit, watch: Watch, until: Millis) -> int:
    """Of a thread at rest, as many as were planned: those were not written down."""
    if not watch.resting:
        return watch.polls
    unit = visit.listener.timing.thread
    published_at = watch.published_at
    return watch.polls + planned_between(
        watch.looked_at, until, published_at=published_at, unit=unit
    )


def _timed(visit: Visit, watch: Watch) -> Watch:
    """With the time of its next look, or at rest until the timetable's is that far away."""
    unit = visit.listener.timing.thread
    at = next_look(
        published_at=watch.published_at,
        active_at=watch.active_at,
        looks=watch.polls,
        now=visit.now,
        unit=unit,
    )
    if at is None or at < visit.now + APART:
        return replace(watch, wake_at=at, resting=False)
    planned = planned_after(visit.now, published_at=watch.published_at, unit=unit)
    if at == planned:
        return replace(watch, wake_at=None, resting=True)
    return replace(watch, wake_at=_with_the_account(visit, at), resting=False)


def _with_the_account(visit: Visit, at: Millis) -> Millis:
    """Minutes later, when the account has its turn: one visit costs less than two."""
    feed, timing = visit.feed, visit.listener.timing
    if feed.turn is None or feed.wake_at is None:
        return at
    due = feed.wake_at if feed.wake_at > visit.now else visit.now + timing.feed * 7 // 8
    return due + -((due - at) // ROUND) * ROUND


def _note(visit: Visit, before: Watch, after: Watch) -> None:
    """What came of a look. Of nothing nothing is written: how often a thread at rest was looked at
    follows from the timetable.
    """
    if not before.resting or after != _looked(visit, before):
        _save(visit, before, after)


def _save(visit: Visit, before: Watch, after: Watch) -> None:
    try:
        visit.store.save_watch(before, after)
    except Conflict:
        return  # another tick looked at the same time, and did the same


def _ref(watch: Watch) -> DeliveryRef:
    return DeliveryRef(watch.workspace_id, watch.post_id, watch.delivery_id)
