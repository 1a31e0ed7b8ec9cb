"""What a call of the store takes of the partitions that others want too.

Most items have a partition of their own (a post, a lock, a profile's budget). Shared are the wake
index, by its shards; the calendar index and the items of a workspace; the installation's item.
`test_punctuality.py` holds this equal to what the meter counts on the real store.
"""

from collections.abc import Sequence
from typing import Any

from shared.core.models import Delivery, DeliveryRef, WakeKind
from shared.core.ports import Wake
from shared.store import keys
from tests.simulation.punctuality import published as aws

Needs = dict[str, tuple[float, int]]
"""By partition: the units that are wanted, and how many it has in a second."""
W, R = aws.WRITES_PER_PARTITION, aws.READS_PER_PARTITION


def needs(name: str, args: Sequence[Any]) -> Needs:
    """Of the partitions that are shared; empty where a call touches none."""
    if name == "due":
        return {f"wake reads:{pk}": (0.5, R) for pk in keys.wake_pks(args[0])}
    if name == "mark_dispatched":
        wake: Wake = args[0]
        return {f"wake:{keys.wake_pk(wake.kind, wake.id)}": (2, W)}
    if name in ("claim", "claim_prepare"):
        ref: DeliveryRef = args[0]
        kind = WakeKind.PUBLISH if name == "claim" else WakeKind.PREPARE
        return {_wake(kind, ref.id): (2, W), f"calendar:{ref.workspace_id}": (1, W)}
    if name == "advance":
        return _moved(*args)
    if name == "load":
        return {f"workspace:{args[0].workspace_id}": (2, R)}
    if name == "switches":
        return {"installation:": (1, R), f"workspace:{args[0].workspace_id}": (2, R)}
    return {}


def _moved(before: Delivery, after: Delivery) -> Needs:
    """Its timer leaves one place of the wake index and comes to another, or only shows its new
    state.
    """
    timers = [(d.wake_kind, d.wake_at) for d in (before, after)]
    places = [kind for kind, at in timers if kind is not None and at is not None]
    wanted: Needs = {f"calendar:{before.workspace_id}": (1, W)}
    for kind in places if timers[0] != timers[1] else places[:1]:
        shard = _wake(kind, before.id)
        wanted[shard] = (wanted.get(shard, (0, W))[0] + 1, W)
    return wanted


def _wake(kind: WakeKind, delivery_id: str) -> str:
    return f"wake:{keys.wake_pk(kind, delivery_id)}"
