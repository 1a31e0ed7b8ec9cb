"""What every PublishStore does for budgets and breakers, as `shared/core/rate.py` says."""

from dataclasses import replace

from shared.core import rate
from shared.core.rate import Breaker, Budget, Meter, Pace
from shared.core.timing import Timing
from tests.contract.stores import Stores
from tests.fakes import make
from tests.fakes.time import START

PACE = Pace(interval=2_000, burst=3)
CALLS = Meter.CALLS


def budget(stores: Stores, meter: Meter = CALLS) -> Budget:
    return stores.publish.standing(make.account(), meter)[0]


def spend(stores: Stores, now: int, *, seen: Budget | None = None, cost: int = 1) -> bool:
    """As `seen` says, or as it stands."""
    seen = budget(stores) if seen is None else seen
    return stores.publish.spend(make.account(), CALLS, PACE, seen=seen, now=now, cost=cost)


def queue_up(stores: Stores, not_before: int, *, cost: int = 1) -> int:
    store, account = stores.publish, make.account()
    return store.queue_up(account, CALLS, PACE, not_before=not_before, cost=cost)


class RateContract:
    def test_what_was_never_spoken_to_has_its_whole_budget(self, stores: Stores) -> None:
        assert stores.publish.standing(make.account(), CALLS) == (Budget(), Breaker())
        assert stores.publish.breaker(make.account()) == Breaker()

    def test_calls_are_taken_until_the_burst_is_used_up(self, stores: Stores) -> None:
        expected = Budget()
        for now in (START, START, START, START, START + 1_999, START + 2_000, START + 9_000):
            after = rate.taken(expected, PACE, now=now)
            assert spend(stores, now) == (after is not None)
            expected = after or expected
            assert budget(stores) == expected
        assert expected.arrival == START + 11_000

    def test_what_was_seen_last_only_says_what_to_try_first(self, stores: Stores) -> None:
        stale = [Budget(), Budget(arrival=START + 10**6)]
        expected = Budget()
        for turn in range(6):
            now = START + turn // 2 * 500
            after = rate.taken(expected, PACE, now=now)
            assert spend(stores, now, seen=stale[turn % 2]) == (after is not None)
            expected = after or expected
        assert budget(stores) == expected

    def test_several_calls_are_taken_together(self, stores: Stores) -> None:
        assert spend(stores, START, cost=2)
        assert not spend(stores, START, cost=2)
        assert spend(stores, START, cost=1)
        assert spend(stores, START + 6_000, cost=7), "more than a burst, once all is there"
        assert budget(stores).arrival == START + 20_000

    def test_nothing_is_taken_while_the_network_asks_for_patience(self, stores: Stores) -> None:
        assert stores.publish.park(make.account(), CALLS, until=START + 60_000)
        assert not stores.publish.park(make.account(), CALLS, until=START + 59_000)
        assert budget(stores).parked_until == START + 60_000
        for seen in (Budget(), budget(stores)):
            assert not spend(stores, START + 59_999, seen=seen)
        assert spend(stores, START + 60_000)
        assert budget(stores).parked_until == START + 60_000
        assert stores.publish.park(make.account(), CALLS, until=START + 61_000)
        assert not spend(stores, START + 60_500)

    def test_each_has_a_place_of_its_own_in_the_line(self, stores: Stores) -> None:
        asked = [START, START, START - 5_000, START + 5_000, START + 60_000, START]
        expected, places = Budget(), []
        for not_before in asked:
            at, expected = rate.in_line(expected, PACE, not_before=not_before)
            places.append(at)
            assert queue_up(stores, not_before) == at
            assert budget(stores) == expected
        assert [at - START for at in places] == [0, 2_000, 4_000, 6_000, 60_000, 62_000]
        assert queue_up(stores, START, cost=3) == START + 64_000
        assert queue_up(stores, START) == START + 70_000

    def test_each_meter_and_each_profile_has_its_own(self, stores: Stores) -> None:
        store = stores.publish
        assert spend(stores, START, cost=3)
        store.park(make.account(), Meter.UPLOADS, until=START + 9)
        assert budget(stores, Meter.UPLOADS) == Budget(parked_until=START + 9)
        assert budget(stores).parked_until == 0
        other = replace(make.account(), remote_id="another")
        assert store.standing(other, CALLS)[0] == Budget()
        elsewhere = replace(make.account(), id="acc_9", workspace_id="wks_9")
        assert store.standing(elsewhere, CALLS)[0] == budget(stores), "the same profile"

    def test_a_breaker_changes_by_compare_and_set(self, stores: Stores) -> None:
        store, account = stores.publish, make.account()
        once = rate.failed(Breaker(), Timing(), now=START)
        assert store.save_breaker(account, Breaker(), once)
        assert not store.save_breaker(account, Breaker(), once)
        stored = store.breaker(account)
        assert stored == replace(once, version=1)
        assert store.save_breaker(account, stored, rate.closed(stored))
        assert store.breaker(account) == Breaker(version=2)
        assert not store.save_breaker(account, stored, once)

    def test_a_breaker_is_of_a_server_and_comes_with_the_switches(self, stores: Stores) -> None:
        store, account = stores.publish, make.account()
        store.save_breaker(account, Breaker(), rate.failed(Breaker(), Timing(), now=START))
        assert spend(stores, START)
        neighbour = replace(account, remote_id="another")
        assert store.breaker(neighbour) == store.breaker(account) != Breaker()
        assert store.breaker(replace(account, server="https://b.example")) == Breaker()
        delivery = make.delivery(make.post())
        switches = store.switches(delivery, account)
        assert (switches.budget, switches.breaker) == store.standing(account, CALLS)
        bare = store.switches(delivery)
        assert (bare.budget, bare.breaker) == (Budget(), Breaker())
