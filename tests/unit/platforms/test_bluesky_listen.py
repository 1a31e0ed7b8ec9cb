"""The list of notifications and its positions, and single posts looked up again."""

from collections.abc import Callable
from dataclasses import dataclass, field

import pytest

from shared.core.errors import (
    CredentialExpired,
    Gone,
    PlatformError,
    RateLimited,
    Rejected,
    Transient,
    Unreadable,
)
from shared.core.models import MINUTE
from shared.platforms.bluesky import Bluesky
from shared.platforms.bluesky_record import instant
from shared.platforms.bluesky_seen import time_of
from tests.fakes.bluesky_views import ME, Json, notice, reply, uri, view
from tests.fakes.time import START
from tests.fakes.wire import Sent, Step, answer
from tests.unit.platforms.test_bluesky import opened, refused

LIST = "/xrpc/app.bsky.notification.listNotifications"
POSTS = "/xrpc/app.bsky.feed.getPosts"
HOUR = 60 * MINUTE


def asked(sent: Sent) -> list[str]:
    """The addresses that a batch asks for."""
    return [part.partition("=")[2] for part in sent.url.partition("?")[2].split("&")]


def shown(sent: Sent, known: Callable[[str], Json | None] | None = None) -> Step:
    """Every post that is asked for, or those that are known."""
    uris = [one.replace("%3A", ":").replace("%2F", "/") for one in asked(sent)]
    assert len(uris) <= 25, "the real one refuses more"
    show = known or (lambda one: view(one.rpartition("/")[2], record={"reply": reply()}))
    return answer(200, {"posts": [found for one in uris if (found := show(one)) is not None]})


@dataclass
class Notifications:
    """The list as the real AppView pages it: by time alone, what lies before the position."""

    entries: list[Json]
    page: int = 3
    asked: list[Sent] = field(default_factory=list)

    def __call__(self, sent: Sent) -> Step:
        if sent.path == POSTS:
            return shown(sent)
        self.asked.append(sent)
        assert len(self.asked) < 50, "it never ends"
        before = time_of(sent.query, "cursor")
        entries = sorted(self.entries, key=lambda one: str(one["indexedAt"]), reverse=True)
        left = [
            one for one in entries if before is None or (time_of(one, "indexedAt") or 0) < before
        ]
        answered: Json = {"notifications": left[: self.page]}
        if left:
            answered["cursor"] = left[: self.page][-1]["indexedAt"]
        return answer(200, answered)

    def read(self, *, since: int) -> list[str]:
        """Everything, in the order in which it came."""
        adapter, _ = opened(self)
        found: list[str] = []
        page: str | None = None
        while True:
            got = adapter.activity(since=since, page=page)
            found += [item.text for item in got.items]
            page = got.next
            if page is None:
                return found


def adapter_for(step: Callable[[Sent], Step]) -> Bluesky:
    return opened(step)[0]


def test_one_page_is_one_call_and_its_posts_another() -> None:
    entries = [
        notice("a", at=START - 1),
        notice("like", reason="like"),
        notice("q", reason="quote"),
        notice("m", reason="mention"),
        notice("a", reason="mention", at=START - 1),
    ]
    network = Notifications(entries, page=100)
    adapter, wire = opened(network)
    got = adapter.activity(since=START - 10, page=None)
    assert sorted(item.text for item in got.items) == ["a", "m", "q"]
    assert [sent.path for sent in wire.sent] == [LIST, POSTS]
    assert wire.sent[0].query == {"limit": "100", "priority": "false"}
    assert wire.sent[0].headers["authorization"] == "Bearer access-1"


def test_only_a_deep_look_leaves_the_choice_to_the_network() -> None:
    adapter, wire = opened(Notifications([], page=100))
    adapter.activity(since=START - 90 * 24 * HOUR, page=None)
    assert "reasons=reply&reasons=mention&reasons=quote" in wire.sent[0].url


def test_what_shares_a_pages_last_time_is_not_lost() -> None:
    times = [START, START - 1, START - 1, START - 1, START - 2, START - 5, START - 5]
    entries = [notice(f"n{number}", at=at) for number, at in enumerate(times)]
    for page in (3, 4, 5):
        found = Notifications(entries, page=page).read(since=START - 100)
        assert set(found) == {f"n{number}" for number in range(7)}, page


def test_a_page_of_one_single_time_is_passed() -> None:
    """More than a page at one instant cannot be told apart; threads find what is left out."""
    same = [notice(f"n{number}") for number in range(7)]
    network = Notifications([*same, notice("old", at=START - 1)])
    found = network.read(since=START - 100)
    assert "old" in found
    assert len(set(found)) >= 4


@pytest.mark.parametrize("count", [0, 1, 2, 3, 4, 7])
def test_the_end_is_reached(count: int) -> None:
    network = Notifications([notice(f"n{number}", at=START - number) for number in range(count)])
    assert set(network.read(since=0)) == {f"n{number}" for number in range(count)}


def test_it_stops_where_it_was_before() -> None:
    network = Notifications([notice(f"n{number}", at=START - number * 10) for number in range(99)])
    assert set(network.read(since=START - 40)) == {"n0", "n1", "n2", "n3", "n4"}
    assert len(network.asked) == 3


def test_a_page_without_entries_may_go_on() -> None:
    """Posts of people whom somebody blocked are taken out of a page after it was cut."""
    adapter = adapter_for(
        lambda sent: answer(200, {"notifications": [], "cursor": instant(START - 50)})
    )
    assert adapter.activity(since=START - 100, page=None).next == instant(START - 49)
    assert adapter.activity(since=START - 20, page=None).next is None


@pytest.mark.parametrize(
    ("page", "said", "following"),
    [
        (None, "1780000000000__bafy", "1780000000000__bafy"),
        ("x1", "x2", "x2"),
        ("x1", "x1", None),
        ("x1", "", None),
        (instant(START), instant(START), None),
        (instant(START), instant(START + 5), None),
        (instant(START), instant(START - 1), instant(START - 1)),
        (instant(START), instant(START - 2), instant(START - 1)),
        (None, instant(START), instant(START + 1)),
        ("x1", 7, None),
    ],
)
def test_positions_always_advance(page: str | None, said: object, following: str | None) -> None:
    adapter = adapter_for(lambda sent: answer(200, {"notifications": [], "cursor": said}))
    assert adapter.activity(since=0, page=page).next == following


def test_a_position_that_nobody_knows_any_more() -> None:
    adapter = adapter_for(lambda sent: refused(400, "InvalidRequest"))
    with pytest.raises(Gone):
        adapter.activity(since=0, page="x")
    with pytest.raises(Rejected):
        adapter.activity(since=0, page=None)


def test_broken_entries_are_passed_over() -> None:
    entries = [7, None, {"reason": "reply"}, notice("a") | {"indexedAt": 7}, notice("b")]
    odd = notice("c") | {"uri": "at://x/y/z"}

    def network(sent: Sent) -> Step:
        if sent.path == POSTS:
            return shown(sent, lambda one: view("b") if one == uri("b") else {"uri": one})
        return answer(200, {"notifications": [*entries, odd]})

    assert [item.text for item in adapter_for(network).activity(since=0, page=None).items] == ["b"]


@pytest.mark.parametrize(
    "step",
    [
        refused(400, "MethodNotImplemented"),
        refused(501, "MethodNotImplemented"),
        refused(404, "XRPCNotSupported"),
        answer(404),
        answer(400, {"error": "InvalidRequest", "message": "No service configured for app.bsky.x"}),
    ],
)
def test_a_server_without_an_appview_can_wait(step: Step) -> None:
    """Publishing needs none. What polls backs off, and nobody has to connect again."""
    adapter = adapter_for(lambda sent: step)
    calls: list[Callable[[], object]] = [
        lambda: adapter.activity(since=0, page=None),
        lambda: adapter.activity(since=0, page="x"),
        lambda: adapter.look([uri("a")]),
        adapter.account_metrics,
    ]
    for call in calls:
        with pytest.raises(Transient) as caught:
            call()
        assert caught.value.code == "no_app_view"
        assert "replies and numbers cannot be read" in caught.value.message


@pytest.mark.parametrize(
    ("step", "kind"),
    [
        (refused(502, "UpstreamFailure"), Transient),
        (refused(401, "BadJwtSignature"), Transient),
        (refused(400, "ExpiredToken"), CredentialExpired),
        (refused(429, "RateLimitExceeded"), RateLimited),
        (answer(200, b"[]", mime="application/json"), Unreadable),
    ],
)
def test_other_trouble_keeps_its_name(step: Step, kind: type[PlatformError]) -> None:
    with pytest.raises(kind) as caught:
        adapter_for(lambda sent: step).activity(since=0, page=None)
    assert caught.value.code != "no_app_view"


def test_a_look_says_how_posts_stand() -> None:
    def network(sent: Sent) -> Step:
        return shown(sent, lambda one: None if one == uri("gone") else view(one[-1]))

    found = adapter_for(network).look([uri("a"), uri("gone"), "https://no.example/post", uri("a")])
    assert found.keys() == {uri("a"), uri("gone")}
    assert found[uri("gone")] is None
    now = found[uri("a")]
    assert now is not None
    assert now.text == "a"


def test_a_look_in_batches_leaves_out_what_was_not_answered() -> None:
    uris = [uri(f"n{number}") for number in range(60)]
    batches: list[Sent] = []

    def network(sent: Sent) -> Step:
        batches.append(sent)
        return refused(500) if len(batches) == 2 else shown(sent)

    found = adapter_for(network).look(uris)
    assert list(found) == uris[:25] + uris[50:]
    assert None not in found.values()
    assert len(batches) == 3


def test_a_look_that_shows_something_unreadable_says_nothing_of_it() -> None:
    broken = view("a", author={"did": ME, "handle": "x"})
    assert adapter_for(lambda sent: answer(200, {"posts": [broken]})).look([uri("a")]) == {}


@pytest.mark.parametrize("step", [refused(500), answer(200, {}), answer(200, {"posts": 7})])
def test_a_look_that_failed_altogether_is_no_answer(step: Step) -> None:
    """Not one post may be taken for deleted."""
    with pytest.raises((Transient, Unreadable)):
        adapter_for(lambda sent: step).look([uri("a"), uri("b")])


def test_nothing_to_look_for_asks_nobody() -> None:
    adapter, wire = opened(lambda sent: answer(500))
    assert adapter.look([]) == {}
    assert wire.sent == []
