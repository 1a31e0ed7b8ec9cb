"""One table from AWS's errors to ours, row by row."""

from typing import Any

import pytest
from botocore.exceptions import (
    ClientError,
    ConnectTimeoutError,
    EndpointConnectionError,
    IncompleteReadError,
    ReadTimeoutError,
)

from shared.core.errors import Conflict, StoreUnavailable
from shared.store.aws import (
    MISDEPLOYED,
    NOTHING_KNOWN,
    DeploymentFault,
    client_config,
    translated,
)


def refused(code: str, *, status: int = 400, reasons: tuple[str, ...] = ()) -> ClientError:
    answer = {
        "Error": {"Code": code, "Message": "No such table: posts."},
        "ResponseMetadata": {"HTTPStatusCode": status},
        "CancellationReasons": [{"Code": reason} for reason in reasons],
    }
    return ClientError(answer, "PutItem")  # type: ignore[arg-type]  # a shortened answer


def translation(error: Exception) -> Exception:
    try:
        with translated("dynamodb:PutItem"):
            raise error
    except Exception as ours:  # noqa: BLE001 -- whatever it is, the test looks at it
        return ours


@pytest.mark.parametrize("code", sorted(NOTHING_KNOWN))
def test_busy_or_broken_is_unavailable(code: str) -> None:
    found = translation(refused(code))
    assert isinstance(found, StoreUnavailable)
    assert "dynamodb:PutItem" in found.message


def test_any_server_error_is_unavailable() -> None:
    assert isinstance(translation(refused("Strange", status=503)), StoreUnavailable)


@pytest.mark.parametrize("code", sorted(MISDEPLOYED))
def test_a_wrong_deployment_surfaces_with_what_to_do(code: str) -> None:
    found = translation(refused(code))
    assert isinstance(found, DeploymentFault)
    for words in ("dynamodb:PutItem", code, "No such table: posts.", "Deploy the template again"):
        assert words in str(found)


def test_a_failed_condition_is_a_conflict() -> None:
    assert isinstance(translation(refused("ConditionalCheckFailedException")), Conflict)


@pytest.mark.parametrize(
    ("reasons", "kind"),
    [
        (("None", "ConditionalCheckFailed"), Conflict),
        (("TransactionConflict", "ConditionalCheckFailed"), Conflict),
        (("None", "TransactionConflict"), StoreUnavailable),
        (("ProvisionedThroughputExceeded",), StoreUnavailable),
        (("ThrottlingError",), StoreUnavailable),
    ],
)
def test_a_cancelled_transaction_is_judged_by_its_reasons(
    reasons: tuple[str, ...], kind: type[Exception]
) -> None:
    found = translation(refused("TransactionCanceledException", reasons=reasons))
    assert isinstance(found, kind)


@pytest.mark.parametrize("code", ["ValidationException", "SerializationException"])
def test_our_own_mistakes_stay_what_they_are(code: str) -> None:
    error = refused(code)
    assert translation(error) is error


@pytest.mark.parametrize(
    "error",
    [
        EndpointConnectionError(endpoint_url="https://x"),
        ConnectTimeoutError(endpoint_url="https://x"),
        ReadTimeoutError(endpoint_url="https://x"),
        IncompleteReadError(actual_bytes=1, expected_bytes=2),
    ],
)
def test_a_broken_line_is_unavailable(error: Exception) -> None:
    found = translation(error)
    assert isinstance(found, StoreUnavailable)
    assert type(error).__name__ in found.message


def test_other_exceptions_pass() -> None:
    error = KeyError("x")
    assert translation(error) is error


def test_clients_give_up_soon() -> None:
    config: Any = client_config("dynamodb")
    attempts = config.retries["total_max_attempts"]
    # A hung call repeated to the end must leave most of a 60-second invocation.
    assert attempts * (config.connect_timeout + config.read_timeout) < 30
    assert config.signature_version is None
    ssm: Any = client_config("ssm")
    # Hung or throttled to the end, 25 s of a deliverer's 60 are left for its send and its margin.
    hung = ssm.retries["total_max_attempts"] * (ssm.connect_timeout + ssm.read_timeout)
    throttled = sum(min(2**n, 20) for n in range(ssm.retries["total_max_attempts"] - 1))
    assert max(hung, throttled) < 35
    s3: Any = client_config("s3")
    assert s3.signature_version == "s3v4"
    assert s3.read_timeout == config.read_timeout
