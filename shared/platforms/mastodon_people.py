"""Finding people by what somebody typed, as anybody may: without a token.

`GET /api/v2/search` answers those who are not signed in since 4.0.0, without `resolve` and `offset`
(https://docs.joinmastodon.org/methods/search/#v2, read 2026-11-22). They find people by three
letters or more, and by a whole name such as `ada@social.example`; one address may ask 300 times in
5 minutes, apart from what accounts may (https://github.com/mastodon/mastodon
app/services/account_search_service.rb and config/initializers/rack_attack.rb, read 2026-11-22).
A server may refuse strangers altogether.
"""

from dataclasses import replace

from shared.core.engagement import Author
from shared.core.errors import Unreadable
from shared.core.models import SECOND, Millis
from shared.core.workspaces import Account
from shared.platforms.base import as_object, maybe_list, maybe_text
from shared.platforms.mastodon_count import MENTION
from shared.platforms.mastodon_seen import author
from shared.platforms.mastodon_server import Server

SHORTEST = 3
MOST = 10
WAIT: Millis = 3 * SECOND
"""Somebody is typing: what comes later is of no use."""
_MAX_ANSWER = 512 * 1024


def find_people(server: Server, account: Account, typed: str) -> tuple[Author, ...]:
    """Whom the server knows; nobody for less than it looks for."""
    if len(typed) < SHORTEST:
        return ()
    asked = {"q": typed, "type": "accounts", "limit": str(MOST)}
    answer = server.read("/api/v2/search", asked, max_bytes=_MAX_ANSWER, timeout=WAIT)
    found = maybe_list(as_object(answer.json(), "the search"), "accounts")
    people = (_person(one, account) for one in found[:MOST])
    return tuple(one for one in people if one is not None)


def _person(one: object, account: Account) -> Author | None:
    """None for what the server itself would not take for a name in a text. Of people on a server
    with a port only the short name is one.
    """
    try:
        said = as_object(one, "a person")
        person = author(said, account)
    except Unreadable:
        return None
    for handle in (person.handle, maybe_text(said, "acct")):
        if MENTION.fullmatch(f"@{handle}"):
            return replace(person, handle=handle)
    return None
