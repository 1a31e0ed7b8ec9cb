"""Adding people to Cognito, on moto; what moto does not know of, by its answers."""

from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from botocore.stub import Stubber
from moto import mock_aws

from shared.core.errors import StoreUnavailable
from shared.store.directory import CognitoDirectory

EMAIL = "bob@bakery.example"
OPERATION = "admin_create_user"


@pytest.fixture
def client(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "testing")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "testing")
    with mock_aws():
        yield boto3.client("cognito-idp", region_name="us-east-1")


def test_somebody_new_is_known_by_a_proven_address(client: Any) -> None:
    made = client.create_user_pool(PoolName="people", UsernameAttributes=["email"])
    pool = made["UserPool"]["Id"]
    CognitoDirectory(client, pool).welcome(EMAIL)
    (user,) = client.list_users(UserPoolId=pool)["Users"]
    known = {each["Name"]: each["Value"] for each in user["Attributes"]}
    assert (known["email"], known["email_verified"]) == (EMAIL, "true")
    assert user["UserStatus"] == "FORCE_CHANGE_PASSWORD"


@pytest.mark.parametrize("again", [None, "UnsupportedUserStateException"])
def test_somebody_known_gets_another_mail_unless_they_have_a_password(
    client: Any, again: str | None
) -> None:
    with Stubber(client) as answers:
        answers.add_client_error(OPERATION, "UsernameExistsException")
        resent = {
            "UserPoolId": "pool",
            "Username": EMAIL,
            "DesiredDeliveryMediums": ["EMAIL"],
            "MessageAction": "RESEND",
        }
        if again is None:
            answers.add_response(OPERATION, {}, resent)
        else:
            answers.add_client_error(OPERATION, again, expected_params=resent)
        CognitoDirectory(client, "pool").welcome(EMAIL)
        answers.assert_no_pending_responses()


@pytest.mark.parametrize("code", ["LimitExceededException", "CodeDeliveryFailureException"])
def test_a_mail_that_cannot_be_sent_is_said(client: Any, code: str) -> None:
    with Stubber(client) as answers:
        answers.add_client_error(OPERATION, code)
        with pytest.raises(StoreUnavailable):
            CognitoDirectory(client, "pool").welcome(EMAIL)
