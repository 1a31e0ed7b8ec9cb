"""Signing in with an account that somebody else keeps. Who may do what stays in our own table."""

from functions.api import people
from functions.api.auth import browser_key
from functions.api.changing import repeating
from functions.api.direct import first_workspace
from functions.api.invitations import is_good, join
from functions.api.keys import created
from functions.api.problems import NotAllowed, NotSignedIn
from functions.api.routing import Access, Answer, Call, Routes
from functions.api.schemas import answers as out
from functions.api.schemas import signing_in as shapes
from shared.core.errors import NotFound
from shared.core.issuers import Arrival, Door, IdentityRefused
from shared.core.models import MINUTE, Millis
from shared.core.people import INSTALLATION, Invitation, normal_email
from shared.core.services import Api

KEY_LIFE: Millis = 12 * 60 * MINUTE
"""A working day: who was shut out at the issuer is out here by the next."""

routes = Routes(
    "Signing in",
    "How people come in who have no key: with their account at the issuer of this installation.",
    access=Access.OPEN,
)


@routes.add("GET", "/v1/sign-in", "How to sign in", answer=shapes.SignInWays)
def sign_in_ways(api: Api, call: Call) -> Answer:
    """Where a browser goes to sign in, and as which client."""
    if api.door is None:
        return Answer(shapes.SignInWays(oidc=None))
    found = api.door.issuer.entrance()
    way = shapes.OidcWay(
        name=found.name,
        issuer=found.issuer,
        authorization_endpoint=found.authorization_endpoint,
        end_session_endpoint=found.end_session_endpoint,
        client_id=found.client_id,
        scope=found.scope,
    )
    return Answer(shapes.SignInWays(oidc=way))


@routes.add(
    "POST",
    "/v1/sign-in/oidc",
    "Sign in with the issuer's code",
    body=shapes.OidcSignIn,
    answer=out.KeyCreated,
    status=201,
    repeatable=False,
)
def sign_in_oidc(api: Api, call: Call, *, body: shapes.OidcSignIn) -> Answer:
    """The code works once and answers a key for 12 hours, if the issuer vouches for an address that
    is known here. Invitations of that address are accepted with it.
    """
    if api.door is None:
        raise NotFound("this installation has no issuer to sign in with")
    arrival = Arrival(body.code, body.verifier, body.nonce, body.redirect_uri)
    try:
        email = normal_email(api.door.issuer.email_of(arrival))
    except IdentityRefused as refused:
        raise NotSignedIn(refused.code, refused.message) from refused
    repeating(lambda: _accept(api, email, now=call.now))
    _require_known(api, api.door, email, now=call.now)
    return created(browser_key(api, email, now=call.now, workspaces=None, life=KEY_LIFE))


def _accept(api: Api, email: str, *, now: Millis) -> None:
    """Whoever proves an address has what it was invited to, without the link."""
    for invitation in api.store.all_kept(Invitation, INSTALLATION):
        if invitation.email == email and is_good(api, invitation, now=now):
            join(api, invitation, "", now=now)


def _require_known(api: Api, door: Door, email: str, *, now: Millis) -> None:
    """Raises NotAllowed when nobody here has the address."""
    found = people.known(api, email)
    if found is not None and (found.owner or found.memberships):
        return
    if email == door.owner.strip().lower() and not _is_owned(api):
        first_workspace(api, email, door.time_zone)
        people.made_owner(api, email, now=now)
        return
    words = (
        f"{door.issuer.entrance().name} knows you as {email}, but nobody has let this address in "
        "here. Ask an owner of this installation, or an admin of your workspace, to invite it."
    )
    raise NotAllowed("not_a_member", words)


def _is_owned(api: Api) -> bool:
    """Once somebody owns the installation, only they say who else does."""
    return any(person.owner for person in people.everybody(api))
