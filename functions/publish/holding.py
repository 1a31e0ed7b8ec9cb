"""A second look at what was held.

Whoever ends a pause, reconnects an account or approves a post stores that first and then releases
what is held by then. A worker that had read the old state may store its hold just after, and nobody
would come back for it; so each hold is looked at once more. What a pause holds until its end is
looked at then, and goes on by itself.
"""

from functions.publish import moves
from functions.publish.switches import pauses_of, verdict
from shared.core import lifecycle
from shared.core.models import Delivery, HeldReason
from shared.core.pauses import keeping, next_look
from shared.core.reasons import Reason
from shared.core.services import Publisher
from shared.core.workspaces import Pause


def look_again(publisher: Publisher, delivery: Delivery) -> None:
    """Leave it to people, or to the end of a pause, if it is still rightly held; else hand it to
    the next worker. Raises Conflict when somebody else moved it.
    """
    post = publisher.store.load(delivery).post
    kept: list[Pause] = []
    stays = False
    if post is not None:
        now, switches = publisher.clock.now(), publisher.store.switches(delivery)
        if delivery.held_reason is HeldReason.PAUSED:
            kept = keeping(pauses_of(switches), delivery, post.tags, now=now)
            stays = bool(kept)
        else:
            stop = verdict(publisher, delivery, post, switches)
            stays = stop is not None and stop.held is delivery.held_reason
    if stays:
        after = lifecycle.left_held(delivery, look_at=next_look(kept, delivery))
        publisher.store.advance(delivery, after)
    else:
        moves.hand_over(publisher, delivery, at=publisher.clock.now(), why=Reason.RELEASED)
