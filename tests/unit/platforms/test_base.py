"""What adapters share."""

import pytest

from shared.core.errors import InvalidDraft, Problem, Unreadable
from shared.platforms import base
from shared.platforms.base import entered, entering, limit
from shared.platforms.guard import HostUnknown, ServerRefused
from tests.fakes.make import account


@pytest.mark.parametrize("value", [None, 1, "text", [], True])
def test_what_is_no_object_is_unreadable(value: object) -> None:
    with pytest.raises(Unreadable):
        base.as_object(value, "the answer")


@pytest.mark.parametrize("value", [None, 1, "text", {}, True])
def test_what_is_no_list_is_unreadable(value: object) -> None:
    with pytest.raises(Unreadable):
        base.as_list(value, "the answer")


@pytest.mark.parametrize("holder", [{}, {"id": ""}, {"id": None}, {"id": 7}, {"id": ["7"]}])
def test_a_text_that_must_be_there(holder: dict[str, object]) -> None:
    with pytest.raises(Unreadable):
        base.text_of(holder, "id")
    assert base.maybe_text(holder, "id") == ""


def test_truth_is_no_number() -> None:
    assert base.maybe_whole({"n": True}, "n") is None
    assert base.maybe_whole({"n": 3}, "n") == 3
    assert base.maybe_whole({"n": "3"}, "n") is None


def test_a_server_that_says_nothing_useful_keeps_the_default() -> None:
    assert limit(account(limits={"max": 700}), "max", 500) == 700
    assert limit(account(limits={"max": 0}), "max", 500) == 500
    assert limit(account(limits={}), "max", 500) == 500


def test_what_people_enter_must_be_there() -> None:
    assert entered({"server": " a "}, "server", "The server") == "a"
    with pytest.raises(InvalidDraft) as caught:
        entered({"server": "  "}, "server", "The server")
    assert caught.value.problems[0].where == "fields.server"


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (HostUnknown("x"), "bad_server_url"),
        (ServerRefused([Problem("server", "server_not_allowed", "private")]), "server_not_allowed"),
    ],
)
def test_while_connecting_a_wrong_server_is_a_slip_of_the_pen(error: Exception, code: str) -> None:
    with pytest.raises(InvalidDraft) as caught, entering("fields.server"):
        raise error
    assert [(p.where, p.code) for p in caught.value.problems] == [("fields.server", code)]
