from pathlib import Path

import pytest

from local.inputs import fingerprint


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    (tmp_path / "a" / "b").mkdir(parents=True)
    (tmp_path / "a" / "one.py").write_text("1")
    (tmp_path / "a" / "b" / "two.py").write_text("2")
    return tmp_path / "a"


def test_same_files_same_fingerprint(tree: Path) -> None:
    assert fingerprint([tree]) == fingerprint([tree])


def test_changed_content_changes_it(tree: Path) -> None:
    before = fingerprint([tree])
    (tree / "b" / "two.py").write_text("3")
    assert fingerprint([tree]) != before


def test_moved_file_changes_it(tree: Path) -> None:
    before = fingerprint([tree])
    (tree / "b" / "two.py").rename(tree / "two.py")
    assert fingerprint([tree]) != before


def test_words_change_it(tree: Path) -> None:
    assert fingerprint([tree], words=["python3.11"]) != fingerprint([tree], words=["python3.12"])


def test_what_tools_leave_behind_does_not_change_it(tree: Path) -> None:
    before = fingerprint([tree])
    (tree / "__pycache__").mkdir()
    (tree / "__pycache__" / "one.cpython-311.pyc").write_bytes(b"x")
    assert fingerprint([tree]) == before


def test_absent_input_is_empty_until_it_appears(tmp_path: Path) -> None:
    before = fingerprint([tmp_path / "later"])
    (tmp_path / "later").write_text("x")
    assert fingerprint([tmp_path / "later"]) != before
