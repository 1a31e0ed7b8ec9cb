"""The audit trail of a workspace; a post's own is part of the post."""

from functions.api import views
from functions.api.routing import Answer, Call, Routes
from functions.api.schemas import answers as out
from functions.api.schemas import requests as take
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
    page = api.store.workspace_audit(call.workspace_id, limit=query.limit, after=query.cursor)
    items = [views.audit_entry(entry) for entry in page.items]
    return Answer(out.Page[out.AuditEntry](items=items, next=page.next))
