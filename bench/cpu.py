"""The deliverer's CPU for a post, against the same number of bare boto3 and httpx calls.

Batches of 50 go through the function's own entry, with production's store, vault, telemetry and
HTTP client. DynamoDB answers from this process without a socket, as it answered once on moto, so
that only what is ours and the libraries' is counted; the network is a sink in another process,
without TLS. The bare calls repeat the same requests in as many threads. Both are taken in turn, so
that a busy moment of the machine meets both.
"""

import base64
import io
import json
import os
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import redirect_stdout
from dataclasses import dataclass, replace
from statistics import median
from time import process_time
from typing import Any

import boto3
import httpx
from botocore.awsrequest import AWSResponse
from botocore.config import Config

from bench.capacity import AHEAD, TEXT, creation
from bench.metered import REGION, MeteredWorld, metered_world
from bench.sink import Sink, running_sink
from bench.table import Row
from functions.publish import app
from shared.core.models import SECOND
from shared.core.services import Publisher
from shared.platforms.guard import Guard
from shared.platforms.http import Client
from shared.platforms.registry import Registry
from shared.runtime.clock import RandomIds
from shared.runtime.observability import PowertoolsTelemetry
from shared.store.aws import client_config
from shared.store.publish_store import DynamoPublishStore

ROUNDS = int(os.environ.get("BENCH_CPU_ROUNDS", "9"))
BATCH = app.BATCH
LEAD = 3


@dataclass(frozen=True, slots=True)
class Exchange:
    """One call of AWS as it was made, and the bytes that answered it."""

    name: str
    arguments: dict[str, Any]
    answer: bytes


class Context:
    def get_remaining_time_in_millis(self) -> int:
        return 60_000


def measure() -> Sequence[Row]:
    with running_sink() as sink, httpx.Client() as bare_client:
        with metered_world() as world:
            exchanges, body = _once(world, sink)
        client = _answering(exchanges, client_config("dynamodb"))
        deliver = _deliver(_publisher(world, client, sink), body)
        bare = _bare(_answering(exchanges, None), bare_client, exchanges, sink)
        with redirect_stdout(io.StringIO()):  # log lines are written, to nowhere
            pairs = [(_ms(deliver), _ms(bare)) for _ in range(ROUNDS + 1)][1:]
    ours, theirs = (median(each) for each in zip(*pairs, strict=True))
    ratio = median(mine / other for mine, other in pairs)
    return [
        Row("AWS calls for a post, and one of a network", len(exchanges)),
        Row("deliver, CPU for a post", ours, " ms"),
        Row("the same calls of bare boto3 and httpx, CPU", theirs, " ms"),
        Row("deliver against that", ratio, " times", goal=1.5),
        Row("posts a second of one core, against a sink", SECOND / ours),
    ]


def _ms(batch: Callable[[], None]) -> float:
    """CPU of this process for one of a batch."""
    before = process_time()
    batch()
    return (process_time() - before) * 1000 / BATCH


def _once(world: MeteredWorld, sink: Sink) -> tuple[list[Exchange], str]:
    """What a post's delivery asks of AWS and is told, with the sink as its network, and the message
    that begins it.
    """
    creation(world, TEXT)
    world.run((AHEAD - LEAD - 60) * SECOND)
    world.tick()
    (message,) = world.queue.receive() or _later(world)
    recorder: Any = _Recorder(world.dynamodb, world.server.url, f"http://{sink.host}")
    store = DynamoPublishStore(recorder, world.table)
    world.publisher = replace(world.publisher, store=store)
    world.work(message.body)
    return recorder.exchanges, message.body


def _later(world: MeteredWorld) -> Sequence[Any]:
    at = world.queue.next_at()
    world.clock.set(at or world.clock.now())
    return world.queue.receive()


class _Recorder:
    """A client that remembers what it was asked; `there` in answers becomes `here`."""

    def __init__(self, client: Any, there: str, here: str) -> None:
        self._client, self._places = client, (there, here)
        self.exchanges: list[Exchange] = []

    def __getattr__(self, name: str) -> Callable[..., Any]:
        def call(**arguments: Any) -> Any:
            answer = getattr(self._client, name)(**arguments)
            told = {key: value for key, value in answer.items() if key != "ResponseMetadata"}
            text = json.dumps(told, default=_encoded).replace(*self._places)
            self.exchanges.append(Exchange(name, arguments, text.encode()))
            return answer

        return call


def _encoded(value: bytes) -> str:
    return base64.b64encode(value).decode()


class _Raw:
    """What urllib3 would hand over."""

    def __init__(self, body: bytes) -> None:
        self._body = body

    def stream(self) -> Sequence[bytes]:
        return [self._body]


def _answering(exchanges: Sequence[Exchange], config: Config | None) -> Any:
    """A client whose requests are built, signed and parsed, and answered here: by what they ask
    for. Production's has a configuration.
    """
    client: Any = boto3.client(
        "dynamodb",
        region_name=REGION,
        aws_access_key_id="none",
        aws_secret_access_key="none",  # noqa: S106  signs a request that is never sent
        config=config,
    )
    claim, load, lock, intent, switches, settle = (each.answer for each in exchanges)
    headers: Any = {"content-type": "application/x-amz-json-1.0"}

    def instead(request: Any, **_: object) -> AWSResponse:
        operation, asked = request.headers["X-Amz-Target"].decode(), request.body
        if operation.endswith("BatchGetItem"):
            body = switches if b"INSTALLATION" in asked else load
        elif operation.endswith("PutItem"):
            body = lock
        else:
            body = settle if b"published" in asked else intent if b"sending" in asked else claim
        raw: Any = _Raw(body)
        return AWSResponse(request.url, 200, headers, raw)

    client.meta.events.register("before-send.dynamodb", instead)
    return client


def _publisher(world: MeteredWorld, client: Any, sink: Sink) -> Publisher:
    http = Client(Guard(frozenset({sink.host})))
    return replace(
        world.publisher,
        store=DynamoPublishStore(client, world.table),
        platforms=Registry(lambda: http, options={}, clock=world.clock),
        ids=RandomIds(),
        telemetry=_telemetry(),
    )


def _telemetry() -> PowertoolsTelemetry:
    """Its log lines go nowhere, whatever stands for standard output by then."""
    with redirect_stdout(io.StringIO()):
        return PowertoolsTelemetry("publish")


def _deliver(publisher: Publisher, body: str) -> Callable[[], None]:
    records = [{"messageId": f"m{number}", "body": body} for number in range(BATCH)]

    def batch() -> None:
        answer = app.each_message(publisher, {"Records": records}, Context(), app.deliver_one)
        if answer["batchItemFailures"]:
            raise ValueError("messages failed")

    return batch


def _bare(
    client: Any, http: httpx.Client, exchanges: Sequence[Exchange], sink: Sink
) -> Callable[[], None]:
    def post(number: int) -> None:
        for each in exchanges:
            getattr(client, each.name)(**each.arguments)
        answer = http.post(
            f"http://{sink.host}/api/v1/statuses",
            json={"status": TEXT, "visibility": "public"},
            headers={"Authorization": "Bearer t", "Idempotency-Key": f"{number}"},
        )
        answer.raise_for_status()
        answer.json()

    def batch() -> None:
        with ThreadPoolExecutor(BATCH) as pool:
            list(pool.map(post, range(BATCH)))

    return batch
