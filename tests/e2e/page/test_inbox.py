"""The inbox: what came in is found, read, answered, liked, hidden and put away."""

from playwright.sync_api import Page, expect

from shared.core.engagement import ItemKind, ItemState
from shared.core.models import MINUTE, SECOND, MediaKind, SeenMedia
from tests.e2e.page.api_server import ApiServer
from tests.e2e.page.browser import Tab
from tests.e2e.page.came_back import DAY, made_elsewhere, receive
from tests.e2e.page.test_composing import give_picture
from tests.fakes.network import refused_content

HOSTILE = "<img src=x onerror=\"document.title='owned'\"><script>document.title='owned'</script>"


def news(page: Page) -> None:
    """What somebody does who comes back to the tab: the page asks at once."""
    page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")


def test_what_came_in_is_listed_filtered_and_paged(server: ApiServer, reader: Tab) -> None:
    page = reader.page
    page.get_by_role("link", name="Inbox").click()
    expect(page.get_by_role("heading", name="Nothing has come in yet")).to_be_visible()
    reader.look("inbox-empty")
    for n in range(32):
        receive(server, f"Message {n}", ago=(40 - n) * MINUTE, state=ItemState.CLOSED)
    now = server.clock.now()
    receive(server, "Is it rye?", name="Eve Adams", ago=3 * MINUTE)
    receive(
        server,
        "I take that back",
        name="Noor",
        ago=2 * MINUTE,
        deleted_at=now,
        state=ItemState.OPEN,
        seen={"kind": ItemKind.MENTION},
    )
    receive(server, HOSTILE, name=HOSTILE[:30], ago=MINUTE, seen={"kind": ItemKind.QUOTE})
    news(page)
    shown = page.get_by_role("list", name="What came in").get_by_role("listitem")
    expect(shown).to_have_count(30)
    expect(shown.nth(0)).to_contain_text("<script>document.title=")
    expect(shown.nth(1)).to_contain_text("Deleted by its author")
    expect(shown.nth(2)).to_contain_text("New")
    reader.look("inbox-list")
    page.get_by_role("button", name="Show more").click()
    expect(shown).to_have_count(35)
    expect(page.get_by_role("button", name="Show more")).to_be_hidden()
    page.get_by_label("Kind").focus()
    page.get_by_label("Kind").select_option(label="Mentions")
    expect(shown).to_have_count(1)
    expect(page.get_by_label("Kind")).to_be_focused()
    page.get_by_label("Kind").select_option(label="All")
    page.get_by_label("State").select_option(label="New")
    expect(shown).to_have_count(2)
    page.get_by_label("Answered", exact=True).select_option(label="Answered")
    expect(page.get_by_text("Nothing here matches.")).to_be_visible()
    page.reload()
    expect(page.get_by_label("State")).to_have_value("new")
    page.get_by_role("link", name="Show everything").click()
    expect(shown).to_have_count(30)
    assert page.title() == "Inbox · Tidings"


def test_a_message_is_answered_with_a_picture_and_nothing_typed_is_lost(
    server: ApiServer, reader: Tab
) -> None:
    page = reader.page
    about = made_elsewhere(server, "Fresh bread from six", at=server.clock.now() - DAY)
    thread = {"conversation": "bread", "post_id": about}
    own = {"ours": True}
    receive(server, "Every day but Monday.", name="Ada", ago=9 * MINUTE, seen=own, **thread)
    picture = SeenMedia(MediaKind.IMAGE, "https://cdn.example/loaf.jpg", "A loaf")
    seen = {"media": (picture,)}
    item = receive(server, f"Is it rye? {HOSTILE}", name="Eve", ago=8 * MINUTE, seen=seen, **thread)
    reader.open("#/inbox")
    page.get_by_role("link", name="Is it rye?").click()
    expect(page.get_by_role("heading", name="Conversation with Eve")).to_be_focused()
    expect(page.get_by_role("link", name="Fresh bread from six")).to_be_visible()
    messages = page.get_by_role("list", name="Conversation").get_by_role("listitem")
    expect(messages.nth(0)).to_contain_text("written on the network")
    links = page.locator("a[href^=http]")
    for n in range(links.count()):
        assert links.nth(n).get_attribute("rel") == "noopener noreferrer"
    page.get_by_label("Your answer to @eve").fill("It is, from")
    expect(page.get_by_text("11 / 300")).to_be_visible()
    receive(server, "Me too!", name="Noor", conversation="bread", post_id=about)
    news(page)
    expect(page.get_by_text("Me too!")).to_have_count(2)
    expect(page.get_by_label("Your answer to @eve")).to_have_value("It is, from")
    page.reload()
    expect(page.get_by_label("Your answer to @eve")).to_have_value("It is, from")
    page.get_by_label("Your answer to @eve").fill("It is, from our own field.")
    give_picture(page, "paste")
    page.get_by_label("Description for people who cannot see it").fill("A field of rye")
    reader.look("inbox-answering")
    page.get_by_role("button", name="Send", exact=True).click()
    answer = messages.filter(has_text="Answered by you")
    expect(answer).to_contain_text("Live")
    expect(answer.get_by_role("img", name="A field of rye")).to_be_visible()
    expect(page.get_by_label("Your answer to @eve")).to_have_value("")
    expect(page.get_by_role("button", name="Closed")).to_have_attribute("aria-pressed", "true")
    reader.look("inbox-answered")
    assert reader.serious() == []
    (sent,) = server.network.posts
    assert (sent.text, sent.parent) == ("It is, from our own field.", item.seen.remote_id)
    assert page.title() == "Inbox · Tidings"


def test_liked_hidden_and_put_away(server: ApiServer, reader: Tab) -> None:
    page = reader.page
    about = made_elsewhere(server, "Fresh bread", at=server.clock.now() - DAY)
    item = receive(server, "Buy followers here", name="Spam", post_id=about)
    receive(server, "Look who is here", name="Noor", seen={"kind": ItemKind.MENTION})
    reader.open(f"#/inbox/{item.id}")
    page.get_by_role("button", name="Like", exact=True).click()
    expect(page.get_by_role("button", name="Take the like back")).to_be_visible()
    page.get_by_role("button", name="Hide", exact=True).click()
    expect(page.get_by_role("button", name="Show again")).to_be_visible()
    assert server.network.liked == server.network.hidden == {item.seen.remote_id}
    page.get_by_role("button", name="Closed").click()
    row = page.get_by_role("list", name="What came in").get_by_role("listitem")
    expect(row.filter(has_text="Buy followers")).to_contain_text("Closed")
    assert server.store.inbox_item(item.workspace_id, item.id).state is ItemState.CLOSED
    page.get_by_role("link", name="Look who is here").click()
    expect(page.get_by_role("heading", name="Conversation with Noor")).to_be_visible()
    expect(page.get_by_role("button", name="Like", exact=True)).to_be_visible()
    expect(page.get_by_role("button", name="Hide", exact=True)).to_be_hidden()


def test_an_answer_that_did_not_go_out_says_so_and_leads_to_what_can_be_done(
    server: ApiServer, phone: Tab
) -> None:
    """By touch, on a narrow screen, where the conversation takes the place of the list."""
    page = phone.page
    server.network.faults.append(refused_content)
    seen = {"content_warning": "bread", "visibility": "private"}
    receive(server, "Is it rye?", name="Eve", ago=30 * SECOND, seen=seen)
    page.get_by_role("link", name="Inbox").tap()
    page.get_by_role("link", name="bread").tap()
    expect(page.get_by_role("heading", name="Inbox")).to_be_hidden()
    expect(page.get_by_label("Who can see your answer")).to_have_value("private")
    page.get_by_label("Your answer to @eve").fill("a" * 301)
    expect(page.get_by_text("301 / 300")).to_be_visible()
    expect(page.get_by_label("Your answer to @eve")).to_have_attribute("aria-invalid", "true")
    page.get_by_label("Your answer to @eve").fill("It is.")
    page.get_by_label("Close it with this answer").uncheck()
    page.get_by_role("button", name="Send", exact=True).tap()
    expect(page.get_by_text("Could not be sent: the network does not want this")).to_be_visible()
    phone.look("inbox-narrow-failed")
    page.get_by_role("link", name="Details").tap()
    expect(page.get_by_text("This is an answer.")).to_be_visible()
    page.get_by_role("button", name="Try again now").tap()
    expect(page.get_by_role("listitem").filter(has_text="@ada").first).to_contain_text("Live")
    page.get_by_role("link", name="See the conversation").tap()
    page.get_by_role("link", name="Back to the list").tap()
    expect(page.get_by_role("heading", name="Inbox")).to_be_visible()
    expect(page.get_by_text("Answered", exact=True).last).to_be_visible()


def test_a_deleted_message_stays_readable_and_cannot_be_answered(
    server: ApiServer, reader: Tab
) -> None:
    page = reader.page
    gone = receive(server, "Never mind", name="Eve", deleted_at=server.clock.now())
    reader.open(f"#/inbox/{gone.id}")
    expect(page.get_by_text("Its words are kept here for your team.")).to_be_visible()
    expect(page.get_by_role("button", name="Like", exact=True)).to_be_hidden()
    expect(page.get_by_label("Your answer to @eve")).to_be_hidden()
    reader.expected.add("404")
    reader.open("#/inbox/itm_nowhere")
    expect(page.get_by_text("This does not exist")).to_be_visible()
