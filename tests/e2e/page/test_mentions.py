"""Naming people and tags while writing: offered while typing, taken by keyboard or touch."""

import re

from playwright.sync_api import expect

from shared.core.engagement import Author
from tests.e2e.page.api_server import ApiServer
from tests.e2e.page.browser import Tab
from tests.e2e.page.came_back import receive

PEOPLE_OR_TAGS = re.compile("People|Hashtags")
HOSTILE = "<b onclick=alert(1)>Al"


def test_people_and_tags_are_completed_by_keyboard(server: ApiServer, reader: Tab) -> None:
    page, keys = reader.page, reader.page.keyboard
    receive(server, "Is it rye?", name="Alma Eve")
    server.network.people = [Author("1", "alice.example", HOSTILE), Author("2", "alan.example")]
    server.call("POST", "/v1/hashtag-groups", {"name": "Bread", "tags": ["bread", "rye"]})
    reader.open("#/posts/new")
    field = page.get_by_label("What you want to say")
    offers = page.get_by_role("listbox", name=PEOPLE_OR_TAGS).get_by_role("option")
    field.focus()
    keys.type("Write to me@alan.example, or ask @al")
    expect(offers).to_have_count(3)
    expect(offers.first).to_contain_text("wrote to you")
    expect(page.get_by_role("status").get_by_text("3 people. Arrow keys")).to_be_attached()
    expect(field).to_have_attribute("aria-expanded", "true")
    expect(page.get_by_text(HOSTILE)).to_be_visible()
    keys.press("ArrowDown")
    keys.press("ArrowDown")
    expect(offers.nth(1)).to_have_attribute("aria-selected", "true")
    reader.look("mentions")
    assert reader.serious() == []
    keys.press("Enter")
    expect(field).to_have_value("Write to me@alan.example, or ask @alice.example ")
    expect(offers).to_have_count(0)
    expect(field).not_to_have_attribute("aria-expanded", "true")
    keys.type("and @ala")
    expect(offers).to_have_count(1)
    keys.press("Escape")
    expect(offers).to_have_count(0)
    keys.type("n")
    keys.press("Enter")
    keys.type("#bre")
    expect(offers).to_have_count(2)
    keys.press("ArrowDown")
    keys.press("ArrowDown")
    keys.press("Enter")
    expect(field).to_have_value(
        "Write to me@alan.example, or ask @alice.example and @alan\n#bread #rye "
    )


def test_somebody_is_named_in_an_answer_by_touch(server: ApiServer, phone: Tab) -> None:
    page = phone.page
    receive(server, "Who bakes it?", name="Eve")
    server.network.people = [Author("1", "alice.example", "Alice")]
    phone.open("#/inbox")
    page.get_by_role("link", name="Who bakes it?").tap()
    field = page.get_by_label("Your answer to @eve")
    field.tap()
    field.press_sequentially("Ask @ali")
    offer = page.get_by_role("listbox", name="People").get_by_role("option", name="Alice")
    expect(offer).to_be_visible()
    phone.look("mentions-narrow")
    offer.tap()
    expect(field).to_have_value("Ask @alice.example ")
    expect(field).to_be_focused()
