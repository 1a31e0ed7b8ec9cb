"""Shapes of signing in with an account elsewhere."""

from typing import Annotated

from pydantic import ConfigDict, Field, StringConstraints

from functions.api.schemas.base import Input, Output

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
