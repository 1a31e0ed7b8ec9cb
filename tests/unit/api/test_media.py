"""Files are what their bytes say, and only the workspace's own can be posted."""

import hashlib
import io
import struct
from typing import Any

import pytest
from PIL import Image

from functions.api.looking import MAX_IMAGE, MAX_VIDEO
from shared.core.models import MINUTE
from shared.core.ports import Downloaded
from tests.fakes.api_world import ApiWorld


def picture(kind: str = "PNG", size: tuple[int, int] = (8, 4), *, turned: bool = False) -> bytes:
    out = io.BytesIO()
    exif = Image.Exif()
    if turned:
        exif[0x0112] = 6  # the camera was held upright
    Image.new("RGB", size, "red").save(out, kind, exif=exif)
    return out.getvalue()


def box(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I4s", 8 + len(body), kind) + body


def film() -> bytes:
    """An MP4 of 2.5 seconds in 640 by 360, as far as its index goes."""
    movie = box(b"mvhd", struct.pack(">IIIII", 0, 0, 0, 1_000, 2_500) + b"\0" * 80)
    matrix = struct.pack(">9i", 65_536, 0, 0, 0, 65_536, 0, 0, 0, 1 << 30)
    header = b"\0" * 40 + matrix + struct.pack(">II", 640 << 16, 360 << 16)
    track = box(b"trak", box(b"tkhd", header))
    return box(b"ftyp", b"isom\0\0\2\0") + box(b"mdat", b"x" * 99) + box(b"moov", movie + track)


def huge() -> bytes:
    """A picture that unpacks to 90 million pixels, in a few kilobytes."""
    out = io.BytesIO()
    Image.new("1", (30_000, 3_000)).save(out, "PNG")
    return out.getvalue()


HUGE = huge()


def start(world: ApiWorld, data: bytes, mime: str, **fields: Any) -> Any:
    answer = world.send("/v1/media", {"mime": mime, "size": len(data), **fields})
    assert answer.status == 201, answer.text
    return answer.json


def upload(world: ApiWorld, data: bytes, mime: str, **fields: Any) -> Any:
    """Start, post the form as a browser does, finish."""
    made = start(world, data, mime, **fields)
    assert world.bucket.upload(made["upload"], data)
    return world.send(f"/v1/media/{made['id']}/finish")


def test_an_upload_is_checked_and_moved_to_the_library(world: ApiWorld) -> None:
    data = picture()
    made = start(world, data, "image/png", name="a.png", alt="A red dot")
    assert (made["state"], made["url"]) == ("uploading", None)
    assert world.bucket.upload(made["upload"], data)
    done = world.send(f"/v1/media/{made['id']}/finish").json
    assert (done["state"], done["mime"], done["size"]) == ("ready", "image/png", len(data))
    assert (done["width"], done["height"], done["alt"]) == (8, 4, "A red dot")
    assert done["url"].startswith("https://bucket.test/media/wks_1/")
    assert list(world.bucket.files) == [f"media/wks_1/{made['id']}"]
    assert world.get(f"/v1/media/{made['id']}").json == done
    stored = world.store.media_file("wks_1", made["id"]).media
    assert stored is not None
    assert stored.sha256 == hashlib.sha256(data).hexdigest()
    assert stored.alt == "A red dot"


def photo() -> bytes:
    out = io.BytesIO()
    Image.effect_noise((2_400, 1_800), 60).convert("RGB").save(out, "JPEG", quality=90)
    return out.getvalue()


def test_a_large_picture_is_listed_small(world: ApiWorld) -> None:
    data = photo()
    done = upload(world, data, "image/jpeg").json
    key = f"media/wks_1/{done['id']}"
    assert done["url"].startswith(f"https://bucket.test/{key}?")
    assert done["preview_url"].startswith(f"https://bucket.test/{key}.webp?")
    small, mime = world.bucket.files[f"{key}.webp"]
    assert (Image.open(io.BytesIO(small)).size, mime) == ((960, 720), "image/webp")
    assert world.bucket.files[key][0] == data
    assert world.get("/v1/media").json["items"] == [done]
    renamed = world.patch(f"/v1/media/{done['id']}", {"name": "b.jpg"}).json
    assert renamed["preview_url"] == done["preview_url"]
    assert world.delete(f"/v1/media/{done['id']}").status == 204
    assert world.bucket.files == {}


def test_a_fetched_and_a_cropped_picture_are_listed_small(world: ApiWorld) -> None:
    world.download.files["https://cdn.example/a.jpg"] = Downloaded(photo(), "image/jpeg")
    fetched = world.send("/v1/media", {"url": "https://cdn.example/a.jpg"}).json
    box = {"x": 100, "y": 0, "width": 1_800, "height": 1_800}
    cut = world.send(f"/v1/media/{fetched['id']}/crop", box).json
    for shown, size in ((fetched, (960, 720)), (cut, (960, 960))):
        small, _ = world.bucket.files[f"media/wks_1/{shown['id']}.webp"]
        assert Image.open(io.BytesIO(small)).size == size
        assert f"/{shown['id']}.webp?" in shown["preview_url"]


def test_a_small_picture_and_a_video_are_listed_as_they_are(world: ApiWorld) -> None:
    for data, mime in ((picture(), "image/png"), (film(), "video/mp4")):
        done = upload(world, data, mime).json
        assert done["preview_url"] == done["url"] is not None
    assert not [key for key in world.bucket.files if key.endswith(".webp")]


def test_what_is_checked_is_what_is_kept(world: ApiWorld) -> None:
    """The form still works after the check; what it brings then is not what was checked."""
    data = picture()
    made = start(world, data, "image/png")
    assert world.bucket.upload(made["upload"], data)
    world.send(f"/v1/media/{made['id']}/finish")
    assert world.bucket.upload(made["upload"], b"something else")
    assert world.bucket.files[f"media/wks_1/{made['id']}"][0] == data


def test_finishing_twice_is_finishing_once(world: ApiWorld) -> None:
    done = upload(world, picture(), "image/png").json
    assert world.send(f"/v1/media/{done['id']}/finish").json == done


def test_a_picture_is_measured_as_it_is_shown(world: ApiWorld) -> None:
    done = upload(world, picture("JPEG", turned=True), "image/jpg").json
    assert (done["mime"], done["width"], done["height"]) == ("image/jpeg", 4, 8)


def test_a_video_is_measured_without_being_decoded(world: ApiWorld) -> None:
    done = upload(world, film(), "video/mp4").json
    assert (done["width"], done["height"], done["duration_ms"]) == (640, 360, 2_500)


@pytest.mark.parametrize(
    ("data", "mime", "code"),
    [
        (picture("JPEG"), "image/png", "not_what_it_says"),
        (b"MZ\x90\0 a program", "image/png", "not_what_it_says"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "image/png", "not_what_it_says"),
        (picture(), "video/mp4", "not_what_it_says"),
        (film(), "image/gif", "not_what_it_says"),
        (film(), "video/webm", "not_what_it_says"),
        (picture("PNG", (300, 300))[:-200], "image/png", "image_broken"),
        (HUGE, "image/png", "image_too_large"),
    ],
)
def test_a_file_that_is_not_what_it_says(
    world: ApiWorld, data: bytes, mime: str, code: str
) -> None:
    answer = upload(world, data, mime)
    assert (answer.status, answer.codes) == (422, [code]), answer.text
    (file,) = world.store.media_items.values()
    assert file.state == "uploading"
    assert list(world.bucket.files) == [file.key]
    assert world.get(f"/v1/media/{file.id}").json["url"] is None


def test_after_a_wrong_file_the_right_one_can_follow(world: ApiWorld) -> None:
    data = picture()
    made = start(world, data, "image/png")
    world.bucket.upload(made["upload"], b"wrong")
    assert world.send(f"/v1/media/{made['id']}/finish").status == 422
    world.bucket.upload(made["upload"], data)
    assert world.send(f"/v1/media/{made['id']}/finish").json["state"] == "ready"


def test_finishing_before_anything_arrived(world: ApiWorld) -> None:
    made = start(world, b"xxx", "image/png")
    answer = world.send(f"/v1/media/{made['id']}/finish")
    assert (answer.status, answer.json["code"]) == (409, "not_uploaded")


@pytest.mark.parametrize(
    ("body", "where", "code"),
    [
        ({}, "mime", "required"),
        ({"mime": "image/png"}, "mime", "required"),
        ({"mime": "image/png", "size": 0}, "size", "out_of_range"),
        ({"mime": "image/png", "size": MAX_IMAGE + 1}, "size", "file_too_large"),
        ({"mime": "video/mp4", "size": MAX_VIDEO + 1}, "size", "file_too_large"),
        ({"mime": "image/svg+xml", "size": 1}, "mime", "unsupported_type"),
        ({"mime": "text/html", "size": 1}, "mime", "unsupported_type"),
        ({"url": "https://a.example/x.png", "size": 1}, "url", "choose_one"),
        ({"mime": "image/png", "size": 1, "alt": "\u0000"}, "alt", "bad_characters"),
        ({"url": "https://gone.example/x.png"}, "url", "url_refused"),
    ],
)
def test_a_file_that_cannot_be_taken(
    world: ApiWorld, body: dict[str, Any], where: str, code: str
) -> None:
    answer = world.send("/v1/media", body)
    assert (answer.status, answer.codes) == (422, [code])
    assert answer.json["problems"][0]["where"] == where
    assert world.store.media_items == {}
    assert world.bucket.files == {}


@pytest.mark.parametrize(
    ("data", "claimed", "mime"),
    [(picture(), "application/octet-stream", "image/png"), (film(), "text/plain", "video/mp4")],
)
def test_a_file_by_url_is_what_its_bytes_say(
    world: ApiWorld, data: bytes, claimed: str, mime: str
) -> None:
    url = "https://cdn.example/a%20b.png?size=big"
    world.download.files[url] = Downloaded(data, claimed)
    answer = world.send("/v1/media", {"url": url, "alt": "A dot"})
    assert (answer.status, answer.json["state"], answer.json["mime"]) == (201, "ready", mime)
    assert (answer.json["name"], answer.json["upload"]) == ("a b.png", None)
    assert world.bucket.files[f"media/wks_1/{answer.json['id']}"] == (data, mime)


def test_a_page_instead_of_a_file(world: ApiWorld) -> None:
    world.download.files["https://cdn.example/a.png"] = Downloaded(b"<html>", "image/png")
    answer = world.send("/v1/media", {"url": "https://cdn.example/a.png"})
    assert (answer.status, answer.codes) == (422, ["not_what_it_says"])
    assert world.bucket.files == {}


def test_a_post_shows_its_files_as_they_were(world: ApiWorld) -> None:
    file = upload(world, picture(), "image/png", alt="before").json
    post = world.write(seconds=600, media_ids=[file["id"]])
    world.patch(f"/v1/media/{file['id']}", {"alt": "after", "name": "b.png"})
    assert world.get(f"/v1/media/{file['id']}").json["alt"] == "after"
    (shown,) = world.read(post)["media"]
    assert (shown["id"], shown["alt"], shown["width"]) == (file["id"], "before", 8)
    again = world.patch(f"/v1/posts/{post['id']}", {"media_ids": [file["id"]], "text": "x"})
    assert again.json["media"][0]["alt"] == "before"
    anew = {"media_ids": [file["id"]], "describe_anew": [file["id"]]}
    described = world.patch(f"/v1/posts/{post['id']}", anew).json
    assert described["media"][0]["alt"] == "after"
    assert described["content_hash"] != again.json["content_hash"], "it would need approval anew"
    assert world.write(seconds=None, media_ids=[file["id"]])["media"][0]["alt"] == "after"


def test_a_file_that_is_still_on_its_way_is_not_posted(world: ApiWorld) -> None:
    made = start(world, b"xxx", "image/png")
    answer = world.send("/v1/posts", {"text": "x", "media_ids": [made["id"]]})
    assert (answer.status, answer.codes) == (422, ["media_not_ready"])


def test_media_wake_for_preparing_first(world: ApiWorld) -> None:
    file = upload(world, picture(), "image/png").json
    post = world.write(seconds=3_600, media_ids=[file["id"]])
    world.run(61 * MINUTE)
    assert world.read(post)["status"] == "published"
    assert world.network.calls == ["prepare", "publish"]


def test_the_library_is_listed_latest_first(world: ApiWorld) -> None:
    files = [upload(world, picture(), "image/png", name=f"{n}.png").json for n in range(3)]
    first = world.get("/v1/media", query={"limit": "2"}).json
    rest = world.get("/v1/media", query={"limit": "2", "cursor": first["next"]}).json
    assert [f["id"] for f in first["items"] + rest["items"]] == [f["id"] for f in files[::-1]]
    assert rest["next"] is None


def test_a_file_that_nothing_waits_for_is_deleted(world: ApiWorld) -> None:
    file = upload(world, picture(), "image/png").json
    post = world.write(seconds=60, media_ids=[file["id"]])
    world.run(2 * MINUTE)
    assert world.read(post)["status"] == "published"
    assert world.delete(f"/v1/media/{file['id']}", if_match='"9"').status == 412
    assert world.delete(f"/v1/media/{file['id']}").status == 204
    assert world.bucket.files == {}
    assert world.get(f"/v1/media/{file['id']}").status == 404
    assert world.read(post)["media"][0]["id"] == file["id"]


@pytest.mark.parametrize(
    "fields",
    [
        {"seconds": None, "media_ids": True},
        {"seconds": 600, "media_ids": True},
        {"seconds": 600, "parts": True},
        {"seconds": 600, "variants": True},
    ],
)
def test_a_file_that_a_post_waits_for_is_kept(world: ApiWorld, fields: dict[str, Any]) -> None:
    file = upload(world, picture(), "image/png").json
    shapes: dict[str, Any] = {
        "media_ids": [file["id"]],
        "parts": [{"text": "a", "media_ids": [file["id"]]}],
        "variants": {"fake": {"media_ids": [file["id"]]}},
    }
    world.write(**{name: shapes.get(name, value) for name, value in fields.items()})
    answer = world.delete(f"/v1/media/{file['id']}")
    assert (answer.status, answer.json["code"]) == (409, "media_in_use")
    assert world.bucket.files
