"""What came to an account is in its inbox: all of it, once, as the network shows it."""

from dataclasses import replace
from itertools import pairwise

import pytest

from shared.core.engagement import ItemKind, ItemState, item_id
from shared.core.models import MINUTE
from tests.fakes.listening import DAY, HOUR, ListeningWorld
from tests.fakes.network import Crash
from tests.fakes.social import Order, Paging


def name(world: ListeningWorld) -> list[str]:
    return [world.account.profile]


def test_replies_mentions_and_quotes_come_in_once_each(world: ListeningWorld) -> None:
    post = world.live_post()
    reply = world.network.say("nice", to=world.remote(post))
    quote = world.network.say("read this", quoting=world.remote(post))
    mention = world.network.say("ask them", naming=name(world))
    world.run(HOUR)
    assert {one: item.seen.kind for one, item in world.items().items()} == {
        reply: ItemKind.REPLY,
        quote: ItemKind.QUOTE,
        mention: ItemKind.MENTION,
    }
    assert sorted(world.listed()) == sorted([reply, quote, mention])
    assert world.item_of(reply).post_id == world.item_of(quote).post_id == post.id
    assert world.item_of(mention).post_id is None
    assert world.telemetry.total("InboxItemsAdded") == 3


def test_what_came_is_there_within_five_minutes_always(world: ListeningWorld) -> None:
    for _ in range(30):
        said = world.network.say(naming=name(world))
        world.run(5 * MINUTE)
        assert said in world.items()


def test_it_is_new_and_ordered_by_when_it_was_written(world: ListeningWorld) -> None:
    first = world.network.say(naming=name(world))
    world.clock.advance(30_000)
    second = world.network.say(naming=name(world))
    world.run(10 * MINUTE)
    assert world.listed() == [second, first]
    item = world.item_of(first)
    assert item.state is ItemState.NEW
    assert item.at == item.seen.created_at < item.received_at


def test_what_is_dated_back_and_comes_now_is_on_top(world: ListeningWorld) -> None:
    world.run(HOUR)
    world.network.say(naming=name(world))
    world.run(10 * MINUTE)
    late = world.network.say(naming=name(world), created_at=world.clock.now() - 10 * DAY)
    world.run(10 * MINUTE)
    assert world.listed()[0] == late
    assert world.item_of(late).at == world.item_of(late).received_at


def test_a_date_that_nobody_can_have_written_does_no_harm(world: ListeningWorld) -> None:
    early = world.network.say(naming=name(world), created_at=-(10**15))
    late = world.network.say(naming=name(world), created_at=10**15)
    world.run(10 * MINUTE)
    assert {early, late} == set(world.items())
    assert world.item_of(early).seen.created_at >= 0
    assert world.item_of(late).at <= world.clock.now()


def test_the_history_of_an_account_comes_in_by_its_dates_and_old_things_closed() -> None:
    world = ListeningWorld()
    now = world.clock.now()
    for days in (1, 3, 20, 80):
        world.network.say(f"{days}", naming=name(world), created_at=now - days * DAY)
    world.run(10 * MINUTE)
    assert [world.item_of(one).seen.text for one in world.listed()] == ["1", "3", "20", "80"]
    states = {item.seen.text: item.state for item in world.items().values()}
    assert states == {
        "1": ItemState.NEW,
        "3": ItemState.NEW,
        "20": ItemState.CLOSED,
        "80": ItemState.CLOSED,
    }


def test_an_old_history_keeps_today_from_nobody(world: ListeningWorld) -> None:
    """The first looks do not wait for ninety days to be read."""
    world.network.calls_allowed = 60
    world.network.page_size = 1
    for days in range(80):
        world.network.say(naming=name(world), created_at=world.clock.now() - days * DAY)
    world.network.order = Order.DATE
    world.run(6 * MINUTE)
    assert len(world.items()) < 80
    said = world.network.say(naming=name(world))
    world.run(6 * MINUTE)
    assert said in world.items()
    world.run(2 * HOUR)
    assert len(world.items()) == 81


@pytest.mark.parametrize("paging", list(Paging))
@pytest.mark.parametrize("order", list(Order))
def test_ties_and_shifting_pages_lose_nothing_in_the_end(
    world: ListeningWorld, order: Order, paging: Paging
) -> None:
    world.network.order, world.network.paging, world.network.page_size = order, paging, 3
    post = world.live_post()
    for n in range(10):
        world.network.say(f"{n}", to=world.remote(post))
    world.run(30 * MINUTE)
    assert len(world.items()) == 10


def test_what_comes_while_the_list_is_read_is_read_next_time(world: ListeningWorld) -> None:
    world.network.page_size = 2
    for n in range(6):
        world.network.say(f"{n}", naming=name(world))
    late: list[str] = []

    def says_more(verb: str) -> None:
        if verb == "activity" and len(late) < 3:
            late.append(world.network.say("more", naming=name(world)))

    world.network.on_call = says_more
    world.run(10 * MINUTE)
    assert len(late) == 3
    assert len(world.items()) == 9


def test_what_the_list_loses_is_found_in_the_thread(world: ListeningWorld) -> None:
    post = world.live_post()
    lost = world.network.say(to=world.remote(post))
    world.network.unlisted.add(lost)
    world.run(30 * MINUTE)
    assert world.listed() == [lost]


def test_what_the_list_shows_late_is_found_by_the_deep_look(world: ListeningWorld) -> None:
    lost = world.network.say(naming=name(world))
    world.network.unlisted.add(lost)
    world.run(2 * HOUR)
    world.network.unlisted.clear()
    world.run(HOUR)
    assert world.listed() == [], "the ordinary look no longer reaches it"
    world.run(6 * HOUR)
    assert world.listed() == [lost]


def test_a_mention_that_is_edited_and_one_that_is_deleted_are_followed(
    world: ListeningWorld,
) -> None:
    edited = world.network.say("helo", naming=name(world))
    gone = world.network.say("oops", naming=name(world))
    world.run(HOUR)
    world.network.reword(edited, "hello")
    world.network.take_back(gone)
    world.run(7 * HOUR)
    assert world.item_of(edited).seen.text == "hello"
    tombstone = world.item_of(gone)
    assert tombstone.deleted_at is not None
    assert tombstone.seen.text == "oops", "people may still read what it said"
    assert gone in world.listed()


def test_what_is_only_missing_from_the_list_is_no_tombstone(world: ListeningWorld) -> None:
    said = world.network.say(naming=name(world))
    world.run(HOUR)
    world.network.unlisted.add(said)
    world.run(7 * HOUR)
    assert world.network.heard["look"] > 0
    assert world.item_of(said).deleted_at is None


def test_a_list_that_was_cleared_is_gone_through_although_it_costs_many_windows(
    world: ListeningWorld,
) -> None:
    """People can clear their notifications: then nothing that is stored is shown any more."""
    world.network.calls_allowed = 30  # 12 for polling
    now = world.clock.now()
    old = [world.network.say(naming=name(world), created_at=now - n) for n in range(60)]
    world.run(2 * HOUR)
    world.network.unlisted.update(old)
    world.network.take_back(old[0])
    world.run(10 * HOUR)
    assert [one for one, item in world.items().items() if item.deleted_at] == [old[0]]
    assert world.feed.swept_at is not None
    assert world.feed.swept_at > world.clock.now() - 7 * HOUR
    assert 60 <= world.network.looked_at < 3 * 60, "each once a deep look"


def test_where_the_network_does_not_say_nothing_is_concluded(world: ListeningWorld) -> None:
    said = world.network.say(naming=name(world))
    world.run(HOUR)
    world.network.take_back(said)
    world.network.omits = lambda verb: verb == "look"
    world.run(7 * HOUR)
    assert world.item_of(said).deleted_at is None


def test_a_tombstone_that_is_there_again_is_none(world: ListeningWorld) -> None:
    said = world.network.say(naming=name(world))
    world.run(HOUR)
    world.network.take_back(said)
    world.run(7 * HOUR)
    world.network.said[said] = replace(world.network.said[said], gone=False)
    world.run(7 * HOUR)
    assert world.item_of(said).deleted_at is None


def test_a_place_in_the_list_that_is_forgotten_means_beginning_again(
    world: ListeningWorld,
) -> None:
    world.network.page_size = 2
    for n in range(9):
        world.network.say(f"{n}", naming=name(world))
    forgot: list[bool] = []

    def forgets(verb: str) -> None:
        if verb == "activity" and world.network.heard["activity"] == 3:
            world.network.forget_pages()
            forgot.append(True)

    world.network.on_call = forgets
    world.run(2 * MINUTE)
    assert forgot
    assert len(world.items()) == 9
    assert world.telemetry.total("PollFailed") == 0


def test_places_that_are_always_forgotten_are_no_endless_loop(world: ListeningWorld) -> None:
    world.network.page_size = 2
    for n in range(9):
        world.network.say(f"{n}", naming=name(world))
    world.network.on_call = lambda _verb: world.network.forget_pages()
    world.poll()
    assert world.network.heard["activity"] < 20
    assert world.telemetry.total("PollFailed") > 0
    assert world.feed.error is not None
    world.network.on_call = lambda _verb: None
    world.run(10 * MINUTE)
    assert len(world.items()) == 9
    assert world.feed.error is None


def test_nothing_is_passed_over_when_the_process_dies_before_the_cursor_moves(
    world: ListeningWorld,
) -> None:
    world.network.page_size = 2
    for n in range(7):
        world.network.say(f"{n}", naming=name(world))
    calls = 0

    def dies(verb: str) -> None:
        nonlocal calls
        calls += verb == "activity"
        if calls == 3:
            raise Crash

    world.network.on_call = dies
    before = world.feed
    with pytest.raises(Crash):
        world.poll()
    assert 0 < len(world.items()) < 7
    assert world.feed == before, "the list is read again from where it was"
    world.run(5 * MINUTE)
    assert len(world.items()) == 7
    assert world.telemetry.total("InboxItemsAdded") == 7


def test_a_look_that_runs_out_of_calls_goes_on_in_the_next_window(world: ListeningWorld) -> None:
    world.network.calls_allowed = 40  # 16 for polling
    world.network.page_size = 1
    for n in range(20):
        world.network.say(f"{n}", naming=name(world))
    most = 0
    for _ in range(12):
        before = world.network.heard.total()
        world.run(5 * MINUTE)
        most = max(most, world.network.heard.total() - before)
    assert len(world.items()) == 20
    assert most <= 16


def test_what_comes_while_a_look_takes_several_turns_is_read_next_time(
    world: ListeningWorld,
) -> None:
    world.run(HOUR)
    world.network.calls_allowed = 40  # 16 for polling
    world.network.page_size = 1
    for n in range(40):
        world.network.say(f"{n}", naming=name(world))
    world.run(5 * MINUTE)
    assert world.feed.activity.page is not None
    late = world.network.say("late", naming=name(world))
    world.run(HOUR)
    assert late in world.items()
    assert len(world.items()) == 41


def test_the_list_is_read_in_time_whatever_else_would_use_the_calls(
    world: ListeningWorld,
) -> None:
    world.network.calls_allowed = 30  # 12 for polling
    for n in range(12):
        world.post(f"{n}", after=MINUTE)
    for n in range(30):
        world.network.post_elsewhere(world.account, f"{n}")
    world.network.page_size = 5
    read: list[int] = []
    world.network.on_call = lambda verb: (
        read.append(world.clock.now()) if verb == "activity" else None
    )
    world.run(2 * HOUR)
    assert max(after - before for before, after in pairwise(read)) <= 4 * MINUTE


def test_one_item_that_cannot_be_stored_keeps_no_other_out(world: ListeningWorld) -> None:
    poison = world.network.say("too large", naming=name(world))
    other = world.network.say("fine", naming=name(world))
    store = world.listener.store
    bad = item_id(world.account.id, poison)

    class Picky:
        def __getattr__(self, called: str) -> object:
            return getattr(store, called)

        def add_item(self, item: object) -> bool:
            if getattr(item, "id", None) == bad:
                raise ValueError("400 KB at most")
            return store.add_item(item)  # type: ignore[arg-type]  # handed through

    world.listener = replace(world.listener, store=Picky())  # type: ignore[arg-type]  # but for one method the real fake
    world.run(10 * MINUTE)
    assert set(world.items()) == {other}
    assert world.telemetry.total("PollFailed") > 0


def test_two_views_of_one_item_are_written_once(world: ListeningWorld) -> None:
    """The list and the thread tell different things of it; nothing goes to and fro."""
    post = world.live_post()
    first = world.network.say("a", to=world.remote(post))
    nested = world.network.say("b", to=first, naming=name(world), by="bob")
    world.run(HOUR)
    version = world.item_of(nested).version
    world.network.say("c", to=nested)  # keeps the thread lively
    world.run(8 * HOUR)
    assert world.item_of(nested).version == version


def test_quiet_lists_cost_few_reads_also_where_a_page_is_always_whole(
    world: ListeningWorld,
) -> None:
    world.network.only_since = False
    for n in range(20):
        world.network.say(f"{n}", naming=name(world))
    world.run(HOUR)
    asked: list[int] = []
    store = world.listener.store

    class Counting:
        def __getattr__(self, called: str) -> object:
            return getattr(store, called)

        def items(self, workspace_id: str, ids: list[str]) -> object:
            asked.append(len(ids))
            return store.items(workspace_id, ids)

    world.listener = replace(world.listener, store=Counting())  # type: ignore[arg-type]  # but for one method the real fake
    world.run(HOUR)
    assert max(asked) == 10


def test_children_that_come_before_their_parents_end_in_one_conversation(
    world: ListeningWorld,
) -> None:
    world.network.names_roots, world.network.page_size = False, 1
    top = world.network.say("top", naming=name(world))
    middle = world.network.say("middle", to=top, naming=name(world), by="bob")
    low = world.network.say("low", to=middle, naming=name(world))
    world.run(7 * HOUR)
    places = {world.item_of(one).conversation_id for one in (top, middle, low)}
    assert len(places) == 1
