"""A built function under AWS's own Lambda runtime emulator, which comes with SAM. No Docker.

It starts a function as Lambda does, over the runtime API, with an interpreter that has nothing but
Lambda's runtime client: what the layer lacks is missing here too.
"""

import os
import platform
import signal
import stat
import subprocess
from pathlib import Path
from typing import Any, Self

import httpx

from local.emulator.server import free_port
from tests.servers.local_system import wait_until
from tests.servers.stack import INTERPRETER, ROOT, Stack

PROGRAMS = "lib/python3*/site-packages/samcli/local/rapid"
PROGRAM = "aws-lambda-rie-arm64" if platform.machine() == "aarch64" else "aws-lambda-rie-x86_64"
PATH = "/2015-03-31/functions/function/invocations"


def program() -> Path:
    (found,) = (ROOT / ".envs" / "sam").glob(f"{PROGRAMS}/{PROGRAM}")
    found.chmod(found.stat().st_mode | stat.S_IXUSR)
    return found


class LambdaRuntime:
    """One function of `stack`, with its environment, its layer and the permissions of its role.

    The function itself starts with the first invocation.
    """

    def __init__(self, stack: Stack, function: str) -> None:
        self.function = function
        self._stack = stack

    def __enter__(self) -> Self:
        # It would listen on every address of the machine if it were not told otherwise.
        port, inner = free_port(), free_port()
        self._url = f"http://127.0.0.1:{port}{PATH}"
        with (self._stack.folder / f"{self.function}.log").open("ab") as log:
            self._process = subprocess.Popen(  # noqa: S603  the program that SAM brings
                [
                    str(program()),
                    *("--runtime-interface-emulator-address", f"127.0.0.1:{port}"),
                    *("--runtime-api-address", f"127.0.0.1:{inner}"),
                    *("--log-level", "error"),
                    *(str(INTERPRETER), "-m", "awslambdaric"),
                    self._stack.handler_of(self.function),
                ],
                cwd=self._stack.folder_of(self.function),
                env={"PATH": os.defpath, **self._stack.environment_of(self.function)},
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        return self

    def __exit__(self, *_: object) -> None:
        os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()

    def invoke(self, event: dict[str, Any]) -> Any:
        """What the function answers, or the error that Lambda makes of its exception."""
        return wait_until(lambda: self._answer(event), within=60, what=self.function)

    def _answer(self, event: dict[str, Any]) -> Any:
        """None while the program is not up yet."""
        try:
            return httpx.post(self._url, json=event, timeout=60).json()
        except httpx.ConnectError:
            return None
