"""Members of a workspace, and everybody whom the installation knows."""

from dataclasses import replace

from functions.api import people
from functions.api.acting import audit_entry
from functions.api.changing import repeating
from functions.api.routing import Access, Answer, Call, Routes
from functions.api.schemas import people as shapes
from functions.api.schemas.answers import Page
from shared.core.errors import Conflict, InvalidDraft, NotFound, Problem
from shared.core.people import INSTALLATION, Membership, Person
from shared.core.roles import Role
from shared.core.schedule import rfc3339
from shared.core.services import Api

routes = Routes("People", "Who belongs to a workspace, as what, and where they may publish.")


def _member(call: Call, found: Person, member: Membership) -> shapes.Member:
    return shapes.Member(
        id=found.id,
        email=found.email,
        name=found.name,
        owner=found.owner,
        role=member.role,
        publishes_to=people.accounts_of(member),
        since=rfc3339(member.since or found.created_at),
        you=call.person is not None and call.person.id == found.id,
        version=found.version,
    )


@routes.add("GET", "/v1/members", "List members", answer=Page[shapes.Member])
def list_members(api: Api, call: Call) -> Answer:
    """Everybody who belongs to the workspace, owners of the installation included."""
    listed = [
        _member(call, found, member)
        for found in people.everybody(api)
        if (member := found.membership(call.workspace_id)) is not None
    ]
    listed.sort(key=lambda m: (not m.owner, m.email))
    return Answer(Page[shapes.Member](items=listed, next=None))


def _found(api: Api, call: Call, person_id: str) -> tuple[Person, Membership]:
    found = people.person(api, person_id)
    member = found.membership(call.workspace_id)
    if member is None:
        raise NotFound("this workspace has no such member")
    if found.owner:
        words = "Owners of the installation belong to every workspace; an owner can change that."
        raise Conflict(words, code="is_owner")
    return found, member


@routes.add(
    "PATCH",
    "/v1/members/{person_id}",
    "Change a member",
    body=shapes.MemberEdit,
    answer=shapes.Member,
    role=Role.ADMIN,
    when_archived=True,
    if_match=True,
)
def edit_member(api: Api, call: Call, *, person_id: str, body: shapes.MemberEdit) -> Answer:
    """Their role, and the accounts to which they may publish. It holds from their next request on,
    and for the keys that they made.
    """
    if body.role is None and "publishes_to" not in body.model_fields_set:
        raise InvalidDraft([Problem("", "nothing_given", "Give `role`, `publishes_to`, or both.")])

    def once() -> Person:
        found, member = _found(api, call, person_id)
        call.check_match(found.version)
        role = body.role or member.role
        accounts = member.publishes_to
        if "publishes_to" in body.model_fields_set:
            accounts = body.publishes_to
        elif role is Role.ADMIN:
            accounts = None
        wanted = people.wanted_membership(api, call.workspace_id, role, accounts, now=call.now)
        after = found.joined({call.workspace_id: replace(wanted, since=member.since)})
        detail = {"person_id": person_id, "role": role.value, "publishes_to": _said(accounts)}
        people.saved(api, found, after, [audit_entry(api, call, "member.changed", **detail)])
        return replace(after, version=found.version + 1)

    after = repeating(once)
    shown = _member(call, after, after.memberships[call.workspace_id])
    return Answer(shown, version=after.version)


def _said(accounts: tuple[str, ...] | None) -> str:
    return "all" if accounts is None else " ".join(accounts) or "none"


@routes.add(
    "DELETE",
    "/v1/members/{person_id}",
    "Remove a member",
    answer=None,
    status=204,
    role=Role.VIEWER,
    when_archived=True,
    if_match=True,
)
def remove_member(api: Api, call: Call, *, person_id: str) -> Answer:
    """From this workspace, with effect from their next request. Everybody may leave by themselves;
    removing others takes an admin. What they wrote stays.
    """
    if call.person is None or call.person.id != person_id:
        call.require(Role.ADMIN)

    def once() -> None:
        found, _ = _found(api, call, person_id)
        call.check_match(found.version)
        entry = audit_entry(api, call, "member.removed", person_id=person_id)
        people.saved(api, found, found.without(call.workspace_id), [entry])

    repeating(once)
    return Answer(None, status=204)


@routes.add(
    "GET",
    "/v1/people",
    "List everybody",
    answer=Page[shapes.Person],
    access=Access.KEY,
    role=Role.OWNER,
)
def list_people(api: Api, call: Call) -> Answer:
    """Whom the installation knows, with all that they belong to."""
    found = [people.person_view(p) for p in people.everybody(api)]
    return Answer(Page[shapes.Person](items=found, next=None))


@routes.add(
    "PATCH",
    "/v1/people/{person_id}",
    "Change a person",
    body=shapes.PersonEdit,
    answer=shapes.Person,
    access=Access.KEY,
    role=Role.OWNER,
    if_match=True,
)
def edit_person(api: Api, call: Call, *, person_id: str, body: shapes.PersonEdit) -> Answer:
    """Their name, and whether they own the installation. The last owner stays one."""

    def once() -> Person:
        found = people.person(api, person_id)
        call.check_match(found.version)
        after = replace(
            found,
            name=found.name if body.name is None else body.name,
            owner=found.owner if body.owner is None else body.owner,
        )
        detail = {"person_id": person_id, "owner": str(after.owner).lower()}
        entry = people.audit(
            api, INSTALLATION, "person.changed", by=call.by, now=call.now, **detail
        )
        people.saved(api, found, after, [entry])
        return replace(after, version=found.version + 1)

    after = repeating(once)
    return Answer(people.person_view(after), version=after.version)


@routes.add(
    "DELETE",
    "/v1/people/{person_id}",
    "Remove a person",
    answer=None,
    status=204,
    access=Access.KEY,
    role=Role.OWNER,
    if_match=True,
)
def remove_person(api: Api, call: Call, *, person_id: str) -> Answer:
    """From every workspace; the keys that act for them stop working. What they wrote stays, and the
    trails go on naming them.
    """

    def once() -> None:
        found = people.person(api, person_id)
        call.check_match(found.version)
        entries = [
            people.audit(api, home, "person.removed", by=call.by, now=call.now, person_id=person_id)
            for home in [INSTALLATION, *found.memberships][:_MOST_LINES]
        ]
        people.saved(api, found, None, entries)

    repeating(once)
    return Answer(None, status=204)


_MOST_LINES = 90
"""Lines of one transaction, which holds 100 writes."""
