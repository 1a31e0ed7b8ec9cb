"""The fake network as one process sees it: requests take time, and get lost on either way."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from shared.core.errors import (
    AccessRevoked,
    Ambiguous,
    CredentialExpired,
    Problem,
    RateLimited,
    Rejected,
    SocialError,
    StoreUnavailable,
    Transient,
    Unprepared,
    Unreadable,
)
from shared.core.models import SECOND, Draft, Millis, Remote
from shared.core.platform import Capabilities, Connected, Field, Outgoing, Prepared
from shared.core.ports import MediaBytes
from shared.core.workspaces import Account
from tests.fakes.network import FakeNetwork, FakePlatform, LivePost
from tests.simulation.publishing.ports import Ports

if TYPE_CHECKING:
    from tests.simulation.publishing.installation import Installation

TIMEOUT: Millis = 20 * SECOND
"""How long production waits for an answer."""
LATE: Millis = 70 * SECOND
"""A request may be applied this long after its sender gave up; with the read lag that is within the
quiet window of 90 s, as the protocol assumes.
"""
TOO_LATE: Millis = 300 * SECOND
"""What the protocol cannot see coming; for the one test that counts what comes of it."""


@dataclass
class Network(FakeNetwork):
    """Also keeps all that ever went live, and what credentials it takes."""

    ever: list[LivePost] = field(default_factory=list)
    lag: Millis = 0
    issued: dict[str, int] = field(default_factory=dict)
    """The number of the token that each profile's requests need now."""
    revoked: set[str] = field(default_factory=set)
    forgotten: set[str] = field(default_factory=set)
    """Keys of parts whose upload was forgotten by the time of their last request to publish: of
    these the network cannot be asked what became of them.
    """

    def __post_init__(self) -> None:
        facts = FakeNetwork.capabilities(self, "fake")
        self._facts = replace(facts, connect_fields=(Field("name", "Name"),))

    def capabilities(self, platform: str) -> Capabilities:
        return self._facts

    def token(self, profile: str) -> str:
        return f"t{self.issued.get(profile, 0)}"

    def expire(self, profile: str) -> None:
        """Every session of this profile ends; a refresh brings the next."""
        self.issued[profile] = self.issued.get(profile, 0) + 1

    def listed(self) -> list[LivePost]:
        """What lists show by now."""
        return [post for post in self.posts if post.at <= self.clock.now() - self.lag]


class NetworkPort:
    """The registry of one process."""

    def __init__(self, network: Network, ports: Ports) -> None:
        self.network, self.ports = network, ports
        self.names = network.names
        self.capabilities = network.capabilities
        self.check = network.check
        self.preview = network.preview
        self.needs_prepare = network.needs_prepare

    def connect(self, platform: str, fields: Mapping[str, str]) -> Connected:
        network = self.network

        def connected() -> Connected:
            profile = f"fake|https://fake.example|{fields['name']}"
            network.expire(profile)
            network.revoked.discard(profile)
            seen = network.connect(platform, {"name": fields["name"]})
            return Connected(
                seen.server,
                seen.remote_id,
                seen.handle,
                seen.display_name,
                {"token": network.token(profile)},
            )

        return self.ports.effect("connect", connected)

    def open(self, account: Account, credential: Mapping[str, object]) -> "PlatformPort":
        return PlatformPort(self.network, account, dict(credential), self.ports)


@dataclass
class PlatformPort(FakePlatform):
    """Requests of one process to one account."""

    network: Network
    account: Account
    _credential: dict[str, object]
    ports: Ports

    @property
    def world(self) -> "Installation":
        return self.ports.installation

    def _signed_in(self) -> None:
        if self.account.profile in self.network.revoked:
            raise AccessRevoked("the app was removed")
        if self._credential.get("token") != self.network.token(self.account.profile):
            raise CredentialExpired("token expired")

    def _ask(self, name: str, act: Callable[[], object]) -> object:
        """A request that may safely be repeated."""
        process = self.ports.process

        def asked() -> object:
            if name != "refresh":
                process.wait(process.machine.chance.randrange(20, 300))
            if self.world.is_down("network"):
                raise Transient("the network is down")
            self._signed_in_for(name)
            return act()

        try:
            return self.ports.effect(name, asked)
        except StoreUnavailable as error:
            raise Ambiguous("read timeout") from error

    def _signed_in_for(self, name: str) -> None:
        if name != "refresh":
            self._signed_in()
        elif self.account.profile in self.network.revoked:
            raise AccessRevoked("the app was removed")

    def prepare(self, draft: Draft, handles: Mapping[str, object], media: MediaBytes) -> Prepared:
        made = self._ask("prepare", lambda: FakePlatform.prepare(self, draft, handles, media))
        assert isinstance(made, Prepared)
        return made

    def publish(self, outgoing: Outgoing) -> Remote:
        """One request: it leaves, it is applied or not, and its answer comes or not."""
        world = self.world
        world.requests += 1
        answer = world.answers.get(world.requests)
        if answer is not None:
            world.note(answer)

        def act() -> Remote:
            world.watch.leaves(self.ports.process, outgoing)
            self.network.forgotten.discard(outgoing.key)
            return self._answered(answer, outgoing)

        try:
            return self.ports.effect("publish", act, subject=outgoing.key[-6:])
        except StoreUnavailable as error:
            self.ports.process.wait(TIMEOUT)
            raise Ambiguous("read timeout") from error

    def _answered(self, answer: str | None, outgoing: Outgoing) -> Remote:
        process, machine = self.ports.process, self.ports.process.machine
        if answer is not None and "late" in answer:
            process.machine.trace(process, f"FAULT: {outgoing.key[-6:]} is {answer}")
            after = TOO_LATE if answer == "applied too late" else machine.chance.randrange(LATE)
            self._late(outgoing, after, crash=answer.startswith("crash"))
        process.wait(machine.chance.randrange(20, 300))
        self._refuse(answer, outgoing)
        if self.world.is_down("network"):
            raise machine.chance.choice([Transient("refused"), Ambiguous("reset by peer")])
        self._signed_in()
        remote = self._apply(outgoing)
        machine.trace(process, f"LIVE: {outgoing.key[-6:]} as {remote.id}")
        process.wait(machine.chance.randrange(10, 200))
        return remote

    def _apply(self, outgoing: Outgoing) -> Remote:
        known = len(self.network.posts)
        remote = FakePlatform._apply(self, outgoing)
        self.network.ever.extend(self.network.posts[known:])
        return remote

    def _late(self, outgoing: Outgoing, after: Millis, *, crash: bool) -> None:
        machine = self.ports.process.machine

        def arrive() -> None:
            try:
                self._signed_in()
                remote = self._apply(outgoing)
            except SocialError as error:
                machine.trace(None, f"late, and refused: {outgoing.key[-6:]} {error}")
            else:
                machine.trace(None, f"LIVE (late): {outgoing.key[-6:]} as {remote.id}")

        machine.at(machine.now + (0 if crash else TIMEOUT) + after, arrive)
        if crash:
            self.ports.process.die()
        self.ports.process.wait(TIMEOUT)
        raise Ambiguous("read timeout")

    def _refuse(self, answer: str | None, outgoing: Outgoing) -> None:
        chance, now = self.ports.process.machine.chance, self.ports.process.local()
        if answer == "429":
            raise RateLimited("slow down", at=now + chance.choice([3, 30, 400]) * SECOND)
        if answer == "connection refused":
            raise Transient("connection refused")
        if answer == "content refused":
            raise Rejected([Problem("text", "refused", "the network does not want this")])
        if answer == "upload forgotten":
            self.network.containers.pop(
                str(outgoing.handles.get(f"container.{outgoing.part}")), None
            )
            self.network.forgotten.add(outgoing.key)
            raise Unprepared("no such upload")
        if answer == "unreadable":
            raise Unreadable("what?")

    def locate(self, outgoing: Outgoing, *, since: Millis, owned: frozenset[str]) -> Remote | None:
        def look() -> Remote | None:
            whole = self.network.posts
            self.network.posts = self.network.listed()
            try:
                return FakePlatform.locate(self, outgoing, since=since, owned=owned)
            finally:
                self.network.posts = whole

        found = self._ask("locate", look)
        assert found is None or isinstance(found, Remote)
        return found

    def edit(self, outgoing: Outgoing, remote: Remote) -> Remote:
        done = self._ask("edit", lambda: FakePlatform.edit(self, outgoing, remote))
        assert isinstance(done, Remote)
        return done

    def delete(self, remote: Remote) -> None:
        self._ask("delete", lambda: FakePlatform.delete(self, remote))

    def verify(self) -> Connected:
        seen = self._ask("verify", lambda: FakePlatform.verify(self))
        assert isinstance(seen, Connected)
        return seen

    def refresh(self) -> Mapping[str, object]:
        def fresh() -> Mapping[str, object]:
            return {**self._credential, "token": self.network.token(self.account.profile)}

        made = self._ask("refresh", fresh)
        assert isinstance(made, Mapping)
        return made

    def revoke(self) -> None:
        self._ask("revoke", lambda: FakePlatform.revoke(self))
