"""The CPU time of one AWS call and of one call of a network, of which a warm step is mostly made.

Nothing answers but this process: the bytes are written, signed, read and parsed, and no socket is
opened. `bench/cost.py` keeps the result as dated data (`CPU_MS`).
"""

from collections.abc import Callable, Sequence
from time import process_time
from typing import Any

import boto3
import httpx
from botocore.awsrequest import AWSResponse

from bench.table import Row

ROUNDS = 400
ITEM = {"pk": {"S": "W#wks_1"}, "sk": {"S": "D#dlv_1"}, "version": {"N": "4"}}
BODY = b'{"Items": [], "Count": 0, "ScannedCount": 0}'
STATUS = b'{"id": "1", "url": "https://example.com/1", "content": "' + b"x" * 2_000 + b'"}'


def measure() -> Sequence[Row]:
    return [
        Row("an AWS call, CPU", _ms(_aws_call()), " ms"),
        Row("a call of a network, CPU", _ms(_network_call()), " ms"),
    ]


def _ms(step: Callable[[], object]) -> float:
    for _ in range(20):
        step()
    before = process_time()
    for _ in range(ROUNDS):
        step()
    return (process_time() - before) * 1000 / ROUNDS


class _Answer:
    """What urllib3 would hand over."""

    def __init__(self) -> None:
        self.headers = {"content-type": "application/x-amz-json-1.0"}

    def stream(self) -> Sequence[bytes]:
        return [BODY]


def _aws_call() -> Callable[[], object]:
    client: Any = boto3.client(
        "dynamodb",
        region_name="eu-west-1",
        aws_access_key_id="none",
        aws_secret_access_key="none",  # noqa: S106  signs a request that is never sent
    )
    answer: Any = _Answer()

    def instead(**_: object) -> AWSResponse:
        return AWSResponse("https://example.com", 200, answer.headers, answer)

    client.meta.events.register("before-send.dynamodb", instead)
    return lambda: client.query(
        TableName="table",
        KeyConditionExpression="pk = :pk",
        ExpressionAttributeValues={":pk": ITEM["pk"]},
    )


def _network_call() -> Callable[[], object]:
    transport = httpx.MockTransport(lambda request: httpx.Response(200, content=STATUS))
    client = httpx.Client(transport=transport)
    return lambda: client.post(
        "https://example.com/api/v1/statuses",
        json={"status": "x" * 300},
        headers={"authorization": "Bearer x"},
    ).json()
