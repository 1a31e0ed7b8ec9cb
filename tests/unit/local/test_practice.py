from typing import Any

import pytest

from local.practice import article, page
from local.proxy import Answer, Forward
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
def test_answers_name_their_type(answer: Answer | Forward) -> None:
    assert isinstance(answer, Answer)
    assert answer.headers["Content-Type"]
