"""Lists, threads, single posts and likes, where the server answers what it should not."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import httpx
import pytest

from shared.core.engagement import Thread
from shared.core.errors import AccessRevoked, Gone, RateLimited, Rejected, Transient, Unreadable
from shared.core.models import Remote, Target
from shared.platforms.base import Context
from shared.platforms.mastodon import Mastodon
from shared.platforms.mastodon_lists import FEW, MOST_NOTIFICATIONS, MOST_STATUSES, NOTIFICATIONS
from shared.platforms.mastodon_server import ME
from shared.platforms.mastodon_statuses import BATCH, LIST_BYTES, STATUSES
from tests.fakes.make import account
from tests.fakes.time import START, FakeClock
from tests.fakes.wire import Sent, Step, Wire, answer, client

KNOWN = answer(200, {"id": "7", "username": "ada"})
PAGE = answer(200, b"<html></html>")
OWN = "/api/v1/accounts/7/statuses"


def adapter(wire: Wire) -> Mastodon:
    mine = account(server="https://social.example", remote_id="7")
    return Mastodon(mine, {"access_token": "t0ken"}, Context(client(wire), FakeClock(), {}))


def site(answers: Mapping[str, Step | Callable[[Sent], Step]]) -> Wire:
    """By path; what is not there is 404, and who we are is known."""

    def route(sent: Sent) -> Step:
        step = ({ME: KNOWN} | dict(answers)).get(sent.path, answer(404))
        return step(sent) if callable(step) else step

    return Wire(route)


def at(seconds: int) -> str:
    return f"2026-05-28T20:{26 + (40 + seconds) // 60:02d}:{(40 + seconds) % 60:02d}.000Z"


def status(number: int, **more: Any) -> dict[str, Any]:
    by = {"id": "8", "acct": "bo"}
    return {"id": str(number), "created_at": at(number), "account": by, "content": "x", **more}


def note(number: int, kind: str = "mention", **more: Any) -> dict[str, Any]:
    shown = {"status": status(number), "created_at": at(number), **more}
    return {"id": f"n{number}", "type": kind, **shown}


def ids(items: Any) -> list[str]:
    return [item.remote_id for item in items]


def linked(rest: str) -> dict[str, str]:
    return {"Link": f'<https://evil.example{NOTIFICATIONS}?{rest}>; rel="next"'}


# Lists.


def test_what_came_is_read_newest_first() -> None:
    shown = [note(3), note(2, "quote"), note(1, "favourite"), note(0, "admin.sign_up")]
    wire = site({NOTIFICATIONS: answer(200, shown)})
    page = adapter(wire).activity(since=START, page=None)
    assert ids(page.items) == ["3", "2"]
    assert page.next == "n0"
    assert httpx.URL(wire.sent[0].url).params.get_list("types[]") == ["mention", "quote"]
    assert wire.sent[0].query["limit"] == str(MOST_NOTIFICATIONS)
    assert "max_id" not in wire.sent[0].query


@pytest.mark.parametrize(
    ("headers", "entries", "page", "after"),
    [
        ({}, 2, None, "n0"),
        ({}, 2, "n0", None),  # the same page again
        ({}, 0, "n5", None),
        (linked("max_id=n9&limit=80"), 2, None, "n9"),
        (linked("max_id=n9"), 2, "n9", None),
        (linked("offset=80"), 2, None, None),
        ({"Link": '<https://social.example/?min_id=1>; rel="prev"'}, 2, None, None),
        ({"Link": '<https://social.example/?min_id=1>; rel="prev"'}, 80, None, "n0"),
        ({"Link": "<<<<>>>; rel=next"}, 2, None, None),
        ({"Link": f'<https://x.example/?max_id={"9" * 300}>; rel="next"'}, 2, None, None),
        ({"Link": '<https://[x/?max_id=1>; rel="next"'}, 2, None, None),
    ],
)
def test_where_the_next_page_begins(
    headers: dict[str, str], entries: int, page: str | None, after: str | None
) -> None:
    shown = [note(number) for number in reversed(range(entries))]
    wire = site({NOTIFICATIONS: answer(200, shown, headers=headers)})
    assert adapter(wire).activity(since=0, page=page).next == after
    assert wire.sent[0].query.get("max_id") == page
    assert {httpx.URL(sent.url).host for sent in wire.sent} == {"social.example"}


def test_a_page_that_reaches_back_far_enough_is_the_last() -> None:
    wire = site({NOTIFICATIONS: answer(200, [note(9), note(4)])})
    assert adapter(wire).activity(since=START + 5000, page=None).next is None
    assert adapter(wire).activity(since=START + 4000, page=None).next == "n4"
    # It is when they came that is in order, not when they were written.
    backdated = [note(9), note(8, status=status(-40))]
    wire = site({NOTIFICATIONS: answer(200, backdated)})
    assert adapter(wire).activity(since=START + 5000, page=None).next == "n8"


def test_a_broken_entry_does_not_hide_the_others() -> None:
    broken = [None, 5, {"type": "mention"}, note(8, status={"id": "8"}), note(7, status=None)]
    wire = site({NOTIFICATIONS: answer(200, [*broken, note(6), note(6)])})
    page = adapter(wire).activity(since=0, page=None)
    assert (ids(page.items), page.next) == (["6"], "n6")
    only = site({NOTIFICATIONS: answer(200, [note(8, status={"id": "8"})])})
    assert adapter(only).activity(since=0, page=None).items == ()


@pytest.mark.parametrize("shown", [{}, [1, 2], [{}], "no", [[]]])
def test_a_list_of_something_else_is_unreadable(shown: Any) -> None:
    wire = site({NOTIFICATIONS: answer(200, httpx.Response(200, json=shown).content)})
    with pytest.raises(Unreadable):
        adapter(wire).activity(since=0, page=None)


def test_a_type_that_the_server_refuses_is_not_asked_for_again() -> None:
    def route(sent: Sent) -> Step:
        quotes = "quote" in httpx.URL(sent.url).params.get_list("types[]")
        return answer(422, {"error": "type"}) if quotes else answer(200, [note(1)])

    assert ids(adapter(site({NOTIFICATIONS: route})).activity(since=0, page=None).items) == ["1"]


def test_a_page_that_is_too_large_is_read_in_smaller_ones() -> None:
    def route(sent: Sent) -> Step:
        few = sent.query["limit"] == str(FEW)
        return answer(200, [note(n) for n in range(FEW)] if few else b"x" * (LIST_BYTES + 1))

    page = adapter(site({NOTIFICATIONS: route})).activity(since=0, page=None)
    assert (len(page.items), page.next) == (FEW, f"n{FEW - 1}")


def test_a_page_that_is_gone_and_a_list_that_there_never_was() -> None:
    with pytest.raises(Gone):
        adapter(site({})).activity(since=0, page="n5")
    with pytest.raises(Unreadable):
        adapter(site({})).activity(since=0, page=None)


@pytest.mark.parametrize("status_code", [401, 403])
def test_a_token_that_may_not_read_still_publishes(status_code: int) -> None:
    """Without this the account would have to be connected again and its posts would wait."""
    forbidden = {NOTIFICATIONS: answer(status_code, {"error": "outside the authorized scopes"})}
    with pytest.raises(Rejected) as caught:
        adapter(site(forbidden)).activity(since=0, page=None)
    (problem,) = caught.value.problems
    assert problem.code == "not_allowed"
    assert "scopes read and write" in problem.message
    for me in (answer(401), answer(403), answer(404)):
        with pytest.raises(AccessRevoked):
            adapter(site({**forbidden, ME: me})).activity(since=0, page=None)


def test_our_own_posts_are_neither_answers_nor_messages() -> None:
    mine = {"account": {"id": "7"}}
    shown = [
        status(9, **mine),
        status(8, **mine, in_reply_to_id="9", in_reply_to_account_id="7"),
        status(7, **mine, in_reply_to_id=None, in_reply_to_account_id="8"),
        status(6, **mine, visibility="direct"),
        status(5, **mine, reblog={"id": "1"}),
        status(4),
        {"id": "3", "account": {"id": "7"}},
        status(2, **mine, visibility="private"),
    ]
    wire = site({OWN: answer(200, shown)})
    page = adapter(wire).own_posts(since=START, page="10")
    assert [post.remote.id for post in page.posts] == ["9", "2"]
    assert page.next == "2"
    query = wire.sent[0].query
    assert (query["exclude_replies"], query["exclude_reblogs"]) == ("true", "true")
    assert (query["limit"], query["max_id"]) == (str(MOST_STATUSES), "10")
    assert adapter(wire).own_posts(since=START + 3000, page="10").next is None


# Posts by id.


def batched(found: list[dict[str, Any]]) -> Callable[[Sent], Step]:
    def route(sent: Sent) -> Step:
        wanted = httpx.URL(sent.url).params.get_list("id[]")
        return answer(200, [one for one in found if one["id"] in wanted])

    return route


def test_twenty_at_a_time_and_what_is_missing_by_itself() -> None:
    found = [status(number, favourites_count=number) for number in range(45)]
    wire = site({STATUSES: batched(found[:-1])})
    wanted = [Remote(one["id"]) for one in found]
    metrics = adapter(wire).post_metrics([*wanted, wanted[0]])
    assert metrics == {str(n): {"likes": n} for n in range(44)} | {"44": None}
    assert [sent.path for sent in wire.sent] == [*[STATUSES] * 3, f"{STATUSES}/44"]
    assert BATCH == 20


@pytest.mark.parametrize(
    "no_batches",
    [
        *(answer(404), answer(405), answer(422), answer(500), answer(200, []), PAGE, answer(401)),
        answer(200, [status(99), None, "x", {}]),
    ],
)
def test_a_server_without_batches_is_asked_one_by_one(no_batches: Step) -> None:
    one = {f"{STATUSES}/{n}": answer(200, status(n)) for n in (1, 2)}
    wire = site({STATUSES: no_batches, **one})
    found = adapter(wire).look(["1", "2", "3"])
    assert {asked: item and item.remote_id for asked, item in found.items()} == {
        "1": "1",
        "2": "2",
        "3": None,
    }


@pytest.mark.parametrize("step", [answer(404), answer(410)])
def test_gone_is_what_the_server_says_of_this_very_post(step: Step) -> None:
    assert adapter(site({f"{STATUSES}/1": step})).look(["1"]) == {"1": None}


@pytest.mark.parametrize(
    "step",
    [
        *(answer(500), answer(403), answer(401), answer(451), answer(400), PAGE),
        *(answer(200, {}), answer(200, []), answer(200, {"id": "1"}), answer(200, status(9))),
    ],
)
def test_what_the_server_does_not_say_is_left_out(step: Step) -> None:
    wire = site({f"{STATUSES}/1": step, f"{STATUSES}/2": answer(200, status(2))})
    assert list(adapter(wire).look(["1", "2"])) == ["2"]


@pytest.mark.parametrize("step", [answer(502), answer(503), httpx.ReadTimeout("slow")])
def test_a_server_that_is_away_is_not_asked_for_each_post(step: Step) -> None:
    wire = site({STATUSES: step})
    with pytest.raises(Transient):
        adapter(wire).look(["1", "2", "3"])
    assert len(wire.sent) == 1


def test_who_we_are_is_asked_once() -> None:
    wire = Wire(lambda sent: KNOWN if sent.path == ME else answer(403))
    assert adapter(wire).look(["1", "2", "3"]) == {}
    assert [sent.path for sent in wire.sent].count(ME) == 1
    with pytest.raises(AccessRevoked):
        adapter(Wire(lambda sent: answer(401))).look(["1"])


def test_a_boosted_post_keeps_its_id_and_its_words() -> None:
    """Some servers then answer with another id and other words (observed)."""
    wire = site({f"{STATUSES}/1": answer(200, status(19, content="Boosted: x", reblogs_count=1))})
    assert adapter(wire).look(["1"]) == {}
    assert adapter(wire).post_metrics([Remote("1")]) == {"1": {"reposts": 1}}


def test_an_id_is_no_path() -> None:
    wire = Wire(lambda sent: answer(404))
    assert adapter(wire).look(["../../oauth/revoke?x="]) == {"../../oauth/revoke?x=": None}
    assert wire.sent[0].url.endswith(f"{STATUSES}/..%2F..%2Foauth%2Frevoke%3Fx%3D")


def test_the_accounts_own_numbers() -> None:
    me = {"id": "7", "followers_count": -1, "following_count": 3, "statuses_count": "many"}
    assert adapter(site({ME: answer(200, me)})).account_metrics() == {"following": 3}
    for refusal in (answer(401), answer(404)):
        with pytest.raises(AccessRevoked):
            adapter(site({ME: refusal})).account_metrics()


# Threads.


def thread(post: dict[str, Any], context: Step, **more: Step) -> Thread | None:
    answers: dict[str, Step] = {f"{STATUSES}/{post['id']}{name}": one for name, one in more.items()}
    answers |= {f"{STATUSES}/1": answer(200, post), f"{STATUSES}/1/context": context}
    return adapter(site(answers)).threads([Remote("1")])["1"]


def reply(number: int, to: int | None) -> dict[str, Any]:
    return status(number, in_reply_to_id=None if to is None else str(to))


def context(*descendants: Any) -> Step:
    return answer(200, {"ancestors": [status(99)], "descendants": list(descendants)})


def test_parents_stand_before_their_children() -> None:
    found = thread(
        status(1, replies_count=2),
        context(reply(5, 4), reply(4, 2), reply(2, 1), reply(3, 1), reply(8, 7)),
    )
    assert found is not None
    assert ids(found.items) == ["2", "3", "4", "5", "8"]
    assert found.complete


@pytest.mark.parametrize(
    "shown",
    [
        [reply(2, 1)],  # two were counted
        [reply(2, 1), reply(3, 2)],
        [reply(2, 1), reply(3, 1), None],
        [reply(2, 1), reply(3, 1), {"id": "4", "in_reply_to_id": "3"}],
    ],
)
def test_a_thread_that_was_cut_says_so(shown: list[Any]) -> None:
    found = thread(status(1, replies_count=2), context(*shown))
    assert found is not None
    assert not found.complete


def test_no_circle_is_walked_twice() -> None:
    found = thread(status(1), context(reply(2, 3), reply(3, 2), reply(4, 4), reply(1, 1)))
    assert found is not None
    assert sorted(ids(found.items)) == ["2", "3", "4"]


@pytest.mark.parametrize("step", [answer(404), answer(500), answer(403), PAGE, answer(200, {})])
def test_a_thread_that_is_not_shown_is_left_out(step: Step) -> None:
    wire = site({f"{STATUSES}/1": answer(200, status(1)), f"{STATUSES}/1/context": step})
    assert adapter(wire).threads([Remote("1"), Remote("2")]) == {"2": None}


@pytest.mark.parametrize(("step", "error"), [(answer(503), Transient), (answer(429), RateLimited)])
def test_a_thread_of_a_server_that_is_away(step: Step, error: type[Exception]) -> None:
    wire = site({f"{STATUSES}/1": answer(200, status(1)), f"{STATUSES}/1/context": step})
    with pytest.raises(error):
        adapter(wire).threads([Remote("1")])


def test_the_parts_of_a_thread_are_read_at_once() -> None:
    parts = [
        status(1, replies_count=1),
        reply(2, 1) | {"replies_count": 2},
        reply(3, 2) | {"replies_count": 0},
    ]
    shown = context(parts[1], parts[2], reply(4, 2), reply(5, 4))
    wire = site({STATUSES: batched(parts), f"{STATUSES}/1/context": shown})
    found = adapter(wire).threads([Remote("1"), Remote("2"), Remote("3")])
    assert {part: thread and ids(thread.items) for part, thread in found.items()} == {
        "1": ["2", "3", "4", "5"],
        "2": ["3", "4", "5"],
        "3": [],
    }
    assert all(thread and thread.complete for thread in found.values())
    assert [sent.path for sent in wire.sent] == [STATUSES, f"{STATUSES}/1/context"]


def quoting(number: int, quoted: int = 1, whose: str = "7") -> dict[str, Any]:
    of = {"state": "accepted", "quoted_status": {"id": str(quoted), "account": {"id": whose}}}
    return status(number, quote=of)


def test_quotes_are_part_of_it() -> None:
    post = status(1, quotes_count=1)
    shown = [quoting(6), quoting(7, 2), quoting(8, 1, "9"), status(9), None]
    more = {"/quotes": answer(200, shown, headers={"Link": ""})}
    found = thread(post, context(), **more)
    assert found is not None
    assert (ids(found.items), found.complete) == (["6"], True)


@pytest.mark.parametrize("step", [answer(404), answer(403), answer(500), PAGE])
def test_quotes_that_are_not_shown_leave_it_incomplete(step: Step) -> None:
    found = thread(status(1, quotes_count=1), context(reply(2, 1)), **{"/quotes": step})
    assert found is not None
    assert (ids(found.items), found.complete) == (["2"], False)


# Likes.


def likes(shown: Sequence[bool | None], post: Step) -> Wire:
    """Shows it as liked or not, in this order; the last one stays."""
    looks = list(shown)

    def look(sent: Sent) -> Step:
        liked = looks.pop(0) if len(looks) > 1 else looks[0]
        return answer(200, status(1) | ({} if liked is None else {"favourited": liked}))

    changes = {f"{STATUSES}/1/{verb}": post for verb in ("favourite", "unfavourite")}
    return site({f"{STATUSES}/1": look, **changes})


def changed(wire: Wire) -> list[str]:
    return [sent.path.rpartition("/")[2] for sent in wire.sent if sent.method == "POST"]


@pytest.mark.parametrize("liked", [True, False])
def test_a_like_is_made_or_taken_back_once(*, liked: bool) -> None:
    wire = likes([not liked], answer(200, status(1)))
    adapter(wire).like(Target("1"), liked=liked)
    assert changed(wire) == ["favourite" if liked else "unfavourite"]
    already = likes([liked], answer(404))
    adapter(already).like(Target("1"), liked=liked)
    assert changed(already) == []


def test_a_second_like_may_be_refused() -> None:
    adapter(likes([None, True], answer(404))).like(Target("1"), liked=True)
    with pytest.raises(Gone):
        adapter(likes([False], answer(404))).like(Target("1"), liked=True)
    with pytest.raises(Gone):
        adapter(site({})).like(Target("1"), liked=True)
    with pytest.raises(Rejected):
        adapter(likes([False], answer(403, {"error": "scope"}))).like(Target("1"), liked=True)
