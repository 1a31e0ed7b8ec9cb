"""Every way in which a request can be wrong has its own problem document, and changes nothing."""

import json

import pytest

from functions.api.reading import MAX_BODY, MAX_DEPTH, TOKENS
from tests.fakes.api_world import ApiWorld, Got


def refused(world: ApiWorld, answer: Got, status: int, code: str) -> Got:
    """A complete problem document, and an unchanged store."""
    assert (answer.status, answer.json["code"]) == (status, code), answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json["status"] == status
    assert answer.json["type"] == f"urn:tidings:problem:{code}"
    assert answer.json["title"]
    assert answer.json["detail"]
    assert answer.json["request_id"] == "request-1"
    assert world.store.post_items == {}
    assert world.store.requests == {}
    return answer


@pytest.mark.parametrize(
    ("body", "where", "code"),
    [
        ({"txet": "hi"}, "txet", "unknown_field"),
        ({"options": {"colour": "red"}}, "options.colour", "unknown_field"),
        ({"text": 1}, "text", "wrong_type"),
        ({"text": None}, "text", "wrong_type"),
        ({"account_ids": "acc_1"}, "account_ids", "wrong_type"),
        ({"account_ids": [1]}, "account_ids[0]", "wrong_type"),
        ({"parts": [{"text": "a"}, {"text": []}]}, "parts[1].text", "wrong_type"),
        ({"requires_approval": "yes"}, "requires_approval", "wrong_type"),
        ({"requires_approval": 1}, "requires_approval", "wrong_type"),
        ({"missed_window": "maybe"}, "missed_window", "unknown_value"),
        ({"schedule": {"now": False}}, "schedule.now", "unknown_value"),
        ({"schedule": {"local": "x", "fold": 2}}, "schedule.fold", "unknown_value"),
        ({"text": "x" * 25_001}, "text", "too_long"),
        ({"account_ids": ["a"] * 41}, "account_ids", "too_many"),
        ({"media_ids": ["a"] * 21}, "media_ids", "too_many"),
        ({"tags": [""]}, "tags[0]", "too_short"),
        ({"options": {"languages": ["englisch"]}}, "options.languages[0]", "bad_format"),
        ([], "", "wrong_type"),
        ("text", "", "wrong_type"),
    ],
)
def test_a_body_of_the_wrong_shape(world: ApiWorld, body: object, where: str, code: str) -> None:
    answer = refused(world, world.send("/v1/posts", body), 422, code)
    (problem,) = answer.json["problems"]
    assert problem["where"] == where


def test_all_that_is_wrong_is_said_at_once(world: ApiWorld) -> None:
    answer = world.send("/v1/posts", {"txet": "a", "text": 1, "tags": [2]})
    assert {p["where"] for p in answer.json["problems"]} == {"txet", "text", "tags[0]"}


def test_a_slip_of_the_pen_is_recognised(world: ApiWorld) -> None:
    answer = world.send("/v1/posts", {"acount_ids": []})
    assert "Did you mean 'account_ids'?" in answer.json["detail"]


@pytest.mark.parametrize(
    "body",
    [b"{", b"{]", b'{"text": "a"', b"text", b"{'text': 1}", b"{} {}",
     b'{"text": "\\ud800"}', b'"' * 99],
)  # fmt: skip
def test_broken_json(world: ApiWorld, body: bytes) -> None:
    refused(world, world.send("/v1/posts", body), 400, "broken_json")


@pytest.mark.parametrize(
    ("opened", "closed"), [(b"[", b"]"), (b'{"a":', b"}"), (b'[{"":', b"}]"), (b"[", b"")]
)
def test_deeply_nested_json(world: ApiWorld, opened: bytes, closed: bytes) -> None:
    body = opened * 100_000 + b"1" + closed * 100_000
    refused(world, world.send("/v1/posts", body), 400, "too_deep")


def test_brackets_inside_texts_are_no_nesting(world: ApiWorld) -> None:
    text = '[{"' * MAX_DEPTH + "\\"
    assert world.send("/v1/posts", {"text": text}).status == 201


def test_quotes_that_never_end_are_passed_over_once(world: ApiWorld) -> None:
    """Were each of them looked at again, a megabyte would take minutes."""
    text = '{"' + '\\"' * 500_000
    assert [len(token.group()) for token in TOKENS.finditer(text)] == [1, len(text) - 1]
    refused(world, world.send("/v1/posts", text.encode()), 400, "broken_json")


def test_a_body_above_the_limit(world: ApiWorld) -> None:
    body = json.dumps({"text": "x" * 2_000_000}).encode()
    answer = refused(world, world.send("/v1/posts", body), 413, "body_too_large")
    assert str(MAX_BODY) in answer.json["detail"]


def test_a_body_up_to_the_limit_is_read(world: ApiWorld) -> None:
    body = b'{"text": "hi"' + b" " * (MAX_BODY - 14) + b"}"
    assert len(body) == MAX_BODY
    assert world.send("/v1/posts", body).status == 201


def test_a_body_that_is_not_utf8(world: ApiWorld) -> None:
    answer = refused(world, world.send("/v1/posts", b'{"text": "\xff"}'), 400, "not_utf8")
    assert "byte 10" in answer.json["detail"]


def test_a_body_that_the_gateway_has_mended(world: ApiWorld) -> None:
    """It hands text over with U+FFFD for what is not UTF-8; the length is still the client's."""
    mangled = world.send("/v1/posts", {"text": "caf\ufffd"}, content_length="16")
    refused(world, mangled, 400, "not_utf8")


def test_a_body_may_hold_the_replacement_character(world: ApiWorld) -> None:
    body = {"text": "caf\ufffd"}
    assert world.send("/v1/posts", body, content_length="18").status == 201


@pytest.mark.parametrize(
    "kind", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data", "json", ""]
)
def test_another_content_type(world: ApiWorld, kind: str) -> None:
    answer = world.send("/v1/posts", {"text": "hi"}, content_type=kind)
    refused(world, answer, 415, "wrong_content_type")


def test_another_charset(world: ApiWorld) -> None:
    kind = "application/json; charset=latin-1"
    refused(world, world.send("/v1/posts", {}, content_type=kind), 415, "wrong_charset")
    assert world.send("/v1/posts", {}, content_type="Application/JSON;charset=UTF-8").status == 201


def test_a_body_where_none_belongs(world: ApiWorld) -> None:
    answer = world.request("DELETE", "/v1/posts/pst_1", {"force": True})
    refused(world, answer, 400, "no_body_expected")


def test_an_unknown_path_and_a_wrong_method(world: ApiWorld) -> None:
    refused(world, world.get("/v1/pots"), 404, "no_such_path")
    refused(world, world.get("/v1/posts/"), 404, "no_such_path")
    answer = refused(world, world.request("PUT", "/v1/posts"), 405, "wrong_method")
    assert answer.headers["allow"] == "GET, POST"
    answer = refused(world, world.request("POST", "/v1/posts/pst_1", {}), 405, "wrong_method")
    assert answer.headers["allow"] == "DELETE, GET, PATCH"


@pytest.mark.parametrize(
    ("query", "where", "code"),
    [
        ({"limt": "2"}, "limt", "unknown_field"),
        ({"limit": "0"}, "limit", "out_of_range"),
        ({"limit": "101"}, "limit", "out_of_range"),
        ({"limit": "ten"}, "limit", "wrong_type"),
        ({"status": "gone"}, "status", "unknown_value"),
        ({"cursor": "bm9uc2Vuc2U"}, "cursor", "bad_cursor"),
        ({"since": "yesterday"}, "since", "bad_time"),
        ({"status": "draft", "since": "2026-01-01T00:00:00Z"}, "since", "not_with_drafts"),
    ],
)
def test_a_query_of_the_wrong_shape(
    world: ApiWorld, query: dict[str, str], where: str, code: str
) -> None:
    answer = refused(world, world.get("/v1/posts", query=query), 422, code)
    assert answer.json["problems"][0]["where"] == where


def test_head_is_get_without_its_body(world: ApiWorld) -> None:
    answer = world.request("HEAD", "/v1/posts")
    assert (answer.status, answer.text) == (200, "")
    assert answer.headers["content-type"] == "application/json"


def test_answers_are_not_kept_by_anybody_on_the_way(world: ApiWorld) -> None:
    for answer in (world.get("/v1/posts"), world.get("/v1/pots")):
        assert answer.headers["cache-control"] == "no-store"
        assert answer.headers["x-content-type-options"] == "nosniff"


def test_a_bug_is_said_without_a_word_of_the_request(world: ApiWorld) -> None:
    world.network.names = lambda: (_ for _ in ()).throw(  # type: ignore[method-assign]  # a bug
        RuntimeError("hello from the request")
    )
    answer = world.send("/v1/posts", {"text": "hello"})
    assert (answer.status, answer.json["code"]) == (500, "internal")
    assert "hello" not in answer.text
    (line,) = [fields for message, fields in world.telemetry.lines if message == "request failed"]
    assert line["error"] == "RuntimeError"
    assert "hello" not in repr(line["frames"])


def test_one_line_is_logged_for_each_request_and_holds_ids_only(world: ApiWorld) -> None:
    world.telemetry.lines.clear()
    world.write("a secret thought", seconds=None)
    world.send("/v1/posts", {"txet": "a secret thought"})
    world.get("/v1/a-secret-thought")
    requests = [fields for message, fields in world.telemetry.lines if message == "request"]
    assert [(r["operation"], r["status"]) for r in requests] == [
        ("create_post", 201),
        ("create_post", 422),
        ("none", 404),
    ]
    assert "secret" not in repr(world.telemetry.lines)
    assert world.key not in repr(world.telemetry.lines)
