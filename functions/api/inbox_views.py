"""From items and answers as they are stored to what the API shows of them."""

from collections.abc import Mapping, Sequence

from functions.api import views
from functions.api.content import known_accounts
from functions.api.routing import Call
from functions.api.schemas import inbox as out
from functions.api.schemas.answers import PostSummary
from shared.core.engagement import InboxItem, ItemKind
from shared.core.errors import NotFound
from shared.core.models import Delivery, DeliveryRef, Millis, Post
from shared.core.platform import Verb
from shared.core.ports import CalendarEntry
from shared.core.schedule import rfc3339
from shared.core.services import Api
from shared.core.values import dataclass
from shared.core.workspaces import Account, AccountState
from shared.store.views import delivery_summary, post_summary

MOST = 500
"""Messages of a conversation in one answer: Lambda answers 6 MB at most."""


def items(api: Api, call: Call, found: Sequence[InboxItem]) -> list[out.InboxItem]:
    """With how far the latest answer to each got."""
    known = known_accounts(api, call)
    refs = [ref for item in found if (ref := _latest(item)) is not None]
    deliveries = api.store.deliveries(refs) if refs else {}
    return [_item(api, item, known.get(item.account_id), deliveries) for item in found]


def item(api: Api, call: Call, found: InboxItem) -> out.InboxItem:
    (shown,) = items(api, call, [found])
    return shown


def _latest(item: InboxItem) -> DeliveryRef | None:
    if item.reply is None:
        return None
    return DeliveryRef(item.workspace_id, item.reply.post_id, item.reply.delivery_id)


def _item(
    api: Api,
    found: InboxItem,
    account: Account | None,
    deliveries: Mapping[DeliveryRef, Delivery],
) -> out.InboxItem:
    seen = found.seen
    return out.InboxItem(
        id=found.id,
        account_id=found.account_id,
        platform=found.platform,
        kind=seen.kind,
        state=found.state,
        ours=seen.ours,
        author=out.Author(
            handle=seen.author.handle,
            name=seen.author.name,
            url=views.web_address(seen.author.url),
            avatar=views.web_address(seen.author.avatar),
        ),
        text=seen.text,
        content_warning=seen.content_warning,
        visibility=seen.visibility,
        media=views.seen_media(seen.media),
        url=views.web_address(seen.url),
        created_at=rfc3339(seen.created_at),
        received_at=rfc3339(found.received_at),
        edited_at=views.time(seen.edited_at),
        deleted_at=views.time(found.deleted_at),
        post_id=found.post_id,
        liked=found.liked,
        hidden=found.hidden,
        can=_can(api, found, account),
        reply=_latest_reply(found, deliveries),
        answered_at=views.time(found.answered_at),
        version=found.version,
    )


def _can(api: Api, found: InboxItem, account: Account | None) -> out.Can:
    """Nothing can be done with what is gone, is ours, or came to an account that is gone."""
    facts = api.platforms.capabilities(found.platform)
    there = not found.seen.ours and found.deleted_at is None and account is not None
    state = account.state if account else AccountState.DISCONNECTED
    connected = there and state is AccountState.CONNECTED
    return out.Can(
        reply=there and state is not AccountState.DISCONNECTED and facts.replies,
        like=connected and Verb.LIKE in facts.verbs,
        hide=connected and Verb.HIDE in facts.verbs and can_be_hidden(found),
    )


def can_be_hidden(found: InboxItem) -> bool:
    """Only replies to posts of ours have readers that are ours to keep them from."""
    return found.seen.kind is ItemKind.REPLY and found.post_id is not None


def _latest_reply(
    found: InboxItem, deliveries: Mapping[DeliveryRef, Delivery]
) -> out.LatestReply | None:
    ref = _latest(found)
    if ref is None or found.reply is None:
        return None
    delivery = deliveries.get(ref)
    return out.LatestReply(
        post_id=ref.post_id,
        delivery_id=ref.id,
        at=rfc3339(found.reply.at),
        by=found.reply.by,
        state=delivery.state if delivery else None,
        held_reason=delivery.held_reason if delivery else None,
        error=views.error(delivery.error) if delivery else None,
    )


def reply(post: Post, delivery: Delivery) -> out.Reply:
    content = post.content
    return out.Reply(
        post_id=post.id,
        delivery_id=delivery.id,
        item_id=post.reply_to.item_id if post.reply_to else "",
        state=delivery.state,
        held_reason=delivery.held_reason,
        error=views.error(delivery.error),
        text=content.text,
        content_warning=content.options.content_warning,
        visibility=content.options.visibility,
        media=views.media_refs(content.media),
        url=delivery.live[0].url if delivery.live else None,
        created_at=rfc3339(post.created_at),
        created_by=post.created_by,
        sent_at=views.time(delivery.sent_at),
    )


def conversation(api: Api, call: Call, found: InboxItem) -> out.Conversation:
    """Everything around one item, as the people who answer need to see it."""
    stored = api.store.conversation(call.workspace_id, found.conversation_id)
    replies = _replies(api, call, stored.reply_post_ids)
    # What was sent from here may have been seen on the network before it was known as ours.
    sent = {remote.id for _, delivery in replies for remote in delivery.live}
    written = [i for i in stored.items if i.id != found.id and i.seen.remote_id not in sent]
    lines = sorted(
        [*(_Line(i.seen.created_at, i.id, item=i) for i in (*written, found)),
         *(_Line(d.sent_at or p.created_at, p.id, reply=(p, d)) for p, d in replies)],
        key=lambda line: (line.at, line.id),
    )  # fmt: skip
    shown = _around(found.id, lines)
    whole = items(api, call, [line.item for line in shown if line.item is not None])
    by_id = {each.id: each for each in whole}
    return out.Conversation(
        item=by_id[found.id],
        post=_about(api, call, found.post_id),
        entries=[
            out.Entry(
                at=rfc3339(line.at),
                item=by_id.get(line.id),
                reply=reply(*line.reply) if line.reply else None,
            )
            for line in shown
        ],
        complete=len(shown) == len(lines),
    )


@dataclass(frozen=True, slots=True)
class _Line:
    at: Millis
    id: str
    item: InboxItem | None = None
    reply: tuple[Post, Delivery] | None = None


def _around(item_id: str, lines: Sequence[_Line]) -> Sequence[_Line]:
    """At most `MOST` lines, with the item as near to the middle as they allow."""
    place = next(n for n, line in enumerate(lines) if line.id == item_id)
    start = max(0, min(place - MOST // 2, len(lines) - MOST))
    return lines[start : start + MOST]


def _replies(api: Api, call: Call, post_ids: Sequence[str]) -> list[tuple[Post, Delivery]]:
    """The answers that were given here; one that was deleted is not there any more."""
    found = []
    for post_id in post_ids:
        try:
            record = api.store.post(call.workspace_id, post_id)
        except NotFound:
            continue
        found += [(record.post, delivery) for delivery in record.deliveries]
    return found


def _about(api: Api, call: Call, post_id: str | None) -> PostSummary | None:
    if post_id is None:
        return None
    try:
        record = api.store.post(call.workspace_id, post_id)
    except NotFound:
        return None
    deliveries = tuple(delivery_summary(d) for d in record.deliveries)
    return views.post_summary(CalendarEntry(post_summary(record.post), deliveries))
