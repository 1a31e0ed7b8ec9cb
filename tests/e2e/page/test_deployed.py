"""The page of the deployed local system: API Gateway, bucket and practice network included."""

import pytest
from playwright.sync_api import Browser, expect

from tests.e2e.page.browser import tab
from tests.e2e.page.test_composing import give_picture
from tests.servers.local_system import LocalSystem


@pytest.fixture(scope="module")
def base_url(system: LocalSystem) -> str:
    return system.url


@pytest.fixture(scope="module")
def api_key(system: LocalSystem) -> str:
    return system.key


def test_a_newcomer_publishes_a_picture_on_the_practice_network(
    browser: Browser, system: LocalSystem, base_url: str, api_key: str
) -> None:
    """What `make run` promises, with the mouse: no account, no configuration."""
    with tab(browser, base_url) as newcomer:
        page = newcomer.page
        newcomer.sign_in(api_key)
        page.get_by_role("banner").get_by_role("link", name="New post").click()
        expect(page.get_by_text("Practice").first).to_be_visible()
        page.get_by_role("checkbox").first.check()
        page.get_by_label("What you want to say").fill("Hello from the page")
        give_picture(page, "paste")
        page.get_by_label("Description for people who cannot see it").fill("A plain square")
        page.get_by_role("radio", name="Now").check()
        page.get_by_role("button", name="Publish now").click()
        live = page.get_by_role("listitem").filter(has_text="Live").first
        expect(live).to_contain_text("after its time", timeout=60_000)
        expect(page.get_by_role("img", name="A plain square")).to_be_visible()
        expect(live.get_by_role("link", name="Open on")).to_be_visible()
        newcomer.look("deployed-live")
        assert newcomer.serious() == []
        page.get_by_role("link", name="Calendar").click()
        page.get_by_role("button", name="List").click()
        expect(page.get_by_role("button", name="Hello from the page")).to_contain_text("Live")
        newcomer.look("deployed-calendar")


def test_the_sign_in_link_of_make_run(browser: Browser, system: LocalSystem) -> None:
    link = next(word for word in system.ready.split() if "#sign-in=" in word)
    with tab(browser, system.url) as newcomer:
        newcomer.page.goto(link)
        expect(newcomer.page.get_by_role("navigation", name="Main")).to_be_visible()
