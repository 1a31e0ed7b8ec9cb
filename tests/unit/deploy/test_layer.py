"""A layer built for another processor or Python would fail only at its first start."""

from pathlib import Path

from deploy.layer import has_bytecode, mismatch
from tests.unit.deploy.scene import INTEL, native


def test_a_layer_that_fits(tmp_path: Path) -> None:
    native(tmp_path / "python" / "pillow")
    native(tmp_path / "python" / "cryptography", version="")
    assert mismatch(tmp_path, runtime="python3.13", architecture="arm64") is None


def test_the_processor_is_read_from_the_file_not_from_its_name(tmp_path: Path) -> None:
    native(tmp_path, machine=INTEL, version="", name="aarch64")
    found = mismatch(tmp_path, runtime="python3.13", architecture="arm64")
    assert found == "aarch64.abi3.so is built for x86_64, not for arm64"


def test_another_python(tmp_path: Path) -> None:
    native(tmp_path, version="311")
    found = mismatch(tmp_path, runtime="python3.13", architecture="arm64")
    assert found is not None
    assert "built for python3.11, not for python3.13" in found


def test_a_module_of_another_system(tmp_path: Path) -> None:
    native(tmp_path).write_bytes(b"\xcf\xfa\xed\xfe" + bytes(60))
    found = mismatch(tmp_path, runtime="python3.13", architecture="arm64")
    assert found is not None
    assert "another system than Linux" in found


def test_no_layer_at_all(tmp_path: Path) -> None:
    found = mismatch(tmp_path / "none", runtime="python3.13", architecture="arm64")
    assert found is not None
    assert "build it first" in found


def test_bytecode_counts_only_for_its_own_python(tmp_path: Path) -> None:
    (tmp_path / "__pycache__").mkdir()
    (tmp_path / "__pycache__" / "six.cpython-312.pyc").write_bytes(b"")
    assert has_bytecode(tmp_path, runtime="python3.12")
    assert not has_bytecode(tmp_path, runtime="python3.13")
