"""Who is calling, and on behalf of which workspace."""

import hashlib
import hmac
from collections.abc import Mapping

from functions.api.problems import BadRequest, NotAllowed, NotSignedIn
from shared.core.errors import NotFound
from shared.core.models import Millis
from shared.core.services import Api
from shared.core.values import dataclass
from shared.core.workspaces import ApiKey

PREFIX = "tdg"
WORKSPACE_HEADER = "tidings-workspace"
_CHALLENGE = {"WWW-Authenticate": 'Bearer realm="Tidings"'}


def secret_hash(secret: str) -> str:
    """Secrets are 160 random bits, so one round of SHA-256 is enough: there is nothing to guess."""
    return hashlib.sha256(secret.encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class FreshKey:
    """A new key and its token, which is shown once and never kept."""

    key: ApiKey
    token: str


def fresh_key(
    api: Api,
    *,
    name: str,
    by: str,
    workspaces: tuple[str, ...] | None,
    expires_at: Millis | None,
    home: str | None = None,
) -> FreshKey:
    """Store a new key; `workspaces` None means all of them, `home` is meant when none is named."""
    secret = api.secrets.new()
    key = ApiKey(
        id=api.ids.new("key"),
        secret_hash=secret_hash(secret),
        name=name,
        created_at=api.clock.now(),
        created_by=by,
        workspaces=workspaces,
        expires_at=expires_at,
        home=home,
    )
    api.store.create_key(key)
    return FreshKey(key, f"{PREFIX}_{key.id.removeprefix('key_')}_{secret}")


def signed_in_key(api: Api, headers: Mapping[str, str], *, now: Millis) -> ApiKey:
    """The key behind `Authorization: Bearer tdg_…`. Raises NotSignedIn, saying why not."""
    header = headers.get("authorization", "")
    if not header:
        words = "Send your API key as `Authorization: Bearer tdg_…`."
        raise NotSignedIn("no_key", words, headers=_CHALLENGE)
    scheme, _, token = header.partition(" ")
    prefix, _, rest = token.strip().partition("_")
    name, _, secret = rest.rpartition("_")
    if scheme.lower() != "bearer" or prefix != PREFIX or not (name.isascii() and name.isalnum()):
        words = "This is no API key of Tidings; one looks like `Bearer tdg_…_…`."
        raise NotSignedIn("bad_key", words, headers=_CHALLENGE)
    try:
        key = api.store.key(f"key_{name}")
    except NotFound:
        key = None
    stored = key.secret_hash if key else "0" * 64
    if not hmac.compare_digest(stored, secret_hash(secret)) or key is None:
        raise NotSignedIn("bad_key", "This API key does not exist.", headers=_CHALLENGE)
    return _usable(key, now)


def _usable(key: ApiKey, now: Millis) -> ApiKey:
    if key.revoked_at is not None:
        raise NotSignedIn("revoked_key", "This API key was revoked.", headers=_CHALLENGE)
    if key.expires_at is not None and key.expires_at <= now:
        words = "This API key has expired; sign in again, or use another key."
        raise NotSignedIn("expired_key", words, headers=_CHALLENGE)
    return key


def workspace_at_hand(api: Api, key: ApiKey, headers: Mapping[str, str]) -> str:
    """The workspace that the request is about. Raises BadRequest when the key leaves it open."""
    named = headers.get(WORKSPACE_HEADER, "").strip() or key.home or ""
    if key.workspaces is None:
        return _of_all(api, named)
    if named:
        if named not in key.workspaces:
            raise _not_covered(named)
        return named
    if len(key.workspaces) == 1:
        return key.workspaces[0]
    raise _which_one(len(key.workspaces))


def _of_all(api: Api, named: str) -> str:
    if named:
        try:
            return api.store.workspace(named).id
        except NotFound:
            raise _not_covered(named) from None
    known = api.store.workspaces()
    if len(known) == 1:
        return known[0].id
    raise _which_one(len(known))


def _not_covered(named: str) -> NotAllowed:
    return NotAllowed(
        "workspace_not_covered", f"This key does not cover a workspace {named[:64]!r}."
    )


def _which_one(count: int) -> BadRequest:
    words = (
        f"This key covers {count} workspaces: say which one with the header `Tidings-Workspace`. "
        "`GET /v1/workspaces` lists them."
    )
    return BadRequest("workspace_needed", words)
