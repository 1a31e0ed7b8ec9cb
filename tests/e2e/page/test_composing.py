"""Writing a post: accounts, words, pictures and time, with what is wrong beside each."""

import base64
import io
import re
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from PIL import Image
from playwright.sync_api import Browser, Page, Route, expect

from tests.e2e.page.api_server import ApiServer
from tests.e2e.page.browser import NARROW, ZONE, Tab, tab


def picture() -> bytes:
    data = io.BytesIO()
    Image.new("RGB", (640, 480), "#c2410c").save(data, "PNG")
    return data.getvalue()


def write(page: Page, text: str) -> None:
    page.get_by_label("What you want to say").fill(text)


def tomorrow_at(clock: str) -> str:
    """As a date-time input takes it, on the workspace's clock."""
    day = datetime.now(ZoneInfo(ZONE)) + timedelta(days=1)
    return f"{day:%Y-%m-%d}T{clock}"


def only_post(server: ApiServer) -> dict[str, object]:
    (found,) = server.call("GET", "/v1/posts")["items"]
    post: dict[str, object] = server.call("GET", f"/v1/posts/{found['id']}")
    return post


def test_a_newcomer_is_taken_from_nothing_to_a_connected_account(
    server: ApiServer, visitor: Tab
) -> None:
    visitor.expected.add("422")
    page = visitor.page
    visitor.sign_in(server.key)
    expect(page.get_by_role("heading", name="First, connect an account")).to_be_visible()
    visitor.look("first-steps")
    page.get_by_role("link", name="Connect an account").click()
    page.get_by_label("Server").fill("fake.example")
    page.get_by_label("User name").fill("ada")
    page.get_by_label("Access token").fill("t0")
    page.get_by_label("Your team's name for it").fill("Bakery")
    page.get_by_role("button", name="Connect").click()
    expect(page.get_by_label("Server")).to_have_accessible_description(
        re.compile("Enter the server's address")
    )
    visitor.look("connect-refused")
    page.get_by_label("Server").fill("https://fake.example")
    page.get_by_label("Access token").fill("wrong")
    page.get_by_role("button", name="Connect").click()
    expect(page.get_by_role("alert")).to_contain_text("not known here")
    page.get_by_label("Access token").fill("t0")
    page.get_by_role("button", name="Connect").click()
    expect(page.get_by_role("listitem").filter(has_text="@ada")).to_contain_text("Connected")
    expect(page.get_by_text("Bakery")).to_be_visible()
    assert visitor.serious() == []


def test_counts_and_problems_follow_the_typing(server: ApiServer, reader: Tab) -> None:
    page = reader.page
    page.get_by_role("banner").get_by_role("link", name="New post").click()
    expect(page.get_by_role("checkbox", name="@ada")).to_be_checked()
    write(page, "x" * 299)
    expect(page.get_by_text("299 / 300")).to_be_visible()
    write(page, "x" * 310)
    expect(page.get_by_text("310 / 300")).to_be_visible()
    field = page.get_by_label("What you want to say")
    expect(field).to_have_attribute("aria-invalid", "true")
    expect(field).to_have_accessible_description(re.compile("@ada: 310 of 300 characters"))
    reader.look("compose-too-long")
    write(page, "short")
    expect(field).not_to_have_attribute("aria-invalid", "true")


def test_a_post_is_planned_on_the_workspaces_clock_wherever_the_browser_is(
    server: ApiServer, browser: Browser
) -> None:
    server.connect("ada")
    with tab(browser, server.url, timezone_id="America/Los_Angeles", locale="en-US") as abroad:
        page = abroad.page
        abroad.sign_in(server.key)
        page.get_by_role("banner").get_by_role("link", name="New post").click()
        write(page, "Fresh bread")
        when = tomorrow_at("09:30")
        page.get_by_label("Date and time (Europe/Madrid)").fill(when)
        page.get_by_role("button", name="Schedule").click()
        expect(page.get_by_role("heading", level=1)).to_contain_text("at 9:30 AM")
        expect(page.get_by_role("list").get_by_text("Waiting")).to_be_visible()
        page.get_by_role("link", name="Calendar").click()
        page.get_by_role("button", name="List").click()
        entry = page.get_by_role("button", name="Fresh bread")
        expect(entry).to_contain_text("9:30 AM")
    plan = only_post(server)["plan"]
    assert isinstance(plan, dict)
    assert (plan["local"], plan["timezone"]) == (when, ZONE)


def test_a_clock_that_jumps_is_pointed_out(server: ApiServer, reader: Tab) -> None:
    """The night in which 02:30 does not exist in Madrid."""
    page = reader.page
    reader.open("#/posts/new")
    write(page, "Night shift")
    page.get_by_label("Date and time").fill("2027-03-28T02:30")
    expect(page.get_by_text(re.compile("03:30"))).to_be_visible()


def test_a_past_time_is_refused_beside_its_field_and_nothing_is_planned(
    server: ApiServer, reader: Tab
) -> None:
    reader.expected.add("422")
    page = reader.page
    reader.open("#/posts/new")
    write(page, "Yesterday's bread")
    page.get_by_label("Date and time").fill("2020-01-01T10:00")
    page.get_by_role("button", name="Schedule").click()
    expect(page.get_by_label("Date and time")).to_have_accessible_description(
        re.compile("That time has passed")
    )
    expect(page.get_by_role("alert")).to_be_focused()
    assert server.call("GET", "/v1/posts")["items"] == []


@pytest.mark.parametrize("way", ["pick", "drop", "paste"])
def test_a_picture_gets_its_description_and_goes_along(
    server: ApiServer, reader: Tab, way: str
) -> None:
    page = reader.page
    reader.open("#/posts/new")
    write(page, "Look")
    give_picture(page, way)
    description = page.get_by_label("Description for people who cannot see it")
    description.fill("A loaf of rye")
    reader.look(f"compose-picture-{way}")
    page.get_by_role("radio", name="Now").check()
    expect(page.get_by_text("Its pictures are uploaded first")).to_be_visible()
    page.get_by_role("button", name="Publish now").click()
    expect(page.get_by_role("img", name="A loaf of rye")).to_be_visible()
    expect(page.get_by_role("list").get_by_text("Live")).to_be_visible()
    assert [p.text for p in server.network.posts] == ["Look"]
    media = only_post(server)["media"]
    assert isinstance(media, list)
    assert [m["alt"] for m in media] == ["A loaf of rye"]
    reader.look(f"post-picture-{way}")


def give_picture(page: Page, way: str) -> None:
    if way == "pick":
        file = {"name": "rye.png", "mimeType": "image/png", "buffer": picture()}
        page.locator("input[type=file]").set_input_files(file)  # type: ignore[arg-type]  # a FilePayload
        return
    script = """(area, [encoded, way]) => {
        const bytes = Uint8Array.from(atob(encoded), (c) => c.charCodeAt(0));
        const data = new DataTransfer();
        data.items.add(new File([bytes], "rye.png", { type: "image/png" }));
        area.dispatchEvent(way === "drop"
            ? new DragEvent("drop", { dataTransfer: data, bubbles: true, cancelable: true })
            : new ClipboardEvent("paste", { clipboardData: data, bubbles: true }));
    }"""
    page.locator("textarea").first.evaluate(script, [base64.b64encode(picture()).decode(), way])


def test_a_file_that_is_not_what_it_says_is_refused_at_its_place(
    server: ApiServer, reader: Tab
) -> None:
    reader.expected |= {"422", "409"}
    page = reader.page
    reader.open("#/posts/new")
    write(page, "Look")
    file = {"name": "notes.png", "mimeType": "image/png", "buffer": b"only text"}
    page.locator("input[type=file]").set_input_files(file)  # type: ignore[arg-type]  # a FilePayload
    expect(page.get_by_role("alert").filter(has_text="notes.png")).to_be_visible()
    reader.look("compose-bad-file")
    page.get_by_role("button", name="Remove notes.png").click()
    page.get_by_role("button", name="Schedule").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("at")
    assert only_post(server)["media"] == []


def test_a_thread_is_written_part_by_part(server: ApiServer, reader: Tab) -> None:
    page = reader.page
    reader.open("#/posts/new")
    write(page, "One")
    page.get_by_role("button", name="Add another part").click()
    page.get_by_label("Part 2 of 2").get_by_role("textbox").fill("Two")
    page.get_by_role("button", name="Add another part").click()
    page.get_by_label("Part 3 of 3").get_by_role("textbox").fill("A mistake")
    page.get_by_role("button", name="Remove this part").last.click()
    page.get_by_role("radio", name="Now").check()
    page.get_by_role("button", name="Publish now").click()
    expect(page.get_by_text("2 of 2 parts are live")).to_be_visible()
    assert [p.text for p in server.network.posts] == ["One", "Two"]


def test_one_account_gets_words_and_pictures_of_its_own(server: ApiServer, reader: Tab) -> None:
    page, bob = reader.page, server.connect("bob")
    reader.page.reload()
    reader.open("#/posts/new")
    for name in ("@ada", "@bob"):
        page.get_by_role("checkbox", name=name).check()
    write(page, "Bread for all")
    page.get_by_role("group", name="Write differently for").get_by_role(
        "button", name="@bob"
    ).click()
    his = page.get_by_role("region", name="For @bob")
    words = his.get_by_role("textbox", name="Text for @bob")
    expect(words).to_be_focused()
    expect(words).to_have_value("Bread for all")
    words.fill("x" * 310)
    expect(his.get_by_text("310 / 300")).to_be_visible()
    expect(words).to_have_accessible_description(re.compile("@bob: 310 of 300"))
    expect(page.get_by_label("What you want to say")).not_to_have_attribute("aria-invalid", "true")
    words.fill("Pan para Bob")
    file = {"name": "rye.png", "mimeType": "image/png", "buffer": picture()}
    his.locator("input[type=file]").set_input_files(file)  # type: ignore[arg-type]  # a FilePayload
    his.get_by_label("Description for people").fill("A loaf of rye")
    reader.look("compose-differently")
    assert reader.serious() == []

    page.get_by_role("checkbox", name="@bob").uncheck()
    expect(his.get_by_text("None of the chosen accounts sends this.")).to_be_visible()
    page.get_by_role("checkbox", name="@bob").check()
    his.get_by_role("button", name=re.compile("Use everyone.s again")).click()
    expect(his).to_be_hidden()
    page.get_by_role("button", name="Undo").click()
    expect(words).to_have_value("Pan para Bob")
    page.emulate_media(color_scheme="dark")
    page.set_viewport_size(NARROW)
    his.scroll_into_view_if_needed()
    reader.look("compose-differently-narrow-dark")

    page.get_by_role("radio", name="Now").check()
    page.get_by_role("button", name="Publish now").click()
    expect(page.get_by_role("list").get_by_text("Live")).to_have_count(2)
    assert {p.text for p in server.network.posts} == {"Bread for all", "Pan para Bob"}
    post = only_post(server)
    assert post["media"] == []
    variants = post["variants"]
    assert isinstance(variants, dict)
    assert [file["alt"] for file in variants[bob]["media"]] == ["A loaf of rye"]
    inherited = ("parts", "options", "first_comment", "card")
    assert [variants[bob][field] for field in inherited] == [None] * 4


def test_what_a_program_wrote_survives_the_page(server: ApiServer, reader: Tab) -> None:
    """Opened and saved, and used as a new post, with all that the page shows only a part of."""
    page = reader.page
    card = {"url": "https://bakery.example/", "title": "Bread", "description": "", "media_id": None}
    options = {"visibility": "private", "content_warning": "", "sensitive": False}
    body = {
        "text": "Bread",
        "parts": [{"text": "Butter"}],
        "account_ids": [server.ada],
        "options": {"languages": ["en", "es"]},
        "first_comment": "Recipe below",
        "card": card,
        "variants": {
            "fake": {"text": "Pan", "options": options | {"languages": ["es", "ca"]}},
            server.ada: {"parts": [], "first_comment": "", "card": {"url": ""}},
        },
        "missed_window": "skip",
        "schedule": {"local": tomorrow_at("12:00"), "timezone": ZONE},
    }
    before = server.call("POST", "/v1/posts", body)
    reader.open(f"#/posts/{before['id']}/edit")
    expect(page.get_by_role("region", name="For Fakebook")).to_be_visible()
    reader.look("compose-inherited")
    page.get_by_role("button", name="Save changes").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("12:00")
    after = only_post(server)
    assert after["version"] != before["version"]
    written = ("content_hash", "variants", "first_comment", "card", "options", "missed_window")
    assert [after[field] for field in written] == [before[field] for field in written]

    page.get_by_role("link", name="Use as a new post").click()
    expect(page.get_by_label("Part 2 of 2").get_by_role("textbox")).to_have_value("Butter")
    page.get_by_label("Date and time").fill(tomorrow_at("13:00"))
    page.get_by_role("button", name="Schedule").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("13:00")
    ids = {post["id"] for post in server.call("GET", "/v1/posts")["items"]} - {before["id"]}
    copy = server.call("GET", f"/v1/posts/{ids.pop()}")
    assert [copy[field] for field in written] == [before[field] for field in written]


def test_a_picture_is_cut_where_it_is_used_and_sheets_send_nothing(
    server: ApiServer, reader: Tab
) -> None:
    reader.expected.add("422 (Unprocessable")
    page = reader.page
    reader.open("#/posts/new")
    write(page, "Look")
    give_picture(page, "pick")
    page.get_by_label("Description for people").fill("A loaf of rye")
    page.get_by_role("button", name="Crop").click()
    sheet = page.get_by_role("dialog")
    sheet.get_by_label("Shape").select_option("Square 1:1")
    reader.look("compose-crop")
    sheet.get_by_role("button", name="Make the new file").click()
    expect(sheet).to_be_hidden()
    expect(page.get_by_label("Description for people")).to_have_value("A loaf of rye")

    page.get_by_role("button", name="From the library").click()
    sheet.get_by_label("Search").fill("rye")
    sheet.get_by_label("Search").press("Enter")
    sheet.get_by_label("From a web address").fill("https://pictures.example/a.png")
    sheet.get_by_label("From a web address").press("Enter")
    expect(sheet.get_by_role("alert")).to_contain_text("Nothing outside can be reached here.")
    sheet.get_by_role("button", name="Cancel", exact=True).click()
    assert server.call("GET", "/v1/posts")["items"] == []
    page.get_by_role("button", name="Schedule").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("at")
    media = only_post(server)["media"]
    assert isinstance(media, list)
    assert [(m["width"], m["height"], m["alt"]) for m in media] == [(480, 480, "A loaf of rye")]


def test_what_the_networks_offer_is_asked_and_sent(server: ApiServer, reader: Tab) -> None:
    page = reader.page
    reader.open("#/posts/new")
    write(page, "Quietly")
    page.get_by_text("Visibility, warning, language").click()
    page.get_by_label("Who can see it").select_option("unlisted")
    page.get_by_label("Content warning").fill("Gluten")
    page.get_by_label("Language").select_option("es")
    page.get_by_role("button", name="Schedule").click()
    expect(page.get_by_text("Content warning: Gluten")).to_be_visible()
    assert only_post(server)["options"] == {
        "visibility": "unlisted",
        "content_warning": "Gluten",
        "sensitive": False,
        "languages": ["es"],
    }


def test_a_draft_waits_until_it_gets_a_time(server: ApiServer, reader: Tab) -> None:
    page = reader.page
    reader.open("#/posts/new")
    write(page, "An idea")
    page.get_by_role("radio", name="As a draft").check()
    page.get_by_role("button", name="Save draft").click()
    page.get_by_role("link", name="An idea").click()
    write(page, "A better idea")
    page.get_by_role("radio", name="At a time").check()
    page.get_by_label("Date and time").fill(tomorrow_at("11:00"))
    page.get_by_role("button", name="Save changes").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("11:00")
    expect(page.get_by_text("A better idea")).to_be_visible()
    assert only_post(server)["status"] == "scheduled"


def test_a_reload_loses_nothing_that_was_written(server: ApiServer, reader: Tab) -> None:
    page = reader.page
    reader.open("#/posts/new")
    write(page, "Half a thought")
    expect(page.get_by_text("14 / 300")).to_be_visible()
    page.reload()
    expect(page.get_by_label("What you want to say")).to_have_value("Half a thought")
    page.get_by_role("button", name="Start afresh").click()
    expect(page.get_by_label("What you want to say")).to_have_value("")
    page.reload()
    expect(page.get_by_label("What you want to say")).to_have_value("")
    expect(page.get_by_text("This is what you were writing before")).to_be_hidden()


def test_an_answer_that_is_lost_never_makes_a_second_post(server: ApiServer, reader: Tab) -> None:
    reader.expected |= {"ERR_FAILED", "ERR_CONNECTION"}
    page = reader.page
    lost: list[str] = []

    def lose_first(route: Route) -> None:
        if lost:
            route.continue_()
        else:
            route.fetch()
            lost.append(route.request.headers["idempotency-key"])
            route.abort()

    page.route("**/v1/posts", lose_first)
    reader.open("#/posts/new")
    write(page, "Only once")
    page.get_by_role("button", name="Schedule").click()
    expect(page.get_by_role("alert")).to_contain_text("cannot be reached")
    page.get_by_role("button", name="Schedule").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("at")
    assert len(lost) == 1
    assert only_post(server)["text"] == "Only once"


def test_what_people_write_is_shown_as_they_wrote_it(server: ApiServer, reader: Tab) -> None:
    hostile = '<img src=x onerror="document.title=1"><script>document.title=2</script> & {m.app}'
    page = reader.page
    reader.open("#/posts/new")
    write(page, hostile)
    page.get_by_role("button", name="Schedule").click()
    expect(page.get_by_text(hostile)).to_be_visible()
    page.get_by_role("link", name="Calendar").click()
    page.get_by_role("button", name="List").click()
    expect(page.get_by_text(hostile[:30])).to_be_visible()


def test_somebody_elses_change_is_noticed_before_it_is_overwritten(
    server: ApiServer, reader: Tab
) -> None:
    reader.expected.add("412")
    page = reader.page
    body = {
        "text": "Mine",
        "account_ids": [server.ada],
        "schedule": {"local": tomorrow_at("12:00"), "timezone": ZONE},
    }
    post = server.call("POST", "/v1/posts", body)
    with page.expect_response(lambda answered: "/editors/" in answered.url):
        reader.open(f"#/posts/{post['id']}/edit")  # and looks for changes the first time
    expect(page.get_by_label("What you want to say")).to_have_value("Mine")
    server.call("PATCH", f"/v1/posts/{post['id']}", {"text": "Theirs"})
    write(page, "Mine, again")
    page.get_by_role("button", name="Save changes").click()
    expect(page.get_by_role("alert")).to_contain_text("changed this post, too")
    assert only_post(server)["text"] == "Theirs"
    page.get_by_role("button", name="Keep mine").click()
    page.get_by_role("button", name="Save changes").click()
    expect(page.get_by_role("button", name="Versions (2)")).to_be_visible()
    assert only_post(server)["text"] == "Mine, again"
