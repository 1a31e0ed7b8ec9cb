"""Whom a text can name: asked while somebody types."""

from collections.abc import Sequence

from functions.api.routing import Answer, Call, Routes
from functions.api.schemas import mentions as shapes
from functions.api.schemas.problems import Finding
from shared.core import mentions
from shared.core.engagement import Author
from shared.core.errors import (
    AccessRevoked,
    Gone,
    PlatformError,
    RateLimited,
    Rejected,
    Unsupported,
)
from shared.core.platform import Verb
from shared.core.roles import Role
from shared.core.services import Api
from shared.core.workspaces import Account

routes = Routes("Mentions", "Whom a text can name, on each network.")
LOOKED_AT = 100
"""The latest messages whose writers are offered: one query."""


@routes.add(
    "GET",
    "/v1/mentions",
    "Find people to mention",
    query=shapes.MentionsQuery,
    answer=shapes.Mentions,
    role=Role.EDITOR,
)
def find_mentions(api: Api, call: Call, *, query: shapes.MentionsQuery) -> Answer:
    """Made for completing a name while it is typed. People have another handle on each network, so
    ask once for each network that the text goes to.

    The network is asked without the account's credential, as anybody may ask it, and for at most
    three seconds. Where it does not answer, those who wrote to you remain, and a notice says why.
    """
    account = api.store.account(call.workspace_id, query.account_id)
    facts = api.platforms.capabilities(account.platform)
    if Verb.FIND_PEOPLE not in facts.verbs:
        words = f"{facts.title} has no way to look for people. Write the handle in full."
        raise Unsupported(words, code="cannot_find_people")
    typed = query.q.removeprefix("@")
    latest = api.store.inbox(call.workspace_id, limit=LOOKED_AT, after=None).items
    found, notices = _asked(api, account, typed)
    people = mentions.offered(
        typed, known=mentions.writers(latest, platform=account.platform), found=found
    )
    shown = [
        shapes.Mention(handle=p.handle, name=p.name, platform=account.platform, known=p.known)
        for p in people
    ]
    return Answer(shapes.Mentions(items=shown, notices=notices))


def _asked(api: Api, account: Account, typed: str) -> tuple[Sequence[Author], list[Finding]]:
    """What the network says; whatever goes wrong with it must not take away those we know."""
    try:
        return api.platforms.open(account, {}).find_people(typed), []
    except PlatformError as error:
        api.telemetry.log("people not found", platform=account.platform, error=error.code)
        return (), [_notice(account, error)]


def _notice(account: Account, error: PlatformError) -> Finding:
    match error:
        case RateLimited():
            code, words = "network_busy", "The network was asked too often; try again in a minute."
        case AccessRevoked() | Gone() | Rejected():
            code, words = "network_closed", f"{account.server} lets only its own people search."
        case _:
            code, words = "network_silent", "The network did not answer in time."
    words = f"{words} Only people who wrote to you are offered; type any other handle in full."
    return Finding(where="q", code=code, message=words, account_id=account.id)
