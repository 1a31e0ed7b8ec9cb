"""How late 1,000 deliveries leave that are spread over two minutes, in real time.

The deliverer's own steps and the real adapter run in this process, on the in-memory store, as one
Lambda function would: messages in batches of up to 50, a thread for each. Its network is a sink in
another process, so that only our own time is measured.
"""

import os
import random
import threading
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace

from bench.sink import Sink, running_sink
from bench.table import Row, percentile
from functions.publish import delivering, ticking
from shared.core.lifecycle import lateness
from shared.core.models import MINUTE, SECOND, Delivery
from shared.core.services import Publisher
from shared.core.timing import Timing
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

DELIVERIES = int(os.environ.get("BENCH_DELIVERIES", "1000"))
SPREAD = int(os.environ.get("BENCH_SPREAD_MS", str(2 * MINUTE)))
ACCOUNTS = 50
WORKERS = 250
"""Five functions with a thread for each message of a batch: the template's DeliverConcurrency."""


@dataclass(frozen=True, slots=True)
class Line:
    """The publisher with everything it stands on, typed as what it is here."""

    publisher: Publisher
    store: MemoryStore
    queue: FakeQueue
    http: Client


def measure() -> Sequence[Row]:
    with running_sink() as sink:
        line = _line(sink)
        planned = _plan(line, sink)
        _work(line, until=max(d.due_at for d in planned.values()) + 5 * SECOND)
        line.http.close()
        arrivals = sink.arrivals()
    settled = [line.store.delivery(d.ref) for d in planned.values()]
    sent = [late for d in settled if (late := lateness(d)) is not None]
    seen = [arrivals[text] - d.due_at for text, d in planned.items() if text in arrivals]
    return [
        Row("deliveries", len(settled)),
        Row("not live", len(planned) - len(seen), goal=0),
        Row("sent before their instant", sum(value < 0 for value in (*sent, *seen)), goal=0),
        Row("sent after their instant, p50", percentile(sent, 0.5), " ms", goal=10),
        Row("sent after their instant, p99", percentile(sent, 0.99), " ms", goal=250),
        Row("sent after their instant, most", max(sent), " ms"),
        Row("at the server after their instant, p50", percentile(seen, 0.5), " ms"),
        Row("at the server after their instant, p99", percentile(seen, 0.99), " ms"),
        Row("load of the machine while it ran", os.getloadavg()[0]),
    ]


def _line(sink: Sink) -> Line:
    clock, store, vault = SystemClock(), MemoryStore(), FakeVault()
    queue = FakeQueue(clock)
    http = Client(Guard(frozenset({sink.host})))
    publisher = Publisher(
        store=store,
        queue=queue,
        platforms=Registry(lambda: http, options={}, clock=clock),
        vault=vault,
        media=FakeBucket(),
        clock=clock,
        ids=RandomIds(),
        random=random.SystemRandom(),
        telemetry=FakeTelemetry(),
        timing=Timing(),
        epoch=0,
    )
    return Line(publisher, store, queue, http)


def _plan(line: Line, sink: Sink) -> dict[str, Delivery]:
    """By text, since that is what the sink sees. Early enough that the first tick finds them."""
    chance = random.Random(7)  # noqa: S311  a measurement, not a secret
    line.store.create_workspace(make.workspace(), make.audit(1))
    accounts = [_account(line, sink, number) for number in range(ACCOUNTS)]
    start = line.publisher.clock.now() + 6 * SECOND
    planned: dict[str, Delivery] = {}
    for number in range(1, DELIVERIES + 1):
        at, account = start + chance.randrange(SPREAD), accounts[number % ACCOUNTS]
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


def _work(line: Line, *, until: int) -> None:
    """The tick once a minute; what becomes visible goes to workers at once."""
    stop = threading.Event()

    def ticks() -> None:
        while not stop.is_set():
            ticking.tick(line.publisher, time_left=lambda: MINUTE)
            stop.wait(60)

    ticker = threading.Thread(target=ticks, daemon=True)
    ticker.start()
    with ThreadPoolExecutor(max_workers=WORKERS) as pool:
        while (now := line.publisher.clock.now()) < until:
            for message in line.queue.receive(50):
                pool.submit(_deliver, line, message)
            visible = line.queue.next_at() or until
            time.sleep(min(max(visible - now, 20), 200) / SECOND)
        stop.set()
    ticker.join()


def _deliver(line: Line, message: Message) -> None:
    wake = parse_message(message.body)
    delivering.deliver(line.publisher, wake, time_left=lambda: MINUTE)
    line.queue.delete(message)
