"""A brand's voice where people write, and what they insert again and again."""

import re

from playwright.sync_api import expect

from tests.e2e.page.api_server import ApiServer
from tests.e2e.page.browser import NARROW, Tab
from tests.e2e.page.test_composing import only_post, write


def test_a_rule_is_made_seen_while_typing_and_mended(server: ApiServer, reader: Tab) -> None:
    reader.expected.add("422")
    page = reader.page
    reader.open("#/settings/voice")
    page.get_by_label("How we sound").fill("Warm and short.\nNo jokes about competitors.")
    page.get_by_role("button", name="Add a rule").click()
    page.get_by_role("textbox", name="Name").fill("No superlatives")
    page.get_by_role("button", name="Save").click()
    words = page.get_by_label("Words or phrases")
    expect(words).to_have_accessible_description(re.compile("at least one word"))
    words.fill("cheapest\nbest in town")
    page.get_by_role("button", name="Add a rule").click()
    second = page.get_by_role("group", name="Rule 2")
    second.get_by_role("textbox", name="Name").fill("Say so")
    page.get_by_role("group", name="Say so").get_by_label("It is about").select_option("disclosure")
    page.get_by_role("group", name="Say so").get_by_label("One of these").fill("#ad")
    page.get_by_label("Your sites").fill("shop.example")
    page.get_by_role("button", name="The usual three").click()
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("status").get_by_text("It holds for what is written")).to_be_visible()
    assert reader.serious() == []
    reader.look("voice")
    reader.open("#/posts/new")
    expect(page.get_by_text("No jokes about competitors.")).to_be_visible()
    write(page, "The cheapest bread: https://shop.example/menu")
    field = page.get_by_label("What you want to say")
    expect(field).to_have_accessible_description(
        re.compile("@ada: Take out “cheapest”. .Rule: No superlatives")
    )
    expect(
        page.get_by_text("https://shop.example/menu?utm_source=fake&utm_medium=social")
    ).to_be_visible()
    page.get_by_text("Tags and campaign").click()
    page.get_by_role("checkbox", name="Sponsored").check()
    expect(field).to_have_accessible_description(re.compile("Add “#ad”. .Rule: Say so"))
    reader.look("voice-compose")
    write(page, "Fresh bread #ad: https://shop.example/menu")
    expect(field).not_to_have_attribute("aria-invalid", "true")
    assert reader.serious() == []
    page.get_by_role("radio", name="Now").check()
    page.get_by_role("button", name="Publish now").click()
    expect(page.get_by_role("list").get_by_text("Live")).to_be_visible()
    sent = "Fresh bread #ad: https://shop.example/menu?utm_source=fake&utm_medium=social"
    assert [post.text for post in server.network.posts] == [sent]
    assert only_post(server)["tags"] == ["sponsored"]


def test_a_snippet_with_a_variable_is_inserted_by_keyboard(server: ApiServer, reader: Tab) -> None:
    page, keys = reader.page, reader.page.keyboard
    reader.open("#/settings/snippets")
    page.get_by_role("button", name="New snippet").click()
    page.get_by_label("Name").fill("Opening hours")
    page.get_by_label("Text").fill("{brand} opens at {hour}.")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("listitem").get_by_text("Asks for brand, hour")).to_be_visible()
    server.call("POST", "/v1/hashtag-groups", {"name": "Bread", "tags": ["bread", "rye"]})
    template = {"name": "Weekly", "text": "This week: {bread}", "parts": ["More"]}
    server.call("POST", "/v1/templates", template)
    reader.look("snippets")
    assert reader.serious() == []
    reader.open("#/posts/new")
    field = page.get_by_label("What you want to say")
    field.focus()
    keys.type("Good morning!")
    keys.press("Alt+i")
    expect(page.get_by_role("combobox", name="Find")).to_be_focused()
    keys.type("opening")
    expect(page.get_by_role("dialog").get_by_role("option")).to_have_count(1)
    keys.press("Enter")
    expect(page.get_by_label("brand")).to_be_focused()
    reader.look("snippets-fill")
    keys.press("Tab")
    keys.type("six")
    assert reader.serious() == []
    keys.press("Enter")
    brand = server.call("GET", "/v1/workspaces")["items"][0]["name"]
    expect(field).to_have_value(f"Good morning! {brand} opens at six.")
    expect(field).to_be_focused()
    keys.press("Alt+i")
    keys.type("bread")
    reader.look("snippets-find")
    keys.press("Enter")
    expect(field).to_have_value(f"Good morning! {brand} opens at six. #bread #rye")
    field.fill("")
    page.set_viewport_size(NARROW)  # type: ignore[arg-type]  # a ViewportSize
    page.get_by_role("button", name="Insert").click()
    page.get_by_role("option", name="Weekly").click()
    page.get_by_label("bread").fill("Rye")
    page.get_by_role("button", name="Insert").last.click()
    expect(page.get_by_label("Part 1 of 2")).to_have_count(2)
    expect(page.get_by_role("textbox", name="Part 1 of 2")).to_have_value("This week: Rye")
    reader.look("snippets-template-narrow")
