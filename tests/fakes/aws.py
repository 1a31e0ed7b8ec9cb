"""AWS in memory, for what calls it from several threads."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from moto import mock_aws
from moto.core.models import botocore_stubber


@contextmanager
def aws_in_memory() -> Iterator[None]:
    """moto, asked one call at a time: its table shows other threads an item that is half written,
    which DynamoDB never does.
    """
    lock = threading.Lock()
    answered = botocore_stubber.process_request

    def answer(request: Any) -> Any:
        with lock:
            return answered(request)

    botocore_stubber.process_request = answer  # type: ignore[method-assign]
    try:
        with mock_aws():
            yield
    finally:
        botocore_stubber.process_request = answered  # type: ignore[method-assign]
