"""A delivery went live: from now on its thread is watched and its numbers are taken."""

from dataclasses import replace

from functions.poll_engagement.ownership import known_parts
from functions.poll_engagement.visit import Visit
from shared.core import lifecycle
from shared.core.cadence import first_look
from shared.core.engagement import Due, Watch
from shared.core.errors import Conflict, NotFound
from shared.core.lifecycle import S
from shared.core.models import Delivery, DeliveryRef, Remote, WakeKind
from shared.core.platform import Verb
from shared.core.posts import is_by_hand
from shared.core.rollup import Series
from shared.core.sampling import first_sampling
from shared.core.services import Listener


def follow(listener: Listener, due: Due) -> None:
    """Begin to listen to and to count the delivery whose timer this is. Its own timer stands until
    everything else does, so whatever is lost on the way is done again.
    """
    if due.post_id is None:
        return
    try:
        delivery = listener.store.delivery(DeliveryRef(due.workspace_id, due.post_id, due.id))
        if delivery.wake_kind is not WakeKind.POLL:
            return
        listener.store.remember(known_parts(delivery), workspace_id=delivery.workspace_id)
        if delivery.state is S.PUBLISHED:
            _begin(listener, delivery)
        listener.store.advance(delivery, lifecycle.followed(delivery))
    except (Conflict, NotFound):
        return  # taken down or edited meanwhile; if its timer still stands, it comes again


def _begin(listener: Listener, delivery: Delivery) -> None:
    """Where a part is on the network is not known of what a person said is live: see
    `found_live`.
    """
    remotes = tuple(remote for remote in delivery.live if not is_by_hand(remote))
    if not remotes:
        return
    verbs = listener.platforms.capabilities(delivery.platform).verbs
    if Verb.THREADS in verbs:
        _watch(listener, delivery, remotes)
    # Answers to people are watched like posts but not counted: reports are about what was posted.
    if Verb.POST_METRICS in verbs and delivery.answers is None:
        _count(listener, delivery, remotes)


def _watch(listener: Listener, delivery: Delivery, remotes: tuple[Remote, ...]) -> None:
    now, at = listener.clock.now(), lifecycle.published_at(delivery)
    watch = Watch(
        workspace_id=delivery.workspace_id,
        account_id=delivery.account_id,
        post_id=delivery.post_id,
        delivery_id=delivery.id,
        remotes=remotes,
        published_at=at,
        wake_at=first_look(published_at=at, now=now, unit=listener.timing.thread),
        active_at=at,
    )
    if watch.wake_at is not None:
        listener.store.create_watch(watch)


def _count(listener: Listener, delivery: Delivery, remotes: tuple[Remote, ...]) -> None:
    now, at = listener.clock.now(), lifecycle.published_at(delivery)
    series = Series(
        workspace_id=delivery.workspace_id,
        account_id=delivery.account_id,
        platform=delivery.platform,
        post_id=delivery.post_id,
        delivery_id=delivery.id,
        remotes=remotes,
        published_at=at,
        wake_at=first_sampling(at, now=now, unit=listener.timing.sampling),
    )
    listener.store.create_series(series)


def found_live(visit: Visit, ref: DeliveryRef, remote: Remote) -> None:
    """What a person said is live has been found on the profile: keep where it is and follow it."""
    try:
        delivery = visit.store.delivery(ref)
        live = tuple(remote if is_by_hand(one) else one for one in delivery.live)
        if delivery.state is not S.PUBLISHED or live == delivery.live:
            return
        after = replace(delivery, live=live, wake_kind=WakeKind.POLL, wake_at=visit.now)
        visit.store.advance(delivery, after)
    except (Conflict, NotFound):
        return
