"""Cursors answer for their own list only, and hostile ones get a clear refusal."""

import base64
import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shared.core.errors import InvalidDraft
from shared.store.cursors import cursor, position

quick = settings(max_examples=30, deadline=None)  # no test may depend on the machine's load

QUERY = ("calendar", "wsp_1", 1, 2)


@quick
@given(st.from_regex(r"[A-Za-z0-9_#-]{1,160}", fullmatch=True))
def test_there_and_back(place: str) -> None:
    assert position(cursor(place, query=QUERY), query=QUERY) == place


@pytest.mark.parametrize("other", [("calendar", "wsp_2", 1, 2), ("drafts", "wsp_1"), ()])
def test_another_list_refuses_it(other: tuple[object, ...]) -> None:
    with pytest.raises(InvalidDraft) as caught:
        position(cursor("1#2", query=QUERY), query=other)
    assert [p.code for p in caught.value.problems] == ["bad_cursor"]
    assert "start again" in caught.value.problems[0].message


@quick
@given(st.text())
def test_any_text_is_refused_calmly(text: str) -> None:
    with pytest.raises(InvalidDraft):
        position(text, query=QUERY)


@pytest.mark.parametrize("place", ["", "x" * 161, "a b", "~", "é", None, 5, ["a"]])
def test_a_forged_position_is_refused(place: object) -> None:
    real = json.loads(base64.urlsafe_b64decode(cursor("1#2", query=QUERY) + "=="))
    forged = base64.urlsafe_b64encode(json.dumps([*real[:2], place]).encode()).decode()
    with pytest.raises(InvalidDraft):
        position(forged.rstrip("="), query=QUERY)


def test_another_version_is_refused() -> None:
    real = json.loads(base64.urlsafe_b64decode(cursor("1#2", query=QUERY) + "=="))
    forged = base64.urlsafe_b64encode(json.dumps([2, *real[1:]]).encode()).decode()
    with pytest.raises(InvalidDraft):
        position(forged, query=QUERY)
