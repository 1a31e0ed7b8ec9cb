"""API keys and signing in."""

from functions.api import views
from functions.api.auth import FreshKey, fresh_key, secret_hash
from functions.api.problems import NotAllowed, NotSignedIn
from functions.api.routing import Access, Answer, Call, Routes
from functions.api.schemas import answers as out
from functions.api.schemas import requests as take
from shared.core.errors import InvalidDraft, NotFound, Problem
from shared.core.models import MINUTE, Millis
from shared.core.services import Api
from shared.core.workspaces import ApiKey

DAY: Millis = 24 * 60 * MINUTE
BROWSER_KEY: Millis = 30 * DAY

routes = Routes(
    "Keys",
    "Bearer tokens for one, several or all workspaces. A key never makes one wider than itself.",
    access=Access.KEY,
)


@routes.add(
    "POST",
    "/v1/sign-in",
    "Sign in with the code of a link",
    body=take.SignIn,
    answer=out.KeyCreated,
    status=201,
    access=Access.OPEN,
    repeatable=False,
)
def sign_in(api: Api, call: Call, *, body: take.SignIn) -> Answer:
    """The code works once and answers a key for 30 days."""
    try:
        email = api.store.redeem_sign_in(secret_hash(body.code), now=call.now)
    except NotFound:
        words = "This link was used before, or is too old; ask for a new one."
        raise NotSignedIn("bad_code", words) from None
    made = fresh_key(
        api,
        name=f"Browser of {email}",
        by=email,
        workspaces=None,
        expires_at=call.now + BROWSER_KEY,
    )
    return _created(made)


def _created(made: FreshKey) -> Answer:
    shown = out.KeyCreated(**views.key(made.key).model_dump(), api_key=made.token)
    return Answer(shown, status=201)


@routes.add("GET", "/v1/me", "Who am I", answer=out.Me)
def who_am_i(api: Api, call: Call) -> Answer:
    """Your key, and the workspaces that it covers."""
    covered = [w for w in api.store.workspaces() if call.covers(w.id)]
    return Answer(
        out.Me(key=views.key(call.signed_in), workspaces=[views.workspace(w) for w in covered])
    )


@routes.add("GET", "/v1/keys", "List keys", answer=out.Page[out.Key])
def list_keys(api: Api, call: Call) -> Answer:
    """Those that reach no further than yours. Secrets are never shown again."""
    kept = api.store.keys()
    found = [views.key(key) for key in kept if _within(key.workspaces, call)]
    return Answer(out.Page[out.Key](items=found, next=None))


def _within(workspaces: tuple[str, ...] | None, call: Call) -> bool:
    if workspaces is None:
        return call.signed_in.workspaces is None
    return all(call.covers(workspace_id) for workspace_id in workspaces)


@routes.add(
    "POST",
    "/v1/keys",
    "Create a key",
    body=take.KeyCreate,
    answer=out.KeyCreated,
    status=201,
    unkept="api_key",
)
def create_key(api: Api, call: Call, *, body: take.KeyCreate) -> Answer:
    """For one, several or all workspaces. The token is shown this once."""
    workspaces = _wanted(api, call, body)
    expires = None if body.expires_in_days is None else call.now + body.expires_in_days * DAY
    own_end = call.signed_in.expires_at
    if own_end is not None and (expires is None or expires > own_end) and not _is_person(call):
        words = "A key cannot make one that outlives it."
        raise NotAllowed("outlives_its_maker", words)
    made = fresh_key(api, name=body.name, by=call.by, workspaces=workspaces, expires_at=expires)
    return _created(made)


def _is_person(call: Call) -> bool:
    """A key that no other key made stands for the person who signed in."""
    return not call.signed_in.created_by.startswith("key_")


def _wanted(api: Api, call: Call, body: take.KeyCreate) -> tuple[str, ...] | None:
    if (body.workspace_ids is None) != body.all_workspaces:
        words = "Give either `workspace_ids` or `all_workspaces`: true."
        raise InvalidDraft([Problem("workspace_ids", "choose_one", words)])
    if body.all_workspaces:
        call.require_all_workspaces("make a key for all workspaces")
        return None
    wanted = tuple(dict.fromkeys(body.workspace_ids or ()))
    known = {w.id for w in api.store.workspaces() if call.covers(w.id)}
    wrong = [
        Problem(f"workspace_ids[{n}]", "unknown_workspace", "Your key covers no such workspace.")
        for n, workspace_id in enumerate(wanted)
        if workspace_id not in known
    ]
    if wrong:
        raise InvalidDraft(wrong)
    return wanted


@routes.add("DELETE", "/v1/keys/{key_id}", "Revoke a key", answer=out.Key)
def revoke_key(api: Api, call: Call, *, key_id: str) -> Answer:
    """It stops working at once. Revoking it again changes nothing; you may revoke your own."""
    found: ApiKey = api.store.key(key_id)
    if not _within(found.workspaces, call):
        raise NotFound("there is no such key")
    return Answer(views.key(api.store.revoke_key(key_id, now=call.now)))
