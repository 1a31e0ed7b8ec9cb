"""What each network's readers would see, beside what is being written: the real rules of each."""

import io
import re
from dataclasses import replace
from typing import Any, NoReturn

import pytest
from PIL import Image, ImageDraw
from playwright.sync_api import Browser, FilePayload, Locator, Page, expect

from shared.core.ports import Downloaded, PageCard
from shared.core.workspaces import AuditEntry
from shared.platforms.registry import ADAPTERS, Registry
from tests.e2e.page.api_server import ApiServer
from tests.e2e.page.browser import NARROW, tab
from tests.e2e.page.test_composing import write
from tests.fakes import make

HOME = {"bluesky": "https://bsky.social", "mastodon": "https://social.example.org"}
HANDLE = {"bluesky": "@casa.bsky.social", "mastodon": "@casa@social.example.org"}
LONG = "https://www.example.com/spring/rye-bread?from=here"


def picture(width: int, height: int, colour: str) -> bytes:
    """With a border, so that what is cut off can be seen."""
    image = Image.new("RGB", (width, height), colour)
    drawing = ImageDraw.Draw(image)
    drawing.rectangle((0, 0, width - 1, height - 1), outline="#ffffff", width=24)
    drawing.ellipse((width / 2 - 60, height / 2 - 60, width / 2 + 60, height / 2 + 60), "#fde68a")
    data = io.BytesIO()
    image.save(data, "PNG")
    return data.getvalue()


@pytest.fixture
def networks(server: ApiServer) -> ApiServer:
    """An account on each real network, whose rules are pure: nobody is called."""

    def nobody() -> NoReturn:
        raise AssertionError("a preview calls no network")

    registry = Registry(nobody, options={}, clock=server.clock)
    server.api = replace(server.api, platforms=registry)
    for number, name in enumerate(ADAPTERS):
        account = make.account(
            make.new_id("acc", number),
            workspace_id=server.workspace_id,
            platform=name,
            server=HOME[name],
            handle=HANDLE[name],
        )
        entry = AuditEntry(f"aud_{number}", server.workspace_id, 0, "test", "account.connected")
        server.store.create_account(account, b"sealed", entry)
    said = PageCard("Rye, every day", "From seven in the morning.", _downloaded())
    server.pages.said[LONG] = said
    return server


def _downloaded() -> Downloaded:
    return Downloaded(picture(400, 210, "#0f766e"), "image/png")


def preview_of(page: Page, name: str) -> Locator:
    return page.get_by_role("region", name=re.compile(re.escape(HANDLE[name])))


def add_part(page: Page, text: str) -> None:
    page.get_by_role("button", name="Add another part").click()
    page.get_by_role("textbox", name=re.compile(r"Part \d of \d")).last.fill(text)


def give(page: Page, *files: bytes) -> None:
    given: list[FilePayload] = [
        {"name": f"{n}.png", "mimeType": "image/png", "buffer": data}
        for n, data in enumerate(files)
    ]
    page.locator("input[type=file]").first.set_input_files(given)


def test_each_network_shows_what_it_would_make_of_a_post(
    networks: ApiServer, browser: Browser
) -> None:
    with tab(browser, networks.url) as reader:
        reader.come_back(networks.key)
        page = reader.page
        reader.open("#/posts/new")
        expect(page.get_by_text("Write something to see")).to_be_visible()
        for name in ADAPTERS:
            page.get_by_role("checkbox", name=re.compile(re.escape(HANDLE[name]))).check()
        lines = "\n".join(f"{n}. loaf" for n in range(1, 34))
        write(page, f"Hello @ada@home.example.com {LONG}\n\n#bread #rye")
        add_part(page, lines)

        mastodon, bluesky = preview_of(page, "mastodon"), preview_of(page, "bluesky")
        for region in (mastodon, bluesky):
            expect(region.get_by_text("1/2", exact=True)).to_be_visible()
            expect(region.get_by_text("2/2", exact=True)).to_be_visible()
            expect(region.get_by_role("group", name="Link card")).to_contain_text("Rye, every day")
        # Shortened, named and folded as each of them does.
        expect(mastodon.locator(".link")).to_have_text("example.com/spring/rye-bread?f…")
        expect(mastodon.locator(".mention")).to_have_text("@ada")
        below = mastodon.get_by_role("list", name="Hashtags below the post")
        expect(below.get_by_role("listitem")).to_have_text(["#bread", "#rye"])
        expect(bluesky.locator(".text .tag")).to_have_text(["#bread", "#rye"])
        expect(mastodon.get_by_text("Folded after 15 lines")).to_be_visible()
        expect(mastodon.get_by_text("The Mastodon server makes the card")).to_be_visible()
        expect(bluesky.locator(".link")).to_have_text("www.example.com/spring/rye-b...")
        expect(bluesky.get_by_text("Folded after 25 lines")).to_be_visible()
        folded = mastodon.locator(".text").nth(1)
        before = folded.evaluate("(text) => text.clientHeight < text.scrollHeight")
        reader.look("preview-beside-the-form")
        reader.look("preview-thread-mastodon", mastodon)
        reader.look("preview-thread-bluesky", bluesky)
        mastodon.get_by_role("button", name="Show more").click()
        after = folded.evaluate("(text) => text.clientHeight < text.scrollHeight")
        assert (before, after) == (True, False)
        assert reader.serious() == []


def test_pictures_are_cropped_and_covered_as_each_network_does(
    networks: ApiServer, browser: Browser
) -> None:
    settings: dict[str, Any] = {
        "viewport": NARROW,
        "has_touch": True,
        "is_mobile": True,
        "color_scheme": "dark",
    }
    with tab(browser, networks.url, **settings) as reader:
        reader.come_back(networks.key)
        page = reader.page
        reader.open("#/posts/new")
        for name in ADAPTERS:
            page.get_by_role("checkbox", name=re.compile(re.escape(HANDLE[name]))).check()
        write(page, f"Baked today {LONG}")
        give(
            page,
            picture(900, 300, "#0f766e"),
            picture(600, 600, "#9a3412"),
            picture(300, 900, "#1d4ed8"),
        )
        mastodon, bluesky = preview_of(page, "mastodon"), preview_of(page, "bluesky")
        for region, cut in (
            (mastodon, ["sides", "ends", "ends"]),
            (bluesky, ["sides", "ends", "ends"]),
        ):
            expect(region.locator(".tile")).to_have_count(3)
            for place, how in zip(region.locator(".tile").all(), cut, strict=True):
                expect(place).to_have_class(re.compile(f"cut-{how}"))
            expect(region.get_by_text("shows no card of its link")).to_be_visible()
        frames = [r.locator(".gallery").bounding_box() for r in (mastodon, bluesky)]
        shapes = [round(box["width"] / box["height"], 1) for box in frames if box]
        assert shapes == [1.5, 2.0]
        reader.look("preview-pictures-mastodon", mastodon)
        reader.look("preview-pictures-bluesky", bluesky)

        page.get_by_text("Visibility, warning, language").first.click()
        page.get_by_label("Content warning").first.fill("Gluten")
        expect(mastodon.get_by_text("Gluten")).to_be_visible()
        expect(mastodon.get_by_text("Baked today")).to_be_hidden()
        expect(bluesky.get_by_text("It cannot go out as it stands")).to_be_visible()
        mastodon.get_by_role("button", name="Show more").click()
        expect(mastodon.get_by_text("Baked today")).to_be_visible()
        expect(mastodon.get_by_text("Sensitive content")).to_be_visible()
        reader.look("preview-warning-mastodon", mastodon)
        mastodon.get_by_role("button", name="Show", exact=True).click()
        expect(mastodon.get_by_text("Sensitive content")).to_be_hidden()
        assert reader.serious() == []
        wide = page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        assert wide, "the page is wider than the screen"
