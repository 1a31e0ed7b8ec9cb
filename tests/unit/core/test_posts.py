"""What may be done with a post, from the states of its deliveries."""

from collections.abc import Sequence
from dataclasses import replace
from itertools import product
from typing import Any

import pytest

from shared.core import lifecycle
from shared.core.content import approval_hash
from shared.core.lifecycle import CANCELLABLE, LEAVING, S
from shared.core.models import MINUTE, Approval, Delivery, DeliveryState, HeldReason, Remote
from shared.core.posts import (
    Blocked,
    Doing,
    Fit,
    Move,
    PostStatus,
    by_hand,
    by_hand_somewhere,
    cancel,
    edit,
    is_approved,
    is_by_hand,
    release,
    reschedule,
    retry,
    status_of,
    tagged,
    take_down,
)
from shared.core.timing import Timing
from tests.fakes import make
from tests.fakes.time import START

DOING = Doing(now=START, by="key_1", timing=Timing())
LATER = START + 10 * MINUTE
LIVE = Remote("r1", "https://fake.example/r1")


def fitting(account_id: str) -> Fit:
    return Fit(parts=1, needs_prepare=False)


def in_state(state: DeliveryState, number: int = 1, **changes: object) -> Delivery:
    live = (LIVE,) if state in {S.PUBLISHED, S.DELETED} else ()
    fields: dict[str, Any] = {"state": state, "live": live, **changes}
    return make.delivery(make.post(), f"acc_{number}", number=number, **fields)


def after(moves: Sequence[Move]) -> list[DeliveryState | None]:
    return [new.state if new else None for _, new in moves]


@pytest.mark.parametrize(
    ("states", "expected"),
    [
        ([], PostStatus.DRAFT),
        (["scheduled"], PostStatus.SCHEDULED),
        (["scheduled", "published"], PostStatus.PUBLISHING),
        (["claimed"], PostStatus.PUBLISHING),
        (["retry", "published"], PostStatus.PUBLISHING),
        (["unknown"], PostStatus.PUBLISHING),
        (["published", "published"], PostStatus.PUBLISHED),
        (["published", "cancelled"], PostStatus.PUBLISHED),
        (["published", "failed"], PostStatus.PARTLY_PUBLISHED),
        (["failed"], PostStatus.FAILED),
        (["failed", "cancelled"], PostStatus.FAILED),
        (["unconfirmed", "published"], PostStatus.NEEDS_ATTENTION),
        (["cancelled"], PostStatus.CANCELLED),
        (["deleted", "cancelled"], PostStatus.DELETED),
    ],
)
def test_a_post_in_one_word(states: list[str], expected: PostStatus) -> None:
    found = [(DeliveryState(state), None) for state in states]
    assert status_of(found, cancelled=False, approved=True) is expected


def test_what_was_held_needs_somebody_or_an_approval() -> None:
    held = [(S.HELD, HeldReason.PAUSED), (S.PUBLISHED, None)]
    assert status_of(held, cancelled=False, approved=True) is PostStatus.NEEDS_ATTENTION
    waiting = [(S.HELD, HeldReason.NEEDS_APPROVAL)]
    assert status_of(waiting, cancelled=False, approved=False) is PostStatus.AWAITING_APPROVAL
    planned = [(S.SCHEDULED, None)]
    assert status_of(planned, cancelled=False, approved=False) is PostStatus.AWAITING_APPROVAL


def test_a_cancelled_draft_is_cancelled() -> None:
    assert status_of([], cancelled=True, approved=True) is PostStatus.CANCELLED


@pytest.mark.parametrize("pair", list(product(DeliveryState, repeat=2)))
def test_every_combination_of_states_has_a_status(
    pair: tuple[DeliveryState, DeliveryState],
) -> None:
    found = status_of([(s, None) for s in pair], cancelled=False, approved=True)
    assert isinstance(found, PostStatus)


@pytest.mark.parametrize("state", sorted(LEAVING | {S.UNCONFIRMED}))
def test_nothing_is_changed_while_it_may_be_on_its_way(state: DeliveryState) -> None:
    deliveries = [in_state(S.SCHEDULED, 1), in_state(state, 2)]
    keep = frozenset({"acc_1", "acc_2"})
    for attempt in (
        lambda: cancel(deliveries, doing=DOING),
        lambda: edit(deliveries, keep=keep, fitting=fitting, doing=DOING),
        lambda: reschedule(deliveries, due_at=LATER, fitting=fitting, doing=DOING),
        lambda: take_down(deliveries, doing=DOING),
    ):
        with pytest.raises(Blocked) as caught:
            attempt()
        assert caught.value.code == ("unconfirmed" if state is S.UNCONFIRMED else "already_leaving")
        assert [p.where for p in caught.value.problems] == [f"deliveries[{deliveries[1].id}]"]


@pytest.mark.parametrize("state", sorted(CANCELLABLE))
def test_what_has_not_left_can_be_cancelled(state: DeliveryState) -> None:
    assert after(cancel([in_state(state)], doing=DOING)) == [S.CANCELLED]


def test_cancelling_leaves_what_is_live_and_refuses_when_all_is() -> None:
    both = [in_state(S.PUBLISHED, 1), in_state(S.SCHEDULED, 2)]
    ((before, _),) = cancel(both, doing=DOING)
    assert before is both[1]
    with pytest.raises(Blocked) as caught:
        cancel(both[:1], doing=DOING)
    assert caught.value.code == "already_live"
    assert cancel([in_state(S.CANCELLED)], doing=DOING) == []


def test_a_thread_that_is_half_live_is_not_cancelled_but_taken_down() -> None:
    half = in_state(S.RETRY, live=(LIVE,), parts=3)
    with pytest.raises(Blocked) as caught:
        cancel([half], doing=DOING)
    assert caught.value.code == "partly_live"
    moves, live = take_down([half], doing=DOING)
    assert after(moves) == [S.FAILED]
    assert live == [half]


def test_rescheduling_moves_all_but_what_is_live() -> None:
    found = [in_state(S.PUBLISHED, 1), in_state(S.CANCELLED, 2), in_state(S.HELD, 3)]
    moves = reschedule(found, due_at=LATER, fitting=fitting, doing=DOING)
    assert [old.account_id for old, _ in moves if old] == ["acc_2", "acc_3"]
    assert {new.due_at for _, new in moves if new} == {LATER}
    with pytest.raises(Blocked) as caught:
        reschedule(found[:1], due_at=LATER, fitting=fitting, doing=DOING)
    assert caught.value.code == "already_live"


def test_an_edit_plans_what_waits_again_and_keeps_what_stopped() -> None:
    found = [
        in_state(S.CLAIMED, 1, owner="own_1", consent_late=True),
        in_state(S.HELD, 2, held_reason=HeldReason.PAUSED),
        in_state(S.FAILED, 3),
        in_state(S.SCHEDULED, 4),
    ]
    moves = edit(
        found,
        keep=frozenset({"acc_1", "acc_2", "acc_3"}),
        fitting=lambda _: Fit(parts=3, needs_prepare=True),
        doing=DOING,
    )
    assert (found[3], None) in moves
    again, held = [new for _, new in moves if new is not None]
    assert held == replace(found[1], parts=3), "it may go on by itself"
    assert (again.state, again.parts, again.owner) == (S.SCHEDULED, 3, None)
    assert again.prepared is False
    assert again.consent_late is True
    assert again.due_at == found[0].due_at


def test_an_edit_does_not_drop_what_is_live() -> None:
    with pytest.raises(Blocked) as caught:
        edit([in_state(S.PUBLISHED)], keep=frozenset(), fitting=fitting, doing=DOING)
    assert caught.value.code == "already_live"


def test_taking_down_cancels_what_waits_and_names_what_is_live() -> None:
    found = [in_state(S.PUBLISHED, 1), in_state(S.SCHEDULED, 2), in_state(S.DELETED, 3)]
    moves, live = take_down(found, doing=DOING)
    assert after(moves) == [S.CANCELLED]
    assert live == found[:1]


def test_retrying_is_consent_to_be_late() -> None:
    found = [in_state(S.FAILED, 1), in_state(S.HELD, 2), in_state(S.PUBLISHED, 3)]
    moves = retry(found, wanted=None, due_at=START, fitting=fitting, doing=DOING)
    assert [(new.state, new.consent_late) for _, new in moves if new] == [(S.SCHEDULED, True)] * 2
    with pytest.raises(Blocked) as caught:
        retry(found, wanted=frozenset({found[2].id}), due_at=START, fitting=fitting, doing=DOING)
    assert caught.value.code == "wrong_state"
    with pytest.raises(Blocked) as caught:
        retry(found[2:], wanted=None, due_at=START, fitting=fitting, doing=DOING)
    assert caught.value.code == "nothing_to_retry"


def test_a_thread_goes_on_where_it_stopped() -> None:
    half = in_state(S.FAILED, live=(LIVE,), parts=3)
    ((_, again),) = retry([half], wanted=None, due_at=START, fitting=fitting, doing=DOING)
    assert again is not None
    assert again.live == (LIVE,)


def test_nothing_follows_what_a_person_said_is_live() -> None:
    """Its id on the network is not known: a part that answers it would be refused there."""
    half = in_state(S.FAILED, live=(by_hand_somewhere(in_state(S.UNCONFIRMED)),), parts=3)
    with pytest.raises(Blocked) as caught:
        retry([half], wanted=None, due_at=START, fitting=fitting, doing=DOING)
    assert caught.value.code == "cannot_go_on"
    with pytest.raises(Blocked) as caught:
        reschedule([half], due_at=START, fitting=fitting, doing=DOING)
    assert caught.value.code == "cannot_go_on"


@pytest.mark.parametrize(("late", "expected"), [(59 * MINUTE, S.SCHEDULED), (61 * MINUTE, S.HELD)])
def test_what_is_released_too_late_waits_for_a_person(late: int, expected: DeliveryState) -> None:
    held = in_state(S.HELD, due_at=START - late, held_reason=HeldReason.PAUSED)
    freed = release(held, due_at=START, max_lateness=60 * MINUTE, fit=fitting(""), doing=DOING)
    assert freed.state is expected
    assert freed.held_reason is (HeldReason.MISSED_WINDOW if expected is S.HELD else None)
    assert freed.due_at == (held.due_at if expected is S.HELD else START)


def test_what_is_held_before_its_time_keeps_its_time() -> None:
    held = in_state(S.HELD, due_at=LATER, held_reason=HeldReason.NEEDS_APPROVAL)
    freed = release(held, due_at=START, max_lateness=60 * MINUTE, fit=fitting(""), doing=DOING)
    assert (freed.state, freed.due_at) == (S.SCHEDULED, LATER)


def test_an_approval_holds_for_exactly_what_was_seen() -> None:
    post = make.post(requires_approval=True)
    assert not is_approved(post)
    seen = replace(post, approval=Approval("key_1", START, approval_hash(post)))
    assert is_approved(seen)
    assert not is_approved(replace(seen, content=replace(seen.content, text="other")))
    assert not is_approved(replace(seen, account_ids=("acc_9",)))


def test_what_a_person_says_is_live_is_recognised() -> None:
    assert is_by_hand(by_hand("https://social.example/@ada/1"))
    assert is_by_hand(by_hand_somewhere(in_state(S.UNCONFIRMED)))
    assert not is_by_hand(LIVE)


def test_every_move_is_one_that_the_lifecycle_allows() -> None:
    """A planned delivery can always be claimed and sent."""
    ((_, again),) = retry(
        [in_state(S.FAILED)], wanted=None, due_at=START, fitting=fitting, doing=DOING
    )
    assert again is not None
    claimed = lifecycle.claimed(again, owner="own_1", now=START, lease=75_000)
    assert claimed.state is S.CLAIMED


@pytest.mark.parametrize("state", list(S))
def test_another_tag_reaches_whoever_has_loaded_the_post(state: S) -> None:
    """Whatever may still leave is moved on, and what waits keeps its timer."""
    before = in_state(state)
    moves = tagged([before], fitting=fitting, doing=DOING)
    assert bool(moves) == (state in (S.SCHEDULED, S.RETRY, S.PREPARING, S.CLAIMED))
    for _, new in moves:
        assert new is not None
        assert new == before or new.state is S.SCHEDULED
        assert new.due_at == before.due_at
    half = replace(before, live=(LIVE,), parts=2)
    assert len(tagged([half], fitting=fitting, doing=DOING)) == len(moves), "nor leaves the rest"
