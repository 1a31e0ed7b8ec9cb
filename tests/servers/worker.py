"""The publisher in processes of its own, which can be killed at any instant and at named points.

Each is what a Lambda sandbox is to us: production's own publisher on the emulator's table and
queue, which takes messages, attends to them in threads, and ends at once and without a word.
"""

import multiprocessing
import os
import signal
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Any

from botocore.exceptions import ClientError

from functions.publish import delivering, ticking
from shared.core.errors import SocialError
from shared.core.models import SECOND, Millis
from shared.core.services import Publisher
from shared.runtime import wiring
from tests.fakes.telemetry import FakeTelemetry

INVOCATION: Millis = 4 * SECOND
THREADS = 4
POINTS = tuple(
    f"{when} {call}"
    for call in ("claim", "load", "take_lock", "advance", "switches", "send", "publish", "locate")
    for when in ("before", "after")
)
"""Every effect of a send, and what it reads; `advance` is intent and settling, `send` the queue."""


@dataclass(frozen=True)
class Death:
    """At the `turn`-th time that a process comes to `point`."""

    point: str
    turn: int = 1


class Mortal:
    """Stands before a port and ends the process where it is told to."""

    def __init__(self, port: Any, death: Death, passed: list[str]) -> None:
        self._port, self._death, self._passed = port, death, passed

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._port, name)
        if not callable(found):
            return found

        def call(*args: Any, **kwargs: Any) -> Any:
            self._comes_to(f"before {name}")
            answer = found(*args, **kwargs)
            self._comes_to(f"after {name}")
            return Mortal(answer, self._death, self._passed) if name == "open" else answer

        return call

    def _comes_to(self, point: str) -> None:
        if point == self._death.point:
            self._passed.append(point)
            if len(self._passed) == self._death.turn:
                os.kill(os.getpid(), signal.SIGKILL)


def _publisher(environment: Mapping[str, str], death: Death | None) -> Publisher:
    os.environ.update(environment)
    made = wiring.production_publisher(FakeTelemetry())
    if death is None:
        return made
    passed: list[str] = []
    return replace(
        made,
        store=Mortal(made.store, death, passed),
        queue=Mortal(made.queue, death, passed),
        platforms=Mortal(made.platforms, death, passed),
    )


def deliver(environment: Mapping[str, str], death: Death | None) -> None:
    """Take messages for ever."""
    publisher, sqs = _publisher(environment, death), wiring.client("sqs")
    url = environment["PUBLISH_QUEUE_URL"]

    def attend(message: Mapping[str, str]) -> None:
        started = publisher.clock.now()

        def time_left() -> Millis:
            return started + INVOCATION - publisher.clock.now()

        wake = wiring.parse_message(message["Body"])
        with suppress(SocialError, ClientError):  # then the message comes again, as from Lambda
            delivering.deliver(publisher, wake, time_left=time_left)
            sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])

    with ThreadPoolExecutor(THREADS) as pool:
        while True:
            answer = sqs.receive_message(
                QueueUrl=url, MaxNumberOfMessages=THREADS, WaitTimeSeconds=1
            )
            list(pool.map(attend, answer.get("Messages", [])))


def tick(environment: Mapping[str, str], death: Death | None) -> None:
    """As the schedule does, only oftener."""
    publisher = _publisher(environment, death)
    while True:
        with suppress(SocialError):
            ticking.tick(publisher, time_left=lambda: 60 * SECOND)
        publisher.clock.sleep_until(publisher.clock.now() + SECOND // 2)


_context = multiprocessing.get_context("forkserver")
_context.set_forkserver_preload([__name__, "shared.platforms.mastodon", "shared.store.vault"])
Role = Callable[[Mapping[str, str], Death | None], None]
Process = multiprocessing.process.BaseProcess


def started(role: Role, environment: Mapping[str, str], death: Death | None = None) -> Process:
    process = _context.Process(target=role, args=(dict(environment), death), daemon=True)
    process.start()
    return process
