"""What one account would send, and the hashes that bind approvals, intents and locks to it."""

import hashlib
import json
import unicodedata
from collections.abc import Iterable
from dataclasses import asdict, replace
from typing import Any

from shared.core.models import Content, Draft, Part, Post, Target, Variant
from shared.core.workspaces import Account


def draft_for(content: Content, account: Account) -> Draft:
    """The base with this account's variant over it, links as they go out; a variant for the account
    beats one for its platform.

    The first comment is the last part: on networks without comments of their own it is a reply of
    ours below the post, sent, counted and looked for as the parts of a thread are. One that has
    comments will make it such. The card hangs below the first part.
    """
    variant = variant_for(content, account)
    text, media, parts, options = content.text, content.media, content.parts, content.options
    comment, card = first_comment_for(content, account), content.card
    if variant is not None:
        text = text if variant.text is None else variant.text
        media = media if variant.media is None else variant.media
        parts = parts if variant.parts is None else variant.parts
        options = options if variant.options is None else variant.options
        card = card if variant.card is None else variant.card
    written = (Part(text, media, card if card and card.url else None), *parts)
    if comment.strip():
        written = (*written, Part(comment))
    if content.links is not None:
        from shared.core.links import sent_by  # most posts need none of it

        written = sent_by(written, content.links, account)
    return Draft(written, options)


def variant_for(content: Content, account: Account) -> Variant | None:
    return content.variants.get(account.id) or content.variants.get(account.platform)


def first_comment_for(content: Content, account: Account) -> str:
    """Blank: none."""
    variant = variant_for(content, account)
    own = None if variant is None else variant.first_comment
    return content.first_comment if own is None else own


def part_count(content: Content) -> int:
    """How many messages the base is, whatever the variants say."""
    return 1 + len(content.parts) + bool(content.first_comment.strip())


def target_of(post: Post) -> Target | None:
    """What this post answers, if anything."""
    return post.reply_to.target if post.reply_to else None


def draft_of(post: Post, account: Account) -> Draft:
    """What this post sends from one account, and what it answers."""
    return replace(draft_for(post.content, account), reply_to=target_of(post))


def approval_hash(post: Post) -> str:
    """Changes when anything that could be sent, or where to, changes. An approval is bound to
    it.
    """
    frozen = asdict(post.content)
    if post.content.links is None:  # what was approved before there were any stays approved
        del frozen["links"]
    variants = frozen["variants"].values()
    _without([frozen], first_comment="", card=None)
    _without(variants, first_comment=None, card=None)
    for written in (frozen, *variants):
        _without(written["parts"] or (), card=None)
    return _digest([frozen, sorted(post.account_ids)])


def written_hash(post: Post) -> str:
    """The same of what people wrote, whatever is added to its links as it is planned. What a rule
    was allowed to pass with is bound to it.
    """
    return approval_hash(replace(post, content=replace(post.content, links=None)))


def fingerprint(draft: Draft) -> str:
    """Equal for drafts that a look at the profile could mistake for each other.

    Only the words of the first part count, and what they answer: a network may show other spaces,
    files and cards are compared loosely or not at all, and later parts are told apart by what they
    answer.
    """
    words = " ".join(unicodedata.normalize("NFC", draft.parts[0].text).split())
    return _digest(words if draft.reply_to is None else [words, draft.reply_to.remote_id])


def draft_hash(draft: Draft) -> str:
    """Of the frozen content of one delivery: text, media, alt texts, options, what it answers."""
    frozen = asdict(draft)
    if draft.reply_to is None:  # what was prepared before there were replies stays prepared
        del frozen["reply_to"]
    _without(frozen["parts"], card=None)
    return _digest(frozen)


def _without(frozen: Iterable[dict[str, Any]], **usual: object) -> None:
    """Takes out what says nothing, so that hashes from before there were such fields still hold."""
    for each in frozen:
        for name, value in usual.items():
            if each[name] == value:
                del each[name]


def _digest(value: object) -> str:
    data = json.dumps(value, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(data.encode()).hexdigest()[:40]
