"""What a file is by its bytes, whatever its name and its type claim."""

import hashlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from shared.core.errors import InvalidDraft, Problem
from shared.core.models import Millis
from shared.core.ports import MediaBytes
from shared.core.values import dataclass

MAX_IMAGE = 50 * 1024 * 1024
MAX_VIDEO = 500 * 1024 * 1024
"""As much as can be read and hashed well within the 29 seconds that a request has."""
CHUNK = 8 * 1024 * 1024
_ALIASES = {"image/jpg": "image/jpeg", "video/mov": "video/quicktime", "image/x-png": "image/png"}
IMAGES = frozenset({"image/jpeg", "image/png", "image/gif", "image/webp", "image/avif"})
VIDEOS = frozenset({"video/mp4", "video/quicktime", "video/webm"})


@dataclass(frozen=True, slots=True)
class Found:
    """Sizes in pixels, as shown. `preview`: a small WebP of a picture, where it is worth one."""

    mime: str
    size: int
    sha256: str
    width: int | None = None
    height: int | None = None
    duration_ms: Millis | None = None
    preview: bytes | None = None


def known_mime(claimed: str, *, where: str = "mime") -> str:
    """The type by its usual name. Raises InvalidDraft (`unsupported_type`)."""
    plain = claimed.partition(";")[0].strip().lower()
    mime = _ALIASES.get(plain, plain)
    if mime not in IMAGES | VIDEOS:
        words = f"Files can be {', '.join(sorted(IMAGES | VIDEOS))}; not {plain[:64]!r}."
        raise InvalidDraft([Problem(where, "unsupported_type", words)])
    return mime


def max_size(mime: str) -> int:
    return MAX_VIDEO if mime in VIDEOS else MAX_IMAGE


def require_size(size: int, mime: str, *, where: str = "size") -> None:
    """Raises InvalidDraft (`file_too_large`)."""
    if size > max_size(mime):
        words = f"This file has {size} bytes; at most {max_size(mime)} are taken."
        raise InvalidDraft([Problem(where, "file_too_large", words)])


def look(bucket: MediaBytes, key: str, *, claimed: str, where: str) -> Found:
    """Raises NotFound when there is no file, InvalidDraft when it is not what it claims."""
    size = bucket.size(key)
    require_size(size, claimed, where=where)

    def read(start: int, length: int) -> bytes:
        return bucket.read(key, start=start, length=min(length, max(0, size - start)))

    if claimed in IMAGES:
        return look_at_image(bucket.read(key), claimed=claimed, where=where)
    return _look_at_video(read, size, claimed=claimed, where=where)


def look_at_image(data: bytes, *, claimed: str | None, where: str) -> Found:
    """`claimed` None: whatever image it is. Raises InvalidDraft."""
    from shared.platforms import images

    with _told(where):
        seen = images.seen(data)
    if seen is None:
        raise _not_what_it_says(claimed or "an image", "something else", where)
    if claimed is not None and seen.mime != claimed:
        raise _not_what_it_says(claimed, seen.mime, where)
    with _told(where):
        small = images.preview(data)
    digest = hashlib.sha256(data).hexdigest()
    preview = small.data if small else None
    return Found(seen.mime, len(data), digest, seen.width, seen.height, preview=preview)


@contextmanager
def _told(where: str) -> Iterator[None]:
    """What is wrong with the picture, at the place that was asked about."""
    try:
        yield
    except InvalidDraft as error:
        raise InvalidDraft([Problem(where, p.code, p.message) for p in error.problems]) from error


def _look_at_video(
    read: Callable[[int, int], bytes], size: int, *, claimed: str, where: str
) -> Found:
    from shared.platforms import video

    seen = video.seen(read, size)
    if seen is None:
        raise _not_what_it_says(claimed, "no video", where)
    # MP4 and QuickTime are one family, and cameras name them as they please.
    if (seen.mime == "video/webm") != (claimed == "video/webm"):
        raise _not_what_it_says(claimed, seen.mime, where)
    digest = hashlib.sha256()
    for start in range(0, size, CHUNK):
        digest.update(read(start, CHUNK))
    return Found(seen.mime, size, digest.hexdigest(), seen.width, seen.height, seen.duration_ms)


def look_at_bytes(data: bytes, *, where: str) -> Found:
    """A file that was fetched: whatever it is by its bytes. Raises InvalidDraft."""
    from shared.platforms import video

    mime = video.container(data[: video.HEAD])
    if mime is None:
        return look_at_image(data, claimed=None, where=where)

    def read(start: int, length: int) -> bytes:
        return data[start : start + length]

    return _look_at_video(read, len(data), claimed=mime, where=where)


def _not_what_it_says(claimed: str, seen: str, where: str) -> InvalidDraft:
    words = f"This file says that it is {claimed}, but by its bytes it is {seen}."
    return InvalidDraft([Problem(where, "not_what_it_says", words)])
