"""What AWS publishes about its own speed, and what we measured of ours: dated data.

Where AWS gives no percentiles, a pessimistic reading is taken and said. Read on 2026-11-22.
"""

import math
import random

from shared.core.models import MINUTE, SECOND, Millis
from shared.core.values import dataclass


@dataclass(frozen=True, slots=True)
class Spread:
    """A log-normal waiting time in milliseconds."""

    p50: float
    p99: float

    def draw(self, chance: random.Random) -> float:
        sigma = math.log(self.p99 / self.p50) / 2.326
        return self.p50 * math.exp(chance.gauss(0, sigma))


DYNAMODB = Spread(5, 20)
"""«single-digit millisecond» as AWS says
(https://aws.amazon.com/blogs/database/understanding-amazon-dynamodb-latency/); callers see 10 to
20 ms where it is slow (https://dynobase.dev/dynamodb-performance-latency/)."""
SQS_TO_LAMBDA = Spread(16.2, 105)
"""From sending to the function's start, standard queue, eu-west-1, September 2022
(https://bitesizedserverless.com/bite/serverless-messaging-latency-compared/)."""
SQS = Spread(10, 40)
"""One SendMessageBatch: AWS says «tens of milliseconds»
(https://aws.amazon.com/sqs/faqs/)."""
SANDBOX = Spread(250, 1_000)
"""A new execution environment: «from under 100 ms to over 1 second»
(https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtime-environment.html)."""
REMADE = 0.05
"""Share of invocations that meet a new environment although there was an idle one: AWS says that
new ones are «typically under 1%» (the same page)."""
FIRST_POLLERS, POLLERS_PER_SECOND = 5, 5
"""Batches of a standard queue that Lambda processes at once, and how many more in each second: 300
a minute (https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-scaling.html)."""
MB_PER_CPU = 1_769
"""A function of this size has one vCPU
(https://docs.aws.amazon.com/lambda/latest/dg/configuration-memory.html)."""
WRITES_PER_PARTITION, READS_PER_PARTITION = 1_000, 3_000
"""Units a second of a partition, of an index too. Neither burst nor adaptive capacity is counted on
(https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/bp-partition-key-design.html)."""
TRIES = 3
"""Of botocore's standard mode, as `shared/store/aws.py` asks for; between them a random part of
1 s, then of 2 s (https://boto3.amazonaws.com/v1/documentation/api/latest/guide/retries.html)."""
TICK_WITHIN, TICK_APART = MINUTE, 5 * SECOND
"""A schedule is started within the minute that it names, no sooner
(https://docs.aws.amazon.com/scheduler/latest/UserGuide/schedule-types.html). Within that its second
is supposed to vary by a few; the scene of lost ticks takes the whole minute."""

NETWORK = Spread(300, 2_000)
"""How long a network takes to answer: ours to wait for, nobody's to promise."""

CPU_AWS, CPU_NETWORK = 0.9, 2.0
"""Milliseconds of one vCPU for a call, our own steps around it included (`python -m bench steps`),
and of a network's with its TLS handshake (docs/decisions/0004)."""
CPU_START = 620
"""From process start through the first post, of `docs/bench.md`."""
DELIVER_MB, TICK_MB = 1_769, 512
"""`template.yaml`; a test holds them equal."""
BATCH, WINDOW, DELIVER_LIMIT = 50, SECOND, MINUTE
"""Of DeliverFunction and its queue, likewise."""
VISIBILITY: Millis = 360 * SECOND
