"""Random faults in virtual time: whatever dies, nothing is lost, doubled, or sent too early.

The production steps run against a store and a network that crash, refuse, or lose answers where a
seed says so. A failing seed is the test's own name: run it alone to see it again.
"""

import os
import random
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from shared.core.errors import StoreUnavailable
from shared.core.lifecycle import S
from shared.core.models import MINUTE, SECOND, Part, ReconcileClass
from tests.fakes import network as faults
from tests.fakes.network import Crash, Fault
from tests.fakes.world import World

POSTS = 8
SEEDS = 2000 if os.environ.get("TIDINGS_PROVE") else 60
WHILE_SENDING: list[Fault] = [
    faults.lost_answer,
    faults.lost_request,
    faults.applied_late,
    faults.refused_connection,
    faults.too_many_requests,
    faults.expired_session,
    faults.crash_before,
    faults.crash_after,
]
LOOKABLE = [ReconcileClass.CLIENT_ID, ReconcileClass.KEY, ReconcileClass.LISTABLE]


class FaultyStore:
    """The store behind a bad line: calls crash or raise, before or after their effect."""

    def __init__(self, store: Any, chance: random.Random, share: float) -> None:
        self._store, self._chance, self._share = store, chance, share

    def __getattr__(self, name: str) -> Callable[..., Any]:
        call = getattr(self._store, name)

        def faulty(*args: Any, **kwargs: Any) -> Any:
            drawn = self._chance.random() / self._share
            if drawn < 1:
                raise Crash
            if drawn < 2:
                raise StoreUnavailable("not applied")
            answer = call(*args, **kwargs)
            if drawn < 3:
                raise Crash
            if drawn < 4:
                raise StoreUnavailable("applied, but the answer was lost")
            return answer

        return faulty


def made(seed: int, kind: ReconcileClass) -> tuple[World, random.Random]:
    chance = random.Random(f"{seed} {kind}")  # noqa: S311  repeatable on purpose
    world = World()
    world.network.reconcile = kind
    share = chance.choice([0.002, 0.01, 0.03])
    world.publisher = replace(
        world.publisher, store=FaultyStore(world.store, chance, share), random=chance
    )
    for _ in range(chance.randrange(POSTS * 2)):
        if chance.random() < 0.5:
            world.network.faults.append(chance.choice(WHILE_SENDING))
        else:
            world.network.faults.append(lambda network, apply: apply())
    return world, chance


def planned(world: World, chance: random.Random) -> list[Any]:
    """Posts in a few minutes, some with the same words, some as threads; some messages are lost."""
    posts = []
    for number in range(POSTS):
        text = "the same words" if chance.random() < 0.25 else f"post {number}"
        parts = tuple(Part(f"{text} part {n}") for n in range(2, 2 + chance.choice([0, 0, 0, 2])))
        post = world.post(text, after=chance.randrange(60_000, 6 * MINUTE), parts=parts)
        if chance.random() < 0.2:
            world.queue.lose.add(world.delivery(post).id)
        posts.append(post)
    return posts


def settled(world: World) -> None:
    """Hours pass; what was put off is applied within the quiet window, as the protocol assumes."""
    for _ in range(120):
        world.run(30 * SECOND)
        world.network.apply_late()
        world.queue.lose.clear()
    world.run(4 * 60 * MINUTE)


@pytest.mark.parametrize("kind", LOOKABLE)
@pytest.mark.parametrize("seed", range(SEEDS))
def test_nothing_lost_nothing_double_nothing_early(seed: int, kind: ReconcileClass) -> None:
    world, chance = made(seed, kind)
    posts = planned(world, chance)
    settled(world)
    everything = [d for post in posts for d in world.deliveries(post)]
    assert not [d for d in everything if d.state not in (S.PUBLISHED, S.HELD)], trace(world, posts)
    live = Counter(p.id for p in world.network.posts)
    claimed = Counter(remote.id for d in everything for remote in d.live)
    assert claimed == live, trace(world, posts)
    for delivery in everything:
        if delivery.state is S.PUBLISHED:
            assert len(delivery.live) == delivery.parts
            assert delivery.sent_at is not None
            assert delivery.sent_at >= delivery.due_at, "early"
        elif not delivery.live:
            # Two expired sessions in a row mean that the account must be reconnected.
            assert delivery.held_reason in ("missed_window", "needs_reconnect")


@pytest.mark.parametrize("seed", range(SEEDS))
def test_where_nothing_can_be_asked_at_most_one_copy_and_a_person_decides(seed: int) -> None:
    world, chance = made(seed, ReconcileClass.NOTHING)
    posts = planned(world, chance)
    settled(world)
    for post in posts:
        (delivery,) = world.deliveries(post)
        assert delivery.state in (S.PUBLISHED, S.UNCONFIRMED, S.HELD), trace(world, posts)
    texts = Counter(p.text for p in world.network.posts)
    for text, copies in texts.items():
        wanted = sum(text == part for post in posts for part in words(post))
        assert copies <= wanted, trace(world, posts)


def words(post: Any) -> list[str]:
    return [post.content.text, *(part.text for part in post.content.parts)]


def trace(world: World, posts: list[Any]) -> str:
    """What happened to each delivery, and what readers see."""
    lines = [f"live: {[(p.id, p.text, p.parent) for p in world.network.posts]}"]
    for post in posts:
        for d in world.deliveries(post):
            steps = [f"{t.at - d.due_at:+} {t.state} {t.why}" for t in d.transitions]
            lines.append(f"{d.id[-3:]} {words(post)} {d.state} {[r.id for r in d.live]} {steps}")
    return "\n".join(lines)
