"""Answers about what readers would see of a post."""

from pydantic import Field

from functions.api.schemas.base import Id, Output
from shared.core.previewing import CardBy, Cut, SegmentKind


class PreviewSegment(Output):
    """A stretch of a text as the network's own web client shows it."""

    kind: SegmentKind
    shown: str = Field(description="May be shorter than what is sent: links and names are cut.")
    sent: str | None = Field(description="What is sent in its place; null: just that.")


class PreviewFile(Output):
    """A file in its place."""

    id: Id
    mime: str
    alt: str
    ratio: float = Field(description="Of its place: width by height.")
    cut: Cut = Field(
        description="What of it is outside of its place until somebody opens it; `ends`: above and "
        "below."
    )


class PreviewGallery(Output):
    """One file fills it; two stand side by side; of three the first is as high as the others
    together; four stand in two rows.
    """

    ratio: float = Field(description="Of the whole: width by height.")
    files: list[PreviewFile]


class PreviewCard(Output):
    """The card that the network will show of a link."""

    url: str
    by: CardBy = Field(
        description="Who says what it shows: the post itself; the link's page, read when the post "
        "is prepared; or the network's server, which reads the page by itself."
    )
    title: str | None = Field(description="null: the post does not say.")
    description: str | None
    media_id: Id | None


class PreviewPart(Output):
    """One message: a whole post, or one part of a thread."""

    first_comment: bool
    segments: list[PreviewSegment]
    lines: int | None = Field(
        description="How many are shown until a reader asks for the rest; null: all of them."
    )
    warning: str = Field(description="Stands in place of everything until it is opened.")
    cover: str = Field(description="Stands in place of the files until they are opened.")
    gallery: PreviewGallery | None
    card: PreviewCard | None
    card_note: str = Field(description="What to know of its card, or why there is none.")
    tags_below: list[str] = Field(
        description="Hashtags that are shown below everything else instead of in the text."
    )
    more_tags: int = Field(description="How many further ones are shown to those who ask.")
