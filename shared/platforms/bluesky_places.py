"""Where things of an account can be looked at.

Servers that only we reach have no web page of their posts: there it is the record itself.
"""

from shared.platforms.base import Context
from shared.platforms.bluesky_record import COLLECTION
from shared.platforms.bluesky_session import is_private

APP = "https://bsky.app"


class Places:
    """Links as one account's server makes them; by DID, which stays when a handle changes."""

    def __init__(self, context: Context, pds: str) -> None:
        self._pds = pds
        self._private = is_private(context, pds)

    def post(self, did: str, rkey: str) -> str:
        if not self._private:
            return f"{APP}/profile/{did}/post/{rkey}"
        query = f"repo={did}&collection={COLLECTION}&rkey={rkey}"
        return f"{self._pds}/xrpc/com.atproto.repo.getRecord?{query}"

    def profile(self, did: str) -> str | None:
        return None if self._private else f"{APP}/profile/{did}"

    def blob(self, did: str, cid: str) -> str:
        """A file of the account itself, from its own server."""
        return f"{self._pds}/xrpc/com.atproto.sync.getBlob?did={did}&cid={cid}"
