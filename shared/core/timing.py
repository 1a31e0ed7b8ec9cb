"""How long each step may take and each wait lasts."""

from shared.core.models import MINUTE, SECOND, Millis
from shared.core.values import dataclass


@dataclass(frozen=True, slots=True)
class Timing:
    """The protocol's spans, in milliseconds; settings, so that tests need not wait for minutes.

    `lead`: how early a message should arrive; `crowd`: how much earlier it may where many are due
    at once (`crowd_of`). `horizon`: how far the tick looks ahead; four lost ticks cost nothing when
    it exceeds six minutes, since each tick starts at any second of its own. `lease` must exceed the
    deliverer's timeout, because the hard kill is what ends a lost worker. `quiet`: how long to wait
    before asking what became of an unknown outcome (a platform may state its own).
    `follow`: how long after it went live we begin to listen for answers. `feed`: how often each
    account's feed is read. `thread` and `sampling`: when the thread below a live post is first
    looked at, and its numbers first taken; later looks are multiples. `counting`: how often an
    account's own numbers are taken. `breaker_base`: how long a server in trouble is left alone at
    first, doubling up to `breaker_cap`; `breaker_probe` is longer than a send takes, so that within
    it the one that tries has an answer, or was lost.
    """

    lead: Millis = 3 * SECOND
    crowd: Millis = 0
    horizon: Millis = 6 * MINUTE + 30 * SECOND
    lease: Millis = 75 * SECOND
    prepare_lease: Millis = 16 * MINUTE
    prepare_lead: Millis = 10 * MINUTE
    quiet: Millis = 90 * SECOND
    stage: Millis = 150
    redispatch: Millis = 60 * SECOND
    send_timeout: Millis = 20 * SECOND
    margin: Millis = 5 * SECOND
    retry_base: Millis = 2 * SECOND
    retry_cap: Millis = 15 * MINUTE
    max_failures: int = 12
    follow: Millis = 5 * SECOND
    feed: Millis = 4 * MINUTE
    thread: Millis = MINUTE
    sampling: Millis = 10 * MINUTE
    counting: Millis = 60 * MINUTE
    breaker_base: Millis = 5 * SECOND
    breaker_cap: Millis = 5 * MINUTE
    breaker_probe: Millis = 30 * SECOND

    def stage_of(self, early: Millis) -> Millis:
        """How long before its instant the intent of a message is written that came `early`.

        What came earlier than usual is one of a crowd, and their intents must not meet either: they
        are written in the order in which they came, ten times as closely.
        """
        return self.stage + min(self.crowd, max(0, early - self.lead)) // 10


STARTED = 5
"""Deliverers that Lambda starts at once when messages arrive, and in each second after that: 300 a
minute (2026-11-22: https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-scaling.html)."""
WIDEST: Millis = 25 * SECOND
"""A worker that holds a message longer than this, and its send after that, could meet its own
timeout of 60 s."""


def crowd_of(deliverers: int) -> Millis:
    """How much earlier than usual the messages of a crowd may arrive, so that `deliverers` are
    running by its instant. None earlier than that: whoever finds no deliverer free waits anyway,
    and would only be in the way of others.
    """
    return min(WIDEST - Timing().lead, (max(deliverers, STARTED) - STARTED) * SECOND // STARTED)
