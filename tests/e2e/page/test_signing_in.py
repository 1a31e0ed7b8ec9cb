"""Getting in, staying in, and what the page is served with."""

import gzip
import json
import re

from playwright.sync_api import Browser, expect

from local.web import DIST
from tests.e2e.page.api_server import ApiServer
from tests.e2e.page.browser import Tab, tab

SLOW = 60_000
"""Milliseconds: the documentation of every call is a large page, drawn beside other tests."""


def keys(server: ApiServer) -> list[str]:
    """Names of the keys that still work."""
    found = server.call("GET", "/v1/keys")["items"]
    return [str(key["name"]) for key in found if key["revoked_at"] is None]


def test_the_link_signs_in_once_and_leaves_the_address_bar(
    server: ApiServer, visitor: Tab, browser: Browser
) -> None:
    link = server.sign_in_link()
    visitor.page.goto(link)
    expect(visitor.page.get_by_role("navigation", name="Main")).to_be_visible()
    code = link.partition("=")[2]
    assert code not in visitor.page.url
    visitor.page.go_back()
    assert code not in visitor.page.url
    with tab(browser, server.url, expected={"401"}) as another:
        another.page.goto(link)
        expect(another.page.get_by_text("has been used already")).to_be_visible()


def test_who_signed_in_stays_signed_in_after_a_reload_and_in_a_second_tab(
    server: ApiServer, visitor: Tab
) -> None:
    visitor.page.goto(server.sign_in_link())
    expect(visitor.page.get_by_role("link", name="Accounts")).to_be_visible()
    visitor.page.reload()
    expect(visitor.page.get_by_role("link", name="Accounts")).to_be_visible()
    second = visitor.page.context.new_page()
    second.goto(server.url)
    expect(second.get_by_role("link", name="Accounts")).to_be_visible()


def test_a_pasted_link_works_like_an_opened_one(server: ApiServer, visitor: Tab) -> None:
    visitor.sign_in(server.sign_in_link())


def test_what_is_wrong_with_a_key_is_said_beside_the_field(server: ApiServer, visitor: Tab) -> None:
    visitor.expected.add("401")
    visitor.page.goto(server.url)
    field = visitor.page.get_by_label("Sign-in link or API key")
    submit = visitor.page.get_by_role("button", name="Sign in")
    submit.click()
    expect(field).to_have_accessible_description(re.compile("Paste a sign-in link"))
    field.fill("tdg_00_00")
    submit.click()
    expect(visitor.page.get_by_text("That API key is not valid")).to_be_visible()
    assert visitor.page.evaluate("localStorage.length") == 0


def test_signing_out_revokes_the_key_of_a_link_but_not_one_that_was_pasted(
    server: ApiServer, visitor: Tab
) -> None:
    visitor.page.goto(server.sign_in_link())
    out = visitor.page.get_by_role("button", name="Sign out")
    expect(out).to_be_visible()
    assert "Browser of ada@bakery.example" in keys(server)
    out.click()
    expect(visitor.page.get_by_label("Sign-in link or API key")).to_be_visible()
    assert keys(server) == ["Administrator"]
    visitor.sign_in(server.key)
    out.click()
    expect(visitor.page.get_by_label("Sign-in link or API key")).to_be_visible()
    assert keys(server) == ["Administrator"]
    assert visitor.page.evaluate("localStorage.getItem('tidings.key')") is None


def test_a_key_that_is_revoked_meanwhile_ends_the_visit_with_a_reason(
    server: ApiServer, visitor: Tab
) -> None:
    visitor.expected.add("401")
    visitor.page.goto(server.sign_in_link())
    visitor.page.get_by_role("navigation", name="Main").wait_for()
    mine = json.loads(visitor.page.evaluate("JSON.stringify(localStorage)"))["tidings.key"]
    server.call("DELETE", f"/v1/keys/key_{mine.split('_')[1]}")
    visitor.page.get_by_role("link", name="Drafts").click()
    expect(visitor.page.get_by_text("You were signed out")).to_be_visible()


def test_the_page_is_served_under_a_policy_without_exceptions(
    server: ApiServer, visitor: Tab
) -> None:
    for path in ("/", "/docs"):
        answer = visitor.page.request.get(server.url + path)
        policy = answer.headers["content-security-policy"]
        assert policy.startswith("default-src 'none'; script-src 'self'; style-src 'self'")
        assert "unsafe" not in policy
        assert "*" not in policy
        assert server.bucket.url in policy
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["cache-control"] == "no-cache"
        text = answer.text()
        assert "<style" not in text
        assert "style=" not in text
        assert "//" not in text.replace("<!doctype", "")


def test_files_are_named_by_their_content_and_kept(server: ApiServer, visitor: Tab) -> None:
    visitor.page.goto(server.url)
    script = visitor.page.locator("script[src]").get_attribute("src")
    answer = visitor.page.request.get(f"{server.url}{script}")
    assert answer.ok
    assert "immutable" in answer.headers["cache-control"]


def test_the_first_load_is_light(built: None) -> None:
    """At most 200 kB of compressed script; the documentation's own is never loaded by the page."""
    page = (DIST / "index.html").read_text()
    scripts = [f for f in (DIST / "assets").glob("*.js") if f.name in page]
    assert scripts
    assert sum(len(gzip.compress(f.read_bytes())) for f in scripts) <= 200_000
    assert not any("docs" in f.name for f in scripts)


def test_the_api_can_be_tried_on_its_documentation(server: ApiServer, visitor: Tab) -> None:
    """With the key that this browser keeps, so that nothing needs to be pasted."""
    visitor.sign_in(server.key)
    visitor.open("docs")
    call = visitor.page.locator("#operations-Keys-who_am_i")
    call.get_by_role("button", name="Who am I").click(timeout=SLOW)
    call.get_by_role("button", name="Execute").click()
    expect(call.locator(".live-responses-table tbody .response-col_status")).to_have_text("200")
    visitor.look("docs-tried")
