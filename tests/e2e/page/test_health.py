"""Whether everything leaves as planned: what needs somebody, punctuality, and a rehearsal."""

from dataclasses import replace

from playwright.sync_api import expect

from tests.e2e.page.api_server import ApiServer
from tests.e2e.page.browser import NARROW, Tab
from tests.e2e.page.test_for_everybody import wait_until
from tests.e2e.page.test_numbers import table_row
from tests.e2e.page.test_posts import now, plan, status
from tests.fakes.network import refused_content


def test_what_needs_somebody_and_how_punctual_it_was(server: ApiServer, reader: Tab) -> None:
    page = reader.page
    bob = server.connect("bob", label="Practice")
    page.reload()
    live = plan(server, "Fresh bread", account_ids=[server.ada, bob], schedule={"now": True})
    wait_until(lambda: status(server, live) == "published")
    server.network.faults.append(refused_content)
    failed = now(server, "Not like this")
    wait_until(lambda: status(server, failed) == "failed")
    for ref, d in list(server.store.delivery_items.items()):
        late = 61_000 if d.account_id == bob else 0
        if ref.post_id == live:
            server.store.delivery_items[ref] = replace(d, due_at=(d.sent_at or 0) - late)
        else:
            server.store.delivery_items[ref] = replace(d, due_at=d.due_at - 120_000)
    reader.open("#/health")
    needs = page.get_by_role("region", name="Needs you")
    expect(needs).to_contain_text("the network does not want this text")
    expect(needs).to_contain_text("Mend what is said here, then try again")
    ada = table_row(page, "@ada").get_by_role("cell")
    expect(ada).to_have_text(["1", "1", "50 %", "50 %", "0 s", "0 s"])
    practice = table_row(page, "@bob (Practice)").get_by_role("cell")
    expect(practice).to_have_text(["1", "0", "0 %", "0 %", "1 min 1 s", "1 min 1 s"])
    reader.look("health")
    page.get_by_role("button", name="Rehearse the next 7 days").scroll_into_view_if_needed()
    page.get_by_role("button", name="7 days", exact=True).click()
    expect(ada.first).to_have_text("1")
    needs.get_by_role("link", name="Not like this").click()
    expect(page.get_by_role("button", name="Try again now")).to_be_visible()


def test_a_rehearsal_finds_what_would_not_leave(server: ApiServer, reader: Tab) -> None:
    page = reader.page
    reader.open("#/health")
    expect(page.get_by_text("Nothing needs you.")).to_be_visible()
    expect(page.get_by_text("Nothing was due in these days.")).to_be_visible()
    page.get_by_role("button", name="Rehearse the next 7 days").click()
    expect(page.get_by_text("Nothing is planned for the next 7 days.")).to_be_visible()
    reader.look("health-empty")
    plan(server, "A long text about bread")
    account = server.store.account_items[server.workspace_id, server.ada]
    unverified = replace(account, verified_at=None)
    server.store.account_items[server.workspace_id, server.ada] = unverified
    again = page.get_by_role("button", name="Rehearse again")
    again.click()
    expect(page.get_by_text("The one thing planned would leave on time.")).to_be_visible()
    # Asked by the publisher, who may decrypt: the network knows the account under a new name.
    checked = server.store.account_items[server.workspace_id, server.ada]
    assert (checked.verified_at or 0) > 0
    assert server.network.calls == ["verify"]
    server.network.limit = 10
    plan(server, "May I?", requires_approval=True)
    again.click()
    expect(page.get_by_text("2 of 2 need a look before then.")).to_be_visible()
    findings = page.get_by_role("region", name="The next 7 days").get_by_role("listitem")
    expect(findings).to_have_count(2)
    expect(findings.filter(has_text="A long text")).to_contain_text("23 of 10 characters")
    expect(findings.filter(has_text="May I?")).to_contain_text("Nobody has approved it")
    reader.look("health-rehearsal")
    assert reader.serious() == []
    page.emulate_media(color_scheme="dark")
    page.set_viewport_size(NARROW)
    reader.look("health-rehearsal-narrow-dark")
    findings.get_by_role("link", name="May I?").click()
    expect(page.get_by_role("button", name="Approve")).to_be_visible()
