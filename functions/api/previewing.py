"""From what an adapter says of a draft's readers to what the API answers."""

from functions.api.content import Review
from functions.api.schemas import previews as out
from shared.core.content import first_comment_for
from shared.core.previewing import CardAhead, Gallery, ShownPart
from shared.core.workspaces import Account


def previewed(review: Review, account: Account) -> list[out.PreviewPart]:
    parts = review.preview(account)
    commented, last = bool(first_comment_for(review.content, account).strip()), len(parts) - 1
    return [_part(part, first_comment=commented and n == last) for n, part in enumerate(parts)]


def _part(part: ShownPart, *, first_comment: bool) -> out.PreviewPart:
    return out.PreviewPart(
        first_comment=first_comment,
        segments=[
            out.PreviewSegment(
                kind=segment.kind,
                shown=segment.shown,
                sent=None if segment.sent == segment.shown else segment.sent,
            )
            for segment in part.segments
        ],
        lines=part.lines,
        warning=part.warning,
        cover=part.cover,
        gallery=_gallery(part.gallery) if part.gallery else None,
        card=_card(part.card) if part.card else None,
        card_note=part.card_note,
        tags_below=list(part.tags_below),
        more_tags=part.more_tags,
    )


def _gallery(gallery: Gallery) -> out.PreviewGallery:
    files = [
        out.PreviewFile(
            id=tile.media.id,
            mime=tile.media.mime,
            alt=tile.media.alt,
            ratio=round(tile.ratio, 4),
            cut=tile.cut,
        )
        for tile in gallery.tiles
    ]
    return out.PreviewGallery(ratio=round(gallery.ratio, 4), files=files)


def _card(card: CardAhead) -> out.PreviewCard:
    written = card.written
    return out.PreviewCard(
        url=card.url,
        by=card.by,
        title=written.title if written else None,
        description=written.description if written else None,
        media_id=written.media.id if written and written.media else None,
    )
