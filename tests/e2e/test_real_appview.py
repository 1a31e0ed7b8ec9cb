"""What our Bluesky adapter relies on when it reads, asked of the real AppView.

Observed on 2026-11-22 with @atproto/bsky 0.0.280 and @atproto/pds 0.5.35; tested below.

Notifications (`app.bsky.notification.listNotifications`)
- are sorted by the time that a record says it is from, or by the time it was first seen, whichever
  is earlier; `indexedAt` is that time. A backdated reply therefore stands far down, below what was
  read long ago, and its `indexedAt` does not show when it came.
- have a cursor that is this time alone, and continue strictly below it: of several with the same
  millisecond, those that do not fit on the page are never listed. A cursor made from a time works.
- come in pages of 100 at most. A cursor that is no time is answered with 502.
- name one reason for one post: a quote or a mention that is a reply, too, is listed once, as quote
  or mention.
- of replies reach four levels below our post; `reasonSubject` is our post for all of them. Deeper
  ones are in the thread only. Our own replies are never listed.
- vanish when the record is deleted, when the post they are about is deleted (although the replies
  live on), when its author is blocked, and when the reply is hidden by a thread gate.
- are lost for good when a reply is indexed together with the post that it answers, since accounts
  are indexed side by side (seen under load; `RealNetwork` keeps it from happening in tests).
- show an edited record's new text and cid under the same uri and time.

Threads (`getPostThread`) take a depth of 1000 at most and show all replies, backdated ones too, but
not what hangs below a deleted reply, although `getPosts` still shows that.

Posts (`getPosts`) are asked for by 25 at most. Unknown, deleted and taken down ones, and those of
accounts that are blocked, are left out of the answer without a word; of a post that is named twice
there is one. Counts follow likes, reposts, replies and quotes up and down. Even its author finds a
post only once it is indexed, a moment after it was made; until then it looks like one deleted.

Author feeds and lists of quotes page through ties without loss.
"""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.servers.bluesky import PdsAccount, Record, XrpcError
from tests.servers.bluesky_network import RealNetwork, iso, post_record

NOTIFICATIONS = "app.bsky.notification.listNotifications"
THREAD = "app.bsky.feed.getPostThread"
POSTS = "app.bsky.feed.getPosts"
UNKNOWN = "at://did:plc:bbl4fopnkrleanpn57n4w2aw/app.bsky.feed.post/3n2uyr3yx3222"


@pytest.fixture
def us(bluesky: RealNetwork) -> PdsAccount:
    return bluesky.create_account()


@pytest.fixture(scope="module")
def fan(bluesky: RealNetwork) -> PdsAccount:
    return bluesky.create_account()


@pytest.fixture
def ours(bluesky: RealNetwork, us: PdsAccount) -> Record:
    return bluesky.post(us, "ours")


def listed(bluesky: RealNetwork, us: PdsAccount, **query: Any) -> list[dict[str, Any]]:
    found = bluesky.ask(us, NOTIFICATIONS, limit=100, **query)["notifications"]
    return list(found)


def reasons(bluesky: RealNetwork, us: PdsAccount) -> list[tuple[str, str]]:
    """Newest first: why, and the record's address."""
    return [(one["reason"], one["uri"]) for one in listed(bluesky, us)]


def all_pages(bluesky: RealNetwork, us: PdsAccount, method: str, **query: Any) -> Iterator[Any]:
    cursor = None
    while True:
        page = bluesky.ask(us, method, **query, **({"cursor": cursor} if cursor else {}))
        yield page
        cursor = page.get("cursor")
        if not cursor:
            return


def counts(bluesky: RealNetwork, us: PdsAccount, record: Record) -> dict[str, int]:
    (post,) = bluesky.ask(us, POSTS, uris=[record.uri])["posts"]
    return {name: post[f"{name}Count"] for name in ("like", "repost", "reply", "quote")}


def found(bluesky: RealNetwork, us: PdsAccount, *uris: str) -> list[str]:
    return [post["uri"] for post in bluesky.ask(us, POSTS, uris=uris)["posts"]]


def in_thread(thread: dict[str, Any]) -> list[str]:
    """Addresses of the posts below, in no order."""
    uris: list[str] = []
    for reply in thread.get("replies", []):
        uris += [reply["post"]["uri"], *in_thread(reply)]
    return uris


def thread_below(bluesky: RealNetwork, us: PdsAccount, record: Record) -> set[str]:
    return set(in_thread(bluesky.ask(us, THREAD, uri=record.uri, depth=1000)["thread"]))


def test_everything_that_others_do_is_notified_once_and_newest_first(
    bluesky: RealNetwork, us: PdsAccount, fan: PdsAccount, ours: Record
) -> None:
    made = [
        ("like", bluesky.like(fan, ours)),
        ("repost", bluesky.repost(fan, ours)),
        ("reply", bluesky.post(fan, "a reply", reply_to=ours)),
        ("quote", bluesky.post(fan, "a quote", quote=ours)),
        ("mention", bluesky.post(fan, "are you there?", mention=us)),
        ("follow", bluesky.follow(fan, us)),
        ("quote", bluesky.post(fan, "a quote below it", reply_to=ours, quote=ours)),
        ("mention", bluesky.post(fan, "a mention below it", reply_to=ours, mention=us)),
    ]
    bluesky.post(us, "our own", reply_to=ours)
    assert reasons(bluesky, us) == [(why, record.uri) for why, record in reversed(made)]


def test_of_ten_replies_in_one_millisecond_a_page_of_four_hides_six(
    bluesky: RealNetwork, us: PdsAccount, fan: PdsAccount, ours: Record
) -> None:
    now = datetime.now(UTC)
    made = bluesky.posts(fan, [post_record(f"{n}", reply_to=ours, at=now) for n in range(10)])
    pages = [
        [one["uri"] for one in page["notifications"]]
        for page in all_pages(bluesky, us, NOTIFICATIONS, limit=4)
    ]
    assert [len(page) for page in pages] == [4, 0]
    assert {uri for _, uri in reasons(bluesky, us)} == {record.uri for record in made}


def test_a_cursor_is_a_time_and_what_stands_at_it_is_left_out(
    bluesky: RealNetwork, us: PdsAccount, fan: PdsAccount, ours: Record
) -> None:
    at = datetime.now(UTC).replace(microsecond=0)
    bluesky.post(fan, "a reply", reply_to=ours, at=at)
    assert listed(bluesky, us, cursor=iso(at)) == []
    assert len(listed(bluesky, us, cursor=iso(at + timedelta(milliseconds=1)))) == 1
    with pytest.raises(XrpcError, match="502"):
        listed(bluesky, us, cursor="nonsense")
    with pytest.raises(XrpcError, match="400 InvalidRequest"):
        bluesky.ask(us, NOTIFICATIONS, limit=101)


def test_a_backdated_reply_stands_where_it_claims_to_be_and_a_future_one_where_it_was_seen(
    bluesky: RealNetwork, us: PdsAccount, fan: PdsAccount, ours: Record
) -> None:
    now = datetime.now(UTC)
    bluesky.post(fan, "now", reply_to=ours, at=now)
    bluesky.post(fan, "a year ago", reply_to=ours, at=now - timedelta(days=365))
    bluesky.post(fan, "in an hour", reply_to=ours, at=now + timedelta(hours=1))
    shown = {one["record"]["text"]: one["indexedAt"] for one in listed(bluesky, us)}
    assert list(shown) == ["in an hour", "now", "a year ago"]
    assert shown["now"] == iso(now)
    assert shown["a year ago"] == iso(now - timedelta(days=365))
    assert iso(now) <= shown["in an hour"] <= iso(datetime.now(UTC))
    assert len(thread_below(bluesky, us, ours)) == 3


def test_replies_are_notified_four_levels_down_and_deeper_ones_are_in_the_thread(
    bluesky: RealNetwork, us: PdsAccount, fan: PdsAccount, ours: Record
) -> None:
    chain = [ours]
    for level in range(1, 8):
        chain.append(bluesky.post(fan, f"level {level}", reply_to=chain[-1]))
    shown = listed(bluesky, us)
    assert [one["uri"] for one in reversed(shown)] == [record.uri for record in chain[1:5]]
    assert {one["reasonSubject"] for one in shown} == {ours.uri}
    assert thread_below(bluesky, us, ours) == {record.uri for record in chain[1:]}
    with pytest.raises(XrpcError, match="400 InvalidRequest"):
        bluesky.ask(us, THREAD, uri=ours.uri, depth=1001)


def test_counts_follow_what_is_done_and_undone(
    bluesky: RealNetwork, us: PdsAccount, fan: PdsAccount, ours: Record
) -> None:
    made = [
        bluesky.like(fan, ours),
        bluesky.repost(fan, ours),
        bluesky.post(fan, "a reply", reply_to=ours),
        bluesky.post(fan, "a quote", quote=ours),
    ]
    assert counts(bluesky, us, ours) == {"like": 1, "repost": 1, "reply": 1, "quote": 1}
    for record in made:
        bluesky.delete(fan, record)
    assert counts(bluesky, us, ours) == {"like": 0, "repost": 0, "reply": 0, "quote": 0}
    assert listed(bluesky, us) == []


def test_followers_are_counted_up_and_down(
    bluesky: RealNetwork, us: PdsAccount, fan: PdsAccount, ours: Record
) -> None:
    def numbers() -> list[int]:
        profile = bluesky.ask(us, "app.bsky.actor.getProfile", actor=us.did)
        return [profile[f"{name}Count"] for name in ("followers", "follows", "posts")]

    follow = bluesky.follow(fan, us)
    assert numbers() == [1, 0, 1]
    bluesky.delete(fan, follow)
    bluesky.delete(us, ours)
    assert numbers() == [0, 0, 0]


def test_posts_that_cannot_be_shown_are_left_out_without_a_word(
    bluesky: RealNetwork, us: PdsAccount, fan: PdsAccount, ours: Record
) -> None:
    kept = bluesky.post(fan, "kept", reply_to=ours)
    deleted = bluesky.post(fan, "deleted", reply_to=ours)
    bluesky.delete(fan, deleted)
    asked = [UNKNOWN, deleted.uri, kept.uri, kept.uri, ours.uri]
    assert found(bluesky, us, *asked) == [kept.uri, ours.uri]
    for gone in (UNKNOWN, deleted.uri):
        with pytest.raises(XrpcError, match="400 NotFound"):
            bluesky.ask(us, THREAD, uri=gone)
    with pytest.raises(XrpcError, match="400 InvalidRequest"):
        found(bluesky, us, *[ours.uri] * 26)
    bluesky.take_down(fan)
    assert found(bluesky, us, kept.uri) == []
    bluesky.take_down(fan, applied=False)
    assert found(bluesky, us, kept.uri) == [kept.uri]


def test_what_hangs_below_a_deleted_reply_is_in_no_thread_and_yet_there(
    bluesky: RealNetwork, us: PdsAccount, fan: PdsAccount, ours: Record
) -> None:
    reply = bluesky.post(fan, "a reply", reply_to=ours)
    below = bluesky.post(fan, "below it", reply_to=reply)
    bluesky.delete(fan, reply)
    assert thread_below(bluesky, us, ours) == set()
    assert reasons(bluesky, us) == [("reply", below.uri)]
    assert found(bluesky, us, below.uri) == [below.uri]


def test_with_our_post_its_notifications_go_but_not_the_replies(
    bluesky: RealNetwork, us: PdsAccount, fan: PdsAccount, ours: Record
) -> None:
    reply = bluesky.post(fan, "a reply", reply_to=ours)
    mention = bluesky.post(fan, "a mention", mention=us)
    bluesky.delete(us, ours)
    assert reasons(bluesky, us) == [("mention", mention.uri)]
    assert found(bluesky, us, reply.uri) == [reply.uri]


def test_a_hidden_reply_is_not_notified_and_stays_in_the_thread(
    bluesky: RealNetwork, us: PdsAccount, fan: PdsAccount, ours: Record
) -> None:
    reply = bluesky.post(fan, "a reply", reply_to=ours)
    gate = {"post": ours.uri, "hiddenReplies": [reply.uri]}
    bluesky.create(us, "app.bsky.feed.threadgate", gate, rkey=ours.rkey)
    assert listed(bluesky, us) == []
    assert thread_below(bluesky, us, ours) == {reply.uri}
    assert found(bluesky, us, reply.uri) == [reply.uri]


def test_who_is_blocked_is_not_there_but_counted(
    bluesky: RealNetwork, us: PdsAccount, fan: PdsAccount, ours: Record
) -> None:
    reply = bluesky.post(fan, "a reply", reply_to=ours)
    bluesky.create(us, "app.bsky.graph.block", {"subject": fan.did})
    assert listed(bluesky, us) == []
    assert thread_below(bluesky, us, ours) == set()
    assert found(bluesky, us, reply.uri) == []
    assert counts(bluesky, us, ours)["reply"] == 1


def test_an_edited_reply_has_a_new_cid_at_the_old_place(
    bluesky: RealNetwork, us: PdsAccount, fan: PdsAccount, ours: Record
) -> None:
    first = bluesky.post(fan, "first", reply_to=ours)
    (before,) = listed(bluesky, us)
    second = bluesky.edit(fan, first, "second")
    (after,) = listed(bluesky, us)
    assert (after["uri"], after["indexedAt"]) == (before["uri"], before["indexedAt"])
    assert (after["cid"], after["record"]["text"]) == (second.cid, "second")
    (post,) = bluesky.ask(us, POSTS, uris=[first.uri])["posts"]
    assert (post["cid"], post["record"]["text"]) == (second.cid, "second")


def test_author_feeds_and_quotes_lose_nothing_to_ties(
    bluesky: RealNetwork, us: PdsAccount, ours: Record
) -> None:
    now = datetime.now(UTC)
    made = bluesky.posts(us, [post_record(f"{n}", quote=ours, at=now) for n in range(10)])
    feed = all_pages(bluesky, us, "app.bsky.feed.getAuthorFeed", actor=us.did, limit=4)
    quotes = all_pages(bluesky, us, "app.bsky.feed.getQuotes", uri=ours.uri, limit=4)
    expected = sorted(record.uri for record in made)
    assert sorted(one["uri"] for page in quotes for one in page["posts"]) == expected
    shown = sorted(one["post"]["uri"] for page in feed for one in page["feed"])
    assert shown == sorted([*expected, ours.uri])
