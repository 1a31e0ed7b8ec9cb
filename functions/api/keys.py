"""API keys and signing in."""

from dataclasses import replace

from functions.api import people, views
from functions.api.auth import DAY, FreshKey, browser_key, fresh_key, secret_hash
from functions.api.problems import NotAllowed, NotSignedIn
from functions.api.routing import Access, Answer, Call, Routes
from functions.api.schemas import answers as out
from functions.api.schemas import people as shapes
from functions.api.schemas.signing_in import KeyCreate, SignIn
from shared.core.errors import InvalidDraft, NotFound, Problem
from shared.core.people import Person, normal_email
from shared.core.roles import Role
from shared.core.services import Api
from shared.core.workspaces import ApiKey

routes = Routes(
    "Keys",
    "Bearer tokens for one, several or all workspaces. A key never makes one wider than itself.",
    access=Access.KEY,
)


@routes.add(
    "POST",
    "/v1/sign-in",
    "Sign in with the code of a link",
    body=SignIn,
    answer=out.KeyCreated,
    status=201,
    access=Access.OPEN,
    repeatable=False,
)
def sign_in(api: Api, call: Call, *, body: SignIn) -> Answer:
    """The code works once and answers a key for 30 days. Such links are made in the AWS account
    that runs Tidings: whoever has one is an owner.
    """
    try:
        email = normal_email(api.store.redeem_sign_in(secret_hash(body.code), now=call.now))
    except NotFound:
        words = "This link was used before, or is too old; ask for a new one."
        raise NotSignedIn("bad_code", words) from None
    people.made_owner(api, email, now=call.now)
    return created(browser_key(api, email, now=call.now, workspaces=None))


def created(made: FreshKey) -> Answer:
    shown = out.KeyCreated(**views.key(made.key).model_dump(), api_key=made.token)
    return Answer(shown, status=201)


@routes.add("GET", "/v1/me", "Who am I", answer=shapes.Me)
def who_am_i(api: Api, call: Call) -> Answer:
    """Your key, who it acts for, and what you may do in the workspaces that it covers."""
    found = [
        shapes.OwnWorkspace(
            **views.workspace(w).model_dump(),
            role=role,
            publishes_to=people.publishes_to(call, w.id),
        )
        for w in api.store.workspaces()
        if (role := call.role_in(w.id)) is not None
    ]
    person = None if call.person is None else people.person_view(_as_seen(call, call.person))
    key = views.key(call.signed_in)
    return Answer(shapes.Me(key=key, person=person, owner=call.is_owner, workspaces=found))


def _as_seen(call: Call, person: Person) -> Person:
    """Without what the key does not reach: whoever has it may not be them."""
    covered = {w: m for w, m in person.memberships.items() if call.covers(w)}
    return replace(person, memberships=covered)


@routes.add("GET", "/v1/keys", "List keys", answer=out.Page[out.Key])
def list_keys(api: Api, call: Call) -> Answer:
    """Those that reach no further than you do, without their secrets."""
    kept = api.store.keys()
    found = [views.key(key) for key in kept if _mine(key, call) or _within(key, call)]
    return Answer(out.Page[out.Key](items=found, next=None))


def _mine(key: ApiKey, call: Call) -> bool:
    """This key itself, or one of the same person that reaches no further: a link that somebody else
    kept makes a key of that person, too, and a program's key is not all that they are.
    """
    own = call.signed_in
    if key.id == own.id:
        return True
    if key.person is None or key.person != own.person or not own.role.reaches(key.role):
        return False
    return own.workspaces is None or (
        key.workspaces is not None and set(key.workspaces) <= set(own.workspaces)
    )


def _within(key: ApiKey, call: Call) -> bool:
    if key.workspaces is None:
        return call.is_owner
    return all(call.covers(workspace_id) for workspace_id in key.workspaces)


def _rules(key: ApiKey, call: Call) -> bool:
    """Whether the caller is an admin wherever the key reaches."""
    if key.workspaces is None:
        return call.is_owner
    return all(call.role_in(workspace_id) is Role.ADMIN for workspace_id in key.workspaces)


@routes.add(
    "POST",
    "/v1/keys",
    "Create a key",
    body=KeyCreate,
    answer=out.KeyCreated,
    status=201,
    role=Role.ADMIN,
    unkept="api_key",
)
def create_key(api: Api, call: Call, *, body: KeyCreate) -> Answer:
    """For one, several or all workspaces of which you are an admin. The token is shown this once.

    A key that a person makes acts for them: what they lose, it loses.
    """
    workspaces = _wanted(api, call, body)
    expires = None if body.expires_in_days is None else call.now + body.expires_in_days * DAY
    own = call.signed_in
    ends = own.expires_at if not own.browser else None
    if ends is not None and (expires is None or expires > ends):
        words = "A key cannot make one that outlives it."
        raise NotAllowed("outlives_its_maker", words)
    made = fresh_key(
        api,
        name=body.name,
        by=call.by,
        workspaces=workspaces,
        expires_at=expires,
        role=_role(body),
        person=own.person,
    )
    return created(made)


def _role(body: KeyCreate) -> Role:
    if body.role is Role.OWNER:
        words = "A key for all workspaces with the role admin may do what an owner may."
        raise InvalidDraft([Problem("role", "not_for_keys", words)])
    return body.role


def _wanted(api: Api, call: Call, body: KeyCreate) -> tuple[str, ...] | None:
    if (body.workspace_ids is None) != body.all_workspaces:
        words = "Give either `workspace_ids` or `all_workspaces`: true."
        raise InvalidDraft([Problem("workspace_ids", "choose_one", words)])
    if body.all_workspaces:
        call.require(Role.OWNER)
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
    for workspace_id in wanted:
        call.require(Role.ADMIN, workspace_id)
    return wanted


@routes.add("DELETE", "/v1/keys/{key_id}", "Revoke a key", answer=out.Key, role=Role.VIEWER)
def revoke_key(api: Api, call: Call, *, key_id: str) -> Answer:
    """It stops working at once. Revoking it again changes nothing; your own you may revoke, as far
    as the key that you use reaches, and those of workspaces of which you are an admin.
    """
    found: ApiKey = api.store.key(key_id)
    if not (_mine(found, call) or _rules(found, call)):
        raise NotFound("there is no such key")
    return Answer(views.key(api.store.revoke_key(key_id, now=call.now)))
