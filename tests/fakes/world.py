"""One workspace on a fake network, with the publisher's real steps run in virtual time."""

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from typing import Any

from functions.publish import delivering, jobs, preparing, ticking
from shared.core import lifecycle
from shared.core.engagement import (
    Author,
    InboxItem,
    ItemKind,
    SeenItem,
    conversation_id,
    item_id,
)
from shared.core.errors import SocialError
from shared.core.models import (
    MINUTE,
    SECOND,
    Content,
    Delivery,
    Media,
    Millis,
    Part,
    Plan,
    Post,
    Target,
    WakeKind,
)
from shared.core.services import Publisher
from shared.core.timing import Timing
from shared.core.workspaces import Account, AuditEntry, Job, JobKind, Workspace
from shared.store.queue import parse_message
from tests.fakes.bucket import FakeBucket
from tests.fakes.network import Crash, FakeNetwork
from tests.fakes.queue import FakeQueue
from tests.fakes.store import MemoryStore
from tests.fakes.telemetry import FakeTelemetry
from tests.fakes.time import FakeClock, FixedRandom, SeqIds
from tests.fakes.vault import FakeVault

PICTURE = Media("med_1", "image/png", 10, "ab" * 16, "W/med_1", 4, 4, alt="a dot")


@dataclass
class World:
    """`post()` plans, `run()` lets time pass; the minute tick and the queues do the rest."""

    clock: FakeClock = field(default_factory=FakeClock)
    timing: Timing = field(default_factory=Timing)
    epoch: int = 0
    ticking: bool = True
    invocation: Millis = 60 * SECOND

    def __post_init__(self) -> None:
        self.store = MemoryStore()
        self.queue = FakeQueue(self.clock)
        self.network = FakeNetwork(self.clock)
        self.telemetry = FakeTelemetry()
        self.vault = FakeVault()
        self.ids = SeqIds()
        self.publisher = Publisher(
            store=self.store,
            queue=self.queue,
            platforms=self.network,
            vault=self.vault,
            media=FakeBucket(),
            clock=self.clock,
            ids=self.ids,
            random=FixedRandom(),
            telemetry=self.telemetry,
            timing=self.timing,
            epoch=self.epoch,
        )
        self.workspace = Workspace("wks_1", "Bakery", "Europe/Madrid", self.clock.now())
        self.store.create_workspace(self.workspace, self.entry("created"))
        self.account = self.connect("ada")
        self._next_tick = self.clock.now() // MINUTE * MINUTE + MINUTE

    def entry(self, action: str) -> AuditEntry:
        now = self.clock.now()
        return AuditEntry(self.ids.new("aud"), "wks_1", now, "key_1", action)

    def connect(self, name: str) -> Account:
        """One more profile of the workspace."""
        account = Account(
            id=self.ids.new("acc"),
            workspace_id="wks_1",
            platform="fake",
            server="https://fake.example",
            remote_id=name,
            handle=f"@{name}",
            display_name=name,
            created_at=self.clock.now(),
        )
        sealed = self.vault.seal("wks_1", account.id, {"token": "t0"})
        self.store.create_account(account, sealed, self.entry("connected"))
        return account

    def post(
        self,
        text: str = "hello",
        *,
        after: Millis = MINUTE,
        media: tuple[Media, ...] = (),
        parts: tuple[Part, ...] = (),
        accounts: tuple[Account, ...] = (),
        **changes: Any,
    ) -> Post:
        """Plan a post `after` from now; the tick finds it."""
        now = self.clock.now()
        chosen = accounts or (self.account,)
        post = replace(
            Post(
                id=self.ids.new("pst"),
                workspace_id="wks_1",
                content=Content(text, media, parts),
                account_ids=tuple(a.id for a in chosen),
                created_at=now,
                created_by="key_1",
                updated_at=now,
                plan=Plan(now + after),
            ),
            **changes,
        )
        planned = [self.planned(post, account, now + after) for account in chosen]
        self.store.create_post(post, planned, self.entry("planned"))
        return post

    def receive(
        self,
        text: str = "When do you open?",
        *,
        remote_id: str = "",
        account: Account | None = None,
        conversation: str = "",
        seen: Mapping[str, Any] | None = None,
        **changes: Any,
    ) -> InboxItem:
        """Somebody writes to the account; each is a conversation of its own unless one is named."""
        now, to = self.clock.now(), account or self.account
        remote_id = remote_id or self.ids.new("seen")
        author = Author("eve", "@eve", "Eve", "https://fake.example/@eve")
        shown = SeenItem(ItemKind.REPLY, Target(remote_id), author, text, now)
        item = InboxItem(
            id=item_id(to.id, remote_id),
            workspace_id=to.workspace_id,
            account_id=to.id,
            platform=to.platform,
            conversation_id=conversation_id(to.id, conversation or remote_id),
            seen=replace(shown, **(seen or {})),
            at=now,
            received_at=now,
        )
        item = replace(item, **changes)
        assert self.store.engagement.add_item(item)
        return item

    def item(self, item: InboxItem) -> InboxItem:
        """As it is stored now."""
        return self.store.inbox_item(item.workspace_id, item.id)

    def planned(self, post: Post, account: Account, due_at: Millis) -> Delivery:
        now = self.clock.now()
        draft = Delivery(
            id=self.ids.new("dlv"),
            workspace_id=post.workspace_id,
            post_id=post.id,
            account_id=account.id,
            platform=account.platform,
            state=lifecycle.S.DRAFT,
            due_at=due_at,
            created_at=now,
            parts=1 + len(post.content.parts),
        )
        return lifecycle.scheduled(
            draft,
            due_at=due_at,
            needs_prepare=bool(post.content.media),
            now=now,
            timing=self.timing,
            by="key_1",
        )

    def deliveries(self, post: Post) -> tuple[Delivery, ...]:
        return self.store.post(post.workspace_id, post.id).deliveries

    def delivery(self, post: Post) -> Delivery:
        """The only delivery of `post`."""
        (found,) = self.deliveries(post)
        return found

    def move(self, before: Delivery, after: Delivery) -> Delivery:
        return self.store.advance(before, after)

    def job(self, kind: JobKind, delivery: Delivery | None = None) -> Job:
        now = self.clock.now()
        job = Job(
            id=self.ids.new("job"),
            workspace_id="wks_1",
            kind=kind,
            account_id=self.account.id,
            created_at=now,
            created_by="key_1",
            post_id=delivery.post_id if delivery else None,
            delivery_id=delivery.id if delivery else None,
            wake_at=now,
        )
        self.store.create_job(job)
        return job

    def run(self, span: Millis) -> None:
        """Let `span` pass: ticks each minute, messages when visible."""
        end = self.clock.now() + span
        while (at := self._next()) <= end:
            if at > self.clock.now():
                self.clock.set(at)
            if at == self._next_tick:
                self._next_tick += MINUTE
                if self.ticking:
                    self.tick()
            self.drain()
        if end > self.clock.now():
            self.clock.set(end)

    def _next(self) -> Millis:
        message = self.queue.next_at()
        return self._next_tick if message is None else min(message, self._next_tick)

    def tick(self) -> None:
        with suppress(Crash, SocialError):
            ticking.tick(self.publisher, time_left=lambda: self.invocation)

    def drain(self) -> None:
        """Give every visible message to a worker, as Lambda does; a crash leaves it."""
        for message in self.queue.receive(limit=1_000):
            try:
                self.work(message.body)
            except (Crash, SocialError):
                continue  # it is visible again after its visibility timeout
            self.queue.delete(message)

    def work(self, body: str) -> None:
        """One message through the step that its kind names."""
        wake = parse_message(body)
        started = self.clock.now()

        def time_left() -> Millis:
            return started + self.invocation - self.clock.now()

        if wake.is_job:
            jobs.run(self.publisher, wake)
        elif wake.kind is WakeKind.PREPARE:
            preparing.prepare(self.publisher, wake, time_left=lambda: 900 * SECOND)
        else:
            delivering.deliver(self.publisher, wake, time_left=time_left)

    @property
    def live(self) -> list[str]:
        """What readers see, oldest first."""
        return [post.text for post in self.network.posts]
