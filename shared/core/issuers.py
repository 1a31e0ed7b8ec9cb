"""Signing in with an account that somebody else keeps (OpenID Connect), as the api sees it."""

from typing import Protocol

from shared.core.errors import SocialError
from shared.core.values import dataclass


class IdentityRefused(SocialError):
    """What came back does not prove who is there; the person has to begin again."""

    code = "identity_refused"


@dataclass(frozen=True, slots=True)
class Registration:
    """Tidings at an issuer, as the deployment says. `name` is what people call the issuer.

    `any_email`: the issuer is trusted with addresses that it does not say it has verified.
    """

    issuer: str
    client_id: str
    name: str
    any_email: bool = False


@dataclass(frozen=True, slots=True)
class Entrance:
    """What a browser needs to go there. `end_session_endpoint`: where to sign out there, too."""

    name: str
    issuer: str
    authorization_endpoint: str
    end_session_endpoint: str | None
    client_id: str
    scope: str


@dataclass(frozen=True, slots=True)
class Arrival:
    """What a browser brings back. `verifier` proves that it is the one that left (RFC 7636),
    `nonce` that the issuer's answer is to its own question.
    """

    code: str
    verifier: str
    nonce: str
    redirect_uri: str


class Issuer(Protocol):
    """One issuer. Both raise PlatformError when it cannot be reached or understood."""

    def entrance(self) -> Entrance: ...

    def email_of(self, arrival: Arrival) -> str:
        """Whoever came back, by an address that the issuer vouches for.

        Raises IdentityRefused.
        """
        ...


class Directory(Protocol):
    """Where the issuer keeps passwords, if that is ours to fill."""

    def welcome(self, email: str) -> None:
        """Whoever cannot sign in there yet gets a mail with a first password.

        Raises StoreUnavailable when that cannot be sent now.
        """
        ...


@dataclass(frozen=True, slots=True)
class Door:
    """How people come in, beside sign-in links and keys. `owner`: the address of the first owner,
    or empty; `time_zone`: of their first workspace.
    """

    issuer: Issuer
    directory: Directory | None = None
    owner: str = ""
    time_zone: str = "UTC"
