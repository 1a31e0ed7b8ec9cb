"""A pause for a holiday: planned for some posts, seen on the calendar, changed and ended."""

from playwright.sync_api import expect

from tests.e2e.page.api_server import ApiServer
from tests.e2e.page.browser import Tab
from tests.e2e.page.test_calendar import next_month, plan


def test_a_pause_is_planned_for_a_tag_and_seen_as_a_band(server: ApiServer, reader: Tab) -> None:
    page, day = reader.page, next_month(10, 9)
    post = plan(server, "Ten off today", day)
    server.call("PATCH", f"/v1/posts/{post}", {"tags": ["promo"]})
    page.get_by_role("link", name="Settings", exact=True).click()
    page.get_by_role("button", name="Pause publishing").click()
    sheet = page.get_by_role("dialog")
    sheet.get_by_label("What is paused").select_option("Posts with a tag")
    sheet.get_by_label("Tag").fill("Promo")
    reader.expected.add("422")  # it is checked while it is typed, and is wrong at first
    begins = sheet.get_by_role("group", name="It begins")
    begins.get_by_role("button", name="At a time").press("Enter")
    ends = sheet.get_by_role("group", name="It ends")
    ends.get_by_role("button", name="At a time").press("Enter")
    sheet.get_by_label("From (").fill(f"{day:%Y-%m-%d}T00:00")
    sheet.get_by_label("Until (").fill(f"{day:%Y-%m-%d}T00:00")
    sheet.get_by_label("Leave after the end").check()
    sheet.get_by_label("Why").fill("Public holiday")
    sheet.get_by_role("button", name="Plan the pause").click()
    expect(sheet.get_by_label("Until (")).to_have_attribute("aria-invalid", "true")
    sheet.get_by_label("Until (").fill(f"{day.replace(day=13):%Y-%m-%d}T00:00")
    expect(sheet.get_by_role("status")).to_contain_text("1 planned post comes due")
    reader.look("pause-sheet")
    assert reader.serious() == []
    sheet.get_by_role("button", name="Plan the pause").click()
    item = page.get_by_role("listitem").filter(has_text="Posts tagged “Promo”")
    expect(item).to_contain_text("Planned")
    expect(item).to_contain_text("Public holiday")
    reader.look("pause-list")

    page.get_by_role("link", name="Calendar").first.click()
    page.get_by_role("button", name="Month").click()
    page.get_by_role("button", name="Later").click()
    band = page.get_by_role("button", name="Posts tagged “Promo”: Public holiday")
    expect(band.first).to_be_visible()
    reader.look("pause-band")
    assert reader.serious() == []
    page.get_by_role("button", name="Ten off today").click()
    expect(page.get_by_text("leaves after the pause")).to_be_visible()
    page.go_back()
    band.first.click()

    item.get_by_role("button", name="Change").click()
    expect(sheet.get_by_label("Leave after the end")).to_be_checked()
    sheet.get_by_label("Are cancelled").check()
    sheet.get_by_role("button", name="Save").click()
    expect(item).to_contain_text("are cancelled")
    item.get_by_role("button", name="End").click()
    expect(page.get_by_text("Nothing is paused, and no pause is planned.")).to_be_visible()


def test_everybody_is_paused_from_a_phone(server: ApiServer, phone: Tab) -> None:
    phone.open("#/settings")
    page = phone.page
    page.get_by_role("button", name="Pause publishing").click()
    sheet = page.get_by_role("dialog")
    sheet.get_by_label("What is paused").select_option("Every workspace")
    phone.look("pause-sheet-narrow")
    sheet.get_by_role("button", name="Pause", exact=True).click()
    banner = page.get_by_role("region", name="Publishing is paused")
    expect(banner).to_contain_text("Everything in every workspace is paused.")
    phone.look("pause-banner-narrow")
    assert phone.serious() == []
    banner.get_by_role("button", name="End").click()
    expect(banner).to_be_hidden()
