"""The content lock: identical content is never in flight twice on one profile.

A lock is never released, only taken over once its holder's attempt has ended. Whoever takes it over
carries along the remote ids that earlier holders own, so that looking for our own post on the
platform never adopts somebody else's identical one.
"""

from shared.core.errors import NotFound
from shared.core.lifecycle import LEAVING, S
from shared.core.models import Delivery, Lock, Millis
from shared.core.services import Publisher
from shared.core.workspaces import Account

OWNED = 50
"""How many remote ids of identical posts a lock remembers."""


def take_content_lock(
    publisher: Publisher, delivery: Delivery, account: Account, fingerprint: str
) -> bool:
    """True when this delivery may send this content on this profile now."""
    now = publisher.clock.now()
    mine = Lock(account.profile, fingerprint, delivery.ref, delivery.attempt + 1, now)
    if publisher.store.take_lock(mine, replacing=None):
        return True
    current = publisher.store.read_lock(account.profile, fingerprint)
    if current is None:
        return publisher.store.take_lock(mine, replacing=None)
    owned = current.owned
    if current.holder != delivery.ref:
        left = _released_by(publisher, current, now)
        if left is None:
            return False
        owned = (*owned, *left)[-OWNED:]
    mine = Lock(account.profile, fingerprint, delivery.ref, delivery.attempt + 1, now, owned)
    return publisher.store.take_lock(mine, replacing=current)


def _released_by(publisher: Publisher, lock: Lock, now: Millis) -> tuple[str, ...] | None:
    """The remote ids of the holder if its attempt has ended; None while it may still be sending."""
    try:
        holder = publisher.store.delivery(lock.holder)
    except NotFound:
        return ()
    claimed = holder.state is S.CLAIMED and (holder.lease_until or 0) > now
    if holder.state in LEAVING or claimed:
        return None
    return tuple(remote.id for remote in holder.live)


def owned_by_others(
    publisher: Publisher, delivery: Delivery, account: Account, fingerprint: str
) -> frozenset[str]:
    """Remote ids that look like this delivery's post but belong to others, and its own settled
    parts.
    """
    lock = publisher.store.read_lock(account.profile, fingerprint)
    others = lock.owned if lock else ()
    return frozenset((*others, *(remote.id for remote in delivery.live)))
