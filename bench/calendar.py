"""A month of the calendar: its queries, its capacity, and its CPU against bare queries."""

import io
import json
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from statistics import median
from time import process_time
from typing import Any

from botocore.awsrequest import AWSResponse
from botocore.compat import HTTPHeaders

from bench.metered import BothHalves, MeteredWorld, metered_world
from bench.table import Row
from shared.core.models import MINUTE, SECOND, Millis
from shared.core.schedule import day_start, zone
from shared.store import items, keys
from shared.store.attributes import Item
from tests.fakes import make
from tests.fakes.meter import Call, item_size

IN_MONTH, ALL = 1_000, 10_000
"""Posts of the month that is shown, and of the workspace."""
ROUNDS = 15
FIRST, LAST = "2026-12-01", "2026-12-31"
PAGE = 1_000_000
"""Bytes of one query, a little less than AWS allows
(2026-11-22: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Query.Pagination.html).
"""
_MONTH = day_start(date(2026, 12, 1), zone("Europe/Madrid"))
_DAY: Millis = 24 * 60 * MINUTE


class CalendarIndex:
    """The calendar index in memory, in place of moto's, which takes minutes for pages of this size.
    It answers as DynamoDB does, below botocore: what a client does with an answer is all there.
    """

    def __init__(self, found: Sequence[Item]) -> None:
        ordered = sorted(found, key=lambda item: str(item["cal_sk"]["S"]))
        shown = {"pk", "sk", "cal_pk", "cal_sk", *keys.CALENDAR_PROJECTION}
        entries = [{n: v for n, v in item.items() if n in shown} for item in ordered]
        self._places = [str(item["cal_sk"]["S"]) for item in ordered]
        self._keys = [{n: e[n] for n in ("pk", "sk", "cal_pk", "cal_sk")} for e in entries]
        self._texts = [json.dumps(entry).encode() for entry in entries]
        self._sizes = [item_size(entry) for entry in entries]

    def answer(self, request: Any, **_: object) -> AWSResponse | None:
        asked = json.loads(request.body)
        if asked.get("IndexName") != keys.CALENDAR_INDEX:
            return None
        low, high = (asked["ExpressionAttributeValues"][name]["S"] for name in (":low", ":high"))
        start = bisect_left(self._places, low)
        if after := asked.get("ExclusiveStartKey"):
            start = bisect_right(self._places, after["cal_sk"]["S"])
        end, last = start, bisect_right(self._places, high)
        most, size = min(last, start + asked.get("Limit", last)), 0
        while end < most and size < PAGE:
            size += self._sizes[end]
            end += 1
        body = b'{"Items":[' + b",".join(self._texts[start:end]) + b"]"
        if end < last:
            body += b',"LastEvaluatedKey":' + json.dumps(self._keys[end - 1]).encode()
        return AWSResponse(request.url, 200, HTTPHeaders(), _Raw(body + b"}"))


class _Raw(io.BytesIO):
    def stream(self, **_: object) -> Iterator[bytes]:
        yield self.read()


@dataclass(frozen=True, slots=True)
class Shown:
    """What a request for the month cost."""

    calls: tuple[Call, ...]
    posts: int
    size: int

    @property
    def queries(self) -> list[Call]:
        return [call for call in self.calls if call.name == "dynamodb:query"]


def measure() -> Sequence[Row]:
    rows: list[Row] = []
    for accounts in (1, 2):
        with metered_world() as world:
            fill(world, in_month=IN_MONTH, others=ALL - IN_MONTH, accounts=accounts)
            what = f"{IN_MONTH:,} posts of {ALL:,} to {accounts} account{'s' * (accounts > 1)}"
            rows += [*figures(what, shown(world)), *_ratio(what, world)]
    return rows


def figures(what: str, seen: Shown) -> Iterator[Row]:
    yield Row(f"{what}: DynamoDB queries", len(seen.queries), goal=3)
    yield Row(f"{what}: AWS calls", len(seen.calls))
    yield Row(f"{what}: read units", sum(call.reads for call in seen.calls))
    yield Row(f"{what}: answer", seen.size / 1_000_000, " MB", goal=6)


def shown(world: MeteredWorld) -> Shown:
    """The whole month, through the api's handler."""
    world.meter.clear()
    answer = world.get("/v1/calendar", query={"from": FIRST, "to": LAST})
    found = sum(len(day["posts"]) for day in answer.json["days"])
    if answer.json["next"] is not None:
        raise ValueError("the month came in several answers")
    return Shown(tuple(world.meter.calls), found, len(answer.text.encode()))


def _ratio(what: str, world: MeteredWorld) -> Iterator[Row]:
    """Without the meter, which looks at every item. The first round warms up."""
    world.api = replace(world.api, store=BothHalves(world.dynamodb, world.table))
    ours, bare = [], []
    for _ in range(ROUNDS + 1):
        bare.append(_cpu(lambda: _bare_queries(world)))
        ours.append(_cpu(lambda: world.get("/v1/calendar", query={"from": FIRST, "to": LAST})))
    ratio = median(own / other for own, other in zip(ours[1:], bare[1:], strict=True))
    yield Row(f"{what}: boto3 alone for the same items, CPU", median(bare[1:]), " ms")
    yield Row(f"{what}: the handler, CPU", median(ours[1:]), " ms")
    yield Row(f"{what}: the handler, against boto3 alone", ratio, " times")


def _cpu(doing: Any) -> float:
    before = process_time()
    doing()
    return (process_time() - before) * 1000


def _bare_queries(world: MeteredWorld) -> None:
    """The same pages, and nothing made of them."""
    arguments: dict[str, Any] = {
        "TableName": world.table,
        "IndexName": keys.CALENDAR_INDEX,
        "KeyConditionExpression": "cal_pk = :pk AND cal_sk BETWEEN :low AND :high",
        "ExpressionAttributeValues": {
            ":pk": {"S": keys.workspace_pk(world.workspace.id)},
            ":low": {"S": keys.instant(_MONTH - _DAY)},
            ":high": {"S": keys.instant(_MONTH + 34 * _DAY)},
        },
    }
    while True:
        answer = world.dynamodb.query(**arguments)
        if "LastEvaluatedKey" not in answer:
            return
        arguments["ExclusiveStartKey"] = answer["LastEvaluatedKey"]


def fill(world: MeteredWorld, *, in_month: int, others: int, accounts: int) -> None:
    """As the store writes them: the month evenly, the rest from two months later on."""
    names = [world.account_id, *(make.new_id("acc", n) for n in range(2, accounts + 1))]
    made: list[Item] = []
    for number in range(in_month + others):
        due_at = _MONTH + SECOND + number * (31 * _DAY // in_month)
        if number >= in_month:
            due_at = _MONTH + 60 * _DAY + number * 10 * MINUTE
        post = make.post(
            number,
            due_at=due_at,
            text=f"Post {number}. " + "Bread. " * 30,
            workspace_id=world.workspace.id,
            account_ids=tuple(names),
        )
        place = keys.calendar_position(post)
        made.append(items.post_item(post))
        made += [
            items.delivery_item(make.delivery(post, name, number=number * accounts + n), place)
            for n, name in enumerate(names)
        ]
    index = CalendarIndex(made)
    world.dynamodb.meta.events.register_first("before-send.dynamodb.Query", index.answer)
