"""When a delivery may leave: its account's budget, a network that said "not now", a server that is
in trouble. What all workers share of these is read with the switches.

A post that stands alone costs nothing here: it is not counted, see `rate.resting`. Whoever must
wait gets a place in the account's line, and whoever was in line goes before those who come later.
"""

from functions.publish import moves
from shared.core import rate
from shared.core.errors import RateLimited
from shared.core.models import MINUTE, Delivery, Millis
from shared.core.rate import Breaker, Budget, Meter, Pace
from shared.core.reasons import Reason
from shared.core.services import Publisher
from shared.core.values import dataclass
from shared.core.workspaces import Account

SPREAD = 8
"""Intervals over which those are spread that were in line and found somebody in their place."""


@dataclass(frozen=True, slots=True)
class Turn:
    """`at`: when to come back; None when it may leave, and since `allowed_at`. `breaker` is its
    server's as it stands, and `probing` says that all others wait for what becomes of this one.
    """

    allowed_at: Millis
    breaker: Breaker
    probing: bool = False
    at: Millis | None = None
    why: str = ""


def _numbers_of(publisher: Publisher, account: Account) -> dict[str, int]:
    return publisher.platforms.capabilities(account.platform).numbers_for(account)


def turn(
    publisher: Publisher,
    delivery: Delivery,
    account: Account,
    standing: tuple[Budget, Breaker],
    *,
    alone: bool,
) -> Turn:
    """Whether one call of this delivery may leave now. Takes it from the budget if so."""
    budget, breaker = standing
    now, pace = publisher.clock.now(), rate.calls_pace(_numbers_of(publisher, account))
    wait = _barred(budget, breaker, now)
    if wait is None and not (alone and rate.resting(budget, pace, now=now)):
        wait = _spent(publisher, delivery, account, budget, pace)
    if wait is None and breaker.is_open:
        after = rate.probed(breaker, publisher.timing, now=now)
        if publisher.store.save_breaker(account, breaker, after):
            current = publisher.store.breaker(account)
            return Turn(now, current, probing=True)
        wait = (now + publisher.timing.breaker_base, Reason.SILENT)
    if wait is None:
        return Turn(now, breaker)
    not_before, why = wait
    if why == Reason.ITS_TURN and _was_in_line(delivery):
        at = not_before + int(publisher.random.uniform(0, SPREAD * pace.interval))
    else:
        at = publisher.store.queue_up(account, Meter.CALLS, pace, not_before=not_before, cost=1)
    return Turn(now, breaker, at=at, why=why)


def _barred(budget: Budget, breaker: Breaker, now: Millis) -> tuple[Millis, str] | None:
    if breaker.is_open and breaker.open_until > now:
        return breaker.open_until, Reason.SILENT
    if budget.parked_until > now:
        return budget.parked_until, Reason.ASKED_TO_WAIT
    return None


def _spent(
    publisher: Publisher, delivery: Delivery, account: Account, budget: Budget, pace: Pace
) -> tuple[Millis, str] | None:
    now = publisher.clock.now()
    if budget.line > now and not _was_in_line(delivery):
        return now, Reason.ITS_TURN
    spend = publisher.store.spend
    if spend(account, Meter.CALLS, pace, seen=budget, now=now, cost=1):
        return None
    return max(now + pace.interval, rate.earliest(budget, pace)), Reason.ITS_TURN


def _was_in_line(delivery: Delivery) -> bool:
    """It was sent away before, or has begun: those who come later stand behind it."""
    return delivery.retry_at is not None or bool(delivery.live)


def uploads_wait(
    publisher: Publisher, account: Account, *, files: int
) -> tuple[Millis, str] | None:
    """None when `files` may be uploaded now, which are then taken from the budget; else when to
    come back and why.
    """
    now, pace = publisher.clock.now(), rate.uploads_pace(_numbers_of(publisher, account))
    budget, breaker = publisher.store.standing(account, Meter.UPLOADS)
    barred = _barred(budget, breaker, now)
    if barred is not None or pace is None or not files:
        return barred
    store = publisher.store
    if store.spend(account, Meter.UPLOADS, pace, seen=budget, now=now, cost=files):
        return None
    first = max(now + pace.interval, rate.earliest(budget, pace, cost=files))
    at = store.queue_up(account, Meter.UPLOADS, pace, not_before=first, cost=files)
    return at, Reason.ITS_TURN


def park(
    publisher: Publisher, delivery: Delivery, account: Account, meter: Meter, error: RateLimited
) -> Millis:
    """The network said "not now": to the account, not to one post. From when it listens again."""
    now = publisher.clock.now()
    longer = moves.backoff(publisher, delivery.attempt)
    until = (error.at if error.at is not None else now + max(MINUTE, longer)) + rate.SKEW
    if publisher.store.park(account, meter, until=until):
        publisher.telemetry.count("AccountParked")
        publisher.telemetry.log(
            "account parked", **moves.ids(delivery), meter=meter, until=until, code=error.code
        )
    return until


def wait_out(
    publisher: Publisher, delivery: Delivery, account: Account, error: RateLimited
) -> None:
    """Nothing happened, and it is no failure of the post: it waits first in its account's line."""
    now = publisher.clock.now()
    until = park(publisher, delivery, account, Meter.CALLS, error)
    pace = rate.calls_pace(_numbers_of(publisher, account))
    at = publisher.store.queue_up(account, Meter.CALLS, pace, not_before=until, cost=1)
    moves.wait(
        publisher, delivery, at=at, why=Reason.ASKED_TO_WAIT, error=moves.failure(error, now)
    )


def worked(publisher: Publisher, account: Account, turn: Turn) -> None:
    """The server answered as it should: whatever was held against it is forgotten."""
    known = turn.breaker
    while known.failures:
        if publisher.store.save_breaker(account, known, rate.closed(known)):
            if known.is_open:
                publisher.telemetry.log(
                    "breaker closed", platform=account.platform, server=account.server
                )
            return
        known = publisher.store.breaker(account)


def did_not_work(publisher: Publisher, account: Account, turn: Turn) -> None:
    """No connection, no answer, or one that says so: this is held against the server."""
    now, known = publisher.clock.now(), turn.breaker
    after = rate.failed(known, publisher.timing, now=now, probing=turn.probing)
    while after != known and not publisher.store.save_breaker(account, known, after):
        known = publisher.store.breaker(account)
        after = rate.failed(known, publisher.timing, now=now, probing=turn.probing)
    if after != known and after.is_open:
        publisher.telemetry.count("BreakerOpened")
        publisher.telemetry.log(
            "breaker opened",
            platform=account.platform,
            server=account.server,
            failures=after.failures,
            until=after.open_until,
        )
