"""What AWS's own tools say of the template as SAM turns it out; as written: `make check`."""

import os
import subprocess
from pathlib import Path

import pytest

from tests.template.reading import ROOT, TEMPLATE

SAM = ROOT / ".envs" / "sam" / "bin"
RULES = ("--append-rules", "cfn_lint_serverless.rules")


def run(*command: str) -> subprocess.CompletedProcess[str]:
    path = f"{SAM}{os.pathsep}{os.environ['PATH']}"
    offline = {"PATH": path, "AWS_DEFAULT_REGION": "us-east-1", "SAM_CLI_TELEMETRY": "0"}
    settings = {"__SAM_CLI_APP_DIR": str(ROOT / ".build" / "sam")}
    return subprocess.run(  # noqa: S603 -- our own tools, called with our own words
        [str(SAM / command[0]), *command[1:]],
        cwd=ROOT,
        env=os.environ | offline | settings,
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture
def transformed(tmp_path: Path) -> Path:
    done = run("python", str(Path(__file__).with_name("transformed.py")), str(TEMPLATE))
    assert done.returncode == 0, done.stderr
    path = tmp_path / "transformed.json"
    path.write_text(done.stdout, encoding="utf-8")
    return path


def test_what_sam_makes_of_it_is_clean_too(transformed: Path) -> None:
    done = run("cfn-lint", *RULES, "--", str(transformed))
    assert (done.returncode, done.stdout) == (0, "")


def test_a_cycle_would_be_seen(transformed: Path) -> None:
    """The lint above can fail: a function that needs its own API's stage is a cycle."""
    text = transformed.read_text(encoding="utf-8")
    broken = text.replace('"TIMING": {', '"CYCLE": {"Ref": "ApiPermission"}, "TIMING": {')
    assert broken != text
    transformed.write_text(broken, encoding="utf-8")
    done = run("cfn-lint", "--", str(transformed))
    assert "E3004" in done.stdout, done.stdout
