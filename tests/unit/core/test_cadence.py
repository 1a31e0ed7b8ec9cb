"""How often a thread is looked at, whatever happens below it."""

import itertools

from hypothesis import given
from hypothesis import strategies as st

from shared.core.cadence import MOST, TIMETABLE, WATCHED, first_look, next_look
from shared.core.models import MINUTE, Millis
from tests.fakes.time import START

DAY: Millis = 24 * 60 * MINUTE
TICK = MINUTE


def looks_at(active: list[bool], late: list[Millis], *, begun: Millis = START) -> list[Millis]:
    """The instants of all looks at a post published at START, by a tick that comes once a minute,
    sometimes late; `active` says before which looks something happened.
    """
    looks: list[Millis] = []
    active_at = START
    at = first_look(published_at=START, now=begun, unit=MINUTE)
    while at is not None:
        n = len(looks)
        now = -(-at // TICK) * TICK + (late[n % len(late)] if late else 0)
        looks.append(now)
        if active and active[n % len(active)]:
            active_at = now
        at = next_look(
            published_at=START, active_at=active_at, looks=len(looks), now=now, unit=MINUTE
        )
    return looks


def test_a_quiet_post_is_looked_at_by_the_timetable_for_thirty_days() -> None:
    looks = looks_at([], [])
    assert len(looks) == len(TIMETABLE) == 62
    assert looks[0] - START <= 2 * MINUTE
    assert START + 29 * DAY < looks[-1] <= START + 30 * DAY


def test_no_gap_is_longer_than_a_day() -> None:
    looks = [START, *looks_at([], [])]
    assert max(after - before for before, after in itertools.pairwise(looks)) <= (DAY + MINUTE)


@given(
    st.lists(st.booleans(), max_size=120),
    st.lists(st.integers(0, 3 * DAY), max_size=40),
    st.integers(0, 31 * DAY),
)
def test_never_more_than_the_most_whatever_happens(
    active: list[bool], late: list[Millis], begun: Millis
) -> None:
    looks = looks_at(active, late, begun=START + begun)
    assert len(looks) <= MOST
    assert looks == sorted(set(looks))
    assert all(at <= START + (WATCHED + 1) * MINUTE + max(late, default=0) for at in looks)


def test_what_is_lively_all_the_time_is_looked_at_most_often() -> None:
    looks = looks_at([True], [])
    assert len(TIMETABLE) + 30 < len(looks) <= MOST
    assert looks[-1] > START + 29 * DAY, "and until its time is over"


@given(st.integers(0, 28))
def test_somebody_who_answers_an_old_post_makes_it_lively_again(day: int) -> None:
    def after(active_at: Millis) -> Millis | None:
        return next_look(published_at=START, active_at=active_at, looks=40, now=now, unit=MINUTE)

    now = START + day * DAY + 13 * 60 * MINUTE
    quiet, lively = after(START), after(now)
    assert quiet is not None
    assert lively == now + 5 * MINUTE < quiet


def test_what_stays_quiet_goes_back_to_the_timetable_in_doubling_steps() -> None:
    looks = looks_at([False] * 40 + [True] + [False] * 70, [])
    gaps = [b - a for a, b in itertools.pairwise(looks[40:])]
    assert [gap // MINUTE for gap in gaps[:5]] == [5, 5, 10, 20, 40]
    assert len(looks) < len(TIMETABLE) + 12


def test_a_post_found_late_joins_the_timetable_where_it_is() -> None:
    looks = looks_at([], [], begun=START + 10 * DAY)
    assert looks[0] - START < 10 * DAY + 2 * MINUTE
    assert len(looks) <= 21


def test_a_post_older_than_that_is_never_looked_at() -> None:
    assert first_look(published_at=START, now=START + 31 * DAY, unit=MINUTE) is None
    assert looks_at([], [], begun=START + 31 * DAY) == []


def test_a_shorter_unit_shortens_everything() -> None:
    at = first_look(published_at=START, now=START, unit=1_000)
    assert at == START + 1_000
    again = next_look(published_at=START, active_at=START, looks=1, now=at, unit=1_000)
    assert again == START + 2_000
