"""The issuer that people sign in with: where to send them, and who it says came back.

OpenID Connect: https://openid.net/specs/openid-connect-core-1_0.html, part 3.1, and -discovery-1_0,
part 4 (read 2026-11-22). The code is exchanged here rather than by the browser: then no token is
ever where a script could read it, the page's policy needs no exception, and an issuer need not
allow foreign pages to call it. The library that checks signatures is loaded with the first code.
"""

import re
import warnings
from collections.abc import Callable, Mapping
from contextlib import suppress
from functools import cached_property
from typing import TYPE_CHECKING, Any

from shared.core.errors import Ambiguous, Transient, Unreadable
from shared.core.issuers import Arrival, Entrance, IdentityRefused, Registration
from shared.core.models import MINUTE, SECOND, Millis
from shared.core.ports import Clock
from shared.platforms.request import Answer, Http, Request

if TYPE_CHECKING:
    from joserfc.jwk import Key, KeySet

ALGORITHMS = ("RS256", "ES256", "EdDSA")
"""RS256 is what every issuer must offer (Core, 15.1). Never `none`, never a shared secret."""
KINDS = frozenset({"EC", "OKP", "RSA"})
LEEWAY_S = 60
"""How far the issuer's clock may be from ours."""
KEPT: Millis = MINUTE
"""Nobody makes us fetch the issuer's keys more often, whatever key they name."""
TIMEOUT: Millis = 8 * SECOND
"""Three requests of a first sign-in fit before API Gateway gives up on us."""
QUIET: Millis = 5 * SECOND
"""How long an issuer that did not answer is left alone: strangers may ask us to ask it."""
SCOPE = "openid email"
_ERROR = re.compile(r"[a-z_]{1,40}")
_JSON = {"Accept": "application/json"}
_MALFORMED = (KeyError, TypeError, ValueError)
"""What the library lets through where something is not shaped as it should be."""


class OidcIssuer:
    """Implements `shared.core.issuers.Issuer`. `http` is called when it is first needed."""

    def __init__(self, known: Registration, http: Callable[[], Http], clock: Clock) -> None:
        self._known, self._make_http, self._clock = known, http, clock
        self._keys: KeySet | None = None
        self._fetched: Millis = 0
        self._quiet_until: Millis = 0

    def entrance(self) -> Entrance:
        return Entrance(
            name=self._known.name,
            issuer=self._text("issuer"),
            authorization_endpoint=self._address("authorization_endpoint"),
            end_session_endpoint=self._address("end_session_endpoint")
            if "end_session_endpoint" in self._document
            else None,
            client_id=self._known.client_id,
            scope=SCOPE,
        )

    def email_of(self, arrival: Arrival) -> str:
        claims = self._verified(self._exchanged(arrival), arrival.nonce)
        email = claims.get("email")
        if not isinstance(email, str) or not email:
            words = f"{self._known.name} did not say your e-mail address, which is needed here."
            raise IdentityRefused(words, code="no_email")
        # A text in the tokens of some issuers, Amazon's among them.
        if claims.get("email_verified") not in (True, "true") and not self._known.any_email:
            words = f"{self._known.name} has not verified the address {email[:254]} yet."
            raise IdentityRefused(words, code="email_not_verified")
        return email

    @cached_property
    def _http(self) -> Http:
        return self._make_http()

    @cached_property
    def _document(self) -> Mapping[str, object]:
        """What the issuer says of itself; read once in a process."""
        url = self._known.issuer.rstrip("/") + "/.well-known/openid-configuration"
        document = self._read(url)
        said = document.get("issuer")
        # With or without the slash at the end is the same to people, and they type it.
        if not isinstance(said, str) or said.rstrip("/") != self._known.issuer.rstrip("/"):
            shown = said[:200] if isinstance(said, str) else "nothing"
            raise Unreadable(f"{self._known.issuer} calls itself {shown}: correct OidcIssuer")
        return document

    def _text(self, name: str) -> str:
        value = self._document.get(name)
        if not isinstance(value, str):
            raise Unreadable(f"{self._known.issuer} does not say its {name}")
        return value

    def _address(self, name: str) -> str:
        """An address that a browser or we will go to: as safe as any that a person hands us."""
        url = self._text(name)
        self._http.guard.check(url)
        return url

    def _read(self, url: str) -> Mapping[str, object]:
        answer = self._asked(Request("GET", url, headers=_JSON, safe=True, timeout=TIMEOUT))
        if not answer.ok:
            raise Unreadable(f"{url} answered {answer.status}")
        return _object(answer)

    def _asked(self, request: Request) -> Answer:
        """Also a code that may have been used up is only one to be asked for anew."""
        if self._clock.now() < self._quiet_until:
            raise self._away()
        try:
            answer = self._http.send(request)
        except (Ambiguous, Transient) as error:
            raise self._away() from error
        if answer.status == 429 or answer.status >= 500:
            raise self._away()
        return answer

    def _away(self) -> Transient:
        now = self._clock.now()
        if now >= self._quiet_until:
            self._quiet_until = now + QUIET
        words = f"{self._known.name} does not answer at present; try again in a moment."
        return Transient(words, code="issuer_away")

    def _exchanged(self, arrival: Arrival) -> str:
        """The ID token for a code, which the issuer takes once."""
        form = {
            "grant_type": "authorization_code",
            "client_id": self._known.client_id,
            "code": arrival.code,
            "code_verifier": arrival.verifier,
            "redirect_uri": arrival.redirect_uri,
        }
        url = self._text("token_endpoint")
        answer = self._asked(Request("POST", url, headers=_JSON, form=form, timeout=TIMEOUT))
        found = _object(answer)
        if not answer.ok:
            said = str(found.get("error", ""))
            why = said if _ERROR.fullmatch(said) else str(answer.status)
            words = f"{self._known.name} did not accept this sign-in ({why}); sign in again."
            raise IdentityRefused(words, code="code_refused")
        token = found.get("id_token")
        if not isinstance(token, str):
            raise Unreadable(f"{self._known.issuer} answered without an ID token")
        return token

    def _verified(self, token: str, nonce: str) -> Mapping[str, object]:
        """The claims of a token that is the issuer's own, for us, now, and for this question."""
        from joserfc import jws, jwt
        from joserfc.errors import JoseError, SecurityWarning

        rules = jwt.JWTClaimsRegistry(
            now=self._clock.now() // SECOND,
            leeway=LEEWAY_S,
            iss={"essential": True, "value": self._text("issuer")},
            aud={"essential": True, "value": self._known.client_id},
            azp={"value": self._known.client_id},
            exp={"essential": True},
            iat={"essential": True},
            nonce={"essential": True, "value": nonce},
        )
        registry = jws.JWSRegistry(algorithms=ALGORITHMS, strict_check_header=False)
        try:
            with warnings.catch_warnings():
                # EdDSA has a newer name (RFC 9864) that issuers do not use yet.
                warnings.simplefilter("ignore", SecurityWarning)
                claims = jwt.decode(token, self._key_of, ALGORITHMS, registry).claims
            rules.validate(claims)
        except (JoseError, *_MALFORMED) as error:
            words = f"What {self._known.name} sent proves nothing ({_named(error)}); sign in again."
            raise IdentityRefused(words) from error
        return claims

    def _key_of(self, token: Any) -> "Key":
        """The key that signed, by its id; fetched anew when it is not among those we know."""
        from joserfc.errors import InvalidKeyIdError

        kid = token.headers().get("kid")
        if self._keys is not None:
            try:
                return self._keys.get_by_kid(kid)
            except InvalidKeyIdError:
                if self._clock.now() < self._fetched + KEPT:
                    raise
        self._keys = _key_set(self._read(self._text("jwks_uri")))
        self._fetched = self._clock.now()
        return self._keys.get_by_kid(kid)


def _key_set(document: Mapping[str, object]) -> "KeySet":
    """Those that we can use; an issuer may have others, for others."""
    from joserfc.errors import JoseError
    from joserfc.jwk import JWKRegistry, KeySet

    listed = document.get("keys")
    found: list[Key] = []
    for each in listed if isinstance(listed, list) else ():
        if isinstance(each, dict) and each.get("kty") in KINDS and each.get("use") != "enc":
            with suppress(JoseError, *_MALFORMED):
                found.append(JWKRegistry.import_key(each))
    return KeySet(found)


def _object(answer: Answer) -> Mapping[str, object]:
    found = answer.json()
    if not isinstance(found, dict):
        raise Unreadable(f"answer {answer.status} is not an object")
    return found


def _named(error: Exception) -> str:
    """What was wrong, by the library's name for it: never a part of the token."""
    return str(getattr(error, "error", "") or type(error).__name__)
