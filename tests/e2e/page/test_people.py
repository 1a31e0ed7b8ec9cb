"""People: invited by a link, doing what their role allows, and out when it is taken away."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from playwright.sync_api import Browser, expect

from shared.core.models import MINUTE
from tests.e2e.page.api_server import ApiServer
from tests.e2e.page.browser import NARROW, ZONE, Tab, tab
from tests.e2e.page.came_back import receive
from tests.e2e.page.test_posts import now, plan
from tests.fakes.network import refused_content


@pytest.fixture
def admin(server: ApiServer, browser: Browser) -> Iterator[Tab]:
    """Somebody with an owner's sign-in link, in a workspace with one account."""
    server.ada = server.connect("ada")
    with tab(browser, server.url, permissions=["clipboard-read", "clipboard-write"]) as opened:
        opened.page.goto(server.sign_in_link())
        opened.page.get_by_role("navigation", name="Main").wait_for()
        yield opened


def test_somebody_is_invited_and_loses_their_role(
    server: ApiServer, admin: Tab, browser: Browser
) -> None:
    page = admin.page
    admin.open("#/settings/people")
    page.get_by_label("E-mail").fill("bo@bakery.example")
    page.get_by_label("Role").select_option("approver")
    page.get_by_role("button", name="Make a link").click()
    page.get_by_role("button", name="Copy the link").click()
    expect(page.get_by_text("Copied.")).to_be_visible()
    link = page.evaluate("navigator.clipboard.readText()")
    waiting = page.get_by_role("region", name="Invitations")
    expect(waiting).to_contain_text("bo@bakery.example")
    assert admin.serious() == []
    admin.look("people")
    post = plan(server, "Fresh bread", requires_approval=True)
    with tab(browser, server.url, expected={"403"}) as bo:
        bo.page.goto(link)
        expect(bo.page.get_by_text("My workspace")).to_be_visible()
        assert "invitation" not in bo.page.url
        assert bo.serious() == []
        bo.look("invitation")
        bo.page.get_by_label("Your name").fill("Bo")
        bo.page.get_by_role("button", name="Accept and sign in").click()
        bo.page.get_by_role("navigation", name="Main").wait_for()
        bo.open("#/accounts/connect")
        expect(bo.page.get_by_text("This takes the role Admin here")).to_be_visible()
        bo.look("not-with-your-role")
        bo.open(f"#/posts/{post}")
        approve = bo.page.get_by_role("button", name="Approve")
        expect(approve).to_be_enabled()

        page.reload()
        page.get_by_role("button", name="Change: Bo").click()
        sheet = page.get_by_role("dialog")
        sheet.get_by_label("Role").select_option("viewer")
        sheet.get_by_role("button", name="Save").click()
        expect(page.get_by_text("It holds from their next click on.")).to_be_visible()

        approve.click()
        expect(bo.page.get_by_text("This needs the role approver here; yours is")).to_be_visible()
        bo.page.reload()
        expect(bo.page.get_by_text("Takes the role Approver.")).to_be_visible()
        expect(bo.page.get_by_role("link", name="New post", exact=True)).to_have_count(0)
        page.get_by_role("button", name="Change: Bo").click()
        sheet.get_by_role("button", name="Remove").click()
        sheet.get_by_role("button", name="Remove").click()
        expect(page.get_by_text("Removed.")).to_be_visible()
        bo.page.reload()
        expect(bo.page.get_by_text("You belong to no workspace any more")).to_be_visible()


def test_all_brands_at_once(server: ApiServer, admin: Tab) -> None:
    page = admin.page
    plan(server, "Fresh bread")
    admin.open("#/settings/people")
    page.get_by_label("New workspace").fill("Bakery Madrid")
    page.get_by_role("button", name="Create").click()
    expect(page.get_by_text("Bakery Madrid is ready.")).to_be_visible()
    other = server.call("GET", "/v1/workspaces")["items"][1]["id"]
    home, server.workspace_id = server.workspace_id, other
    second = server.connect("bob")
    waiting = plan(server, "Pan fresco", account_ids=[second], requires_approval=True)
    server.workspace_id = home

    page.get_by_label("Workspace", exact=True).select_option("All brands")
    planned = page.get_by_role("region", name="Planned")
    expect(planned.get_by_role("link")).to_have_count(2)
    awaiting = page.get_by_role("region", name="Waiting for approval")
    assert admin.serious() == []
    admin.look("all-brands")
    page.set_viewport_size(NARROW)
    page.emulate_media(color_scheme="dark")
    page.reload()
    expect(planned.get_by_role("link")).to_have_count(2)
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert admin.serious() == []
    admin.look("all-brands-narrow-dark")
    awaiting.get_by_role("link", name="Pan fresco").click()
    expect(page.get_by_label("Workspace", exact=True)).to_have_value(other)
    expect(page.get_by_role("button", name="Approve")).to_be_visible()
    assert page.url.endswith(f"#/posts/{waiting}")

    admin.open("#/settings/people")
    admin.look("people-narrow-dark")
    page.get_by_role("button", name="Archive: Bakery Madrid").click()
    page.get_by_role("dialog").get_by_role("button", name="Archive").click()
    expect(page.get_by_role("button", name="Restore: Bakery Madrid")).to_be_visible()
    expect(page.get_by_label("Workspace", exact=True)).to_have_count(0)


def test_a_viewer_is_offered_nothing_that_is_refused(server: ApiServer, browser: Browser) -> None:
    server.ada = server.connect("ada")
    plan(server, "Fresh bread")
    server.network.faults.append(refused_content)
    failed = now(server, "Not like this")
    asked = receive(server, "Is it rye?", ago=MINUTE)
    server.call("POST", "/v1/posts", {"text": "Some day", "account_ids": [server.ada]})
    server.call("POST", "/v1/snippets", {"name": "Hours", "text": "Open from six"})
    body = {"name": "Guest", "workspace_ids": [server.workspace_id], "role": "viewer"}
    key = server.call("POST", "/v1/keys", body)["api_key"]
    with tab(browser, server.url) as guest:
        page = guest.page
        guest.come_back(key)
        tomorrow = (datetime.now(UTC) + timedelta(days=1)).astimezone(ZoneInfo(ZONE)).date()
        guest.open(f"#/?view=accounts&date={tomorrow}")
        expect(page.get_by_role("button", name="Fresh bread")).to_have_attribute(
            "draggable", "false"
        )
        expect(page.get_by_role("button", name="Select", exact=True)).to_have_count(0)
        expect(page.get_by_role("link", name="New post")).to_have_count(0)
        guest.open(f"#/posts/{failed}")
        expect(page.get_by_text("Acting on it takes the role Editor.")).to_be_visible()
        expect(page.get_by_role("button", name="Try again now")).to_have_count(0)
        guest.open(f"#/inbox/{asked.id}")
        expect(page.get_by_text("Answering takes the role Editor.")).to_be_visible()
        expect(page.get_by_role("button", name="Like")).to_have_count(0)
        expect(page.get_by_role("button", name="Closed")).to_be_disabled()
        guest.look("viewer-inbox")
        guest.open("#/campaigns")
        expect(page.get_by_text("Takes the role Editor.")).to_be_visible()
        menu = page.get_by_role("navigation", name="Main")
        expect(menu.get_by_role("link", name="Calendar")).to_have_attribute("aria-current", "page")
        guest.open("#/settings/snippets")
        expect(page.get_by_text("Open from six")).to_be_visible()
        expect(page.get_by_role("button", name="Hours")).to_have_count(0)
        guest.open("#/calendar/settings")
        expect(page.get_by_role("button", name="Save")).to_be_disabled()
        guest.open("#/health")
        expect(page.get_by_role("button", name="Rehearse")).to_be_disabled()
        guest.open("#/drafts")
        page.get_by_role("link", name="Some day").click()
        expect(page.get_by_role("heading", name="What it says")).to_be_visible()
