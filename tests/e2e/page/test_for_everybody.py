"""Read by eyes, ears and fingers: words, contrast, keyboard, touch, dark and narrow."""

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.e2e.page.api_server import ApiServer
from tests.e2e.page.browser import NARROW, WIDE, ZONE, Tab, tab
from tests.e2e.page.came_back import (
    DAY,
    HOUR,
    count_account,
    count_post,
    deliveries_of,
    made_elsewhere,
    receive,
)
from tests.fakes.network import refused_content

PROTOCOL = re.compile(
    r"\b(claim\w*|settle\w*|deliver\w*|unconfirmed|intent|lease|reconcil\w*|idempoten\w*|"
    r"null|undefined|NaN|\[object)\b",
    re.IGNORECASE,
)
LOOKS: dict[str, dict[str, Any]] = {
    "wide-light": {"viewport": WIDE},
    "narrow-dark": {
        "viewport": NARROW,
        "has_touch": True,
        "is_mobile": True,
        "color_scheme": "dark",
    },
}


@pytest.fixture
def busy(server: ApiServer) -> dict[str, str]:
    """A workspace with something in every state; answers places to look at."""
    server.ada, practice = server.connect("ada"), server.connect("bob", label="Practice")
    both = [server.ada, practice]

    def post(text: str, schedule: dict[str, Any] | None, accounts: list[str] = both) -> str:
        body = {"text": text, "account_ids": accounts, "schedule": schedule}
        return str(server.call("POST", "/v1/posts", body)["id"])

    ahead = datetime.now(UTC) + timedelta(days=1)
    live = post("Fresh bread from six o'clock. Come and smell it.", {"now": True})
    wait_until(lambda: len(server.network.posts) == 2)
    server.network.faults.append(refused_content)
    failed = post("This one was refused", {"now": True}, [server.ada])
    planned = post("Rye week begins", {"at": ahead.isoformat()})
    for n in range(4):
        post(f"Cake number {n}", {"at": (ahead + timedelta(hours=n)).isoformat()})
    post("An idea for spring", None)
    wait_until(lambda: server.call("GET", f"/v1/posts/{failed}")["status"] == "failed")
    spring = {"name": "Spring", "goals": [{"metric": "likes", "target": 40}]}
    campaign = server.call("POST", "/v1/campaigns", spring)["id"]
    at = server.clock.now()
    found = made_elsewhere(server, "From my telephone", at=at - DAY)
    (there,) = deliveries_of(server, found)
    count_post(server, there, [(HOUR, {"likes": 2}), (20 * HOUR, {"likes": 3, "replies": 0})])
    for ago in (5, 4, 1, 0):
        count_account(server, server.ada, at - ago * DAY, followers=100 - ago, posts=7)
    receive(server, "Every day.", name="Ada", conversation="x", seen={"ours": True})
    question = receive(server, "Is it rye?", conversation="x", post_id=found)
    receive(server, "Gone", deleted_at=at, seen={"content_warning": "bread"})
    return {
        "calendar": "#/",
        "day": "#/?view=day",
        "by-account": "#/?view=accounts",
        "campaigns": "#/campaigns",
        "campaign": f"#/campaigns/{campaign}",
        "calendar-settings": "#/calendar/settings",
        "inbox": "#/inbox",
        "conversation": f"#/inbox/{question.id}",
        "drafts": "#/drafts",
        "compose": "#/posts/new",
        "edit": f"#/posts/{planned}/edit",
        "live": f"#/posts/{live}",
        "failed": f"#/posts/{failed}",
        "planned": f"#/posts/{planned}",
        "elsewhere": f"#/posts/{found}",
        "accounts": "#/accounts",
        "account": f"#/accounts/{server.ada}",
        "reports": "#/reports",
        "library": "#/library",
        "search": "#/search?q=bread",
        "all-brands": "#/all",
        "people": "#/settings/people",
        "voice": "#/settings/voice",
        "snippets": "#/settings/snippets",
        "feeds": "#/settings/feeds",
        "health": "#/health",
        "connect": "#/accounts/connect",
        "settings": "#/settings",
    }


def wait_until(true: Callable[[], bool]) -> None:
    deadline = datetime.now(UTC) + timedelta(seconds=20)
    while not true():
        assert datetime.now(UTC) < deadline, "it never became true"


@pytest.mark.parametrize("look", LOOKS)
def test_every_place_is_sound_for_everybody(
    server: ApiServer, browser: Browser, busy: dict[str, str], look: str
) -> None:
    """axe finds nothing serious, nothing runs off the side, no word of the protocol shows."""
    with tab(browser, server.url, **LOOKS[look]) as shown:
        shown.sign_in(server.key)
        for name, place in busy.items():
            shown.open(place)
            shown.page.get_by_role("heading").first.wait_for()
            expect(shown.page.get_by_text("Loading…")).to_have_count(0)
            views = ("Month", "Week", "List") if name == "calendar" else ("",)
            for view in views:
                if view:
                    shown.page.get_by_role("button", name=view, exact=True).click()
                    expect(shown.page.locator(".ec-event").first).to_be_visible()
                check(shown, f"{look}-{name}{view and '-'}{view.lower()}")


def check(shown: Tab, name: str) -> None:
    shown.look(name)
    assert shown.serious() == [], name
    width = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
    assert shown.page.evaluate(width) <= 0, f"{name} runs off the side"
    assert PROTOCOL.search(shown.words()) is None, name


def test_the_sign_in_page_is_sound_too(visitor: Tab) -> None:
    visitor.page.goto(visitor.url)
    expect(visitor.page.get_by_role("heading", name="Sign in")).to_be_visible()
    check(visitor, "sign-in")


def test_practice_is_labelled_wherever_the_account_shows(server: ApiServer, reader: Tab) -> None:
    page = reader.page
    account = server.connect("bob", label="Practice")
    body = {"text": "Only practice", "account_ids": [account], "schedule": {"now": True}}
    post = server.call("POST", "/v1/posts", body)["id"]
    page.reload()
    for place in ("#/accounts", "#/posts/new", f"#/posts/{post}"):
        reader.open(place)
        expect(page.get_by_text("Practice", exact=True)).to_be_visible()
    reader.open("#/")
    page.get_by_role("button", name="List").click()
    expect(page.get_by_role("button", name="Only practice")).to_contain_text("(Practice)")


def tab_to(page: Page, name: str) -> None:
    """Press Tab until the focus is on what is called `name`."""
    seen = []
    for _ in range(60):
        page.keyboard.press("Tab")
        script = "(document.activeElement.labels?.[0] ?? document.activeElement).innerText || \
            document.activeElement.ariaLabel || document.activeElement.value || ''"
        at = str(page.evaluate(script)).strip()
        if name in at:
            return
        seen.append(at)
    raise AssertionError(f"Tab never reached {name!r}; it passed {seen}")


def test_a_post_is_planned_and_opened_by_keyboard_alone(server: ApiServer, reader: Tab) -> None:
    page = reader.page
    page.keyboard.press("Tab")
    expect(page.get_by_text("Skip to the content")).to_be_focused()
    tab_to(page, "New post")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="New post")).to_be_visible()
    tab_to(page, "What you want to say")
    page.keyboard.type("By keyboard")
    tab_to(page, "At a time")
    page.keyboard.press("ArrowRight")
    expect(page.get_by_role("radio", name="Now")).to_be_checked()
    tab_to(page, "Publish now")
    page.keyboard.press("Enter")
    expect(page.get_by_role("listitem").filter(has_text="@ada").first).to_contain_text("Live")
    tab_to(page, "Calendar")
    page.keyboard.press("Enter")
    tab_to(page, "By keyboard")
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="Take it down")).to_be_visible()
    tab_to(page, "Take it down")
    page.keyboard.press("Enter")
    expect(page.get_by_role("dialog")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_be_hidden()
    expect(page.get_by_role("button", name="Take it down")).to_be_focused()


def test_a_post_is_planned_and_cancelled_by_touch(server: ApiServer, phone: Tab) -> None:
    page = phone.page
    expect(page.get_by_role("button", name="List")).to_have_attribute("aria-pressed", "true")
    page.get_by_role("link", name="New post").first.tap()
    page.get_by_label("What you want to say").fill("By thumb")
    page.get_by_label("Date and time").fill("2031-06-01T09:00")
    page.get_by_role("button", name="Schedule").tap()
    page.get_by_role("button", name="Cancel it").tap()
    page.get_by_role("dialog").get_by_role("button", name="Cancel it").tap()
    expect(page.get_by_text("Cancelled").first).to_be_visible()
    page.get_by_role("link", name="Accounts").tap()
    expect(page.get_by_role("heading", name="Accounts")).to_be_visible()


def test_keys_are_listed_undo_what_was_done_and_can_be_turned_off(
    server: ApiServer, reader: Tab
) -> None:
    page = reader.page
    at = (datetime.now(UTC) + timedelta(days=2)).isoformat()
    body = {"text": "Not after all", "account_ids": [server.ada], "schedule": {"at": at}}
    post = server.call("POST", "/v1/posts", body)["id"]
    reader.open(f"#/posts/{post}")
    page.get_by_role("button", name="Cancel it").click()
    page.get_by_role("dialog").get_by_role("button", name="Cancel it").click()
    expect(page.get_by_text("Cancelled. Nothing goes out.").first).to_be_visible()
    page.keyboard.press("u")
    expect(page.get_by_text("It is planned for its former time again.")).to_be_visible()
    assert server.call("GET", f"/v1/posts/{post}")["status"] == "scheduled"
    page.keyboard.press("?")
    listed = page.get_by_role("dialog", name="Keyboard shortcuts")
    expect(listed.get_by_text("Write a new post")).to_be_visible()
    check(reader, "shortcuts")
    listed.get_by_label("Use keyboard shortcuts").uncheck()
    listed.get_by_role("button", name="Close").click()
    page.keyboard.press("n")
    page.keyboard.press("/")
    expect(listed).to_be_hidden()
    expect(page.get_by_role("heading", name="What it says")).to_be_visible()


def test_dates_are_written_as_the_readers_own_language_writes_them(
    server: ApiServer, browser: Browser
) -> None:
    server.ada = server.connect("ada")
    schedule = {"local": "2031-03-04T17:30", "timezone": ZONE}
    body = {"text": "Once", "account_ids": [server.ada], "schedule": schedule}
    post = server.call("POST", "/v1/posts", body)["id"]
    for locale, words in (
        ("de-DE", "4. März 2031 um 17:30"),
        ("en-US", "March 4, 2031 at 5:30 PM"),
    ):
        with tab(browser, server.url, locale=locale) as shown:
            shown.come_back(server.key)
            shown.open(f"#/posts/{post}")
            expect(shown.page.get_by_role("heading", level=1)).to_contain_text(words)


def test_going_somewhere_else_moves_the_focus_there(server: ApiServer, reader: Tab) -> None:
    page = reader.page
    page.get_by_role("link", name="Accounts").click()
    expect(page.get_by_role("main")).to_be_focused()
    expect(page).to_have_title("Accounts · Tidings")
