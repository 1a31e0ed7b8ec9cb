"""A brand's voice and what is written again and again; run on each store by `test_store.py`."""

from dataclasses import replace

import pytest

from shared.core.kept import Kept
from shared.core.links import LinkRules
from shared.core.models import FrozenLinks, LinkParameter, Options
from shared.core.snippets import HashtagGroup, PostTemplate, Snippet
from shared.core.voice import Rule, RuleKind, Severity, Voice
from tests.contract.stores import Stores
from tests.fakes import make
from tests.fakes.time import START

PARAMETERS = (LinkParameter("utm_source", "{platform}"),)
WORDS = Rule("No", RuleKind.BANNED, Severity.WARNS, words=("a", "b"), platforms=("bluesky",))
MADE = (make.WORKSPACE, "A name")
KEPT: tuple[Kept, ...] = (
    Voice(make.WORKSPACE, version=1),
    Voice(
        make.WORKSPACE,
        "Warm",
        (WORDS, Rule("Few", RuleKind.EMOJI, most=0), Rule("Alt", RuleKind.ALT_TEXT)),
        LinkRules(("shop.example",), PARAMETERS),
        START,
        "key_ada",
        version=1,
    ),
    Snippet("snp_1", *MADE, "text {x}", START, "key_ada"),
    PostTemplate("tpl_1", *MADE, "", START, "key_ada"),
    PostTemplate("tpl_1", *MADE, "a", START, "key_ada", ("b",), Options(languages=("en",)), ("t",)),
    HashtagGroup("htg_1", *MADE, ("#a", "#b"), START, "key_ada"),
)


class VoiceContract:
    @pytest.mark.parametrize("thing", KEPT, ids=lambda each: type(each).__name__)
    def test_it_comes_back_as_it_was_kept(self, stores: Stores, thing: Kept) -> None:
        stores.api.keep(thing, make.audit(1))
        assert stores.api.kept(type(thing), make.WORKSPACE, thing.id) == thing
        assert list(stores.api.all_kept(type(thing), make.WORKSPACE)) == [thing]

    def test_a_post_keeps_what_its_links_carry(self, stores: Stores) -> None:
        links = FrozenLinks(("shop.example",), PARAMETERS, {make.ACCOUNT: "casa"})
        post = make.post()
        post = replace(post, content=replace(post.content, links=links))
        stores.api.create_post(post, [], make.audit(1, post_id=post.id))
        assert stores.api.post(make.WORKSPACE, post.id).post == post
