"""Signing in with an account elsewhere: the page's whole way to a real issuer and back."""

import json
from collections.abc import Iterator
from dataclasses import replace

import pytest
from playwright.sync_api import Browser, expect

from shared.core.issuers import Door, Registration
from shared.platforms.guard import Guard
from shared.platforms.http import Client
from shared.platforms.issuer import OidcIssuer
from tests.e2e.page.api_server import EMAIL, ApiServer
from tests.e2e.page.browser import NARROW, Tab, tab
from tests.fakes.provider import CLIENT
from tests.servers.oidc import OidcServer

WITH = "Sign in with Example ID"
OUT = "Sign out of Example ID"


class Mails:
    """Everybody who was written to."""

    def __init__(self) -> None:
        self.sent: list[str] = []

    def welcome(self, email: str) -> None:
        self.sent.append(email)


@pytest.fixture
def issuer(server: ApiServer) -> Iterator[OidcServer]:
    """An issuer that knows this installation, and is known to it."""
    with OidcServer() as running:
        running.provider.redirect_uris.add(f"{server.url}/")
        known = Registration(running.url, CLIENT, "Example ID")
        client = Client(Guard(frozenset({"127.0.0.1"})))
        issuer = OidcIssuer(known, lambda: client, server.clock)
        door = Door(issuer, Mails(), owner=EMAIL)
        server.api = replace(server.api, door=door)
        yield running
        client.close()


def go(visitor: Tab, answer: str = "Agree") -> None:
    visitor.page.get_by_role("button", name=WITH).click()
    visitor.page.get_by_role("button", name=answer).click()


def kept(visitor: Tab) -> dict[str, str]:
    found: dict[str, str] = json.loads(visitor.page.evaluate("JSON.stringify(localStorage)"))
    return found


def test_somebody_goes_comes_back_and_leaves_again(
    server: ApiServer, issuer: OidcServer, visitor: Tab
) -> None:
    page = visitor.page
    page.goto(f"{server.url}/#/drafts")
    go(visitor)
    expect(page.get_by_role("heading", name="Drafts", exact=True)).to_be_visible()
    assert page.url == f"{server.url}/#/drafts"
    code = issuer.sent_back[0].partition("code=")[2].partition("&")[0]
    page.reload()
    expect(page.get_by_role("navigation", name="Main")).to_be_visible()
    page.go_back()
    assert code not in page.url
    page.goto(server.url)
    key = kept(visitor)["tidings.key"]
    page.get_by_role("button", name="Sign out", exact=True).click()
    expect(page.get_by_text("Example ID may still remember you")).to_be_visible()
    ids = {k["id"]: k["revoked_at"] for k in server.call("GET", "/v1/keys")["items"]}
    assert ids[f"key_{key.split('_')[1]}"] is not None
    assert not any(name.startswith("tidings.key") for name in kept(visitor))
    visitor.look("signed-out-elsewhere")
    page.get_by_role("link", name=OUT).click()
    page.get_by_role("button", name=WITH).click()
    expect(page.get_by_role("button", name="Agree")).to_be_visible()


def test_whoever_comes_back_without_proof_stays_outside(
    server: ApiServer, issuer: OidcServer, visitor: Tab
) -> None:
    visitor.expected |= {"401", "403"}
    page, url = visitor.page, server.url
    page.goto(f"{url}/?code=stolen&state=made-up")
    expect(page.get_by_text("was begun in another tab")).to_be_visible()
    assert page.url == f"{url}/#/"
    go(visitor, "Refuse")
    expect(page.get_by_text("because Example ID was told not to")).to_be_visible()
    visitor.look("sign-in-refused")
    # Somebody else's answer, thrown into the way of who is at the issuer.
    page.get_by_role("button", name=WITH).click()
    expect(page.get_by_role("button", name="Agree")).to_be_visible()
    page.goto(f"{url}/?code=stolen&state=made-up&iss={issuer.url}")
    expect(page.get_by_text("was begun in another tab")).to_be_visible()
    assert issuer.sent("POST", "/token") == []
    issuer.provider.claims = {"nonce": "of another question"}
    go(visitor)
    expect(page.get_by_text("proves nothing")).to_be_visible()
    issuer.provider.claims = {}
    # The answer of a moment ago once more, as from the browser's history.
    page.goto(issuer.sent_back[-1])
    expect(page.get_by_text("was begun in another tab")).to_be_visible()
    assert "tidings.key" not in kept(visitor)


def test_a_stranger_is_told_whom_to_ask_and_comes_in_once_invited(
    server: ApiServer, issuer: OidcServer, visitor: Tab
) -> None:
    visitor.expected.add("403")
    page = visitor.page

    def come(email: str) -> None:
        page.get_by_role("button", name=WITH).click()
        page.get_by_label("E-mail").fill(email)
        page.get_by_role("button", name="Agree").click()

    page.goto(server.url)
    come("bob@bakery.example")
    expect(page.get_by_text("knows you as bob@bakery.example")).to_be_visible()
    visitor.look("sign-in-stranger")
    page.get_by_role("link", name=OUT).click()
    come(EMAIL)
    expect(page.get_by_role("navigation", name="Main")).to_be_visible()
    visitor.open("#/settings/people")
    page.get_by_label("E-mail").fill("bob@bakery.example")
    page.get_by_role("button", name="Make a link").click()
    expect(page.get_by_text("gets a mail with a first password")).to_be_visible()
    visitor.look("invited-by-mail")
    page.get_by_role("button", name="Sign out", exact=True).click()
    page.get_by_role("link", name=OUT).click()
    come("bob@bakery.example")
    expect(page.get_by_role("navigation", name="Main")).to_be_visible()


def test_links_work_beside_it_and_without_it(
    server: ApiServer, issuer: OidcServer, visitor: Tab, browser: Browser
) -> None:
    page = visitor.page
    page.goto(server.url)
    expect(page.get_by_role("button", name=WITH)).to_be_visible()
    assert visitor.serious() == []
    visitor.look("sign-in-elsewhere")
    page.get_by_text("With a link or an API key").click()
    assert visitor.serious() == []
    page.get_by_label("Sign-in link or API key").fill("tdg_00_00")
    visitor.expected.add("401")
    page.get_by_role("button", name="Sign in", exact=True).click()
    expect(page.get_by_text("That API key is not valid")).to_be_visible()
    visitor.look("sign-in-elsewhere-link")
    with tab(browser, server.url, viewport=NARROW, color_scheme="dark") as phone:
        phone.page.goto(server.url)
        expect(phone.page.get_by_role("button", name=WITH)).to_be_visible()
        assert phone.serious() == []
        phone.look("sign-in-elsewhere-narrow-dark")
    assert server.api.door is not None
    nowhere = Registration("http://127.0.0.1:1", CLIENT, "Example ID")
    lost = OidcIssuer(nowhere, lambda: Client(Guard(frozenset({"127.0.0.1"}))), server.clock)
    server.api = replace(server.api, door=Door(lost))
    with tab(browser, server.url, expected={"502"}) as another:
        another.page.goto(server.url)
        expect(another.page.get_by_text("does not answer at present")).to_be_visible()
        another.look("sign-in-elsewhere-away")
        another.sign_in(server.key)
