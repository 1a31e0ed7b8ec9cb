"""What a server would refuse, said before anything is sent. Pure."""

from collections.abc import Iterator

from shared.core.errors import Problem
from shared.core.models import Draft, Media, Part
from shared.core.platform import Check, Count
from shared.core.workspaces import Account
from shared.platforms.mastodon_count import length, links, names_elsewhere
from shared.platforms.mastodon_facts import CAPABILITIES, limit_of, takes
from shared.platforms.mastodon_reply import as_sent
from shared.platforms.text import graphemes

_MB = 1024 * 1024


def check(account: Account, draft: Draft) -> Check:
    sent = as_sent(draft)
    counts = tuple(_count(account, sent, part) for part in sent.parts)
    problems = [*_option_problems(draft)]
    for number, (part, count) in enumerate(zip(draft.parts, counts, strict=True)):
        where = f"parts[{number}]"
        problems += _text_problems(where, part, count)
        problems += _media_problems(account, where, part)
    linked = tuple(tuple(p.text[start:end] for start, end in links(p.text)) for p in sent.parts)
    notices = (*_notices(account, draft), *_narrowed(draft, sent), *_card_notices(draft, linked))
    return Check(counts, tuple(problems), notices, linked)


def _count(account: Account, draft: Draft, part: Part) -> Count:
    per_url = limit_of(account, "per_url")
    used = length(part.text, draft.options.content_warning, per_url=per_url)
    return Count(used, limit_of(account, "max_characters"), "characters")


def _text_problems(where: str, part: Part, count: Count) -> Iterator[Problem]:
    if count.used > count.limit:
        over = count.used - count.limit
        message = f"This is {count.used} of {count.limit} characters; remove {over}."
        yield Problem(f"{where}.text", "too_long", message)
    if not part.text.strip() and not part.media:
        yield Problem(f"{where}.text", "empty", "Write something or add an image or a video.")


def _option_problems(draft: Draft) -> Iterator[Problem]:
    known = CAPABILITIES.visibilities
    if draft.options.visibility not in known:
        message = f"{CAPABILITIES.title} knows these visibilities: {', '.join(sorted(known))}."
        yield Problem("options.visibility", "unknown_visibility", message)


def _media_problems(account: Account, where: str, part: Part) -> Iterator[Problem]:
    most = limit_of(account, "max_media")
    if len(part.media) > most:
        message = f"At most {most} images; there are {len(part.media)}."
        yield Problem(f"{where}.media", "too_many_media", message)
    if len(part.media) > 1 and any(map(_is_video, part.media)):
        message = "A video stands alone: remove the other files or move it to its own post."
        yield Problem(f"{where}.media", "mixed_media", message)
    for number, media in enumerate(part.media):
        yield from _file_problems(account, f"{where}.media[{number}]", media)


def _file_problems(account: Account, where: str, media: Media) -> Iterator[Problem]:
    if not _can_be_shown(account, media):
        message = f"This server takes no {media.mime}; use JPEG, PNG or MP4."
        yield Problem(where, "unsupported_media", message)
    elif _is_video(media):
        yield from _video_problems(account, where, media)
    most = limit_of(account, "alt_characters")
    if graphemes(media.alt) > most:
        message = f"The description is longer than {most} characters."
        yield Problem(f"{where}.alt", "alt_too_long", message)


def _video_problems(account: Account, where: str, media: Media) -> Iterator[Problem]:
    most = limit_of(account, "video_bytes")
    if media.size > most:
        message = f"The video has {media.size / _MB:.0f} MB; this server takes {most / _MB:.0f} MB."
        yield Problem(where, "media_too_large", message)
    pixels = limit_of(account, "video_pixels")
    if media.width and media.height and media.width * media.height > pixels:
        message = (
            f"{media.width} by {media.height} is more than this server takes; make it smaller."
        )
        yield Problem(where, "media_too_large", message)


def _can_be_shown(account: Account, media: Media) -> bool:
    """Images are turned into a type that the server takes; videos are sent as they are."""
    if media.mime in CAPABILITIES.image_mimes:
        return True
    return media.mime in CAPABILITIES.video_mimes and takes(account, media.mime)


def _is_video(media: Media) -> bool:
    return media.mime.startswith("video/")


def _notices(account: Account, draft: Draft) -> Iterator[Problem]:
    if len(draft.options.languages) > 1:
        message = f"{CAPABILITIES.title} takes one language: {draft.options.languages[0]} is sent."
        yield Problem("options.languages", "first_language_only", message)
    for number, part in enumerate(draft.parts):
        for name in names_elsewhere(part.text):
            message = (
                f"@{name} is not how {CAPABILITIES.title} writes people, so here it stays plain"
                " text and they are not told. Write @name@server in this account's variant."
            )
            yield Problem(f"parts[{number}].text", "mention_elsewhere", message)
        for place, media in enumerate(part.media):
            if not media.alt.strip():
                where = f"parts[{number}].media[{place}].alt"
                yield Problem(where, "alt_missing", "Describe it for people who cannot see it.")
            if _may_be_a_large_animation(account, media):
                where = f"parts[{number}].media[{place}]"
                message = "If this GIF moves it will be refused: this server takes smaller ones."
                yield Problem(where, "gif_too_large", message)


def _narrowed(draft: Draft, sent: Draft) -> Iterator[Problem]:
    if sent.options.visibility != draft.options.visibility:
        message = f"What this answers is {sent.options.visibility}, so the answer is, too."
        yield Problem("options.visibility", "narrowed", message)


def _card_notices(draft: Draft, linked: tuple[tuple[str, ...], ...]) -> Iterator[Problem]:
    """Servers fetch the page themselves: https://docs.joinmastodon.org/entities/PreviewCard/
    (2026-11).
    """
    for number, (part, there) in enumerate(zip(draft.parts, linked, strict=True)):
        if part.card is None:
            continue
        where, title = f"parts[{number}].card", CAPABILITIES.title
        if part.card.url not in there:
            message = f"{title} takes no card: readers get this link only where the text has it."
            yield Problem(where, "card_link_missing", message)
        elif not part.media:
            message = f"{title} makes its card from the page itself, so yours is not shown there."
            yield Problem(where, "card_of_the_page", message)
        else:
            message = f"{title} shows the files, and no card."
            yield Problem(where, "card_of_the_page", message)


def _may_be_a_large_animation(account: Account, media: Media) -> bool:
    pixels = (media.width or 0) * (media.height or 0)
    large = media.size > limit_of(account, "image_bytes")
    return media.mime == "image/gif" and (large or pixels > limit_of(account, "image_pixels"))
