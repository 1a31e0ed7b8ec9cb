"""The fence after lost state: a restore, or a local system that was killed.

The table may have forgotten intents. So nothing is sent while the table's epoch differs from the
one in the function's environment; the operator (or the local start) raises that number, and this
action marks everything that may have left since the last durable instant as unknown before it lets
the table's epoch follow. What really happened is then looked up on the platforms.
"""

from functions.publish import moves
from shared.core import lifecycle
from shared.core.errors import Conflict, NotFound
from shared.core.lifecycle import LEAVING, WAITING, S
from shared.core.models import MINUTE, DeliveryRef, Millis
from shared.core.services import Publisher

AT_RISK = WAITING | LEAVING | {S.CLAIMED, S.PREPARING, S.HELD}
TIMERS: Millis = 30 * MINUTE
"""Leases and re-dispatch timers stand at most this far in the future."""
EVER: Millis = 10**15
"""Beyond the end of any pause: what one holds until then goes on by itself, and may have done so
before state was lost, since somebody ended the pause early.
"""


def raise_fence(publisher: Publisher, *, epoch: int, since: Millis) -> int:
    """Mark what may have left since `since`, then open the fence. Answers how many deliveries it
    marked.
    """
    now = publisher.clock.now()
    marked = 0
    candidates = publisher.store.fence_candidates
    held = candidates(before=EVER, states=frozenset({S.HELD}))
    for ref in [*candidates(before=now + TIMERS, states=AT_RISK - {S.HELD}), *held]:
        marked += _mark(publisher, ref, since, now)
    publisher.store.set_epoch(epoch)
    publisher.telemetry.log("fence set", epoch=epoch, since=since, marked=marked)
    return marked


def _mark(publisher: Publisher, ref: DeliveryRef, since: Millis, now: Millis) -> int:
    for _ in range(3):
        try:
            delivery = publisher.store.delivery(ref)
            if delivery.state not in AT_RISK or delivery.due_at > now:
                return 0
            look_at = now + moves.quiet_window(publisher, delivery)
            after = lifecycle.fenced(delivery, since=since, now=now, look_at=look_at)
            moves.enqueue(publisher, publisher.store.advance(delivery, after))
        except Conflict:
            continue
        except NotFound:
            return 0
        return 1
    raise Conflict("a delivery keeps moving while the fence is set; stop the workers first")
