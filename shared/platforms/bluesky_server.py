"""Speaking XRPC to one server, signed in or not (https://atproto.com/specs/xrpc, read 2026-11)."""

from collections.abc import Iterable, Mapping, Sequence
from typing import TypeAlias

from shared.core.errors import Ambiguous, Unreadable
from shared.core.models import MINUTE, Millis
from shared.core.ports import Clock
from shared.platforms.base import as_object
from shared.platforms.bluesky_refusals import refusal, said
from shared.platforms.request import MAX_ANSWER, Answer, Http, Request

Object = Mapping[str, object]
Params: TypeAlias = Mapping[str, str | int | Sequence[str]]

UPLOAD: Millis = 10 * MINUTE
"""The longest a single file may take: 300 MB at 500 kB/s."""


class Server:
    """One origin and one token. Every method raises only `PlatformError`s."""

    def __init__(self, http: Http, clock: Clock, *, origin: str, token: str = "") -> None:
        self.origin = origin
        self._http = http
        self._clock = clock
        self._token = token

    def read(
        self,
        method: str,
        params: Params | None = None,
        *,
        max_bytes: int = MAX_ANSWER,
        timeout: Millis | None = None,
    ) -> Object:
        """A query."""
        request = Request(
            "GET",
            self._url(method),
            self._headers(),
            params,
            safe=True,
            max_bytes=max_bytes,
            timeout=timeout,
        )
        return self._answered(request)

    def change(self, method: str, body: Object | None, *, safe: bool = False) -> Object:
        """A procedure; `safe` where doing it twice is doing it once."""
        request = Request("POST", self._url(method), self._headers(), json=body, safe=safe)
        return self._answered(request)

    def send(
        self,
        method: str,
        content: bytes | Iterable[bytes],
        *,
        mime: str,
        size: int,
        params: Mapping[str, str] | None = None,
    ) -> Answer:
        """A file, streamed; whatever is answered comes back as it is."""
        headers = self._headers() | {"Content-Type": mime, "Content-Length": str(size)}
        request = Request(
            "POST", self._url(method), headers, params, content=content, timeout=UPLOAD
        )
        return self._http.send(request)

    def upload_blob(self, content: bytes | Iterable[bytes], *, mime: str, size: int) -> Object:
        """The blob as records refer to it. Harmless to repeat. Raises TooLarge."""
        answer = self.send("com.atproto.repo.uploadBlob", content, mime=mime, size=size)
        if not answer.ok:
            raise refusal(answer, safe=True, now=self._clock.now())
        return as_object(said(answer).get("blob"), "the blob in the answer")

    def _answered(self, request: Request) -> Object:
        answer = self._http.send(request)
        if not answer.ok:
            raise refusal(answer, safe=request.safe, now=self._clock.now())
        if not answer.body:
            return {}
        try:
            return as_object(answer.json(), "the answer")
        except Unreadable as error:
            if request.safe:
                raise
            raise Ambiguous(error.message, code="unreadable") from error

    def _url(self, method: str) -> str:
        return f"{self.origin}/xrpc/{method}"

    def _headers(self) -> dict[str, str]:
        headers = {"Accept": "application/json"}
        return headers | ({"Authorization": f"Bearer {self._token}"} if self._token else {})
