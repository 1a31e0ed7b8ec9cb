"""What people do with a post once it exists: plan, cancel, approve, send again, settle."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import replace

from functions.api.acting import audit_entry, doing, enqueue
from functions.api.changing import changing, shown
from functions.api.content import AccountProblems, fitting_for, known_accounts, review_of
from functions.api.planning import all_findings, outlook, planned, to_prepare
from functions.api.releasing import release_of
from functions.api.replying import confirmed, open_again
from functions.api.routing import Answer, Call, Routes
from functions.api.schemas import answers as out
from functions.api.schemas import requests as take
from functions.api.voicing import has_approval, linked, may_link_anew, voice_of
from functions.api.writing import first_deliveries
from shared.core import lifecycle
from shared.core.content import approval_hash
from shared.core.errors import Conflict, InvalidDraft, NotFound, Problem
from shared.core.lifecycle import S
from shared.core.models import Approval, Delivery, HeldReason, Post
from shared.core.ports import PostRecord
from shared.core.posts import (
    Move,
    by_hand,
    by_hand_somewhere,
    cancel,
    is_approved,
    plan_again,
    reschedule,
    retry,
)
from shared.core.roles import Role
from shared.core.schedule import Planned
from shared.core.services import Api
from shared.core.voice import Voice
from shared.core.workspaces import Account, Workspace

routes = Routes("Post actions", "What happens to a post after it is written.")


def _written(
    api: Api, call: Call, before: Post, after: Post, moves: list[Move], action: str, **detail: str
) -> None:
    entry = audit_entry(api, call, action, post_id=before.id, **detail)
    api.store.change_post(before, replace(after, updated_at=call.now), moves=moves, audit=entry)
    enqueue(api, [new for _, new in moves if new is not None])


@routes.add(
    "POST",
    "/v1/posts/{post_id}/schedule",
    "Schedule or reschedule a post",
    body=take.Schedule,
    answer=out.Post,
    if_match=True,
)
def schedule_post(api: Api, call: Call, *, post_id: str, body: take.Schedule) -> Answer:
    """Plans a draft, moves a planned post, or brings a cancelled, held or failed one back.

    What is live stays as it is. Refused while something is leaving.
    """
    workspace = api.store.workspace(call.workspace_id)
    plan = planned(body, now=call.now, timezone=workspace.timezone)
    voice = voice_of(api, call)

    def once(record: PostRecord) -> list[out.Finding]:
        known = known_accounts(api, call)
        return move_to(api, call, record, plan, workspace=workspace, voice=voice, known=known)

    return shown(api, call, post_id, changing(api, call, post_id, once))


def move_to(
    api: Api,
    call: Call,
    record: PostRecord,
    plan: Planned,
    *,
    workspace: Workspace,
    voice: Voice,
    known: Mapping[str, Account],
) -> list[out.Finding]:
    """Plan a post for another time, or raise and change nothing."""
    gated = record.post.requires_approval or call.needs_approval(record.post.account_ids)
    after = replace(record.post, plan=plan.plan, cancelled_at=None, requires_approval=gated)
    review = review_of(api, after, known, voice)
    if may_link_anew(record) and not has_approval(record.post):
        review = linked(call, review, after, timezone=workspace.timezone)
        after = replace(after, content=review.content)
    review.require_finished()
    fitting = fitting_for(api, after, known)
    act = doing(api, call)
    moves = reschedule(record.deliveries, due_at=plan.plan.at, fitting=fitting, doing=act)
    has = {d.account_id for d in record.deliveries}
    new = [account for account in review.accounts if account.id not in has]
    moves += [(None, d) for d in first_deliveries(api, call, after, new)]
    _written(api, call, record.post, after, moves, "post.scheduled")
    ahead = to_prepare(moved for _, moved in moves)
    expected = outlook(call, workspace, review, after, prepared=ahead)
    return all_findings([*plan.notices, *expected], review.notices)


@routes.add("POST", "/v1/posts/{post_id}/cancel", "Cancel a post", answer=out.Post, if_match=True)
def cancel_post(api: Api, call: Call, *, post_id: str) -> Answer:
    """Once this answers 200, nothing of it goes out. 409 from the moment at which it leaves."""

    call_off(api, call, post_id)
    return shown(api, call, post_id)


def call_off(api: Api, call: Call, post_id: str) -> Post:
    """Cancel a post, or raise and change nothing; answers the post."""

    def once(record: PostRecord) -> Post:
        moves = cancel(record.deliveries, doing=doing(api, call))
        after = replace(record.post, cancelled_at=record.post.cancelled_at or call.now)
        _written(api, call, record.post, after, moves, "post.cancelled")
        return after

    after = changing(api, call, post_id, once)
    open_again(api, after)
    return after


@routes.add(
    "POST",
    "/v1/posts/{post_id}/approve",
    "Approve a post",
    body=take.Approve,
    answer=out.Post,
    role=Role.APPROVER,
    if_match=True,
)
def approve_post(api: Api, call: Call, *, post_id: str, body: take.Approve) -> Answer:
    """Binds the approval to exactly this content and these accounts; any edit voids it. Refused
    while a rule of the brand's voice stops the post.

    What was held for want of it goes out now, unless its window was missed.
    """
    voice = voice_of(api, call)

    def once(record: PostRecord) -> None:
        call.require_publishing(record.post.account_ids)
        now_hash = approval_hash(record.post)
        if body.content_hash is not None and body.content_hash != now_hash:
            words = "The post was changed since you read it; read it again."
            raise Conflict(words, code="changed_meanwhile")
        review = review_of(api, record.post, known_accounts(api, call), voice)
        if unlike := review.unlike_the_voice:
            raise AccountProblems(unlike)
        after = replace(record.post, approval=Approval(call.by, call.now, now_hash))
        _written(api, call, record.post, after, [], "post.approved", content_hash=now_hash)

    changing(api, call, post_id, once)
    _release_approved(api, call, post_id)
    return shown(api, call, post_id)


def _release_approved(api: Api, call: Call, post_id: str) -> None:
    """The approval is stored first, so that a worker sees it or leaves its delivery held."""
    workspace = api.store.workspace(call.workspace_id)
    accounts = known_accounts(api, call)

    def once(record: PostRecord) -> None:
        release_of(
            api,
            call,
            record,
            reason=HeldReason.NEEDS_APPROVAL,
            workspace=workspace,
            accounts=accounts,
            taken=defaultdict(int),
        )

    changing(api, replace(call, if_match=None), post_id, once)


@routes.add(
    "POST",
    "/v1/posts/{post_id}/retry",
    "Send again what failed or was held",
    body=take.Retry,
    answer=out.Post,
    if_match=True,
)
def retry_post(api: Api, call: Call, *, post_id: str, body: take.Retry) -> Answer:
    """Now, or when `schedule` says. Asking for it is consent to send it late."""
    workspace = api.store.workspace(call.workspace_id)
    schedule = body.schedule or take.Schedule(now=True)
    plan = planned(schedule, now=call.now, timezone=workspace.timezone)
    voice = voice_of(api, call)
    wanted = None if body.delivery_ids is None else frozenset(body.delivery_ids)

    def once(record: PostRecord) -> list[out.Finding]:
        known = known_accounts(api, call)
        _require_known(wanted or frozenset(), record)
        moves = retry(
            record.deliveries,
            wanted=wanted,
            due_at=plan.plan.at,
            fitting=fitting_for(api, record.post, known),
            doing=doing(api, call),
        )
        going = tuple(new.account_id for _, new in moves if new is not None)
        _require_consent(call, record.post, going)
        review = replace(review_of(api, record.post, known, voice), wanted=going)
        review.require_finished()
        _written(api, call, record.post, record.post, moves, "post.retried")
        ahead = to_prepare(moved for _, moved in moves)
        again = replace(record.post, plan=plan.plan)
        expected = outlook(call, workspace, review, again, prepared=ahead)
        return all_findings([*plan.notices, *expected], review.notices)

    return shown(api, call, post_id, changing(api, call, post_id, once))


def _require_consent(call: Call, post: Post, account_ids: Iterable[str]) -> None:
    """Sending again is publishing, unless somebody who may publish approved just this."""
    if not (post.requires_approval and is_approved(post)):
        call.require_publishing(account_ids)


def _require_known(wanted: frozenset[str], record: PostRecord) -> None:
    unknown = wanted - {d.id for d in record.deliveries}
    if unknown:
        words = f"This post has no delivery {', '.join(sorted(unknown))}."
        raise InvalidDraft([Problem("delivery_ids", "unknown_delivery", words)])


@routes.add(
    "POST",
    "/v1/posts/{post_id}/deliveries/{delivery_id}/settle",
    "Say what became of an unconfirmed delivery",
    body=take.Settle,
    answer=out.Post,
)
def settle_delivery(
    api: Api, call: Call, *, post_id: str, delivery_id: str, body: take.Settle
) -> Answer:
    """Where nothing can be asked, a person decides: it is live (and where, if they know), or it is
    to be sent again. The delivery's `evidence` says what was sent and what came of it.
    """
    if (body.live is None) == (body.send_again is None):
        words = (
            'Give either {"live": {"url": …}} (the link may be left out) or {"send_again": true}.'
        )
        raise InvalidDraft([Problem("", "choose_one", words)])

    def once(record: PostRecord) -> Post:
        found = next((d for d in record.deliveries if d.id == delivery_id), None)
        if found is None:
            raise NotFound("there is no such delivery")
        if found.state is not S.UNCONFIRMED:
            words = "Whether it went out is no longer asked: somebody has said so, or it is known."
            raise Conflict(words, code="not_unconfirmed")
        after = _settled(api, call, record, found, body)
        _written(
            api,
            call,
            record.post,
            record.post,
            [(found, after)],
            "delivery.settled",
            delivery_id=delivery_id,
            outcome="live" if body.live else "send_again",
        )
        return record.post

    post = changing(api, call, post_id, once)
    if body.live is not None:
        confirmed(api, call, post)
    return shown(api, call, post_id)


def _settled(
    api: Api, call: Call, record: PostRecord, found: Delivery, body: take.Settle
) -> Delivery:
    if body.live is not None:
        remote = by_hand(body.live.url) if body.live.url else by_hand_somewhere(found)
        return lifecycle.confirmed_live(found, remote=remote, now=call.now, by=call.by)
    _require_consent(call, record.post, [found.account_id])
    fitting = fitting_for(api, record.post, known_accounts(api, call))
    return plan_again(
        found,
        due_at=call.now,
        fit=fitting(found.account_id),
        doing=doing(api, call),
        why="a person asked to send it again",
        consent_late=True,
    )
