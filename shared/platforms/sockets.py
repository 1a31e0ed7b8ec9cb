"""Sockets for the HTTP client: made to checked addresses only, and ended by one deadline.

The client's own timeouts start anew with every chunk, so that a server which sends a byte now and
then holds a request for ever; the publishing protocol needs a bound for the whole request.
"""

import ssl
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager

import httpcore

from shared.platforms.guard import Guard

_CHUNK = 64 * 1024
_running = threading.local()


@contextmanager
def deadline(seconds: float) -> Iterator[None]:
    """Ends every socket call that this thread makes inside the block, with the usual timeouts."""
    _running.ends = time.monotonic() + seconds
    try:
        yield
    finally:
        _running.ends = None


def _left(timeout: float | None, late: type[httpcore.TimeoutException]) -> float | None:
    ends: float | None = getattr(_running, "ends", None)
    if ends is None:
        return timeout
    left = ends - time.monotonic()
    if left <= 0:
        raise late("the whole request took too long")
    return left if timeout is None else min(timeout, left)


class Trust:
    """Whom TLS believes; `read` costs 60 ms of CPU, at the first connection that needs it."""

    def __init__(self, read: Callable[[], ssl.SSLContext]) -> None:
        self._read = read
        self._reading = threading.Lock()
        self._context: ssl.SSLContext | None = None

    @staticmethod
    def nobody() -> ssl.SSLContext:
        """For the HTTP library, which wants a context before there is a connection."""
        return ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)

    def context(self) -> ssl.SSLContext:
        with self._reading:
            if self._context is None:
                self._context = self._read()
                self._context.set_alpn_protocols(["http/1.1"])
            return self._context


class GuardedBackend(httpcore.NetworkBackend):
    """Opens connections to addresses that the guard has checked, the name kept for TLS and Host."""

    def __init__(self, guard: Guard, trust: Trust) -> None:
        self._guard = guard
        self._trust = trust
        self._sockets = httpcore.SyncBackend()

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.NetworkStream:
        failure: httpcore.ConnectError | httpcore.ConnectTimeout | None = None
        for address in self._guard.addresses(host, port):
            try:
                left = _left(timeout, httpcore.ConnectTimeout)
                stream = self._sockets.connect_tcp(
                    address, port, left, local_address, socket_options
                )
                return _Stream(stream, self._trust)
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
                failure = error
        raise failure or httpcore.ConnectError(f"{host} has no address")


class _Stream(httpcore.NetworkStream):
    """A socket whose every call is cut by the deadline of its thread."""

    def __init__(self, inner: httpcore.NetworkStream, trust: Trust) -> None:
        self._inner = inner
        self._trust = trust

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self._inner.read(max_bytes, _left(timeout, httpcore.ReadTimeout))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        for start in range(0, len(buffer), _CHUNK):
            left = _left(timeout, httpcore.WriteTimeout)
            self._inner.write(buffer[start : start + _CHUNK], left)

    def close(self) -> None:
        self._inner.close()

    def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,
    ) -> httpcore.NetworkStream:
        try:
            context = self._trust.context()  # the one given trusts nobody
        except OSError as error:  # a list of certificates that cannot be read
            raise httpcore.ConnectError(str(error)) from error
        left = _left(timeout, httpcore.ConnectTimeout)
        return _Stream(self._inner.start_tls(context, server_hostname, left), self._trust)

    def get_extra_info(self, info: str) -> object:
        return self._inner.get_extra_info(info)
