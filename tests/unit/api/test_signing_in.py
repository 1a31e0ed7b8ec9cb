"""Coming in with an account elsewhere: who is let in, as what, and for how long."""

from dataclasses import replace
from typing import Any

import pytest

from functions.api.signing_in import KEY_LIFE
from shared.core.errors import StoreUnavailable
from shared.core.issuers import Door, Registration
from shared.core.models import MINUTE, SECOND
from shared.core.people import INVITATION_LIFE
from shared.platforms.issuer import OidcIssuer
from shared.store.aws import DeploymentFault
from tests.fakes.api_world import ApiWorld, Got
from tests.fakes.provider import CLIENT, Provider, challenge_of, wired
from tests.fakes.wire import Step, answer, client

HOME, VERIFIER, NONCE = "https://tidings.example/", "v" * 43, "n" * 22
OWNER = "ada@bakery.example"


class DoorWorld(ApiWorld):
    """With an issuer. `come` is somebody's way back from it."""

    def __post_init__(self) -> None:
        super().__post_init__()
        self.provider = Provider("https://id.example", lambda: self.clock.now() // SECOND)
        self.broken: dict[str, Step] = {}
        known = Registration(self.provider.url, CLIENT, "Example ID")
        wire = wired(self.provider, self.broken)
        issuer = OidcIssuer(known, lambda: client(wire), self.clock)
        self.open(Door(issuer, owner=OWNER, time_zone="Europe/Madrid"))

    def open(self, door: Door | None) -> None:
        self.api = replace(self.api, door=door)

    def come(self, email: str = OWNER, **changed: object) -> Got:
        code = self.provider.granted(
            email, nonce=NONCE, challenge=challenge_of(VERIFIER), redirect_uri=HOME
        )
        body = {"code": code, "verifier": VERIFIER, "nonce": NONCE, "redirect_uri": HOME}
        return self.send("/v1/sign-in/oidc", body | changed, key=None)

    def invite(self, email: str, role: str = "editor") -> Any:
        place = {"workspace_id": "wks_1", "role": role}
        made = self.send("/v1/invitations", {"email": email, "workspaces": [place]})
        assert made.status == 201, made.text
        return made.json

    def me(self, key: str) -> Any:
        return self.get("/v1/me", key=key).json


@pytest.fixture
def world() -> DoorWorld:
    return DoorWorld()


def test_a_browser_learns_where_to_go_without_a_key(world: DoorWorld) -> None:
    found = world.get("/v1/sign-in", key=None)
    assert found.status == 200
    assert found.json["oidc"]["name"] == "Example ID"
    assert found.json["oidc"]["authorization_endpoint"] == "https://id.example/authorize"


def test_an_installation_without_an_issuer_says_so(world: DoorWorld) -> None:
    world.open(None)
    assert world.get("/v1/sign-in", key=None).json == {"oidc": None}
    assert world.come().status == 404


def test_the_first_owner_comes_in_and_the_key_lasts_a_working_day(world: DoorWorld) -> None:
    came = world.come("Ada@Bakery.example")
    assert came.status == 201
    me = world.me(came.json["api_key"])
    assert (me["owner"], me["person"]["email"]) == (True, OWNER)
    world.clock.advance(KEY_LIFE - 1)
    assert world.get("/v1/me", key=came.json["api_key"]).status == 200
    world.clock.advance(1)
    ended = world.get("/v1/me", key=came.json["api_key"])
    assert (ended.status, ended.json["code"]) == (401, "expired_key")


def test_an_installation_with_an_owner_gets_no_other_by_its_settings(world: DoorWorld) -> None:
    code = world.invoke({"action": "sign_in_link", "email": "eve@bakery.example"})["code"]
    assert world.send("/v1/sign-in", {"code": code}, key=None).status == 201
    refused = world.come()
    assert (refused.status, refused.json["code"]) == (403, "not_a_member")


def test_the_very_first_owner_finds_a_workspace() -> None:
    world = DoorWorld()
    world.store.workspace_items.clear()
    world.store.key_items.clear()
    me = world.me(world.come().json["api_key"])
    assert [(w["name"], w["timezone"]) for w in me["workspaces"]] == [
        ("My workspace", "Europe/Madrid")
    ]


def test_a_stranger_is_told_whom_to_ask(world: DoorWorld) -> None:
    refused = world.come("mallory@else.example")
    assert (refused.status, refused.json["code"]) == (403, "not_a_member")
    assert "Example ID knows you as mallory@else.example" in refused.json["detail"]
    assert "Ask an owner" in refused.json["detail"]
    assert "mallory" not in repr(world.store.key_items)


def test_whoever_was_invited_comes_in_without_the_link(world: DoorWorld) -> None:
    invited = world.invite("bob@bakery.example")
    me = world.me(world.come("bob@bakery.example").json["api_key"])
    assert [(w["id"], w["role"]) for w in me["workspaces"]] == [("wks_1", "editor")]
    again = world.send("/v1/invitations/accept", {"code": invited["code"], "name": "x"}, key=None)
    assert again.json["code"] == "bad_invitation"
    assert world.come("bob@bakery.example").status == 201


def test_an_old_invitation_lets_nobody_in(world: DoorWorld) -> None:
    world.invite("bob@bakery.example")
    world.clock.advance(INVITATION_LIFE)
    assert world.come("bob@bakery.example").status == 403


def test_an_invitation_of_somebody_who_was_put_out_lets_nobody_in(world: DoorWorld) -> None:
    world.invite("admin@bakery.example", "admin")
    key = world.come("admin@bakery.example").json["api_key"]
    place = {"workspace_id": "wks_1", "role": "admin"}
    body = {"email": "alias@else.example", "workspaces": [place]}
    assert world.send("/v1/invitations", body, key=key).status == 201
    world.delete(f"/v1/members/{world.me(key)['person']['id']}")
    refused = world.come("alias@else.example")
    assert (refused.status, refused.json["code"]) == (403, "not_a_member")


def test_a_role_that_is_taken_away_is_gone_at_once(world: DoorWorld) -> None:
    world.invite("bob@bakery.example")
    key = world.come("bob@bakery.example").json["api_key"]
    assert world.get("/v1/posts", key=key).status == 200
    person = world.me(key)["person"]["id"]
    assert world.delete(f"/v1/members/{person}").status in {200, 204}
    assert world.get("/v1/posts", key=key).status in {401, 403}
    assert world.come("bob@bakery.example").status == 403


def test_what_proves_nothing_is_refused_and_said(world: DoorWorld) -> None:
    refused = world.come(verifier="w" * 43)
    assert (refused.status, refused.json["code"]) == (401, "code_refused")
    world.provider.claims = {"nonce": "m" * 22}
    refused = world.come()
    assert (refused.status, refused.json["code"]) == (401, "identity_refused")
    assert "sign in again" in refused.json["detail"]


@pytest.mark.parametrize(
    "changed",
    [{"verifier": "short"}, {"verifier": "é" * 43}, {"nonce": ""}, {"code": ""}, {"more": "x"}],
)
def test_a_misshapen_answer_is_not_even_asked_about(
    world: DoorWorld, changed: dict[str, str]
) -> None:
    assert world.come(**changed).status == 422


def test_an_issuer_that_is_down_keeps_links_and_keys_working(world: DoorWorld) -> None:
    world.broken |= {"/token": answer(503), "/jwks": answer(503)}
    away = world.come()
    assert (away.status, away.json["code"]) == (502, "issuer_away")
    assert "try again in a moment" in away.json["detail"]
    assert world.get("/v1/me").status == 200
    world.broken.clear()
    world.clock.advance(MINUTE)
    assert world.come().status == 201


class Mails:
    """A directory that notes whom it wrote; `full`: it may send no more today."""

    def __init__(self) -> None:
        self.sent: list[str] = []
        self.full = self.gone = False

    def welcome(self, email: str) -> None:
        if self.full:
            raise StoreUnavailable("cognito-idp:AdminCreateUser: LimitExceededException")
        if self.gone:
            raise DeploymentFault("AWS refused cognito-idp:AdminCreateUser")
        self.sent.append(email)


def test_whoever_is_invited_gets_a_password_by_mail_where_mail_works(world: DoorWorld) -> None:
    assert world.invite("bob@bakery.example")["mailed"] is False
    mails = Mails()
    assert world.api.door is not None
    world.open(replace(world.api.door, directory=mails))
    assert world.invite("Cleo@Bakery.example")["mailed"] is True
    assert mails.sent == ["cleo@bakery.example"]
    for email, full in (("dan@bakery.example", True), ("eve@bakery.example", False)):
        mails.full, mails.gone = full, not full
        invited = world.invite(email)
        assert invited["mailed"] is False
        opened = world.send("/v1/invitations/open", {"code": invited["code"]}, key=None)
        assert opened.json["email"] == email
