"""What calendar feeds read beside the calendar; run against each store by `test_store.py`."""

from dataclasses import replace

from shared.core.feeds import GonePost
from shared.core.ports import PostRecord
from tests.contract.stores import Stores
from tests.fakes import make
from tests.fakes.time import START


class GoneContract:
    def test_a_deleted_post_is_remembered_without_its_words(self, stores: Stores) -> None:
        planned = make.post(1, campaign="cmp_1")
        undated = make.post(2, due_at=None)
        foreign = make.post(3, workspace_id=make.new_id("wsp", 2))
        for number, post in enumerate((planned, undated, foreign), 1):
            stores.add_post(post)
            audit = make.audit(number, post_id=post.id, at=START + number)
            entry = replace(audit, workspace_id=post.workspace_id)
            stores.api.delete_post(PostRecord(post, ()), entry)
        gone = GonePost(
            planned.id,
            make.WORKSPACE,
            START + 60_000,
            START + 1,
            2,
            (make.ACCOUNT,),
            planned.created_by,
            "cmp_1",
        )
        assert stores.api.gone_posts(make.WORKSPACE, since=START, limit=9) == [gone]
        assert stores.api.gone_posts(make.WORKSPACE, since=START + 2, limit=9) == []

    def test_the_latest_deleted_posts_come_first(self, stores: Stores) -> None:
        for number in (1, 2, 3):
            post = make.post(number)
            stores.add_post(post)
            entry = make.audit(number, post_id=post.id, at=START + number)
            stores.api.delete_post(PostRecord(post, ()), entry)
        found = stores.api.gone_posts(make.WORKSPACE, since=START, limit=2)
        assert [post.id for post in found] == [make.new_id("pst", 3), make.new_id("pst", 2)]

    def test_posts_are_read_by_their_ids(self, stores: Stores) -> None:
        one, two = make.post(1), make.post(2, text="two")
        foreign = make.post(3, workspace_id=make.new_id("wsp", 2))
        for post in (one, two, foreign):
            stores.add_post(post)
        wanted = [two.id, foreign.id, make.new_id("pst", 9), one.id]
        found = stores.api.posts(make.WORKSPACE, wanted)
        assert dict(found) == {one.id: one, two.id: two}
        assert dict(stores.api.posts(make.WORKSPACE, [])) == {}
