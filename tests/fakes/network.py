"""A social network in memory, with the faults of a real one.

It stands behind the same ports as the adapters, in every reconcile class, and keeps the truth:
`posts` is what readers would see.
"""

import re
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import count

from shared.core.engagement import Author
from shared.core.errors import (
    AccessRevoked,
    Ambiguous,
    CredentialExpired,
    Problem,
    RateLimited,
    Rejected,
    Transient,
    Unprepared,
)
from shared.core.models import (
    Draft,
    LinkCard,
    Media,
    Millis,
    Part,
    ReconcileClass,
    Remote,
    Target,
)
from shared.core.platform import (
    Capabilities,
    Check,
    Connected,
    Count,
    Outgoing,
    Prepared,
    Verb,
)
from shared.core.ports import Clock, MediaBytes
from shared.core.previewing import ShownPart, plain
from shared.core.workspaces import Account
from tests.fakes.unlistening import Unlistening

_LINK = re.compile(r"https?://[^\s,.]+(?:[,.][^\s,.]+)*")


class Crash(BaseException):
    """The process dies here. Not an Exception: no `except` of production code may catch it."""


@dataclass(frozen=True)
class LivePost:
    id: str
    profile: str
    text: str
    at: Millis
    key: str
    parent: str | None = None
    card: LinkCard | None = None


def _links(part: Part) -> tuple[str, ...]:
    return (*_LINK.findall(part.text), *([part.card.url] if part.card else []))


def _files(part: Part) -> tuple[Media, ...]:
    return (*part.media, *([part.card.media] if part.card and part.card.media else []))


Fault = Callable[["FakeNetwork", Callable[[], Remote]], Remote]
"""What happens to one publish call; `apply` makes it live."""


def lost_answer(network: "FakeNetwork", apply: Callable[[], Remote]) -> Remote:
    """It went live, but the answer never came."""
    apply()
    raise Ambiguous("read timeout")


def lost_request(network: "FakeNetwork", apply: Callable[[], Remote]) -> Remote:
    """It did not go live, but nobody can tell."""
    raise Ambiguous("connection reset")


def applied_late(network: "FakeNetwork", apply: Callable[[], Remote]) -> Remote:
    """The network takes it after we stopped waiting."""
    network.late.append(apply)
    raise Ambiguous("read timeout")


def refused_connection(network: "FakeNetwork", apply: Callable[[], Remote]) -> Remote:
    raise Transient("connection refused")


def too_many_requests(network: "FakeNetwork", apply: Callable[[], Remote]) -> Remote:
    raise RateLimited("slow down", at=network.clock.now() + 30_000)


def forgot_the_upload(network: "FakeNetwork", apply: Callable[[], Remote]) -> Remote:
    raise Unprepared("no such media")


def refused_content(network: "FakeNetwork", apply: Callable[[], Remote]) -> Remote:
    raise Rejected([Problem("text", "refused", "the network does not want this text")])


def expired_session(network: "FakeNetwork", apply: Callable[[], Remote]) -> Remote:
    raise CredentialExpired("token expired")


def revoked_access(network: "FakeNetwork", apply: Callable[[], Remote]) -> Remote:
    raise AccessRevoked("the app was removed")


def crash_before(network: "FakeNetwork", apply: Callable[[], Remote]) -> Remote:
    raise Crash


def crash_after(network: "FakeNetwork", apply: Callable[[], Remote]) -> Remote:
    apply()
    raise Crash


def programming_error(network: "FakeNetwork", apply: Callable[[], Remote]) -> Remote:
    apply()
    raise ValueError("a bug after the request")


@dataclass
class FakeNetwork:
    """`faults` are used up one per publish call; afterwards everything works."""

    clock: Clock
    reconcile: ReconcileClass = ReconcileClass.KEY
    limit: int = 300
    honours_keys: bool = True
    processing: list[Millis] = field(default_factory=list)
    containers: dict[str, str | None] = field(default_factory=dict)
    """Of class P: what was prepared, and the post that became of it."""
    posts: list[LivePost] = field(default_factory=list)
    faults: deque[Fault] = field(default_factory=deque)
    look_faults: deque[Exception] = field(default_factory=deque)
    late: list[Callable[[], Remote]] = field(default_factory=list)
    calls: list[str] = field(default_factory=list)
    generation: int = 0
    expires: Millis | None = None
    reacting: frozenset[Verb] = frozenset({Verb.LIKE, Verb.HIDE})
    liked: set[str] = field(default_factory=set)
    hidden: set[str] = field(default_factory=set)
    react_faults: deque[Exception] = field(default_factory=deque)
    people: list[Author] = field(default_factory=list)
    """Whom the network finds."""
    finds: bool = True
    find_faults: deque[Exception] = field(default_factory=deque)
    before_publish: Callable[[], None] | None = None
    _ids: "count[int]" = field(default_factory=lambda: count(1))

    def apply_late(self) -> None:
        """The network catches up with requests whose sender gave up on them."""
        for apply in self.late:
            apply()
        self.late.clear()

    def names(self) -> tuple[str, ...]:
        return ("fake",)

    def capabilities(self, platform: str) -> Capabilities:
        verbs = {Verb.PREPARE, Verb.EDIT, Verb.DELETE, Verb.REFRESH, Verb.REVOKE, *self.reacting}
        if self.reconcile is not ReconcileClass.NOTHING:
            verbs.add(Verb.LOCATE)
        if self.finds:
            verbs.add(Verb.FIND_PEOPLE)
        return Capabilities(
            platform="fake",
            title="Fake",
            verbs=frozenset(verbs),
            connect_fields=(),
            reconcile=self.reconcile,
            quiet=90_000,
            counting="characters",
            visibilities=frozenset({"public"}),
            content_warning=True,
            threads=True,
            replies=True,
            link_cards=True,
            max_images=4,
            image_mimes=frozenset({"image/png", "image/jpeg"}),
            video_mimes=frozenset({"video/mp4"}),
            facts={},
        )

    def check(self, account: Account, draft: Draft) -> Check:
        problems = [
            Problem(f"parts[{n}].text", "too_long", f"{len(p.text)} of {self.limit} characters")
            for n, p in enumerate(draft.parts)
            if len(p.text) > self.limit
        ]
        counts = tuple(Count(len(p.text), self.limit, "characters") for p in draft.parts)
        links = tuple(map(_links, draft.parts))
        return Check(counts, tuple(problems), links=links)

    def preview(self, account: Account, draft: Draft) -> Sequence[ShownPart]:
        """Everything as it is written."""
        return [ShownPart((plain(part.text),)) for part in draft.parts]

    def needs_prepare(self, account: Account, draft: Draft) -> bool:
        two_phase = self.reconcile is ReconcileClass.TWO_PHASE
        return two_phase or any(map(_files, draft.parts))

    def connect(self, platform: str, fields: Mapping[str, str]) -> Connected:
        if fields.get("token") == "wrong":
            raise AccessRevoked("the token is not known here")
        name = fields.get("name", "ada")
        return Connected("https://fake.example", name, f"@{name}", name.title(), {"token": "t0"})

    def open(self, account: Account, credential: Mapping[str, object]) -> "FakePlatform":
        return FakePlatform(self, account, dict(credential))


@dataclass
class FakePlatform(Unlistening):
    network: FakeNetwork
    account: Account
    _credential: dict[str, object]

    @property
    def capabilities(self) -> Capabilities:
        return self.network.capabilities("fake")

    @property
    def credential(self) -> Mapping[str, object]:
        return self._credential

    def expires_at(self) -> Millis | None:
        return self.network.expires

    def prepare(self, draft: Draft, handles: Mapping[str, object], media: MediaBytes) -> Prepared:
        self.network.calls.append("prepare")
        ids = {m.id: f"up_{m.id}" for part in draft.parts for m in _files(part)}
        if self.network.reconcile is ReconcileClass.TWO_PHASE:
            ids |= self._containers(draft, handles)
        wait = self.network.processing.pop(0) if self.network.processing else None
        return Prepared({**handles, **ids}, again_in=wait)

    def _containers(self, draft: Draft, handles: Mapping[str, object]) -> dict[str, str]:
        """One for each part; what an earlier call made is kept."""
        made: dict[str, str] = {}
        for name in (f"container.{part}" for part in range(len(draft.parts))):
            if name not in handles:
                made[name] = f"c{next(self.network._ids)}"
                self.network.containers[made[name]] = None
        return made

    def _container(self, outgoing: Outgoing) -> str | None:
        """What was prepared for this part, of class P."""
        handle = outgoing.handles.get(f"container.{outgoing.part}")
        return str(handle) if handle in self.network.containers else None

    def publish(self, outgoing: Outgoing) -> Remote:
        self.network.calls.append("publish")
        if self.network.before_publish:
            self.network.before_publish()
        fault = self.network.faults.popleft() if self.network.faults else None
        if fault is None:
            return self._apply(outgoing)
        return fault(self.network, lambda: self._apply(outgoing))

    def _apply(self, outgoing: Outgoing) -> Remote:
        network, profile = self.network, self.account.profile
        container = self._container(outgoing)
        if network.reconcile is ReconcileClass.TWO_PHASE:
            if container is None:
                raise Unprepared("no such container")
            if network.containers[container] is not None:
                raise Ambiguous("this container was published before")
        keyed = network.reconcile is ReconcileClass.CLIENT_ID or (
            network.reconcile is ReconcileClass.KEY and network.honours_keys
        )
        for post in network.posts:
            if keyed and post.key == outgoing.key and post.profile == profile:
                return Remote(post.id, f"https://fake.example/{post.id}")
        parent = _parent(outgoing)
        part = outgoing.draft.parts[outgoing.part]
        post = LivePost(
            f"r{next(network._ids)}",
            profile,
            part.text,
            network.clock.now(),
            outgoing.key,
            parent,
            part.card,
        )
        network.posts.append(post)
        if container is not None:
            network.containers[container] = post.id
        return Remote(post.id, f"https://fake.example/{post.id}")

    def locate(self, outgoing: Outgoing, *, since: Millis, owned: frozenset[str]) -> Remote | None:
        self.network.calls.append("locate")
        if self.network.look_faults:
            raise self.network.look_faults.popleft()
        if self.network.reconcile is ReconcileClass.TWO_PHASE:
            return self._asked(outgoing)
        text = outgoing.draft.parts[outgoing.part].text
        parent = _parent(outgoing)
        for post in self.network.posts:
            mine = (post.profile, post.text, post.parent) == (self.account.profile, text, parent)
            if self.network.reconcile is ReconcileClass.CLIENT_ID:
                mine = post.key == outgoing.key
            if mine and post.at >= since and post.id not in owned:
                return Remote(post.id, f"https://fake.example/{post.id}")
        return None

    def _asked(self, outgoing: Outgoing) -> Remote | None:
        """What became of the container."""
        container = self._container(outgoing)
        if container is None:
            raise Ambiguous("nothing to ask with: the container is not known")
        found = self.network.containers[container]
        return Remote(found, f"https://fake.example/{found}") if found else None

    def edit(self, outgoing: Outgoing, remote: Remote) -> Remote:
        self.network.calls.append("edit")
        part = outgoing.draft.parts[outgoing.part]
        self.network.posts = [
            replace(p, text=part.text, card=part.card) if p.id == remote.id else p
            for p in self.network.posts
        ]
        return remote

    def delete(self, remote: Remote) -> None:
        self.network.calls.append("delete")
        self.network.posts = [p for p in self.network.posts if p.id != remote.id]

    def verify(self) -> Connected:
        self.network.calls.append("verify")
        if self._credential.get("token") == "revoked":
            raise AccessRevoked("the app was removed")
        return Connected(
            self.account.server, self.account.remote_id, "@renamed", "Renamed", self._credential
        )

    def refresh(self) -> Mapping[str, object]:
        self.network.calls.append("refresh")
        self.network.generation += 1
        self.network.expires = None
        return {**self._credential, "token": f"t{self.network.generation}"}

    def revoke(self) -> None:
        self.network.calls.append("revoke")

    def find_people(self, typed: str) -> list[Author]:
        self.network.calls.append(f"find {typed}")
        if self.network.find_faults:
            raise self.network.find_faults.popleft()
        return [one for one in self.network.people if typed.lower() in one.handle.lower()]

    def like(self, target: Target, *, liked: bool) -> None:
        self._react(self.network.liked, target, on=liked)

    def hide(self, target: Target, *, hidden: bool) -> None:
        self._react(self.network.hidden, target, on=hidden)

    def _react(self, kept: set[str], target: Target, *, on: bool) -> None:
        self.network.calls.append("react")
        if self.network.react_faults:
            raise self.network.react_faults.popleft()
        (kept.add if on else kept.discard)(target.remote_id)


def _parent(outgoing: Outgoing) -> str | None:
    """What a part hangs below: the part before it, or what the whole answers."""
    if outgoing.earlier:
        return outgoing.earlier[-1].id
    answered = outgoing.draft.reply_to
    return answered.remote_id if answered else None
