"""What is said before anything is sent."""

from dataclasses import replace

import pytest

from shared.core.models import Draft, Media, Options, Part
from shared.core.platform import Check
from shared.platforms.mastodon import Mastodon
from shared.platforms.mastodon_facts import FACTS
from tests.fakes.make import account

IMAGE = Media("med_1", "image/jpeg", 1000, "sha", "key", 640, 480, alt="A boat")
VIDEO = replace(IMAGE, mime="video/mp4", width=1920, height=1080)


def check(*parts: Part, options: Options | None = None, **limits: int) -> Check:
    return Mastodon.check(account(limits=limits), Draft(parts, options or Options()))


def found(*parts: Part, options: Options | None = None, **limits: int) -> list[tuple[str, str]]:
    return [(p.where, p.code) for p in check(*parts, options=options, **limits).problems]


def test_who_is_written_as_another_network_does_stays_plain_text() -> None:
    text = "@alice.bsky.social @ada@social.example @j.doe @bo me@alice.com and @alice.bsky.social"
    (notice,) = check(Part(text)).notices
    assert (notice.where, notice.code) == ("parts[0].text", "mention_elsewhere")
    assert notice.message.startswith("@alice.bsky.social is not how Mastodon writes people")


@pytest.mark.parametrize(
    "part",
    [
        Part("Hello"),
        Part("a" * 500),
        Part("👩‍👩‍👧‍👦" * 500),
        Part("", (IMAGE,)),
        Part("Four", (IMAGE,) * 4),
        Part("", (VIDEO,)),
        Part("", (replace(IMAGE, mime="image/gif"),) * 2),
        # Made to fit while preparing: no reason to refuse.
        Part("", (replace(IMAGE, size=50_000_000, width=8000, height=6000),)),
        Part("", (replace(IMAGE, mime="image/avif"),)),
    ],
)
def test_what_the_server_takes_has_no_problem(part: Part) -> None:
    assert found(part) == []


@pytest.mark.parametrize(
    ("part", "where", "code"),
    [
        (Part("a" * 501), "parts[0].text", "too_long"),
        (Part(""), "parts[0].text", "empty"),
        (Part(" \n\t"), "parts[0].text", "empty"),
        (Part("x", (IMAGE,) * 5), "parts[0].media", "too_many_media"),
        (Part("x", (IMAGE, VIDEO)), "parts[0].media", "mixed_media"),
        (Part("x", (VIDEO, VIDEO)), "parts[0].media", "mixed_media"),
        (Part("x", (replace(IMAGE, mime="image/bmp"),)), "parts[0].media[0]", "unsupported_media"),
        (Part("x", (replace(VIDEO, mime="video/avi"),)), "parts[0].media[0]", "unsupported_media"),
        (
            Part("x", (replace(VIDEO, size=FACTS["video_bytes"].value + 1),)),
            "parts[0].media[0]",
            "media_too_large",
        ),
        (
            Part("x", (replace(VIDEO, width=3840, height=2400),)),
            "parts[0].media[0]",
            "media_too_large",
        ),
        (Part("x", (replace(IMAGE, alt="a" * 1501),)), "parts[0].media[0].alt", "alt_too_long"),
    ],
)
def test_each_problem_names_its_place(part: Part, where: str, code: str) -> None:
    assert found(part) == [(where, code)]


def test_every_part_is_checked_and_counted() -> None:
    answered = check(Part("one"), Part(""), Part("a" * 600))
    assert [(count.used, count.limit) for count in answered.counts] == [
        (3, 500),
        (0, 500),
        (600, 500),
    ]
    assert [p.where for p in answered.problems] == ["parts[1].text", "parts[2].text"]


def test_the_warning_counts_in_every_part() -> None:
    options = Options(content_warning="Careful")
    answered = check(Part("a" * 493), Part("a" * 494), options=options)
    assert [count.used for count in answered.counts] == [500, 501]
    assert [p.where for p in answered.problems] == ["parts[1].text"]


def test_the_servers_own_limits_win() -> None:
    assert found(Part("a" * 5000), max_characters=5000) == []
    assert found(Part("a" * 300), max_characters=299) == [("parts[0].text", "too_long")]
    assert found(Part("", (IMAGE,) * 16), max_media=16) == []
    assert found(Part("", (replace(IMAGE, alt="a" * 200),)), alt_characters=100) == [
        ("parts[0].media[0].alt", "alt_too_long")
    ]


def test_videos_are_sent_as_they_are_so_the_server_must_take_them() -> None:
    webm = Part("", (replace(VIDEO, mime="video/webm"),))
    assert found(webm) == []
    only = account(limits={"takes video/mp4": 1, "takes image/png": 1})
    (problem,) = Mastodon.check(only, Draft((webm,))).problems
    assert (problem.where, problem.code) == ("parts[0].media[0]", "unsupported_media")
    # Images are turned into a type that it takes.
    picture = Part("", (replace(IMAGE, mime="image/webp"),))
    assert Mastodon.check(only, Draft((picture,))).problems == ()


def test_a_visibility_that_nobody_knows() -> None:
    assert found(Part("x"), options=Options(visibility="friends")) == [
        ("options.visibility", "unknown_visibility")
    ]
    for known in ("public", "unlisted", "private", "direct"):
        assert found(Part("x"), options=Options(visibility=known)) == []


def test_what_is_lost_on_the_way_is_said() -> None:
    silent = replace(IMAGE, alt=" ")
    answered = check(Part("x", (IMAGE, silent)), options=Options(languages=("es", "en")))
    assert [(p.where, p.code) for p in answered.notices] == [
        ("options.languages", "first_language_only"),
        ("parts[0].media[1].alt", "alt_missing"),
    ]
    assert answered.problems == ()


def test_a_large_gif_is_let_pass_with_a_word_of_warning() -> None:
    gif = replace(IMAGE, mime="image/gif", size=20_000_000)
    answered = check(Part("x", (gif,)))
    assert answered.problems == ()
    assert [(p.where, p.code) for p in answered.notices] == [("parts[0].media[0]", "gif_too_large")]
    assert check(Part("x", (replace(gif, size=1000),))).notices == ()


def test_messages_say_how_to_mend_it() -> None:
    (problem,) = check(Part("a" * 512)).problems
    assert problem.message == "This is 512 of 500 characters; remove 12."
