"""The tick: once a minute, hand everything that is due to the queues.

It looks `horizon` ahead for planned sends, so that four lost ticks cost nothing, and acts on
everything else (retries, leases that ran out, unknown outcomes, jobs, preparing) when it is due.
It sends all first and marks second, since messages have a time to arrive at and marks have none: a
crash in between, or too little time, only duplicates messages, which is harmless.
"""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import replace

from shared.core.lifecycle import WAITING, S
from shared.core.models import MINUTE, SECOND, SENDING_KINDS, Millis, WakeKind
from shared.core.ports import Wake
from shared.core.posts import SPACING
from shared.core.services import Publisher
from shared.core.timing import STARTED, Timing
from shared.core.values import dataclass

PAGE = 500
MOST = 10_000
"""Messages of one tick: about as many as it can mark within its minute."""
TOGETHER = STARTED * 50
"""Messages that deliverers take up in one second, a batch each."""


@dataclass(frozen=True, slots=True)
class Ticked:
    """What one tick did; `oldest_overdue` is in milliseconds, 0 when nothing is late."""

    dispatched: int
    oldest_overdue: Millis
    drained: bool


class Arrivals:
    """How many messages arrive in each second. Those that find theirs full come a second earlier
    each, so that a crowd is claimed and opened before its instant; see docs/decisions/0021.
    """

    def __init__(self, timing: Timing) -> None:
        self._timing = timing
        self._taken: Counter[int] = Counter()

    def lead(self, wake: Wake, now: Millis) -> Millis:
        """How early its message should arrive; whoever keeps a distance to others keeps it."""
        if not _is_planned(wake):
            return self._timing.lead
        usual = wake.due_at - self._timing.lead
        for at in range(usual, max(usual - self._timing.crowd, now) - 1, -SECOND):
            if self._taken[at // SECOND] < TOGETHER:
                self._taken[at // SECOND] += 1
                return wake.due_at - at
        return self._timing.lead


class Turns:
    """How far behind the first of its account each comes that this tick hands out.

    Those that wait for their turn keep the distance in which they were told to come back, and what
    a pause held comes back as released by hand: one after the other.
    """

    def __init__(self) -> None:
        self._first: dict[str, Millis] = {}
        self._held: Counter[str] = Counter()

    def behind(self, wake: Wake) -> Millis:
        if wake.state == S.HELD:
            self._held[wake.account_id] += 1
            return (self._held[wake.account_id] - 1) * SPACING
        return wake.wake_at - self._first.setdefault(wake.account_id, wake.wake_at)


def tick(publisher: Publisher, *, time_left: Callable[[], Millis]) -> Ticked:
    """Dispatch what is due, oldest first, until nothing is left or the invocation nears its end."""
    oldest, drained = 0, True
    arrivals, turns = Arrivals(publisher.timing), Turns()
    sent: list[Wake] = []
    for kind in SENDING_KINDS:
        last: Wake | None = None
        while True:
            now = publisher.clock.now()
            ahead = publisher.timing.horizon if kind is WakeKind.PUBLISH else 0
            wakes = publisher.store.due(kind, before=now + ahead, limit=PAGE, after=last)
            oldest = max([oldest, *(now - w.due_at for w in wakes if _overdue(w, now))])
            acting = _spaced(publisher, [w for w in wakes if _acts(w, now)], now, turns)
            if last is None and len(wakes) < PAGE:
                acting = _marked_alone(acting, among=wakes)
            sent += _hand_out(publisher, acting, now, arrivals)
            if len(wakes) < PAGE:
                break
            if time_left() < 10 * SECOND or len(sent) >= MOST:
                drained = False
                break
            last = wakes[-1]
    _mark(publisher, sent, time_left)
    publisher.telemetry.count("OverdueSeconds", oldest / SECOND)
    publisher.telemetry.log("tick", dispatched=len(sent), oldest_overdue_ms=oldest, drained=drained)
    return Ticked(len(sent), oldest, drained)


def _acts(wake: Wake, now: Millis) -> bool:
    """Only a planned send that nobody dispatched yet (its timer still stands at its due instant) is
    looked ahead for.
    """
    return wake.wake_at <= now or (_is_planned(wake) and wake.wake_at <= wake.due_at)


def _is_planned(wake: Wake) -> bool:
    return wake.state == S.SCHEDULED and wake.kind is WakeKind.PUBLISH and not wake.is_job


def _spaced(publisher: Publisher, wakes: Sequence[Wake], now: Millis, turns: Turns) -> list[Wake]:
    """Each in its turn; who is a minute or more behind the first of its account is for the next
    tick.
    """
    spaced = []
    for wake in wakes:
        if wake.is_job or wake.state not in (S.RETRY, S.HELD):
            spaced.append(wake)
        elif (behind := turns.behind(wake)) < MINUTE:
            spaced.append(replace(wake, due_at=now + behind + publisher.timing.lead))
    return spaced


def _marked_alone(acting: Sequence[Wake], *, among: Sequence[Wake]) -> list[Wake]:
    """What is alone of its account among all that is due within the horizon says so: it need not
    be counted. With more than one page nobody knows, and nothing does.
    """
    crowd = Counter(wake.account_id for wake in among)
    return [replace(wake, alone=crowd[wake.account_id] == 1) for wake in acting]


def _overdue(wake: Wake, now: Millis) -> bool:
    return not wake.is_job and wake.state == S.SCHEDULED and wake.due_at < now


def _hand_out(
    publisher: Publisher, wakes: Sequence[Wake], now: Millis, arrivals: Arrivals
) -> list[Wake]:
    """What the queue accepted."""
    by_lead: dict[Millis, list[Wake]] = {}
    for wake in wakes:
        by_lead.setdefault(arrivals.lead(wake, now), []).append(wake)
    sent: list[Wake] = []
    for lead, together in by_lead.items():
        sent += publisher.queue.send(together, now=publisher.clock.now(), lead=lead)
    return sent


def _mark(publisher: Publisher, sent: Sequence[Wake], time_left: Callable[[], Millis]) -> None:
    """Move on the timers of what was handed out; what there is no time for is handed out again."""
    waiting = [wake for wake in sent if not wake.is_job and wake.state in WAITING]
    for start in range(0, len(waiting), PAGE):
        if time_left() < 5 * SECOND:
            return
        now, span = publisher.clock.now(), publisher.timing.redispatch
        some = waiting[start : start + PAGE]
        publisher.store.mark_all_dispatched([(w, max(now, w.due_at) + span) for w in some])
