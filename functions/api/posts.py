"""Posts: writing, reading, editing and deleting them."""

from dataclasses import replace

from functions.api import views, writing
from functions.api.acting import audit_entry, doing, enqueue_jobs, new_job
from functions.api.campaigns import with_campaign
from functions.api.changing import changing, shown
from functions.api.listing import list_page
from functions.api.planning import checked, outlook, planned
from functions.api.replying import open_again
from functions.api.routing import Answer, Call, Routes
from functions.api.schemas import answers as out
from functions.api.schemas import requests as take
from functions.api.standing import post_view
from functions.api.voicing import UNSAVED, linked
from shared.core.errors import Conflict, InvalidDraft, Problem
from shared.core.models import Delivery
from shared.core.platform import Verb
from shared.core.ports import PostRecord
from shared.core.posts import Blocked, is_by_hand, take_down
from shared.core.schedule import Planned
from shared.core.services import Api
from shared.core.workspaces import Job, JobKind

routes = Routes(
    "Posts", "Content, where it goes and when. A post going to one account is a delivery."
)


@routes.add("POST", "/v1/posts", "Create a post", body=take.PostCreate, answer=out.Post, status=201)
def create_post(api: Api, call: Call, *, body: take.PostCreate) -> Answer:
    """A draft without `schedule`; otherwise planned, or sent at once with `{"now": true}`.

    A planned post must be right for every account; what is unfinished in a draft comes back as
    notices.
    """
    try:
        record, notices, standing = writing.create(api, call, body)
        shown = post_view(api, record, notices, now=call.now, standing=standing)
    except Conflict as error:
        if error.code != "exists" or call.request_hash is None:
            raise
        # An earlier request with this Idempotency-Key got this far, then its answer was lost.
        record = api.store.post(call.workspace_id, writing.post_id(api, call))
        shown = post_view(api, record, now=call.now)
    return Answer(shown, status=201, version=record.post.version)


@routes.add(
    "POST",
    "/v1/posts/check",
    "Check a post without saving it",
    body=take.PostCheck,
    answer=out.Checked,
    repeatable=False,
)
def check_post(api: Api, call: Call, *, body: take.PostCheck) -> Answer:
    """A dry run: counts, limits and problems per account. It calls no network and saves nothing."""
    of = None if body.post_id is None else api.store.post(call.workspace_id, body.post_id)
    body = with_campaign(api, call, body, before=of.post.campaign if of else None)
    review = writing.reviewed(api, call, body, of=of)
    workspace = api.store.workspace(call.workspace_id)
    plan: Planned | None = None
    wrong: list[Problem] = []
    if body.schedule is not None:
        try:
            plan = planned(body.schedule, now=call.now, timezone=workspace.timezone)
        except InvalidDraft as error:
            wrong.extend(error.problems)
    post = writing.new_post(call, body, workspace, review.content, plan, id=UNSAVED)
    review = linked(call, review, post, timezone=workspace.timezone)
    ahead = [plan.plan.at] if plan and review.needs_prepare else []
    expected = outlook(call, workspace, review, post, prepared=ahead)
    said = [*(plan.notices if plan else ()), *expected]
    shown = checked(review, problems=wrong, notices=said, plan=plan.plan if plan else None)
    return Answer(shown)


@routes.add(
    "GET", "/v1/posts", "List posts", query=take.PostsQuery, answer=out.Page[out.PostSummary]
)
def list_posts(api: Api, call: Call, *, query: take.PostsQuery) -> Answer:
    """Planned posts by due time, or with `status=draft` the drafts, latest change first."""
    return Answer(list_page(api, call, query))


@routes.add("GET", "/v1/posts/{post_id}", "Get a post", answer=out.Post)
def get_post(api: Api, call: Call, *, post_id: str) -> Answer:
    """With its deliveries, their history, its jobs and its audit trail."""
    record = api.store.post(call.workspace_id, post_id)
    return Answer(post_view(api, record, now=call.now), version=record.post.version)


@routes.add(
    "PATCH",
    "/v1/posts/{post_id}",
    "Edit a post",
    body=take.PostEdit,
    answer=out.Post,
    if_match=True,
)
def edit_post(api: Api, call: Call, *, post_id: str, body: take.PostEdit) -> Answer:
    """What waits goes out as it is now, and needs approval anew where it needs any.

    Refused while a delivery is leaving. Where some are live already, `update_live` changes those
    too (a job each) on networks that allow it; without it the edit is refused.
    """

    def once(record: PostRecord) -> list[out.Finding]:
        return writing.edit(api, call, record, body)

    return shown(api, call, post_id, changing(api, call, post_id, once))


@routes.add(
    "DELETE",
    "/v1/posts/{post_id}",
    "Delete a post, or take it down",
    answer=None,
    status=204,
    also={202: out.TakenDown},
    if_match=True,
)
def delete_post(api: Api, call: Call, *, post_id: str) -> Answer:
    """A post of which nothing is live is removed for good (204).

    Otherwise what waits is cancelled and what is live is deleted on its network, a job each (202);
    the post stays, so that its history can be seen. Refused while something is leaving.

    A post that was made elsewhere is taken down in the same way; only once it is gone from its
    network can it be removed here.
    """
    jobs = changing(
        api, call, post_id, lambda record: _delete(api, call, record), elsewhere_too=True
    )
    if jobs is None:
        return Answer(None, status=204)
    enqueue_jobs(api, jobs)
    record = api.store.post(call.workspace_id, post_id)
    body = out.TakenDown(
        post=post_view(api, record, now=call.now), jobs=[views.job(job) for job in jobs]
    )
    return Answer(body, status=202, version=record.post.version)


def _delete(api: Api, call: Call, record: PostRecord) -> list[Job] | None:
    """None when the post is gone; else the jobs that take it down."""
    post = record.post
    moves, live = take_down(record.deliveries, doing=doing(api, call))
    if not live:
        api.store.delete_post(
            record, audit_entry(api, call, "post.deleted", post_id=post.id, post=post.id)
        )
        open_again(api, post)
        return None
    call.require_publishing([d.account_id for d in live])
    _require_deletable(api, live)
    jobs = [new_job(api, call, JobKind.TAKEDOWN, d.account_id, delivery=d) for d in live]
    after = replace(post, cancelled_at=call.now, updated_at=call.now)
    entry = audit_entry(api, call, "post.taken_down", post_id=post.id)
    api.store.change_post(post, after, moves=moves, audit=entry, jobs=jobs)
    return jobs


def _require_deletable(api: Api, live: list[Delivery]) -> None:
    """Raises Blocked where the network forbids it, or the post's id there is unknown."""
    stuck = [
        d
        for d in live
        if Verb.DELETE not in api.platforms.capabilities(d.platform).verbs
        or any(is_by_hand(remote) for remote in d.live)
    ]
    if stuck:
        words = "It cannot be deleted from here; delete it on the network itself."
        raise Blocked("cannot_take_down", words, stuck)
