"""Shapes of signing in, by a link or with an account elsewhere, and of API keys."""

from typing import Annotated

from pydantic import ConfigDict, Field, StringConstraints

from functions.api.schemas.base import GivenId, Input, Name, Output
from shared.core.roles import Role

Unreserved = StringConstraints(pattern=r"^[A-Za-z0-9._~-]{43,128}$")


class OidcWay(Output):
    """An OpenID Connect issuer: authorization code with PKCE (S256), no client secret."""

    name: str = Field(description="What people call it.", examples=["Example ID"])
    issuer: str = Field(examples=["https://id.example.com"])
    authorization_endpoint: str = Field(description="Where the browser goes.")
    end_session_endpoint: str | None = Field(
        description="Where the browser may sign out there, too; null where the issuer has none."
    )
    client_id: str
    scope: str = Field(examples=["openid email"])


class SignInWays(Output):
    """How people sign in here, beside sign-in links and API keys."""

    oidc: OidcWay | None = Field(description="null: this installation has no issuer.")


class OidcSignIn(Input):
    """What the issuer sent the browser back with, and what the browser kept meanwhile."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "code": "SplxlOBeZQQYbYS6WxSbIA",
                    "verifier": "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk",
                    "nonce": "n-0S6_WzA2Mj9gGxF3xW4cYpQ",
                    "redirect_uri": "https://tidings.example.com/",
                }
            ]
        }
    )

    code: Annotated[str, StringConstraints(min_length=1, max_length=4096)]
    verifier: Annotated[str, Unreserved] = Field(
        description="Whose S256 challenge was sent along (RFC 7636)."
    )
    nonce: Annotated[str, StringConstraints(min_length=16, max_length=200)] = Field(
        description="As it was sent along; the issuer's answer must name the same."
    )
    redirect_uri: Annotated[str, StringConstraints(min_length=8, max_length=2000)] = Field(
        description="Where the issuer sent the browser, exactly as it was told to."
    )


class SignIn(Input):
    """The code of a sign-in link: the part behind `#`. It works once."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"code": "cc370eaa2de7e4e5b996cf6cf81400418e6b6023"}]}
    )

    code: Annotated[str, StringConstraints(min_length=1, max_length=200)]


class KeyCreate(Input):
    """Exactly one of `workspace_ids` and `all_workspaces`."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"name": "newsletter", "workspace_ids": ["wsp_01"]}]}
    )

    name: Name
    workspace_ids: Annotated[tuple[GivenId, ...], Field(min_length=1, max_length=50)] | None = None
    all_workspaces: bool = False
    role: Annotated[Role, Field(strict=False)] = Field(
        default=Role.ADMIN,
        description="At most this, and never more than you may yourself: what only reports needs "
        "no more than `viewer`.",
    )
    expires_in_days: Annotated[int, Field(ge=1, le=3650)] | None = Field(
        default=None, description="null: the key works until it is revoked."
    )
