"""Videos by their bytes."""

import struct
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.platforms.video import HEAD, Video, container, seen

UPRIGHT = (0x10000, 0, 0, 0, 0x10000, 0, 0, 0, 0x40000000)
TURNED = (0, 0x10000, 0, -0x10000, 0, 0, 0, 0, 0x40000000)


def box(kind: bytes, *parts: bytes) -> bytes:
    body = b"".join(parts)
    return struct.pack(">I4s", 8 + len(body), kind) + body


def ftyp(brand: bytes) -> bytes:
    return box(b"ftyp", brand, b"\0\0\2\0", b"isomiso2")


def mvhd(scale: int, duration: int, *, long: bool = False) -> bytes:
    times = struct.pack(">QQIQ" if long else ">IIII", 0, 0, scale, duration)
    return box(b"mvhd", bytes([1 if long else 0, 0, 0, 0]), times, b"\0" * 80)


def track(
    width: int, height: int, matrix: tuple[int, ...] = UPRIGHT, *, long: bool = False
) -> bytes:
    ids = struct.pack(">QQIIQ" if long else ">IIIII", 0, 0, 1, 0, 0)
    shape = struct.pack(">9i", *matrix) + struct.pack(">II", width << 16, height << 16)
    header = box(b"tkhd", bytes([1 if long else 0, 0, 0, 0]), ids, b"\0" * 16, shape)
    return box(b"trak", header, box(b"mdia", b"\0" * 40))


def look(data: bytes) -> Video | None:
    return seen(lambda start, length: data[start : start + length], len(data))


@pytest.mark.parametrize(
    ("head", "mime"),
    [
        (ftyp(b"isom"), "video/mp4"),
        (ftyp(b"mp42"), "video/mp4"),
        (ftyp(b"iso6"), "video/mp4"),
        (ftyp(b"M4V "), "video/mp4"),
        (ftyp(b"qt  "), "video/quicktime"),
        (b"\x1a\x45\xdf\xa3\x9f\x42\x86\x81\x01\x42\x82\x84webm", "video/webm"),
        (b"\x1a\x45\xdf\xa3\x9f\x42\x86\x81\x01\x42\x82\x88matroska", None),
        (ftyp(b"heic"), None),
        (ftyp(b"avif"), None),
        (ftyp(b"M4A "), None),
        (b"\xff\xd8\xff\xe0" + b"\0" * 20, None),
        (b"<!DOCTYPE html><html>", None),
        (b"", None),
    ],
)
def test_the_container_by_its_first_bytes(head: bytes, mime: str | None) -> None:
    assert container(head[:HEAD]) == mime
    assert (look(head) is None) is (mime is None)


@pytest.mark.parametrize("long", [False, True], ids=["32 bits", "64 bits"])
@pytest.mark.parametrize("index_first", [False, True], ids=["index last", "index first"])
def test_size_and_length_of_a_video(*, long: bool, index_first: bool) -> None:
    index = box(b"moov", mvhd(600, 1500, long=long), track(0, 0), track(1280, 720, long=long))
    data = box(b"mdat", b"\0" * 100_000)
    whole = ftyp(b"isom") + (index + data if index_first else data + index)
    assert look(whole) == Video("video/mp4", 1280, 720, 2500)


def test_a_video_held_upright_is_taller_than_wide() -> None:
    whole = ftyp(b"qt  ") + box(b"moov", mvhd(1000, 4000), track(1920, 1080, TURNED))
    assert look(whole) == Video("video/quicktime", 1080, 1920, 4000)


def test_a_large_file_is_stepped_through_and_not_read() -> None:
    index = box(b"moov", mvhd(1000, 4000), track(640, 480))
    skip = 5_000_000_000
    start = ftyp(b"isom") + struct.pack(">I4sQ", 1, b"mdat", skip)
    at = len(start) - 16 + skip
    read = []

    def pick(where: int, length: int) -> bytes:
        read.append(length)
        whole = start + b"\0" * 64
        return index[where - at : where - at + length] if where >= at else whole[where:][:length]

    assert seen(pick, at + len(index)) == Video("video/mp4", 640, 480, 4000)
    assert sum(read) < 2000


@pytest.mark.parametrize(
    "tail",
    [
        b"",
        box(b"moov"),
        box(b"moov", box(b"mvhd", b"\0" * 4)),
        box(b"moov", mvhd(0, 100)),
        struct.pack(">I4s", 0, b"mdat") + b"\0" * 20,
        struct.pack(">I4s", 4, b"mdat") + b"\0" * 20,
        struct.pack(">I4sQ", 1, b"mdat", 3),
        struct.pack(">I4sQ", 1, b"mdat", 2**63),
        struct.pack(">I4s", 2**31, b"moov"),
    ],
)
def test_a_broken_index_says_nothing_more(tail: bytes) -> None:
    found = look(ftyp(b"isom") + tail)
    assert found is not None
    assert (found.mime, found.width) == ("video/mp4", None)


@given(st.binary(max_size=200), st.integers(0, 300))
def test_no_file_can_crash_it(junk: bytes, at: int) -> None:
    whole = ftyp(b"isom") + box(b"moov", mvhd(600, 1500), track(1280, 720))
    for data in (whole[:at] + junk + whole[at + len(junk) :], junk):
        found = look(data)
        assert found is None or found.mime.startswith("video/")


def test_an_index_can_not_fill_the_memory() -> None:
    asked: list[int] = []

    def pick(where: int, length: int) -> bytes:
        asked.append(length)
        head = ftyp(b"isom") + struct.pack(">I4s", 2**31, b"moov")
        return head[where : where + min(length, 64)]

    reader: Callable[[int, int], bytes] = pick
    assert seen(reader, 2**32) == Video("video/mp4")
    assert max(asked) <= HEAD
