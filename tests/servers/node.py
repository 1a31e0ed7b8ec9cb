"""Node and npm packages for servers that are written in JavaScript."""

import fcntl
import hashlib
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

INSTALL_TIMEOUT_S = 600


class MissingToolError(Exception):
    """Something this machine lacks; the message says how to mend it."""


def program(name: str) -> str:
    """`node` or `npm` of the environment that the tests run in (requirements/dev.txt)."""
    found = Path(sys.prefix) / "bin" / name
    if not found.exists():
        raise MissingToolError(f"{name} is missing from {sys.prefix}: run `make setup`")
    return str(found)


def install_packages(folder: Path) -> None:
    """Installs exactly what the folder's lock file names, unless that has been done.

    Test processes that come at the same time wait for the first.
    """
    stamp = folder / "node_modules" / ".installed"
    wanted = _fingerprint(folder)
    if _is_current(stamp, wanted):
        return
    with _only_one_at_a_time(folder):
        if not _is_current(stamp, wanted):
            _run_npm_ci(folder)
            stamp.write_text(wanted)


def _fingerprint(folder: Path) -> str:
    node = Path(program("node")).resolve()
    parts = (folder / "package-lock.json").read_bytes(), bytes(node)
    return hashlib.sha256(b"\0".join(parts)).hexdigest()


def _is_current(stamp: Path, wanted: str) -> bool:
    return stamp.exists() and stamp.read_text() == wanted


@contextmanager
def _only_one_at_a_time(folder: Path) -> Iterator[None]:
    handle = os.open(folder, os.O_RDONLY)  # the folder itself is the lock: no file to leave behind
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)


def _run_npm_ci(folder: Path) -> None:
    # No package may run a program when it is installed, and none of ours needs to.
    command = [
        program("npm"),
        "ci",
        "--ignore-scripts",
        "--no-audit",
        "--no-fund",
        "--prefer-offline",
    ]
    done = subprocess.run(  # noqa: S603 -- npm, from our own environment
        command,
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
        stdin=subprocess.DEVNULL,
        timeout=INSTALL_TIMEOUT_S,
    )
    if done.returncode:
        tail = "\n".join((done.stdout + done.stderr).strip().splitlines()[-12:])
        raise MissingToolError(f"npm could not install the packages of {folder.name}:\n{tail}")
