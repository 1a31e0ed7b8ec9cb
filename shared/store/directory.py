"""The people of the stack's own Cognito user pool: added here, so that nobody needs the console."""

from typing import Any

from botocore.exceptions import ClientError

from shared.core.errors import StoreUnavailable
from shared.store.aws import code_of, translated

UNDELIVERED = frozenset({"CodeDeliveryFailureException", "InvalidParameterException"})
"""The address takes no mail, or is none in Cognito's eyes."""


class CognitoDirectory:
    """Implements `shared.core.issuers.Directory`. It takes `cognito-idp:AdminCreateUser`, no more.

    https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_AdminCreateUser.html
    (2026-11-22)
    """

    def __init__(self, client: Any, pool_id: str) -> None:
        self._client, self._pool_id = client, pool_id

    def welcome(self, email: str) -> None:
        known = [{"Name": "email", "Value": email}, {"Name": "email_verified", "Value": "true"}]
        if self._asked(email, {"UserAttributes": known}) != "UsernameExistsException":
            return
        # A first password that was never used and is too old by now is sent anew; whoever has
        # chosen one of their own needs nothing.
        self._asked(email, {"MessageAction": "RESEND"})

    def _asked(self, email: str, more: dict[str, object]) -> str | None:
        """The refusal that is none to us."""
        try:
            with translated("cognito-idp:AdminCreateUser"):
                self._client.admin_create_user(
                    UserPoolId=self._pool_id,
                    Username=email,
                    DesiredDeliveryMediums=["EMAIL"],
                    **more,
                )
        except ClientError as error:
            code = code_of(error)
            if code in {"UsernameExistsException", "UnsupportedUserStateException"}:
                return code
            if code in UNDELIVERED:
                raise StoreUnavailable(f"no mail could be sent: {code}") from error
            raise
        return None
