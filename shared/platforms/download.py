"""Files by URL: what a stranger's server answers, bounded and from public addresses only."""

from shared.core.errors import InvalidDraft, Problem, Transient, Unreadable
from shared.core.models import SECOND, Millis
from shared.core.ports import Downloaded
from shared.platforms.base import entering
from shared.platforms.request import Answer, Http, Request

HOPS = 5
TIMEOUT: Millis = 25 * SECOND
"""Below the 30 s after which API Gateway gives up on us."""


class Downloads:
    """Implements `shared.core.ports.Download`."""

    def __init__(self, http: Http) -> None:
        self._http = http

    def __call__(self, url: str, *, max_size: int) -> Downloaded:
        request = Request("GET", url, safe=True, hops=HOPS, max_bytes=max_size, timeout=TIMEOUT)
        try:
            with entering("url"):
                answer = self._http.send(request)
        except Unreadable as error:
            message = f"The file is larger than {max_size} bytes."
            raise _unusable("too_large", message) from error
        _require_success(answer)
        return Downloaded(answer.body, answer.mime)


def _require_success(answer: Answer) -> None:
    if answer.status == 429 or answer.status >= 500:
        raise Transient(f"the server of the file answered {answer.status}")
    if not answer.ok:
        message = f"The server of the file answered {answer.status}. Is the link public?"
        raise _unusable("url_refused", message)


def _unusable(code: str, message: str) -> InvalidDraft:
    return InvalidDraft([Problem("url", code, message)])
