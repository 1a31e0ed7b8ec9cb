"""The media library: added by drop and by picking, found, cropped, renamed, used in a post."""

import base64
import io

from PIL import Image
from playwright.sync_api import FilePayload, expect

from tests.e2e.page.api_server import ApiServer
from tests.e2e.page.browser import NARROW, Tab
from tests.e2e.page.test_for_everybody import wait_until


def picture(colour: str, size: tuple[int, int] = (120, 80)) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", size, colour).save(out, "PNG")
    return out.getvalue()


DROP = """async (data) => {
    const bytes = Uint8Array.from(atob(data), (c) => c.charCodeAt(0));
    const files = new DataTransfer();
    files.items.add(new File([bytes], "dropped.png", { type: "image/png" }));
    document.body.dispatchEvent(new DragEvent("drop", { dataTransfer: files, bubbles: true }));
}"""


def test_the_library_from_upload_to_post(server: ApiServer, reader: Tab) -> None:
    page = reader.page
    reader.open("#/settings")
    page.get_by_role("link", name="Open the library").click()
    expect(page.get_by_text("There is nothing here yet.")).to_be_visible()
    page.evaluate(DROP, base64.b64encode(picture("teal")).decode())
    expect(page.get_by_text("1 file added.")).to_be_visible()
    many: list[FilePayload] = [
        {"name": f"{name}.png", "mimeType": "image/png", "buffer": picture(name)}
        for name in ("orange", "purple")
    ]
    page.locator("input[type=file]").set_input_files(many)
    expect(page.get_by_text("2 files added.")).to_be_visible()
    files = page.get_by_role("list", name="Files").get_by_role("button")
    expect(files).to_have_count(3)

    files.filter(has_text="orange.png").click()
    sheet = page.get_by_role("dialog")
    expect(sheet.get_by_text("No post shows it.")).to_be_visible()
    expect(sheet.get_by_text("@ada: As it is.")).to_be_visible()
    sheet.get_by_label("Description").fill("An orange wall")
    sheet.get_by_label("Folder").fill("Spring/Walls")
    sheet.get_by_label("Tags").fill("wall, orange")
    reader.look("library-file")
    assert reader.serious() == []
    sheet.get_by_role("button", name="Save").click()
    expect(page.get_by_text("Saved.")).to_be_visible()

    files.filter(has_text="orange.png").click()
    sheet.get_by_role("button", name="Crop").click()
    sheet.get_by_label("Shape").select_option("Square 1:1")
    expect(sheet.get_by_label("Width")).to_have_value("80")
    reader.look("library-crop")
    sheet.get_by_role("button", name="Make the new file").click()
    expect(files).to_have_count(4)

    page.get_by_label("Folder").select_option("Spring (2)")
    expect(files).to_have_count(2)
    page.get_by_role("button", name="Rename or move").click()
    sheet.get_by_label("New name or place").fill("2027/Spring")
    sheet.get_by_role("button", name="Save").click()
    expect(page.get_by_text("2 files moved.")).to_be_visible()
    expect(files).to_have_count(4)
    page.get_by_role("searchbox", name="Search").fill("orange walls")
    expect(files).to_have_count(2)
    reader.look("library")
    assert reader.serious() == []

    reader.open("#/posts/new")
    page.get_by_role("button", name="From the library").click()
    page.get_by_role("dialog").get_by_role("button", name="(80").click()
    reader.look("library-choose")
    page.get_by_role("dialog").get_by_role("button", name="Use (1)").click()
    expect(page.get_by_label("Description")).to_have_value("An orange wall")
    # What is begun is kept as a draft, which then shows the file.
    drafts = "/v1/posts?status=draft"
    wait_until(lambda: any(p["media_count"] for p in server.call("GET", drafts)["items"]))
    page.emulate_media(color_scheme="dark")
    page.set_viewport_size(NARROW)
    reader.open("#/library")
    expect(files).to_have_count(4)
    reader.look("library-narrow-dark")
    files.filter(has_text="orange.png (").click()
    used = sheet.get_by_role("region", name="Where it is used")
    expect(used.get_by_role("link", name="A post without words")).to_be_visible()
    reader.look("library-file-narrow-dark")
    assert reader.serious() == []


def photo() -> bytes:
    out = io.BytesIO()
    Image.effect_noise((2_400, 1_600), 60).convert("RGB").save(out, "JPEG", quality=90)
    return out.getvalue()


def test_a_large_photo_is_listed_small_and_opened_whole(server: ApiServer, reader: Tab) -> None:
    """What a list of photos brings to a phone is what it shows."""
    page = reader.page
    reader.open("#/library")
    file: FilePayload = {"name": "photo.jpg", "mimeType": "image/jpeg", "buffer": photo()}
    page.locator("input[type=file]").set_input_files(file)
    tile = page.get_by_role("list", name="Files").locator("img")
    wait_until(lambda: tile.evaluate("img => img.naturalWidth") == 960)
    reader.look("library-photo")
    page.get_by_role("list", name="Files").get_by_role("button").click()
    whole = page.get_by_role("dialog").get_by_role("img", name="photo.jpg")
    wait_until(lambda: whole.evaluate("img => img.naturalWidth") == 2_400)
    reader.open("#/posts/new")
    page.get_by_role("button", name="From the library").click()
    page.get_by_role("dialog").get_by_role("button", name="photo.jpg").click()
    page.get_by_role("dialog").get_by_role("button", name="Use (1)").click()
    shown = page.get_by_role("img", name="Picture").first
    wait_until(lambda: shown.evaluate("img => img.naturalWidth") == 960)


def test_an_upload_is_stopped_and_a_bad_address_is_told(server: ApiServer, reader: Tab) -> None:
    page = reader.page
    reader.open("#/library")
    expect(page.get_by_text("There is nothing here yet.")).to_be_visible()
    # The bucket never answers, so that there is time to change one's mind.
    page.route(f"{server.bucket.url}/", lambda route: None)
    slow: FilePayload = {"name": "slow.png", "mimeType": "image/png", "buffer": picture("red")}
    page.locator("input[type=file]").set_input_files(slow)
    arriving = page.get_by_role("list", name="Being added").get_by_role("listitem")
    expect(arriving.get_by_label("slow.png", exact=True)).to_be_visible()
    arriving.get_by_role("button", name="Cancel slow.png").click()
    expect(arriving).to_have_count(0)
    reader.expected.add("422 (Unprocessable")
    page.get_by_label("From a web address").fill("https://pictures.example/a.png")
    page.get_by_role("button", name="Fetch").click()
    expect(arriving.get_by_role("alert")).to_contain_text("Nothing outside can be reached here.")
    arriving.get_by_role("button", name="away").click()
    expect(arriving).to_have_count(0)
    assert server.store.media_items == {}
