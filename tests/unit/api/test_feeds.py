"""Calendar feeds, read by another library than the one that writes them."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any
from unicodedata import category
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

import pytest
from ical.calendar_stream import IcsCalendarStream
from ical.event import Event, EventStatus

from functions.api import feeding
from shared.core.feeds import AHEAD, BEHIND, GONE, CalendarFeed
from shared.core.models import MINUTE
from shared.core.schedule import rfc3339, to_millis
from tests.fakes.api_world import ApiWorld, Got

DAY = 24 * 60 * MINUTE
HOME = {"host": "tidings.example", "x-forwarded-proto": "https"}


def make(world: ApiWorld, **fields: Any) -> Any:
    answer = world.send("/v1/feeds", {"name": "Plan", **fields})
    assert answer.status == 201, answer.text
    return answer.json


def ask(world: ApiWorld, link: str, **headers: str) -> Got:
    """As a calendar program does: without a key, later than the instance remembers."""
    world.clock.advance(MINUTE)
    return again(world, link, **headers)


def again(world: ApiWorld, link: str, **headers: str) -> Got:
    parts = urlsplit(link)
    query = dict([parts.query.split("=", 1)]) if parts.query else None
    return world.request("GET", parts.path, query=query, key=None, **(HOME | headers))


def read(world: ApiWorld, feed: Mapping[str, Any]) -> dict[str, Event]:
    """The feed's events by the post they stand for."""
    got = ask(world, feed["link"])
    assert got.status == 200, got.text
    for line in got.text.split("\r\n"):
        assert len(line.encode()) <= 75
        assert not any(category(character) in ("Cc", "Zl", "Zp") for character in line)
    events = IcsCalendarStream.calendar_from_ics(got.text).events
    found = {str(event.uid).removesuffix("@tidings"): event for event in events}
    assert len(found) == len(events)
    return found


def test_a_feed_shows_what_is_planned(world: ApiWorld) -> None:
    post = world.write(
        "Fresh bread from six o'clock. " * 5, seconds=3_600, tags=["bread", "Füße & más"]
    )
    feed = make(world)
    got = ask(world, feed["link"])
    assert got.headers["content-type"] == "text/calendar; charset=utf-8"
    assert got.headers["cache-control"] == "private, max-age=900"
    (event,) = read(world, feed).values()
    due = datetime.fromisoformat(post["plan"]["at"])
    assert event.dtstart == due
    assert event.duration == timedelta(minutes=15)
    assert event.status is EventStatus.CONFIRMED
    assert str(event.summary).startswith("Fresh bread from six o'clock.")
    assert len(str(event.summary)) == 80
    page = f"https://tidings.example/#/posts/{post['id']}"
    assert event.description == f"Planned.\nGoes to @ada (Fake).\n\n{page}"
    assert str(event.url) == page
    assert event.categories == []
    texts = make(world, text=True)
    (whole,) = read(world, texts).values()
    assert str(whole.description).count("Fresh bread from six o'clock.") == 5
    assert whole.categories == ["bread", "Füße & más"]


@pytest.mark.parametrize(
    "hostile",
    [
        "BEGIN:VEVENT\r\nSUMMARY:injected\r\nEND:VEVENT\r\nEND:VCALENDAR",
        "a\u2028b\u2029c\u0085d",
        'commas, semi;colons: "quotes" \\n \\ backslashes ^n %0A',
        "👩‍👩‍👧‍👦 Füße ñandú العربية 日本語 " * 12,
        "x" * 900,
    ],
)
def test_hostile_texts_arrive_whole(world: ApiWorld, hostile: str) -> None:
    world.network.limit = 5_000
    post = world.write(hostile, seconds=600, tags=["one,two", "x"])
    feed = make(world, text=True, name="Ümläut; a, b\\n")
    (event,) = read(world, feed).values()
    breaks = str.maketrans({"\u2028": "\n", "\u2029": "\n", "\u0085": "\n"})
    expected = hostile.replace("\r\n", "\n").translate(breaks).strip()
    assert expected in str(event.description)
    assert event.uid == f"{post['id']}@tidings"
    assert "injected" not in str(event.summary).split("\n")


def test_moved_cancelled_and_deleted_posts_keep_their_uid(world: ApiWorld) -> None:
    posts = [world.write(f"post {n}", seconds=3_600) for n in range(3)]
    moved, cancelled, deleted = (post["id"] for post in posts)
    feed = make(world)
    before = read(world, feed)
    there = rfc3339(world.clock.now() + 7 * DAY)
    world.send(f"/v1/posts/{moved}/schedule", {"at": there})
    world.send(f"/v1/posts/{cancelled}/cancel")
    assert world.delete(f"/v1/posts/{deleted}").status == 204
    after = read(world, feed)
    assert set(after) == set(before)
    for post_id, event in after.items():
        assert (event.sequence or 0) > (before[post_id].sequence or 0)
        assert event.dtstamp > before[post_id].dtstamp
    assert after[moved].dtstart == datetime.fromisoformat(there)
    assert after[moved].status is EventStatus.CONFIRMED
    assert after[cancelled].status is EventStatus.CANCELLED
    gone = after[deleted]
    assert (gone.status, gone.dtstart) == (EventStatus.CANCELLED, before[deleted].dtstart)
    # Nothing of what it said is kept.
    assert "post 2" not in ask(world, feed["link"]).text
    world.clock.advance(GONE)
    assert set(read(world, feed)) == {moved}


def test_a_wall_time_stays_over_a_clock_change(world: ApiWorld) -> None:
    """Madrid goes back an hour on 2026-10-25; whoever reads UTC in that zone sees 09:00 twice."""
    place = ZoneInfo("Europe/Madrid")
    world.clock.set(to_millis(datetime(2026, 10, 20, tzinfo=UTC)))
    for day in ("2026-10-24", "2026-10-25"):
        schedule = {"local": f"{day}T09:00", "timezone": "Europe/Madrid"}
        body = {"text": day, "account_ids": [world.account.id], "schedule": schedule}
        assert world.send("/v1/posts", body).status == 201
    starts = [event.dtstart for event in read(world, make(world)).values()]
    utc = [start.astimezone(UTC).hour for start in starts if isinstance(start, datetime)]
    local = [start.astimezone(place).hour for start in starts if isinstance(start, datetime)]
    assert (utc, local) == ([7, 8], [9, 9])


def test_what_a_feed_is_about(world: ApiWorld) -> None:
    campaign = world.send("/v1/campaigns", {"name": "Spring"}).json
    key = world.send("/v1/keys", {"name": "b", "workspace_ids": ["wks_1"]}).json
    world.write("mine")
    world.write("spring", campaign=campaign["name"])
    mine, world.key = world.key, key["api_key"]
    world.write("theirs")
    world.key = mine
    other = world.connect("bob")
    world.write("bob's", account_ids=[other.id])

    def titles(**fields: Any) -> list[str]:
        return sorted(str(event.summary) for event in read(world, make(world, **fields)).values())

    assert titles() == ["bob's", "mine", "spring", "theirs"]
    assert titles(person=key["id"]) == ["theirs"]
    assert titles(campaign="spring") == ["spring"]
    assert titles(campaign=campaign["id"], person=key["id"]) == []
    assert titles(account_id=world.account.id) == ["mine", "spring", "theirs"]
    unknown = world.send("/v1/feeds", {"name": "x", "campaign": "Autumn"})
    assert (unknown.status, unknown.codes) == (422, ["unknown_campaign"])
    unknown = world.send("/v1/feeds", {"name": "x", "account_id": "acc_none"})
    assert (unknown.status, unknown.codes) == (422, ["unknown_account"])


def test_what_nobody_approved_is_shown_when_asked_for(world: ApiWorld) -> None:
    waiting = world.write("May I?", requires_approval=True)
    assert read(world, make(world)) == {}
    feed = make(world, drafts=True)
    event = read(world, feed)[waiting["id"]]
    assert event.status is EventStatus.TENTATIVE
    assert str(event.description).startswith("Waits for approval.")
    world.patch(f"/v1/feeds/{feed['id']}", {"drafts": False, "name": "Only certain"})
    assert read(world, feed) == {}


def test_posts_outside_the_window_are_left_out(world: ApiWorld) -> None:
    soon = world.write("soon", seconds=3_600)["id"]
    far = world.write("far", seconds=(AHEAD // 1_000) + 3_600)["id"]
    feed = make(world)
    assert set(read(world, feed)) == {soon}
    world.clock.advance(DAY)
    assert set(read(world, feed)) == {soon, far}
    world.clock.advance(BEHIND)
    assert set(read(world, feed)) == {far}


def test_a_full_feed_shows_what_comes_next_and_says_so(world: ApiWorld) -> None:
    world.write("old", seconds=60)
    feed = world.store.kept(CalendarFeed, "wks_1", make(world)["id"])

    def shown(most: int) -> tuple[list[str], str]:
        found = feeding.outline(world.api, feed, home="", now=world.clock.now(), most=most)
        return [event.title for event in found.events], found.note

    now = world.clock.advance(2 * DAY)
    for day in (1, 2, 3):
        world.write(f"in {day} days", seconds=day * DAY // 1_000)
    assert shown(4) == (["old", "in 1 days", "in 2 days", "in 3 days"], "")
    titles, note = shown(3)
    assert titles == ["in 1 days", "in 2 days", "in 3 days"]
    assert note.endswith("this shows the posts from yesterday on.")
    titles, note = shown(2)
    assert titles == ["in 1 days", "in 2 days"]
    assert note.endswith(f"from yesterday on, until {rfc3339(now + 2 * DAY)[:10]}.")


def test_asking_again_costs_little(world: ApiWorld) -> None:
    post = world.write("hello", seconds=600)
    feed = make(world, text=True)
    first = ask(world, feed["link"])
    tag = first.headers["etag"]
    unchanged = ask(world, feed["link"], if_none_match=f'"other", W/{tag}')
    assert (unchanged.status, unchanged.text) == (304, "")
    assert unchanged.headers["etag"] == tag
    world.patch(f"/v1/posts/{post['id']}", {"text": "hello again"})
    # Within the minute the instance says what it said.
    assert again(world, feed["link"], if_none_match=tag).status == 304
    changed = ask(world, feed["link"], if_none_match=tag)
    assert (changed.status, changed.headers["etag"] != tag) == (200, True)
    assert "hello again" in changed.text


def test_a_link_is_shown_once_and_stops_working_at_once(world: ApiWorld) -> None:
    made = make(world)
    secret = made["link"].partition("key=")[2]
    assert secret not in str(world.get("/v1/feeds").json)
    assert secret not in repr(world.store.kept_items)
    renewed = world.send(f"/v1/feeds/{made['id']}/renew").json
    refused = again(world, made["link"])
    assert refused.status == 404
    assert again(world, renewed["link"]).status == 200
    assert world.delete(f"/v1/feeds/{made['id']}").status == 204
    gone = again(world, renewed["link"])
    assert (gone.status, gone.text) == (404, refused.text)
    actions = [a.action for a in world.store.audit if a.action.startswith("feed.")]
    assert actions == ["feed.created", "feed.renewed", "feed.revoked"]


def test_a_link_ends_when_whoever_got_it_leaves(world: ApiWorld) -> None:
    world.write("secret plans")
    place = {"workspace_id": "wks_1", "role": "admin"}
    body = {"email": "bo@x.example", "workspaces": [place]}
    code = world.send("/v1/invitations", body).json["code"]
    bo = world.send("/v1/invitations/accept", {"code": code}, key=None).json["api_key"]
    wanted = {"name": "k", "workspace_ids": ["wks_1"]}
    program = world.send("/v1/keys", wanted, key=bo).json["api_key"]
    made = [
        world.send("/v1/feeds", {"name": "Plan"}, key=key).json for key in (bo, program, world.key)
    ]
    renewed = world.send(f"/v1/feeds/{make(world)['id']}/renew", key=bo).json
    links = [feed["link"] for feed in (*made, renewed)]
    assert [again(world, link).status for link in links] == [200] * 4
    person = world.get("/v1/me", key=bo).json["person"]["id"]
    assert world.delete(f"/v1/members/{person}").status == 204
    gone = [again(world, link) for link in links]
    assert [got.status for got in gone] == [404, 404, 200, 404]
    assert "secret" not in gone[0].text
    anew = world.send(f"/v1/feeds/{made[0]['id']}/renew").json
    assert again(world, anew["link"]).status == 200


@pytest.mark.parametrize("key", ["", "ö", "0" * 40, "a" * 5_000])
def test_what_opens_no_feed_is_not_told_apart(world: ApiWorld, key: str) -> None:
    feed = make(world)
    path = feed["link"].partition("?")[0]
    secret = feed["link"].partition("key=")[2]
    foreign = path.replace("wks_1", "wks_2")
    links = [f"{path}?key={key}", f"{foreign}?key={secret}", f"/feeds/a/b%23c.ics?key={secret}"]
    answers = {(got.status, got.text) for got in (again(world, link) for link in links)}
    assert answers == {(404, "There is no such calendar; its link may have been revoked.\n")}


def test_there_are_so_many_feeds_at_most(world: ApiWorld) -> None:
    for _ in range(100):
        make(world)
    full = world.send("/v1/feeds", {"name": "one more"})
    assert (full.status, full.json["code"]) == (409, "too_many_feeds")
