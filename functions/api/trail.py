"""The audit trail of a workspace; a post's own is part of the post."""

from functions.api import views
from functions.api.routing import Access, Answer, Call, Routes
from functions.api.schemas import answers as out
from functions.api.schemas import requests as take
from shared.core.people import INSTALLATION
from shared.core.roles import Role
from shared.core.services import Api

routes = Routes("Audit", "Who did what to the workspace, its accounts and its settings.")


@routes.add(
    "GET",
    "/v1/audit",
    "List the workspace's audit trail",
    query=take.ListQuery,
    answer=out.Page[out.AuditEntry],
)
def list_audit(api: Api, call: Call, *, query: take.ListQuery) -> Answer:
    """Latest first. What happened to a post is in the post."""
    return _trail(api, call.workspace_id, query)


@routes.add(
    "GET",
    "/v1/installation/audit",
    "List the installation's audit trail",
    query=take.ListQuery,
    answer=out.Page[out.AuditEntry],
    access=Access.KEY,
    role=Role.OWNER,
)
def list_installation_audit(api: Api, call: Call, *, query: take.ListQuery) -> Answer:
    """Latest first: who became an owner, and who was removed altogether."""
    return _trail(api, INSTALLATION, query)


def _trail(api: Api, workspace_id: str, query: take.ListQuery) -> Answer:
    page = api.store.workspace_audit(workspace_id, limit=query.limit, after=query.cursor)
    items = [views.audit_entry(entry) for entry in page.items]
    return Answer(out.Page[out.AuditEntry](items=items, next=page.next))
