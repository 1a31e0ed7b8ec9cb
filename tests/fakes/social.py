"""A network that is listened to: what others say to an account, with the faults of real lists.

The truth is `said` (what others wrote) and `posts` (what stands on the profiles, from here or from
elsewhere). Lists show it in one of several orders and page it in one of several ways, each of which
a real network has; what a call answers wrongly or not at all is decided by `on_call` and `omits`.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import Enum

from shared.core.engagement import (
    Author,
    ItemKind,
    Metrics,
    OwnPage,
    SeenItem,
    SeenPage,
    SeenPost,
    Thread,
)
from shared.core.errors import Gone, Transient
from shared.core.models import Millis, ReconcileClass, Remote, SeenMedia, Target
from shared.core.platform import Capabilities, Fact, Outgoing, Verb
from shared.core.workspaces import Account
from tests.fakes.network import FakeNetwork, FakePlatform, LivePost

HEARD = frozenset(
    {
        Verb.ACTIVITY,
        Verb.THREADS,
        Verb.LOOK,
        Verb.OWN_POSTS,
        Verb.POST_METRICS,
        Verb.ACCOUNT_METRICS,
    }
)


class Order(Enum):
    """What puts a list in order, newest first."""

    ARRIVAL = "arrival"
    """When the network heard of it."""
    DATE = "date"
    """What its author's program claims: backdated things come last."""


class Paging(Enum):
    """How the next page is found."""

    PLACE = "place"
    """Behind the last entry, whatever happened above it."""
    OFFSET = "offset"
    """By counting from the top: the list shifts while it is read."""
    TIME = "time"
    """By the last entry's time: what shares that time is skipped."""


@dataclass(frozen=True)
class Said:
    """Something that somebody else wrote. `gone`: deleted again."""

    id: str
    author: str
    text: str
    created_at: Millis
    arrived_at: Millis
    parent: str | None = None
    quotes: str | None = None
    mentions: frozenset[str] = frozenset()
    edited_at: Millis | None = None
    gone: bool = False


@dataclass(frozen=True)
class Entry:
    """A place in a list."""

    id: str
    at: Millis
    number: int


@dataclass(frozen=True)
class Cut:
    shown: list[Entry]
    next: str | None


@dataclass
class SocialNetwork(FakeNetwork):
    """`unlisted` never shows in the list of activity; threads show it."""

    said: dict[str, Said] = field(default_factory=dict)
    dates: dict[str, Millis] = field(default_factory=dict)
    edits: dict[str, Millis] = field(default_factory=dict)
    pictures: dict[str, tuple[SeenMedia, ...]] = field(default_factory=dict)
    likes: Counter[str] = field(default_factory=Counter)
    followers: int = 0
    unlisted: set[str] = field(default_factory=set)
    listed_from: dict[str, Millis] = field(default_factory=dict)
    """Lists are late: what stands in them only from then on, though in its own place."""
    blind_until: dict[str, Millis] = field(default_factory=dict)
    """Posts that are live and that threads do not find before."""
    stale_until: dict[str, tuple[Millis, Said]] = field(default_factory=dict)
    """Copies that lists show until then, of what was changed since."""
    told: list[tuple[Millis, Mapping[str, Metrics | None]]] = field(default_factory=list)
    """Every answer about numbers, and when it was given."""
    order: Order = Order.ARRIVAL
    paging: Paging = Paging.PLACE
    page_size: int = 20
    names_roots: bool = True
    only_since: bool = True
    calls_allowed: int = 3_000
    on_call: Callable[[str], None] = lambda _verb: None
    omits: Callable[[str], bool] = lambda _verb: False
    unreachable: set[str] = field(default_factory=set)
    """Profiles on a server that is down."""
    offers: frozenset[Verb] = HEARD
    heard: Counter[str] = field(default_factory=Counter)
    looked_at: int = 0
    generation_of_pages: int = 0
    _count: int = 0
    _facts: dict[object, Capabilities] = field(default_factory=dict)

    # what happens on the network

    def say(
        self,
        text: str = "hi",
        *,
        to: str | None = None,
        quoting: str | None = None,
        naming: Iterable[str] = (),
        by: str = "eve",
        created_at: Millis | None = None,
    ) -> str:
        """Somebody answers, quotes or names; the id of what they wrote."""
        self._count += 1
        now = self.clock.now()
        said = Said(
            id=f"x{self._count}",
            author=by,
            text=text,
            created_at=now if created_at is None else created_at,
            arrived_at=now,
            parent=to,
            quotes=quoting,
            mentions=frozenset(naming),
        )
        self.said[said.id] = said
        return said.id

    def reword(self, remote_id: str, text: str) -> None:
        now = self.clock.now()
        if remote_id in self.said:
            self.said[remote_id] = replace(self.said[remote_id], text=text, edited_at=now)
            return
        self.edits[remote_id] = now
        self.posts = [replace(p, text=text) if p.id == remote_id else p for p in self.posts]

    def take_back(self, remote_id: str) -> None:
        if remote_id in self.said:
            self.said[remote_id] = replace(self.said[remote_id], gone=True)
        self.posts = [p for p in self.posts if p.id != remote_id]

    def post_elsewhere(
        self,
        account: Account,
        text: str,
        *,
        to: str | None = None,
        created_at: Millis | None = None,
    ) -> str:
        """The account's people use the network itself."""
        self._count += 1
        now = self.clock.now()
        made = LivePost(f"e{self._count}", account.profile, text, now, "", to)
        self.posts.append(made)
        self.dates[made.id] = now if created_at is None else created_at
        return made.id

    def forget_pages(self) -> None:
        """No place in a list that was handed out is known any more."""
        self.generation_of_pages += 1

    # what it is

    def capabilities(self, platform: str) -> Capabilities:
        made_of = (self.reconcile, self.reacting, self.offers, self.calls_allowed)
        if made_of not in self._facts:
            self._facts[made_of] = self._capabilities(platform)
        return self._facts[made_of]

    def _capabilities(self, platform: str) -> Capabilities:
        plain = super().capabilities(platform)
        source = "https://fake.example/limits"
        facts = {"calls_per_5_minutes": Fact(self.calls_allowed, source, "2026-11-22")}
        return replace(
            plain,
            verbs=plain.verbs | self.offers,
            facts=facts,
            metrics=frozenset({"likes", "replies", "quotes"}),
            account_metrics=frozenset({"followers", "posts"}),
        )

    def open(self, account: Account, credential: Mapping[str, object]) -> "SocialPlatform":
        return SocialPlatform(self, account, dict(credential))

    def post_with(self, remote_id: str | None) -> LivePost | None:
        return next((post for post in self.posts if post.id == remote_id), None)

    def owner(self, remote_id: str | None) -> str | None:
        """The profile behind a live post of ours or elsewhere; None for anybody else's."""
        post = self.post_with(remote_id)
        return None if post is None else post.profile

    def concerns(self, said: Said, profile: str) -> bool:
        """It answers, quotes or names the profile, directly."""
        owners = (self.owner(said.parent), self.owner(said.quotes))
        return profile in said.mentions or profile in owners

    def lists(self, said: Said) -> bool:
        """The list of activity shows it now."""
        late = self.listed_from.get(said.id, 0) > self.clock.now()
        return not (said.gone or late or said.id in self.unlisted)

    def root(self, remote_id: str) -> str:
        at = remote_id
        while (parent := self.parent(at)) is not None:
            at = parent
        return at

    def parent(self, remote_id: str) -> str | None:
        if remote_id in self.said:
            return self.said[remote_id].parent
        post = self.post_with(remote_id)
        return None if post is None else post.parent

    def below(self, remote_id: str) -> list[str]:
        """What a thread shows: all answers, and what quotes the post itself."""
        found = self.answers(remote_id)
        quoting = (s.id for s in self.said.values() if s.quotes == remote_id and not s.gone)
        return [*found, *(one for one in quoting if one not in found)]

    def answers(self, remote_id: str) -> list[str]:
        """Everything that is there and answers this, or an answer to it that is still there."""
        found: list[str] = []
        reached = [remote_id]
        while reached:
            at = reached.pop()
            said = [s.id for s in self.said.values() if s.parent == at and not s.gone]
            own = [p.id for p in self.posts if p.parent == at]
            found += [*said, *own]
            reached += [*said, *own]
        return found


@dataclass
class SocialPlatform(FakePlatform):
    network: SocialNetwork

    def _apply(self, outgoing: Outgoing) -> Remote:
        """Where clients choose ids they choose dates too."""
        remote = super()._apply(outgoing)
        if self.network.reconcile is ReconcileClass.CLIENT_ID:
            self.network.dates.setdefault(remote.id, outgoing.created_at)
        return remote

    def activity(self, *, since: Millis, page: str | None) -> SeenPage:
        self._called("activity")
        net = self.network
        entries = [
            Entry(s.id, s.arrived_at if net.order is Order.ARRIVAL else s.created_at, n)
            for n, s in enumerate(net.said.values())
            if net.lists(s) and net.concerns(s, self.account.profile)
        ]
        cut = self._cut(entries, since, page)
        return SeenPage(tuple(self._listed(one.id) for one in cut.shown), cut.next)

    def own_posts(self, *, since: Millis, page: str | None) -> OwnPage:
        self._called("own_posts")
        entries = [
            Entry(post.id, self._dated(post), _number(post))
            for post in self.network.posts
            if post.profile == self.account.profile and post.parent is None
        ]
        cut = self._cut(entries, since, page)
        shown = [self.network.post_with(one.id) for one in cut.shown]
        return OwnPage(tuple(self._own(post) for post in shown if post is not None), cut.next)

    def threads(self, remotes: Sequence[Remote]) -> Mapping[str, Thread | None]:
        self._called("threads")
        told: dict[str, Thread | None] = {}
        for remote in remotes:
            if self.network.omits("threads"):
                continue
            blind = self.network.blind_until.get(remote.id, 0) > self.network.clock.now()
            if blind or self.network.post_with(remote.id) is None:
                told[remote.id] = None
                continue
            items = [self._item(one) for one in self.network.below(remote.id)]
            cut = self.network.omits("part of a thread")
            told[remote.id] = Thread(tuple(items[1:] if cut else items), complete=not cut)
        return told

    def look(self, remote_ids: Sequence[str]) -> Mapping[str, SeenItem | None]:
        self._called("look")
        self.network.looked_at += len(remote_ids)
        told: dict[str, SeenItem | None] = {}
        for one in remote_ids:
            if self.network.omits("look"):
                continue
            said, own = self.network.said.get(one), self.network.post_with(one)
            there = own is not None or (said is not None and not said.gone)
            told[one] = self._item(one) if there else None
        return told

    def post_metrics(self, remotes: Sequence[Remote]) -> Mapping[str, Metrics | None]:
        self._called("post_metrics")
        told = {remote.id: self._numbers(remote.id) for remote in remotes}
        self.network.told.append((self.network.clock.now(), told))
        return told

    def account_metrics(self) -> Metrics:
        self._called("account_metrics")
        mine = [post for post in self.network.posts if post.profile == self.account.profile]
        return {"followers": self.network.followers, "posts": len(mine)}

    def _called(self, verb: str) -> None:
        self.network.heard[verb] += 1
        if self.account.profile in self.network.unreachable:
            raise Transient("connection refused")
        self.network.on_call(verb)

    def _numbers(self, remote_id: str) -> Metrics | None:
        if self.network.post_with(remote_id) is None:
            return None
        there = [s for s in self.network.said.values() if not s.gone]
        return {
            "likes": self.network.likes[remote_id],
            "replies": sum(s.parent == remote_id for s in there)
            + sum(post.parent == remote_id for post in self.network.posts),
            "quotes": sum(s.quotes == remote_id for s in there),
        }

    def _cut(self, entries: list[Entry], since: Millis, page: str | None) -> Cut:
        """One page of a list, and where the next begins."""
        entries.sort(key=lambda one: (one.at, one.number), reverse=True)
        start = 0 if page is None else self._start(entries, page)
        shown = entries[start : start + self.network.page_size]
        ended = start + len(shown) >= len(entries) or shown[-1].at < since
        follows = None if ended else self._place(shown[-1], start + len(shown))
        if self.network.only_since:
            shown = [one for one in shown if one.at >= since]
        return Cut(shown, follows)

    def _start(self, entries: list[Entry], page: str) -> int:
        generation, at, number = (int(part) for part in page.split(":"))
        if generation != self.network.generation_of_pages:
            raise Gone("this page is no longer known")
        if self.network.paging is Paging.OFFSET:
            return number
        if self.network.paging is Paging.TIME:
            return sum(one.at >= at for one in entries)
        return sum((one.at, one.number) >= (at, number) for one in entries)

    def _place(self, last: Entry, offset: int) -> str:
        number = offset if self.network.paging is Paging.OFFSET else last.number
        return f"{self.network.generation_of_pages}:{last.at}:{number}"

    def _dated(self, post: LivePost) -> Millis:
        return self.network.dates.get(post.id, post.at)

    def _own(self, post: LivePost) -> SeenPost:
        remote = Remote(post.id, f"https://fake.example/{post.id}")
        edited = self.network.edits.get(post.id)
        shown = self.network.pictures.get(post.id, ())
        return SeenPost(remote, post.text, self._dated(post), shown, edited_at=edited)

    def _listed(self, remote_id: str) -> SeenItem:
        until, copy = self.network.stale_until.get(remote_id, (0, None))
        shown = self._item(remote_id)
        if copy is None or until <= self.network.clock.now():
            return shown
        return replace(shown, text=copy.text, edited_at=copy.edited_at)

    def _item(self, remote_id: str) -> SeenItem:
        net = self.network
        root = net.root(remote_id) if net.names_roots else None
        target = Target(remote_id, "x", root or "")
        own = net.post_with(remote_id)
        if own is not None:
            author = Author(own.profile, self.account.handle)
            return SeenItem(
                ItemKind.REPLY,
                target,
                author,
                own.text,
                self._dated(own),
                parent_id=own.parent,
                root_id=root,
                ours=own.profile == self.account.profile,
            )
        said = net.said[remote_id]
        return SeenItem(
            self._why(said),
            target,
            Author(said.author, f"@{said.author}"),
            said.text,
            said.created_at,
            parent_id=said.parent or said.quotes,
            root_id=root,
            edited_at=said.edited_at,
        )

    def _why(self, said: Said) -> ItemKind:
        profile = self.account.profile
        if said.parent is not None and self.network.owner(said.parent) == profile:
            return ItemKind.REPLY
        if self.network.owner(said.quotes) == profile:
            return ItemKind.QUOTE
        return ItemKind.REPLY if said.parent is not None else ItemKind.MENTION


def _number(post: LivePost) -> int:
    """In the order in which they were made, whatever was deleted since."""
    return int(post.id[1:]) * 2 + (post.id[0] == "e")
