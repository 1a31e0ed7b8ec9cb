"""What is counted when, and what is kept of it."""

from dataclasses import replace
from typing import Any

from shared.core.lifecycle import S
from shared.core.models import MINUTE
from shared.core.platform import Verb
from shared.core.rollup import Series, Snapshot
from shared.core.sampling import DAY, FOLLOWED, HOUR, MOST
from shared.core.workspaces import AccountState
from tests.fakes import make
from tests.fakes.counting import COUNTS, CountingWorld
from tests.fakes.time import START

OTHER = "acc_00000000000000000000000002"


def ages(world: CountingWorld, series: Series) -> list[int]:
    """Minutes after publication at which it was counted."""
    found = world.series(series)
    return [(s.at - found.published_at) // MINUTE for s in found.snapshots]


def test_a_young_post_is_counted_eight_times_on_its_first_day(world: CountingWorld) -> None:
    post = world.publish()
    world.report(post, likes=1)
    world.run(DAY)
    assert ages(world, post) == [10, 25, 60, 120, 240, 480, 840, 1440]
    assert world.series(post).wake_at is None
    assert world.telemetry.total("MetricsFailed") == 0


def test_what_the_network_says_is_kept_as_it_is(world: CountingWorld) -> None:
    post = world.publish()
    world.report(post, likes=7, replies=0)
    world.run(10 * MINUTE)
    world.report(post, likes=3)
    world.run(15 * MINUTE)
    assert [dict(s.values) for s in world.series(post).snapshots] == [
        {"likes": 7, "replies": 0},
        {"likes": 3},
    ]


def test_a_thread_is_its_parts_added_up(world: CountingWorld) -> None:
    post = world.publish(parts=3)
    world.report(post, likes=2, replies=1)
    world.run(10 * MINUTE)
    (taken,) = world.series(post).snapshots
    assert taken.values == {"likes": 6, "replies": 1}
    assert world.network.asked[-1] == ("r1.0", "r1.1", "r1.2")


def test_an_account_is_counted_every_hour_in_step(world: CountingWorld) -> None:
    world.network.profiles[world.account.id] = {"followers": 10, "posts": 2}
    world.clock.advance(5_000)
    world.tick()
    world.run(3 * HOUR)
    taken = world.account_snapshots()
    assert [s.values for s in taken] == [{"followers": 10, "posts": 2}] * 4
    assert [(s.at - START) // HOUR for s in taken] == [0, 1, 2, 3]
    assert (world.counting().wake_at or 0) - START == 4 * HOUR


def test_an_account_of_which_nothing_is_reported_gets_a_gap(world: CountingWorld) -> None:
    world.network.profiles[world.account.id] = {}
    world.run(3 * HOUR)
    assert world.account_snapshots() == []
    assert (world.counting().wake_at or 0) > world.clock.now()


def test_the_numbers_of_an_account_lie_in_utc_days(world: CountingWorld) -> None:
    world.network.profiles[world.account.id] = {"followers": 10}
    world.run(6 * HOUR)  # from 20:26 UTC
    days = world.memory.account_days(make.WORKSPACE, world.account.id, first="0", last="9")
    assert [(d.day, len(d.snapshots)) for d in days] == [("2026-05-28", 4), ("2026-05-29", 3)]


def test_posts_of_an_account_share_calls_in_the_largest_batches(world: CountingWorld) -> None:
    posts = [world.publish(n) for n in range(1, 46)]
    for post in posts:
        world.report(post, likes=1)
    world.run(9 * MINUTE)
    world.network.asked.clear()
    world.clock.advance(MINUTE)
    done = world.tick()
    assert [len(ids) for ids in world.network.asked] == [20, 20, 5]
    assert (done.accounts, done.snapshots) == (1, 45)
    assert world.vault.opened == 2  # once for the account at the start, once now


def test_a_thread_is_never_cut_in_two_and_a_long_one_goes_alone(world: CountingWorld) -> None:
    world.network.batch = 3
    for number, parts in enumerate((2, 2, 5, 1), start=1):
        world.report(world.publish(number, parts=parts), likes=1)
    world.run(9 * MINUTE)
    world.network.asked.clear()
    world.run(MINUTE)
    assert [len(ids) for ids in world.network.asked] == [2, 2, 5, 1]


def test_a_month_of_a_post_that_always_moves(world: CountingWorld) -> None:
    post = world.publish()
    for minute in range(31 * 24 * 60):
        if minute % 60 == 9:
            world.report(post, likes=minute)
        world.run(MINUTE)
    taken = world.series(post).snapshots
    assert MOST - 4 <= len(taken) <= MOST
    assert taken[-1].at - START > FOLLOWED - 3 * DAY
    assert world.series(post).version == len(taken) + 1  # one write each
    asked = [ids for ids in world.network.asked if ids]
    assert len(asked) == len(taken)


def test_old_posts_are_counted_once_when_they_are_found(world: CountingWorld) -> None:
    post = world.publish(ago=60 * DAY)
    world.report(post, likes=4)
    world.run(5 * DAY)
    assert [s.values for s in world.series(post).snapshots] == [{"likes": 4}]


def test_the_sweep_takes_along_what_was_not_counted_lately(world: CountingWorld) -> None:
    posts = [world.publish(n, ago=n * 2 * DAY) for n in range(1, 16)]
    world.tick()
    for post in posts:
        world.report(post, likes=9)
    world.run(DAY + HOUR)
    counted = [len(world.series(post).snapshots) for post in posts]
    # When they were found, and a day later those of less than two weeks; then every other day.
    assert counted == [2] * 6 + [1] * 9
    assert world.counting().swept_at == START + DAY


def test_a_sweep_that_runs_out_of_calls_goes_on_later(world: CountingWorld) -> None:
    world.network.per_window, world.network.batch = 100, 1  # two calls a run
    posts = [world.publish(n, ago=2 * DAY) for n in range(1, 5)]
    for post in posts:
        waiting = replace(world.series(post), wake_at=None)
        world.listener.store.save_series(world.series(post), waiting)
        world.report(post, likes=1)
    world.tick()
    assert sum(len(world.series(post).snapshots) for post in posts) == 1
    assert world.counting().swept_at is None
    world.run(20 * MINUTE)
    assert [len(world.series(post).snapshots) for post in posts] == [1] * 4
    assert world.counting().swept_at is not None
    assert (world.counting().wake_at or 0) <= world.clock.now() + HOUR


def test_a_run_keeps_within_countings_share_of_the_calls(world: CountingWorld) -> None:
    world.network.per_window, world.network.batch = 300, 1
    for number in range(1, 21):
        world.report(world.publish(number, ago=2 * DAY), likes=1)
    sizes = []
    while world.telemetry.total("SnapshotsTaken") < 21:
        world.network.asked.clear()
        world.tick()
        sizes.append(len(world.network.asked))
        world.clock.advance(MINUTE)
    assert max(sizes) == 6
    assert sum(sizes) >= 21


def test_nothing_new_is_begun_when_time_runs_out(world: CountingWorld) -> None:
    world.report(world.publish(ago=2 * DAY), likes=1)
    world.invocation = 0
    done = world.tick()
    assert (done.snapshots, done.failed, world.network.asked) == (0, 0, [])
    world.invocation = 2 * MINUTE
    assert world.tick().snapshots == 2


def test_a_post_that_is_gone_keeps_its_numbers_and_its_delivery_says_so(
    world: CountingWorld,
) -> None:
    post = world.publish()
    world.report(post, likes=3)
    world.run(10 * MINUTE)
    world.network.numbers["r1.0"] = None
    world.run(15 * MINUTE)
    ended = world.series(post)
    assert [s.values for s in ended.snapshots] == [{"likes": 3}]
    assert (ended.gone_at, ended.wake_at) == (START + 25 * MINUTE, None)
    delivery = world.delivery(post)
    assert delivery.state is S.DELETED
    assert delivery.transitions[-1].why == "gone from the network"
    world.network.asked.clear()
    world.run(2 * DAY)
    assert not any(world.network.asked)


def test_a_thread_of_which_one_part_is_gone_goes_on(world: CountingWorld) -> None:
    post = world.publish(parts=2)
    world.report(post, likes=3, replies=1)
    world.network.numbers["r1.1"] = None
    world.run(10 * MINUTE)
    assert [s.values for s in world.series(post).snapshots] == [{"likes": 3, "replies": 1}]
    assert world.delivery(post).state is S.PUBLISHED


def test_what_somebody_took_down_here_stays_as_they_left_it(world: CountingWorld) -> None:
    post = world.publish()
    before = world.delivery(post)
    taken_down = replace(before, state=S.DELETED)
    world.listener.store.advance(before, taken_down)
    world.network.numbers["r1.0"] = None
    world.run(10 * MINUTE)
    assert world.series(post).gone_at is not None
    assert world.delivery(post).transitions == before.transitions


def test_a_network_that_says_nothing_is_asked_again_ever_later(world: CountingWorld) -> None:
    post = world.publish()
    world.run(10 * MINUTE)
    asked = world.series(post)
    assert (asked.snapshots, asked.failures_in_row) == ((), 1)
    assert asked.wake_at == world.clock.now() + 5 * MINUTE
    assert world.telemetry.total("MetricsFailed") == 1
    world.run(5 * MINUTE)
    assert world.series(post).wake_at == world.clock.now() + 10 * MINUTE
    world.report(post, likes=1)
    world.run(10 * MINUTE)
    assert ages(world, post) == [25]
    assert world.series(post).failures_in_row == 0


def test_half_a_thread_is_no_number(world: CountingWorld) -> None:
    post = world.publish(parts=2)
    world.report(post, likes=1)
    del world.network.numbers["r1.1"]
    world.run(10 * MINUTE)
    assert world.series(post).snapshots == ()


def test_accounts_do_not_wait_for_each_other(world: CountingWorld) -> None:
    other = world.connect(OTHER)
    world.network.profiles = {world.account.id: {"followers": 1}, other.id: {"followers": 2}}
    done = world.tick()
    assert (done.accounts, done.snapshots) == (2, 2)
    assert [s.values for s in world.account_snapshots(other)] == [{"followers": 2}]


def test_a_network_that_counts_nothing_is_not_asked(world: CountingWorld) -> None:
    world.network.verbs = COUNTS - {Verb.POST_METRICS, Verb.ACCOUNT_METRICS}
    world.publish(ago=2 * DAY)
    world.tick()
    assert world.network.asked == []
    assert world.timers() == 1  # the account's own turn, should its network learn to count
    assert world.counting().wake_at == START + HOUR


def test_an_account_that_is_not_connected_is_left_alone(world: CountingWorld) -> None:
    post = world.publish(ago=2 * DAY)
    off = replace(world.account, state=AccountState.DISCONNECTED)
    world.listener.store.save_account(world.account, off)
    world.tick()
    assert (world.network.asked, world.timers()) == ([], 0)
    current = world.listener.store.account(make.WORKSPACE, off.id)
    again = replace(current, state=AccountState.CONNECTED)
    world.listener.store.save_account(current, again)
    world.memory.listen(again, now=world.clock.now())
    world.report(post, likes=2)
    world.tick()
    assert [s.values for s in world.series(post).snapshots] == [{"likes": 2}]


def test_nothing_of_an_archived_workspace_is_counted(world: CountingWorld) -> None:
    world.publish(ago=2 * DAY)
    here = world.memory.workspace(make.WORKSPACE)
    world.memory.save_workspace(here, replace(here, archived_at=START), make.audit())
    world.tick()
    assert (world.network.asked, world.timers()) == ([], 0)


def test_how_far_counting_is_behind(world: CountingWorld) -> None:
    world.clock.advance(90_000)
    assert world.tick().oldest_overdue == 90_000
    assert world.telemetry.counts["MetricsOverdueSeconds"] == [90]
    world.clock.advance(MINUTE)
    assert world.tick().oldest_overdue == 0
    assert world.telemetry.counts["SnapshotsTaken"] == [1, 0]


def test_runs_that_overlap_keep_one_snapshot(world: CountingWorld) -> None:
    """The slower one writes what it read before the other one wrote."""
    post = world.publish(ago=2 * DAY)
    world.report(post, likes=1)
    quick = world.listener
    world.listener = replace(quick, store=_Meanwhile(world).store)
    assert world.tick().failed == 0
    world.listener = quick
    assert world.series(post).snapshots == (Snapshot(START, {"likes": 1}),)
    assert len(world.account_snapshots()) == 1
    assert world.counting().wake_at == START + HOUR
    assert len(world.network.asked) == 4


class _Meanwhile:
    """A store whose first answer about posts is followed by a whole run of somebody else."""

    def __init__(self, world: CountingWorld) -> None:
        self._world, self._kept = world, world.listener.store
        self._quick, self._done = world.listener, False

    @property
    def store(self) -> Any:
        return self

    def __getattr__(self, name: str) -> Any:
        call = getattr(self._kept, name)

        def slow(*args: Any, **kwargs: Any) -> Any:
            answer = call(*args, **kwargs)
            if name == "series" and not self._done:
                self._done = True
                slower, self._world.listener = self._world.listener, self._quick
                self._world.tick()
                self._world.listener = slower
            return answer

        return slow
