"""A brand's rules where posts are written: what applies to one, and what its links carry."""

from dataclasses import replace

from functions.api import keeping
from functions.api.content import Review
from functions.api.routing import Call
from shared.core.campaigns import Campaign, called
from shared.core.content import approval_hash
from shared.core.links import LinkRules, frozen, named
from shared.core.models import Post
from shared.core.ports import PostRecord
from shared.core.schedule import local_day, zone
from shared.core.services import Api
from shared.core.voice import Voice

UNSAVED = "pst_" + "0" * 26
"""Stands for the id of a post that has none yet: as long as real ones, so that counts are right."""


def voice_of(api: Api, call: Call) -> Voice:
    """As it was written last, else without a rule."""
    return keeping.only(api, Voice(call.workspace_id))


def linked(call: Call, review: Review, post: Post, *, timezone: str) -> Review:
    """The same with the post's links as they go out, by the rules as they are now."""
    rules = review.voice.links if review.voice else LinkRules()
    if not rules.parameters or not rules.domains:
        return replace(review, content=replace(review.content, links=None))
    values = {
        "post": post.id,
        "campaign": _campaign(review.api, call, post) if rules.uses("campaign") else "",
        "date": local_day(post.plan.at, zone(timezone)).isoformat() if post.plan else "",
    }
    links = frozen(rules, review.content, values=values, accounts=review.accounts)
    return replace(review, content=replace(review.content, links=links))


def _campaign(api: Api, call: Call, post: Post) -> str:
    """The name, as it stands in an address, of the campaign that the post names, by id or in words
    of its own.
    """
    if post.campaign is None:
        return ""
    found = called(api.store.all_kept(Campaign, call.workspace_id), post.campaign)
    return named(post.campaign if found is None else found.name)


def may_link_anew(record: PostRecord) -> bool:
    """While nothing of it is live, links follow the rules of now; those of answers never do."""
    return record.post.reply_to is None and not anything_live(record)


def anything_live(record: PostRecord) -> bool:
    return any(delivery.live for delivery in record.deliveries)


def has_approval(post: Post) -> bool:
    """Somebody approved exactly this, whether it was needed or not."""
    return post.approval is not None and post.approval.content_hash == approval_hash(post)
