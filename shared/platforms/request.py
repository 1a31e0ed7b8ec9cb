"""A request and its answer, as adapters see them; importing this imports no HTTP library."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import field
from typing import BinaryIO, Protocol

from shared.core.errors import Unreadable
from shared.core.models import Millis
from shared.core.values import dataclass
from shared.platforms.guard import Guard

MAX_ANSWER = 2 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Upload:
    """A file as the only file of a multipart form. `file` is read in chunks, never at once."""

    field: str
    name: str
    mime: str
    file: BinaryIO


@dataclass(frozen=True, slots=True)
class Request:
    """One request. `safe`: it changes nothing. `hops`: redirects to follow, of safe requests only.

    `max_bytes` bounds the answer, unpacked; `cut` keeps what came until then instead of refusing.
    `timeout` bounds everything from connecting to the last byte. With `hops`, http:// is allowed
    too: these are pages that people link to, fetched without a credential.
    """

    method: str
    url: str
    headers: Mapping[str, str] = field(default_factory=dict)
    params: Mapping[str, str | int | Sequence[str]] | None = None
    json: object = None
    form: Mapping[str, str] | None = None
    upload: Upload | None = None
    content: bytes | Iterable[bytes] | None = None
    safe: bool = False
    hops: int = 0
    max_bytes: int = MAX_ANSWER
    cut: bool = False
    timeout: Millis | None = None

    @property
    def host(self) -> str:
        """For messages: never the path or query, which may hold what is nobody's business."""
        return host_of(self.url)


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back. Header names are in lower case; `url` is where it came from in the end."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    url: str = ""

    @property
    def ok(self) -> bool:
        return 200 <= self.status < 300

    @property
    def mime(self) -> str:
        """The media type without its parameters, in lower case; empty when none was sent."""
        return self.headers.get("content-type", "").partition(";")[0].strip().lower()

    def json(self) -> object:
        """Raises Unreadable."""
        try:
            return json.loads(self.body)
        except (ValueError, RecursionError) as error:
            message = f"answer {self.status} of {host_of(self.url)} is not JSON"
            raise Unreadable(message) from error


class Http(Protocol):
    """What adapters need of `shared.platforms.http.Client`."""

    guard: Guard

    def send(self, request: Request) -> Answer:
        """One attempt.

        Raises Transient, Ambiguous, Unreadable (only of safe requests), ServerRefused (the guard).
        """
        ...


def host_of(url: str) -> str:
    return url.partition("://")[2].partition("/")[0] or "the server"
