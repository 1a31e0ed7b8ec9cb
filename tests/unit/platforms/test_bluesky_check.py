"""What Bluesky would refuse, said beforehand. The real server agrees: tests/e2e."""

from dataclasses import replace

import pytest

from shared.core.models import Draft, Media, Options, Part
from shared.core.platform import Check, Count
from shared.platforms.bluesky import Bluesky
from shared.platforms.bluesky_record import SELF_LABELS
from tests.fakes import make

FAMILY = "👨‍👩‍👧‍👦"
ACCOUNT = make.account(platform="bluesky", server="https://bsky.social")
PICTURE = Media("med_1", "image/png", 1_000, "aa", "k", alt="A cat", width=4, height=3)
VIDEO = replace(PICTURE, mime="video/mp4", duration_ms=60_000)


def check(text: str = "Hello", *media: Media, options: Options | None = None) -> Check:
    return Bluesky.check(ACCOUNT, Draft((Part(text, media),), options or Options()))


def codes(checked: Check) -> list[tuple[str, str]]:
    return [(problem.where, problem.code) for problem in checked.problems]


@pytest.mark.parametrize(
    ("text", "count", "problem"),
    [
        ("x" * 300, Count(300, 300, "characters"), []),
        ("x" * 301, Count(301, 300, "characters"), [("parts[0].text", "too_long")]),
        (FAMILY * 120, Count(3_000, 3_000, "bytes"), []),
        (FAMILY * 121, Count(3_025, 3_000, "bytes"), [("parts[0].text", "too_many_bytes")]),
        # Flags and accents are one character each; so is CR LF.
        ("🇪🇸" * 300, Count(300, 300, "characters"), []),
        ("e\u0301" * 301, Count(301, 300, "characters"), [("parts[0].text", "too_long")]),
        ("\r\n" * 299 + "x", Count(300, 300, "characters"), []),
    ],
)
def test_length_is_measured_in_characters_and_in_bytes(
    text: str, count: Count, problem: list[tuple[str, str]]
) -> None:
    checked = check(text)
    assert checked.counts == (count,)
    assert codes(checked) == problem


def test_links_mentions_and_tags_count_as_they_are_written() -> None:
    text = "@alice.bsky.social #tag https://example.com/" + "a" * 200
    assert check(text).counts == (Count(len(text), 300, "characters"),)


def test_who_is_written_as_another_network_does_stays_plain_text() -> None:
    text = "@ada@social.example, @alice.bsky.social, me@mail.example and @ada@social.example"
    (notice,) = check(text).notices
    assert (notice.where, notice.code) == ("parts[0].text", "mention_elsewhere")
    assert notice.message.startswith("@ada@social.example is not how Bluesky writes people")


def test_every_part_of_a_thread_is_measured() -> None:
    draft = Draft((Part("one"), Part("x" * 301), Part("")))
    checked = Bluesky.check(ACCOUNT, draft)
    assert [count.used for count in checked.counts] == [3, 301, 0]
    assert codes(checked) == [("parts[1].text", "too_long"), ("parts[2].text", "empty")]


def test_a_post_must_hold_something() -> None:
    assert codes(check(" \n ")) == [("parts[0].text", "empty")]
    assert codes(check("", PICTURE)) == []


@pytest.mark.parametrize("visibility", ["unlisted", "private", "direct", "nonsense"])
def test_every_post_is_public(visibility: str) -> None:
    options = Options(visibility=visibility)
    assert codes(check(options=options)) == [("options.visibility", "unknown_visibility")]


def test_a_warning_of_ones_own_words_is_refused_rather_than_lost() -> None:
    checked = check("x", PICTURE, options=Options(content_warning="Spoilers for the finale"))
    assert codes(checked) == [("options.content_warning", "no_free_warning")]
    assert "nudity" in checked.problems[0].message


@pytest.mark.parametrize("value", SELF_LABELS)
def test_a_warning_that_names_a_label_is_taken(value: str) -> None:
    options = Options(content_warning=value)
    with_picture, without = check("x", PICTURE, options=options), check("x", options=options)
    assert codes(with_picture) == codes(without) == []
    assert not with_picture.notices
    assert [notice.code for notice in without.notices] == ["nothing_to_cover"]


def test_sensitive_pictures_are_labelled_with_a_notice() -> None:
    checked = check("x", PICTURE, options=Options(sensitive=True))
    assert not checked.problems
    assert [notice.code for notice in checked.notices] == ["labelled"]
    assert not check("x", options=Options(sensitive=True)).notices


def test_languages() -> None:
    assert codes(check(options=Options(languages=("en", "pt-BR", "zh-Hant-TW")))) == []
    four = check(options=Options(languages=("en", "de", "fr", "es")))
    assert codes(four) == [("options.languages", "too_many_languages")]
    wrong = check(options=Options(languages=("en", "english please")))
    assert codes(wrong) == [("options.languages[1]", "bad_language")]


def test_media() -> None:
    assert codes(check("x", *[PICTURE] * 4)) == []
    assert codes(check("x", *[PICTURE] * 5)) == [("parts[0].media", "too_many_media")]
    assert codes(check("x", VIDEO)) == []
    assert codes(check("x", VIDEO, VIDEO)) == [("parts[0].media", "mixed_media")]
    assert codes(check("x", PICTURE, VIDEO)) == [("parts[0].media", "mixed_media")]
    pdf = replace(PICTURE, mime="application/pdf")
    assert codes(check("x", pdf)) == [("parts[0].media[0]", "unsupported_media")]


def test_a_video_may_be_so_large_and_so_long() -> None:
    assert codes(check("x", replace(VIDEO, size=300_000_000, duration_ms=600_000))) == []
    large = check("x", replace(VIDEO, size=300_000_001))
    assert codes(large) == [("parts[0].media[0]", "media_too_large")]
    long = check("x", replace(VIDEO, duration_ms=600_001))
    assert codes(long) == [("parts[0].media[0]", "media_too_long")]
    assert codes(check("x", replace(VIDEO, duration_ms=None))) == []


def test_descriptions() -> None:
    missing = check("x", replace(PICTURE, alt=" "))
    assert [(n.where, n.code) for n in missing.notices] == [
        ("parts[0].media[0].alt", "alt_missing")
    ]
    assert codes(check("x", replace(PICTURE, alt="é" * 2_000))) == []
    long = check("x", replace(PICTURE, alt="é" * 2_001))
    assert codes(long) == [("parts[0].media[0].alt", "alt_too_long")]


def test_a_gif_will_not_move() -> None:
    notices = check("x", replace(PICTURE, mime="image/gif")).notices
    assert [notice.code for notice in notices] == ["gif_is_still"]


@pytest.mark.parametrize(
    ("text", "media", "needed"),
    [
        ("Hello #tag", (), False),
        ("see example.com", (), True),
        ("hi @alice.test", (), True),
        ("Hello", (PICTURE,), True),
        ("Hello", (VIDEO,), True),
    ],
)
def test_what_must_be_prepared(text: str, media: tuple[Media, ...], *, needed: bool) -> None:
    assert Bluesky.needs_prepare(ACCOUNT, Draft((Part("x"), Part(text, media)))) is needed
