"""What every ApiStore does with posts, the calendar and drafts."""

from collections.abc import Sequence
from dataclasses import replace

import pytest

from shared.core import lifecycle
from shared.core.content import approval_hash
from shared.core.errors import Conflict, InvalidDraft, NotFound
from shared.core.lifecycle import S
from shared.core.models import (
    Approval,
    Content,
    Delivery,
    LinkCard,
    Media,
    Part,
    Plan,
    Post,
    Remote,
    Variant,
    WakeKind,
)
from shared.core.ports import CalendarEntry, Page
from shared.core.timing import Timing
from shared.core.workspaces import JobKind
from shared.store.bounds import POST_BYTES
from shared.store.views import delivery_summary, post_summary
from tests.contract.stores import Stores
from tests.fakes import make
from tests.fakes.time import START

HOUR = 3_600_000
FAR = START + 10**9
OTHER_WORKSPACE = make.new_id("wsp", 2)


def with_deliveries(
    number: int, count: int, *, at: int | None = None
) -> tuple[Post, list[Delivery]]:
    accounts = tuple(make.new_id("acc", n + 1) for n in range(count))
    post = make.post(number, due_at=START + HOUR if at is None else at, account_ids=accounts)
    numbered = enumerate(accounts, start=number * 100)
    return post, [make.delivery(post, account, number=n) for n, account in numbered]


def calendar(stores: Stores, *, limit: int = 100, after: str | None = None) -> Page[CalendarEntry]:
    return stores.api.calendar(make.WORKSPACE, start=START, end=FAR, limit=limit, after=after)


def entry(post: Post, deliveries: Sequence[Delivery] = ()) -> CalendarEntry:
    return CalendarEntry(post_summary(post), tuple(delivery_summary(d) for d in deliveries))


class PostContract:
    def test_a_post_reads_back_with_all_that_belongs_to_it(self, stores: Stores) -> None:
        media = Media("med_1", "image/png", 5, "a" * 64, "k", 1, 2, alt="A red door")
        content = Content(
            "Hola ☂",
            (media,),
            (Part("two"), Part("three", (media,))),
            variants={"mastodon": Variant("", (), first_comment="", card=LinkCard(""))},
            first_comment="Below",
            card=LinkCard("https://shop.example", "Bread", media=media),
        )
        post, deliveries = with_deliveries(1, 2)
        plan = Plan(START + HOUR, "2026-05-28T23:26", "Europe/Madrid", 1, "refuse")
        post = replace(post, content=content, plan=plan, tags=("a", "b"), campaign="spring")
        stores.add_post(post, *deliveries)
        record = stores.api.post(post.workspace_id, post.id)
        assert record.post == post
        assert record.deliveries == tuple(deliveries)
        assert record.audit == (make.audit(post_id=post.id),)
        assert record.jobs == ()

    def test_ids_are_used_once_and_nothing_is_half_created(self, stores: Stores) -> None:
        post, deliveries = with_deliveries(1, 1)
        stores.add_post(post, *deliveries)
        _, more = with_deliveries(1, 2)
        with pytest.raises(Conflict) as caught:
            stores.add_post(replace(post, tags=("x",)), *more)
        assert caught.value.code == "exists"
        record = stores.api.post(post.workspace_id, post.id)
        assert (record.post, len(record.deliveries)) == (post, 1)

    def test_what_cannot_be_kept_is_refused_in_words(self, stores: Stores) -> None:
        big = Content("x" * 400, variants={"mastodon": Variant(text="☂" * (POST_BYTES // 3))})
        post, deliveries = with_deliveries(1, 1)
        with pytest.raises(InvalidDraft) as caught:
            stores.add_post(replace(post, content=big), *deliveries)
        assert caught.value.problems[0].code == "too_large"
        stores.add_post(post, *deliveries)
        with pytest.raises(InvalidDraft):
            stores.api.change_post(
                post, replace(post, content=big), moves=[], audit=make.audit(2, post_id=post.id)
            )
        many, crowd = with_deliveries(2, 91)
        with pytest.raises(InvalidDraft) as caught:
            stores.add_post(many, *crowd)
        assert caught.value.problems[0].code == "too_many_accounts"
        assert len(calendar(stores).items) == 1

    def test_the_largest_post_is_kept(self, stores: Stores) -> None:
        texts = [Part("x" * 25_000) for _ in range(13)]
        post, deliveries = with_deliveries(1, 1)
        post = replace(post, content=Content("☂", parts=tuple(texts)))
        stores.add_post(post, *deliveries)
        assert stores.api.post(post.workspace_id, post.id).post == post

    def test_another_workspaces_post_is_not_found(self, stores: Stores) -> None:
        post, deliveries = with_deliveries(1, 1)
        stores.add_post(post, *deliveries)
        for workspace, post_id in (
            (OTHER_WORKSPACE, post.id),
            (make.WORKSPACE, "pst_none"),
            (make.WORKSPACE, f"{post.id}#x"),
            (make.WORKSPACE, ""),
        ):
            with pytest.raises(NotFound):
                stores.api.post(workspace, post_id)

    def test_a_change_moves_post_and_deliveries_together(self, stores: Stores) -> None:
        post, (first, second) = with_deliveries(1, 2)
        stores.add_post(post, first, second)
        third = make.delivery(post, make.new_id("acc", 9), number=900)
        after = replace(post, content=Content("New"), account_ids=(first.account_id, "acc_9"))
        off = lifecycle.cancelled(first, now=START, by="ada")
        job = make.job(kind=JobKind.EDIT, post_id=post.id, delivery_id=first.id)
        stores.api.change_post(
            post,
            after,
            moves=[(first, off), (second, None), (None, third)],
            audit=make.audit(2, post_id=post.id, at=START + 1),
            jobs=[job],
        )
        record = stores.api.post(post.workspace_id, post.id)
        assert record.post == replace(after, version=2)
        assert record.deliveries == (replace(off, version=2), third)
        assert [a.at for a in record.audit] == [START, START + 1]
        assert record.jobs == (job,)
        assert stores.api.job(job.workspace_id, job.id) == job

    def test_a_delivery_that_left_the_post_leaves_nothing(self, stores: Stores) -> None:
        post, (delivery,) = with_deliveries(1, 1)
        prepared = replace(delivery, prepared=False)
        stores.add_post(post, prepared)
        stores.publish.save_handles(prepared, {"media": "m"})
        audit = make.audit(2, post_id=post.id)
        stores.api.change_post(post, post, moves=[(prepared, None)], audit=audit)
        assert stores.publish.load(prepared).handles is None
        with pytest.raises(NotFound):
            stores.publish.delivery(prepared.ref)

    @pytest.mark.parametrize("what", ["post", "delivery", "removed", "created"])
    def test_a_change_is_all_or_nothing(self, stores: Stores, what: str) -> None:
        post, (first, second, third) = with_deliveries(1, 3)
        stores.add_post(post, first, second, third)
        new = make.delivery(post, make.new_id("acc", 9), number=900)
        stale = {
            "post": (replace(post, version=9), first, second, new),
            "delivery": (post, replace(first, version=9), second, new),
            "removed": (post, first, replace(second, version=9), new),
            "created": (post, first, second, third),
        }
        post_before, moved, removed, created = stale[what]
        with pytest.raises(Conflict):
            stores.api.change_post(
                post_before,
                replace(post, tags=("x",)),
                moves=[
                    (moved, lifecycle.cancelled(first, now=START, by="ada")),
                    (removed, None),
                    (None, created),
                ],
                audit=make.audit(2, post_id=post.id),
            )
        record = stores.api.post(post.workspace_id, post.id)
        assert (record.post, record.deliveries) == (post, (first, second, third))
        assert len(record.audit) == 1

    def test_the_latest_jobs_of_a_post_are_shown(self, stores: Stores) -> None:
        post, deliveries = with_deliveries(1, 1)
        stores.add_post(post, *deliveries)
        jobs = [make.job(number, post_id=post.id) for number in range(1, 8)]
        for job in jobs:
            stores.api.create_job(job)
        done = stores.publish.advance_job(jobs[6], replace(jobs[6], wake_at=None))
        shown = stores.api.post(post.workspace_id, post.id).jobs
        assert shown == (done, jobs[5], jobs[4], jobs[3], jobs[2])

    def test_deleting_takes_everything_along(self, stores: Stores) -> None:
        post, deliveries = with_deliveries(1, 2)
        prepared = replace(deliveries[0], prepared=False)
        stores.add_post(post, prepared, deliveries[1])
        stores.publish.save_handles(prepared, {"media": "m"})
        record = stores.api.post(post.workspace_id, post.id)
        stores.api.delete_post(record, make.audit(2, post_id=post.id))
        with pytest.raises(NotFound):
            stores.api.post(post.workspace_id, post.id)
        with pytest.raises(NotFound):
            stores.api.delivery(deliveries[0].ref)
        assert stores.publish.due(WakeKind.PUBLISH, before=FAR, limit=9) == []
        assert calendar(stores).items == ()
        kept = stores.api.workspace_audit(post.workspace_id, limit=9, after=None).items
        assert [a.id for a in kept] == [make.new_id("aud", 2)]
        assert stores.publish.load(prepared).handles is None
        stores.add_post(post)  # nothing of the old one is left to show up here
        assert len(stores.api.post(post.workspace_id, post.id).audit) == 1

    def test_deleting_is_refused_when_something_moved(self, stores: Stores) -> None:
        post, deliveries = with_deliveries(1, 2)
        stores.add_post(post, *deliveries)
        record = stores.api.post(post.workspace_id, post.id)
        stores.publish.claim(deliveries[0].ref, owner="own_1", now=START, lease=5)
        with pytest.raises(Conflict):
            stores.api.delete_post(record, make.audit(2, post_id=post.id))
        assert len(stores.api.post(post.workspace_id, post.id).deliveries) == 2


class CalendarContract:
    def test_posts_by_due_instant_with_their_deliveries(self, stores: Stores) -> None:
        late, late_deliveries = with_deliveries(1, 2, at=START + 2 * HOUR)
        early, early_deliveries = with_deliveries(2, 1, at=START + HOUR)
        stores.add_post(late, *late_deliveries)
        stores.add_post(early, *early_deliveries)
        page = calendar(stores)
        assert page.items == (entry(early, early_deliveries), entry(late, late_deliveries))
        assert page.next is None

    def test_the_range_is_half_open_and_of_one_workspace(self, stores: Stores) -> None:
        for number, at in enumerate((START - 1, START, START + 9, START + 10), start=1):
            post, deliveries = with_deliveries(number, 1, at=at)
            stores.add_post(post, *deliveries)
        foreign = replace(make.post(9, due_at=START + 1), workspace_id=OTHER_WORKSPACE)
        stores.api.create_post(foreign, [], replace(make.audit(), workspace_id=OTHER_WORKSPACE))
        page = stores.api.calendar(make.WORKSPACE, start=START, end=START + 10, limit=9, after=None)
        assert [e.post.due_at for e in page.items] == [START, START + 9]
        empty = stores.api.calendar(make.WORKSPACE, start=FAR, end=START, limit=9, after=None)
        assert empty.items == ()

    def test_what_the_calendar_knows(self, stores: Stores) -> None:
        post, (delivery,) = with_deliveries(1, 1)
        content = Content("  Hello\n\nworld " + "x" * 200, parts=(Part("more"),))
        post = replace(
            post,
            content=content,
            tags=("a",),
            campaign="spring",
            requires_approval=True,
            cancelled_at=START,
        )
        post = replace(post, approval=Approval("ada", START, approval_hash(post)))
        stores.add_post(post, delivery)
        taken = stores.publish.claim(delivery.ref, owner="own_1", now=START, lease=FAR)
        sending = lifecycle.intent(taken, content_hash="h", now=START, lease=5)
        sending = stores.publish.advance(taken, sending)
        remote = Remote("1", "https://x.example/1")
        live = stores.publish.advance(
            sending,
            lifecycle.part_settled(sending, remote=remote, sent=START, now=START, follow=5_000),
        )
        (found,) = calendar(stores).items
        assert found == entry(post, [live])
        assert found.post.excerpt.startswith("Hello world xxx")
        assert (found.post.part_count, found.post.approved, found.post.cancelled) == (2, True, True)
        assert found.deliveries[0].url == "https://x.example/1"

    # 20 posts need more items than one query asks for.
    @pytest.mark.parametrize(("limit", "posts"), [(2, 3), (20, 7)])
    def test_pages_never_split_a_post(self, stores: Stores, limit: int, posts: int) -> None:
        made = [with_deliveries(n, 30, at=START + n * HOUR) for n in range(1, posts + 1)]
        for post, deliveries in made:
            stores.add_post(post, *deliveries)
        seen: list[CalendarEntry] = []
        cursor = None
        for _ in range(20):
            page = calendar(stores, limit=limit, after=cursor)
            assert len(page.items) <= limit
            seen += page.items
            cursor = page.next
            if cursor is None:
                break
        assert seen == [entry(post, deliveries) for post, deliveries in made]

    def test_a_post_with_the_most_deliveries_fits_a_page_of_one(self, stores: Stores) -> None:
        post, deliveries = with_deliveries(1, 90)
        stores.add_post(post, *deliveries)
        second, more = with_deliveries(2, 1, at=START + 2 * HOUR)
        stores.add_post(second, *more)
        page = calendar(stores, limit=1)
        assert page.items == (entry(post, deliveries),)
        assert calendar(stores, limit=1, after=page.next).items == (entry(second, more),)

    def test_backwards_from_the_latest(self, stores: Stores) -> None:
        made = [with_deliveries(n, 30, at=START + n % 6 * HOUR) for n in range(1, 8)]
        for post, deliveries in made:
            stores.add_post(post, *deliveries)
        seen: list[CalendarEntry] = []
        cursor = None
        for _ in range(20):
            page = stores.api.calendar(
                make.WORKSPACE, start=START, end=FAR, limit=2, after=cursor, latest=True
            )
            seen += page.items
            cursor = page.next
            if cursor is None:
                break
        assert seen == list(reversed(calendar(stores).items))
        assert len(seen) == len(made)

    def test_posts_of_one_instant_page_too(self, stores: Stores) -> None:
        for number in range(1, 6):
            post, deliveries = with_deliveries(number, 1)
            stores.add_post(post, *deliveries)
        first = calendar(stores, limit=3)
        second = calendar(stores, limit=3, after=first.next)
        ids = [e.post.id for e in (*first.items, *second.items)]
        assert ids == [make.new_id("pst", n) for n in range(1, 6)]
        assert second.next is None

    def test_a_cursor_is_bound_to_its_query(self, stores: Stores) -> None:
        for number in (1, 2):
            post, deliveries = with_deliveries(number, 1)
            stores.add_post(post, *deliveries)
        after = calendar(stores, limit=1).next
        assert after is not None
        for workspace, start in ((OTHER_WORKSPACE, START), (make.WORKSPACE, START + 1)):
            with pytest.raises(InvalidDraft) as caught:
                stores.api.calendar(workspace, start=start, end=FAR, limit=1, after=after)
            assert caught.value.problems[0].code == "bad_cursor"
        with pytest.raises(InvalidDraft):
            stores.api.drafts(make.WORKSPACE, limit=1, after=after)

    def test_a_new_date_moves_the_post_and_all_its_deliveries(self, stores: Stores) -> None:
        post, (first, second) = with_deliveries(1, 2)
        stores.add_post(post, first, second)
        later = START + 5 * HOUR
        moved = lifecycle.scheduled(
            first, due_at=later, needs_prepare=False, now=START, timing=Timing()
        )
        after = replace(post, plan=Plan(later))
        audit = make.audit(2, post_id=post.id)
        stores.api.change_post(post, after, moves=[(first, moved)], audit=audit)
        (found,) = calendar(stores).items
        assert found == entry(
            replace(after, version=2), [replace(moved, version=2), second]
        )  # the second stayed as it was, but stands with its post
        assert stores.api.delivery(second.ref) == second

    def test_a_delivery_sent_again_stays_with_its_post(self, stores: Stores) -> None:
        post, (delivery,) = with_deliveries(1, 1)
        stores.add_post(post, delivery)
        again = lifecycle.scheduled(
            delivery, due_at=START + 9 * HOUR, needs_prepare=False, now=START, timing=Timing()
        )
        stored = stores.publish.advance(delivery, again)
        assert calendar(stores).items == (entry(post, [stored]),)

    def test_drafts_without_a_date_latest_change_first(self, stores: Stores) -> None:
        made = []
        for number in range(1, 6):
            post = replace(make.post(number, due_at=None), updated_at=START + number % 3)
            delivery = make.draft_delivery(post, number=number)
            stores.add_post(post, delivery)
            made.append(entry(post, [delivery]))
        dated, deliveries = with_deliveries(9, 1)
        stores.add_post(dated, *deliveries)
        made.sort(key=lambda e: (e.post.updated_at, e.post.id), reverse=True)
        first = stores.api.drafts(make.WORKSPACE, limit=3, after=None)
        second = stores.api.drafts(make.WORKSPACE, limit=3, after=first.next)
        assert [*first.items, *second.items] == made
        assert second.next is None
        assert calendar(stores).items == (entry(dated, deliveries),)

    def test_a_draft_enters_the_calendar_with_its_date_and_leaves_without(
        self, stores: Stores
    ) -> None:
        post = make.post(due_at=None)
        draft = make.draft_delivery(post)
        stores.add_post(post, draft)
        dated = replace(post, plan=Plan(START + HOUR), updated_at=START + 5)
        plan = lifecycle.scheduled(
            draft, due_at=START + HOUR, needs_prepare=False, now=START, timing=Timing()
        )
        stores.api.change_post(
            post, dated, moves=[(draft, plan)], audit=make.audit(2, post_id=post.id)
        )
        dated, plan = replace(dated, version=2), replace(plan, version=2)
        assert calendar(stores).items == (entry(dated, [plan]),)
        assert stores.api.drafts(make.WORKSPACE, limit=9, after=None).items == ()
        undated = replace(dated, plan=None, updated_at=START + 9)
        stores.api.change_post(dated, undated, moves=[], audit=make.audit(3, post_id=post.id))
        assert calendar(stores).items == ()
        (found,) = stores.api.drafts(make.WORKSPACE, limit=9, after=None).items
        assert found == entry(replace(undated, version=3), [plan])
        assert found.deliveries[0].state is S.SCHEDULED
