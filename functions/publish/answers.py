"""What an answer means for the inbox item that it answers.

The item counts as answered from the moment somebody answers it. So when the answer does not go out,
the item is opened again before the delivery is put to rest: a worker that is lost in between leaves
an item that people look at once too often, never one that nobody looks at.
"""

from dataclasses import replace

from shared.core.errors import Conflict, NotFound, SocialError
from shared.core.models import Delivery
from shared.core.services import Publisher

ATTEMPTS = 4
"""People and the functions that listen write to items too."""


def reopen(publisher: Publisher, delivery: Delivery) -> None:
    """It does not go out as things stand: what it answers waits for an answer again.

    Raises Conflict or StoreUnavailable, and then the delivery must not be put to rest.
    """
    if delivery.answers is None:
        return
    from shared.core.engagement import ItemState

    for _ in range(ATTEMPTS):
        try:
            item = publisher.store.inbox_item(delivery.workspace_id, delivery.answers)
            if item.answered_at is None and item.state is ItemState.OPEN:
                return
            publisher.store.save_item(item, replace(item, state=ItemState.OPEN, answered_at=None))
        except NotFound:
            return
        except Conflict:
            continue
        return
    raise Conflict("the inbox item keeps moving while it is opened again", code="contended")


def answered(publisher: Publisher, delivery: Delivery) -> None:
    """It is live. Says so of an item that was opened again meanwhile; raises nothing, since what is
    left undone here is only looked at once more.
    """
    if delivery.answers is None:
        return
    try:
        _answered(publisher, delivery, delivery.answers)
    except SocialError as error:
        publisher.telemetry.log(
            "item not marked as answered", item_id=delivery.answers, error=error.code
        )


def _answered(publisher: Publisher, delivery: Delivery, item_id: str) -> None:
    from shared.core.engagement import ItemState

    item = publisher.store.inbox_item(delivery.workspace_id, item_id)
    if item.answered_at is not None:
        return
    post = publisher.store.load(delivery).post
    closes = post is not None and post.reply_to is not None and post.reply_to.closes
    state = ItemState.CLOSED if closes else item.state
    after = replace(item, state=state, answered_at=publisher.clock.now())
    publisher.store.save_item(item, after)
