"""The publisher's three Lambda entries: tick, prepare and deliver.

Each parses its event, calls one step per message and reports. Collaborators are made once per
process, when the first event arrives.
"""

from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from functools import lru_cache
from typing import Any, Protocol

from functions.publish import delivering, jobs, preparing, ticking
from functions.publish.fence import raise_fence
from shared.core.models import Millis
from shared.core.ports import Wake
from shared.core.services import Publisher
from shared.runtime.observability import PowertoolsTelemetry
from shared.runtime.wiring import keyring, parse_message, production_publisher

Event = Mapping[str, Any]
BATCH = 50
"""As many threads as a batch has messages, so that a post that waits for its moment blocks nobody.
"""


class Context(Protocol):
    def get_remaining_time_in_millis(self) -> int: ...


@lru_cache(maxsize=1)
def _telemetry() -> PowertoolsTelemetry:
    return PowertoolsTelemetry("publish")


@lru_cache(maxsize=1)
def _publisher() -> Publisher:
    return production_publisher(_telemetry())


@lru_cache(maxsize=1)
def _make_key() -> None:
    """An error is not remembered: the next event tries again."""
    keyring().make()


def tick(event: Event, context: Context) -> dict[str, object]:
    """EventBridge Scheduler, once a minute: put what is due on the queues."""
    try:
        done = ticking.tick(_publisher(), time_left=context.get_remaining_time_in_millis)
        return {"dispatched": done.dispatched, "oldest_overdue_ms": done.oldest_overdue}
    finally:
        _telemetry().flush()


def prepare(event: Event, context: Context) -> dict[str, object]:
    """The prepare queue: uploads and look-ups ahead of time."""
    return each_message(_publisher(), event, context, preparing.prepare)


def deliver(event: Event, context: Context) -> dict[str, object]:
    """The publish queue: send. Invoked directly with `{"action": "fence"}` it sets the fence after
    lost state, with `{"action": "rotate_key"}` credentials are sealed with a new key from now on.

    Its schedule comes without a message: then nobody waits, and what the first send needs is read,
    or made by the first start of an installation.
    """
    if event.get("action") == "fence":
        return _fence(event)
    if event.get("action") == "rotate_key":
        keyring().rotate()
        return {"rotated": True}
    if not event["Records"]:
        _make_key()
    return each_message(_publisher(), event, context, deliver_one)


def deliver_one(publisher: Publisher, wake: Wake, *, time_left: Callable[[], Millis]) -> None:
    """One message of the publish queue: a job or a send."""
    if wake.is_job:
        jobs.run(publisher, wake)
    else:
        delivering.deliver(publisher, wake, time_left=time_left)


def _fence(event: Event) -> dict[str, object]:
    """`since` is the last instant (RFC 3339) at which the stored state is known to be whole."""
    since = int(datetime.fromisoformat(str(event["since"])).timestamp() * 1000)
    try:
        marked = raise_fence(_publisher(), epoch=int(event["epoch"]), since=since)
        return {"epoch": int(event["epoch"]), "marked": marked}
    finally:
        _telemetry().flush()


def each_message(
    publisher: Publisher, event: Event, context: Context, step: Callable[..., None]
) -> dict[str, object]:
    """One thread per message; messages that could not be attended to come back (partial batch
    response).

    Every thread is joined before the handler returns: a thawed sandbox would resume a live one.
    """
    records = event["Records"]

    def attend(record: Mapping[str, Any]) -> str | None:
        try:
            step(
                publisher,
                parse_message(record["body"]),
                time_left=context.get_remaining_time_in_millis,
            )
        except Exception:  # noqa: BLE001  one bad message must not take its neighbours with it
            _telemetry().logger.exception(
                "message failed", extra={"message_id": record["messageId"]}
            )
            return str(record["messageId"])
        return None

    try:
        with ThreadPoolExecutor(max_workers=min(BATCH, max(1, len(records)))) as pool:
            failed = [message_id for message_id in pool.map(attend, records) if message_id]
        return {"batchItemFailures": [{"itemIdentifier": message_id} for message_id in failed]}
    finally:
        _telemetry().flush()
