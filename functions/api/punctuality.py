"""How late deliveries left, added up. Pure."""

from collections.abc import Iterable, Sequence

from functions.api.schemas import health as out
from shared.core.explaining import OVERDUE, STOPPED, stuck
from shared.core.models import MINUTE, SECOND, Millis
from shared.core.ports import CalendarEntry, DeliverySummary


def ours(entries: Iterable[CalendarEntry]) -> list[DeliverySummary]:
    """What was published by us: posts made elsewhere were late for nobody."""
    return [d for entry in entries if not entry.post.elsewhere for d in entry.deliveries]


def percentile(ordered: Sequence[Millis], permille: int) -> Millis | None:
    """The smallest of these values that so many of a thousand do not exceed."""
    if not ordered:
        return None
    return ordered[max(0, -(-len(ordered) * permille // 1_000) - 1)]


def overdue(delivery: DeliverySummary, *, now: Millis) -> bool:
    """It was due a minute ago or more, and it is not out."""
    if delivery.sent_at is not None:
        return False
    stopped = delivery.state in STOPPED and now > delivery.due_at + OVERDUE
    return stopped or stuck(delivery.state, delivery.due_at, now=now)


def on_time(
    deliveries: Iterable[DeliverySummary], *, now: Millis, account_id: str | None = None
) -> out.OnTime:
    chosen = [d for d in deliveries if account_id in (None, d.account_id)]
    late = sorted(max(0, d.sent_at - d.due_at) for d in chosen if d.sent_at is not None)
    return out.OnTime(
        account_id=account_id,
        sent=len(late),
        not_sent=sum(overdue(d, now=now) for d in chosen),
        p50_ms=percentile(late, 500),
        p99_ms=percentile(late, 990),
        max_ms=late[-1] if late else None,
        within_1_s=sum(each <= SECOND for each in late),
        within_60_s=sum(each <= MINUTE for each in late),
    )


def by_account(deliveries: Sequence[DeliverySummary], *, now: Millis) -> list[out.OnTime]:
    accounts = sorted({d.account_id for d in deliveries})
    rows = [on_time(deliveries, now=now, account_id=account_id) for account_id in accounts]
    return [row for row in rows if row.sent or row.not_sent]
