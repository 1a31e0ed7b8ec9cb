"""Preparing step by step: what is kept, what is asked again, what is given up."""

import io
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace

import httpx
import pytest
from PIL import Image

from shared.core.errors import (
    Ambiguous,
    CredentialExpired,
    InvalidDraft,
    RateLimited,
    Rejected,
    Transient,
)
from shared.core.models import Draft, LinkCard, Media, Part
from shared.core.platform import Prepared
from shared.platforms.base import Context
from shared.platforms.bluesky import Bluesky
from shared.platforms.bluesky_prepare import FRESH
from tests.fakes import make
from tests.fakes.bucket import FakeBucket
from tests.fakes.time import START, FakeClock
from tests.fakes.wire import Sent, Step, Wire, answer, client

DID = "did:plc:alice"
RESOLVE = "/xrpc/com.atproto.identity.resolveHandle"
UPLOAD = "/xrpc/com.atproto.repo.uploadBlob"
VIDEO = "/xrpc/app.bsky.video.uploadVideo"
STATUS = "/xrpc/app.bsky.video.getJobStatus"


def refused(status: int, name: str = "", **headers: str) -> httpx.Response:
    named = {key.replace("_", "-"): value for key, value in headers.items()}
    body = json.dumps({"error": name, "message": "no"}).encode()
    return answer(status, body, headers=named, mime="application/json")


@dataclass
class World:
    """A server whose answers a test sets by path; uploads are stored under their number."""

    pds: str = "https://pds.example"
    options: Mapping[str, str] = field(default_factory=dict)
    allowed: tuple[str, ...] = ()
    answers: dict[str, Callable[[Sent], Step]] = field(default_factory=dict)
    clock: FakeClock = field(default_factory=FakeClock)
    bucket: FakeBucket = field(default_factory=FakeBucket)

    def __post_init__(self) -> None:
        self.wire = Wire(self._route)
        account = make.account(platform="bluesky", server=self.pds, remote_id=DID)
        credential = {"did": DID, "pds": self.pds, "access": "a", "refresh": "r"}
        context = Context(client(self.wire, *self.allowed), self.clock, self.options)
        self.adapter = Bluesky(account, credential, context)
        self.uploads = 0

    def _route(self, sent: Sent) -> Step:
        if sent.path in self.answers:
            return self.answers[sent.path](sent)
        if sent.path == UPLOAD:
            return self._stored(sent)
        if sent.path == "/xrpc/com.atproto.server.getServiceAuth":
            return answer(200, {"token": json.dumps(dict(sent.query))})
        if sent.path == "/xrpc/com.atproto.server.describeServer":
            return answer(200, {"did": "did:web:pds.example"})
        return refused(404)

    def _stored(self, sent: Sent) -> Step:
        self.uploads += 1
        size, mime = len(sent.body), sent.headers["content-type"]
        ref = {"$link": f"bafk{self.uploads}"}
        return answer(200, {"blob": {"$type": "blob", "ref": ref, "mimeType": mime, "size": size}})

    def prepare(self, draft: Draft, handles: Mapping[str, object] | None = None) -> Prepared:
        return self.adapter.prepare(draft, handles or {}, self.bucket)

    def sent(self, path: str) -> list[Sent]:
        return [sent for sent in self.wire.sent if sent.path == path]

    def file(self, data: bytes, name: str = "aa", mime: str = "image/png") -> Media:
        self.bucket.write(name, data, mime=mime)
        return Media(f"med_{name}", mime, len(data), name, name, 1_080, 1_920, alt="x")


def picture(width: int = 60, height: int = 40, *, noise: bool = False) -> bytes:
    out = io.BytesIO()
    image = Image.effect_noise((width, height), 80) if noise else Image.new("RGB", (width, height))
    image.convert("RGB").save(out, "PNG")
    return out.getvalue()


def text(words: str) -> Draft:
    return Draft((Part(words),))


def found(sent: Sent) -> Step:
    return answer(200, {"did": f"did:plc:{sent.query['handle'].partition('.')[0]}"})


def test_every_mention_is_resolved_once() -> None:
    world = World(answers={RESOLVE: found})
    draft = Draft((Part("@bob.test @Eve.test"), Part("@bob.test")))
    prepared = world.prepare(draft)
    assert prepared.handles == {"mentions": {"bob.test": "did:plc:bob", "eve.test": "did:plc:eve"}}
    assert prepared.again_in is None
    assert world.prepare(draft, prepared.handles) == prepared
    assert len(world.sent(RESOLVE)) == 2


@pytest.mark.parametrize("name", ["InvalidRequest", "HandleNotFound", ""])
def test_nobody_of_that_name_is_a_notice(name: str) -> None:
    world = World(answers={RESOLVE: lambda sent: refused(400, name)})
    prepared = world.prepare(Draft((Part("x"), Part("@nobody.test"))))
    assert prepared.handles == {"mentions": {"nobody.test": ""}}
    (notice,) = prepared.notices
    assert (notice.where, notice.code) == ("parts[1].text", "mention_unknown")


def test_a_mention_that_cannot_be_looked_up_is_left_as_text_in_the_end() -> None:
    world = World(answers={RESOLVE: lambda sent: refused(502, "UpstreamFailure")})
    draft = text("@bob.test")
    first = world.prepare(draft)
    second = world.prepare(draft, first.handles)
    third = world.prepare(draft, second.handles)
    assert [p.again_in is None for p in (first, second, third)] == [False, False, True]
    assert third.notices[0].code == "mention_unknown"


def test_a_server_in_trouble_for_a_moment_costs_no_mention() -> None:
    replies = [refused(500), answer(200, {"did": "did:plc:bob"})]
    world = World(answers={RESOLVE: lambda sent: replies.pop(0)})
    first = world.prepare(text("@bob.test"))
    again = world.prepare(text("@bob.test"), first.handles)
    assert again.handles["mentions"] == {"bob.test": "did:plc:bob"}
    assert not again.notices


def test_an_expired_session_is_the_caller_s_to_refresh() -> None:
    world = World(answers={RESOLVE: lambda sent: refused(400, "ExpiredToken")})
    with pytest.raises(CredentialExpired):
        world.prepare(text("@bob.test"))


def test_equal_files_are_uploaded_once_and_old_uploads_again() -> None:
    world = World()
    media = world.file(picture())
    draft = Draft((Part("a", (media,)), Part("b", (media,))))
    first = world.prepare(draft)
    assert world.uploads == 1
    world.clock.advance(FRESH - 1)
    assert world.prepare(draft, first.handles).handles == first.handles
    world.clock.advance(1)
    second = world.prepare(draft, first.handles)
    assert world.uploads == 2
    assert second.handles != first.handles


def test_the_picture_of_a_written_card_is_uploaded_and_its_page_left_alone() -> None:
    world = World()
    card = LinkCard("https://news.example/a", "T", media=world.file(picture(noise=True)))
    draft = Draft((Part("https://news.example/a", card=card),))
    first = world.prepare(draft)
    (sent,) = world.wire.sent
    assert sent.path == UPLOAD
    assert [*first.handles] == ["thumbs"]
    assert (first.notices, first.again_in) == ((), None)
    assert world.prepare(draft, first.handles).handles == first.handles
    world.clock.advance(FRESH)
    world.prepare(draft, first.handles)
    assert world.uploads == 2


def test_an_upload_carries_type_size_and_token() -> None:
    world = World()
    world.prepare(Draft((Part("", (world.file(picture()),)),)))
    (sent,) = world.sent(UPLOAD)
    assert sent.headers["content-type"] == "image/png"
    assert sent.headers["content-length"] == str(len(sent.body))
    assert sent.headers["authorization"] == "Bearer a"
    assert sent.url == f"https://pds.example{UPLOAD}"


def test_a_server_that_takes_less_gets_a_smaller_picture() -> None:
    world = World()

    def small_only(sent: Sent) -> Step:
        too_large = len(sent.body) > 400_000
        return refused(413, "PayloadTooLarge") if too_large else world._stored(sent)

    world.answers[UPLOAD] = small_only
    prepared = world.prepare(Draft((Part("", (world.file(picture(900, 900, noise=True)),)),)))
    blob = prepared.handles["blobs"]
    assert isinstance(blob, dict)
    assert blob["aa"]["blob"]["size"] <= 400_000


def test_a_server_that_takes_nothing_is_told_apart() -> None:
    world = World(answers={UPLOAD: lambda sent: refused(413, "PayloadTooLarge")})
    with pytest.raises(Rejected) as caught:
        world.prepare(Draft((Part("", (world.file(picture()),)),)))
    assert caught.value.problems[0].code == "media_too_large"


def test_a_file_that_is_no_picture_is_the_writer_s_to_change() -> None:
    world = World()
    with pytest.raises(InvalidDraft):
        world.prepare(Draft((Part("", (world.file(b"no picture"),)),)))
    assert not world.wire.sent


def test_what_was_reached_is_kept_when_a_later_file_fails() -> None:
    world = World()
    good, bad = world.file(picture(), "aa"), world.file(picture(50, 50), "bb")
    draft = Draft((Part("", (good, bad)),))
    replies: list[Step] = [httpx.ReadTimeout("x")]

    def second_fails(sent: Sent) -> Step:
        if world.uploads and replies:
            return replies.pop()
        return world._stored(sent)

    world.answers[UPLOAD] = second_fails
    first = world.prepare(draft)
    assert first.again_in is not None
    assert list(first.handles["blobs"]) == ["aa"]  # type: ignore[call-overload]  # JSON
    second = world.prepare(draft, first.handles)
    assert second.again_in is None
    assert world.uploads == 2


def test_a_limit_in_the_middle_says_when_to_come_back() -> None:
    world = World()
    draft = Draft((Part("@bob.test", (world.file(picture()),)),))
    ends = START // 1_000 + 90
    world.answers = {
        RESOLVE: found,
        UPLOAD: lambda sent: refused(429, ratelimit_reset=str(ends)),
    }
    assert world.prepare(draft).again_in == 90_000


@pytest.mark.parametrize(
    ("reply", "kind"),
    [(httpx.ReadTimeout("x"), Ambiguous), (refused(429), RateLimited), (refused(500), Transient)],
)
def test_nothing_reached_is_the_caller_s_to_retry(reply: Step, kind: type[Exception]) -> None:
    world = World(answers={UPLOAD: lambda sent: reply})
    with pytest.raises(kind):
        world.prepare(Draft((Part("", (world.file(picture()),)),)))


def page(sent: Sent) -> Step:
    html = b'<title>T</title><meta property="og:image" content="/i.png">'
    return answer(200, html, mime="text/html")


def test_a_card_and_its_picture_are_kept_together() -> None:
    world = World()
    world.answers = {"/a": page, "/i.png": lambda sent: answer(200, picture(), mime="image/png")}
    draft = text("https://news.example/a")
    prepared = world.prepare(draft)
    cards = prepared.handles["cards"]
    assert isinstance(cards, dict)
    external = cards["https://news.example/a"]["external"]
    assert (external["title"], external["thumb"]["mimeType"]) == ("T", "image/png")
    assert world.prepare(draft, prepared.handles).handles == prepared.handles
    assert len(world.sent("/a")) == 1
    world.clock.advance(FRESH)
    world.prepare(draft, prepared.handles)
    assert len(world.sent("/a")) == 2  # its picture may be forgotten by now


@pytest.mark.parametrize(
    "reply",
    [refused(413, "PayloadTooLarge"), refused(500), answer(200, {}), httpx.ReadTimeout("x")],
)
def test_a_card_whose_picture_is_refused_is_still_a_card(reply: Step) -> None:
    world = World(answers={UPLOAD: lambda sent: reply})
    world.answers |= {"/a": page, "/i.png": lambda sent: answer(200, picture(), mime="image/png")}
    prepared = world.prepare(text("https://news.example/a"))
    cards = prepared.handles["cards"]
    assert isinstance(cards, dict)
    external = {"uri": "https://news.example/a", "title": "T", "description": ""}
    assert cards == {"https://news.example/a": {"external": external}}


def test_no_card_is_a_notice_and_never_a_failure() -> None:
    world = World(answers={"/a": lambda sent: httpx.ConnectError("x")})
    prepared = world.prepare(text("https://news.example/a"))
    assert [(notice.where, notice.code) for notice in prepared.notices] == [
        ("parts[0].text", "no_card")
    ]
    assert prepared.again_in is None


def test_pictures_leave_no_room_for_a_card() -> None:
    world = World()
    draft = Draft((Part("https://news.example/a", (world.file(picture()),)),))
    assert "cards" not in world.prepare(draft).handles
    assert not world.sent("/a")


def job(**more: object) -> httpx.Response:
    return answer(200, {"jobId": "j1", "did": DID, "state": "JOB_STATE_CREATED", **more})


def test_a_public_server_s_video_goes_through_bluesky_s_service() -> None:
    world = World(answers={VIDEO: lambda sent: job()})
    media = world.file(b"film", "cc", "video/mp4")
    prepared = world.prepare(Draft((Part("", (media,)),)))
    assert prepared.handles == {"videos": {"cc": {"job": "j1", "looks": 1}}}
    assert prepared.again_in
    (sent,) = world.sent(VIDEO)
    assert sent.url.startswith(f"https://video.bsky.app{VIDEO}?")
    assert sent.query == {"did": DID, "name": "cc.mp4"}
    assert (sent.body, sent.headers["content-type"]) == (b"film", "video/mp4")
    token = json.loads(sent.headers["authorization"].removeprefix("Bearer "))
    assert token == {
        "aud": "did:web:pds.example",
        "lxm": "com.atproto.repo.uploadBlob",
        "exp": str(START // 1_000 + 1_800),
    }


def test_a_video_is_asked_for_until_it_is_ready() -> None:
    blob = {"$type": "blob", "ref": {"$link": "bafkv"}, "mimeType": "video/mp4", "size": 9}
    looks = [
        answer(200, {"jobStatus": {"jobId": "j1", "did": DID, "state": "JOB_STATE_ENCODING"}}),
        answer(200, {"jobStatus": {"jobId": "j1", "did": DID, "state": "X", "blob": blob}}),
    ]
    world = World(answers={VIDEO: lambda sent: job(), STATUS: lambda sent: looks.pop(0)})
    draft = Draft((Part("", (world.file(b"film", "cc", "video/mp4"),)),))
    handles: Mapping[str, object] = {}
    while (prepared := world.prepare(draft, handles)).again_in is not None:
        handles = prepared.handles
    size = {"width": 1_080, "height": 1_920}
    assert prepared.handles == {"blobs": {"cc": {"blob": blob, "at": START, **size}}}
    assert len(world.sent(VIDEO)) == 1
    assert [sent.query for sent in world.sent(STATUS)] == [{"jobId": "j1"}] * 2
    assert all("authorization" not in sent.headers for sent in world.sent(STATUS))


def test_a_video_that_is_never_ready_is_given_up() -> None:
    world = World(
        answers={VIDEO: lambda sent: job(), STATUS: lambda sent: job(state="JOB_STATE_ENCODING")}
    )
    draft = Draft((Part("", (world.file(b"film", "cc", "video/mp4"),)),))
    handles: Mapping[str, object] = {"videos": {"cc": {"job": "j1", "looks": 400, "failed": 2}}}
    with pytest.raises(Rejected, match="in time"):
        world.prepare(draft, handles)


@pytest.mark.parametrize(
    ("reply", "kind"),
    [
        (refused(401, "invalid token"), Transient),
        (refused(500), Transient),
        (refused(429), RateLimited),
        (refused(400, "upload_limit_exceeded"), RateLimited),
        (refused(400, "unconfirmed_email"), Rejected),
        (refused(400, "something else"), Rejected),
        (refused(415), Rejected),
        (answer(200, {}), Transient),
    ],
)
def test_refusals_of_the_service(reply: Step, kind: type[Exception]) -> None:
    world = World(answers={VIDEO: lambda sent: reply})
    draft = Draft((Part("", (world.file(b"film", "cc", "video/mp4"),)),))
    with pytest.raises(kind) as caught:
        world.prepare(draft)
    assert type(caught.value) is kind


def test_an_option_names_another_service() -> None:
    world = World(options={"video": "https://video.example"}, answers={VIDEO: lambda sent: job()})
    world.prepare(Draft((Part("", (world.file(b"film", "cc", "video/mp4"),)),)))
    assert world.sent(VIDEO)[0].url.startswith("https://video.example/")


def test_a_private_server_gets_the_video_itself() -> None:
    world = World(pds="http://localhost:2583", allowed=("localhost:2583",))
    media = world.file(b"film", "cc", "video/mp4")
    prepared = world.prepare(Draft((Part("", (media,)),)))
    assert prepared.again_in is None
    assert world.sent(UPLOAD)[0].body == b"film"
    assert not world.sent(VIDEO)


def test_other_containers_are_sent_as_what_they_are() -> None:
    world = World(answers={VIDEO: lambda sent: job()})
    world.prepare(Draft((Part("", (world.file(b"film", "cc", "video/quicktime"),)),)))
    assert world.sent(VIDEO)[0].headers["content-type"] == "video/quicktime"


def test_files_are_found_by_their_content_not_their_name() -> None:
    world = World()
    media = world.file(picture())
    first = world.prepare(Draft((Part("", (media,)),)))
    renamed = replace(media, id="med_zz", alt="another description")
    assert world.prepare(Draft((Part("new", (renamed,)),)), first.handles).again_in is None
    assert world.uploads == 1
