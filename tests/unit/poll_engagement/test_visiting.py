"""An account's turn when its network, its credential or the time is against it."""

from dataclasses import replace

import pytest

from functions.poll_engagement.beginning import is_time, listen_to_everybody
from functions.poll_engagement.polling import poll
from shared.core.engagement import Reading
from shared.core.errors import (
    AccessRevoked,
    Ambiguous,
    CredentialExpired,
    RateLimited,
    StoreUnavailable,
    Transient,
    Unreadable,
)
from shared.core.models import MINUTE, SECOND
from shared.core.workspaces import AccountState
from tests.fakes import make
from tests.fakes.listening import DAY, HOUR, ListeningWorld
from tests.fakes.time import START, FixedRandom


def calls(world: ListeningWorld, span: int) -> int:
    """How many calls listening makes in `span`."""
    before = world.network.heard.total()
    world.run(span)
    return world.network.heard.total() - before


def fails(world: ListeningWorld, error: Exception, *verbs: str) -> None:
    def failing(verb: str) -> None:
        if not verbs or verb in verbs:
            raise error

    world.network.on_call = failing


def mends(world: ListeningWorld) -> None:
    world.network.on_call = lambda _verb: None


def test_a_quiet_account_costs_two_calls_a_look() -> None:
    world = ListeningWorld()
    world.run(HOUR)
    assert calls(world, HOUR) == 2 * 15
    assert sum(spent.calls for spent in world.feed.spent) < 10


def test_a_quiet_account_has_its_minute_of_the_round() -> None:
    """Whether or not the process remembers, and when a run was lost."""
    world = ListeningWorld()
    world.poll()
    turn, looks = world.feed.turn, []
    assert turn is not None
    for minute in range(1, 33):
        world.clock.advance(MINUTE)
        if minute % 7 == 0:
            world.heard = None  # another process
        if minute == 16:
            continue  # lost
        if world.poll().timers:
            looks.append(minute)
    assert looks == [4, 8, 12, 17, 21, 25, 29]
    assert world.feed.turn == (turn + 1) % 4


def test_a_look_that_was_due_moments_after_a_run_is_taken_by_the_next() -> None:
    world = ListeningWorld()
    world.poll()
    world.clock.advance(3 * MINUTE + 29 * SECOND)
    world.heard_until(world.clock.now() - MINUTE)
    assert world.poll().timers == 0
    world.clock.advance(MINUTE)
    assert world.poll().timers == 1


def test_what_went_wrong_in_the_round_comes_again_a_minute_later() -> None:
    world = ListeningWorld()
    world.poll()
    world.clock.advance(4 * MINUTE)
    world.heard_until(world.clock.now() - MINUTE)

    def away(_: str) -> None:
        raise StoreUnavailable("busy")

    world.network.on_call = away  # as if the store had been: a visit that breaks off
    world.poll()
    assert world.heard is None
    mends(world)
    world.clock.advance(MINUTE)
    assert world.poll().timers == 1


def test_an_account_that_is_not_due_costs_nothing(world: ListeningWorld) -> None:
    world.poll()
    assert world.poll().timers == 0


def test_a_network_that_asks_for_patience_is_left_alone_until_then(
    world: ListeningWorld,
) -> None:
    post = world.live_post()
    fails(world, RateLimited("slow down", at=world.clock.now() + 40 * MINUTE))
    assert calls(world, 40 * MINUTE) == 1
    assert world.watch(post).wake_at == world.feed.wake_at, "its threads wait with it"
    assert world.feed.error is not None
    assert world.feed.error.code == "rate_limited"
    mends(world)
    said = world.network.say(to=world.remote(post))
    world.run(6 * MINUTE)
    assert said in world.items()
    assert world.feed.failures_in_row == 0


def test_nobody_is_parked_for_ever(world: ListeningWorld) -> None:
    fails(world, RateLimited("come back in a thousand years", at=world.clock.now() + 10**13))
    world.run(HOUR)
    mends(world)
    world.run(DAY)
    assert world.feed.failures_in_row == 0


@pytest.mark.parametrize(
    "error", [Transient("down"), Ambiguous("timeout"), ValueError("a bug"), Unreadable("what?")]
)
def test_trouble_is_said_and_tried_again_with_growing_pauses(
    world: ListeningWorld, error: Exception
) -> None:
    said = world.network.say(naming=[world.account.profile])
    fails(world, error)
    assert 3 < calls(world, HOUR) < 60
    assert world.telemetry.total("PollFailed") > 3
    assert world.feed.error is not None
    mends(world)
    world.run(20 * MINUTE)
    assert said in world.items()
    assert world.feed.error is None


def test_one_list_that_cannot_be_read_does_not_keep_the_others_from_it(
    world: ListeningWorld,
) -> None:
    post = world.live_post()
    fails(world, Unreadable("what?"), "activity")
    elsewhere = world.network.post_elsewhere(world.account, "from my phone")
    said = world.network.say(to=world.remote(post))
    world.run(10 * MINUTE)
    assert elsewhere in world.elsewhere()
    assert said in world.items()
    assert world.feed.error is not None
    assert world.feed.failures_in_row == 0


def test_one_accounts_trouble_is_not_the_others(world: ListeningWorld) -> None:
    other = world.connect("bob")
    world.store.listen(other, now=world.clock.now())
    world.network.unreachable.add(world.account.profile)
    said = world.network.say(naming=[other.profile])
    world.run(10 * MINUTE)
    assert said in world.items()


def test_an_expired_session_is_refreshed_and_the_question_put_again(
    world: ListeningWorld,
) -> None:
    said = world.network.say(naming=[world.account.profile])
    expired = [True]

    def expires_once(_verb: str) -> None:
        if expired.pop() if expired else False:
            raise CredentialExpired("token expired")

    world.network.on_call = expires_once
    world.run(2 * MINUTE)
    assert said in world.items()
    assert world.network.generation == 1
    sealed = world.store.sealed(world.account)
    assert sealed is not None
    assert world.vault.open("wks_1", world.account.id, sealed) == {"token": "t1"}
    assert world.telemetry.total("PollFailed") == 0


def test_one_credential_is_opened_once_a_turn(world: ListeningWorld) -> None:
    world.live_post()
    world.run(HOUR)
    opened = world.vault.opened
    world.clock.advance(HOUR)
    before = world.network.heard.total()
    world.poll()
    assert world.vault.opened == opened + 1
    assert world.network.heard.total() >= before + 3


def test_lost_access_is_said_once_and_listening_stops_until_it_is_back(
    world: ListeningWorld,
) -> None:
    post = world.live_post()
    fails(world, AccessRevoked("the app was removed"))
    world.run(HOUR)
    account = world.store.account("wks_1", world.account.id)
    assert account.state is AccountState.NEEDS_RECONNECT
    assert world.telemetry.total("AccountNeedsReconnect") == 1
    assert world.feed.wake_at is None
    mends(world)
    assert calls(world, DAY) == 0
    said = world.network.say(to=world.remote(post))
    lost = world.network.say(to=world.remote(post), by="bob")
    world.network.unlisted.add(lost)
    back = world.store.save_account(account, replace(account, state=AccountState.CONNECTED))
    world.store.listen(back, now=world.clock.now())
    world.run(5 * MINUTE)
    assert said in world.items()
    world.run(HOUR)
    assert lost in world.items(), "its threads are looked at again too"


def test_an_account_that_was_disconnected_is_left_alone(world: ListeningWorld) -> None:
    world.live_post()
    world.run(HOUR)
    before = world.store.account("wks_1", world.account.id)
    world.store.save_account(before, replace(before, state=AccountState.DISCONNECTED))
    assert calls(world, 2 * DAY) == 0
    assert world.feed.wake_at is None
    writes = sum(watch.version for watch in world.store.watch_items.values())
    world.run(DAY)
    assert sum(watch.version for watch in world.store.watch_items.values()) <= writes + 4
    for _ in range(31 * 4):
        world.clock.advance(DAY // 4)
        world.poll()
    assert all(watch.wake_at is None for watch in world.store.watch_items.values())


def test_disconnected_while_it_is_listened_to(world: ListeningWorld) -> None:
    """The credential is gone between the look at the account and the look at its feed."""
    world.store.forget_sealed(world.account)
    world.run(10 * MINUTE)
    state = world.store.account("wks_1", world.account.id).state
    assert state is AccountState.NEEDS_RECONNECT
    assert world.feed.wake_at is None


def test_what_time_does_not_allow_is_done_by_the_next_tick(world: ListeningWorld) -> None:
    world.network.page_size = 1
    for n in range(12):
        world.network.say(f"{n}", naming=[world.account.profile])
    world.listening = 10 * SECOND

    def slow(_verb: str) -> None:
        world.clock.advance(2 * SECOND)

    world.network.on_call = slow
    before = world.network.heard.total()
    world.poll()
    assert world.network.heard.total() - before <= 5, "none is begun in the last three tenths"
    assert world.feed.activity.page is not None
    world.run(6 * MINUTE)
    assert len(world.items()) == 12


def test_the_oldest_timer_says_how_far_listening_is_behind(world: ListeningWorld) -> None:
    world.run(HOUR)
    world.clock.advance(HOUR)
    done = world.poll()
    assert 55 * MINUTE < done.oldest_overdue < 65 * MINUTE
    assert world.telemetry.counts["PollOverdueSeconds"][-1] == done.oldest_overdue / SECOND
    assert world.poll().oldest_overdue == 0


def test_after_an_outage_what_came_in_is_taken_in_by_its_dates(world: ListeningWorld) -> None:
    world.run(HOUR)
    said = world.network.say(naming=[world.account.profile])
    world.clock.advance(2 * DAY)
    world.poll()
    item = world.item_of(said)
    assert item.at == item.seen.created_at < item.received_at - DAY


def test_while_the_store_cannot_be_reached_timers_stand(world: ListeningWorld) -> None:
    store = world.listener.store
    down = [True]

    class Down:
        def __getattr__(self, called: str) -> object:
            if down and called in ("add_item", "items"):
                raise StoreUnavailable("try again")
            return getattr(store, called)

    world.listener = replace(world.listener, store=Down())  # type: ignore[arg-type]  # the real fake when it is up
    said = world.network.say(naming=[world.account.profile])
    world.run(HOUR)
    assert world.feed.activity == Reading()
    down.clear()
    world.run(2 * MINUTE)
    assert said in world.items()


def test_many_accounts_are_listened_to_at_once() -> None:
    """With real threads, as in production."""
    world = ListeningWorld()
    accounts = [world.account, *(world.connect(f"n{n}") for n in range(40))]
    listen_to_everybody(world.listener)
    for account in accounts:
        world.network.say(naming=[account.profile])
        world.network.post_elsewhere(account, f"from {account.remote_id}")
    done = poll(world.listener, time_left=lambda: 120 * SECOND)
    assert done.accounts == len(accounts)
    assert len(world.items()) == len(world.elsewhere()) == len(accounts)


def test_everybody_who_is_connected_is_listened_to_and_counted() -> None:
    world = ListeningWorld()
    late = world.connect("bob")
    gone = world.connect("eve")
    world.store.save_account(gone, replace(gone, state=AccountState.DISCONNECTED))
    listen_to_everybody(world.listener)
    listen_to_everybody(world.listener)
    assert world.store.engagement.feed("wks_1", late.id) is not None
    assert world.store.engagement.counting("wks_1", late.id) is not None
    assert world.store.engagement.feed("wks_1", gone.id) is None


def test_an_archived_workspace_is_asked_nothing_and_catches_up_when_it_is_back() -> None:
    world = ListeningWorld()
    world.live_post()
    here = world.store.workspace("wks_1")
    away = replace(here, archived_at=world.clock.now())
    away = world.store.save_workspace(here, away, make.audit())
    world.run(HOUR)
    world.network.say("while it was away", naming=[world.account.profile])
    assert calls(world, 2 * DAY) == 0
    listen_to_everybody(world.listener)
    assert world.feed.wake_at is None
    world.store.save_workspace(away, replace(away, archived_at=None), make.audit(2))
    listen_to_everybody(world.listener)
    world.poll()
    assert [item.seen.text for item in world.items().values()] == ["while it was away"]


def test_the_first_run_of_an_hour_looks_for_who_is_not_listened_to() -> None:
    runs = [n for n in range(180) if is_time(START - START % HOUR + n * MINUTE + 7 * SECOND)]
    assert runs == [0, 60, 120]


def test_over_the_hours_everybody_is_looked_at_however_little_time_there_is() -> None:
    world = ListeningWorld()
    found = [world.account, *(world.connect(f"n{n}") for n in range(4))]
    for account in found:
        feed = world.store.engagement.feed("wks_1", account.id)
        if feed is not None:
            world.store.engagement.save_feed(feed, replace(feed, wake_at=None))
    for point in (0, 0.2, 0.4, 0.6, 0.8, 1):
        hour = replace(world.listener, random=FixedRandom(point))
        listen_to_everybody(hour, go_on=[False, True].pop)
    feeds = [world.store.engagement.feed("wks_1", account.id) for account in found]
    assert all(feed is not None and feed.wake_at is not None for feed in feeds)


def test_a_stopped_timer_of_a_connected_account_is_started_again(world: ListeningWorld) -> None:
    feed = world.feed
    world.store.engagement.save_feed(feed, replace(feed, wake_at=None))
    listen_to_everybody(world.listener)
    assert world.feed.wake_at == world.clock.now()


def test_a_network_without_lists_is_asked_for_nothing(world: ListeningWorld) -> None:
    world.run(HOUR)
    world.network.offers = frozenset()
    assert calls(world, 8 * HOUR) == 0
    assert world.telemetry.total("PollFailed") == 0
