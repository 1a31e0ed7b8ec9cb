"""Builds template.yaml with SAM, unless nothing changed since the last time."""

import argparse
import fcntl
import os
import platform
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from local.inputs import fingerprint
from local.web import WebError, build_page

ROOT = Path(__file__).resolve().parent.parent
BUILT = ROOT / ".aws-sam" / "build" / "template.yaml"
STAMP = ROOT / ".aws-sam" / "stamp"
INPUTS = (
    "template.yaml",
    "samconfig.toml",
    "functions",
    "shared",
    "layers",
    "web/dist",
    "docs/openapi.json",
    "requirements/layer.txt",
    "local/package.py",
)


class BuildError(Exception):
    """The build failed; the message holds its last lines."""


@dataclass(frozen=True)
class Target:
    """What the artifacts will run on. `host`: this machine, else AWS Lambda."""

    runtime: str
    architecture: str
    host: bool


def this_machine() -> Target:
    arm = platform.machine().lower() in ("arm64", "aarch64")
    version = f"python{sys.version_info.major}.{sys.version_info.minor}"
    return Target(version, "arm64" if arm else "x86_64", host=True)


def on_lambda(runtime: str, architecture: str) -> Target:
    return Target(runtime or "python3.13", architecture or "arm64", host=False)


def build(target: Target) -> bool:
    """Makes BUILT; True when there was something to do."""
    with only_one():
        try:
            build_page()
        except WebError as error:
            raise BuildError(str(error)) from error
        wanted = fingerprint_of(target)
        if BUILT.exists() and STAMP.exists() and STAMP.read_text() == wanted:
            return False
        STAMP.unlink(missing_ok=True)
        run_sam(target)
        STAMP.write_text(wanted)
        return True


def fingerprint_of(target: Target) -> str:
    words = (target.runtime, target.architecture, str(target.host), sys.executable)
    skip = frozenset({"__pycache__", "node_modules", "page"})
    return fingerprint((ROOT / name for name in INPUTS), words=words, skip=skip)


def run_sam(target: Target) -> None:
    environment = os.environ | {
        "ARCHITECTURE": target.architecture,
        "BUILD_FOR": "host" if target.host else "lambda",
        "PYTHON": sys.executable,
        "RUNTIME": target.runtime,
        "SAM_CLI_TELEMETRY": "0",
        # Its own settings file would otherwise be made in the home directory.
        "__SAM_CLI_APP_DIR": str(ROOT / ".build" / "sam"),
    }
    parameters = [f"Runtime={target.runtime}", f"Architecture={target.architecture}"]
    sam = ROOT / ".envs" / "sam" / "bin" / "sam"
    done = subprocess.run(
        [str(sam), "build", "--parameter-overrides", *parameters],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    for line in done.stderr.splitlines():
        if line.startswith("build: "):
            print(line)
    if done.returncode:
        tail = "\n".join((done.stdout + done.stderr).strip().splitlines()[-25:])
        raise BuildError(f"sam build failed:\n{tail}")


@contextmanager
def only_one() -> Iterator[None]:
    """Tests and a person may build at the same moment; the second then finds it done."""
    lock = ROOT / ".build" / "lock"
    lock.parent.mkdir(exist_ok=True)
    with lock.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def main() -> int:
    parser = argparse.ArgumentParser(description="Build template.yaml with SAM")
    parser.add_argument("--runtime", default=os.environ.get("RUNTIME", ""))
    parser.add_argument("--architecture", default=os.environ.get("ARCHITECTURE", ""))
    given = parser.parse_args()
    for_aws = bool(given.runtime or given.architecture)
    target = on_lambda(given.runtime, given.architecture) if for_aws else this_machine()
    try:
        done = build(target)
    except BuildError as error:
        print(error, file=sys.stderr)
        return 1
    place = "this machine" if target.host else "AWS Lambda"
    print(
        f"build: {'done' if done else 'up to date'} for {place} "
        f"({target.runtime}, {target.architecture}): {BUILT.relative_to(ROOT)}"
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
