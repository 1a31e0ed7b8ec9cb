"""Files on their way to a server: checkpoints, waiting, and what is sent."""

import hashlib
import io
from collections.abc import Mapping, Sequence
from email import message_from_bytes
from email.message import Message

import httpx
import pytest
from PIL import Image

from shared.core.errors import InvalidDraft, PlatformError, RateLimited, Rejected, Transient
from shared.core.models import Draft, Media, Part
from shared.core.platform import Prepared
from shared.core.workspaces import Account
from shared.platforms.base import Context
from shared.platforms.mastodon import Mastodon
from shared.platforms.mastodon_facts import FACTS
from tests.fakes.bucket import FakeBucket
from tests.fakes.make import account
from tests.fakes.time import START, FakeClock
from tests.fakes.wire import Sent, Step, Wire, answer, client

MB = 1024 * 1024


class Files(FakeBucket):
    def image(self, name: str, *, alt: str = "", form: str = "PNG") -> Media:
        out = io.BytesIO()
        Image.new("RGB", (30, 20), name).save(out, form)
        return self.add(name, out.getvalue(), f"image/{form.lower()}", alt)

    def video(self, size: int = 3 * MB, *, name: str = "clip") -> Media:
        return self.add(name, b"\0\0\0\x18ftypisom" + b"v" * (size - 12), "video/mp4", "")

    def add(self, name: str, data: bytes, mime: str, alt: str) -> Media:
        self.write(name, data, mime=mime)
        return Media(name, mime, len(data), hashlib.sha256(data).hexdigest(), name, alt=alt)


class Site:
    """A server that takes uploads; `uploads` and `looks` say what it answers, in order."""

    def __init__(self, *, uploads: Sequence[Step] = (), looks: Sequence[Step] = ()) -> None:
        self.wire = Wire(self.route)
        self.uploads = list(uploads)
        self.looks = list(looks)
        self.made = 0
        self.clock = FakeClock()

    def route(self, sent: Sent) -> Step:
        if sent.method == "POST":
            self.made += 1
            return self.uploads.pop(0) if self.uploads else self.ready()
        return self.looks.pop(0)

    def ready(self) -> Step:
        return answer(200, {"id": f"m{self.made}", "url": "https://x"})

    def processing(self) -> Step:
        return answer(202, {"id": f"m{self.made + 1}", "url": None})

    def prepare(
        self, draft: Draft, handles: Mapping[str, object], files: Files, **limits: int
    ) -> Prepared:
        mine: Account = account(server="https://social.example", limits=limits)
        context = Context(client(self.wire), self.clock, {})
        return Mastodon(mine, {"access_token": "t"}, context).prepare(draft, handles, files)

    def asked(self) -> list[str]:
        return [f"{sent.method} {sent.path}" for sent in self.wire.sent]


def form(sent: Sent) -> dict[str, Message]:
    head = f"Content-Type: {sent.headers['content-type']}\r\n\r\n".encode()
    parts = message_from_bytes(head + sent.body).get_payload()
    assert isinstance(parts, list)
    found = {}
    for part in parts:
        assert isinstance(part, Message)
        found[str(part.get_param("name", header="content-disposition"))] = part
    return found


def content(part: Message) -> bytes:
    data = part.get_payload(decode=True)
    assert isinstance(data, bytes)
    return data


def slots(prepared: Prepared) -> dict[str, Mapping[str, object]]:
    media = prepared.handles["media"]
    assert isinstance(media, dict)
    return media


@pytest.fixture
def files() -> Files:
    return Files()


def test_an_image_is_uploaded_fitted_with_its_description(files: Files) -> None:
    site = Site()
    media = files.image("red", alt="Un círculo rojo")
    done = site.prepare(Draft((Part("", (media,)),)), {}, files)
    assert done.again_in is None
    assert slots(done)["0.0"]["id"] == "m1"
    sent = form(site.wire.sent[0])
    assert content(sent["description"]).decode() == "Un círculo rojo"
    assert sent["file"].get_content_type() == "image/png"
    assert Image.open(io.BytesIO(content(sent["file"]))).size == (30, 20)
    assert site.asked() == ["POST /api/v2/media"]


def test_without_a_description_none_is_sent(files: Files) -> None:
    site = Site()
    site.prepare(Draft((Part("", (files.image("red"),)),)), {}, files)
    assert "description" not in form(site.wire.sent[0])


def test_an_image_of_a_type_that_the_server_does_not_list_is_turned_into_one(files: Files) -> None:
    site = Site()
    media = files.image("red", form="WEBP")
    site.prepare(
        Draft((Part("", (media,)),)), {}, files, **{"takes image/jpeg": 1, "takes image/png": 1}
    )
    assert form(site.wire.sent[0])["file"].get_content_type() == "image/jpeg"


def test_an_image_is_fitted_to_the_servers_own_limits(files: Files) -> None:
    site = Site()
    out = io.BytesIO()
    Image.effect_noise((400, 300), 90).save(out, "PNG")
    media = files.add("noise", out.getvalue(), "image/png", "")
    site.prepare(Draft((Part("", (media,)),)), {}, files, image_bytes=20_000, image_pixels=10_000)
    data = content(form(site.wire.sent[0])["file"])
    image = Image.open(io.BytesIO(data))
    assert len(data) <= 20_000
    assert image.width * image.height <= 10_000


def test_a_video_is_streamed_as_it_is(files: Files) -> None:
    site = Site()
    media = files.video(20 * MB)
    site.prepare(Draft((Part("", (media,)),)), {}, files)
    sent = form(site.wire.sent[0])
    assert sent["file"].get_content_type() == "video/mp4"
    assert hashlib.sha256(content(sent["file"])).hexdigest() == media.sha256


def test_every_file_of_every_part_has_its_own_upload(files: Files) -> None:
    site = Site()
    red, blue = files.image("red"), files.image("blue")
    done = site.prepare(Draft((Part("", (red, blue)), Part("", (red,)))), {}, files)
    assert {slot: handle["id"] for slot, handle in slots(done).items()} == {
        "0.0": "m1",
        "0.1": "m2",
        "1.0": "m3",
    }


def test_what_is_ready_is_not_uploaded_again(files: Files) -> None:
    site = Site()
    draft = Draft((Part("", (files.image("red"),)),))
    done = site.prepare(draft, {}, files)
    assert site.prepare(draft, done.handles, files) == done
    assert site.made == 1


def test_a_file_that_was_exchanged_is_uploaded(files: Files) -> None:
    site = Site()
    done = site.prepare(Draft((Part("", (files.image("red"),)),)), {}, files)
    again = site.prepare(Draft((Part("", (files.image("blue"),)),)), done.handles, files)
    assert slots(again)["0.0"]["id"] == "m2"


def test_an_upload_that_the_server_is_about_to_forget_is_made_again(files: Files) -> None:
    site = Site()
    draft = Draft((Part("", (files.image("red"),)),))
    done = site.prepare(draft, {}, files)
    site.clock.advance(FACTS["unused_media_ms"].value // 2 + 1)
    assert slots(site.prepare(draft, done.handles, files))["0.0"]["id"] == "m2"


def test_processing_is_waited_for_with_longer_and_longer_pauses(files: Files) -> None:
    still = answer(206, {"id": "m1", "url": None})
    site = Site(
        uploads=[answer(202, {"id": "m1"})], looks=[still] * 8 + [answer(200, {"id": "m1"})]
    )
    draft = Draft((Part("", (files.video(),)),))
    handles: Mapping[str, object] = {}
    waits = []
    for _ in range(10):
        done = site.prepare(draft, handles, files)
        handles = done.handles
        waits.append(done.again_in)
    assert waits == [1000, 2000, 4000, 8000, 16000, 30000, 30000, 30000, 30000, None]
    assert site.made == 1
    assert site.asked()[-1] == "GET /api/v1/media/m1"


def test_processing_that_never_ends_is_given_up(files: Files) -> None:
    site = Site(uploads=[answer(202, {"id": "m1"})], looks=[answer(206, {})] * 500)
    draft = Draft((Part("", (files.video(),)),))
    handles: Mapping[str, object] = {}

    def wait() -> None:
        nonlocal handles
        for _ in range(500):
            handles = site.prepare(draft, handles, files).handles

    with pytest.raises(Rejected) as caught:
        wait()
    assert caught.value.problems[0].code == "media_refused"


def test_a_file_that_cannot_be_processed_is_refused(files: Files) -> None:
    site = Site(uploads=[answer(202, {"id": "m1"})], looks=[answer(422, {"error": "broken"})])
    draft = Draft((Part("", (files.video(),)),))
    first = site.prepare(draft, {}, files)
    with pytest.raises(Rejected) as caught:
        site.prepare(draft, first.handles, files)
    assert [(p.where, p.code) for p in caught.value.problems] == [("media.clip", "media_refused")]


def test_an_upload_that_the_server_lost_is_made_again(files: Files) -> None:
    site = Site(uploads=[answer(202, {"id": "m1"})], looks=[answer(404)])
    draft = Draft((Part("", (files.video(),)),))
    first = site.prepare(draft, {}, files)
    lost = site.prepare(draft, first.handles, files)
    assert lost.again_in == 0
    again = site.prepare(draft, lost.handles, files)
    assert (again.again_in, slots(again)["0.0"]["id"]) == (None, "m2")


@pytest.mark.parametrize(
    "failure", [httpx.ReadTimeout("lost"), answer(503), httpx.ConnectError("refused")]
)
def test_uploads_before_a_failure_are_kept(files: Files, failure: Step) -> None:
    site = Site(uploads=[answer(200, {"id": "m1"}), failure])
    draft = Draft((Part("", (files.image("red"), files.image("blue"))),))
    stopped = site.prepare(draft, {}, files)
    assert stopped.again_in == 1000
    assert slots(stopped)["0.0"]["id"] == "m1"
    done = site.prepare(draft, stopped.handles, files)
    assert (done.again_in, slots(done)["0.1"]["id"]) == (None, "m3")


def test_a_failure_without_progress_is_raised(files: Files) -> None:
    draft = Draft((Part("", (files.image("red"),)),))
    with pytest.raises(Transient):
        Site(uploads=[httpx.ConnectError("refused")]).prepare(draft, {}, files)


def test_a_busy_server_is_asked_again_at_its_reset(files: Files) -> None:
    busy = answer(429, headers={"x-ratelimit-reset": "2026-05-28T20:31:40Z"})
    site = Site(uploads=[answer(200, {"id": "m1"}), busy, busy])
    draft = Draft((Part("", (files.image("red"), files.image("blue"))),))
    stopped = site.prepare(draft, {}, files)
    assert stopped.again_in == 300_000
    with pytest.raises(RateLimited) as caught:
        site.prepare(draft, stopped.handles, files)
    assert caught.value.at == START + 300_000


def test_a_large_file_gets_a_checkpoint_of_its_own(files: Files) -> None:
    site = Site()
    draft = Draft((Part("", (files.video(9 * MB),)), Part("", (files.image("red"),))))
    first = site.prepare(draft, {}, files)
    assert (first.again_in, list(slots(first))) == (0, ["0.0"])
    second = site.prepare(draft, first.handles, files)
    assert (second.again_in, site.made) == (None, 2)


@pytest.mark.parametrize(
    ("step", "error"),
    [
        (answer(422, {"error": "no"}), Rejected),
        (answer(413), Rejected),
        (answer(200, {}), PlatformError),
        (answer(200, b"<html>"), PlatformError),
    ],
)
def test_an_upload_that_is_refused_or_unreadable(
    files: Files, step: Step, error: type[PlatformError]
) -> None:
    with pytest.raises(error):
        Site(uploads=[step]).prepare(Draft((Part("", (files.image("red"),)),)), {}, files)


def test_an_animation_that_is_lost_is_told(files: Files) -> None:
    out = io.BytesIO()
    frames = [Image.new("RGB", (40, 30), colour) for colour in ("red", "blue")]
    frames[0].save(out, "WEBP", save_all=True, append_images=frames[1:])
    media = files.add("dance", out.getvalue(), "image/webp", "")
    done = Site().prepare(Draft((Part("", (media,)),)), {}, files)
    assert [(p.where, p.code) for p in done.notices] == [("media.dance", "animation_lost")]


def test_a_server_that_lists_only_types_we_cannot_make_gets_a_common_one(files: Files) -> None:
    site = Site()
    site.prepare(Draft((Part("", (files.image("red"),)),)), {}, files, **{"takes image/heic": 1})
    assert form(site.wire.sent[0])["file"].get_content_type() == "image/png"


def test_a_file_that_is_no_image_never_leaves(files: Files) -> None:
    site = Site()
    media = files.add("odd", b"<svg onload=alert(1)>", "image/png", "")
    with pytest.raises(InvalidDraft):
        site.prepare(Draft((Part("", (media,)),)), {}, files)
    assert site.made == 0
