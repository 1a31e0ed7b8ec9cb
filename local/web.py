"""Builds the web page with the Node that is installed beside the Python packages."""

import os
import subprocess
import sys
from pathlib import Path

from local.inputs import fingerprint

ROOT = Path(__file__).resolve().parent.parent
WEB, DIST, BIN = ROOT / "web", ROOT / "web" / "dist", ROOT / ".venv" / "bin"


class WebError(Exception):
    """The page could not be built; the message holds npm's last lines."""


def build_page() -> bool:
    """True when there was something to do."""
    if not (WEB / "package.json").exists():
        return False
    mark = ROOT / ".build" / "web"
    wanted = fingerprint([WEB, ROOT / "docs" / "openapi.json"])
    if DIST.is_dir() and mark.exists() and mark.read_text() == wanted:
        return False
    install_packages()
    npm("run", "build")
    mark.parent.mkdir(exist_ok=True)
    mark.write_text(fingerprint([WEB, ROOT / "docs" / "openapi.json"]))
    return True


def install_packages() -> None:
    mark = WEB / "node_modules" / ".installed"
    wanted = fingerprint([WEB / "package-lock.json"])
    if mark.exists() and mark.read_text() == wanted:
        return
    npm("ci", "--no-audit", "--no-fund", "--prefer-offline")
    mark.write_text(wanted)


def npm(*words: str) -> None:
    environment = os.environ | {"PATH": f"{BIN}{os.pathsep}{os.environ['PATH']}"}
    done = subprocess.run(
        [str(BIN / "npm"), *words],
        cwd=WEB,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        tail = "\n".join((done.stdout + done.stderr).strip().splitlines()[-25:])
        raise WebError(f"npm {' '.join(words)} failed:\n{tail}")


if __name__ == "__main__":
    try:
        print("web: built" if build_page() else "web: up to date")
    except WebError as error:
        sys.exit(str(error))
