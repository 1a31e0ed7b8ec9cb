"""Counters: what is reported, what is absent, and posts that are gone or not there yet."""

import pytest

from shared.core.errors import Transient
from shared.core.models import Remote
from tests.fakes.bluesky_views import ME, Json, uri, view
from tests.fakes.wire import Sent, Step, answer
from tests.unit.platforms.test_bluesky import GET, opened, refused
from tests.unit.platforms.test_bluesky_listen import shown

A, B = Remote(uri("a", ME)), Remote(uri("b", ME))


def test_every_counter_under_our_name() -> None:
    counted = view("a", ME, likeCount=5, repostCount=4, replyCount=3, quoteCount=2, bookmarkCount=1)
    adapter, wire = opened(lambda sent: answer(200, {"posts": [counted]}))
    numbers = {"likes": 5, "reposts": 4, "replies": 3, "quotes": 2, "saves": 1}
    assert adapter.post_metrics([A]) == {A.id: numbers}
    assert len(wire.sent) == 1


@pytest.mark.parametrize("value", ["7", None, True, -1, 1.5, 2**60, []])
def test_what_is_no_count_is_absent(value: object) -> None:
    odd = view("a", ME, likeCount=value, replyCount=0)
    adapter, _ = opened(lambda sent: answer(200, {"posts": [odd]}))
    assert adapter.post_metrics([A]) == {A.id: {"replies": 0}}


def test_a_post_is_gone_only_when_its_own_server_says_so() -> None:
    def network(sent: Sent) -> Step:
        if sent.path != GET:
            return answer(200, {"posts": [view("b", ME, likeCount=1)]})
        return refused(400, "RecordNotFound")

    assert opened(network)[0].post_metrics([A, B]) == {A.id: None, B.id: {"likes": 1}}


@pytest.mark.parametrize(
    "home", [answer(200, {"uri": A.id}), refused(400, "InvalidRequest"), refused(503)]
)
def test_a_post_that_is_not_indexed_yet_is_left_out(home: Step) -> None:
    adapter, _ = opened(lambda sent: home if sent.path == GET else answer(200, {"posts": []}))
    assert adapter.post_metrics([A]) == {}


def test_the_largest_batches() -> None:
    def counted(one: str) -> Json:
        return view(one.rpartition("/")[2], ME, likeCount=1)

    adapter, wire = opened(lambda sent: shown(sent, counted))
    remotes = [Remote(uri(f"n{number}", ME)) for number in range(51)]
    assert len(adapter.post_metrics(remotes)) == 51
    assert len(wire.sent) == 3


def test_nothing_is_known_when_nobody_answered() -> None:
    with pytest.raises(Transient):
        opened(lambda sent: refused(502))[0].post_metrics([A])


def test_the_account() -> None:
    profile = {"did": ME, "followersCount": 12, "followsCount": 0}
    adapter, wire = opened(lambda sent: answer(200, profile))
    assert adapter.account_metrics() == {"followers": 12, "following": 0}
    assert wire.sent[0].query == {"actor": ME}
