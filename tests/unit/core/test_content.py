"""What one account sends: the first comment and the card, and what the hashes make of them."""

from dataclasses import replace

from shared.core.content import approval_hash, draft_for, draft_hash, fingerprint, part_count
from shared.core.links import LinkRules, frozen
from shared.core.models import Content, LinkCard, LinkParameter, Media, Part, Variant
from shared.core.validation import content_problems, where_in_post
from tests.fakes import make

ADA = make.account("acc_ada")
BOB = make.account("acc_bob", platform="bluesky")
CARD = LinkCard("https://shop.example/a", "Bread", "From six", Media("m", "image/png", 1, "s", "k"))
WRITTEN = Content(
    "Fresh",
    parts=(Part("two"),),
    first_comment="More: https://shop.example/b",
    card=CARD,
    variants={
        "bluesky": Variant(parts=(), first_comment="Below"),
        "acc_eve": Variant(first_comment="", card=LinkCard("")),
    },
)


def test_the_comment_comes_last_and_the_card_first_unless_a_variant_says_otherwise() -> None:
    eve = make.account("acc_eve")
    assert draft_for(WRITTEN, ADA).parts == (
        Part("Fresh", card=CARD),
        Part("two"),
        Part("More: https://shop.example/b"),
    )
    assert draft_for(WRITTEN, BOB).parts == (Part("Fresh", card=CARD), Part("Below"))
    assert draft_for(WRITTEN, eve).parts == (Part("Fresh"), Part("two"))
    assert part_count(WRITTEN) == 3
    assert len(draft_for(Content("x", first_comment=" \n"), ADA).parts) == 1


def test_links_of_both_carry_what_links_of_the_text_do() -> None:
    rules = LinkRules(("shop.example",), (LinkParameter("by", "{platform}"),))
    bare = Content("No link", first_comment="https://shop.example/b", card=CARD)
    links = frozen(rules, bare, values={}, accounts=[ADA])
    first, last = draft_for(replace(bare, links=links), ADA).parts
    assert first.card == replace(CARD, url=f"https://shop.example/a?by={ADA.platform}")
    assert last.text == f"https://shop.example/b?by={ADA.platform}"
    for only in (replace(bare, first_comment=""), replace(bare, card=None)):
        assert frozen(rules, only, values={}, accounts=[ADA]) == links


def test_an_approval_and_what_is_prepared_are_bound_to_both() -> None:
    post = make.post(content=WRITTEN)
    changed = [
        replace(WRITTEN, first_comment=""),
        replace(WRITTEN, card=None),
        replace(WRITTEN, card=replace(CARD, description="From seven")),
        replace(WRITTEN, variants={"acc_ada": Variant(first_comment="")}),
        replace(WRITTEN, variants={"acc_ada": Variant(card=LinkCard(""))}),
    ]
    hashes = {approval_hash(replace(post, content=each)) for each in [WRITTEN, *changed]}
    assert len(hashes) == 1 + len(changed)
    drafts = [draft_for(each, ADA) for each in [WRITTEN, *changed]]
    assert len({draft_hash(draft) for draft in drafts}) == 4  # two variants say what a change does
    # A look at a profile cannot tell cards apart: posts of the same words must still wait in turn.
    assert len({fingerprint(draft) for draft in drafts}) == 1


def test_what_is_wrong_is_found_where_it_was_written() -> None:
    def where(place: str) -> str:
        return where_in_post(place, WRITTEN, ADA)

    assert where("parts[0].card.title") == "card.title"
    assert where("parts[1].text") == "parts[0].text"
    assert where("parts[2].text") == "first_comment"
    assert where_in_post("parts[1].text", WRITTEN, BOB) == "variants.bluesky.first_comment"
    assert where_in_post("parts[0].card", WRITTEN, BOB) == "card"
    bad = replace(
        WRITTEN,
        first_comment="\x00",
        card=LinkCard("https://x.example", "\x00"),
        variants={"bluesky": Variant(first_comment="\x00", card=LinkCard("", description="\x00"))},
    )
    assert [problem.where for problem in content_problems(bad)] == [
        "first_comment",
        "card.title",
        "variants.bluesky.first_comment",
        "variants.bluesky.card.description",
    ]
