from typing import Any

import pytest

from local.practice_front import Front, Server
from local.practice_pages import VISITOR, article, page
from local.proxy import Answer, Decision, Forward, Receive
from local.system import STARTING

POST: dict[str, Any] = {
    "id": "7",
    "account": {"username": "practice", "display_name": "Practice <1>", "acct": "practice"},
    "content": "<p>Hello</p>",
    "created_at": "2026-11-22T03:30:29Z",
    "visibility": "public",
    "media_attachments": [
        {"type": "image", "url": "http://127.0.0.1:1/a.png?x=1&y=2", "description": 'a "cat"'}
    ],
}


def test_post_shows_its_text_image_and_alternative_text() -> None:
    html = article(POST)
    assert "<p>Hello</p>" in html
    assert 'alt="a &quot;cat&quot;"' in html
    assert 'src="http://127.0.0.1:1/a.png?x=1&amp;y=2"' in html
    assert 'href="/@practice/7"' in html


def test_content_warning_hides_the_text() -> None:
    html = article(POST | {"spoiler_text": "<spoilers>"})
    assert html.startswith("<article><details><summary>&lt;spoilers&gt;</summary><p>Hello</p>")


def test_nothing_in_a_post_can_run() -> None:
    policy = page([POST]).headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "script-src" not in policy


def test_empty_network_says_so() -> None:
    assert b"Nothing has been posted yet." in page([]).body


@pytest.mark.parametrize("answer", [STARTING, page([], status=404, note="gone")])
def test_answers_name_their_type(answer: Decision) -> None:
    assert isinstance(answer, Answer)
    assert answer.headers["Content-Type"]


# What a visitor can do.

FRONT = Front(8081, {"practice": Server(1, "a")}, Server(1, "v"))
HERE = "127.0.0.1:8081"


def test_a_post_can_be_answered_and_liked() -> None:
    html = article(POST)
    assert 'action="/@practice/7/answer"' in html
    assert 'action="/@practice/7/like"' in html
    assert 'action="/@practice/7/unlike"' in article(POST, liked=True)


@pytest.mark.parametrize("visibility", ["private", "direct", ""])
def test_what_was_not_meant_for_everybody_has_no_forms(visibility: str) -> None:
    assert "<form" not in article(POST | {"visibility": visibility})


def test_the_visitor_can_take_an_answer_back() -> None:
    html = article(POST | {"account": {"username": VISITOR}})
    assert 'action="/@visitor/7/delete"' in html
    assert "/answer" not in html


def test_counts_are_shown_once_there_are_some() -> None:
    html = article(POST | {"replies_count": 2, "favourites_count": 0})
    assert "2 answers" in html
    assert "likes" not in html


def test_only_the_page_itself_may_send_its_forms() -> None:
    assert "form-action 'self'" in page([POST]).headers["Content-Security-Policy"]
    for host in (HERE, "localhost:8081"):
        decision = FRONT.route("POST", "/@practice/7/like", host)
        assert isinstance(decision, Receive)
        for origin in ("https://evil.example", "null", f"https://{host}", "http://127.0.0.1:1"):
            assert decision.answer({"origin": origin}, b"").status == 403
        assert decision.answer({}, b"").status == 403


def test_a_name_that_leads_here_is_not_our_address() -> None:
    decision = FRONT.route("POST", "/@practice/7/like", "evil.example:8081")
    assert isinstance(decision, Answer)
    assert decision.status == 403


@pytest.mark.parametrize(
    "path", ["/@practice/7/reblog", "/@practice/x/like", "/@practice/7", "/@practice/7/like/x"]
)
def test_there_is_nothing_else_to_do(path: str) -> None:
    decision = FRONT.route("POST", path, HERE)
    assert isinstance(decision, Answer)
    assert decision.status == 404


def test_the_api_is_the_servers() -> None:
    for method in ("GET", "POST", "DELETE"):
        assert FRONT.route(method, "/api/v1/statuses/7", HERE) == Forward(1, "/api/v1/statuses/7")
    for path in ("/_mock/state", "/_ui/"):
        assert FRONT.route("GET", path, HERE) == Answer(404)
