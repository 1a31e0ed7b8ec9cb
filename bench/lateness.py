"""How late deliveries leave in real time: 3,000 over three minutes, and 1,000 in one second.

The deliverer's own steps and the real adapter run in this process, on the in-memory store, as
Lambda functions would: messages in batches of up to 50, a thread for each. Their network is a sink
in another process, so that only our own time is measured.
"""

import os
import random
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from itertools import cycle

from bench.sink import Sink, running_sink
from bench.table import Row, percentile
from functions.publish import delivering, ticking
from shared.core.lifecycle import lateness
from shared.core.models import MINUTE, SECOND, Delivery, Millis
from shared.core.services import Publisher
from shared.core.timing import Timing, crowd_of
from shared.core.workspaces import Account
from shared.platforms.guard import Guard
from shared.platforms.http import Client
from shared.platforms.registry import Registry
from shared.runtime.clock import RandomIds, SystemClock
from shared.store.queue import parse_message
from tests.fakes import make
from tests.fakes.bucket import FakeBucket
from tests.fakes.queue import FakeQueue, Message
from tests.fakes.store import MemoryStore
from tests.fakes.telemetry import FakeTelemetry
from tests.fakes.vault import FakeVault

SPREAD = int(os.environ.get("BENCH_SPREAD_MS", str(3 * MINUTE)))
BATCH = 50


@dataclass(frozen=True, slots=True)
class Run:
    """`spread`: over how long they are due, 0 for all at once. An account may send four at once and
    then one every two seconds: there are as many as it takes for nobody to wait for that.
    """

    deliveries: int
    spread: Millis
    accounts: int
    deliverers: int

    @property
    def timing(self) -> Timing:
        return Timing(crowd=crowd_of(self.deliverers))


@dataclass(frozen=True, slots=True)
class Line:
    """A publisher for each deliverer with what they stand on, typed as what it is here."""

    publishers: tuple[Publisher, ...]
    store: MemoryStore
    queue: FakeQueue
    clients: tuple[Client, ...]

    @property
    def publisher(self) -> Publisher:
        return self.publishers[0]


def measure() -> Sequence[Row]:
    spread = Run(int(os.environ.get("BENCH_DELIVERIES", "3000")), SPREAD, 300, deliverers=5)
    rows = list(_rows(spread, median=10, late=250))
    for deliverers in (5, 20):
        at_once = Run(1_000, 0, 300, deliverers)
        rows += _rows(at_once, last=8_000)
    return rows


def _rows(
    run: Run, *, median: int | None = None, late: int | None = None, last: int | None = None
) -> Iterator[Row]:
    """With the goals for the median, the 99th percentile and the last one, in milliseconds."""
    sent, seen, lost = _measured(run)
    over = f"over {run.spread // SECOND} s" if run.spread else "due in one second"
    yield Row(f"deliveries {over}, {run.deliverers} deliverers", run.deliveries)
    yield Row("· not live", lost, goal=0)
    yield Row("· sent before their instant", sum(ms < 0 for ms in (*sent, *seen)), goal=0)
    yield Row("· sent after their instant, p50", percentile(sent, 0.5), " ms", goal=median)
    yield Row("· sent after their instant, p99", percentile(sent, 0.99), " ms", goal=late)
    yield Row("· sent after their instant, most", max(sent), " ms", goal=last)
    yield Row("· at the server after their instant, p50", percentile(seen, 0.5), " ms")
    yield Row("· at the server after their instant, p99", percentile(seen, 0.99), " ms")
    yield Row("· at the server after their instant, most", max(seen), " ms", goal=last)
    yield Row("· load of the machine while it ran", os.getloadavg()[0])


def _measured(run: Run) -> tuple[list[float], list[float], int]:
    """Milliseconds after their instant at which they left and arrived, and how many did not."""
    with running_sink() as sink:
        line = _line(sink, run)
        planned = _plan(line, sink, run)
        until = max(d.due_at for d in planned.values()) + 15 * SECOND
        _work(line, planned, until=until)
        for client in line.clients:
            client.close()
        arrivals = sink.arrivals()
    settled = [line.store.delivery(d.ref) for d in planned.values()]
    sent: list[float] = [late for d in settled if (late := lateness(d)) is not None]
    seen = [arrivals[text] - d.due_at for text, d in planned.items() if text in arrivals]
    return sent, seen, len(planned) - len(seen)


def _line(sink: Sink, run: Run) -> Line:
    clock, store, vault = SystemClock(), MemoryStore(), FakeVault()
    queue = FakeQueue(clock)
    clients = tuple(Client(Guard(frozenset({sink.host}))) for _ in range(run.deliverers))
    first = Publisher(
        store=store,
        queue=queue,
        platforms=Registry(lambda: clients[0], options={}, clock=clock),
        vault=vault,
        media=FakeBucket(),
        clock=clock,
        ids=RandomIds(),
        random=random.SystemRandom(),
        telemetry=FakeTelemetry(),
        timing=run.timing,
        epoch=0,
    )
    registries = [Registry(lambda c=c: c, options={}, clock=clock) for c in clients]  # type: ignore[misc]  # mypy cannot type a default in a lambda
    publishers = tuple(replace(first, platforms=registry) for registry in registries)
    return Line(publishers, store, queue, clients)


def _plan(line: Line, sink: Sink, run: Run) -> dict[str, Delivery]:
    """By text, since that is what the sink sees. Early enough that the first tick finds them in
    time.
    """
    chance = random.Random(7)  # noqa: S311  a measurement, not a secret
    line.store.create_workspace(make.workspace(), make.audit(1))
    accounts = [_account(line, sink, number) for number in range(run.accounts)]
    start = line.publisher.clock.now() + run.timing.lead + run.timing.crowd + 6 * SECOND
    instants = sorted(start + chance.randrange(run.spread or 1) for _ in range(run.deliveries))
    planned: dict[str, Delivery] = {}
    for number, at in enumerate(instants, 1):
        account = accounts[number % run.accounts]
        post = make.post(number, due_at=at, text=f"post {number}", account_ids=(account.id,))
        delivery = make.delivery(post, account.id, number=number)
        line.store.create_post(post, [delivery], make.audit(number + 1, post_id=post.id))
        planned[f"post {number}"] = delivery
    return planned


def _account(line: Line, sink: Sink, number: int) -> Account:
    made = make.account(make.new_id("acc", number))
    account = replace(made, server=f"http://{sink.host}", remote_id=str(number))
    credential = {"access_token": "t"}
    sealed = line.publisher.vault.seal(account.workspace_id, account.id, credential)
    line.store.create_account(account, sealed, make.audit(number + 5_000))
    return account


def _work(line: Line, planned: Mapping[str, Delivery], *, until: int) -> None:
    """The tick once a minute; what becomes visible goes to workers at once."""
    stop = threading.Event()

    def ticks() -> None:
        while not stop.is_set():
            ticking.tick(line.publisher, time_left=lambda: MINUTE)
            stop.wait(60)

    ticker = threading.Thread(target=ticks, daemon=True)
    ticker.start()
    open_ones = {d.ref for d in planned.values()}
    deliverers = cycle(line.publishers)
    with ThreadPoolExecutor(max_workers=BATCH * len(line.publishers)) as pool:
        while open_ones and (now := line.publisher.clock.now()) < until:
            publisher = next(deliverers)
            for message in line.queue.receive(BATCH):
                pool.submit(_deliver, line, publisher, message)
            if len(line.queue) < BATCH:
                open_ones = {ref for ref in open_ones if not line.store.delivery(ref).live}
            visible = line.queue.next_at() or until
            time.sleep(min(max(visible - now, 20), 200) / SECOND)
        stop.set()
    ticker.join()


def _deliver(line: Line, publisher: Publisher, message: Message) -> None:
    wake = parse_message(message.body)
    delivering.deliver(publisher, wake, time_left=lambda: MINUTE)
    line.queue.delete(message)
