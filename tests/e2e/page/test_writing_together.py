"""Saved while it is typed, versions and what differs between them, and two people at one post."""

from typing import Any

from playwright.sync_api import Browser, Page, expect

from tests.e2e.page.api_server import ApiServer
from tests.e2e.page.browser import NARROW, Tab, tab
from tests.e2e.page.test_composing import write
from tests.e2e.page.test_for_everybody import wait_until
from tests.e2e.page.test_posts import plan


def drafts(server: ApiServer) -> list[str]:
    return [each["excerpt"] for each in server.call("GET", "/v1/posts?status=draft")["items"]]


def somebody(server: ApiServer, name: str) -> str:
    """The key with which one more editor is signed in."""
    place = {"workspace_id": server.workspace_id, "role": "editor"}
    invited = {"email": f"{name}@bakery.example", "workspaces": [place]}
    code = server.call("POST", "/v1/invitations", invited)["code"]
    accepted = {"code": code, "name": name.title()}
    return str(server.call("POST", "/v1/invitations/accept", accepted)["api_key"])


def look_again(page: Page) -> None:
    """As if they came back to the tab: it asks at once who else is there."""
    page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")


def test_a_new_post_is_one_draft_as_it_is_typed(server: ApiServer, reader: Tab) -> None:
    page = reader.page
    reader.open("#/posts/new")
    write(page, "Fresh")
    expect(page.get_by_text("Draft saved")).to_be_visible()
    assert drafts(server) == ["Fresh"]
    page.context.set_offline(True)
    reader.expected.add("ERR_INTERNET_DISCONNECTED")
    write(page, "Fresh bread")
    expect(page.get_by_text("Not saved: offline.")).to_be_visible()
    page.context.set_offline(False)
    expect(page.get_by_text("Draft saved")).to_be_visible()
    assert drafts(server) == ["Fresh bread"]
    page.reload()  # the same draft goes on, here as in another browser
    write(page, "Fresh bread today")
    expect(page.get_by_text("Draft saved")).to_be_visible()
    assert drafts(server) == ["Fresh bread today"]
    write(page, "")
    wait_until(lambda: drafts(server) == [])
    write(page, "Fresh rolls")
    expect(page.get_by_text("Draft saved")).to_be_visible()
    page.get_by_role("button", name="Schedule").click()
    expect(page.get_by_role("list").get_by_text("Waiting")).to_be_visible()
    assert drafts(server) == []
    (post,) = server.call("GET", "/v1/posts")["items"]
    assert post["excerpt"] == "Fresh rolls"


def test_two_people_at_one_post_lose_nothing(
    server: ApiServer, reader: Tab, browser: Browser
) -> None:
    page = reader.page
    post = plan(server, "Fresh bread from six in the morning")

    def stored() -> Any:
        return server.call("GET", f"/v1/posts/{post}")

    reader.open(f"#/posts/{post}/edit")
    write(page, "Fresh rolls from six in the morning")
    expect(page.get_by_text("Your changes are kept since")).to_be_visible()
    assert stored()["text"] == "Fresh bread from six in the morning"
    with tab(browser, server.url, viewport=NARROW, color_scheme="dark") as bo:
        bo.come_back(somebody(server, "bo"))
        bo.open(f"#/posts/{post}/edit")
        expect(bo.page.get_by_text("Also editing")).to_be_visible()
        look_again(page)
        expect(page.get_by_role("status").filter(has_text="Also editing")).to_contain_text("Bo")
        reader.look("together")
        write(bo.page, "Fresh bread from six in the evening")
        bo.page.get_by_role("button", name="Save changes").click()
        expect(bo.page.get_by_role("heading", level=1)).not_to_have_text("Edit post")
        look_again(page)
        clash = page.get_by_role("region", name="Bo changed this post, too")
        expect(clash.locator("del")).to_have_count(2)
        assert reader.serious() == []
        reader.look("together-clash")
        clash.get_by_role("button", name="Put both together").click()
        field = page.get_by_label("What you want to say")
        expect(field).to_have_value("Fresh rolls from six in the evening")
        page.get_by_role("button", name="Save changes").click()
        expect(page.get_by_role("button", name="Versions (2)")).to_be_visible()
        assert stored()["text"] == "Fresh rolls from six in the evening"

        look_again(bo.page)
        bo.page.get_by_role("button", name="Versions (2)").click()
        sheet = bo.page.get_by_role("dialog")
        sheet.get_by_role("button").filter(has_text="in the morning").click()
        expect(sheet.locator("ins")).to_contain_text(["rolls", "evening"])
        assert bo.serious() == []
        assert bo.page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        bo.look("versions-narrow-dark")
        sheet.get_by_role("button", name="Bring this back").click()
        expect(bo.page.get_by_text("This version is back.")).to_be_visible()
    found = stored()
    assert (found["text"], found["versions"]) == ("Fresh bread from six in the morning", 3)


def test_unfinished_changes_go_on_elsewhere(
    server: ApiServer, reader: Tab, browser: Browser
) -> None:
    page = reader.page
    post = plan(server, "As planned")
    reader.open(f"#/posts/{post}/edit")
    write(page, "Half a sent")
    expect(page.get_by_text("Your changes are kept since")).to_be_visible()
    with tab(browser, server.url) as elsewhere:
        elsewhere.come_back(server.key)
        elsewhere.open(f"#/posts/{post}/edit")
        field = elsewhere.page.get_by_label("What you want to say")
        expect(field).to_have_value("Half a sent")
        elsewhere.page.get_by_role("button", name="Save changes").click()
        expect(elsewhere.page.get_by_text("Half a sent").first).to_be_visible()
    assert server.call("GET", f"/v1/posts/{post}/working-copy")["unfinished"] is None
