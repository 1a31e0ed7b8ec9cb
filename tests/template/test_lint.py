"""What AWS's own tools say of the template as SAM turns it out; as written: `make check`."""

import json
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


@pytest.fixture(scope="module")
def said(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Of the template as SAM turns it out, and of the same with a cycle: a function that needs its
    own API's permission. One run, since the linter takes longer to start than to lint.
    """
    done = run("python", str(Path(__file__).with_name("transformed.py")), str(TEMPLATE))
    assert done.returncode == 0, done.stderr
    broken = done.stdout.replace('"TIMING": {', '"CYCLE": {"Ref": "ApiPermission"}, "TIMING": {')
    assert broken != done.stdout
    folder = tmp_path_factory.mktemp("transformed")
    files = {"sound": folder / "sound.json", "cyclic": folder / "cyclic.json"}
    files["sound"].write_text(done.stdout, encoding="utf-8")
    files["cyclic"].write_text(broken, encoding="utf-8")
    linted = run("cfn-lint", *RULES, "--format", "json", "--", *map(str, files.values()))
    found = json.loads(linted.stdout)
    return {
        name: "\n".join(
            f"{each['Rule']['Id']} {each['Message']}"
            for each in found
            if each["Filename"] == str(path)
        )
        for name, path in files.items()
    }


def test_what_sam_makes_of_it_is_clean_too(said: dict[str, str]) -> None:
    assert said["sound"] == ""


def test_a_cycle_would_be_seen(said: dict[str, str]) -> None:
    """The lint above can fail."""
    assert "E3004" in said["cyclic"]
