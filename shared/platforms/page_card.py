"""What a link's page says of itself, shown to somebody who writes a card in its place."""

from shared.core.models import SECOND, Millis
from shared.core.ports import Downloaded, PageCard
from shared.platforms.base import entering
from shared.platforms.card import Card, NoCardError, fetch_card
from shared.platforms.request import Http

TIMEOUT: Millis = 5 * SECOND
"""Three requests at the most: together well within the 29 s that API Gateway waits for us."""
MIMES = frozenset({"image/jpeg", "image/png", "image/webp"})
PICTURE_BYTES = 22_000
"""As text in an answer it is a third larger: below 30 kB."""
PICTURE_PIXELS = 480 * 252


class PageReader:
    """Implements `shared.core.ports.ReadPage`."""

    def __init__(self, http: Http) -> None:
        self._http = http

    def __call__(self, url: str) -> PageCard:
        with entering("url"):
            self._http.guard.check(url, plain=True)
        try:
            card = fetch_card(
                self._http,
                url,
                mimes=MIMES,
                max_bytes=PICTURE_BYTES,
                max_pixels=PICTURE_PIXELS,
                timeout=TIMEOUT,
            )
        except NoCardError as error:
            reason = str(error).rstrip(".")
            return PageCard(why=f"The page says nothing of itself: {reason}.")
        shown = card.image
        return PageCard(
            title=card.title,
            description=card.description,
            picture=Downloaded(shown.data, shown.mime) if shown else None,
            picture_url=card.image_url if shown else "",
            why=_without_picture(card),
        )


def _without_picture(card: Card) -> str:
    if card.image is not None:
        return ""
    if not card.image_url:
        return "The page names no picture."
    return "The page names a picture that cannot be had or read."
