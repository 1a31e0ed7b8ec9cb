"""A first comment, and a link's card by hand: written, sent, and shown."""

from dataclasses import replace

from playwright.sync_api import Browser, expect

from shared.core.ports import Downloaded, PageCard
from tests.e2e.page.api_server import ApiServer
from tests.e2e.page.browser import NARROW, Tab, tab
from tests.e2e.page.test_composing import only_post, picture, write
from tests.fakes.api_world import FakeDownload

LINK = "https://shop.example/rye"
PICTURE = "https://shop.example/rye.png"


def page_says(server: ApiServer, title: str = "Rye | Shop | Home") -> None:
    shown = Downloaded(picture(), "image/png")
    server.pages.said[LINK] = PageCard(title, "Buy rye at the shop.", shown, PICTURE)
    server.api = replace(server.api, download=FakeDownload({PICTURE: shown}))


def test_a_card_begins_with_what_its_page_says(server: ApiServer, reader: Tab) -> None:
    page_says(server)
    page = reader.page
    reader.open("#/posts/new")
    write(page, f"Fresh today: {LINK}.")
    card = page.get_by_role("group", name="Link card")
    card.get_by_role("button", name="Show or change it").click()
    expect(card.get_by_text("Buy rye at the shop.")).to_be_visible()
    reader.look("card-of-the-page")
    page.keyboard.press("Enter")  # the focus stands on the way on
    expect(card.get_by_role("img", name="Picture of the link card")).to_be_visible()
    card.get_by_label("Title").fill("Rye from this morning")
    page.get_by_role("button", name="Add a first comment").press("Enter")
    page.get_by_label("First comment").get_by_role("textbox").fill("The recipe is in our profile.")
    assert reader.serious() == []
    reader.look("card-and-comment")
    page.get_by_role("radio", name="Now").check()
    page.get_by_role("button", name="Publish now").click()
    expect(page.get_by_text("2 of 2 parts are live")).to_be_visible()
    expect(page.get_by_text("Rye from this morning")).to_be_visible()
    reader.look("post-card-and-comment")
    first, comment = server.network.posts
    assert first.card is not None
    assert (first.card.url, first.card.title) == (LINK, "Rye from this morning")
    assert first.card.media is not None
    assert (comment.text, comment.parent) == ("The recipe is in our profile.", first.id)
    post = only_post(server)
    assert post["first_comment"] == "The recipe is in our profile."


def test_what_a_program_wrote_is_there_on_a_phone_and_what_is_missing_is_said(
    server: ApiServer, browser: Browser
) -> None:
    ada = server.connect("ada")
    written = {"url": LINK, "title": "A very long title " * 8, "description": "", "media_id": None}
    post = server.call(
        "POST",
        "/v1/posts",
        {"text": "x", "account_ids": [ada], "first_comment": "Below", "card": written},
    )
    with tab(browser, server.url, viewport=NARROW, color_scheme="dark") as phone:
        phone.come_back(server.key)
        phone.open(f"#/posts/{post['id']}/edit")
        page = phone.page
        expect(page.get_by_label("First comment").get_by_role("textbox")).to_have_value("Below")
        card = page.get_by_role("group", name="Link card")
        expect(card.get_by_label("Title")).to_have_value(str(written["title"]))
        assert phone.serious() == []
        card.scroll_into_view_if_needed()
        phone.look("card-narrow-dark")
        card.get_by_role("button", name="As the page says again").click()
        card.get_by_role("button", name="Add a link card").click()
        card.get_by_label("Link").fill("https://gone.example/")
        card.get_by_role("button", name="Read the page").click()
        expect(card.get_by_text("it answered 404")).to_be_visible()
        card.get_by_role("button", name="Leave it so").click()
        page.get_by_role("button", name="Remove the first comment").click()
        page.get_by_role("button", name="Save changes").click()
        expect(page.get_by_role("heading", name="Drafts")).to_be_visible()
    stored = server.call("GET", f"/v1/posts/{post['id']}")
    assert (stored["card"], stored["first_comment"], stored["text"]) == (None, "", "x")
