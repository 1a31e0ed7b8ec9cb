"""Numbers as they are reported, and posts that were made elsewhere."""

from dataclasses import replace
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from playwright.sync_api import Locator, Page, expect

from tests.e2e.page.api_server import ApiServer
from tests.e2e.page.browser import NARROW, ZONE, Tab
from tests.e2e.page.came_back import (
    DAY,
    HOUR,
    count_account,
    count_post,
    deliveries_of,
    made_elsewhere,
    published,
)
from tests.e2e.page.test_for_everybody import wait_until
from tests.e2e.page.test_posts import plan, row, status

HERE = ZoneInfo(ZONE)


def table_row(page: Page, name: str) -> Locator:
    return page.get_by_role("row").filter(has=page.get_by_role("rowheader", name=name, exact=True))


def painted(page: Page) -> int:
    """How many pixels of the chart are not empty: a canvas says nothing else of itself."""
    script = """canvas => {
        const {data} = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
        return data.filter((value, n) => n % 4 === 3 && value > 0).length;
    }"""
    canvas = page.locator("canvas")
    expect(canvas).to_have_count(1)
    return int(canvas.evaluate(script))


def test_what_came_of_a_post_on_two_networks(server: ApiServer, reader: Tab) -> None:
    page = reader.page
    bob = server.connect("bob")
    bobs = replace(server.store.account_items[server.workspace_id, bob], platform="other")
    server.store.account_items[server.workspace_id, bob] = bobs
    platforms = {server.ada: "fake", bob: "other"}
    before = server.clock.now() - 27 * DAY
    ada, second = published(server, "Fresh bread", at=before, platforms=platforms)
    reader.open(f"#/posts/{ada.post_id}")
    expect(page.get_by_text("Nothing has been counted yet.")).to_be_visible()
    first = [(n * HOUR, {"likes": n * 3, "reposts": n, "replies": 0}) for n in (1, 2, 4, 8, 14, 24)]
    first += [(n * DAY, {"likes": 80 + n, "reposts": 25, "replies": 4}) for n in range(2, 10)]
    first += [(n * DAY, {"likes": 86, "reposts": 24, "replies": 5}) for n in (18, 22, 26)]
    count_post(server, ada, first)
    count_post(server, second, [(HOUR, {"likes": 7, "quotes": 2})], platform="other")
    page.reload()
    expect(table_row(page, "Likes")).to_contain_text("93")
    expect(table_row(page, "Reposts").get_by_role("cell").nth(0)).to_contain_text(
        "24 only Fakebook"
    )
    expect(table_row(page, "Reposts").get_by_role("cell").nth(2)).to_have_text("not reported")
    expect(table_row(page, "Quotes").get_by_role("cell").nth(0)).to_contain_text("2 only other")
    expect(table_row(page, "Engagement rate").get_by_role("cell").nth(1)).to_have_text("not known")
    page.get_by_label("Numbers of").select_option(label="@ada")
    page.get_by_text("The values as a table").click()
    values = page.get_by_role("region", name="The values as a table")
    expect(values.get_by_role("columnheader")).to_have_text(["Time", "Likes", "Reposts", "Replies"])
    assert painted(page) > 1_000
    values.scroll_into_view_if_needed()
    reader.look("post-numbers")
    assert reader.serious() == []


def test_an_accounts_curve_with_a_gap(server: ApiServer, reader: Tab) -> None:
    page = reader.page
    now = datetime.now(HERE)
    # One reading a day, in UTC as here: an hour after midnight that is no other day in summer only.
    at = now.replace(hour=0) if now.hour == 1 else now
    for ago in range(40, -1, -1):
        if ago in range(12, 17):
            continue
        reported = {"followers": 1200 + (40 - ago) * 3 - (30 if ago < 6 else 0), "posts": 90}
        if ago < 20:
            reported["following"] = 180
        taken = int((at - timedelta(days=ago)).timestamp() * 1000)
        count_account(server, server.ada, taken, **reported)
    reader.open("#/accounts")
    page.get_by_role("link", name="Numbers").click()
    followers = page.get_by_role("definition").first
    expect(followers).to_contain_text("1,290")
    expect(followers).to_contain_text("+57 in 30 days")
    page.get_by_text("The values as a table").click()
    values = page.get_by_role("region", name="The values as a table").get_by_role("row")
    expect(values).to_have_count(26)
    assert painted(page) > 1_000
    reader.look("account-curve")
    page.get_by_role("button", name="Following").click()
    expect(page.get_by_role("heading", name="Following")).to_be_visible()
    expect(values.last).to_contain_text("not reported")
    page.get_by_role("button", name="7 days").click()
    expect(values).to_have_count(8)
    assert reader.serious() == []
    page.emulate_media(color_scheme="dark")
    page.set_viewport_size(NARROW)
    page.get_by_role("button", name="90 days").click()
    expect(values).to_have_count(37)
    reader.look("account-curve-narrow-dark")


def test_posts_made_elsewhere_stand_on_the_calendar_and_in_reports(
    server: ApiServer, reader: Tab
) -> None:
    page = reader.page
    noon = datetime.now(HERE).replace(hour=12, minute=0, second=0, microsecond=0)
    at = int((noon.replace(day=1) - timedelta(days=20)).timestamp() * 1000)
    there = made_elsewhere(server, "From my telephone", at=at)
    (delivery,) = deliveries_of(server, there)
    count_post(server, delivery, [(DAY, {"likes": 4, "replies": 1}), (2 * DAY, {"likes": 5})])
    mine = plan(server, "From here", tags=["bread"], schedule={"now": True})
    wait_until(lambda: status(server, mine) == "published")
    count_post(server, deliveries_of(server, mine)[0], [(HOUR, {"likes": 1, "quotes": 2})])
    reader.open("#/")
    page.get_by_role("button", name="Month").click()
    page.get_by_role("button", name="Earlier").click()
    entry = page.get_by_role("button", name="From my telephone")
    expect(entry).to_contain_text("Made elsewhere")
    reader.look("calendar-elsewhere")
    page.get_by_role("button", name="Made elsewhere", exact=True).click()
    expect(entry).to_be_hidden()
    page.get_by_role("button", name="Made elsewhere", exact=True).click()
    entry.click()
    expect(row(page)).to_contain_text("Made elsewhere")
    expect(row(page)).to_contain_text("Published there")
    expect(row(page).get_by_role("link", name="Open on Fakebook")).to_be_visible()
    expect(page.get_by_role("link", name="Picture: A blue door")).to_be_visible()
    expect(page.get_by_role("link", name="Video")).to_be_visible()
    expect(table_row(page, "Likes")).to_contain_text("5")
    for name in ("Edit", "Change the time", "Cancel it"):
        expect(page.get_by_text(name, exact=True)).to_have_count(0)
    expect(page.get_by_role("button", name="Take it down")).to_be_visible()
    reader.look("post-elsewhere")
    page.get_by_role("link", name="Reports").click()
    page.get_by_role("button", name="Last 90 days").click()
    page.get_by_label("A row for each").select_option(label="Month")
    month = f"{datetime.fromtimestamp(at / 1000, HERE):%B %Y}"
    expect(table_row(page, month)).to_contain_text("5")
    expect(table_row(page, month)).to_contain_text("not reported")
    reader.look("reports")
    page.get_by_label("A row for each").select_option(label="Account")
    expect(table_row(page, "@ada")).to_be_visible()
    reader.expected.add("422")
    page.get_by_label("From").fill("2020-01-01")
    expect(page.get_by_label("To", exact=True)).to_have_attribute("aria-invalid", "true")
    assert reader.serious() == []
