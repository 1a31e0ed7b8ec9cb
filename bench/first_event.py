"""Runs in a process of its own, as Lambda does: loads a handler and gives it one event.

Only the standard library may be imported here, and as little of it as possible: what this process
uses is what is measured.
"""

import os
import sys
from importlib import import_module


class Context:
    """What the Lambda runtime hands over."""

    function_name = function_version = invoked_function_arn = memory_limit_in_mb = ""
    aws_request_id = "00000000-0000-4000-8000-000000000000"

    def get_remaining_time_in_millis(self) -> int:
        return 60_000


def main(handler: str, event: str) -> None:
    import json

    module, _, name = handler.rpartition(".")
    answer = getattr(import_module(module), name)(json.loads(event), Context())
    sys.stdout.write(json.dumps(answer))
    sys.stdout.flush()
    os._exit(0)  # tidying up at the end is no part of a start


if __name__ == "__main__":
    main(*sys.argv[1:])
