"""Posts made elsewhere are taken in; those made here never are, whatever became of them."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from shared.core.engagement import Reading, elsewhere_post_id
from shared.core.errors import Transient, Unreadable
from shared.core.lifecycle import S, confirmed_live
from shared.core.models import MINUTE, MediaKind, Part, Post, ReconcileClass, SeenMedia
from shared.core.posts import by_hand
from shared.core.workspaces import AuditEntry, Workspace
from tests.fakes import network as faults
from tests.fakes.listening import DAY, HOUR, ListeningWorld
from tests.fakes.network import Fault

LOOKABLE = [ReconcileClass.CLIENT_ID, ReconcileClass.KEY, ReconcileClass.LISTABLE]


def held_open(world: ListeningWorld, waiting: Callable[[], None]) -> None:
    """The next request is live while its sender still waits for the answer; `waiting` happens
    meanwhile.
    """

    def live_and_waiting(_network: object, apply: Callable[[], object]) -> object:
        remote = apply()
        waiting()
        return remote

    world.network.faults.append(live_and_waiting)  # type: ignore[arg-type]  # a fault that fails nothing


def looks_for(world: ListeningWorld, span: int) -> Callable[[], None]:
    """Listening goes on for a while, with nobody else at work."""

    def looks() -> None:
        for _ in range(span // MINUTE):
            world.clock.advance(MINUTE)
            world.poll()

    return looks


def test_what_appears_without_us_becomes_a_post_of_its_own(world: ListeningWorld) -> None:
    world.run(HOUR)
    made = world.clock.now()
    remote_id = world.network.post_elsewhere(world.account, "from my phone")
    world.run(10 * MINUTE)
    post = world.elsewhere()[remote_id]
    assert post.id == elsewhere_post_id(world.account.id, remote_id)
    assert post.content.text == "from my phone"
    assert post.plan is not None
    assert post.plan.at == made
    delivery = world.delivery(post)
    assert delivery.state is S.PUBLISHED
    assert delivery.live[0].id == remote_id
    assert delivery.live[0].url == f"https://fake.example/{remote_id}"


def test_its_answers_and_numbers_are_followed_too(world: ListeningWorld) -> None:
    remote_id = world.network.post_elsewhere(world.account, "from my phone")
    world.run(10 * MINUTE)
    said = world.network.say(to=remote_id)
    world.network.unlisted.add(said)
    world.run(30 * MINUTE)
    post = world.elsewhere()[remote_id]
    assert world.item_of(said).post_id == post.id
    assert world.watch(post).polls > 0
    assert world.store.series(
        world.account, [(world.watch(post).published_at, world.delivery(post).id)]
    )


def test_the_last_ninety_days_come_in_when_an_account_connects(world: ListeningWorld) -> None:
    now = world.clock.now()
    world.network.page_size = 3
    for days in (1, 5, 29, 31, 60, 89):
        world.network.post_elsewhere(world.account, f"{days}", created_at=now - days * DAY)
    world.network.only_since = True
    world.network.post_elsewhere(world.account, "long ago", created_at=now - 200 * DAY)
    world.run(10 * MINUTE)
    texts = {post.content.text for post in world.elsewhere().values()}
    assert texts == {"1", "5", "29", "31", "60", "89"}
    assert len(world.store.watch_items) == 3, "older threads are not watched"
    assert len(world.store.series_items) == 6


def test_at_the_first_look_already(world: ListeningWorld) -> None:
    old = world.network.post_elsewhere(
        world.account, "old", created_at=world.clock.now() - 20 * DAY
    )
    said = world.network.say(to=old, created_at=world.clock.now() - 19 * DAY)
    world.poll()
    assert world.item_of(said).post_id == world.elsewhere()[old].id
    assert world.telemetry.total("ElsewherePostsAdded") == 1


def test_answers_to_old_posts_belong_to_them(world: ListeningWorld) -> None:
    old = world.network.post_elsewhere(
        world.account, "old", created_at=world.clock.now() - 20 * DAY
    )
    said = world.network.say(to=old, created_at=world.clock.now() - 19 * DAY)
    world.run(10 * MINUTE)
    assert world.item_of(said).post_id == world.elsewhere()[old].id


def test_and_so_does_all_that_came_in_before_them(world: ListeningWorld) -> None:
    """Answers to a quote are in no thread of ours: they go where the quote goes."""
    world.network.page_size = 1

    def list_is_broken(verb: str) -> None:
        if verb == "own_posts":
            raise Unreadable("what?")

    world.network.on_call = list_is_broken
    mine = world.network.post_elsewhere(world.account, "without Tidings")
    chain = [world.network.say(quoting=mine)]
    for _ in range(4):
        world.clock.advance(1_000)
        chain.append(world.network.say(to=chain[-1], naming=[world.account.profile]))
    world.run(2 * HOUR)
    assert {world.item_of(one).post_id for one in chain} == {None}
    world.network.on_call = lambda _verb: None
    world.run(15 * MINUTE)
    post_id = world.elsewhere()[mine].id
    assert {world.item_of(one).post_id for one in chain} == {post_id}
    assert len({world.item_of(one).conversation_id for one in chain}) == 1


def test_changed_words_are_followed(world: ListeningWorld) -> None:
    world.network.only_since = False
    remote_id = world.network.post_elsewhere(world.account, "helo")
    world.run(HOUR)
    world.network.reword(remote_id, "hello")
    world.run(10 * MINUTE)
    post = world.elsewhere()[remote_id]
    assert post.content.text == "hello"
    assert post.elsewhere is not None
    assert post.elsewhere.edited_at is not None


def test_words_that_change_without_a_word_are_found_by_the_deep_look(
    world: ListeningWorld,
) -> None:
    remote_id = world.network.post_elsewhere(world.account, "helo")
    world.run(HOUR)
    world.network.reword(remote_id, "hello")
    world.network.edits.clear()
    world.run(7 * HOUR)
    assert world.elsewhere()[remote_id].content.text == "hello"


def test_what_the_list_lost_is_found_by_the_deep_look(world: ListeningWorld) -> None:
    world.run(HOUR)
    late = world.network.post_elsewhere(
        world.account, "dated back", created_at=world.clock.now() - 5 * DAY
    )
    world.run(HOUR)
    assert late not in world.elsewhere()
    world.run(7 * HOUR)
    assert late in world.elsewhere()


def test_deleted_on_the_network_is_deleted_here(world: ListeningWorld) -> None:
    remote_id = world.network.post_elsewhere(world.account, "oops")
    world.run(HOUR)
    world.network.take_back(remote_id)
    world.run(DAY)
    assert world.delivery(world.elsewhere()[remote_id]).state is S.DELETED


def test_nothing_quiet_is_written_again_and_again(world: ListeningWorld) -> None:
    remote_id = world.network.post_elsewhere(world.account, "hello")
    world.run(HOUR)
    version = world.elsewhere()[remote_id].version
    world.run(13 * HOUR)
    assert world.elsewhere()[remote_id].version == version


# our own


@pytest.mark.parametrize("kind", LOOKABLE)
def test_our_own_post_is_not_foreign_while_its_sender_waits(
    world: ListeningWorld, kind: ReconcileClass
) -> None:
    world.network.reconcile = kind
    world.run(HOUR)
    held_open(world, looks_for(world, 5 * MINUTE))
    post = world.post(after=MINUTE)
    world.run(30 * MINUTE)
    assert world.delivery(post).state is S.PUBLISHED
    assert world.live == ["hello"]
    assert world.elsewhere() == {}


def test_nor_when_it_left_late_under_the_date_at_which_it_was_due(world: ListeningWorld) -> None:
    world.network.reconcile = ReconcileClass.CLIENT_ID
    world.run(HOUR)
    world.network.faults.extend([faults.refused_connection] * 10)

    def looks_back() -> None:
        """Listening has been down for a day and reads all of it just then."""
        feed, day_ago = world.feed, Reading(since=world.clock.now() - DAY)
        world.store.engagement.save_feed(feed, replace(feed, own_posts=day_ago))
        looks_for(world, 5 * MINUTE)()

    held_open(world, looks_back)
    post = world.post(after=MINUTE)
    world.run(2 * HOUR)
    assert (world.delivery(post).sent_at or 0) - world.delivery(post).due_at > 15 * MINUTE
    assert world.elsewhere() == {}


@pytest.mark.parametrize("kind", LOOKABLE)
@pytest.mark.parametrize(
    "fault", [faults.lost_answer, faults.crash_after, faults.applied_late, faults.programming_error]
)
def test_nor_while_its_outcome_is_unknown_nor_once_it_was_found(
    world: ListeningWorld, kind: ReconcileClass, fault: Fault
) -> None:
    world.network.reconcile = kind
    world.run(HOUR)
    post = world.post(after=MINUTE)
    world.network.faults.append(fault)
    world.run(90_000)
    world.network.apply_late()
    world.run(HOUR)
    assert world.delivery(post).state is S.PUBLISHED
    assert world.elsewhere() == {}


def test_nor_between_being_live_and_being_followed(world: ListeningWorld) -> None:
    world.run(HOUR)
    world.timing = replace(world.timing, follow=2 * HOUR)
    world.publisher = replace(world.publisher, timing=world.timing)
    post = world.post(after=MINUTE)
    world.run(HOUR)
    assert world.delivery(post).wake_at is not None, "not followed yet"
    assert world.elsewhere() == {}


def test_nor_when_its_words_went_out_again_before_it_was_followed(world: ListeningWorld) -> None:
    world.run(HOUR)
    world.timing = replace(world.timing, follow=2 * HOUR)
    world.publisher = replace(world.publisher, timing=world.timing)
    world.post("same", after=MINUTE)
    world.run(3 * MINUTE)
    world.post("same", after=MINUTE)
    world.run(30 * MINUTE)
    assert world.live == ["same", "same"]
    assert world.elsewhere() == {}


def test_nor_the_parts_of_a_thread_that_is_half_out(world: ListeningWorld) -> None:
    """A network that lists a thread's later parts among the profile's posts."""
    world.run(HOUR)
    world.network.faults.append(lambda _n, apply: apply())
    held_open(world, looks_for(world, 5 * MINUTE))
    post = world.post("one", after=MINUTE, parts=(Part("two"), Part("three")))
    world.run(30 * MINUTE)
    assert len(world.delivery(post).live) == 3
    world.network.posts = [replace(one, parent=None) for one in world.network.posts]
    world.run(7 * HOUR)
    assert world.elsewhere() == {}


def test_nor_the_first_part_of_a_thread_that_failed_half_way(world: ListeningWorld) -> None:
    world.run(HOUR)
    world.network.faults.extend([lambda _n, apply: apply(), faults.refused_content])
    post = world.post("one", after=MINUTE, parts=(Part("two"),))
    world.run(30 * MINUTE)
    assert world.delivery(post).state is S.FAILED
    assert world.elsewhere() == {}
    world.store.locks.clear()  # they are kept for 30 days
    world.run(7 * HOUR)
    assert world.elsewhere() == {}


def test_foreign_posts_wait_while_one_of_ours_is_on_its_way_and_are_not_lost(
    world: ListeningWorld,
) -> None:
    world.run(HOUR)
    world.post(after=MINUTE)
    world.network.faults.append(faults.lost_answer)
    world.network.look_faults.extend([Transient("down")] * 10)
    world.run(2 * MINUTE)
    foreign = world.network.post_elsewhere(world.account, "from my phone")
    world.run(10 * MINUTE)
    assert world.elsewhere() == {}
    world.run(5 * HOUR)
    assert set(world.elsewhere()) == {foreign}


def test_what_another_workspace_sent_is_elsewhere_here(world: ListeningWorld) -> None:
    """The same profile, connected in two workspaces: each sees what the other sends."""
    other = Workspace("wks_2", "Agency", "Europe/Madrid", world.clock.now())
    entry = AuditEntry(world.ids.new("aud"), "wks_2", world.clock.now(), "key_1", "created")
    world.store.create_workspace(other, entry)
    theirs = replace(world.account, id=world.ids.new("acc"), workspace_id="wks_2")
    sealed = world.vault.seal("wks_2", theirs.id, {"token": "t0"})
    world.store.create_account(theirs, sealed, entry)
    world.store.listen(theirs, now=world.clock.now())
    world.run(HOUR)
    post = world.post(after=MINUTE)
    world.run(30 * MINUTE)
    found = [one for one in world.store.post_items.values() if one.elsewhere]
    assert [(one.workspace_id, one.content.text) for one in found] == [("wks_2", "hello")]
    assert world.delivery(post).state is S.PUBLISHED


def unconfirmed(world: ListeningWorld, fault: Fault) -> Post:
    """Its answer was lost on a network where nothing can be asked."""
    world.network.reconcile = ReconcileClass.NOTHING
    world.run(HOUR)
    post = world.post(after=MINUTE)
    world.network.faults.append(fault)
    world.run(30 * MINUTE)
    assert world.delivery(post).state is S.UNCONFIRMED
    return post


def test_what_nobody_can_tell_is_not_taken_for_foreign(world: ListeningWorld) -> None:
    unconfirmed(world, faults.lost_answer)
    world.run(8 * HOUR)
    assert world.elsewhere() == {}


def test_and_keeps_nothing_else_out(world: ListeningWorld) -> None:
    unconfirmed(world, faults.lost_answer)
    later = world.network.post_elsewhere(world.account, "the next day")
    world.run(HOUR)
    assert set(world.elsewhere()) == {later}


@pytest.mark.parametrize("url", ["https://fake.example/r1", "https://other.example/@casa/1"])
def test_what_a_person_says_is_live_is_found_and_followed(world: ListeningWorld, url: str) -> None:
    """By its address, or by its words where the person gave another address of it."""
    post = unconfirmed(world, faults.lost_answer)
    (live,) = world.network.posts
    delivery = world.delivery(post)
    said = confirmed_live(delivery, remote=by_hand(url), now=world.clock.now(), by="ada")
    world.move(delivery, said)
    world.run(30 * MINUTE)
    assert world.elsewhere() == {}
    assert world.delivery(post).live[0].id == live.id
    answer = world.network.say(to=live.id)
    world.run(10 * MINUTE)
    assert world.item_of(answer).post_id == post.id


def test_what_is_not_found_is_not_watched(world: ListeningWorld) -> None:
    post = unconfirmed(world, faults.lost_request)
    delivery = world.delivery(post)
    live = by_hand("https://fake.example/nowhere")
    world.move(delivery, confirmed_live(delivery, remote=live, now=world.clock.now(), by="ada"))
    world.run(HOUR)
    assert world.delivery(post).wake_at is None
    assert (world.store.watch_items, world.store.series_items) == ({}, {})
    assert world.telemetry.total("PollFailed") == 0


def test_made_while_nobody_listened_yet_is_perhaps_ours() -> None:
    """An account that published before there was listening: its posts were never followed."""
    world = ListeningWorld()
    now = world.clock.now()
    account = replace(world.account, created_at=now - 30 * DAY)
    world.store.account_items["wks_1", account.id] = account
    world.account = account
    world.network.post_elsewhere(account, "perhaps ours", created_at=now - 10 * DAY)
    before = world.network.post_elsewhere(account, "before us", created_at=now - 40 * DAY)
    world.run(HOUR)
    after = world.network.post_elsewhere(account, "since")
    world.run(8 * HOUR)
    assert set(world.elsewhere()) == {before, after}


def test_pictures_are_remembered_where_they_stand(world: ListeningWorld) -> None:
    shown = (SeenMedia(MediaKind.IMAGE, "https://fake.example/1.png", "a sea"),)
    remote_id = world.network.post_elsewhere(world.account, "look")
    world.network.pictures[remote_id] = shown
    world.run(10 * MINUTE)
    marked = world.elsewhere()[remote_id].elsewhere
    assert marked is not None
    assert marked.media == shown
