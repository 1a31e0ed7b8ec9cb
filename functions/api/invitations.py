"""Invitations: links by which people join; who invites sends them, where no mail can be sent."""

import hmac
from dataclasses import replace

from functions.api import people
from functions.api.auth import browser_key, person_behind, secret_hash, signed_in_key
from functions.api.changing import repeating
from functions.api.keys import created
from functions.api.mailing import mailed
from functions.api.problems import NotSignedIn
from functions.api.routing import Access, Answer, Call, Routes
from functions.api.schemas import people as shapes
from functions.api.schemas.answers import KeyCreated, Page
from shared.core.errors import Conflict, InvalidDraft, NotFound, Problem
from shared.core.kept import Kept
from shared.core.models import Millis
from shared.core.people import (
    INSTALLATION,
    INVITATION_LIFE,
    MOST_INVITATIONS,
    Invitation,
    Membership,
    Person,
    normal_email,
    person_id,
)
from shared.core.roles import Role
from shared.core.schedule import rfc3339
from shared.core.services import Api
from shared.core.workspaces import AuditEntry

SWEPT = 20
"""Old invitations that go away with a new one."""

routes = Routes(
    "Invitations",
    "A link makes whoever opens it a member. It works once, within 7 days, until it is revoked.",
    access=Access.KEY,
)


def _view(found: Invitation, now: Millis) -> shapes.Invitation:
    return shapes.Invitation(
        id=found.id,
        email=found.email,
        workspaces=people.memberships_view(found.memberships),
        created_at=rfc3339(found.created_at),
        created_by=found.created_by,
        expires_at=rfc3339(found.expires_at),
        expired=found.expires_at <= now,
    )


def _rules(call: Call, found: Invitation) -> bool:
    return all(call.role_in(workspace_id) is Role.ADMIN for workspace_id in found.memberships)


@routes.add(
    "GET", "/v1/invitations", "List invitations", answer=Page[shapes.Invitation], role=Role.ADMIN
)
def list_invitations(api: Api, call: Call) -> Answer:
    """Those that nobody has accepted yet, to workspaces of which you are an admin."""
    kept = api.store.all_kept(Invitation, INSTALLATION)
    found = [_view(invitation, call.now) for invitation in kept if _rules(call, invitation)]
    return Answer(Page[shapes.Invitation](items=found, next=None))


@routes.add(
    "POST",
    "/v1/invitations",
    "Invite somebody",
    body=shapes.InvitationCreate,
    answer=shapes.InvitationCreated,
    status=201,
    role=Role.ADMIN,
    unkept="code",
)
def create_invitation(api: Api, call: Call, *, body: shapes.InvitationCreate) -> Answer:
    """To one or more workspaces of which you are an admin. Somebody who is a member already gets
    the role that the invitation says, and can sign in with it anew. It is void once you are not an
    admin of them any more, or no owner if you were one.
    """
    secret = api.secrets.new()
    made = Invitation(
        id=api.ids.new("inv"),
        secret_hash=secret_hash(secret),
        email=normal_email(body.email),
        memberships=_offered(api, call, body),
        created_at=call.now,
        created_by=call.by,
        expires_at=call.now + INVITATION_LIFE,
        by_owner=call.is_owner,
        host=call.person.email if call.person else None,
    )
    kept = api.store.all_kept(Invitation, INSTALLATION)
    old = [invitation for invitation in kept if invitation.expires_at <= call.now][:SWEPT]
    if len(kept) - len(old) >= MOST_INVITATIONS:
        words = f"{MOST_INVITATIONS} invitations wait already; revoke some first."
        raise Conflict(words, code="too_many_invitations")
    moves: list[tuple[Kept | None, Kept | None]] = [(None, made), *((o, None) for o in old)]
    api.store.move_kept(moves, _entries(api, made, "member.invited", by=call.by, now=call.now))
    shown = _view(made, call.now).model_dump()
    code, told = f"{made.id}.{secret}", mailed(api, made.email)
    return Answer(shapes.InvitationCreated(**shown, code=code, mailed=told), status=201)


def _offered(api: Api, call: Call, body: shapes.InvitationCreate) -> dict[str, Membership]:
    offered: dict[str, Membership] = {}
    for n, place in enumerate(body.workspaces):
        where = f"workspaces[{n}]."
        try:
            workspace = api.store.workspace(place.workspace_id)
            covered = call.covers(workspace.id)
        except NotFound:
            covered = False
        if not covered:
            words = "You belong to no such workspace."
            raise InvalidDraft([Problem(f"{where}workspace_id", "unknown_workspace", words)])
        call.require(Role.ADMIN, place.workspace_id)
        offered[place.workspace_id] = people.wanted_membership(
            api, place.workspace_id, place.role, place.publishes_to, now=call.now, where=where
        )
    return offered


def _entries(api: Api, found: Invitation, action: str, *, by: str, now: Millis) -> list[AuditEntry]:
    """A line in the trail of each workspace."""
    return [
        people.audit(
            api,
            workspace_id,
            action,
            by=by,
            now=now,
            invitation_id=found.id,
            person_id=person_id(found.email),
            role=member.role.value,
        )
        for workspace_id, member in found.memberships.items()
    ]


@routes.add(
    "DELETE",
    "/v1/invitations/{invitation_id}",
    "Revoke an invitation",
    answer=None,
    status=204,
    role=Role.ADMIN,
)
def revoke_invitation(api: Api, call: Call, *, invitation_id: str) -> Answer:
    """Its link stops working at once."""
    found = api.store.kept(Invitation, INSTALLATION, invitation_id)
    if not _rules(call, found):
        raise NotFound("there is no such invitation")
    entries = _entries(api, found, "invitation.revoked", by=call.by, now=call.now)
    api.store.move_kept([(found, None)], entries)
    return Answer(None, status=204)


@routes.add(
    "POST",
    "/v1/invitations/open",
    "Look at an invitation",
    body=shapes.InvitationCode,
    answer=shapes.OpenedInvitation,
    access=Access.OPEN,
    repeatable=False,
)
def open_invitation(api: Api, call: Call, *, body: shapes.InvitationCode) -> Answer:
    """What the code of a link offers. It is not used up."""
    found = _redeemable(api, body.code, now=call.now)
    offered = [
        shapes.OfferedPlace(name=api.store.workspace(workspace_id).name, role=member.role)
        for workspace_id, member in found.memberships.items()
    ]
    shown = shapes.OpenedInvitation(
        email=found.email,
        invited_by=found.created_by,
        workspaces=offered,
        expires_at=rfc3339(found.expires_at),
    )
    return Answer(shown)


def _redeemable(api: Api, code: str, *, now: Millis) -> Invitation:
    """Raises NotSignedIn, whatever is wrong with it."""
    invitation_id, _, secret = code.rpartition(".")
    try:
        found = api.store.kept(Invitation, INSTALLATION, invitation_id)
    except NotFound:
        raise _no_longer() from None
    if not hmac.compare_digest(found.secret_hash, secret_hash(secret)):
        raise _no_longer()
    if not is_good(api, found, now=now):
        raise _no_longer()
    return found


def is_good(api: Api, found: Invitation, *, now: Millis) -> bool:
    """Whether it is young enough, and whoever made it could still make it: who was put out would
    otherwise come back by a link that they kept.
    """
    if found.expires_at <= now:
        return False
    if found.host is None:
        return True
    host = people.known(api, found.host)
    if host is None or (found.by_owner and not host.owner):
        return False
    roles = [host.membership(workspace_id) for workspace_id in found.memberships]
    return all(member is not None and member.role is Role.ADMIN for member in roles)


def _no_longer() -> NotSignedIn:
    words = "This invitation was used, revoked, or is too old; ask for a new one."
    return NotSignedIn("bad_invitation", words)


@routes.add(
    "POST",
    "/v1/invitations/accept",
    "Accept an invitation",
    body=shapes.InvitationAccept,
    answer=KeyCreated,
    status=201,
    access=Access.OPEN,
    repeatable=False,
)
def accept_invitation(api: Api, call: Call, *, body: shapes.InvitationAccept) -> Answer:
    """Makes you a member, and answers a key for 30 days with which your browser is signed in. It
    works once.

    The key reaches the workspaces of the invitation; all that you belong to only where an owner
    invited you: another admin might have kept the link for themselves.
    """

    def once() -> Invitation:
        found = _redeemable(api, body.code, now=call.now)
        join(api, found, body.name, now=call.now)
        return found

    found = repeating(once)
    workspaces = None if found.by_owner else _reach(api, found, body.api_key, now=call.now)
    return created(browser_key(api, found.email, now=call.now, workspaces=workspaces))


def join(api: Api, found: Invitation, name: str, *, now: Millis) -> None:
    """The invitation is gone in the same write."""
    before = people.known(api, found.email)
    if before is None:
        people.require_room(api)
    person = before or Person(person_id(found.email), found.email, now)
    given = {w: replace(m, since=now) for w, m in found.memberships.items()}
    after = replace(person, name=person.name or name).joined(given)
    entries = _entries(api, found, "member.joined", by=found.email, now=now)
    api.store.move_kept([(found, None), (before, after)], entries)


def _reach(
    api: Api, found: Invitation, api_key: str | None, *, now: Millis
) -> tuple[str, ...] | None:
    """The workspaces of the invitation, and of the key that its reader is signed in with already,
    if that is theirs.
    """
    offered = tuple(found.memberships)
    if api_key is None:
        return offered
    try:
        own = signed_in_key(api, {"authorization": f"Bearer {api_key}"}, now=now)
        person_behind(api, own)
    except NotSignedIn:
        return offered
    if not own.browser or own.person != found.email:
        return offered
    return None if own.workspaces is None else tuple(dict.fromkeys((*own.workspaces, *offered)))
