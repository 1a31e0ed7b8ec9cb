"""Errors, named by what the caller must do next.

SocialError
├── Unsupported            a bug: a verb the adapter never declared
├── InvalidDraft           the writer must change the draft
├── NotFound               it is missing, or belongs to somebody else
├── Conflict               someone wrote first, or the state no longer allows it
├── StoreUnavailable       nothing is known to be wrong; let the retry happen
└── PlatformError
    ├── Transient          nothing happened; back off
    │   └── Unprepared     nothing happened; what was prepared is gone: prepare again
    ├── RateLimited        nothing happened; park the account until `at`
    ├── Ambiguous          it may have happened: locate first, never resend blindly
    ├── CredentialExpired  refresh once, repeat once
    ├── AccessRevoked      the account needs reconnecting; tell its people
    ├── Rejected           the platform refused this content
    ├── Gone               the remote post was deleted
    └── Unreadable         the answer broke our contract: alarm, fix the adapter

No error is retryable by default: the verdict is the class.
"""

from collections.abc import Sequence

from shared.core.values import dataclass


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong: `where` as a JSON path, a stable `code`, and words that say how to
    mend it. `rule`: the name of the brand's own rule that found it, if one did.
    """

    where: str
    code: str
    message: str
    rule: str = ""


class SocialError(Exception):
    """Base of every error that Tidings raises on purpose."""

    code = "error"

    def __init__(self, message: str = "", *, code: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        if code is not None:
            self.code = code


class Unsupported(SocialError):
    code = "unsupported"


class InvalidDraft(SocialError):
    """What was handed in must be changed by the person who wrote it."""

    code = "invalid"

    def __init__(self, problems: Sequence[Problem]) -> None:
        super().__init__("; ".join(p.message for p in problems))
        self.problems = tuple(problems)


class NotFound(SocialError):
    code = "not_found"


class Conflict(SocialError):
    code = "conflict"


class StoreUnavailable(SocialError):
    code = "store_unavailable"


class PlatformError(SocialError):
    code = "platform_error"


class Transient(PlatformError):
    code = "transient"


class Unprepared(Transient):
    code = "unprepared"


class RateLimited(PlatformError):
    """Nothing happened. `at` is the instant (UTC ms) from which the platform will listen again, if
    it said so.
    """

    code = "rate_limited"

    def __init__(self, message: str = "", *, at: int | None = None) -> None:
        super().__init__(message)
        self.at = at


class Ambiguous(PlatformError):
    code = "ambiguous"


class CredentialExpired(PlatformError):
    code = "credential_expired"


class AccessRevoked(PlatformError):
    code = "access_revoked"


class Rejected(PlatformError):
    """The platform looked at this content and refused it; repeating it cannot help."""

    code = "rejected"

    def __init__(self, problems: Sequence[Problem]) -> None:
        super().__init__("; ".join(p.message for p in problems))
        self.problems = tuple(problems)


class Gone(PlatformError):
    code = "gone"


class Unreadable(PlatformError):
    code = "unreadable"
