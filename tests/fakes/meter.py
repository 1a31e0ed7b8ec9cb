"""Counts AWS calls and the DynamoDB capacity that they would consume, by AWS's published rules.

Emulators answer no usable ConsumedCapacity, so the meter looks at every item before and after a
write and at what a read answers. Sources (read 2026-11-21):
sizes https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/CapacityUnitCalculations.html
units https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/read-write-operations.html
indexes https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/GSI.html
For index writes that follow from a transaction AWS names no rate: they count double here, too.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from botocore.exceptions import ClientError

Item = Mapping[str, Mapping[str, Any]]
WRITE_UNIT, READ_UNIT = 1024, 4096
SINGLE = ("put_item", "update_item", "delete_item")


@dataclass(frozen=True, slots=True)
class Call:
    """One AWS call with what it consumed, indexes included."""

    name: str
    writes: float = 0
    reads: float = 0


@dataclass(frozen=True, slots=True)
class Index:
    """`shown`: its own keys, the table's keys and the projected attributes; None means all."""

    name: str
    keys: frozenset[str]
    shown: frozenset[str] | None

    def entry(self, item: Item) -> Item:
        """The item's entry in this index; empty when it has none."""
        if not self.keys <= item.keys():
            return {}
        if self.shown is None:
            return item
        return {name: value for name, value in item.items() if name in self.shown}

    def writes(self, before: Item, after: Item) -> int:
        """Units for bringing the index up to date after one write of the table."""
        old, new = self.entry(before), self.entry(after)
        if old == new:
            return 0
        if old and new and any(old[key] != new[key] for key in self.keys):
            return write_units(old) + write_units(new)
        return max(write_units(old), write_units(new))


def attribute_size(value: Mapping[str, Any]) -> int:
    """Bytes of one attribute's value."""
    ((kind, content),) = value.items()
    if kind == "S":
        return len(content.encode())
    if kind == "N":
        digits: str = content.lstrip("-").replace(".", "").strip("0") or "0"
        return (len(digits) + 1) // 2 + 1 + int(content.startswith("-"))
    if kind == "B":
        return len(content)
    if kind == "M":
        return 3 + sum(1 + len(n.encode()) + attribute_size(v) for n, v in content.items())
    if kind == "L":
        return 3 + sum(1 + attribute_size(v) for v in content)
    return 1  # NULL and BOOL


def item_size(item: Item) -> int:
    """Bytes of an item: its attributes' names and values."""
    return sum(len(name.encode()) + attribute_size(value) for name, value in item.items())


def write_units(item: Item) -> int:
    return max(1, -(-item_size(item) // WRITE_UNIT))


def read_units(size: int, *, strong: bool) -> float:
    """For one item, or for all that a query reads."""
    return max(1, -(-size // READ_UNIT)) * (1 if strong else 0.5)


@dataclass
class Meter:
    """`watch` a client and use what it answers in its place; `calls` is the bill."""

    calls: list[Call] = field(default_factory=list)

    def watch(self, client: Any) -> Any:
        return _Watched(client, self)

    @property
    def writes(self) -> float:
        return sum(call.writes for call in self.calls)

    @property
    def reads(self) -> float:
        return sum(call.reads for call in self.calls)

    def clear(self) -> None:
        self.calls.clear()


class _Watched:
    def __init__(self, client: Any, meter: Meter) -> None:
        self._client = client
        self._calls = meter.calls
        self._indexes: dict[str, tuple[Index, ...]] = {}

    def __getattr__(self, name: str) -> Any:
        member = getattr(self._client, name)
        if not callable(member) or name in {"get_waiter", "get_paginator", "describe_table"}:
            return member
        return lambda **arguments: self._run(name, member, arguments)

    def _run(self, name: str, method: Callable[..., Any], arguments: dict[str, Any]) -> Any:
        service = self._client.meta.service_model.service_name
        if service == "dynamodb" and (name in SINGLE or name == "transact_write_items"):
            return self._write(f"{service}:{name}", method, arguments)
        answer = method(**arguments)
        reads = self._reads(name, arguments, answer) if service == "dynamodb" else 0
        self._calls.append(Call(f"{service}:{name}", reads=reads))
        return answer

    def _write(self, name: str, method: Callable[..., Any], arguments: dict[str, Any]) -> Any:
        places, rate = _places(arguments)
        before = [self._item(*place) for place in places]
        try:
            answer = method(**arguments)
        except ClientError:
            failed = sum(write_units(item) for item in before)  # a refused condition costs, too
            self._calls.append(Call(name, writes=failed * rate))
            raise
        after = [self._item(*place) for place in places]
        pairs = zip(places, before, after, strict=True)
        units = sum(self._units(place[0], old, new) for place, old, new in pairs)
        self._calls.append(Call(name, writes=units * rate))
        return answer

    def _units(self, table: str, before: Item, after: Item) -> int:
        in_table = max(write_units(before), write_units(after))
        return in_table + sum(index.writes(before, after) for index in self._of(table))

    def _reads(self, name: str, arguments: dict[str, Any], answer: Any) -> float:
        strong = arguments.get("ConsistentRead", False)
        if name == "get_item":
            return read_units(item_size(answer.get("Item", {})), strong=strong)
        if name == "batch_get_item":
            return sum(
                _batch(request, answer["Responses"].get(table, []))
                for table, request in arguments["RequestItems"].items()
            )
        if name in {"query", "scan"}:
            return read_units(sum(item_size(i) for i in answer["Items"]), strong=strong)
        return 0

    def _item(self, table: str, key: Item) -> Item:
        found = self._client.get_item(TableName=table, Key=key, ConsistentRead=True)
        item: Item = found.get("Item", {})
        return item

    def _of(self, table: str) -> Iterable[Index]:
        if table not in self._indexes:
            described = self._client.describe_table(TableName=table)["Table"]
            own = {each["AttributeName"] for each in described["KeySchema"]}
            self._indexes[table] = tuple(
                _index(each, own) for each in described.get("GlobalSecondaryIndexes", [])
            )
        return self._indexes[table]


def _index(described: dict[str, Any], own: set[str]) -> Index:
    keys = frozenset(each["AttributeName"] for each in described["KeySchema"])
    projection = described["Projection"]
    if projection["ProjectionType"] == "ALL":
        return Index(described["IndexName"], keys, None)
    shown = keys | own | set(projection.get("NonKeyAttributes", []))
    return Index(described["IndexName"], keys, shown)


def _places(arguments: dict[str, Any]) -> tuple[list[tuple[str, Item]], int]:
    """Table and key of every item that is written, and the rate: transactions cost double."""
    members = arguments.get("TransactItems")
    if members is None:
        return [_place(arguments)], 1
    return [_place(write) for member in members for write in member.values()], 2


def _place(write: dict[str, Any]) -> tuple[str, Item]:
    item = write.get("Key") or {name: write["Item"][name] for name in ("pk", "sk")}
    return write["TableName"], item


def _batch(request: dict[str, Any], found: Sequence[Item]) -> float:
    """Each item is rounded up by itself, and one that does not exist counts as a small one."""
    strong = request.get("ConsistentRead", False)
    missing = len(request["Keys"]) - len(found)
    sizes = [item_size(item) for item in found] + [0] * missing
    return sum(read_units(size, strong=strong) for size in sizes)
