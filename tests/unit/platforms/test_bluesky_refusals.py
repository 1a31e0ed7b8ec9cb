"""What each refusal of a Bluesky server means: a test for every row of the tables."""

import json

import pytest

from shared.core.errors import (
    AccessRevoked,
    Ambiguous,
    CredentialExpired,
    Gone,
    PlatformError,
    RateLimited,
    Rejected,
    Transient,
    Unprepared,
)
from shared.platforms.bluesky_refusals import (
    BY_STATUS,
    LOST,
    NAMED,
    Means,
    Refused,
    Swapped,
    TooLarge,
    refusal,
)
from shared.platforms.request import Answer
from tests.fakes.time import START

RAISED: dict[Means, type[PlatformError]] = {
    Means.EXPIRED: CredentialExpired,
    Means.REVOKED: AccessRevoked,
    Means.CONTENT: Refused,
    Means.TOO_LARGE: TooLarge,
    Means.SWAPPED: Swapped,
    Means.UNPREPARED: Unprepared,
    Means.MISSING: Gone,
    Means.BUSY: RateLimited,
    Means.LATER: Transient,
    Means.UNKNOWN: Ambiguous,
    Means.MOVED: Rejected,
}
EXPECTED_BY_NAME = {
    ("ExpiredToken", 400): CredentialExpired,
    ("InvalidToken", 400): CredentialExpired,
    ("AuthMissing", 401): CredentialExpired,
    ("AccountNotFound", 403): CredentialExpired,
    ("AuthenticationRequired", 401): AccessRevoked,
    ("AuthFactorTokenRequired", 401): AccessRevoked,
    ("AccountTakedown", 401): AccessRevoked,
    ("AccountSuspended", 401): AccessRevoked,
    ("AccountDeactivated", 401): AccessRevoked,
    ("RepoTakendown", 400): AccessRevoked,
    ("RepoSuspended", 400): AccessRevoked,
    ("RepoDeactivated", 400): AccessRevoked,
    ("InvalidSwap", 400): Swapped,
    ("RecordNotFound", 400): Gone,
    ("NotFound", 400): Gone,
    ("HandleNotFound", 400): Gone,
    ("BlobNotFound", 400): Unprepared,
    ("PayloadTooLarge", 413): TooLarge,
    ("RateLimitExceeded", 429): RateLimited,
    ("InvalidRequest", 400): Refused,
    ("MethodNotImplemented", 501): Refused,
    ("BadJwt", 401): Transient,
    ("BadJwtAudience", 401): Transient,
    ("BadJwtIss", 401): Transient,
    ("BadJwtLexiconMethod", 401): Transient,
    ("BadJwtSignature", 401): Transient,
    ("BadJwtType", 401): Transient,
    ("JwtExpired", 401): Transient,
    ("MissingJwt", 401): Transient,
    ("UntrustedIss", 401): Transient,
    ("UpstreamFailure", 502): Ambiguous,
    ("UpstreamTimeout", 504): Ambiguous,
    ("InternalServerError", 500): Ambiguous,
    ("NotEnoughResources", 503): Ambiguous,
}
EXPECTED_BY_STATUS = {
    301: Rejected,
    400: Refused,
    401: CredentialExpired,
    403: Refused,
    404: Refused,
    405: Refused,
    408: Transient,
    413: TooLarge,
    415: Refused,
    421: Transient,
    425: Transient,
    429: RateLimited,
    500: Ambiguous,
    502: Ambiguous,
    503: Ambiguous,
    504: Ambiguous,
    599: Ambiguous,
    100: Ambiguous,
}


def refused(status: int, name: str = "", message: str = "why", **headers: str) -> Answer:
    named = {key.replace("_", "-"): value for key, value in headers.items()}
    body = json.dumps({"error": name, "message": message}).encode()
    return Answer(status, named, body, "https://pds.example/xrpc/x")


@pytest.mark.parametrize(("row", "kind"), EXPECTED_BY_NAME.items(), ids=lambda row: str(row))
def test_a_name_decides(row: tuple[str, int], kind: type[PlatformError]) -> None:
    name, status = row
    assert type(refusal(refused(status, name), safe=False, now=START)) is kind


def test_every_name_has_a_row_here() -> None:
    assert {name for name, _ in EXPECTED_BY_NAME} == NAMED.keys()
    assert EXPECTED_BY_STATUS.keys() >= BY_STATUS.keys()
    assert set(Means) == set(RAISED)
    assert {RAISED[means] for means in NAMED.values()} <= set(RAISED.values())


@pytest.mark.parametrize(("status", "kind"), EXPECTED_BY_STATUS.items())
@pytest.mark.parametrize("body", [b"", b"<html>", b"[]", b'{"error": "Unheard"}', b'{"error": 7}'])
def test_without_a_known_name_the_status_decides(
    status: int, kind: type[PlatformError], body: bytes
) -> None:
    answer = Answer(status, {}, body, "https://pds.example/xrpc/x")
    assert type(refusal(answer, safe=False, now=START)) is kind


@pytest.mark.parametrize("status", [500, 502, 503, 504])
def test_a_request_that_changes_nothing_is_never_ambiguous(status: int) -> None:
    assert type(refusal(refused(status, "UpstreamFailure"), safe=True, now=START)) is Transient


def test_a_limit_says_until_when() -> None:
    ends = START // 1_000 + 90
    error = refusal(
        refused(429, "RateLimitExceeded", ratelimit_reset=str(ends), ratelimit_policy="30;w=300"),
        safe=False,
        now=START,
    )
    assert isinstance(error, RateLimited)
    assert error.at == ends * 1_000
    silent = refusal(refused(429, "RateLimitExceeded"), safe=False, now=START)
    assert isinstance(silent, RateLimited)
    assert silent.at is None


@pytest.mark.parametrize(("name", "told"), LOST.items())
def test_a_lost_account_says_why(name: str, told: tuple[str, str]) -> None:
    error = refusal(refused(401, name), safe=False, now=START)
    assert (error.code, error.message) == told


def test_the_servers_own_words_are_passed_on_bounded() -> None:
    error = refusal(refused(400, "InvalidRequest", "x" * 5_000), safe=False, now=START)
    assert isinstance(error, Refused)
    assert error.name == "InvalidRequest"
    assert "pds.example refused it: xxx" in error.problems[0].message
    assert len(error.problems[0].message) < 400
