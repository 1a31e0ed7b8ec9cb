"""How late 1,000 deliveries leave that are spread over two minutes: deliverer in process, real time."""

import os
import random
import threading
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

from bench.sink import Sink, running_sink
from bench.table import Row, percentile
from functions.publish import delivering, ticking
from shared.core.lifecycle import lateness
from shared.core.models import MINUTE, SECOND, Account, Delivery
from shared.core.services import Publisher
from shared.platforms.registry import Registry
from shared.runtime.clock import RandomIds, SystemClock
from shared.store.queue import parse_message
from tests.fakes import make
from tests.fakes.bucket import FakeBucket
from tests.fakes.queue import FakeQueue
from tests.fakes.store import MemoryStore
from tests.fakes.telemetry import FakeTelemetry
from tests.fakes.vault import FakeVault

DELIVERIES = int(os.environ.get("BENCH_DELIVERIES", "1000"))
SPREAD = int(os.environ.get("BENCH_SPREAD_MS", str(2 * MINUTE)))
ACCOUNTS = 50


def measure() -> Sequence[Row]:
    with running_sink() as sink:
        publisher, planned = _planned(sink)
        _work(publisher, until=max(d.due_at for d in planned.values()) + 5 * SECOND)
        late = [sink.arrivals[text] - d.due_at for text, d in planned.items()]
        settled = [publisher.store.delivery(d.ref) for d in planned.values()]
        own = [late for d in settled if (late := lateness(d)) is not None]
    return [
        Row("deliveries", len(late)),
        Row("sent after its instant, p50", percentile(own, 0.5), " ms", goal=10),
        Row("sent after its instant, p99", percentile(own, 0.99), " ms", goal=250),
        Row("at the server after its instant, p50", percentile(late, 0.5), " ms"),
        Row("at the server after its instant, p99", percentile(late, 0.99), " ms"),
        Row("at the server after its instant, most", max(late), " ms"),
        Row("early", sum(value < 0 for value in late), goal=0),
        Row("load of the machine while it ran", os.getloadavg()[0]),
    ]


def _planned(sink: Sink) -> tuple[Publisher, dict[str, Delivery]]:
    clock, chance = SystemClock(), random.Random(7)  # noqa: S311  a measurement, not a secret
    store, queue = MemoryStore(), FakeQueue(clock)
    host = sink.url.removeprefix("http://")
    publisher = Publisher(
        store=store,
        queue=queue,
        platforms=Registry(allowed_private_hosts=frozenset({host}), options={}, clock=clock),
        vault=FakeVault(),
        media=FakeBucket(),
        clock=clock,
        ids=RandomIds(),
        random=chance,
        telemetry=FakeTelemetry(),
        timing=make.Timing(),
        epoch=0,
    )
    store.create_workspace(make.workspace(), make.audit(1))
    accounts = [_account(publisher, sink, n) for n in range(ACCOUNTS)]
    start = clock.now() + 6 * SECOND
    planned: dict[str, Delivery] = {}
    for number in range(1, DELIVERIES + 1):
        at, account = start + chance.randrange(SPREAD), accounts[number % ACCOUNTS]
        post = make.post(number, due_at=at, text=f"post {number}", account_ids=(account.id,))
        delivery = make.delivery(post, account.id, number=number)
        store.create_post(post, [delivery], make.audit(number + 1, post_id=post.id))
        planned[f"post {number}"] = delivery
    return publisher, planned


def _account(publisher: Publisher, sink: Sink, number: int) -> Account:
    account = replace(
        make.account(make.new_id("acc", number)), server=sink.url, remote_id=str(number)
    )
    sealed = publisher.vault.seal(account.workspace_id, account.id, {"access_token": "t"})
    store = publisher.store
    assert isinstance(store, MemoryStore)
    store.create_account(account, sealed, make.audit(number + 5_000))
    return account


def _work(publisher: Publisher, *, until: int) -> None:
    """The tick once a minute; batches of up to 50 to as many threads, as Lambda would."""
    stop = threading.Event()

    def ticks() -> None:
        while not stop.is_set():
            ticking.tick(publisher, time_left=lambda: MINUTE)
            stop.wait(60)

    threading.Thread(target=ticks, daemon=True).start()
    queue = publisher.queue
    assert isinstance(queue, FakeQueue)
    with ThreadPoolExecutor(max_workers=200) as pool:
        while publisher.clock.now() < until:
            for message in queue.receive(50):
                pool.submit(_deliver, publisher, queue, message)
            time.sleep(0.05)
    stop.set()


def _deliver(publisher: Publisher, queue: FakeQueue, message: object) -> None:
    delivering.deliver(publisher, parse_message(message.body), time_left=lambda: MINUTE)  # type: ignore[attr-defined]  # the fake's own message
    queue.delete(message)  # type: ignore[arg-type]  # as above
