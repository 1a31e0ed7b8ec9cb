"""Looking for what became of a lost answer."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from email.utils import format_datetime

import pytest

from shared.core.errors import AccessRevoked, Ambiguous, PlatformError, Transient, Unreadable
from shared.core.models import MINUTE, SECOND, Draft, Media, Millis, Options, Part, Remote
from shared.core.platform import Outgoing
from shared.platforms.base import Context
from shared.platforms.mastodon import Mastodon
from shared.platforms.mastodon_locate import PAGE, PAGES
from tests.fakes.make import account
from tests.fakes.time import START, FakeClock
from tests.fakes.wire import Sent, Step, Wire, answer, client

SINCE = START
IMAGE = Media("med_1", "image/png", 1000, "sha-1", "key", alt="A boat")
HANDLES = {"media": {"0.0": {"id": "m1", "ready": True, "sha256": "sha-1", "at": START}}}


def moment(at: Millis) -> str:
    return datetime.fromtimestamp(at / 1000, UTC).isoformat()


def status(
    number: int, text: str = "Hello", *, at: Millis = START + SECOND, **more: object
) -> dict[str, object]:
    return {
        "id": str(number),
        "url": f"https://social.example/@ada/{number}",
        "created_at": moment(at),
        "content": f"<p>{text}</p>",
        "visibility": "public",
        "spoiler_text": "",
        "in_reply_to_id": None,
        "reblog": None,
        "reblogs_count": 0,
        "media_attachments": [],
        **more,
    }


def outgoing(text: str = "Hello", **more: object) -> Outgoing:
    made = Outgoing(Draft((Part(text),)), 0, "dlv.0", START, {})
    return replace(made, **more)  # type: ignore[arg-type]  # the tests' own shorthand


def site(statuses: Sequence[dict[str, object]], *, ahead: Millis | None = None) -> Wire:
    """Answers pages of an account's statuses, newest first; `ahead`: how its clock goes."""

    def route(sent: Sent) -> Step:
        after = sent.query.get("max_id")
        ids = [one["id"] for one in statuses]
        start = ids.index(after) + 1 if after else 0
        page: list[object] = list(statuses[start : start + int(sent.query["limit"])])
        date = None if ahead is None else datetime.fromtimestamp((START + ahead) / 1000, UTC)
        return answer(
            200, page, headers={"Date": format_datetime(date, usegmt=True)} if date else {}
        )

    return Wire(route)


def look(
    wire: Wire, wanted: Outgoing | None = None, *, owned: frozenset[str] = frozenset()
) -> Remote | None:
    mine = account(server="https://social.example", remote_id="7")
    adapter = Mastodon(mine, {"access_token": "t"}, Context(client(wire), FakeClock(), {}))
    return adapter.locate(wanted or outgoing(), since=SINCE, owned=owned)


def test_it_is_found_by_its_words() -> None:
    wire = site([status(3, "Other"), status(2), status(1, "Another")])
    assert look(wire) == Remote("2", "https://social.example/@ada/2")
    assert wire.sent[0].path == "/api/v1/accounts/7/statuses"
    assert wire.sent[0].method == "GET"


def test_it_is_not_there() -> None:
    assert look(site([])) is None
    assert look(site([status(1, "Other")])) is None


def test_what_another_delivery_owns_is_left_out() -> None:
    wire = site([status(2), status(1)])
    assert look(wire, owned=frozenset({"2"})) == Remote("1", "https://social.example/@ada/1")
    assert look(site([status(2)]), owned=frozenset({"2"})) is None


def test_an_older_post_with_the_same_words_is_another() -> None:
    assert look(site([status(1, at=SINCE - 2 * MINUTE)])) is None


def test_a_server_whose_clock_is_behind_is_understood() -> None:
    behind = -10 * MINUTE
    posted = status(1, at=START + behind + SECOND)
    assert look(site([posted])) is None
    assert look(site([posted], ahead=behind)) == Remote("1", "https://social.example/@ada/1")


def test_a_server_whose_clock_is_ahead_is_understood() -> None:
    ahead = 10 * MINUTE
    posted = status(1, at=START + ahead + SECOND)
    assert look(site([posted], ahead=ahead)) is not None
    assert look(site([posted])) is not None


def test_boosts_are_not_posts() -> None:
    assert look(site([status(1, reblog={"id": "9"})])) is None


def test_a_pinned_old_post_does_not_end_the_search() -> None:
    pinned = status(1, "Pinned", at=START - 10**9)
    assert look(site([pinned, status(3, "Other"), status(2)])) is not None


def test_pages_are_read_until_they_are_older() -> None:
    posts = [status(1000 - n, f"No {n}", at=START + 10**6 - n) for n in range(PAGE * 2)]
    posts += [status(100), *(status(50 - n, "Old", at=START - 10**7 - n) for n in range(PAGE * 3))]
    wire = site(posts)
    assert look(wire) == Remote("100", "https://social.example/@ada/100")
    assert len(wire.sent) == 4


def test_a_server_that_does_not_turn_pages_is_not_asked_for_ever() -> None:
    posts: list[object] = [status(n, f"No {n}") for n in range(3)]
    wire = Wire(lambda sent: answer(200, posts))
    assert look(wire) is None
    assert len(wire.sent) == 2


def test_too_many_posts_leave_it_unknown() -> None:
    posts = [status(10_000 - n, f"No {n}", at=START + 10**6 - n) for n in range(PAGE * (PAGES + 1))]
    with pytest.raises(Ambiguous) as caught:
        look(site(posts))
    assert caught.value.code == "too_many_posts"


def test_a_post_found_among_too_many_is_found() -> None:
    posts = [status(10_000 - n, f"No {n}", at=START + 10**6 - n) for n in range(PAGE * (PAGES + 1))]
    posts[5] = status(9_995)
    assert look(site(posts)) == Remote("9995", "https://social.example/@ada/9995")


# Parts of a thread.

SECOND_PART = replace(
    outgoing(), draft=Draft((Part("One"), Part("Hello"))), part=1, earlier=(Remote("42"),)
)


def test_a_later_part_is_found_below_the_one_before() -> None:
    wire = site([status(3, in_reply_to_id="41"), status(2, in_reply_to_id="42")])
    assert look(wire, SECOND_PART) == Remote("2", "https://social.example/@ada/2")


def test_parents_may_be_numbers() -> None:
    assert look(site([status(2, in_reply_to_id=42)]), SECOND_PART) is not None


def test_a_part_that_lost_its_thread_is_reported_and_not_sent_again() -> None:
    with pytest.raises(Ambiguous) as caught:
        look(site([status(2)]), SECOND_PART)
    assert caught.value.code == "outside_thread"


def test_a_part_with_the_words_of_an_earlier_one_is_not_taken_for_it() -> None:
    first = status(42)
    assert look(site([first]), SECOND_PART) is None
    second = status(43, in_reply_to_id="42")
    assert look(site([second, first]), SECOND_PART) is not None


def test_a_doubtful_copy_does_not_hide_the_right_one() -> None:
    wire = site([status(3), status(2, in_reply_to_id="42")])
    assert look(wire, SECOND_PART) == Remote("2", "https://social.example/@ada/2")


def test_a_reply_with_the_same_words_is_not_the_first_part() -> None:
    assert look(site([status(2, in_reply_to_id="42")])) is None


# Media and doubts.


def test_a_post_with_other_media_is_another() -> None:
    assert look(site([status(1, media_attachments=[{"id": "m9"}])])) is None
    wanted = outgoing(draft=Draft((Part("Hello", (IMAGE,)),)), handles=HANDLES)
    assert look(site([status(1)]), wanted) is None
    assert look(site([status(1, media_attachments=[{"id": "m9"}])]), wanted) is not None


def test_a_post_without_words_is_known_by_its_pictures() -> None:
    wanted = outgoing(draft=Draft((Part("", (IMAGE,)),)), handles=HANDLES)

    def shown(**attached: object) -> Remote | None:
        return look(site([status(1, "", media_attachments=[attached])]), wanted)

    assert shown(id="m1", description=None) is not None
    assert shown(id="other", description="A boat") is not None
    assert shown(id="other", description="A car") is None


def test_of_two_the_likelier_is_taken() -> None:
    wanted = outgoing(draft=Draft((Part("Hello", (IMAGE,)),)), handles=HANDLES)
    other, ours = [{"id": "m9"}], [{"id": "m1"}]
    posts = [
        status(4, media_attachments=ours, visibility="private"),
        status(3, media_attachments=ours, at=START + 2 * SECOND),
        status(2, media_attachments=ours, at=START + SECOND),
        status(1, media_attachments=other),
    ]
    found = look(site(posts), wanted)
    assert found is not None
    assert found.id == "2"


def test_a_server_that_drops_the_warning_still_has_our_post() -> None:
    wanted = outgoing(draft=Draft((Part("Hello"),), Options(content_warning="Careful")))
    assert look(site([status(1)]), wanted) is not None


def test_a_boosted_post_in_disguise_is_not_sent_again() -> None:
    disguised = status(19, "Boosted:</p><p>Hello", reblogs_count=1)
    with pytest.raises(Ambiguous) as caught:
        look(site([disguised]))
    assert caught.value.code == "looks_like_it"
    assert look(site([status(19, "Boosted:</p><p>Hello", reblogs_count=0)])) is None


# Answers that say nothing.


@pytest.mark.parametrize(
    ("step", "error"),
    [
        (answer(200, b"<html>"), Unreadable),
        (answer(200, {}), Unreadable),
        (answer(200, ["text"]), Unreadable),
        (answer(200, [{}]), Unreadable),
        (answer(200, [{"id": "1"}]), Unreadable),
        (answer(200, [{"id": "1", "created_at": "yesterday"}]), Unreadable),
        (answer(401), AccessRevoked),
        (answer(500), Transient),
    ],
)
def test_what_cannot_be_read_is_never_taken_for_absence(
    step: Step, error: type[PlatformError]
) -> None:
    with pytest.raises(error):
        look(Wire(lambda sent: step))
