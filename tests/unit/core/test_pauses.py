"""Which pauses stop what, from which instant to which, and what becomes of what they stop."""

from dataclasses import replace
from typing import Any

import pytest

from shared.core import lifecycle
from shared.core.errors import InvalidDraft
from shared.core.lifecycle import S
from shared.core.models import MINUTE, SECOND, Delivery, HeldReason, Remote
from shared.core.pauses import (
    MOST,
    MOST_WORDS,
    REMEMBERED,
    Subject,
    added,
    at_once,
    closed,
    covers,
    fate_of,
    in_force,
    keeping,
    next_look,
    on,
    on_all,
    stopping,
)
from shared.core.workspaces import Installation, Pause, PauseFate, PauseScope
from shared.store import items
from shared.store.attributes import Item
from tests.fakes import make
from tests.fakes.time import START

HOUR = 60 * MINUTE
POST = make.post(due_at=START + 10 * MINUTE, tags=("Promo",))
HELD = lifecycle.held(make.delivery(POST), reason=HeldReason.PAUSED, now=START + 10 * MINUTE - 150)


def pause(number: int = 1, **changes: Any) -> Pause:
    made = Pause(START, "key_1", id=f"pau_{number}")
    return replace(made, **changes)


def kept(*pauses: Pause, delivery: Delivery = HELD, now: int) -> list[str]:
    return [each.id for each in keeping(pauses, delivery, POST.tags, now=now)]


def test_a_pause_does_not_keep_what_was_held_before_it_was_made() -> None:
    """Also one that holds at once, once it is over: what another lets go by itself then goes."""
    holiday = pause(1, until=START + 5 * HOUR, fate=PauseFate.SEND_AFTER)
    since = pause(2, at=START + HOUR, until=START + 2 * HOUR)
    assert kept(holiday, since, now=START + HOUR) == ["pau_1", "pau_2"]
    assert kept(holiday, since, now=START + 3 * HOUR) == ["pau_1"]
    assert kept(holiday, since, now=START + 5 * HOUR) == []


@pytest.mark.parametrize(
    ("scope", "value", "expected"),
    [
        (PauseScope.INSTALLATION, "", True),
        (PauseScope.WORKSPACE, "", True),
        (PauseScope.ACCOUNT, "acc_1", True),
        (PauseScope.ACCOUNT, "acc_2", False),
        (PauseScope.PLATFORM, "bluesky", True),
        (PauseScope.PLATFORM, "mastodon", False),
        (PauseScope.TAG, "promo", True),
        (PauseScope.TAG, "prom", False),
    ],
)
def test_a_pause_covers_what_it_names(
    scope: PauseScope,
    value: str,
    expected: bool,  # noqa: FBT001  a parameter of the table
) -> None:
    what = Subject("acc_1", "bluesky", ("news", "Promo"))
    assert covers(pause(scope=scope, value=value), what) is expected
    assert bool(stopping([pause(scope=scope, value=value)], what, at=START)) is expected


def test_it_is_in_force_from_its_first_instant_to_before_its_last() -> None:
    planned = pause(since=START + 10, until=START + 20)
    assert [at for at in range(START + 8, START + 23) if in_force(planned, at)] == [
        *range(START + 10, START + 20)
    ]
    # One that holds at once does so for a worker, too, whose clock is behind.
    assert in_force(pause(), START - 2 * SECOND)
    assert in_force(pause(), START + REMEMBERED)
    assert not in_force(None, START)


def test_what_an_earlier_release_stored_is_one_of_them() -> None:
    old, new = Pause(START, "key_1", "storm"), pause(since=START + 1)
    workspace = make.workspace(paused=old, pauses=(new,))
    account = make.account(paused=old)
    installation = Installation(paused=old)
    found = on_all(installation, workspace, account, None)
    assert [p.scope.value for p in found] == ["installation", "workspace", "workspace", "account"]
    assert len({p.id for p in found}) == 4
    assert found[3].value == account.id
    assert on(make.workspace(pauses=(new,))) == (new,)
    assert at_once(workspace) == found[1]
    assert at_once(make.workspace(pauses=(new,))) is None
    only_a_tag = pause(scope=PauseScope.TAG, value="promo")
    assert at_once(make.workspace(pauses=(only_a_tag,))) is None


def test_of_several_the_one_that_lets_least_out_decides() -> None:
    hold, later, skip = (
        pause(fate=fate) for fate in (PauseFate.HOLD, PauseFate.SEND_AFTER, PauseFate.SKIP)
    )
    assert fate_of([later], begun=False) is PauseFate.SEND_AFTER
    assert fate_of([later, hold], begun=False) is PauseFate.HOLD
    assert fate_of([hold, skip, later], begun=False) is PauseFate.SKIP
    assert fate_of([skip], begun=True) is PauseFate.HOLD  # no thread is cut off


def test_what_was_held_waits_for_somebody_or_for_the_end() -> None:
    end = START + HOUR
    hold = pause(1, until=end)
    later = pause(2, until=end, fate=PauseFate.SEND_AFTER)
    skip = pause(3, until=end, fate=PauseFate.SKIP)
    during, after = end - 1, end
    assert kept(hold, later, skip, now=during) == ["pau_1", "pau_2"]
    assert kept(hold, later, skip, now=after) == ["pau_1"]
    half = replace(HELD, live=(Remote("1"),), parts=2)
    assert kept(skip, delivery=half, now=after) == ["pau_3"]
    # It ended before this was held, or covers something else: it keeps nothing.
    assert kept(pause(until=START + MINUTE), now=after) == []
    assert kept(pause(scope=PauseScope.TAG, value="other"), now=during) == []
    assert kept(pause(since=HELD.due_at, until=end), now=during) == ["pau_1"]
    assert kept(replace(hold, ended=True), now=after) == []


def test_the_next_look_is_at_the_end_in_the_order_of_due_instants() -> None:
    end = START + HOUR
    later = pause(until=end, fate=PauseFate.SEND_AFTER)
    dues = [START - HOUR, START, START + MINUTE, START + 30 * MINUTE, end - 1, end + HOUR]
    looks = [next_look([later], replace(HELD, due_at=due)) for due in dues]
    known = [look for look in looks if look is not None]
    assert known == sorted(known)
    assert (known[0], known[3]) == (end, end + MINUTE // 2)
    assert max(known) < end + MINUTE
    longer = pause(2, until=end + HOUR, fate=PauseFate.SEND_AFTER)
    assert (next_look([later, longer], HELD) or 0) >= end + HOUR
    assert next_look([pause(until=end)], HELD) is None
    assert next_look([pause(fate=PauseFate.SEND_AFTER)], HELD) is None
    assert next_look([], HELD) is None


def test_only_so_many_are_kept_and_what_is_over_makes_room() -> None:
    now = START + HOUR
    known = tuple(pause(n, until=START + n) for n in range(1, MOST + 1))
    more = added(known, pause(99), now=now)
    assert [p.id for p in more] == [f"pau_{n}" for n in [*range(2, MOST + 1), 99]]
    forgotten = added(known, pause(99), now=START + MOST // 2 + REMEMBERED)
    assert len(forgotten) == MOST // 2 + 1
    lasting = tuple(pause(n) for n in range(MOST))
    with pytest.raises(InvalidDraft, match="end one"):
        added(lasting, pause(99), now=now)
    wordy = tuple(pause(n, reason="é" * 200) for n in range(MOST_WORDS // 400))
    with pytest.raises(InvalidDraft, match="shorter reason"):
        added(wordy, pause(99, reason="é" * 200), now=now)


def test_the_fullest_workspace_is_read_for_one_unit_more() -> None:
    full = tuple(
        Pause(
            START,
            "somebody@example-company.com",
            "r" * (MOST_WORDS // MOST),
            START + HOUR,
            make.new_id("pau", n),
            PauseScope.TAG,
            "t" * 50,
            START,
            PauseFate.SEND_AFTER,
        )
        for n in range(MOST)
    )
    item = items.workspace_item(make.workspace(name="n" * 100, pauses=full))
    assert items.workspace_from(item).pauses == full
    assert size(item) < 8 * 1024


def size(value: Item | Any) -> int:
    """As DynamoDB counts, or a little more."""
    if isinstance(value, dict):
        return 3 + sum(len(name) + size(member) for name, member in value.items())
    if isinstance(value, list):
        return 3 + sum(1 + size(member) for member in value)
    return len(str(value).encode())


def test_ending_shuts_what_is_in_force_and_forgets_what_has_not_begun() -> None:
    now = START + HOUR
    begun, coming, over, other = (
        pause(1),
        pause(2, since=now + 1),
        pause(3, until=now - 1),
        pause(4),
    )
    left = closed((begun, coming, over, other), {"pau_1", "pau_2", "pau_3"}, now=now)
    assert left == (
        replace(begun, until=now, ended=True, version=2),
        replace(over, ended=True, version=2),
        other,
    )
    assert closed(left, {"pau_1", "pau_3"}, now=now + 1) == left
    assert not in_force(left[0], now)


def test_a_hold_is_of_the_delivery_as_it_was_due() -> None:
    """It was held a moment before its instant, by a pause that begins right then."""
    assert HELD.state is S.HELD
    starting = pause(since=HELD.due_at, fate=PauseFate.HOLD, until=HELD.due_at + 1)
    assert kept(starting, now=HELD.due_at + HOUR) == ["pau_1"]
