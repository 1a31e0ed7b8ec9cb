"""A second look at what was held.

Whoever ends a pause, reconnects an account or approves a post stores that first and then releases
what is held by then. A worker that had read the old state may store its hold just after, and nobody
would come back for it; so each hold is looked at once more.
"""

from functions.publish import moves
from functions.publish.switches import verdict
from shared.core import lifecycle
from shared.core.models import Delivery
from shared.core.reasons import Reason
from shared.core.services import Publisher


def look_again(publisher: Publisher, delivery: Delivery) -> None:
    """Leave it to people if it is still rightly held; else hand it to the next worker. Raises
    Conflict when somebody else moved it.
    """
    post = publisher.store.load(delivery).post
    stop = None if post is None else verdict(publisher, delivery, post)
    if stop is not None and stop.held is delivery.held_reason:
        publisher.store.advance(delivery, lifecycle.left_held(delivery))
    else:
        moves.hand_over(publisher, delivery, at=publisher.clock.now(), why=Reason.RELEASED)
