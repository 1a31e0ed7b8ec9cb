from pathlib import Path

import pytest

from local.bootstrap import BootstrapError, check_interpreter
from local.run import is_zone, machine_zone


def test_zone_of_the_environment_comes_first(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TZ", ":Europe/Madrid")
    assert machine_zone() == "Europe/Madrid"


def test_zone_that_does_not_exist_is_passed_over(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TZ", "CET-1CEST")
    assert is_zone(machine_zone())


@pytest.mark.parametrize("name", ["", "Mars/Olympus", "../etc/passwd", "/etc/localtime"])
def test_what_is_no_zone(name: str) -> None:
    assert not is_zone(name)


@pytest.mark.parametrize("version", [(3, 10), (3, 14)])
def test_unsupported_interpreter_is_refused_with_a_way_out(version: tuple[int, int]) -> None:
    with pytest.raises(BootstrapError, match=r"PYTHON=python3\.11"):
        check_interpreter(version)


def test_lock_files_name_no_registry() -> None:
    locks = sorted((Path(__file__).parents[3] / "requirements").glob("*.txt"))
    assert len(locks) >= 6
    for lock in locks:
        text = lock.read_text()
        assert "://" not in text, lock.name
        assert "--index" not in text, lock.name
        assert "--hash=sha256:" in text, lock.name
