"""Every operation of the API, in the order in which the documentation shows them."""

from functions.api import (
    accounts,
    actions,
    calendar,
    campaigns,
    feeds,
    health,
    inbox,
    invitations,
    jobs,
    keydates,
    keys,
    library,
    media,
    members,
    metrics,
    overview,
    pauses,
    posts,
    rehearsals,
    rules,
    several,
    signing_in,
    snippets,
    trail,
    voice,
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
    library.routes,
    media.routes,
    posts.routes,
    actions.routes,
    voice.routes,
    snippets.routes,
    several.routes,
    calendar.routes,
    overview.routes,
    pauses.routes,
    rules.routes,
    keydates.routes,
    campaigns.routes,
    feeds.routes,
    health.routes,
    rehearsals.routes,
    inbox.routes,
    metrics.routes,
    jobs.routes,
    trail.routes,
)


def operations() -> list[Operation]:
    return [operation for resource in RESOURCES for operation in resource.operations]
