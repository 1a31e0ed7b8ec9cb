"""The Bluesky adapter against the real server, and a double of the video service."""

import hashlib
import io
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from itertools import count

import pytest
from PIL import Image

from shared.core.errors import (
    AccessRevoked,
    Ambiguous,
    CredentialExpired,
    Gone,
    PlatformError,
    Rejected,
    Transient,
    Unprepared,
)
from shared.core.models import Draft, LinkCard, Media, Options, Part, Remote
from shared.core.platform import Outgoing, Prepared
from shared.core.workspaces import Account
from shared.platforms.base import Context
from shared.platforms.bluesky import Bluesky
from shared.platforms.guard import Guard
from shared.platforms.http import Client
from shared.runtime.clock import SystemClock
from tests.fakes import make
from tests.fakes.bucket import FakeBucket
from tests.servers.bluesky import INSTALLERS_BLOB_LIMIT, PdsAccount, RealPds, Record
from tests.servers.loopback import (
    RESET_AFTER_APPLYING,
    RESET_BEFORE_APPLYING,
    RESET_THEN_APPLIED_LATE,
    Fault,
    LoopbackServer,
    Request,
    Response,
    answered_wrongly,
    refused,
)
from tests.servers.video_service import VideoService

CREATED = 1_795_000_000_123
PUT = "/xrpc/com.atproto.repo.putRecord"
LOG_IN = "/xrpc/com.atproto.server.createSession"
FAMILY = "👨‍👩‍👧‍👦"
MB = 1_000_000


class Pages(LoopbackServer):
    """A web site with one story and its picture."""

    def __init__(self) -> None:
        super().__init__()
        self.picture = photo(640, 480)

    def respond(self, request: Request) -> Response:
        if request.path == "/story":
            html = (
                '<meta charset="utf-8"><title>Größe</title>'
                '<meta property="og:description" content="Über alles">'
                '<meta property="og:image" content="/picture.jpg">'
            )
            return Response.of_html(html, 200)
        if request.path == "/picture.jpg":
            return Response(200, self.picture, {"Content-Type": "image/jpeg"})
        return Response(404)


@dataclass
class LongVideo:
    """So many bytes that exist only piece by piece, and a note of the largest piece asked for."""

    length: int
    largest: int = 0

    def size(self, key: str) -> int:
        return self.length

    def read(self, key: str, *, start: int = 0, length: int | None = None) -> bytes:
        wanted = self.length - start if length is None else length
        self.largest = max(self.largest, wanted)
        return bytes((start + at) // 4_096 % 251 for at in range(0, wanted, 4_096)).ljust(
            wanted, b"\0"
        )[:wanted]


def photo(width: int, height: int, *, turned: bool = False) -> bytes:
    """A JPEG as a phone makes it: with a place, and turned by a note instead of by its pixels."""
    out = io.BytesIO()
    image = Image.effect_noise((width, height), 60).convert("RGB")
    exif = Image.Exif()
    exif[0x0112] = 6 if turned else 1
    exif[0x010F] = "SecretCamera"
    exif.get_ifd(0x8825)[2] = (40.0, 26.0, 46.0)
    image.save(out, "JPEG", exif=exif, quality=95)
    return out.getvalue()


def media_of(bucket: FakeBucket, data: bytes, *, mime: str = "image/jpeg", alt: str = "") -> Media:
    digest = hashlib.sha256(data).hexdigest()
    bucket.write(digest, data, mime=mime)
    return Media(f"med_{digest[:8]}", mime, len(data), digest, digest, alt=alt)


@dataclass
class Author:
    """One account, connected through the adapter."""

    pds: RealPds
    person: PdsAccount
    context: Context
    bucket: FakeBucket = field(default_factory=FakeBucket)
    numbers: Iterator[int] = field(default_factory=lambda: count(1))

    def __post_init__(self) -> None:
        fields = {
            "server": self.pds.url,
            "identifier": self.person.handle,
            "app_password": self.pds.app_password(self.person),
        }
        connected = Bluesky.connect(fields, self.context)
        self.account: Account = make.account(
            platform="bluesky",
            server=connected.server,
            remote_id=connected.remote_id,
            handle=connected.handle,
        )
        self.credential = connected.credential

    def adapter(self, **changes: object) -> Bluesky:
        return Bluesky(self.account, {**self.credential, **changes}, self.context)

    def prepared(self, draft: Draft) -> Prepared:
        """All the calls that it takes."""
        handles: Mapping[str, object] = {}
        for _ in range(20):
            prepared = self.adapter().prepare(draft, handles, self.bucket)
            if prepared.again_in is None:
                return prepared
            handles = prepared.handles
        raise AssertionError("preparing never ends")

    def outgoing(
        self, *parts: str | Part, options: Options | None = None, key: str = ""
    ) -> Outgoing:
        whole = tuple(part if isinstance(part, Part) else Part(part) for part in parts)
        draft = Draft(whole, options or Options())
        key = key or f"dlv_{next(self.numbers)}"
        return Outgoing(draft, 0, f"{key}.0", CREATED, self.prepared(draft).handles)

    def published(self, *parts: str | Part, options: Options | None = None) -> list[Remote]:
        """Every part of it, one after the other."""
        first, adapter = self.outgoing(*parts, options=options), self.adapter()
        live: list[Remote] = []
        for number in range(len(parts)):
            key = f"{first.key}.{number}"
            live.append(adapter.publish(replace(first, part=number, key=key, earlier=tuple(live))))
        return live

    def records(self) -> list[Record]:
        return list(self.pds.records(self.person.did))

    def record(self, remote: Remote) -> Record:
        found = self.pds.record(self.person.did, remote.id.rpartition("/")[2])
        assert found is not None
        return found

    def log_ins(self) -> int:
        return len(self.pds.sent("POST", LOG_IN))


@pytest.fixture(scope="module")
def pds() -> Iterator[RealPds]:
    with RealPds(blob_limit=INSTALLERS_BLOB_LIMIT) as server:
        yield server


@pytest.fixture
def pages() -> Iterator[Pages]:
    with Pages() as server:
        yield server


@contextmanager
def context_for(*servers: LoopbackServer, **options: str) -> Iterator[Context]:
    """Servers that this installation allows, and only those."""
    client = Client(Guard(frozenset(server.url.removeprefix("http://") for server in servers)))
    yield Context(client, SystemClock(), options)
    client.close()


@pytest.fixture
def author(pds: RealPds, pages: Pages) -> Iterator[Author]:
    with context_for(pds, pages) as context:
        yield Author(pds, pds.create_account(), context)


def test_text_with_facets(pds: RealPds, author: Author) -> None:
    friend = pds.create_account()
    text = f"✨ {FAMILY} @{friend.handle} (https://localhost:1/é) #größe"
    (remote,) = author.published(text, options=Options(languages=("de", "en-GB")))
    record = author.record(remote)
    assert (record.uri, record.cid) == (remote.id, remote.extra)
    assert record.value["text"] == text
    assert record.value["createdAt"] == "2026-11-18T11:06:40.123Z"
    assert record.value["langs"] == ["de", "en-GB"]
    pieces = {
        text.encode()[f["index"]["byteStart"] : f["index"]["byteEnd"]].decode(): f["features"][0]
        for f in record.value["facets"]
    }
    kind = "app.bsky.richtext.facet#"
    assert pieces == {
        f"@{friend.handle}": {"$type": f"{kind}mention", "did": friend.did},
        "https://localhost:1/é": {"$type": f"{kind}link", "uri": "https://localhost:1/é"},
        "#größe": {"$type": f"{kind}tag", "tag": "größe"},
    }


def test_the_link_to_a_private_server_opens_the_record(author: Author) -> None:
    (remote,) = author.published("Hello")
    assert remote.url is not None
    assert remote.url.startswith(author.pds.url)
    path, _, query = remote.url.partition("?")
    seen = author.pds.read(
        path.rpartition("/")[2], dict(pair.split("=") for pair in query.split("&"))
    )
    assert seen["value"]["text"] == "Hello"


def test_a_mention_of_nobody_stays_text(author: Author) -> None:
    outgoing = author.outgoing("hi @nobody-at-all.test")
    notices = author.prepared(outgoing.draft).notices
    assert [notice.code for notice in notices] == ["mention_unknown"]
    assert "facets" not in author.record(author.adapter().publish(outgoing)).value


def test_pictures_arrive_upright_described_and_without_their_secrets(author: Author) -> None:
    data = photo(600, 400, turned=True)
    assert b"SecretCamera" in data
    pictures = tuple(
        media_of(author.bucket, photo(300 + n, 200), alt=f"Picture {n}") for n in range(3)
    )
    turned = media_of(author.bucket, data, alt="Turned")
    (remote,) = author.published(Part("Look", (turned, *pictures)))
    embed = author.record(remote).value["embed"]
    assert embed["$type"] == "app.bsky.embed.images"
    assert [image["alt"] for image in embed["images"]] == [
        "Turned",
        "Picture 0",
        "Picture 1",
        "Picture 2",
    ]
    first = embed["images"][0]
    assert first["aspectRatio"] == {"width": 400, "height": 600}
    stored = author.pds.blob(author.person.did, first["image"]["ref"]["$link"])
    assert len(stored) == first["image"]["size"]
    assert b"SecretCamera" not in stored
    with Image.open(io.BytesIO(stored)) as seen:
        assert seen.size == (400, 600)
        assert not seen.getexif()
    assert len(author.pds.blobs(author.person.did)) == 4


def test_a_picture_too_large_for_the_network_is_fitted(author: Author) -> None:
    data = photo(2_400, 1_800)
    assert len(data) > 2 * MB
    (remote,) = author.published(Part("", (media_of(author.bucket, data, alt="Noise"),)))
    (image,) = author.record(remote).value["embed"]["images"]
    assert image["image"]["size"] <= 2 * MB
    assert image["aspectRatio"]["width"] * 3 == pytest.approx(
        image["aspectRatio"]["height"] * 4, rel=0.01
    )


def test_sensitive_pictures_are_labelled(author: Author) -> None:
    picture = media_of(author.bucket, photo(40, 40))
    (remote,) = author.published(Part("", (picture,)), options=Options(content_warning="nudity"))
    assert author.record(remote).value["labels"] == {
        "$type": "com.atproto.label.defs#selfLabels",
        "values": [{"val": "nudity"}],
    }


def test_a_thread(author: Author) -> None:
    picture = media_of(author.bucket, photo(40, 40))
    one, two, three = author.published("one", Part("two", (picture,)), "three")
    assert "reply" not in author.record(one).value
    root = {"uri": one.id, "cid": one.extra}
    assert author.record(two).value["reply"] == {"root": root, "parent": root}
    parent = {"uri": two.id, "cid": two.extra}
    assert author.record(three).value["reply"] == {"root": root, "parent": parent}
    ages = [author.record(remote).value["createdAt"] for remote in (one, two, three)]
    assert ages == sorted(set(ages))


def test_a_thread_goes_on_from_a_part_whose_content_id_nobody_kept(author: Author) -> None:
    (one,) = author.published("one")
    outgoing = author.outgoing("one", "two", key="dlv_kept")
    after = replace(outgoing, part=1, key="dlv_kept.1", earlier=(Remote(one.id),))
    two = author.adapter().publish(after)
    assert author.record(two).value["reply"]["parent"] == {"uri": one.id, "cid": one.extra}
    author.adapter().delete(one)
    with pytest.raises(Rejected):
        author.adapter().publish(replace(after, key="dlv_kept.2"))


def test_the_same_part_twice_is_one_post(author: Author) -> None:
    outgoing = author.outgoing("Hello")
    assert author.adapter().publish(outgoing) == author.adapter().publish(outgoing)
    other = author.adapter().publish(replace(outgoing, key="dlv_another.0"))
    assert {record.uri for record in author.records()} == {
        other.id,
        author.adapter().publish(outgoing).id,
    }


@pytest.mark.parametrize(
    ("fault", "arrived"),
    [
        (RESET_AFTER_APPLYING, True),
        (RESET_BEFORE_APPLYING, False),
        (answered_wrongly(Response(502)), True),
        (answered_wrongly(Response(200, b"<html>")), True),
        (refused(Response(503)), False),
    ],
    ids=["answer lost", "request lost", "proxy fault", "unreadable", "overloaded"],
)
def test_an_unknown_outcome_is_looked_up_then_repeated(
    author: Author, fault: Fault, *, arrived: bool
) -> None:
    outgoing, adapter = author.outgoing("Hello"), author.adapter()
    author.pds.on("POST", PUT, fault)
    with pytest.raises(Ambiguous):
        adapter.publish(outgoing)
    found = adapter.locate(outgoing, since=0, owned=frozenset())
    assert (found is not None) is arrived
    remote = adapter.publish(outgoing)
    assert found in {None, remote}
    assert adapter.locate(outgoing, since=0, owned=frozenset()) == remote
    assert adapter.locate(outgoing, since=0, owned=frozenset({remote.id})) is None
    assert [record.uri for record in author.records()] == [remote.id]


def test_a_request_that_is_applied_late_makes_no_second_post(author: Author) -> None:
    outgoing, adapter = author.outgoing("Hello"), author.adapter()
    author.pds.on("POST", PUT, RESET_THEN_APPLIED_LATE)
    with pytest.raises(Ambiguous):
        adapter.publish(outgoing)
    assert adapter.locate(outgoing, since=0, owned=frozenset()) is None
    remote = adapter.publish(outgoing)
    assert author.pds.apply_late() == 1
    assert [(r.uri, r.cid) for r in author.records()] == [(remote.id, remote.extra)]


def test_an_earlier_attempt_with_another_text_is_brought_up_to_date(author: Author) -> None:
    """Its request came late, after the post had been edited: one post, in the last version."""
    first = author.outgoing("Helo", key="dlv_x")
    author.adapter().publish(first)
    second = author.outgoing("Hello", key="dlv_x")
    remote = author.adapter().publish(second)
    (record,) = author.records()
    assert (record.cid, record.value["text"]) == (remote.extra, "Hello")


def test_an_attempt_at_another_time_is_the_same_post(author: Author) -> None:
    outgoing = author.outgoing("Hello")
    first = author.adapter().publish(outgoing)
    assert author.adapter().publish(replace(outgoing, created_at=CREATED + 60_000)) == first


def test_an_edit_keeps_time_and_place(author: Author) -> None:
    one, two = author.published("one", "two")
    before = author.record(two)
    edited = author.outgoing("one", "zwei #neu @nobody.test")
    change = replace(edited, part=1, created_at=CREATED + 9_999, handles={}, earlier=(one,))
    remote = author.adapter().edit(change, two)
    after = author.record(two)
    assert (remote.id, remote.extra) == (two.id, after.cid)
    assert after.cid != before.cid
    assert after.value["text"] == "zwei #neu @nobody.test"
    assert after.value["createdAt"] == before.value["createdAt"]
    assert after.value["reply"] == before.value["reply"]
    assert [f["features"][0]["tag"] for f in after.value["facets"]] == ["neu"]
    # Repeated after a lost answer: the content id that is kept is the old one.
    assert author.adapter().edit(change, two) == remote


def test_an_edit_keeps_pictures_and_a_live_card(author: Author, pages: Pages) -> None:
    picture = media_of(author.bucket, photo(40, 40), alt="old")
    (remote,) = author.published(Part("one", (picture,)))
    with_picture = author.outgoing(Part("two", (replace(picture, alt="new"),)))
    author.adapter().edit(with_picture, remote)
    assert author.record(remote).value["embed"]["images"][0]["alt"] == "new"

    link = f"{pages.url}/story"
    (carded,) = author.published(f"see {link}")
    before = author.record(carded).value["embed"]
    visits = len(pages.requests)
    plain = Outgoing(Draft((Part(f"look at {link}"),)), 0, "dlv_e.0", CREATED, {})
    author.adapter().edit(plain, carded)
    assert author.record(carded).value["embed"] == before
    assert len(pages.requests) == visits


def test_an_edit_cannot_bring_new_pictures(author: Author) -> None:
    (remote,) = author.published("one")
    picture = media_of(author.bucket, photo(40, 40))
    change = Outgoing(Draft((Part("two", (picture,)),)), 0, "dlv_e.0", CREATED, {})
    with pytest.raises(Rejected) as caught:
        author.adapter().edit(change, remote)
    assert caught.value.problems[0].code == "media_not_live"
    assert author.record(remote).value["text"] == "one"


def test_an_edit_overwrites_nobody_else(author: Author) -> None:
    (remote,) = author.published("one")
    elsewhere = author.adapter().edit(author.outgoing("from elsewhere"), remote)
    with pytest.raises(Rejected) as caught:
        author.adapter().edit(author.outgoing("from here"), remote)
    assert caught.value.problems[0].code == "changed_elsewhere"
    assert author.record(remote).cid == elsewhere.extra


def test_deleting(author: Author) -> None:
    (remote,) = author.published("Hello")
    author.adapter().delete(remote)
    author.adapter().delete(remote)
    assert author.records() == []
    with pytest.raises(Gone):
        author.adapter().edit(author.outgoing("again"), remote)


def test_an_expired_session_is_refreshed_without_a_log_in(author: Author) -> None:
    access = str(author.credential["access"])
    stale = author.adapter(access=author.pds.expired(access))
    before, outgoing = author.log_ins(), author.outgoing("Hello")
    with pytest.raises(CredentialExpired):
        stale.publish(outgoing)
    assert author.records() == []
    fresh = stale.refresh()
    assert fresh["refresh"] != author.credential["refresh"]
    assert (stale.expires_at() or 0) > SystemClock().now() + 3_600_000
    Bluesky(author.account, fresh, author.context).publish(outgoing)
    assert len(author.records()) == 1
    assert author.log_ins() == before


def test_a_refresh_token_that_ended_leads_to_one_log_in(author: Author) -> None:
    refresh = author.pds.expired(str(author.credential["refresh"]))
    before = author.log_ins()
    fresh = author.adapter(refresh=refresh).refresh()
    assert author.log_ins() == before + 1
    assert Bluesky(author.account, fresh, author.context).verify().remote_id == author.person.did


def test_a_revoked_app_password_is_noticed_at_the_refresh(author: Author) -> None:
    author.pds.revoke_app_password(author.person)
    with pytest.raises(AccessRevoked) as caught:
        author.adapter().refresh()
    assert caught.value.code == "sign_in_refused"


def test_disconnecting_ends_the_session(author: Author) -> None:
    author.adapter().revoke()
    author.adapter().revoke()
    before = author.log_ins()
    author.adapter().refresh()
    assert author.log_ins() == before + 1


def test_an_account_that_was_taken_down(author: Author) -> None:
    outgoing = author.outgoing("Hello")
    author.pds.take_down(author.person)
    adapter = author.adapter()
    with pytest.raises(AccessRevoked):
        adapter.verify()
    with pytest.raises(AccessRevoked) as refreshing:
        adapter.refresh()
    with pytest.raises(AccessRevoked) as publishing:
        adapter.publish(outgoing)
    assert refreshing.value.code == publishing.value.code == "account_taken_down"
    author.pds.take_down(author.person, applied=False)


def test_who_we_are(author: Author) -> None:
    seen = author.adapter().verify()
    assert (seen.server, seen.remote_id) == (author.pds.url, author.person.did)
    assert (seen.handle, seen.display_name) == (author.person.handle, "")
    token = author.pds.session(author.person).access
    profile = {"$type": "app.bsky.actor.profile", "displayName": "Casa Azul"}
    body = {
        "repo": author.person.did,
        "collection": "app.bsky.actor.profile",
        "rkey": "self",
        "record": profile,
    }
    author.pds.call("com.atproto.repo.putRecord", body, token=token)
    assert author.adapter().verify().display_name == "Casa Azul"


def test_the_server_agrees_with_the_dry_run(author: Author) -> None:
    for text in ("x" * 300, FAMILY * 120, "🇪🇸" * 300, "x" * 301, FAMILY * 121, "e\u0301" * 301):
        outgoing = author.outgoing(text)
        checked = Bluesky.check(author.account, outgoing.draft)
        try:
            author.adapter().publish(outgoing)
        except Rejected:
            assert checked.problems, text
        else:
            assert not checked.problems, text
    assert len(author.records()) == 3


def test_a_link_gets_its_card(author: Author, pages: Pages) -> None:
    link = f"{pages.url}/story"
    (remote,) = author.published(f"see {link}.")
    embed = author.record(remote).value["embed"]
    external = embed["external"]
    assert embed["$type"] == "app.bsky.embed.external"
    assert (external["uri"], external["title"], external["description"]) == (
        link,
        "Größe",
        "Über alles",
    )
    stored = author.pds.blob(author.person.did, external["thumb"]["ref"]["$link"])
    with Image.open(io.BytesIO(stored)) as seen:
        assert seen.size == (640, 480)
        assert not seen.getexif()


def test_a_card_that_cannot_be_made_does_not_stop_the_post(author: Author, pages: Pages) -> None:
    draft = Draft((Part(f"see {pages.url}/missing"),))
    assert [notice.code for notice in author.prepared(draft).notices] == ["no_card"]
    (remote,) = author.published(draft.parts[0])
    assert "embed" not in author.record(remote).value


def test_a_card_without_its_picture_is_still_one(author: Author, pages: Pages) -> None:
    pages.on("GET", "/picture.jpg", Fault(reset=True))
    (remote,) = author.published(f"{pages.url}/story")
    assert author.record(remote).value["embed"]["external"]["title"] == "Größe"
    assert "thumb" not in author.record(remote).value["embed"]["external"]


def test_a_written_card_and_a_first_comment_stand_below_each_other(author: Author) -> None:
    picture = media_of(author.bucket, photo(3_000, 1_600))
    card = LinkCard("https://shop.example/brot-für-dich?a=b", "Our title", "Our words", picture)
    first, comment = author.published(Part("", card=card), "In the comment")
    embed = author.record(first).value["embed"]
    external = embed["external"]
    assert (external["uri"], external["title"]) == (card.url, "Our title")
    stored = author.pds.blob(author.person.did, external["thumb"]["ref"]["$link"])
    with Image.open(io.BytesIO(stored)) as seen:
        assert seen.width * seen.height <= 4_000_000
        assert not seen.getexif()
    assert author.record(comment).value["reply"]["parent"]["uri"] == first.id
    change = author.outgoing(Part("Now with words", card=replace(card, title="New")))
    author.adapter().edit(change, first)
    after = author.record(first).value
    assert (after["text"], after["embed"]["external"]) == (
        "Now with words",
        external | {"title": "New"},
    )


def test_uploads_that_the_server_forgot_are_asked_for_again(author: Author) -> None:
    picture = media_of(author.bucket, photo(40, 40))
    outgoing = author.outgoing(Part("", (picture,)))
    lost = {"$type": "blob", "ref": {"$link": "bafkreia" + "a" * 51}, "mimeType": "image/jpeg"}
    handles = {"blobs": {picture.sha256: {"blob": lost | {"size": 3}}}}
    with pytest.raises(Unprepared):
        author.adapter().publish(replace(outgoing, handles=handles))
    with pytest.raises(Unprepared):
        author.adapter().publish(replace(outgoing, handles={}))
    assert author.records() == []


# --- videos ---


@pytest.fixture
def video(pds: RealPds) -> Iterator[VideoService]:
    with VideoService(pds_url=pds.url, pds_did=pds.did) as double:
        yield double


@pytest.fixture
def filmer(pds: RealPds, video: VideoService) -> Iterator[Author]:
    with context_for(pds, video, video=video.url) as context:
        yield Author(pds, pds.create_account(), context)


def film(bucket: FakeBucket, seed: str = "") -> Media:
    data = b"\x00\x00\x00\x18ftypmp42\x00\x00\x00\x00mp42isom" + seed.encode() + bytes(1_000)
    media = media_of(bucket, data, mime="video/mp4", alt="Waves")
    return replace(media, width=1_080, height=1_920)


def test_fifty_megabytes_of_video_travel_in_pieces(filmer: Author, video: VideoService) -> None:
    store = LongVideo(50 * MB)
    media = Media("med_1", "video/mp4", 50 * MB, "ab" * 32, "k", 1_080, 1_920, 60_000, "Waves")
    draft = Draft((Part("Look", (media,)),))
    handles: Mapping[str, object] = {}
    calls = 0
    while True:
        prepared = filmer.adapter().prepare(draft, handles, store)
        handles, calls = prepared.handles, calls + 1
        if prepared.again_in is None:
            break
        assert prepared.again_in > 0
    assert calls == video.looks_needed + 2  # one to upload, so many to wait, one to find it done
    assert store.largest <= 8 * 1024 * 1024
    (sent,) = video.sent("POST", "/xrpc/app.bsky.video.uploadVideo")
    assert sent.size == 50 * MB
    remote = filmer.adapter().publish(Outgoing(draft, 0, "dlv_v.0", CREATED, handles))
    embed = filmer.record(remote).value["embed"]
    assert (embed["$type"], embed["alt"]) == ("app.bsky.embed.video", "Waves")
    assert embed["aspectRatio"] == {"width": 1_080, "height": 1_920}
    assert embed["video"]["size"] > 50 * MB  # what the service made of it, not what we sent
    assert len(filmer.pds.blobs(filmer.person.did)) == 1


@pytest.mark.parametrize("named", [True, False])
def test_a_video_that_the_service_knows_is_taken_as_it_is(
    filmer: Author, video: VideoService, *, named: bool
) -> None:
    media = film(filmer.bucket)
    filmer.published(Part("one", (media,)))
    video.blob_in_conflict = named
    (remote,) = filmer.published(Part("two", (media,)))
    assert filmer.record(remote).value["embed"]["$type"] == "app.bsky.embed.video"
    assert len(video.jobs) == 1


@pytest.mark.parametrize(
    ("failure", "tries"),
    [
        ("validation_failure", 1),
        ("encoding_failure", 1),
        ("pds_upload_unsupported_blob_size", 1),
        ("pds_upload_failure", 3),
        ("generic_failure", 3),
        ("", 1),
    ],
)
def test_failures_are_final_or_tried_again(
    filmer: Author, video: VideoService, failure: str, tries: int
) -> None:
    video.failure = failure
    media = film(filmer.bucket)
    if not failure:
        filmer.published(Part("", (media,)))
    else:
        with pytest.raises(Rejected) as caught:
            filmer.published(Part("", (media,)))
        assert caught.value.problems[0].code == "video_refused"
    assert len(video.sent("POST", "/xrpc/app.bsky.video.uploadVideo")) == tries


def test_a_service_that_recovers_gets_the_video_again(filmer: Author, video: VideoService) -> None:
    video.failure = "generic_failure"
    media = film(filmer.bucket)
    draft = Draft((Part("", (media,)),))
    handles: Mapping[str, object] = {}
    while not handles or "failed" not in str(handles):
        handles = filmer.adapter().prepare(draft, handles, filmer.bucket).handles
    video.failure = ""
    while (prepared := filmer.adapter().prepare(draft, handles, filmer.bucket)).again_in:
        handles = prepared.handles
    filmer.adapter().publish(Outgoing(draft, 0, "dlv_r.0", CREATED, prepared.handles))
    assert len(filmer.records()) == 1


@pytest.mark.parametrize(
    ("change", "kind", "says"),
    [
        ({"email_confirmed": False}, Rejected, "confirmed e-mail"),
        ({"remaining_videos": 0}, PlatformError, "limit"),
        ({"remaining_bytes": 10}, PlatformError, "limit"),
    ],
)
def test_what_the_service_does_not_allow_is_known_before_the_upload(
    filmer: Author,
    video: VideoService,
    change: dict[str, object],
    kind: type[PlatformError],
    says: str,
) -> None:
    for name, value in change.items():
        setattr(video, name, value)
    with pytest.raises(kind, match=says):
        filmer.published(Part("", (film(filmer.bucket),)))
    assert not video.sent("POST", "/xrpc/app.bsky.video.uploadVideo")


def test_limits_that_nobody_tells_do_not_stop_a_video(filmer: Author, video: VideoService) -> None:
    video.on("GET", "/xrpc/app.bsky.video.getUploadLimits", refused(Response(500)))
    assert filmer.published(Part("", (film(filmer.bucket),)))


def test_a_job_that_the_service_forgot_is_sent_again(filmer: Author, video: VideoService) -> None:
    media = film(filmer.bucket)
    draft = Draft((Part("", (media,)),))
    first = filmer.adapter().prepare(draft, {}, filmer.bucket)
    video.jobs.clear()
    video._known.clear()
    again = filmer.adapter().prepare(draft, first.handles, filmer.bucket)
    assert again.again_in
    handles = again.handles
    while (prepared := filmer.adapter().prepare(draft, handles, filmer.bucket)).again_in:
        handles = prepared.handles
    filmer.adapter().publish(Outgoing(draft, 0, "dlv_f.0", CREATED, prepared.handles))
    assert len(filmer.records()) == 1


def test_a_broken_service_is_a_reason_to_wait(filmer: Author, video: VideoService) -> None:
    video.on("POST", "/xrpc/app.bsky.video.uploadVideo", refused(Response(502)))
    with pytest.raises(Transient):
        filmer.published(Part("", (film(filmer.bucket),)))


def test_a_private_server_gets_the_video_itself(author: Author) -> None:
    """Bluesky's service could not reach it to store the result."""
    media = film(author.bucket)
    (remote,) = author.published(Part("", (media,)))
    embed = author.record(remote).value["embed"]
    assert embed["video"]["size"] == media.size
    stored = author.pds.blob(author.person.did, embed["video"]["ref"]["$link"])
    assert hashlib.sha256(stored).hexdigest() == media.sha256


def test_a_thread_of_two_videos_and_a_picture(filmer: Author, video: VideoService) -> None:
    first, second = film(filmer.bucket, "1"), film(filmer.bucket, "2")
    picture = media_of(filmer.bucket, photo(40, 40))
    live = filmer.published(Part("", (first,)), Part("", (picture,)), Part("", (second,)))
    kinds = [filmer.record(remote).value["embed"]["$type"] for remote in live]
    assert kinds == ["app.bsky.embed.video", "app.bsky.embed.images", "app.bsky.embed.video"]
    assert len(video.jobs) == 2
