"""How we call AWS: short timeouts, few retries, and one table from its error codes to our errors.

A repeated call is never free of doubt. When the answer to a conditional write is lost, botocore
repeats the call; the first one may have landed, and then the second reports
ConditionalCheckFailed although *we* won. So every conditional write leaves a mark of its own
(`nonce`, see `dynamo.py`) by which it recognises itself. Transactions carry botocore's client
request token, which makes their repetition answer like the first (2026-11-21:
https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_TransactWriteItems.html).
"""

from collections.abc import Iterator
from contextlib import contextmanager

from botocore.config import Config
from botocore.exceptions import (
    ClientError,
    ConnectionError,
    HTTPClientError,
    IncompleteReadError,
)

from shared.core.errors import Conflict, SocialError, StoreUnavailable

CONNECT_TIMEOUT_S = 2
READ_TIMEOUT_S = 5
ATTEMPTS = 3
POOL = 50
SSM_ATTEMPTS = 6
SSM_READ_TIMEOUT_S = 3
"""Parameter Store answers 40 reads a second in an account and Region, whoever asks
(https://docs.aws.amazon.com/general/latest/gr/ssm.html, 2026-11-22), and a crowd of starting
deliverers reads the key of credentials at once. botocore waits up to 1, 2, 4, 8 and 16 s between
attempts that were throttled, each time by chance: 31 s at most, half of it on average. Hung calls
take less. What a send needs after that still fits into a deliverer's 60 s.
"""
_SPECIAL = {
    "s3": Config(signature_version="s3v4", s3={"addressing_style": "virtual"}),
    "dynamodb": Config(parameter_validation=False),
    "ssm": Config(
        read_timeout=SSM_READ_TIMEOUT_S,
        retries={"mode": "standard", "total_max_attempts": SSM_ATTEMPTS},
    ),
}

NOTHING_KNOWN = frozenset(
    {
        "InternalServerError",
        "InternalFailure",
        "InternalError",
        "ServiceUnavailable",
        "ServiceUnavailableException",
        "ProvisionedThroughputExceededException",
        "ProvisionedThroughputExceeded",
        "RequestLimitExceeded",
        "Throttling",
        "ThrottlingException",
        "ThrottlingError",
        "RequestThrottled",
        "RequestTimeout",
        "SlowDown",
        "LimitExceededException",
        "TransactionInProgressException",
        "KMSInternalException",
        "DependencyTimeoutException",
    }
)
"""Too busy or out of order: the same call may work later."""

MISDEPLOYED = frozenset(
    {
        "ResourceNotFoundException",
        "AccessDeniedException",
        "AccessDenied",
        "UnrecognizedClientException",
        "InvalidClientTokenId",
        "AWS.SimpleQueueService.NonExistentQueue",
        "QueueDoesNotExist",
        "NoSuchBucket",
        "NotFoundException",
        "DisabledException",
        "KMSInvalidStateException",
    }
)
"""What was deployed does not fit together: nobody who called can do anything about it."""


class DeploymentFault(Exception):
    """A resource is missing or a role may not use it: the operator must mend the deployment."""


def client_config(service: str) -> Config:
    """For the client of `service`; the pool fits the deliverer's threads.

    DynamoDB is special, because botocore would look through every item before it sends it, which is
    a tenth of a deliverer's CPU; `attributes.py` builds them, tests look, and DynamoDB refuses what
    is malformed. S3 is, because botocore would presign with signature version 2, which newer
    regions refuse, and for the global endpoint, which redirects; the virtual style names the
    region. An endpoint that is an IP address keeps the path style by itself. Systems Manager is,
    because it throttles soon.
    """
    config = Config(
        connect_timeout=CONNECT_TIMEOUT_S,
        read_timeout=READ_TIMEOUT_S,
        retries={"mode": "standard", "total_max_attempts": ATTEMPTS},
        max_pool_connections=POOL,
    )
    return config.merge(_SPECIAL[service]) if service in _SPECIAL else config


def code_of(error: ClientError) -> str:
    return str(error.response.get("Error", {}).get("Code", ""))


def cancellation_codes(error: ClientError) -> list[str]:
    """Why each member of a transaction was refused, in order; `None` for those that were not."""
    reasons = error.response.get("CancellationReasons", [])
    return [str(reason.get("Code", "None")) for reason in reasons]


def verdict(error: ClientError, doing: str) -> Exception:
    """Our error for AWS's; an error that the table does not know is answered as it is."""
    code = code_of(error)
    codes = {code, *cancellation_codes(error)} if code == "TransactionCanceledException" else {code}
    status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
    if "ConditionalCheckFailedException" in codes or "ConditionalCheckFailed" in codes:
        return Conflict("somebody else changed it first; read it again", code="stale")
    if codes & {"TransactionConflictException", "TransactionConflict"}:
        return StoreUnavailable(f"{doing}: others keep writing the same items")
    if codes & NOTHING_KNOWN or status >= 500:
        return StoreUnavailable(f"{doing}: {code or status}")
    if codes & MISDEPLOYED:
        words = error.response.get("Error", {}).get("Message", "")
        return DeploymentFault(
            f"AWS refused {doing} ({code}): {words} "
            "Deploy the template again, or compare the function's role and environment with it."
        )
    return error


@contextmanager
def translated(doing: str) -> Iterator[None]:
    """Calls inside raise our errors. `doing` names the call for operators: `dynamodb:PutItem`."""
    try:
        yield
    except ClientError as error:
        ours = verdict(error, doing)
        if ours is error:
            raise
        # Conditional failures are ordinary; their AWS form adds nothing.
        raise ours from (None if isinstance(ours, SocialError) else error)
    except (ConnectionError, HTTPClientError, IncompleteReadError) as error:
        raise StoreUnavailable(f"{doing}: {type(error).__name__}") from error
