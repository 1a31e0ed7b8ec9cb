"""The composition root: the only place that knows which class stands behind which port.

Nothing is made at import; each client is made once, when the first event needs it.
"""

import random
import threading
from collections.abc import Callable
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from shared.core.models import Millis, WakeKind
from shared.core.ports import Telemetry, Wake
from shared.core.services import Listener, Publisher
from shared.runtime.clock import RandomIds, SystemClock
from shared.runtime.settings import Settings, read_settings

if TYPE_CHECKING:
    from shared.platforms.registry import Registry
    from shared.platforms.request import Http
    from shared.store.keyring import Keyring
    from shared.store.queue import SqsQueue
    from shared.store.vault import SealedBox


@lru_cache(maxsize=1)
def settings() -> Settings:
    return read_settings()


_clients: dict[str, Any] = {}
_making = threading.Lock()


def client(service: str) -> Any:
    """One client per service and process, with short time-outs: a hung call must not eat the
    lease. Made under a lock, since a session must not be used by two threads at once.
    """
    with _making:
        if service not in _clients:
            from shared.store.aws import client_config

            _clients[service] = _session().create_client(service, config=client_config(service))
        return _clients[service]


@lru_cache(maxsize=1)
def _session() -> Any:
    """boto3's own engine, whose clients boto3 hands out: loading the rest of boto3 (resources,
    managed transfers) would cost a tenth of a cold start's CPU.
    """
    from botocore.session import Session

    return Session()


@lru_cache(maxsize=1)
def platforms() -> "Registry":
    """The adapters; each, and the HTTP library, is imported when it is first needed."""
    from shared.platforms.registry import Registry

    return Registry(http_client, options=settings().platform_options, clock=SystemClock())


def http_client() -> "Http":
    from shared.platforms.guard import Guard
    from shared.platforms.http import Client

    return Client(Guard(settings().allowed_private_hosts), timeout=settings().timing.send_timeout)


def queue() -> "SqsQueue":
    """The two queues of the publisher."""
    from shared.store.queue import SqsQueue

    config = settings()
    urls = {
        WakeKind.PUBLISH: config.publish_queue_url,
        WakeKind.PREPARE: config.prepare_queue_url,
    }
    return SqsQueue(lazy_client("sqs"), urls=urls)


@lru_cache(maxsize=1)
def keyring() -> "Keyring":
    """The keys of credentials; read once per process, when the first is needed."""
    from shared.store.keyring import Keyring

    return Keyring(lazy_client("ssm"), settings().credentials_key)


def vault() -> "SealedBox":
    """Opens where the role may read the private key, seals everywhere."""
    from shared.store.former_vault import FormerVault
    from shared.store.vault import SealedBox

    return SealedBox(keyring(), FormerVault(lazy_client("kms"), settings().former_key))


def waiting() -> Callable[[Millis], None]:
    """By chance: who was refused together does not come back together."""
    clock, chance = SystemClock(), random.SystemRandom()
    return lambda most: clock.sleep_until(clock.now() + int(chance.uniform(0, most)))


def production_publisher(telemetry: Telemetry) -> Publisher:
    """The publisher on AWS."""
    from shared.store.media import S3Media
    from shared.store.publish_store import DynamoPublishStore

    config = settings()
    return Publisher(
        store=DynamoPublishStore(client("dynamodb"), config.table_name, waiting()),
        queue=queue(),
        platforms=platforms(),
        vault=vault(),
        media=S3Media(lazy_client("s3"), config.media_bucket),
        clock=SystemClock(),
        ids=RandomIds(),
        random=random.SystemRandom(),
        telemetry=telemetry,
        timing=config.timing,
        epoch=config.state_epoch,
    )


def production_listener(telemetry: Telemetry) -> Listener:
    """Whoever polls or counts on AWS."""
    from shared.store.engagement_store import DynamoEngagementStore

    config = settings()
    return Listener(
        store=DynamoEngagementStore(client("dynamodb"), config.table_name, waiting()),
        platforms=platforms(),
        vault=vault(),
        clock=SystemClock(),
        random=random.SystemRandom(),
        telemetry=telemetry,
        timing=config.timing,
    )


def lazy_client(service: str) -> Any:
    """A client that is made at its first call: most invocations touch only some services."""
    return _LazyClient(service)


class _LazyClient:
    def __init__(self, service: str) -> None:
        self._service = service

    def __getattr__(self, name: str) -> Any:
        return getattr(client(self._service), name)


def parse_message(body: str) -> Wake:
    """The wake-up that a queue message carries; raises when its version is not ours."""
    from shared.store.queue import parse_message as parse

    return parse(body)
