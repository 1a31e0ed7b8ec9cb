"""What Bluesky would refuse, said before anything is sent. Pure."""

import re
from collections.abc import Iterator

from shared.core.errors import Problem
from shared.core.models import Draft, Media, Options, Part
from shared.core.platform import Check, Count
from shared.platforms.bluesky_facts import CAPABILITIES, FACTS
from shared.platforms.bluesky_record import COVERED, SELF_LABELS
from shared.platforms.bluesky_text import handles_elsewhere, links
from shared.platforms.text import graphemes

# A tag of BCP 47, as far as its shape goes: https://www.rfc-editor.org/rfc/rfc5646 part 2.1
_LANGUAGE = re.compile(r"[a-z]{2,8}(-[a-z0-9]{1,8})*", re.IGNORECASE)
_MB = 1_000_000
"""The network counts in these, not in MiB."""
_MINUTE_MS = 60_000


def check(draft: Draft) -> Check:
    counts = tuple(_count(part.text) for part in draft.parts)
    problems = [*_option_problems(draft.options)]
    for number, part in enumerate(draft.parts):
        where = f"parts[{number}]"
        problems += _text_problems(where, part)
        problems += _media_problems(where, part)
        problems += _card_problems(where, part)
    linked = tuple(map(_linked, draft.parts))
    return Check(counts, tuple(problems), tuple(_notices(draft)), linked)


def _count(text: str) -> Count:
    """The measure that is nearer its limit: text in emoji runs out of bytes first."""
    shown = Count(graphemes(text), FACTS["max_graphemes"].value, "characters")
    stored = Count(_bytes(text), FACTS["max_bytes"].value, "bytes")
    return max(shown, stored, key=lambda count: count.used / count.limit)


def _bytes(text: str) -> int:
    return len(text.encode("utf-8", "surrogatepass"))


def _text_problems(where: str, part: Part) -> Iterator[Problem]:
    used, most = graphemes(part.text), FACTS["max_graphemes"].value
    if used > most:
        message = f"This is {used} of {most} characters; remove {used - most}."
        yield Problem(f"{where}.text", "too_long", message)
    elif (used := _bytes(part.text)) > (most := FACTS["max_bytes"].value):
        message = (
            f"This is {used} of {most} bytes; use fewer emoji or accents. Those made of several"
            " signs, such as families, need up to 25 bytes each."
        )
        yield Problem(f"{where}.text", "too_many_bytes", message)
    if not part.text.strip() and not part.media and not part.card:
        yield Problem(f"{where}.text", "empty", "Write something or add an image or a video.")


def _option_problems(options: Options) -> Iterator[Problem]:
    if options.visibility not in CAPABILITIES.visibilities:
        message = "On Bluesky every post is public. Leave the visibility out for this account."
        yield Problem("options.visibility", "unknown_visibility", message)
    warning = options.content_warning.strip()
    if warning and warning.lower() not in SELF_LABELS:
        # Sending it without its warning would show what the author wanted covered.
        message = (
            "Bluesky shows no warning of your own words. Use one of its labels for pictures"
            f" ({', '.join(SELF_LABELS)}), or no warning in this account's variant."
        )
        yield Problem("options.content_warning", "no_free_warning", message)
    yield from _language_problems(options)


def _language_problems(options: Options) -> Iterator[Problem]:
    most = FACTS["max_languages"].value
    if len(options.languages) > most:
        message = f"At most {most} languages; there are {len(options.languages)}."
        yield Problem("options.languages", "too_many_languages", message)
    for number, language in enumerate(options.languages):
        if not _LANGUAGE.fullmatch(language):
            message = f"{language!r} is no language tag such as en, pt-BR or zh-Hant."
            yield Problem(f"options.languages[{number}]", "bad_language", message)


def _media_problems(where: str, part: Part) -> Iterator[Problem]:
    most = FACTS["max_images"].value
    videos = sum(_is_video(media) for media in part.media)
    if videos and len(part.media) > 1:
        message = "A video stands alone: remove the other files or move it to its own post."
        yield Problem(f"{where}.media", "mixed_media", message)
    elif len(part.media) > most:
        message = f"At most {most} images; there are {len(part.media)}."
        yield Problem(f"{where}.media", "too_many_media", message)
    for number, media in enumerate(part.media):
        yield from _file_problems(f"{where}.media[{number}]", media)


def _card_problems(where: str, part: Part) -> Iterator[Problem]:
    if part.card is not None and part.media:
        message = (
            "Bluesky shows either files or a link card. Take the files off or remove the card, for"
            " this account at least."
        )
        yield Problem(f"{where}.card", "card_beside_media", message)


def _linked(part: Part) -> tuple[str, ...]:
    written = links(part.text)
    if part.card is None or part.card.url in written:
        return written
    return (*written, part.card.url)


def _file_problems(where: str, media: Media) -> Iterator[Problem]:
    if media.mime not in CAPABILITIES.image_mimes | CAPABILITIES.video_mimes:
        message = f"Bluesky takes no {media.mime}; use JPEG, PNG or MP4."
        yield Problem(where, "unsupported_media", message)
    elif _is_video(media):
        yield from _video_problems(where, media)
    most = FACTS["alt_graphemes"].value
    if graphemes(media.alt) > most:
        message = f"The description is longer than {most} characters."
        yield Problem(f"{where}.alt", "alt_too_long", message)


def _video_problems(where: str, media: Media) -> Iterator[Problem]:
    most = FACTS["video_bytes"].value
    if media.size > most:
        message = f"The video has {media.size / _MB:.0f} MB; Bluesky takes {most / _MB:.0f} MB."
        yield Problem(where, "media_too_large", message)
    longest = FACTS["video_ms"].value
    if (media.duration_ms or 0) > longest:
        minutes = (media.duration_ms or 0) / _MINUTE_MS
        message = f"The video is {minutes:.1f} minutes long; Bluesky takes {longest // _MINUTE_MS}."
        yield Problem(where, "media_too_long", message)


def _is_video(media: Media) -> bool:
    return media.mime.startswith("video/")


def _notices(draft: Draft) -> Iterator[Problem]:
    yield from _label_notices(draft)
    for number, part in enumerate(draft.parts):
        for name in handles_elsewhere(part.text):
            message = (
                f"{name} is not how Bluesky writes people, so here it stays plain text and they are"
                " not told. Write their Bluesky handle in this account's variant."
            )
            yield Problem(f"parts[{number}].text", "mention_elsewhere", message)
        for place, media in enumerate(part.media):
            where = f"parts[{number}].media[{place}]"
            if not media.alt.strip():
                message = "Describe it for people who cannot see it."
                yield Problem(f"{where}.alt", "alt_missing", message)
            if media.mime == "image/gif":
                message = "Bluesky shows a GIF as a still picture; use a video where it must move."
                yield Problem(where, "gif_is_still", message)


def _label_notices(draft: Draft) -> Iterator[Problem]:
    named = draft.options.content_warning.strip().lower() in SELF_LABELS
    if named and not any(part.media for part in draft.parts):
        message = "Bluesky's labels cover pictures; this post has none, so nothing is covered."
        yield Problem("options.content_warning", "nothing_to_cover", message)
    elif draft.options.sensitive and not named and any(part.media for part in draft.parts):
        message = (
            f"The pictures get the label {COVERED}, which apps cover. Enter one of"
            f" {', '.join(SELF_LABELS)} as content warning to choose another."
        )
        yield Problem("options.sensitive", "labelled", message)
