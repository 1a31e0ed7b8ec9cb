"""Folders, tags and search; where a file is used; crops; how a file fits."""

import io
from dataclasses import replace
from typing import Any

import pytest
from PIL import Image

from tests.fakes.api_world import ApiWorld

TURNED = 6
"""EXIF: the camera was held upright."""


def striped(width: int = 8, height: int = 4, kind: str = "PNG", **options: Any) -> bytes:
    """Red on the left half, blue on the right."""
    image = Image.new("RGB", (width, height), "red")
    image.paste("blue", (width // 2, 0, width, height))
    out = io.BytesIO()
    image.save(out, kind, **options)
    return out.getvalue()


def add(world: ApiWorld, data: bytes | None = None, mime: str = "image/png", **fields: Any) -> Any:
    data = data or striped()
    made = world.send("/v1/media", {"mime": mime, "size": len(data), **fields})
    assert made.status == 201, made.text
    assert world.bucket.upload(made.json["upload"], data)
    return world.send(f"/v1/media/{made.json['id']}/finish").json


def names(world: ApiWorld, **query: str) -> list[str]:
    answer = world.get("/v1/media", query=query)
    assert answer.status == 200, answer.text
    return [file["name"] for file in answer.json["items"]]


def test_files_are_found_by_folder_tag_kind_and_words(world: ApiWorld) -> None:
    add(world, name="loaf.png", alt="Ein Laib Süßes", tags=["Bread"], folder=" Spring / Bakery /")
    add(world, name="door.png", folder="Spring")
    add(world, name="sea.png", tags=["bread", "sea"])
    video = {"mime": "video/mp4", "size": 9, "name": "film.mp4", "folder": "Springtime"}
    world.send("/v1/media", video)
    assert names(world) == ["film.mp4", "sea.png", "door.png", "loaf.png"]
    assert names(world, folder="Spring") == ["door.png", "loaf.png"]
    assert names(world, folder="Spring/Bakery") == ["loaf.png"]
    assert names(world, folder="/") == ["sea.png"]
    assert names(world, tag="BREAD") == ["sea.png", "loaf.png"]
    assert names(world, kind="video") == ["film.mp4"]
    assert names(world, q="süsses bakery") == ["loaf.png"]
    assert names(world, q="bread sea") == ["sea.png"]
    shelves = world.get("/v1/media/folders").json
    assert [(f["folder"], f["files"]) for f in shelves["folders"]] == [
        ("Spring", 2),
        ("Spring/Bakery", 1),
        ("Springtime", 1),
    ]
    assert (shelves["files"], shelves["complete"]) == (4, True)
    deep = world.send("/v1/media", {"mime": "image/png", "size": 1, "folder": "a/b/c/d/e/f"})
    assert (deep.status, deep.codes) == (422, ["too_deep"])


def test_a_search_goes_on_where_it_stopped(world: ApiWorld) -> None:
    for number in range(5):
        add(world, name=f"{number}.png", tags=["odd"] if number % 2 else [])
    query = {"tag": "odd", "limit": "1"}
    first = world.get("/v1/media", query=query).json
    second = world.get("/v1/media", query={**query, "cursor": first["next"]}).json
    assert [f["name"] for f in [*first["items"], *second["items"]]] == ["3.png", "1.png"]


def test_a_folder_is_renamed_with_what_is_in_it(world: ApiWorld) -> None:
    add(world, name="a.png", folder="Spring")
    add(world, name="b.png", folder="Spring/Bakery")
    file = add(world, name="c.png", folder="Springtime")
    moved = world.send("/v1/media/folders/move", {"folder": "Spring", "to": "2027/Spring"})
    assert moved.json == {"moved": 2, "more": False}
    assert names(world, folder="2027/Spring/Bakery") == ["b.png"]
    assert names(world, folder="Springtime") == ["c.png"]
    world.send("/v1/media/folders/move", {"folder": "2027", "to": ""})
    assert names(world, folder="Spring/Bakery") == ["b.png"]
    inside = world.send("/v1/media/folders/move", {"folder": "Spring", "to": "Spring/x"})
    assert (inside.status, inside.codes) == (422, ["same_folder"])
    assert world.send("/v1/media/folders/move", {"folder": "x", "to": "y"}).status == 404
    described = world.patch(f"/v1/media/{file['id']}", {"folder": "", "tags": ["new"]}).json
    assert (described["folder"], described["tags"]) == ("", ["new"])


def test_where_a_file_is_used(world: ApiWorld) -> None:
    file, other = add(world), add(world)
    draft = world.write("draft", seconds=None, media_ids=[file["id"]])
    world.write("without", seconds=60)
    world.write("another", seconds=70, media_ids=[other["id"]])
    part = {"text": "part", "media_ids": [file["id"]]}
    planned = world.write("planned", seconds=90, parts=[part])
    found, cursor = [], None
    for _ in range(9):
        query = {"limit": "1"} | ({"cursor": cursor} if cursor else {})
        page = world.get(f"/v1/media/{file['id']}/posts", query=query).json
        found += [post["id"] for post in page["items"]]
        cursor = page["next"]
        if cursor is None:
            break
    assert found == [draft["id"], planned["id"]]
    in_use = world.delete(f"/v1/media/{file['id']}")
    assert (in_use.status, in_use.json["code"]) == (409, "media_in_use")
    wrong = world.get(f"/v1/media/{file['id']}/posts", query={"cursor": "planned:x"})
    assert (wrong.status, wrong.codes) == (422, ["bad_cursor"])


def test_what_no_post_ever_showed_is_found(world: ApiWorld) -> None:
    first, later, idle = (add(world, name=name) for name in ("first", "later", "idle"))
    assert names(world, used="true") == []
    body = {"text": "x", "account_ids": [world.account.id], "media_ids": [idle["id"]]}
    assert world.send("/v1/posts/check", body).status == 200  # shows nothing to anybody
    post = world.write("x", media_ids=[first["id"]])
    later_edit = {"media_ids": [later["id"]]}
    assert world.patch(f"/v1/posts/{post['id']}", later_edit).status == 200
    assert names(world, used="true") == ["later", "first"]
    assert names(world, used="false") == ["idle"]
    assert world.get(f"/v1/media/{first['id']}").json["version"] == first["version"] + 1
    assert world.write("again", media_ids=[first["id"]])
    assert world.get(f"/v1/media/{first['id']}").json["version"] == first["version"] + 1


def test_a_crop_is_a_new_file_beside_the_original(world: ApiWorld) -> None:
    exif = Image.Exif()
    exif[0x0112] = TURNED
    turned = striped(80, 40, "JPEG", exif=exif, quality=95)
    file = add(world, turned, "image/jpeg", name="a.jpg", alt="Two", tags=["x"], folder="F")
    assert (file["width"], file["height"]) == (40, 80)
    # As it is shown the red half is above.
    box = {"x": 8, "y": 4, "width": 24, "height": 16}
    made = world.send(f"/v1/media/{file['id']}/crop", box)
    assert made.status == 201, made.text
    assert (made.json["width"], made.json["height"], made.json["mime"]) == (24, 16, "image/jpeg")
    assert (made.json["alt"], made.json["tags"], made.json["folder"]) == ("Two", ["x"], "F")
    data = world.bucket.files[f"media/wks_1/{made.json['id']}"][0]
    pixel: Any = Image.open(io.BytesIO(data)).convert("RGB").getpixel((12, 8))
    assert pixel[0] > 200 > 60 > pixel[2]
    assert world.bucket.files[f"media/wks_1/{file['id']}"][0] == turned
    outside = world.send(f"/v1/media/{file['id']}/crop", box | {"x": 20})
    assert (outside.status, outside.codes) == (422, ["out_of_range"])


def test_what_cannot_be_cropped_says_why(world: ApiWorld) -> None:
    frames = [Image.new("RGB", (8, 8), colour) for colour in ("red", "blue")]
    out = io.BytesIO()
    frames[0].save(out, "GIF", save_all=True, append_images=frames[1:])
    file = add(world, out.getvalue(), "image/gif")
    box = {"x": 0, "y": 0, "width": 4, "height": 4}
    moving = world.send(f"/v1/media/{file['id']}/crop", box)
    assert (moving.status, moving.codes) == (422, ["image_moves"])
    waiting = world.send("/v1/media", {"mime": "image/png", "size": 9}).json
    early = world.send(f"/v1/media/{waiting['id']}/crop", box)
    assert (early.status, early.json["code"]) == (409, "media_not_ready")


@pytest.mark.parametrize("limit", [10, 10_000])
def test_how_a_picture_fits_an_account(world: ApiWorld, limit: int) -> None:
    file = add(world)
    key = ("wks_1", world.account.id)
    account = world.store.account_items[key]
    world.store.account_items[key] = replace(account, limits={"image_bytes": limit})
    (fit,) = world.get(f"/v1/media/{file['id']}/fit").json["accounts"]
    assert (fit["account_id"], fit["resized"], fit["max_bytes"]) == (
        world.account.id,
        file["size"] > limit,
        limit,
    )
    assert fit["problems"] == []
