"""Counting under random faults in virtual time: whatever dies, numbers are what networks said.

Posts appear, move, fall and vanish while runs are lost, overlap, crash at any call of the store and
are refused by the network. Then everything calms down: at rest every post and every account shows
what its network shows, and roll-ups are the fold of the truth. A failing seed is the test's own
name: run it alone to see it again.
"""

import os
import random
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field, replace
from itertools import pairwise
from typing import Any

import pytest

from shared.core.errors import (
    AccessRevoked,
    CredentialExpired,
    RateLimited,
    StoreUnavailable,
    Transient,
    Unreadable,
)
from shared.core.lifecycle import S
from shared.core.models import MINUTE, Millis
from shared.core.rollup import AccountDay, Series, Snapshot, combined, merged
from shared.core.sampling import DAY, HOUR, YOUNG
from shared.core.workspaces import AccountState
from tests.fakes import make
from tests.fakes.counting import CountingWorld
from tests.fakes.network import Crash
from tests.simulation.rollups import check_account, check_fold, check_series

SEEDS = 2_000 if os.environ.get("TIDINGS_PROVE") else 60
STORM, CALM = 3 * DAY, 5 * DAY + 8 * HOUR
"""A post that did not move is counted every four days, by sweeps that may have been a day late."""
PACE: Millis = 30 * MINUTE
"""Between runs while all is calm: fewer than in production, which only makes it harder."""
ENOUGH = len(YOUNG) + 10
"""Snapshots of these days: never more for all the repetition."""
NAMES = ("likes", "reposts", "replies", "quotes")


@dataclass
class Recording:
    """The store as it is; `stored` is every snapshot that was ever written, by post or account."""

    sound: Any
    stored: dict[str, list[Snapshot]] = field(default_factory=dict)

    @property
    def store(self) -> Any:
        return self

    def __getattr__(self, name: str) -> Any:
        return getattr(self.sound, name)

    def save_series(self, before: Series, after: Series) -> Series:
        saved: Series = self.sound.save_series(before, after)
        self.stored.setdefault(saved.delivery_id, []).extend(saved.snapshots)
        return saved

    def save_account_day(self, before: AccountDay | None, after: AccountDay) -> AccountDay:
        saved: AccountDay = self.sound.save_account_day(before, after)
        self.stored.setdefault(saved.account_id, []).extend(saved.snapshots)
        return saved


@dataclass
class Faulty:
    """The store behind a bad line: calls crash or raise before or after their effect, and now and
    then somebody else's whole run happens in between.
    """

    sound: Any
    chance: random.Random
    share: float
    meanwhile: Callable[[], None]
    nested: bool = field(default=False)

    @property
    def store(self) -> Any:
        return self

    def __getattr__(self, name: str) -> Callable[..., Any]:
        call = getattr(self.sound, name)

        def faulty(*args: Any, **kwargs: Any) -> Any:
            drawn = self.chance.random() / self.share
            if drawn < 1:
                raise Crash
            if drawn < 2:
                raise StoreUnavailable("not applied")
            if drawn > 1 / self.share - 1 and not self.nested:
                self.nested = True
                self.meanwhile()
                self.nested = False
            answer = call(*args, **kwargs)
            if drawn < 3:
                raise Crash
            if drawn < 4:
                raise StoreUnavailable("applied, but the answer was lost")
            return answer

        return faulty


@dataclass
class Storm:
    """One installation with two accounts, and what chance does to it."""

    seed: int

    def __post_init__(self) -> None:
        self.chance = random.Random(self.seed)  # noqa: S311  repeatable on purpose
        self.world = CountingWorld(threads=1)
        self.world.network.batch = self.chance.choice([1, 3, 20])
        self.world.network.per_window = self.chance.choice([60, 300, 3_000])
        self.accounts = [self.world.account, self.world.connect(make.new_id("acc", 2))]
        self.posts: list[Series] = []
        self.record = Recording(self.world.listener.store)
        self.sound = replace(self.world.listener, store=self.record.store)
        self.world.listener = self.sound
        share = self.chance.choice([0.002, 0.01, 0.04])
        self.faulty = replace(
            self.sound, store=Faulty(self.sound.store, self.chance, share, self._overlap).store
        )

    def rage(self, span: Millis) -> None:
        end = self.world.clock.now() + span
        while self.world.clock.now() < end:
            self.world.clock.advance(self.chance.randrange(MINUTE, 2 * HOUR))
            self._change()
            self._refuse()
            self._run(self.faulty)
            self._reconnect()

    def calm(self, span: Millis) -> None:
        """Nothing happens any more, and every run ends."""
        self.world.network.errors.clear()
        self._reconnect()
        end = self.world.clock.now() + span
        while self.world.clock.now() < end:
            self.world.clock.advance(PACE)
            self.world.tick()

    def _run(self, listener: Any) -> None:
        before, self.world.listener = self.world.listener, listener
        with suppress(Crash, StoreUnavailable):
            self.world.tick()
        self.world.listener = before

    def _overlap(self) -> None:
        """Another run, made by another process, while this one waits for its store."""
        self._run(self.sound)

    def _change(self) -> None:
        if len(self.posts) < 8 and self.chance.random() < 0.3:
            found_late = self.chance.random() < 0.3
            post = self.world.publish(
                len(self.posts) + 1,
                parts=self.chance.choice([1, 1, 3]),
                ago=self.chance.randrange(20 * DAY) if found_late else 0,
                account=self.chance.choice(self.accounts),
            )
            self.posts.append(post)
        for post in self.posts:
            for remote in post.remotes:
                self._move(remote.id)
        for account in self.accounts:
            followers = {"followers": self.chance.randrange(90)}
            self.world.network.profiles[account.id] = self.chance.choice([followers, {}])

    def _move(self, remote_id: str) -> None:
        numbers = self.world.network.numbers
        drawn = self.chance.random()
        if numbers.get(remote_id, {}) is None:
            return
        if drawn < 0.01:
            numbers[remote_id] = None
        elif drawn < 0.05:
            numbers.pop(remote_id, None)  # the network does not say
        elif drawn < 0.6 or remote_id not in numbers:
            named = [name for name in NAMES if self.chance.random() < 0.8]
            numbers[remote_id] = {name: self.chance.randrange(9) for name in named}

    def _refuse(self) -> None:
        later = self.world.clock.now() + self.chance.randrange(3 * HOUR)
        refusals: list[BaseException] = [
            Transient("down"),
            RateLimited("slow down", at=later),
            CredentialExpired("expired"),
            Unreadable("what?"),
            AccessRevoked("the app was removed"),
            ValueError("a bug"),
            Crash(),
        ]
        self.world.network.errors.clear()
        if self.chance.random() < 0.2:
            lets_through: list[BaseException | None] = [None] * self.chance.randrange(4)
            self.world.network.errors.extend([*lets_through, self.chance.choice(refusals)])

    def _reconnect(self) -> None:
        """Their people connect accounts again, sooner or later."""
        for account in self.world.memory.accounts(make.WORKSPACE):
            if account.state is AccountState.NEEDS_RECONNECT:
                back = replace(account, state=AccountState.CONNECTED, error=None)
                saved = self.sound.store.save_account(account, back)
                self.world.memory.listen(saved, now=self.world.clock.now())


@pytest.mark.parametrize("seed", range(SEEDS))
def test_at_rest_numbers_are_what_the_networks_said(seed: int) -> None:
    storm = Storm(seed)
    storm.rage(STORM)
    for remote in [remote for post in storm.posts for remote in post.remotes]:
        storm.world.network.numbers.setdefault(remote.id, {})  # it speaks of everything again
    rest = storm.world.clock.now()
    storm.calm(CALM)
    said = storm.world.network.said
    check_series([_stored(storm, post) for post in storm.posts], said, storm.chance)
    for post in storm.posts:
        check_rest(storm, _stored(storm, post))
    for account in storm.accounts:
        taken = storm.world.account_snapshots(account)
        check_account(account.id, taken, said)
        check_fold(taken, storm.chance)
        check_curve(storm, account.id, [s for s in taken if s.at > rest + 5 * HOUR])
        assert tuple(taken) == merged(storm.record.stored[account.id])
        assert (storm.world.counting(account).wake_at or 0) > storm.world.clock.now()


def _stored(storm: Storm, post: Series) -> Series:
    (account,) = [a for a in storm.accounts if a.id == post.account_id]
    return storm.world.series(post, account)


def check_rest(storm: Storm, one: Series) -> None:
    """The latest numbers are those of the network, also when they fell; what is gone says so. All
    that was ever written is still there, but for what came later in the same quarter of an hour.
    """
    assert one.snapshots == merged(storm.record.stored[one.delivery_id])
    reported = [storm.world.network.numbers[remote.id] for remote in one.remotes]
    assert len(one.snapshots) <= ENOUGH
    is_gone = all(values is None for values in reported)
    assert (one.gone_at is not None) is is_gone
    assert (storm.world.delivery(one).state is S.DELETED) is is_gone
    assert is_gone or one.snapshots[-1].values == combined(reported)


def check_curve(storm: Storm, account_id: str, taken: list[Snapshot]) -> None:
    """Counted every hour once nothing disturbs it, where the network reports anything."""
    if storm.world.network.profiles[account_id]:
        gaps = [b.at - a.at for a, b in pairwise(taken)]
        assert gaps
        assert max(gaps) <= HOUR + PACE
    else:
        assert taken == []
