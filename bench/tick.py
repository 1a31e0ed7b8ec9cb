"""What a tick costs, with ten posts planned and with a hundred thousand: the same."""

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from bench.metered import MeteredWorld, metered_world
from bench.table import Row
from shared.core.models import MINUTE, SECOND
from shared.store import items, keys
from tests.fakes import make
from tests.fakes.meter import Call

FEW = 10
MANY = int(os.environ.get("BENCH_PLANNED", "100000"))
DUE = 3
"""Posts that are due in both, so that the tick has something to do."""
YEAR = 365 * 24 * 60 * MINUTE


@dataclass(frozen=True, slots=True)
class Ticked:
    planned: int
    calls: tuple[Call, ...]

    @property
    def writes(self) -> float:
        return sum(call.writes for call in self.calls)

    @property
    def reads(self) -> float:
        return sum(call.reads for call in self.calls)


def measure() -> Sequence[Row]:
    few, many = ticked(FEW), ticked(MANY)
    return [*rows(few), *rows(many, at_most=few)]


def rows(tick: Ticked, *, at_most: Ticked | None = None) -> Iterator[Row]:
    """With `at_most`, that tick's figures are the goals."""
    what, bound = f"{tick.planned:,} posts planned", at_most
    yield Row(f"{what}: AWS calls", len(tick.calls), goal=len(bound.calls) if bound else None)
    yield Row(f"{what}: read units", tick.reads, goal=bound.reads if bound else None)
    yield Row(f"{what}: write units", tick.writes, goal=bound.writes if bound else None)


def ticked(planned: int) -> Ticked:
    """One tick that dispatches what is due, among `planned` posts within the coming year."""
    with metered_world() as world:
        _plan(world, range(DUE), apart=SECOND, start=MINUTE)
        _plan(world, range(DUE, planned), apart=YEAR // planned, start=60 * MINUTE)
        world.meter.clear()
        world.tick()
        if len(world.queue) != DUE:
            raise ValueError(f"the tick dispatched {len(world.queue)} posts, not {DUE}")
        return Ticked(planned, tuple(world.meter.calls))


def _plan(world: MeteredWorld, numbers: range, *, apart: int, start: int) -> None:
    """Straight into the table: a post is planned when its delivery stands in the wake index."""
    batch: list[object] = []
    for number in numbers:
        due_at = world.clock.now() + start + (number - numbers.start) * apart
        post = make.post(number, due_at=due_at)
        delivery = make.delivery(post, world.account_id, number=number)
        item = items.delivery_item(delivery, keys.calendar_position(post))
        batch.append({"PutRequest": {"Item": item}})
        if len(batch) == 25 or number == numbers[-1]:
            world.dynamodb.batch_write_item(RequestItems={world.table: batch})
            batch = []
