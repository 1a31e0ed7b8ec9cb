"""A post after it was written: watched, answered for, changed, stopped, taken down."""

import re
from datetime import UTC, datetime, timedelta
from typing import Any

from playwright.sync_api import Page, expect

from shared.core.models import ReconcileClass
from tests.e2e.page.api_server import ApiServer
from tests.e2e.page.browser import NARROW, Tab
from tests.fakes.network import lost_answer, lost_request, refused_content


def plan(server: ApiServer, text: str, **changes: Any) -> str:
    """A post for tomorrow, made by a program; answers its id."""
    at = (datetime.now(UTC) + timedelta(days=1)).isoformat()
    body = {"text": text, "account_ids": [server.ada], "schedule": {"at": at}} | changes
    return str(server.call("POST", "/v1/posts", body)["id"])


def now(server: ApiServer, text: str) -> str:
    return plan(server, text, schedule={"now": True})


def status(server: ApiServer, post_id: str) -> str:
    return str(server.call("GET", f"/v1/posts/{post_id}")["status"])


def row(page: Page) -> Any:
    """The account that the post goes to."""
    return page.get_by_role("listitem").filter(has_text="@ada").first


def test_a_post_is_seen_going_out_without_a_reload(server: ApiServer, reader: Tab) -> None:
    page = reader.page
    soon = (datetime.now(UTC) + timedelta(seconds=4)).isoformat()
    reader.open(f"#/posts/{plan(server, 'To the second', schedule={'at': soon})}")
    expect(row(page)).to_contain_text("Waiting")
    expect(row(page)).to_contain_text("Live")
    expect(row(page)).to_contain_text(re.compile(r"after its time|exactly at its time"))
    link = row(page).get_by_role("link", name="Open on Fakebook")
    assert link.get_attribute("href") == f"https://fake.example/{server.network.posts[0].id}"
    page.get_by_text("History").click()
    expect(page.locator("details")).to_contain_text("Written by you")
    reader.look("post-live")


def test_the_calendar_follows_too(server: ApiServer, reader: Tab) -> None:
    page = reader.page
    soon = (datetime.now(UTC) + timedelta(seconds=4)).isoformat()
    plan(server, "Watch me", schedule={"at": soon})
    page.reload()
    page.get_by_role("button", name="List").click()
    entry = page.get_by_role("button", name="Watch me")
    expect(entry).to_contain_text("Waiting")
    expect(entry).to_contain_text("Live")


def test_what_the_network_refused_is_said_and_tried_again(server: ApiServer, reader: Tab) -> None:
    page = reader.page
    server.network.faults.append(refused_content)
    post = now(server, "Not like this")
    reader.open(f"#/posts/{post}")
    expect(row(page)).to_contain_text("Failed")
    expect(row(page)).to_contain_text("the network does not want this text")
    reader.look("post-failed")
    page.get_by_role("link", name="Calendar").click()
    expect(page.get_by_role("heading", name="1 post needs you")).to_be_visible()
    page.get_by_role("link", name="Not like this").click()
    page.get_by_role("button", name="Try again now").click()
    expect(row(page)).to_contain_text("Live")
    assert len(server.network.posts) == 1


def unclear(server: ApiServer, reader: Tab, text: str, *, live: bool) -> None:
    """A post of which nobody can tell whether it went out."""
    server.network.reconcile = ReconcileClass.NOTHING
    server.network.faults.append(lost_answer if live else lost_request)
    reader.open(f"#/posts/{now(server, text)}")
    expect(row(reader.page)).to_contain_text("Did this go out?")


def asked(page: Page) -> Any:
    """The question, with what is known."""
    row(page).get_by_role("button", name="See what is known, and answer").click()
    return page.get_by_role("dialog", name="Did this go out?")


def test_did_this_go_out_yes_with_its_link(server: ApiServer, reader: Tab) -> None:
    page = reader.page
    unclear(server, reader, "Perhaps", live=True)
    dialog = asked(page)
    expect(dialog.get_by_role("region", name="What was sent")).to_contain_text("Perhaps")
    known = dialog.get_by_role("region", name="What came back")
    expect(known).to_contain_text("read timeout")
    expect(known).to_contain_text("Fakebook offers no way to ask")
    expect(known.get_by_role("link")).to_have_attribute("href", "https://fake.example")
    reader.look("post-did-this-go-out")
    assert reader.serious() == []
    page.emulate_media(color_scheme="dark")
    page.set_viewport_size(NARROW)
    reader.look("post-did-this-go-out-narrow-dark")
    dialog.get_by_role("button", name="Yes, it is live").click()
    dialog.get_by_label("Link to the post").fill("https://fake.example/r1")
    dialog.get_by_role("button", name="It is live").click()
    expect(row(page)).to_contain_text("Live")
    expect(row(page).get_by_role("link", name="Open on Fakebook")).to_have_attribute(
        "href", "https://fake.example/r1"
    )
    assert len(server.network.posts) == 1


def test_did_this_go_out_no_send_it_again(server: ApiServer, reader: Tab) -> None:
    unclear(server, reader, "Perhaps not", live=False)
    asked(reader.page).get_by_role("button", name="No, send it again").click()
    expect(row(reader.page)).to_contain_text("Live")
    assert len(server.network.posts) == 1


def test_a_typo_is_mended_before_it_leaves(server: ApiServer, reader: Tab) -> None:
    page = reader.page
    reader.open(f"#/posts/{plan(server, 'Fresh braed')}")
    page.get_by_role("link", name="Edit").click()
    page.get_by_label("What you want to say").fill("Fresh bread")
    page.get_by_role("button", name="Save changes").click()
    expect(page.get_by_text("Fresh bread")).to_be_visible()
    expect(row(page)).to_contain_text("Waiting")


def test_a_typo_is_mended_on_what_is_live(server: ApiServer, reader: Tab) -> None:
    page = reader.page
    reader.open(f"#/posts/{now(server, 'Fresh braed')}")
    expect(row(page)).to_contain_text("Live")
    page.get_by_role("link", name="Edit").click()
    expect(page.get_by_text("Saving changes that too")).to_be_visible()
    page.get_by_label("What you want to say").fill("Fresh bread")
    expect(page.get_by_text("11 / 300")).to_be_visible()
    expect(page.get_by_label("Date and time")).not_to_have_attribute("aria-invalid", "true")
    page.get_by_role("button", name="Save changes").click()
    expect(page.get_by_text("Being changed on the network")).to_be_hidden()
    expect(row(page)).to_contain_text("Live")
    assert [p.text for p in server.network.posts] == ["Fresh bread"]


def test_another_time_and_now(server: ApiServer, reader: Tab) -> None:
    page = reader.page
    reader.open(f"#/posts/{plan(server, 'Sooner')}")
    page.get_by_role("button", name="Change the time").click()
    sheet = page.get_by_role("dialog")
    sheet.get_by_label("Date and time").fill("2020-01-01T09:00")
    reader.expected.add("422")
    sheet.get_by_role("button", name="Schedule").click()
    expect(sheet.get_by_label("Date and time")).to_have_attribute("aria-invalid", "true")
    sheet.get_by_label("Date and time").fill("2031-06-01T09:00")
    sheet.get_by_role("button", name="Schedule").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("1 June 2031 at 09:00")
    page.get_by_role("button", name="Change the time").click()
    sheet.get_by_role("radio", name="Now").check()
    sheet.get_by_role("button", name="Publish now").click()
    expect(row(page)).to_contain_text("Live")


def test_a_cancelled_post_stays_to_be_planned_again(server: ApiServer, reader: Tab) -> None:
    page = reader.page
    post = plan(server, "Better not")
    reader.open(f"#/posts/{post}")
    page.get_by_role("button", name="Cancel it").click()
    dialog = page.get_by_role("dialog", name="Cancel this post?")
    dialog.get_by_role("button", name="Keep it").click()
    expect(dialog).to_be_hidden()
    assert status(server, post) == "scheduled"
    page.get_by_role("button", name="Cancel it").click()
    dialog.get_by_role("button", name="Cancel it").click()
    expect(row(page)).to_contain_text("Cancelled")
    assert status(server, post) == "cancelled"
    page.get_by_role("button", name="Change the time").click()
    page.get_by_role("dialog").get_by_label("Date and time").fill("2031-06-01T09:00")
    page.get_by_role("dialog").get_by_role("button", name="Schedule").click()
    expect(row(page)).to_contain_text("Waiting")


def test_a_live_post_is_taken_down(server: ApiServer, reader: Tab) -> None:
    page = reader.page
    reader.open(f"#/posts/{now(server, 'Oops')}")
    expect(row(page)).to_contain_text("Live")
    page.get_by_role("button", name="Take it down").click()
    dialog = page.get_by_role("dialog", name="Take this post down?")
    dialog.get_by_role("button", name="Take it down").click()
    expect(row(page)).to_contain_text("Taken down")
    assert server.network.posts == []


def test_a_draft_is_deleted_for_good(server: ApiServer, reader: Tab) -> None:
    page = reader.page
    body = {"text": "Never mind", "account_ids": []}
    post = server.call("POST", "/v1/posts", body)
    reader.open(f"#/posts/{post['id']}")
    page.get_by_role("button", name="Delete it").click()
    page.get_by_role("dialog").get_by_role("button", name="Delete it").click()
    expect(page.get_by_role("heading", name="No drafts")).to_be_visible()
    assert server.call("GET", "/v1/posts?status=draft")["items"] == []


def test_a_post_is_used_again(server: ApiServer, reader: Tab) -> None:
    page = reader.page
    reader.open(f"#/posts/{now(server, 'Every Monday')}")
    expect(row(page)).to_contain_text("Live")
    page.get_by_role("link", name="Use as a new post").click()
    expect(page.get_by_label("What you want to say")).to_have_value("Every Monday")
    page.get_by_role("button", name="Schedule").click()
    expect(row(page)).to_contain_text("Waiting")
    assert len(server.call("GET", "/v1/posts")["items"]) == 2


def test_what_needs_approval_leaves_only_after_it(server: ApiServer, reader: Tab) -> None:
    page = reader.page
    reader.open(f"#/posts/{plan(server, 'May I?', requires_approval=True)}")
    expect(page.get_by_text("Waiting for approval")).to_be_visible()
    page.get_by_role("button", name="Approve").click()
    expect(page.get_by_text("Waiting for approval")).to_be_hidden()
    expect(row(page)).to_contain_text("Waiting")


def test_a_post_that_is_not_there_says_so(server: ApiServer, reader: Tab) -> None:
    reader.expected.add("404")
    reader.open("#/posts/pst_nowhere")
    expect(reader.page.get_by_text("This does not exist")).to_be_visible()
