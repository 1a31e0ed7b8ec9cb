import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import botocore.session
import pytest
from botocore.stub import Stubber

from local import package

HERE = f"python{sys.version_info.major}.{sys.version_info.minor}"


@pytest.fixture
def checkout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    files = {
        "functions/__init__.py": "",
        "functions/api/__init__.py": "",
        "functions/api/app.py": "answer = 42\n",
        "functions/api/Makefile": "build-%:",
        "functions/publish/app.py": "",
        "shared/__init__.py": "",
        "shared/core/models.py": "",
        "shared/core/__pycache__/models.cpython-399.pyc": "",
        "tests/test_it.py": "",
        "web/dist/index.html": "<html>",
    }
    for name, text in files.items():
        path = tmp_path / "checkout" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    monkeypatch.setattr(package, "ROOT", tmp_path / "checkout")
    monkeypatch.setenv("RUNTIME", HERE)
    return tmp_path / "checkout"


def sources(folder: Path) -> set[str]:
    return {
        path.relative_to(folder).as_posix()
        for path in folder.rglob("*")
        if path.is_file() and path.suffix != ".pyc"
    }


@pytest.mark.usefixtures("checkout")
def test_function_holds_itself_and_shared_only(tmp_path: Path) -> None:
    package.pack_function("publish", tmp_path / "out")
    assert sources(tmp_path / "out") == {
        "functions/__init__.py",
        "functions/publish/app.py",
        "shared/__init__.py",
        "shared/core/models.py",
    }


@pytest.mark.usefixtures("checkout")
def test_api_brings_the_built_page(tmp_path: Path) -> None:
    package.pack_function("api", tmp_path / "out")
    assert "functions/api/page/index.html" in sources(tmp_path / "out")
    assert not {name for name in sources(tmp_path / "out") if "Makefile" in name}


@pytest.mark.usefixtures("checkout")
def test_bytecode_is_used_whatever_the_files_times(tmp_path: Path) -> None:
    package.pack_function("api", tmp_path / "out")
    source = tmp_path / "out" / "functions" / "api" / "app.py"
    source.write_text("answer = 43\n")
    shown = subprocess.run(
        [sys.executable, "-c", "from functions.api.app import answer; print(answer)"],
        cwd=tmp_path / "out",
        capture_output=True,
        text=True,
        check=True,
    )
    assert shown.stdout.strip() == "42"


def test_missing_interpreter_leaves_bytecode_out_and_says_so(
    checkout: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("RUNTIME", "python3.99")
    package.pack_function("publish", tmp_path / "out")
    assert not list((tmp_path / "out").rglob("*.pyc"))
    assert "no python3.99 on this machine" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("runtime", "architecture", "expected"),
    [
        ("python3.13", "arm64", "aarch64-manylinux_2_28"),
        ("python3.12", "x86_64", "x86_64-manylinux_2_28"),
    ],
)
def test_wheels_are_those_of_the_target(
    monkeypatch: pytest.MonkeyPatch, runtime: str, architecture: str, expected: str
) -> None:
    monkeypatch.setenv("RUNTIME", runtime)
    monkeypatch.setenv("ARCHITECTURE", architecture)
    assert package.wheels_of_lambda() == ["--python-platform", expected]


def test_runtime_without_wheels_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RUNTIME", "python3.11")
    with pytest.raises(package.PackagingError, match=r"RUNTIME=python3\.13"):
        package.wheels_of_lambda()


def test_unknown_architecture_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ARCHITECTURE", "sparc")
    with pytest.raises(package.PackagingError, match="arm64 or x86_64"):
        package.architecture()


def test_only_our_services_models_stay(tmp_path: Path) -> None:
    for name in ("dynamodb", "kms", "ec2"):
        (tmp_path / "botocore" / "data" / name).mkdir(parents=True)
    (tmp_path / "botocore" / "data" / "endpoints.json").touch()
    package.prune(tmp_path)
    left = {path.name for path in (tmp_path / "botocore" / "data").iterdir()}
    assert left == {"dynamodb", "kms", "endpoints.json"}


def test_every_service_that_is_asked_for_stays() -> None:
    asked = {
        service
        for folder in ("shared", "functions")
        for path in (package.ROOT / folder).rglob("*.py")
        for service in re.findall(r"""client\("([a-z0-9-]+)"\)""", path.read_text())
    }
    assert {"cognito-idp", "dynamodb", "s3", "ssm"} <= asked <= package.SERVICES


def test_a_model_that_was_cut_down_still_serves_what_we_call(tmp_path: Path) -> None:
    data = Path(botocore.__file__).parent / "data"
    for service in package.OPERATIONS:
        (tmp_path / "cache").mkdir(exist_ok=True)
        shutil.copytree(data / service, tmp_path / "cache" / service)
        linked = tmp_path / "botocore" / "data" / service
        shutil.copytree(tmp_path / "cache" / service, linked, copy_function=os.link)
    package.prune(tmp_path)
    for service in package.OPERATIONS:
        (kept,) = (tmp_path / "cache" / service).glob("*/service-2.json.gz")
        assert kept.read_bytes() == (data / kept.relative_to(tmp_path / "cache")).read_bytes()
    session = botocore.session.Session()
    loader = session.get_component("data_loader")
    loader.search_paths.insert(0, str(tmp_path / "botocore" / "data"))
    client: Any = session.create_client(
        "ssm", region_name="us-east-1", aws_access_key_id="none", aws_secret_access_key="none"
    )
    assert sorted(client.meta.service_model.operation_names) == ["GetParameter", "PutParameter"]
    with Stubber(client) as answers:
        found = {"Parameter": {"Name": "key", "Value": "secret", "Version": 1}}
        answers.add_response("get_parameter", found, {"Name": "key", "WithDecryption": True})
        assert client.get_parameter(Name="key", WithDecryption=True)["Parameter"]["Version"] == 1
        answers.add_client_error("put_parameter", "ParameterAlreadyExists")
        with pytest.raises(client.exceptions.ParameterAlreadyExists):
            client.put_parameter(Name="key", Value="other", Type="SecureString")
