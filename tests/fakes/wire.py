"""The far end of the HTTP client, in memory: answers or breaks each request as the test says."""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import httpx

from shared.platforms.guard import Guard
from shared.platforms.http import Client

PUBLIC = "93.184.216.34"


@dataclass(frozen=True)
class Sent:
    """One request as its bytes would have left."""

    method: str
    url: str
    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: bytes

    def json(self) -> object:
        return json.loads(self.body)


def answer(
    status: int = 200,
    body: bytes | Iterable[bytes] | Mapping[str, object] | list[Any] = b"",
    *,
    headers: Mapping[str, str] | None = None,
    mime: str | None = None,
) -> httpx.Response:
    """Bytes go out as they are, in one or more chunks; an object or a list goes out as JSON.

    The answer may be given to any number of requests.
    """
    named = dict(headers or {})
    if isinstance(body, Mapping | list):
        body, mime = json.dumps(body).encode(), mime or "application/json"
    if mime:
        named["Content-Type"] = mime
    chunks = (body,) if isinstance(body, bytes) else body
    return httpx.Response(status, headers=named, stream=_Chunks(chunks))


class _Chunks(httpx.SyncByteStream):
    def __init__(self, chunks: Iterable[bytes]) -> None:
        self.chunks = chunks

    def __iter__(self) -> Iterator[bytes]:
        return iter(self.chunks)


Step = httpx.Response | Exception


@dataclass
class Wire(httpx.BaseTransport):
    """`route` answers every request; an Exception that it returns is raised instead."""

    route: Callable[[Sent], Step]
    sent: list[Sent] = field(default_factory=list)

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        seen = Sent(
            request.method,
            str(request.url),
            request.url.path,
            dict(request.url.params),
            {name.lower(): value for name, value in request.headers.items()},
            request.read(),
        )
        self.sent.append(seen)
        step = self.route(seen)
        if isinstance(step, Exception):
            raise step
        # The library uses an answer up; the test may want to give it again.
        return httpx.Response(step.status_code, headers=step.headers, stream=step.stream)


def client(wire: Wire | Callable[[Sent], Step], *allowed: str) -> Client:
    """The production client over a wire; every name resolves to a public address."""
    transport = wire if isinstance(wire, Wire) else Wire(wire)
    return Client(
        Guard(frozenset(allowed), resolve=lambda host, port: [PUBLIC]), transport=transport
    )
