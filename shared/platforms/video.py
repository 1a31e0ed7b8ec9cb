"""What a video file is by its bytes: its container, size and length, without decoding a frame.

An MP4 or MOV is a tree of boxes; only the index (`moov`) is read, wherever in the file it stands.
Format: https://developer.apple.com/documentation/quicktime-file-format (read 2026-11). A library
that reads more would bring a whole decoder of 30 MB into every function.
"""

import struct
from collections.abc import Callable, Iterator

from shared.core.models import SECOND, Millis
from shared.core.values import dataclass

Read = Callable[[int, int], bytes]
"""From where, and how many bytes; fewer at the end of the file."""

HEAD = 64
"""So many bytes tell the container."""
_MAX_INDEX = 16 * 1024 * 1024
_MAX_BOXES = 10_000
_IMAGE_BRANDS = frozenset({b"heic", b"heix", b"mif1", b"msf1", b"avif", b"avis", b"hevc", b"heim"})
_AUDIO_BRANDS = frozenset({b"M4A ", b"M4B ", b"M4P "})


@dataclass(frozen=True, slots=True)
class Video:
    """`width` and `height` as shown, in pixels; None where the container does not say."""

    mime: str
    width: int | None = None
    height: int | None = None
    duration_ms: Millis | None = None


def container(head: bytes) -> str | None:
    """The type of a video by its first bytes (`HEAD` suffice); None for anything else."""
    if head[:4] == b"\x1a\x45\xdf\xa3":
        return "video/webm" if b"webm" in head[:HEAD] else None
    if head[4:8] != b"ftyp":
        return None
    brand = head[8:12]
    if brand == b"qt  ":
        return "video/quicktime"
    return None if brand in _IMAGE_BRANDS | _AUDIO_BRANDS else "video/mp4"


def seen(read: Read, size: int) -> Video | None:
    """What the file says of itself; None when it is no video. A broken index says nothing more."""
    mime = container(read(0, HEAD))
    if mime is None:
        return None
    if mime == "video/webm":
        return Video(mime)
    try:
        index = _index(read, size)
        return _described(mime, index) if index else Video(mime)
    except (struct.error, IndexError, ZeroDivisionError):
        return Video(mime)


def _index(read: Read, size: int) -> bytes | None:
    """The contents of `moov`, found by stepping from box to box; often it is the last one."""
    at = 0
    for _ in range(_MAX_BOXES):
        if at + 8 > size:
            return None
        header = read(at, 16)
        length, kind = struct.unpack(">I4s", header[:8])
        skip = 8
        if length == 1:
            (length,) = struct.unpack(">Q", header[8:16])
            skip = 16
        length = length or size - at
        if kind == b"moov":
            return read(at + skip, length - skip) if length <= _MAX_INDEX else None
        if length < skip:
            return None
        at += length
    return None


def _boxes(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    at = 0
    while at + 8 <= len(data):
        length, kind = struct.unpack(">I4s", data[at : at + 8])
        if length < 8:
            return
        yield kind, data[at + 8 : at + length]
        at += length


def _described(mime: str, index: bytes) -> Video:
    width = height = duration = None
    for kind, body in _boxes(index):
        if kind == b"mvhd":
            duration = _duration(body)
        elif kind == b"trak" and not width:
            width, height = _track_size(body)
    return Video(mime, width or None, height or None, duration)


def _duration(body: bytes) -> Millis | None:
    long = body[0] == 1
    scale, length = struct.unpack_from(">IQ" if long else ">II", body, 20 if long else 12)
    unknown = 2**64 - 1 if long else 2**32 - 1
    return None if length == unknown else round(length * SECOND / scale)


def _track_size(track: bytes) -> tuple[int, int]:
    """How a track is shown: turned by its matrix, as phones do. (0, 0) for sound."""
    for kind, body in _boxes(track):
        if kind == b"tkhd":
            at = 52 if body[0] == 1 else 40
            a, b = struct.unpack_from(">ii", body, at)
            width, height = (fixed >> 16 for fixed in struct.unpack_from(">II", body, at + 36))
            return (height, width) if a == 0 and b != 0 else (width, height)
    return 0, 0
