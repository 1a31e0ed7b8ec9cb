"""The only way out to the networks: one HTTP client that says what a broken request means.

A request is one attempt on one socket; nothing here retries. What went wrong is named by what the
caller must do next: before anything was written it is `Transient`; afterwards a request that
changes something is `Ambiguous`, one that only reads (`safe`) still `Transient`.

Requests that change something always get a connection of their own (docs/decisions/0004).
"""

import threading
import zlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from enum import Enum
from functools import cached_property
from http.cookiejar import CookieJar, DefaultCookiePolicy
from urllib.parse import urljoin

import httpcore
import httpx

from shared.core.errors import Ambiguous, PlatformError, Transient, Unreadable
from shared.core.models import SECOND, Millis
from shared.platforms.guard import Guard
from shared.platforms.request import Answer, Request
from shared.platforms.sockets import GuardedBackend, Trust, deadline

CONNECT: Millis = 5 * SECOND
IDLE: Millis = 20 * SECOND
"""The longest silence between two chunks, either way."""
KEPT: Millis = 4 * SECOND
"""How long an idle connection is trusted: below the 5 s after which common servers close theirs."""
CONNECTIONS = 100
USER_AGENT = "Tidings/0.1"


class Phase(Enum):
    """Whether a fault can have struck after the first byte was written."""

    BEFORE = "before"
    AFTER = "after"


FAULTS: Mapping[type[Exception], Phase] = {
    httpx.ConnectError: Phase.BEFORE,  # DNS and TLS included
    httpx.ConnectTimeout: Phase.BEFORE,
    httpx.PoolTimeout: Phase.BEFORE,
    httpx.UnsupportedProtocol: Phase.BEFORE,
    httpx.InvalidURL: Phase.BEFORE,
    httpx.ProxyError: Phase.AFTER,
    httpx.ReadError: Phase.AFTER,
    httpx.ReadTimeout: Phase.AFTER,
    httpx.WriteError: Phase.AFTER,
    httpx.WriteTimeout: Phase.AFTER,
    httpx.CloseError: Phase.AFTER,
    httpx.LocalProtocolError: Phase.AFTER,
    httpx.RemoteProtocolError: Phase.AFTER,
    httpx.DecodingError: Phase.AFTER,
    httpx.TooManyRedirects: Phase.AFTER,
    httpx.CookieConflict: Phase.AFTER,
    httpx.HTTPStatusError: Phase.AFTER,
    httpx.StreamConsumed: Phase.AFTER,
    httpx.StreamClosed: Phase.AFTER,
    httpx.RequestNotRead: Phase.AFTER,
    httpx.ResponseNotRead: Phase.AFTER,
    # The branches of the tree, for leaves that a later version may grow.
    httpx.TimeoutException: Phase.AFTER,
    httpx.NetworkError: Phase.AFTER,
    httpx.ProtocolError: Phase.AFTER,
    httpx.TransportError: Phase.AFTER,
    httpx.RequestError: Phase.AFTER,
    httpx.HTTPError: Phase.AFTER,
    httpx.StreamError: Phase.AFTER,
    # What the operating system raises where the library forgot to translate.
    OSError: Phase.AFTER,
}


def fault(error: Exception, request: Request) -> PlatformError:
    """Our name for an error of the HTTP library; see `FAULTS`."""
    phase = next((FAULTS[kind] for kind in type(error).__mro__ if kind in FAULTS), Phase.AFTER)
    message = f"{request.host}: {type(error).__name__}"
    if request.safe or phase is Phase.BEFORE:
        return Transient(message)
    return Ambiguous(message)


class Client:
    """One HTTP client for the process, opened at the first request. Threads may share it."""

    def __init__(
        self,
        guard: Guard,
        *,
        timeout: Millis = 20 * SECOND,
        transport: httpx.BaseTransport | None = None,
    ) -> None:
        self.guard = guard
        self._timeout = timeout
        self._given = transport
        self._opening = threading.Lock()

    def send(self, request: Request) -> Answer:
        """As `shared.platforms.request.Http` says."""
        seconds = (request.timeout or self._timeout) / SECOND
        try:
            with deadline(seconds):
                return self._follow(request)
        except tuple(FAULTS) as error:
            raise fault(error, request) from error

    def close(self) -> None:
        """Close what is open; the next request opens anew."""
        with self._opening:
            client = self.__dict__.pop("_client", None)
        if client is not None:
            client.close()

    def _follow(self, request: Request) -> Answer:
        url = request.url
        for _ in range(request.hops + 1):
            self.guard.check(url, plain=request.hops > 0)
            answer = self._once(request, url)
            target = answer.headers.get("location")
            if not (request.safe and request.hops and target and 300 <= answer.status < 400):
                return answer
            url = urljoin(url, target)
        raise httpx.TooManyRedirects("too many redirects")

    def _once(self, request: Request, url: str) -> Answer:
        with self._opening:
            client = self._client
        upload = request.upload
        built = client.build_request(
            request.method,
            url,
            headers=request.headers,
            params=request.params,
            json=request.json,
            data=request.form,
            files={upload.field: (upload.name, upload.file, upload.mime)} if upload else None,
            content=request.content,
            extensions={"fresh": not request.safe},
        )
        response = client.send(built, stream=True)
        try:
            body = b"".join(_bounded(response, request))
        finally:
            response.close()
        headers = {name.lower(): value for name, value in response.headers.items()}
        return Answer(response.status_code, headers, body, url)

    @cached_property
    def _client(self) -> httpx.Client:
        # A jar that takes nothing: a session cookie of one account must not travel with the next.
        jar = CookieJar(DefaultCookiePolicy(allowed_domains=[]))
        pause = CONNECT / SECOND
        return httpx.Client(
            transport=self._given or _Transport(self.guard),
            timeout=httpx.Timeout(IDLE / SECOND, connect=pause, pool=pause),
            cookies=jar,
            follow_redirects=False,
            trust_env=False,
            headers={"User-Agent": USER_AGENT, "Accept-Encoding": "gzip"},
        )


def _bounded(response: httpx.Response, request: Request) -> Iterator[bytes]:
    """The body up to the bound. Unpacked here: the library unpacks whole chunks, bomb or not."""
    packed = response.headers.get("content-encoding", "identity").strip().lower()
    unpack = zlib.decompressobj(zlib.MAX_WBITS | 32) if packed in {"gzip", "deflate"} else None
    left = request.max_bytes
    for chunk in response.iter_raw():
        try:
            data = unpack.decompress(chunk, left + 1) if unpack else chunk
        except zlib.error as error:
            raise httpx.DecodingError("the answer cannot be unpacked") from error
        if len(data) > left and not request.cut:
            raise _too_long(request)
        yield data[:left]
        left -= len(data)
        if left <= 0 and request.cut:
            return


def _too_long(request: Request) -> PlatformError:
    message = f"{request.host} answered with more than {request.max_bytes} bytes"
    return Unreadable(message) if request.safe else Ambiguous(message)


class _Transport(httpx.BaseTransport):
    """Two pools over guarded sockets: only requests that change nothing use a kept connection."""

    def __init__(self, guard: Guard) -> None:
        backend = GuardedBackend(guard, Trust(httpx.create_ssl_context))
        tls = Trust.nobody()
        self._kept = httpcore.ConnectionPool(
            tls,
            network_backend=backend,
            max_connections=CONNECTIONS,
            keepalive_expiry=KEPT / SECOND,
        )
        self._fresh = httpcore.ConnectionPool(
            tls, network_backend=backend, max_connections=CONNECTIONS, max_keepalive_connections=0
        )

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        url = request.url
        pool = self._fresh if request.extensions.get("fresh") else self._kept
        asked = httpcore.Request(
            method=request.method,
            url=httpcore.URL(
                scheme=url.raw_scheme, host=url.raw_host, port=url.port, target=url.raw_path
            ),
            headers=request.headers.raw,
            content=request.stream,
            extensions=request.extensions,
        )
        with _in_httpx_words():
            answered = pool.handle_request(asked)
        return httpx.Response(
            answered.status,
            headers=answered.headers,
            stream=_Body(answered),
            extensions=answered.extensions,
        )

    def close(self) -> None:
        self._kept.close()
        self._fresh.close()


class _Body(httpx.SyncByteStream):
    """Closing it gives the connection back to its pool, or ends it."""

    def __init__(self, answered: httpcore.Response) -> None:
        self._answered = answered

    def __iter__(self) -> Iterator[bytes]:
        with _in_httpx_words():
            yield from self._answered.iter_stream()

    def close(self) -> None:
        with _in_httpx_words():
            self._answered.close()


_BELOW = (
    httpcore.TimeoutException,
    httpcore.NetworkError,
    httpcore.ProtocolError,
    httpcore.ProxyError,
    httpcore.UnsupportedProtocol,
)


@contextmanager
def _in_httpx_words() -> Iterator[None]:
    """The layer below raises errors of its own, named alike."""
    try:
        yield
    except _BELOW as error:
        named = getattr(httpx, type(error).__name__, httpx.TransportError)
        raise named(str(error)) from error
