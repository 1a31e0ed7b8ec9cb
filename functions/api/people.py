"""What the routes about people have in common."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from functions.api.routing import Call
from functions.api.schemas import people as shapes
from shared.core.errors import Conflict, InvalidDraft, NotFound, Problem
from shared.core.models import Millis
from shared.core.people import INSTALLATION, MOST_PEOPLE, Membership, Person, person_id
from shared.core.roles import Role
from shared.core.schedule import rfc3339
from shared.core.services import Api
from shared.core.workspaces import AuditEntry


def person(api: Api, wanted: str) -> Person:
    """Strong read; raises NotFound."""
    return api.store.kept(Person, INSTALLATION, wanted)


def known(api: Api, email: str) -> Person | None:
    """Whoever has this normalised address."""
    try:
        return person(api, person_id(email))
    except NotFound:
        return None


def everybody(api: Api) -> Sequence[Person]:
    return api.store.all_kept(Person, INSTALLATION)


def require_room(api: Api) -> None:
    if len(everybody(api)) >= MOST_PEOPLE:
        words = f"This installation knows {MOST_PEOPLE} people already; remove some first."
        raise Conflict(words, code="too_many_people")


def made_owner(api: Api, email: str, *, now: Millis) -> None:
    """Whoever comes with a link from the AWS account owns the installation."""
    found = known(api, email)
    if found is not None and found.owner:
        return
    person = found or Person(person_id(email), email, now)
    entry = audit(api, INSTALLATION, "person.owner", by=email, now=now, person_id=person.id)
    api.store.move_kept([(found, replace(person, owner=True))], [entry])


def saved(api: Api, before: Person, after: Person | None, audits: Sequence[AuditEntry]) -> None:
    """`after` None: the person is removed. Raises Conflict (`last_owner`)."""
    moves: list[tuple[Person | None, Person | None]] = [(before, after)]
    if before.owner and not (after and after.owner):
        others = [p for p in everybody(api) if p.owner and p.id != before.id]
        if not others:
            words = "Somebody must own the installation: make another person an owner first."
            raise Conflict(words, code="last_owner")
        # Two owners who take it from each other at once: one of the writes fails.
        moves.append((others[0], others[0]))
    api.store.move_kept(moves, audits)


def audit(
    api: Api, workspace_id: str, action: str, *, by: str, now: Millis, **detail: str
) -> AuditEntry:
    """A line in the trail of a workspace, or of the installation."""
    return AuditEntry(api.ids.new("aud"), workspace_id, now, by, action, detail=detail)


def wanted_membership(
    api: Api,
    workspace_id: str,
    role: Role,
    publishes_to: tuple[str, ...] | None,
    *,
    now: Millis,
    where: str = "",
) -> Membership:
    """Raises InvalidDraft where it makes no sense."""
    wrong = []
    if role is Role.OWNER:
        words = "A workspace has no owners; whoever owns the installation says who else does."
        wrong.append(Problem(f"{where}role", "not_in_a_workspace", words))
    if publishes_to is not None and role is Role.ADMIN:
        words = "An admin publishes everywhere; leave this out, or give a lesser role."
        wrong.append(Problem(f"{where}publishes_to", "not_for_admins", words))
    if publishes_to:
        there = {account.id for account in api.store.accounts(workspace_id)}
        wrong += [
            Problem(
                f"{where}publishes_to[{n}]",
                "unknown_account",
                "This workspace has no such account.",
            )
            for n, account_id in enumerate(publishes_to)
            if account_id not in there
        ]
    if wrong:
        raise InvalidDraft(wrong)
    accounts = None if publishes_to is None else tuple(dict.fromkeys(publishes_to))
    return Membership(role, accounts, since=now)


def publishes_to(call: Call, workspace_id: str) -> list[str] | None:
    """The accounts to which what the caller writes may go out; None: all."""
    member = call.person.membership(workspace_id) if call.person else None
    return None if member is None else accounts_of(member)


def accounts_of(member: Membership) -> list[str] | None:
    return None if member.publishes_to is None else list(member.publishes_to)


def memberships_view(found: Mapping[str, Membership]) -> list[shapes.Membership]:
    return [
        shapes.Membership(
            workspace_id=workspace_id,
            role=member.role,
            publishes_to=accounts_of(member),
            since=rfc3339(member.since),
        )
        for workspace_id, member in found.items()
    ]


def person_view(found: Person) -> shapes.Person:
    return shapes.Person(
        id=found.id,
        email=found.email,
        name=found.name,
        owner=found.owner,
        created_at=rfc3339(found.created_at),
        memberships=memberships_view(found.memberships),
        version=found.version,
    )
