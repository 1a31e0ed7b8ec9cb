"""What every EngagementStore does: timers, how far each account was read, what is ours."""

from dataclasses import replace

import pytest

from shared.core import lifecycle
from shared.core.engagement import Due, DueWhat, Feed, Known, Reading, Spent
from shared.core.engagement_ports import AtHand
from shared.core.errors import Conflict, NotFound
from shared.core.lifecycle import SETTLED, WAITING, S
from shared.core.models import (
    SENDING_KINDS,
    Content,
    Delivery,
    DeliveryRef,
    Failure,
    Remote,
    WakeKind,
)
from shared.core.rollup import Counting
from shared.core.workspaces import AccountState
from tests.contract.stores import Stores
from tests.fakes import make
from tests.fakes.time import START

FAR = START + 10**9
ACCOUNT = make.account()
OTHER_WORKSPACE = make.new_id("wsp", 2)
OTHER_ACCOUNT = make.account(make.new_id("acc", 2))
FOREIGN_ACCOUNT = make.account(workspace_id=OTHER_WORKSPACE)


def due(stores: Stores, kind: WakeKind, *, before: int = FAR, limit: int = 99) -> list[Due]:
    return list(stores.engagement.due(kind, before=before, limit=limit))


def published(stores: Stores, number: int = 1, *, wake_at: int = START) -> Delivery:
    """A delivery whose followers have not begun."""
    post = make.post(number)
    delivery = make.delivery(
        post,
        number=number,
        state=S.PUBLISHED,
        live=(Remote(f"live-{number}"),),
        wake_kind=WakeKind.POLL,
        wake_at=wake_at,
    )
    stores.add_post(post, delivery)
    return delivery


def counting(**changes: object) -> Counting:
    made = Counting(make.WORKSPACE, make.ACCOUNT, created_at=START, wake_at=START + 3_000)
    return replace(made, **changes)  # type: ignore[arg-type]  # shorthand


class TimersContract:
    def test_each_timer_says_what_it_is_about(self, stores: Stores) -> None:
        store = stores.engagement
        live = published(stores, 4, wake_at=START + 4_000)
        store.create_feed(make.feed(wake_at=START + 1_000))
        store.create_watch(make.watch(2))
        store.create_counting(counting())
        store.create_series(make.series(5))
        home = (make.WORKSPACE, make.ACCOUNT)
        assert due(stores, WakeKind.POLL) == [
            Due(DueWhat.FEED, *home, START + 1_000),
            Due(DueWhat.THREAD, *home, START + 2_000, make.new_id("dlv", 2)),
            Due(DueWhat.FOLLOW, *home, START + 4_000, live.id, post_id=live.post_id),
        ]
        numbers = make.new_id("dlv", 5)
        assert due(stores, WakeKind.METRICS) == [
            Due(DueWhat.ACCOUNT_NUMBERS, *home, START + 3_000),
            Due(DueWhat.POST_NUMBERS, *home, START + 5_000, numbers, published_at=START + 5),
        ]

    def test_the_oldest_of_all_shards_come_first_and_none_too_early(self, stores: Stores) -> None:
        for number in range(1, 10):
            stores.engagement.create_watch(make.watch(number, wake_at=START + 10 - number))
        found = due(stores, WakeKind.POLL, before=START + 7, limit=4)
        assert [each.wake_at - START for each in found] == [1, 2, 3, 4]
        found = due(stores, WakeKind.POLL, before=START + 7)
        assert [each.wake_at - START for each in found] == [1, 2, 3, 4, 5, 6, 7]
        assert due(stores, WakeKind.METRICS) == []

    def test_the_publisher_never_meets_them(self, stores: Stores) -> None:
        store = stores.engagement
        published(stores)
        store.create_feed(make.feed())
        store.create_watch(make.watch())
        store.create_counting(counting())
        store.create_series(make.series())
        for kind in SENDING_KINDS:
            assert stores.publish.due(kind, before=FAR, limit=9) == []
        for states in (WAITING, SETTLED):
            assert list(stores.publish.fence_candidates(before=FAR, states=states)) == []

    def test_a_followed_delivery_rings_no_more(self, stores: Stores) -> None:
        before = published(stores)
        after = stores.engagement.advance(before, lifecycle.followed(before))
        assert (after.version, after.wake_at, after.state) == (2, None, S.PUBLISHED)
        assert stores.engagement.delivery(before.ref) == after
        assert due(stores, WakeKind.POLL) == []
        with pytest.raises(Conflict):
            stores.engagement.advance(before, lifecycle.followed(before))

    def test_a_timer_moves_and_stops_with_what_it_is_about(self, stores: Stores) -> None:
        store = stores.engagement
        store.create_feed(make.feed())
        store.create_series(make.series())
        feed = store.save_feed(make.feed(), make.feed(wake_at=START + 9))
        series = store.save_series(make.series(), make.series(wake_at=None))
        assert (feed.version, series.version) == (2, 2)
        assert [each.wake_at for each in due(stores, WakeKind.POLL)] == [START + 9]
        assert due(stores, WakeKind.METRICS) == []


class ListeningContract:
    def test_a_feed_is_created_once_and_moves_by_compare_and_set(self, stores: Stores) -> None:
        store = stores.engagement
        assert store.feed(make.WORKSPACE, make.ACCOUNT) is None
        assert store.create_feed(make.feed())
        assert not store.create_feed(make.feed(wake_at=FAR))
        assert store.feed(make.WORKSPACE, make.ACCOUNT) == make.feed()
        whole = Feed(
            workspace_id=make.WORKSPACE,
            account_id=make.ACCOUNT,
            created_at=START,
            wake_at=START + 5,
            activity=Reading(START, "cursor ☂", START + 1),
            sweep=Reading(START - 9, None, START),
            swept_at=START - 8,
            own_posts=Reading(START - 7, "p3"),
            spent=(Spent(START, 17), Spent(START + 9, 2)),
            failures_in_row=2,
            error=Failure("rate_limited", "slow down", START),
        )
        stored = store.save_feed(make.feed(), whole)
        assert stored == replace(whole, version=2)
        assert store.feed(make.WORKSPACE, make.ACCOUNT) == stored
        with pytest.raises(Conflict):
            store.save_feed(make.feed(), make.feed())
        cleared = store.save_feed(stored, make.feed(wake_at=None))
        assert store.feed(make.WORKSPACE, make.ACCOUNT) == cleared
        assert cleared == make.feed(wake_at=None, version=3)

    def test_the_round_holds_who_has_a_turn_and_no_timer_does(self, stores: Stores) -> None:
        store = stores.engagement
        alone = make.feed(account_id=OTHER_ACCOUNT.id)
        store.create_feed(make.feed())
        store.create_feed(alone)
        joined = store.save_feed(make.feed(), make.feed(wake_at=START + 5, turn=3))
        assert joined == make.feed(wake_at=START + 5, turn=3, version=2)
        assert store.feed(make.WORKSPACE, make.ACCOUNT) == joined
        assert store.taking_turns([0, 3]) == [joined]
        assert store.taking_turns([0, 1, 2]) == []
        assert [each.account_id for each in due(stores, WakeKind.POLL)] == [OTHER_ACCOUNT.id]
        looked = store.save_feed(joined, replace(joined, wake_at=START + 9))
        assert store.taking_turns([3]) == [looked]
        left = store.save_feed(looked, replace(looked, turn=None))
        assert left == make.feed(wake_at=START + 9, version=4)
        assert store.taking_turns([0, 1, 2, 3]) == []
        assert len(due(stores, WakeKind.POLL)) == 2

    def test_connecting_again_leaves_the_round(self, stores: Stores) -> None:
        store = stores.engagement
        store.create_feed(make.feed(turn=2))
        stores.api.listen(ACCOUNT, now=START + 7)
        assert store.feed(make.WORKSPACE, make.ACCOUNT) == make.feed(wake_at=START + 7, version=2)
        assert store.taking_turns([2]) == []

    def test_what_a_visit_takes_is_at_hand_at_once(self, stores: Stores) -> None:
        store, home = stores.engagement, (make.WORKSPACE, make.ACCOUNT)
        with pytest.raises(NotFound):
            store.at_hand(*home, feed=True)
        stores.api.create_account(ACCOUNT, b"sealed", make.audit())
        assert store.at_hand(*home, feed=True) == AtHand(ACCOUNT, b"sealed", None)
        store.create_feed(make.feed())
        assert store.at_hand(*home, feed=True) == AtHand(ACCOUNT, b"sealed", make.feed())
        assert store.at_hand(*home, feed=False) == AtHand(ACCOUNT, b"sealed", None)
        workspace = make.workspace(archived_at=START)
        stores.api.create_workspace(workspace, make.audit(2))
        found = store.at_hand(*home, feed=False)
        assert (found, found.may_ask) == (AtHand(ACCOUNT, b"sealed", None, archived=True), False)

    def test_watches(self, stores: Stores) -> None:
        store = stores.engagement
        one, two = make.watch(1), make.watch(2, remotes=(Remote("a", "u", "x"), Remote("b")))
        foreign = make.watch(3, account_id=OTHER_ACCOUNT.id)
        for watch in (one, two, foreign):
            assert store.create_watch(watch)
        assert not store.create_watch(replace(one, polls=9))
        ids = [make.new_id("dlv", number) for number in (1, 2, 3, 4)]
        assert list(store.watches(ACCOUNT, ids)) == [one, two]
        assert list(store.watches(FOREIGN_ACCOUNT, ids)) == []
        assert list(store.watches(ACCOUNT, [])) == []
        over = replace(one, polls=105, active_at=FAR, failures_in_row=1, wake_at=None)
        stored = store.save_watch(one, over)
        assert list(store.watches(ACCOUNT, ids[:1])) == [stored] == [replace(over, version=2)]
        with pytest.raises(Conflict):
            store.save_watch(one, one)
        with pytest.raises(Conflict):
            store.save_watch(make.watch(4), make.watch(4))

    def test_threads_at_rest_have_no_timer_and_are_found_with_their_account(
        self, stores: Stores
    ) -> None:
        store = stores.engagement
        store.create_watch(make.watch(1))
        resting = make.watch(2, wake_at=None, resting=True, published_at=START + 2)
        older = make.watch(3, wake_at=None, resting=True, published_at=START + 1)
        for watch in (resting, older, replace(older, account_id=OTHER_ACCOUNT.id)):
            store.create_watch(watch)
        ids = [make.new_id("dlv", number) for number in (3, 2)]
        assert list(store.resting(ACCOUNT)) == [(START + 1, ids[0]), (START + 2, ids[1])]
        assert [each.id for each in due(stores, WakeKind.POLL)] == [make.new_id("dlv", 1)]
        assert list(store.watches(ACCOUNT, ids)) == [older, resting]
        woken = replace(older, resting=False, wake_at=START + 9)
        stored = store.save_watch(older, woken)
        assert stored == replace(woken, version=2)
        assert [delivery_id for _, delivery_id in store.resting(ACCOUNT)] == [ids[1]]
        store.save_watch(stored, replace(stored, wake_at=None, resting=True))
        assert len(store.resting(ACCOUNT)) == 2

    def test_what_is_ours_is_known_by_its_remote_id(self, stores: Stores) -> None:
        store = stores.engagement
        strange = ["1", "at://did:plc:x/app/3k", "W#x#R#y", "ключ ☂", "x" * 3_000]
        ref = DeliveryRef(make.WORKSPACE, make.new_id("pst", 1), make.new_id("dlv", 1))
        made = [Known(make.ACCOUNT, remote_id, ref, strange[0]) for remote_id in strange]
        for _ in range(2):
            store.remember(made, workspace_id=make.WORKSPACE)
        found = store.known(ACCOUNT, [*strange, "unknown", strange[0]])
        assert found == {known.remote_id: known for known in made}
        assert store.known(OTHER_ACCOUNT, strange) == {}
        assert store.known(FOREIGN_ACCOUNT, strange) == {}
        assert store.known(ACCOUNT, []) == {}

    def test_the_items_of_one_account_and_time(self, stores: Stores) -> None:
        store = stores.engagement
        mine = [make.inbox_item(number) for number in (1, 2, 3, 4)]
        others = [
            make.inbox_item(5, account_id=OTHER_ACCOUNT.id, at=mine[1].at),
            make.inbox_item(6, workspace_id=OTHER_WORKSPACE, at=mine[1].at),
            make.inbox_item(7, seen=make.seen_item(7, ours=True), at=mine[1].at),
        ]
        for item in (*mine, *others):
            assert store.add_item(item)
        found = store.items_between(ACCOUNT, start=mine[1].at, end=mine[3].at)
        assert sorted(item.id for item in found) == sorted(item.id for item in mine[1:3])
        assert list(store.items_between(ACCOUNT, start=mine[3].at, end=mine[1].at)) == []


class ElsewhereContract:
    def test_a_post_made_elsewhere_is_in_the_calendar(self, stores: Stores) -> None:
        post, delivery = make.elsewhere()
        assert stores.engagement.create_elsewhere(post, delivery)
        assert stores.engagement.post(make.WORKSPACE, post.id) == post
        assert stores.engagement.delivery(delivery.ref) == delivery
        ours = make.post(2, due_at=START + 9_000)
        stores.add_post(ours, make.delivery(ours, number=2))
        page = stores.api.calendar(make.WORKSPACE, start=START, end=FAR, limit=9, after=None)
        shown = [(e.post.id, e.post.elsewhere, e.post.media_count) for e in page.items]
        assert shown == [(post.id, True, 1), (ours.id, False, 0)]
        assert page.items[0].post.excerpt == "Found"
        assert page.items[0].deliveries[0].url == delivery.live[0].url
        (found,) = due(stores, WakeKind.POLL)
        assert (found.what, found.id, found.post_id) == (DueWhat.FOLLOW, delivery.id, post.id)

    def test_it_is_taken_in_once_and_whole(self, stores: Stores) -> None:
        post, delivery = make.elsewhere()
        assert stores.engagement.create_elsewhere(post, delivery)
        again = replace(post, content=Content("other words"))
        assert not stores.engagement.create_elsewhere(again, replace(delivery, attempt=9))
        assert stores.engagement.post(make.WORKSPACE, post.id) == post
        assert stores.engagement.delivery(delivery.ref) == delivery

    def test_its_words_follow_an_edit(self, stores: Stores) -> None:
        post, delivery = make.elsewhere()
        stores.engagement.create_elsewhere(post, delivery)
        assert post.elsewhere is not None
        seen = replace(post.elsewhere, media=(), edited_at=FAR)
        edited = replace(post, content=Content("Found and mended"), elsewhere=seen)
        stored = stores.engagement.save_elsewhere(post, edited)
        assert stored == replace(edited, version=2)
        assert stores.engagement.post(make.WORKSPACE, post.id) == stored
        page = stores.api.calendar(make.WORKSPACE, start=START, end=FAR, limit=9, after=None)
        (shown,) = page.items
        assert (shown.post.excerpt, shown.post.media_count) == ("Found and mended", 0)
        assert [each.id for each in shown.deliveries] == [delivery.id]
        with pytest.raises(Conflict):
            stores.engagement.save_elsewhere(post, post)


class TenancyContract:
    def test_reading_what_the_publisher_and_the_api_wrote(self, stores: Stores) -> None:
        store, post = stores.engagement, make.post()
        deliveries = [make.delivery(post, number=number) for number in (1, 2)]
        stores.add_post(post, *deliveries)
        workspace = make.workspace()
        stores.api.create_workspace(workspace, make.audit())
        stores.api.create_account(ACCOUNT, b"sealed", make.audit(2))
        refs = [delivery.ref for delivery in deliveries]
        missing = DeliveryRef(make.WORKSPACE, post.id, "dlv_none")
        for reads in (store, stores.api):
            found = reads.deliveries([*refs, missing, *refs])
            assert found == dict(zip(refs, deliveries, strict=True))
        assert store.post(make.WORKSPACE, post.id) == post
        assert store.workspace(workspace.id) == workspace
        assert store.account(make.WORKSPACE, ACCOUNT.id) == ACCOUNT
        assert store.sealed(ACCOUNT) == b"sealed"
        assert store.save_sealed(ACCOUNT, before=b"sealed", after=b"fresh")
        assert not store.save_sealed(ACCOUNT, before=b"sealed", after=b"late")
        assert stores.publish.sealed(ACCOUNT) == b"fresh"
        lost = replace(ACCOUNT, state=AccountState.NEEDS_RECONNECT)
        assert store.save_account(ACCOUNT, lost) == replace(lost, version=2)

    def test_connected_accounts_of_every_workspace(self, stores: Stores) -> None:
        for number, workspace_id in enumerate((make.WORKSPACE, OTHER_WORKSPACE), start=1):
            audit = replace(make.audit(number), workspace_id=workspace_id)
            stores.api.create_workspace(make.workspace(workspace_id), audit)
        away = [
            make.account(make.new_id("acc", 7), state=AccountState.NEEDS_RECONNECT),
            make.account(make.new_id("acc", 8), state=AccountState.DISCONNECTED),
        ]
        for account in (OTHER_ACCOUNT, FOREIGN_ACCOUNT, ACCOUNT, *away):
            stores.api.create_account(account, b"x", make.audit(9))
        found = list(stores.engagement.connected_accounts())
        assert found == [ACCOUNT, OTHER_ACCOUNT, FOREIGN_ACCOUNT]
        before = stores.api.workspace(OTHER_WORKSPACE)
        stores.api.save_workspace(before, replace(before, archived_at=START), make.audit(10))
        assert list(stores.engagement.connected_accounts()) == [ACCOUNT, OTHER_ACCOUNT]

    def test_another_workspaces_things_are_not_found(self, stores: Stores) -> None:
        store = stores.engagement
        stores.add_post(make.post())
        store.create_feed(make.feed())
        for name in (make.new_id("pst", 1), "x#POST", f"{make.WORKSPACE}#P#x", ""):
            with pytest.raises(NotFound):
                store.post(OTHER_WORKSPACE, name)
        with pytest.raises(NotFound):
            store.account(OTHER_WORKSPACE, ACCOUNT.id)
        with pytest.raises(NotFound):
            store.workspace(OTHER_WORKSPACE)
        assert store.feed(OTHER_WORKSPACE, ACCOUNT.id) is None
        foreign = make.feed(workspace_id=OTHER_WORKSPACE)
        with pytest.raises(Conflict):
            store.save_feed(foreign, foreign)
        store.create_watch(make.watch())
        watch = make.watch(workspace_id=OTHER_WORKSPACE)
        with pytest.raises(Conflict):
            store.save_watch(watch, watch)
