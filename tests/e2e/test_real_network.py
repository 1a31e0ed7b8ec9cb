"""What comes back: the deployed system on a real Bluesky network, with its AppView.

Somebody else likes, answers, quotes and mentions; the deployed functions gather and count it. The
last test waits for their schedules, the others start them.
"""

import io
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from PIL import Image

from tests.servers.bluesky import PdsAccount, Record
from tests.servers.bluesky_network import RealNetwork, post_record
from tests.servers.local_system import LocalSystem, wait_until

Item = dict[str, Any]
pytestmark = pytest.mark.first
LONG_AGO = timedelta(days=10)


@dataclass
class Stage:
    """Our account, connected to the system, and everybody else."""

    system: LocalSystem
    network: RealNetwork
    us: PdsAccount
    fan: PdsAccount
    account_id: str

    def publish(self, text: str) -> tuple[str, Record]:
        """A post of the system that is live: its id, and the record on the network."""
        post = self.system.post(text, self.account_id)
        done = self.system.wait_for(post["id"], "published", within=90)
        (record,) = [
            found
            for found in self.network.records(self.us.did)
            if found.uri == done["deliveries"][0]["remote_id"]
        ]
        return str(post["id"]), record

    def inbox(self, **filters: str) -> list[Item]:
        """All of the account's items, by pages of five."""
        found: list[Item] = []
        query = {"account_id": self.account_id, "limit": "5"} | filters
        while True:
            asked = "&".join(f"{name}={value}" for name, value in query.items())
            page = self.system.call("GET", f"/v1/inbox?{asked}").ok()
            found += page["items"]
            if page["next"] is None:
                return found
            query["cursor"] = page["next"]

    def items(self, *records: Record) -> list[Item]:
        """What the inbox holds of these, which it tells apart by their text."""
        texts = {record.value["text"] for record in records}
        return [item for item in self.inbox() if item["text"] in texts]

    def after_ticks(self, event: str, ask: Callable[[], Any], what: str, show: Any) -> Any:
        """What `ask` answers once it is true, while `event` happens again and again."""
        self.network.wait_indexed()

        def next_tick() -> Any:
            self.system.invoke(event)
            return ask()

        return wait_until(next_tick, within=90, what=what, show=show)

    def arrived(self, *records: Record) -> list[Item]:
        """Their items, once all are there."""

        def all_there() -> list[Item] | None:
            items = self.items(*records)
            return items if len(items) >= len(records) else None

        found = self.after_ticks("poll", all_there, "everything to be in the inbox", self.inbox)
        return list(found)

    def item(self, record: Record, when: Callable[[Item], Any], what: str) -> Item:
        """The item of this record once `when` holds for it."""
        item_id = self.arrived(record)[0]["id"]

        def as_wanted() -> Item | None:
            item: Item = self.system.call("GET", f"/v1/inbox/{item_id}").ok()["item"]
            return item if when(item) else None

        found: Item = self.after_ticks("poll", as_wanted, what, self.inbox)
        return found

    def counted(self, post_id: str, **expected: int) -> None:
        """Waits until these are the post's numbers; of others nothing is said."""
        path = f"/v1/posts/{post_id}/metrics"

        def metrics() -> dict[str, int]:
            return dict(self.system.call("GET", path).ok()["total"]["metrics"])

        self.system.invoke("poll")  # begins to follow the post
        self.after_ticks(
            "metrics", lambda: metrics() | expected == metrics(), str(expected), metrics
        )

    def followers(self) -> int | None:
        """As last counted; None while nobody counted."""
        today = datetime.now(UTC).date()
        span = f"from={today - timedelta(days=1)}&to={today + timedelta(days=1)}"
        path = f"/v1/accounts/{self.account_id}/metrics?{span}"
        cells = self.system.call("GET", path).ok()["cells"]
        return int(cells[-1]["metrics"]["followers"]) if cells else None


@pytest.fixture(scope="module")
def made_elsewhere() -> str:
    return f"made in the app {datetime.now(UTC):%H:%M:%S}"


def connected(system: LocalSystem, network: RealNetwork, us: PdsAccount) -> Stage:
    network.wait_indexed()
    fields = {
        "server": network.url,
        "identifier": us.handle,
        "app_password": network.app_password(us),
    }
    made = system.call("POST", "/v1/accounts", {"platform": "bluesky", "fields": fields}).ok()
    return Stage(system, network, us, network.create_account(), made["id"])


@pytest.fixture(scope="module")
def stage(system: LocalSystem, bluesky: RealNetwork, made_elsewhere: str) -> Stage:
    us = bluesky.create_account()
    bluesky.post(us, made_elsewhere, at=datetime.now(UTC) - LONG_AGO)
    return connected(system, bluesky, us)


def test_all_that_others_write_arrives_once(stage: Stage) -> None:
    network, us, fan = stage.network, stage.us, stage.fan
    _, ours = stage.publish("What do you think?")
    now = datetime.now(UTC)
    at_once = [post_record(f"at once {n}", reply_to=ours, at=now) for n in range(10)]
    replies = network.posts(fan, at_once)
    replies.append(network.post(fan, "backdated", reply_to=ours, at=now - timedelta(hours=5)))
    replies.append(network.post(fan, "a month old", reply_to=ours, at=now - timedelta(days=30)))
    for level in range(6):
        replies.append(network.post(fan, f"level {level}", reply_to=replies[-1]))
    quote = network.post(fan, "worth reading", quote=ours)
    mention = network.post(fan, "do you know this?", mention=us)
    network.like(fan, ours)
    network.repost(fan, ours)
    everything = [*replies, quote, mention]
    kinds = {quote.uri: "quote", mention.uri: "mention"}
    expected = Counter((kinds.get(one.uri, "reply"), one.value["text"]) for one in everything)

    def there() -> Counter[tuple[str, str]]:
        return Counter((item["kind"], item["text"]) for item in stage.inbox())

    stage.arrived(*everything)
    for _ in range(3):
        stage.system.invoke("poll")
    assert {what: times for what, times in there().items() if what in expected} == expected


def test_an_answer_appears_there_and_closes_the_item(stage: Stage) -> None:
    post_id, ours = stage.publish("Ask us anything")
    question = stage.network.post(stage.fan, "When do you open?", reply_to=ours)
    # A feed may show it before our post is followed: it comes in at once and finds its post later.
    item = stage.item(question, lambda item: item["post_id"] == post_id, "its post to be known")
    assert (item["kind"], item["can"]["reply"]) == ("reply", True)
    file = io.BytesIO()
    Image.effect_noise((300, 200), 60).convert("RGB").save(file, "JPEG")
    media = stage.system.upload(file.getvalue(), "Our opening hours")
    answer = {"text": "At six.", "media_ids": [media]}
    made = stage.system.call("POST", f"/v1/inbox/{item['id']}/replies", answer).ok()
    stage.system.wait_for(made["reply"]["post_id"], "published", within=90)
    (live,) = [r for r in stage.network.records(stage.us.did) if r.value["text"] == "At six."]
    assert live.value["reply"]["parent"] == {"uri": question.uri, "cid": question.cid}
    assert live.value["reply"]["root"]["uri"] == ours.uri
    assert live.value["embed"]["images"][0]["alt"] == "Our opening hours"
    shown = stage.item(question, lambda item: item["answered_at"], "the item to be answered")
    assert shown["state"] == "closed"
    conversation = stage.system.call("GET", f"/v1/inbox/{item['id']}").ok()
    assert conversation["post"]["id"] == post_id
    words = [(entry["item"] or entry["reply"])["text"] for entry in conversation["entries"]]
    assert words == ["When do you open?", "At six."]
    assert item["id"] in [one["id"] for one in stage.inbox(answered="true")]
    assert item["id"] not in [one["id"] for one in stage.inbox(answered="false")]


def test_a_deleted_reply_becomes_a_tombstone_and_an_edited_one_is_followed(stage: Stage) -> None:
    _, ours = stage.publish("Say something")
    kept = stage.network.post(stage.fan, "teh edited one", reply_to=ours)
    deleted = stage.network.post(stage.fan, "soon gone", reply_to=ours)
    before = {item["text"]: item for item in stage.arrived(kept, deleted)}
    assert all(item["deleted_at"] is None for item in before.values())
    stage.network.delete(stage.fan, deleted)
    tombstone = stage.item(deleted, lambda item: item["deleted_at"], "a tombstone")
    assert (tombstone["id"], tombstone["text"]) == (before["soon gone"]["id"], "soon gone")
    edited = stage.network.edit(stage.fan, kept, "the edited one")
    (item,) = stage.arrived(edited)
    assert item["id"] == before["teh edited one"]["id"]
    assert item["deleted_at"] is None


def test_numbers_of_a_post_rise_and_fall(stage: Stage) -> None:
    post_id, ours = stage.publish("Like and follow")
    like = stage.network.like(stage.fan, ours)
    stage.network.repost(stage.fan, ours)
    reply = stage.network.post(stage.fan, "done", reply_to=ours)
    stage.network.post(stage.fan, "look at this", quote=ours)
    stage.counted(post_id, likes=1, reposts=1, replies=1, quotes=1)
    stage.network.delete(stage.fan, like)
    stage.network.delete(stage.fan, reply)
    stage.counted(post_id, likes=0, reposts=1, replies=0, quotes=1)


def test_followers_rise_and_fall(stage: Stage) -> None:
    follow = stage.network.follow(stage.fan, stage.us)
    stage.after_ticks("metrics", lambda: stage.followers() == 1, "one follower", stage.followers)
    stage.network.delete(stage.fan, follow)
    stage.after_ticks("metrics", lambda: stage.followers() == 0, "no follower", stage.followers)


def on_calendar(stage: Stage, day: date) -> dict[str, str]:
    """Origins of this account's posts by their text."""
    path = f"/v1/calendar?from={day - timedelta(days=1)}&to={day + timedelta(days=1)}"
    return {
        post["excerpt"]: post["origin"]
        for listed in stage.system.call("GET", path).ok()["days"]
        for post in listed["posts"]
        if [one["account_id"] for one in post["deliveries"]] == [stage.account_id]
    }


def test_the_calendar_shows_what_was_made_elsewhere_and_ours_as_ours(
    stage: Stage, made_elsewhere: str
) -> None:
    today = datetime.now(UTC).date()
    stage.publish("made here")
    later = f"{made_elsewhere}, later"
    stage.network.post(stage.us, later)

    def both() -> bool:
        earlier = on_calendar(stage, today - LONG_AGO)
        return earlier == {made_elsewhere: "elsewhere"} and later in on_calendar(stage, today)

    stage.after_ticks("poll", both, "both posts", lambda: on_calendar(stage, today))
    shown = on_calendar(stage, today)
    assert shown.pop(later) == "elsewhere"
    assert shown.pop("made here") == "tidings"
    assert set(shown.values()) <= {"tidings"}


@pytest.mark.last
def test_the_schedules_alone_bring_a_mention_and_count_a_follower(
    system: LocalSystem, bluesky: RealNetwork
) -> None:
    stage = connected(system, bluesky, bluesky.create_account())
    stage.network.post(stage.fan, "hello there", mention=stage.us)
    stage.network.follow(stage.fan, stage.us)
    wait_until(
        lambda: [item["kind"] for item in stage.inbox()] == ["mention"],
        within=120,
        what="the mention",
        show=stage.inbox,
    )
    wait_until(lambda: stage.followers() == 1, within=120, what="one follower")
