"""What a refusal of a Bluesky server means: one table by name, one by status.

A refusal is a status and a name (`{"error": "InvalidSwap", "message": …}`,
https://atproto.com/specs/xrpc, read 2026-11); the name decides, because one status says many
things: a token that has expired, a record that is not there and a text that is too long are all
400 (observed on the reference PDS 0.5.35, 2026-11).
"""

from collections.abc import Callable, Mapping, Sequence
from enum import Enum

from shared.core.errors import (
    AccessRevoked,
    Ambiguous,
    CredentialExpired,
    Gone,
    PlatformError,
    Problem,
    RateLimited,
    Rejected,
    Transient,
    Unprepared,
    Unreadable,
)
from shared.core.models import Millis
from shared.platforms.base import as_object, maybe_text
from shared.platforms.rate import retry_at
from shared.platforms.request import Answer, host_of

_SHOWN = 300


class Means(Enum):
    """What a refusal tells us to do."""

    EXPIRED = "refresh the session and repeat"
    REVOKED = "a person must connect again"
    CONTENT = "this content is refused"
    TOO_LARGE = "a smaller file may be taken"
    SWAPPED = "something else stands there"
    UNPREPARED = "upload again"
    MISSING = "there is no such thing"
    BUSY = "ask again at the reset"
    LATER = "nothing happened; try again"
    UNKNOWN = "it may have happened"
    MOVED = "the server is elsewhere"


NAMED: Mapping[str, Means] = {
    "ExpiredToken": Means.EXPIRED,
    "InvalidToken": Means.EXPIRED,
    "AuthMissing": Means.EXPIRED,
    # What an entrance turns into ExpiredToken, from a server behind it:
    "AccountNotFound": Means.EXPIRED,
    "AuthenticationRequired": Means.REVOKED,
    "AuthFactorTokenRequired": Means.REVOKED,
    "AccountTakedown": Means.REVOKED,
    "AccountSuspended": Means.REVOKED,
    "AccountDeactivated": Means.REVOKED,
    "RepoTakendown": Means.REVOKED,
    "RepoSuspended": Means.REVOKED,
    "RepoDeactivated": Means.REVOKED,
    "InvalidSwap": Means.SWAPPED,
    "RecordNotFound": Means.MISSING,
    "NotFound": Means.MISSING,
    "HandleNotFound": Means.MISSING,
    "BlobNotFound": Means.UNPREPARED,
    "PayloadTooLarge": Means.TOO_LARGE,
    "RateLimitExceeded": Means.BUSY,
    "InvalidRequest": Means.CONTENT,
    "MethodNotImplemented": Means.CONTENT,
    # What the AppView says of the token that the account's server vouches with, not of ours:
    "BadJwt": Means.LATER,
    "BadJwtAudience": Means.LATER,
    "BadJwtIss": Means.LATER,
    "BadJwtLexiconMethod": Means.LATER,
    "BadJwtSignature": Means.LATER,
    "BadJwtType": Means.LATER,
    "JwtExpired": Means.LATER,
    "MissingJwt": Means.LATER,
    "UntrustedIss": Means.LATER,
    "UpstreamFailure": Means.UNKNOWN,
    "UpstreamTimeout": Means.UNKNOWN,
    "InternalServerError": Means.UNKNOWN,
    "NotEnoughResources": Means.UNKNOWN,
}
"""Errors of the lexicons and of the reference server by name, whatever their status
(https://github.com/bluesky-social/atproto packages/pds and packages/xrpc, read 2026-11)."""

BY_STATUS: Mapping[int, Means] = {
    401: Means.EXPIRED,
    408: Means.LATER,
    413: Means.TOO_LARGE,
    421: Means.LATER,
    425: Means.LATER,
    429: Means.BUSY,
}
"""For names that we do not know and answers without one. Every other 3xx is `MOVED`, every other
4xx `CONTENT`, everything else `UNKNOWN`."""

_HOW = "Make a new one on bsky.app under Settings, Privacy and security, App passwords."
_TAKEN_DOWN = "account_taken_down", "The account has been taken down by its server."
_SUSPENDED = "account_suspended", "The account is suspended by its server."
_DEACTIVATED = "account_deactivated", "The account is deactivated; activate it first."
LOST: Mapping[str, tuple[str, str]] = {
    "AuthenticationRequired": (
        "sign_in_refused",
        f"The handle or the app password is wrong, or it was revoked. {_HOW}",
    ),
    "AuthFactorTokenRequired": (
        "app_password_needed",
        "This is the account's own password, which asks for a code by e-mail. Use an app password."
        f" {_HOW}",
    ),
    "AccountTakedown": _TAKEN_DOWN,
    "RepoTakendown": _TAKEN_DOWN,
    "AccountSuspended": _SUSPENDED,
    "RepoSuspended": _SUSPENDED,
    "AccountDeactivated": _DEACTIVATED,
    "RepoDeactivated": _DEACTIVATED,
}
"""Why only a person can go on: our code for it, and what to tell them."""


class Swapped(Rejected):
    """Something else stands at this key, or it changed since we last saw it."""


class TooLarge(Rejected):
    """The server takes no file of this size."""


class Refused(Rejected):
    """Anything else that was refused; `name` is the server's own word for it."""

    def __init__(self, name: str, problems: Sequence[Problem]) -> None:
        super().__init__(problems)
        self.name = name


def said(answer: Answer) -> Mapping[str, object]:
    """The JSON object that came back; empty when none did."""
    try:
        return as_object(answer.json(), "the answer")
    except Unreadable:
        return {}


def meaning(answer: Answer) -> Means:
    known = NAMED.get(maybe_text(said(answer), "error")) or BY_STATUS.get(answer.status)
    if known is not None:
        return known
    return {3: Means.MOVED, 4: Means.CONTENT}.get(answer.status // 100, Means.UNKNOWN)


def lost(name: str, otherwise: str) -> AccessRevoked:
    code, words = LOST.get(name, ("needs_reconnect", otherwise))
    return AccessRevoked(words, code=code)


def refusal(answer: Answer, *, safe: bool, now: Millis) -> PlatformError:
    """The error that a refusal means; `safe`: repeating the request could do no harm."""
    name = maybe_text(said(answer), "error") or f"answer {answer.status}"
    words = maybe_text(said(answer), "message")[:_SHOWN] or name
    host = host_of(answer.url)
    means = meaning(answer)
    if means is Means.BUSY:
        return RateLimited(f"{host}: {words}", at=retry_at(answer.headers, now=now))
    if means is Means.REVOKED:
        return lost(name, f"{host}: {words}")
    if means is Means.CONTENT:
        return Refused(name, [Problem("", "refused", f"{host} refused it: {words}")])
    if means is Means.UNKNOWN and safe:
        return Transient(f"{host}: {words}")
    return _ERRORS[means](f"{host}: {words}")


def _swapped(message: str) -> Swapped:
    return Swapped([Problem("", "changed_elsewhere", message)])


def _too_large(message: str) -> TooLarge:
    return TooLarge([Problem("media", "media_too_large", message)])


def _moved(message: str) -> Rejected:
    words = f"{message}. The server is elsewhere: connect the account again with its new address."
    return Rejected([Problem("server", "server_moved", words)])


_ERRORS: Mapping[Means, Callable[[str], PlatformError]] = {
    Means.EXPIRED: CredentialExpired,
    Means.TOO_LARGE: _too_large,
    Means.SWAPPED: _swapped,
    Means.UNPREPARED: Unprepared,
    Means.MISSING: Gone,
    Means.LATER: Transient,
    Means.UNKNOWN: Ambiguous,
    Means.MOVED: _moved,
}
