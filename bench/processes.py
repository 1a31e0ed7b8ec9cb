"""CPU time of a process, as the kernel counted it: its own and its waited-for children's."""

import os
import subprocess
from collections.abc import Mapping, Sequence


class Failed(Exception):
    """The process did not end well; the message holds what it wrote."""


def cpu_ms(command: Sequence[str], environment: Mapping[str, str]) -> tuple[float, bytes]:
    """User and system time in milliseconds, and what the process printed."""
    with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None  # noqa: S101  asked for above
        printed = process.stdout.read()
        _, status, used = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise Failed(f"{' '.join(command)}: {process.returncode}\n{printed.decode()}")
    return (used.ru_utime + used.ru_stime) * 1000, printed
