"""What every InboxStore does: the list, conversations, answers, and the start of listening."""

from dataclasses import replace

import pytest

from shared.core.engagement import InboxItem, ItemKind, ItemState, Reply
from shared.core.errors import Conflict, InvalidDraft, NotFound
from shared.core.models import (
    Content,
    Delivery,
    Failure,
    MediaKind,
    Post,
    SeenMedia,
    Target,
    WakeKind,
)
from shared.store.bounds import POST_BYTES
from shared.store.cursors import cursor
from shared.store.inbox import LOOKED_AT
from tests.contract.stores import Stores
from tests.fakes import make
from tests.fakes.time import START

FAR = START + 10**9
OTHER_WORKSPACE = make.new_id("wsp", 2)
OTHER_ACCOUNT = make.new_id("acc", 2)


def add(stores: Stores, *items: InboxItem) -> None:
    for item in items:
        assert stores.engagement.add_item(item)


def listed(stores: Stores, *, limit: int = 50, **asked: object) -> list[InboxItem]:
    """All pages, none longer than `limit`."""
    found: list[InboxItem] = []
    after: str | None = None
    while True:
        page = stores.api.inbox(make.WORKSPACE, limit=limit, after=after, **asked)  # type: ignore[arg-type]  # shorthand
        assert len(page.items) <= limit
        found += page.items
        after = page.next
        if after is None:
            return found


def answered(item: InboxItem, post: Post, delivery: Delivery) -> InboxItem:
    reply = Reply(post.id, delivery.id, post.created_at, "ada@example.com")
    return replace(item, state=ItemState.CLOSED, reply=reply, answered_at=post.created_at)


def reply(stores: Stores, item: InboxItem, number: int = 1) -> tuple[Post, Delivery]:
    post, delivery = make.answer(number, item)
    after = answered(item, post, delivery)
    audit = make.audit(number, post_id=post.id)
    stores.api.create_reply(post, [delivery], audit, before=item, after=after)
    return post, delivery


class ItemContract:
    def test_an_item_reads_back_whole(self, stores: Stores) -> None:
        media = (SeenMedia(MediaKind.IMAGE, "https://cdn.example/☂.jpg", "a 'quoted' \\ cat"),)
        target = Target("at://them/1", extra="bafy", root_id="at://us/1", root_extra="bafz")
        seen = make.seen_item(
            kind=ItemKind.QUOTE,
            target=target,
            media=media,
            content_warning="spoiler",
            visibility="unlisted",
            edited_at=START + 9,
        )
        item = make.inbox_item(
            seen=seen,
            state=ItemState.OPEN,
            post_id=make.new_id("pst", 1),
            reply=Reply("pst_2", "dlv_2", START, "ada"),
            answered_at=START,
            liked=True,
            hidden=True,
            deleted_at=START + 10,
        )
        add(stores, item)
        assert stores.api.inbox_item(make.WORKSPACE, item.id) == item
        assert stores.engagement.items(make.WORKSPACE, [item.id]) == {item.id: item}
        assert listed(stores) == [item]

    def test_an_item_is_kept_once(self, stores: Stores) -> None:
        item = make.inbox_item()
        add(stores, item)
        again = replace(item, received_at=FAR, state=ItemState.OPEN)
        assert not stores.engagement.add_item(again)
        assert stores.api.inbox_item(make.WORKSPACE, item.id) == item
        assert listed(stores) == [item]

    def test_items_are_read_in_batches(self, stores: Stores) -> None:
        made = [make.inbox_item(number) for number in range(1, 104)]
        add(stores, *made)
        ids = [item.id for item in made]
        found = stores.engagement.items(make.WORKSPACE, [*ids, "itm_none", *ids])
        assert found == {item.id: item for item in made}
        assert stores.engagement.items(make.WORKSPACE, []) == {}

    def test_a_change_is_compare_and_set(self, stores: Stores) -> None:
        item = make.inbox_item()
        add(stores, item)
        after = replace(item, state=ItemState.OPEN, liked=True)
        stored = stores.api.save_item(item, after)
        assert stored == replace(after, version=2)
        assert stores.api.inbox_item(make.WORKSPACE, item.id) == stored
        assert listed(stores) == [stored]
        for store in (stores.api, stores.engagement, stores.publish):
            with pytest.raises(Conflict) as caught:
                store.save_item(item, after)
            assert caught.value.code == "stale"
        assert stores.publish.inbox_item(make.WORKSPACE, item.id) == stored

    def test_an_edit_and_a_deletion_leave_it_where_it_is(self, stores: Stores) -> None:
        one, two = make.inbox_item(1), make.inbox_item(2)
        add(stores, one, two)
        seen = replace(one.seen, text="edited", edited_at=FAR)
        edited = stores.engagement.save_item(one, replace(one, seen=seen))
        gone = stores.engagement.save_item(edited, replace(edited, deleted_at=FAR))
        assert gone.seen.text == "edited"
        assert listed(stores) == [two, gone]

    def test_another_workspaces_item_is_not_found(self, stores: Stores) -> None:
        item = make.inbox_item()
        foreign = replace(item, workspace_id=OTHER_WORKSPACE, state=ItemState.CLOSED)
        add(stores, foreign)
        names = [f"{item.id}#ITEM", f"../{item.id}", f"{OTHER_WORKSPACE}#I#{item.id}", ""]
        for name in (item.id, *names):
            with pytest.raises(NotFound):
                stores.api.inbox_item(make.WORKSPACE, name)
        assert stores.engagement.items(make.WORKSPACE, [item.id]) == {}
        assert listed(stores) == []
        assert stores.api.conversation(make.WORKSPACE, item.conversation_id).items == ()
        with pytest.raises(Conflict):
            stores.api.save_item(item, replace(item, state=ItemState.OPEN))
        add(stores, item)
        assert stores.api.inbox_item(OTHER_WORKSPACE, item.id) == foreign


class InboxContract:
    def test_newest_first_also_among_equal_instants(self, stores: Stores) -> None:
        made = [make.inbox_item(number, at=START + number // 3) for number in range(1, 8)]
        add(stores, *made)
        newest = sorted(made, key=lambda item: (item.at, item.id), reverse=True)
        for limit in (1, 2, 7, 50):
            assert listed(stores, limit=limit) == newest

    def test_what_the_account_itself_wrote_is_not_listed(self, stores: Stores) -> None:
        ours = make.inbox_item(1, seen=make.seen_item(1, ours=True))
        theirs = make.inbox_item(2)
        add(stores, ours, theirs)
        assert listed(stores) == [theirs]
        stored = stores.engagement.save_item(ours, replace(ours, deleted_at=FAR))
        assert listed(stores) == [theirs]
        found = stores.api.conversation(make.WORKSPACE, ours.conversation_id)
        assert found.items == (stored, theirs)

    def test_filters(self, stores: Stores) -> None:
        quote = make.seen_item(1, kind=ItemKind.QUOTE)
        items = [
            make.inbox_item(1, seen=quote),
            make.inbox_item(2, state=ItemState.CLOSED, answered_at=START),
            make.inbox_item(3, account_id=OTHER_ACCOUNT, state=ItemState.OPEN),
            make.inbox_item(4, account_id=OTHER_ACCOUNT, answered_at=START),
        ]
        add(stores, *items)

        def shown(**asked: object) -> list[int]:
            return [items.index(item) + 1 for item in listed(stores, limit=2, **asked)]

        assert shown() == [4, 3, 2, 1]
        assert shown(account_id=OTHER_ACCOUNT) == [4, 3]
        assert shown(kind=ItemKind.QUOTE) == [1]
        assert shown(state=ItemState.NEW) == [4, 1]
        assert shown(answered=True) == [4, 2]
        assert shown(answered=False) == [3, 1]
        assert shown(account_id=make.ACCOUNT, kind=ItemKind.REPLY, answered=True) == [2]
        assert shown(account_id="acc_none") == []

    def test_a_filter_finds_what_lies_deep(self, stores: Stores) -> None:
        rare = make.inbox_item(1, state=ItemState.OPEN)
        add(stores, rare, *(make.inbox_item(number) for number in range(2, LOOKED_AT + 12)))
        first = stores.api.inbox(make.WORKSPACE, state=ItemState.OPEN, limit=5, after=None)
        assert first.items == ()
        assert first.next is not None
        assert listed(stores, state=ItemState.OPEN, limit=5) == [rare]

    def test_a_cursor_is_bound_to_its_query(self, stores: Stores) -> None:
        add(stores, *(make.inbox_item(number) for number in (1, 2, 3)))
        after = stores.api.inbox(make.WORKSPACE, limit=1, after=None).next
        assert after is not None
        asked: list[dict[str, object]] = [
            {"state": ItemState.NEW},
            {"kind": ItemKind.REPLY},
            {"answered": False},
            {"account_id": make.ACCOUNT},
        ]
        for different in asked:
            with pytest.raises(InvalidDraft) as caught:
                stores.api.inbox(make.WORKSPACE, limit=1, after=after, **different)  # type: ignore[arg-type]  # shorthand
            assert caught.value.problems[0].code == "bad_cursor"
        with pytest.raises(InvalidDraft):
            stores.api.inbox(OTHER_WORKSPACE, limit=1, after=after)
        for text in ("nonsense", "e30", "é", after[:-3], after + "AAAA"):
            with pytest.raises(InvalidDraft):
                stores.api.inbox(make.WORKSPACE, limit=1, after=text)

    @pytest.mark.parametrize("place", ["#", "-", "0", "zzz", "9" * 13, "0" * 160])
    def test_a_forged_place_is_only_a_place(self, stores: Stores, place: str) -> None:
        item = make.inbox_item()
        add(stores, item, replace(item, workspace_id=OTHER_WORKSPACE))
        query = ("inbox", make.WORKSPACE, None, None, None, None)
        forged = cursor(place, query=query)
        page = stores.api.inbox(make.WORKSPACE, limit=5, after=forged)
        assert set(page.items) <= {item}
        assert page.next is None


class ConversationContract:
    def test_oldest_first_also_when_they_came_in_late(self, stores: Stores) -> None:
        made = [
            make.inbox_item(number, seen=make.seen_item(number, created_at=START + number // 2))
            for number in (5, 1, 4, 2, 3)
        ]
        apart = make.inbox_item(9, conversation_id=make.new_id("cnv", 2))
        add(stores, apart, *made)
        found = stores.api.conversation(make.WORKSPACE, made[0].conversation_id)
        assert found.id == made[0].conversation_id
        assert list(found.items) == sorted(made, key=lambda i: (i.seen.created_at, i.id))
        assert found.reply_post_ids == ()
        none = stores.engagement.conversation(make.WORKSPACE, "cnv_none")
        assert (none.items, none.reply_post_ids) == ((), ())

    def test_an_item_moves_to_another_conversation_with_our_answers(self, stores: Stores) -> None:
        item, stays = make.inbox_item(1), make.inbox_item(2)
        add(stores, item, stays)
        first, _ = reply(stores, item, 1)
        other, _ = reply(stores, stays, 2)
        second, _ = reply(stores, stores.api.inbox_item(make.WORKSPACE, item.id), 3)
        current = stores.api.inbox_item(make.WORKSPACE, item.id)
        here, there = item.conversation_id, make.new_id("cnv", 2)
        moved = stores.engagement.save_item(current, replace(current, conversation_id=there))
        assert moved.version == current.version + 1
        assert stores.api.inbox_item(make.WORKSPACE, item.id) == moved
        left = stores.api.conversation(make.WORKSPACE, here)
        assert [each.id for each in left.items] == [stays.id]
        assert left.reply_post_ids == (other.id,)
        found = stores.api.conversation(make.WORKSPACE, there)
        assert (found.items, found.reply_post_ids) == ((moved,), (first.id, second.id))
        record = stores.api.post(make.WORKSPACE, first.id)
        stores.api.delete_post(record, make.audit(9, post_id=first.id))
        found = stores.api.conversation(make.WORKSPACE, there)
        assert found.reply_post_ids == (second.id,)
        back = stores.engagement.save_item(moved, replace(moved, conversation_id=here))
        home = stores.api.conversation(make.WORKSPACE, here)
        assert [each.id for each in home.items] == [back.id, stays.id]
        assert home.reply_post_ids == (other.id, second.id)

    def test_a_move_that_lost_changes_no_conversation(self, stores: Stores) -> None:
        item, there = make.inbox_item(), make.new_id("cnv", 2)
        add(stores, item)
        stored = stores.api.save_item(item, replace(item, liked=True))
        with pytest.raises(Conflict):
            stores.engagement.save_item(item, replace(item, conversation_id=there))
        assert stores.api.conversation(make.WORKSPACE, there).items == ()
        home = stores.api.conversation(make.WORKSPACE, item.conversation_id)
        assert home.items == (stored,)

    def test_an_item_whose_instant_was_corrected_stands_once(self, stores: Stores) -> None:
        one, two = make.inbox_item(1), make.inbox_item(2)
        add(stores, one, two)
        later = replace(one, seen=replace(one.seen, created_at=START + 9_000))
        stored = stores.engagement.save_item(one, later)
        found = stores.api.conversation(make.WORKSPACE, one.conversation_id)
        assert found.items == (two, stored)


class ReplyContract:
    def test_an_answer_is_a_post_in_the_conversation(self, stores: Stores) -> None:
        item = make.inbox_item()
        add(stores, item)
        post, delivery = reply(stores, item)
        stored = stores.api.inbox_item(make.WORKSPACE, item.id)
        assert stored == replace(answered(item, post, delivery), version=2)
        kept = stores.api.post(make.WORKSPACE, post.id)
        assert (kept.post, kept.deliveries) == (post, (delivery,))
        assert [entry.id for entry in kept.audit] == [make.new_id("aud", 1)]
        found = stores.api.conversation(make.WORKSPACE, item.conversation_id)
        assert (found.items, found.reply_post_ids) == ((stored,), (post.id,))
        (wake,) = stores.publish.due(WakeKind.PUBLISH, before=FAR, limit=5)
        assert wake.id == delivery.id

    def test_answers_stand_in_no_calendar(self, stores: Stores) -> None:
        one, two = make.inbox_item(1), make.inbox_item(2)
        add(stores, one, two)
        reply(stores, one)
        undated = replace(make.answer(2, two)[0], plan=None)
        after = replace(two, state=ItemState.CLOSED)
        audit = make.audit(2, post_id=undated.id)
        stores.api.create_reply(undated, [], audit, before=two, after=after)
        page = stores.api.calendar(make.WORKSPACE, start=0, end=FAR, limit=9, after=None)
        assert page.items == ()
        assert stores.api.drafts(make.WORKSPACE, limit=9, after=None).items == ()
        dated = replace(undated, plan=make.post().plan)
        stores.api.change_post(undated, dated, moves=[], audit=audit)
        page = stores.api.calendar(make.WORKSPACE, start=0, end=FAR, limit=9, after=None)
        assert page.items == ()

    def test_all_or_nothing_when_the_item_changed(self, stores: Stores) -> None:
        item = make.inbox_item()
        add(stores, item)
        stores.api.save_item(item, replace(item, state=ItemState.OPEN))
        with pytest.raises(Conflict) as caught:
            reply(stores, item)
        assert caught.value.code == "stale"
        with pytest.raises(NotFound):
            stores.api.post(make.WORKSPACE, make.new_id("pst", 1))
        found = stores.api.conversation(make.WORKSPACE, item.conversation_id)
        assert found.reply_post_ids == ()
        assert stores.publish.due(WakeKind.PUBLISH, before=FAR, limit=5) == []

    def test_a_second_answer_with_this_id_is_refused_as_such(self, stores: Stores) -> None:
        item = make.inbox_item()
        add(stores, item)
        reply(stores, item)
        current = stores.api.inbox_item(make.WORKSPACE, item.id)
        for before in (item, current):
            with pytest.raises(Conflict) as caught:
                reply(stores, before)
            assert caught.value.code == "exists"
        assert stores.api.inbox_item(make.WORKSPACE, item.id) == current

    def test_what_cannot_be_kept_is_refused_in_words(self, stores: Stores) -> None:
        item = make.inbox_item()
        add(stores, item)
        post, delivery = make.answer(1, item, content=Content("x" * POST_BYTES))
        with pytest.raises(InvalidDraft):
            stores.api.create_reply(post, [delivery], make.audit(), before=item, after=item)
        assert stores.api.inbox_item(make.WORKSPACE, item.id) == item

    def test_a_deleted_answer_leaves_the_conversation(self, stores: Stores) -> None:
        item = make.inbox_item()
        add(stores, item)
        post, _ = reply(stores, item)
        record = stores.api.post(make.WORKSPACE, post.id)
        stores.api.delete_post(record, make.audit(2, post_id=post.id))
        found = stores.api.conversation(make.WORKSPACE, item.conversation_id)
        assert found.reply_post_ids == ()
        assert [each.id for each in found.items] == [item.id]


class ListenContract:
    def test_listening_begins_with_timers_for_now(self, stores: Stores) -> None:
        account = make.account()
        stores.api.listen(account, now=START)
        feed = stores.engagement.feed(account.workspace_id, account.id)
        assert feed == make.feed(wake_at=START)
        counting = stores.engagement.counting(account.workspace_id, account.id)
        assert counting is not None
        assert (counting.created_at, counting.wake_at, counting.version) == (START, START, 1)
        for kind in (WakeKind.POLL, WakeKind.METRICS):
            (due,) = stores.engagement.due(kind, before=START, limit=5)
            assert (due.account_id, due.wake_at) == (account.id, START)

    def test_listening_goes_on_where_it_was(self, stores: Stores) -> None:
        account = make.account()
        stores.api.listen(account, now=START)
        begun = stores.engagement.feed(account.workspace_id, account.id)
        assert begun is not None
        parked = replace(
            begun,
            wake_at=None,
            activity=replace(begun.activity, since=START - 5, page="p2", started_at=START),
            failures_in_row=3,
            error=Failure("access_revoked", "gone", START),
        )
        parked = stores.engagement.save_feed(begun, parked)
        assert stores.engagement.due(WakeKind.POLL, before=FAR, limit=5) == []
        stores.api.listen(account, now=START + 10)
        again = stores.engagement.feed(account.workspace_id, account.id)
        gone_on = replace(parked, wake_at=START + 10, failures_in_row=0, error=None, version=3)
        assert again == gone_on
        with pytest.raises(Conflict):
            stores.engagement.save_feed(parked, replace(parked, wake_at=FAR))
