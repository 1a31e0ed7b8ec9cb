"""Who is calling, and on behalf of which workspace."""

import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import replace

from functions.api.problems import BadRequest, NotAllowed, NotSignedIn
from functions.api.routing import Call
from shared.core.errors import NotFound
from shared.core.models import MINUTE, Millis
from shared.core.people import INSTALLATION, Person, person_id
from shared.core.roles import Role
from shared.core.services import Api
from shared.core.values import dataclass
from shared.core.workspaces import ApiKey, Workspace

DAY: Millis = 24 * 60 * MINUTE
BROWSER_KEY: Millis = 30 * DAY
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
    role: Role = Role.ADMIN,
    person: str | None = None,
    browser: bool = False,
) -> FreshKey:
    """Store a new key; the fields mean what they mean in `ApiKey`."""
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
        role=role,
        person=person,
        browser=browser,
    )
    api.store.create_key(key)
    return FreshKey(key, f"{PREFIX}_{key.id.removeprefix('key_')}_{secret}")


def browser_key(
    api: Api,
    email: str,
    *,
    now: Millis,
    workspaces: tuple[str, ...] | None,
    life: Millis = BROWSER_KEY,
) -> FreshKey:
    """For somebody who signed in, known by this normalised address. `workspaces` None only where it
    is certain who they are: it reaches whatever they may, now and later.
    """
    return fresh_key(
        api,
        name=f"Browser of {email}",
        by=email,
        workspaces=workspaces,
        expires_at=now + life,
        person=email,
        browser=True,
    )


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


def person_behind(api: Api, key: ApiKey) -> Person | None:
    """As they are now: what was taken away does not work any more. Raises NotSignedIn when they
    were removed, also if they came back since: their keys of before stay what they became.
    """
    if key.person is None:
        return None
    try:
        found = api.store.kept(Person, INSTALLATION, person_id(key.person))
    except NotFound:
        found = None
    if found is None or key.created_at < found.created_at:
        words = "Whoever this key acts for was removed; sign in again, or ask for an invitation."
        raise NotSignedIn("removed_person", words, headers=_CHALLENGE)
    return found


def with_workspace(api: Api, call: Call, headers: Mapping[str, str]) -> Call:
    """With the workspace that the request is about. Raises BadRequest when that is left open,
    NotAllowed when it is not the caller's.
    """
    named = headers.get(WORKSPACE_HEADER, "").strip() or call.signed_in.home or ""
    mine = _own(call)
    if mine is None:
        found = _of_all(api, named)
        return replace(call, workspace=found.id, archived=found.archived_at is not None)
    if named:
        if named not in mine:
            raise _not_covered(named)
        return replace(call, workspace=named)
    if len(mine) == 1:
        return replace(call, workspace=mine[0])
    raise _which_one(len(mine)) if mine else _none_left()


def _own(call: Call) -> list[str] | None:
    """The workspaces of the caller; None: whichever there are."""
    key, person = call.signed_in, call.person
    if key.workspaces is not None:
        return [w for w in key.workspaces if call.covers(w)]
    return None if person is None or person.owner else list(person.memberships)


def _of_all(api: Api, named: str) -> Workspace:
    if named:
        try:
            return api.store.workspace(named)
        except NotFound:
            raise _not_covered(named) from None
    known = api.store.workspaces()
    if len(known) == 1:
        return known[0]
    raise _which_one(len(known))


def _not_covered(named: str) -> NotAllowed:
    return NotAllowed(
        "workspace_not_covered", f"This key does not cover a workspace {named[:64]!r}."
    )


def _none_left() -> NotAllowed:
    words = "You belong to no workspace any more; an admin of one can invite you."
    return NotAllowed("no_workspace", words)


def _which_one(count: int) -> BadRequest:
    words = (
        f"This key covers {count} workspaces: say which one with the header `Tidings-Workspace`. "
        "`GET /v1/workspaces` lists them."
    )
    return BadRequest("workspace_needed", words)
