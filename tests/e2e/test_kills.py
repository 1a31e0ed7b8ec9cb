"""Deliverers and tickers are killed all the time, on networks that lose and delay: nothing is
lost, nothing goes out twice, nothing is taken for something else.
"""

import os
import random
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path

import pytest

from local.emulator import server
from shared.core import lifecycle
from shared.core.lifecycle import S
from shared.core.models import Content, Delivery, Plan, Post
from shared.core.workspaces import Account
from shared.runtime.clock import RandomIds, SystemClock
from shared.runtime.settings import read_settings
from shared.store.former_vault import FormerVault
from shared.store.keyring import Keyring
from shared.store.vault import SealedBox
from tests.contract.stores import Stores, new_table, on_table
from tests.fakes import make
from tests.servers import worker
from tests.servers.local_system import wait_until
from tests.servers.loopback import (
    RESET_AFTER_APPLYING,
    RESET_BEFORE_APPLYING,
    RESET_THEN_APPLIED_LATE,
    Fault,
    answered_wrongly,
    refused,
)
from tests.servers.mastodon import Mastodon
from tests.servers.mastodon_model import Dialect, Keys, error
from tests.simulation import tally

pytestmark = pytest.mark.first
KILLS = 1_000 if os.environ.get("TIDINGS_PROVE") else 30
DELIVERERS = 3
POSTS_PER_KILL = 2
WAITING = 40
"""Posts that wait at once: of many more, deliverers that live so short drown in messages."""
ACCOUNTS = 5
TIMING = (
    "lead=500,horizon=10000,lease=5000,quiet=5000,send_timeout=2000,margin=300,redispatch=2000,"
    "retry_base=200,retry_cap=2000,max_failures=100,"
    "breaker_base=500,breaker_cap=2000,breaker_probe=3000"
)
BROKEN = error(503, "try again later")
FAULTS = [
    RESET_BEFORE_APPLYING,
    RESET_AFTER_APPLYING,
    RESET_THEN_APPLIED_LATE,
    Fault(delay_s=0.5),
    Fault(cut_short=True),
    answered_wrongly(BROKEN),
    refused(BROKEN),
]


@dataclass
class Site:
    """A table, a queue and accounts on two networks, one of which ignores idempotency keys."""

    emulator: server.Emulator
    networks: list[Mastodon]
    chance: random.Random
    accounts: list[Account] = field(default_factory=list)
    posts: list[tuple[Post, Delivery]] = field(default_factory=list)
    settled: set[str] = field(default_factory=set)
    """Deliveries that were seen where nothing moves them on."""

    def __post_init__(self) -> None:
        dynamodb, ssm, sqs = map(self.emulator.client, ("dynamodb", "ssm", "sqs"))
        table, keys = new_table(dynamodb), Keyring(ssm, "/tidings/credentials")
        keys.make()
        made = sqs.create_queue(QueueName="publish", Attributes={"VisibilityTimeout": "5"})
        self.ids, self.clock = RandomIds(), SystemClock()
        self.environment = {
            "AWS_ENDPOINT_URL": self.emulator.url,
            "AWS_DEFAULT_REGION": server.REGION,
            "AWS_ACCESS_KEY_ID": server.ROOT_KEY,
            "AWS_SECRET_ACCESS_KEY": "local",
            "TABLE_NAME": table,
            "PUBLISH_QUEUE_URL": made["QueueUrl"],
            "PREPARE_QUEUE_URL": made["QueueUrl"],
            "MEDIA_BUCKET": "none",
            "CREDENTIALS_KEY": "/tidings/credentials",
            "ALLOWED_PRIVATE_HOSTS": ",".join(n.url.removeprefix("http://") for n in self.networks),
            "TIMING": TIMING,
        }
        self.timing = read_settings(self.environment).timing
        self.stores: Stores = on_table(dynamodb, table)
        self.stores.api.create_workspace(make.workspace(), make.audit())
        for network in self.networks:
            for _ in range(ACCOUNTS):
                self._connect(network, SealedBox(keys, FormerVault(None, "")))

    def _connect(self, network: Mastodon, vault: SealedBox) -> None:
        person = network.add_account(f"a{len(self.accounts)}")
        account = make.account(self.ids.new("acc"), server=network.url, remote_id=person.id)
        sealed = vault.seal(account.workspace_id, account.id, {"access_token": person.token})
        self.stores.api.create_account(account, sealed, make.audit())
        self.accounts.append(account)

    def plan(self) -> None:
        """A post within the next seconds; some say the same on the same profile."""
        now = self.clock.now()
        account = self.chance.choice(self.accounts)
        text = f"post {len(self.posts) if self.chance.random() < 0.9 else 'again'}"
        due_at = now + self.chance.randrange(1_000, 4_000)
        post = Post(
            id=self.ids.new("pst"),
            workspace_id=account.workspace_id,
            content=Content(text),
            account_ids=(account.id,),
            created_at=now,
            created_by="key_1",
            updated_at=now,
            plan=Plan(due_at),
        )
        draft = make.delivery(post, id=self.ids.new("dlv"), state=S.DRAFT, account_id=account.id)
        planned = lifecycle.scheduled(
            draft, due_at=due_at, needs_prepare=False, now=now, timing=self.timing
        )
        self.stores.add_post(post, planned)
        self.posts.append((post, planned))

    def trouble(self) -> None:
        """What was put off is applied within the quiet window, as the protocol assumes."""
        network = self.chance.choice(self.networks)
        network.on("POST", "/api/v1/statuses", self.chance.choice(FAULTS))
        for each in self.networks:
            each.apply_late()

    def look(self) -> list[Delivery]:
        """At the first hundred that were not seen settled yet; answers those that are not."""
        passing = {S.SCHEDULED, S.CLAIMED, S.SENDING, S.RETRY, S.UNKNOWN}
        waiting = (delivery for _, delivery in self.posts if delivery.id not in self.settled)
        stored = [self.stores.publish.delivery(d.ref) for d in islice(waiting, 100)]
        self.settled |= {delivery.id for delivery in stored if delivery.state not in passing}
        return [delivery for delivery in stored if delivery.state in passing]


@dataclass
class Crew:
    """The processes; whoever is killed has a successor at once."""

    site: Site
    chance: random.Random
    members: list[worker.Process] = field(default_factory=list)
    roles: list[worker.Role] = field(
        default_factory=lambda: [worker.tick, *[worker.deliver] * DELIVERERS]
    )
    at_points: Counter[str] = field(default_factory=Counter)
    killed: int = 0

    def __post_init__(self) -> None:
        self.deaths: list[worker.Death | None] = [None] * len(self.roles)
        self.members = [worker.started(role, self.site.environment) for role in self.roles]

    def kill(self) -> None:
        """One now; its successor dies at a named point, or when its turn comes again."""
        number = self.chance.randrange(len(self.roles))
        self.members[number].kill()
        self._replace(number)

    def bury(self) -> None:
        """Who died at a point is counted and followed."""
        for number, member in enumerate(self.members):
            if not member.is_alive():
                death = self.deaths[number]
                assert death is not None, "ended of itself"
                self.at_points[death.point] += 1
                self._replace(number)

    def _replace(self, number: int) -> None:
        self.members[number].join()
        self.killed += 1
        point, turn = self.chance.choice(worker.POINTS), self.chance.choice([1, 1, 2, 3])
        death = worker.Death(point, turn) if self.chance.random() < 0.7 else None
        self._start(number, death if self.killed < KILLS else None)

    def _start(self, number: int, death: worker.Death | None) -> None:
        self.deaths[number] = death
        self.members[number] = worker.started(self.roles[number], self.site.environment, death)

    def calm(self) -> None:
        """Nobody is killed any more, and nobody waits for death."""
        for number, member in enumerate(self.members):
            member.kill()
            member.join()
            self._start(number, None)

    def end(self) -> None:
        for member in self.members:
            member.kill()
            member.join()


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    emulator = server.start(tmp_path, front="http://127.0.0.1:1")
    with Mastodon() as honest, Mastodon(Dialect(keys=Keys.IGNORED)) as forgetful:
        try:
            yield Site(emulator, [honest, forgetful], random.Random(7))  # noqa: S311
        finally:
            emulator.stop()


def test_nothing_is_lost_and_nothing_doubled_whoever_is_killed_when(site: Site) -> None:
    crew = Crew(site, site.chance)
    try:
        while crew.killed < KILLS:
            site.look()
            if len(site.posts) - len(site.settled) < WAITING:
                for _ in range(POSTS_PER_KILL):
                    site.plan()
            site.trouble()
            time.sleep(site.chance.uniform(0.1, 0.5))
            crew.bury()
            crew.kill()
        crew.calm()
        settle(site)
    finally:
        crew.end()
    check(site)
    tally.COUNTS["kills: processes killed"] += crew.killed
    tally.COUNTS["kills: of them at a named point"] += crew.at_points.total()
    tally.COUNTS["kills: posts, each live once"] += len(site.posts)
    assert crew.at_points, "nobody died at a named point"


def settle(site: Site) -> None:
    """As long as it takes: what waits leaves one by one, a call in 2.1 s on each profile."""

    def more() -> bool:
        known = len(site.settled)
        for network in site.networks:
            network.apply_late()
        site.look()
        return len(site.settled) > known

    while len(site.settled) < len(site.posts):
        wait_until(
            more,
            within=120,  # the killed may have held the turn of all that is left
            what="one more to be settled",
            show=lambda: [str(delivery) for delivery in site.look()],
        )


def check(site: Site) -> None:
    """Each post is live once, and each delivery knows which of them is its own."""
    live = {
        status.id + network.url: status for network in site.networks for status in network.statuses
    }
    known: list[str] = []
    wanted: Counter[tuple[str, str]] = Counter()
    for post, planned in site.posts:
        delivery = site.stores.publish.delivery(planned.ref)
        account = next(one for one in site.accounts if one.id == delivery.account_id)
        assert delivery.state is S.PUBLISHED, delivery
        assert delivery.sent_at is not None
        assert delivery.sent_at >= delivery.due_at, "early"
        (remote,) = delivery.live
        assert live[remote.id + account.server].text == post.content.text, delivery
        known.append(remote.id + account.server)
        wanted[account.server, post.content.text] += 1
    assert sorted(known) == sorted(live), "each is somebody's, once"
