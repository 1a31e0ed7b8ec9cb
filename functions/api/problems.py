"""What can be wrong with a request before it reaches a resource. Statuses are in `app.py`."""

from collections.abc import Sequence

from shared.core.errors import Problem, SocialError


class RequestProblem(SocialError):
    """Base of what the edge refuses. `headers` go into the answer."""

    def __init__(
        self,
        code: str,
        message: str,
        *,
        problems: Sequence[Problem] = (),
        headers: dict[str, str] | None = None,
    ) -> None:
        super().__init__(message, code=code)
        self.problems = tuple(problems)
        self.headers = headers or {}


class BadRequest(RequestProblem):
    """The request cannot be read at all."""


class NotSignedIn(RequestProblem):
    """No key, or one that does not work."""


class NotAllowed(RequestProblem):
    """The key works, but not for this."""


class NoSuchRoute(RequestProblem):
    pass


class WrongMethod(RequestProblem):
    pass


class Stale(RequestProblem):
    """If-Match names an older version."""


class TooLarge(RequestProblem):
    pass


class WrongContentType(RequestProblem):
    pass


class Unprocessable(RequestProblem):
    """It can be read, and something in it must be changed."""
