"""The calendar: found, read, dragged, and stopped."""

import re
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from playwright.sync_api import Browser, Page, expect

from tests.e2e.page.api_server import ApiServer
from tests.e2e.page.browser import ZONE, Tab, tab

HERE = ZoneInfo(ZONE)


def plan(server: ApiServer, text: str, local: datetime, **fields: Any) -> str:
    body = {
        "text": text,
        "account_ids": [server.ada],
        "schedule": {"local": f"{local:%Y-%m-%dT%H:%M}", "timezone": ZONE},
        **fields,
    }
    return str(server.call("POST", "/v1/posts", body)["id"])


def local_plan(server: ApiServer, post_id: str) -> str:
    return str(server.call("GET", f"/v1/posts/{post_id}")["plan"]["local"])


def next_month(day: int, hour: int) -> datetime:
    """A day that is ahead, whatever today is."""
    first = (datetime.now(HERE).replace(day=1) + timedelta(days=32)).replace(day=1)
    return first.replace(day=day, hour=hour, minute=0, second=0, microsecond=0)


def drag(page: Page, text: str, target: str) -> None:
    """By mouse, from a post to a place on the calendar."""
    start = page.get_by_role("button", name=text).bounding_box()
    end = page.locator(target).bounding_box()
    assert start is not None
    assert end is not None
    page.mouse.move(start["x"] + 20, start["y"] + 8)
    page.mouse.down()
    page.mouse.move(end["x"] + end["width"] / 2, end["y"] + end["height"] / 2, steps=12)
    page.mouse.up()


def test_month_week_and_list_show_the_same_posts(server: ApiServer, reader: Tab) -> None:
    page = reader.page
    when = next_month(10, 9)
    plan(server, "Rye week begins", when)
    page.get_by_role("button", name="Later").click()
    entry = page.get_by_role("button", name="Rye week begins")
    for view in ("Month", "List"):
        page.get_by_role("button", name=view).click()
        expect(entry).to_contain_text("09:00")
    page.get_by_role("button", name="Month").click()
    entry.click()
    expect(page.get_by_role("heading", level=1)).to_contain_text(f"{when.day} {when:%B %Y}")
    page.go_back()
    expect(page.get_by_role("heading", level=1)).to_have_text(f"{when:%B %Y}")
    expect(entry).to_be_visible()


def test_the_week_of_today(server: ApiServer, reader: Tab) -> None:
    page = reader.page
    soon = datetime.now(HERE) + timedelta(minutes=30)
    plan(server, "In half an hour", soon)
    page.get_by_role("button", name="Week").click()
    if soon.date() != datetime.now(HERE).date() and soon.weekday() == 0:
        page.get_by_role("button", name="Later").click()
    expect(page.get_by_role("button", name="In half an hour")).to_contain_text(f"{soon:%H:%M}")
    page.reload()
    expect(page.get_by_role("button", name="Week")).to_have_attribute("aria-pressed", "true")


def test_a_post_is_dragged_to_another_day_and_put_back(server: ApiServer, reader: Tab) -> None:
    page = reader.page
    post = plan(server, "Move me", next_month(10, 9))
    page.get_by_role("button", name="Later").click()
    page.get_by_role("button", name="Move me").wait_for()
    drag(page, "Move me", f'.ec-day:has(time[datetime="{next_month(17, 9):%Y-%m-%d}"])')
    expect(page.get_by_text(re.compile("^Moved to 17"))).to_be_visible()
    assert local_plan(server, post) == f"{next_month(17, 9):%Y-%m-%dT%H:%M:%S}"
    page.get_by_role("button", name="Undo").click()
    expect(page.get_by_role("button", name="Move me")).to_contain_text(
        f"{next_month(10, 9):%-d %B}"
    )
    assert local_plan(server, post) == f"{next_month(10, 9):%Y-%m-%dT%H:%M:%S}"


def test_nothing_is_dragged_into_the_past(server: ApiServer, reader: Tab) -> None:
    page = reader.page
    post = plan(server, "Not back", next_month(10, 9))
    planned = local_plan(server, post)
    page.get_by_role("button", name="Month").click()
    page.get_by_role("button", name="Later").click()
    entry = page.get_by_role("button", name="Not back")
    entry.wait_for()
    # The clock of the page goes on to the end of that month.
    page.clock.set_fixed_time(next_month(28, 12))
    drag(page, "Not back", f'.ec-day:has(time[datetime="{next_month(17, 9):%Y-%m-%d}"])')
    expect(page.get_by_text("cannot be moved into the past")).to_be_visible()
    assert local_plan(server, post) == planned


def test_a_click_on_a_day_begins_a_post_on_it(server: ApiServer, reader: Tab) -> None:
    page = reader.page
    page.get_by_role("button", name="Later").click()
    day = next_month(20, 9)
    page.locator(f'.ec-day:has(time[datetime="{day:%Y-%m-%d}"])').click(position={"x": 60, "y": 60})
    expect(page.get_by_label("Date and time")).to_have_value(f"{day:%Y-%m-%d}T09:00")


def test_a_full_day_opens_to_show_the_rest(server: ApiServer, reader: Tab) -> None:
    page = reader.page
    for hour in range(8, 18):
        plan(server, f"Post of {hour}", next_month(10, hour))
    page.get_by_role("button", name="Later").click()
    more = page.get_by_role("button", name=re.compile(r"^\d+ more$"))
    more.click()
    opened = page.get_by_role("dialog")
    expect(opened.get_by_role("button", name="Post of 17")).to_be_visible()
    reader.look("calendar-more")
    assert reader.serious() == []
    opened.get_by_role("button", name="Post of 17").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("17:00")


def test_what_is_filtered_is_kept_in_the_address_and_shared(
    server: ApiServer, reader: Tab, browser: Browser
) -> None:
    page, eve = reader.page, server.connect("eve")
    plan(server, "Of ada", next_month(10, 9), tags=["bread"])
    plan(server, "Of eve", next_month(10, 10), account_ids=[eve])
    page.reload()
    page.get_by_role("button", name="Month", exact=True).click()
    page.get_by_role("button", name="Later", exact=True).click()
    expect(page.get_by_role("button", name="Of ada")).to_be_visible()
    page.get_by_role("button", name="Filter").click()
    page.get_by_label("Account", exact=True).select_option(label="@eve")
    expect(page.get_by_role("button", name="Of ada")).to_be_hidden()
    expect(page.get_by_role("button", name="Of eve")).to_be_visible()
    with tab(browser, server.url) as colleague:
        colleague.come_back(server.key)
        colleague.open(page.url.partition("/#")[2].join(("#", "")))
        there = colleague.page
        expect(there.get_by_role("heading", level=1)).to_have_text(f"{next_month(1, 9):%B %Y}")
        expect(there.get_by_role("button", name="Of eve")).to_be_visible()
        expect(there.get_by_role("button", name="Of ada")).to_be_hidden()
        there.get_by_role("button", name="Show everything").click()
        expect(there.get_by_role("button", name="Of ada")).to_be_visible()
        there.get_by_label("Tag", exact=True).select_option(label="bread")
        expect(there.get_by_role("button", name="Of eve")).to_be_hidden()


def test_several_are_moved_by_keyboard_and_put_back(server: ApiServer, reader: Tab) -> None:
    page = reader.page
    when = [next_month(10, 9), next_month(12, 18)]
    posts = [plan(server, f"Loaf {n}", at) for n, at in enumerate(when)]
    page.get_by_role("button", name="Month", exact=True).click()
    page.get_by_role("button", name="Later", exact=True).click()
    page.get_by_role("button", name="Select", exact=True).press("Enter")
    for n in range(2):
        page.get_by_role("button", name=f"Loaf {n}").press("Enter")
        expect(page.get_by_role("button", name=f"Loaf {n}")).to_contain_text("Chosen.")
    expect(page.get_by_text("2 posts chosen")).to_be_visible()
    page.get_by_role("button", name="A day later").press("Enter")
    expect(page.get_by_text("2 posts moved.")).to_be_visible()
    for post, at in zip(posts, when, strict=True):
        assert local_plan(server, post) == f"{at + timedelta(days=1):%Y-%m-%dT%H:%M:%S}"
    page.get_by_role("button", name="Undo").press("Enter")
    expect(page.get_by_text("Moved back.")).to_be_visible()
    for post, at in zip(posts, when, strict=True):
        assert local_plan(server, post) == f"{at:%Y-%m-%dT%H:%M}"


def test_by_account_on_a_phone_posts_are_chosen_and_moved_by_touch(
    server: ApiServer, phone: Tab
) -> None:
    page, day = phone.page, next_month(10, 9)
    target = {"account_id": server.ada, "per_week": 3}
    server.call("PATCH", "/v1/calendar/rules", {"targets": [target]})
    posts = [plan(server, f"Loaf {n}", day + timedelta(minutes=5 * n)) for n in range(2)]
    phone.open(f"#/?view=accounts&date={day:%Y-%m-%d}")
    grid = page.get_by_role("region", name="Posts by account")
    expect(grid.get_by_role("rowheader", name="@ada")).to_contain_text("2 of 3")
    expect(grid.get_by_role("button", name="Loaf 1")).to_contain_text("Less than 15 min")
    page.get_by_role("button", name="Select", exact=True).tap()
    page.get_by_role("button", name="Choose all in sight").tap()
    page.get_by_role("button", name="Move…").tap()
    page.get_by_label("Or all to one day").fill(f"{day + timedelta(days=14):%Y-%m-%d}")
    phone.look("calendar-move-narrow")
    assert phone.serious() == []
    page.get_by_role("dialog").get_by_role("button", name="Move", exact=True).tap()
    expect(page.get_by_text("2 posts moved.")).to_be_visible()
    moved = [day + timedelta(days=14, minutes=5 * n) for n in range(2)]
    assert [local_plan(server, p) for p in posts] == [f"{m:%Y-%m-%dT%H:%M:%S}" for m in moved]


def test_key_dates_and_campaigns_lie_over_the_days(server: ApiServer, reader: Tab) -> None:
    page, first = reader.page, next_month(10, 9)
    reader.open("#/calendar/settings")
    page.get_by_label("What it is").fill("Wedding season")
    page.get_by_label("First day").fill(f"{first:%Y-%m-%d}")
    page.get_by_label(re.compile("^Last day")).fill(f"{next_month(20, 9):%Y-%m-%d}")
    page.get_by_role("button", name="Add key date").click()
    expect(page.get_by_role("button", name="Delete Wedding season")).to_be_visible()
    body = {"name": "Bread week", "first_day": f"{first:%Y-%m-%d}", "last_day": f"{first:%Y-%m-%d}",
            "colour": "pink", "goals": [{"metric": "posts", "target": 2}]}  # fmt: skip
    server.call("POST", "/v1/campaigns", body)
    plan(server, "In it", first, campaign="Bread week")
    reader.open(f"#/?view=month&date={first:%Y-%m-%d}")
    band = page.get_by_role("button", name="Wedding season").first
    expect(band).to_contain_text("Key date:")
    page.get_by_role("button", name="Bread week").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Bread week")
    expect(page.get_by_text("1 post to come, 0 posts live")).to_be_visible()
    expect(page.get_by_text("0 of 2")).to_be_visible()
    expect(page.get_by_role("link", name="In it")).to_be_visible()


def test_a_pause_is_seen_by_all_with_its_reason_and_nothing_leaves(
    server: ApiServer, reader: Tab
) -> None:
    page = reader.page
    soon = (datetime.now(UTC) + timedelta(seconds=6)).isoformat()
    body = {"text": "Held", "account_ids": [server.ada], "schedule": {"at": soon}}
    post = server.call("POST", "/v1/posts", body)["id"]
    page.get_by_role("link", name="Settings", exact=True).click()
    page.get_by_role("button", name="Pause publishing").click()
    page.get_by_label("Why").fill("Storm in the region")
    page.get_by_role("button", name="Pause", exact=True).click()
    banner = page.get_by_role("region", name="Publishing is paused")
    expect(banner).to_contain_text("Storm in the region")
    expect(banner).to_contain_text("you stopped it")
    reader.open(f"#/posts/{post}")
    expect(page.get_by_role("listitem").filter(has_text="@ada")).to_contain_text("On hold")
    expect(page.get_by_text("It waits here and never leaves by itself")).to_be_visible()
    reader.look("post-paused")
    assert server.network.posts == []
    banner.get_by_role("button", name="Resume publishing").click()
    expect(page.get_by_role("listitem").filter(has_text="@ada")).to_contain_text("Live")
    expect(banner).to_be_hidden()


def test_one_account_is_paused_checked_and_disconnected(server: ApiServer, reader: Tab) -> None:
    page = reader.page
    page.get_by_role("link", name="Accounts").click()
    card = page.get_by_role("listitem").filter(has_text="@ada")
    card.get_by_role("button", name="Check that it works").click()
    expect(page.get_by_text("@ada works.")).to_be_visible()
    # Its name is what the network says now.
    card = page.get_by_role("listitem").filter(has_text="@renamed")
    card.get_by_role("button", name="Pause").click()
    page.get_by_label("Why").fill("Rebranding")
    page.get_by_role("button", name="Pause", exact=True).last.click()
    expect(card).to_contain_text("Rebranding")
    card.get_by_role("button", name="Resume").click()
    expect(card.get_by_role("button", name="Pause")).to_be_visible()
    card.get_by_role("button", name="Disconnect").click()
    page.get_by_role("dialog").get_by_role("button", name="Disconnect").click()
    expect(card).to_contain_text("Disconnected")
    reader.look("account-disconnected")
    card.get_by_role("link", name="Reconnect").click()
    card = page.get_by_role("listitem").filter(has_text="@ada")
    expect(page.get_by_label("Server")).to_have_value("https://fake.example")
    page.get_by_label("User name").fill("ada")
    page.get_by_label("Access token").fill("t1")
    page.get_by_role("button", name="Reconnect").click()
    expect(card).to_contain_text("Connected")


def test_settings_change_the_clock_that_people_read(server: ApiServer, reader: Tab) -> None:
    page = reader.page
    plan(server, "Elsewhere", next_month(10, 9))
    page.get_by_role("link", name="Settings", exact=True).click()
    reader.expected.add("422")
    page.get_by_label("Time zone").fill("Mars/Olympus")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_label("Time zone")).to_have_attribute("aria-invalid", "true")
    page.get_by_label("Time zone").fill("Atlantic/Canary")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("Saved.")).to_be_visible()
    page.get_by_role("link", name="Calendar", exact=True).click()
    page.get_by_role("button", name="Later").click()
    expect(page.get_by_role("button", name="Elsewhere")).to_contain_text("08:00")


def test_several_workspaces_are_kept_apart(server: ApiServer, reader: Tab) -> None:
    page = reader.page
    plan(server, "Of the bakery", next_month(10, 9))
    server.call("POST", "/v1/workspaces", {"name": "Florist", "timezone": "Europe/Lisbon"})
    page.reload()
    page.get_by_role("button", name="Later").click()
    expect(page.get_by_role("button", name="Of the bakery")).to_be_visible()
    page.get_by_label("Workspace").select_option(label="Florist")
    expect(page.get_by_text("First, connect an account")).to_be_visible()
    expect(page.get_by_text("Times in Europe/Lisbon")).to_be_visible()
    expect(page.get_by_role("button", name="Of the bakery")).to_be_hidden()
    page.reload()
    expect(page.get_by_label("Workspace")).to_have_value(re.compile("wsp_"))
    expect(page.get_by_text("Times in Europe/Lisbon")).to_be_visible()


def test_a_key_for_a_program_is_shown_once(server: ApiServer, reader: Tab) -> None:
    page = reader.page
    page.get_by_role("link", name="Settings", exact=True).click()
    page.get_by_label("Name of the key").fill("newsletter")
    page.get_by_role("button", name="Create a key").click()
    token = page.locator("code").inner_text()
    assert server.call("GET", "/v1/me", authorization=f"Bearer {token}")["key"]["name"] == (
        "newsletter"
    )
    page.get_by_role("button", name="Revoke: newsletter").click()
    expect(page.get_by_role("button", name="Revoke: newsletter")).to_be_hidden()
    page.reload()
    expect(page.get_by_label("Name of the key")).to_be_visible()
    assert token not in reader.words()
