"""The threads below our posts: complete, followed as they change, and looked at in measure."""

from dataclasses import replace

import pytest

from functions.poll_engagement.filing import ASKED
from functions.poll_engagement.following import follow
from functions.poll_engagement.visiting import visit_account
from shared.core.cadence import MOST
from shared.core.engagement import Due, DueWhat, ItemState
from shared.core.errors import Unreadable
from shared.core.lifecycle import S
from shared.core.models import MINUTE, DeliveryRef, Part, WakeKind
from shared.core.workspaces import AccountState
from tests.fakes.listening import DAY, HOUR, ListeningWorld


def asked_of(world: ListeningWorld) -> list[int]:
    """How often threads were asked for, one entry a call."""
    counted: list[int] = []
    world.network.on_call = lambda verb: counted.append(1) if verb == "threads" else None
    return counted


def test_a_live_post_is_watched_and_counted(world: ListeningWorld) -> None:
    post = world.live_post("one", parts=(Part("two"),))
    watch, delivery = world.watch(post), world.delivery(post)
    assert watch.remotes == delivery.live
    assert (delivery.wake_kind, delivery.wake_at) == (None, None)
    known = world.store.engagement.known(world.account, [remote.id for remote in delivery.live])
    assert {one.root_id for one in known.values()} == {delivery.live[0].id}
    (series,) = world.store.series(world.account, [(watch.published_at, delivery.id)])
    assert series.remotes == delivery.live


def test_an_answer_of_ours_is_watched_but_not_counted_among_the_posts(
    world: ListeningWorld,
) -> None:
    post = world.live_post()
    item_id = world.network.say(to=world.remote(post))
    world.run(10 * MINUTE)
    answer = world.answer(world.item_of(item_id))
    world.run(10 * MINUTE)
    watch = world.watch(answer)
    assert watch.published_at > world.watch(post).published_at
    everything = world.store.series_between("wks_1", world.account.id, start=0, end=1 << 60)
    assert [series.post_id for series in everything] == [post.id]


def test_a_post_that_went_live_is_followed_once_whatever_is_lost_on_the_way(
    world: ListeningWorld,
) -> None:
    post = world.live_post()
    delivery, watch = world.delivery(post), world.watch(post)
    again = world.move(
        delivery, replace(delivery, wake_kind=WakeKind.POLL, wake_at=world.clock.now())
    )
    world.poll()
    assert world.delivery(post).wake_at is None
    assert world.watch(post).published_at == watch.published_at
    assert again.live == world.delivery(post).live


def test_a_timer_that_the_index_shows_too_late_changes_nothing(world: ListeningWorld) -> None:
    post = world.live_post()
    delivery = world.delivery(post)
    due = Due(DueWhat.FOLLOW, "wks_1", world.account.id, 0, delivery.id, post.id)
    follow(world.listener, due)
    assert world.delivery(post) == delivery


def test_answers_to_every_part_and_to_answers_are_one_conversation(world: ListeningWorld) -> None:
    world.network.names_roots = False
    post = world.live_post("one", parts=(Part("two"),))
    one = world.network.say(to=world.remote(post))
    two = world.network.say(to=world.remote(post, 1))
    nested = world.network.say(to=two, by="bob")
    quote = world.network.say(quoting=world.remote(post, 1))
    world.run(30 * MINUTE)
    assert {one, two, nested, quote} == set(world.items())
    assert {item.post_id for item in world.items().values()} == {post.id}
    assert len({item.conversation_id for item in world.items().values()}) == 1


def test_an_answer_to_our_answer_stays_in_its_conversation(world: ListeningWorld) -> None:
    world.network.names_roots = False
    first = world.network.say("a question", naming=[world.account.profile])
    world.run(10 * MINUTE)
    answer = world.answer(world.item_of(first))
    world.run(5 * MINUTE)
    thanks = world.network.say("thanks", to=world.remote(answer))
    deeper = world.network.say("me too", to=thanks, by="bob")
    world.run(30 * MINUTE)
    places = {world.item_of(one).conversation_id for one in (first, thanks, deeper)}
    assert places == {world.item_of(first).conversation_id}
    assert world.network.heard["look"] == 0, "what stands above our answer is not missed below it"


def test_deleted_answers_become_tombstones_and_edited_ones_change(world: ListeningWorld) -> None:
    post = world.live_post()
    gone = world.network.say("oops", to=world.remote(post))
    edited = world.network.say("helo", to=world.remote(post))
    world.run(10 * MINUTE)
    world.network.take_back(gone)
    world.network.reword(edited, "hello")
    world.run(30 * MINUTE)
    assert world.item_of(gone).deleted_at is not None
    assert world.item_of(edited).seen.text == "hello"


def test_what_a_thread_shows_is_not_asked_about_again(world: ListeningWorld) -> None:
    post = world.live_post()
    world.network.say(to=world.remote(post))
    world.run(2 * HOUR)
    assert world.network.heard["look"] == 0


def test_a_thread_that_the_index_shows_too_late_is_left_alone(world: ListeningWorld) -> None:
    post = world.live_post()
    world.run(HOUR)
    watch, asked = world.watch(post), world.network.heard.total()
    late = Due(DueWhat.THREAD, "wks_1", world.account.id, 0, watch.delivery_id, post.id)
    home = "wks_1", world.account.id
    visit_account(world.listener, home, [late], known=None, go_on=lambda: True)
    away = replace(world.account, state=AccountState.DISCONNECTED)
    world.store.change_account(world.account, away, world.entry("disconnected"))
    visit_account(world.listener, home, [late], known=None, go_on=lambda: True)
    assert world.watch(post) == watch
    assert world.network.heard.total() == asked


def test_a_thread_that_was_cut_short_makes_no_tombstones(world: ListeningWorld) -> None:
    post = world.live_post()
    kept = world.network.say("first", to=world.remote(post))
    world.run(10 * MINUTE)
    world.network.omits = lambda verb: verb == "part of a thread"
    looked = world.network.heard["look"]
    world.run(HOUR)
    assert world.item_of(kept).deleted_at is None
    assert world.network.heard["look"] == looked, "nobody even asks"


def test_an_item_that_a_thread_hides_is_asked_about_and_kept(world: ListeningWorld) -> None:
    post = world.live_post()
    parent = world.network.say(to=world.remote(post))
    child = world.network.say(to=parent, by="bob")
    world.run(10 * MINUTE)
    world.network.take_back(parent)  # its answers are not shown any more
    world.run(HOUR)
    assert world.item_of(parent).deleted_at is not None
    assert world.item_of(child).deleted_at is None


def test_all_that_hangs_below_a_deleted_answer_has_its_turn(world: ListeningWorld) -> None:
    """No thread shows it any more, and it is more than may be asked about at one look."""
    post = world.live_post()
    parent = world.network.say(to=world.remote(post))
    children = [world.network.say(f"{n}", to=parent) for n in range(3 * ASKED)]
    world.run(10 * MINUTE)
    world.network.take_back(parent)
    for child in (children[0], children[-1]):
        world.network.take_back(child)
    world.run(DAY)
    gone = {one for one, item in world.items().items() if item.deleted_at is not None}
    assert gone == {parent, children[0], children[-1]}


def test_what_the_account_answered_on_the_network_is_seen(world: ListeningWorld) -> None:
    post = world.live_post()
    question = world.network.say("when?", to=world.remote(post))
    other = world.network.say("where?", to=world.remote(post), by="bob")
    world.run(10 * MINUTE)
    own = world.network.post_elsewhere(world.account, "at nine", to=question)
    world.run(30 * MINUTE)
    item = world.item_of(question)
    assert item.state is ItemState.CLOSED
    assert item.answered_at == world.item_of(own).seen.created_at
    assert world.item_of(other).answered_at is None
    assert world.item_of(own).conversation_id == item.conversation_id
    assert own not in world.listed()
    assert own not in world.elsewhere()


def test_also_when_its_question_is_not_shown_beside_the_answer(world: ListeningWorld) -> None:
    post = world.live_post()
    asked = world.network.say("when?", to=world.remote(post))
    world.run(6 * MINUTE)
    world.network.omits = lambda verb: verb == "part of a thread"  # its first
    world.network.post_elsewhere(world.account, "at nine", to=asked)
    world.run(HOUR)
    assert world.item_of(asked).state is ItemState.CLOSED
    assert world.item_of(asked).answered_at is not None


def test_also_when_no_thread_shows_the_answer_any_more(world: ListeningWorld) -> None:
    """The process died between storing the answer and marking its question, which is gone now."""
    post = world.live_post()
    asked = world.network.say("when?", to=world.remote(post))
    world.network.post_elsewhere(world.account, "at nine", to=asked)
    world.run(6 * MINUTE)
    item = world.item_of(asked)
    world.store.engagement.save_item(item, replace(item, state=ItemState.NEW, answered_at=None))
    world.network.take_back(asked)
    world.run(HOUR)
    assert world.item_of(asked).state is ItemState.CLOSED


def test_what_somebody_is_at_stays_open_when_it_is_answered_there(world: ListeningWorld) -> None:
    post = world.live_post()
    question = world.network.say("when?", to=world.remote(post))
    world.run(10 * MINUTE)
    item = world.item_of(question)
    world.store.save_item(item, replace(item, state=ItemState.OPEN))
    world.network.post_elsewhere(world.account, "at nine", to=question)
    world.run(HOUR)
    assert world.item_of(question).answered_at is not None
    assert world.item_of(question).state is ItemState.OPEN


def test_what_people_reopened_is_not_closed_by_an_older_answer(world: ListeningWorld) -> None:
    post = world.live_post()
    question = world.network.say("when?", to=world.remote(post))
    world.network.post_elsewhere(world.account, "at nine", to=question)
    world.run(10 * MINUTE)
    item = world.item_of(question)
    world.store.save_item(item, replace(item, state=ItemState.OPEN))
    world.network.say("and when does it end?", to=question)
    world.run(HOUR)
    assert world.item_of(question).state is ItemState.OPEN


def test_an_answer_from_here_is_a_post_and_no_item(world: ListeningWorld) -> None:
    post = world.live_post()
    question = world.network.say("when?", to=world.remote(post))
    world.run(10 * MINUTE)
    answer = world.answer(world.item_of(question))
    world.run(2 * HOUR)
    assert world.delivery(answer).state is S.PUBLISHED
    assert set(world.items()) == {question}
    assert world.elsewhere() == {}


def test_an_answer_on_its_way_is_no_item(world: ListeningWorld) -> None:
    """It is live and nobody here knows yet: its worker is waiting for the network's word."""
    post = world.live_post()
    question = world.network.say("when?", to=world.remote(post))
    world.run(10 * MINUTE)
    looked = world.network.heard["threads"]

    def looks_meanwhile() -> None:
        world.network.before_publish = None
        world.network.post_elsewhere(world.account, "we open at nine", to=question)
        for _ in range(40):
            world.clock.advance(MINUTE // 2)
            world.poll()

    world.network.before_publish = looks_meanwhile
    world.answer(world.item_of(question))
    world.run(MINUTE)
    assert world.network.heard["threads"] > looked + 1
    assert set(world.items()) == {question}


def test_a_post_deleted_on_the_network_is_marked_and_left(world: ListeningWorld) -> None:
    post = world.live_post()
    world.network.take_back(world.remote(post))
    world.run(HOUR)
    delivery = world.delivery(post)
    assert delivery.state is S.DELETED
    assert delivery.transitions[-1].why == "gone from the network"
    assert world.watch(post).wake_at is None
    asked = asked_of(world)
    world.run(2 * DAY)
    assert asked == []


def test_a_post_that_is_not_to_be_seen_once_is_not_gone(world: ListeningWorld) -> None:
    post = world.live_post()
    (live,) = world.network.posts
    world.network.posts = []
    asked = asked_of(world)
    while not asked:
        world.run(MINUTE)
    world.network.posts = [live]
    world.run(2 * DAY)
    assert world.delivery(post).state is S.PUBLISHED


def test_nor_when_its_list_is_lively_meanwhile(world: ListeningWorld) -> None:
    """The second look keeps its distance from the first, whatever the list of activity shows."""
    post = world.live_post()
    world.network.blind_until[world.remote(post)] = world.clock.now() + 12 * MINUTE
    for _ in range(12):
        world.network.say(to=world.remote(post))
        world.run(MINUTE)
    world.run(2 * DAY)
    assert world.delivery(post).state is S.PUBLISHED


def test_a_thread_of_which_one_part_is_left_goes_on(world: ListeningWorld) -> None:
    post = world.live_post("one", parts=(Part("two"),))
    world.network.take_back(world.remote(post))
    said = world.network.say(to=world.remote(post, 1))
    world.network.unlisted.add(said)
    world.run(HOUR)
    assert world.delivery(post).state is S.PUBLISHED
    assert said in world.items()


def test_where_the_network_says_nothing_of_a_post_it_is_not_gone(world: ListeningWorld) -> None:
    post = world.live_post()
    world.network.take_back(world.remote(post))
    world.network.omits = lambda verb: verb == "threads"
    world.run(DAY)
    assert world.delivery(post).state is S.PUBLISHED


def test_a_thread_of_which_one_part_is_gone_and_nothing_is_said_of_the_other(
    world: ListeningWorld,
) -> None:
    post = world.live_post("one", parts=(Part("two"),))
    world.network.take_back(world.remote(post))
    said: list[bool] = []

    def only_of_the_first(verb: str) -> bool:
        if verb != "threads":
            return False
        said.append(True)
        return len(said) % 2 == 0

    world.network.omits = only_of_the_first
    world.run(DAY)
    assert world.delivery(post).state is S.PUBLISHED


def test_a_post_that_is_not_to_be_seen_now_and_then_is_not_gone(world: ListeningWorld) -> None:
    post = world.live_post()
    for _ in range(5):
        world.network.blind_until[world.remote(post)] = world.clock.now() + 14 * MINUTE
        world.run(5 * HOUR)
    assert world.delivery(post).state is S.PUBLISHED


def test_what_was_taken_down_from_here_is_watched_no_more(world: ListeningWorld) -> None:
    post = world.live_post()
    delivery = world.delivery(post)
    world.network.take_back(world.remote(post))
    world.move(delivery, replace(delivery, state=S.DELETED))
    asked = asked_of(world)
    world.run(DAY)
    assert asked == []
    assert world.watch(post).wake_at is None


def test_a_post_whose_record_is_gone_is_watched_no_more(world: ListeningWorld) -> None:
    post = world.live_post()
    delivery = world.delivery(post)
    del world.store.delivery_items[DeliveryRef("wks_1", post.id, delivery.id)]
    asked = asked_of(world)
    world.run(DAY)
    assert asked == []


def test_never_more_than_the_most_looks_in_thirty_days_however_lively() -> None:
    world = ListeningWorld()
    post = world.live_post()
    said = world.network.say("one", to=world.remote(post))
    asked = asked_of(world)
    for n in range(31 * 24 * 3):
        world.network.reword(said, f"another {n}")
        world.clock.advance(20 * MINUTE)
        world.poll()
    assert 80 < len(asked) <= MOST
    assert world.watch(post).wake_at is None
    assert world.watch(post).polls == len(asked) + 1, "one before we began to count"


def test_an_answer_that_the_list_shows_makes_a_quiet_thread_lively(world: ListeningWorld) -> None:
    post = world.live_post()
    world.run(3 * DAY)
    assert world.watch(post).resting
    world.network.say(to=world.remote(post))
    lost = world.network.say(to=world.remote(post), by="bob")
    world.network.unlisted.add(lost)
    world.run(15 * MINUTE)
    assert lost in world.items()


def test_all_threads_of_an_account_that_are_due_are_asked_for_at_once(
    world: ListeningWorld,
) -> None:
    for n in range(5):
        world.post(f"{n}", after=MINUTE)
    world.run(2 * MINUTE)
    asked = asked_of(world)
    world.run(MINUTE)
    assert asked == [1]


def test_one_thread_that_cannot_be_read_costs_the_others_nothing(world: ListeningWorld) -> None:
    bad, good = world.live_post("bad"), world.live_post("good")
    said = world.network.say(to=world.remote(good))
    world.network.unlisted.add(said)
    broken = world.remote(bad)
    below = world.network.below

    def answers(remote_id: str) -> list[str]:
        if remote_id == broken:
            raise Unreadable("what is this")
        return below(remote_id)

    world.network.below = answers  # type: ignore[method-assign]  # the fake's own fault
    polls = world.watch(bad).polls
    world.run(HOUR)
    assert said in world.items()
    assert world.telemetry.total("PollFailed") > 0
    assert polls < world.watch(bad).polls < 30, "and it is not asked for all the time"


def test_without_calls_left_threads_wait_for_the_next_window(world: ListeningWorld) -> None:
    posts = [world.post(f"{n}", after=MINUTE) for n in range(10)]
    world.run(2 * MINUTE)
    world.network.calls_allowed = 1  # the least there is: a dozen for polling
    for _ in range(4):
        before = world.network.heard.total()
        world.run(5 * MINUTE)
        assert world.network.heard.total() - before <= 12
    world.run(30 * MINUTE)
    assert all(world.watch(post).polls > 0 for post in posts)


@pytest.mark.parametrize("again", [1, 2])
def test_two_looks_at_once_do_it_twice_without_harm(world: ListeningWorld, again: int) -> None:
    post = world.live_post()
    world.network.say("one", to=world.remote(post))
    world.network.say("two", naming=[world.account.profile])
    left = again

    def another(_verb: str) -> None:
        nonlocal left
        if left:
            left -= 1
            world.poll()

    world.network.on_call = another
    world.run(30 * MINUTE)
    assert left == 0
    assert len(world.items()) == 2
    assert world.telemetry.total("InboxItemsAdded") == 2
    assert all(item.version == 1 for item in world.items().values())
