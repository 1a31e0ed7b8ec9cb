"""The adapter against mastodon_mock, the simulator that serves as the practice network.

A third party's idea of the same API: a second opinion beside the server in `tests/servers`.
"""

import hashlib
import io
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from PIL import Image

from local.emulator.server import free_port
from local.practice import Practice, start
from shared.core.errors import Gone, InvalidDraft
from shared.core.models import SECOND, Account, Draft, Media, Millis, Options, Part, Remote
from shared.core.platform import Outgoing, Platform
from shared.platforms.guard import Guard
from shared.platforms.http import Client
from shared.platforms.registry import Registry
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
    mine = replace(account(), server=got.server, remote_id=got.remote_id, limits=got.limits)
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
