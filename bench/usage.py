"""What one thing that happens uses: units, calls, log bytes of a tick, a look, a post, a request.

The steps are the real ones, in virtual time on moto's DynamoDB, SQS and KMS (`bench/metered.py`,
`bench/listening.py`); every log line and metric is written by the production class and counted.
`bench/cost.py` makes months of them.
"""

import io
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, redirect_stdout
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any

from bench import capacity
from bench.listening import HOUR, WORDS, ListeningBench, listening
from bench.metered import MeteredWorld, metered_world
from shared.core.cadence import planned_after
from shared.core.models import MINUTE, SECOND
from shared.runtime.observability import PowertoolsTelemetry
from tests.fakes.meter import Call, Meter

EVENT_OVERHEAD = 26
"""Bytes that CloudWatch adds to every log event: aws.amazon.com/cloudwatch/pricing, 2026-11-22."""
QUERY = "dynamodb:query"
MANY = 40
"""Answers that the list of an account holds."""
LATE = 'OverdueSeconds"'
"""In the lines of those who are late, as the time that is jumped over here makes them."""


@dataclass(frozen=True, slots=True)
class Usage:
    """`network`: calls of a social network. `log_bytes` leaves out Lambda's own lines."""

    writes: float = 0
    reads: float = 0
    calls: Counter[str] = field(default_factory=Counter)
    network: float = 0
    log_bytes: float = 0
    metrics: frozenset[str] = frozenset()

    @property
    def aws_calls(self) -> float:
        return sum(self.calls.values())

    def __add__(self, other: "Usage") -> "Usage":
        return Usage(
            self.writes + other.writes,
            self.reads + other.reads,
            self.calls + other.calls,
            self.network + other.network,
            self.log_bytes + other.log_bytes,
            self.metrics | other.metrics,
        )

    def half(self) -> "Usage":
        """Of two; every call must come in pairs."""
        calls = Counter({name: count // 2 for name, count in self.calls.items()})
        return replace(
            self,
            writes=self.writes / 2,
            reads=self.reads / 2,
            calls=calls,
            log_bytes=self.log_bytes / 2,
        )

    def __sub__(self, other: "Usage") -> "Usage":
        left = Counter(self.calls)
        left.subtract(other.calls)
        return Usage(
            self.writes - other.writes,
            self.reads - other.reads,
            left,
            self.network - other.network,
            self.log_bytes - other.log_bytes,
            self.metrics - other.metrics,
        )


class Printed:
    """What the production telemetry prints, between two looks at it."""

    def __init__(self, service: str) -> None:
        self.out = io.StringIO()
        with redirect_stdout(self.out):
            self.telemetry = PowertoolsTelemetry(f"cost-{service}")
        self.telemetry.all_metrics = False  # as deployed by default

    def during(
        self, meter: Meter, step: Callable[[], object], *, network: float = 0, without: str = "\n"
    ) -> Usage:
        """`without`: lines that hold this are not counted."""
        meter.clear()
        self.telemetry.metrics.clear_metrics()
        self.out.seek(0)
        self.out.truncate()
        with redirect_stdout(self.out):
            step()
            metrics = frozenset(self.telemetry.metrics.metric_set)
            self.telemetry.flush()
        lines = [line for line in self.out.getvalue().splitlines() if without not in line]
        return used(meter.calls, lines, network=network, metrics=metrics)


def used(
    calls: Sequence[Call], lines: Sequence[str], *, network: float, metrics: frozenset[str]
) -> Usage:
    return Usage(
        writes=sum(call.writes for call in calls),
        reads=sum(call.reads for call in calls),
        calls=Counter(call.name for call in calls),
        network=network,
        log_bytes=sum(len(line.encode()) + EVENT_OVERHEAD for line in lines),
        metrics=metrics,
    )


def measured() -> dict[str, Usage]:
    """Everything that a month is made of. Takes some seconds."""
    return {**_publishing(), **_asking(), **_listening()}


@contextmanager
def _printed_world() -> Iterator[tuple[MeteredWorld, Printed]]:
    with metered_world() as world:
        printed = Printed("publish")
        world.publisher = replace(world.publisher, telemetry=printed.telemetry)
        world.api = replace(world.api, telemetry=printed.telemetry)
        yield world, printed


def _publishing() -> dict[str, Usage]:
    with _printed_world() as (world, printed):
        meter = world.meter
        idle = printed.during(meter, world.tick)
        capacity.creation(world, "the first opens the credential")
        capacity.dispatch(world)

        def sent(step: Callable[[], object]) -> Usage:
            """Without the ticks that only pass while it waits."""
            usage = printed.during(meter, step, network=1, without='"message":"tick"')
            passed = usage.calls[QUERY]
            reads = usage.reads - passed / idle.calls[QUERY] * idle.reads
            return replace(usage, reads=reads, calls=usage.calls - Counter({QUERY: passed}))

        created = printed.during(meter, lambda: capacity.creation(world, capacity.TEXT))
        text = sent(lambda: world.run((capacity.AHEAD + 60) * SECOND))
        picture: list[str] = []
        upload = printed.during(meter, lambda: picture.append(capacity.picture(world)))
        capacity.creation(world, "with a picture", media_ids=picture)
        image = sent(lambda: world.run((capacity.AHEAD + 60) * SECOND))
        return {
            "tick": idle,
            "create a post": created,
            "send a text": text,
            "upload an image": upload,
            "send an image": image,
        }


def _asking() -> dict[str, Usage]:
    """What the page asks for: each is one request."""
    with _printed_world() as (world, printed):
        for number in range(8):
            capacity.creation(world, f"{capacity.TEXT} {number}")
        month = {"from": _day(world, 0), "to": _day(world, 40)}
        listed = world.get("/v1/posts").json["items"]

        def one(path: str, query: dict[str, str] | None = None) -> Usage:
            return printed.during(world.meter, lambda: _ok(world, path, query))

        return {
            "look at the calendar": one("/v1/calendar", month),
            "look at a post": one(f"/v1/posts/{listed[0]['id']}"),
            "look at the inbox": one("/v1/inbox"),
            "look at the numbers": one("/v1/metrics", month | {"by": "day"}),
        }


def _day(world: MeteredWorld, ahead: int) -> str:
    from shared.core.schedule import to_datetime

    return to_datetime(world.clock.now() + ahead * 24 * HOUR).date().isoformat()


def _ok(world: MeteredWorld, path: str, query: dict[str, str] | None) -> Any:
    answer = world.get(path, query=query)
    if answer.status != 200:
        raise ValueError(f"{path}: {answer.text}")
    return answer


def _listening() -> dict[str, Usage]:
    with listening() as world:
        printed = Printed("listen")
        world.listener = replace(world.listener, telemetry=printed.telemetry)

        def look(calls: float) -> Usage:
            run = partial(world.look, minutes=1)
            return printed.during(world.meter, run, network=calls, without=LATE)

        def count(calls: float) -> Usage:
            return printed.during(world.meter, world.count, network=calls, without=LATE)

        look(2)
        count(1)  # a new account: its first looks are over now
        idle_count = count(0)
        resting = _resting(world, printed)
        idle_look = look(0)  # in another minute of the round
        world.later(world.listener.timing.feed - 2 * MINUTE)  # the same of every two
        feed = look(1) - idle_look
        world.later(6 * HOUR)
        deep = look(2) - idle_look - feed
        account = count(1) - idle_count
        return {
            **resting,
            "look at an account": feed,
            "look deep into an account": deep,
            "meet an answer again": _met_again(deep),
            "count an account": account,
            **_life(world, look, count),
        }


def _resting(world: ListeningBench, printed: Printed) -> dict[str, Usage]:
    """Runs with nothing to do, of two minutes: one of them looks at the other function, too."""
    steps = (world.look, world.count)
    for step in steps:
        step()
    found = []
    for _ in range(2):
        world.later(MINUTE)
        found.append([printed.during(world.meter, step) for step in steps])
    first, second = found
    names = ("look for what is due to be heard", "look for what is due to be counted")
    return {name: (a + b).half() for name, a, b in zip(names, first, second, strict=True)}


def _life(
    world: ListeningBench, look: Callable[[float], Usage], count: Callable[[float], Usage]
) -> dict[str, Usage]:
    """A post that goes live beside an account whose looks are known: the difference is the post."""
    feed = world.listener.timing.feed
    world.later(feed)
    quiet = look(1)
    world.live(1, at=world.clock.now())
    world.later(10 * SECOND)
    follow = look(0)
    idle = look(0)
    world.later(2 * MINUTE - 10 * SECOND)
    thread = look(1) - idle
    world.later(2 * MINUTE)
    look(2)
    world.later(4 * feed)
    numbers = count(1) - count(0)
    again, listed, rested = _at_rest(world, look)
    world.network.say("Do you deliver on Sundays too? " * 5, to="r1", by="reader")
    world.later(feed)
    answered = look(2) - quiet
    *_, answered_once = _at_rest(world, look)
    return {
        "begin to follow a post": follow - idle,
        "see a post on the profile again": again - listed,
        "look at a thread": thread,
        "go through the threads at rest": listed - quiet,
        "look at a thread at rest": rested - listed,
        "look at an answered thread at rest": answered_once - listed,
        "hear an answer": answered,
        "count a post": numbers,
        "count a post with its account": _swept(world, count),
    }


def _at_rest(world: ListeningBench, look: Callable[[float], Usage]) -> tuple[Usage, ...]:
    """Looks at the account, once its thread has come to rest: two that go through those at rest and
    find none due, the first of them after a deep one, which meets the post on the profile again,
    and the one at which the thread has its turn.
    """
    feed, unit = world.listener.timing.feed, world.listener.timing.thread
    world.later(7 * HOUR)
    look(2)
    world.later(8 * feed)
    again = look(1)
    world.later(8 * feed)
    listed = look(1)
    now, watch = world.clock.now(), world.watch
    at = planned_after(now, published_at=watch.published_at, unit=unit)
    if not watch.resting or at is None:
        raise ValueError("the thread does not rest")
    world.later(-((now - at) // feed) * feed)
    return again, listed, look(2)


def _met_again(alone: Usage) -> Usage:
    """What each answer adds to a deep look."""
    with listening() as world:
        printed = Printed("deep")
        world.listener = replace(world.listener, telemetry=printed.telemetry)
        feed = world.listener.timing.feed
        world.live(1, at=world.clock.now() - 40 * 24 * HOUR)  # its thread's time is over
        world.look()
        for number in range(MANY):
            world.network.say(f"{WORDS}{number}", to="r1", by=f"reader{number}")
        for _ in range(5):
            world.later(feed)
            quiet = printed.during(world.meter, world.look)
        world.later(6 * HOUR)
        found = printed.during(world.meter, world.look) - quiet - alone
        return Usage(writes=found.writes / MANY, reads=found.reads / MANY)


def _swept(world: ListeningBench, count: Callable[[float], Usage]) -> Usage:
    """What a post adds to its account's sweep, without the question: that is about many posts."""
    world.later(24 * HOUR)
    count(1)
    world.later(HOUR)
    alone = count(1)
    world.later(47 * HOUR)
    return replace(count(1) - alone, network=0)
