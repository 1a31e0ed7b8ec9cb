"""Posts on the account's profile that were not sent from here become posts too, marked as such."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from functions.poll_engagement.following import found_live
from functions.poll_engagement.ownership import Ownership, Whose, ownership
from functions.poll_engagement.reading import DEEP, HISTORY, OVERLAP, pages
from functions.poll_engagement.visit import Visit
from shared.core.engagement import (
    Known,
    Reading,
    SeenPost,
    elsewhere_delivery_id,
    elsewhere_post_id,
)
from shared.core.errors import Conflict, NotFound
from shared.core.lifecycle import S
from shared.core.models import (
    Content,
    Delivery,
    Elsewhere,
    Millis,
    Plan,
    Post,
    Transition,
    WakeKind,
)
from shared.core.platform import Verb


def look(visit: Visit) -> None:
    """Take in what appeared on the profile since the last look; the first goes back `HISTORY`."""
    if Verb.OWN_POSTS not in visit.facts.verbs:
        return
    reading = visit.feed.own_posts
    since = reading.since - OVERLAP if reading.since else visit.feed.created_at - HISTORY
    left_from: Millis | None = None
    for page, after in pages(visit, reading, lambda p, at: p.own_posts(since=since, page=at)):
        for left in _take_in(visit, page.posts, since):
            left_from = left if left_from is None else min(left_from, left)
        visit.feed = replace(visit.feed, own_posts=_not_past(after, left_from))


def look_deep_next(visit: Visit) -> None:
    """Let the next look go back `DEEP`: lists lose posts, and words change."""
    reading = visit.feed.own_posts
    if reading.since and reading.page is None:
        since = min(reading.since, visit.now - DEEP)
        visit.feed = replace(visit.feed, own_posts=Reading(since=since))


def _not_past(after: Reading, left_from: Millis | None) -> Reading:
    """The next look begins before what this one left for it."""
    if left_from is None:
        return after
    if after.started_at is None:
        return replace(after, since=min(after.since, left_from))
    return replace(after, started_at=min(after.started_at, left_from))


def _take_in(visit: Visit, posts: Sequence[SeenPost], since: Millis) -> Sequence[Millis]:
    """Answers when those were made that cannot be told from our own yet."""
    recent = [post for post in posts if max(post.created_at, post.edited_at or 0) >= since]
    known = _known(visit, {post.remote.id for post in recent})
    others = {post.remote.url for post in recent if post.remote.id not in known}
    known |= _known(visit, {url for url in others if url})
    strangers = [post for post in recent if not _is_known(visit, post, known)]
    if not strangers:
        return []
    owned = ownership(visit.store, visit.account)
    return [post.created_at for post in strangers if not _settled(visit, post, owned)]


def _known(visit: Visit, names: set[str]) -> dict[str, Known]:
    return dict(visit.store.known(visit.account, sorted(names))) if names else {}


def _is_known(visit: Visit, post: SeenPost, known: Mapping[str, Known]) -> bool:
    if post.remote.id in known:
        if known[post.remote.id].ref.post_id == elsewhere_post_id(visit.account.id, post.remote.id):
            _follow_words(visit, post)
        return True
    if post.remote.url is None or post.remote.url not in known:
        return False
    found_live(visit, known[post.remote.url].ref, post.remote)
    return True


def _settled(visit: Visit, post: SeenPost, owned: Ownership) -> bool:
    """False when it must be looked at again."""
    whose = owned.of(post.remote.id, post.created_at)
    if whose is Whose.PERHAPS_OURS:
        return False
    if whose is Whose.OURS:
        if part := owned.live.get(post.remote.id):
            visit.store.remember([part], workspace_id=visit.account.workspace_id)
        return True
    if said := owned.said_to_be(post.text, post.created_at):
        found_live(visit, said.ref, post.remote)
        return True
    if not _unheard(visit, post):
        _create(visit, post)
    return True


def _unheard(visit: Visit, post: SeenPost) -> bool:
    """Made while the account was connected and nobody listened yet: perhaps from here."""
    return visit.account.created_at - OVERLAP < post.created_at < visit.feed.created_at - OVERLAP


def _create(visit: Visit, post: SeenPost) -> None:
    account, now = visit.account, visit.now
    at = min(post.created_at, now)
    made = Post(
        id=elsewhere_post_id(account.id, post.remote.id),
        workspace_id=account.workspace_id,
        content=Content(post.text),
        account_ids=(account.id,),
        created_at=now,
        created_by=account.handle,
        updated_at=now,
        plan=Plan(at),
        elsewhere=Elsewhere(now, post.media, post.edited_at),
    )
    delivery = Delivery(
        id=elsewhere_delivery_id(account.id, post.remote.id),
        workspace_id=account.workspace_id,
        post_id=made.id,
        account_id=account.id,
        platform=account.platform,
        state=S.PUBLISHED,
        due_at=at,
        created_at=now,
        wake_kind=WakeKind.POLL,
        wake_at=now,
        live=(post.remote,),
        transitions=(Transition(now, S.PUBLISHED, "made elsewhere"),),
    )
    if visit.store.create_elsewhere(made, delivery):
        visit.listener.telemetry.count("ElsewherePostsAdded")
    part = Known(account.id, post.remote.id, delivery.ref, post.remote.id)
    visit.store.remember([part], workspace_id=account.workspace_id)


def _follow_words(visit: Visit, post: SeenPost) -> None:
    """What was changed on the network is changed here."""
    workspace_id = visit.account.workspace_id
    try:
        before = visit.store.post(workspace_id, elsewhere_post_id(visit.account.id, post.remote.id))
        if before.elsewhere is None:
            return
        seen = replace(before.elsewhere, media=post.media, edited_at=post.edited_at)
        if (before.content.text, before.elsewhere) == (post.text, seen):
            return
        content = replace(before.content, text=post.text)
        after = replace(before, content=content, elsewhere=seen, updated_at=visit.now)
        visit.store.save_elsewhere(before, after)
    except (Conflict, NotFound):
        return  # somebody was quicker, or it was deleted here; the deep look comes again
