"""Eight at once: of each conditional update exactly one wins. moto cannot hold to this."""

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from threading import Barrier
from typing import TypeVar

from shared.core import lifecycle
from shared.core.engagement import Feed, InboxItem, ItemState
from shared.core.errors import Conflict, NotFound
from shared.core.models import Delivery, DeliveryRef, Lock, Millis, Post, WakeKind
from shared.core.ports import Answered, Wake
from shared.core.rate import Meter, Pace
from shared.core.workspaces import Account
from tests.contract.stores import Stores
from tests.fakes import make
from tests.fakes.time import START
from tests.simulation import tally

T = TypeVar("T")
RACERS = 8
ROUNDS = 500 if os.environ.get("TIDINGS_PROVE") else 6


def race(doing: Callable[[int], T]) -> list[T]:
    """What each racer that was not refused came back with."""
    line = Barrier(RACERS)
    tally.COUNTS["races of eight for one update"] += 1

    def run(number: int) -> list[T]:
        line.wait()
        try:
            return [doing(number)]
        except (Conflict, NotFound):
            return []

    with ThreadPoolExecutor(RACERS) as pool:
        return [each for found in pool.map(run, range(RACERS)) for each in found]


def planned(stores: Stores, number: int) -> Delivery:
    post = make.post(number)
    delivery = make.delivery(post, number=number)
    stores.add_post(post, delivery)
    return delivery


def claims(stores: Stores, ref: DeliveryRef) -> list[Delivery]:
    return race(lambda n: stores.publish.claim(ref, owner=f"own_{n}", now=START, lease=5))


def advances(stores: Stores, before: Delivery, now: Millis) -> list[Delivery]:
    after = lifecycle.moved(before, before.state, now=now)
    return race(lambda _: stores.publish.advance(before, after))


def cancels_and_claims(stores: Stores, post: Post, delivery: Delivery) -> list[str]:
    off = lifecycle.cancelled(delivery, now=START, by="ada")

    def either(number: int) -> str:
        if number % 2:
            audit = make.audit(number, post_id=post.id)
            stores.api.change_post(post, post, moves=[(delivery, off)], audit=audit)
            return "cancelled"
        stores.publish.claim(delivery.ref, owner="own_1", now=START, lease=5)
        return "claimed"

    return race(either)


def locks(stores: Stores, lock: Lock, seen: Lock | None) -> list[bool]:
    def take(number: int) -> bool:
        holder = replace(lock.holder, id=f"dlv_{number}")
        return stores.publish.take_lock(replace(lock, holder=holder), replacing=seen)

    return race(take)


def marks(stores: Stores, wake: Wake) -> list[bool]:
    at = wake.wake_at + 1
    return race(lambda n: stores.publish.mark_dispatched(wake, wake_at=at + n))


def rotations(stores: Stores, account: Account, old: bytes) -> list[bool]:
    return race(lambda n: stores.publish.save_sealed(account, before=old, after=old + bytes([n])))


def connections(stores: Stores, turn: int) -> list[None]:
    def connect(number: int) -> None:
        account = make.account(make.new_id("acc", turn * 10 + number), remote_id=f"r{turn}")
        stores.api.create_account(account, b"x", make.audit(number))

    return race(connect)


def redemptions(stores: Stores, code: str) -> list[str]:
    return race(lambda _: stores.api.redeem_sign_in(code, now=START))


def beginnings(stores: Stores, key: str) -> list[Answered | None]:
    return race(lambda n: stores.api.begin_request("key_1", key, f"hash {n}", now=START))


def arrivals(stores: Stores, item: InboxItem) -> list[bool]:
    """The same item, seen by eight who looked at the same time."""
    return race(lambda n: stores.engagement.add_item(replace(item, received_at=START + n)))


def looks(stores: Stores, feed: Feed) -> list[Feed]:
    return race(lambda n: stores.engagement.save_feed(feed, replace(feed, wake_at=START + n)))


def answers(stores: Stores, item: InboxItem) -> list[Post]:
    def reply(number: int) -> Post:
        post, delivery = make.answer(number + 1, item)
        after = replace(item, state=ItemState.CLOSED)
        audit = make.audit(number, post_id=post.id)
        stores.api.create_reply(post, [delivery], audit, before=item, after=after)
        return post

    return race(reply)


ONE_WINS = [False] * (RACERS - 1) + [True]


def spendings(stores: Stores, account: Account, pace: Pace, now: Millis) -> list[bool]:
    store = stores.publish
    return sorted(
        race(
            lambda _: store.spend(
                account,
                Meter.CALLS,
                pace,
                seen=store.standing(account, Meter.CALLS)[0],
                now=now,
                cost=1,
            )
        )
    )


class RaceContract:
    def test_one_claims(self, stores: Stores) -> None:
        for number in range(1, ROUNDS + 1):
            delivery = planned(stores, number)
            (winner,) = claims(stores, delivery.ref)
            assert stores.publish.delivery(delivery.ref) == winner

    def test_one_moves_it_on(self, stores: Stores) -> None:
        delivery = planned(stores, 1)
        for turn in range(ROUNDS):
            (winner,) = advances(stores, delivery, START + turn)
            assert winner.version == delivery.version + 1
            delivery = winner

    def test_one_cancels_or_claims(self, stores: Stores) -> None:
        for number in range(1, ROUNDS + 1):
            delivery = planned(stores, number)
            post = stores.api.post(delivery.workspace_id, delivery.post_id).post
            outcome = cancels_and_claims(stores, post, delivery)
            assert outcome == [stores.publish.delivery(delivery.ref).state]

    def test_one_takes_the_lock_and_one_takes_it_over(self, stores: Stores) -> None:
        holder = DeliveryRef(make.WORKSPACE, "pst_1", "dlv_1")
        for number in range(ROUNDS):
            lock = Lock("mastodon|https://a|1", f"{number:040d}", holder, 1, START)
            assert sorted(locks(stores, lock, None)) == ONE_WINS
            held = stores.publish.read_lock(lock.profile, lock.fingerprint)
            assert sorted(locks(stores, replace(lock, attempt=2), held)) == ONE_WINS

    def test_one_marks_the_timer(self, stores: Stores) -> None:
        planned(stores, 1)
        for _ in range(ROUNDS):
            (wake,) = stores.publish.due(WakeKind.PUBLISH, before=START * 2, limit=9)
            assert sorted(marks(stores, wake)) == ONE_WINS

    def test_one_rotates_the_credential(self, stores: Stores) -> None:
        account = make.account()
        stores.api.create_account(account, b"0", make.audit())
        for _ in range(ROUNDS):
            old = stores.publish.sealed(account)
            assert old is not None
            assert sorted(rotations(stores, account, old)) == ONE_WINS

    def test_one_connects_a_profile(self, stores: Stores) -> None:
        for turn in range(ROUNDS):
            assert len(connections(stores, turn)) == 1
        assert len(stores.api.accounts(make.WORKSPACE)) == ROUNDS

    def test_one_redeems_the_code_and_one_begins_the_request(self, stores: Stores) -> None:
        for turn in range(ROUNDS):
            code = f"{turn:064d}"
            stores.api.create_sign_in(code, email="ada@example.com", expires_at=START + 9)
            assert redemptions(stores, code) == ["ada@example.com"]
            assert beginnings(stores, code).count(None) == 1

    def test_one_takes_an_item_in(self, stores: Stores) -> None:
        for number in range(1, ROUNDS + 1):
            item = make.inbox_item(number)
            assert sorted(arrivals(stores, item)) == ONE_WINS
        found = stores.api.conversation(make.WORKSPACE, make.inbox_item().conversation_id)
        assert len(found.items) == ROUNDS

    def test_one_moves_the_feed_on(self, stores: Stores) -> None:
        feed = make.feed()
        stores.engagement.create_feed(feed)
        for _ in range(ROUNDS):
            (feed,) = looks(stores, feed)
        assert stores.engagement.feed(feed.workspace_id, feed.account_id) == feed

    def test_one_answers(self, stores: Stores) -> None:
        item = make.inbox_item()
        stores.engagement.add_item(item)
        for _ in range(ROUNDS):
            (post,) = answers(stores, item)
            item = stores.api.inbox_item(item.workspace_id, item.id)
            stores.api.delete_post(stores.api.post(post.workspace_id, post.id), make.audit())
        assert item.version == 1 + ROUNDS

    def test_no_more_than_a_burst_leaves_at_once_and_each_has_its_place(
        self, stores: Stores
    ) -> None:
        account, pace = make.account(), Pace(interval=1_000, burst=3)
        for turn in range(ROUNDS):
            now = START + turn * 60_000
            assert spendings(stores, account, pace, now) == [False] * (RACERS - 3) + [True] * 3
            places = race(
                lambda _, at=now: stores.publish.queue_up(  # type: ignore[misc]  # mypy cannot type a default in a lambda
                    account, Meter.CALLS, pace, not_before=at, cost=1
                )
            )
            assert sorted(places) == [now + n * 1_000 for n in range(RACERS)]
