"""What comes back: items of the inbox, posts made elsewhere, and the state of listening for them.

`Seen…` is what a network shows at one moment; the others are what we keep. Ids of items and
conversations follow from the account and the network's own ids, so that the same thing is never
kept twice.
"""

import hashlib
from collections.abc import Mapping
from enum import StrEnum
from typing import TypeAlias

from shared.core.models import (
    DeliveryRef,
    Failure,
    Millis,
    Remote,
    SeenMedia,
    Target,
)
from shared.core.values import dataclass

Metrics: TypeAlias = Mapping[str, int]
"""Counters by name. One that the network did not report is absent, never 0."""


class ItemKind(StrEnum):
    """Why it is in the inbox: it answers us, names us, or quotes us."""

    REPLY = "reply"
    MENTION = "mention"
    QUOTE = "quote"


class ItemState(StrEnum):
    """How far people got with it."""

    NEW = "new"
    OPEN = "open"
    CLOSED = "closed"


@dataclass(frozen=True, slots=True)
class Author:
    """Whoever wrote it, as the network names them."""

    remote_id: str
    handle: str
    name: str = ""
    url: str | None = None
    avatar: str | None = None


@dataclass(frozen=True, slots=True)
class SeenItem:
    """Something that somebody wrote, as the network shows it now.

    `parent_id` is what it answers or quotes, `root_id` the first of its thread where the network
    says so. `ours`: the account itself wrote it. `target.extra` holds what answering it takes.
    """

    kind: ItemKind
    target: Target
    author: Author
    text: str
    created_at: Millis
    parent_id: str | None = None
    root_id: str | None = None
    url: str | None = None
    media: tuple[SeenMedia, ...] = ()
    content_warning: str = ""
    visibility: str = "public"
    edited_at: Millis | None = None
    ours: bool = False

    @property
    def remote_id(self) -> str:
        return self.target.remote_id


@dataclass(frozen=True, slots=True)
class SeenPage:
    """One page of what came to an account; `next` None at its end."""

    items: tuple[SeenItem, ...]
    next: str | None = None


@dataclass(frozen=True, slots=True)
class Thread:
    """All replies below one post and the quotes of it. `complete` False: the network cut it short,
    so what is missing may still be there.
    """

    items: tuple[SeenItem, ...]
    complete: bool = True


@dataclass(frozen=True, slots=True)
class SeenPost:
    """A post on the account's own profile, whoever made it."""

    remote: Remote
    text: str
    created_at: Millis
    media: tuple[SeenMedia, ...] = ()
    edited_at: Millis | None = None


@dataclass(frozen=True, slots=True)
class OwnPage:
    posts: tuple[SeenPost, ...]
    next: str | None = None


@dataclass(frozen=True, slots=True)
class Reply:
    """Our answer to an item: the post that carries it."""

    post_id: str
    delivery_id: str
    at: Millis
    by: str


@dataclass(frozen=True, slots=True)
class InboxItem:
    """One reply, mention or quote. `at` orders the inbox; `deleted_at` makes it a tombstone whose
    words stay readable for the people who answer. What the account itself wrote on the network
    (`seen.ours`) stands in conversations, not in the list.
    """

    id: str
    workspace_id: str
    account_id: str
    platform: str
    conversation_id: str
    seen: SeenItem
    at: Millis
    received_at: Millis
    state: ItemState = ItemState.NEW
    post_id: str | None = None
    """The post of this workspace that the conversation is about."""
    reply: Reply | None = None
    answered_at: Millis | None = None
    liked: bool = False
    hidden: bool = False
    deleted_at: Millis | None = None
    version: int = 1


@dataclass(frozen=True, slots=True)
class Conversation:
    """What belongs to one thread: its items, oldest first, and the posts that we answered with."""

    id: str
    items: tuple[InboxItem, ...]
    reply_post_ids: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Reading:
    """How far a look at one list got. Everything before `since` is taken in. While one look is
    under way, `page` is where it goes on and `started_at` when it began.
    """

    since: Millis = 0
    page: str | None = None
    started_at: Millis | None = None


@dataclass(frozen=True, slots=True)
class Spent:
    """Calls of one visit; `at` is when the last of them was made."""

    at: Millis
    calls: int


@dataclass(frozen=True, slots=True)
class Feed:
    """The listening of one account: its timer, and how far each of its lists has been read.

    `activity` is read at every look, `sweep` is the same list read deep now and then because feeds
    lose items, and `own_posts` finds what was published without us. `spent`: what the visits of the
    last minutes took of polling's share of the rate limit. `turn`: its minute of the round
    (`turns.py`); None while its timer stands by itself. Of threads at rest, all looks up to
    `rested_until` are done, and at `rest_at` they are gone through again.
    """

    workspace_id: str
    account_id: str
    created_at: Millis
    wake_at: Millis | None
    activity: Reading = Reading()
    sweep: Reading = Reading()
    swept_at: Millis | None = None
    own_posts: Reading = Reading()
    spent: tuple[Spent, ...] = ()
    failures_in_row: int = 0
    error: Failure | None = None
    turn: int | None = None
    rested_until: Millis = 0
    rest_at: Millis = 0
    version: int = 1


@dataclass(frozen=True, slots=True)
class Watch:
    """The thread below one live post: looked at often when young or lively, for 30 days.

    `resting`: it has no timer, and its account looks at it when the timetable says so; what found
    nothing is not written down. So `polls` are the looks until `looked_at`.
    """

    workspace_id: str
    account_id: str
    post_id: str
    delivery_id: str
    remotes: tuple[Remote, ...]
    published_at: Millis
    wake_at: Millis | None
    active_at: Millis
    polls: int = 0
    looked_at: Millis = 0
    resting: bool = False
    failures_in_row: int = 0
    version: int = 1


@dataclass(frozen=True, slots=True)
class Known:
    """A live part that belongs to a delivery of this workspace."""

    account_id: str
    remote_id: str
    ref: DeliveryRef
    root_id: str


class DueWhat(StrEnum):
    """What a timer of kind `poll` or `metrics` is about."""

    FOLLOW = "follow"
    """A delivery went live: begin to listen and to count."""
    FEED = "feed"
    THREAD = "thread"
    ACCOUNT_NUMBERS = "account_numbers"
    POST_NUMBERS = "post_numbers"


@dataclass(frozen=True, slots=True)
class Due:
    """A timer that is due. `id` is the delivery's, empty for the account's own timers; `post_id`
    is set for FOLLOW; `published_at` for POST_NUMBERS.
    """

    what: DueWhat
    workspace_id: str
    account_id: str
    wake_at: Millis
    id: str = ""
    post_id: str | None = None
    published_at: Millis | None = None


def item_id(account_id: str, remote_id: str) -> str:
    return f"itm_{_digest(account_id, remote_id)}"


def conversation_id(account_id: str, root_id: str) -> str:
    return f"cnv_{_digest(account_id, root_id)}"


def elsewhere_post_id(account_id: str, remote_id: str) -> str:
    """The id under which a post that was made elsewhere is kept."""
    return f"pst_{_digest(account_id, remote_id)}"


def elsewhere_delivery_id(account_id: str, remote_id: str) -> str:
    return f"dlv_{_digest(account_id, remote_id)}"


def _digest(account_id: str, remote_id: str) -> str:
    return hashlib.sha256(f"{account_id}|{remote_id}".encode()).hexdigest()[:26]
