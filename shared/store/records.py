"""What every item of the table has: its key, its schema number, and a timer where one runs. Pure.

Attributes are named like the model's fields; what the key holds is not stored again. Every item
carries `v`, its schema number: a release reads its own and the one before.
"""

from collections.abc import Mapping
from typing import Any

from shared.core.models import Millis, WakeKind
from shared.store import keys
from shared.store.attributes import Item, attribute, plain, value_of
from shared.store.keys import Key
from shared.store.unreadable import UnreadableRecord

SCHEMA = 1
"""What is written."""
READABLE = frozenset({SCHEMA})
"""What is read: what is written and, once there is one, the schema before it."""
_KEY_NAMES = frozenset(
    {"pk", "sk", "wake_pk", "wake_sk", "cal_pk", "cal_sk", "inbox_pk", "inbox_sk"}
)


def key_item(key: Key) -> Item:
    return {"pk": {"S": key.pk}, "sk": {"S": key.sk}}


def stored_key(item: Item) -> Key:
    return Key(item["pk"]["S"], item["sk"]["S"])


def record(key: Key, data: Mapping[str, Any], **more: object) -> Item:
    """`more` are attributes beside the model's own; None leaves one out."""
    extra = {name: attribute(value) for name, value in more.items() if value is not None}
    body = {name: attribute(value) for name, value in data.items()}
    return key_item(key) | {"v": attribute(SCHEMA)} | body | extra


def data_of(item: Item) -> dict[str, Any]:
    """The plain values of an item; raises UnreadableRecord when a newer release wrote it."""
    version = value_of(item["v"]) if "v" in item else 0
    if version not in READABLE:
        raise UnreadableRecord(
            f"{item['sk']['S']}: schema {version}, this release reads {SCHEMA}; "
            "a newer release wrote it: finish its deployment, or deploy it again"
        )
    return {name: value_of(value) for name, value in item.items() if name not in _KEY_NAMES}


def without(model: object, *names: str) -> dict[str, Any]:
    return {name: value for name, value in plain(model).items() if name not in names}


def timer(kind: WakeKind | None, wake_at: Millis | None, item_id: str) -> Item:
    """What puts an item into the wake index; nothing when no timer runs."""
    if kind is None or wake_at is None:
        return {}
    return {
        "wake_pk": attribute(keys.wake_pk(kind, item_id)),
        "wake_sk": attribute(keys.wake_sk(wake_at, item_id)),
    }


def woken(item: Item) -> dict[str, Any]:
    """`wake_kind` and `wake_at`, where a timer runs."""
    if "wake_sk" not in item:
        return {}
    kind, at = item["wake_pk"]["S"].split("#")[0], item["wake_sk"]["S"].split("#")[0]
    return {"wake_kind": kind, "wake_at": int(at)}


def home(item: Item) -> tuple[str, str]:
    """The workspace, and what else the partition is about: the post of `W#<ws>#P#<post>`, say;
    empty where the key names nothing.
    """
    parts = item["pk"]["S"].split("#")
    return parts[1], parts[3] if len(parts) > 3 else ""


def tail(item: Item) -> str:
    """The id at the end of a sort key."""
    return str(item["sk"]["S"]).rsplit("#", 1)[-1]
