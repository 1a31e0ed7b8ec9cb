"""One installation in virtual time: the production steps, fired as AWS fires them."""

import traceback
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

from functions.publish import delivering, jobs, preparing, ticking
from shared.core.errors import SocialError
from shared.core.lifecycle import S
from shared.core.models import (
    MINUTE,
    SECOND,
    SENDING_KINDS,
    Content,
    Delivery,
    DeliveryRef,
    Draft,
    Millis,
    Part,
    Plan,
    Post,
    WakeKind,
)
from shared.core.ports import Wake
from shared.core.posts import Doing, Fit, first_plan
from shared.core.services import Publisher
from shared.core.timing import Timing
from shared.core.workspaces import Account, AuditEntry, Workspace
from shared.store.queue import delay_seconds, message, parse_message
from tests.fakes.bucket import FakeBucket
from tests.fakes.network import Crash
from tests.fakes.store import MemoryStore
from tests.fakes.time import START, SeqIds
from tests.fakes.vault import FakeVault
from tests.fakes.world import PICTURE
from tests.simulation.publishing.desk import Desk
from tests.simulation.publishing.machine import Machine, Process, Stuck, next_minute
from tests.simulation.publishing.network import Network, NetworkPort
from tests.simulation.publishing.ports import (
    ClockPort,
    Ports,
    QueuePort,
    SilentTelemetry,
    StorePort,
)
from tests.simulation.publishing.scenario import STORM, Planned, Scenario
from tests.simulation.publishing.watch import Finding, Watch

VISIBILITY: Millis = 360 * SECOND
MAX_RECEIVES = 5
FOREVER: Millis = 60 * 60 * MINUTE
TIDY: Millis = 2 * MINUTE
"""After the last fault, people look at what needs them."""
LIMITS = {"deliver": 60 * SECOND, "prepare": 900 * SECOND, "tick": 60 * SECOND, "api": 29 * SECOND}
TOGETHER: Millis = SECOND
"""Messages that arrive within this may share an invocation."""
WORKSPACE = "wks_1"


@dataclass(frozen=True)
class TrueClock:
    """The network's clock."""

    machine: Machine

    def now(self) -> Millis:
        return self.machine.now

    def sleep_until(self, at: Millis) -> None:
        raise NotImplementedError("the network does not wait")


class Installation:
    """`run` plays the scenario to its rest and answers what was found wrong."""

    def __init__(self, scenario: Scenario, *, tracing: bool = False) -> None:
        self.scenario = scenario
        self.kind = scenario.kind
        self.timing = Timing()
        self.machine = Machine(scenario.seed, tracing=tracing)
        self.store = MemoryStore()
        self.vault = FakeVault()
        self.bucket = FakeBucket()
        self.ids = SeqIds()
        self.network = Network(
            TrueClock(self.machine),
            reconcile=scenario.kind,
            honours_keys=scenario.honours_keys,
            lag=scenario.lag,
        )
        self.watch = Watch(self)
        self.desk = Desk(self)
        self.faults = {fault.number: fault.what for fault in scenario.faults}
        self.answers = {fault.number: fault.what for fault in scenario.answers}
        self.fates = {fault.number: fault.what for fault in scenario.messages}
        self.effects = self.requests = self.messages = self.processes = 0
        self.recording: list[str] | None = None
        self.noted: Counter[str] = Counter()
        self.handed_over: Counter[str] = Counter()
        self.last_due: list[Wake] = []
        self.staleness = 0.05 if scenario.faults else 0.0
        self.refs: dict[str, DeliveryRef] = {}
        self.posts: dict[int, str] = {}
        self.stopped_by_people: set[str] = set()
        self.asked_about: set[str] = set()
        """Deliveries of which at some time nobody knew whether they went out."""
        self._batch: Process | None = None
        self._batch_since: Millis = 0
        self._second = self.machine.chance.randrange(MINUTE)
        self._tick_after = START
        self._set_up()

    def _set_up(self) -> None:
        self.workspace = Workspace(WORKSPACE, "Bakery", "UTC", START)
        self.store.create_workspace(self.workspace, self._entry("created"))
        self.accounts = [self._connect(name) for name in ("ada", "bob")]
        for planned in self.scenario.posts:
            self._plan(planned)
        for event in self.scenario.events:
            self.machine.at(START + event.at, partial(self.desk.happens, event))
        calm = max([STORM, *(outage.end for outage in self.scenario.outages)])
        self.machine.at(START + calm, self._calm)
        self.machine.at(START + calm + TIDY, self.desk.tidies_up)

    def _entry(self, action: str) -> AuditEntry:
        return AuditEntry(self.ids.new("aud"), WORKSPACE, START, "key_1", action)

    def _connect(self, name: str) -> Account:
        account = Account(
            id=self.ids.new("acc"),
            workspace_id=WORKSPACE,
            platform="fake",
            server="https://fake.example",
            remote_id=name,
            handle=f"@{name}",
            display_name=name,
            created_at=START,
        )
        sealed = self.vault.seal(WORKSPACE, account.id, {"token": "t0"})
        self.store.create_account(account, sealed, self._entry("connected"))
        return account

    def _plan(self, planned: Planned) -> None:
        account = self.accounts[planned.account]
        due = START + MINUTE + planned.due
        parts = tuple(Part(f"{planned.text}, part {n}") for n in range(2, planned.parts + 1))
        content = Content(planned.text, (PICTURE,) if planned.media else (), parts)
        post = Post(
            id=self.ids.new("pst"),
            workspace_id=WORKSPACE,
            content=content,
            account_ids=(account.id,),
            created_at=START,
            created_by="key_1",
            updated_at=START,
            plan=Plan(due),
            tags=("promo",) if planned.tagged else (),
            requires_approval=planned.gated,
            missed_window=planned.missed,
        )
        first = Part(planned.text, content.media)
        needs_prepare = self.network.needs_prepare(account, Draft((first,)))
        delivery = first_plan(
            post,
            account.id,
            id=self.ids.new("dlv"),
            platform="fake",
            due_at=due,
            fit=Fit(planned.parts, needs_prepare),
            doing=Doing(START, "key_1", self.timing),
        )
        self.store.create_post(post, [delivery], self._entry("planned"))
        self.posts[planned.number] = post.id
        self.refs[delivery.id] = delivery.ref
        self.watch.earliest[post.id] = due

    def note(self, what: str) -> None:
        """Something went wrong on purpose."""
        self.noted[what] += 1

    def is_down(self, what: str) -> bool:
        """Outages are few and short: most scenarios have none."""
        at = self.machine.now - START
        return any(o.what == what and o.start <= at < o.end for o in self.scenario.outages)

    def process(self, name: str) -> Process:
        self.processes += 1
        skew = self.scenario.skew
        return Process(
            self.machine,
            f"{name} {self.processes}",
            skew=self.machine.chance.randint(-skew, skew) if skew else 0,
            limit=LIMITS[name],
        )

    def publisher(self, process: Process) -> Publisher:
        ports = Ports(self, process)
        return Publisher(
            store=StorePort(ports),  # type: ignore[arg-type]  # its methods are made from the fake's
            queue=QueuePort(ports),
            platforms=NetworkPort(self.network, ports),
            vault=self.vault,
            media=self.bucket,
            clock=ClockPort(process),
            ids=self.ids,
            random=self.machine.chance,
            telemetry=SilentTelemetry(process),
            timing=self.timing,
            epoch=0,
        )

    def spawn(self, process: Process, step: Callable[[], None], done: Callable[[], None]) -> None:
        """Run `step` in a thread of `process`; `done` once it ended well."""

        def run() -> None:
            try:
                step()
                process.alive()
            except Crash:
                process.dead = True
                self.machine.trace(process, "is dead")
            except SocialError as error:
                self.machine.trace(process, f"gives up: {error.code}")
            else:
                done()

        self.machine.start(run)

    def accept(self, wakes: Sequence[Wake], *, now: Millis, lead: Millis) -> list[Wake]:
        """SQS takes messages, each with a fate of its own."""
        taken = []
        for wake in wakes:
            self.messages += 1
            self.handed_over[wake.id] += 1
            fate = self.fates.get(self.messages)
            if fate is not None:
                self.note(f"message {fate}")
                self.machine.trace(None, f"FAULT: message {self.messages} is {fate}")
            if fate == "left out":
                continue
            taken.append(wake)
            delay = delay_seconds(wake.due_at, now=now, lead=lead) * SECOND
            at = self.machine.now + delay + self.machine.chance.randrange(10, 90)
            arrives = partial(self._arrives, message(wake), 1)
            if fate != "lost":
                self.machine.at(at + (90 * SECOND if fate == "delayed" else 0), arrives)
            if fate == "twice":
                self.machine.at(at + self.machine.chance.randrange(MINUTE), arrives)
        return taken

    def _arrives(self, body: str, received: int) -> None:
        """Lambda takes a message up; when that does not end well it is visible again later."""
        again = self.machine.now + VISIBILITY
        if self.is_down("lambda"):
            self.machine.at(again, partial(self._arrives, body, received))
            return
        wake = parse_message(body)
        name = "prepare" if wake.kind is WakeKind.PREPARE else "deliver"
        process = self._invocation(name)
        publisher = self.publisher(process)
        unattended = [True]

        def attend() -> None:
            if wake.is_job:
                jobs.run(publisher, wake)
            elif wake.kind is WakeKind.PREPARE:
                preparing.prepare(publisher, wake, time_left=process.time_left)
            else:
                delivering.deliver(publisher, wake, time_left=process.time_left)

        def redeliver() -> None:
            if unattended[0] and received < MAX_RECEIVES:
                self._arrives(body, received + 1)

        self.machine.trace(process, f"gets {wake.id[-4:]}")
        self.spawn(process, attend, unattended.clear)
        if unattended:
            self.machine.at(again, lambda: redeliver() if unattended else None)

    def _invocation(self, name: str) -> Process:
        """A new one, or a batch's that has just begun: threads that share a fate."""
        batch = self._batch
        fresh = batch is not None and self.machine.now - self._batch_since < TOGETHER
        if name == "deliver" and batch is not None and fresh and not batch.dead:
            return batch
        process = self.process(name)
        shared = name == "deliver" and self.machine.chance.random() < 0.5
        self._batch, self._batch_since = (process if shared else None), self.machine.now
        return process

    def next_tick(self) -> Millis | None:
        """The next tick that has anything to do; those in between find nothing."""
        timers = [self._acts_at(d) for d in self.store.delivery_items.values()]
        timers += [job.wake_at for job in self.store.job_items.values()]
        waits = [at for at in timers if at is not None]
        if not waits:
            return None
        soonest = max(self._tick_after, min(waits), self.machine.now)
        return next_minute(soonest, self._second)

    def _acts_at(self, delivery: Delivery) -> Millis | None:
        if delivery.wake_at is None or delivery.wake_kind not in SENDING_KINDS:
            return None
        planned = delivery.state is S.SCHEDULED and delivery.wake_kind is WakeKind.PUBLISH
        ahead = planned and delivery.wake_at <= delivery.due_at
        return delivery.wake_at - (self.timing.horizon if ahead else 0)

    def tick(self) -> None:
        self._tick_after = self.machine.now + 1
        if self.is_down("lambda"):
            return
        process = self.process("tick")
        publisher = self.publisher(process)

        def tick() -> None:
            ticking.tick(publisher, time_left=process.time_left)

        self.spawn(process, tick, lambda: None)

    def _calm(self) -> None:
        self.machine.trace(None, "all is calm from now on")
        for plan in (self.faults, self.answers, self.fates):
            plan.clear()
        self.staleness = 0.0

    def run(self) -> list[Finding]:
        try:
            self._plays()
            return self.watch.at_rest()
        except Exception as error:  # noqa: BLE001  told with its seed; a long proof goes on
            *_, where = traceback.extract_tb(error.__traceback__)
            self.watch.find("raised", f"{error!r} in {where.name}, line {where.lineno}")
            return self.watch.findings

    def _plays(self) -> None:
        try:
            self._to_rest()
            self.desk.settles()
            self._to_rest()
        except Stuck:
            self.watch.find("lost", "it does not come to rest")

    def _to_rest(self) -> None:
        self.machine.run(until=START + FOREVER, tick_at=self.next_tick, tick=self.tick)
