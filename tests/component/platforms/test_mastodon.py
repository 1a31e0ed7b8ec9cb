"""The adapter against a server that speaks the API over HTTP, in every dialect observed."""

import io
import threading
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from shared.core.errors import (
    AccessRevoked,
    Ambiguous,
    Gone,
    InvalidDraft,
    PlatformError,
    RateLimited,
    Rejected,
    Transient,
)
from shared.core.models import SECOND, Draft, Media, Millis, Options, Part, Remote
from shared.core.platform import Outgoing, Platform
from shared.core.workspaces import Account
from shared.platforms.guard import Guard
from shared.platforms.http import Client
from shared.platforms.mastodon_count import length
from shared.platforms.registry import Registry
from tests.fakes.bucket import FakeBucket
from tests.fakes.make import account
from tests.fakes.time import START, FakeClock
from tests.servers.loopback import (
    LOOPBACK,
    RESET_AFTER_APPLYING,
    RESET_BEFORE_APPLYING,
    RESET_THEN_APPLIED_LATE,
    Fault,
    Gate,
    Response,
    answered_wrongly,
    refused,
)
from tests.servers.mastodon import Mastodon as Server
from tests.servers.mastodon_model import BAD_TOKEN, NO_INSTANCE_V2, UNKNOWN_ID, Keys
from tests.servers.mastodon_text import count as counted_by_the_server

pytestmark = pytest.mark.enable_socket

STATUSES = "/api/v1/statuses"
NOBODY: frozenset[str] = frozenset()


def now() -> datetime:
    return datetime.fromtimestamp((START + SECOND) / 1000, UTC)


class World:
    """A server, an author and the adapter between them."""

    def __init__(self, server: Server, client: Client) -> None:
        self.server = server
        self.author = server.add_account()
        self.registry = Registry(lambda: client, options={}, clock=FakeClock())
        self.fields = {"server": server.url, "access_token": self.author.token}

    def connect(self, **changes: str) -> Account:
        got = self.registry.connect("mastodon", {**self.fields, **changes})
        self.credential = got.credential
        return replace(
            account(),
            server=got.server,
            remote_id=got.remote_id,
            handle=got.handle,
            limits=got.limits,
        )

    @property
    def adapter(self) -> Platform:
        return self.registry.open(self.connect(), self.credential)


@pytest.fixture
def world() -> Iterator[World]:
    client = Client(Guard(frozenset({LOOPBACK})), timeout=5 * SECOND)
    with Server(clock=now) as server:
        yield World(server, client)
        client.close()


def part(*texts: str, number: int = 0, options: Options | None = None, **more: object) -> Outgoing:
    draft = Draft(tuple(Part(text) for text in texts or ("Hello",)), options or Options())
    made = Outgoing(draft, number, f"dlv_1.{number}", START, {})
    return replace(made, **more)  # type: ignore[arg-type]  # the tests' own shorthand


def find(adapter: Platform, wanted: Outgoing, owned: frozenset[str] = NOBODY) -> Remote | None:
    return adapter.locate(wanted, since=START, owned=owned)


# Connecting.


def test_connecting_asks_who_we_are_and_what_is_allowed(world: World) -> None:
    mine = world.connect()
    assert mine.server == world.server.url
    assert mine.remote_id == world.author.id
    assert mine.limits["max_characters"] == 500
    assert mine.limits["takes video/mp4"] == 1


@pytest.mark.parametrize("answer", NO_INSTANCE_V2.values(), ids=NO_INSTANCE_V2)
def test_a_server_without_the_second_version(world: World, answer: Response) -> None:
    world.server.dialect.instance_v2 = answer
    assert world.connect().limits["max_characters"] == 500


@pytest.mark.parametrize("answer", BAD_TOKEN.values(), ids=BAD_TOKEN)
def test_every_way_to_refuse_a_token(world: World, answer: Response) -> None:
    world.server.dialect.bad_token = answer
    with pytest.raises(InvalidDraft) as caught:
        world.connect(access_token="wrong")
    assert caught.value.problems[0].code == "token_refused"
    adapter = world.adapter
    remote = adapter.publish(part())
    world.server.revoke(world.author.token)
    verbs: list[Callable[[], object]] = [
        lambda: adapter.publish(part("Again")),
        lambda: adapter.delete(remote),
        lambda: adapter.edit(part("New"), remote),
        adapter.verify,
    ]
    for verb in verbs:
        with pytest.raises(AccessRevoked):
            verb()
    assert len(world.server.statuses) == 1


# Publishing.


@pytest.mark.parametrize("default", ["public", "unlisted", "private"])
@pytest.mark.parametrize("wanted", ["public", "unlisted", "private", "direct"])
def test_the_visibility_is_ours_whatever_the_server_would_choose(
    world: World, default: str, wanted: str
) -> None:
    world.server.dialect.default_visibility = default
    world.adapter.publish(part(options=Options(visibility=wanted)))
    assert world.server.statuses[0].visibility == wanted


def test_everything_that_was_written_arrives(world: World) -> None:
    options = Options("unlisted", "Careful", sensitive=True, languages=("es",))
    world.adapter.publish(part("¡Hola! 👋\n\nhttps://example.com", options=options))
    (status,) = world.server.statuses
    assert status.text == "¡Hola! 👋\n\nhttps://example.com"
    assert (status.spoiler_text, status.sensitive, status.language) == ("Careful", True, "es")


def test_a_thread_is_a_chain(world: World) -> None:
    adapter = world.adapter
    live: tuple[Remote, ...] = ()
    for number in range(3):
        live += (adapter.publish(part("1", "2", "3", number=number, earlier=live)),)
    assert [status.in_reply_to_id for status in world.server.statuses] == [
        None,
        live[0].id,
        live[1].id,
    ]


@pytest.mark.parametrize("letters", [False, True])
def test_ids_are_opaque(world: World, *, letters: bool) -> None:
    world.server.dialect.letters_in_ids = letters
    remote = world.adapter.publish(part())
    assert remote.id == world.server.statuses[0].id
    assert remote.id.isdigit() is not letters


@pytest.mark.parametrize(
    "answer",
    [
        Response.of_json({"error": "too long"}, 422),
        Response.of_json({"error": "too long"}, 400),
    ],
)
def test_a_text_that_the_server_refuses(world: World, answer: Response) -> None:
    world.server.dialect.too_long = answer
    with pytest.raises(Rejected) as caught:
        world.adapter.publish(part("a" * 501))
    assert "too long" in caught.value.problems[0].message


def test_a_reply_to_nothing_is_refused_or_taken_back(world: World) -> None:
    orphan = part("1", "2", number=1, earlier=(Remote("999"),))
    for answer in (world.server.dialect.unknown_parent, None):
        world.server.dialect.unknown_parent = answer
        with pytest.raises(Rejected) as caught:
            world.adapter.publish(orphan)
        assert caught.value.problems[0].code == "parent_lost"
        assert world.server.statuses == []


def test_a_reply_to_nothing_that_stays_is_found_and_reported(world: World) -> None:
    orphan = part("1", "2", number=1, earlier=(Remote("999"),))
    world.server.dialect.unknown_parent = None
    world.server.on("DELETE", f"{STATUSES}/*", refused(Response(500)))
    adapter = world.adapter
    attempts: list[Callable[[], object]] = [
        lambda: adapter.publish(orphan),
        lambda: find(adapter, orphan),
    ]
    for attempt in attempts:
        with pytest.raises(Ambiguous) as caught:
            attempt()
        assert caught.value.code == "outside_thread"


def test_a_busy_server_is_left_alone_until_its_reset(world: World) -> None:
    adapter = world.adapter
    world.server.allowance = 0
    with pytest.raises(RateLimited) as caught:
        adapter.publish(part())
    assert caught.value.at is not None
    reset = now() + timedelta(minutes=5)
    assert abs(caught.value.at - round(reset.timestamp() * 1000)) < 1000
    assert world.server.statuses == []


# Lost answers. The server is asked afterwards; what is live is what counts.

LOST: Mapping[str, tuple[Fault, int]] = {
    "reset before it was applied": (RESET_BEFORE_APPLYING, 0),
    "reset after it was applied": (RESET_AFTER_APPLYING, 1),
    "applied later": (RESET_THEN_APPLIED_LATE, 0),
    "502 although applied": (answered_wrongly(Response.of_html("Bad Gateway", 502)), 1),
    "504 without": (refused(Response.of_html("", 504)), 0),
    "cut short": (Fault(cut_short=True), 1),
    "a page with 200": (answered_wrongly(Response.of_html("<p>Welcome</p>", 200)), 1),
    "an empty 200": (answered_wrongly(Response(200)), 1),
}


@pytest.mark.parametrize("keys", Keys)
@pytest.mark.parametrize(("fault", "live"), LOST.values(), ids=LOST)
def test_a_lost_answer_never_makes_two(world: World, fault: Fault, live: int, keys: Keys) -> None:
    """Publish, look, and only if it is not there repeat with the same key."""
    world.server.dialect.keys = keys
    world.server.on("POST", STATUSES, fault)
    adapter = world.adapter
    with pytest.raises(Ambiguous):
        adapter.publish(part("Hello https://example.com/a_(b)."))
    assert len(world.server.statuses) == live
    world.server.apply_late()
    found = find(adapter, part("Hello https://example.com/a_(b)."))
    if found is None:
        found = adapter.publish(part("Hello https://example.com/a_(b)."))
    (status,) = world.server.statuses
    assert found.id == status.id


def test_a_lost_answer_in_a_thread_is_found_in_its_place(world: World) -> None:
    adapter = world.adapter
    first = adapter.publish(part("Same", "Same"))
    world.server.on("POST", STATUSES, RESET_AFTER_APPLYING)
    second = part("Same", "Same", number=1, earlier=(first,))
    with pytest.raises(Ambiguous):
        adapter.publish(second)
    found = find(adapter, second, owned=frozenset({first.id}))
    assert found is not None
    assert found.id == world.server.statuses[1].id


def test_what_another_delivery_owns_is_not_taken_for_ours(world: World) -> None:
    adapter = world.adapter
    theirs = adapter.publish(part())
    assert find(adapter, part()) == theirs
    assert find(adapter, part(), owned=frozenset({theirs.id})) is None


@pytest.mark.parametrize("visibility", ["private", "direct"])
def test_what_few_may_see_is_found_too(world: World, visibility: str) -> None:
    adapter = world.adapter
    sent = part(options=Options(visibility=visibility))
    assert find(adapter, sent) is None
    assert adapter.publish(sent) == find(adapter, sent)


def test_a_boosted_post_in_disguise_is_not_sent_again(world: World) -> None:
    adapter = world.adapter
    world.server.boost(adapter.publish(part()).id)
    with pytest.raises(Ambiguous) as caught:
        find(adapter, part())
    assert caught.value.code == "looks_like_it"


def test_a_missing_link_header_does_not_end_the_search(world: World) -> None:
    world.server.dialect.link_header = False
    adapter = world.adapter
    sent = adapter.publish(part("The first"))
    for number in range(60):
        adapter.publish(part(f"No {number}", key=f"k{number}"))
    assert find(adapter, part("The first")) == sent


def test_one_request_at_a_time_leaves(world: World) -> None:
    """A held answer holds the caller: there is never a second attempt beside it."""
    gate = Gate()
    world.server.on("POST", STATUSES, Fault(after=gate))
    adapter = world.adapter
    done: list[Remote] = []
    sender = threading.Thread(target=lambda: done.append(adapter.publish(part())))
    sender.start()
    gate.wait_for_arrival()
    assert len(world.server.sent("POST", STATUSES)) == 1
    gate.open()
    sender.join()
    assert [one.id for one in done] == [world.server.statuses[0].id]
    assert len(world.server.sent("POST", STATUSES)) == 1


# Media.


def picture(bucket: FakeBucket, *, colour: str = "red", alt: str = "A circle") -> Media:
    out = io.BytesIO()
    Image.new("RGB", (640, 480), colour).save(out, "JPEG")
    bucket.write(colour, out.getvalue(), mime="image/jpeg")
    return Media(
        colour, "image/jpeg", len(out.getvalue()), f"sha-{colour}", colour, 640, 480, alt=alt
    )


def prepared(
    world: World, draft: Draft, bucket: FakeBucket, *, most: int = 10
) -> tuple[Mapping[str, object], list[Millis | None]]:
    handles: Mapping[str, object] = {}
    waits = []
    for _ in range(most):
        done = world.adapter.prepare(draft, handles, bucket)
        handles = done.handles
        waits.append(done.again_in)
        if done.again_in is None:
            break
    return handles, waits


def test_four_images_with_their_descriptions(world: World) -> None:
    bucket = FakeBucket()
    media = tuple(
        picture(bucket, colour=c, alt=f"It is {c}") for c in ("red", "blue", "teal", "pink")
    )
    draft = Draft((Part("Four", media),))
    handles, _ = prepared(world, draft, bucket)
    world.adapter.publish(Outgoing(draft, 0, "dlv_1.0", START, handles))
    (status,) = world.server.statuses
    assert [one.description for one in status.media] == [f"It is {m.id}" for m in media]


def test_a_video_of_50_megabytes_is_streamed_and_waited_for(world: World) -> None:
    bucket = FakeBucket()
    size = 50 * 1024 * 1024
    bucket.write("clip", b"\0\0\0\x18ftypisom" + b"v" * (size - 12), mime="video/mp4")
    draft = Draft((Part("", (Media("clip", "video/mp4", size, "sha", "clip", alt="Waves"),)),))
    handles, waits = prepared(world, draft, bucket)
    assert waits == [1000, 2000, 4000, None]
    world.adapter.publish(Outgoing(draft, 0, "dlv_1.0", START, handles))
    (status,) = world.server.statuses
    assert [(one.mime, len(one.content)) for one in status.media] == [("video/mp4", size)]


def test_a_video_that_cannot_be_processed_is_refused(world: World) -> None:
    bucket = FakeBucket()
    bucket.write("clip", b"\0\0\0\x18ftypisom", mime="video/mp4")
    draft = Draft((Part("", (Media("clip", "video/mp4", 12, "sha", "clip"),)),))
    world.server.media_fails = True
    with pytest.raises(Rejected) as caught:
        prepared(world, draft, bucket)
    assert caught.value.problems[0].code == "media_refused"


def test_a_lost_upload_is_made_again_and_nothing_is_shown_twice(world: World) -> None:
    bucket = FakeBucket()
    draft = Draft((Part("One", (picture(bucket),)),))
    world.server.on("POST", "/api/v2/media", RESET_AFTER_APPLYING)
    with pytest.raises(Ambiguous):
        world.adapter.prepare(draft, {}, bucket)
    handles, _ = prepared(world, draft, bucket)
    world.adapter.publish(Outgoing(draft, 0, "dlv_1.0", START, handles))
    assert [len(status.media) for status in world.server.statuses] == [1]


def test_a_lost_answer_with_pictures_and_no_words_is_found(world: World) -> None:
    bucket = FakeBucket()
    draft = Draft((Part("", (picture(bucket),)),))
    handles, _ = prepared(world, draft, bucket)
    sent = Outgoing(draft, 0, "dlv_1.0", START, handles)
    world.server.on("POST", STATUSES, RESET_AFTER_APPLYING)
    with pytest.raises(Ambiguous):
        world.adapter.publish(sent)
    found = find(world.adapter, sent)
    assert found is not None
    assert found.id == world.server.statuses[0].id


# Afterwards.


def test_an_edit_changes_the_text_and_keeps_the_media(world: World) -> None:
    bucket = FakeBucket()
    draft = Draft((Part("Old", (picture(bucket),)),))
    handles, _ = prepared(world, draft, bucket)
    sent = Outgoing(draft, 0, "dlv_1.0", START, handles)
    remote = world.adapter.publish(sent)
    renamed = replace(draft.parts[0].media[0], alt="Better said")
    edited = replace(sent, draft=Draft((Part("New", (renamed,)),)))
    for known in (edited, replace(edited, handles={})):
        assert world.adapter.edit(known, remote) == remote
        (status,) = world.server.statuses
        assert status.text == "New"
        assert [one.description for one in status.media] == ["Better said"]


def test_the_id_of_a_boosted_post_stays_the_one_we_know(world: World) -> None:
    adapter = world.adapter
    remote = adapter.publish(part())
    world.server.boost(remote.id)
    assert adapter.edit(part("New"), remote) == remote


@pytest.mark.parametrize("later", [False, True])
def test_deleting_and_deleting_again(world: World, *, later: bool) -> None:
    world.server.dialect.deletes_later = later
    adapter = world.adapter
    remote = adapter.publish(part())
    adapter.delete(remote)
    world.server.catch_up()
    assert world.server.statuses == []
    adapter.delete(remote)


@pytest.mark.parametrize("name", UNKNOWN_ID)
def test_what_is_gone_is_told_as_well_as_the_server_tells_it(world: World, name: str) -> None:
    world.server.dialect.unknown_id = UNKNOWN_ID[name]
    error: type[PlatformError] = Ambiguous if name.startswith("500") else Gone
    with pytest.raises(error):
        world.adapter.edit(part(), Remote("999"))


def test_a_server_that_is_away_is_tried_again(world: World) -> None:
    mine = replace(world.connect(), server=f"http://{LOOPBACK}:9")
    with pytest.raises(Transient):
        world.registry.open(mine, world.credential).publish(part())


# Counting: two people read the same rules; they must agree.

TEXTS = st.lists(
    st.sampled_from(
        [
            *("Hello", "https://example.com", "https://example.com/a_(b)", "http://localhost/x"),
            *(
                "@ada@social.example",
                "@ada",
                "#tag",
                "👩‍👩‍👧‍👦",
                "é",
                "\n",
                "(https://example.org/x)",
            ),
            *("https://example.com/path.", "http://192.168.1.1/x", "https://u:p@example.com/"),
            *("ftp://example.com/x", "mailto:ada@example.com", "https://example.invalid/x"),
        ]
    ),
    max_size=10,
).map(" ".join)


@given(text=TEXTS, warning=st.sampled_from(["", "Careful", "https://example.com"]))
def test_both_counters_agree(text: str, warning: str) -> None:
    assert length(text, warning, per_url=23) == counted_by_the_server(text, warning)
