"""Images made to fit a network: upright, small enough, without metadata, never enlarged.

What is kept: the format where the network takes it, transparency, the colour profile, and the
animation of a GIF that fits as it is (redrawing one loses frames and colours, so a GIF that is too
large is refused). Other animated files become their first picture.
"""

import io
import math
import struct
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

from PIL import Image, ImageCms

from shared.core.errors import InvalidDraft, Problem
from shared.core.values import dataclass
from shared.platforms.gif import without_comments

MIMES = {
    "image/jpeg": "JPEG",
    "image/png": "PNG",
    "image/gif": "GIF",
    "image/webp": "WEBP",
    "image/avif": "AVIF",
}
"""What we read: decoders that meet hostile files daily. The others of the library stay shut."""
MAX_PIXELS = 64_000_000
"""A picture that unpacks to more is refused before it is unpacked: 256 MB of memory."""
# The library would warn at a limit of its own and refuse at twice that; `_opened` holds ours.
Image.MAX_IMAGE_PIXELS = None
_BROKEN = (OSError, SyntaxError, ValueError, EOFError, IndexError, struct.error)
"""What decoders raise on files that are cut off or made up."""
_EVERYWHERE = frozenset({"image/jpeg", "image/png"})
_QUALITIES = (92, 85, 78, 70)
_SMALLEST = 64
PREVIEW_SIDE = 960
"""Pixels: as wide as a post is shown on a phone, and sharp there."""
PREVIEW_FROM = 100_000
"""Bytes: a smaller file is shown as it is."""
_PREVIEW_QUALITY = 80
_PREVIEW_EFFORT = 2
"""Of 0 to 6: the usual 4 takes two and a half times as long for a twentieth fewer bytes."""
_ORIENTATION = 0x0112
_SIDEWAYS = frozenset({5, 6, 7, 8})


@dataclass(frozen=True, slots=True)
class Seen:
    """What a file is by its bytes, and how it is shown (after the camera's turn), in pixels."""

    mime: str
    width: int
    height: int
    animated: bool = False


@dataclass(frozen=True, slots=True)
class Fitted:
    """`stilled`: the original moved, this is its first picture."""

    data: bytes
    mime: str
    width: int
    height: int
    stilled: bool = False


def seen(data: bytes) -> Seen | None:
    """What the bytes say, or None when they are no image that we read. Raises InvalidDraft.

    A picture that claims more than `MAX_PIXELS` is `image_too_large`; one whose picture data are
    broken is `image_broken`.
    """
    image = _opened(data)
    if image is None:
        return None
    width, height = image.size
    if _orientation(image) in _SIDEWAYS:
        width, height = height, width
    what = Seen(_mime(image), width, height, _is_animated(image))
    # JPEG unpacks at an eighth of its size: enough to meet every byte of a damaged file.
    image.draft(None, (max(1, width // 8), max(1, height // 8)))
    _load(image)
    return what


def fitted(
    data: bytes,
    *,
    mimes: frozenset[str],
    max_bytes: int,
    max_pixels: int,
    animation: bool = True,
) -> Fitted:
    """The image as a network takes it. Raises InvalidDraft when it cannot be read or made to fit.

    `mimes` is what the network takes, JPEG or PNG at least; `animation`: a GIF moves there.
    """
    image = _opened(data)
    if image is None:
        raise InvalidDraft([Problem("media", "image_unreadable", "This is no image we can read.")])
    mime, moves = _mime(image), _is_animated(image)
    if animation and moves and mime == "image/gif" and mime in mimes:
        return _clean_gif(data, image.size, max_bytes, max_pixels)
    if mimes.isdisjoint(_EVERYWHERE):
        mimes |= _EVERYWHERE
    for shape in _shapes(image, mime, mimes, max_bytes, max_pixels):
        if len(shape.data) <= max_bytes:
            return replace(shape, stilled=moves)
    raise _too_large("This image cannot be made small enough for the network.")


def cropped(data: bytes, box: tuple[int, int, int, int]) -> Fitted:
    """What is within left, upper, right and lower, as the picture is shown. Raises InvalidDraft."""
    image = _opened(data)
    if image is None:
        raise InvalidDraft([Problem("media", "image_unreadable", "This is no image we can read.")])
    if _is_animated(image):
        words = "A moving picture would lose its animation; cut it with another program."
        raise InvalidDraft([Problem("media", "image_moves", words)])
    mime = _mime(image)
    upright = _upright(image, MAX_PIXELS)
    cut = upright.crop(box)
    cut.info = upright.info
    if mime == "image/gif":  # its few colours were for the whole
        mime = "image/png"
    if mime == "image/jpeg":
        cut = _on_white(cut)
    return _encoded(cut, mime, None if mime == "image/png" else _QUALITIES[0])


def preview(data: bytes) -> Fitted | None:
    """The picture as pages show it among others: WebP of at most `PREVIEW_SIDE` pixels each way.

    None where that would not halve the file, and for one that moves: these are shown as they are.
    Raises InvalidDraft where the picture is broken.
    """
    image = _opened(data)
    if image is None or len(data) < PREVIEW_FROM or _is_animated(image):
        return None
    scale = min(1.0, PREVIEW_SIDE / max(image.size))
    upright = _upright(image, max(1, int(image.width * image.height * scale**2)))
    scale = min(1.0, PREVIEW_SIDE / max(upright.size))  # a JPEG was unpacked smaller already
    made = _encoded(_scaled(upright, scale), "image/webp", _PREVIEW_QUALITY, effort=_PREVIEW_EFFORT)
    return made if 2 * len(made.data) <= len(data) else None


def _opened(data: bytes) -> Image.Image | None:
    try:
        image = Image.open(io.BytesIO(data), formats=tuple(MIMES.values()))
    except _BROKEN:
        return None
    if image.width * image.height > MAX_PIXELS:
        raise _too_large(f"The image has more than {MAX_PIXELS // 1_000_000} million pixels.")
    return image


def _load(image: Image.Image) -> None:
    with _reading():
        image.load()


@contextmanager
def _reading() -> Iterator[None]:
    try:
        yield
    except _BROKEN as error:
        message = "The image is cut off or damaged; export it again."
        raise InvalidDraft([Problem("media", "image_broken", message)]) from error


def _mime(image: Image.Image) -> str:
    # Phones put several pictures into one JPEG file; every reader shows the first.
    return "image/jpeg" if image.format == "MPO" else Image.MIME[image.format or ""]


def _is_animated(image: Image.Image) -> bool:
    with _reading():
        return image.format != "MPO" and getattr(image, "n_frames", 1) > 1


def _orientation(image: Image.Image) -> int:
    try:
        value = image.getexif().get(_ORIENTATION, 1)
    except Exception:  # noqa: BLE001  a made-up EXIF block raises anything; the picture may be fine
        return 1
    return value if isinstance(value, int) else 1


def _too_large(message: str) -> InvalidDraft:
    return InvalidDraft([Problem("media", "image_too_large", message)])


def _clean_gif(data: bytes, size: tuple[int, int], max_bytes: int, max_pixels: int) -> Fitted:
    with _reading():
        clean = without_comments(data)
    width, height = size
    if len(clean) > max_bytes or width * height > max_pixels:
        raise _too_large(
            "This animated GIF is too large for the network and would lose its animation when"
            " made smaller. Make it smaller, or use a video."
        )
    return Fitted(clean, "image/gif", width, height)


def _shapes(
    image: Image.Image, mime: str, mimes: frozenset[str], max_bytes: int, max_pixels: int
) -> Iterator[Fitted]:
    """Ever smaller forms of the image: as it is, then packed harder, then with fewer pixels."""
    original = mime == "image/jpeg" and image.format == "JPEG" and _orientation(image) == 1
    if original and mime in mimes and image.width * image.height <= max_pixels:
        _load(image)
        yield _encoded(image, mime, "keep")
    upright = _upright(image, max_pixels)
    scale = min(1.0, math.sqrt(max_pixels / (upright.width * upright.height)))
    while True:
        sized = _scaled(upright, scale)
        smallest = 0
        for shape in _packed(sized, mime, mimes):
            smallest = len(shape.data)
            yield shape
        if min(sized.size) <= _SMALLEST:
            return
        scale *= min(0.8, max(0.3, math.sqrt(max_bytes / smallest)))


def _upright(image: Image.Image, max_pixels: int) -> Image.Image:
    """Turned as the camera was held, in colours that every format can hold."""
    orientation = _orientation(image)
    shrink = math.sqrt(max_pixels / (image.width * image.height))
    if shrink < 1:
        image.draft(None, (math.ceil(image.width * shrink), math.ceil(image.height * shrink)))
    _load(image)
    profile = image.info.get("icc_profile")
    turn = _TURNS.get(orientation)
    turned = image.transpose(turn) if turn is not None else image
    coloured, profile = _in_rgb(turned, profile)
    coloured.info = {"icc_profile": profile} if profile else {}
    return coloured


_TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}


def _in_rgb(image: Image.Image, profile: bytes | None) -> tuple[Image.Image, bytes | None]:
    if image.has_transparency_data:
        return image.convert("RGBA"), profile
    if image.mode == "CMYK":
        return _from_print(image, profile), None
    if image.mode.startswith("I;16"):
        return image.point(lambda value: value / 256).convert("L"), profile
    return (image if image.mode in {"L", "RGB"} else image.convert("RGB")), profile


def _from_print(image: Image.Image, profile: bytes | None) -> Image.Image:
    """Print colours are only right through their profile; without one, by rule of thumb."""
    if profile:
        try:
            screen = ImageCms.createProfile("sRGB")
            source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
            converted = ImageCms.profileToProfile(image, source, screen, outputMode="RGB")
            if converted is not None:
                return converted
        except (ImageCms.PyCMSError, OSError):
            pass
    return image.convert("RGB")


def _scaled(image: Image.Image, scale: float) -> Image.Image:
    if scale >= 1:
        return image
    size = max(1, int(image.width * scale)), max(1, int(image.height * scale))
    small = image.resize(size, Image.Resampling.LANCZOS, reducing_gap=3.0)
    small.info = image.info
    return small


def _packed(image: Image.Image, mime: str, mimes: frozenset[str]) -> Iterator[Fitted]:
    """One size in the formats that suit it, best first."""
    clear = image.mode == "RGBA"
    if mime not in {"image/jpeg", "image/gif"} and mime in mimes:
        yield from _each_quality(image, mime)
    if (clear or mime == "image/gif") and "image/png" in mimes and mime != "image/png":
        yield _encoded(image, "image/png")
    if clear and "image/webp" in mimes:
        yield from _each_quality(image, "image/webp")
    if (not clear or "image/png" not in mimes) and "image/jpeg" in mimes:
        yield from _each_quality(_on_white(image), "image/jpeg")
    elif mime not in mimes and "image/png" in mimes and not clear:
        yield _encoded(image, "image/png")


def _on_white(image: Image.Image) -> Image.Image:
    if image.mode != "RGBA":
        return image
    paper = Image.new("RGB", image.size, "white")
    paper.paste(image, mask=image.getchannel("A"))
    paper.info = image.info
    return paper


def _each_quality(image: Image.Image, mime: str) -> Iterator[Fitted]:
    if mime == "image/png":
        yield _encoded(image, mime)
        return
    for quality in _QUALITIES:
        yield _encoded(image, mime, quality)


def _encoded(
    image: Image.Image, mime: str, quality: int | str | None = None, *, effort: int | None = None
) -> Fitted:
    """Nothing but the picture and its colour profile: every other block is left out by name.

    `effort`: of WebP's search for fewer bytes.
    """
    out = io.BytesIO()
    given = {"quality": quality, "method": effort}
    chosen = {name: value for name, value in given.items() if value is not None}
    profile = image.info.get("icc_profile")
    bare = {"exif": b"", "xmp": b"", "comment": b"", "icc_profile": profile}
    image.save(out, MIMES[mime], **bare, **chosen)
    return Fitted(out.getvalue(), mime, image.width, image.height)
