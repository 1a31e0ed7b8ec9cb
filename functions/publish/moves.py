"""Moves that several steps make: store the next state first, then tell the queue."""

from dataclasses import replace

from functions.publish.answers import answered, reopen
from shared.core import lifecycle
from shared.core.credentials import lost_credential as lost_credential
from shared.core.errors import Conflict, SocialError
from shared.core.failing import backoff as backoff
from shared.core.failing import failure as failure
from shared.core.lifecycle import S
from shared.core.models import (
    Delivery,
    DeliveryRef,
    Failure,
    HeldReason,
    Millis,
    ReconcileClass,
    Remote,
    WakeKind,
)
from shared.core.ports import Wake
from shared.core.services import Publisher


def wake_ref(wake: Wake) -> DeliveryRef:
    """The delivery that a wake-up names; a job's wake-up names none."""
    if wake.post_id is None:
        raise ValueError(f"{wake.id} is a job, not a delivery")
    return DeliveryRef(wake.workspace_id, wake.post_id, wake.id)


def enqueue(publisher: Publisher, delivery: Delivery) -> None:
    """Tell the queue about a timer inside the horizon; if the message is lost, the tick finds the
    timer.
    """
    now = publisher.clock.now()
    wake_at, kind = delivery.wake_at, delivery.wake_kind
    if wake_at is None or kind is None or wake_at > now + publisher.timing.horizon:
        return
    wake = Wake(
        kind=kind,
        workspace_id=delivery.workspace_id,
        id=delivery.id,
        post_id=delivery.post_id,
        account_id=delivery.account_id,
        state=delivery.state,
        due_at=wake_at,
        wake_at=wake_at,
    )
    # Only a send is wanted a little before its instant; preparing before its turn would only spin.
    planned = delivery.state is S.SCHEDULED and kind is WakeKind.PUBLISH
    lead = publisher.timing.lead if planned else 0
    publisher.queue.send([wake], now=now, lead=lead)


def retry_later(
    publisher: Publisher, delivery: Delivery, error: SocialError | None, *, why: str = ""
) -> None:
    """Nothing happened: back off; give up after `max_failures`."""
    now = publisher.clock.now()
    seen = failure(error, now) if error else None
    if seen and delivery.failures_in_row + 1 >= publisher.timing.max_failures:
        fail(publisher, delivery, seen)
        return
    at = now + backoff(publisher, delivery.failures_in_row)
    after = lifecycle.retry(delivery, at=at, now=now, error=seen, why=why)
    enqueue(publisher, publisher.store.advance(delivery, after))


def hand_over(publisher: Publisher, delivery: Delivery, *, at: Millis, why: str) -> None:
    """Give a claimed delivery back to be taken up at `at`; this is no failure."""
    now = publisher.clock.now()
    after = lifecycle.retry(delivery, at=at, now=now, error=None, why=why)
    enqueue(publisher, publisher.store.advance(delivery, after))


def wait(
    publisher: Publisher,
    delivery: Delivery,
    *,
    at: Millis,
    why: str,
    error: Failure | None = None,
) -> None:
    """Its turn comes at `at`, which is no failure; without an `error` it was no attempt either. It
    is seen with its reason and time.
    """
    now = publisher.clock.now()
    if error is None:
        after = lifecycle.waiting(delivery, at=at, now=now, why=why)
    else:
        refused = lifecycle.retry(delivery, at=at, now=now, error=None, why=why)
        after = replace(refused, error=error)
    enqueue(publisher, publisher.store.advance(delivery, after))
    publisher.telemetry.log("waiting", **ids(delivery), why=why, until=at)


def fail(publisher: Publisher, delivery: Delivery, error: Failure) -> None:
    now = publisher.clock.now()
    reopen(publisher, delivery)
    publisher.store.advance(delivery, lifecycle.failed(delivery, error=error, now=now))
    publisher.telemetry.count("DeliveryFailed")
    publisher.telemetry.log("delivery failed", **ids(delivery), code=error.code)


def hold(
    publisher: Publisher, delivery: Delivery, reason: HeldReason, error: Failure | None = None
) -> None:
    """Stop it for people. What holds it may just have ended: the tick has it looked at again."""
    now = publisher.clock.now()
    look_at = None if reason is HeldReason.MISSED_WINDOW else now + publisher.timing.redispatch
    after = lifecycle.held(delivery, reason=reason, now=now, error=error, look_at=look_at)
    reopen(publisher, delivery)
    publisher.store.advance(delivery, after)
    publisher.telemetry.count("DeliveryHeld")
    publisher.telemetry.log("delivery held", **ids(delivery), reason=reason)


def skip(publisher: Publisher, delivery: Delivery, why: str) -> None:
    """The rules say that it must not leave any more."""
    now = publisher.clock.now()
    reopen(publisher, delivery)
    publisher.store.advance(delivery, lifecycle.skipped(delivery, now=now, why=why))
    publisher.telemetry.log("skipped", **ids(delivery), why=why)


def ask_a_person(publisher: Publisher, delivery: Delivery, error: Failure | None) -> None:
    """Nobody can tell by looking whether it is out."""
    now = publisher.clock.now()
    reopen(publisher, delivery)
    publisher.store.advance(delivery, lifecycle.unconfirmed(delivery, now=now, error=error))
    publisher.telemetry.count("DeliveryUnconfirmed")
    publisher.telemetry.log("unconfirmed", **ids(delivery))


def to_unknown(publisher: Publisher, delivery: Delivery, error: Failure | None) -> Delivery:
    """It may be out: never resend blindly, look first."""
    now = publisher.clock.now()
    look_at = now + quiet_window(publisher, delivery) + backoff(publisher, delivery.attempt - 1)
    after = lifecycle.unknown(delivery, look_at=look_at, now=now, error=error)
    delivery = publisher.store.advance(delivery, after)
    publisher.telemetry.count("DeliveryUnknown")
    publisher.telemetry.log(
        "outcome unknown", **ids(delivery), code=error.code if error else "worker_lost"
    )
    enqueue(publisher, delivery)
    return delivery


def quiet_window(publisher: Publisher, delivery: Delivery) -> Millis:
    """How long to wait before the first look. A client-chosen id needs none: what is found is ours;
    what is not there yet is looked for again (`unknown.py`).
    """
    facts = publisher.platforms.capabilities(delivery.platform)
    if facts.reconcile is ReconcileClass.CLIENT_ID:
        return 0
    return min(facts.quiet, publisher.timing.quiet)


def settle(publisher: Publisher, delivery: Delivery, remote: Remote, *, sent: Millis) -> Delivery:
    """Record that a part is live. The remote id must never be lost, so a moved delivery is read
    again.
    """
    for _ in range(3):
        now = publisher.clock.now()
        after = lifecycle.part_settled(
            delivery, remote=remote, sent=sent, now=now, follow=publisher.timing.follow
        )
        try:
            settled = publisher.store.advance(delivery, after)
        except Conflict:
            current = publisher.store.delivery(delivery.ref)
            if len(current.live) > len(delivery.live) or current.attempt != delivery.attempt:
                raise
            delivery = current
            continue
        if settled.state is S.PUBLISHED:
            answered(publisher, settled)
            publisher.telemetry.count("DeliveryPublished")
            late = lifecycle.lateness(settled)
            publisher.telemetry.count("LatenessMs", late or 0)
            publisher.telemetry.log(
                "published", **ids(settled), lateness_ms=late, remote_id=remote.id
            )
        return settled
    raise Conflict("the delivery keeps moving while it is settled", code="contended")


def ids(delivery: Delivery) -> dict[str, object]:
    """What every log line about a delivery carries."""
    return {
        "workspace_id": delivery.workspace_id,
        "post_id": delivery.post_id,
        "delivery_id": delivery.id,
        "account_id": delivery.account_id,
        "platform": delivery.platform,
        "attempt": delivery.attempt,
    }
