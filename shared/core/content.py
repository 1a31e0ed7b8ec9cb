"""What one account would send, and the hashes that bind approvals, intents and locks to it."""

import hashlib
import json
import unicodedata
from dataclasses import asdict, replace

from shared.core.models import Content, Draft, Part, Post, Target
from shared.core.workspaces import Account


def draft_for(content: Content, account: Account) -> Draft:
    """The base with this account's variant over it, links as they go out; a variant for the account
    beats one for its platform.
    """
    variant = content.variants.get(account.id) or content.variants.get(account.platform)
    text, media, parts, options = content.text, content.media, content.parts, content.options
    if variant is not None:
        text = text if variant.text is None else variant.text
        media = media if variant.media is None else variant.media
        parts = parts if variant.parts is None else variant.parts
        options = options if variant.options is None else variant.options
    written = (Part(text, media), *parts)
    if content.links is not None:
        from shared.core.links import sent_by  # most posts need none of it

        written = sent_by(written, content.links, account)
    return Draft(written, options)


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
    return _digest([frozen, sorted(post.account_ids)])


def fingerprint(draft: Draft) -> str:
    """Equal for drafts that a look at the profile could mistake for each other.

    Only the words of the first part count, and what they answer: a network may show other spaces,
    files are compared loosely or not at all, and later parts are told apart by what they answer.
    """
    words = " ".join(unicodedata.normalize("NFC", draft.parts[0].text).split())
    return _digest(words if draft.reply_to is None else [words, draft.reply_to.remote_id])


def draft_hash(draft: Draft) -> str:
    """Of the frozen content of one delivery: text, media, alt texts, options, what it answers."""
    frozen = asdict(draft)
    if draft.reply_to is None:  # what was prepared before there were replies stays prepared
        del frozen["reply_to"]
    return _digest(frozen)


def _digest(value: object) -> str:
    data = json.dumps(value, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(data.encode()).hexdigest()[:40]
