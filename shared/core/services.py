"""What the publisher's steps share: its collaborators, passed in once."""

from dataclasses import dataclass

from shared.core.lifecycle import Timing
from shared.core.platform import Platforms
from shared.core.ports import (
    Clock,
    Ids,
    MediaBytes,
    PublishStore,
    Queue,
    Random,
    Telemetry,
    Vault,
)


@dataclass(frozen=True, slots=True)
class Publisher:
    """`epoch` is the fence kept outside the table: nothing is sent while the table's differs."""

    store: PublishStore
    queue: Queue
    platforms: Platforms
    vault: Vault
    media: MediaBytes
    clock: Clock
    ids: Ids
    random: Random
    telemetry: Telemetry
    timing: Timing
    epoch: int
