"""What a network shows becomes stored items: each once, and kept as the network shows it.

Filing the same thing again changes nothing, so whatever was cut off is simply filed again. One item
that cannot be filed never keeps the others out.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from enum import Enum, auto

from functions.poll_engagement.merging import merged, sound
from functions.poll_engagement.ownership import Ownership, Whose, ownership
from functions.poll_engagement.placing import Place, hanging_below, place_of, places
from functions.poll_engagement.reading import DAY, OVERLAP
from functions.poll_engagement.visit import Enough, Visit
from shared.core.engagement import InboxItem, ItemState, SeenItem, item_id
from shared.core.errors import Conflict, NotFound, StoreUnavailable
from shared.core.models import DeliveryRef, Millis
from shared.core.values import dataclass

ATTEMPTS = 4
"""People and the publisher write to items too."""
ASKED = 20
"""How many items a network is asked about at once."""
SETTLED_BEFORE: Millis = 7 * DAY
"""What was this old when the account was connected comes in as closed."""


class News(Enum):
    """What filing one item came to."""

    LISTED = auto()
    KEPT = auto()
    """The account's own words: they stand in the conversation only."""
    CHANGED = auto()
    NOTHING = auto()


@dataclass(frozen=True, slots=True)
class Taken:
    """What was new: how many items, and below which of our deliveries."""

    added: int = 0
    changed: int = 0
    below: frozenset[DeliveryRef] = frozenset()


def take_in(
    visit: Visit, seen: Iterable[SeenItem], *, under: Place | None = None, history: bool = False
) -> Taken:
    """File what was seen. `under`: all of it stands below one of our posts. `history`: it is taken
    in from before we listened.
    """
    shown = _once(seen)
    ids = {item_id(visit.account.id, remote_id): remote_id for remote_id in shown}
    stored = visit.store.items(visit.account.workspace_id, list(ids)) if ids else {}
    kept = {ids[item.id]: item for item in stored.values()}
    foreign = _without_our_own(visit, shown, kept)
    where = _places(visit, foreign, kept, under)
    taken = Taken()
    for remote_id in sorted(foreign, key=lambda one: (foreign[one].created_at, one)):
        filing = _Filing(visit, foreign[remote_id], where.get(remote_id), history)
        taken = _plus(taken, _alone(visit, filing, kept), where.get(remote_id))
    _mark_answered(visit, foreign.values(), kept)
    if taken.added:
        visit.listener.telemetry.count("InboxItemsAdded", taken.added)
    return taken


def _once(seen: Iterable[SeenItem]) -> dict[str, SeenItem]:
    shown: dict[str, SeenItem] = {}
    for each in seen:
        one = sound(each)
        earlier = shown.get(one.remote_id)
        shown[one.remote_id] = merged(earlier, one) if earlier else one
    return shown


def _without_our_own(
    visit: Visit, shown: Mapping[str, SeenItem], kept: Mapping[str, InboxItem]
) -> dict[str, SeenItem]:
    """What the account itself wrote stands in conversations, unless it was sent from here: then the
    post that it came from stands there. What may be on its way waits for the next look.
    """
    own = [name for name, one in shown.items() if one.ours and name not in kept]
    if not own:
        return dict(shown)
    known = visit.store.known(visit.account, own)
    ours = set(known)
    if unclear := [name for name in own if name not in known]:
        owned = ownership(visit.store, visit.account)
        ours |= {name for name in unclear if _is_from_here(shown[name], owned)}
    return {name: one for name, one in shown.items() if name not in ours}


def _is_from_here(one: SeenItem, owned: Ownership) -> bool:
    return owned.of(one.remote_id, one.created_at) is not Whose.THEIRS


def _places(
    visit: Visit,
    shown: Mapping[str, SeenItem],
    kept: Mapping[str, InboxItem],
    under: Place | None,
) -> Mapping[str, Place]:
    """Where to file what is new, and what has not been found to be about one of our posts yet: that
    may have been filed before what it answers.
    """
    loose = [one for name, one in shown.items() if name not in kept or _is_loose(kept[name])]
    if under is not None:
        return {one.remote_id: under for one in loose}
    return places(visit, loose) if loose else {}


def _is_loose(item: InboxItem) -> bool:
    return item.post_id is None and bool(item.seen.parent_id or item.seen.root_id)


@dataclass(frozen=True, slots=True)
class _Filing:
    visit: Visit
    seen: SeenItem
    place: Place | None
    history: bool


def _alone(visit: Visit, filing: _Filing, kept: dict[str, InboxItem]) -> News:
    """File one item, whatever the others do."""
    remote_id = filing.seen.remote_id
    before = kept.get(remote_id)
    try:
        if before is None:
            kept[remote_id], news = _added(filing)
        else:
            kept[remote_id], news = _updated(visit, before, lambda item: _now_as(item, filing))
            _bring_along(visit, before, kept[remote_id])
    except (StoreUnavailable, Enough):
        raise
    except Exception as error:  # noqa: BLE001  whatever is wrong with one item, the others come in
        visit.failed("item", error, item_id=item_id(visit.account.id, remote_id))
        return News.NOTHING
    return news


def _added(filing: _Filing) -> tuple[InboxItem, News]:
    visit, item = filing.visit, _new(filing)
    if visit.store.add_item(item):
        return item, News.KEPT if item.seen.ours else News.LISTED
    there = visit.store.items(item.workspace_id, [item.id])[item.id]
    return _updated(visit, there, lambda found: _now_as(found, filing))


def _new(filing: _Filing) -> InboxItem:
    visit, seen, place = filing.visit, filing.seen, filing.place
    if place is None:
        raise NotFound("it has no place")
    now = visit.listener.clock.now()
    old = filing.history and seen.created_at < visit.feed.created_at - SETTLED_BEFORE
    return InboxItem(
        id=item_id(visit.account.id, seen.remote_id),
        workspace_id=visit.account.workspace_id,
        account_id=visit.account.id,
        platform=visit.account.platform,
        conversation_id=place.conversation_id,
        seen=seen,
        at=_listed_at(visit, seen, now, history=filing.history),
        received_at=now,
        state=ItemState.CLOSED if old or seen.ours else ItemState.NEW,
        post_id=place.post_id,
    )


def _listed_at(visit: Visit, seen: SeenItem, now: Millis, *, history: bool) -> Millis:
    """By when it was written; but what is dated far back and comes only now belongs on top, or
    nobody would ever see it.
    """
    read_up_to = visit.feed.activity.since or visit.feed.created_at
    if history or read_up_to - OVERLAP <= seen.created_at:
        return min(seen.created_at, now)
    return now


def _now_as(item: InboxItem, filing: _Filing) -> InboxItem:
    """As the network shows it now. What was gone and is there again is no tombstone."""
    seen, there = merged(item.seen, filing.seen), place_of(item)
    place = there if filing.place is None or item.post_id is not None else filing.place
    if seen == item.seen and item.deleted_at is None and place == there:
        return item
    return replace(
        item,
        seen=seen,
        deleted_at=None,
        conversation_id=place.conversation_id,
        post_id=place.post_id,
    )


def _bring_along(visit: Visit, before: InboxItem, after: InboxItem) -> None:
    """What hangs below an item was filed with it: when the item finds its place, all go there."""
    place = place_of(after)
    if before.post_id is not None or place.post_id is None:
        return
    stored = visit.store.conversation(before.workspace_id, before.conversation_id).items
    for item in hanging_below(stored, {before.seen.remote_id}):
        if item.post_id is None:
            _updated(visit, item, lambda found: _moved(found, place))


def _moved(item: InboxItem, place: Place) -> InboxItem:
    return replace(item, conversation_id=place.conversation_id, post_id=place.post_id)


def _updated(
    visit: Visit, item: InboxItem, change: Callable[[InboxItem], InboxItem]
) -> tuple[InboxItem, News]:
    """Compare-and-set, on the item as it is; nothing is written when nothing changes."""
    for _ in range(ATTEMPTS):
        after = change(item)
        if after is item or after == item:
            return item, News.NOTHING
        try:
            return visit.store.save_item(item, after), News.CHANGED
        except Conflict:
            item = visit.store.items(item.workspace_id, [item.id])[item.id]
    raise Conflict("the item keeps moving while it is filed", code="contended")


def _plus(taken: Taken, news: News, place: Place | None) -> Taken:
    if news is News.NOTHING:
        return taken
    if news is News.CHANGED:
        return replace(taken, changed=taken.changed + 1)
    below = taken.below | {place.ref} if place and place.ref else taken.below
    return Taken(taken.added + (news is News.LISTED), taken.changed + 1, below)


def _mark_answered(visit: Visit, shown: Iterable[SeenItem], kept: Mapping[str, InboxItem]) -> None:
    """What the account answered on the network itself needs no answer from here, whether or not it
    is shown together with its answer.
    """
    answers = [one for one in shown if one.ours and one.remote_id in kept]
    for one, item in zip(answers, _answered_by(visit, answers, kept), strict=True):
        if item is None or item.answered_at is not None or item.seen.ours:
            continue
        try:
            _updated(visit, item, lambda found, at=one.created_at: _answered(found, at))  # type: ignore[misc]  # mypy cannot type a default in a lambda
        except Conflict as error:
            visit.failed("item", error, item_id=item.id)


def _answered_by(
    visit: Visit, answers: Sequence[SeenItem], kept: Mapping[str, InboxItem]
) -> Sequence[InboxItem | None]:
    """What each of the account's own answers answers, as far as it is stored."""
    parents = [one.parent_id or "" for one in answers]
    ids = {name: item_id(visit.account.id, name) for name in parents if name and name not in kept}
    elsewhere = visit.store.items(visit.account.workspace_id, sorted(ids.values())) if ids else {}
    return [kept.get(name) or elsewhere.get(ids.get(name, "")) for name in parents]


def _answered(item: InboxItem, at: Millis) -> InboxItem:
    if item.answered_at is not None:
        return item
    state = ItemState.CLOSED if item.state is ItemState.NEW else item.state
    return replace(item, answered_at=at, state=state)


def look_again(visit: Visit, missing: Sequence[InboxItem]) -> Sequence[InboxItem]:
    """Ask how the first of these stand, which a list no longer shows: lists lose things, so only
    the network's own word makes a tombstone. Answers those that it did not get to; raises Enough
    when no call is left.
    """
    size = max(1, min(ASKED, visit.calls_left))
    batch = {item.seen.remote_id: item for item in missing[:size]}
    if batch:
        answers = visit.ask(lambda p: p.look(list(batch)), calls=len(batch))
        for remote_id, item in batch.items():
            if remote_id in answers:
                _as_told(visit, item, answers[remote_id])
        _mark_answered(visit, [seen for seen in answers.values() if seen is not None], batch)
    return missing[size:]


def _as_told(visit: Visit, item: InboxItem, seen: SeenItem | None) -> None:
    def change(found: InboxItem) -> InboxItem:
        if seen is None:
            return replace(found, deleted_at=found.deleted_at or visit.now)
        return _now_as(found, _Filing(visit, sound(seen), None, history=False))

    try:
        _updated(visit, item, change)
    except Conflict as error:
        visit.failed("item", error, item_id=item.id)
