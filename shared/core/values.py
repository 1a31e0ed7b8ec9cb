"""`dataclass` for frozen values with slots, as in the standard library, but cheaper to load.

The standard decorator writes and compiles six functions for each class. Of our some fifty values
that is a tenth of a function's cold start (Python 3.11 to 3.13, `make bench`). Here only `__init__`
is compiled and the others are shared; see docs/decisions/0010-values.md. Type checkers see the
standard decorator.
"""

import dataclasses
from collections.abc import Callable
from operator import attrgetter
from typing import TYPE_CHECKING, Any, TypeVar

T = TypeVar("T", bound=type)

if TYPE_CHECKING:
    from dataclasses import dataclass as dataclass
else:

    def dataclass(*, frozen: bool, slots: bool) -> Callable[[T], T]:
        """Use it as `@dataclass(frozen=True, slots=True)`; it knows nothing else."""
        if not (frozen and slots):
            raise TypeError("values are frozen and have slots; take the standard dataclass")
        return _value


def _value(cls: T) -> T:
    made: Any = dataclasses.dataclass(repr=False, eq=False, slots=True)(cls)
    names = tuple(field.name for field in dataclasses.fields(made))
    made.__eq__, made.__hash__ = _comparing(names)
    made.__repr__ = _showing(names)
    made.__setattr__, made.__delattr__ = _set_once, _never
    result: T = made
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


def _set_once(self: object, name: str, value: object) -> None:
    """`__init__` fills the slots; afterwards nobody does."""
    if hasattr(self, name):
        raise dataclasses.FrozenInstanceError(f"cannot assign to field {name!r}")
    object.__setattr__(self, name, value)


def _never(self: object, name: str) -> None:
    raise dataclasses.FrozenInstanceError(f"cannot delete field {name!r}")
