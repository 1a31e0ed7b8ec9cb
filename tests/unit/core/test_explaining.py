"""How a delivery stands, in words: for every state, every reason, and whatever may stop it."""

import re
from dataclasses import replace
from typing import Any

import pytest

from shared.core import lifecycle
from shared.core.explaining import (
    OVERDUE,
    WAITS,
    Explanation,
    explain,
    stuck,
)
from shared.core.hindrances import Standing, hindrances
from shared.core.lifecycle import S
from shared.core.models import (
    MINUTE,
    SECOND,
    Delivery,
    DeliveryState,
    Failure,
    HeldReason,
    MissedWindow,
    Remote,
    WakeKind,
)
from shared.core.posts import by_hand
from shared.core.reasons import Reason
from shared.core.workspaces import (
    AccountState,
    Installation,
    Pause,
    PauseFate,
    PauseScope,
)
from tests.fakes import make
from tests.fakes.time import START

DUE = START + 60_000
POST = make.post(due_at=DUE)
PLANNED = make.delivery(POST)
PAUSE = Pause(START, "key_1", "storm")
PROTOCOL = re.compile(r"claim|settle|deliver|unconfirmed|intent|\blease|fence|reconcil", re.I)
TODO = {S.DRAFT, S.FAILED, S.UNCONFIRMED, S.HELD}


def standing(**changes: Any) -> Standing:
    known = Standing(make.workspace(), {make.ACCOUNT: make.account()})
    return replace(known, **changes)


def said(delivery: Delivery, known: Standing | None = None, *, now: int = START) -> Explanation:
    return explain(delivery, known or standing(), now=now)


def in_state(state: DeliveryState, **changes: Any) -> Delivery:
    if state is S.HELD:  # looked at once more, and left to people
        changes = {"wake_kind": None, "wake_at": None} | changes
    return lifecycle.moved(PLANNED, state, now=START, **changes)


@pytest.mark.parametrize("state", list(S))
@pytest.mark.parametrize("reason", list(HeldReason))
def test_every_state_is_said_in_the_words_of_people(
    state: DeliveryState, reason: HeldReason
) -> None:
    error = Failure("rejected", "the network does not want this text", START)
    for found in (
        in_state(state, held_reason=reason),
        in_state(state, held_reason=reason, error=error, live=(Remote("1"),), parts=3),
    ):
        explained = said(found)
        assert PROTOCOL.search(f"{explained.words} {explained.todo}") is None
        assert explained.words.endswith(".")
        assert bool(explained.todo) == (state in TODO)


def test_each_reason_for_a_stop_is_said_in_its_own_words() -> None:
    held = [said(in_state(S.HELD, held_reason=reason)) for reason in HeldReason]
    assert len({each.words for each in held}) == len({each.todo for each in held}) == 4


def test_what_waits_leaves_at_its_time() -> None:
    assert said(PLANNED) == Explanation("It is ready and leaves at its time.", DUE)


def test_what_is_prepared_first_says_when() -> None:
    ahead = make.delivery(make.post(due_at=START + 60 * MINUTE), needs_prepare=True)
    explained = said(ahead)
    assert "sent ahead" in explained.words
    assert explained.next_at == START + 50 * MINUTE
    error = Failure("transient", "502", START)
    running = lifecycle.preparing(ahead, owner="own", now=START, lease=SECOND)
    again = lifecycle.prepare_again(running, at=START + 9_000, now=START, error=error)
    assert "502" in said(again).words
    assert said(again).next_at == START + 9_000


def test_a_retry_says_why_and_when() -> None:
    claimed = lifecycle.claimed(PLANNED, owner="own", now=DUE, lease=MINUTE)
    error = Failure("rate_limited", "too many posts", DUE)
    again = lifecycle.retry(claimed, at=DUE + 30_000, now=DUE, error=error)
    # Handing it out moves the timer on; it is not taken up before all the same.
    explained = said(replace(again, wake_at=DUE + 90_000), now=DUE)
    assert explained.next_at == DUE + 30_000
    assert "asked to wait: “too many posts”" in explained.words
    assert "Nothing went out so far" in explained.words
    twin = lifecycle.retry(
        claimed,
        at=DUE + MINUTE,
        now=DUE,
        error=None,
        why="the same content is on its way on this profile",
    )
    assert "same words" in said(twin, now=DUE).words
    half = replace(again, live=(Remote("1"),), parts=2)
    assert "1 of 2 parts is live." in said(half, now=DUE).words


def test_a_retry_after_the_window_says_that_it_will_be_held() -> None:
    claimed = lifecycle.claimed(PLANNED, owner="own", now=DUE, lease=MINUTE)
    error = Failure("rate_limited", "too many posts", DUE)
    late = lifecycle.retry(claimed, at=DUE + 61 * MINUTE, now=DUE, error=error)
    assert "put on hold" in said(late, now=DUE).words
    assert said(late, now=DUE).todo
    sent = standing(missed_window=MissedWindow.SEND)
    assert said(late, sent, now=DUE).todo == ""
    skipped = standing(workspace=make.workspace(missed_window=MissedWindow.SKIP))
    assert "left out" in said(late, skipped, now=DUE).words
    assert said(replace(late, consent_late=True), now=DUE).todo == ""


def codes(known: Standing, *, at: int = DUE) -> list[str]:
    return [each.code for each in hindrances(PLANNED, known, at=at)]


def accounts(**changes: Any) -> dict[str, Any]:
    return {make.ACCOUNT: make.account(**changes)}


@pytest.mark.parametrize(
    ("known", "expected"),
    [
        (standing(), []),
        (Standing(), []),
        (standing(accounts={}), ["account_gone"]),
        (standing(accounts=accounts(state=AccountState.DISCONNECTED)), ["account_disconnected"]),
        (standing(accounts=accounts(state=AccountState.NEEDS_RECONNECT)), ["needs_reconnect"]),
        (standing(accounts=accounts(paused=PAUSE)), ["paused"]),
        (standing(workspace=make.workspace(paused=PAUSE)), ["paused"]),
        (standing(installation=Installation(paused=PAUSE)), ["paused"]),
        (standing(approved=False), ["needs_approval"]),
    ],
)
def test_what_would_stop_it(known: Standing, expected: list[str]) -> None:
    assert codes(known) == expected
    explained = said(PLANNED, known)
    assert bool(explained.todo) == bool(expected)
    assert explained.next_at == DUE


def test_a_pause_that_ends_before_its_time_stops_nothing() -> None:
    paused = standing(workspace=make.workspace(paused=replace(PAUSE, until=DUE)))
    assert codes(paused) == []
    assert codes(paused, at=DUE - 1) == ["paused"]


def test_what_a_pause_holds_names_the_pause_while_it_lasts() -> None:
    held = in_state(S.HELD, held_reason=HeldReason.PAUSED)
    paused = said(held, standing(workspace=make.workspace(paused=PAUSE)))
    assert "storm" in paused.words
    assert "Resume publishing." in paused.todo
    assert "send it now" in said(held).todo


def test_a_pause_says_what_becomes_of_what_it_stops() -> None:
    end = DUE + 30 * MINUTE
    held = in_state(S.HELD, held_reason=HeldReason.PAUSED)

    def under(**changes: Any) -> Standing:
        pause = replace(PAUSE, id="pau_1", until=end, **changes)
        return standing(workspace=make.workspace(pauses=(pause,)))

    later = under(fate=PauseFate.SEND_AFTER)
    assert "leaves after the pause" in said(PLANNED, later).words
    assert (said(PLANNED, later).next_at, said(PLANNED, later).todo) == (end, "")
    assert "leaves by itself" in said(held, later, now=DUE).words
    assert end <= (said(held, later, now=DUE).next_at or 0) < end + MINUTE
    over = said(replace(held, wake_kind=WakeKind.PUBLISH, wake_at=end), later, now=end)
    assert (over.next_at, over.todo) == (end, "")
    long = replace(PAUSE, id="pau_1", until=DUE + 600 * MINUTE, fate=PauseFate.SEND_AFTER)
    too_late = said(held, standing(workspace=make.workspace(pauses=(long,))), now=DUE)
    assert "put on hold" in too_late.words
    assert too_late.todo
    assert "left out" in said(PLANNED, under(fate=PauseFate.SKIP)).words
    assert "never leaves by itself" in said(held, under(), now=end).words
    skipped = lifecycle.skipped(PLANNED, now=DUE, why=Reason.PAUSE_SKIPS)
    assert "during a pause" in said(skipped, now=DUE).words
    one_tag = under(scope=PauseScope.TAG, value="promo")
    assert hindrances(PLANNED, one_tag, at=DUE) == []
    (found,) = hindrances(PLANNED, replace(one_tag, tags=("Promo",)), at=DUE)
    assert "tagged “promo”" in found.words
    elsewhere = under(scope=PauseScope.PLATFORM, value="bluesky")
    assert hindrances(PLANNED, elsewhere, at=DUE) == []


def test_only_what_should_be_out_is_stuck() -> None:
    late = DUE + OVERDUE + 1
    assert [s for s in S if stuck(s, DUE, now=late)] == [
        S.SCHEDULED, S.PREPARING, S.CLAIMED, S.SENDING, S.RETRY, S.UNKNOWN,
    ]  # fmt: skip
    assert not any(stuck(s, DUE, now=late - 1) for s in S)
    assert "should have left" in said(PLANNED, now=late).words
    assert said(PLANNED, now=late).todo


def test_nothing_follows_what_a_person_said_is_live() -> None:
    half = in_state(S.FAILED, live=(by_hand("https://social.example/1"),), parts=2)
    assert "new post" in said(half).todo


def test_what_is_live_says_how_late_it_left() -> None:
    live = in_state(S.PUBLISHED, sent_at=DUE + 20, live=(Remote("1"),), wake_kind=WakeKind.POLL)
    assert said(live).words == "It is live. It left 0.02 seconds after its time."


def test_every_reason_has_words_for_people() -> None:
    """What a step may write into a delivery's history, and nobody explained, would be unclear."""
    elsewhere = {
        Reason.PROCESSING,
        Reason.NOT_THERE,
        Reason.WINDOW_MISSED,
        Reason.PAUSE_SKIPS,
    }
    assert WAITS.keys() | elsewhere == set(Reason)
