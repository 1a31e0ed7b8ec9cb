"""An OpenID Connect provider in memory: codes with PKCE, signed ID tokens, keys that rotate.

It refuses what a provider must refuse (RFC 6749, RFC 7636), and lies where a test asks it to.
"""

import base64
import hashlib
import hmac
import json
import secrets
import warnings
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl

from joserfc import jws
from joserfc.errors import SecurityWarning
from joserfc.jwk import ECKey, OKPKey, RSAKey

from tests.fakes.wire import Sent, Step, answer

CLIENT = "tidings-page"
WELL_KNOWN = "/.well-known/openid-configuration"
OwnKey = ECKey | OKPKey | RSAKey
MAKERS: Mapping[str, Callable[[str], OwnKey]] = {
    "RS256": lambda kid: RSAKey.generate_key(2048, {"kid": kid, "use": "sig", "alg": "RS256"}),
    "ES256": lambda kid: ECKey.generate_key("P-256", {"kid": kid, "use": "sig", "alg": "ES256"}),
    "EdDSA": lambda kid: OKPKey.generate_key("Ed25519", {"kid": kid, "use": "sig"}),
}


@dataclass(frozen=True)
class Grant:
    """What a code stands for."""

    email: str
    nonce: str
    challenge: str
    redirect_uri: str


@dataclass
class Provider:
    """`now` answers seconds. `claims` are put over what a token would truthfully say; None takes
    one away. `sign` replaces how tokens are signed.
    """

    url: str
    now: Callable[[], int]
    redirect_uris: set[str] = field(default_factory=set)
    claims: dict[str, object] = field(default_factory=dict)
    sign: Callable[[Mapping[str, object]], str] | None = None
    keys: list[OwnKey] = field(default_factory=list)
    published: list[Mapping[str, Any]] = field(default_factory=list)
    """What stands beside its own keys."""
    grants: dict[str, Grant] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if not self.keys:
            self.rotate("ES256")

    def rotate(self, algorithm: str) -> None:
        """Another key signs from now on, and nobody knows the one before."""
        self.algorithm = algorithm
        self.keys = [MAKERS[algorithm](secrets.token_hex(4))]

    def document(self) -> dict[str, object]:
        return {
            "issuer": self.url,
            "authorization_endpoint": f"{self.url}/authorize",
            "token_endpoint": f"{self.url}/token",
            "jwks_uri": f"{self.url}/jwks",
            "end_session_endpoint": f"{self.url}/logout",
            "response_types_supported": ["code"],
            "subject_types_supported": ["public"],
            "id_token_signing_alg_values_supported": [self.algorithm],
        }

    def key_set(self) -> dict[str, object]:
        return {"keys": [*(key.as_dict(private=False) for key in self.keys), *self.published]}

    def granted(self, email: str, *, nonce: str, challenge: str, redirect_uri: str) -> str:
        """A code, for somebody who agreed."""
        code = secrets.token_urlsafe(16)
        self.grants[code] = Grant(email, nonce, challenge, redirect_uri)
        return code

    def exchanged(self, form: Mapping[str, str]) -> tuple[int, dict[str, object]]:
        """The token endpoint's answer; a code is used up by the first attempt."""
        if form.get("grant_type") != "authorization_code":
            return 400, {"error": "unsupported_grant_type"}
        if form.get("client_id") != CLIENT:
            return 401, {"error": "invalid_client"}
        grant = self.grants.pop(form.get("code", ""), None)
        if grant is None or grant.redirect_uri != form.get("redirect_uri"):
            return 400, {"error": "invalid_grant"}
        if challenge_of(form.get("code_verifier", "")) != grant.challenge:
            return 400, {"error": "invalid_grant"}
        token = {"access_token": "unused", "token_type": "Bearer", "expires_in": 300}
        return 200, token | {"id_token": self.token(grant)}

    def token(self, grant: Grant) -> str:
        said: dict[str, object] = {
            "iss": self.url,
            "aud": CLIENT,
            "sub": hashlib.sha256(grant.email.encode()).hexdigest()[:16],
            "iat": self.now(),
            "exp": self.now() + 300,
            "nonce": grant.nonce,
            "email": grant.email,
            "email_verified": True,
        }
        told = {name: v for name, v in (said | self.claims).items() if v is not None}
        if self.sign is not None:
            return self.sign(told)
        return signed(told, self.keys[0], self.algorithm)


def wired(provider: Provider, broken: Mapping[str, Step]) -> Callable[[Sent], Step]:
    """Its endpoints for the HTTP client's wire; `broken` are paths that answer something else."""
    told = {WELL_KNOWN: provider.document, "/jwks": provider.key_set}

    def route(sent: Sent) -> Step:
        path = sent.url.partition("?")[0].removeprefix(provider.url)
        if path in broken:
            return broken[path]
        if path == "/token":
            return answer(*provider.exchanged(dict(parse_qsl(sent.body.decode()))))
        return answer(200, told[path]())

    return route


def signed(claims: Mapping[str, object], key: OwnKey, algorithm: str) -> str:
    """A token by one of the algorithms that the key knows."""
    named = {"alg": algorithm, "typ": "JWT", "kid": key.kid}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", SecurityWarning)  # EdDSA, by its old name
        return jws.serialize_compact(named, json.dumps(dict(claims)), key, list(MAKERS))


def unsigned(claims: Mapping[str, object], key: OwnKey) -> str:
    """Whoever takes this takes anything."""
    return f"{_unsigned(claims, key, 'none')}."


def confused(claims: Mapping[str, object], key: OwnKey) -> str:
    """The public key taken for a shared secret: works where HS256 is taken beside RS256."""
    text = _unsigned(claims, key, "HS256")
    secret = key.as_pem(private=False)
    return f"{text}.{_b64(hmac.digest(secret, text.encode(), 'sha256'))}"


def _unsigned(claims: Mapping[str, object], key: OwnKey, algorithm: str) -> str:
    named = {"alg": algorithm, "typ": "JWT", "kid": key.kid}
    return ".".join(_b64(json.dumps(part).encode()) for part in (named, dict(claims)))


def challenge_of(verifier: str) -> str:
    """S256 of RFC 7636."""
    return _b64(hashlib.sha256(verifier.encode()).digest())


def _b64(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()
