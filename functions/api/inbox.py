"""The inbox: what came back, its conversations, and what people do with it."""

from dataclasses import replace

from functions.api import inbox_views, replying, views, writing
from functions.api.acting import enqueue_jobs, new_job
from functions.api.changing import repeating
from functions.api.routing import Answer, Call, Routes
from functions.api.schemas.answers import Checked, Job, Page
from functions.api.schemas.inbox import (
    Conversation,
    InboxItem,
    InboxQuery,
    ItemEdit,
    Replied,
    ReplyCreate,
)
from shared.core import engagement
from shared.core.errors import Conflict, Unsupported
from shared.core.platform import Verb
from shared.core.searching import holds
from shared.core.services import Api
from shared.core.workspaces import Account, AccountState, JobKind

routes = Routes("Inbox", "What others wrote: replies, mentions and quotes, and answering them.")
PAGES = 10
"""How many of the store's pages one request reads at most while its filter lets nothing through."""


@routes.add("GET", "/v1/inbox", "List the inbox", query=InboxQuery, answer=Page[InboxItem])
def list_inbox(api: Api, call: Call, *, query: InboxQuery) -> Answer:
    """Replies, mentions and quotes of every account, newest first.

    `q` looks at what was written and by whom. What was deleted on its network stays, marked with
    `deleted_at`. A page may be short, even empty, and still have a `next`: ask again with it as
    `cursor` and the same filters.
    """
    found: list[engagement.InboxItem] = []
    after = query.cursor
    for _ in range(PAGES):
        page = api.store.inbox(
            call.workspace_id,
            account_id=query.account_id,
            kind=query.kind,
            state=query.state,
            answered=query.answered,
            limit=query.limit - len(found),
            after=after,
        )
        found += [item for item in page.items if _says(item, query.q)]
        after = page.next
        if after is None or len(found) >= query.limit:
            break
    return Answer(Page[InboxItem](items=inbox_views.items(api, call, found), next=after))


def _says(item: engagement.InboxItem, words: str | None) -> bool:
    seen = item.seen
    author = (seen.author.name, seen.author.handle)
    return words is None or holds(words, seen.text, seen.content_warning, *author)


@routes.add("GET", "/v1/inbox/{item_id}", "Get an item with its conversation", answer=Conversation)
def get_item(api: Api, call: Call, *, item_id: str) -> Answer:
    """The item, the post that it is about if that is one of yours, and the whole conversation:
    what others wrote, what the account wrote on the network itself, and what was answered here with
    how far each answer got.
    """
    found = api.store.inbox_item(call.workspace_id, item_id)
    return Answer(inbox_views.conversation(api, call, found), version=found.version)


@routes.add(
    "PATCH",
    "/v1/inbox/{item_id}",
    "Change an item's state",
    body=ItemEdit,
    answer=InboxItem,
    if_match=True,
)
def edit_item(api: Api, call: Call, *, item_id: str, body: ItemEdit) -> Answer:
    """`new`, `open` (somebody is at it) or `closed`, as your team uses them. Answering closes an
    item by itself, and one whose answer does not go out is opened again. Nothing changes on the
    network.
    """

    def once() -> engagement.InboxItem:
        found = api.store.inbox_item(call.workspace_id, item_id)
        call.check_match(found.version)
        if found.seen.ours:
            words = "The account itself wrote this; only what others wrote has a state."
            raise Conflict(words, code="own_message")
        if found.state is body.state:
            return found
        return api.store.save_item(found, replace(found, state=body.state))

    saved = repeating(once)
    return Answer(inbox_views.item(api, call, saved), version=saved.version)


@routes.add(
    "POST",
    "/v1/inbox/{item_id}/replies",
    "Answer an item",
    body=ReplyCreate,
    answer=Replied,
    status=201,
)
def create_reply(api: Api, call: Call, *, item_id: str, body: ReplyCreate) -> Answer:
    """Sent at once, from the account that was written to, by the same protocol as posts: never
    twice. What the network would refuse is refused here (422), as with posts.

    The answer is a post of its own, without a place on the calendar: look at it, retry, approve,
    cancel or delete it under `/v1/posts/{post_id}`. While publishing is paused, the connection is
    lost or approval is missing it is held, a notice says so, and the item stays open. The item
    counts as answered from now on; if the answer fails, it is opened again.
    """
    try:
        post, delivery, notices = replying.reply(api, call, item_id, body)
    except Conflict as error:
        if error.code != "exists" or call.request_hash is None:
            raise
        # An earlier request with this Idempotency-Key got this far, then its answer was lost.
        record = api.store.post(call.workspace_id, writing.post_id(api, call))
        post, (delivery,), notices = record.post, record.deliveries, []
    found = api.store.inbox_item(call.workspace_id, item_id)
    body_out = Replied(
        reply=inbox_views.reply(post, delivery),
        item=inbox_views.item(api, call, found),
        notices=notices,
    )
    return Answer(body_out, status=201)


@routes.add(
    "POST",
    "/v1/inbox/{item_id}/replies/check",
    "Check an answer without sending it",
    body=ReplyCreate,
    answer=Checked,
    repeatable=False,
)
def check_reply(api: Api, call: Call, *, item_id: str, body: ReplyCreate) -> Answer:
    """A dry run: counts, limits and problems as the network sees the answer, the author's name
    included where the network needs it written out. It calls no network and saves nothing.
    """
    return Answer(replying.check(api, call, item_id, body))


@routes.add("POST", "/v1/inbox/{item_id}/like", "Like an item", answer=Job, status=202)
def like_item(api: Api, call: Call, *, item_id: str) -> Answer:
    """In the name of the account that it came to. Watch the job; afterwards `liked` is true."""
    return _asked(api, call, item_id, JobKind.LIKE)


@routes.add("POST", "/v1/inbox/{item_id}/unlike", "Take a like back", answer=Job, status=202)
def unlike_item(api: Api, call: Call, *, item_id: str) -> Answer:
    """Watch the job; afterwards `liked` is false."""
    return _asked(api, call, item_id, JobKind.UNLIKE)


@routes.add("POST", "/v1/inbox/{item_id}/hide", "Hide a reply", answer=Job, status=202)
def hide_item(api: Api, call: Call, *, item_id: str) -> Answer:
    """Keeps a reply to one of your posts from its readers, on the networks that can. Watch the job;
    afterwards `hidden` is true.
    """
    return _asked(api, call, item_id, JobKind.HIDE)


@routes.add("POST", "/v1/inbox/{item_id}/unhide", "Show a hidden reply", answer=Job, status=202)
def unhide_item(api: Api, call: Call, *, item_id: str) -> Answer:
    """Watch the job; afterwards `hidden` is false."""
    return _asked(api, call, item_id, JobKind.UNHIDE)


_VERBS = {
    JobKind.LIKE: Verb.LIKE,
    JobKind.UNLIKE: Verb.LIKE,
    JobKind.HIDE: Verb.HIDE,
    JobKind.UNHIDE: Verb.HIDE,
}


def _asked(api: Api, call: Call, item_id: str, kind: JobKind) -> Answer:
    """A job for the publisher. Raises Conflict or Unsupported where it could only fail."""
    found = api.store.inbox_item(call.workspace_id, item_id)
    account = api.store.account(call.workspace_id, found.account_id)
    call.require_publishing([account.id])
    replying.require_reachable(found, account)
    _require_able(api, found, account, kind)
    job = replace(new_job(api, call, kind, account.id), item_id=found.id)
    api.store.create_job(job)
    enqueue_jobs(api, [job])
    return Answer(views.job(job), status=202)


def _require_able(api: Api, found: engagement.InboxItem, account: Account, kind: JobKind) -> None:
    facts = api.platforms.capabilities(account.platform)
    verb = _VERBS[kind]
    if verb not in facts.verbs:
        words = f"{facts.title} has no way to {kind} what others wrote."
        raise Unsupported(words, code=f"cannot_{verb}")
    if verb is Verb.HIDE and not inbox_views.can_be_hidden(found):
        words = "Only replies to your own posts can be hidden."
        raise Unsupported(words, code="cannot_hide")
    if account.state is not AccountState.CONNECTED:
        words = f"{account.handle} has lost its connection; reconnect it first."
        raise Conflict(words, code="needs_reconnect")
