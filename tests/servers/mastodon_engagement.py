"""What comes back at the Mastodon double: notifications, statuses by id, likes, quotes, people.

https://docs.joinmastodon.org/methods/notifications/, /methods/statuses/ and /methods/search/ (read
2026-11).
"""

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

from tests.servers.loopback import Request, Response
from tests.servers.mastodon_model import Notification, Status, account_entity, error, moment, page
from tests.servers.mastodon_state import RefusedError, State

if TYPE_CHECKING:
    from tests.servers.mastodon import Mastodon

MOST_AT_ONCE = (
    20  # DEFAULT_STATUSES_LIMIT, which statuses_controller.rb of Mastodon 4 compares with
)
SEARCHED_FROM = 3  # MIN_QUERY_LENGTH in account_search_service.rb of Mastodon 4
TYPES = {"mention", "status", "reblog", "follow", "follow_request", "favourite", "poll", "update"}


def told(state: State, status: Status) -> Iterator[Notification]:
    """Who is told of a new status: those it names and whom it quotes. An answer alone tells
    nobody.
    """
    for account in state.accounts.values():
        if account is status.account:
            continue
        if account.acct in status.named:
            yield _notification(state, account, "mention", status)
        if state.dialect.quotes and status.quoted and status.quoted.account is account:
            yield _notification(state, account, "quote", status)


def _notification(state: State, to: Any, kind: str, status: Status, by: Any = None) -> Notification:
    return Notification(state.new_id(), to, kind, by or status.account, status, state.clock())


def notifications(server: "Mastodon", request: Request) -> Response:
    account = server.author(request)
    asked = set(request.query.get("types[]", []))
    known = TYPES | ({"quote"} if server.dialect.quotes else set())
    if asked - known and server.dialect.unknown_type:
        return server.dialect.unknown_type
    wanted = asked & known or known
    mine = [
        one
        for one in server.state.notifications
        if one.to is account and one.kind in wanted and not one.status.hidden
    ]

    def entity(one: Notification) -> dict[str, Any]:
        return {
            "id": one.id,
            "type": one.kind,
            "created_at": moment(one.created_at),
            "account": account_entity(one.by, server.url),
            "status": server.entity(one.status, account),
        }

    return server.paged(request, mine, entity, most=80)


def by_ids(server: "Mastodon", request: Request) -> Response:
    """What is not there, or not for this reader, is left out."""
    if not server.dialect.batches:
        return page(404, "Not Found")
    ids = request.query.get("id[]", [])
    if len(set(ids)) > MOST_AT_ONCE:
        return error(422, "Validation failed")
    found = []
    for one in ids:
        try:
            found.append(server.status_for(request, one))
        except RefusedError:
            continue
    reader = server.reader(request)
    return Response.of_json([server.entity(status, reader) for status in found])


def quotes(server: "Mastodon", request: Request, status_id: str) -> Response:
    if not server.dialect.quotes:
        return error(404, "Not found")
    status = server.status_for(request, status_id)
    reader = server.author(request)
    found = [one for one in server.seen() if one.quoted is status]
    return server.paged(request, found, lambda one: server.entity(one, reader), most=40)


def context(server: "Mastodon", request: Request, status_id: str) -> Response:
    status, reader = server.status_for(request, status_id), server.reader(request)
    above, before = status, list[Status]()
    while parent := server.state.statuses.get(above.in_reply_to_id or ""):
        before.insert(0, parent)
        above = parent
    inside, after = {status.id}, list[Status]()
    for later in server.seen():
        if later.in_reply_to_id in inside and server.state.may_see(reader, later):
            inside.add(later.id)
            after.append(later)
    groups = {"ancestors": before, "descendants": after[: server.dialect.most_descendants]}
    return Response.of_json(
        {name: [server.entity(s, reader) for s in group] for name, group in groups.items()}
    )


def search(server: "Mastodon", request: Request) -> Response:
    """People only, as whoever is not signed in finds them: app/services/account_search_service.rb
    and app/controllers/api/v2/search_controller.rb of Mastodon 4.
    """
    signed_in = "authorization" in request.headers
    if not signed_in and server.dialect.closed_search:
        return server.dialect.closed_search
    if not signed_in and {"resolve", "offset"} & request.query.keys():
        return error(401, "Search queries that resolve or page are not supported without a login")
    typed = request.query["q"][0].strip().removeprefix("@").casefold()
    found = [
        account_entity(account, server.url)
        for account in server.state.accounts.values()
        if account.acct.casefold().startswith(typed)
    ]
    shown = found if signed_in or len(typed) >= SEARCHED_FROM or "@" in typed else []
    most = int(request.query.get("limit", ["20"])[0])
    return Response.of_json({"accounts": shown[:most], "statuses": [], "hashtags": []})


def favourite(server: "Mastodon", request: Request, status_id: str) -> Response:
    account, status = server.author(request), server.status_for(request, status_id)
    if account.id in status.liked_by and server.dialect.second_like:
        return server.dialect.second_like
    if account.id not in status.liked_by and status.account is not account:
        told_of = _notification(server.state, status.account, "favourite", status, account)
        server.state.notifications.append(told_of)
    status.liked_by.add(account.id)
    return Response.of_json(server.entity(status, account))


def unfavourite(server: "Mastodon", request: Request, status_id: str) -> Response:
    account, status = server.author(request), server.status_for(request, status_id)
    status.liked_by.discard(account.id)
    return Response.of_json(server.entity(status, account))


_ONE = r"/api/v1/statuses/([^/]+)"
ROUTES: list[tuple[str, str, Callable[..., Response]]] = [
    ("GET", "/api/v2/search", search),
    ("GET", "/api/v1/notifications", notifications),
    ("GET", "/api/v1/statuses", by_ids),
    ("GET", f"{_ONE}/context", context),
    ("GET", f"{_ONE}/quotes", quotes),
    ("POST", f"{_ONE}/favourite", favourite),
    ("POST", f"{_ONE}/unfavourite", unfavourite),
]
