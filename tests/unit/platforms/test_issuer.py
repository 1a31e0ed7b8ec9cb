"""Who an issuer says came back, and everything that proves nothing."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace

import httpx
import pytest
from joserfc.jwk import RSAKey

from shared.core.errors import Transient, Unreadable
from shared.core.issuers import Arrival, IdentityRefused, Registration
from shared.core.models import MINUTE, SECOND
from shared.platforms.guard import ServerRefused
from shared.platforms.issuer import QUIET, OidcIssuer
from tests.fakes.provider import (
    CLIENT,
    WELL_KNOWN,
    Provider,
    challenge_of,
    confused,
    signed,
    unsigned,
    wired,
)
from tests.fakes.time import FakeClock
from tests.fakes.wire import Step, Wire, answer, client

URL = "https://id.example/team"
HOME = "https://tidings.example/"
VERIFIER = "v" * 43
NONCE = "n" * 22
DOCUMENT = Provider(URL, lambda: 0).document()


@dataclass
class Scene:
    """One issuer on a wire, and somebody who comes back from it."""

    clock: FakeClock = field(default_factory=FakeClock)
    known: Registration = field(default_factory=lambda: Registration(URL, CLIENT, "Example ID"))
    broken: dict[str, Step] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.provider = Provider(URL, lambda: self.clock.now() // SECOND)
        self.wire = Wire(wired(self.provider, self.broken))
        self.issuer = OidcIssuer(self.known, lambda: client(self.wire), self.clock)

    def arrival(self, *, email: str = "ada@bakery.example") -> Arrival:
        code = self.provider.granted(
            email, nonce=NONCE, challenge=challenge_of(VERIFIER), redirect_uri=HOME
        )
        return Arrival(code, VERIFIER, NONCE, HOME)

    def email(self) -> str:
        return self.issuer.email_of(self.arrival())

    def refused(self, arrival: Arrival | None = None) -> str:
        with pytest.raises(IdentityRefused) as caught:
            self.issuer.email_of(arrival or self.arrival())
        return f"{caught.value.code}: {caught.value.message}"

    def asked(self, place: str) -> int:
        return sum(sent.path.endswith(place) for sent in self.wire.sent)


@pytest.fixture
def scene() -> Scene:
    return Scene()


def test_a_browser_is_told_where_to_go(scene: Scene) -> None:
    found = scene.issuer.entrance()
    assert found.authorization_endpoint == f"{URL}/authorize"
    assert found.end_session_endpoint == f"{URL}/logout"
    assert (found.name, found.client_id, found.scope) == ("Example ID", CLIENT, "openid email")
    scene.issuer.entrance()
    assert len(scene.wire.sent) == 1


@pytest.mark.parametrize("algorithm", ["RS256", "ES256", "EdDSA"])
def test_whoever_comes_back_is_known_by_a_verified_address(scene: Scene, algorithm: str) -> None:
    scene.provider.rotate(algorithm)
    assert scene.email() == "ada@bakery.example"
    assert scene.email() == "ada@bakery.example"
    assert [scene.asked(place) for place in ("openid-configuration", "jwks", "token")] == [1, 1, 2]


@pytest.mark.parametrize(
    ("claims", "why"),
    [
        ({"iss": "https://id.example/other"}, "invalid_claim"),
        ({"iss": None}, "missing_claim"),
        ({"aud": "another-client"}, "invalid_claim"),
        ({"aud": ["another-client", CLIENT], "azp": "another-client"}, "invalid_claim"),
        ({"aud": None}, "missing_claim"),
        ({"exp": 1}, "expired_token"),
        ({"exp": None}, "missing_claim"),
        ({"iat": 9_999_999_999}, "invalid_claim"),
        ({"nbf": 9_999_999_999}, "invalid_claim"),
        ({"nonce": "m" * 22}, "invalid_claim"),
        ({"nonce": None}, "missing_claim"),
        ({"email": None}, "no_email"),
        ({"email": ["ada@bakery.example"]}, "no_email"),
        ({"email_verified": False}, "email_not_verified"),
        ({"email_verified": None}, "email_not_verified"),
        ({"email_verified": "false"}, "email_not_verified"),
    ],
)
def test_what_a_token_says_must_be_for_us_and_now(
    scene: Scene, claims: dict[str, object], why: str
) -> None:
    scene.provider.claims = claims
    assert why in scene.refused()


@pytest.mark.parametrize(
    "claims",
    [
        {"aud": [CLIENT], "azp": CLIENT},
        {"email_verified": "true"},
        {"nbf": 0},
    ],
)
def test_other_true_ways_to_say_it(scene: Scene, claims: dict[str, object]) -> None:
    scene.provider.claims = claims
    assert scene.email() == "ada@bakery.example"


def test_clocks_may_differ_by_a_minute(scene: Scene) -> None:
    scene.provider.now = lambda: scene.clock.now() // SECOND + 59
    assert scene.email()
    scene.provider.now = lambda: scene.clock.now() // SECOND - 359
    assert scene.email()
    scene.provider.now = lambda: scene.clock.now() // SECOND - 361
    assert "expired_token" in scene.refused()


def test_an_issuer_may_be_trusted_with_addresses_that_it_did_not_verify() -> None:
    scene = Scene(known=Registration(URL, CLIENT, "Company", any_email=True))
    scene.provider.claims = {"email_verified": None}
    assert scene.email() == "ada@bakery.example"


def test_no_other_signature_counts(scene: Scene) -> None:
    provider = scene.provider
    provider.rotate("RS256")
    own = provider.keys[0]
    impostor = RSAKey.generate_key(2048, {"kid": str(own.kid)})
    forgeries: list[Callable[..., str]] = [
        lambda claims: unsigned(claims, own),
        lambda claims: confused(claims, own),
        lambda claims: signed(claims, impostor, "RS256"),
        lambda claims: signed(claims, own, "RS256")[:-4] + "AAAA",
        lambda claims: "not.a.token",
        lambda claims: "",
    ]
    for forge in forgeries:
        provider.sign = forge
        assert scene.refused().startswith("identity_refused")
    provider.sign = None
    assert scene.email()


def test_a_new_key_is_fetched_but_not_at_every_strangers_wish(scene: Scene) -> None:
    scene.email()
    scene.provider.rotate("ES256")
    assert "invalid_key_id" in scene.refused()
    assert scene.asked("jwks") == 1
    scene.clock.advance(MINUTE)
    assert scene.email()
    assert scene.asked("jwks") == 2
    other = Provider(URL, scene.provider.now)
    scene.provider.sign = lambda claims: signed(claims, other.keys[0], "ES256")
    for _ in range(3):
        scene.refused()
    assert scene.asked("jwks") == 2


def test_keys_that_we_cannot_use_are_not_in_the_way(scene: Scene) -> None:
    scene.provider.rotate("RS256")
    strange = {"kty": "EC", "crv": "P-999", "x": "AA", "y": "AA", "kid": "1"}
    secret = {"kty": "oct", "k": "c2VjcmV0", "kid": "2"}
    sealing = scene.provider.keys[0].as_dict(private=False) | {"use": "enc", "alg": "RSA-OAEP"}
    scene.provider.published = [strange, secret, sealing]
    assert scene.email()


@pytest.mark.parametrize(
    "wrong",
    [
        {"code": "never-given"},
        {"verifier": "w" * 43},
        {"redirect_uri": "https://evil.example/"},
    ],
)
def test_a_code_is_for_the_browser_that_asked(scene: Scene, wrong: dict[str, str]) -> None:
    arrival = replace(scene.arrival(), **wrong)
    assert scene.refused(arrival).startswith("code_refused")
    assert "invalid_grant" in scene.refused(arrival)


def test_a_code_works_once(scene: Scene) -> None:
    arrival = scene.arrival()
    assert scene.issuer.email_of(arrival)
    assert "invalid_grant" in scene.refused(arrival)


@pytest.mark.parametrize("place", [WELL_KNOWN, "/jwks", "/token"])
@pytest.mark.parametrize("step", [httpx.ConnectError("down"), answer(503), answer(429)])
def test_an_issuer_that_is_down_is_away_and_may_come_back(
    scene: Scene, place: str, step: Step
) -> None:
    scene.broken |= {place: step}
    for _ in range(3):
        with pytest.raises(Transient, match="Example ID does not answer at present"):
            scene.email()
    assert scene.asked(place) == 1
    scene.broken.clear()
    scene.clock.advance(QUIET)
    assert scene.email()


@pytest.mark.parametrize(
    ("place", "step"),
    [
        (WELL_KNOWN, answer(404)),
        (WELL_KNOWN, answer(200, b"<html>")),
        (WELL_KNOWN, answer(200, DOCUMENT | {"issuer": "https://else.example"})),
        (WELL_KNOWN, answer(200, {"issuer": URL})),
        (WELL_KNOWN, answer(200, [])),
        ("/token", answer(200, {"access_token": "a"})),
        ("/token", answer(400, b"no")),
        ("/jwks", answer(404)),
    ],
)
def test_an_issuer_that_makes_no_sense_is_unreadable(scene: Scene, place: str, step: Step) -> None:
    scene.broken |= {place: step}
    with pytest.raises(Unreadable):
        scene.email()


@pytest.mark.parametrize(
    "named",
    [
        {"authorization_endpoint": "http://id.example/authorize"},
        {"authorization_endpoint": "javascript:alert(1)"},
        {"end_session_endpoint": "https://10.0.0.1/logout"},
        {"token_endpoint": "https://169.254.169.254/token"},
        {"jwks_uri": "http://id.example/jwks"},
    ],
)
def test_an_issuer_cannot_send_anybody_where_nobody_may_go(
    scene: Scene, named: dict[str, object]
) -> None:
    document = scene.provider.document() | named
    scene.broken |= {WELL_KNOWN: answer(200, document)}
    with pytest.raises(ServerRefused):
        _ = scene.issuer.entrance(), scene.email()


def test_the_slash_at_the_end_of_an_address_does_not_matter() -> None:
    scene = Scene(known=Registration(f"{URL}/", CLIENT, "Example ID"))
    assert scene.email()


def test_what_was_refused_is_said_without_a_secret(scene: Scene) -> None:
    arrival = replace(scene.arrival(), verifier="w" * 43)
    said = scene.refused(arrival)
    for secret in (arrival.code, arrival.verifier, arrival.nonce):
        assert secret not in said
    scene.broken |= {"/token": answer(400, {"error": "<script>alert(1)</script>"})}
    assert "<script>" not in scene.refused()
    assert "(400)" in scene.refused()
