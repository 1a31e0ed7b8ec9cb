"""Every operation of the API, in the order in which the documentation shows them."""

from functions.api import (
    accounts,
    actions,
    calendar,
    health,
    inbox,
    invitations,
    jobs,
    keys,
    media,
    members,
    metrics,
    posts,
    rehearsals,
    signing_in,
    trail,
    workspaces,
)
from functions.api.routing import Operation, Routes

RESOURCES: tuple[Routes, ...] = (
    keys.routes,
    signing_in.routes,
    workspaces.routes,
    members.routes,
    invitations.routes,
    accounts.routes,
    media.routes,
    posts.routes,
    actions.routes,
    calendar.routes,
    health.routes,
    rehearsals.routes,
    inbox.routes,
    metrics.routes,
    jobs.routes,
    trail.routes,
)


def operations() -> list[Operation]:
    return [operation for resource in RESOURCES for operation in resource.operations]
