"""A million posts: a queueing model, since the real steps would take hours.

How many calls a post makes and when was counted on the real steps; what a call takes is in
`published.py`. Each message arrives whole seconds before its instant, waits for its batch, now and
then for a new environment, and then shares one CPU with its batch, one call after the other.
`test_punctuality.py` holds the model against the real steps.
"""

import heapq
import random
from array import array
from collections.abc import Iterator, Sequence

from shared.core.models import SECOND, Millis
from shared.core.timing import Timing
from tests.simulation.punctuality import published as aws

BEFORE, STAGED = 2, 3
"""Calls of AWS when the message has come (claim, load), and right before the instant (lock, intent,
switches)."""
DAY = 24 * 60 * 60 * SECOND


def lateness(due: Sequence[Millis], seed: str = "a million") -> "array[float]":
    """Milliseconds after its instant at which each request is on its way. `due` in order."""
    chance = random.Random(seed)  # noqa: S311  repeatable on purpose
    found: array[float] = array("d")
    for instants in batches(due, chance):
        found.extend(_batch(instants, chance))
    return found


def batches(due: Sequence[Millis], chance: random.Random) -> Iterator[list[tuple[float, Millis]]]:
    """Arrival and instant of the messages that one invocation gets: what arrives within the window
    of the first, as many as a batch takes.
    """
    lead = Timing().lead
    arriving = sorted(
        (at - lead + chance.random() * SECOND + aws.SQS_TO_LAMBDA.draw(chance), at) for at in due
    )
    batch: list[tuple[float, Millis]] = []
    for arrival, at in arriving:
        if batch and (len(batch) == aws.BATCH or arrival > batch[0][0] + aws.WINDOW):
            yield batch
            batch = []
        batch.append((arrival, at))
    if batch:
        yield batch


def _batch(batch: list[tuple[float, Millis]], chance: random.Random) -> list[float]:
    """One after the other on the CPU, whoever may go on first: a post is in phase 0 to its end."""
    full = len(batch) == aws.BATCH
    begin = batch[-1][0] if full else batch[0][0] + aws.WINDOW
    if chance.random() < aws.REMADE:
        begin += aws.SANDBOX.draw(chance) + aws.CPU_START
    stage = Timing().stage
    late = [0.0] * len(batch)
    ready: list[tuple[float, int, int]] = [(begin, n, 0) for n in range(len(batch))]
    heapq.heapify(ready)
    free = begin
    while ready:
        at, n, phase = heapq.heappop(ready)
        due = batch[n][1]
        if phase < BEFORE + STAGED:
            free = max(free, at) + aws.CPU_AWS
            following = free + aws.DYNAMODB.draw(chance)
            if phase + 1 == BEFORE:
                following = max(following, due - stage)
            elif phase + 1 == BEFORE + STAGED:
                following = max(following, due)
            heapq.heappush(ready, (following, n, phase + 1))
        else:
            free = max(free, at) + aws.CPU_NETWORK
            late[n] = free - due
    return late


def any_instant(number: int, days: float, seed: str = "any") -> list[Millis]:
    """Posts of a time span, each at an instant of its own."""
    chance = random.Random(seed)  # noqa: S311  repeatable on purpose
    return sorted(int(chance.random() * days * DAY) for _ in range(number))


def as_people_plan(number: int, days: float, seed: str = "people") -> list[Millis]:
    """Half of them at full quarters of an hour, the others at full minutes."""
    chance = random.Random(seed)  # noqa: S311  repeatable on purpose
    minutes = int(days * 24 * 60)
    return sorted(
        (chance.randrange(minutes // 15) * 15 if n % 2 else chance.randrange(minutes)) * 60 * SECOND
        for n in range(number)
    )
