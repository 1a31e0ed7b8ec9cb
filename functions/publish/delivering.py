"""One message of the publish queue: claim and send, or attend to what a lost worker left behind.

The message is only a hint that something is due. Everything is decided on the delivery itself, so
duplicates, reordering and a redriven dead-letter queue are harmless.
"""

from collections.abc import Callable
from dataclasses import replace

from functions.publish import holding, moves, sending, unknown
from shared.core import lifecycle
from shared.core.errors import Conflict, NotFound
from shared.core.lifecycle import EARLY, S
from shared.core.models import Delivery, Millis, WakeKind
from shared.core.ports import Wake
from shared.core.reasons import Reason
from shared.core.services import Publisher


def deliver(publisher: Publisher, wake: Wake, *, time_left: Callable[[], Millis]) -> None:
    """Attend to the delivery that `wake` names. Raises StoreUnavailable, so that the message comes
    back.
    """
    now = publisher.clock.now()
    timing = publisher.timing
    early = timing.lead + timing.crowd + EARLY
    if wake.due_at - now > early:  # whoever sent it knows more deliverers, or another time
        publisher.queue.send([wake], now=now, lead=timing.lead)
        return
    try:
        delivery = publisher.store.claim(
            moves.wake_ref(wake),
            owner=publisher.ids.new("own"),
            now=now,
            lease=timing.lease,
        )
    except Conflict:
        _attend(publisher, wake, now)
        return
    if delivery.due_at - now > early:
        _give_back(publisher, delivery, now)
        return
    publisher.clock.sleep_until(delivery.retry_at or 0)
    stage = timing.stage_of(wake.due_at - now)
    sending.send(publisher, delivery, time_left=time_left, alone=wake.alone, stage=stage)


def _give_back(publisher: Publisher, delivery: Delivery, now: Millis) -> None:
    """It was planned for later after the message was sent: leave it to the tick."""
    after = replace(
        lifecycle.moved(delivery, S.SCHEDULED, now=now, why="not yet due"),
        wake_at=delivery.due_at,
        owner=None,
        lease_until=None,
        claimed_at=None,
    )
    publisher.store.advance(delivery, after)


def _attend(publisher: Publisher, wake: Wake, now: Millis) -> None:
    """It cannot be claimed: reap a lease that ran out, or clear up an unknown outcome, when that is
    due.
    """
    try:
        delivery = publisher.store.delivery(moves.wake_ref(wake))
        if (
            delivery.wake_kind is WakeKind.PUBLISH
            and delivery.wake_at is not None
            and delivery.wake_at <= now
        ):
            _reap(publisher, delivery, now)
    except (Conflict, NotFound):
        return  # deleted, or another worker got there first


def _reap(publisher: Publisher, delivery: Delivery, now: Millis) -> None:
    if delivery.state is S.CLAIMED:  # no intent was written, so nothing was sent
        moves.hand_over(publisher, delivery, at=now, why=Reason.WORKER_LOST)
    elif delivery.state is S.SENDING:
        moves.to_unknown(publisher, delivery, None)
    elif delivery.state is S.UNKNOWN:
        unknown.reconcile(publisher, delivery)
    elif delivery.state is S.HELD:
        holding.look_again(publisher, delivery)
