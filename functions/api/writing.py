"""Creating and editing posts: content judged, deliveries planned, everything written at once."""

import hashlib
from collections.abc import Mapping
from dataclasses import replace

from functions.api import content as contents
from functions.api.acting import audit_entry, doing, enqueue, enqueue_jobs, new_job
from functions.api.allowing import letting, trail_of, with_allowances
from functions.api.campaigns import with_campaign
from functions.api.content import (
    Library,
    Review,
    content_of,
    fitting_for,
    known_accounts,
    review_of,
)
from functions.api.planning import all_findings, outlook, planned, to_prepare
from functions.api.routing import Call
from functions.api.schemas import answers as out
from functions.api.schemas import requests as take
from functions.api.standing import for_post
from functions.api.using import mark_used
from functions.api.voicing import anything_live, linked, may_link_anew, voice_of
from shared.core.allowing import holding
from shared.core.content import approval_hash, draft_for
from shared.core.errors import Conflict, InvalidDraft, Problem
from shared.core.hindrances import Standing
from shared.core.models import Content, Delivery, Edited, LinkCard, Post
from shared.core.platform import Verb
from shared.core.ports import PostRecord
from shared.core.posts import (
    Blocked,
    Move,
    first_plan,
    is_approved,
    is_by_hand,
    live_ones,
    tagged,
)
from shared.core.posts import edit as edit_moves
from shared.core.schedule import Planned
from shared.core.services import Api
from shared.core.versions import Version, edited, saying_again
from shared.core.workspaces import Account, AuditEntry, Job, JobKind, Workspace
from shared.store.views import media_of

_ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"


def post_id(api: Api, call: Call) -> str:
    """A fresh id; for a request with an Idempotency-Key always the same one.

    So a repeat that arrives after a crash between creating and answering finds the post instead of
    making a second one.
    """
    if call.request_hash is None:
        return api.ids.new("pst")
    digest = hashlib.sha256(f"post|{call.request_hash}".encode()).digest()
    return "pst_" + "".join(_ALPHABET[byte & 31] for byte in digest[:26])


def create(
    api: Api, call: Call, body: take.PostCreate
) -> tuple[PostRecord, list[out.Finding], Standing]:
    """Store a post, then tell the queue what is due soon; answers also what was read for it.
    Raises InvalidDraft.
    """
    workspace = api.store.workspace(call.workspace_id)
    body = with_campaign(api, call, body)
    review = reviewed(api, call, body)
    review.require_sound()
    plan = None
    if body.schedule is not None:
        _require_no_typing(body)
        plan = planned(body.schedule, now=call.now, timezone=workspace.timezone)
    post = new_post(call, body, workspace, review.content, plan, id=post_id(api, call))
    review = linked(call, review, post, timezone=workspace.timezone)
    post = with_allowances(replace(post, content=review.content), review)
    if plan is not None:
        review.require_finished()
    deliveries = first_deliveries(api, call, post, review.accounts)
    entry = audit_entry(api, call, "post.created", post_id=post.id, **trail_of(call, post))
    mark_used(api, call, post.content)
    api.store.create_post(post, deliveries, entry)
    enqueue(api, deliveries)
    if plan is None:
        notices = all_findings((), review.notices + review.unfinished)
        return PostRecord(post, (), (entry,)), notices, Standing(workspace, review.known)
    installation = api.store.installation()
    standing = for_post(Standing(workspace, review.known, installation), post)
    ahead = to_prepare(deliveries)
    expected = outlook(call, workspace, review, post, prepared=ahead, installation=installation)
    notices = all_findings([*plan.notices, *expected], review.notices)
    return PostRecord(post, tuple(deliveries), (entry,)), notices, standing


def _require_no_typing(body: take.PostCreate) -> None:
    """Raises InvalidDraft (`not_a_draft`)."""
    if body.autosave:
        words = "What is saved while somebody types is a draft; leave `schedule` or `autosave` out."
        raise InvalidDraft([Problem("autosave", "not_a_draft", words)])


def reviewed(
    api: Api, call: Call, body: take.PostCreate, *, of: PostRecord | None = None
) -> Review:
    """What a new post would be, judged; its links not yet as they go out. `of`: the post that it
    would be an edit of.
    """
    library = Library(api, call)
    if of is not None:
        library.keep(media_of(of.post.content), describe=not anything_live(of))
    content = content_of(library, body)
    written = of and replace(of.post, content=content, account_ids=body.account_ids)
    review = Review(
        api,
        content,
        body.account_ids,
        known_accounts(api, call),
        library.problems,
        voice=voice_of(api, call),
        tags=body.tags,
        allowances=holding(written) if written else (),
    )
    return letting(call, review, body.allow)


def new_post(
    call: Call,
    body: take.PostCreate,
    workspace: Workspace,
    content: Content,
    plan: Planned | None,
    *,
    id: str,
) -> Post:
    return Post(
        id=id,
        workspace_id=call.workspace_id,
        content=content,
        account_ids=body.account_ids,
        created_at=call.now,
        created_by=call.by,
        updated_at=call.now,
        plan=plan.plan if plan else None,
        tags=tuple(dict.fromkeys(body.tags)),
        campaign=body.campaign,
        requires_approval=body.requires_approval
        or workspace.requires_approval
        or call.needs_approval(body.account_ids),
        missed_window=body.missed_window,
        edited=Edited(call.by, call.now, call.now, typing=True) if body.autosave else None,
    )


def first_deliveries(api: Api, call: Call, post: Post, accounts: list[Account]) -> list[Delivery]:
    """One planned delivery per account; none for a draft."""
    if post.plan is None:
        return []
    fitting = fitting_for(api, post, {a.id: a for a in accounts})
    return [
        first_plan(
            post,
            account.id,
            id=api.ids.new("dlv"),
            platform=account.platform,
            due_at=post.plan.at,
            fit=fitting(account.id),
            doing=doing(api, call),
        )
        for account in accounts
    ]


def edit(
    api: Api,
    call: Call,
    record: PostRecord,
    body: take.PostEdit,
    *,
    restoring: Version | None = None,
) -> list[out.Finding]:
    """Apply an edit, or raise InvalidDraft or Blocked and change nothing. `restoring`: what the
    post said before is to come back.
    """
    before = record.post
    _require_same_profile(before, body)
    _require_typed_into(record, body)
    body = with_campaign(api, call, body, before=before.campaign)
    after, review = _edited(api, call, record, body, restoring)
    known = review.known
    review.require_sound()
    planned_already = before.plan is not None and before.cancelled_at is None
    if planned_already:
        review.require_finished()
    moves: list[Move] = []
    jobs: list[Job] = []
    if approval_hash(after) != approval_hash(before):
        moves = _moves(api, call, record, after, known)
        jobs = _live_edits(api, call, record, after, body, known)
    elif is_approved(before) and not is_approved(after):
        # A worker that has loaded it already must not send what now waits for approval.
        moves = _moves(api, call, record, after, known)
    elif planned_already and not {*after.tags} <= {*before.tags}:
        fitting = fitting_for(api, after, known)
        moves = tagged(record.deliveries, fitting=fitting, doing=doing(api, call))
    saved = edited(before, after, by=call.by, now=call.now, typing=body.autosave)
    entry = None if saved.told else _told(api, call, saved.post, body, restoring)
    mark_used(api, call, after.content, before=before.content)
    api.store.change_post(
        before, saved.post, moves=moves, audit=entry, jobs=jobs, version=saved.version
    )
    enqueue(api, [new for _, new in moves if new is not None])
    enqueue_jobs(api, jobs)
    if not planned_already:
        return all_findings((), review.notices + review.unfinished)
    workspace = api.store.workspace(call.workspace_id)
    ahead = to_prepare(new for _, new in moves)
    expected = outlook(call, workspace, review, after, prepared=ahead)
    return all_findings(expected, review.notices)


def _told(
    api: Api, call: Call, after: Post, body: take.PostEdit, restoring: Version | None
) -> AuditEntry:
    said = trail_of(call, after)
    if restoring is not None:
        said["version"] = restoring.id
        return audit_entry(api, call, "post.restored", post_id=after.id, **said)
    said["fields"] = ",".join(sorted(body.model_fields_set - {"autosave"}))
    return audit_entry(api, call, "post.edited", post_id=after.id, **said)


def _require_typed_into(record: PostRecord, body: take.PostEdit) -> None:
    """Raises Conflict (`not_a_draft`): by typing alone nothing changes what goes out, and no
    approval is lost.
    """
    post = record.post
    if body.autosave and (post.plan or post.approval or record.deliveries):
        words = (
            "What is planned or approved changes when it is saved, not by typing: leave `autosave` "
            "out, or keep unfinished changes as your working copy."
        )
        raise Conflict(words, code="not_a_draft")


def _require_same_profile(before: Post, body: take.PostEdit) -> None:
    """Raises InvalidDraft where an answer would go out from somebody who was not asked."""
    if before.reply_to and body.account_ids not in (None, before.account_ids):
        words = "An answer goes out from the account that was written to; leave this as it is."
        raise InvalidDraft([Problem("account_ids", "fixed_by_reply", words)])


def _edited(
    api: Api, call: Call, record: PostRecord, body: take.PostEdit, restoring: Version | None
) -> tuple[Post, Review]:
    """The post with what was given in place of what it had, judged; without its approval if
    anything changed that would be sent.
    """
    before, library = record.post, Library(api, call)
    live = anything_live(record)
    if live and body.describe_anew:
        words = "What is live keeps the descriptions with which its files went out."
        raise InvalidDraft([Problem("describe_anew", "cannot_edit_live", words)])
    library.keep(media_of(before.content), describe=not live, anew=body.describe_anew)
    after = _with_given(api, call, before, body, library)
    if restoring is not None:
        after = saying_again(after, restoring)
    review = review_of(api, after, known_accounts(api, call), voice_of(api, call))
    review = letting(call, replace(review, library_problems=library.problems), body.allow)
    written = after.content, after.account_ids, after.campaign
    if written != (before.content, before.account_ids, before.campaign) and may_link_anew(record):
        timezone = api.store.workspace(call.workspace_id).timezone
        review = linked(call, review, after, timezone=timezone)
        after = replace(after, content=review.content)
    after = with_allowances(after, review)
    same = approval_hash(after) == approval_hash(before)
    if same:
        return after, review
    gated = after.requires_approval or call.needs_approval(after.account_ids)
    return replace(after, approval=None, requires_approval=gated), review


def _with_given(api: Api, call: Call, before: Post, body: take.PostEdit, library: Library) -> Post:
    given = body.model_fields_set
    return replace(
        before,
        content=edited_content(before.content, body, library),
        account_ids=before.account_ids if body.account_ids is None else body.account_ids,
        tags=before.tags if body.tags is None else tuple(dict.fromkeys(body.tags)),
        campaign=body.campaign if "campaign" in given else before.campaign,
        requires_approval=_gated(api, call, before, asked=body.requires_approval),
        missed_window=body.missed_window if "missed_window" in given else before.missed_window,
        updated_at=call.now,
    )


def edited_content(content: Content, body: take.PostContent, library: Library) -> Content:
    changes: dict[str, object] = {}
    if body.text is not None:
        changes["text"] = body.text
    if body.media_ids is not None:
        changes["media"] = library.freeze(body.media_ids, "media_ids")
    if body.parts is not None:
        changes["parts"] = contents.parts(library, body.parts, "parts")
    if body.variants is not None:
        changes["variants"] = contents.variants(library, body.variants)
    if body.options is not None:
        changes["options"] = contents.options(body.options)
    if body.first_comment is not None:
        changes["first_comment"] = body.first_comment
    if "card" in body.model_fields_set:
        changes["card"] = contents.card(library, body.card, "card")
    return replace(content, **changes)  # type: ignore[arg-type]  # each is of its field's type


def _gated(api: Api, call: Call, before: Post, *, asked: bool | None) -> bool:
    """Nobody edits the approval away that the workspace asks for, or that they need themselves."""
    if asked is None or asked:
        return before.requires_approval if asked is None else True
    if call.needs_approval(before.account_ids):
        return before.requires_approval
    return api.store.workspace(call.workspace_id).requires_approval


def _moves(
    api: Api, call: Call, record: PostRecord, after: Post, known: Mapping[str, Account]
) -> list[Move]:
    """What waits is planned again, what was dropped is removed, what was added is planned."""
    fitting = fitting_for(api, after, known)
    act = doing(api, call)
    keep = frozenset(after.account_ids)
    moves = edit_moves(record.deliveries, keep=keep, fitting=fitting, doing=act)
    if after.plan is None or after.cancelled_at is not None:
        return moves
    has = {d.account_id for d in record.deliveries}
    added = [known[account_id] for account_id in after.account_ids if account_id not in has]
    if added and after.plan.at < call.now:
        words = "Its time has come already; write a new post for the accounts you add."
        raise Blocked("already_due", words, record.deliveries)
    return moves + [(None, d) for d in first_deliveries(api, call, after, added)]


def _live_edits(
    api: Api,
    call: Call,
    record: PostRecord,
    after: Post,
    body: take.PostEdit,
    known: Mapping[str, Account],
) -> list[Job]:
    """A job for each live delivery whose content changed. Raises Blocked where that cannot be."""
    live = [
        d
        for d in live_ones(record.deliveries)
        if d.account_id in known
        and draft_for(after.content, known[d.account_id])
        != draft_for(record.post.content, known[d.account_id])
    ]
    if not live:
        return []
    if not body.update_live:
        words = 'It is live already; ask for that to be changed too with "update_live": true.'
        raise Blocked("already_live", words, live)
    if after.requires_approval:
        words = "A post that needs approval cannot be changed once it is live."
        raise Blocked("needs_approval", words, live)
    stuck = [d for d in live if not _can_edit(api, d, record.post, after, known[d.account_id])]
    if stuck:
        words = "Its network cannot change this in a live post: only words, in as many parts."
        raise Blocked("cannot_edit_live", words, stuck)
    return [new_job(api, call, JobKind.EDIT, d.account_id, delivery=d) for d in live]


def _can_edit(api: Api, delivery: Delivery, before: Post, after: Post, account: Account) -> bool:
    """Files, visibility and the number of parts stay as they went out, and so does that it has a
    card of its own: what its page says would have to be fetched again.
    """
    old, new = draft_for(before.content, account), draft_for(after.content, account)
    return (
        Verb.EDIT in api.platforms.capabilities(delivery.platform).verbs
        and not any(is_by_hand(remote) for remote in delivery.live)
        and [part.media for part in old.parts] == [part.media for part in new.parts]
        and _keeps_card(old.parts[0].card, new.parts[0].card)
        and old.options.visibility == new.options.visibility
    )


def _keeps_card(old: LinkCard | None, new: LinkCard | None) -> bool:
    """One may be added, but for its picture."""
    if new is None:
        return old is None
    return new.media is None or new.media == (old and old.media)
