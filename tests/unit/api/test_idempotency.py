"""A repeated POST happens once."""

import json
from typing import Any

import pytest

from shared.core.errors import StoreUnavailable
from shared.core.models import MINUTE
from tests.fakes.api_world import ApiWorld, rfc3339_in


def create(world: ApiWorld, text: str = "hello", key: str = "k-1", **options: Any) -> Any:
    return world.send("/v1/posts", {"text": text}, idempotency_key=key, **options)


def test_a_repeat_is_answered_as_the_first_was(world: ApiWorld) -> None:
    first = create(world)
    again = create(world)
    assert (first.status, again.status) == (201, 201)
    assert again.text == first.text
    assert "idempotency-replayed" not in first.headers
    assert again.headers["idempotency-replayed"] == "true"
    assert len(world.store.post_items) == 1


def test_another_request_with_the_same_key_is_refused(world: ApiWorld) -> None:
    create(world)
    for other in (
        create(world, "something else"),
        world.send("/v1/keys", {"name": "hello", "all_workspaces": True}, idempotency_key="k-1"),
    ):
        assert (other.status, other.json["code"]) == (422, "idempotency_key_reused")
    assert len(world.store.post_items) == 1


def test_keys_of_different_callers_are_different(world: ApiWorld) -> None:
    other = world.send("/v1/keys", {"name": "x", "all_workspaces": True}).json["api_key"]
    first = create(world)
    second = world.send("/v1/posts", {"text": "hello"}, idempotency_key="k-1", key=other)
    assert first.json["id"] != second.json["id"]


def test_a_repeat_in_another_workspace_is_another_request(world: ApiWorld) -> None:
    made = world.send("/v1/workspaces", {"name": "Cafe", "timezone": "UTC"}).json["id"]
    create(world, tidings_workspace="wks_1")
    other = create(world, tidings_workspace=made)
    assert (other.status, other.json["code"]) == (422, "idempotency_key_reused")


def test_a_refused_request_may_be_mended_under_its_key(world: ApiWorld) -> None:
    refused = world.send("/v1/posts", {"text": "a\u0000"}, idempotency_key="k-1")
    assert refused.status == 422
    assert create(world, "mended").status == 201


def test_a_request_that_is_still_at_work(world: ApiWorld) -> None:
    inner: list[Any] = []
    original = world.store.create_post

    def slow(*args: Any) -> None:
        if not inner:
            inner.append(None)
            inner[0] = create(world)
        original(*args)

    world.store.create_post = slow  # type: ignore[method-assign,assignment]  # a second client meanwhile
    assert create(world).status == 201
    assert (inner[0].status, inner[0].json["code"]) == (409, "request_in_progress")
    assert len(world.store.post_items) == 1


def test_a_lost_answer_does_not_make_a_second_post(world: ApiWorld) -> None:
    """The post is stored, then the process ends before its answer is kept."""

    def lost(*_: object) -> None:
        raise SystemExit

    finish, forget = world.store.finish_request, world.store.forget_request
    world.store.finish_request = lost  # type: ignore[method-assign,assignment]  # the process dies
    world.store.forget_request = lost  # type: ignore[method-assign,assignment]  # the process is dead
    with pytest.raises(SystemExit):
        create(world)
    world.store.finish_request, world.store.forget_request = finish, forget  # type: ignore[method-assign]  # the next process
    assert create(world).json["code"] == "request_in_progress"
    world.clock.advance(MINUTE)
    again = create(world)
    assert again.status == 201
    assert again.json["id"] in {post_id for _, post_id in world.store.post_items}
    assert len(world.store.post_items) == 1


def test_a_store_that_fails_after_the_write_does_not_make_a_second_post(world: ApiWorld) -> None:
    original = world.store.create_post

    def applied_but_unanswered(*args: Any) -> None:
        original(*args)
        raise StoreUnavailable("no answer")

    world.store.create_post = applied_but_unanswered  # type: ignore[method-assign,assignment]  # an outage
    assert create(world).status == 503
    world.store.create_post = original  # type: ignore[method-assign]  # it is over
    assert create(world).status == 201
    assert len(world.store.post_items) == 1


def test_an_answer_that_cannot_be_kept_is_still_given(world: ApiWorld) -> None:
    def down(*_: object) -> None:
        raise StoreUnavailable("no answer")

    world.store.finish_request = down  # type: ignore[method-assign,assignment]  # an outage
    assert create(world).status == 201


def test_after_a_day_a_key_may_be_used_again(world: ApiWorld) -> None:
    create(world)
    world.clock.advance(24 * 60 * MINUTE)
    assert "idempotency-replayed" not in create(world, "something else").headers


def test_secrets_are_not_kept(world: ApiWorld) -> None:
    body = {"name": "x", "all_workspaces": True}
    first = world.send("/v1/keys", body, idempotency_key="k-1")
    again = world.send("/v1/keys", body, idempotency_key="k-1")
    assert first.json["api_key"]
    assert again.json == first.json | {"api_key": None}
    assert first.json["api_key"] not in repr(world.store.requests)
    form = {"mime": "image/png", "size": 3}
    assert world.send("/v1/media", form, idempotency_key="k-2").json["upload"]
    assert world.send("/v1/media", form, idempotency_key="k-2").json["upload"] is None


@pytest.mark.parametrize("key", ["", " ", "a b", "x" * 201, "é"])
def test_a_key_that_is_no_key(world: ApiWorld, key: str) -> None:
    answer = create(world, key=key)
    assert (answer.status, answer.json["code"]) == (400, "bad_idempotency_key")
    assert world.store.post_items == {}


def test_every_post_route_takes_a_key(world: ApiWorld) -> None:
    post = world.write(seconds=600)
    for _ in range(2):
        answer = world.send(f"/v1/posts/{post['id']}/cancel", idempotency_key="k-9")
        assert answer.status == 200
    (kept,) = [answered for _, answered in world.store.requests.values()]
    assert json.loads(kept.body or "")["status"] == "cancelled"


def test_an_answer_too_large_to_keep_does_not_undo_what_was_done(world: ApiWorld) -> None:
    """As large a post as there can be, to very many accounts."""
    world.network.limit = 25_000
    text = '"' * 24_900
    body = {
        "text": text,
        "parts": [{"text": text}] * 6,
        "account_ids": [world.connect(f"shop {n}").id for n in range(40)],
        "schedule": {"at": rfc3339_in(world, 3_600)},
    }
    made = world.send("/v1/posts", body, idempotency_key="k-1")
    assert made.status == 201
    refused = ("answer not kept", {"error": "answer_too_large", "operation": "create_post"})
    assert refused in world.telemetry.lines
    world.clock.advance(2 * MINUTE)
    again = world.send("/v1/posts", body, idempotency_key="k-1")
    assert (again.status, again.json["id"]) == (201, made.json["id"])
    assert len(world.store.post_items) == 1
