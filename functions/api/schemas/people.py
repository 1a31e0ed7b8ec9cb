"""Shapes of people: members, invitations, and what the caller may do."""

from typing import Annotated

from pydantic import ConfigDict, Field, StringConstraints

from functions.api.schemas.accounts import Workspace
from functions.api.schemas.answers import Key
from functions.api.schemas.base import GivenId, Id, Input, Output, Time
from shared.core.people import LONGEST_ADDRESS, MOST_AT_ONCE
from shared.core.roles import Role

Email = Annotated[str, StringConstraints(min_length=3, max_length=LONGEST_ADDRESS + 20)]
PersonName = Annotated[str, StringConstraints(strip_whitespace=True, max_length=100)]
GivenRole = Annotated[Role, Field(strict=False)]
Accounts = Annotated[tuple[GivenId, ...], Field(max_length=200)]
PUBLISHES = (
    "The accounts to which what they write may go out without anybody else; null: all of the "
    "workspace. On other accounts they may write, and somebody else approves."
)


class Membership(Output):
    workspace_id: Id
    role: Role
    publishes_to: list[Id] | None = Field(description=PUBLISHES)
    since: Time


class Person(Output):
    id: Id
    email: str
    name: str
    owner: bool = Field(description="May do everything in every workspace, and make workspaces.")
    created_at: Time
    memberships: list[Membership]
    version: int


class Member(Output):
    """A person as one workspace sees them. Owners belong to every workspace."""

    id: Id
    email: str
    name: str
    owner: bool
    role: Role
    publishes_to: list[Id] | None = Field(description=PUBLISHES)
    since: Time
    you: bool
    version: int


class MemberEdit(Input):
    """What is left out stays as it is."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"role": "approver"}]})

    role: GivenRole | None = None
    publishes_to: Accounts | None = Field(default=None, description=PUBLISHES)


class PersonEdit(Input):
    """What is left out stays as it is."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"owner": True}]})

    name: PersonName | None = None
    owner: bool | None = None


class Place(Input):
    """What somebody is to be in one workspace."""

    workspace_id: GivenId
    role: GivenRole
    publishes_to: Accounts | None = Field(default=None, description=PUBLISHES)


class InvitationCreate(Input):
    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "email": "ada@bakery.example",
                    "workspaces": [{"workspace_id": "wsp_01", "role": "editor"}],
                }
            ]
        }
    )

    email: Email
    workspaces: Annotated[tuple[Place, ...], Field(min_length=1, max_length=MOST_AT_ONCE)]


class Invitation(Output):
    id: Id
    email: str
    workspaces: list[Membership]
    created_at: Time
    created_by: str
    expires_at: Time
    expired: bool


class InvitationCreated(Invitation):
    code: str | None = Field(
        description="Put it behind `/#invitation=` and send that link; it is shown this once. null "
        "in the repeated answer to an Idempotency-Key, since it is not kept."
    )
    mailed: bool = Field(
        description="True: they have a password here, or a mail with a first one, and need no "
        "link. False: send them the link."
    )


class InvitationCode(Input):
    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"code": "inv_01.cc370eaa2de7e4e5b996cf6cf81400418e6b6023"}]
        }
    )

    code: Annotated[str, StringConstraints(min_length=1, max_length=200)]


class OfferedPlace(Output):
    name: str = Field(description="Of the workspace.")
    role: Role


class OpenedInvitation(Output):
    email: str
    invited_by: str
    workspaces: list[OfferedPlace]
    expires_at: Time


class InvitationAccept(InvitationCode):
    name: PersonName = Field(
        default="", description="How others see you. Somebody who has a name already keeps it."
    )
    api_key: Annotated[str, StringConstraints(max_length=200)] | None = Field(
        default=None,
        description="The key of the browser that you are signed in with: if it is yours, the new "
        "one reaches what that one reached, too.",
    )


class WorkspacesQuery(Input):
    archived: Annotated[bool, Field(strict=False)] = Field(
        default=False, description="Show those that were archived, too."
    )


class OwnWorkspace(Workspace):
    role: Role = Field(description="What you may do here.")
    publishes_to: list[Id] | None = Field(description=PUBLISHES)


class Me(Output):
    key: Key
    person: Person | None = Field(description="Whom the key acts for; null: it stands alone.")
    owner: bool = Field(description="You may do everything everywhere, and make workspaces.")
    workspaces: list[OwnWorkspace]
