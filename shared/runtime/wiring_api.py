"""The api on AWS: what stands behind each of its ports."""

import secrets
from functools import lru_cache
from typing import TYPE_CHECKING

from shared.core.ports import Downloaded, PageCard, Telemetry
from shared.core.services import Api
from shared.runtime import wiring
from shared.runtime.clock import RandomIds, SystemClock

if TYPE_CHECKING:
    from shared.core.issuers import Door
    from shared.platforms.download import Downloads


class RandomSecrets:
    """Implements `shared.core.ports.Secrets`."""

    def new(self) -> str:
        return secrets.token_hex(20)


@lru_cache(maxsize=1)
def _downloads() -> "Downloads":
    from shared.platforms.download import Downloads

    return Downloads(wiring.http_client())


def _download(url: str, *, max_size: int) -> Downloaded:
    """The guarded HTTP client is loaded when the first URL is fetched."""
    return _downloads()(url, max_size=max_size)


def _read_page(url: str) -> PageCard:
    """What reads pages and pictures is loaded when somebody first asks."""
    from shared.platforms.page_card import PageReader

    return PageReader(wiring.http_client())(url)


def _door() -> "Door | None":
    """Nothing is asked of the issuer before somebody wants to sign in."""
    from shared.runtime.door import read_door

    told = read_door()
    if told.registration is None:
        return None
    from shared.core.issuers import Door
    from shared.platforms.issuer import OidcIssuer

    issuer = OidcIssuer(told.registration, wiring.http_client, SystemClock())
    directory = None
    if told.user_pool_id:
        from shared.store.directory import CognitoDirectory

        directory = CognitoDirectory(wiring.lazy_client("cognito-idp"), told.user_pool_id)
    return Door(issuer, directory, told.owner, told.time_zone)


def production_api(telemetry: Telemetry) -> Api:
    """The api on AWS."""
    from shared.store.api_store import DynamoApiStore
    from shared.store.media import S3Media

    config = wiring.settings()
    return Api(
        store=DynamoApiStore(wiring.client("dynamodb"), config.table_name, wiring.waiting()),
        queue=wiring.queue(),
        platforms=wiring.platforms(),
        vault=wiring.vault(),
        bucket=S3Media(wiring.lazy_client("s3"), config.media_bucket),
        download=_download,
        read_page=_read_page,
        clock=SystemClock(),
        ids=RandomIds(),
        secrets=RandomSecrets(),
        telemetry=telemetry,
        timing=config.timing,
        door=_door(),
    )
