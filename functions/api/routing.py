"""The route table: requests are served from it and OpenAPI is generated from it."""

import re
from collections.abc import Callable, Mapping
from dataclasses import field
from enum import Enum
from typing import Any

from pydantic import BaseModel

from functions.api.problems import NotAllowed, Stale
from functions.api.schemas.requests import NoQuery
from shared.core.models import Millis
from shared.core.values import dataclass
from shared.core.workspaces import ApiKey


class Access(Enum):
    """Who may call: anybody, whoever has a key, or a key that covers the workspace at hand."""

    OPEN = "open"
    KEY = "key"
    WORKSPACE = "workspace"


@dataclass(frozen=True, slots=True)
class Call:
    """A request that was let in. `workspace_id` comes from the key and its header, nowhere else."""

    now: Millis
    key: ApiKey | None = None
    workspace: str | None = None
    if_match: str | None = None
    request_hash: str | None = None

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
        """Who acts, for the audit trail."""
        return self.signed_in.id

    def covers(self, workspace_id: str) -> bool:
        allowed = self.signed_in.workspaces
        return allowed is None or workspace_id in allowed

    def require_all_workspaces(self, doing: str) -> None:
        if self.signed_in.workspaces is not None:
            words = f"Only a key for all workspaces may {doing}."
            raise NotAllowed("all_workspaces_needed", words)

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


@dataclass(frozen=True, slots=True)
class Operation:
    """One row of the table. `unkept` names a secret field of the answer."""

    method: str
    path: str
    handler: Handler
    summary: str
    tag: str
    answers: Mapping[int, type[BaseModel] | None]
    body: type[BaseModel] | None = None
    query: type[BaseModel] = NoQuery
    access: Access = Access.WORKSPACE
    repeatable: bool = True
    unkept: str | None = None
    if_match: bool = False

    @property
    def id(self) -> str:
        return self.handler.__name__

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
