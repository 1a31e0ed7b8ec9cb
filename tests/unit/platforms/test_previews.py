"""What readers would see in each network's own web client: cuts, folds, covers, crops and cards."""

import pytest

from shared.core.models import Draft, LinkCard, Media, Options, Part
from shared.core.previewing import CardAhead, CardBy, Gallery, ShownPart
from shared.core.workspaces import Account
from shared.platforms import bluesky_preview, mastodon_preview
from shared.platforms.registry import adapter
from tests.fakes import make

MASTODON = make.account(platform="mastodon", server="https://social.example.org")
BLUESKY = make.account(platform="bluesky", server="https://bsky.social")
LONG = "https://www.example.com/spring/rye-bread?utm_source=mastodon"
TALL, WIDE, SQUARE = (300, 900), (900, 300), (600, 600)


def preview(
    account: Account, text: str = "", *media: Media, options: Options | None = None
) -> ShownPart:
    draft = Draft((Part(text, media),), options or Options())
    (shown,) = adapter(account.platform).preview(account, draft)
    return shown


def said(part: ShownPart) -> str:
    """Its segments, those that are more than words named by their kind: `See |link:example.com`."""
    named = (s.shown if s.kind == "text" else f"{s.kind}:{s.shown}" for s in part.segments)
    return "|".join(named)


def picture(size: tuple[int, int], number: int = 1) -> Media:
    return Media(f"med_{number}", "image/png", 1_000, "aa", "k", *size, alt="Rye")


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        (f"See {LONG}!", "See |link:example.com/spring/rye-bread?u…|!"),
        ("https://example.com/", "link:example.com/"),
        ("example.com/rye", "example.com/rye"),
        ("@ada@home.example, hello", "mention:@ada|, hello"),
        ("#Rye·bread #2026 (#pan) a#b", "tag:#Rye·bread| #2026 (|tag:#pan|) a#b"),
        ("https://example.com/#rye", "link:example.com/#rye"),
        ("\n one\r\n\n\n\ntwo ", "one\n\ntwo"),
    ],
)
def test_mastodon_shortens_links_and_names(text: str, shown: str) -> None:
    assert said(preview(MASTODON, text)) == shown


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        (f"See {LONG}!", "See |link:www.example.com/spring/rye-b...|!"),
        ("https://example.com/", "link:example.com"),
        ("HTTPS://Example.COM:8443/rye?a=1", "link:example.com:8443/rye?a=1"),
        ("https://münchen.de/größe", "link:xn--mnchen-3ya.de/gr%C3%B6%C3%..."),
        ("example.com/a/longer/path/than/that", "link:example.com/a/longer/path/than/that"),
        ("@ada.bsky.social $AAPL #pan", "mention:@ada.bsky.social| |tag:$AAPL| |tag:#pan"),
        ("one\n\n\n\ntwo", "one\n\n\n\ntwo"),
    ],
)
def test_bluesky_shortens_links_and_leaves_the_rest(text: str, shown: str) -> None:
    assert said(preview(BLUESKY, text)) == shown


@pytest.mark.parametrize(
    ("text", "files", "shown", "below"),
    [
        ("Rye\n\n#bread #rye", 0, "Rye", ("#bread", "#rye")),
        ("#Rye\n\n#bread #RYÉ #Bread #a #b #c", 0, "tag:#Rye", ("#bread", "#a", "#b")),
        ("Rye\n#bread", 0, "Rye\n|tag:#bread", ()),
        ("Rye\n\n#bread!", 0, "Rye\n\n|tag:#bread|!", ()),
        ("#bread #rye", 0, "tag:#bread| |tag:#rye", ()),
        ("#bread #rye", 1, "", ("#bread", "#rye")),
    ],
)
def test_mastodon_puts_a_last_paragraph_of_hashtags_below(
    text: str, files: int, shown: str, below: tuple[str, ...]
) -> None:
    made = preview(MASTODON, text, *[picture(SQUARE)] * files)
    assert (said(made), made.tags_below) == (shown, below)
    assert made.more_tags == (1 if "#c" in text else 0)
    assert preview(BLUESKY, text).tags_below == ()


def test_a_shortened_link_still_says_where_it_leads() -> None:
    for account in (MASTODON, BLUESKY):
        link = preview(account, f"See {LONG}").segments[1]
        assert link.sent == LONG


def test_where_a_long_post_is_folded() -> None:
    assert preview(MASTODON, "\n".join("x" * 32)).lines is None
    assert preview(MASTODON, "\n".join("x" * 33)).lines == 15
    assert preview(MASTODON, "word " * 500).lines == 15  # on servers that take so much
    assert (
        preview(MASTODON, "\n".join("x" * 33), options=Options(content_warning="Rye")).lines is None
    )
    assert preview(BLUESKY, "\n".join("x" * 25)).lines is None
    assert preview(BLUESKY, "\n".join("x" * 26)).lines == 25


def places(gallery: Gallery | None) -> tuple[float, list[tuple[float, str]]]:
    assert gallery is not None
    tiles = [(round(tile.ratio, 2), str(tile.cut)) for tile in gallery.tiles]
    return round(gallery.ratio, 2), tiles


@pytest.mark.parametrize(
    ("sizes", "mastodon", "bluesky"),
    [
        ([WIDE], (3.0, [(3.0, "nothing")]), (3.0, [(3.0, "nothing")])),
        ([TALL], (0.33, [(0.33, "nothing")]), (1.0, [(0.5, "ends")])),
        (
            [WIDE, TALL],
            (1.5, [(0.75, "sides"), (0.75, "ends")]),
            (2.0, [(1.0, "sides"), (1.0, "ends")]),
        ),
        (
            [SQUARE] * 3,
            (1.5, [(0.75, "sides"), (1.5, "ends"), (1.5, "ends")]),
            (2.0, [(1.0, "nothing"), (2.0, "ends"), (2.0, "ends")]),
        ),
        ([SQUARE] * 4, (1.5, [(1.5, "ends")] * 4), (1.5, [(1.5, "ends")] * 4)),
        ([SQUARE] * 5, (1.5, [(1.5, "ends")] * 4), (1.5, [(1.5, "ends")] * 4)),
    ],
)
def test_how_pictures_are_laid_out_and_cropped(
    sizes: list[tuple[int, int]],
    mastodon: tuple[float, list[tuple[float, str]]],
    bluesky: tuple[float, list[tuple[float, str]]],
) -> None:
    files = [picture(size, number) for number, size in enumerate(sizes)]
    assert places(preview(MASTODON, "", *files).gallery) == mastodon
    assert places(preview(BLUESKY, "", *files).gallery) == bluesky


@pytest.mark.parametrize(
    ("account", "options", "text", "warning", "cover"),
    [
        (MASTODON, Options(content_warning="Gluten"), "Rye", "Gluten", "Sensitive content"),
        # The server makes a warning with nothing to fold the text itself.
        (MASTODON, Options(content_warning="Gluten"), " ", "", "Sensitive content"),
        (MASTODON, Options(sensitive=True), "Rye", "", "Sensitive content"),
        (MASTODON, Options(), "Rye", "", ""),
        (BLUESKY, Options(sensitive=True), "Rye", "", "Graphic media"),
        (BLUESKY, Options(content_warning="sexual"), "Rye", "", "Sexually suggestive"),
        (BLUESKY, Options(content_warning="nudity"), "Rye", "", ""),
    ],
)
def test_what_is_hidden_until_somebody_asks(
    account: Account, options: Options, text: str, warning: str, cover: str
) -> None:
    shown = preview(account, text, picture(SQUARE), options=options)
    assert (shown.warning, shown.cover) == (warning, cover)
    assert preview(account, "Only words", options=options).cover == ""
    assert said(shown) == ("Rye" if text.strip() else "Gluten")


def test_which_card_a_link_gets() -> None:
    text = "https://social.example.org/@casa https://example.com/rye"
    server = CardAhead("https://example.com/rye", CardBy.SERVER)
    made = preview(MASTODON, text)
    assert (made.card, made.card_note) == (server, mastodon_preview.SERVER_MAKES_IT)
    assert preview(MASTODON, "https://social.example.org/@casa").card is None

    page = CardAhead("https://social.example.org/@casa", CardBy.PAGE)
    assert preview(BLUESKY, text).card == page
    for account, words in (
        (MASTODON, mastodon_preview.FILES_INSTEAD),
        (BLUESKY, bluesky_preview.FILES_INSTEAD),
    ):
        pictured = preview(account, text, picture(SQUARE))
        assert (pictured.card, pictured.card_note) == (None, words)
        assert preview(account, "No link").card_note == ""


def test_a_card_written_by_hand_is_shown_where_the_network_takes_it() -> None:
    card = LinkCard("https://example.com/rye", "Rye, every day", "From seven")
    draft = Draft((Part("New today", card=card), Part("https://example.com/more")))
    first, second = adapter("bluesky").preview(BLUESKY, draft)
    assert first.card == CardAhead(card.url, CardBy.POST, card)
    assert second.card == CardAhead("https://example.com/more", CardBy.PAGE)
    first, second = adapter("mastodon").preview(MASTODON, draft)
    assert first.card is None
    assert second.card == CardAhead("https://example.com/more", CardBy.SERVER)
