"""Versions, working copies and who has a post open; run against each store by `test_store.py`."""

from dataclasses import replace

import pytest

from shared.core.errors import Conflict, NotFound
from shared.core.models import Content, LinkCard, Media, Part, Post, Variant
from shared.core.versions import (
    COPY_LIFE,
    HERE,
    MOST,
    Presence,
    Version,
    WorkingCopy,
    version_id,
)
from tests.contract.stores import Stores
from tests.fakes import make
from tests.fakes.time import START

ADA, BO = "ada@bakery.example", "key_bo"


def version(post: Post, number: int, text: str = "before") -> Version:
    media = Media("med_1", "image/png", 5, "a" * 64, "k", alt="A loaf")
    content = Content(
        text, (media,), (Part("two"),), variants={"fake": Variant(text="")}, card=LinkCard("")
    )
    return Version(
        version_id(number), post.workspace_id, post.id, ADA, START, content, ("acc_1",), ("a",), "c"
    )


def changed(stores: Stores, post: Post, number: int, text: str = "before") -> Post:
    """The post after the edit that left this version behind."""
    after = replace(post, versions=number)
    stores.api.change_post(post, after, moves=(), audit=None, version=version(post, number, text))
    return replace(after, version=post.version + 1)


class VersionContract:
    def test_an_edit_keeps_what_it_took_the_place_of(self, stores: Stores) -> None:
        post = make.post()
        stores.add_post(post)
        for number in (1, 2, 3):
            post = changed(stores, post, number)
        home = post.workspace_id, post.id
        assert stores.api.post(*home).post == post
        assert len(stores.api.post(*home).audit) == 1  # of its making: the edits told nothing
        assert stores.api.version(*home, version_id(2)) == version(post, 2)
        page = stores.api.versions(*home, limit=2, after=None)
        assert page.items == (version(post, 3), version(post, 2))
        assert stores.api.versions(*home, limit=2, after=page.next).items == (version(post, 1),)
        with pytest.raises(NotFound):
            stores.api.version(make.new_id("wsp", 2), post.id, version_id(2))

    def test_an_edit_that_came_too_late_leaves_no_version(self, stores: Stores) -> None:
        post = make.post()
        stores.add_post(post)
        changed(stores, post, 1, "theirs")
        with pytest.raises(Conflict):
            changed(stores, post, 1, "mine")
        found = stores.api.version(post.workspace_id, post.id, version_id(1))
        assert found.content.text == "theirs"

    def test_the_oldest_version_goes_when_there_are_too_many(self, stores: Stores) -> None:
        post = make.post()
        stores.add_post(post)
        post = changed(stores, changed(stores, post, 1), 2)
        changed(stores, replace(post, versions=MOST), MOST + 1)
        kept = stores.api.versions(post.workspace_id, post.id, limit=10, after=None).items
        assert [each.id for each in kept] == [version_id(MOST + 1), version_id(2)]

    def test_a_working_copy_is_one_persons_and_expires(self, stores: Stores) -> None:
        home = make.WORKSPACE, make.new_id("pst", 1)
        mine = WorkingCopy(
            *home, ADA, START, 0, Content("half a"), ("acc_1",), local="2026-12-01T09:00"
        )
        later = replace(mine, at=START + 1, content=Content("half a sentence"))
        for copy in (mine, later, replace(mine, by=BO)):
            stores.api.save_copy(copy)
        assert stores.api.copy(*home, by=ADA, now=START + COPY_LIFE) == later
        assert stores.api.copy(*home, by=ADA, now=START + 1 + COPY_LIFE) is None
        stores.api.drop_copy(*home, by=ADA)
        assert stores.api.copy(*home, by=ADA, now=START) is None
        assert stores.api.copy(*home, by=BO, now=START) == replace(mine, by=BO)

    def test_who_has_a_post_open_is_forgotten_after_a_while(self, stores: Stores) -> None:
        home = make.WORKSPACE, make.new_id("pst", 1)
        ada = Presence(*home, "one", ADA, "Ada", START)
        bo = Presence(*home, "one", BO, "Bo", START - HERE)
        again = replace(ada, window="two", at=START + 1)
        elsewhere = replace(ada, post_id=make.new_id("pst", 2))
        for each in (ada, bo, again, elsewhere):
            stores.api.enter(each)
        found = stores.api.present(*home, now=START)
        assert sorted(found, key=lambda each: each.window) == [ada, again]
        stores.api.leave(ada)
        stores.api.enter(replace(bo, at=START))
        assert {each.by for each in stores.api.present(*home, now=START + HERE - 1)} == {ADA, BO}
        assert stores.api.present(*home, now=START + HERE) == [again]

    def test_all_of_it_goes_with_the_post(self, stores: Stores) -> None:
        post = make.post()
        stores.add_post(post)
        home = post.workspace_id, post.id
        changed(stores, post, 1)
        stores.api.save_copy(WorkingCopy(*home, ADA, START, 0, Content("mine")))
        stores.api.enter(Presence(*home, "one", ADA, "Ada", START))
        stores.api.delete_post(stores.api.post(*home), make.audit(2, post_id=post.id))
        assert stores.api.versions(*home, limit=10, after=None).items == ()
        assert stores.api.copy(*home, by=ADA, now=START) is None
        assert stores.api.present(*home, now=START) == []
