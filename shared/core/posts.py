"""What may be done with a post as a whole, and what that means for each of its deliveries.

Pure: a post's deliveries in, pairs of (before, after) out, to be written all or nothing. What the
state of a delivery forbids raises `Blocked`, naming every delivery that stands in the way.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from enum import StrEnum

from shared.core import lifecycle
from shared.core.content import approval_hash
from shared.core.errors import Conflict, Problem
from shared.core.lifecycle import CANCELLABLE, LEAVING, S
from shared.core.models import (
    SECOND,
    Delivery,
    DeliveryState,
    Failure,
    HeldReason,
    Millis,
    Post,
    Remote,
)
from shared.core.timing import Timing
from shared.core.values import dataclass

Move = tuple[Delivery | None, Delivery | None]
SPACING: Millis = 5 * SECOND
"""Between posts of one account that are released together: a backlog never leaves as a burst."""
_BY_HAND = "by-hand:"
"""Begins the ids of what a person says is live without a link; no network has such ids."""
_BUSY = frozenset({S.PREPARING, S.CLAIMED, S.SENDING, S.UNKNOWN, S.RETRY})
_WAITING = frozenset({S.SCHEDULED, S.PREPARING, S.CLAIMED, S.RETRY})


class PostStatus(StrEnum):
    """A post in one word, following from its deliveries."""

    DRAFT = "draft"
    AWAITING_APPROVAL = "awaiting_approval"
    SCHEDULED = "scheduled"
    PUBLISHING = "publishing"
    PUBLISHED = "published"
    PARTLY_PUBLISHED = "partly_published"
    NEEDS_ATTENTION = "needs_attention"
    FAILED = "failed"
    CANCELLED = "cancelled"
    DELETED = "deleted"


class Blocked(Conflict):
    """The state of some deliveries forbids it; each is named in a problem."""

    def __init__(self, code: str, message: str, deliveries: Iterable[Delivery] = ()) -> None:
        super().__init__(message, code=code)
        self.problems = tuple(
            Problem(f"deliveries[{d.id}]", code, f"This delivery is {d.state}.") for d in deliveries
        )


@dataclass(frozen=True, slots=True)
class Doing:
    """Who acts, and when."""

    now: Millis
    by: str
    timing: Timing


@dataclass(frozen=True, slots=True)
class Fit:
    """What an account's draft needs: how many parts, and whether anything is to be prepared."""

    parts: int
    needs_prepare: bool


Fitting = Callable[[str], Fit]
"""From an account id to what it needs."""


def is_approved(post: Post) -> bool:
    """True when what would be sent is exactly what somebody approved, or nobody has to."""
    if not post.requires_approval:
        return True
    return post.approval is not None and post.approval.content_hash == approval_hash(post)


def status_of(
    deliveries: Sequence[tuple[DeliveryState, HeldReason | None]],
    *,
    cancelled: bool,
    approved: bool,
) -> PostStatus:
    """What matters most to whoever looks at it: trouble before progress, progress before rest."""
    states = {state for state, _ in deliveries}
    if not states:
        return PostStatus.CANCELLED if cancelled else PostStatus.DRAFT
    unapproved = any(reason is HeldReason.NEEDS_APPROVAL for _, reason in deliveries)
    held = any(s is S.HELD and reason is not HeldReason.NEEDS_APPROVAL for s, reason in deliveries)
    if S.UNCONFIRMED in states or held:
        return PostStatus.NEEDS_ATTENTION
    if states & _BUSY:
        return PostStatus.PUBLISHING
    if unapproved or (S.SCHEDULED in states and not approved):
        return PostStatus.AWAITING_APPROVAL
    if S.SCHEDULED in states:
        return PostStatus.PUBLISHING if S.PUBLISHED in states else PostStatus.SCHEDULED
    return _at_rest(states)


def _at_rest(states: set[DeliveryState]) -> PostStatus:
    if S.PUBLISHED in states:
        return PostStatus.PARTLY_PUBLISHED if S.FAILED in states else PostStatus.PUBLISHED
    for state, status in (
        (S.FAILED, PostStatus.FAILED),
        (S.DELETED, PostStatus.DELETED),
        (S.CANCELLED, PostStatus.CANCELLED),
    ):
        if state in states:
            return status
    return PostStatus.DRAFT


def refuse_leaving(deliveries: Iterable[Delivery], doing: str) -> None:
    """Raises Blocked while something may be on its way, or nobody yet said what became of it."""
    leaving = [d for d in deliveries if d.state in LEAVING]
    if leaving:
        words = f"It is already leaving, so it is too late to {doing}. Look again in a moment."
        raise Blocked("already_leaving", words, leaving)
    unclear = [d for d in deliveries if d.state is S.UNCONFIRMED]
    if unclear:
        words = f"First say whether it went out, then {doing}."
        raise Blocked("unconfirmed", words, unclear)


def first_plan(
    post: Post, account_id: str, *, id: str, platform: str, due_at: Millis, fit: Fit, doing: Doing
) -> Delivery:
    """A new delivery, planned."""
    blank = Delivery(
        id=id,
        workspace_id=post.workspace_id,
        post_id=post.id,
        account_id=account_id,
        platform=platform,
        state=S.DRAFT,
        due_at=due_at,
        created_at=doing.now,
        parts=fit.parts,
    )
    return plan_again(blank, due_at=due_at, fit=fit, doing=doing)


def _refuse_unplaced(deliveries: Iterable[Delivery]) -> None:
    """Raises Blocked where a person said that the first parts of a thread are live: their ids on
    the network are not known, so that nothing can follow them.
    """
    unplaced = [d for d in deliveries if any(is_by_hand(remote) for remote in d.live)]
    if unplaced:
        words = (
            "What is live of this thread cannot be continued from here, since its id on the "
            "network is not known. Write the rest as a new post."
        )
        raise Blocked("cannot_go_on", words, unplaced)


def plan_again(
    delivery: Delivery,
    *,
    due_at: Millis,
    fit: Fit,
    doing: Doing,
    why: str = "",
    consent_late: bool = False,
) -> Delivery:
    """The same delivery planned for `due_at`, for the content as it is now."""
    planned = lifecycle.scheduled(
        delivery,
        due_at=due_at,
        needs_prepare=fit.needs_prepare,
        now=doing.now,
        timing=doing.timing,
        by=doing.by,
        why=why,
        consent_late=consent_late,
    )
    return replace(planned, parts=fit.parts)


def reschedule(
    deliveries: Sequence[Delivery], *, due_at: Millis, fitting: Fitting, doing: Doing
) -> list[Move]:
    """Everything that is not live moves to `due_at`. Raises Blocked when something is leaving."""
    refuse_leaving(deliveries, "plan it anew")
    open_ones = [d for d in deliveries if d.state in CANCELLABLE | {S.CANCELLED}]
    _refuse_unplaced(open_ones)
    if deliveries and not open_ones:
        words = "Everything of it is live or taken down already; write a new post instead."
        raise Blocked("already_live", words, deliveries)
    return [
        (d, plan_again(d, due_at=due_at, fit=fitting(d.account_id), doing=doing, why="rescheduled"))
        for d in open_ones
    ]


def edit(
    deliveries: Sequence[Delivery], *, keep: frozenset[str], fitting: Fitting, doing: Doing
) -> list[Move]:
    """The content changed: what waits is planned again for it, what left the post is removed.

    Failed deliveries stay as they are until somebody sends them again, and so do held ones, but for
    their number of parts: what a pause holds may go on by itself.
    """
    refuse_leaving(deliveries, "edit it")
    halfway = [d for d in deliveries if d.live and d.state not in {S.PUBLISHED, S.DELETED}]
    if halfway:
        words = (
            "Some parts of the thread are live and some are not; retry it or take it down first."
        )
        raise Blocked("partly_live", words, halfway)
    dropped = [d for d in deliveries if d.account_id not in keep]
    if live := [d for d in dropped if d.live]:
        raise Blocked(
            "already_live", "It is live on an account you removed; take it down first.", live
        )
    moves: list[Move] = [(d, None) for d in dropped]
    for d in deliveries:
        if d.account_id in keep and d.state in _WAITING:
            planned = plan_again(
                d,
                due_at=d.due_at,
                fit=fitting(d.account_id),
                doing=doing,
                why="edited",
                consent_late=d.consent_late,
            )
            moves.append((d, planned))
    held = [d for d in deliveries if d.account_id in keep and d.state is S.HELD]
    parts = {d.id: fitting(d.account_id).parts for d in held}
    moves += [(d, replace(d, parts=parts[d.id])) for d in held if d.parts != parts[d.id]]
    return moves


def tagged(deliveries: Sequence[Delivery], *, fitting: Fitting, doing: Doing) -> list[Move]:
    """It has another tag, of which there may be a pause: a worker that has loaded it without that
    tag must not send it, nor the rest of a thread whose first parts are live. What waits for a
    worker is only moved on, so that its timer stays; a part that is leaving leaves, with those that
    its worker sends right after it.
    """
    return [
        (
            d,
            d
            if d.state in lifecycle.WAITING
            else plan_again(
                d,
                due_at=d.due_at,
                fit=fitting(d.account_id),
                doing=doing,
                why="tagged",
                consent_late=d.consent_late,
            ),
        )
        for d in deliveries
        if d.state in _WAITING
    ]


def live_ones(deliveries: Iterable[Delivery]) -> list[Delivery]:
    return [d for d in deliveries if d.state is S.PUBLISHED]


def cancel(deliveries: Sequence[Delivery], *, doing: Doing) -> list[Move]:
    """Nothing that has not left will. Raises Blocked when something is leaving or live."""
    refuse_leaving(deliveries, "cancel it")
    if half := [d for d in deliveries if d.live and d.state in CANCELLABLE]:
        raise Blocked(
            "partly_live", "Part of the thread is live: delete the post to take it down.", half
        )
    stoppable = [d for d in deliveries if d.state in CANCELLABLE]
    if deliveries and not stoppable:
        if live := live_ones(deliveries):
            raise Blocked("already_live", "It is live: delete the post to take it down.", live)
        return []
    return [(d, lifecycle.cancelled(d, now=doing.now, by=doing.by)) for d in stoppable]


def take_down(deliveries: Sequence[Delivery], *, doing: Doing) -> tuple[list[Move], list[Delivery]]:
    """What to stop, and what is live and has to be deleted on its network."""
    refuse_leaving(deliveries, "take it down")
    moves: list[Move] = []
    live = [d for d in deliveries if d.live and d.state is not S.DELETED]
    for d in deliveries:
        if d.state not in CANCELLABLE:
            continue
        if d.live:
            if d.state is not S.FAILED:
                moves.append((d, _given_up(d, doing)))
        else:
            moves.append((d, lifecycle.cancelled(d, now=doing.now, by=doing.by, why="taken down")))
    return moves, live


def _given_up(delivery: Delivery, doing: Doing) -> Delivery:
    """A thread that is half live goes no further."""
    words = "Stopped after its first parts, to be taken down."
    error = Failure("taken_down", words, doing.now)
    fit = Fit(delivery.parts, needs_prepare=False)
    waiting = plan_again(delivery, due_at=delivery.due_at, fit=fit, doing=doing, why="taken down")
    return lifecycle.failed(waiting, error=error, now=doing.now)


def retry(
    deliveries: Sequence[Delivery],
    *,
    wanted: frozenset[str] | None,
    due_at: Millis,
    fitting: Fitting,
    doing: Doing,
) -> list[Move]:
    """Send what failed or was held; asking for it is consent to send it late."""
    chosen = [d for d in deliveries if wanted is None or d.id in wanted]
    ready = [d for d in chosen if d.state in {S.FAILED, S.HELD}]
    if wanted is not None and (others := [d for d in chosen if d not in ready]):
        raise Blocked("wrong_state", "Only what failed or was held can be sent again.", others)
    _refuse_unplaced(ready)
    if not ready:
        raise Blocked("nothing_to_retry", "Nothing of this post failed or was held.", chosen)
    return [
        (
            d,
            plan_again(
                d,
                due_at=due_at,
                fit=fitting(d.account_id),
                doing=doing,
                why="sent again",
                consent_late=True,
            ),
        )
        for d in ready
    ]


def release(
    delivery: Delivery, *, due_at: Millis, max_lateness: Millis, fit: Fit, doing: Doing
) -> Delivery:
    """What was held goes out again at `due_at`, or waits for a person if its window was missed."""
    late = doing.now > delivery.due_at + max_lateness and not delivery.consent_late
    planned = plan_again(
        delivery,
        due_at=max(due_at, delivery.due_at),
        fit=fit,
        doing=doing,
        why="resumed",
        consent_late=delivery.consent_late,
    )
    if not late or delivery.live:
        return planned
    return replace(
        lifecycle.held(planned, reason=HeldReason.MISSED_WINDOW, now=doing.now),
        due_at=delivery.due_at,
    )


def by_hand(url: str) -> Remote:
    """What a person says is live. Its id on the network is not known."""
    return Remote(id=url, url=url)


def by_hand_somewhere(delivery: Delivery) -> Remote:
    """The same of a person who gave no link."""
    return Remote(id=f"{_BY_HAND}{delivery.id}.{len(delivery.live)}")


def is_by_hand(remote: Remote) -> bool:
    return remote.id == remote.url or remote.id.startswith(_BY_HAND)
