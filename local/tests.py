"""make test: the tests with real servers and those without, side by side.

The former mostly wait, so the latter run in the time that they leave: on two cores this is a third
faster than one after the other.
"""

import subprocess
import sys
import tempfile

from local.web import BIN, ROOT

Command = list[str]
PYTEST = [str(BIN / "python"), "-m", "pytest", "-q"]
WITHOUT_SERVERS = ["nice", "-n", "15", *PYTEST, "-n", "2", "--ignore", "tests/e2e"]
BUILD = [str(BIN / "python"), "-m", "local.build"]
WITH_SERVERS = [
    *PYTEST,
    *("-n", "2", "--dist", "loadscope", "--no-loadscope-reorder", "--durations", "20"),
    "tests/e2e",
]


def succeeds(command: Command) -> bool:
    return subprocess.run(command, cwd=ROOT, check=False).returncode == 0


def main() -> int:
    """0 when all pass. What the tests without servers say is shown when the others are done."""
    with tempfile.TemporaryFile("w+") as said:
        with subprocess.Popen(
            WITHOUT_SERVERS, cwd=ROOT, stdout=said, stderr=subprocess.STDOUT
        ) as beside:
            passed = succeeds(BUILD) and succeeds(WITH_SERVERS)
        said.seek(0)
        print(said.read(), flush=True)
    return 0 if passed and beside.returncode == 0 else 1


if __name__ == "__main__":
    sys.exit(main())
