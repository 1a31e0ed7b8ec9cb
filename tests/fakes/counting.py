"""A network that counts, and one installation that asks it: `CountingWorld` runs the real steps."""

from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from functions.metrics_rollup.ticking import Ticked, tick
from shared.core.engagement import Metrics
from shared.core.lifecycle import S
from shared.core.models import MINUTE, Delivery, Millis, Remote, WakeKind
from shared.core.platform import Capabilities, Fact, Verb
from shared.core.rollup import Counting, Series, Snapshot
from shared.core.sampling import first_sampling
from shared.core.services import Listener
from shared.core.timing import Timing
from shared.core.workspaces import Account
from tests.fakes import make
from tests.fakes.network import FakeNetwork, FakePlatform
from tests.fakes.store import MemoryStore
from tests.fakes.telemetry import FakeTelemetry
from tests.fakes.time import FakeClock, FixedRandom
from tests.fakes.vault import FakeVault

COUNTS = frozenset({Verb.POST_METRICS, Verb.ACCOUNT_METRICS, Verb.REFRESH})


@dataclass
class CountingNetwork(FakeNetwork):
    """`numbers` by remote id: None is gone, and one without an entry is not spoken of. `asked` are
    the batches, and `said` is what was answered when. `errors` are used up one per call; None among
    them lets a call through.
    """

    numbers: dict[str, Metrics | None] = field(default_factory=dict)
    profiles: dict[str, Metrics] = field(default_factory=dict)
    asked: list[tuple[str, ...]] = field(default_factory=list)
    said: list[tuple[Millis, Mapping[str, Metrics | None]]] = field(default_factory=list)
    errors: deque[BaseException | None] = field(default_factory=deque)
    verbs: frozenset[Verb] = COUNTS
    per_window: int = 3_000
    batch: int = 20

    def capabilities(self, platform: str) -> Capabilities:
        facts = {"calls_per_5_minutes": self.per_window, "metrics_batch": self.batch}
        return replace(
            super().capabilities(platform),
            verbs=self.verbs,
            facts={name: Fact(value, "", "") for name, value in facts.items()},
        )

    def open(self, account: Account, credential: Mapping[str, object]) -> "CountingPlatform":
        return CountingPlatform(self, account, dict(credential))


@dataclass
class CountingPlatform(FakePlatform):
    network: CountingNetwork

    def post_metrics(self, remotes: Sequence[Remote]) -> Mapping[str, Metrics | None]:
        self._call(tuple(remote.id for remote in remotes))
        numbers = self.network.numbers
        said = {remote.id: numbers[remote.id] for remote in remotes if remote.id in numbers}
        self.network.said.append((self.network.clock.now(), said))
        return said

    def account_metrics(self) -> Metrics:
        self._call(())
        said = self.network.profiles.get(self.account.id, {"followers": 1})
        self.network.said.append((self.network.clock.now(), {self.account.id: said}))
        return said

    def _call(self, ids: tuple[str, ...]) -> None:
        self.network.asked.append(ids)
        error = self.network.errors.popleft() if self.network.errors else None
        if error is not None:
            raise error


@dataclass
class CountingWorld:
    """`run()` lets time pass, with a run each minute."""

    clock: FakeClock = field(default_factory=FakeClock)
    invocation: Millis = 2 * MINUTE
    threads: int = 4

    def __post_init__(self) -> None:
        self.memory = MemoryStore()
        self.network = CountingNetwork(self.clock)
        self.telemetry = FakeTelemetry()
        self.vault = FakeVault()
        self.listener = Listener(
            store=self.memory.engagement,
            platforms=self.network,
            vault=self.vault,
            clock=self.clock,
            random=FixedRandom(1),
            telemetry=self.telemetry,
            timing=Timing(),
        )
        self.memory.seed(workspaces=[make.workspace()])
        self.account = self.connect(make.ACCOUNT)

    def connect(self, account_id: str, *, listening: bool = True) -> Account:
        account = make.account(account_id, platform="fake")
        sealed = self.vault.seal(account.workspace_id, account.id, {"token": "t0"})
        self.memory.seed(accounts=[(account, sealed)])
        if listening:
            self.memory.listen(account, now=self.clock.now())
        return account

    def publish(
        self, number: int = 1, *, parts: int = 1, ago: Millis = 0, account: Account | None = None
    ) -> Series:
        """A live post with its series, as it stands once it is followed."""
        home, at = account or self.account, self.clock.now() - ago
        post = make.post(number, due_at=at)
        remotes = tuple(Remote(f"r{number}.{part}") for part in range(parts))
        planned = make.delivery(post, home.id, number=number, parts=parts)
        delivery = replace(
            planned, state=S.PUBLISHED, live=remotes, sent_at=at, wake_kind=None, wake_at=None
        )
        self.memory.seed(posts=[(post, [delivery])])
        series = Series(
            workspace_id=home.workspace_id,
            account_id=home.id,
            platform="fake",
            post_id=post.id,
            delivery_id=delivery.id,
            remotes=remotes,
            published_at=at,
            wake_at=first_sampling(at, now=self.clock.now(), unit=self.listener.timing.sampling),
        )
        assert self.listener.store.create_series(series)
        return series

    def report(self, series: Series, **values: int) -> None:
        """What the network says from now on of each part."""
        self.network.numbers |= {remote.id: dict(values) for remote in series.remotes}

    def tick(self) -> Ticked:
        started = self.clock.now()

        def time_left() -> Millis:
            return started + self.invocation - self.clock.now()

        return tick(self.listener, time_left=time_left, threads=self.threads)

    def run(self, span: Millis) -> None:
        end = self.clock.now() + span
        while self.clock.now() < end:
            self.clock.advance(min(MINUTE, end - self.clock.now()))
            self.tick()

    def series(self, one: Series, account: Account | None = None) -> Series:
        key = (one.published_at, one.delivery_id)
        (found,) = self.listener.store.series(account or self.account, [key])
        return found

    def delivery(self, one: Series) -> Delivery:
        (found,) = self.memory.deliveries_of(one.workspace_id, one.post_id)
        return found

    def counting(self, account: Account | None = None) -> Counting:
        home = account or self.account
        found = self.listener.store.counting(home.workspace_id, home.id)
        assert found is not None
        return found

    def account_snapshots(self, account: Account | None = None) -> list[Snapshot]:
        home = account or self.account
        days = self.memory.account_days(home.workspace_id, home.id, first="0", last="9")
        return [snapshot for day in days for snapshot in day.snapshots]

    def timers(self) -> int:
        """How many stand, now or later."""
        return len(self.listener.store.due(WakeKind.METRICS, before=1 << 60, limit=10_000))
