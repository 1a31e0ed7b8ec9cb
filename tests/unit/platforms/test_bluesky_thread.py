"""The tree below a post, and who quotes it."""

from collections.abc import Callable, Mapping
from typing import Any

import pytest

from shared.core.engagement import ItemKind, Thread
from shared.core.errors import RateLimited, Transient, Unreadable
from shared.core.models import Remote
from tests.fakes.bluesky_views import ME, Json, node, ref, reply, uri, view
from tests.fakes.wire import Sent, Step, Wire, answer
from tests.unit.platforms.test_bluesky import GET, opened, refused

THREAD = "/xrpc/app.bsky.feed.getPostThread"
QUOTES = "/xrpc/app.bsky.feed.getQuotes"
ROOT = Remote(uri("root", ME), extra="cidroot")
UNKNOWN = refused(400, "NotFound")


def below(name: str, parent: str = "root", *, by: str = ME, **more: Any) -> Json:
    return view(name, record={"reply": reply(parent, by=by)}, **more)


def root(*replies: Json, **more: Any) -> Json:
    return node(view("root", ME, **{"quoteCount": 0, **more}), *replies)


def serving(threads: Mapping[str, Json], *rest: Callable[[Sent], Step | None]) -> Wire:
    """Threads by the address that is asked for; `rest` answers first where it has something."""

    def route(sent: Sent) -> Step:
        for step in rest:
            if (found := step(sent)) is not None:
                return found
        if sent.path == QUOTES:
            return answer(200, {"posts": []})
        if sent.path == GET:
            return answer(200, {"uri": ROOT.id, "cid": "cidroot", "value": {}})
        shown = threads.get(sent.query["uri"])
        return UNKNOWN if shown is None else answer(200, {"thread": shown})

    return Wire(route)


def read(wire: Wire, *remotes: Remote) -> Mapping[str, Thread | None]:
    return opened(wire.route)[0].threads(remotes or [ROOT])


def thread_of(wire: Wire) -> Thread:
    found = read(wire)[ROOT.id]
    assert found is not None
    return found


def names(thread: Thread | None) -> list[str]:
    assert thread is not None
    return [item.text for item in thread.items]


def test_a_tree_is_flattened_parents_first() -> None:
    tree = root(
        node(below("a"), node(below("b", "a", by="did:plc:bo"))),
        {"$type": "app.bsky.feed.defs#blockedPost", "uri": uri("x"), "blocked": True},
        {"$type": "app.bsky.feed.defs#notFoundPost", "uri": uri("y"), "notFound": True},
        node(view("c", ME, record={"reply": reply("root")})),
    )
    adapter, wire = opened(serving({ROOT.id: tree}).route)
    found = adapter.threads([ROOT])[ROOT.id]
    assert found is not None
    assert [(item.text, item.parent_id, item.ours) for item in found.items] == [
        ("a", uri("root", ME), False),
        ("b", uri("a"), False),
        ("c", uri("root", ME), True),
    ]
    assert found.complete
    assert [sent.path for sent in wire.sent] == [THREAD]  # nobody quotes it
    assert wire.sent[0].query == {"uri": ROOT.id, "depth": "200", "parentHeight": "0"}


def test_quotes_come_along_page_by_page() -> None:
    pages: Mapping[str, Json] = {
        "": {"posts": [view("q1", record={"embed": {"record": ref("root")}})], "cursor": "2"},
        "2": {"posts": [view("q2", record={"embed": {"record": ref("root")}}), 7], "cursor": "3"},
        "3": {"posts": []},
    }

    def quotes(sent: Sent) -> Step | None:
        return answer(200, pages[sent.query.get("cursor", "")]) if sent.path == QUOTES else None

    found = thread_of(serving({ROOT.id: root(node(below("a")), quoteCount=2)}, quotes))
    assert [(item.text, item.kind) for item in found.items] == [
        ("a", ItemKind.REPLY),
        ("q1", ItemKind.QUOTE),
        ("q2", ItemKind.QUOTE),
    ]
    assert found.complete


def test_quotes_without_end_are_left_at_some_point() -> None:
    asked: list[Sent] = []

    def quotes(sent: Sent) -> Step | None:
        if sent.path != QUOTES:
            return None
        asked.append(sent)
        return answer(200, {"posts": [], "cursor": str(len(asked))})

    assert not thread_of(serving({ROOT.id: root(quoteCount=9)}, quotes)).complete
    assert len(asked) == 10


def test_where_a_tree_was_cut_it_is_asked_again() -> None:
    cut = {"post": below("a", replyCount=1)}
    whole = node(below("a"), node(below("b", "a", by="did:plc:bo")))
    found = thread_of(serving({ROOT.id: root(cut, node(below("c"))), uri("a"): whole}))
    assert names(found) == ["a", "c", "b"]
    assert found.complete


def test_a_tree_that_stays_cut_is_not_complete() -> None:
    """The network goes on cutting; nobody asks for ever, and nothing counts as deleted."""
    many = [{"post": below(f"n{number}", replyCount=1)} for number in range(30)]
    adapter, wire = opened(
        serving({ROOT.id: root(*many)} | {uri(f"n{n}"): many[n] for n in range(30)}).route
    )
    found = adapter.threads([ROOT])[ROOT.id]
    assert found is not None
    assert len(found.items) == 30
    assert not found.complete
    assert len(wire.sent) == 10


def test_a_tree_too_large_for_one_answer_comes_level_by_level() -> None:
    big = root(node(below("a"), node(below("b", "a"))))
    flat = root({"post": below("a", replyCount=1)})

    def too_much(sent: Sent) -> Step | None:
        if sent.path != THREAD or sent.query["uri"] != ROOT.id:
            return None
        if sent.query["depth"] == "200":
            return answer(200, b"[" * 200_000)
        return answer(200, {"thread": flat})

    found = thread_of(serving({uri("a"): big["replies"][0]}, too_much))
    assert names(found) == ["a", "b"]
    assert found.complete


def test_a_chain_as_deep_as_we_ask_for_can_be_read() -> None:
    chain = node(below("n200", "n199", by="did:plc:bo"))
    for number in reversed(range(1, 200)):
        chain = node(below(f"n{number}", f"n{number - 1}", by="did:plc:bo"), chain)
    adapter, wire = opened(serving({ROOT.id: root(chain)}).route)
    assert names(adapter.threads([ROOT])[ROOT.id]) == [f"n{number}" for number in range(1, 201)]
    assert len(wire.sent) == 1


def test_later_parts_of_a_thread_cost_no_call_of_their_own() -> None:
    second = node(view("two", ME, quoteCount=0, record={"reply": reply()}), node(below("b", "two")))
    adapter, wire = opened(serving({ROOT.id: root(node(below("a")), second)}).route)
    found = adapter.threads([ROOT, Remote(uri("two", ME))])
    assert names(found[ROOT.id]) == ["a", "two", "b"]
    assert names(found[uri("two", ME)]) == ["b"]
    assert len(wire.sent) == 1


def test_a_post_is_gone_when_its_own_server_says_so() -> None:
    def home(sent: Sent) -> Step | None:
        return refused(400, "RecordNotFound") if sent.path == GET else None

    assert read(serving({}, home)) == {ROOT.id: None}
    missing = {"$type": "app.bsky.feed.defs#notFoundPost", "uri": ROOT.id, "notFound": True}
    assert read(serving({ROOT.id: missing}, home)) == {ROOT.id: None}


@pytest.mark.parametrize("step", [None, refused(400, "InvalidRequest"), refused(500)])
def test_a_post_that_is_not_indexed_yet_is_not_gone(step: Step | None) -> None:
    home = (lambda sent: step if sent.path == GET else None) if step else (lambda sent: None)
    assert read(serving({}, home)) == {}


def test_somebody_elses_post_is_never_called_gone() -> None:
    adapter, wire = opened(serving({}).route)
    assert adapter.threads([Remote(uri("a")), Remote("no address")]) == {}
    assert [sent.path for sent in wire.sent] == [THREAD]


def test_one_broken_thread_does_not_stop_the_others() -> None:
    def broken(sent: Sent) -> Step | None:
        return refused(500) if sent.query.get("uri") == ROOT.id else None

    other = node(view("other", ME, quoteCount=0), node(below("a", "other")))
    wire = serving({uri("other", ME): other}, broken)
    assert list(read(wire, ROOT, Remote(uri("other", ME)))) == [uri("other", ME)]
    with pytest.raises(Transient):
        read(serving({}, broken))


@pytest.mark.parametrize(
    "thread", [{}, [], {"post": {}}, node(view("wrong", ME)), {"post": "x"}, None]
)
def test_no_thread_in_the_answer(thread: object) -> None:
    wire = serving(
        {}, lambda sent: answer(200, {"thread": thread}) if sent.path == THREAD else None
    )
    with pytest.raises(Unreadable):
        read(wire)


def test_a_limit_is_passed_on() -> None:
    with pytest.raises(RateLimited):
        read(Wire(lambda sent: refused(429, "RateLimitExceeded")))


def test_a_hostile_tree_ends() -> None:
    again = root(node(below("a"), root(node(below("a")))), {"post": 7}, 7)  # type: ignore[arg-type]  # not even objects
    assert names(thread_of(serving({ROOT.id: again}))) == ["a"]
