"""What the steps of a function share: its collaborators, passed in once."""

from typing import TYPE_CHECKING

from shared.core.platform import Platforms
from shared.core.ports import (
    Clock,
    Download,
    Ids,
    MediaBucket,
    MediaBytes,
    Queue,
    Random,
    ReadPage,
    Secrets,
    Telemetry,
    Vault,
)
from shared.core.timing import Timing
from shared.core.values import dataclass

if TYPE_CHECKING:  # each function has one store: it need not load what the others ask of theirs
    from shared.core.api_ports import ApiStores
    from shared.core.engagement_ports import EngagementStore
    from shared.core.issuers import Door
    from shared.core.publish_ports import PublishStore


@dataclass(frozen=True, slots=True)
class Publisher:
    """`epoch` is the fence kept outside the table: nothing is sent while the table's differs."""

    store: "PublishStore"
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


@dataclass(frozen=True, slots=True)
class Api:
    """What the api works with. It seals credentials and never opens one.

    `door` None: people sign in by links and keys only.
    """

    store: "ApiStores"
    queue: Queue
    platforms: Platforms
    vault: Vault
    bucket: MediaBucket
    download: Download
    read_page: ReadPage
    clock: Clock
    ids: Ids
    secrets: Secrets
    telemetry: Telemetry
    timing: Timing
    door: "Door | None" = None


@dataclass(frozen=True, slots=True)
class Listener:
    """What polling and counting work with. They hear; nothing of theirs is ever seen outside."""

    store: "EngagementStore"
    platforms: Platforms
    vault: Vault
    clock: Clock
    random: Random
    telemetry: Telemetry
    timing: Timing
