"""What a cold start costs: CPU from process start through the first committed event.

The functions are the built ones, with their layer, environment and roles, on an interpreter that
holds nothing else. AWS is the emulator and the network a loopback server, both in other processes.
Ratios are taken within each round, so that a busy moment of the machine meets both sides.
"""

import json
import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from statistics import median
from time import process_time
from typing import Any

import httpx

from bench.processes import cpu_ms
from bench.table import Row
from tests.servers.mastodon import Mastodon
from tests.servers.stack import INTERPRETER, ROOT, Stack, committed, sqs_event

ROUNDS = int(os.environ.get("BENCH_ROUNDS", "15"))
BARE = "import boto3, os; boto3.client('dynamodb'); os._exit(0)"
DRIVER = ROOT / "bench" / "first_event.py"


@dataclass(frozen=True, slots=True)
class First:
    """A function, how its event comes about in each round, and what the answer must hold."""

    name: str
    function: str
    event: Callable[[], Mapping[str, Any]]
    answer: str
    goal: float


def measure() -> Sequence[Row]:
    with Mastodon() as server, Stack((server.url.removeprefix("http://"),)) as stack:
        account = stack.connect(server.url, server.add_account().token)
        firsts = [*_firsts(stack, account), *_listening(stack, server)]
        environments = {f.function: stack.environment_of(f.function) for f in firsts}
        command = [str(INTERPRETER), "-P", "-c", BARE]
        bare: list[float] = []
        used: dict[str, list[float]] = {first.name: [] for first in firsts}
        for _ in range(ROUNDS):
            bare.append(cpu_ms(command, environments["TickFunction"])[0])
            for first in firsts:
                used[first.name].append(_first_event(stack, first, environments[first.function]))
        if len(server.statuses) != ROUNDS:
            raise ValueError(f"{len(server.statuses)} posts were sent in {ROUNDS} rounds")
    return [
        Row("import boto3 and a DynamoDB client, CPU", median(bare), " ms"),
        *_rows(firsts, used, bare),
    ]


def _rows(firsts: Sequence[First], used: Mapping[str, list[float]], bare: list[float]) -> list[Row]:
    rows = []
    for first in firsts:
        ratios = [own / other for own, other in zip(used[first.name], bare, strict=True)]
        rows.append(Row(f"{first.name}, CPU", median(used[first.name]), " ms"))
        rows.append(Row(f"{first.name}, against that", median(ratios), " times", goal=first.goal))
    trust = median(_trust_ms() for _ in range(5))
    return [*rows, Row("certificates read at the first TLS connection, CPU on top", trust, " ms")]


def _trust_ms() -> float:
    """The loopback network speaks without TLS; a real one has this on top."""
    before = process_time()
    httpx.create_ssl_context()
    return (process_time() - before) * 1000


def _firsts(stack: Stack, account: str) -> list[First]:
    def post(**schedule: object) -> None:
        text = f"at {datetime.now(UTC).isoformat()}"
        body = {"text": text, "account_ids": [account], "schedule": schedule}
        stack.call("POST", "/v1/posts", body)
        sent.extend(stack.messages("PublishQueue"))

    sent: list[dict[str, Any]] = []

    def something_to_dispatch() -> Mapping[str, Any]:
        post(at=(datetime.now(UTC) + timedelta(minutes=4)).isoformat())
        return committed("tick")

    def something_to_send() -> Mapping[str, Any]:
        sent.clear()
        post(now=True)
        return sqs_event(sent[-1]["Body"])

    return [
        First(
            "tick that dispatches a post",
            "TickFunction",
            something_to_dispatch,
            '"dispatched": 1',
            1.5,
        ),
        First(
            "deliver that sends a post",
            "DeliverFunction",
            something_to_send,
            '"batchItemFailures": []',
            1.5,
        ),
        First(
            "api that lists posts",
            "ApiFunction",
            lambda: stack.request("GET", "/v1/posts"),
            '"statusCode": 200',
            2.0,
        ),
    ]


def _listening(stack: Stack, server: Mastodon) -> list[First]:
    poll, metrics = "PollEngagementFunction", "MetricsRollupFunction"

    def somebody_to_listen_to() -> Mapping[str, Any]:
        """All that is due is done first, so that a new account is all there is."""
        stack.invoke(poll, committed("poll"))
        stack.connect(server.url, server.add_account().token)
        return committed("poll")

    return [
        First("poll that looks at an account", poll, somebody_to_listen_to, '"drained": true', 1.5),
        First(
            "metrics that counts an account",
            metrics,
            lambda: committed("metrics"),
            '"failed": 0',
            1.5,
        ),
    ]


def _first_event(stack: Stack, first: First, environment: Mapping[str, str]) -> float:
    event = json.dumps(first.event())
    handler = stack.handler_of(first.function)
    used, answer = cpu_ms([str(INTERPRETER), "-P", str(DRIVER), handler, event], environment)
    if first.answer not in answer.decode():
        raise ValueError(f"{first.name} answered {answer.decode()}")
    return used
