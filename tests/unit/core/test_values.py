"""Our values behave as those of the standard library."""

import copy
import dataclasses
import pickle
from collections.abc import Callable
from typing import Any

import pytest

from shared.core import values
from shared.core.models import Delivery, DeliveryState, Remote, Transition

STEP = Transition(1, DeliveryState.CLAIMED, "why")


def alike(decorate: Callable[..., Any]) -> Any:
    """The same class by either decorator."""

    @decorate(frozen=True, slots=True)
    class Thing:
        name: str
        size: int = 3
        parts: tuple[str, ...] = ()
        more: dict[str, int] = dataclasses.field(default_factory=dict)

        @property
        def double(self) -> int:
            return self.size * 2

    return Thing


OURS, STANDARD = alike(values.dataclass), alike(dataclasses.dataclass)


def test_it_is_ours_that_is_tested() -> None:
    assert values.dataclass is not dataclasses.dataclass
    assert type(STEP).__eq__.__module__ == "shared.core.values"


def test_it_shows_itself_like_the_standard_one() -> None:
    assert repr(OURS("a", more={"b": 1})) == repr(STANDARD("a", more={"b": 1}))


def test_it_takes_the_same_arguments() -> None:
    for made in (OURS, STANDARD):
        assert made("a", 4).double == 8
        assert made(name="a").parts == ()
        assert made("a").more is not made("a").more
        with pytest.raises(TypeError, match="missing 1 required positional argument: 'name'"):
            made()
        with pytest.raises(TypeError, match="unexpected keyword argument 'colour'"):
            made("a", colour="teal")


def test_equal_values_are_equal_and_of_one_hash() -> None:
    assert Remote("1") == Remote("1")
    assert Remote("1") != Remote("2")
    assert OURS("a") != STANDARD("a")
    assert OURS("a") != "a"
    assert len({Remote("1"), Remote("1", None), Remote("1", "u")}) == 2
    with pytest.raises(TypeError, match="unhashable"):
        hash(OURS("a"))


@pytest.mark.parametrize("name", ["why", "unknown"])
def test_nothing_can_be_set_or_deleted(name: str) -> None:
    with pytest.raises(AttributeError):
        setattr(STEP, name, "other")
    with pytest.raises(AttributeError):
        delattr(STEP, name)
    assert Transition(1, DeliveryState.CLAIMED, "why") == STEP


def test_it_has_slots_only() -> None:
    assert not hasattr(STEP, "__dict__")


def test_replacing_copying_and_pickling() -> None:
    later = dataclasses.replace(STEP, at=2)
    assert (later.at, later.why, STEP.at) == (2, "why", 1)
    assert copy.deepcopy(STEP) == STEP
    assert pickle.loads(pickle.dumps(STEP)) == STEP  # noqa: S301  our own
    assert dataclasses.asdict(STEP) == {"at": 1, "state": "claimed", "why": "why", "by": ""}


def test_the_fields_are_there_to_be_looked_at() -> None:
    assert [field.name for field in dataclasses.fields(Delivery)][:3] == [
        "id",
        "workspace_id",
        "post_id",
    ]
    match STEP:
        case Transition(at, state):
            assert (at, state) == (1, DeliveryState.CLAIMED)


def test_it_refuses_what_it_cannot_do() -> None:
    with pytest.raises(TypeError, match="standard dataclass"):
        values.dataclass(frozen=False, slots=True)
