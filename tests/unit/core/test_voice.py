"""The rules of a brand's voice: what they find, in which script ever, and what they leave alone."""

# ruff: noqa: RUF001  characters of other scripts are the subject here

from dataclasses import replace

import pytest

from shared.core.judging import begins_with, capitals_in, emoji_in, judged, says
from shared.core.models import Draft, Media, Options, Part, Target
from shared.core.voice import Rule, RuleKind, Severity, Voice, voice_problems


def rule(kind: RuleKind, **more: object) -> Rule:
    return replace(Rule("Ours", kind), **more)  # type: ignore[arg-type]  # fields of a rule


@pytest.mark.parametrize(
    ("text", "word", "found"),
    [
        ("The CHEAPEST bread", "cheapest", True),
        ("uncheapest, cheapestly", "cheapest", False),
        ("Best  in\ntown", "best in town", True),
        ("Große STRASSE", "straße", True),
        ("cafe\u0301", "café", True),
        ("cafe\u0301", "cafe", False),
        ("chea\u00adpest, che\u200bap", "cheapest", True),
        ("ＣＨＥＡＰ bread", "cheap", True),
        ("Acme’s bread", "acme", True),
        ("don't", "don’t", True),
        ("業界最安値です", "最安", True),
        ("ผมชอบกาแฟมาก", "กาแฟ", True),
        ("हिन्दी", "हिन्", False),
        ("می\u200cخواهم", "می", False),
        ("https://shop.example/cheapest", "cheapest", False),
        ("(#AD) Look", "#ad", True),
        ("#adventure #bad ##ad", "#ad", False),
    ],
)
def test_words_are_whole_words_in_any_form(text: str, word: str, *, found: bool) -> None:
    assert says(text, word) is found


def test_what_stands_at_the_beginning() -> None:
    assert begins_with("[#Anzeige] Brot", "#anzeige")
    assert begins_with("👉 #ad: Bread", "#ad")
    assert not begins_with("Bread #ad", "#ad")
    assert not begins_with("1 #ad", "#ad")


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("👨‍👩‍👧‍👦🇩🇪🇫🇷👍🏽", 4),
        ("❤️‍🔥 1️⃣ 🏴󠁧󠁢󠁳󠁣󠁴󠁿", 3),
        ("©® ™ ❤ ☺\ufe0e 3 # *", 0),
        ("https://shop.example/🍞", 0),
    ],
)
def test_emoji_are_counted_as_they_are_seen(text: str, count: int) -> None:
    assert emoji_in(text) == count


def test_capitals_are_a_share_of_the_letters_that_have_a_case() -> None:
    assert capitals_in("FRESH bread every single day") == 20
    assert capitals_in("SALE TODAY") is None
    assert capitals_in("ОТКРЫТО ВСЕ ДНИ НЕДЕЛИ И НОЧИ") == 100
    assert capitals_in("毎日焼きたてのパンを朝の六時からお届けしています SALE") is None
    assert capitals_in("https://SHOP.EXAMPLE/AAAAAAAAAAAAAAAAAAAAAAAA") is None


BARE = Media("med_1", "image/png", 3, "0" * 64, "k")
DRAFT = Draft(
    (
        Part("CHEAPEST bread 👍👍", (replace(BARE, alt="the cheapest loaf"), BARE)),
        Part("see https://bit.ly/x"),
    ),
    Options(content_warning="cheapest?"),
)
LINKS = ((), ("https://bit.ly/x", "https://www.shop.example/"))


@pytest.mark.parametrize(
    ("broken", "found"),
    [
        (
            rule(RuleKind.BANNED, words=("cheapest", "free")),
            [
                ("options.content_warning", "Take out “cheapest”. (Rule: Ours)"),
                ("parts[0].text", "Take out “cheapest”. (Rule: Ours)"),
                ("parts[0].media[0].alt", "Take out “cheapest”. (Rule: Ours)"),
            ],
        ),
        (
            rule(RuleKind.REQUIRED, words=("bread", "see", "Acme", "open")),
            [("parts[0].text", "Add “Acme” and “open”. (Rule: Ours)")],
        ),
        (
            rule(RuleKind.DISCLOSURE, words=("#ad", "#paid"), tags=("Sponsored",)),
            [("parts[0].text", "Add “#ad” or “#paid”. (Rule: Ours)")],
        ),
        (
            rule(RuleKind.DISCLOSURE, words=("bread",), at_start=True),
            [("parts[0].text", "Begin with “bread”. (Rule: Ours)")],
        ),
        (
            rule(RuleKind.ALLOWED_DOMAINS, domains=("shop.example",)),
            [
                (
                    "parts[1].text",
                    "bit.ly is not among the domains to link to: shop.example. (Rule: Ours)",
                )
            ],
        ),
        (
            rule(RuleKind.BANNED_DOMAINS, domains=("ly", "bit.ly")),
            [("parts[1].text", "Link to another page than bit.ly. (Rule: Ours)")],
        ),
        (
            rule(RuleKind.EMOJI, most=0),
            [("parts[0].text", "This has 2 emoji of 0; take out 2. (Rule: Ours)")],
        ),
        (
            rule(RuleKind.ALT_TEXT),
            [
                (
                    "parts[0].media[1].alt",
                    "Describe the picture for people who cannot see it. (Rule: Ours)",
                )
            ],
        ),
    ],
    ids=lambda each: each.kind.value if isinstance(each, Rule) else "",
)
def test_each_rule_says_where_it_is_broken_and_how_to_mend_it(
    broken: Rule, found: list[tuple[str, str]]
) -> None:
    voice = Voice("wsp_1", rules=(broken,))
    stops, warns = judged(voice, DRAFT, platform="mastodon", tags=["sponsored"], links=LINKS)
    assert [(p.where, p.message) for p in stops] == found
    assert {p.code for p in stops} == {f"voice.{broken.kind.value}"}
    assert warns == []


def test_a_rule_holds_where_it_is_meant_to() -> None:
    ad = rule(RuleKind.DISCLOSURE, words=("#ad",), tags=("sponsored",), severity=Severity.WARNS)
    voice = Voice("wsp_1", rules=(ad, rule(RuleKind.EMOJI, most=1, platforms=("bluesky",))))

    def found(platform: str, *tags: str, draft: Draft = DRAFT) -> list[str]:
        stops, warns = judged(voice, draft, platform=platform, tags=tags, links=LINKS)
        return [f"stops {p.code}" for p in stops] + [f"warns {p.code}" for p in warns]

    assert found("mastodon", "spring") == []
    assert found("bluesky", "spring") == ["stops voice.emoji"]
    assert found("mastodon", "SPONSORED") == ["warns voice.disclosure"]
    answer = replace(DRAFT, reply_to=Target("r1"))
    assert found("bluesky", "sponsored", draft=answer) == ["stops voice.emoji"]


def test_rules_without_sense_are_refused_where_they_stand() -> None:
    voice = Voice(
        "wsp_1",
        rules=(
            rule(RuleKind.BANNED, name="a"),
            rule(RuleKind.BANNED, name="A", words=("\u200b",), most=1),
            rule(RuleKind.EMOJI, name="c", most=0, platforms=("myspace",)),
            rule(RuleKind.CAPITALS, name="d", most=100),
            rule(RuleKind.ALT_TEXT, name="e", domains=("x y",)),
        ),
    )
    assert [(p.where, p.code) for p in voice_problems(voice, ["mastodon"])] == [
        ("rules[0].words", "missing"),
        ("rules[1].most", "does_not_go_with"),
        ("rules[1].words[0]", "missing"),
        ("rules[1].name", "duplicate"),
        ("rules[2].platforms[0]", "unknown_platform"),
        ("rules[3].most", "out_of_range"),
        ("rules[4].domains", "does_not_go_with"),
        ("rules[4].domains[0]", "bad_domain"),
    ]
