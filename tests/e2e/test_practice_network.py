"""The adapter against mastodon_mock, the simulator that serves as the practice network.

A third party's idea of the same API: a second opinion beside the server in `tests/servers`.
"""

import hashlib
import io
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import httpx
import pytest
from PIL import Image
from playwright.sync_api import Browser, expect

from local.emulator.server import free_port
from local.practice import GUEST_TOKEN, Practice, start
from shared.core.engagement import ItemKind, SeenItem
from shared.core.errors import Gone, InvalidDraft
from shared.core.models import SECOND, Draft, Media, Millis, Options, Part, Remote, Target
from shared.core.platform import Outgoing, Platform
from shared.core.workspaces import Account
from shared.platforms.guard import Guard
from shared.platforms.http import Client
from shared.platforms.registry import Registry
from tests.e2e.page.browser import tab
from tests.fakes.bucket import FakeBucket
from tests.fakes.make import account

TOKEN = "practice-token"


class WallClock:
    def now(self) -> Millis:
        return time.time_ns() // 1_000_000

    def sleep_until(self, at: Millis) -> None:
        time.sleep(max(0, at - self.now()) / SECOND)


@dataclass(frozen=True)
class World:
    registry: Registry
    mine: Account
    credential: Mapping[str, object]

    @property
    def adapter(self) -> Platform:
        return self.registry.open(self.mine, self.credential)


@pytest.fixture(scope="module")
def practice(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Practice]:
    folder: Path = tmp_path_factory.mktemp("practice")
    running = start(folder, port=free_port(), token=TOKEN)
    yield running
    running.stop()
    if running.process.stdin:
        running.process.stdin.close()


@pytest.fixture(scope="module")
def world(practice: Practice) -> Iterator[World]:
    client = Client(Guard(frozenset({f"127.0.0.1:{practice.port}"})))
    registry = Registry(lambda: client, options={}, clock=WallClock())
    got = registry.connect("mastodon", {"server": practice.url, "access_token": TOKEN})
    mine = replace(
        account(),
        server=got.server,
        remote_id=got.remote_id,
        handle=got.handle,
        limits=got.limits,
    )
    yield World(registry, mine, got.credential)
    client.close()


def part(text: str, *more: str, number: int = 0, **changes: object) -> Outgoing:
    draft = Draft((Part(text), *(Part(one) for one in more)), Options(languages=("en",)))
    key = f"{hashlib.sha256(text.encode()).hexdigest()}.{number}"
    made = Outgoing(draft, number, key, WallClock().now(), {})
    return replace(made, **changes)  # type: ignore[arg-type]  # the tests' own shorthand


def find(world: World, sent: Outgoing, *owned: str) -> Remote | None:
    since = WallClock().now() - 60 * SECOND
    return world.adapter.locate(sent, since=since, owned=frozenset(owned))


def test_it_tells_who_we_are(world: World) -> None:
    assert world.adapter.verify().remote_id == world.mine.remote_id
    assert world.mine.limits["max_characters"] > 0


def test_a_wrong_token_is_explained(world: World, practice: Practice) -> None:
    with pytest.raises(InvalidDraft) as caught:
        world.registry.connect("mastodon", {"server": practice.url, "access_token": "wrong"})
    assert caught.value.problems[0].code == "token_refused"


def test_a_post_is_published_found_and_not_made_twice(world: World) -> None:
    sent = part(
        "Hello & <welcome> @ada@social.example https://example.com/a_(b)?x=1&y=2. #sea\n\n👋"
    )
    assert find(world, sent) is None
    remote = world.adapter.publish(sent)
    assert find(world, sent) == remote
    assert find(world, sent, remote.id) is None
    assert world.adapter.publish(sent).id == remote.id, "the key was not recognised"


def test_a_thread_is_a_chain_and_each_part_is_found(world: World) -> None:
    texts = ("The same", "The same", "The same")
    live: tuple[Remote, ...] = ()
    for number in range(3):
        sent = part(*texts, number=number, earlier=live)
        live += (world.adapter.publish(sent),)
        assert find(world, sent) == live[-1]
    assert len({remote.id for remote in live}) == 3


def test_an_image_with_its_description_an_edit_and_a_deletion(world: World) -> None:
    out = io.BytesIO()
    Image.new("RGB", (64, 48), "teal").save(out, "PNG")
    bucket = FakeBucket()
    bucket.write("sea", out.getvalue(), mime="image/png")
    media = Media("med_1", "image/png", len(out.getvalue()), "sha", "sea", 64, 48, alt="The sea")
    draft = Draft((Part("With an image", (media,)),))
    handles: Mapping[str, object] = {}
    for _ in range(20):
        done = world.adapter.prepare(draft, handles, bucket)
        handles = done.handles
        if done.again_in is None:
            break
        time.sleep(done.again_in / SECOND)
    sent = Outgoing(draft, 0, "image.0", WallClock().now(), handles)
    remote = world.adapter.publish(sent)
    assert find(world, sent) == remote
    edited = replace(sent, draft=Draft((Part("With another text", (media,)),)))
    assert world.adapter.edit(edited, remote) == remote
    assert find(world, edited) == remote
    world.adapter.delete(remote)
    world.adapter.delete(remote)
    assert find(world, edited) is None
    with pytest.raises(Gone):
        world.adapter.edit(edited, remote)


# What comes back. The visitor acts on the practice network's own pages, as a newcomer does.


def act(
    practice: Practice, remote: Remote, action: str, text: str = "", user: str = "practice"
) -> None:
    """As a browser sends the form, and follows it back to the page."""
    page = f"{practice.url}/@{user}/{remote.id}"
    answer = httpx.post(
        f"{page}/{action}",
        data={"text": text} if text else {},
        headers={"Origin": practice.url},
        follow_redirects=True,
        timeout=30,
    )
    assert answer.status_code == 200, answer.text
    assert answer.request.method == "GET"


def came(world: World) -> list[SeenItem]:
    found: list[SeenItem] = []
    page: str | None = None
    while True:
        shown = world.adapter.activity(since=0, page=page)
        found += shown.items
        page = shown.next
        if page is None:
            return found


def below(world: World, remote: Remote) -> list[SeenItem]:
    thread = world.adapter.threads([remote])[remote.id]
    assert thread is not None
    assert thread.complete
    return list(thread.items)


def test_a_visitors_answer_comes_back_is_answered_and_taken_back(
    world: World, practice: Practice
) -> None:
    post = world.adapter.publish(part("Ask me anything"))
    act(practice, post, "answer", "How <old> are you? https://example.com/a")
    (item,) = [item for item in came(world) if item.parent_id == post.id]
    assert item.kind is ItemKind.REPLY
    assert item.text == "@practice How <old> are you? https://example.com/a"
    assert item.author.handle == f"visitor@127.0.0.1:{practice.port}"
    assert below(world, post) == [item]
    assert world.adapter.look([item.remote_id]) == {item.remote_id: item}
    draft = Draft((Part("Old enough"),), reply_to=item.target)
    answer = world.adapter.publish(Outgoing(draft, 0, "answer.0", WallClock().now(), {}))
    assert [(one.text, one.ours) for one in below(world, post)] == [
        (item.text, False),
        ("@visitor Old enough", True),
    ]
    shown = httpx.get(f"{practice.url}/@practice/{post.id}", timeout=30).text
    assert "Old enough" in shown
    act(practice, Remote(item.remote_id), "delete", user="visitor")
    assert world.adapter.look([item.remote_id]) == {item.remote_id: None}
    assert item.remote_id not in {one.remote_id for one in came(world)}
    assert world.adapter.threads([post, answer]).keys() == {post.id, answer.id}


def test_likes_and_answers_are_counted(world: World, practice: Practice) -> None:
    post, other = (world.adapter.publish(part(f"Count {number}")) for number in range(2))
    zero = {"likes": 0, "reposts": 0, "replies": 0}
    assert world.adapter.post_metrics([post, other]) == {post.id: zero, other.id: zero}
    for _ in range(2):
        act(practice, post, "like")
    act(practice, post, "answer", "Two")
    assert world.adapter.post_metrics([post, other, Remote("1")]) == {
        post.id: zero | {"likes": 1, "replies": 1},
        other.id: zero,
        "1": None,
    }
    act(practice, post, "unlike")
    assert world.adapter.post_metrics([post])[post.id] == zero | {"replies": 1}
    assert world.adapter.account_metrics().keys() == {"followers", "following", "posts"}


def test_an_answer_of_the_visitor_is_liked_and_not_liked(world: World, practice: Practice) -> None:
    post = world.adapter.publish(part("Like me back"))
    act(practice, post, "answer", "Gladly")
    (item,) = below(world, post)
    for liked, count in ((True, 1), (True, 1), (False, 0), (False, 0)):
        world.adapter.like(item.target, liked=liked)
        metrics = world.adapter.post_metrics([Remote(item.remote_id)])[item.remote_id]
        assert metrics is not None
        assert metrics["likes"] == count
    with pytest.raises(Gone):
        world.adapter.like(Target("1"), liked=True)


def test_what_was_posted_elsewhere_is_found(world: World, practice: Practice) -> None:
    """The guest's token stands in the README: with it anybody can post from outside of Tidings."""
    guest = world.registry.connect(
        "mastodon", {"server": practice.url, "access_token": GUEST_TOKEN}
    )
    theirs = replace(account(), server=guest.server, remote_id=guest.remote_id)
    headers = {"Authorization": f"Bearer {GUEST_TOKEN}"}
    made = [
        httpx.post(
            f"{practice.url}/api/v1/statuses",
            json={"status": f"From elsewhere {number}"},
            headers=headers,
            timeout=30,
        ).json()["id"]
        for number in range(45)
    ]
    adapter = world.registry.open(theirs, guest.credential)
    first = adapter.own_posts(since=0, page=None)
    assert first.next is not None
    second = adapter.own_posts(since=0, page=first.next)
    found = [post.remote.id for post in (*first.posts, *second.posts)]
    assert found == made[::-1]
    assert first.posts[0].text == "From elsewhere 44"


@pytest.mark.parametrize("origin", [None, "https://evil.example", "null"])
def test_no_other_page_can_act_for_the_visitor(
    world: World, practice: Practice, origin: str | None
) -> None:
    post = world.adapter.publish(part(f"Not for {origin}"))
    answer = httpx.post(
        f"{practice.url}/@practice/{post.id}/like",
        headers={} if origin is None else {"Origin": origin},
        timeout=30,
    )
    assert answer.status_code == 403
    metrics = world.adapter.post_metrics([post])[post.id]
    assert metrics is not None
    assert metrics["likes"] == 0


def test_a_form_that_is_too_long_or_for_nothing(practice: Practice) -> None:
    headers = {"Origin": practice.url}
    for path, body, status in (("1/answer", "x" * 9000, 413), ("1/answer", "x", 404)):
        answer = httpx.post(
            f"{practice.url}/@practice/{path}", data={"text": body}, headers=headers, timeout=30
        )
        assert answer.status_code == status


def test_a_newcomer_answers_and_likes_in_a_browser(
    world: World, practice: Practice, browser: Browser
) -> None:
    """The page's own policy lets its forms through."""
    post = world.adapter.publish(part("Who is there?"))
    with tab(browser, f"{practice.url}/") as reader:
        reader.page.goto(reader.url)
        shown = reader.page.get_by_role("article").filter(has_text="Who is there?")
        shown.get_by_label("Answer as a visitor").fill("Me, & <you>")
        shown.get_by_role("button", name="Answer").click()
        expect(reader.page).to_have_url(f"{practice.url}/@practice/{post.id}")
        expect(reader.page.get_by_text("@practice Me, & <you>")).to_be_visible()
        reader.page.get_by_role("button", name="Like").first.click()
        expect(reader.page.get_by_text("1 answer · 1 like")).to_be_visible()
        reader.look("practice")
        reader.page.get_by_role("button", name="Delete").click()
        expect(reader.page).to_have_url(f"{practice.url}/")
    assert below(world, post) == []
    assert world.adapter.post_metrics([post])[post.id] == {"likes": 1, "reposts": 0, "replies": 0}
