"""`make undeploy`: everything goes, and only after the name was typed."""

from dataclasses import replace
from pathlib import Path

import pytest

from deploy.down import down
from deploy.questions import Stop
from tests.unit.deploy.scene import Scene


@pytest.fixture
def scene(tmp_path: Path) -> Scene:
    made = Scene(tmp_path, answers=["", "bakery"], environ={"STACK": "bakery"})
    made.account.deploy("bakery", {"FormerKey": "bakery-key"})
    made.account.deploy("other", {})
    return made


def left_of(scene: Scene, name: str) -> list[str]:
    """Whatever still belongs to an installation; a key that waits for its end does not."""
    account = scene.account
    there = [*account.stacks, *account.tables, *account.buckets, *account.logs]
    there += [*account.parameters, *account.pools]
    there += [*account.artifacts, *(k for k, s in account.keys.items() if s == "Enabled")]
    return sorted(thing for thing in there if name in thing)


def test_everything_goes_and_nothing_else(scene: Scene) -> None:
    others = left_of(scene, "other")
    down(scene.outside())
    assert left_of(scene, "bakery") == []
    assert left_of(scene, "other") == others
    assert "bakery is gone" in scene.said


def test_what_will_be_lost_is_named_before(scene: Scene) -> None:
    down(scene.outside())
    warned = next(event for event in scene.events if "for good" in event)
    key = "/tidings/bakery/credentials/private"
    for name in ("111122223333", "bakery-table", "bakery-media", "bakery-pool", key, "bakery-key"):
        assert name in warned
    assert scene.events.index(warned) < scene.events.index(scene.asked[-1])


@pytest.mark.parametrize("typed", ["", "yes", "other", "Bakery"])
def test_nothing_goes_unless_the_name_is_typed(scene: Scene, typed: str) -> None:
    scene.answers = ["", typed]
    before = left_of(scene, "bakery")
    with pytest.raises(Stop, match="Nothing was deleted"):
        down(scene.outside())
    assert left_of(scene, "bakery") == before


def test_unattended_the_name_comes_by_variable(scene: Scene) -> None:
    scene.attended = False
    with pytest.raises(Stop, match="CONFIRM=bakery"):
        down(scene.outside())
    scene.environ["CONFIRM"] = "bakery"
    down(scene.outside())
    assert left_of(scene, "bakery") == []


def test_a_removal_that_failed_goes_on_where_it_stopped(scene: Scene) -> None:
    scene.account.stuck = True
    with pytest.raises(Stop, match="could not delete"):
        down(scene.outside())
    scene.account.stuck = False
    scene.answers = ["", "bakery"]
    down(scene.outside())
    assert left_of(scene, "bakery") == []


def test_what_cloudformation_kept_is_found_after_the_stack_is_gone(scene: Scene) -> None:
    scene.account.delete_stack(scene.account.stacks["bakery"])
    assert left_of(scene, "bakery-") != []
    down(scene.outside())
    assert left_of(scene, "bakery") == []


def test_a_restored_table_goes_too(scene: Scene) -> None:
    stack = scene.account.stacks["bakery"]
    restored = {**stack.parameters, "RestoredTableName": "bakery-restored-1"}
    scene.account.stacks["bakery"] = replace(stack, parameters=restored)
    scene.account.tables.add("bakery-restored-1")
    down(scene.outside())
    assert left_of(scene, "bakery") == []


def test_doing_it_twice_changes_nothing(scene: Scene) -> None:
    down(scene.outside())
    scene.answers = ["", "bakery"]
    down(scene.outside())
    assert left_of(scene, "bakery") == []


def test_another_name_finds_nothing(scene: Scene) -> None:
    scene.environ["STACK"] = "tidngs"
    with pytest.raises(Stop, match="There is no stack 'tidngs' here"):
        down(scene.outside())
