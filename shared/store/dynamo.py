"""One DynamoDB table through the low-level client: conditional writes, strong reads, queries.

The stores built on it have methods named after use cases; this module knows only items.
"""

import re
import secrets
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from shared.core.errors import Conflict, NotFound, StoreUnavailable
from shared.core.models import Millis
from shared.core.values import dataclass
from shared.store.attributes import Attribute, Item, attribute
from shared.store.aws import cancellation_codes, code_of, translated
from shared.store.keys import CALENDAR_INDEX, INBOX_INDEX, WAKE_INDEX, Key
from shared.store.records import key_item, stored_key

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

_BATCH = 100
"""Keys of one BatchGetItem (2026-11-21:
https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_BatchGetItem.html)."""
_AT_ONCE = 4
"""Attempts when another transaction touches the same item: nothing happened, so no waiting."""
_NAME = re.compile(r"#(\w+)")
_NEVER_SET = frozenset({"pk", "sk", "version"})


@dataclass(frozen=True, slots=True)
class Write:
    """One conditional write, run alone or as a member of a transaction.

    `verb` is Put, Update or Delete; `conflict` is what a failed condition means.
    """

    verb: str
    key: Key
    arguments: dict[str, Any]
    conflict: Conflict | NotFound


def stale() -> Conflict:
    return Conflict("somebody else changed it first; read it again", code="stale")


def exists() -> Conflict:
    return Conflict("there is one with this id already", code="exists")


def put(item: Item) -> Write:
    """Replaces whatever is there."""
    return Write("Put", stored_key(item), {"Item": item}, stale())


def create(item: Item, *, conflict: Conflict | None = None) -> Write:
    """Only where there is nothing yet."""
    condition = {"Item": item, "ConditionExpression": "attribute_not_exists(pk)"}
    return Write("Put", stored_key(item), condition, conflict or exists())


def delete(key: Key) -> Write:
    return Write("Delete", key, {"Key": key_item(key)}, stale())


def remove(key: Key, *, version: int) -> Write:
    """Only if it is still at `version`."""
    arguments = {"Key": key_item(key)} | expression(
        "#version = :version", names=["version"], values={":version": attribute(version)}
    )
    return Write("Delete", key, arguments, stale())


def swap(before: Item, after: Item, *, version: int) -> Write:
    """What differs between the two is set, if the stored item is still at `version`.

    Attributes that are equal in both stay as stored: a timer that a dispatch moved on, the place in
    the calendar, and what a newer release may have added.
    """
    changed = {n: v for n, v in after.items() if before.get(n) != v and n not in _NEVER_SET}
    gone = [n for n in before if n not in after and n not in _NEVER_SET]
    return update(
        stored_key(before),
        sets=changed | {"version": attribute(version + 1)},
        removes=gone,
        condition="#version = :before",
        values={":before": attribute(version)},
    )


def update(
    key: Key,
    *,
    sets: Item,
    removes: Sequence[str] = (),
    formulas: Sequence[str] = (),
    condition: str = "",
    values: Item | None = None,
    conflict: Conflict | NotFound | None = None,
) -> Write:
    """`formulas` are further `name = expression` members of SET. Every name is written `#name`."""
    members = [f"#{name} = :{name}" for name in sets]
    text = "SET " + ", ".join([*members, *formulas])
    if removes:
        text += " REMOVE " + ", ".join(f"#{name}" for name in removes)
    arguments = {"Key": key_item(key), "UpdateExpression": text} | expression(
        condition,
        names=_NAME.findall(f"{text} {condition}"),
        values={f":{name}": value for name, value in sets.items()} | (values or {}),
    )
    return Write("Update", key, arguments, conflict or stale())


def expression(condition: str, *, names: Sequence[str], values: Item) -> dict[str, Any]:
    """Request arguments; every name in `names` is written `#name`, because many are reserved."""
    made: dict[str, Any] = {
        "ConditionExpression": condition,
        "ExpressionAttributeNames": {f"#{name}": name for name in names},
        "ExpressionAttributeValues": values,
    }
    return {name: value for name, value in made.items() if value}


Wait = Callable[[Millis], None]
"""Lets some time pass, at most so long."""
_PATIENCE: Millis = 25
"""Doubled before each repetition."""


def at_once(_most: Millis) -> None:
    """Nobody waits."""


class Table:
    """The table named `name`. Every method is one AWS call unless it says otherwise."""

    def __init__(self, client: "DynamoDBClient", name: str, wait: Wait = at_once) -> None:
        self._client: Any = client
        self._name = name
        self._wait = wait

    def read(self, key: Key) -> Item | None:
        """Strongly consistent."""
        with translated("dynamodb:GetItem"):
            answer = self._client.get_item(
                TableName=self._name, Key=key_item(key), ConsistentRead=True
            )
        found: Item | None = answer.get("Item")
        return found

    def read_many(self, keys: Sequence[Key], *, strong: bool = True) -> dict[Key, Item]:
        """Strongly consistent by default, for twice the read units; what does not exist is left
        out. One call per 100 keys.
        """
        found: dict[Key, Item] = {}
        unique = list(dict.fromkeys(keys))  # DynamoDB refuses a key that is named twice
        for start in range(0, len(unique), _BATCH):
            wanted = [key_item(key) for key in unique[start : start + _BATCH]]
            found |= {stored_key(item): item for item in self._read_batch(wanted, strong)}
        return found

    def _read_batch(self, wanted: list[Item], strong: bool) -> list[Item]:  # noqa: FBT001  passed on
        found: list[Item] = []
        for attempt in range(_AT_ONCE):
            if attempt:  # DynamoDB is short of something: asking at once makes it shorter
                self._wait(_PATIENCE << attempt)
            request = {self._name: {"Keys": wanted, "ConsistentRead": strong}}
            with translated("dynamodb:BatchGetItem"):
                answer = self._client.batch_get_item(RequestItems=request)
            found += answer["Responses"].get(self._name, [])
            wanted = answer.get("UnprocessedKeys", {}).get(self._name, {}).get("Keys", [])
            if not wanted:
                return found
        raise StoreUnavailable("dynamodb:BatchGetItem: keys stay unprocessed")

    def query(
        self,
        pk: str,
        *,
        low: str | None = None,
        high: str | None = None,
        index: str | None = None,
        forward: bool = True,
        strong: bool = False,
        limit: int | None = None,
        start: Item | None = None,
    ) -> tuple[list[Item], Item | None]:
        """One page of `low <= sort key <= high`, and where the next one starts if there is more."""
        names = _INDEX_KEYS[index]
        values = {":pk": attribute(pk)}
        condition = f"{names[0]} = :pk"
        if low is not None and high is not None:
            condition += f" AND {names[1]} BETWEEN :low AND :high"
            values |= {":low": attribute(low), ":high": attribute(high)}
        arguments: dict[str, Any] = {
            "TableName": self._name,
            "KeyConditionExpression": condition,
            "ExpressionAttributeValues": values,
            "ScanIndexForward": forward,
            "ConsistentRead": strong,
        }
        options = {"IndexName": index, "Limit": limit, "ExclusiveStartKey": start}
        arguments |= {name: value for name, value in options.items() if value is not None}
        with translated("dynamodb:Query"):
            answer = self._client.query(**arguments)
        return answer["Items"], answer.get("LastEvaluatedKey")

    def query_all(
        self,
        pk: str,
        *,
        low: str | None = None,
        high: str | None = None,
        index: str | None = None,
        strong: bool = False,
    ) -> Iterator[Item]:
        """Every page, one call each."""
        start: Item | None = None
        while True:
            items, start = self.query(
                pk, low=low, high=high, index=index, strong=strong, start=start
            )
            yield from items
            if start is None:
                return

    def write(self, write: Write) -> Item:
        """The item as it is now (empty after a deletion). Raises `write.conflict`.

        A write whose first answer was lost is repeated by botocore and may then fail on what it
        wrote itself; it is recognised by its nonce and counts as done.
        """
        nonce = attribute(secrets.token_urlsafe(6))
        arguments = _marked(write, nonce)
        try:
            answer = self._call(f"{write.verb}Item", arguments | {"TableName": self._name})
        except _Refused as refused:
            if refused.is_from(nonce, write):
                return refused.current
            raise write.conflict from None
        stored: Item = answer.get("Attributes", {}) if write.verb != "Put" else arguments["Item"]
        return stored

    def transact(self, writes: Sequence[Write]) -> None:
        """All or nothing; raises the conflict of the first member whose condition failed."""
        members = [{write.verb: write.arguments | {"TableName": self._name}} for write in writes]
        try:
            self._call("TransactWriteItems", {"TransactItems": members})
        except _Refused as refused:
            for write, code in zip(writes, refused.codes, strict=False):
                if code == "ConditionalCheckFailed":
                    raise write.conflict from None
            raise stale() from None

    def discard(self, keys: Sequence[Key]) -> None:
        """Delete without conditions; one call per key, so that the role needs one action."""
        for key in keys:
            self.write(delete(key))

    def _call(self, operation: str, arguments: dict[str, Any]) -> dict[str, Any]:
        """Raises _Refused for a failed condition and our errors for everything else."""
        method = getattr(self._client, _METHODS[operation])
        attempts = 0
        with translated(f"dynamodb:{operation}"):
            while True:
                try:
                    answer: dict[str, Any] = method(**arguments)
                    return answer
                except ClientError as error:
                    codes = {code_of(error), *cancellation_codes(error)}
                    if codes & _CONDITION:
                        raise _Refused(error, repeated=attempts > 0) from None
                    attempts += 1
                    if not codes & _CONTENDED or attempts == _AT_ONCE:
                        raise


class _Refused(Exception):
    """A condition failed. `current` is the item as it is, where DynamoDB told us."""

    def __init__(self, error: ClientError, *, repeated: bool) -> None:
        super().__init__(code_of(error))
        response: Any = error.response
        retries = response.get("ResponseMetadata", {}).get("RetryAttempts", 0)
        self.codes = cancellation_codes(error)
        self.current: Item = response.get("Item", {})
        self.repeated = repeated or retries > 0

    def is_from(self, nonce: Attribute, write: Write) -> bool:
        """True when what is stored is what this very write put there, or removed."""
        if write.verb == "Delete":
            return self.repeated and not self.current
        return self.current.get("nonce") == nonce


_INDEX_KEYS = {
    None: ("pk", "sk"),
    WAKE_INDEX: ("wake_pk", "wake_sk"),
    CALENDAR_INDEX: ("cal_pk", "cal_sk"),
    INBOX_INDEX: ("inbox_pk", "inbox_sk"),
}
_METHODS = {
    "PutItem": "put_item",
    "UpdateItem": "update_item",
    "DeleteItem": "delete_item",
    "TransactWriteItems": "transact_write_items",
}
_CONDITION = {"ConditionalCheckFailedException", "ConditionalCheckFailed"}
_CONTENDED = {"TransactionConflictException", "TransactionConflict"}


def _marked(write: Write, nonce: Attribute) -> dict[str, Any]:
    """The write with its own mark in the item, by which a repetition recognises it."""
    arguments = dict(write.arguments)
    if write.verb == "Put":
        arguments["Item"] = arguments["Item"] | {"nonce": nonce}
    if write.verb == "Update":
        text = arguments["UpdateExpression"].removeprefix("SET ")
        values = arguments["ExpressionAttributeValues"]
        arguments["UpdateExpression"] = f"SET nonce = :nonce, {text}"
        arguments["ExpressionAttributeValues"] = values | {":nonce": nonce}
        arguments["ReturnValues"] = "ALL_NEW"
    if "ConditionExpression" in arguments:
        arguments["ReturnValuesOnConditionCheckFailure"] = "ALL_OLD"
    return arguments
