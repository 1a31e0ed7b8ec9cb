"""Which conversation an item belongs to, and which of our posts that is about.

What it answers decides: one of our posts, or an item that has its place already. Failing that the
first of its thread, as far as the network names it.
"""

from collections import ChainMap
from collections.abc import Iterable, Mapping, Sequence

from functions.poll_engagement.visit import Visit
from shared.core.engagement import InboxItem, Known, SeenItem, conversation_id, item_id
from shared.core.models import Delivery, DeliveryRef
from shared.core.values import dataclass


@dataclass(frozen=True, slots=True)
class Place:
    """`ref` is the live delivery whose thread it is, where that is known."""

    conversation_id: str
    post_id: str | None = None
    ref: DeliveryRef | None = None


def places(visit: Visit, seen: Sequence[SeenItem]) -> Mapping[str, Place]:
    """The place of each item, by remote id."""
    named = {name for one in seen for name in (one.parent_id, one.root_id) if name}
    known = visit.store.known(visit.account, sorted(named))
    ours = places_of(visit, known.values())
    parents = {one.parent_id for one in seen if one.parent_id} - known.keys()
    ids = {item_id(visit.account.id, parent): parent for parent in sorted(parents)}
    stored = visit.store.items(visit.account.workspace_id, list(ids))
    theirs = {ids[found.id]: place_of(found) for found in stored.values()}
    return _chained(visit, {one.remote_id: one for one in seen}, ours, theirs)


def place_of(item: InboxItem) -> Place:
    return Place(item.conversation_id, item.post_id)


def places_of(
    visit: Visit, known: Iterable[Known], at_hand: Mapping[DeliveryRef, Delivery] | None = None
) -> dict[str, Place]:
    """Where answers to live parts of ours belong, by remote id. An answer of ours that is answered
    stays in the conversation that it is part of. `at_hand`: their deliveries, where they were read.
    """
    parts = list(known)
    refs = sorted({part.ref for part in parts}, key=lambda ref: ref.id)
    deliveries = at_hand or (visit.store.deliveries(refs) if refs else {})
    answers = sorted({d.answers for d in deliveries.values() if d.answers})
    answered = visit.store.items(visit.account.workspace_id, answers) if answers else {}
    found = {}
    for part in parts:
        delivery = deliveries.get(part.ref)
        item = answered.get(delivery.answers) if delivery and delivery.answers else None
        if item is None:
            thread = conversation_id(visit.account.id, part.root_id)
            found[part.remote_id] = Place(thread, part.ref.post_id, part.ref)
        else:
            found[part.remote_id] = Place(item.conversation_id, item.post_id, part.ref)
    return found


def hanging_below(items: Sequence[InboxItem], remotes: set[str]) -> list[InboxItem]:
    """Those that answer or quote one of `remotes`, directly or through others of them."""
    parents = {item.seen.remote_id: item.seen.parent_id for item in items}

    def leads_up(item: InboxItem) -> bool:
        at, passed = item.seen.parent_id, set[str]()
        while at is not None and at not in remotes and at not in passed:
            passed.add(at)
            at = parents.get(at)
        return at in remotes

    return [item for item in items if leads_up(item)]


def _chained(
    visit: Visit,
    seen: Mapping[str, SeenItem],
    ours: Mapping[str, Place],
    theirs: Mapping[str, Place],
) -> Mapping[str, Place]:
    """What answers something else that was just seen goes where that goes."""
    found: dict[str, Place] = {}
    settled = ChainMap(dict(ours), found, dict(theirs))
    for remote_id in seen:
        chain: dict[str, SeenItem] = {}
        at = remote_id
        while at in seen and at not in found and at not in chain:
            chain[at] = seen[at]
            at = seen[at].parent_id or ""
        for each, one in reversed(chain.items()):
            found[each] = _place(visit, one, settled)
    return found


def _place(visit: Visit, one: SeenItem, settled: Mapping[str, Place]) -> Place:
    for name in (one.parent_id, one.root_id):
        if name is not None and name in settled:
            return settled[name]
    first = one.root_id or one.parent_id or one.remote_id
    return Place(conversation_id(visit.account.id, first))
