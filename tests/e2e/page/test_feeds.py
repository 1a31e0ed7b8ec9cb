"""Calendar feeds: a link is made, shown once, renewed and revoked."""

import re

from ical.calendar_stream import IcsCalendarStream
from playwright.sync_api import expect

from shared.core.schedule import rfc3339
from tests.e2e.page.api_server import ApiServer
from tests.e2e.page.browser import NARROW, Tab


def test_a_feed_is_made_renewed_and_revoked(server: ApiServer, reader: Tab) -> None:
    page = reader.page
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    at = rfc3339(server.clock.now() + 3_600_000)
    post = {"text": "Fresh bread", "account_ids": [server.ada], "schedule": {"at": at}}
    server.call("POST", "/v1/posts", post)
    server.call("POST", "/v1/campaigns", {"name": "Spring"})
    reader.open("#/settings")
    page.get_by_role("link", name="Calendar feeds").click()
    expect(page.get_by_text("There is no feed yet.")).to_be_visible()
    page.get_by_label("Name").fill("For the bakery")
    page.get_by_label("Posts of").select_option("@ada")
    page.get_by_label("Whole texts, tags and campaign").first.check()
    page.get_by_role("button", name="Make a link").click()
    fresh = page.get_by_role("region", name="For the bakery")
    expect(fresh).to_contain_text("never shown again")
    fresh.get_by_role("button", name="Copy").click()
    link = str(page.evaluate("navigator.clipboard.readText()"))
    program = fresh.get_by_role("link", name="Open in a calendar program")
    assert program.get_attribute("href") == re.sub("^http:", "webcal:", link)
    # As a calendar program asks: without the reader's key.
    (event,) = IcsCalendarStream.calendar_from_ics(page.request.get(link).text()).events
    assert event.summary == "Fresh bread"
    feeds = page.get_by_role("region", name="Feeds of this workspace").get_by_role("listitem")
    expect(feeds).to_contain_text("Posts of @ada.")
    expect(feeds.get_by_label("Whole texts, tags and campaign")).to_be_checked()
    feeds.get_by_label("Also what still waits for approval").check()
    expect(page.get_by_text("Saved. Programs see it")).to_be_visible()
    reader.look("feeds")
    assert reader.serious() == []
    page.emulate_media(color_scheme="dark")
    page.set_viewport_size(NARROW)
    reader.look("feeds-narrow-dark")
    feeds.get_by_role("button", name="New link").click()
    page.get_by_role("dialog").get_by_role("button", name="New link").click()
    expect(fresh.locator("code")).not_to_have_text(link)
    renewed = fresh.locator("code").inner_text()
    assert [page.request.get(url).status for url in (link, renewed)] == [404, 200]
    feeds.get_by_role("button", name="Revoke").click()
    page.get_by_role("dialog").get_by_role("button", name="Revoke").click()
    expect(page.get_by_text("There is no feed yet.")).to_be_visible()
    assert page.request.get(renewed).status == 404
