"""What is planned, what goes wrong, and what came of it: the scenes of `test_punctuality.py` and of
`python -m bench punctuality`.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace

from shared.core import rate
from shared.core.lifecycle import S
from shared.core.models import (
    MINUTE,
    SECOND,
    Content,
    Delivery,
    HeldReason,
    Media,
    Millis,
    MissedWindow,
    Post,
)
from shared.core.workspaces import Account
from tests.fakes import make
from tests.fakes.time import START
from tests.simulation.punctuality import published as aws
from tests.simulation.punctuality.cloud import Cloud

HOUR: Millis = 60 * MINUTE


@dataclass(frozen=True)
class Outcome:
    """`late`: milliseconds between instant and request of each that left, in order of instant."""

    cloud: Cloud
    deliveries: tuple[Delivery, ...]

    @property
    def late(self) -> list[Millis]:
        left = self.cloud.left
        return [left[f"{d.id}.0"] - d.due_at for d in self.deliveries if f"{d.id}.0" in left]

    @property
    def early(self) -> int:
        return sum(ms < 0 for ms in self.late)

    def states(self) -> Counter[S]:
        return Counter(self.cloud.store.delivery_items[d.ref].state for d in self.deliveries)


class Plan:
    """Workspaces with accounts on `cloud`, and what is planned for them."""

    def __init__(self, cloud: Cloud, *, accounts: int, per_workspace: int = 5) -> None:
        self.cloud = cloud
        self._accounts = [self._account(n, per_workspace) for n in range(accounts)]
        self._planned: list[Delivery] = []

    def _account(self, number: int, per_workspace: int) -> Account:
        store, n = self.cloud.store, number // per_workspace
        workspace_id = make.new_id("wsp", n + 1)
        if number % per_workspace == 0:
            store.create_workspace(make.workspace(workspace_id), make.audit(n))
        made = make.account(make.new_id("acc", number + 1), workspace_id=workspace_id)
        account = replace(made, remote_id=f"{number}")
        sealed = self.cloud.vault.seal(workspace_id, account.id, {"token": "t0"})
        store.create_account(account, sealed, make.audit(number))
        return account

    def add(
        self, due_at: Millis, *, policy: MissedWindow | None = None, media: Sequence[Media] = ()
    ) -> Delivery:
        number = len(self._planned) + 1
        account = self._accounts[number % len(self._accounts)]
        post: Post = replace(
            make.post(number, due_at=due_at, text=f"post {number}"),
            workspace_id=account.workspace_id,
            account_ids=(account.id,),
            content=Content(f"post {number}", tuple(media)),
            missed_window=policy,
        )
        delivery = make.delivery(post, account.id, number=number, needs_prepare=bool(media))
        self.cloud.store.create_post(post, [delivery], make.audit(number, post_id=post.id))
        self._planned.append(delivery)
        return delivery

    def outcome(self) -> Outcome:
        return Outcome(self.cloud, tuple(self._planned))


def at_once(
    number: int, *, deliverers: int, accounts: int = 0, per_workspace: int = 5, widened: bool = True
) -> Outcome:
    """All due in one second, on accounts of their own unless fewer are named."""
    cloud = Cloud(deliverers=deliverers)
    if not widened:
        cloud.timing = replace(cloud.timing, crowd=0)
    plan = Plan(cloud, accounts=accounts or number, per_workspace=per_workspace)
    for _ in range(number):
        plan.add(START + 8 * MINUTE)
    cloud.run(20 * MINUTE)
    return plan.outcome()


def lost_ticks(number: int, *, lost: int = 4) -> Outcome:
    """Posts over half an hour, and ticks in a row that do not run in the middle of it: the one
    before them comes at the begin of its minute, the one after them at the end.
    """
    cloud = Cloud(deliverers=5)
    begin = 15

    def after(minute: Millis) -> Millis | None:
        number = (minute - START) // MINUTE
        if begin <= number < begin + lost:
            return None
        return 0 if number < begin else aws.TICK_WITHIN - SECOND

    cloud.tick_after = after
    plan = Plan(cloud, accounts=max(1, number // 10))
    for n in range(number):
        plan.add(START + 7 * MINUTE + n * 30 * MINUTE // number)
    cloud.run(45 * MINUTE)
    return plan.outcome()


def outage(number: int, *, per_account: int = 20, deliverers: int = 5) -> Outcome:
    """Nothing runs for six hours. A third of the posts may go late, of whatever age; a third are to
    be skipped; the others wait for a person, unless they are not yet an hour late.
    """
    cloud = Cloud(deliverers=deliverers)
    usual = cloud.tick_after
    cloud.tick_after = lambda minute: None if minute - START < 6 * HOUR else usual(minute)
    plan = Plan(cloud, accounts=max(1, number // per_account))
    policies = (MissedWindow.SEND, MissedWindow.SKIP, None)
    accounts = max(1, number // per_account)
    for n in range(number):
        plan.add(START + n * 6 * HOUR // number, policy=policies[n // accounts % 3])
    cloud.run(6 * HOUR + HOUR)
    return plan.outcome()


def slow_video(number: int) -> tuple[Outcome, Delivery]:
    """One video takes ten minutes to go up, among posts with pictures and posts of words; the
    outcome and the video's delivery.
    """
    cloud = Cloud(deliverers=5)
    picture = Media("med_1", "image/png", 10, "ab" * 16, "W/med_1", 4, 4, alt="a dot")
    video = replace(picture, id="med_2", mime="video/mp4", size=2 * 1024**3)
    cloud.uploads = lambda name: 10 * MINUTE if name == video.id else 2 * SECOND
    plan = Plan(cloud, accounts=number + 1)
    slow = plan.add(START + 25 * MINUTE, media=[video])
    for n in range(number):
        due = START + 20 * MINUTE + n * 10 * MINUTE // number
        plan.add(due, media=[picture] if n % 2 else ())
    cloud.run(45 * MINUTE)
    return plan.outcome(), slow


@dataclass(frozen=True)
class Drained:
    """`stale`: left although more than the workspace tolerates late and nobody had agreed.
    `fastest`: the shortest time in which one account made more calls than its burst. `took`: from
    the first tick to the last request, `bound`: what the rate limits alone would take.
    """

    stale: int
    held: int
    skipped: int
    sent: int
    open: int
    fastest: Millis
    took: Millis
    bound: Millis


def drained(outcome: Outcome) -> Drained:
    store, left = outcome.cloud.store, outcome.cloud.left
    tolerated = next(iter(store.workspace_items.values())).max_lateness
    now = [store.delivery_items[d.ref] for d in outcome.deliveries]
    sent = [d for d in now if f"{d.id}.0" in left]
    stale = 0
    for delivery in sent:
        policy = store.post_items[delivery.workspace_id, delivery.post_id].missed_window
        late = left[f"{delivery.id}.0"] - delivery.due_at
        # Asked right before sending, which takes its moment.
        stale += policy is not MissedWindow.SEND and late > tolerated + 5 * SECOND
    by_account: dict[str, list[Millis]] = {}
    for delivery in sent:
        by_account.setdefault(delivery.account_id, []).append(left[f"{delivery.id}.0"])
    pace = rate.calls_pace({})
    gaps = [
        after - before
        for times in by_account.values()
        for before, after in zip(sorted(times), sorted(times)[pace.burst :], strict=False)
    ]
    begin = -(-(START + 6 * HOUR) // MINUTE) * MINUTE
    overdue = Counter(d.account_id for d in sent if d.due_at < begin)
    most = max(overdue.values(), default=0)
    states = outcome.states()
    return Drained(
        stale=stale,
        held=sum(d.held_reason is HeldReason.MISSED_WINDOW for d in now),
        skipped=states[S.CANCELLED],
        sent=len(sent),
        open=len(now) - sum(states[s] for s in (S.PUBLISHED, S.CANCELLED, S.HELD)),
        fastest=min(gaps, default=0),
        took=max(left[f"{d.id}.0"] for d in sent if d.due_at < begin) - begin,
        bound=max(0, most - pace.burst) * pace.interval,
    )
