"""`dataclass` for frozen values with slots, as in the standard library, but cheaper to load.

The standard decorator writes and compiles six functions for each class. Of our some fifty values
that is a tenth of a function's cold start (Python 3.11 to 3.13, `make bench`). Here only `__init__`
is compiled and the others are shared; see docs/decisions/0010-values.md. Type checkers see the
standard decorator.
"""

import dataclasses
from collections.abc import Callable, Sequence
from operator import attrgetter
from typing import TYPE_CHECKING, Any, TypeVar

T = TypeVar("T", bound=type)
Field = dataclasses.Field[Any]

if TYPE_CHECKING:
    from dataclasses import dataclass as dataclass
else:

    def dataclass(*, frozen: bool, slots: bool) -> Callable[[T], T]:
        """Use it as `@dataclass(frozen=True, slots=True)`; it knows nothing else."""
        if not (frozen and slots):
            raise TypeError("values are frozen and have slots; take the standard dataclass")
        return _value


def _value(cls: T) -> T:
    made: Any = dataclasses.dataclass(init=False, repr=False, eq=False, slots=True)(cls)
    fields = dataclasses.fields(made)
    names = tuple(field.name for field in fields)
    made.__init__ = _filling(made, fields)
    made.__eq__, made.__hash__ = _comparing(names)
    made.__repr__ = _showing(names)
    made.__setattr__, made.__delattr__ = _never_set, _never_deleted
    made.__getstate__, made.__setstate__ = _state, _restored
    result: T = made
    return result


def _filling(made: type, fields: Sequence[Field]) -> Callable[..., None]:
    """`__init__`, written as text and compiled, as the standard decorator does. Each slot is filled
    by its own descriptor: that costs a third of what passing by `__setattr__` does.
    """
    takes, fills = ["self"], ["pass"]
    known: dict[str, object] = {"__left_out": dataclasses.MISSING}
    for field in fields:
        name, given = field.name, field.name
        known[f"__set_{name}"] = getattr(made, name).__set__
        if field.default_factory is not dataclasses.MISSING:
            known[f"__make_{name}"] = field.default_factory
            given = f"__make_{name}() if {name} is __left_out else {name}"
            takes.append(f"{name}=__left_out")
        elif field.default is not dataclasses.MISSING:
            known[f"__usual_{name}"] = field.default
            takes.append(f"{name}=__usual_{name}")
        else:
            takes.append(name)
        fills.append(f"__set_{name}(self, {given})")
    exec(f"def __init__({', '.join(takes)}):\n " + "\n ".join(fills), known)  # noqa: S102  only names of our own fields stand in it
    filled: Any = known["__init__"]
    filled.__qualname__ = f"{made.__qualname__}.__init__"
    result: Callable[..., None] = filled
    return result


def _comparing(names: tuple[str, ...]) -> tuple[Callable[..., Any], Callable[..., int]]:
    read: Callable[[object], Any] = attrgetter(*names) if names else lambda _: ()

    def equal(self: object, other: object) -> Any:
        return read(self) == read(other) if other.__class__ is self.__class__ else NotImplemented

    def hashed(self: object) -> int:
        return hash(read(self))

    return equal, hashed


def _showing(names: tuple[str, ...]) -> Callable[[object], str]:
    def show(self: object) -> str:
        shown = ", ".join(f"{name}={getattr(self, name)!r}" for name in names)
        return f"{type(self).__qualname__}({shown})"

    return show


def _never_set(self: object, name: str, value: object) -> None:
    raise dataclasses.FrozenInstanceError(f"cannot assign to field {name!r}")


def _never_deleted(self: object, name: str) -> None:
    raise dataclasses.FrozenInstanceError(f"cannot delete field {name!r}")


def _state(self: Any) -> list[object]:
    """For copying and pickling."""
    return [getattr(self, field.name) for field in dataclasses.fields(self)]


def _restored(self: Any, state: Sequence[object]) -> None:
    for field, value in zip(dataclasses.fields(self), state, strict=True):
        object.__setattr__(self, field.name, value)
