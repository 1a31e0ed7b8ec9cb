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
        page.get_by_text("https://shop.example/menu?utm_source=fake&utm_medium=social", exact=True)
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


def test_who_approves_allows_what_a_rule_stops_once_and_says_why(
    server: ApiServer, reader: Tab
) -> None:
    reader.expected.add("422")
    rule = {"name": "No superlatives", "kind": "banned", "words": ["cheapest"]}
    server.call("PATCH", "/v1/voice", {"rules": [rule]})
    page = reader.page
    reader.open("#/posts/new")
    write(page, "The cheapest bread")
    page.get_by_role("button", name="Allow it this once…").click()
    page.get_by_label("Why").fill("legal said yes")
    reader.look("allow-once")
    assert reader.serious() == []
    page.get_by_label("Why").press("Enter")
    expect(page.get_by_text("No superlatives: allowed, because “legal said yes”")).to_be_visible()
    expect(page.get_by_label("What you want to say")).not_to_have_attribute("aria-invalid", "true")
    page.get_by_role("radio", name="Draft").check()
    page.get_by_role("button", name="Save draft").click()
    expect(page.get_by_role("link", name="The cheapest bread")).to_be_visible()
    (draft,) = server.call("GET", "/v1/posts?status=draft")["items"]
    reader.open(f"#/posts/{draft['id']}")
    expect(
        page.get_by_text("allowed what “No superlatives” stops: “legal said yes”")
    ).to_be_visible()
    # The same where a draft is given its time.
    server.call("PATCH", "/v1/voice", {"rules": [{**rule, "words": ["cheapest", "best"]}]})
    page.get_by_role("button", name="Give it a time").click()
    page.get_by_role("radio", name="Now").check()
    page.get_by_role("button", name="Publish now").click()
    page.get_by_role("button", name="Allow it this once…").click()
    page.get_by_label("Why").fill("she said it again")
    page.get_by_role("button", name="Allow it", exact=True).click()
    page.get_by_role("button", name="Publish now").click()
    expect(page.get_by_role("list").get_by_text("Live")).to_be_visible()
    assert [post.text for post in server.network.posts] == ["The cheapest bread"]


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
    page.set_viewport_size(NARROW)
    page.get_by_role("button", name="Insert").click()
    page.get_by_role("option", name="Weekly").click()
    page.get_by_label("bread").fill("Rye")
    page.get_by_role("button", name="Insert").last.click()
    expect(page.get_by_label("Part 1 of 2")).to_have_count(2)
    expect(page.get_by_role("textbox", name="Part 1 of 2")).to_have_value("This week: Rye")
    reader.look("snippets-template-narrow")


def test_a_tag_gets_another_name_everywhere(server: ApiServer, reader: Tab) -> None:
    for text, tag in (("One", "promo"), ("Two", "Spring")):
        server.call("POST", "/v1/posts", {"text": text, "tags": [tag]})
    server.call("POST", "/v1/pauses", {"scope": "tag", "value": "promo"})
    page = reader.page
    reader.open("#/settings")
    page.get_by_role("link", name="Tags").click()
    expect(page.get_by_role("listitem").get_by_text("1 post · 1 pause")).to_be_visible()
    page.get_by_role("button", name="Rename promo").click()
    page.get_by_label("New name").fill("spring")
    expect(page.get_by_text("the two become one")).to_be_visible()
    reader.look("tags-rename")
    page.get_by_label("New name").press("Enter")
    expect(page.get_by_text("“promo” is “spring” now, in 1 post.")).to_be_visible()
    expect(page.get_by_role("button", name="Rename promo")).to_have_count(0)
    expect(page.get_by_role("listitem").get_by_text("2 posts · 1 pause")).to_be_visible()
    page.set_viewport_size(NARROW)
    reader.look("tags-narrow")
    assert reader.serious() == []
