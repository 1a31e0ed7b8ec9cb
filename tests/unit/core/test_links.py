"""What is added to links: where they end, what they keep, and that what was approved stays so."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.core.content import approval_hash, draft_for, draft_hash, fingerprint
from shared.core.links import LinkRules, frozen, named, rule_problems, with_parameters
from shared.core.models import Content, LinkParameter, Part, Post, Variant
from shared.platforms.bluesky_text import links as on_bluesky
from shared.platforms.mastodon_count import links as on_mastodon
from tests.fakes import make
from tests.fakes.time import START

OWN = ("shop.example", "bücher.de")
ADDED = [("utm_source", "bluesky"), ("utm_medium", "social")]
UTM = "utm_source=bluesky&utm_medium=social"
ADA = make.account("acc_ada")


@pytest.mark.parametrize(
    ("text", "sent"),
    [
        ("https://shop.example", f"https://shop.example/?{UTM}"),
        ("Look: https://SHOP.example/a.", f"Look: https://SHOP.example/a?{UTM}."),
        ("(https://www.shop.example/a(b))", f"(https://www.shop.example/a(b)?{UTM})"),
        ("https://shop.example/a#top!", f"https://shop.example/a?{UTM}#top!"),
        ("https://shop.example/a?x=1&#f", f"https://shop.example/a?x=1&{UTM}#f"),
        ("https://shop.example:8443?q", f"https://shop.example:8443/?q&{UTM}"),
        (
            "https://shop.example/?UTM_Source=mail",
            "https://shop.example/?UTM_Source=mail&utm_medium=social",
        ),
        ("https://shop.example/?utm%5Fmedium=x", "https://shop.example/?utm%5Fmedium=x&utm_source=bluesky"),
        ("見て「https://bücher.de/本」。", f"見て「https://bücher.de/本?{UTM}」。"),
        ("https://xn--bcher-kva.de/…", f"https://xn--bcher-kva.de/?{UTM}…"),
        (f"https://shop.example/?{UTM}", f"https://shop.example/?{UTM}"),
        ("https://shop.example.evil.example/", None),
        ("https://evil.example/?u=https://shop.example/", None),
        ("https://notshop.example/ shop.example/a mail@shop.example", None),
        ("https://shop.example@evil.example/ https://[shop.example]/", None),
    ],
)  # fmt: skip
def test_links_to_own_pages_carry_it_and_others_stay(text: str, sent: str | None) -> None:
    assert with_parameters(text, OWN, ADDED) == (text if sent is None else sent)


PIECES = "https://shop.example|http://a.shop.example|/|a|b.c|%20"
PIECES += "|?|&|=|#|.|,|)|(|]|!|*|'|»| |é|本|。|👍|@|:"
LIKE_LINKS = st.lists(st.sampled_from(PIECES.split("|")), max_size=14).map("".join)


@given(LIKE_LINKS)
def test_adding_it_twice_is_adding_it_once(text: str) -> None:
    once = with_parameters(text, OWN, ADDED)
    assert with_parameters(once, OWN, ADDED) == once
    kept = iter(once)
    assert all(sign in kept for sign in text)  # nothing of what was written is lost or moved


@pytest.mark.parametrize("end", ["", ".", ")", "!", " and on", ",\nnext"])
def test_the_networks_see_the_link_that_was_meant(end: str) -> None:
    sent = with_parameters(f"Read https://shop.example/menu#today{end}", OWN[:1], ADDED)
    sent = sent.replace("shop.example", "shop.com")  # a name that exists, as the networks want it
    meant = f"https://shop.com/menu?{UTM}#today"
    assert on_bluesky(sent) == (meant,)
    assert [sent[start:end] for start, end in on_mastodon(sent)] == [meant]


@pytest.mark.parametrize(
    ("name", "slug"),
    [
        ("Frühling & Co. ", "fruhling-co"),
        ("@ada@social.example", "ada-social.example"),
        ("春のパン {x}", "春のパン-x"),
        ("हिन्दी", "हिन्दी"),
        ("…", ""),
    ],
)
def test_names_in_addresses(name: str, slug: str) -> None:
    assert named(name) == slug


RULES = LinkRules(
    ("shop.example",),
    (
        LinkParameter("utm_source", "{platform}"),
        LinkParameter("utm_campaign", "{campaign}"),
        LinkParameter("by", "{account}-{post}"),
    ),
)
VALUES = {"post": "pst_1", "campaign": "", "date": ""}


def test_each_account_sends_its_own_and_what_stands_for_nothing_is_left_out() -> None:
    content = Content(
        "https://shop.example/a",
        parts=(Part("https://shop.example/b"),),
        variants={"bluesky": Variant(text="here: https://shop.example/c")},
    )
    bob = replace(make.account("acc_bob"), platform="bluesky", handle="@bob.example")
    links = frozen(RULES, content, values=VALUES, accounts=[ADA, bob])
    linked = replace(content, links=links)
    texts = [part.text for account in (ADA, bob) for part in draft_for(linked, account).parts]
    assert texts == [
        f"https://shop.example/a?utm_source={ADA.platform}&by=casa-social.example-pst_1",
        f"https://shop.example/b?utm_source={ADA.platform}&by=casa-social.example-pst_1",
        "here: https://shop.example/c?utm_source=bluesky&by=bob.example-pst_1",
        "https://shop.example/b?utm_source=bluesky&by=bob.example-pst_1",
    ]
    renamed = replace(bob, handle="@robert.example")
    assert draft_for(linked, renamed) == draft_for(linked, bob)


def test_rules_that_add_nothing_leave_no_trace() -> None:
    elsewhere = Content("https://other.example and shop.example")
    assert frozen(RULES, elsewhere, values=VALUES, accounts=[ADA]) is None
    own = Content("https://shop.example")
    empty = LinkRules(RULES.domains, (LinkParameter("utm_campaign", "{campaign}"),))
    assert frozen(empty, own, values=VALUES, accounts=[ADA]) is None


def test_what_was_approved_and_prepared_before_there_were_links_stays_so() -> None:
    """Digests as an earlier release wrote them, byte by byte."""
    content = Content("Hello https://shop.example", parts=(Part("two"),))
    post = Post("pst_1", "wsp_1", content, ("acc_ada",), START, "key_1", START)
    draft = draft_for(content, ADA)
    assert approval_hash(post) == "ad95ee9a54f4549a53d2e5481dc7508cd914f461"
    assert draft_hash(draft) == "515de65fb06bb406fb6d32609a03d509eeee9870"
    links = frozen(RULES, content, values=VALUES, accounts=[ADA])
    linked = replace(post, content=replace(content, links=links))
    assert approval_hash(linked) != approval_hash(post)
    assert fingerprint(draft_for(linked.content, ADA)) != fingerprint(draft)


def test_rules_that_cannot_be_are_refused_where_they_stand() -> None:
    wrong = LinkRules(
        ("https://shop.example", "shop", "straße.example"),
        (
            LinkParameter("utm source", "x"),
            LinkParameter("utm_medium", "{network}"),
            LinkParameter("UTM_medium", "x"),
        ),
    )
    found = [(p.where, p.code) for p in rule_problems(wrong, "links")]
    assert found == [
        ("links.domains[0]", "bad_domain"),
        ("links.domains[1]", "bad_domain"),
        ("links.parameters[0].name", "bad_parameter"),
        ("links.parameters[1].value", "unknown_variable"),
        ("links.parameters[2].name", "duplicate"),
    ]
