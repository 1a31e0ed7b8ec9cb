"""Values as DynamoDB attributes, and frozen dataclasses as values. Pure.

What is empty and the same as the field's default is not stored; a default that means something
(`prepared=True`) always is, so that changing it later never changes what was stored before.
"""

from collections.abc import Callable, Mapping
from dataclasses import MISSING, Field, fields, is_dataclass
from enum import StrEnum
from functools import lru_cache
from types import NoneType, UnionType
from typing import Any, TypeAlias, TypeVar, cast, get_args, get_origin

from shared.store.unreadable import UnreadableRecord

T = TypeVar("T")
Attribute: TypeAlias = dict[str, Any]
Item: TypeAlias = dict[str, Attribute]


def attribute(value: object) -> Attribute:
    """The DynamoDB form of text, whole numbers, booleans, bytes, None, lists and maps."""
    if value is None:
        return {"NULL": True}
    if isinstance(value, bool):
        return {"BOOL": value}
    if isinstance(value, str):
        return {"S": str(value)}
    if isinstance(value, int):
        return {"N": str(value)}
    if isinstance(value, bytes):
        return {"B": value}
    if isinstance(value, Mapping):
        return {"M": {name: attribute(member) for name, member in value.items()}}
    if isinstance(value, (list, tuple)):
        return {"L": [attribute(member) for member in value]}
    raise TypeError(f"{type(value).__name__} cannot be stored")


def value_of(stored: Attribute) -> Any:
    """The inverse of `attribute`; lists come back as lists."""
    ((kind, value),) = stored.items()
    if kind == "N":
        return int(value)
    if kind == "L":
        return [value_of(member) for member in value]
    if kind == "M":
        return {name: value_of(member) for name, member in value.items()}
    if kind == "NULL":
        return None
    return bytes(value) if kind == "B" else value


def plain(value: object) -> Any:
    """A dataclass as nested maps and lists, without what is empty by default."""
    if is_dataclass(value):
        return {
            name: plain(getattr(value, name))
            for name, _, default in _members(cast("Any", type(value)))
            if not (_is_empty(member := getattr(value, name)) and member == default)
        }
    if isinstance(value, StrEnum):
        return value.value
    if isinstance(value, tuple):
        return [plain(member) for member in value]
    if isinstance(value, Mapping):
        return {name: plain(member) for name, member in value.items()}
    return value


def build(kind: type[T], data: Mapping[str, Any]) -> T:
    """The dataclass that `plain` took apart. Raises UnreadableRecord when `data` does not fit.

    Members that this release does not know are left alone: a newer one may have added them.
    """
    made: dict[str, object] = {}
    for name, read, default in _members(cast("Any", kind)):
        if name in data:
            try:
                made[name] = read(data[name])
            except (ValueError, TypeError, AttributeError) as error:
                raise UnreadableRecord(f"{kind.__name__}.{name}: {error}") from error
        elif default is MISSING:
            raise UnreadableRecord(f"{kind.__name__} lacks {name}")
    return kind(**made)


@lru_cache(maxsize=64)
def _members(kind: type) -> tuple[tuple[str, Callable[[Any], object], object], ...]:
    """Name, reader and default of each field, worked out once per class."""
    return tuple((f.name, _reader(f.type), _default(f)) for f in fields(kind))


def _default(field: "Field[Any]") -> object:
    if field.default_factory is not MISSING:
        return field.default_factory()
    return field.default


def _is_empty(value: object) -> bool:
    return value is None or value is False or value in ("", 0, (), {})


def _reader(kind: Any) -> Callable[[Any], object]:
    origin = get_origin(kind)
    if origin is UnionType:
        (inner,) = (_reader(member) for member in get_args(kind) if member is not NoneType)
        return lambda value: None if value is None else inner(value)
    if origin is tuple:
        member = _reader(get_args(kind)[0])
        return lambda value: tuple(member(each) for each in value)
    if origin is not None and issubclass(origin, Mapping):
        member = _reader(get_args(kind)[1])
        return lambda value: {name: member(each) for name, each in value.items()}
    if is_dataclass(kind):
        return lambda value: build(cast("type[object]", kind), value)
    if issubclass(kind, StrEnum):
        return cast("Callable[[Any], object]", kind)
    return lambda value: _exactly(kind, value)


def _exactly(kind: type, value: object) -> object:
    if not isinstance(value, kind) or (kind is int and isinstance(value, bool)):
        raise TypeError(f"{value!r} is not {kind.__name__}")
    return value
