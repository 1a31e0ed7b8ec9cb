"""The account's own repository, on its own server: what stands there needs no AppView to tell."""

from shared.core.errors import Gone, Transient
from shared.platforms.bluesky_record import COLLECTION, key_of
from shared.platforms.bluesky_refusals import Refused
from shared.platforms.bluesky_seen import owner_of
from shared.platforms.bluesky_server import Object, Server

_REPO = "com.atproto.repo"


class Home:
    """Reads and writes one account's records."""

    def __init__(self, server: Server, *, did: str) -> None:
        self._server = server
        self._did = did

    def record(self, collection: str, rkey: str) -> Object | None:
        """Its address, version and value; None when there is none."""
        params = {"repo": self._did, "collection": collection, "rkey": rkey}
        try:
            return self._server.read(f"{_REPO}.getRecord", params)
        except Gone:
            return None

    def is_gone(self, uri: str) -> bool:
        """Whether a post of the account was deleted. An AppView that does not know it may just not
        have read it yet; a server that refuses the question says nothing.
        """
        try:
            return owner_of(uri) == self._did and self.record(COLLECTION, key_of(uri)) is None
        except (Refused, Transient):
            return False

    def page(self, collection: str, *, limit: int, cursor: str) -> Object:
        """Records by descending key; `cursor` is the key before which to go on, if any."""
        params: dict[str, str | int] = {"repo": self._did, "collection": collection, "limit": limit}
        if cursor:
            params["cursor"] = cursor
        return self._server.read(f"{_REPO}.listRecords", params)

    def put(self, collection: str, rkey: str, made: Object, *, over: str | None) -> None:
        """Create, or replace the version `over`. Raises Swapped. A lost answer is Transient: for
        what is written here, doing it twice is doing it once.
        """
        body = {
            "repo": self._did,
            "collection": collection,
            "rkey": rkey,
            "record": made,
            "swapRecord": over,
        }
        self._server.change(f"{_REPO}.putRecord", body, safe=True)

    def remove(self, collection: str, rkey: str) -> None:
        """Already gone is success."""
        body = {"repo": self._did, "collection": collection, "rkey": rkey}
        self._server.change(f"{_REPO}.deleteRecord", body, safe=True)
