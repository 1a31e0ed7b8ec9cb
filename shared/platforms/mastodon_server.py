"""Speaking to one Mastodon-compatible server: requests, and what its refusals mean.

Servers disagree on almost every refusal (observed on four implementations, 2026-11): a bad token
is 401 with or without JSON, 400 in HTML, or 422 with an empty body; an unknown id is 404 in JSON,
404 in HTML or 500. Messages come in the account's language: they are shown, never compared.
"""

from collections.abc import Mapping, Sequence
from enum import Enum

from shared.core.errors import (
    AccessRevoked,
    Ambiguous,
    Gone,
    PlatformError,
    Problem,
    RateLimited,
    Rejected,
    Transient,
    Unreadable,
)
from shared.core.models import Millis, Remote
from shared.core.platform import Outgoing
from shared.core.ports import Clock
from shared.platforms.base import as_object, id_of, maybe_text
from shared.platforms.rate import retry_at
from shared.platforms.request import MAX_ANSWER, Answer, Http, Request, Upload

ME = "/api/v1/accounts/verify_credentials"
SERVER_ERROR = "server_error"
"""Code of the Transient for an answer 500, which some servers give for an id they do not know."""
_SHOWN = 200


class Means(Enum):
    """What a refusal tells us to do."""

    ACCESS = "we may not: reconnect"
    CONTENT = "this content is refused"
    UNCLEAR = "access or content: ask who we are"
    MISSING = "there is no such thing"
    BUSY = "ask again at the reset"
    LATER = "nothing happened: try again"
    UNKNOWN = "it may have happened"
    MOVED = "the server is elsewhere"


REFUSALS: Mapping[int, Means] = {
    # https://docs.joinmastodon.org/entities/Error/ and observed (2026-11)
    400: Means.CONTENT,
    401: Means.ACCESS,
    403: Means.UNCLEAR,
    404: Means.MISSING,
    405: Means.CONTENT,
    406: Means.CONTENT,
    410: Means.MISSING,
    411: Means.CONTENT,
    413: Means.CONTENT,
    414: Means.CONTENT,
    415: Means.CONTENT,
    421: Means.LATER,
    422: Means.CONTENT,
    425: Means.LATER,
    429: Means.BUSY,
    431: Means.CONTENT,
    451: Means.CONTENT,
}
WITHOUT_JSON: Mapping[int, Means] = {400: Means.UNCLEAR, 422: Means.UNCLEAR}
"""What differs where the answer is a page or nothing at all, as some servers answer bad tokens."""


def meaning(answer: Answer) -> Means:
    """A redirect is `MOVED`; what nobody documented is `UNKNOWN`, as every 5xx is."""
    if answer.status // 100 == 3:
        return Means.MOVED
    if _complaint(answer) is None and answer.status in WITHOUT_JSON:
        return WITHOUT_JSON[answer.status]
    return REFUSALS.get(answer.status, Means.UNKNOWN)


class Server:
    """One account's way to its server; without a token, anybody's. Every method raises only
    `PlatformError`s.
    """

    def __init__(self, http: Http, clock: Clock, *, origin: str, token: str) -> None:
        self.origin = origin
        self._http = http
        self._clock = clock
        self._token = token

    def read(
        self,
        path: str,
        params: Mapping[str, str | int | Sequence[str]] | None = None,
        *,
        max_bytes: int = MAX_ANSWER,
        timeout: Millis | None = None,
    ) -> Answer:
        request = Request(
            "GET",
            self._url(path),
            self._headers(),
            params,
            safe=True,
            max_bytes=max_bytes,
            timeout=timeout,
        )
        return self._ask(request)

    def may_still(self, refused: AccessRevoked) -> None:
        """Raises `refused` unless the token works: then this one thing is all that it may not."""
        try:
            self.read(ME)
        except (AccessRevoked, Gone):
            raise refused from None

    def change(
        self, method: str, path: str, body: Mapping[str, object] | None = None, *, key: str = ""
    ) -> Answer:
        """With a `key`, servers that know such keys answer a repetition with the first result."""
        headers = self._headers() | ({"Idempotency-Key": key} if key else {})
        return self._ask(Request(method, self._url(path), headers, json=body))

    def upload(
        self, path: str, form: Mapping[str, str], upload: Upload, *, timeout: Millis
    ) -> Answer:
        request = Request(
            "POST", self._url(path), self._headers(), form=form, upload=upload, timeout=timeout
        )
        return self._ask(request)

    def _url(self, path: str) -> str:
        return f"{self.origin}{path}"

    def _headers(self) -> dict[str, str]:
        headers = {"Accept": "application/json"}
        return headers | ({"Authorization": f"Bearer {self._token}"} if self._token else {})

    def _ask(self, request: Request) -> Answer:
        answer = self._http.send(request)
        if not answer.ok:
            raise self._refused(answer, request)
        return answer

    def _refused(self, answer: Answer, request: Request) -> PlatformError:
        means = meaning(answer)
        if means is Means.UNCLEAR:
            means = self._who_are_we(request)
        said = _complaint(answer) or f"answer {answer.status}"
        message = f"{request.host}: {said}"
        match means:
            case Means.ACCESS:
                return AccessRevoked(f"{request.host} does not accept the access token: {said}")
            case Means.BUSY:
                return RateLimited(message, at=retry_at(answer.headers, now=self._clock.now()))
            case Means.MISSING:
                return Gone(message)
            case Means.LATER:
                return Transient(message)
            case Means.UNKNOWN:
                code = SERVER_ERROR if answer.status == 500 else None
                return Transient(message, code=code) if request.safe else Ambiguous(message)
            case Means.MOVED:
                return Rejected([Problem("server", "server_moved", _moved(answer, request))])
            case _:
                return Rejected([Problem("", "refused", f"{request.host} refused it: {said}")])

    def _who_are_we(self, refused: Request) -> Means:
        """The only way to tell a bad token from bad content where the answer does not."""
        if refused.safe:
            return Means.ACCESS
        answer = self._http.send(Request("GET", self._url(ME), self._headers(), safe=True))
        if answer.ok:
            return Means.CONTENT
        known = meaning(answer)
        return (
            Means.ACCESS if known in {Means.ACCESS, Means.UNCLEAR, Means.MISSING} else Means.LATER
        )


def parent_of(outgoing: Outgoing) -> str | None:
    """What this part answers: the part before it, or what the draft as a whole is an answer to."""
    if outgoing.earlier:
        return outgoing.earlier[-1].id
    return outgoing.draft.reply_to.remote_id if outgoing.draft.reply_to else None


def remote_of(status: Mapping[str, object]) -> Remote:
    """Raises Unreadable when this is no status."""
    url = maybe_text(status, "url") or maybe_text(status, "uri")
    return Remote(id_of(status), url or None)


def _complaint(answer: Answer) -> str | None:
    """What the server says in its `error`, for people; None when its answer is no JSON object."""
    try:
        body = as_object(answer.json(), "the answer")
    except Unreadable:
        return None
    said = maybe_text(body, "error_description") or maybe_text(body, "error")
    return said[:_SHOWN] or f"answer {answer.status}"


def _moved(answer: Answer, request: Request) -> str:
    there = answer.headers.get("location", "another address")[:_SHOWN]
    return f"{request.host} sends us on to {there}. Connect the account again with that address."
