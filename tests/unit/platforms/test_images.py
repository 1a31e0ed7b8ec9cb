"""Images as networks take them: upright, small enough, and telling nothing but the picture."""

import io
import struct
import zlib
from collections.abc import Iterator
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, PngImagePlugin

from shared.core.errors import InvalidDraft
from shared.platforms.images import (
    MAX_PIXELS,
    PREVIEW_FROM,
    PREVIEW_SIDE,
    fitted,
    preview,
    seen,
)

ALL = frozenset({"image/jpeg", "image/png", "image/gif", "image/webp", "image/avif"})
BASIC = frozenset({"image/jpeg", "image/png"})
SECRET = b"49.2606N 123.2460W"
ORIENTATION, MAKE, GPS = 0x0112, 0x010F, 0x8825


def saved(image: Image.Image, form: str, **options: object) -> bytes:
    out = io.BytesIO()
    image.save(out, form, **options)
    return out.getvalue()


def noise(width: int, height: int, mode: str = "RGB") -> Image.Image:
    """A picture that packs badly."""
    return Image.effect_noise((width, height), 100).convert(mode)


def corners(width: int = 60, height: int = 40) -> Image.Image:
    """Red top left, blue elsewhere: shows which way is up."""
    image = Image.new("RGB", (width, height), "blue")
    image.paste("red", (0, 0, width // 2, height // 2))
    return image


def exif(orientation: int = 1) -> Image.Exif:
    data = Image.Exif()
    data[ORIENTATION] = orientation
    data[MAKE] = SECRET.decode()
    data.get_ifd(GPS)[29] = SECRET.decode()
    return data


def opened(data: bytes) -> Image.Image:
    return Image.open(io.BytesIO(data))


def fit(data: bytes, *, mimes: frozenset[str] = ALL, max_bytes: int = 10**7) -> Image.Image:
    result = fitted(data, mimes=mimes, max_bytes=max_bytes, max_pixels=10**7)
    image = opened(result.data)
    assert Image.MIME[image.format or ""] == result.mime
    assert image.size == (result.width, result.height)
    assert len(result.data) <= max_bytes
    return image


@pytest.mark.parametrize(
    ("form", "mime"),
    [
        ("JPEG", "image/jpeg"),
        ("PNG", "image/png"),
        ("GIF", "image/gif"),
        ("WEBP", "image/webp"),
        ("AVIF", "image/avif"),
    ],
)
def test_a_file_is_what_its_bytes_say(form: str, mime: str) -> None:
    found = seen(saved(corners(), form))
    assert found is not None
    assert (found.mime, found.width, found.height, found.animated) == (mime, 60, 40, False)


@pytest.mark.parametrize(
    "data", [b"", b"hello", b"<svg/>", b"\x89PNG", b"GIF89a", b"BM" + b"\0" * 60]
)
def test_other_files_are_no_images(data: bytes) -> None:
    assert seen(data) is None


def test_formats_that_are_not_for_the_web_stay_shut() -> None:
    for form in ("BMP", "TIFF", "PPM", "ICO", "TGA"):
        assert seen(saved(corners(), form)) is None


@pytest.mark.parametrize("form", ["JPEG", "PNG"])
def test_a_file_that_is_cut_off_is_called_broken(form: str) -> None:
    whole = saved(noise(200, 200), form)
    with pytest.raises(InvalidDraft) as caught:
        seen(whole[: len(whole) // 2])
    assert caught.value.problems[0].code == "image_broken"


@pytest.mark.parametrize("orientation", range(1, 9))
def test_the_size_is_the_one_that_people_see(orientation: int) -> None:
    found = seen(saved(corners(), "JPEG", exif=exif(orientation)))
    assert found is not None
    assert (found.width, found.height) == ((40, 60) if orientation >= 5 else (60, 40))


# Where the red corner of a camera's picture is once it is turned: EXIF 2.3, tag 274.
RED_AT = {1: "tl", 2: "tr", 3: "br", 4: "bl", 5: "tl", 6: "tr", 7: "br", 8: "bl"}


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("form", ["JPEG", "PNG", "WEBP"])
def test_the_picture_is_turned_upright(form: str, orientation: int) -> None:
    image = fit(saved(corners(), form, exif=exif(orientation))).convert("RGB")
    assert image.getexif().get(ORIENTATION, 1) == 1
    right, bottom = image.width - 3, image.height - 3
    places = {"tl": (2, 2), "tr": (right, 2), "bl": (2, bottom), "br": (right, bottom)}

    def redness(at: tuple[int, int]) -> int:
        pixel = image.getpixel(at)
        assert isinstance(pixel, tuple)
        return int(pixel[0] - pixel[2])

    assert max(places, key=lambda name: redness(places[name])) == RED_AT[orientation]


def with_metadata() -> Iterator[tuple[str, bytes]]:
    xmp = b"<x:xmpmeta>" + SECRET + b"</x:xmpmeta>"
    yield "JPEG", saved(corners(), "JPEG", exif=exif(), xmp=xmp, comment=SECRET)
    yield "JPEG turned", saved(corners(), "JPEG", exif=exif(6), xmp=xmp, comment=SECRET)
    text = PngImagePlugin.PngInfo()
    text.add_text("Comment", SECRET.decode())
    text.add_itxt("XML:com.adobe.xmp", SECRET.decode())
    yield "PNG", saved(corners(), "PNG", pnginfo=text, exif=exif())
    yield "WEBP", saved(corners(), "WEBP", exif=exif(), xmp=xmp)
    yield "AVIF", saved(corners(), "AVIF", exif=exif(), xmp=xmp)
    yield "GIF", saved(corners(), "GIF", comment=SECRET)
    frames = [corners(), Image.new("RGB", (60, 40), "green")]
    yield (
        "moving GIF",
        saved(frames[0], "GIF", save_all=True, append_images=frames[1:], comment=SECRET, loop=0),
    )


@pytest.mark.parametrize(("form", "data"), [*with_metadata()], ids=lambda value: str(value)[:12])
@pytest.mark.parametrize("mimes", [ALL, BASIC], ids=["all", "basic"])
def test_nothing_but_the_picture_leaves(form: str, data: bytes, mimes: frozenset[str]) -> None:
    assert SECRET in data, f"the test needs a {form} with metadata"
    result = fitted(data, mimes=mimes, max_bytes=10**7, max_pixels=10**7)
    assert SECRET not in result.data
    assert b"xmpmeta" not in result.data
    assert len(opened(result.data).getexif()) == 0


def test_the_colour_profile_stays() -> None:
    from PIL import ImageCms

    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    for form in ("JPEG", "PNG", "WEBP"):
        assert fit(saved(corners(), form, icc_profile=profile)).info.get("icc_profile") == profile


def test_an_image_that_fits_keeps_its_format_and_size() -> None:
    for form in ("JPEG", "PNG", "WEBP", "AVIF"):
        image = fit(saved(corners(), form))
        assert (image.format, image.size) == (form, (60, 40))


def test_a_jpeg_that_fits_keeps_its_quality() -> None:
    original = saved(noise(200, 200), "JPEG", quality=95)
    assert opened(original).quantization == fit(original).quantization  # type: ignore[attr-defined]  # of JPEG only


def test_a_format_that_the_network_does_not_take_is_replaced() -> None:
    assert fit(saved(corners(), "WEBP"), mimes=BASIC).format == "JPEG"
    assert fit(saved(corners(), "AVIF"), mimes=BASIC).format == "JPEG"
    assert fit(saved(corners(), "GIF"), mimes=BASIC).format == "PNG"
    assert fit(saved(corners(), "JPEG"), mimes=frozenset({"image/png"})).format == "PNG"


def test_transparency_stays_where_the_network_can_show_it() -> None:
    clear = corners().convert("RGBA")
    clear.putalpha(128)
    for form, mimes, expected in (
        ("PNG", ALL, "PNG"),
        ("WEBP", BASIC, "PNG"),
        ("WEBP", ALL, "WEBP"),
    ):
        image = fit(saved(clear, form), mimes=mimes)
        assert image.format == expected
        assert image.getchannel("A").getextrema() == (128, 128)
    flat = fit(saved(clear, "PNG"), mimes=frozenset({"image/jpeg"}))
    assert flat.mode == "RGB"


@pytest.mark.parametrize("form", ["JPEG", "PNG", "WEBP"])
@pytest.mark.parametrize("max_bytes", [5_000, 40_000])
def test_a_large_file_is_made_to_fit(form: str, max_bytes: int) -> None:
    image = fit(saved(noise(600, 400), form), max_bytes=max_bytes)
    assert image.width <= 600
    assert abs(image.width / image.height - 1.5) < 0.05


def test_a_transparent_file_is_made_to_fit_and_stays_transparent() -> None:
    clear = noise(500, 500).convert("RGBA")
    clear.putalpha(100)
    data = saved(clear, "PNG")
    assert fit(data, max_bytes=60_000).has_transparency_data
    assert fit(data, mimes=BASIC, max_bytes=60_000).format == "PNG"


def test_too_many_pixels_are_reduced() -> None:
    for form in ("JPEG", "PNG"):
        data = saved(noise(600, 400), form)
        result = fitted(data, mimes=ALL, max_bytes=10**7, max_pixels=60_000)
        assert result.width * result.height <= 60_000
        assert result.width * result.height > 50_000


@given(
    width=st.integers(1, 90),
    height=st.integers(1, 90),
    max_pixels=st.integers(100, 20_000),
    form=st.sampled_from(["JPEG", "PNG", "WEBP", "GIF"]),
)
def test_never_enlarged(width: int, height: int, max_pixels: int, form: str) -> None:
    data = saved(Image.new("RGB", (width, height), "teal"), form)
    result = fitted(data, mimes=ALL, max_bytes=10**6, max_pixels=max_pixels)
    assert result.width <= width
    assert result.height <= height
    assert result.width * result.height <= max_pixels or (width * height > max_pixels)


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGBA", "CMYK", "I;16"])
def test_every_kind_of_colour_can_be_sent(mode: str) -> None:
    image = Image.new("I;16", (30, 20), 40_000) if mode == "I;16" else corners(30, 20).convert(mode)
    form = "JPEG" if mode == "CMYK" else "PNG"
    for mimes in (ALL, frozenset({"image/jpeg"})):
        assert fit(saved(image, form), mimes=mimes).size == (30, 20)


def test_a_grey_picture_of_16_bits_does_not_turn_white() -> None:
    image = fit(saved(Image.new("I;16", (8, 8), 0x8000), "PNG"), mimes=frozenset({"image/jpeg"}))
    low, high = image.convert("L").getextrema()
    assert 120 <= int(str(low)) <= int(str(high)) <= 136


def moving_gif(**options: object) -> bytes:
    frames = [Image.new("RGB", (40, 30), colour) for colour in ("red", "green", "blue")]
    return saved(
        frames[0], "GIF", save_all=True, append_images=frames[1:], duration=[50, 80, 90], **options
    )


def test_a_moving_gif_keeps_every_frame() -> None:
    data = moving_gif(loop=0, comment=SECRET)
    found = seen(data)
    assert found is not None
    assert found.animated
    image = fit(data)
    assert (image.format, getattr(image, "n_frames", 1), image.info["loop"]) == ("GIF", 3, 0)
    pixels = []
    for frame in range(3):
        image.seek(frame)
        pixels.append(image.convert("RGB").getpixel((5, 5)))
    assert pixels == [(255, 0, 0), (0, 128, 0), (0, 0, 255)]


def test_a_moving_gif_shows_its_first_picture_where_nothing_moves() -> None:
    still = fitted(moving_gif(), mimes=ALL, max_bytes=10**6, max_pixels=10**6, animation=False)
    image = opened(still.data)
    assert image.format == "PNG"
    assert image.convert("RGB").getpixel((5, 5)) == (255, 0, 0)


def test_a_moving_gif_that_is_too_large_is_refused_rather_than_stopped() -> None:
    for max_bytes, max_pixels in ((100, 10**6), (10**6, 50)):
        with pytest.raises(InvalidDraft) as caught:
            fitted(moving_gif(), mimes=ALL, max_bytes=max_bytes, max_pixels=max_pixels)
        assert caught.value.problems[0].code == "image_too_large"


def test_a_gif_that_ends_early_is_refused() -> None:
    data = moving_gif()
    for length in range(20, len(data) - 1, 7):
        with suppress(InvalidDraft):  # and no other error
            fitted(data[:length], mimes=ALL, max_bytes=10**6, max_pixels=10**6)


@pytest.mark.parametrize("form", ["JPEG", "PNG", "WEBP", "AVIF"])
def test_a_preview_is_small_and_upright(form: str) -> None:
    image = noise(1_500, 900)
    image.paste("red", (0, 0, 750, 450))
    data = saved(image, form, exif=exif(6), quality=90)
    made = preview(data)
    assert made is not None
    small = opened(made.data)
    assert (small.format, small.size) == ("WEBP", (made.width, made.height))
    assert small.size == (576, PREVIEW_SIDE)
    red, green, _ = small.convert("RGB").getpixel((500, 100))  # type: ignore[misc]  # a tuple here
    assert red > 200 > 60 > green, "turned as the camera was held: red is on the right"
    assert SECRET not in made.data
    assert len(made.data) <= len(data) / 2


def test_a_preview_of_a_wide_strip_keeps_its_shape() -> None:
    made = preview(saved(noise(4_000, 200), "PNG"))
    assert made is not None
    assert (made.width, made.height) == (PREVIEW_SIDE, 48)


def test_a_preview_stays_transparent() -> None:
    image = noise(1_500, 1_500, "RGBA")
    image.putalpha(Image.new("L", image.size, 0))
    made = preview(saved(image, "PNG"))
    assert made is not None
    assert opened(made.data).convert("RGBA").getpixel((10, 10))[3] == 0  # type: ignore[index]  # a tuple here


@pytest.mark.parametrize(
    ("mode", "side"), [("CMYK", 2_400), ("L", 1_500), ("I;16", 1_200), ("P", 2_400), ("1", 3_000)]
)
def test_a_preview_of_every_kind_of_colour(mode: str, side: int) -> None:
    image = noise(side, side, "L").convert("RGB" if mode == "P" else "L").convert(mode)
    made = preview(saved(image, "JPEG" if mode == "CMYK" else "PNG"))
    assert made is not None
    assert max(made.width, made.height) == PREVIEW_SIDE


def test_what_is_small_or_moves_is_shown_as_it_is() -> None:
    assert preview(saved(noise(100, 100), "PNG")) is None
    frames = [noise(400, 400), noise(400, 400)]
    moving = saved(frames[0], "GIF", save_all=True, append_images=frames[1:])
    assert len(moving) > PREVIEW_FROM
    assert preview(moving) is None
    assert preview(b"x" * (PREVIEW_FROM + 1)) is None


def test_what_packs_as_well_already_is_shown_as_it_is() -> None:
    data = saved(noise(700, 700), "WEBP", quality=80)
    assert len(data) > PREVIEW_FROM
    assert preview(data) is None


def png_that_claims(width: int, height: int) -> bytes:
    def chunk(kind: bytes, body: bytes) -> bytes:
        return (
            struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
        )

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    rows = zlib.compress(b"\0" * 100_000)
    return (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")
    )


def test_a_decompression_bomb_is_refused_by_its_claim() -> None:
    side = int(MAX_PIXELS**0.5) + 1
    for act in (seen, lambda data: fitted(data, mimes=ALL, max_bytes=10**6, max_pixels=10**6)):
        with pytest.raises(InvalidDraft) as caught:
            act(png_that_claims(side, side))
        assert caught.value.problems[0].code == "image_too_large"


def test_an_animation_that_is_stilled_says_so() -> None:
    frames = [Image.new("RGB", (40, 30), colour) for colour in ("red", "blue")]
    moving = saved(frames[0], "WEBP", save_all=True, append_images=frames[1:])
    for data, mimes, stilled in (
        (moving, ALL, True),
        (moving_gif(), ALL, False),
        (moving_gif(), BASIC, True),
    ):
        assert fitted(data, mimes=mimes, max_bytes=10**6, max_pixels=10**6).stilled is stilled
    assert not fitted(
        saved(corners(), "WEBP"), mimes=ALL, max_bytes=10**6, max_pixels=10**6
    ).stilled


def test_a_network_that_lists_no_common_type_gets_one_all_the_same() -> None:
    for mimes in (frozenset[str](), frozenset({"image/heic"}), frozenset({"image/webp"})):
        assert fit(saved(corners(), "JPEG"), mimes=mimes).format == "JPEG"


def test_what_is_no_image_cannot_be_fitted() -> None:
    with pytest.raises(InvalidDraft) as caught:
        fitted(b"hello", mimes=ALL, max_bytes=10**6, max_pixels=10**6)
    assert caught.value.problems[0].code == "image_unreadable"


@pytest.mark.filterwarnings("ignore::UserWarning")  # decoders warn of odd EXIF blocks
@given(
    st.binary(max_size=300), st.sampled_from(["JPEG", "PNG", "GIF", "WEBP"]), st.integers(0, 200)
)
def test_damaged_files_raise_nothing_but_our_own_errors(junk: bytes, form: str, at: int) -> None:
    whole = saved(corners(), form, **({"exif": exif(6)} if form != "GIF" else {}))
    damaged = whole[:at] + junk + whole[at + len(junk) :]
    for act in (seen, lambda data: fitted(data, mimes=ALL, max_bytes=10**6, max_pixels=10**6)):
        with suppress(InvalidDraft):
            act(damaged)
