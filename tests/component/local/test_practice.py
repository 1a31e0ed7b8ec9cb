"""Stopping the practice network leaves nothing open."""

import subprocess
import sys

from local.practice import Practice
from local.proxy import Answer, Proxy


def test_a_stop_ends_the_server_and_closes_its_pipe() -> None:
    process = subprocess.Popen(
        [sys.executable, "-c", "import sys; sys.stdin.read()"], stdin=subprocess.PIPE
    )
    front = Proxy(0, lambda *_: Answer(200))
    front.start()
    Practice(port=front.server_port, process=process, front=front).stop()
    assert process.poll() is not None
    assert process.stdin is not None
    assert process.stdin.closed
