"""The route table: requests are served from it and OpenAPI is generated from it."""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import field
from enum import Enum
from typing import Any

from pydantic import BaseModel

from functions.api.problems import NotAllowed, Stale
from functions.api.schemas.base import NoQuery
from shared.core.models import Millis
from shared.core.people import Person
from shared.core.roles import Role, lesser
from shared.core.values import dataclass
from shared.core.workspaces import ApiKey


class Access(Enum):
    """Who may call: anybody, whoever has a key, or a key that covers the workspace at hand."""

    OPEN = "open"
    KEY = "key"
    WORKSPACE = "workspace"


@dataclass(frozen=True, slots=True)
class Call:
    """A request that was let in. `workspace_id` comes from the key and its header, nowhere else.
    `person` is whom the key acts for, as they are at this moment; none for a key that stands alone.
    """

    now: Millis
    key: ApiKey | None = None
    workspace: str | None = None
    if_match: str | None = None
    request_hash: str | None = None
    person: Person | None = None
    archived: bool | None = None
    """Whether the workspace is; None: nobody has looked."""

    @property
    def workspace_id(self) -> str:
        if self.workspace is None:
            raise RuntimeError("this route was declared without a workspace")
        return self.workspace

    @property
    def signed_in(self) -> ApiKey:
        if self.key is None:
            raise RuntimeError("this route was declared open")
        return self.key

    @property
    def by(self) -> str:
        """Who acts, for the audit trail: the person in front of a browser, else the key."""
        key = self.signed_in
        return self.person.email if key.browser and self.person else key.id

    def role_in(self, workspace_id: str) -> Role | None:
        """None: the workspace is not the caller's, and does not exist for them."""
        key = self.signed_in
        if key.workspaces is not None and workspace_id not in key.workspaces:
            return None
        if self.person is None:
            return key.role
        member = self.person.membership(workspace_id)
        return None if member is None else lesser(key.role, member.role)

    @property
    def is_owner(self) -> bool:
        """May do everything everywhere, and make workspaces."""
        key = self.signed_in
        wide = key.workspaces is None and key.role is Role.ADMIN
        return wide and (self.person is None or self.person.owner)

    def reaches_somewhere(self, least: Role) -> bool:
        """For what is about no single workspace."""
        if self.person is None or self.person.owner:
            return self.signed_in.role.reaches(least)
        roles = (self.role_in(workspace_id) for workspace_id in self.person.memberships)
        return any(role is not None and role.reaches(least) for role in roles)

    def covers(self, workspace_id: str) -> bool:
        return self.role_in(workspace_id) is not None

    def require(self, least: Role, workspace_id: str | None = None) -> None:
        """In the workspace at hand where none is named. Raises NotAllowed (`role_needed`), saying
        what is missing and who can give it.
        """
        if least is Role.OWNER:
            if not self.is_owner:
                raise NotAllowed("role_needed", _OWNER_NEEDED)
            return
        role = self.role_in(workspace_id or self.workspace_id)
        if role is None or not role.reaches(least):
            raise NotAllowed("role_needed", self._too_little(role, least))

    def _too_little(self, role: Role | None, least: Role) -> str:
        here = "none" if role is None else role.value
        if self.signed_in.browser:
            who = "An admin of the workspace can give it to you, under People."
        else:
            who = "An admin of the workspace can make a key with it."
        return f"This needs the role {least.value} here; yours is {here}. {who}"

    def needs_approval(self, account_ids: Iterable[str]) -> bool:
        """Whether what the caller writes for these accounts goes out only once somebody else
        approves it.
        """
        member = self.person.membership(self.workspace_id) if self.person else None
        return member is not None and not all(map(member.may_publish_to, account_ids))

    def require_publishing(self, account_ids: Iterable[str]) -> None:
        """Raises NotAllowed (`may_not_publish`) for what nobody could approve afterwards."""
        if self.needs_approval(account_ids):
            raise NotAllowed("may_not_publish", _MAY_NOT_PUBLISH)

    def check_match(self, version: int) -> None:
        """Raises Stale when the client saw another version than the one it is about to change."""
        if self.if_match is None or self.if_match == "*":
            return
        seen = {tag.strip().removeprefix("W/") for tag in self.if_match.split(",")}
        if etag(version) not in seen:
            words = "Somebody changed it since you read it; read it again and repeat your change."
            raise Stale("changed_meanwhile", words)


def etag(version: int) -> str:
    return f'"{version}"'


@dataclass(frozen=True, slots=True)
class Answer:
    """`version` becomes the ETag."""

    body: BaseModel | None
    status: int = 200
    version: int | None = None
    headers: Mapping[str, str] = field(default_factory=dict)


Handler = Callable[..., Answer]
_MAY_NOT_PUBLISH = (
    "You may not publish to this account by yourself. Somebody who may can do it, and an admin of "
    "the workspace can let you, under People."
)
_OWNER_NEEDED = (
    "Only an owner of this installation may do this, or a key for all workspaces with the role "
    "admin. An owner can make you one, under People."
)


@dataclass(frozen=True, slots=True)
class Operation:
    """One row of the table. `unkept` names a secret field of the answer. `role` is the least that
    may do it, in the workspace it is about; not given, reading takes a viewer and the rest an
    editor. `when_archived`: it changes something even in a workspace that was put away.
    """

    method: str
    path: str
    handler: Handler
    summary: str
    tag: str
    answers: Mapping[int, type[BaseModel] | None]
    body: type[BaseModel] | None = None
    query: type[BaseModel] = NoQuery
    access: Access = Access.WORKSPACE
    role: Role | None = None
    when_archived: bool = False
    repeatable: bool = True
    unkept: str | None = None
    if_match: bool = False

    @property
    def id(self) -> str:
        return self.handler.__name__

    @property
    def least_role(self) -> Role:
        return self.role or (Role.VIEWER if self.method == "GET" else Role.EDITOR)

    @property
    def parameters(self) -> tuple[str, ...]:
        return tuple(re.findall(r"{(\w+)}", self.path))

    @property
    def pattern(self) -> str:
        """The path as the resolver writes it."""
        return self.path.replace("{", "<").replace("}", ">")

    @property
    def description(self) -> str:
        return " ".join((self.handler.__doc__ or "").split())


class Routes:
    """The operations of one resource, declared by decorating the functions that do them."""

    def __init__(self, tag: str, description: str, *, access: Access = Access.WORKSPACE) -> None:
        self.tag = tag
        self.description = description
        self.access = access
        self.operations: list[Operation] = []

    def add(
        self,
        method: str,
        path: str,
        summary: str,
        *,
        answer: type[BaseModel] | None = None,
        status: int = 200,
        also: Mapping[int, type[BaseModel] | None] | None = None,
        **options: Any,
    ) -> Callable[[Handler], Handler]:
        """`also`: further answers, by status. `options`: the remaining fields of Operation."""

        def declare(handler: Handler) -> Handler:
            options.setdefault("access", self.access)
            answers = {status: answer, **(also or {})}
            self.operations.append(
                Operation(method, path, handler, summary, self.tag, answers, **options)
            )
            return handler

        return declare
