"""Answers to inbox items: what their outcome means for the item, and jobs that like and hide."""

from dataclasses import replace
from typing import Any

import pytest

from functions.publish import moves
from shared.core import lifecycle
from shared.core.engagement import InboxItem, ItemState
from shared.core.errors import AccessRevoked, Conflict, CredentialExpired
from shared.core.lifecycle import S
from shared.core.models import MINUTE, Delivery, Failure, HeldReason, MissedWindow, Post, ReplyTo
from shared.core.workspaces import AccountState, Job, JobKind, JobState
from tests.fakes import network as faults
from tests.fakes.network import Crash
from tests.fakes.world import World


@pytest.fixture
def world() -> World:
    return World()


def answer(world: World, item: InboxItem, *, closes: bool = True, **changes: Any) -> Post:
    """A post that answers `item`, due in a minute, as the api stores it."""
    about = ReplyTo(item.id, item.conversation_id, item.seen.target, closes)
    post = world.post("At six.", reply_to=about, **changes)
    world.move(before := world.delivery(post), replace(before, answers=item.id))
    done = replace(item, answered_at=world.clock.now())
    world.store.save_item(item, replace(done, state=ItemState.CLOSED) if closes else done)
    return post


def is_open(world: World, item: InboxItem) -> bool:
    found = world.item(item)
    return found.state is ItemState.OPEN and found.answered_at is None


def claimed(world: World, post: Post) -> Delivery:
    before = world.delivery(post)
    now = world.clock.now()
    return world.move(before, lifecycle.claimed(before, owner="own_1", now=now, lease=75_000))


# --- what is put to rest opens its item first


def put_to_rest(world: World, delivery: Delivery, how: str) -> None:
    now = world.clock.now()
    error = Failure("rejected", "no", now)
    if how == "failed":
        moves.fail(world.publisher, delivery, error)
    elif how == "held":
        moves.hold(world.publisher, delivery, HeldReason.PAUSED)
    elif how == "skipped":
        moves.skip(world.publisher, delivery, "its window was missed")
    else:
        lost = world.move(delivery, lifecycle.intent(delivery, content_hash="h", now=now, lease=1))
        lost = world.move(lost, lifecycle.unknown(lost, look_at=now, now=now, error=error))
        moves.ask_a_person(world.publisher, lost, error)


ENDS = {
    "failed": S.FAILED,
    "held": S.HELD,
    "skipped": S.CANCELLED,
    "unconfirmed": S.UNCONFIRMED,
}


@pytest.mark.parametrize("how", ENDS)
def test_whatever_ends_an_answer_opens_its_item(world: World, how: str) -> None:
    item = world.receive()
    post = answer(world, item)
    put_to_rest(world, claimed(world, post), how)
    assert is_open(world, item)
    assert world.delivery(post).state is ENDS[how]


@pytest.mark.parametrize("how", ENDS)
def test_a_worker_that_is_lost_in_between_leaves_the_item_open(
    world: World, monkeypatch: pytest.MonkeyPatch, how: str
) -> None:
    item = world.receive()
    delivery = claimed(world, answer(world, item))

    def dies(before: Delivery, after: Delivery) -> Delivery:
        if after.state is ENDS[how]:
            raise Crash
        return type(world.store).advance(world.store, before, after)

    monkeypatch.setattr(world.store, "advance", dies)
    with pytest.raises(Crash):
        put_to_rest(world, delivery, how)
    assert is_open(world, item)


@pytest.mark.parametrize("state", ItemState)
@pytest.mark.parametrize("answered", [True, False])
def test_however_the_item_stands_it_is_open_and_unanswered_then(
    world: World, *, state: ItemState, answered: bool
) -> None:
    item = world.receive()
    delivery = claimed(world, answer(world, item))
    found = world.item(item)
    at = world.clock.now() if answered else None
    world.store.save_item(found, replace(found, state=state, answered_at=at))
    put_to_rest(world, delivery, "failed")
    assert is_open(world, item)


def test_an_item_that_keeps_moving_keeps_its_delivery_from_resting(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    item = world.receive()
    delivery = claimed(world, answer(world, item))

    def busy(before: InboxItem, after: InboxItem) -> InboxItem:
        raise Conflict("somebody else changed it first", code="stale")

    monkeypatch.setattr(world.store, "save_item", busy)
    with pytest.raises(Conflict):
        put_to_rest(world, delivery, "failed")
    assert world.store.delivery(delivery.ref).state is S.CLAIMED


def test_an_item_that_is_gone_stops_nothing(world: World) -> None:
    item = world.receive()
    post = answer(world, item)
    world.store.inbox_items.clear()
    world.run(2 * MINUTE)
    assert world.live == ["At six."]
    other = answer_to_nothing(world, item)
    put_to_rest(world, claimed(world, other), "failed")
    assert world.delivery(other).state is S.FAILED
    assert world.delivery(post).state is S.PUBLISHED


def answer_to_nothing(world: World, item: InboxItem) -> Post:
    about = ReplyTo(item.id, item.conversation_id, item.seen.target)
    post = world.post("again", reply_to=about)
    world.move(before := world.delivery(post), replace(before, answers=item.id))
    return post


def test_posts_that_answer_nothing_read_no_item(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    def never(*names: str) -> InboxItem:
        raise AssertionError("no item is concerned")

    monkeypatch.setattr(world.store, "inbox_item", never)
    world.network.faults.append(faults.refused_content)
    world.post("x")
    world.post("y", after=3 * MINUTE)
    world.run(5 * MINUTE)
    assert world.live == ["y"]


# --- what goes live marks its item as answered


def test_a_later_try_that_goes_live_answers_the_item(world: World) -> None:
    item = world.receive()
    answer(world, item)
    found = world.item(item)
    world.store.save_item(found, replace(found, state=ItemState.OPEN, answered_at=None))
    world.run(2 * MINUTE)
    found = world.item(item)
    assert (found.state, found.answered_at is not None) == (ItemState.CLOSED, True)


def test_an_item_that_is_to_stay_open_is_answered_and_open(world: World) -> None:
    item = world.receive(state=ItemState.OPEN)
    answer(world, item, closes=False)
    found = world.item(item)
    world.store.save_item(found, replace(found, answered_at=None))
    world.run(2 * MINUTE)
    found = world.item(item)
    assert (found.state, found.answered_at is not None) == (ItemState.OPEN, True)


def test_what_people_did_with_an_answered_item_stands(world: World) -> None:
    """They closed it by answering and opened it again while the answer was on its way."""
    item = world.receive()
    answer(world, item)
    found = world.item(item)
    world.store.save_item(found, replace(found, state=ItemState.OPEN))
    world.run(2 * MINUTE)
    assert world.item(item).state is ItemState.OPEN


def test_an_item_that_cannot_be_marked_does_not_disturb_what_is_live(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    item = world.receive()
    post = answer(world, item)
    found = world.item(item)
    world.store.save_item(found, replace(found, state=ItemState.OPEN, answered_at=None))

    def busy(before: InboxItem, after: InboxItem) -> InboxItem:
        raise Conflict("somebody else changed it first", code="stale")

    monkeypatch.setattr(world.store, "save_item", busy)
    world.run(5 * MINUTE)
    assert world.live == ["At six."]
    assert world.delivery(post).state is S.PUBLISHED


# --- through the whole protocol


def test_an_answer_that_missed_its_window_opens_its_item(world: World) -> None:
    item = world.receive()
    post = answer(world, item, missed_window=MissedWindow.SKIP)
    world.ticking = False
    world.run(120 * MINUTE)
    world.ticking = True
    world.run(2 * MINUTE)
    assert world.delivery(post).state is S.CANCELLED
    assert is_open(world, item)


# --- like and hide


def react(world: World, kind: JobKind, item: InboxItem) -> Job:
    job = replace(world.job(kind), item_id=item.id)
    world.store.job_items["wks_1", job.id] = job
    world.run(2 * MINUTE)
    return world.store.job("wks_1", job.id)


def test_a_credential_that_ran_out_is_refreshed_first(world: World) -> None:
    item = world.receive()
    world.network.react_faults.append(CredentialExpired("token expired"))
    assert react(world, JobKind.LIKE, item).state is JobState.DONE
    assert "refresh" in world.network.calls
    assert world.item(item).liked


def test_access_that_was_revoked_asks_for_reconnecting(world: World) -> None:
    item = world.receive()
    world.network.react_faults.append(AccessRevoked("the app was removed"))
    job = react(world, JobKind.HIDE, item)
    assert (job.state, job.error.code if job.error else "") == (JobState.FAILED, "access_revoked")
    account = world.store.account("wks_1", world.account.id)
    assert account.state is AccountState.NEEDS_RECONNECT
    assert not world.item(item).hidden


def test_an_item_that_moved_meanwhile_is_liked_all_the_same(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    item = world.receive()
    real = world.store.save_item

    def closed_meanwhile(before: InboxItem, after: InboxItem) -> InboxItem:
        monkeypatch.setattr(world.store, "save_item", real)
        real(before, replace(before, state=ItemState.CLOSED))
        return real(before, after)

    monkeypatch.setattr(world.store, "save_item", closed_meanwhile)
    assert react(world, JobKind.LIKE, item).state is JobState.DONE
    found = world.item(item)
    assert (found.liked, found.state) == (True, ItemState.CLOSED)


@pytest.mark.parametrize("kind", [JobKind.LIKE, JobKind.HIDE])
def test_a_network_that_lost_the_verb_since_says_so(world: World, kind: JobKind) -> None:
    world.network.reacting = frozenset()
    job = react(world, kind, world.receive())
    assert (job.state, job.error.code if job.error else "") == (JobState.FAILED, "unsupported")
    assert "react" not in world.network.calls


def test_a_job_about_no_item_ends(world: World) -> None:
    job = world.job(JobKind.LIKE)
    world.run(2 * MINUTE)
    assert world.store.job("wks_1", job.id).state is JobState.FAILED
