"""Signing in with an app password, staying signed in, and where the account lives.

A log-in is dear (30 in five minutes and 300 a day for an account), so the session is stored and
refreshed: access tokens of the reference server live for two hours, refresh tokens for 90 days and
are exchanged at every use (https://docs.bsky.app/docs/advanced-guides/rate-limits and
https://github.com/bluesky-social/atproto packages/pds/src/account-manager/helpers/auth.ts,
read 2026-11). Only a refresh that is refused leads to one new log-in.
"""

import base64
import binascii
import json
from collections.abc import Mapping
from urllib.parse import urlsplit

from shared.core.errors import (
    AccessRevoked,
    CredentialExpired,
    InvalidDraft,
    PlatformError,
    Problem,
    Rejected,
    Unreadable,
)
from shared.core.models import SECOND, Millis
from shared.core.values import dataclass
from shared.platforms.base import Context, as_object, maybe_list, maybe_object, maybe_text, text_of
from shared.platforms.bluesky_facts import ENTRYWAY
from shared.platforms.bluesky_refusals import Refused, lost
from shared.platforms.bluesky_server import Object, Server
from shared.platforms.guard import ServerRefused

_BLUESKYS_HOSTS = ".host.bsky.network"
_INACTIVE = {
    "takendown": "AccountTakedown",
    "suspended": "AccountSuspended",
    "deactivated": "AccountDeactivated",
}


@dataclass(frozen=True, slots=True)
class Session:
    """What the server said when it let us in. `pds` is the origin that keeps the account."""

    did: str
    handle: str
    pds: str
    access: str
    refresh: str

    def credential(self, *, identifier: str, app_password: str) -> dict[str, object]:
        """What is stored, encrypted."""
        return {
            "did": self.did,
            "pds": self.pds,
            "access": self.access,
            "refresh": self.refresh,
            "access_expires_at": expiry(self.access),
            "app_password": app_password,
            "identifier": identifier,
        }


def log_in(context: Context, *, server: str, identifier: str, app_password: str) -> Session:
    """One log-in. Raises AccessRevoked (its code from `LOST`) when it is refused."""
    body = {"identifier": identifier, "password": app_password}
    sign_in = Server(context.http, context.clock, origin=server)
    answer = sign_in.change("com.atproto.server.createSession", body, safe=True)
    return _session(context, answer, otherwise=server)


def renewed(context: Context, *, pds: str, refresh: str) -> Session:
    """The session that follows. Raises CredentialExpired when the refresh token is no good."""
    server = Server(context.http, context.clock, origin=pds, token=refresh)
    answer = server.change("com.atproto.server.refreshSession", None, safe=True)
    return _session(context, answer, otherwise=pds)


def entered_wrongly(error: PlatformError) -> InvalidDraft | None:
    """What a refused log-in tells the person who is connecting; None when it is not their doing."""
    if isinstance(error, AccessRevoked | CredentialExpired):
        field = "fields.identifier" if error.code.startswith("account_") else "fields.app_password"
        return InvalidDraft([Problem(field, error.code, error.message)])
    if isinstance(error, Refused) and error.name == "InvalidRequest":
        return InvalidDraft([Problem("fields.identifier", "refused", error.message)])
    if isinstance(error, Rejected | Unreadable):
        message = "This is no Bluesky server (PDS). Leave the field empty for bsky.social."
        return InvalidDraft([Problem("fields.server", "not_a_bluesky_server", message)])
    return None


def home(pds: str) -> str:
    """The account's server as people know it, and the same however they entered it.

    Bluesky's own hosts share one entrance, and move accounts among themselves.
    """
    host = urlsplit(pds).hostname or ""
    return ENTRYWAY if host.endswith(_BLUESKYS_HOSTS) else pds


def is_private(context: Context, origin: str) -> bool:
    """True for a server that only this installation can reach."""
    place = urlsplit(origin)
    port = place.port or {"http": 80}.get(place.scheme, 443)
    return context.http.guard.allows(place.hostname or "", port)


def expiry(token: str) -> Millis | None:
    """When a token ends, as it says itself; its signature is the server's business."""
    try:
        payload = token.split(".")[1]
        claims = json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
        ends = as_object(claims, "the token").get("exp")
    except (IndexError, binascii.Error, ValueError, RecursionError, Unreadable):
        return None
    return int(ends * SECOND) if isinstance(ends, int | float) and 0 < ends < 1e11 else None


def require_active(answer: Object) -> None:
    """Signing in works for accounts that may not write. Raises AccessRevoked."""
    if answer.get("active") is False:
        status = maybe_text(answer, "status")
        raise lost(
            _INACTIVE.get(status, ""), f"The account is not active: {status or 'no reason'}."
        )


def _session(context: Context, answer: Object, *, otherwise: str) -> Session:
    require_active(answer)
    did = text_of(answer, "did")
    return Session(
        did=did,
        handle=maybe_text(answer, "handle") or did,
        pds=_pds(context, maybe_object(answer, "didDoc")) or otherwise,
        access=text_of(answer, "accessJwt"),
        refresh=text_of(answer, "refreshJwt"),
    )


def _pds(context: Context, did_doc: Mapping[str, object]) -> str:
    """The server that the account's DID document names (https://atproto.com/specs/did, read
    2026-11); empty when the answer held no document. Raises ServerRefused: the document is theirs.
    """
    for service in maybe_list(did_doc, "service"):
        entry = service if isinstance(service, dict) else {}
        if maybe_text(entry, "id").endswith("#atproto_pds"):
            try:
                return context.http.guard.origin(maybe_text(entry, "serviceEndpoint"))
            except InvalidDraft as error:
                raise ServerRefused(error.problems) from error
    return ""
