"""The double's own ways, before the adapter is tried against them."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest

from tests.servers.mastodon import Mastodon
from tests.servers.mastodon_model import MastodonAccount, error

pytestmark = pytest.mark.enable_socket

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
STATUSES = "/api/v1/statuses"


@pytest.fixture
def server() -> Iterator[Mastodon]:
    with Mastodon(clock=lambda: NOON) as server:
        yield server


@pytest.fixture
def ada(server: Mastodon) -> MastodonAccount:
    return server.add_account("ada")


@pytest.fixture
def bo(server: Mastodon) -> MastodonAccount:
    return server.add_account("bo")


def get(server: Mastodon, by: MastodonAccount, path: str, **params: Any) -> Any:
    answer = send(server, by, "GET", path, params=params)
    assert answer.status_code == 200, answer.text
    return answer.json()


def send(
    server: Mastodon, by: MastodonAccount, method: str, path: str, **more: Any
) -> httpx.Response:
    headers = {"Authorization": f"Bearer {by.token}"}
    return httpx.request(method, f"{server.url}{path}", headers=headers, timeout=10, **more)


def told(server: Mastodon, account: MastodonAccount, *types: str) -> list[tuple[str, str]]:
    found = get(server, account, "/api/v1/notifications", **{"types[]": types})
    return [(one["type"], one["status"]["id"]) for one in found]


def test_who_is_named_or_quoted_is_told_and_who_is_answered_is_not(
    server: Mastodon, ada: MastodonAccount, bo: MastodonAccount
) -> None:
    post = server.say(ada, "Hello @ada and @bo")
    server.say(bo, "Nice", to=post.id)
    named = server.say(bo, "@ada nice", to=post.id)
    quote = server.say(bo, "Look", quotes=post.id)
    assert told(server, ada) == [("quote", quote.id), ("mention", named.id)]
    assert told(server, ada, "mention") == [("mention", named.id)]
    assert told(server, bo) == [("mention", post.id)]
    server.dialect.quotes = False
    assert told(server, ada, "mention", "quote") == [("mention", named.id)]
    server.dialect.unknown_type = error(422, "Unknown type")
    answer = send(
        server, ada, "GET", "/api/v1/notifications", params={"types[]": ["mention", "quote"]}
    )
    assert answer.status_code == 422


def test_counters_follow_what_is_live(
    server: Mastodon, ada: MastodonAccount, bo: MastodonAccount
) -> None:
    post = server.say(ada, "Hello")
    answer, _ = server.say(bo, "1", to=post.id), server.say(bo, "2", quotes=post.id)
    server.say(bo, "@ada between us", to=post.id, visibility="direct")
    for _ in range(2):
        assert send(server, bo, "POST", f"{STATUSES}/{post.id}/favourite").json()["favourited"]
    shown = get(server, ada, f"{STATUSES}/{post.id}")
    counted = [shown[f"{name}_count"] for name in ("replies", "quotes", "favourites")]
    assert (counted, shown["favourited"]) == ([1, 1, 1], False)
    server.remove(answer.id)
    send(server, bo, "POST", f"{STATUSES}/{post.id}/unfavourite")
    shown = get(server, ada, f"{STATUSES}/{post.id}")
    assert (shown["replies_count"], shown["favourites_count"]) == (0, 0)


def test_a_deleted_answer_takes_its_notification_and_frees_its_answers(
    server: Mastodon, ada: MastodonAccount, bo: MastodonAccount
) -> None:
    post = server.say(ada, "Hello")
    answer = server.say(bo, "@ada Hi", to=post.id)
    below = server.say(ada, "Hi", to=answer.id)
    server.remove(answer.id)
    assert told(server, ada) == []
    shown = get(server, ada, f"{STATUSES}/{below.id}")
    assert (shown["in_reply_to_id"], shown["in_reply_to_account_id"]) == (None, bo.id)


def test_a_context_shows_what_its_reader_may_see(
    server: Mastodon, ada: MastodonAccount, bo: MastodonAccount
) -> None:
    post = server.say(ada, "Hello")
    answer = server.say(bo, "Hi", to=post.id)
    secret = server.say(bo, "@ada psst", to=post.id, visibility="direct")
    below = server.say(ada, "Yes?", to=answer.id)
    cy = server.add_account("cy")
    path = f"{STATUSES}/{post.id}/context"
    assert ids(get(server, ada, path)["descendants"]) == [answer.id, secret.id, below.id]
    assert ids(get(server, cy, path)["descendants"]) == [answer.id, below.id]
    server.dialect.most_descendants = 1
    assert ids(get(server, ada, path)["descendants"]) == [answer.id]


def test_statuses_by_id_leave_out_what_is_not_there(
    server: Mastodon, ada: MastodonAccount, bo: MastodonAccount
) -> None:
    posts = [server.say(ada, str(number)) for number in range(21)]
    secret = server.say(bo, "psst", visibility="direct")
    wanted = [posts[0].id, "999", secret.id, posts[1].id]
    assert ids(get(server, ada, STATUSES, **{"id[]": wanted})) == [posts[0].id, posts[1].id]
    too_many = send(server, ada, "GET", STATUSES, params={"id[]": [post.id for post in posts]})
    assert too_many.status_code == 422
    server.dialect.batches = False
    assert send(server, ada, "GET", STATUSES, params={"id[]": wanted}).status_code == 404


def test_quotes_are_listed_page_by_page(
    server: Mastodon, ada: MastodonAccount, bo: MastodonAccount
) -> None:
    post = server.say(ada, "Hello")
    quotes = [server.say(bo, str(number), quotes=post.id) for number in range(3)]
    path = f"{STATUSES}/{post.id}/quotes"
    first = get(server, ada, path, limit=2)
    assert ids(first) == [quotes[2].id, quotes[1].id]
    assert first[0]["quote"]["quoted_status"]["id"] == post.id
    assert ids(get(server, ada, path, max_id=quotes[1].id)) == [quotes[0].id]


def ids(shown: list[dict[str, Any]]) -> list[str]:
    return [one["id"] for one in shown]
