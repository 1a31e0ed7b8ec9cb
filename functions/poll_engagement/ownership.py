"""Whether something on our own profile was sent from here.

What is live and followed is Known. What is on its way is not: so the content locks of the profile
are read after the page was fetched. Whoever sends takes the lock first, and its holder says how far
it got; a lock that went on to another holder names what the earlier ones own.
"""

from collections.abc import Mapping, Sequence
from enum import Enum, auto

from shared.core.content import fingerprint
from shared.core.engagement import Known
from shared.core.engagement_ports import EngagementStore
from shared.core.lifecycle import LEAVING, S
from shared.core.models import MINUTE, Delivery, Draft, Lock, Millis, Part
from shared.core.posts import is_by_hand
from shared.core.values import dataclass
from shared.core.workspaces import Account

SLACK: Millis = 10 * MINUTE
"""How far a network's clock may be from ours."""
_EVER: Millis = 10**15


class Whose(Enum):
    OURS = auto()
    PERHAPS_OURS = auto()
    """It may be what a delivery in flight, or one whose outcome nobody knows, has sent."""
    THEIRS = auto()


@dataclass(frozen=True, slots=True)
class Sending:
    """What appears on the profile between these instants may be this delivery's."""

    since: Millis
    until: Millis


@dataclass(frozen=True, slots=True)
class ByHand:
    """A person said that it is live; where exactly on the network is not known yet."""

    delivery: Delivery
    fingerprint: str
    span: Sending


@dataclass(frozen=True, slots=True)
class Ownership:
    """`live` are settled parts by remote id, `owned` what earlier holders of a lock sent."""

    live: Mapping[str, Known]
    owned: frozenset[str]
    sending: tuple[Sending, ...]
    by_hand: tuple[ByHand, ...]

    def of(self, remote_id: str, created_at: Millis) -> Whose:
        if remote_id in self.live or remote_id in self.owned:
            return Whose.OURS
        if any(each.since <= created_at <= each.until for each in self.sending):
            return Whose.PERHAPS_OURS
        return Whose.THEIRS

    def said_to_be(self, text: str, created_at: Millis) -> Delivery | None:
        """The delivery of which a person said that it is live, if this reads like it."""
        words = fingerprint(Draft((Part(text),)))
        for each in self.by_hand:
            if each.fingerprint == words and each.span.since <= created_at <= each.span.until:
                return each.delivery
        return None


def ownership(store: EngagementStore, account: Account) -> Ownership:
    """Read it after what it is asked about was fetched."""
    locks = store.locks_of(account.profile)
    holders = store.deliveries(sorted({lock.holder for lock in locks}, key=lambda ref: ref.id))
    held = [(lock, holders[lock.holder]) for lock in locks if lock.holder in holders]
    mine = [(lock, d) for lock, d in held if d.workspace_id == account.workspace_id]
    return Ownership(
        live={known.remote_id: known for _, d in mine for known in known_parts(d)},
        owned=frozenset(remote_id for lock in locks for remote_id in lock.owned),
        sending=tuple(span for lock, d in held if (span := _sending(lock, d)) is not None),
        by_hand=tuple(_said(mine)),
    )


def known_parts(delivery: Delivery) -> Sequence[Known]:
    """What is to be remembered of a delivery's live parts."""
    if not delivery.live:
        return []
    first = delivery.live[0].id
    return [Known(delivery.account_id, one.id, delivery.ref, first) for one in delivery.live]


def _sending(lock: Lock, holder: Delivery) -> Sending | None:
    """What a holder in any other state has sent is among its live parts: it was fetched before."""
    if holder.state in LEAVING:
        return Sending(_earliest(lock, holder), _EVER)
    if holder.state is S.UNCONFIRMED:
        return _attempted(lock, holder)
    return None


def _attempted(lock: Lock, holder: Delivery) -> Sending:
    return Sending(_earliest(lock, holder), max(lock.at, holder.attempt_at or 0) + SLACK)


def _earliest(lock: Lock, holder: Delivery) -> Millis:
    """A post may be dated by when it was due, however late it leaves."""
    return min(lock.at, holder.due_at) - SLACK


def _said(held: Sequence[tuple[Lock, Delivery]]) -> Sequence[ByHand]:
    return [
        ByHand(holder, lock.fingerprint, _attempted(lock, holder))
        for lock, holder in held
        if any(is_by_hand(remote) for remote in holder.live)
    ]
