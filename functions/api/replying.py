"""Answering what came in: a post of its own, sent as every post is, and what that makes of the
item.
"""

from dataclasses import replace

from functions.api import content as contents
from functions.api import writing
from functions.api.acting import audit_entry, enqueue
from functions.api.changing import repeating
from functions.api.content import Library, Review
from functions.api.planning import all_findings, checked, outlook, to_prepare
from functions.api.routing import Call
from functions.api.schemas import answers as out
from functions.api.schemas import requests as take
from functions.api.schemas.inbox import ReplyCreate
from functions.api.using import mark_used
from functions.api.voicing import UNSAVED, voice_of
from shared.core.engagement import InboxItem, ItemState, Reply
from shared.core.errors import Conflict, InvalidDraft, NotFound, Problem, Unsupported
from shared.core.models import Content, Delivery, Media, Options, Post, ReplyTo
from shared.core.platform import Capabilities
from shared.core.posts import is_approved
from shared.core.schedule import planned_now
from shared.core.services import Api
from shared.core.validation import holding_notices
from shared.core.workspaces import Account, AccountState, Workspace


def reply(
    api: Api, call: Call, item_id: str, body: ReplyCreate
) -> tuple[Post, Delivery, list[out.Finding]]:
    """Store an answer with the item's new state, then tell the queue. Raises InvalidDraft,
    Unsupported or Conflict.
    """
    workspace, installation = api.store.workspace(call.workspace_id), api.store.installation()
    library = Library(api, call)
    media = library.freeze(body.media_ids, "media_ids")
    post_id = writing.post_id(api, call)

    def once() -> tuple[Post, Delivery, list[out.Finding]]:
        item, account, review = _reviewed(api, call, item_id, body, library, media)
        review.require_finished()
        post = _new_post(call, post_id, item, review.content, workspace, closes=body.close)
        (delivery,) = writing.first_deliveries(api, call, post, [account])
        delivery = replace(delivery, answers=item.id)
        approved = is_approved(post)
        held = holding_notices(installation, workspace, [account], approved=approved, at=call.now)
        entry = audit_entry(api, call, "post.created", post_id=post.id, item_id=item.id)
        after = _with_reply(item, post, delivery, waits=bool(held))
        mark_used(api, call, post.content)
        api.store.create_reply(post, [delivery], entry, before=item, after=after)
        ahead = to_prepare([delivery])
        expected = outlook(call, workspace, review, post, prepared=ahead, installation=installation)
        return post, delivery, all_findings(expected, review.notices)

    made = repeating(once)
    enqueue(api, [made[1]])
    return made


def check(api: Api, call: Call, item_id: str, body: ReplyCreate) -> out.Checked:
    """What `reply` would say of it. Raises InvalidDraft, Unsupported or Conflict where no words
    could mend it.
    """
    workspace = api.store.workspace(call.workspace_id)
    library = Library(api, call)
    media = library.freeze(body.media_ids, "media_ids")
    item, _, review = _reviewed(api, call, item_id, body, library, media)
    post = _new_post(call, UNSAVED, item, review.content, workspace, closes=body.close)
    ahead = [call.now] if review.needs_prepare else []
    expected = outlook(call, workspace, review, post, prepared=ahead)
    return checked(review, notices=expected)


def _reviewed(
    api: Api,
    call: Call,
    item_id: str,
    body: ReplyCreate,
    library: Library,
    media: tuple[Media, ...],
) -> tuple[InboxItem, Account, Review]:
    """The answer as its network judges it, with the item as it is now."""
    item = api.store.inbox_item(call.workspace_id, item_id)
    account = api.store.account(call.workspace_id, item.account_id)
    require_reachable(item, account)
    facts = _able(api, account)
    content = Content(body.text, media, options=_options(body.options, item, facts))
    known = {account.id: account}
    target = item.seen.target
    voice = voice_of(api, call)
    review = Review(api, content, (account.id,), known, library.problems, target, voice)
    return item, account, review


def require_reachable(item: InboxItem, account: Account) -> None:
    """Raises Conflict for what nobody can act upon any more."""
    if item.seen.ours:
        words = "The account itself wrote this; answer or like what others wrote."
        raise Conflict(words, code="own_message")
    if item.deleted_at is not None:
        words = "Its author deleted it from the network, so it can be neither answered nor liked."
        raise Conflict(words, code="item_deleted")
    if account.state is AccountState.DISCONNECTED:
        words = f"{account.handle} is disconnected; reconnect it first."
        raise Conflict(words, code="account_disconnected")


def _able(api: Api, account: Account) -> Capabilities:
    facts = api.platforms.capabilities(account.platform)
    if not facts.replies:
        words = f"{facts.title} cannot be answered from here; answer on the network itself."
        raise Unsupported(words, code="cannot_reply")
    return facts


def _options(given: take.OptionsInput | None, item: InboxItem, facts: Capabilities) -> Options:
    """As asked for; visibility and warning as what it answers where nothing is said of them."""
    wanted = contents.options(given or take.OptionsInput())
    said = given.model_fields_set if given else frozenset[str]()
    if "visibility" not in said:
        if item.seen.visibility not in facts.visibilities:
            words = f"This was shown as {item.seen.visibility!r}; say how your answer is shown."
            raise InvalidDraft([Problem("options.visibility", "choose_visibility", words)])
        wanted = replace(wanted, visibility=item.seen.visibility)
    if "content_warning" not in said and facts.content_warning:
        wanted = replace(wanted, content_warning=item.seen.content_warning)
    return wanted


def _new_post(
    call: Call,
    post_id: str,
    item: InboxItem,
    content: Content,
    workspace: Workspace,
    *,
    closes: bool,
) -> Post:
    return Post(
        id=post_id,
        workspace_id=call.workspace_id,
        content=content,
        account_ids=(item.account_id,),
        created_at=call.now,
        created_by=call.by,
        updated_at=call.now,
        plan=planned_now(call.now).plan,
        requires_approval=workspace.requires_approval or call.needs_approval([item.account_id]),
        reply_to=ReplyTo(item.id, item.conversation_id, item.seen.target, closes),
    )


def _with_reply(item: InboxItem, post: Post, delivery: Delivery, *, waits: bool) -> InboxItem:
    """The item as it is once somebody answered it. One whose answer waits for a switch or for
    approval stays open; the publisher marks it as answered when the answer is live.
    """
    given = replace(item, reply=Reply(post.id, delivery.id, post.created_at, post.created_by))
    if waits:
        return replace(given, state=ItemState.OPEN, answered_at=None)
    closes = post.reply_to is not None and post.reply_to.closes
    if closes:
        state = ItemState.CLOSED
    else:
        state = ItemState.OPEN if item.state is ItemState.NEW else item.state
    return replace(given, state=state, answered_at=post.created_at)


def open_again(api: Api, post: Post) -> None:
    """The answer was stopped or removed: what it answers is open again, unless it has been answered
    anew since.
    """
    _after_reply(api, post, state=ItemState.OPEN, answered_at=None)


def confirmed(api: Api, call: Call, post: Post) -> None:
    """A person says that the answer is live."""
    if post.reply_to is None:
        return
    changes: dict[str, object] = {"answered_at": call.now}
    if post.reply_to.closes:
        changes["state"] = ItemState.CLOSED
    _after_reply(api, post, **changes)


def _after_reply(api: Api, post: Post, **changes: object) -> None:
    answered = post.reply_to
    if answered is None:
        return

    def once() -> None:
        try:
            item = api.store.inbox_item(post.workspace_id, answered.item_id)
        except NotFound:
            return
        if item.reply is not None and item.reply.post_id == post.id:
            api.store.save_item(item, replace(item, **changes))  # type: ignore[arg-type]  # fields of the item, by the two callers above

    repeating(once)
