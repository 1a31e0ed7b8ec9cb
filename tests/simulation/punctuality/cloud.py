"""AWS around the real steps, in virtual time: what waits, what is scarce, and what is refused.

The tick, the deliverer and the preparer are production's; each call of theirs takes CPU of its
function, the latency that AWS publishes, and capacity of the partitions that it touches. A call
that finds a partition exhausted is refused and repeated as botocore does.
"""

import math
from collections import Counter, defaultdict, deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, TypeVar

from functions.publish import delivering, preparing, ticking
from shared.core.errors import StoreUnavailable
from shared.core.models import MINUTE, SECOND, Millis, WakeKind
from shared.core.ports import Wake
from shared.core.services import Publisher
from shared.core.timing import Timing, crowd_of
from shared.store.queue import delay_seconds, message, parse_message
from tests.fakes.bucket import FakeBucket
from tests.fakes.network import Crash, FakeNetwork
from tests.fakes.store import MemoryStore
from tests.fakes.time import START, SeqIds
from tests.fakes.vault import FakeVault
from tests.simulation.publishing.machine import Machine, Process
from tests.simulation.punctuality import published as aws
from tests.simulation.punctuality.capacity import Needs, needs

T = TypeVar("T")


class Sandbox(Process):
    """One invocation with its share of a CPU, which its threads use one after the other."""

    def __init__(self, cloud: "Cloud", name: str, *, megabytes: int, limit: Millis) -> None:
        super().__init__(cloud.machine, name, skew=0, limit=limit)
        self._share = megabytes / aws.MB_PER_CPU
        self._busy_until = 0.0

    def works(self, cpu_ms: float) -> None:
        start = max(float(self.machine.now), self._busy_until)
        self._busy_until = start + cpu_ms / self._share
        self.waits(self._busy_until - self.machine.now)

    def waits(self, span: float) -> None:
        self.wait(math.ceil(span))


class Cloud:
    """`run` lets time pass. `left` is when each request was on its way, by its idempotency key."""

    def __init__(
        self, *, deliverers: int, uploaders: int = 3, timing: Timing | None = None
    ) -> None:
        self.machine = Machine("punctual", tracing=False)
        self.chance = self.machine.chance
        self.store, self.vault, self.ids = MemoryStore(), FakeVault(), SeqIds()
        self.timing = timing or Timing(crowd=crowd_of(deliverers))
        self.network = FakeNetwork(TrueClock(self.machine))
        self.left: dict[str, Millis] = {}
        self.uploads: Callable[[str], Millis] = lambda name: SECOND
        self.refused: Counter[str] = Counter()
        self.came_back = 0
        self.tick_after: Callable[[Millis], Millis | None] = lambda minute: self.chance.randrange(
            aws.TICK_APART
        )
        """How long after its minute begins a tick starts; None when it does not."""
        self._spent: defaultdict[str, deque[tuple[Millis, float]]] = defaultdict(deque)
        self.sources = {
            WakeKind.PUBLISH: Source(self, deliverers, self._deliver, aws.BATCH, aws.WINDOW),
            WakeKind.PREPARE: Source(self, uploaders, self._prepare, 1, 0),
        }
        first = START // MINUTE * MINUTE + MINUTE
        self.machine.at(first, partial(self._minute, first))

    def run(self, span: Millis) -> None:
        end = self.machine.now + span
        while (at := self.machine.next_at()) is not None and at <= end:
            self.machine.step()

    def _minute(self, minute: Millis) -> None:
        self.machine.at(minute + MINUTE, partial(self._minute, minute + MINUTE))
        after = self.tick_after(minute)
        if after is not None:
            self.machine.at(minute + after, self._tick)

    def _tick(self) -> None:
        sandbox = Sandbox(self, "tick", megabytes=aws.TICK_MB, limit=MINUTE)
        publisher = self.publisher(sandbox)
        step = partial(ticking.tick, publisher, time_left=sandbox.time_left)
        self.spawn(step, well=lambda: None, badly=lambda: None)

    def spawn(
        self, step: Callable[[], object], *, well: Callable[[], None], badly: Callable[[], None]
    ) -> None:
        """Run `step` in a thread, then what its end asks for."""

        def run() -> None:
            try:
                step()
            except (Crash, StoreUnavailable):
                badly()
            else:
                well()

        self.machine.start(run)

    def publisher(self, sandbox: Sandbox) -> Publisher:
        return Publisher(
            store=StorePort(self, sandbox),
            queue=QueuePort(self, sandbox),
            platforms=NetworkPort(self, sandbox),
            vault=self.vault,
            media=FakeBucket(),
            clock=SandboxClock(sandbox),
            ids=self.ids,
            random=self.chance,
            telemetry=Silent(),
            timing=self.timing,
            epoch=0,
        )

    def _deliver(self, publisher: Publisher, wake: Wake, sandbox: Sandbox) -> None:
        delivering.deliver(publisher, wake, time_left=sandbox.time_left)

    def _prepare(self, publisher: Publisher, wake: Wake, sandbox: Sandbox) -> None:
        preparing.prepare(publisher, wake, time_left=sandbox.time_left)

    def take(self, wanted: Needs) -> bool:
        """All of it now, or nothing: no partition gives more in any second than AWS says."""
        now = self.machine.now
        for place, (units, most) in wanted.items():
            spent = self._spent[place]
            while spent and spent[0][0] <= now - SECOND:
                spent.popleft()
            if sum(each for _, each in spent) + units > most:
                self.refused[place.partition(":")[0]] += 1
                return False
        for place, (units, _) in wanted.items():
            self._spent[place].append((now, units))
        return True


@dataclass(frozen=True)
class TrueClock:
    machine: Machine

    def now(self) -> Millis:
        return self.machine.now

    def sleep_until(self, at: Millis) -> None:
        raise NotImplementedError("the network does not wait")


@dataclass(frozen=True)
class SandboxClock:
    sandbox: Sandbox

    def now(self) -> Millis:
        return self.sandbox.machine.now

    def sleep_until(self, at: Millis) -> None:
        if at > self.now():
            self.sandbox.wait(at - self.now())


class Silent:
    def log(self, message: str, **fields: object) -> None:
        """Nobody reads it here."""

    def count(self, metric: str, value: float = 1) -> None:
        """Nobody reads it here."""


class StorePort:
    """Every call takes CPU, time, and capacity."""

    def __init__(self, cloud: Cloud, sandbox: Sandbox) -> None:
        self._cloud, self._sandbox = cloud, sandbox

    def __getattr__(self, name: str) -> Callable[..., Any]:
        return partial(self._call, name)

    def mark_all_dispatched(self, marks: Sequence[tuple[Wake, Millis]]) -> None:
        """Threads wait for AWS together; they share the CPU."""
        cloud, sandbox = self._cloud, self._sandbox
        for wake, at in marks:
            sandbox.works(aws.CPU_AWS)
            while not cloud.take(needs("mark_dispatched", [wake])):
                sandbox.waits(cloud.chance.random() * SECOND)
            cloud.store.mark_dispatched(wake, wake_at=at)
        sandbox.waits(aws.DYNAMODB.draw(cloud.chance))

    def _call(self, name: str, *args: Any, **kwargs: Any) -> Any:
        cloud, sandbox = self._cloud, self._sandbox
        wanted = needs(name, args)
        for attempt in range(aws.TRIES):
            sandbox.works(aws.CPU_AWS * (len(wanted) if name == "due" else 1))
            sandbox.waits(aws.DYNAMODB.draw(cloud.chance))
            if cloud.take(wanted):
                return getattr(cloud.store, name)(*args, **kwargs)
            sandbox.waits(cloud.chance.random() * SECOND * 2**attempt)
        raise StoreUnavailable("throttled")


class QueuePort:
    def __init__(self, cloud: Cloud, sandbox: Sandbox) -> None:
        self._cloud, self._sandbox = cloud, sandbox

    def send(self, wakes: Sequence[Wake], *, now: Millis, lead: Millis) -> Sequence[Wake]:
        cloud = self._cloud
        for start in range(0, len(wakes), 10):
            self._sandbox.works(aws.CPU_AWS)
            self._sandbox.waits(aws.SQS.draw(cloud.chance))
            for wake in wakes[start : start + 10]:
                delay = delay_seconds(wake.due_at, now=now, lead=lead) * SECOND
                cloud.sources[wake.kind].put(message(wake), delay)
        return wakes


class Source:
    """A queue and how Lambda reads it: few pollers at first, more each second while it is
    behind.
    """

    def __init__(
        self,
        cloud: Cloud,
        most: int,
        step: Callable[[Publisher, Wake, Sandbox], None],
        batch: int,
        window: Millis,
    ) -> None:
        self._cloud, self._most, self._step = cloud, most, step
        self._batch, self._window = batch, window
        self._visible: deque[tuple[Millis, str]] = deque()
        self._allowed, self._running, self._idle = aws.FIRST_POLLERS, 0, 0
        self._growing = False

    def put(self, body: str, delay: Millis) -> None:
        machine, chance = self._cloud.machine, self._cloud.chance
        at = machine.now + delay + math.ceil(aws.SQS_TO_LAMBDA.draw(chance))
        machine.at(at, partial(self._arrives, body))

    def _arrives(self, body: str) -> None:
        now = self._cloud.machine.now
        self._visible.append((now, body))
        self._cloud.machine.at(now + self._window, self._pump)
        if len(self._visible) >= self._batch:
            self._pump()

    def _pump(self) -> None:
        now = self._cloud.machine.now
        while self._visible and self._running < min(self._allowed, self._most):
            if len(self._visible) < self._batch and self._visible[0][0] + self._window > now:
                return
            number = min(self._batch, len(self._visible))
            self._invoke([self._visible.popleft()[1] for _ in range(number)])
        if self._visible and not self._growing:
            self._growing = True
            self._cloud.machine.at(now + SECOND, self._grow)

    def _grow(self) -> None:
        self._growing = False
        if self._visible:
            self._allowed += aws.POLLERS_PER_SECOND
            self._pump()
        elif not self._running:
            self._allowed = aws.FIRST_POLLERS

    def _invoke(self, bodies: list[str]) -> None:
        chance = self._cloud.chance
        self._running += 1
        cold = not self._idle or chance.random() < aws.REMADE
        self._idle -= bool(self._idle)
        wait = aws.SANDBOX.draw(chance) + aws.CPU_START if cold else 0
        machine = self._cloud.machine
        machine.at(machine.now + math.ceil(wait), partial(self._begin, bodies))

    def _begin(self, bodies: list[str]) -> None:
        limit = aws.DELIVER_LIMIT if self._batch > 1 else 15 * MINUTE
        sandbox = Sandbox(self._cloud, "worker", megabytes=aws.DELIVER_MB, limit=limit)
        publisher = self._cloud.publisher(sandbox)
        left = [len(bodies)]

        def done() -> None:
            left[0] -= 1
            if not left[0]:
                self._running -= 1
                self._idle += 1
                self._pump()

        def again(body: str) -> None:
            self._cloud.came_back += 1
            self.put(body, aws.VISIBILITY)
            done()

        for body in bodies:
            step = partial(self._step, publisher, parse_message(body), sandbox)
            self._cloud.spawn(step, well=done, badly=partial(again, body))


class NetworkPort:
    """The registry of one invocation: a request takes CPU, then it is on its way, then it is
    answered.
    """

    def __init__(self, cloud: Cloud, sandbox: Sandbox) -> None:
        self._cloud, self._sandbox = cloud, sandbox

    def __getattr__(self, name: str) -> Any:
        return getattr(self._cloud.network, name)

    def open(self, account: Any, credential: Any) -> Any:
        return PlatformPort(
            self._cloud, self._sandbox, self._cloud.network.open(account, credential)
        )


class PlatformPort:
    def __init__(self, cloud: Cloud, sandbox: Sandbox, platform: Any) -> None:
        self._cloud, self._sandbox, self._platform = cloud, sandbox, platform

    def __getattr__(self, name: str) -> Any:
        return getattr(self._platform, name)

    def publish(self, outgoing: Any) -> Any:
        self._sandbox.works(aws.CPU_NETWORK)
        self._cloud.left.setdefault(outgoing.key, self._cloud.machine.now)
        remote = self._platform.publish(outgoing)
        self._sandbox.waits(aws.NETWORK.draw(self._cloud.chance))
        return remote

    def prepare(self, draft: Any, handles: Any, media: Any) -> Any:
        for part in draft.parts:
            for each in part.media:
                self._sandbox.wait(self._cloud.uploads(each.id))
        return self._platform.prepare(draft, handles, media)
