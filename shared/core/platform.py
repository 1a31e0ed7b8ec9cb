"""The adapter port: what a network can do and how we speak to it.

An adapter is a class in `shared/platforms/<name>.py`, named in the registry. It declares what it
can do as data (`Capabilities`); a verb it does not declare raises `Unsupported`. Verbs raise only
`shared.core.errors`; no error of the HTTP library escapes.
"""

from collections.abc import Mapping, Sequence
from dataclasses import field
from enum import StrEnum
from typing import TYPE_CHECKING, Protocol

from shared.core.errors import Problem
from shared.core.models import Draft, Millis, ReconcileClass, Remote, Target
from shared.core.ports import MediaBytes
from shared.core.values import dataclass
from shared.core.workspaces import Account

if TYPE_CHECKING:  # the publisher never listens: it need not load what comes back
    from shared.core.engagement import Author, Metrics, OwnPage, SeenItem, SeenPage, Thread
    from shared.core.previewing import ShownPart


class Verb(StrEnum):
    """What generic code may ask of an adapter beyond publishing."""

    PREPARE = "prepare"
    LOCATE = "locate"
    EDIT = "edit"
    DELETE = "delete"
    REFRESH = "refresh"
    REVOKE = "revoke"
    LIKE = "like"
    HIDE = "hide"
    ACTIVITY = "activity"
    THREADS = "threads"
    LOOK = "look"
    OWN_POSTS = "own_posts"
    POST_METRICS = "post_metrics"
    ACCOUNT_METRICS = "account_metrics"
    FIND_PEOPLE = "find_people"


@dataclass(frozen=True, slots=True)
class Fact:
    """A platform's rule with the page that says so and the day it was read."""

    value: int
    source: str
    read_on: str


@dataclass(frozen=True, slots=True)
class Field:
    """One thing a person must enter to connect an account; `secret` fields are never shown
    again.
    """

    name: str
    label: str
    secret: bool = False
    example: str = ""
    required: bool = True


@dataclass(frozen=True, slots=True)
class Capabilities:
    """What a platform can do, as data. `facts` names every number with its source: among them
    `calls_per_5_minutes` that one account may make (and, where there are such limits,
    `posts_per_hour`, `posts_per_day` and `uploads_per_30_minutes`), `metrics_batch` (posts per
    call) and `history_days` where the network gives less than it is asked for.

    `link_cards`: it takes the preview of a link from us; elsewhere its servers make one.
    """

    platform: str
    title: str
    verbs: frozenset[Verb]
    connect_fields: tuple[Field, ...]
    reconcile: ReconcileClass
    quiet: Millis
    counting: str
    visibilities: frozenset[str]
    content_warning: bool
    threads: bool
    replies: bool
    link_cards: bool
    max_images: int
    image_mimes: frozenset[str]
    video_mimes: frozenset[str]
    facts: Mapping[str, Fact]
    metrics: frozenset[str] = frozenset()
    account_metrics: frozenset[str] = frozenset()
    cautions: Mapping[Verb, str] = field(default_factory=dict)
    """What people should know before they use a verb, in a sentence to show them."""

    def numbers_for(self, account: Account) -> dict[str, int]:
        """The numbers of `facts`, and the server's own where the account's states some."""
        return {name: fact.value for name, fact in self.facts.items()} | dict(account.limits)


@dataclass(frozen=True, slots=True)
class Count:
    """How long one part is, in the platform's own measure."""

    used: int
    limit: int
    unit: str


@dataclass(frozen=True, slots=True)
class Check:
    """The answer of a dry run for one account. `links`: of each part, the addresses that readers
    will be able to follow.
    """

    counts: tuple[Count, ...]
    problems: tuple[Problem, ...] = ()
    notices: tuple[Problem, ...] = ()
    links: tuple[tuple[str, ...], ...] = ()


@dataclass(frozen=True, slots=True)
class Connected:
    """A verified profile and the credential to store for it. `server` is normalised (scheme and
    host).
    """

    server: str
    remote_id: str
    handle: str
    display_name: str
    credential: Mapping[str, object]
    limits: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Prepared:
    """Handles to persist before sending. `again_in` (ms) set: the platform is still processing; ask
    again then. `notices`: what could not be had and does not stop the post (a link's card).
    """

    handles: Mapping[str, object]
    again_in: Millis | None = None
    notices: tuple[Problem, ...] = ()


@dataclass(frozen=True, slots=True)
class Outgoing:
    """One part on its way, complete: the same value always makes the same bytes.

    `key` is unique per delivery and part; `created_at` is frozen; `earlier` are the parts
    already live.
    """

    draft: Draft
    part: int
    key: str
    created_at: Millis
    handles: Mapping[str, object]
    earlier: tuple[Remote, ...] = ()


class Platform(Protocol):
    """One account on one network, ready to be spoken to."""

    @property
    def capabilities(self) -> Capabilities: ...

    @property
    def credential(self) -> Mapping[str, object]:
        """The credential as it is now; differs from the one handed in after `refresh`."""
        ...

    def expires_at(self) -> Millis | None:
        """When the credential in hand stops working, if it says so."""
        ...

    def prepare(self, draft: Draft, handles: Mapping[str, object], media: MediaBytes) -> Prepared:
        """Upload, resolve, wait for processing. Harmless to repeat; `handles` is what earlier calls
        stored.
        """
        ...

    def publish(self, outgoing: Outgoing) -> Remote:
        """One socket-level attempt. Raises Ambiguous whenever it may have happened."""
        ...

    def locate(self, outgoing: Outgoing, *, since: Millis, owned: frozenset[str]) -> Remote | None:
        """Look for this very part among what was published since; never one of `owned`. None: it is
        not there.
        """
        ...

    def edit(self, outgoing: Outgoing, remote: Remote) -> Remote: ...

    def delete(self, remote: Remote) -> None:
        """Already gone is success."""
        ...

    def activity(self, *, since: Millis, page: str | None) -> "SeenPage":
        """Replies, mentions and quotes that came to the account, one page, in the network's order,
        newest first. `next` is None once a page reaches back before `since`, or at the end. A
        `page` that the network no longer knows raises Gone: begin again.
        """
        ...

    def threads(self, remotes: Sequence[Remote]) -> "Mapping[str, Thread | None]":
        """Everything that answers or quotes these live posts of ours, by remote id, in as few calls
        as the network allows. None: the post is gone. Left out: the network did not say.
        """
        ...

    def look(self, remote_ids: Sequence[str]) -> "Mapping[str, SeenItem | None]":
        """How these items stand now. None: it is gone. Left out: the network did not say."""
        ...

    def own_posts(self, *, since: Millis, page: str | None) -> "OwnPage":
        """Posts of the profile itself, whoever made them, newest first; no replies to others and no
        reposts. Pages like `activity`.
        """
        ...

    def post_metrics(self, remotes: Sequence[Remote]) -> "Mapping[str, Metrics | None]":
        """Counters by remote id, in the largest batches. None: the post is gone. Left out: the
        network did not say. A counter that is not reported is absent, never 0.
        """
        ...

    def account_metrics(self) -> "Metrics":
        """`followers`, `following`, `posts`: those that the network reports."""
        ...

    def like(self, target: Target, *, liked: bool) -> None:
        """Like it, or take that back; already so is success. Raises Gone."""
        ...

    def hide(self, target: Target, *, hidden: bool) -> None:
        """Hide somebody's reply under our post from its readers, or show it again; already so is
        success. Raises Gone.
        """
        ...

    def find_people(self, typed: str) -> "Sequence[Author]":
        """Whom a text could name, by the beginning of a handle or a name; ten at most, likeliest
        first. Asked as anybody may ask, for somebody who is typing: it needs no credential, uses
        none that is there, and gives up within seconds. A handle is what follows the @.
        """
        ...

    def verify(self) -> Connected:
        """Who this credential is; raises AccessRevoked when it no longer works."""
        ...

    def refresh(self) -> Mapping[str, object]:
        """A fresh credential, to be stored before it is used."""
        ...

    def revoke(self) -> None: ...


class Platforms(Protocol):
    """The registry: opens adapters by name; imports each only when asked."""

    def names(self) -> tuple[str, ...]: ...

    def capabilities(self, platform: str) -> Capabilities: ...

    def check(self, account: Account, draft: Draft) -> Check:
        """Pure: calls no network."""
        ...

    def preview(self, account: Account, draft: Draft) -> "Sequence[ShownPart]":
        """What readers would see, one for each part that is sent. Pure: calls no network."""
        ...

    def needs_prepare(self, account: Account, draft: Draft) -> bool:
        """True when something must be uploaded, fetched or resolved before the moment of sending.
        Pure.
        """
        ...

    def connect(self, platform: str, fields: Mapping[str, str]) -> Connected:
        """Verify what a person entered against the platform. Raises InvalidDraft, AccessRevoked,
        Transient.
        """
        ...

    def open(self, account: Account, credential: Mapping[str, object]) -> Platform: ...
